"""Onboarding: eight steps from an empty workspace to open public pages."""
