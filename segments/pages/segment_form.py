"""The form of a segment."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from profiles.models import ProfileSource
from segments.errors import Problem, RulesInvalidError
from segments.models import Segment
from segments.rules.tree import read_rules

CHANGED = _("Somebody else changed this segment in the meantime. Reload the page to see what it is now.")
MAX_CONDITIONS = 200  # of one segment; a limit of the form, so that a page stays one that people can read


class SegmentForm(forms.ModelForm):
    """A segment. `problems` says what is wrong with which condition."""

    rules = forms.JSONField(
        widget=forms.HiddenInput,
        error_messages={
            "required": _("The conditions were not received. Reload the page and enter them again."),
            "invalid": _("The conditions were not received. Reload the page and enter them again."),
        },
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)  # which version the form was filled from

    class Meta:
        model = Segment
        fields = ("name", "description", "source", "rules")
        widgets = {
            "name": UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
            "description": UnfoldAdminTextareaWidget(attrs={"rows": 2}),
            "source": UnfoldAdminSelectWidget,
        }
        error_messages = {
            "name": {
                "required": _("Enter a name."),
                "unique": _("Another segment has this name already. Choose one that people can tell apart."),
            },
            "source": {"required": _("Choose a profile source."), "invalid_choice": _("Choose a profile source.")},
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.problems: list[Problem] = []
        sources: Any = self.fields["source"]
        sources.queryset = ProfileSource.objects.filter(refreshed_at__isnull=False)
        sources.empty_label = _("Choose a profile source")
        self.initial["seen"] = version_of(self.instance)
        if not self.instance.pk:
            self.fields["name"].widget.attrs["autofocus"] = True

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("source") and "rules" in cleaned:
            self._check_rules(cleaned)
        if cleaned.get("seen", "") != version_of(self.instance):
            raise ValidationError(CHANGED)
        return cleaned

    def _check_rules(self, cleaned: dict[str, Any]) -> None:
        try:
            tree = read_rules(cleaned["rules"], cleaned["source"].attributes())
        except RulesInvalidError as error:
            self.problems = error.problems
            self.add_error("rules", _("Correct the conditions that are marked."))
            return
        if tree.size() > MAX_CONDITIONS:
            self.add_error(
                "rules",
                ValidationError(
                    _("A segment can have up to %(limit)s conditions. Put values into one “is any of”."),
                    params={"limit": MAX_CONDITIONS},
                ),
            )


def version_of(segment: Segment) -> str:
    """Return what changes whenever the segment is saved; "" for a new one."""
    return segment.updated_at.isoformat() if segment.pk else ""
