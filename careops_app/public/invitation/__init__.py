"""Joining a team with a link that was sent by mail."""
