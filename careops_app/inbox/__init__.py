"""All communication: one conversation per contact, every message with its author and true delivery state."""
