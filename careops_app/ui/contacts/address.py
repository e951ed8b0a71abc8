"""The addresses of the contacts screen: which part of the list, which record, which part of its story."""

from urllib.parse import urlencode

HOME = "/app/contacts/"


def list_address(text: str = "", stage: str = "", tag: str = "", page: int = 1) -> str:
    """The list with these filters."""
    return _address({"q": text, "stage": stage, "tag": tag, "page": str(page) if page > 1 else ""})


def record_address(contact_id: int, show: str = "") -> str:
    """One contact, with its whole story or one kind of it."""
    return _address({"contact": str(contact_id), "show": show})


def _address(asks: dict[str, str]) -> str:
    given = {name: value for name, value in asks.items() if value}
    return f"{HOME}?{urlencode(given)}" if given else HOME
