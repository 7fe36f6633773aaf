"""The forms of profile sources."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from profiles.errors import ImportRefusedError
from profiles.files.encodings import ENCODINGS
from profiles.files.options import ReadingOptions
from profiles.files.recognise import FileForm, recognise_upload
from profiles.imports.ingest import check_columns
from profiles.models import ProfileSource


class FileInput(forms.FileInput):
    """The browser's own: it can be dropped upon and reached by keyboard, and says the file's name."""

    def __init__(self) -> None:
        super().__init__({"class": "cc-file", "accept": ".csv,.txt,.tsv,.xlsx,.parquet,text/csv"})


class UploadForm(forms.Form):
    """A file for a source. Only a piece of it is looked at here; the import looks at all of it."""

    encoding = forms.ChoiceField(
        label=_("How its letters are stored (encoding)"),
        choices=[("", _("Recognize it: UTF-8 or UTF-16")), *ENCODINGS.items()],
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text=_("Only where letters such as é, ł or 李 look wrong above. Choose until they look right."),
    )
    mark_damaged = forms.BooleanField(
        label=_("Read the rest and mark the letters that are lost"),
        required=False,
        widget=UnfoldBooleanWidget,
        help_text=_(
            "For a damaged file: each letter that is lost becomes �. After the import you see how many values have "
            "one, and where. This is for this file only."
        ),
    )
    sheet = forms.CharField(
        label=_("Sheet"),
        max_length=255,
        required=False,
        strip=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_(
            "Of an Excel workbook with several sheets: the one with your customers. If none is named, the first one is "
            "read."
        ),
    )
    file = forms.FileField(
        label=_("CSV, Excel or Parquet file"),
        widget=FileInput,
        error_messages={
            "required": _("Choose a CSV, Excel or Parquet file."),
            "empty": _("The file is empty. Choose another one."),
        },
        help_text=_("One row per customer. CSV or Excel (.xlsx) with a first row that names the columns, or Parquet."),
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
        help_text=_("Optional: of customers with the same email address, the one updated last is exported."),
    )

    @property
    def options(self) -> ReadingOptions:
        """What was chosen about how the file is read."""
        data = self.cleaned_data
        return {
            "encoding": data.get("encoding", ""),
            "mark_damaged": data.get("mark_damaged", False),
            "sheet": data.get("sheet", ""),
        }

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > settings.SOURCE_MAX_BYTES:
            raise ValidationError(
                _("The file is larger than %(limit)s. Leave out columns that nobody needs, or divide it."),
                params={"limit": filesizeformat(settings.SOURCE_MAX_BYTES)},
            )
        try:
            self.form: FileForm = recognise_upload(file, **self.options)
        except ImportRefusedError as error:
            raise ValidationError(str(error)) from None
        file.seek(0)
        return file

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for field in ("key_attribute", "updated_attribute"):
            if "file" in cleaned and cleaned.get(field) and self.form.names:
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
