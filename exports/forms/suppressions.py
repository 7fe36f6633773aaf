"""The forms of suppressions: who, for which connection, why; and how they are searched."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from connections.models import Connection
from exports.editing.suppression_files import MAX_BYTES, valid_address
from exports.models import Suppression
from exports.people.addresses import normalised_domain
from exports.permissions import can_suppress_everywhere

EVERYWHERE = "all"  # instead of the number of a connection
NO_REASON = _("Say why. Whoever asks later finds only what you write here.")


def reason_field(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        error_messages={"required": NO_REASON},
    )


class _ForConnectionForm(forms.Form):
    """For one of the connections that the person may use; for administrators also for all."""

    connection = forms.ChoiceField(
        label=_("Connection"),
        widget=UnfoldAdminSelectWidget,
        error_messages={
            "required": _("Choose a connection."),
            "invalid_choice": _("You can't use this connection. Choose another one, or ask an administrator."),
        },
    )
    reason = reason_field(_("Reason"))

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.usable = {str(each.pk): each for each in Connection.objects.usable_by(user).exclude(account_id="")}
        choices = [(pk, each.display_name) for pk, each in self.usable.items()]
        if can_suppress_everywhere(user):
            choices.insert(0, (EVERYWHERE, _("All connections")))  # type: ignore[arg-type]
        elif len(choices) > 1:
            choices.insert(0, ("", _("Choose a connection")))  # type: ignore[arg-type]
        self.fields["connection"].choices = choices  # type: ignore[attr-defined]

    @property
    def chosen(self) -> Connection | None:
        return self.usable.get(self.cleaned_data["connection"])


class SuppressForm(_ForConnectionForm):
    who = forms.CharField(
        label=_("Email address or domain"),
        max_length=320,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "spellcheck": "false", "autofocus": True}),
        help_text=_(
            "ana@example.com is one person. example.com is everybody with an address there, also at "
            "mail.example.com and whatever else stands before it."
        ),
        error_messages={"required": _("Enter an email address or a domain.")},
    )
    field_order = ("who", "connection", "reason")

    def clean_who(self) -> dict[str, str]:
        """What is to be suppressed, as a keyword of editing.suppressing.suppress."""
        text: str = self.cleaned_data["who"]
        local, at, _domain = text.rpartition("@")
        if at and local not in ("", "*"):
            if address := valid_address(text):
                return {"email": address}
            raise forms.ValidationError(_("This is not an email address that Constant Contact accepts. Correct it."))
        if domain := normalised_domain(text):
            return {"domain": domain}
        raise forms.ValidationError(_("This is neither an email address nor a domain such as example.com."))


class UploadSuppressionsForm(_ForConnectionForm):
    file = forms.FileField(
        label=_("File of email addresses"),
        widget=forms.FileInput({"class": "cc-file", "accept": ".csv,.txt,.tsv,.xlsx,text/csv,text/plain"}),
        help_text=_(
            "Text, CSV or Excel (.xlsx) with one address in each row. With several columns, the one called Email is "
            "read. Up to 1,000,000 rows; nobody is suppressed before you have seen how many they are."
        ),
        error_messages={
            "required": _("Choose a file of email addresses."),
            "empty": _("The file is empty. Choose another one."),
        },
    )
    field_order = ("file", "connection", "reason")

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MAX_BYTES:
            raise forms.ValidationError(
                _("The file is larger than %(limit)s. Leave out columns that nobody needs, or divide it."),
                params={"limit": filesizeformat(MAX_BYTES)},
            )
        return file


class RemovalForm(forms.Form):
    """Why a suppression is taken back."""

    reason = reason_field(_("Why are they free to be sent again?"))


class SuppressionSearch(forms.Form):
    """All of it is optional."""

    ACTIVE, REMOVED = "active", "removed"

    text = forms.CharField(
        label=_("Address, domain, reason, file or who added it"),
        required=False,
        max_length=320,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    connection = forms.ChoiceField(label=_("Connection"), required=False, widget=UnfoldAdminSelectWidget)
    kind = forms.ChoiceField(
        label=_("Kind"),
        required=False,
        widget=UnfoldAdminSelectWidget,
        choices=[("", _("Addresses and domains")), *Suppression.Kind.choices],
    )
    state = forms.ChoiceField(
        label=_("Status"),
        required=False,
        widget=UnfoldAdminSelectWidget,
        choices=[("", _("In force and removed")), (ACTIVE, _("In force")), (REMOVED, _("Removed"))],
    )
    upload = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        connections = [(str(each.pk), each.display_name) for each in Connection.objects.usable_by(user)]
        choices = [("", _("Any connection")), (EVERYWHERE, _("For all connections")), *connections]
        self.fields["connection"].choices = choices  # type: ignore[attr-defined]
