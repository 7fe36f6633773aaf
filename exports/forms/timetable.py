"""The form of a timetable: days, times and their time zone, for the system refresh and for exports."""

from __future__ import annotations

from datetime import time
from typing import Any

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from exports.models import Timetable
from exports.schedule.timetables import weekday, zones

Recurrence = Timetable.Recurrence


class TimetableForm(forms.Form):
    """What is posted while the switch is off changes nothing but the switch."""

    recurrences: tuple[Recurrence, ...] = (Recurrence.WEEKLY, Recurrence.DAILY)
    max_times = 4  # a day (documented limit of the system refresh)

    is_on = forms.BooleanField(label=_("Schedule run"), required=False, widget=UnfoldBooleanSwitchWidget)
    recurrence = forms.ChoiceField(
        label=_("Recurrence"), required=False, error_messages={"invalid_choice": _("Choose how often it runs.")}
    )
    time_zone = forms.CharField(
        label=_("Time zone"),
        required=False,
        max_length=64,
        widget=UnfoldAdminTextInputWidget(attrs={"list": "time-zones", "autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Type part of a city or region, for example Berlin or America."),
    )

    def __init__(self, data: QueryDict | None, timetable: Timetable) -> None:
        self.timetable = timetable
        zone = timetable.time_zone or settings.TIME_ZONE
        initial = {"is_on": timetable.is_on, "recurrence": timetable.recurrence, "time_zone": zone}
        super().__init__(data, initial=initial)
        choices = [(value.value, value.label) for value in self.recurrences]
        self.fields["recurrence"].choices = choices  # type: ignore[attr-defined]
        self.problems: dict[str, Any] = {}

    @property
    def is_new(self) -> bool:
        """Nobody chose a time zone yet: the browser's is a better guess than the server's."""
        return not self.timetable.time_zone and not self.is_bound

    @cached_property
    def times(self) -> list[str]:
        """The times as they are shown: those that were entered, with empty ones up to as many as there may be."""
        entered = self._listed("time") if self.is_bound else list(self.timetable.times)
        return (entered + [""] * self.max_times)[: self.max_times]

    @property
    def weekdays(self) -> list[tuple[int, str, bool]]:
        chosen = self._chosen("weekday", Recurrence.WEEKLY)
        return [(number, weekday(number), number in chosen) for number in range(7)]

    @property
    def month_days(self) -> list[tuple[int, bool]]:
        chosen = self._chosen("day", Recurrence.MONTHLY)
        return [(number, number in chosen) for number in range(1, 32)]

    @property
    def columns(self) -> dict[str, Any]:
        """What is to be saved, once the form is valid."""
        if not self.cleaned_data["is_on"]:
            return {"is_on": False}
        recurrence = self.cleaned_data["recurrence"]
        if recurrence == Recurrence.SYSTEM:
            return {"is_on": True, "recurrence": recurrence}
        return {
            "is_on": True,
            "recurrence": recurrence,
            "days": self._days(recurrence),
            "times": self._clock_times(),
            "time_zone": self.cleaned_data["time_zone"],
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        recurrence = cleaned.get("recurrence")
        if not cleaned.get("is_on") or recurrence == Recurrence.SYSTEM:
            return cleaned
        if not recurrence and "recurrence" not in self.errors:
            self.add_error("recurrence", _("Choose how often it runs."))
        if cleaned.get("time_zone") not in zones():
            self.add_error("time_zone", _("There is no time zone with this name. Choose one from the list."))
        if recurrence in (Recurrence.WEEKLY, Recurrence.MONTHLY) and not self._days(recurrence):
            self.problems["days"] = _("Select at least one day.")
        entered = self._listed("time")
        if not entered:
            self.problems["times"] = _("Enter a time.")
        elif len(entered) > self.max_times or len(self._clock_times()) != len(set(entered)):
            self.problems["times"] = _("Enter each time as hours and minutes, for example 02:30.")
        if self.problems:
            self.add_error(None, _("Correct what is marked below; everything you entered is kept."))
        return cleaned

    def _days(self, recurrence: str) -> list[int]:
        name, last = {Recurrence.WEEKLY: ("weekday", 6), Recurrence.MONTHLY: ("day", 31)}.get(
            Recurrence(recurrence), ("", 0)
        )
        first = 0 if name == "weekday" else 1
        return sorted({int(each) for each in self._listed(name) if each.isdecimal() and first <= int(each) <= last})

    def _clock_times(self) -> list[str]:
        """The times in their order, each once; what is no time is left out."""
        return sorted({clock for each in self._listed("time") if (clock := _clock_time(each))})

    def _listed(self, name: str) -> list[str]:
        return [each for each in self.data.getlist(name) if each]  # type: ignore[attr-defined]

    def _chosen(self, name: str, recurrence: str) -> set[int]:
        if self.is_bound:
            return {int(each) for each in self._listed(name) if each.isdecimal()}
        return set(self.timetable.days) if self.timetable.recurrence == recurrence else set()


class ExportTimetableForm(TimetableForm):
    recurrences = (Recurrence.SYSTEM, Recurrence.DAILY, Recurrence.WEEKLY, Recurrence.MONTHLY)
    max_times = 1  # applies to all days


def _clock_time(text: str) -> str | None:
    try:
        return time.fromisoformat(text).strftime("%H:%M")
    except ValueError:
        return None
