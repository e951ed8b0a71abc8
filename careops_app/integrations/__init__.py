"""The world outside; each folder is one adapter behind a port, removable."""
