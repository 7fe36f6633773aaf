"""What an administrator enters to have a person erased: an address, and the same once more to confirm it."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from profiles.erasing import normalised_address

_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_MAX = 320


class AddressForm(forms.Form):
    """An address, as it is compared everywhere."""

    address = forms.CharField(
        label=_("Email address"),
        max_length=_MAX,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "email"}),
    )

    def clean_address(self) -> str:
        address = normalised_address(self.cleaned_data["address"])
        if not _ADDRESS.fullmatch(address):
            raise forms.ValidationError(_("Enter the whole email address, such as ana@example.com."))
        return address


class ConfirmForm(AddressForm):
    """Typed once more, and ticked: what follows can't be undone."""

    repeated = forms.CharField(
        label=_("Type the email address once more"),
        max_length=_MAX,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "email"}),
    )
    understood = forms.BooleanField(
        label=_("I understand that this can't be undone."),
        error_messages={"required": _("Tick the box to confirm that this can't be undone.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["address"].widget = forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        repeated = cleaned.get("repeated")
        if repeated is not None and normalised_address(repeated) != cleaned.get("address"):
            self.add_error("repeated", _("This is not the address above."))
        return cleaned
