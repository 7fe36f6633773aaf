"""What the scripts of the form know: the attributes of each source, what they probably are, and their words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from unfold.widgets import CHECKBOX_CLASSES, INPUT_CLASSES, SELECT_CLASSES

from constant_contact.fields import stored_as
from exports.destination import fields
from exports.destination.field_types import types_for
from exports.forms.export_form import ExportForm
from profiles.models import ProfileSource

# The theme's looks, for controls that no Django widget makes.
CONTROLS = {
    "input_classes": " ".join(INPUT_CLASSES),
    "select_classes": " ".join(SELECT_CLASSES),
    "checkbox_classes": " ".join(CHECKBOX_CLASSES),
}


def for_scripts(form: ExportForm) -> dict[str, Any]:
    return {
        "sources": {source.pk: _source(source) for source in form.sources},
        "stored_as": {name: stored_as(name) for name in fields.LABELS},
        "texts": _texts(),
    }


def _source(source: ProfileSource) -> dict[str, Any]:
    attributes = source.attributes()
    by_fill = sorted((each for each in attributes if each.looks_like_email), key=lambda each: -each.filled)
    names = [each.name for each in attributes]
    suggested = fields.suggest(names, [each.name for each in by_fill])
    return {
        "attributes": names,
        "field_types": {each.name: list(types_for([each])) for each in attributes},
        "suggested": [[target, attribute, fields.label_of(target)] for target, attribute in suggested.items()],
    }


def _texts() -> dict[str, str]:
    """Sentences that a script puts together; `{…}` is filled in by it."""
    return {
        "loading": _("Loading the lists from Constant Contact…"),
        "offline": _("The lists can't be shown at the moment. Paste the ID of the list; it is checked when you save."),
        "chooseConnection": _("Choose a connection first: then the lists of its account are shown here."),
        "members": _("{count} members"),
        "noMatch": _("No list of the account has these words in its name."),
        "noLists": _("The account has no lists yet. Create one."),
        "unknown": _("The account has no list with this ID. It is checked again when you save."),
        "usedBy": _("“{names}” also sends to this list. A person in both keeps the values of the run that ends last."),
        "sharedWith": _(
            "“{names}” also fills {fields}, in the same account. A person in both keeps the values of the run that "
            "ends last."
        ),
        "comma": _(", "),
        "typeOfAttribute": _("{type} (as the attribute)"),
        "suggested": _("Suggested:"),
        "addAll": _("Add all {count}"),
        "added": _("Attribute added."),
        "removed": _("Attribute removed."),
        "lacking": _("not in every selected segment"),
        "sum": _("{segments} selected, {members} profiles before duplicates are left out"),
        "sumNone": _("No segment selected"),
        "nameNeeded": _("Enter a name for the new list."),
    }
