"""An adapter at the port that does what a test tells it: takes, refuses, breaks off, or waits."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from careops_app.errors import DeliveryFailed
from careops_app.inbox.channels import Outgoing, Receipt, Settings, carries
from careops_app.inbox.models import ChannelKind

REFUSED = DeliveryFailed("550 5.1.1 No such user", permanent=True, code="550 5.1.1")
LATER = DeliveryFailed("451 4.3.0 Try later", permanent=False, code="451 4.3.0")
DOUBT = DeliveryFailed("No answer after the message; it may have arrived.", permanent=False, uncertain=True)
DOWN = DeliveryFailed("No connection to smtp.example.com:587", permanent=False, code="connect", channel_down=True)
WRONG_PASSWORD = DeliveryFailed("535 5.7.8 Not accepted", permanent=True, code="535 5.7.8", channel_down=True)


@dataclass
class Carrier:
    """`answers`: what to raise, one per message; then everything is taken. `gate`: waits there before answering."""

    answers: list[DeliveryFailed] = field(default_factory=list)
    sent: list[Outgoing] = field(default_factory=list)
    gate: threading.Event | None = None
    arrived: threading.Event = field(default_factory=threading.Event)
    before: Callable[[Outgoing], None] | None = None

    async def send(self, outgoing: Outgoing) -> Receipt:
        self.arrived.set()
        if self.before is not None:
            await asyncio.to_thread(self.before, outgoing)
        if self.gate is not None:
            await asyncio.to_thread(self.gate.wait, 20)
        if self.answers and (answer := self.answers.pop(0)) is not None:
            raise answer
        self.sent.append(outgoing)
        return Receipt(f"250 queued as {len(self.sent)}")

    async def check(self) -> Receipt:
        if self.answers:
            raise self.answers.pop(0)
        return Receipt("", detail="works")

    async def close(self) -> None:
        pass


_now: list[Carrier] = []


def use(carrier: Carrier) -> None:
    """From now on the workspace's SMTP account is carried by this."""
    _now[:] = [carrier]

    @carries(ChannelKind.EMAIL, "smtp")
    def carried(settings: Settings) -> Carrier:
        return _now[0]
