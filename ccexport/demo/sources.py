"""Small sources and segments of the seeded demo: people without a fault, and each state that one of them can be in."""

from __future__ import annotations

import csv
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.management import call_command

from profiles.databases.refreshing import ask_refresh
from profiles.imports.lifecycle import start_import
from profiles.models import DatabaseAddress, ProfileSource
from profiles.tasks import import_profiles, refresh_source
from segments.evaluations.lifecycle import evaluate_now
from segments.models import Evaluation, Segment

from .customers import FIRST_NAMES, LAST_NAMES

CLUB, REFUSED_SOURCE, IN_DATABASE = "Club members", "Upload that was refused", "Customers in PostgreSQL"
TABLE = "exporter_demo_customers"


def club_addresses() -> list[str]:
    return [f"{FIRST_NAMES[at % 20].lower()}.{at}@club.example.com" for at in range(1, 31)]


def club_members(by: User) -> Segment:
    if not ProfileSource.objects.filter(name=CLUB).exists():
        with TemporaryDirectory(dir=settings.VAR) as folder:
            path = Path(folder) / "club.csv"
            with path.open("w", newline="", encoding="utf-8") as file:
                rows = csv.writer(file)
                rows.writerow(["member_id", "email", "first_name", "last_name"])
                for at, email in enumerate(club_addresses(), start=1):
                    rows.writerow([f"M{at:03d}", email, FIRST_NAMES[at % 20], LAST_NAMES[at % 16]])
            call_command("import_profiles", str(path), source=CLUB, key="member_id", verbosity=0)
    return segment_of("All club members", ProfileSource.objects.get(name=CLUB), "", "", by)


def segment_of(name: str, source: ProfileSource, attribute: str, value: str, by: User, **columns: Any) -> Segment:
    rules = [{"attribute": attribute, "operator": "equals", "value": value}] if attribute else []
    segment, made = Segment.objects.get_or_create(
        name=name,
        defaults={"source": source, "rules": {"op": "and", "rules": rules}, "created_by": by, **columns},
    )
    if made and segment.is_active:
        evaluate_now(segment, trigger=Evaluation.Trigger.REFRESH, by=by)
    return segment


def fill_segments(source: ProfileSource, by: User) -> None:
    """One that keeps its members, one that is put aside, and one whose attribute its source no longer has."""
    segment_of("Static: club members called Ana", source, "first_name", "Ana", by, type=Segment.Type.STATIC)
    segment_of("Inactive: club members called Ben", source, "first_name", "Ben", by, state=Segment.State.INACTIVE)
    segment_of("Failed: asks for a column that is gone", source, "loyalty_level", "Gold", by)


def refuse_upload(by: User) -> None:
    if not ProfileSource.objects.filter(name=REFUSED_SOURCE).exists():
        source = ProfileSource(name=REFUSED_SOURCE, key_attribute="id", created_by=by)
        twice = ContentFile(b"id,email\n1,ana@example.com\n1,ben@example.com\n", name="twice.csv")
        import_profiles(start_import(source, twice, key="id", updated="", by=by).pk)


def source_in_database(url: str, by: User) -> None:
    """A table in the database of that address, which is made there, and a segment of it."""
    with psycopg.connect(url) as session:
        session.execute(f"CREATE TABLE IF NOT EXISTS {TABLE} (id text PRIMARY KEY, email text, first_name text)")
        for at, email in enumerate(club_addresses(), start=1):
            row = (f"P{at:03d}", email, FIRST_NAMES[at % 20])
            session.execute(f"INSERT INTO {TABLE} VALUES (%s, %s, %s) ON CONFLICT DO NOTHING", row)  # noqa: S608
        info = session.info
        entered = {"host": info.host, "port": str(info.port), "database": info.dbname, "user": info.user}
        password = info.password
    source, made = ProfileSource.objects.get_or_create(
        name=IN_DATABASE, defaults={"kind": "postgresql", "key_attribute": "id", "created_by": by}
    )
    if made:
        address = DatabaseAddress(source=source, schema="public", table=TABLE, options={**entered, "sslmode": "prefer"})
        address.hide({"password": password})
        address.save()
        ask_refresh(source)
        refresh_source(source.pk)
        source.refresh_from_db()
    segment_of("Everybody in PostgreSQL", source, "", "", by)
