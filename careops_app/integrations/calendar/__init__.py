"""Calendar entries that travel with messages."""
