"""Keys for machines that use the HTTP API."""
