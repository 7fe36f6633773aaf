"""Searching the audit trail: by person, kind, object and date."""

from datetime import datetime, time, timedelta
from typing import Any

from auditlog.models import LogEntry
from django import forms
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from .sentences import AUTOMATIC, KINDS

NOBODY = "nobody"


class SearchForm(forms.Form):
    """All of it is optional; what is senseless is said and finds nothing."""

    person = forms.ChoiceField(label=_("Person"), required=False, widget=UnfoldAdminSelectWidget())
    kind = forms.ChoiceField(label=_("Kind"), required=False, widget=UnfoldAdminSelectWidget())
    name = forms.CharField(label=_("Name"), required=False, max_length=100, widget=UnfoldAdminTextInputWidget())
    since = forms.DateField(label=_("From date"), required=False, widget=UnfoldAdminDateWidget(attrs={"type": "date"}))
    until = forms.DateField(label=_("To date"), required=False, widget=UnfoldAdminDateWidget(attrs={"type": "date"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = [(str(user.pk), user.get_username()) for user in User.objects.order_by("username")]
        kinds = [(label, capfirst(gettext(kind))) for label, kind in KINDS.items()]
        self.fields["person"].choices = [("", _("Everybody")), *people, (NOBODY, _(AUTOMATIC))]  # type: ignore[attr-defined]
        self.fields["kind"].choices = [("", _("Everything")), *kinds]  # type: ignore[attr-defined]

    def found(self) -> QuerySet[LogEntry]:
        """Return the entries that match, newest first."""
        entries = LogEntry.objects.select_related("actor", "content_type").order_by("-pk")
        if not self.is_valid():
            return entries.none() if self.is_bound and self.errors else entries
        criteria = self.cleaned_data
        if criteria["person"]:
            nobody = criteria["person"] == NOBODY
            entries = entries.filter(actor=None) if nobody else entries.filter(actor_id=criteria["person"])
        if criteria["kind"]:
            app, model = criteria["kind"].split(".")
            entries = entries.filter(content_type__app_label=app, content_type__model=model)
        if criteria["name"]:
            entries = entries.filter(object_repr__icontains=criteria["name"])
        if criteria["since"]:
            entries = entries.filter(timestamp__gte=_start_of(criteria["since"]))
        if criteria["until"]:
            entries = entries.filter(timestamp__lt=_start_of(criteria["until"]) + timedelta(days=1))
        return entries


def _start_of(day: Any) -> datetime:
    """The beginning of a day, where this installation is."""
    return timezone.make_aware(datetime.combine(day, time.min))
