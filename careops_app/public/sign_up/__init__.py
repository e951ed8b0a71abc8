"""Creating a business: the account, the workspace and its channels, in one step."""
