"""Finding and taking the time of a visit: the locks, the last look, and the rows that the database lets in only once.

The exclusion constraint on allocations and the numbered seats are the guarantee; the locks make visitors queue instead
of colliding, and the rules, asked again on locked rows, make an offered start an accepted one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from careops_app.bookings import rules, sentences, supplies
from careops_app.bookings.availability import NOTHING, Lane, Mine, Offer, Timetable, nearest_starts, timetable
from careops_app.bookings.models import Allocation, GroupSession, NeedChoice, Seat
from careops_app.bookings.rules import OVERRIDABLE, Obstacle
from careops_app.bookings.spans import DAY, Span, local_day, whole_days
from careops_app.bookings.supplies import Supply
from careops_app.errors import Refused
from careops_app.infra import clock
from careops_app.infra.db import lock_names, rows

CLOSEST = (
    Obstacle.NO_SEATS, Obstacle.TAKEN, Obstacle.NO_RESOURCE, Obstacle.DAY_FULL, Obstacle.WEEK_FULL, Obstacle.NO_STOCK,
    Obstacle.OFF_GRID, Obstacle.CLOSED, *Obstacle,
)  # fmt: skip
LANES_GONE = "is beyond those of resource"  # as the trigger says it (ddl)
MOST_LANES = 100  # beside each other, whatever the reason
NOBODY = {"booking_id": None, "hold_id": None, "expires_at": None, "session_id": None}
KEPT = frozenset({Obstacle.TOO_SOON})  # the notice was given when the time was held: it is not asked for once more


@dataclass(frozen=True)
class Wish:
    """A start that somebody wants. `prefer` comes first when free; what is `mine` counts as free.

    With an `overlap_reason` staff put the visit beside what is in the way.
    """

    starts_at: datetime
    prefer: int | None = None
    mine: Mine = NOTHING
    overlap_reason: str = ""


@dataclass(frozen=True)
class Found:
    """Who can take the visit, best first, and what was known when they were found; `supply` is locked too."""

    wanted: Offer
    wish: Wish
    staff_ids: tuple[int, ...]
    known: Timetable
    supply: Supply

    @property
    def visit(self) -> Span:
        return self.wanted.limits.visit(self.wish.starts_at)

    @property
    def taken(self) -> Span:
        return self.wanted.limits.taken(self.wish.starts_at)


@dataclass(frozen=True)
class Taker:
    """For whom time is taken: a booking, or a hold until it expires."""

    booking_id: int | None = None
    hold_id: int | None = None
    expires_at: datetime | None = None

    def columns(self) -> dict[str, Any]:
        return {"booking_id": self.booking_id, "hold_id": self.hold_id, "expires_at": self.expires_at}


def find(session: Session, wanted: Offer, wish: Wish) -> Found:
    """Who can take the visit, with all its time locked until this transaction ends.

    Raises Refused with the reason, its code (`rules.Obstacle`) and the nearest free starts.
    """
    now, start = clock.now(), wish.starts_at
    lock_times(session, [(wanted, wanted.limits.taken(start))])
    day, supply = local_day(start, wanted.zone), Supply.ENOUGH
    if wanted.terms.minds_stock:
        supply = supplies.supply(session, wanted.workspace_id, wanted.service_id, lock=True)
    known = timetable(session, wanted, day, day, wish.mine)
    obstacles = {
        one: rules.obstacles(calendar, start, wanted.limits, wanted.zone, now, wanted.seats)
        for one, calendar in known.calendars.items()
    }
    ignored = (OVERRIDABLE if wish.overlap_reason else frozenset()) | (KEPT if wish.mine.hold_id else frozenset())
    free = [one for one, found in obstacles.items() if ignored.issuperset(found)]
    if not free:
        raise refusal(session, wanted, wish, closest([found[0] for found in obstacles.values() if found]))
    ranked = _ranked(free, known, whole_days(day, day, wanted.zone), wish.prefer, start)
    undisturbed = [one for one in ranked if not obstacles[one]]
    return Found(wanted, wish, tuple(undisturbed or ranked), known, supply)


def as_it_was(session: Session, wanted: Offer, wish: Wish) -> Found:
    """The same person at the same time, whatever the rules say by now: for a visit whose start has passed."""
    lock_times(session, [(wanted, wanted.limits.taken(wish.starts_at))])
    day = local_day(wish.starts_at, wanted.zone)
    return Found(wanted, wish, tuple(wanted.staff_ids), timetable(session, wanted, day, day, wish.mine), Supply.ENOUGH)


def take(session: Session, found: Found, taker: Taker) -> int:
    """Take the time of the first candidate the database lets in, and all that the service needs with it.

    Returns who it is. Raises Refused when somebody else has all of them: the transaction ends, and nothing is half taken.
    """
    takes = _take_seat if found.wanted.limits.is_group else _take_lanes
    for staff_id in found.staff_ids:
        if takes(session, found, staff_id, taker.columns()):
            return staff_id
        # What has expired must not make it somebody else, so the same one is tried again.
        if _forget_expired(session, found.wanted.workspace_id) and takes(session, found, staff_id, taker.columns()):
            return staff_id
    in_the_way = Obstacle.NO_SEATS if found.wanted.limits.is_group else Obstacle.TAKEN
    raise refusal(session, found.wanted, found.wish, in_the_way)


def release(session: Session, taker: Taker) -> None:
    """Give up what a booking or a hold takes, before it takes something else."""
    for table in (Allocation, Seat):
        mine = table.booking_id == taker.booking_id if taker.booking_id else table.hold_id == taker.hold_id
        session.execute(delete(table).where(mine))  # type: ignore[arg-type]


def lock_times(session: Session, visits: Iterable[tuple[Offer, Span]]) -> None:
    """One lock per calendar, room or machine and day (UTC) that the visits may take, one per cap and week.

    Any two visits that could collide share one. Who books several at once locks them all here first, in one order.
    """
    lock_names(session, [name for wanted, taken in visits for name in _names(wanted, taken)])


def refusal(session: Session, wanted: Offer, wish: Wish, obstacle: Obstacle) -> Refused:
    """The refusal of a start, with the nearest ones that are free."""
    return Refused(
        sentences.why_not(obstacle, wish.starts_at, wanted.limits, wanted.zone),
        code=obstacle.value,
        nearest=nearest_starts(session, wanted, wish.starts_at, wish.mine),
    )


def _taken(found: Found) -> Refused:
    """Without the nearest starts: this transaction can ask nothing more."""
    told = sentences.why_not(Obstacle.TAKEN, found.wish.starts_at, found.wanted.limits, found.wanted.zone)
    return Refused(told, code=Obstacle.TAKEN.value)


def _names(wanted: Offer, taken: Span) -> list[str]:
    lanes = [*wanted.staff_ids, *(resource_id for resource_id, _ in wanted.terms.resources)]
    days = _days(taken.start.date(), taken.end.date())
    names = [f"time:{wanted.workspace_id}:{one}:{day}" for one in lanes for day in days]
    if wanted.limits.daily_cap is not None or wanted.limits.weekly_cap is not None:
        local = _days(local_day(taken.start, wanted.zone), local_day(taken.end, wanted.zone))
        names += [f"cap:{wanted.workspace_id}:{wanted.service_id}:{rules.week_of(day)}" for day in local]
    return names


def _days(first: date, last: date) -> list[date]:
    return [first + DAY * number for number in range((last - first).days + 1)]


_EXPIRED = text("""
    delete from slot_hold where id in (select id from slot_hold where workspace_id = :workspace and expires_at <= :now
                                       for update skip locked) returning id
""")


def _forget_expired(session: Session, workspace_id: int) -> bool:
    """Remove what no longer counts but is in the way of the constraint, which cannot know the time. Whether there was any."""
    return bool(session.execute(_EXPIRED, {"workspace": workspace_id, "now": clock.now()}).all())


def closest(obstacles: Sequence[Obstacle | None]) -> Obstacle:
    """What to tell when several calendars refuse: the reason that came closest to a yes; with nobody to ask, closed."""
    return next((one for one in CLOSEST if one in obstacles), Obstacle.CLOSED)


def _ranked(free: list[int], known: Timetable, day: Span, prefer: int | None, start: datetime) -> list[int]:
    """The preferred one first, then who has a group to fill up, then the least busy."""
    by_load = rules.by_load(free, known.calendars, day)
    return sorted(by_load, key=lambda one: (one != prefer, known.calendars[one].seats_left(start) is None))


# --- lanes ------------------------------------------------------------------------------------------------------------


def _take_lanes(session: Session, found: Found, staff_id: int, columns: dict[str, Any]) -> bool:
    """Take the person and one free lane of each room and machine needed in one statement; False when that fails."""
    resources, lanes = zip(*_lanes(found, staff_id), strict=True)
    values = {
        "workspace": found.wanted.workspace_id, "resources": list(resources), "lanes": list(lanes),
        "from_at": found.taken.start, "until_at": found.taken.end, "overlap_reason": found.wish.overlap_reason,
    }  # fmt: skip
    try:
        taken = [made.id for made in rows(session, _UNLESS_TAKEN, values | NOBODY | columns)]
    except IntegrityError as error:
        if LANES_GONE not in str(error.orig):
            raise
        raise _taken(found) from error  # an owner has just taken lanes out of use
    if len(taken) == len(lanes):
        return True
    session.execute(delete(Allocation).where(col(Allocation.id).in_(taken)))
    return False


_UNLESS_TAKEN = """
    insert into allocation (workspace_id, resource_id, lane, from_at, until_at, overlap_reason, booking_id, hold_id,
                            session_id, expires_at, active)
    select %(workspace)s, resource_id, lane, %(from_at)s, %(until_at)s, %(overlap_reason)s, %(booking_id)s, %(hold_id)s,
           %(session_id)s, %(expires_at)s, true
      from unnest(%(resources)s::bigint[], %(lanes)s::int[]) as of(resource_id, lane)
    on conflict do nothing returning id
"""


def _lanes(found: Found, staff_id: int) -> list[Lane]:
    """The lanes that are free as far as is known; with a reason also lanes beyond those there are."""
    lanes = [_free_lane(found, staff_id, 1)]
    for need in found.wanted.terms.needs:
        of_each = [_free_lane(found, *resource) for resource in need.resources]
        fitting = [lane for lane, (_, count) in zip(of_each, need.resources, strict=True) if _fits(found, lane, count)]
        lanes += of_each if need.choice == NeedChoice.ALL else (fitting or of_each)[:1]
    return lanes


def _free_lane(found: Found, resource_id: int, lanes: int) -> Lane:
    """The lowest free lane; the first one when none is, for the database to refuse."""
    most = MOST_LANES if found.wish.overlap_reason else lanes
    free = ((resource_id, lane) for lane in range(most) if found.known.is_free((resource_id, lane), found.taken))
    return next(free, (resource_id, 0))


def _fits(found: Found, lane: Lane, lanes: int) -> bool:
    """Whether the lane is one of those there are, free, and its room or machine is in use then."""
    resource_id, number = lane
    closed = found.wanted.terms.closed.get(resource_id, ())
    in_use = not any(found.taken.overlaps(away) for away in closed)
    return number < lanes and in_use and found.known.is_free(lane, found.taken)


# --- seats ------------------------------------------------------------------------------------------------------------


def _take_seat(session: Session, found: Found, staff_id: int, columns: dict[str, Any]) -> bool:
    group = _group(session, found, staff_id)
    return group is not None and _sit_down(session, found, group, columns)


def _group(session: Session, found: Found, staff_id: int) -> GroupSession | None:
    """The group of this start, or a new one that takes the person and what the service needs."""
    wanted = found.wanted
    row = {
        "workspace_id": wanted.workspace_id, "service_id": wanted.service_id, "staff_id": staff_id,
        "starts_at": found.visit.start, "ends_at": found.visit.end, "capacity": wanted.limits.capacity,
    }  # fmt: skip
    made = session.execute(insert(GroupSession).values(row).on_conflict_do_nothing().returning(col(GroupSession.id)))
    if (session_id := made.scalar()) is not None and not _take_lanes(
        session, found, staff_id, {"session_id": session_id}
    ):
        session.execute(delete(GroupSession).where(col(GroupSession.id) == session_id))
        return None
    same = (
        (col(GroupSession.service_id) == wanted.service_id)
        & (col(GroupSession.staff_id) == staff_id)
        & (col(GroupSession.starts_at) == found.visit.start)
    )
    return session.exec(select(GroupSession).where(same).execution_options(populate_existing=True)).first()


def _sit_down(session: Session, found: Found, group: GroupSession, columns: dict[str, Any]) -> bool:
    """Take as many seats as are wanted, the lowest numbers first, or none."""
    rows = session.execute(
        text("""
            insert into seat (workspace_id, session_id, capacity, seat_no, booking_id, hold_id, expires_at)
            select :workspace, :session, :capacity, number, :booking_id, :hold_id, :expires_at
            from generate_series(1, :capacity) as number
            where not exists (select from seat s where s.workspace_id = :workspace and s.session_id = :session
                              and s.seat_no = number)
            order by number limit :seats
            on conflict do nothing returning id"""),
        {
            "workspace": found.wanted.workspace_id, "session": group.id, "capacity": group.capacity,
            "seats": found.wanted.seats, **columns,
        },
    ).scalars().all()  # fmt: skip
    if len(rows) == found.wanted.seats:
        return True
    session.execute(delete(Seat).where(col(Seat.id).in_(rows)))
    return False
