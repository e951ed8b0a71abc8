"""Countries and the time zones in them, from the tables of the tzdata package: for choosing where a business is."""

from __future__ import annotations

import unicodedata
from functools import cache
from importlib.resources import files


@cache
def country_names() -> dict[str, str]:
    """ISO 3166 codes and English names, in the order of the names: {"AF": "Afghanistan", …}."""
    named = [(code, name) for code, name in _rows("iso3166.tab")]
    return dict(sorted(named, key=lambda pair: unicodedata.normalize("NFKD", pair[1])))


@cache
def zones_by_region() -> dict[str, tuple[str, ...]]:
    """The zones people live in, by the first part of their name: {"Africa": ("Africa/Abidjan", …), …}."""
    names = sorted(row[2] for row in _rows("zone.tab"))
    regions = sorted({name.partition("/")[0] for name in names})
    return {region: tuple(name for name in names if name.partition("/")[0] == region) for region in regions}


def country_of(zone: str) -> str | None:
    """The country of a zone; None for zones that are not those of one country, such as UTC."""
    return _countries().get(zone)


def city_of(zone: str) -> str:
    """The place a zone is named after: “New York” for America/New_York."""
    return zone.rpartition("/")[2].replace("_", " ")


@cache
def _countries() -> dict[str, str]:
    return {row[2]: row[0] for row in _rows("zone.tab")}


def _rows(table: str) -> list[list[str]]:
    text = (files("tzdata") / "zoneinfo" / table).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
