"""Profiles in PostgreSQL: what leaves the database, what happens when it does not answer, and what is kept secret."""

import csv
import threading
import time
from functools import partial

import pytest
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from engine.cancellation import StoppedError, run_cancellable
from engine.sessions import open_engine
from profiles.databases.checking import WrongColumnError, check
from profiles.databases.errors import DatabaseError
from profiles.databases.refreshing import ask_refresh, resume_refreshes
from profiles.databases.session import session_of
from profiles.errors import SourceUnavailableError
from profiles.models import DatabaseAddress, ProfileSource
from profiles.tasks import refresh_source
from segments.evaluations.compute import evaluate
from segments.evaluations.lifecycle import evaluate_now
from segments.members import in_database
from segments.members.query import count_members, count_rules, stage_members
from segments.models import Segment, everybody

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(postgres, postgres_source):
    postgres.execute("CREATE TABLE people (id integer PRIMARY KEY, email text, country text, secret text)")
    postgres.execute("INSERT INTO people VALUES (1, 'a@x.co', 'France', 's'), (2, 'b@x.co', 'Germany', 's')")
    return postgres_source("people")


def in_country(country, ignore_case=False):
    rule = {"attribute": "country", "operator": "equals", "value": country, "ignore_case": ignore_case}
    return {"op": "and", "rules": [rule]}


def test_only_the_key_and_the_mapped_columns_leave_the_database_and_the_filter_runs_there(postgres, people):
    postgres.execute("CREATE VIEW slow AS SELECT people.* FROM people, (SELECT pg_sleep(1)) AS wait")
    DatabaseAddress.objects.update(table="slow")
    segment = Segment(source=ProfileSource.objects.select_related("database").get(), rules=in_country("France"))
    found = []

    def stage():
        with open_engine() as duck:
            stage_members(duck, segment, {"k": "id", "value_0": "email"}, "members")
            found.extend(duck.execute("FROM members").fetchall())

    thread = threading.Thread(target=stage)
    thread.start()
    asked = running_query(postgres)
    thread.join()

    assert found == [("1", "a@x.co")]
    assert f"""SELECT CAST("id" AS TEXT) AS "k", "email" AS "value_0" FROM "{postgres.schema}"."slow" """ in asked
    assert """WHERE "country" = 'France'""" in asked
    assert "secret" not in asked


def running_query(session):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        rows = session.execute(
            "SELECT query FROM pg_stat_activity WHERE query LIKE 'COPY%.\"slow\"%' AND pid <> pg_backend_pid()"
        ).fetchall()
        if rows:
            return rows[0][0]
        time.sleep(0.02)
    raise AssertionError("the query was never seen")


def test_the_session_can_only_read(people):
    with pytest.raises(DatabaseError), session_of(people.database, 10) as session:
        session.rows(SQL("CREATE TABLE written (x integer)"))
    with pytest.raises(DatabaseError), session_of(people.database, 10) as session:
        session.rows(SQL("SELECT nextval('nothing')"))


class SQL:
    def __init__(self, text):
        self.text = text

    def sql(self, dialect):
        return self.text


def test_a_query_that_takes_too_long_is_ended_on_both_sides(postgres, people, monkeypatch):
    postgres.execute("CREATE VIEW endless AS SELECT people.* FROM people, (SELECT pg_sleep(60)) AS wait")
    DatabaseAddress.objects.update(table="endless")
    monkeypatch.setattr(in_database, "PAGE_SECONDS", 1)
    begun = time.monotonic()

    with pytest.raises(DatabaseError, match="did not answer within 1 seconds"):
        count_rules(ProfileSource.objects.get(), everybody())

    assert time.monotonic() - begun < 10


def test_an_evaluation_of_a_static_segment_is_stopped_in_the_database(postgres, people):
    postgres.execute("CREATE VIEW endless AS SELECT people.* FROM people, (SELECT pg_sleep(60)) AS wait")
    DatabaseAddress.objects.update(table="endless")
    source = ProfileSource.objects.select_related("database").get()
    segment = Segment.objects.create(name="All", source=source, type="static")
    begun = time.monotonic()

    with pytest.raises(StoppedError):
        run_cancellable(partial(evaluate, segment), seconds=60, is_wanted=lambda: not is_running(postgres))

    assert time.monotonic() - begun < 10
    deadline = time.monotonic() + 5
    while is_running(postgres) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running(postgres)


def is_running(session):
    asked = "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() AND query LIKE %s"
    return session.execute(asked, [f"%{session.schema}%endless%"]).fetchone() is not None


def test_a_page_counts_the_members_that_a_static_segment_keeps_no_longer_than_somebody_waits(
    postgres, people, monkeypatch
):
    segment = Segment.objects.create(name="All", source=people, type="static")
    evaluate_now(segment, trigger="refresh")
    postgres.execute("CREATE VIEW endless AS SELECT people.* FROM people, (SELECT pg_sleep(60)) AS wait")
    DatabaseAddress.objects.update(table="endless")
    monkeypatch.setattr(in_database, "PAGE_SECONDS", 1)

    with pytest.raises(DatabaseError, match="did not answer within 1 seconds"):
        count_members(Segment.objects.get())


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"password": "wrong"}, "refused the user or the password"),
        ({"user": "nobody_of_that_name"}, "refused the user or the password"),
        ({"port": "1"}, "does not answer"),
        ({"host": "no-such-host.invalid"}, "does not answer"),
        ({"database": "no_such_database"}, "There is no database with that name"),
    ],
)
def test_what_is_wrong_with_the_way_to_the_database_is_a_sentence(postgres_options, people, changed, said):
    address = people.database
    entered = {**postgres_options, **changed}
    address.options = {name: value for name, value in entered.items() if name != "password"}
    address.hide({"password": entered["password"]})

    with pytest.raises(DatabaseError, match=said) as raised:
        check(address, "id")
    assert entered["password"] not in str(raised.value)


@pytest.mark.parametrize(
    ("table", "key", "said"),
    [
        ("nope", "id", "There is no table or view"),
        ("people; DROP TABLE people", "id", "There is no table or view"),
        ('people" --', "id", "There is no table or view"),
        ("people", "nope", "has no column “nope”"),
        ("repeated", "id", "must be different in every row, but “1”"),
        ("partly", "id", "is empty in 1 of 2 rows"),
        ("hidden", "id", "may not read"),
    ],
)
def test_what_is_wrong_with_the_table_is_a_sentence(postgres, people, table, key, said):
    postgres.execute("CREATE TABLE repeated AS SELECT 1 AS id FROM people")
    postgres.execute("CREATE TABLE partly AS SELECT nullif(id, 1) AS id FROM people")
    postgres.execute("CREATE TABLE hidden (id integer)")
    postgres.execute("REVOKE ALL ON hidden FROM current_user")
    address = people.database
    address.table = table

    with pytest.raises((DatabaseError, WrongColumnError), match=said):
        check(address, key)
    assert postgres.execute("SELECT count(*) FROM people").fetchone() == (2,)


def test_a_table_that_fits_passes(people):
    assert check(people.database, "id", "email") is True


def test_the_names_of_schema_table_and_columns_are_names(postgres, postgres_source):
    name = 'we"ird; DROP TABLE x; --'
    quoted = sql.Identifier(name)
    postgres.execute(sql.SQL("CREATE TABLE {0} ({0} integer)").format(quoted))
    postgres.execute(sql.SQL("INSERT INTO {0} VALUES (7)").format(quoted))

    source = postgres_source(name, key=name)

    assert count_rules(source, {"op": "and", "rules": [{"attribute": name, "operator": "equals", "value": "7"}]}) == 1


def test_capital_letters_are_known_whatever_the_database_or_the_column_knows(postgres, postgres_source):
    postgres.execute('CREATE TABLE letters (id integer, country text COLLATE "C")')
    postgres.execute("INSERT INTO letters VALUES (1, 'ÖSTERREICH'), (2, 'Osterreich')")

    assert count_rules(postgres_source("letters"), in_country("österreich", ignore_case=True)) == 1


def test_columns_of_every_type_can_be_sent_and_compared(postgres, postgres_source):
    postgres.execute("CREATE TYPE mood AS ENUM ('sad', 'happy')")
    postgres.execute(
        "CREATE TABLE everything AS SELECT 1::smallint AS id, 'happy'::mood AS mood, ARRAY[1, 2] AS several, "
        "'{\"a\": 1}'::jsonb AS json, 'x'::char(3) AS padded, 0.1::real AS real, "
        "timestamptz '2026-01-31 23:30+00' AS tz, "
        "'0e37df36-f698-11e6-8dd4-cb9ced3df976'::uuid AS uuid, '12:30'::time AS clock"
    )
    source = postgres_source("everything", updated="tz")
    with open_engine() as duck:
        names = [attribute.name for attribute in source.attributes()]
        stage_members(duck, Segment(source=source), dict(zip(names, names, strict=True)), "members", updated="at")
        row = duck.execute("SELECT * FROM members").fetchone()

    assert row[:-1] == (
        "1", "happy", "{1,2}", '{"a": 1}', "x", "0.1", "2026-01-31 23:30:00+00",
        "0e37df36-f698-11e6-8dd4-cb9ced3df976", "12:30:00",
    )  # fmt: skip
    assert str(row[-1]) == "2026-01-31 23:30:00"
    for attribute, value in (("mood", "happy"), ("padded", "x"), ("real", "0.1"), ("tz", "2026-01-31")):
        rule = {"attribute": attribute, "operator": "equals", "value": value}
        assert count_rules(source, {"op": "and", "rules": [rule]}) == 1, attribute


def test_the_password_is_encrypted_in_the_row_and_survives_a_rotation(people, postgres_options, settings):
    from cryptography.fernet import Fernet

    with connection.cursor() as cursor:
        cursor.execute("SELECT secrets FROM segments_databaseaddress")
        stored = cursor.fetchone()[0]
    assert stored.startswith("f1:")
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *settings.FIELD_ENCRYPTION_KEYS]
    call_command("rotate_keys")
    settings.FIELD_ENCRYPTION_KEYS = settings.FIELD_ENCRYPTION_KEYS[:1]

    assert DatabaseAddress.objects.get().entered()["password"] == postgres_options["password"]


def test_a_password_that_cannot_be_read_any_more_is_raised_as_a_message(people, settings):
    from cryptography.fernet import Fernet

    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    with pytest.raises(SourceUnavailableError, match="An administrator has to enter it again"):
        count_rules(ProfileSource.objects.get(), everybody())


def test_a_refresh_with_a_password_that_cannot_be_read_any_more_ends_with_a_sentence(people, settings):
    from cryptography.fernet import Fernet

    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    ask_refresh(people)
    refresh_source(people.pk)

    address = DatabaseAddress.objects.defer("secrets").get()
    assert not address.is_refreshing
    assert "An administrator has to enter it again" in str(address.problem)


def test_a_refresh_that_fails_stores_why_and_keeps_what_was_known(postgres, people):
    postgres.execute("ALTER TABLE people RENAME TO gone")

    ask_refresh(people)
    refresh_source(people.pk)

    people = ProfileSource.objects.get()
    assert "There is no table or view" in str(people.database.problem)
    assert not people.database.is_refreshing
    assert people.row_count == 2


def test_a_refresh_is_done_once_and_resumed_when_its_worker_is_lost(people, django_capture_on_commit_callbacks):
    from datetime import timedelta

    from django.utils import timezone
    from django_q.models import OrmQ

    ask_refresh(people)
    ask_refresh(people)
    assert OrmQ.objects.count() == 2  # one of these asked for the fixture's
    DatabaseAddress.objects.update(refresh_claimed_until=timezone.now() - timedelta(seconds=1))

    resume_refreshes()

    assert OrmQ.objects.count() == 3
    refresh_source(people.pk)
    refresh_source(people.pk)
    assert not DatabaseAddress.objects.get().is_refreshing


def test_what_is_logged_of_a_failure_holds_no_value_and_no_name(postgres, people, caplog):
    postgres.execute("DROP TABLE people")

    with pytest.raises(DatabaseError):
        count_rules(ProfileSource.objects.get(), in_country("Ruritania"))

    assert "Ruritania" not in caplog.text


RULES = [
    {
        "op": "and",
        "rules": [{"attribute": "country", "operator": "isIn", "value": ["FRANCE", "germany"], "ignore_case": True}],
    },
    {"op": "and", "rules": [{"attribute": "email_promotion", "operator": "greaterThan", "value": "0"}]},
    {"op": "and", "rules": [{"attribute": "updated_at", "operator": "lessThan", "value": "2013-01-01"}]},
    {"op": "and", "rules": [{"attribute": "updated_at", "operator": "isWithinLast", "value": 5000}]},
    {"op": "and", "rules": [{"attribute": "last_name", "operator": "startsWith", "value": "S"}]},
    {
        "op": "or",
        "rules": [
            {"attribute": "company", "operator": "isNull"},
            {"attribute": "city", "operator": "notEquals", "value": "Paris"},
        ],
    },
    everybody(),
]


def test_the_sample_customers_are_the_same_members_row_for_row_as_from_their_file(
    adventureworks_csv, make_source, postgres, postgres_source
):
    file = make_source(adventureworks_csv.read_bytes(), name="File", key="person_id", updated="updated_at")
    with adventureworks_csv.open(newline="", encoding="utf-8") as opened:
        names, *rows = csv.reader(opened)
    types = {"whole": "integer", "moment": "timestamp"}
    columns = [
        sql.SQL("{} {}").format(sql.Identifier(a.name), sql.SQL(types.get(a.type, "text"))) for a in file.attributes()
    ]
    postgres.execute(sql.SQL("CREATE TABLE customers ({})").format(sql.SQL(", ").join(columns)))
    with postgres.cursor() as cursor, cursor.copy("COPY customers FROM STDIN") as copy:
        for row in rows:
            copy.write_row([value or None for value in row])
    database = postgres_source("customers", name="Database", key="person_id", updated="updated_at")

    for rules in RULES:
        if all(file.attribute(rule["attribute"]) for rule in rules["rules"]):
            assert everything(database, rules, names) == everything(file, rules, names)


def everything(source, rules, names):
    """Every value as text, but moments as moments: a database writes them in its own way."""
    columns = {name: name for name in names if name != "updated_at"}
    with open_engine() as duck:
        stage_members(duck, Segment(source=source, rules=rules), columns, "m", updated="at")
        return sorted(duck.execute("FROM m").fetchall(), key=lambda row: row[0])
