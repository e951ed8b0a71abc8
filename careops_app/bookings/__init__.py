"""Services, hours and bookings: who is busy when, and what may happen to a booking."""
