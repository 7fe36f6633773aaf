"""Rows of before keep English sentences; after the upgrade they keep codes, and are shown in the reader's language."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from exports.models import RefreshStep
from profiles.migrations._codes import CODES, with_code
from profiles.models import DatabaseAddress, ProfileImport
from segments.models import Evaluation, Segment
from web.messages import Message, registered

INTERRUPTED = "The import was interrupted. Upload the file again."
NO_COLUMN = "The profile source has no attribute “%(attribute)s”. Choose another one, or remove the condition."
TOO_MANY = "A segment can have up to %(most)s rules. Remove some of them."
NO_SERVER = (
    "The database server “%(server)s” does not answer. Check its address and port, and that its firewall lets this "
    "application in."
)
LEFT_OUT = "These columns hold lists, structures or bytes, which can't be attributes; they are left out: %(names)s."
BEFORE = [
    ("profiles", "0001_from_segments"),
    ("segments", "0007_profiles_have_an_app"),
    ("exports", "0007_of_when_a_plan_is"),
]


def old(msgid, **params):
    return {"msgid": msgid, "params": params}


@pytest.mark.django_db(transaction=True)
def test_rows_of_before_keep_codes_after_the_upgrade():
    executor = MigrationExecutor(connection)
    latest = executor.loader.graph.leaf_nodes()
    executor.migrate(BEFORE)
    try:
        apps = MigrationExecutor(connection).loader.project_state(BEFORE).apps
        source = apps.get_model("profiles", "ProfileSource").objects.create(name="People", key_attribute="id")
        apps.get_model("profiles", "ProfileImport").objects.create(
            source=source, stored_problem=old(INTERRUPTED), stored_warnings=[old(LEFT_OUT, names=["a", "b"])]
        )
        apps.get_model("profiles", "DatabaseAddress").objects.create(
            source=source, stored_problem=old(NO_SERVER, server="db.example")
        )
        segment = apps.get_model("segments", "Segment").objects.create(
            name="All", source=source, stored_problem=old(TOO_MANY, most=20)
        )
        apps.get_model("segments", "Evaluation").objects.create(
            segment=segment, status="failed", stored_problem=old(NO_COLUMN, attribute="city") | {"transient": True}
        )
        refresh = apps.get_model("exports", "Refresh").objects.create(status="succeeded", started_at=timezone.now())
        apps.get_model("exports", "RefreshStep").objects.create(
            refresh=refresh, kind="segment", name="All", stored_problem=old(NO_COLUMN, attribute="city")
        )
    finally:
        MigrationExecutor(connection).migrate(latest)

    job = ProfileImport.objects.get()
    assert job.problem == Message("import_interrupted")
    assert job.warnings == [Message("columns_left_out", {"names": ["a", "b"]})]
    assert DatabaseAddress.objects.get().problem == Message("database_unreachable", {"server": "db.example"})
    assert Segment.objects.get().problem == Message("rules_too_many", {"limit": 20})
    assert Evaluation.objects.get().stored_problem == {
        "code": "attribute_unknown",
        "details": {"attribute": "city"},
        "transient": True,
    }
    assert str(RefreshStep.objects.get().problem) == NO_COLUMN % {"attribute": "city"}


def test_each_sentence_of_before_has_a_text():
    for code in CODES.values():
        assert code in registered()


@pytest.mark.parametrize("stored", [{}, {"code": "import_interrupted", "details": {}}, old("Nobody knows this one.")])
def test_what_is_no_sentence_of_before_stays_as_it_is(stored):
    assert with_code(stored) == stored
