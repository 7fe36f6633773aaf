"""System checks of the table of time limits: they run at every start."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.utils.module_loading import import_string

from .limits import LIMITS, Limit, longest_message, shortest_retry


@register()
def limits_fit_together(**kwargs: Any) -> list[CheckMessage]:
    """Work ends before its message, and a claim outlasts every silent step; each task is there to be called."""
    return [fault for name, limit in LIMITS for fault in faults_of(name, limit)]


def faults_of(name: str, limit: Limit) -> Iterator[CheckMessage]:
    """Yield what is wrong with a row of the table."""
    if limit.work is not None and limit.message is not None and limit.work >= limit.message:
        yield Error(
            f"The queue would end {name} ({limit.message} s) before its own limit does ({limit.work:g} s).",
            hint="Make its message's limit longer than its own, in jobs/limits.py.",
            id="jobs.E001",
        )
    if limit.lease is not None and limit.lease <= limit.silent:
        yield Error(
            f"The claim of {name} lasts {limit.lease:g} s, but its holder may be silent for {limit.silent:g} s: two "
            "workers would do it at once.",
            hint="Make its lease longer than its longest silent step, in jobs/limits.py.",
            id="jobs.E002",
        )
    if limit.attempts < 1:
        yield Error(f"{name} would never be tried.", hint="Give it attempts, in jobs/limits.py.", id="jobs.E003")
    try:
        if limit.task:
            import_string(limit.task)
    except ImportError:
        yield Error(f"The task of {name}, {limit.task}, does not exist.", id="jobs.E006")


@register()
def queue_waits_long_enough(**kwargs: Any) -> list[CheckMessage]:
    """Nothing is given to a second worker while the first may be alive."""
    queue = settings.Q_CLUSTER
    shortest = shortest_retry(queue["workers"], queue["queue_limit"])
    faults: list[CheckMessage] = []
    if queue["retry"] <= shortest:
        faults.append(
            Error(
                f"Q_CLUSTER would deliver a message twice: retry ({queue['retry']} s) must be longer than {shortest} s,"
                " which is the longest limit of a message × (1 + ceil((queue_limit + 1) / workers)).",
                hint="Raise retry, or lower queue_limit or the limits in jobs/limits.py.",
                id="jobs.E004",
            )
        )
    if queue["timeout"] > longest_message():
        faults.append(
            Error(
                f"Q_CLUSTER's timeout ({queue['timeout']} s), which ends a message without a limit of its own, is "
                f"longer than every limit in the table ({longest_message()} s).",
                hint="Lower timeout: retry is worked out from the table.",
                id="jobs.E005",
            )
        )
    return faults


@register()
def lease_of_runs_is_long_enough(**kwargs: Any) -> list[CheckMessage]:
    """RUN_LEASE_SECONDS overrules the table; a worker that waits for the database must not lose its run to another."""
    lease, silent = settings.RUN_LEASE_SECONDS, LIMITS.run.silent
    if lease > silent:
        return []
    return [
        Warning(
            f"RUN_LEASE_SECONDS ({lease:g}) is shorter than a worker may be silent ({silent:g} s): a second one may "
            "take over a run whose worker lives.",
            hint=f"Leave it at {LIMITS.run.lease:g}, unless you are testing.",
            id="jobs.W001",
        )
    ]
