"""The oracle of the life of bookings: a bitmap of minutes per lane, kept in plain Python without a look at the rules."""

from __future__ import annotations

from dataclasses import dataclass, field

from careops_app.bookings.models import NeedChoice
from careops_app.bookings.status import BookingStatus as S

DAYS = 3  # Monday to Wednesday, 09:00 to 17:00, in a zone that is at UTC then
OPENS, CLOSES = 540, 1020
TAKES_TIME = {S.PENDING, S.CONFIRMED, S.CHECKED_IN, S.COMPLETED}
HOLD_MINUTES, MOST_HOLDS = 10, 2
Lane = tuple[int, int]  # of a person, room or machine: (id, number from 0)


def minutes_of(start: int, stop: int) -> int:
    """The bits of these minutes after the Monday's midnight."""
    return ((1 << (stop - start)) - 1) << start


@dataclass(frozen=True)
class Kind:
    """A service as the oracle knows it: minutes, who gives it, what it needs, and how many."""

    service_id: int
    minutes: int
    staff: tuple[int, ...]
    after: int = 0
    approval: bool = False
    decide_minutes: int = 2880
    cancel_notice: int = 0
    needs: tuple[tuple[NeedChoice, tuple[tuple[int, int], ...]], ...] = ()  # resources with their lanes
    capacity: int = 1
    daily_cap: int | None = None

    def taken(self, at: int) -> int:
        return minutes_of(at, at + self.minutes + self.after)


@dataclass
class Known:
    """A booking or a hold as it should be; `at` counts minutes from the Monday's midnight."""

    id: int
    kind: Kind
    staff: int
    at: int
    seats: int = 1
    rooms: tuple[Lane, ...] = ()


@dataclass
class Visit(Known):
    """A booking; it lapses at `decide_by` while it is pending."""

    status: S = S.CONFIRMED
    decide_by: int = 0


@dataclass
class Promise(Known):
    """A held time, until it ends, is let go or becomes a booking."""

    holder: str = ""
    token: str = ""
    until: float = 0
    gone: bool = False


@dataclass
class Ledger:
    """All that was ever booked or held, and the time."""

    visits: list[Visit] = field(default_factory=list)
    promises: list[Promise] = field(default_factory=list)
    now: float = 0

    def counting(self, without: Known | None = None) -> list[Known]:
        """What takes time now."""
        visits = [one for one in self.visits if one.status in TAKES_TIME]
        return [one for one in (*visits, *self.live()) if one is not without]

    def live(self) -> list[Promise]:
        return [one for one in self.promises if not one.gone and one.until > self.now]

    def seats(self, without: Known | None = None) -> dict[tuple[int, int, int], int]:
        """Seats taken of each group: by service, person and start."""
        taken: dict[tuple[int, int, int], int] = {}
        for one in self.counting(without):
            if one.kind.capacity > 1:
                group = one.kind.service_id, one.staff, one.at
                taken[group] = taken.get(group, 0) + one.seats
        return taken

    def bitmap(self, without: Known | None = None) -> dict[Lane, int]:
        """The minutes that are taken of each lane. No minute is taken twice; a group takes its own once."""
        taken: dict[Lane, int] = {}
        groups = set()
        for one in self.counting(without):
            group = one.kind.service_id, one.staff, one.at
            if one.kind.capacity > 1 and group in groups:
                continue
            groups.add(group)
            minutes = one.kind.taken(one.at)
            for lane in ((one.staff, 0), *one.rooms):
                assert not taken.get(lane, 0) & minutes, "the oracle itself has booked a minute twice"
                taken[lane] = taken.get(lane, 0) | minutes
        return taken

    def rooms(self, kind: Kind, at: int, without: Known | None = None) -> tuple[Lane, ...] | None:
        """The lanes a visit gets: of each need the first that is free, or one of each; None when there are too few."""
        taken, minutes = self.bitmap(without), kind.taken(at)
        found: list[Lane] = []
        for choice, resources in kind.needs:
            free = [
                next(((one, lane) for lane in range(lanes) if not taken.get((one, lane), 0) & minutes), None)
                for one, lanes in resources
            ]
            there = [lane for lane in free if lane is not None]
            if not there or (choice == NeedChoice.ALL and len(there) < len(free)):
                return None
            found += there if choice == NeedChoice.ALL else there[:1]
        return tuple(found)

    def is_full(self, kind: Kind, at: int, without: Known | None = None) -> bool:
        """Whether the cap of that date is reached; a group counts once."""
        same = {
            (one.staff, one.at) for one in self.counting(without)
            if one.kind.service_id == kind.service_id and one.at // 1440 == at // 1440
        }  # fmt: skip
        return kind.daily_cap is not None and len(same) >= kind.daily_cap

    def within_rules(self, kind: Kind, at: int, *, by_staff: bool, held: bool = False) -> bool:
        """Hours, grid and notice."""
        in_hours = at % 1440 >= OPENS and at % 1440 + kind.minutes <= CLOSES
        on_grid = (at % 1440 - OPENS) % (5 if by_staff else 15) == 0
        notice = 0 if held else -15 if by_staff else 60
        return in_hours and on_grid and at >= self.now + notice

    def has_place(
        self,
        kind: Kind,
        at: int,
        staff: int | None,
        seats: int = 1,
        without: Known | None = None,
        *,
        capped: bool = True,
    ) -> list[int]:
        """Who could give it then: those with seats left in their group, or with all of the time free, minute by minute."""
        groups, taken = self.seats(without), self.bitmap(without)
        opens_new = self.rooms(kind, at, without) is not None and not (capped and self.is_full(kind, at, without))

        def can(one: int) -> bool:
            if (group := (kind.service_id, one, at)) in groups:
                return groups[group] + seats <= kind.capacity
            return opens_new and seats <= kind.capacity and not taken.get((one, 0), 0) & kind.taken(at)

        return [one for one in kind.staff if staff in (None, one) and can(one)]
