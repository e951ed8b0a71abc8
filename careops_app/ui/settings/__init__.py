"""Settings: the business, its channels, services, hours, team and wording; a block each, shared with onboarding."""
