"""The form of a profile source in a database, made of what its kind asks for."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from profiles.databases.kinds import Database, Field
from profiles.models import DatabaseAddress, ProfileSource
from web.races import version

MAX_CERTIFICATE = 20_000
WRONG_CHARACTERS = _("This holds characters that cannot be right. Enter it again.")


class SecretTextarea(UnfoldAdminTextareaWidget):
    """A secret of several lines. Like that of a password, what was entered is not sent back to the page."""

    def __init__(self) -> None:
        super().__init__(attrs={"rows": 4, "autocomplete": "off", "spellcheck": "false"})

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        return super().get_context(name, None, attrs)


class DatabaseForm(forms.Form):
    """What is needed to reach a table or view. Secrets are never shown again; left empty, they stay what they are."""

    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        widget=UnfoldAdminTextInputWidget,
        error_messages={"required": _("Enter a name.")},
    )

    def __init__(self, kind: Database, source: ProfileSource, address: DatabaseAddress, data: Any = None) -> None:
        super().__init__(data)
        self.kind, self.source, self.address = kind, source, address
        self.seen = version_of(address) if address.pk else ""  # what the page shows
        for field in kind.fields:
            self.fields[field.name] = _field(field, is_new=address.pk is None)
        self._ask_for_the_table()
        self.initial = {
            **{field.name: field.initial for field in kind.fields},
            **address.options,
            "name": source.name,
            "schema": address.schema,
            "table": address.table,
            "key_attribute": source.key_attribute,
            "updated_attribute": source.updated_attribute,
        }

    def _ask_for_the_table(self) -> None:
        self.fields["schema"] = _field(self.kind.schema_field, is_new=True)
        self.fields["table"] = _text(_("Table or view"), help=_("One row per customer, one column per attribute."))
        self.fields["key_attribute"] = _text(
            _("Key attribute"), help=_("The column that is different for every customer, such as a customer number.")
        )
        self.fields["updated_attribute"] = _text(
            _("Last updated attribute"),
            required=False,
            help=_("Optional: of customers with the same email address, the one updated last is exported."),
        )

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if ProfileSource.objects.filter(name=name).exclude(pk=self.source.pk).exists():
            raise ValidationError(_("There is a profile source of this name already. Choose another name."))
        return name

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        held = self.address.held() if self.address.pk else {}
        kept = [field for field in self.kind.fields if held.get(field.name) and not cleaned.get(field.name)]
        plain = [field.name for field in self.kind.fields if not field.secret]
        self.leads_elsewhere = any(cleaned.get(name, "") != self.address.options.get(name, "") for name in plain)
        self.drops_secret = self.leads_elsewhere and bool(kept)
        if needed := [field for field in kept if field.required and self.leads_elsewhere]:
            self.add_error(needed[0].name, _("The server or the user has changed. Enter the password again."))
        return cleaned

    @property
    def has_secret(self) -> bool:
        """Whether a password or key was entered, also the same one again."""
        return any(self.cleaned_data[field.name] for field in self.kind.fields if field.secret)

    @property
    def changes_secrets(self) -> bool:
        return self.has_secret or self.leads_elsewhere

    def fill(self) -> DatabaseAddress:
        """Put what was entered into the source and its address, and return the address. Saves nothing."""
        data = self.cleaned_data
        self.source.name = data["name"]
        self.source.key_attribute = data["key_attribute"]
        self.source.updated_attribute = data["updated_attribute"]
        self.address.source = self.source
        if self.leads_elsewhere:
            # Else a stored password could be sent to a server of somebody's own choice.
            self.address.forget()
        self.address.schema, self.address.table = data["schema"], data["table"]
        self.address.options = {field.name: data[field.name] for field in self.kind.fields if not field.secret}
        self.address.hide({field.name: data[field.name] for field in self.kind.fields if field.secret})
        return self.address


def version_of(address: DatabaseAddress) -> str:
    """Return what changes whenever somebody saves another table, place or name. Secrets are not part of it."""
    source = address.source
    shown = [source.name, source.key_attribute, source.updated_attribute, address.schema, address.table]
    return version(*shown, sorted(address.options.items()))


def _field(field: Field, *, is_new: bool) -> forms.Field:
    if field.choices:
        return forms.ChoiceField(
            label=field.label, help_text=field.help, choices=field.choices, widget=UnfoldAdminSelectWidget
        )
    keeps = field.secret and not is_new
    help = field.help
    if keeps and field.required:
        help = _("Leave empty to keep the stored one. It is never shown.")
    elif keeps:
        help = _(
            "Leave empty to keep the stored one. It is never shown, and dropped when the server or the user changes."
        )
    text = _text(field.label, help, required=field.required and not keeps, widget=_widget(field))
    text.validators += [RegexValidator(rf"\A(?:{field.pattern})\Z", field.complaint or WRONG_CHARACTERS)]
    return text


def _widget(field: Field) -> forms.Widget:
    if field.secret:
        return SecretTextarea() if field.long else UnfoldAdminPasswordWidget()
    return UnfoldAdminTextareaWidget(attrs={"rows": 4}) if field.long else UnfoldAdminTextInputWidget()


def _text(label: Any, help: Any = "", *, required: bool = True, widget: forms.Widget | None = None) -> forms.CharField:
    is_long = isinstance(widget, UnfoldAdminTextareaWidget)
    return forms.CharField(
        label=label,
        help_text=help,
        required=required,
        max_length=MAX_CERTIFICATE if is_long else 255,
        strip=not isinstance(widget, UnfoldAdminPasswordWidget),
        widget=widget or UnfoldAdminTextInputWidget(),
        error_messages={"required": _("Fill in this field.")},
    )
