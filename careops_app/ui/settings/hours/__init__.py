"""The weekly hours of the business and of everybody who is booked."""
