"""A static segment keeps the members of its last evaluation, whatever happens to its source since."""

import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.utils import timezone

from engine.sessions import open_engine
from segments.deletion import delete_segment
from segments.errors import SegmentUnusableError
from segments.evaluations import lifecycle
from segments.evaluations.compute import evaluate
from segments.evaluations.lifecycle import cancel_evaluation, evaluate_now
from segments.lifecycle import make_dynamic
from segments.members.query import count_members, sample_members, stage_members, stage_union
from segments.models import Segment

FRANCE = {"attribute": "country", "operator": "equals", "value": "France"}


def in_country(source, name, country, **columns):
    rules = {"op": "and", "rules": [{**FRANCE, "value": country}]}
    return Segment.objects.create(name=name, source=source, rules=rules, **columns)


def evaluated(segment):
    evaluation = evaluate_now(segment, trigger="refresh")
    segment.refresh_from_db()
    return evaluation


def staged(*segments, columns=None):
    with open_engine() as duck:
        stage_union(duck, segments, columns or {"key": "id"}, "members", updated="at")
        return sorted(row[:-1] for row in duck.execute("FROM members").fetchall())


@pytest.fixture
def french(make_source):
    source = make_source("id,country,email\n1,France,a@x.org\n2,Spain,b@x.org\n9,France,c@x.org\n10,France,d@x.org\n")
    segment = in_country(source, "French", "France", type="static")
    evaluated(segment)
    return segment


def test_profiles_that_come_to_meet_the_rules_stay_out(french, make_source):
    make_source("id,country,email\n1,France,a@x.org\n2,France,b@x.org\n9,Spain,new@x.org\n10,France,d@x.org\n")
    french = Segment.objects.get()

    assert staged(french, columns={"key": "id", "mail": "email"}) == [
        ("1", "a@x.org"),
        ("10", "d@x.org"),
        ("9", "new@x.org"),
    ]
    assert count_members(french) == 3
    assert [row[0] for row in sample_members(french)[1]] == ["1", "9", "10"]


def test_profiles_that_were_deleted_from_the_source_drop_out(french, make_source):
    make_source("id,country,email\n2,France,b@x.org\n10,France,d@x.org\n")
    french = Segment.objects.get()

    assert staged(french) == [("10",)]
    assert french.member_count == 3  # what the last evaluation found


def test_a_refresh_by_hand_makes_it_new(french, make_source):
    make_source("id,country\n2,France\n10,France\n")
    before = french.kept_members

    evaluated(french)

    assert (french.member_count, french.kept_members == before) == (2, False)
    assert staged(french) == [("10",), ("2",)]


def test_before_its_first_evaluation_nobody_can_say_who_it_means(people):
    segment = in_country(people, "French", "France", type="static")

    for ask in (count_members, sample_members, staged):
        with pytest.raises(SegmentUnusableError, match="are not known yet"):
            ask(segment)


def test_with_another_key_attribute_nobody_can_be_found(french, make_source):
    make_source("customer,country\n1,France\n2,France\n", key="customer")
    french = Segment.objects.get()

    with pytest.raises(SegmentUnusableError, match="has another key attribute now"):
        staged(french, columns={"key": "customer"})
    evaluated(french)

    assert staged(french, columns={"key": "customer"}) == [("1",), ("2",)]


def test_an_evaluation_that_fails_leaves_its_members(french):
    french.rules = {"op": "and", "rules": [{"attribute": "town", "operator": "isNull"}]}
    french.save()

    assert evaluated(french).status == "failed"

    assert french.member_count == 3
    assert len(staged(french)) == 3
    assert "town" in str(french.problem)


def test_static_and_dynamic_segments_are_staged_together_each_member_once(french):
    spanish = in_country(french.source, "Spanish", "Spain")
    everybody = Segment.objects.create(name="All", source=french.source)

    assert staged(french, spanish, everybody) == [("1",), ("10",), ("2",), ("9",)]
    assert staged(french, spanish) == staged(everybody)


@pytest.mark.parametrize(("hours", "is_there"), [(1, True), (25, False)])
def test_the_members_of_one_that_became_dynamic_are_deleted_when_nobody_reads_them_any_more(french, hours, is_there):
    path = Path(default_storage.path(french.kept_members))
    make_dynamic(french, by=None)
    cancel_evaluation(french)

    with time_machine.travel(timezone.now() + timedelta(hours=hours)):
        evaluated(french)

    assert path.exists() is is_there


def test_an_inactive_segment_is_not_staged(people):
    segment = in_country(people, "Draft", "France", state="inactive")

    with open_engine() as duck, pytest.raises(SegmentUnusableError, match="“Draft” is inactive"):
        stage_members(duck, segment, {"key": "id"}, "members")


@pytest.mark.parametrize("slow", ["0", "3"])  # seconds: within the time that a stopped one has to end, and after it
def test_keys_that_come_after_the_evaluation_was_cancelled_are_not_stored(french, monkeypatch, slow):
    def late(segment, cancellation):
        cancelled.wait(5)
        time.sleep(float(slow))
        try:
            return evaluate(segment, cancellation)
        finally:
            done.set()

    class CancelledClaim(lifecycle.Renewal):
        def is_held(self):
            cancel_evaluation(french)
            cancelled.set()
            return False

    cancelled, done = threading.Event(), threading.Event()
    monkeypatch.setattr(lifecycle, "evaluate", late)
    monkeypatch.setattr(lifecycle, "Renewal", CancelledClaim)

    assert evaluated(french).status == "cancelled"

    assert done.wait(10)
    wait_until(lambda: stored(french) == [french.kept_members])


def stored(segment):
    folder = f"segments/{segment.pk}"
    return [f"{folder}/{name}" for name in default_storage.listdir(folder)[1]]


def wait_until(holds):
    deadline = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_only_keys_are_stored(french):
    with open_engine() as duck:
        path = default_storage.path(french.kept_members)
        assert duck.execute("FROM read_parquet($path)", {"path": path}).fetchall() == [("1",), ("9",), ("10",)]


def test_nothing_stays_behind_of_a_deleted_segment(french, django_capture_on_commit_callbacks):
    name = french.kept_members

    with django_capture_on_commit_callbacks(execute=True):
        delete_segment(french)

    assert not default_storage.exists(name)


@pytest.mark.parametrize("database", ["postgres", "sqlite"])
def test_in_a_database_too(request, database):
    session, make = (request.getfixturevalue(name) for name in (database, f"{database}_source"))
    session.execute("CREATE TABLE people (id integer PRIMARY KEY, country text)")
    session.execute("INSERT INTO people VALUES (1, 'France'), (2, 'Spain'), (9, 'France'), (10, 'France')")
    french = in_country(make("people"), "French", "France", type="static")
    evaluated(french)
    session.execute("UPDATE people SET country = 'France' WHERE id = 2")
    session.execute("DELETE FROM people WHERE id = 9")
    spanish = in_country(french.source, "Everybody else", "France")

    assert french.member_count == 3
    assert staged(french) == [("1",), ("10",)]
    assert count_members(french) == 2
    assert sample_members(french)[1] == [("1", "France"), ("10", "France")]
    assert staged(french, spanish) == [("1",), ("10",), ("2",)]
