"""All that knows Reflex: what owners and staff see."""
