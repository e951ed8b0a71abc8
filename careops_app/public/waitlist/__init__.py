"""The waitlist of a service: joining it, and a customer's own page to answer an offer or to leave."""
