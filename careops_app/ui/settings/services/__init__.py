"""What can be booked: services, their rules, and who gives them."""
