"""Rooms and equipment: what a visit can need besides a person."""
