"""What tests of pages share: sources and segments without a file behind them, and the form as a browser posts it."""

from typing import Any

from connections.models import Connection
from exports.models import Export
from profiles.attributes import Attribute
from profiles.models import ProfileSource
from segments.models import Segment

ATTRIBUTES = ("id", "email", "first_name", "last_name", "city", "phone", "level")


def plain_source(name: str = "Customers", attributes: tuple[str, ...] = ATTRIBUTES) -> ProfileSource:
    """A source that was imported once, as far as pages can tell."""
    columns = [Attribute(each, looks_like_email=each == "email").as_json() for each in attributes]
    return ProfileSource.objects.create(name=name, key_attribute="id", columns=columns, row_count=10)


def plain_segment(name: str = "France", source: ProfileSource | None = None, members: int | None = 6) -> Segment:
    source = source or ProfileSource.objects.first() or plain_source()
    return Segment.objects.create(name=name, source=source, rules={"op": "and", "rules": []}, member_count=members)


def plain_export(connection: Connection | None, list_id: str, name: str = "Newsletter", **columns: Any) -> Export:
    """An export as the form saves it."""
    account = connection.account_id if connection else "an-account"
    columns = {"list_name": "News", "list_account_id": account, "mapping": {"email": "email"}, **columns}
    export = Export.objects.create(name=name, connection=connection, list_id=list_id, **columns)
    export.segments.add(Segment.objects.first() or plain_segment())
    return export


def filled_in(connection: Connection | None, list_text: str, /, *segments: Segment, **changes: Any) -> dict[str, Any]:
    """The form as somebody fills it in. `rows`: (field, attribute) or (field, attribute, name of a new field)."""
    rows = [(*row, "")[:3] for row in changes.pop("rows", [("first_name", "first_name")])]
    return {
        "name": "US customers",
        "connection": connection.pk if connection else "",
        "list_id": list_text,
        "email": "email",
        "target": [row[0] for row in rows],
        "attribute": [row[1] for row in rows],
        "new_label": [row[2] for row in rows],
        "segments": [segment.pk for segment in segments],
        **changes,
    }


def sentences(response: Any) -> str:
    """The messages on the page that a POST leads to, as one text."""
    return " ".join(str(message) for message in response.context["messages"])
