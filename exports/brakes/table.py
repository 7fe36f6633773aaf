"""The table of brakes: what each is called, what its limit counts, and where it stands when nobody has set it.

An export keeps what somebody set (Export.brakes): {code: limit}, null where it was switched off. A code that is missing
there stands as this table says. What was measured is said by exports.messages.brakes, under the same code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Unit(StrEnum):
    SWITCH = "switch"  # on or off: its limit is ON
    PERCENT = "percent"
    PEOPLE = "people"


ON = 1
MAX_LIMITS = {Unit.SWITCH: ON, Unit.PERCENT: 1000, Unit.PEOPLE: 100_000_000}


@dataclass(frozen=True, slots=True)
class Brake:
    """`limit`: what more than this trips it, unless somebody set another; None: off until somebody sets one."""

    code: str
    label: str | Promise
    help: str | Promise
    unit: Unit
    limit: int | None


BRAKES = (
    Brake(
        "empty",
        _("The segments are empty"),
        _("Most often a source that was not filled, or a rule that no longer fits."),
        Unit.SWITCH,
        ON,
    ),
    Brake("shrank", _("The segments shrank by more than"), _("Compared with the last run."), Unit.PERCENT, 50),
    Brake("grew", _("The segments grew by more than"), _("Compared with the last run."), Unit.PERCENT, 50),
    Brake(
        "new_people",
        _("People who are new to the list: more than"),
        _("Also at the first run, when everybody is new."),
        Unit.PEOPLE,
        None,
    ),
    Brake("removed", _("People removed from the list: more than"), _("Of all who are on the list."), Unit.PERCENT, 20),
    Brake(
        "left_out",
        _("Profiles left out because of their data: more than"),
        _("Of all who were selected. Whoever opted out is not counted."),
        Unit.PERCENT,
        50,
    ),
    Brake(
        "contract",
        _("More active contacts than in the contract"),
        _("The number in the contract stands at the connection. Without one, this brake does nothing."),
        Unit.SWITCH,
        ON,
    ),
    Brake(
        "automations",
        _("More automation starts than the connection allows"),
        _("The number stands at the connection, which needs the permission to read automations."),
        Unit.SWITCH,
        ON,
    ),
)
# Shares are for lists of a size: a difference of fewer people than this trips none of them.
AT_LEAST, DEFAULT_AT_LEAST = "at_least", 10


def brake_named(code: str) -> Brake:
    return next(brake for brake in BRAKES if brake.code == code)


def limit_of(brake: Brake, settings: Mapping[str, Any]) -> int | None:
    """Return the limit of a brake under the settings of an export; None: it is off."""
    limit = settings.get(brake.code, brake.limit)
    return None if limit is None else int(limit)


def limit_in_words(brake: Brake, limit: int | None) -> str:
    """Return a limit as people read it."""
    if limit is None:
        return str(_("Off"))
    if brake.unit == Unit.SWITCH:
        return str(_("On"))
    return f"{limit}%" if brake.unit == Unit.PERCENT else str(number_format(limit, force_grouping=True))


def at_least_of(settings: Mapping[str, Any]) -> int:
    """Return from how many people on a share counts."""
    return int(settings.get(AT_LEAST, DEFAULT_AT_LEAST))
