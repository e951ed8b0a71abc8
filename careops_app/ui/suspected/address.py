"""The address of suspected spam: which page of it."""

HOME = "/app/suspected/"


def address(page: int = 1) -> str:
    """A page of the list."""
    return f"{HOME}?page={page}" if page > 1 else HOME
