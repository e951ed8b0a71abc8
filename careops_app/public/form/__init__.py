"""The customer's form: read, answer, add files, send; by a personal link, without an account."""
