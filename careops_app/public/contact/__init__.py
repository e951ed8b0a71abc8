"""Writing to the business: one form, and the page that says it has arrived."""
