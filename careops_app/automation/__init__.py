"""What happens by itself: on this event, when this holds, do these things."""
