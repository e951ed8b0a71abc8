"""The addresses of the inbox: which list, which conversation, which message."""

from urllib.parse import urlencode

from careops_app.inbox.queries import Filter

HOME = "/app/inbox/"


def address(chosen: Filter = Filter.OPEN, text: str = "", page: int = 1, conversation: int | None = None) -> str:
    """A list, and the conversation that is open beside it."""
    asks = {
        "filter": chosen.value if chosen != Filter.OPEN else "",
        "q": text,
        "page": str(page) if page > 1 else "",
        "c": str(conversation) if conversation else "",
    }
    given = {name: value for name, value in asks.items() if value}
    return f"{HOME}?{urlencode(given)}" if given else HOME
