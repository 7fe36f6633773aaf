"""The brakes of an export in its form: a field for each, called brake_<code>.

An empty number switches a brake off. A field that a POST lacks leaves what the export has, or what is the default.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget

from exports.brakes.table import (
    AT_LEAST,
    BRAKES,
    DEFAULT_AT_LEAST,
    MAX_LIMITS,
    ON,
    Brake,
    Unit,
    at_least_of,
    limit_of,
)

PREFIX = "brake_"
OFF_OR_ON = [("", _("Off")), (str(ON), _("On"))]


def brake_fields(settings: Mapping[str, Any]) -> dict[str, forms.Field]:
    """Return the fields by their names, filled with the settings of an export."""
    fields = {PREFIX + brake.code: _field(brake, limit_of(brake, settings)) for brake in BRAKES}
    fields[PREFIX + AT_LEAST] = _number(
        MAX_LIMITS[Unit.PEOPLE],
        at_least_of(settings),
        label=_("Shares count from a difference of"),
        help_text=_("So that a few people more or less don't stop a short list."),
    )
    return fields


def brakes_in(data: Mapping[str, Any], cleaned: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, int | None]:
    """Return the settings that a valid form asks for: what is as the table of brakes has it is left out."""
    found: dict[str, int | None] = {}
    for brake in BRAKES:
        name = PREFIX + brake.code
        limit = _whole(cleaned.get(name)) if name in data else limit_of(brake, before)
        if limit != brake.limit:
            found[brake.code] = limit
    name = PREFIX + AT_LEAST
    at_least = (_whole(cleaned.get(name)) or 0) if name in data else at_least_of(before)
    if at_least != DEFAULT_AT_LEAST:
        found[AT_LEAST] = at_least
    return found


def _field(brake: Brake, limit: int | None) -> forms.Field:
    about: dict[str, Any] = {"label": brake.label, "help_text": brake.help}
    if brake.unit != Unit.SWITCH:
        return _number(MAX_LIMITS[brake.unit], limit, **about)
    widget = UnfoldAdminSelectWidget()
    return forms.ChoiceField(choices=OFF_OR_ON, required=False, initial=str(limit or ""), widget=widget, **about)


def _number(limit: int, initial: int | None, **about: Any) -> forms.Field:
    widget = UnfoldAdminIntegerFieldWidget(attrs={"placeholder": _("Off"), "inputmode": "numeric"})
    return forms.IntegerField(
        min_value=0, max_value=limit, required=False, initial=initial, widget=widget, localize=False, **about
    )


def _whole(value: Any) -> int | None:
    return None if value in (None, "") else int(value)
