"""Addresses of the page where it is decided about the visits of somebody who leaves."""

SECTION = "leaving"


def of_leaving(calendar_id: int, *, ends_access: bool, page: int = 1) -> str:
    """The page of one calendar; `ends_access`: the person's access ends as well."""
    more = ("&access=1" if ends_access else "") + (f"&page={page}" if page > 1 else "")
    return f"/app/settings/?section={SECTION}&calendar={calendar_id}{more}"
