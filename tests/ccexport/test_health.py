import errno
import time
from datetime import timedelta

import pytest
import time_machine
from django.db import OperationalError, connection
from django.urls import reverse
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.models import Task as Done

from ccexport.status.health import worker_is_alive
from engine.outages import StorageUnavailableError
from exports.models import Export, Run
from profiles.models import DatabaseAddress, ProfileImport, ProfileSource
from segments.models import Evaluation, Segment
from tests.support.marks import mark


def sign_of_life() -> None:
    """What a cluster of the queue leaves behind each half second, for 3 seconds."""
    get_broker().set_stat(f"{Conf.Q_STAT}:one-cluster", "alive", 3)


def server_is_away(*query):
    raise OperationalError("connection refused")


def test_the_process_answers_without_a_database(client):
    response = client.get("/healthz")

    assert response.status_code == 200
    assert response.content == b"ok"


def test_ready_with_a_database_and_a_worker(client, db):
    sign_of_life()

    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json() == {"database": "ok", "queue": "ok", "storage": "ok"}


def test_not_ready_without_a_worker(client, db):
    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {"database": "ok", "queue": "unavailable", "storage": "ok"}


def test_not_ready_without_a_database(client, db):
    with connection.execute_wrapper(server_is_away):
        response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {"database": "unavailable", "queue": "unavailable", "storage": "ok"}


def test_a_worker_that_fell_silent_is_not_alive(db):
    with time_machine.travel("2026-11-24 12:00:00Z", tick=False) as clock:
        sign_of_life()
        assert worker_is_alive()

        clock.shift(4)

        assert not worker_is_alive()


def test_probes_are_answered_without_tls(client, settings):
    settings.SECURE_SSL_REDIRECT = True

    assert client.get("/healthz").status_code == 200
    assert client.get("/").status_code == 301


def test_answers_are_never_cached(client, db):
    assert "no-store" in client.get("/healthz")["Cache-Control"]
    assert "no-store" in client.get("/readyz")["Cache-Control"]


def a_tick_done(at) -> None:
    Done.objects.create(
        id=f"{at.timestamp():.0f}", name="a tick", func="f", group="system: every minute", started=at, stopped=at,
        success=True,
    )  # fmt: skip


@pytest.mark.parametrize(("seconds", "says"), [(95, "ok"), (115, "stuck")])
def test_workers_that_live_but_get_nothing_done_are_shown_within_two_minutes(client, alice_client, seconds, says):
    now = timezone.now()
    get_broker().set_stat(f"{Conf.Q_STAT}:a", mark(now - timedelta(hours=1)), 600)
    a_tick_done(now - timedelta(seconds=seconds))

    answer = client.get("/readyz")

    assert (answer.json()["queue"], answer.status_code) == (says, 200 if says == "ok" else 503)
    page = alice_client.get(reverse("admin:system_status")).text
    assert ("The task queue is stuck." in page) is (says == "stuck")


LONG_WORK = {
    "an import": lambda until: ProfileImport.objects.create(
        source=a_source(), state="running", file_name="f", key_attribute="id", claimed_until=until
    ),
    "an evaluation": lambda until: Evaluation.objects.create(
        segment=a_segment(), status="running", trigger="refresh", claimed_until=until
    ),
    "a description": lambda until: DatabaseAddress.objects.create(
        source=a_source(), table="t", refresh_asked_at=timezone.now(), refresh_claimed_until=until
    ),
    "a run": lambda until: Run.objects.create(
        export=Export.objects.create(name="An export"), status="running", trigger="on_demand", lease_until=until
    ),
}


def a_source() -> ProfileSource:
    return ProfileSource.objects.create(name="A source")


def a_segment() -> Segment:
    return Segment.objects.create(name="A segment", source=a_source())


@pytest.mark.parametrize("work", LONG_WORK)
def test_workers_that_are_all_at_something_long_are_no_trouble_while_they_hold_it(client, alice_client, work):
    now = timezone.now()
    get_broker().set_stat(f"{Conf.Q_STAT}:a", mark(now - timedelta(hours=1)), 6000)
    a_tick_done(now - timedelta(minutes=10))
    OrmQ.objects.create(key=Conf.CLUSTER_NAME, payload="", lock=now - timedelta(minutes=8))
    LONG_WORK[work](now + timedelta(minutes=1))

    assert client.get("/readyz").json() == {"database": "ok", "queue": "ok", "storage": "ok"}
    assert not alice_client.get("/").context["attention"]
    assert "The task queue is stuck." not in alice_client.get(reverse("admin:system_status")).text

    with time_machine.travel(now + timedelta(minutes=2)):
        assert client.get("/readyz").json()["queue"] == "stuck"


def test_when_something_long_is_over_the_tick_has_time_to_come(client, db):
    now = timezone.now()
    get_broker().set_stat(f"{Conf.Q_STAT}:a", mark(now - timedelta(hours=1)), 6000)
    a_tick_done(now - timedelta(minutes=10))
    done = {"state": "done", "claimed_until": now + timedelta(minutes=2), "finished_at": now}
    ProfileImport.objects.create(source=a_source(), file_name="f", key_attribute="id", **done)

    assert client.get("/readyz").json()["queue"] == "ok"
    with time_machine.travel(now + timedelta(seconds=115)):
        assert client.get("/readyz").json()["queue"] == "stuck"


def test_workers_that_began_just_now_are_not_blamed_for_the_time_before(client, db):
    now = timezone.now()
    get_broker().set_stat(f"{Conf.Q_STAT}:a", mark(now - timedelta(seconds=20)), 600)
    a_tick_done(now - timedelta(hours=3))

    assert client.get("/readyz").json() == {"database": "ok", "queue": "ok", "storage": "ok"}


def test_a_page_without_its_database_says_so(alice_client):
    alice_client.raise_request_exception = False
    with connection.execute_wrapper(server_is_away):
        answer = alice_client.get("/")

    assert answer.status_code == 503
    assert "The database does not answer" in answer.text
    assert answer["Cache-Control"] == "no-store"


def test_a_database_that_answers_but_for_one_question_is_not_called_away(alice_client):
    alice_client.raise_request_exception = False

    def one_fails(execute, sql, params, many, context):
        if "exports_run" in sql:
            raise OperationalError("no such table: exports_run")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(one_fails):
        answer = alice_client.get("/")

    assert answer.status_code == 500
    assert "The database does not answer" not in answer.text


def test_another_error_is_still_an_error_of_ours(alice_client, settings):
    alice_client.raise_request_exception = False

    def wrong(*query):
        raise ValueError

    with connection.execute_wrapper(wrong):
        assert alice_client.get("/").status_code == 500


def test_not_ready_while_no_file_can_be_written_read_and_deleted(client, db, object_storage):
    sign_of_life()
    object_storage.refuse, object_storage.refuse_only = (507, "XMinioStorageFull"), "PUT"

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json() == {"database": "ok", "queue": "ok", "storage": "full"}


def test_those_who_ask_each_second_do_not_make_the_storage_work_each_second(client, db, object_storage, monkeypatch):
    monkeypatch.setattr("engine.probe.MAX_AGE", 300.0)  # five answers may take a busy machine longer than ten seconds
    sign_of_life()
    for _second in range(5):
        assert client.get("/readyz").json()["storage"] == "ok"

    assert {call.split()[0] for call in object_storage.asked} == {"PUT", "HEAD", "GET", "DELETE"}
    assert len({call.split()[1] for call in object_storage.asked}) == 1
    assert object_storage.names() == []


def test_a_storage_that_never_answers_holds_up_no_probe(client, db, object_storage, monkeypatch):
    monkeypatch.setattr("engine.probe.TIMEOUT", 0.2)
    object_storage.silent_for = 6

    began = time.monotonic()
    assert client.get("/readyz").json()["storage"] == "unavailable"
    assert time.monotonic() - began < 5


def test_a_page_that_needs_a_file_while_the_storage_is_away_says_so(alice_client, monkeypatch):
    alice_client.raise_request_exception = False

    def wanting(*query):
        raise StorageUnavailableError("OSError EIO")

    with connection.execute_wrapper(wanting):
        page = alice_client.get("/")
        asked_by_script = alice_client.get("/", headers={"X-Requested-With": "XMLHttpRequest"})

    assert page.status_code == asked_by_script.status_code == 503
    assert "The file storage can" in page.text
    assert page["Retry-After"] == "30"
    assert asked_by_script.json()["errors"]["file"][0].startswith("The file storage can't be reached at the moment")


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OperationalError("database or disk is full"),
        OperationalError('could not extend file "base/1": No space left on device'),
    ],
)
def test_a_page_for_which_the_disk_has_no_room_says_so(alice_client, error):
    alice_client.raise_request_exception = False

    def full(*query):
        raise error

    with connection.execute_wrapper(full):
        page = alice_client.get("/")

    assert page.status_code == 503
    assert "The disk is full" in page.text
