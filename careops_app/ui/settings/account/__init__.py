"""The signed-in member: what they may do, and where they are signed in."""
