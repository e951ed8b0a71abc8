"""Text messages: how one is handed to Twilio, and how its reports are known to be Twilio's."""
