"""Two people at once: what the other one did a moment ago becomes a sentence, never a 500 and never a lost update."""

import html
import json

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection as database
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ccexport.roles import CONTRIBUTORS, VIEWERS
from connections import editing
from connections.models import Connection
from exports.models import Export, ExportSchedule, RefreshSchedule
from exports.schedule.timetables import save_export_schedule, save_refresh_schedule, version_of
from profiles.deletion import InUseError, delete_source
from profiles.models import ProfileSource
from segments.lifecycle import duplicate
from segments.models import Segment, everybody
from tests.ccexport.test_users import form_of
from tests.exports.pages import filled_in, plain_export, plain_segment, plain_source
from tests.support.moments import at_once, just_before

CSV = b"id,email\n1,ann@example.com\n"
LIST = "559a8e62-ae55-44cf-9c9c-c976ca9904ab"
on_postgresql = pytest.mark.skipif(database.vendor != "postgresql", reason="SQLite has one writer at a time.")


def text_of(answer) -> str:
    return html.unescape(answer.content.decode())


def source_url(name: str, *args) -> str:
    return reverse(f"admin:profiles_profilesource_{name}", args=args)


def segment_url(name: str, *args) -> str:
    return reverse(f"admin:segments_segment_{name}", args=args)


def a_file() -> dict:
    return {"file": SimpleUploadedFile("x.csv", CSV), "key_attribute": "id", "updated_attribute": ""}


def a_segment(source, **fields) -> dict:
    return {"name": "X", "description": "", "source": source.pk, "rules": json.dumps(everybody()), "seen": "", **fields}


@pytest.fixture
def source(db):
    """One that segments can be made of."""
    made = plain_source()
    ProfileSource.objects.filter(pk=made.pk).update(refreshed_at=timezone.now())
    return made


# A name that somebody else takes


def test_a_source_whose_name_was_taken_a_moment_ago(alice_client, db, tmp_path):
    def taken():
        ProfileSource.objects.create(name="X", key_attribute="id")

    with just_before("SAVEPOINT", taken, after='"segments_profilesource"."name"'):
        answer = alice_client.post(source_url("add_file"), {"name": "X", **a_file()})

    assert answer.status_code == 200
    assert "Another profile source has this name already." in text_of(answer)
    assert ProfileSource.objects.count() == 1
    assert list((tmp_path / "files" / "uploads").iterdir()) == []


def test_a_source_that_is_given_a_name_which_was_taken_a_moment_ago(alice_client, source):
    def taken():
        ProfileSource.objects.create(name="X", key_attribute="id")

    with just_before("SAVEPOINT", taken, after='"segments_profilesource"."name"'):
        answer = alice_client.post(source_url("change", source.pk), {"name": "X"})

    assert "Another profile source has this name already." in text_of(answer)


def test_a_source_in_a_database_whose_name_was_taken_a_moment_ago(alice_client, db):
    entered = {"name": "X", "host": "127.0.0.1", "port": "1", "database": "d", "user": "u", "sslmode": "disable"}
    entered |= {"password": "p", "schema": "s", "table": "t", "key_attribute": "id"}

    def taken():
        ProfileSource.objects.create(name="X", key_attribute="id")

    with just_before("SAVEPOINT", taken, after='"segments_profilesource"."name"'):
        answer = alice_client.post(source_url("add_database", "postgresql"), entered)

    assert answer.status_code == 200
    assert "There is a profile source of this name already." in text_of(answer)
    assert ProfileSource.objects.count() == 1


def test_a_segment_whose_name_was_taken_a_moment_ago(bob_client, source):
    def taken():
        plain_segment("X", source)

    with just_before("SAVEPOINT", taken, after='"segments_segment"."name"'):
        answer = bob_client.post(segment_url("add"), a_segment(source))

    assert answer.status_code == 200
    assert "Another segment has this name already." in text_of(answer)


def test_a_copy_of_a_segment_takes_the_next_name_when_the_first_was_taken_a_moment_ago(source, bob):
    segment = plain_segment("X", source)

    with just_before("SAVEPOINT", lambda: plain_segment("Copy of X", source), after=" LIKE "):
        made = duplicate(segment, by=bob)

    assert made.name == "Copy of X (2)"


def test_an_export_whose_name_was_taken_a_moment_ago(alice_client, connection, list_id, source):
    segment = plain_segment("All", source)

    def taken():
        plain_export(connection, list_id, "us customers")

    with just_before("SAVEPOINT", taken, after='"exports_export"."name"'):
        answer = alice_client.post(reverse("admin:exports_export_add"), filled_in(connection, list_id, segment))

    assert answer.status_code == 200
    assert "Another export has this name already." in text_of(answer)
    assert Export.objects.count() == 1


def test_a_connection_whose_name_was_taken_a_moment_ago(alice_client, connection):
    def taken():
        Connection.objects.create(display_name="x", sharing="")

    address = reverse("admin:connections_connection_new", args=["constant_contact"])
    with just_before("SAVEPOINT", taken, after='"connections_connection"."display_name"'):
        answer = alice_client.post(address, {"display_name": "X"})
    assert "Another connection has this name already." in text_of(answer)

    Connection.objects.filter(display_name="x").delete()
    address = reverse("admin:connections_connection_change", args=[connection.pk])
    form = {"display_name": "X", "sharing": "administrators", "seen": connection.updated_at.isoformat()}
    with just_before("SAVEPOINT", taken, after='"connections_connection"."display_name"'):
        answer = alice_client.post(address, form)
    assert "Another connection has this name already." in text_of(answer)
    connection.refresh_from_db()
    assert connection.display_name == "Newsletter"


FORMS = {
    "source": lambda: (source_url("add_file"), {"name": "X", **a_file()}, ProfileSource),
    "segment": lambda: (segment_url("add"), a_segment(ProfileSource.objects.get()), Segment),
    "connection": lambda: (
        reverse("admin:connections_connection_new", args=["constant_contact"]),
        {"display_name": "X"},
        Connection,
    ),
    "person": lambda: (
        reverse("admin:auth_user_add"),
        {
            "username": "x",
            "role": VIEWERS,
            "password1": "a long enough secret",
            "password2": "a long enough secret",
            "usable_password": "true",
        },
        User,
    ),
}


@on_postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", FORMS)
def test_of_two_who_send_the_same_form_at_once_one_is_told_that_the_name_is_taken(kind, alice):
    if kind == "segment":
        plain_source()
        ProfileSource.objects.update(refreshed_at=timezone.now())

    def person() -> Client:
        client = Client(raise_request_exception=False)
        client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
        client.get("/")
        return client

    for _round in range(5):
        posts = [(person(), *FORMS[kind]()) for _person in range(2)]
        before = posts[0][3].objects.count()
        answers = at_once(*(lambda post=post: post[0].post(post[1], post[2]) for post in posts))

        assert sorted(answer.status_code for answer in answers) == [200, 302]
        assert posts[0][3].objects.count() == before + 1
        newest = posts[0][3].objects.order_by("-pk").first()
        newest.imports.all().delete() if kind == "source" else None
        newest.delete()


# A row that somebody else saves


def test_a_segment_saved_by_somebody_else_between_the_look_and_the_saving_is_not_overwritten(bob_client, source):
    segment = plain_segment("X", source)
    form = a_segment(source, description="mine", seen=segment.updated_at.isoformat())

    def theirs():
        other = Segment.objects.get(pk=segment.pk)
        other.description = "theirs"
        other.save()

    with just_before("SAVEPOINT", theirs, after='"segments_segment"."name"'):
        answer = bob_client.post(segment_url("edit", segment.pk), form)

    assert answer.status_code == 200
    assert "Somebody else changed this segment in the meantime." in text_of(answer)
    segment.refresh_from_db()
    assert segment.description == "theirs"


def test_a_segment_deleted_between_the_look_and_the_saving_is_a_page_that_is_not_there(bob_client, source):
    segment = plain_segment("X", source)
    form = a_segment(source, seen=segment.updated_at.isoformat())

    with just_before(
        "SAVEPOINT", lambda: Segment.objects.filter(pk=segment.pk).delete(), after='"segments_segment"."name"'
    ):
        assert bob_client.post(segment_url("edit", segment.pk), form).status_code == 404


@pytest.mark.parametrize("how", ["activate", "make-static", "make-dynamic"])
def test_a_segment_deleted_while_it_is_turned_is_a_page_that_is_not_there(bob_client, source, how):
    segment = plain_segment("X", source)

    with just_before(
        "SAVEPOINT", lambda: Segment.objects.filter(pk=segment.pk).delete(), after='FROM "segments_segment"'
    ):
        assert bob_client.post(segment_url("turn", segment.pk, how)).status_code == 404


def test_the_name_of_a_source_that_somebody_else_gave_it_is_kept(alice_client, source):
    ProfileSource.objects.filter(pk=source.pk).update(name="Theirs")

    answer = alice_client.post(source_url("change", source.pk), {"name": "Mine", "seen": "Customers"}, follow=True)

    assert "Somebody else saved this profile source while you had it open" in text_of(answer)
    assert ProfileSource.objects.get().name == "Theirs"
    assert 'name="seen" value="Theirs"' in answer.text


def test_the_database_of_a_source_that_somebody_else_moved_is_kept(alice_client, sqlite, sqlite_source):
    for table in ("one", "two", "three"):
        sqlite.execute(f"CREATE TABLE {table} (id TEXT, email TEXT)")
        sqlite.execute(f"INSERT INTO {table} VALUES ('1', 'ann@example.com')")
    source = sqlite_source("one")
    address = source_url("database", source.pk)
    page = alice_client.get(address)
    seen = page.context["form"].seen
    assert f'name="seen" value="{seen}"' in page.text
    form = {"name": "People", "file": source.database.options["file"], "key_attribute": "id", "seen": seen}
    form["schema"] = "main"

    assert alice_client.post(address, {**form, "table": "two"}).status_code == 302
    answer = alice_client.post(address, {**form, "table": "three"}, follow=True)

    assert "Somebody else saved this profile source while you had it open" in text_of(answer)
    source.database.refresh_from_db()
    assert source.database.table == "two"


DAILY = {"is_on": "on", "recurrence": "daily", "time": ["05:00"], "time_zone": "UTC"}


def test_the_refresh_schedule_that_somebody_else_saved_is_kept(alice_client, alice):
    address = reverse("admin:exports_refresh_changelist")
    seen = alice_client.get(address).context["seen"]
    assert seen == ""
    theirs = save_refresh_schedule(by=alice, is_on=True, recurrence="daily", days=[], times=["07:00"], time_zone="UTC")

    answer = alice_client.post(address, {**DAILY, "seen": seen}, follow=True)
    assert "Somebody else saved this schedule while you had it open" in text_of(answer)
    assert RefreshSchedule.current().times == ["07:00"]

    alice_client.post(address, {**DAILY, "seen": version_of(theirs)})
    assert RefreshSchedule.current().times == ["05:00"]


def test_the_schedule_of_an_export_that_somebody_else_saved_is_kept(alice_client, alice, connection):
    export = plain_export(connection, LIST)
    address = f"{reverse('admin:exports_export_schedule')}?export={export.pk}"
    theirs = {"is_on": True, "recurrence": "daily", "days": [], "times": ["07:00"], "time_zone": "UTC"}
    seen = version_of(save_export_schedule(export, by=alice, **theirs))
    save_export_schedule(export, by=alice, seen=seen, **{**theirs, "times": ["08:00"]})

    answer = alice_client.post(address, {**DAILY, "seen": seen}, follow=True)

    assert "Somebody else saved this schedule while you had it open" in text_of(answer)
    assert ExportSchedule.objects.get().times == ["08:00"]


def test_the_first_schedule_that_two_make_at_once_is_no_error(alice_client, alice):
    theirs = {"is_on": True, "recurrence": "daily", "days": [], "times": ["07:00"], "time_zone": "UTC"}
    address = reverse("admin:exports_refresh_changelist")

    with just_before(
        "SAVEPOINT", lambda: save_refresh_schedule(by=alice, **theirs), after='FROM "exports_refreshschedule"'
    ):
        answer = alice_client.post(address, {**DAILY, "seen": ""}, follow=True)

    assert answer.status_code == 200
    assert RefreshSchedule.current().times == ["07:00"]


def test_a_person_whom_somebody_else_changed_meanwhile_is_not_changed_back(alice_client, bob):
    address = reverse("admin:auth_user_change", args=[bob.pk])
    page = alice_client.get(address)
    seen = page.context["adminform"].form.initial["seen"]
    assert f'value="{seen}"' in page.text
    User.objects.filter(pk=bob.pk).update(is_active=False)

    answer = alice_client.post(address, form_of(bob, role=CONTRIBUTORS, seen=seen))

    assert "Somebody else changed this person in the meantime." in text_of(answer)
    bob.refresh_from_db()
    assert not bob.is_active


def test_saving_a_person_writes_nothing_but_what_the_form_is_about(alice_client, bob):
    address = reverse("admin:auth_user_change", args=[bob.pk])

    def new_password():
        other = User.objects.get(pk=bob.pk)
        other.set_password("another long secret")
        other.save()

    with just_before("UPDATE", new_password, after='FROM "auth_user"'):
        alice_client.post(address, form_of(bob, role=CONTRIBUTORS, first_name="Bob"))

    bob.refresh_from_db()
    assert bob.first_name == "Bob"
    assert bob.check_password("another long secret")


# A row that somebody else deletes, or begins to use


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_of_a_source_that_is_deleted_while_segments_are_made_of_it_something_stays_whole(alice):
    for number in range(8):
        source = plain_source(f"Source {number}")
        ProfileSource.objects.update(refreshed_at=timezone.now())
        clients = [Client(raise_request_exception=False) for _person in range(2)]
        for client in clients:
            client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
        made, deleted = at_once(
            lambda: clients[0].post(segment_url("add"), a_segment(source, name=f"S{number}")),  # noqa: B023
            lambda: clients[1].post(source_url("delete", source.pk)),  # noqa: B023
        )

        assert made.status_code in (200, 302)
        assert deleted.status_code == 302
        is_there = ProfileSource.objects.filter(pk=source.pk).exists()
        assert Segment.objects.filter(name=f"S{number}").exists() == is_there


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_a_source_of_which_somebody_makes_a_segment_while_it_is_deleted_stays():
    source = plain_source()

    def theirs():
        at_once(lambda: plain_segment("Theirs", ProfileSource.objects.get(pk=source.pk)))

    with (
        just_before('DELETE FROM "segments_profilesource"', theirs, after='"segments_segment"'),
        pytest.raises(InUseError, match="Theirs"),
    ):
        delete_source(source)

    assert Segment.objects.get().source == source


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_a_connection_on_which_somebody_makes_an_export_while_it_is_removed_stays(connection):
    source = plain_source()
    plain_segment("All", source)

    def theirs():
        at_once(lambda: plain_export(Connection.objects.get(pk=connection.pk), LIST))

    with (
        just_before('DELETE FROM "connections_connection"', theirs, after='"exports_export"'),
        pytest.raises(editing.InUseError),
    ):
        editing.remove(connection)

    assert Export.objects.get().connection == connection
