"""An installation of before profiles had an app of their own: rows, rights, history, queue and addresses go on."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.module_loading import import_string

from profiles.models import DatabaseAddress, ProfileImport, ProfileSource
from segments.models import Segment

MOVED = ("profilesource", "profileimport", "databaseaddress")


def migrate(*targets: tuple[str, str | None]) -> Any:
    MigrationExecutor(connection).migrate(list(targets))
    ContentType.objects.clear_cache()
    loader = MigrationExecutor(connection).loader
    return loader.project_state(list(loader.applied_migrations)).apps


@contextmanager
def before_the_upgrade() -> Iterator[Any]:
    """In the block the tables, and what names their models, are as they were; the upgrade follows it."""
    loader = MigrationExecutor(connection).loader
    latest = loader.graph.leaf_nodes()
    needed = dict(loader.graph.nodes["profiles", "0001_from_segments"].dependencies)
    apps = migrate(("profiles", None), ("segments", needed["segments"]))
    try:
        yield apps
    finally:
        migrate(*latest)


def types() -> dict[str, tuple[str, int]]:
    return {one.model: (one.app_label, one.pk) for one in ContentType.objects.filter(model__in=MOVED)}


@pytest.mark.django_db(transaction=True)
def test_every_row_is_found_after_the_upgrade():
    with before_the_upgrade() as apps:
        source = apps.get_model("segments", "ProfileSource").objects.create(name="People", key_attribute="id")
        apps.get_model("segments", "ProfileImport").objects.create(source=source, file_name="p.csv", state="done")
        apps.get_model("segments", "DatabaseAddress").objects.create(
            source=source, table="people", secrets='{"a": "b"}'
        )
        apps.get_model("segments", "Segment").objects.create(name="All", source=source)

    source = ProfileSource.objects.get()
    assert (source.name, source.imports.get().file_name) == ("People", "p.csv")
    assert DatabaseAddress.objects.get(source=source).held() == {"a": "b"}
    assert Segment.objects.get().source == source
    assert ProfileImport.objects.get().source == source


@pytest.mark.django_db(transaction=True)
def test_rights_and_the_audit_trail_follow_the_models():
    with before_the_upgrade():
        old = types()
        assert {app for app, _pk in old.values()} == {"segments"}
        right = Permission.objects.get(codename="change_profilesource", content_type=old["profilesource"][1])
        entry = LogEntry.objects.create(
            content_type_id=old["profilesource"][1], object_pk="7", object_id=7, object_repr="People", action=0
        )

    assert types() == {model: ("profiles", pk) for model, (_app, pk) in old.items()}
    right.refresh_from_db()
    entry.refresh_from_db()
    assert right.content_type.app_label == entry.content_type.app_label == "profiles"
    assert Permission.objects.filter(codename="change_profilesource").count() == 1


@pytest.mark.parametrize("name", ["import_profiles", "refresh_source"])
def test_a_message_that_was_queued_before_still_finds_its_task(name):
    assert import_string(f"segments.tasks.{name}") is import_string(f"profiles.tasks.{name}")


@pytest.mark.parametrize("rest", ["", "5/change/?tab=1", "add/file/"])
def test_pages_at_their_old_addresses_lead_to_the_new_ones(alice_client, rest):
    answer = alice_client.get(f"/admin/segments/profilesource/{rest}")
    assert (answer.status_code, answer.headers["Location"]) == (301, f"/admin/profiles/profilesource/{rest}")
