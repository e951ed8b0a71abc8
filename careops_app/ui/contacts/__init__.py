"""Contacts: everybody the business deals with, how far each lead has come, and one story per person."""
