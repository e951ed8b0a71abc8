"""Trying an edited rule without sending anything: against the last 30 days, and against the days ahead."""
