"""Suspected spam: what the contact form received and nobody has let into the inbox yet."""
