"""Whose business this is, and who may do what."""
