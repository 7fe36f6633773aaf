"""What must hold in a database that was upgraded. Started by test_upgrade.py, in a process of its own.

The tests look at the one database in the order in which they stand here: those that only read come first.
"""

import csv
import json
import os
import re
import sqlite3
from contextlib import closing

import duckdb
import pytest
from auditlog.models import LogEntry as AuditEntry
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.files.storage import storages
from django.db import connection
from django.test import Client
from django.utils import timezone, translation
from django.utils.module_loading import import_string
from django_q.models import OrmQ, Schedule

from connections import tokens
from connections.models import Connection
from engine.files import local_copy
from exports.models import Batch, Export, Run
from exports.runs import start_run
from exports.tasks import advance_run
from profiles.models import ProfileImport, ProfileSource
from segments.models import Evaluation, Segment
from tests.support.fixtures_connections import issued
from tests.upgrade.loading import RIGHTS

MOVED = {"profilesource", "profileimport", "databaseaddress"}  # from segments to profiles
# Their rows follow what the code of the day offers, not what an installation holds.
OF_THE_CODE = {
    "auth_permission",
    "auth_group_permissions",
    "django_content_type",
    "django_migrations",
    "django_q_schedule",
    "sqlite_sequence",
}
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="session", autouse=True)
def upgraded_database(django_test_environment, django_db_blocker):
    """The tests work on the database of DATABASE_URL itself."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture(autouse=True)
def files_of_the_test():
    """The files are those of the old version."""
    assert storages["default"].exists("plans")


def old(query, *values):
    """Ask the database as it was before the upgrade."""
    with closing(sqlite3.connect(os.environ["OLD_DATABASE"])) as database:
        return database.execute(query, values).fetchall()


def client_of(name, language="en"):
    client = Client(headers={"accept-language": language})
    client.force_login(User.objects.get(username=name), backend="django.contrib.auth.backends.ModelBackend")
    return client


def new_name(app, model):
    return ("profiles", model) if app == "segments" and model in MOVED else (app, model)


def page(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    text = (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode()
    assert not re.search(r"%\(\w+\)[sd]", text), address
    return text


# What is stored


def test_each_table_has_as_many_rows_as_before():
    names = {name for (name,) in old("SELECT name FROM sqlite_master WHERE type = 'table'")} - OF_THE_CODE
    assert len(names) > 30
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(f'SELECT count(*) FROM "{name}"')
            assert cursor.fetchone() == old(f'SELECT count(*) FROM "{name}"')[0], name


@pytest.mark.parametrize("model", apps.get_models(include_auto_created=True), ids=lambda model: model._meta.label)
def test_each_row_can_be_read(model):
    for row in model._default_manager.all():
        assert isinstance(str(row), str)


def test_secrets_can_be_read():
    passwords = {source.database.held()["password"] for source in ProfileSource.objects.exclude(kind="file")}
    assert all(password.startswith("secret number ") for password in passwords)
    assert len(passwords) == len(old("SELECT id FROM segments_databaseaddress"))
    assert tokens.with_refresh_time(Connection.objects.filter(saved_at__isnull=False)).get()


def test_each_content_type_has_its_number_and_its_model():
    for number, app, model in old("SELECT id, app_label, model FROM django_content_type"):
        found = ContentType.objects.get(pk=number)
        if found.model_class() is None:
            pytest.fail(f"{app}.{model} has no model any more")
        if app in ("segments", "exports", "connections"):
            assert (found.app_label, found.model) == new_name(app, model)


def rights_by_their_names_before():
    """What each right of before is called now: it is of the same model, whatever that is called."""
    for number, app, model, codename in old(
        "SELECT t.id, app_label, model, codename FROM auth_permission p "
        "JOIN django_content_type t ON t.id = content_type_id"
    ):
        now = ContentType.objects.get(pk=number)
        verb = codename.removesuffix(f"_{model}")
        yield f"{app}.{codename}", f"{now.app_label}.{codename if verb == codename else f'{verb}_{now.model}'}"


@pytest.mark.parametrize("username", RIGHTS)
def test_each_person_may_do_what_they_could_do(username):
    user = User.objects.get(username=username)
    names = dict(rights_by_their_names_before())
    before = {names[right] for right in RIGHTS[username]}
    assert [right for right in before if not user.has_perm(right)] == []
    assert user.get_all_permissions() & set(names.values()) == before


def test_entries_of_trail_and_history_lead_to_their_rows():
    for entries, about in ((AuditEntry, "object_pk"), (LogEntry, "object_id")):
        for number, app, model, row in old(
            f"SELECT e.id, t.app_label, t.model, e.{about} FROM {entries._meta.db_table} e "
            "JOIN django_content_type t ON t.id = e.content_type_id"
        ):
            entry = entries.objects.select_related("content_type").get(pk=number)
            existed = old(f'SELECT 1 FROM "{app}_{model}" WHERE id = ?', row)
            exists = entry.content_type.model_class()._default_manager.filter(pk=row).exists()
            assert exists == bool(existed), (app, model, row)


# What is shown


SYSTEM = (
    "/",
    "/admin/system/status/",
    "/admin/system/alerts/",
    "/admin/system/audit/",
    "/admin/exports/refresh/",
    "/admin/system/audit/download/",
    "/admin/auth/user/",
)
LISTS = ("exports/export", "exports/run", "segments/segment", "profiles/profilesource", "connections/connection")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("address", [*SYSTEM, *(f"/admin/{each}/" for each in LISTS)])
def test_each_list_is_shown(address, language):
    page(client_of("admin", language), address)


@pytest.mark.parametrize("list_", [*LISTS, "exports/refresh"])
def test_each_row_has_its_page_and_its_history(list_):
    client = client_of("admin")
    rows = apps.get_model(*list_.split("/"))._default_manager.all()
    assert rows
    for row in rows:
        answer = client.get(f"/admin/{list_}/{row.pk}/change/")
        if answer.status_code == 302:  # a draft of the wizard goes on there
            assert getattr(row, "is_draft", False)
        else:
            assert answer.status_code == 200
            page(client, f"/admin/{list_}/{row.pk}/history/")


@pytest.mark.parametrize("name", ["contributor", "viewer", "boss"])
def test_others_see_their_pages(name):
    client = client_of(name)
    for address in (
        "/",
        "/admin/exports/export/",
        "/admin/exports/run/",
        "/admin/segments/segment/",
        "/admin/profiles/profilesource/",
    ):
        page(client, address)


def test_rights_of_a_persons_own_open_the_pages_that_moved():
    client = client_of("analyst")
    page(client, "/admin/profiles/profilesource/")
    assert client.get("/admin/exports/export/").status_code == 403


@pytest.mark.parametrize("rest", ["", "1/change/", "1/history/", "add/", "?q=demo"])
def test_addresses_of_before_lead_to_the_pages(rest):
    answer = client_of("admin").get(f"/admin/segments/profilesource/{rest}", follow=True)
    assert answer.redirect_chain[0] == (f"/admin/profiles/profilesource/{rest}", 301)
    assert answer.status_code == 200


def test_members_kept_by_a_static_segment_are_still_its_members():
    segment = Segment.objects.get(name="Canada, kept")
    client = client_of("contributor")
    assert "example.com" in page(client, f"/admin/segments/segment/{segment.pk}/members/")
    lines = page(client, f"/admin/segments/segment/{segment.pk}/members/download/").splitlines()
    assert len(lines) == segment.member_count + 1


def test_plans_of_old_runs_are_read():
    client = client_of("contributor")
    lines = page(client, "/admin/exports/run/1/left-out/").splitlines()
    assert len(lines) == 1 + 6
    answer = client.post("/admin/exports/run/1/person/", {"person": "C00001"})
    assert answer.status_code == 200


def test_trail_says_what_happened_to_profile_sources():
    text = page(client_of("admin"), "/admin/system/audit/download/")
    assert "from “A file that never fits” to “A file that seldom fits”" in text
    assert "removed the profile source “Never used”" in text
    assert "imported the file “people.csv”" in text
    assert "db2.example.com" in text


def test_each_entry_of_the_trail_is_a_chinese_sentence_for_a_chinese_reader():
    rows = list(csv.DictReader(page(client_of("admin", "zh-hans"), "/admin/system/audit/download/").splitlines()))
    assert len(rows) >= AuditEntry.objects.count() > 150
    assert [row for row in rows if not CHINESE.search(list(row.values())[4])] == []


def test_alerts_of_before_are_shown():
    about = {row[0] for row in old("SELECT details FROM ccexport_trouble WHERE closed_at IS NOT NULL")}
    names = {json.loads(details)["name"] for details in about if "name" in json.loads(details)}
    text = page(client_of("admin", "zh-hans"), "/admin/system/alerts/")
    assert names
    assert all(f"“{name}”" in text for name in names)


# Sentences of rows


def stored_sentences():
    """Where each sentence was stored: (model, number of the row, its name there, what was stored)."""
    for table, model, column, name in (
        ("segments_profileimport", ProfileImport, "stored_problem", "problem"),
        ("segments_profileimport", ProfileImport, "stored_warnings", "warnings"),
        ("segments_segment", Segment, "stored_problem", "problem"),
        ("segments_evaluation", Evaluation, "stored_problem", "problem"),
        ("segments_databaseaddress", apps.get_model("profiles", "DatabaseAddress"), "stored_problem", "problem"),
        ("exports_refreshstep", apps.get_model("exports", "RefreshStep"), "stored_problem", "problem"),
    ):
        for number, text in old(f"SELECT id, {column} FROM {table}"):
            stored = json.loads(text)
            for place, each in enumerate(stored if isinstance(stored, list) else [stored]):
                if each:
                    yield model, number, name, place, each


def test_each_stored_sentence_is_read_in_english_and_in_chinese():
    found = list(stored_sentences())
    assert len(found) > 100
    for model, number, name, place, stored in found:
        row = model.objects.get(pk=number)
        for language in ("en", "zh-hans"):
            with translation.override(language):
                shown = getattr(row, name)
                assert_is_sentence(str(shown[place] if isinstance(shown, list) else shown), stored, language)


def assert_is_sentence(text, stored, language):
    assert text, stored
    assert "%(" not in text, stored
    assert bool(CHINESE.search(text)) == (language == "zh-hans"), (text, stored)
    words = [value for value in stored["params"].values() if isinstance(value, str)]
    assert all(word in text for word in words), (text, stored)


def test_runs_show_why_they_ended_in_chinese():
    client = client_of("admin", "zh-hans")
    for number, reason, details in old("SELECT id, reason, reason_details FROM exports_run WHERE reason != ''"):
        text = page(client, f"/admin/exports/run/{number}/change/")
        stored = json.loads(details)
        if reason == "segment":
            english = stored["msgid"].partition("%")[0].rpartition(" ")[0].replace("'", "&#x27;")
            assert not english or english not in text, english
        names = [value for value in stored.values() if isinstance(value, str) and value.startswith("some ")]
        assert all(name in text for name in names), number


# What goes on


@pytest.fixture
def constant_contact_again(constant_contact):
    """The sandbox knows no tokens of before: the connection is authenticated anew."""
    of_demo = Connection.objects.get(display_name="Newsletter of Adventure Works")
    tokens.store_tokens(of_demo, issued(constant_contact))
    return constant_contact


def work_until_over(run):
    for _turn in range(50):
        run.refresh_from_db()
        if not run.is_open:
            return run
        Run.objects.open().filter(pk=run.pk).update(resume_at=timezone.now())
        advance_run(run.pk)
    pytest.fail(f"{run} did not end: {run.reason} {run.reason_details}")


def put_on_list(sandbox, export):
    """Everybody whom the old version sent, as they are on the list of the real service. The stand-in is a new one."""
    sent = export.baseline or export.runs.filter(preview=False).exclude(plan_file="").latest("pk")
    path = local_copy(sent.plan_file)
    query = "SELECT email FROM read_parquet($path) WHERE disposition IN ('send', 'unchanged')"
    with duckdb.connect() as duck:
        emails = [email for (email,) in duck.execute(query, {"path": str(path)}).fetchall()]
    sandbox.add_contacts(*({"email": email, "lists": [export.list_id]} for email in emails))


def test_what_comes_every_minute_is_planned_once():
    plans = list(Schedule.objects.values_list("func", flat=True))
    assert all(callable(import_string(name)) for name in plans)
    assert len(plans) == len(set(plans))


def test_queued_work_is_done(constant_contact_again):
    messages = [(message.pk, message.task) for message in OrmQ.objects.all()]
    called = {task["func"] for _pk, task in messages}
    assert {
        "segments.tasks.import_profiles",
        "segments.tasks.refresh_source",
        "segments.tasks.evaluate_segment",
        "segments.tasks.every_minute",
        "exports.tasks.advance_run",
        "exports.tasks.advance_refresh",
        "exports.tasks.advance_open_runs",
        "exports.tasks.start_due",
        "ccexport.tasks.send_alert",
        "ccexport.tasks.every_minute",
        "ccexport.tasks.every_day",
    } <= called
    OrmQ.objects.all().delete()
    for _pk, task in messages:
        import_string(task["func"])(*task["args"], **task["kwargs"])
    arrived = ProfileSource.objects.get(name="Uploaded just before")
    assert (arrived.row_count, arrived.imports.get().state) == (2, ProfileImport.State.DONE)
    assert not Evaluation.objects.filter(status__in=Evaluation.OPEN, segment__name="France").exists()
    described = ProfileSource.objects.exclude(kind="file").order_by("pk").first()
    assert not described.database.is_refreshing
    assert str(described.database.problem)


@pytest.mark.parametrize(("name", "sent"), [("Queued by the old version", 38), ("Broken off while sending", 38)])
def test_runs_go_on_where_the_old_version_left_them(constant_contact_again, name, sent):
    run = work_until_over(Export.objects.get(name=name).runs.get())
    assert (run.status, run.to_send) == (Run.Status.SUCCEEDED, sent)
    assert sum(batch.accepted for batch in run.batches.all()) == sent
    assert {batch.state for batch in run.batches.all()} == {Batch.State.COMPLETED}


def test_who_was_sent_before_is_unchanged(constant_contact_again):
    export = Export.objects.get(name="US customers to the newsletter")
    put_on_list(constant_contact_again, export)
    run = work_until_over(start_run(export, by=None)[0])
    assert run.counts == {"invalid_email": 5, "no_email": 1, "unchanged": 135}
    assert not constant_contact_again.requests("POST /v3/activities/contacts_json_import")


def test_everybody_is_sent_again_where_the_old_version_may_have_been_wrong(constant_contact_again):
    """It had taken a job for its own by the number of rows."""
    export = Export.objects.get(name="France and Canada")
    put_on_list(constant_contact_again, export)
    run = work_until_over(start_run(export, by=None)[0])
    assert (run.status, run.counts) == (Run.Status.SUCCEEDED, {"send": 76})
