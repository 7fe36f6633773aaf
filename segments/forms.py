"""The forms of profile sources and segments."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from .errors import ImportRefusedError, Problem, RulesInvalidError
from .file_kinds import FileForm, recognise_upload
from .intake import check_columns
from .models import ProfileSource, Segment
from .rules import read_rules

MAX_CONDITIONS = 200  # of one segment; a limit of the form, so that a page stays one that people can read


class FileInput(forms.FileInput):
    """The browser's own: it can be dropped upon and reached by keyboard, and says the file's name."""

    def __init__(self) -> None:
        super().__init__({"class": "cc-file", "accept": ".csv,.txt,.tsv,.parquet,text/csv"})


class UploadForm(forms.Form):
    """A CSV or Parquet file for a source. Only a piece of it is looked at here; the import looks at all of it."""

    file = forms.FileField(
        label=_("CSV or Parquet file"),
        widget=FileInput,
        error_messages={
            "required": _("Choose a CSV or Parquet file."),
            "empty": _("The file is empty. Choose another one."),
        },
        help_text=_(
            "One row per customer. CSV with a header line that names the columns (UTF-8, UTF-16 or Windows-1252), "
            "or Parquet."
        ),
    )
    key_attribute = forms.CharField(
        label=_("Key attribute"),
        max_length=255,
        widget=UnfoldAdminTextInputWidget,
        error_messages={"required": _("Choose the column that is different for every customer.")},
        help_text=_("The column that is different for every customer, such as a customer number."),
    )
    updated_attribute = forms.CharField(
        label=_("Last updated attribute"),
        max_length=255,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Optional: of customers with the same e-mail address, the one updated last is exported."),
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > settings.SOURCE_MAX_BYTES:
            raise ValidationError(
                _("The file is larger than %(most)s. Leave out columns that nobody needs, or divide it."),
                params={"most": filesizeformat(settings.SOURCE_MAX_BYTES)},
            )
        try:
            self.form: FileForm = recognise_upload(file)
        except ImportRefusedError as error:
            raise ValidationError(str(error)) from None
        file.seek(0)
        return file

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for field in ("key_attribute", "updated_attribute"):
            if "file" in cleaned and cleaned.get(field):
                try:
                    check_columns(self.form.names, cleaned[field])
                except ImportRefusedError as error:
                    self.add_error(field, str(error))
        return cleaned


class NameForm(forms.ModelForm):
    """The name of a source."""

    class Meta:
        model = ProfileSource
        fields = ("name",)
        widgets = {"name": UnfoldAdminTextInputWidget}
        error_messages = {
            "name": {
                "required": _("Enter a name."),
                "unique": _("Another profile source has this name already. Choose one that people can tell apart."),
            }
        }


class SegmentForm(forms.ModelForm):
    """A segment. `problems` says what is wrong with which condition."""

    rules = forms.JSONField(
        widget=forms.HiddenInput,
        error_messages={
            "required": _("The conditions did not arrive. Reload the page and enter them again."),
            "invalid": _("The conditions did not arrive. Reload the page and enter them again."),
        },
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)  # which version the form was filled from

    class Meta:
        model = Segment
        fields = ("name", "description", "source", "rules")
        widgets = {
            "name": UnfoldAdminTextInputWidget,
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

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("source") and "rules" in cleaned:
            self._check_rules(cleaned)
        if cleaned.get("seen", "") != version_of(self.instance):
            raise ValidationError(
                _("Somebody else changed this segment in the meantime. Reload the page to see what it is now.")
            )
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
                    _("A segment can have up to %(most)s conditions. Put values into one “is any of”."),
                    params={"most": MAX_CONDITIONS},
                ),
            )


def version_of(segment: Segment) -> str:
    """Return what changes whenever the segment is saved; "" for a new one."""
    return segment.updated_at.isoformat() if segment.pk else ""
