"""Items, an append-only ledger of movements, and what each service uses."""
