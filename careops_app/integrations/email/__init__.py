"""E-mail: how a message looks on the wire, and how it is handed to an SMTP server."""
