"""Choosing a day and a time from plain links: used when a visit is booked and when it is moved."""
