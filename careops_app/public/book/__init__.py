"""Booking a visit: service, who, time, details, done. Every step is an address; only the last one is a form."""
