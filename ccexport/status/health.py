"""Two addresses for whoever watches this installation: does the process answer, and can it do its work?"""

from enum import StrEnum

from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_q.brokers import get_broker
from django_q.conf import Conf

from engine.probe import state as storage_state

from .queue import Queue, queue


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Liveness: this process answers. Asks nothing else, so that a database that is away restarts nobody."""
    return HttpResponse("ok", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Readiness: the database answers, a worker lives, the queue moves, and a file can be written, read and deleted.

    503 when not, with what is wrong. Of the storage and this host's disk it says what was so a few seconds ago.
    """
    database = "ok" if database_answers() else "unavailable"
    states = {Standstill.NO_WORKER: "unavailable", Standstill.STUCK: "stuck", None: "ok"}
    queue_state = states[standstill()] if database == "ok" else "unavailable"
    checks = {"database": database, "queue": queue_state, "storage": storage_state.now()}
    return JsonResponse(checks, status=200 if set(checks.values()) == {"ok"} else 503)


class Standstill(StrEnum):
    """Why nothing that waits in the queue is done."""

    NO_WORKER = "no_worker"
    STUCK = "stuck"


def standstill(known: Queue | None = None) -> Standstill | None:
    """Return why the queue stands still at this moment; None: it doesn't. Every page and check judges by this one.

    `known`: the queue, where it was looked at already.
    """
    if not worker_is_alive():
        return Standstill.NO_WORKER
    return Standstill.STUCK if (known or queue()).is_stuck else None


def worker_is_alive() -> bool:
    """Did a worker on any host give a sign of life within the last 3 seconds?

    Reads the marks that each cluster leaves in the shared cache. The queue's own reader of them also
    writes, which a page that is merely looked at must not.
    """
    broker = get_broker()
    return any(broker.get_stat(mark) for mark in broker.cache.get(Conf.Q_STAT) or [])


def database_answers() -> bool:
    """Does the database answer the simplest question there is?"""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchone())
    except Error:
        return False
