"""While somebody builds, a newer question stops the older one where it runs, and none takes longer than a moment."""

import time

import duckdb
import pytest
from django.core.cache import cache

from engine.cancellation import StoppedError, TookTooLongError, run_cancellable
from engine.sessions import open_engine
from profiles.errors import SourceUnavailableError
from segments.members import live_count
from segments.members.live_count import Question, inspect_rules
from segments.models import everybody

ENDLESS = "SELECT count(*) FROM range(1000000000) AS a, range(1000000000) AS b WHERE a.range + b.range = 7"


@pytest.fixture(autouse=True)
def _no_questions(db):
    cache.clear()


def endless_in_duckdb(ended):
    def work(cancellation):
        with open_engine() as duck, cancellation.on_cancel(duck.interrupt):
            try:
                duck.execute(ENDLESS).fetchall()
            except duckdb.InterruptException:
                ended.append("interrupted")
                raise

    return work


def test_a_newer_question_interrupts_duckdb():
    older, newer = Question(1, "page", 1), Question(1, "page", 2)
    older.ask()
    ended, looks = [], []

    def is_wanted():
        looks.append(time.monotonic())
        if len(looks) == 2:
            newer.ask()
        return older.is_wanted()

    with pytest.raises(StoppedError):
        run_cancellable(endless_in_duckdb(ended), seconds=30, is_wanted=is_wanted)

    assert ended == ["interrupted"]
    assert len(looks) == 2


def test_what_takes_too_long_is_interrupted():
    ended = []

    with pytest.raises(TookTooLongError):
        run_cancellable(endless_in_duckdb(ended), seconds=0.5, is_wanted=lambda: True)

    assert ended == ["interrupted"]


def test_questions_of_other_pages_and_people_stop_nothing():
    mine = Question(1, "page", 1)
    mine.ask()
    for other in (Question(1, "another", 2), Question(2, "page", 2)):
        other.ask()

    assert mine.is_wanted()
    Question(1, "page", 2).ask()
    assert not mine.is_wanted()
    with pytest.raises(StoppedError):
        mine.ask()  # it comes late, so it is not answered at all


def slow_source(postgres, postgres_source):
    """A view whose every row takes its time once it is told to: describing it must not."""
    postgres.execute("CREATE TABLE pace (seconds float)")
    postgres.execute("INSERT INTO pace VALUES (0)")
    postgres.execute("CREATE TABLE people (id bigint PRIMARY KEY, country text)")
    postgres.execute("INSERT INTO people SELECT n, 'France' FROM generate_series(1, 500) AS n")
    postgres.execute("CREATE VIEW slow AS SELECT id, country || pg_sleep(seconds)::text AS country FROM people, pace")
    source = postgres_source("slow")
    postgres.execute("UPDATE pace SET seconds = 0.2")
    return source


def running(postgres):
    """How many sessions are answering a query of the view."""
    asked = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE %s AND pid <> pg_backend_pid()"
    return postgres.execute(asked, [f'%"{postgres.schema}"."slow"%']).fetchone()[0]


RULES = {"op": "and", "rules": [{"attribute": "country", "operator": "contains", "value": "F"}]}


def test_a_newer_question_cancels_the_query_in_postgresql(postgres, postgres_source, monkeypatch):
    source = slow_source(postgres, postgres_source)
    looks = []

    class Overtaken(Question):
        def is_wanted(self):
            looks.append(running(postgres))
            if len(looks) == 3:
                Question(1, "page", 2).ask()
            return super().is_wanted()

    with pytest.raises(StoppedError):
        inspect_rules(source, RULES, Overtaken(1, "page", 1))

    assert max(looks) == 1
    assert until(lambda: running(postgres) == 0)


def test_postgresql_has_but_a_moment_too(postgres, postgres_source, monkeypatch):
    source = slow_source(postgres, postgres_source)
    monkeypatch.setattr(live_count, "SECONDS", 1)

    with pytest.raises(SourceUnavailableError) as trouble:
        inspect_rules(source, RULES, Question(1, "page", 1))

    assert "within 1 second" in str(trouble.value)
    assert until(lambda: running(postgres) == 0)


def until(holds, seconds=5):
    ends_at = time.monotonic() + seconds
    while not holds() and time.monotonic() < ends_at:
        time.sleep(0.05)
    return holds()


@pytest.mark.parametrize("database", ["postgres", "sqlite"])
def test_a_database_tells_the_same_as_a_file(request, database, make_source):
    session, make = (request.getfixturevalue(name) for name in (database, f"{database}_source"))
    session.execute("CREATE TABLE people (id integer PRIMARY KEY, country text)")
    session.execute("INSERT INTO people VALUES (1, 'France'), (2, 'Spain'), (9, 'France'), (10, NULL)")
    file = make_source("id,country\n1,France\n2,Spain\n9,France\n10,\n", name="File")
    france = {"op": "and", "rules": [{"attribute": "country", "operator": "equals", "value": "France"}]}
    rules = {**everybody(), "then": [{"operation": "except", **france}]}

    found = [inspect_rules(source, rules, Question(1, "p", 1)) for source in (file, make("people"))]

    assert found[0] == found[1]
    assert found[0].counts == [(4, 4), (2, 2)]
    assert found[0].rows == [("2", "Spain"), ("10", None)]
