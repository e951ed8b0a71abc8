"""Closures, holidays, and dates with other hours."""
