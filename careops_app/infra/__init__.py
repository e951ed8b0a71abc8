"""Technique that knows no noun of the business: time, settings, database, outbox, queues, secrets, formatting."""
