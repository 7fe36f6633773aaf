"""What the demo fills an installation with: three people, customers, a segment, a connection and an export."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.utils import timezone

from ccexport.roles import ADMINISTRATORS, CONTRIBUTORS, VIEWERS
from connections.consent_text import CURRENT
from connections.models import Connection, Consent, ExportUser
from exports.models import Export
from profiles.models import ProfileSource
from segments.evaluations.lifecycle import evaluate_now
from segments.models import Evaluation, Segment

from .consent import authorize
from .customers import write_customers

PASSWORD = "demo-password"  # noqa: S105 - printed for everybody to use, on a developer's machine only
PEOPLE = {"admin": ADMINISTRATORS, "contributor": CONTRIBUTORS, "viewer": VIEWERS}
SOURCE = "Demo customers"
SEGMENT = "Customers in the United States"
CONNECTION = "Newsletter of Adventure Works"
EXPORT = "US customers to the newsletter"
SAME = ("email", "first_name", "last_name", "city", "state")  # here and there
MAPPING = {name: name for name in SAME} | {"zip": "postal_code", "phone": "phone"}


def fill() -> Export:
    """Make the demo's rows, or find them; connect anew, since a sandbox forgets its tokens. Returns the export."""
    people = {name: person(name, role) for name, role in PEOPLE.items()}
    source = ProfileSource.objects.filter(name=SOURCE).first() or _source()
    connection = connect(people["admin"])
    export, made = Export.objects.get_or_create(
        name=EXPORT, defaults={"mapping": MAPPING, "created_by": people["contributor"]}
    )
    if made:
        export.segments.add(_segment(source, people["contributor"]))
    _aim(export, connection)
    return export


def person(name: str, role: str) -> User:
    """Make somebody who has the role and the known password, or find them."""
    user, made = User.objects.get_or_create(username=name, defaults={"email": f"{name}@example.com", "is_staff": True})
    if made:
        user.set_password(PASSWORD)
        user.save()
        user.groups.add(Group.objects.get(name=role))
    return user


def _source() -> ProfileSource:
    with TemporaryDirectory(dir=settings.VAR) as folder:
        path = Path(folder) / "customers.csv"
        write_customers(path)
        call_command("import_profiles", str(path), source=SOURCE, key="customer_id", updated="updated_at", verbosity=0)
    return ProfileSource.objects.get(name=SOURCE)


def _segment(source: ProfileSource, by: Any) -> Segment:
    rules = {
        "op": "and",
        "rules": [{"attribute": "country", "operator": "equals", "value": "United States", "ignore_case": True}],
    }
    segment, made = Segment.objects.get_or_create(
        name=SEGMENT, defaults={"source": source, "rules": rules, "created_by": by}
    )
    if made:
        evaluate_now(segment, trigger=Evaluation.Trigger.RUN, by=by)
    return segment


def connect(admin: User, name: str = CONNECTION, account_id: str = "") -> Connection:
    """Make the connection of that name, or find it, and authorize it: with the named account, or with the first one."""
    connection = Connection.objects.filter(display_name=name).first() or draft(name, admin)
    authorize(connection, admin, account_id)
    Connection.objects.filter(pk=connection.pk, saved_at=None).update(saved_at=timezone.now())
    connection.refresh_from_db()
    return connection


def draft(name: str, admin: User) -> Connection:
    """Make a connection to which nothing is missing but its authorization."""
    sharing = Connection.Sharing.CONTRIBUTORS
    connection = Connection.objects.create(display_name=name, sharing=sharing, created_by=admin)
    Consent.objects.create(connection=connection, user=admin, text_version=CURRENT, language="en")
    ExportUser.objects.create(connection=connection, user=admin, confirmed_at=timezone.now())
    return connection


def _aim(export: Export, connection: Connection) -> None:
    """Point the export at a list that exists in the account connected now."""
    from connections.clients import client_for

    client = client_for(connection, for_page=True)
    lists = {one.list_id: one for one in client.contact_lists() if one.deleted_at is None}
    target = lists.get(export.list_id) or next(iter(lists.values()), None) or client.create_contact_list("Newsletter")
    Export.objects.filter(pk=export.pk).update(
        connection=connection,
        list_id=target.list_id,
        list_name=target.name,
        list_account_id=connection.account_id,
    )
    export.refresh_from_db()
