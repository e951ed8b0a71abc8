"""The inbox: every conversation, who waits longest, what was said, what goes out by itself, and how it fared."""
