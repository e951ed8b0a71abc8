"""Questions and documents for customers: built by owners, sent after booking, answered by personal link."""
