"""REST for machines, thin over the same commands and queries."""
