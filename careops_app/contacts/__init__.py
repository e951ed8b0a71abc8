"""The people a business deals with: one contact per person, found by e-mail address or phone number."""
