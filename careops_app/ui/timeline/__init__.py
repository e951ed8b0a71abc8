"""The story of a contact as lines on the screen: the thread of the inbox and the timeline of a record are the same."""
