"""How dates, times, durations and amounts read, everywhere: screens, public pages and messages.

Pure text: no clock is read here and no locale library is used, so the same instant always reads the same.
Times are exact and carry their zone; near times may add "in 2 h 18 min", never replace the exact one.
Every `zone` is an IANA name or a tzinfo.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal

from careops_app.infra import clock

NO_BREAK = "\u00a0"
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
MINUTES_PER_HOUR, MINUTES_PER_DAY = 60, 24 * 60

Zone = tzinfo | str


def day(when: datetime | date, zone: Zone | None = None) -> str:
    """“Tue 16 June 2026”; a plain date needs no zone."""
    local = _local_day(when, zone)
    return f"{WEEKDAYS[local.weekday()][:3]} {plain_day(local)}"


def reading(wall: datetime) -> str:
    """What a clock shows, without a zone: “Tue 16 June 2026, 13:00”."""
    return f"{day(wall.date())}, {wall:%H:%M}"


def long_day(when: datetime | date, zone: Zone | None = None) -> str:
    """“Tuesday 16 June 2026”."""
    local = _local_day(when, zone)
    return f"{WEEKDAYS[local.weekday()]} {plain_day(local)}"


def plain_day(when: datetime | date, zone: Zone | None = None) -> str:
    """“16 June 2026”."""
    local = _local_day(when, zone)
    return f"{local.day} {MONTHS[local.month - 1]} {local.year}"


def month(when: datetime | date, zone: Zone | None = None) -> str:
    """“June 2026”."""
    local = _local_day(when, zone)
    return f"{MONTHS[local.month - 1]} {local.year}"


def days(first: date, last: date) -> str:
    """“15–20 June 2026”, “29 June – 4 July 2026” or “28 December 2026 – 2 January 2027”; both ends included."""
    if first == last:
        return plain_day(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{plain_day(last)}"
    if first.year == last.year:
        return f"{first.day} {MONTHS[first.month - 1]} – {plain_day(last)}"
    return f"{plain_day(first)} – {plain_day(last)}"


def clock_time(when: datetime, zone: Zone) -> str:
    """“13:00”."""
    return f"{_local(when, zone):%H:%M}"


def zone_mark(when: datetime, zone: Zone) -> str:
    """“BST”, or “UTC+4” and “UTC−3:30” where the zone has no letters of its own at that instant."""
    local = _local(when, zone)
    name = local.tzname() or ""
    return name if name.isalpha() else _offset(local.utcoffset() or timedelta())


def time_with_zone(when: datetime, zone: Zone) -> str:
    """“13:00 BST”."""
    return f"{clock_time(when, zone)} {zone_mark(when, zone)}"


def moment(when: datetime, zone: Zone) -> str:
    """“Tue 16 June 2026, 13:00 BST”."""
    return f"{day(when, zone)}, {time_with_zone(when, zone)}"


def moment_on_both(when: datetime, zone: Zone, own: Zone | None) -> str:
    """“Tue 16 June 2026, 13:00 BST (14:00 CEST where you are)”; once where both clocks show the same."""
    if own is None or same_clock(when, zone, own):
        return moment(when, zone)
    same_day = _local(when, zone).date() == _local(when, own).date()
    return f"{moment(when, zone)} ({time_with_zone(when, own) if same_day else moment(when, own)} where you are)"


def same_clock(when: datetime, zone: Zone, other: Zone) -> bool:
    """Whether both clocks show the same at that instant."""
    return _local(when, zone).utcoffset() == _local(when, other).utcoffset()


def times(start: datetime, end: datetime, zone: Zone) -> str:
    """“13:00–13:45 BST”; both marks are named when the clocks change in between."""
    first, last = zone_mark(start, zone), zone_mark(end, zone)
    opening = clock_time(start, zone) if first == last else f"{clock_time(start, zone)} {first}"
    return f"{opening}–{clock_time(end, zone)} {last}"


def span(start: datetime, end: datetime, zone: Zone) -> str:
    """“Tue 16 June 2026, 13:00–13:45 BST”; an end on another day is written in full."""
    if _local(start, zone).date() != _local(end, zone).date():
        return f"{moment(start, zone)} – {moment(end, zone)}"
    return f"{day(start, zone)}, {times(start, end, zone)}"


def near(when: datetime, zone: Zone, now: datetime) -> str:
    """As short as can be: “Today 10:00”, “Mon 17:20” within six days, “8 June 14:52”, “8 June 2025”."""
    local, today = _local(when, zone), _local(now, zone).date()
    away = (local.date() - today).days
    if away == 0:
        return f"Today {local:%H:%M}"
    if abs(away) <= 6:
        return f"{WEEKDAYS[local.weekday()][:3]} {local:%H:%M}"
    if local.year == today.year:
        return f"{local.day} {MONTHS[local.month - 1]} {local:%H:%M}"
    return plain_day(local)


def in_list(when: datetime, zone: Zone, now: datetime) -> str:
    """For a column of dates: “Wed 25 Nov 09:30”, “Fri 8 Jan 2027 14:15” in another year; it breaks before the time only."""
    local = _local(when, zone)
    year = "" if local.year == _local(now, zone).year else f" {local.year}"
    day = f"{WEEKDAYS[local.weekday()][:3]} {local.day} {MONTHS[local.month - 1][:3]}{year}"
    return f"{day.replace(' ', NO_BREAK)} {local:%H:%M}"


def stamp(when: datetime, zone: Zone, now: datetime) -> str:
    """For a narrow column: “08:32” today, “Mon” within six days, “8 June”, “8 June 2025”."""
    local, today = _local(when, zone), _local(now, zone).date()
    away = (local.date() - today).days
    if away == 0:
        return f"{local:%H:%M}"
    if abs(away) <= 6:
        return WEEKDAYS[local.weekday()][:3]
    if local.year == today.year:
        return f"{local.day} {MONTHS[local.month - 1]}"
    return plain_day(local)


def relative_day(when: datetime | date, today: date, zone: Zone | None = None) -> str:
    """“Today”, “Tomorrow”, “Yesterday”, else as `day`."""
    local = _local_day(when, zone)
    names = {0: "Today", 1: "Tomorrow", -1: "Yesterday"}
    return names.get((local - today).days) or day(local)


def duration(minutes: int) -> str:
    """“45 min”, “2 h”, “2 h 10 min”, “3 days” from two full days on; negative counts as its size."""
    minutes = abs(minutes)
    if minutes >= 2 * MINUTES_PER_DAY:
        return plural(minutes // MINUTES_PER_DAY, "day")
    hours, rest = divmod(minutes, MINUTES_PER_HOUR)
    return " ".join(
        part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest or not hours else "") if part
    )


def before(minutes: int) -> str:
    """A lead time as it is spoken: “30 minutes”, “24 hours”, “2 days”; mixed ones as `duration`."""
    if minutes and minutes % MINUTES_PER_DAY == 0 and minutes > MINUTES_PER_DAY:
        return plural(minutes // MINUTES_PER_DAY, "day")
    if minutes and minutes % MINUTES_PER_HOUR == 0:
        return plural(minutes // MINUTES_PER_HOUR, "hour")
    if minutes < MINUTES_PER_HOUR:
        return plural(minutes, "minute")
    return duration(minutes)


def waited(since: datetime, now: datetime) -> str:
    """How long it has been, whole minutes rounded down: “55 min”; nothing negative."""
    return duration(max(0, int((now - since).total_seconds() // 60)))


def ago(since: datetime, now: datetime) -> str:
    """“38 min ago”, “just now” under a minute."""
    return "just now" if (now - since).total_seconds() < 60 else f"{waited(since, now)} ago"


def until(when: datetime, now: datetime) -> str:
    """“in 2 h 18 min”, “now” within a minute, “38 min ago” when it has passed."""
    left = (when - now).total_seconds()
    if left <= -60:
        return ago(when, now)
    return "now" if left < 60 else f"in {waited(now, when)}"


def plural(count: int, one: str, many: str = "") -> str:
    """“1 visit”, “3 visits”, “1,204 people”; `many` for words that do not take an s."""
    return f"{count:,} {one if abs(count) == 1 else many or one + 's'}"


def quantity(amount: Decimal | int, unit: str = "") -> str:
    """“2,600”, “0.5 ml”, “−3 tubes”: no needless zeros, a real minus sign."""
    text = f"{abs(amount):,f}" if isinstance(amount, Decimal) else f"{abs(amount):,}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    sign = "−" if amount < 0 else ""
    return f"{sign}{text} {unit}".rstrip()


def file_size(size: int) -> str:
    """“812 bytes”, “64 KB”, “1.8 MB”."""
    if size < 1000:
        return plural(size, "byte")
    if size < 1_000_000:
        return f"{max(1, round(size / 1000))} KB"
    return f"{size / 1_000_000:.1f} MB"


def listing(names: Iterable[str], joint: str = "and") -> str:
    """“Peel”, “Peel and cut”, “Peel, cut and colour”."""
    parts = list(names)
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {joint} {parts[-1]}"


def initials(name: str) -> str:
    """“AH” for Amelia Hart, “A” for Amelia, “?” when there is no letter to show."""
    words = [word for word in name.split() if word[0].isalnum()]
    picked = words[:1] + words[1:][-1:]
    return "".join(word[0] for word in picked).upper() or "?"


def _offset(east: timedelta) -> str:
    minutes = round(east.total_seconds() / 60)
    hours, rest = divmod(abs(minutes), MINUTES_PER_HOUR)
    size = f"{hours}:{rest:02d}" if rest else f"{hours}"
    return f"UTC{'−' if minutes < 0 else '+'}{size}" if minutes else "UTC"


def _local(when: datetime, zone: Zone) -> datetime:
    if when.tzinfo is None:
        raise ValueError("a time without a zone cannot be worded")
    return when.astimezone(clock.zone(zone) if isinstance(zone, str) else zone)


def _local_day(when: datetime | date, zone: Zone | None) -> date:
    if not isinstance(when, datetime):
        return when
    return when.date() if zone is None else _local(when, zone).date()
