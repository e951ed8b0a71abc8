"""The business: its name, address, time zone, contact details and colour."""
