"""Why a message was sent, and why one was not: from any message, visit or contact back to the event and every check."""
