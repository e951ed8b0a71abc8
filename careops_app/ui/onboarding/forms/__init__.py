"""The first forms: pick a starter, say which services send it."""
