"""The link below automatic mail: no more of it, and back again."""
