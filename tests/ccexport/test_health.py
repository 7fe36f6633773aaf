from datetime import timedelta

import pytest
import time_machine
from django.db import OperationalError, connection
from django.urls import reverse
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.conf import Conf
from django_q.models import Task as Done

from ccexport.health import a_worker_lives
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
    assert response.json() == {"database": "ok", "queue": "ok"}


def test_not_ready_without_a_worker(client, db):
    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {"database": "ok", "queue": "unavailable"}


def test_not_ready_without_a_database(client, db):
    with connection.execute_wrapper(server_is_away):
        response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {"database": "unavailable", "queue": "unavailable"}


def test_a_worker_that_fell_silent_is_not_alive(db):
    with time_machine.travel("2026-11-24 12:00:00Z", tick=False) as clock:
        sign_of_life()
        assert a_worker_lives()

        clock.shift(4)

        assert not a_worker_lives()


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
def test_workers_that_live_but_get_nothing_done_are_told_within_two_minutes(client, alice_client, seconds, says):
    now = timezone.now()
    get_broker().set_stat(f"{Conf.Q_STAT}:a", mark(now - timedelta(hours=1)), 600)
    a_tick_done(now - timedelta(seconds=seconds))

    answer = client.get("/readyz")

    assert (answer.json()["queue"], answer.status_code) == (says, 200 if says == "ok" else 503)
    page = alice_client.get(reverse("admin:system_status")).text
    assert ("The queue doesn't move." in page) is (says == "stuck")


def test_workers_that_began_just_now_are_not_blamed_for_the_time_before(client, db):
    now = timezone.now()
    get_broker().set_stat(f"{Conf.Q_STAT}:a", mark(now - timedelta(seconds=20)), 600)
    a_tick_done(now - timedelta(hours=3))

    assert client.get("/readyz").json() == {"database": "ok", "queue": "ok"}


def test_a_page_without_its_database_says_so(alice_client):
    alice_client.raise_request_exception = False
    with connection.execute_wrapper(server_is_away):
        answer = alice_client.get("/")

    assert answer.status_code == 503
    assert "The database does not answer" in answer.text
    assert answer["Cache-Control"] == "no-store"


def test_another_error_is_still_an_error_of_ours(alice_client, settings):
    alice_client.raise_request_exception = False

    def wrong(*query):
        raise ValueError

    with connection.execute_wrapper(wrong):
        assert alice_client.get("/").status_code == 500
