"""The expected failures. Their texts are sentences that fit on the screen; bugs are never one of these."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime


class CareOpsError(Exception):
    """Something a person can act on; `str(error)` is what they read."""


class Invalid(CareOpsError):
    """Input that can be corrected: a sentence per field name."""

    def __init__(self, **fields: str) -> None:
        super().__init__(" ".join(fields.values()))
        self.fields = fields


class Refused(CareOpsError):
    """A rule says no. `code` names the rule for machines; `nearest` holds free starts (aware UTC) when time was the matter."""

    def __init__(self, reason: str, *, code: str = "refused", nearest: Sequence[datetime] = ()) -> None:
        super().__init__(reason)
        self.code = code
        self.nearest = tuple(nearest)


class NotFound(CareOpsError):
    """Absent, or another workspace's: the two are never told apart."""

    def __init__(self, what: str = "This") -> None:
        super().__init__(f"{what} was not found. It may have been removed.")


class Forbidden(CareOpsError):
    """The actor lacks a permission."""

    def __init__(self, permission: str) -> None:
        super().__init__(f"Your account may not do this ({permission}). Ask an owner.")
        self.permission = permission


class SignInRequired(CareOpsError):
    """No live session: expired, signed out, or the member was deactivated."""

    def __init__(self) -> None:
        super().__init__("Your session has ended. Sign in again.")


class Throttled(CareOpsError):
    """Too many attempts; `retry_after` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        minutes = max(1, -(-retry_after // 60))
        super().__init__(f"Too many attempts. Try again in {minutes} min.")
        self.retry_after = retry_after


class DeliveryFailed(CareOpsError):
    """A channel did not take a message. `code` is the provider's own; `uncertain` means it may have been accepted.

    `channel_down`: the channel itself does not work, whatever the message. `hint` says what to do about it. `opted_out`:
    the recipient asked for no more. `day_full`: the provider takes no more today.
    """

    def __init__(
        self, reason: str, *, permanent: bool, code: str = "", uncertain: bool = False, channel_down: bool = False,
        hint: str = "", opted_out: bool = False, day_full: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(reason)
        self.permanent = permanent
        self.code = code
        self.uncertain = uncertain
        self.channel_down = channel_down
        self.hint = hint
        self.opted_out = opted_out
        self.day_full = day_full
