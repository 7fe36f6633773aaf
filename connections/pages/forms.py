"""Forms of the wizard and of a connection's page."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from connections.models import Connection
from connections.permissions import contributors


class PeopleField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, person: Any) -> str:
        name = person.get_full_name()
        return f"{name} ({person.get_username()})" if name else person.get_username()


class NameForm(forms.Form):
    display_name = forms.CharField(
        label=_("Display name"),
        max_length=100,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text=_(
            "A name that people recognize: say the purpose and the target, for example “Newsletter – main account”. "
            "You can change it later."
        ),
        error_messages={"required": _("Enter a display name.")},
    )

    def __init__(self, *args: Any, connection: Connection | None = None, **kwargs: Any) -> None:
        self.connection = connection
        super().__init__(*args, **kwargs)

    def clean_display_name(self) -> str:
        name: str = self.cleaned_data["display_name"]
        others = Connection.objects.filter(display_name__iexact=name)
        if self.connection is not None:
            others = others.exclude(pk=self.connection.pk)
        if others.exists():
            raise forms.ValidationError(
                _("Another connection has this name already. Choose one that people can tell apart.")
            )
        return name


class SharingForm(forms.Form):
    sharing = forms.ChoiceField(
        label=_("Choose who can use this connection"),
        choices=Connection.Sharing.choices,
        widget=UnfoldAdminRadioSelectWidget,
        help_text=_("Administrators can always use it. Contributors see only its name and type."),
    )
    chosen_contributors = PeopleField(
        label=_("Chosen contributors"),
        queryset=None,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    decided_by_another = forms.BooleanField(
        label=_("A run that needs a decision is never decided by the one who started it"),
        required=False,
        widget=UnfoldBooleanWidget,
        help_text=_("Brakes of an export hold a run until an administrator or the owner of the export decides."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["chosen_contributors"].queryset = contributors()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "decided_by_another" not in self.data:  # a page sends it also when it is not ticked
            cleaned["decided_by_another"] = self.get_initial_for_field(
                self.fields["decided_by_another"], "decided_by_another"
            )
        if cleaned.get("sharing") != Connection.Sharing.CHOSEN:
            cleaned["chosen_contributors"] = contributors().none()
        elif not cleaned.get("chosen_contributors"):
            self.add_error("chosen_contributors", _("Choose at least one contributor, or another option above."))
        return cleaned


class ConnectionForm(SharingForm, NameForm):
    """Edit what may change later: the name, and who can use the connection."""

    field_order = ["display_name", "sharing", "chosen_contributors", "decided_by_another"]


class LimitsForm(forms.Form):
    """What nobody but a person can tell of the account, and what is not to happen without one. Empty: no limit."""

    contract_contacts = forms.IntegerField(
        label=_("Active contacts in the contract"),
        required=False,
        min_value=1,
        max_value=2_000_000_000,
        widget=UnfoldAdminIntegerFieldWidget(),
        help_text=_(
            "The number in your contract with Constant Contact, which its API does not tell. Pages warn from 90 % of "
            "it, and a run that would pass it waits for a decision."
        ),
    )
    max_automation_starts = forms.IntegerField(
        label=_("Automation starts without asking"),
        required=False,
        min_value=0,
        max_value=2_000_000_000,
        widget=UnfoldAdminIntegerFieldWidget(),
        help_text=_(
            "If more people of one run would start automations of its list, the run waits for a decision. Needs the "
            "permission to read automations."
        ),
    )


class ConsentForm(forms.Form):
    agree = forms.BooleanField(
        label=_("I agree"),
        widget=UnfoldBooleanWidget,
        error_messages={"required": _("Tick “I agree” to go on. Without it no data may be sent.")},
    )


class PasswordForm(forms.Form):
    """The person's own password once more, to prove that it is them who becomes the export user."""

    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "current-password"}),
        help_text=_("The password you sign in to this application with, not the one for Constant Contact."),
        error_messages={"required": _("Enter your password to confirm that it is you.")},
    )


def initial(connection: Connection) -> dict[str, Any]:
    """Return what the forms show for `connection`; a draft that was not asked yet proposes administrators only."""
    return {
        "display_name": connection.display_name,
        "sharing": connection.sharing or Connection.Sharing.ADMINISTRATORS,
        "decided_by_another": connection.decided_by_another,
        "chosen_contributors": [person.pk for person in connection.chosen_contributors.all()],
    }


def initial_limits(connection: Connection) -> dict[str, Any]:
    return {name: getattr(connection, name) for name in LimitsForm.base_fields}


def seen(posted: Any) -> datetime | None:
    """Return when the row was last updated according to the page that was posted; None when that makes no sense."""
    try:
        return datetime.fromisoformat(posted.get("seen", ""))
    except ValueError:
        return None
