"""The pages about a source in a database: who may, what is said, and that a password is never shown."""

import pytest
from django.urls import reverse

from profiles.models import DatabaseAddress, ProfileSource
from profiles.pages import databases as database_pages
from profiles.tasks import refresh_source
from segments.models import Segment
from segments.tasks import evaluate_segment
from tests.profiles.pages import url

pytestmark = pytest.mark.django_db

LIST = reverse("admin:profiles_profilesource_changelist")
TILES = reverse("admin:profiles_profilesource_add")
ADD = reverse("admin:profiles_profilesource_add_database", args=["postgresql"])


@pytest.fixture
def entered(postgres, postgres_options):
    """What a person enters for a table that fits."""
    postgres.execute("CREATE TABLE people (id integer PRIMARY KEY, email text, updated timestamp)")
    postgres.execute("INSERT INTO people VALUES (1, 'ann@example.com', '2026-01-31'), (2, '<b>bold</b>', NULL)")
    table = {"schema": postgres.schema, "table": "people", "key_attribute": "id", "updated_attribute": "updated"}
    return {"name": "People", **postgres_options, **table}


@pytest.fixture
def unreachable(db):
    source = ProfileSource.objects.create(name="Far", kind="postgresql", key_attribute="id")
    options = {"host": "127.0.0.1", "port": "1", "database": "d", "user": "u", "sslmode": "disable", "certificate": ""}
    address = DatabaseAddress(source=source, table="people", schema="public", options=options)
    address.hide({"password": "hunter2-stored"})
    address.save()
    return source


def test_an_administrator_finds_databases_beside_the_upload_and_a_contributor_is_shown_whom_to_ask(
    alice_client, bob_client
):
    assert f'href="{ADD}"' in alice_client.get(TILES).content.decode()
    page = bob_client.get(TILES).content.decode()
    assert f'href="{ADD}"' not in page
    assert "An administrator sets this up." in page
    assert f'href="{reverse("admin:profiles_profilesource_add_file")}"' in page


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("add_database", {"carol": (403, 403), "bob": (403, 403), "alice": (200, 200)}),
        ("database", {"carol": (403, 403), "bob": (403, 403), "alice": (200, 200)}),
        ("refresh", {"carol": (405, 403), "bob": (405, 302), "alice": (405, 302)}),
        ("test", {"carol": (405, 403), "bob": (405, 302), "alice": (405, 302)}),
        ("change", {"carol": (200, 200), "bob": (200, 200), "alice": (200, 200)}),
        ("upload", {"carol": (403, 403), "bob": (404, 404), "alice": (404, 404)}),
        ("delete", {"carol": (403, 403), "bob": (403, 403), "alice": (200, 302)}),
    ],
)
@pytest.mark.parametrize("person", ["carol", "bob", "alice"])
def test_each_role_gets_what_it_may_have(request, unreachable, page, expected, person):
    client = request.getfixturevalue(f"{person}_client")
    where = ADD if page == "add_database" else url(page, unreachable)

    assert (client.get(where).status_code, client.post(where).status_code) == expected[person]


def test_a_kind_that_is_not_offered_is_not_found(alice_client):
    assert alice_client.get(ADD.replace("postgresql", "oracle")).status_code == 404


def test_a_tested_connection_is_shown_to_work_and_nothing_is_saved(alice_client, entered):
    page = alice_client.post(ADD, {**entered, "test": "1"}).content.decode()

    assert "The connection works." in page
    assert not ProfileSource.objects.exists()
    if entered["password"]:
        assert f'value="{entered["password"]}"' not in page.replace(f'value="{entered["user"]}"', "")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"password": "wrong"}, "refused the user or the password"),
        ({"port": "1"}, "does not answer"),
        ({"table": "nope"}, "There is no table or view"),
        ({"key_attribute": "nope"}, "has no column “nope”"),
        ({"name": ""}, "Enter a name."),
        ({"host": "a b; x"}, "This holds characters that cannot be right. Enter it again."),
    ],
)
def test_what_is_wrong_is_returned_to_the_script(alice_client, entered, changed, said):
    answer = alice_client.post(
        ADD, {**entered, **changed, "test": "1"}, headers={"X-Requested-With": "XMLHttpRequest"}
    ).json()

    assert said in answer["html"]


def test_a_table_becomes_a_source_that_shows_its_columns(alice, alice_client, bob_client, entered):
    answer = alice_client.post(ADD, entered)

    source = ProfileSource.objects.get()
    assert answer.headers["Location"] == url("change", source)
    assert source.created_by == alice
    assert "The columns of the table are being looked at." in bob_client.get(url("change", source)).content.decode()
    assert bob_client.get(url("progress", source)).json() == {"open": True}
    refresh_source(source.pk)
    page = bob_client.get(url("change", source)).content.decode()
    assert "a…@example.com" in page
    assert "<b>bold" not in page
    assert bob_client.get(url("progress", source)).json() == {"open": False}
    assert "Ready" in bob_client.get(LIST).content.decode()


def test_a_contributor_makes_a_segment_of_it(alice_client, bob_client, entered):
    alice_client.post(ADD, entered)
    source = ProfileSource.objects.get()
    refresh_source(source.pk)
    rules = '{"op": "and", "rules": [{"attribute": "updated", "operator": "isWithinLast", "value": 5000}]}'

    bob_client.post(
        reverse("admin:segments_segment_add"), {"name": "Recent", "source": source.pk, "rules": rules, "seen": ""}
    )
    evaluate_segment(Segment.objects.get().evaluations.get().pk)

    assert Segment.objects.get().member_count == 1
    members = bob_client.get(reverse("admin:segments_segment_members", args=[Segment.objects.get().pk]))
    assert "ann@example.com" in members.content.decode()


def test_a_password_left_empty_is_kept_and_never_on_the_page(alice_client, alice, entered, postgres_options):
    alice_client.post(ADD, entered)
    source = ProfileSource.objects.get()

    assert 'type="password"' in (page := alice_client.get(url("database", source)).content.decode())
    assert "Leave empty to keep the stored one." in page
    alice_client.post(url("database", source), {**entered, "password": "", "name": "Customers"})

    assert ProfileSource.objects.get().name == "Customers"
    assert DatabaseAddress.objects.get().entered()["password"] == postgres_options["password"]


def test_a_kept_password_is_not_sent_to_another_server(alice_client, unreachable, monkeypatch):
    asked = {"name": "Far", "host": "localhost", "port": "1", "database": "d", "user": "u", "password": ""}
    table = {"sslmode": "disable", "certificate": "", "schema": "public", "table": "people", "key_attribute": "id"}
    sent = []
    monkeypatch.setattr(database_pages, "check", lambda address, *columns: sent.append(address.entered()))

    alice_client.post(url("database", unreachable), {**asked, **table, "test": "1"})
    assert [("password" in entered, entered["host"]) for entered in sent] == [(False, "localhost")]
    assert DatabaseAddress.objects.get().held() == {"password": "hunter2-stored"}

    page = alice_client.post(url("database", unreachable), {**asked, **table}, follow=True).content.decode()
    assert "so the stored password was dropped" in page
    assert (DatabaseAddress.objects.get().options["host"], DatabaseAddress.objects.get().held()) == ("localhost", {})


def test_a_source_that_does_not_answer_is_shown_as_such_on_its_page_and_in_the_list(bob_client, unreachable):
    bob_client.post(url("refresh", unreachable))
    refresh_source(unreachable.pk)

    page = bob_client.get(url("change", unreachable)).content.decode()
    assert "The table could not be read." in page
    assert "does not answer" in page
    assert "hunter2-stored" not in page
    assert "Failed" in bob_client.get(LIST).content.decode()


def test_a_stored_connection_is_tested_from_its_page(alice_client, bob_client, entered, unreachable):
    alice_client.post(ADD, entered)
    works = ProfileSource.objects.get(name="People")

    assert "The connection works." in bob_client.post(url("test", works), follow=True).content.decode()
    page = bob_client.post(url("test", unreachable), follow=True).content.decode()
    assert "The connection does not work yet." in page
    assert "does not answer" in page


def test_a_lost_encryption_key_breaks_no_page(alice_client, unreachable, settings):
    from cryptography.fernet import Fernet

    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    for where in (LIST, url("change", unreachable), url("database", unreachable), url("delete", unreachable)):
        assert alice_client.get(where).status_code == 200


def test_a_missing_driver_is_shown_with_what_to_install(alice_client, entered, monkeypatch):
    from profiles.databases.kinds import kind_of

    monkeypatch.setattr(type(kind_of("postgresql")), "package", "adbc_driver_that_is_missing")
    page = alice_client.post(
        ADD, {**entered, "application": "x", "port": entered["port"], "sslmode": "disable", "test": "1"}
    )

    assert "pip install -r requirements.txt, then restart web and workers." in page.content.decode()
