"""The way in for a newcomer: from nothing to the first run, one step after the other."""

from dataclasses import dataclass, replace
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _

from connections.models import Connection
from exports.models import Export, Run
from profiles.models import ProfileSource
from segments.models import Segment

site: Any = admin.site


@dataclass(frozen=True)
class Step:
    """One step. `href` is None for whoever may not take it, and while it isn't its turn."""

    title: str
    text: str
    done: bool
    href: str | None
    action: str
    is_current: bool = False

    @property
    def state(self) -> str:
        return "done" if self.done else "current" if self.is_current else "todo"


def first_steps(request: HttpRequest) -> list[Step]:
    """Return the steps with where this installation stands; none once somebody has walked them all."""
    steps = [
        Step(
            _("Upload customer profiles"),
            _("A CSV file with one row per customer becomes a profile source."),
            ProfileSource.objects.exists(),
            site.add_page(request, "profiles.ProfileSource"),
            _("Add profile source"),
        ),
        Step(
            _("Choose whom you talk about"),
            _("A segment is a set of customers described by rules, for example everybody in one country."),
            Segment.objects.exists(),
            site.add_page(request, "segments.Segment"),
            _("Add segment"),
        ),
        Step(
            _("Connect Constant Contact"),
            _("An administrator signs in to Constant Contact once and decides who may use the connection."),
            Connection.objects.ready().exists(),
            site.add_page(request, "connections.Connection"),
            _("Add connection"),
        ),
        Step(
            _("Set up an export"),
            _("Pick the list, match the attributes and choose the segments. Saving doesn't send anything yet."),
            Export.objects.exists(),
            site.add_page(request, "exports.Export"),
            _("Add export"),
        ),
        Step(
            _("Run it"),
            _("Press Run now on the export and watch what happens to everybody in it."),
            Run.objects.filter(preview=False).exists(),
            site.list_page(request, "exports.Export"),
            _("Open exports"),
        ),
    ]
    current = next((step for step in steps if not step.done), None)
    if current is None:
        return []
    return [replace(step, is_current=True) if step is current else replace(step, href=None) for step in steps]
