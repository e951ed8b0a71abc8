"""The team: who works here, what they may do, and who is invited."""
