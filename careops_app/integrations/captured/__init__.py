"""The default channel: nothing leaves the machine. What it takes stays in the database and is shown in the app.

The local part `bounce` (bounce@…, bounce+anything@…) is refused like an unknown mailbox, to practise a failed delivery.
"""

from __future__ import annotations

from careops_app.errors import DeliveryFailed
from careops_app.inbox.channels import Outgoing, Receipt, Settings, carries
from careops_app.inbox.models import ChannelKind

REFUSED = "bounce"


class CapturedChannel:
    """Takes every message and keeps it here."""

    async def send(self, outgoing: Outgoing) -> Receipt:
        if outgoing.recipient.partition("@")[0].partition("+")[0].lower() == REFUSED:
            raise DeliveryFailed(
                "550 5.1.1 The captured channel refuses this address, to show a failed delivery",
                permanent=True,
                code="550 5.1.1",
            )
        return Receipt(outgoing.message_id, captured=True, detail="Kept on this machine; nothing was sent.")

    async def check(self) -> Receipt:
        return Receipt("", captured=True, detail="Works. Messages are kept on this machine and not sent.")

    async def close(self) -> None:
        """There is no connection."""


@carries(ChannelKind.EMAIL, "captured")
def captured_email(settings: Settings) -> CapturedChannel:
    return CapturedChannel()


@carries(ChannelKind.SMS, "captured")
def captured_sms(settings: Settings) -> CapturedChannel:
    return CapturedChannel()
