"""Time zones to choose from, under the regions of the world."""

from __future__ import annotations

from careops_app.infra.countries import city_of, zones_by_region

Options = dict[str, list[tuple[str, str]]]


def zone_options(chosen: str) -> Options:
    """All zones for a select field; the chosen one too when it is an older name that the list does not have."""
    regions = {region: [(name, _place(name)) for name in names] for region, names in zones_by_region().items()}
    listed = any(chosen == name for names in regions.values() for name, _ in names)
    return regions if listed or not chosen else {"Yours": [(chosen, city_of(chosen))], **regions}


def _place(zone: str) -> str:
    """“New York”, and with its state where several share a name: “Knox, Indiana”."""
    middle = zone.split("/")[1:-1]
    return ", ".join([city_of(zone), *(part.replace("_", " ") for part in middle)])
