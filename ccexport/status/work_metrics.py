"""Numbers for Prometheus about the work: who does it, what waits, how long it takes and what became of it.

All from rows and from the signs of life of the workers, by a number of queries that does not grow with them. What is
summed up over a day is a gauge: it falls again, so no rate must be made of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from django.db.models import F, IntegerField, Max, OuterRef, Q, Subquery, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily, Metric

from ccexport.models import WorkerHost
from exports.models import Batch, Export, Run, StageTiming
from exports.plan.dispositions import LEFT_OUT

from .queue import queue, workers

DAY = timedelta(days=1)
EXPORT = ("export_id", "export")
QUANTILES = {"0.5": 0.5, "0.95": 0.95, "1": 1.0}
MAX_TIMINGS = 10_000  # the latest; of more runs a day the quantiles are those of the latest


def work_metrics() -> Iterator[Metric]:
    yield from _hosts()
    oldest_at = queue().oldest_at
    age = max(0.0, (timezone.now() - oldest_at).total_seconds()) if oldest_at else 0.0
    text = "How long the oldest message that a worker could take has waited; 0 when none waits"
    yield gauge("queue_oldest_message_age_seconds", text, age)
    yield from _stages()
    yield from _exports()
    yield from _left_out()
    yield from _not_accepted()


def _hosts() -> Iterator[Metric]:
    """A host that is expected and silent has 0 processes and an age that grows."""
    now = timezone.now()
    processes: defaultdict[str, int] = defaultdict(int)
    seen = {host.name: host.last_seen_at for host in WorkerHost.objects.filter(stopped_at=None, retired_at=None)}
    states = set()
    for worker in workers():
        processes[worker.host] += worker.processes
        seen[worker.host] = max(seen.get(worker.host, worker.seen_at), worker.seen_at) if worker.seen_at else now
        states.add((worker.host, worker.status))
    count = family("worker_processes", "Worker processes by host", "host")
    age = family("worker_heartbeat_age_seconds", "Time since a host's workers last gave a sign of life", "host")
    state = family("worker_status", "1 for what the workers of a host say they do", "host", "status")
    for host, seen_at in sorted(seen.items()):
        count.add_metric([host], processes[host])
        age.add_metric([host], max(0.0, (now - seen_at).total_seconds()))
    for labels in sorted(states):
        state.add_metric(labels, 1)
    yield from (count, age, state)


def _stages() -> Iterator[Metric]:
    done = StageTiming.objects.filter(done_at__gte=timezone.now() - DAY, run__preview=False)
    rows = done.order_by("-done_at").values_list("stage", "seconds", "begun_at", "done_at")[:MAX_TIMINGS]
    worked: defaultdict[str, list[float]] = defaultdict(list)
    lasted: defaultdict[str, list[float]] = defaultdict(list)
    for stage, seconds, begun_at, done_at in rows:
        worked[stage].append(seconds)
        if done_at is not None:
            lasted[stage].append((done_at - begun_at).total_seconds())
    since = "of the stages that ended within a day"
    working = family("stage_working_seconds", f"Time that workers spent, {since}", "stage", "quantile")
    elapsed = family("stage_elapsed_seconds", f"Time from begin to end with all waiting, {since}", "stage", "quantile")
    ended = family("stage_ended_last_day", "Stages that ended within a day", "stage")
    for stage in Run.Stage.values:
        ended.add_metric([stage], len(worked[stage]))
        for times, values in ((working, sorted(worked[stage])), (elapsed, sorted(lasted[stage]))):
            for label, share in QUANTILES.items() if values else ():
                times.add_metric([stage, label], values[round(share * (len(values) - 1))])
    yield from (working, elapsed, ended)


def _exports() -> Iterator[Metric]:
    """One number for each export, under its id and its name."""
    over = Run.objects.filter(preview=False, finished_at__isnull=False)
    last = over.filter(export=OuterRef("pk")).order_by("-pk")
    succeeded = Max("runs__finished_at", filter=Q(runs__status=Run.Status.SUCCEEDED, runs__preview=False))
    rows = Export.objects.annotate(
        succeeded_at=succeeded,
        ended_at=Subquery(last.values("finished_at")[:1]),
        ended_as=Subquery(last.values("status")[:1]),
        calls=Subquery(last.values("calls")[:1]),
    ).order_by("pk")
    success = family("export_last_success_timestamp_seconds", "End of the last run that was successful", *EXPORT)
    end = family("export_last_run_timestamp_seconds", "End of the last run that is over", *EXPORT, "status")
    requests = family("export_last_run_requests", "Requests to Constant Contact of the last run that is over", *EXPORT)
    for export_id, name, succeeded_at, ended_at, ended_as, calls in rows.values_list(
        "pk", "name", "succeeded_at", "ended_at", "ended_as", "calls"
    ):
        labels = [str(export_id), name]
        if succeeded_at:
            success.add_metric(labels, succeeded_at.timestamp())
        if ended_at:
            end.add_metric([*labels, ended_as], ended_at.timestamp())
            requests.add_metric(labels, calls)
    yield from (success, end, requests)


def _left_out() -> Iterator[Metric]:
    runs = Run.objects.filter(preview=False, finished_at__gte=timezone.now() - DAY)
    sums = {kind.value: Sum(Cast(KT(f"counts__{kind}"), IntegerField()), default=0) for kind in LEFT_OUT}
    text = "Profiles that runs which ended within a day left out, by reason"
    yield family_of("profiles_left_out_last_day", text, "reason", runs.aggregate(**sums))
    text = "Requests to Constant Contact of runs that ended within a day"
    yield gauge("run_requests_last_day", text, runs.aggregate(calls=Sum("calls", default=0))["calls"])


def _not_accepted() -> Iterator[Metric]:
    batches = Batch.objects.filter(confirmed_at__gte=timezone.now() - DAY)
    is_completed = Q(state=Batch.State.COMPLETED)
    sums: dict[str, Any] = {
        name: Sum(F(name), filter=is_completed, default=0) for name in ("refused", "cannot_add", "unaccounted")
    }
    sums["not_imported"] = Sum("rows", filter=Q(state=Batch.State.REFUSED), default=0)
    text = "Profiles sent within a day that Constant Contact did not accept, by what became of them"
    yield family_of("profiles_not_accepted_last_day", text, "reason", batches.aggregate(**sums))


def gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"ccexport_{name}", text, value=float(value))


def family(name: str, text: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"ccexport_{name}", text, labels=labels)


def family_of(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
    """Return one with a value for each position of its only label."""
    found = family(name, text, label)
    for position, value in values.items():
        found.add_metric([position], value)
    return found
