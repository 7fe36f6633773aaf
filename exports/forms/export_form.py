"""The form of an export: everything that can be checked without asking Constant Contact is checked here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from connections.models import Connection
from exports.destination import fields
from exports.destination.account import AccountError
from exports.destination.field_types import type_label, types_for
from exports.editing.saving import Draft, FieldsRefusedError
from exports.models import Export
from exports.plan import consent
from profiles.attributes import AttributeType
from profiles.models import ProfileSource
from segments.models import Segment

from .matching import NEW, Row, check, rows_in, rows_of

LACKS = _(
    "The profiles of the segment “{segment}” have no attribute “{attribute}”. "
    "Match another attribute, or leave the segment out."
)
CONSENT_HELP = _(
    "Optional. A person is sent only where this attribute is one of: {words} (capital or small letters). Everything "
    "else is no consent, an empty value too. Who loses consent is not sent any more, and stays on the list."
)
PEOPLE = {
    "leavers": _(
        "Of people whom this export added to the list, and whom no other export of the list still sends. Each run "
        "names them."
    ),
    "former_addresses": _(
        "Of people whose address changed in the source: the one that was sent before. A new address of somebody who "
        "opted out or left the list is not sent."
    ),
}
KEPT = _("Correct what is marked below; everything you entered is kept.")


class ExportForm(forms.Form):
    """`user` decides which connections exist in it. `export` is changed, `like` is what a new one starts from."""

    name = forms.CharField(
        label=_("Display name"),
        max_length=100,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text=_("A name that people recognize, for example “Customers in the US → Newsletter”."),
        error_messages={"required": _("Enter a display name.")},
    )
    connection = forms.ModelChoiceField(
        label=_("Connection for export"),
        queryset=Connection.objects.none(),
        widget=UnfoldAdminSelectWidget,
        error_messages={
            "required": _("Choose a connection."),
            "invalid_choice": _("You can't use this connection. Choose another one, or ask an administrator."),
        },
    )
    list_id = forms.CharField(
        label=_("Constant Contact List ID"),
        max_length=1000,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Search by the name of the list, or paste its ID or its address at Constant Contact."),
        error_messages={"required": _("Choose the list that the profiles are sent to.")},
    )
    email = forms.ChoiceField(
        label=_("Email"),
        widget=UnfoldAdminSelectWidget,
        error_messages={
            "required": _("Choose the attribute that holds the email address. Nothing can be sent without it."),
            "invalid_choice": _("There is no attribute with this name any more. Choose another one."),
        },
    )
    consent_attribute = forms.ChoiceField(
        label=_("Consent attribute"),
        required=False,
        widget=UnfoldAdminSelectWidget,
        error_messages={"invalid_choice": _("There is no attribute with this name any more. Choose another one.")},
    )
    segments = forms.ModelMultipleChoiceField(
        label=_("Select the segments"),
        queryset=Segment.objects.select_related("source"),
        error_messages={
            "required": _("Select at least one segment."),
            "invalid_choice": _("One of the segments no longer exists. Select from the segments below."),
        },
    )

    # Missing in a POST, they are what the export has, or the safe ones.
    leavers = forms.ChoiceField(
        label=Export._meta.get_field("leavers").verbose_name, choices=Export.Leavers.choices, required=False
    )
    former_addresses = forms.ChoiceField(
        label=Export._meta.get_field("former_addresses").verbose_name,
        choices=Export.FormerAddresses.choices,
        required=False,
    )

    def __init__(
        self, data: QueryDict | None, *, user: Any, export: Export | None = None, like: Export | None = None
    ) -> None:
        shown = export or like
        super().__init__(data, initial=_initial(shown, is_copy=export is None))
        self.export = export
        self.rows: list[Row] = rows_in(data) if data is not None else _rows_of(shown)
        # The custom fields that the rows must be able to show, whether the account can be asked about them or not.
        self.custom: dict[str, str] = dict(shown.custom_field_labels) if shown else {}
        for target in sorted({row.target for row in self.rows if row.target.startswith(fields.CUSTOM_PREFIX)}):
            self.custom.setdefault(target, fields.label_of(target))
        types = shown.custom_field_types if shown else {}
        self.custom_types = {target: type_label(types[target]) for target in self.custom if target in types}
        self.matching_errors: list[Any] = []
        connections = self.fields["connection"]
        connections.queryset = Connection.objects.usable_by(user)  # type: ignore[attr-defined]
        # Documented: a section for each type of connection.
        kinds: dict[str, list[tuple[int, str]]] = {}
        for each in connections.queryset:  # type: ignore[attr-defined]
            kinds.setdefault(str(each.get_kind_display()), []).append((each.pk, each.display_name))
        connections.choices = [("", _("Choose a connection")), *kinds.items()]  # type: ignore[attr-defined]
        self.fields["email"].choices = self._email_choices()  # type: ignore[attr-defined]
        self.fields["consent_attribute"].choices = self._consent_choices()  # type: ignore[attr-defined]
        self.fields["consent_attribute"].help_text = format_lazy(CONSENT_HELP, words=", ".join(consent.WORDS))

    @cached_property
    def sources(self) -> list[ProfileSource]:
        return list(ProfileSource.objects.filter(segments__isnull=False).distinct())

    @cached_property
    def all_segments(self) -> list[Segment]:
        return list(Segment.objects.select_related("source"))

    @cached_property
    def attributes(self) -> list[str]:
        """The attributes one can choose from: those of every source that has a segment."""
        return list(dict.fromkeys(each.name for source in self.sources for each in source.attributes()))

    @cached_property
    def chosen_segments(self) -> set[int]:
        """The ids of the segments that are ticked, also after a failed validation."""
        value = self["segments"].value() or []
        return {int(pk) for pk in value if str(pk).isdigit()}

    @property
    def custom_options(self) -> list[tuple[str, str, str]]:
        """The target, the label and what it holds of each custom field that the rows must be able to show."""
        return [(target, label, self.custom_types.get(target, "")) for target, label in self.custom.items()]

    @property
    def seen(self) -> datetime | None:
        """When the export was last updated according to the page that was posted."""
        try:
            return datetime.fromisoformat(self.data.get("seen", ""))
        except ValueError:
            return None

    @property
    def draft(self) -> Draft:
        """What the person wants, once the form is valid."""
        matched = {row.target: row.attribute for row in self.rows if row.target != NEW}
        return Draft(
            name=self.cleaned_data["name"],
            connection=self.cleaned_data["connection"],
            list_text=self.cleaned_data["list_id"],
            mapping={fields.EMAIL: self.cleaned_data["email"], **matched},
            segments=list(self.cleaned_data["segments"]),
            new_fields={row.label: (row.attribute, row.field_type) for row in self.rows if row.target == NEW},
            strict=[row.target for row in self.rows if row.is_strict and row.target != NEW],
            new_strict=[row.label for row in self.rows if row.is_strict and row.target == NEW],
            consent_attribute=self.cleaned_data["consent_attribute"] if "consent_attribute" in self.data else None,
            leavers=self.cleaned_data["leavers"],
            former_addresses=self.cleaned_data["former_addresses"],
        )

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = Export.objects.filter(name__iexact=name)
        if self.export is not None:
            others = others.exclude(pk=self.export.pk)
        if others.exists():
            raise forms.ValidationError(
                _("Another export has this name already. Choose one that people can tell apart.")
            )
        return name

    def clean_leavers(self) -> str:
        return self.cleaned_data["leavers"] or self.choices_of_people["leavers"]

    def clean_former_addresses(self) -> str:
        return self.cleaned_data["former_addresses"] or self.choices_of_people["former_addresses"]

    @property
    def choices_of_people(self) -> dict[str, str]:
        """What is chosen before anybody chooses: by the export that is shown, or as a new one has it."""
        return {
            name: str(self.initial.get(name) or getattr(Export(), name)) for name in ("leavers", "former_addresses")
        }

    @property
    def people_choices(self) -> list[dict[str, Any]]:
        """What becomes of people on the list: each question, its hint, and its answers with the one that is chosen."""
        return [
            {
                "name": name,
                "label": self.fields[name].label,
                "hint": hint,
                "options": self.fields[name].choices,  # type: ignore[attr-defined]
                "value": self.data.get(name) or self.choices_of_people[name],
                "errors": self.errors.get(name, []) if self.is_bound else [],
            }
            for name, hint in PEOPLE.items()
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        sources = {segment.source for segment in cleaned.get("segments") or []}
        for row in self.rows:
            found = [source.attribute(row.attribute) for source in sources]
            row.types = types_for([attribute for attribute in found if attribute])
        rows_are_right = check(self.rows, self.custom)
        self.matching_errors = fields.problems(row.target for row in self.rows if row.target != NEW)
        if self.matching_errors or not rows_are_right:
            self.add_error(None, KEPT)
        kept = self.export.consent_attribute if self.export and "consent_attribute" not in self.data else ""
        chosen = [cleaned.get("email"), cleaned.get("consent_attribute") or kept, *(row.attribute for row in self.rows)]
        for sentence in _lacking(cleaned.get("segments") or [], [name for name in chosen if name]):
            self.add_error("segments", sentence)
        return cleaned

    def refuse(self, error: AccountError) -> None:
        """Show what Constant Contact said at its place in the form. Everything typed stays."""
        if isinstance(error, FieldsRefusedError):
            self.matching_errors.append(error)
            self.add_error(None, KEPT)
        else:
            self.add_error("list_id", str(error))

    def _email_choices(self) -> list[Any]:
        every = [each for source in self.sources for each in source.attributes()]
        likely = list(dict.fromkeys(each.name for each in every if each.looks_like_email))
        others = [name for name in self.attributes if name not in likely]
        groups = [(_("Email addresses"), likely), (_("Other attributes"), others)]
        return [
            ("", _("Choose an attribute")),
            *((title, [(each, each) for each in names]) for title, names in groups if names),
        ]

    def _consent_choices(self) -> list[Any]:
        every = [each for source in self.sources for each in source.attributes()]
        likely = list(dict.fromkeys(each.name for each in every if each.type == AttributeType.BOOLEAN))
        groups = [
            (_("Yes or no"), likely),
            (_("Other attributes"), [each for each in self.attributes if each not in likely]),
        ]
        return [
            ("", _("None: everybody in the segments is sent")),
            *((title, [(each, each) for each in names]) for title, names in groups if names),
        ]


def _initial(export: Export | None, *, is_copy: bool) -> dict[str, Any]:
    if export is None:
        return {}
    return {
        "name": str(_("Copy of %(name)s") % {"name": export.name})[:100] if is_copy else export.name,
        "connection": export.connection_id,
        "list_id": export.list_id,
        "email": export.mapping.get(fields.EMAIL, ""),
        "consent_attribute": export.consent_attribute,
        "segments": list(export.segments.values_list("pk", flat=True)),
        "leavers": export.leavers,
        "former_addresses": export.former_addresses,
    }


def _rows_of(export: Export | None) -> list[Row]:
    return rows_of(export.mapping, export.strict_targets) if export else []


def _lacking(segments: Iterable[Segment], attributes: list[str]) -> list[Any]:
    """A sentence for each segment whose profiles lack a matched attribute, naming both."""
    return [
        format_lazy(LACKS, segment=segment.name, attribute=attribute)
        for segment in segments
        for attribute in dict.fromkeys(attributes)
        if attribute not in {each.name for each in segment.source.attributes()}
    ]
