"""Setting a new password with a link that was sent by mail."""
