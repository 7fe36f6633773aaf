"""The world's time zones by their IANA names."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

# "Etc/GMT+5" lies five hours west of Greenwich, not east: whoever chooses it means the other one.
_NOT_OFFERED = ("Etc/", "SystemV/", "posix/", "right/")


@cache
def zones() -> tuple[str, ...]:
    """Return the time zones to choose from: places of the world, and UTC."""
    places = (zone for zone in available_timezones() if "/" in zone and not zone.startswith(_NOT_OFFERED))
    return ("UTC", *sorted(places))


def is_zone(name: str) -> bool:
    return name in zones()
