"""The texts of automatic messages."""
