"""The rules of text messages: parts, keywords, quiet hours, and where they may go. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import PhoneNumberType

from careops_app.errors import Invalid

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("^{}\\[~]|€\f")
"""GSM 03.38: the basic alphabet, and the characters that take an escape and so count twice."""

LONGEST = 1600  # Twilio's own limit of a message body


@dataclass(frozen=True)
class Parts:
    """How a text is cut: `units` are septets or UTF-16 units, `room` what fits into the parts it takes."""

    units: int
    parts: int
    room: int
    is_basic: bool


def parts_of(body: str) -> Parts:
    """How many messages a text takes: 160 or 153 each in GSM-7, 70 or 67 with any other character (UCS-2)."""
    if all(sign in BASIC or sign in EXTENDED for sign in body):
        return _cut([2 if sign in EXTENDED else 1 for sign in body], 160, 153, is_basic=True)
    return _cut([2 if ord(sign) > 0xFFFF else 1 for sign in body], 70, 67, is_basic=False)


def _cut(widths: list[int], one: int, many: int, *, is_basic: bool) -> Parts:
    """A character of two units is never torn apart: it moves into the next part."""
    units = sum(widths)
    if units <= one:
        return Parts(units, 1 if units else 0, one, is_basic)
    parts, filled = 1, 0
    for width in widths:
        if filled + width > many:
            parts, filled = parts + 1, 0
        filled += width
    return Parts(units, parts, parts * many, is_basic)


class Keyword(StrEnum):
    STOP = "stop"
    START = "start"
    HELP = "help"


KEYWORDS: dict[str, Keyword] = {
    **dict.fromkeys(("stop", "stopall", "unsubscribe", "cancel", "end", "quit"), Keyword.STOP),
    **dict.fromkeys(("start", "yes", "unstop"), Keyword.START),
    **dict.fromkeys(("help", "info"), Keyword.HELP),
}


def keyword_of(body: str) -> Keyword | None:
    """The keyword a text consists of; a sentence that merely contains one is a sentence."""
    return KEYWORDS.get(re.sub(r"[\W_]+", "", body).casefold())


def quiet_end(now: datetime, zone: ZoneInfo, quiet_from: int, quiet_until: int) -> datetime | None:
    """When the quiet hours end that hold at `now` in this zone; None while texts may go. Equal times: never quiet."""
    local = now.astimezone(zone)
    minute = local.hour * 60 + local.minute
    over_midnight = quiet_from > quiet_until
    quiet = (minute >= quiet_from or minute < quiet_until) if over_midnight else quiet_from <= minute < quiet_until
    if not quiet:
        return None
    day = local.date() + timedelta(days=1 if over_midnight and minute >= quiet_from else 0)
    return datetime.combine(day, time(quiet_until // 60, quiet_until % 60), zone).astimezone(now.tzinfo)


COSTLY = frozenset({PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST, PhoneNumberType.PAGER})


def may_go_to(number: str, countries: Collection[str]) -> bool:
    """Whether texts may go to an E.164 number: its country is allowed, and it is no premium number."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return False
    costly = phonenumbers.number_type(parsed) in COSTLY
    return phonenumbers.region_code_for_number(parsed) in countries and not costly


@dataclass(frozen=True)
class Limits:
    """When, where and how many texts go."""

    quiet_from: int
    quiet_until: int
    countries: tuple[str, ...]
    daily_cap: int


def limits_of(given: Mapping[str, Any]) -> Limits:
    """The limits as an owner typed them: times as “21:00”, countries as two letters each. Raises Invalid per field."""
    problems: dict[str, str] = {}
    minutes = {name: _minute(str(given.get(name, ""))) for name in ("quiet_from", "quiet_until")}
    problems |= {name: "Enter a time like 21:00." for name, minute in minutes.items() if minute is None}
    countries = tuple(dict.fromkeys(re.findall(r"\w+", str(given.get("countries", "")).upper())))
    unknown = [each for each in countries if each not in phonenumbers.SUPPORTED_REGIONS]
    if unknown:
        problems["countries"] = (
            f"“{unknown[0][:20]}” is not a country code. Enter two letters each, for example GB, IE."
        )
    cap = str(given.get("daily_cap", "")).strip()
    if not (cap.isdecimal() and len(cap) < 7 and 1 <= int(cap) <= 100_000):
        problems["daily_cap"] = "Enter a number from 1 to 100000."
    if problems:
        raise Invalid(**problems)
    return Limits(minutes["quiet_from"] or 0, minutes["quiet_until"] or 0, countries, int(cap))


def _minute(typed: str) -> int | None:
    found = re.fullmatch(r"(\d{1,2}):(\d{2})", typed.strip())
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        return None
    return int(found[1]) * 60 + int(found[2])


def twilio_settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a Twilio account as they are kept. Raises Invalid per field."""
    kept = {
        name: "".join(str(given.get(name, "")).split())
        for name in ("account_sid", "auth_token", "key_sid", "key_secret", "from")
    }
    problems: dict[str, str] = {}
    if not re.fullmatch(r"AC[0-9a-f]{32}", kept["account_sid"]):
        problems["account_sid"] = "Enter the Account SID: AC and 32 more characters, from the Twilio console."
    if not kept["auth_token"]:
        problems["auth_token"] = "Enter the Auth Token. It also proves that reports really come from Twilio."  # noqa: S105
    if kept["key_sid"] and not re.fullmatch(r"SK[0-9a-f]{32}", kept["key_sid"]):
        problems["key_sid"] = "An API key begins with SK. Leave it empty to use the Auth Token."
    if bool(kept["key_sid"]) != bool(kept["key_secret"]):
        problems.setdefault("key_secret" if kept["key_sid"] else "key_sid", "Enter both the API key and its secret.")
    kept["from"] = re.sub(r"[().-]", "", kept["from"])
    if not re.fullmatch(r"\+[1-9]\d{6,14}|MG[0-9a-f]{32}|[1-9]\d{4,5}", kept["from"]):
        problems["from"] = "Enter your Twilio number like +447400123456, or a Messaging Service SID (MG…)."
    if problems:
        raise Invalid(**problems)
    return kept
