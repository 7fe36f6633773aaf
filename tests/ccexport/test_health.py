import time_machine
from django.db import OperationalError, connection
from django_q.brokers import get_broker
from django_q.conf import Conf

from ccexport.health import a_worker_lives


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
