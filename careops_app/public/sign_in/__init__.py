"""Signing in and out, and changing to another workspace of the same person."""
