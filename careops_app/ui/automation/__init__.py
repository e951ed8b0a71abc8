"""Automation: the rules as sentences, what they did and why, and every alert that was raised."""
