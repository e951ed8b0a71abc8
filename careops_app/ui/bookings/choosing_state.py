"""What is chosen in the booking dialog: service, person, day, start, length; the free times, and why one is not offered."""

from __future__ import annotations

from datetime import UTC, datetime

import reflex as rx

from careops_app.bookings.queries import BookingCard
from careops_app.bookings.readings import remark
from careops_app.errors import CareOpsError, Invalid, Refused
from careops_app.infra import clock, wording
from careops_app.ui.bookings import offers, reading
from careops_app.ui.bookings.moving import with_nearest
from careops_app.ui.bookings.offers import Answer, Asked
from careops_app.ui.fresh import assign
from careops_app.ui.guard import handler
from careops_app.workspace.access import Permission

# What staff may set aside with a written reason; the past, the far future and a full group stay refused.
WITH_A_REASON = frozenset(("slot_taken", "closed", "off_grid", "no_resource", "day_full", "week_full", "no_stock"))


class ChoosingState(rx.State):
    """The choices. `time` is the instant when it is one of the free times, `clock` what the time field shows.

    `overlap` is set when the time was refused for what a written reason sets aside: another visit, hours, a room.
    """

    services: list[tuple[str, str]] = []
    staff: list[tuple[str, str]] = []
    lengths: list[tuple[str, str]] = []
    service: str = ""
    person: str = ""
    day: str = ""
    clock: str = ""
    minutes: str = ""
    times: list[tuple[str, str]] = []
    time: str = ""
    no_times: str = ""
    remark: str = ""
    answers: list[Answer] = []
    is_offered: bool = True
    shows_times: bool = True
    answers_first: bool = False
    overlap: bool = False
    earlier_reason: str = ""
    problems: dict[str, str] = {}
    _zone: str = "UTC"
    _card: BookingCard | None = None

    @handler(Permission.BOOKINGS)
    async def pick_service(self, value: str) -> None:
        assign(self, service=value, minutes="", problems={}, overlap=False)
        await self._offer_staff()
        await self._offer_times()

    @handler(Permission.BOOKINGS)
    async def pick_person(self, value: str) -> None:
        assign(self, person=value, problems={}, overlap=False)
        await self._offer_times()

    @handler(Permission.BOOKINGS)
    async def pick_day(self, value: str) -> None:
        assign(self, day=value, time="", problems={}, overlap=False)
        await self._offer_times()

    @handler(Permission.BOOKINGS)
    async def pick_clock(self, value: str) -> None:
        """A start as it is typed: any time, also one that is not offered."""
        assign(self, clock=value[:5], time="", problems={}, overlap=False)
        await self._explain()

    @handler(Permission.BOOKINGS)
    async def pick_time(self, value: str) -> None:
        """One of the free times."""
        word = next((word for start, word in self.times if start == value), None)
        if word is not None:
            assign(self, time=value, clock=word, problems={}, overlap=False)
            await self._explain()

    @handler(Permission.BOOKINGS)
    async def pick_minutes(self, value: str) -> None:
        assign(self, minutes=value[:6], problems={}, overlap=False)

    async def _offer_staff(self) -> None:
        """Who gives the service; the person stays chosen when they do."""
        card = (await offers.services()).get(self.service)
        people = offers.people_of(card)
        keeps = self.person if any(value == self.person for value, _ in people) else ""
        own = self._card.duration_minutes if self._card else card.duration_minutes if card else 0
        assign(self, staff=people, person=keeps, lengths=offers.lengths(own, self.minutes))

    async def _offer_times(self) -> None:
        """The free times of the chosen day."""
        day, asked = reading.day_of(self.day), self._asked()
        if day is None or asked is None:
            assign(self, times=[], time="", no_times="Choose a service and a day.")
            return
        times = await offers.free_times(asked, day, clock.zone(self._zone))
        kept = self.time if any(value == self.time for value, _ in times) else ""
        none = f"Nothing is free on {wording.day(day)}. Choose another day." if not times else ""
        assign(self, times=times, time=kept, no_times=none)
        await self._explain()

    async def _explain(self) -> None:
        """Why customers are not offered the chosen start; nothing for the move of a visit, which takes its own time."""
        asked, typed = self._asked(), None if self.time else reading.typed(self.day, self.clock)
        assign(self, remark=remark(typed, clock.zone(self._zone)) if typed else "")
        if asked is None or self._card is not None or not (self.clock and self.day):
            assign(self, answers=[], is_offered=True)
            return
        try:
            answers = await offers.answers(asked, self._start())
        except (Invalid, Refused) as problem:
            assign(self, answers=[], is_offered=True)
            self._tell(problem)
            return
        assign(self, answers=answers, is_offered=any(answer.is_offered for answer in answers))

    def _asked(self) -> Asked | None:
        service = reading.number(self.service)
        moving = self._card.id if self._card else None
        return None if service is None else Asked(service, reading.number(self.person), moving)

    def _start(self) -> datetime:
        """The chosen instant: one of the free times, or when the clock of the venue shows the typed one."""
        if self.time:
            return datetime.fromisoformat(self.time).astimezone(UTC)
        day, at = reading.day_of(self.day), reading.clock_of(self.clock)
        if day is None or at is None:
            raise Invalid(time="Choose a time." if day else "Choose a day.")
        return reading.start_at(day, at, clock.zone(self._zone), self._card.starts_at if self._card else None)

    def _tell(self, refusal: CareOpsError) -> None:
        """The sentence beside its field; what can be set aside asks for a reason to book it anyway."""
        if isinstance(refusal, Invalid):
            renamed = {"time" if name == "starts_at" else name: words for name, words in refusal.fields.items()}
            assign(self, problems=renamed)
        elif isinstance(refusal, Refused):
            assign(self, problems={"time": with_nearest(refusal, self._zone)}, overlap=refusal.code in WITH_A_REASON)
        else:
            assign(self, problems={"time": str(refusal)})
