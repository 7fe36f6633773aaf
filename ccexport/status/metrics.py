"""Numbers for Prometheus at /metrics: for whoever has the token, or for this machine alone when none is set."""

import hmac
from collections.abc import Iterator

from django.conf import settings
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import Metric

from ccexport.models import Incident
from connections.budget import forecast
from exports.models import Batch, Run
from exports.reports.attention import latest_runs
from exports.reports.numbers import HANDED_OVER, numbers_of, sums_of_batches

from .health import worker_is_alive
from .queue import queue
from .work_metrics import family, family_of, gauge, work_metrics

LOOPBACK = {"127.0.0.1", "::1"}


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """What the rows say at this moment. Nothing is counted in the process, so every process answers the same."""
    if not _may_read(request):
        return HttpResponse("Set METRICS_TOKEN and send it as a bearer token.\n", status=403, content_type="text/plain")
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Rows())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _may_read(request: HttpRequest) -> bool:
    """Without a token only this machine: a proxy on it would pass strangers on, so its requests don't count."""
    token = settings.METRICS_TOKEN
    if token:
        return hmac.compare_digest(request.headers.get("Authorization", "").encode(), f"Bearer {token}".encode())
    is_passed_on = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return request.META.get("REMOTE_ADDR") in LOOPBACK and not is_passed_on


class _Rows:
    def collect(self) -> Iterator[Metric]:
        counts = dict(Run.objects.order_by().values_list("status").annotate(count=Count("pk")))
        yield family_of("runs", "Runs by status", "status", dict.fromkeys(Run.Status.values, 0) | counts)
        waiting = queue()
        yield gauge("queue_waiting", "Messages that a worker could take now", waiting.waiting)
        yield gauge("queue_stuck", "1 when messages wait for minutes while nobody works", waiting.is_stuck)
        yield gauge("worker_alive", "1 when a worker on any host gives signs of life", worker_is_alive())
        budget = forecast(settings.CONSTANT_CONTACT_CLIENT_ID)
        yield gauge("api_requests_spent", "Requests to Constant Contact made today", budget.spent)
        yield gauge("api_requests_limit", "Requests to Constant Contact allowed a day", budget.limit)
        refused = Batch.objects.filter(state=Batch.State.REFUSED).count()
        yield gauge("batches_refused", "Batches that Constant Contact did not import", refused)
        yield from _profiles()
        yield gauge("troubles_open", "What is wrong at the moment", Incident.objects.filter(closed_at=None).count())
        yield from work_metrics()


def _profiles() -> Iterator[Metric]:
    """What became of everybody who was ever sent, and of everybody in the last run of each export."""
    sums = Batch.objects.filter(run__preview=False).aggregate(**sums_of_batches(Q(run__finished_at__isnull=False)))
    yield gauge("profiles_refused", "Profiles that Constant Contact refused", sums["sum_refused"])
    sent = {name: sums[f"sum_{name}"] for name in HANDED_OVER}
    yield family_of("profiles_sent", "Profiles that were sent, by outcome", "outcome", sent)
    last = family("last_run_profiles", "Profiles of the last run of each export", "id", "export", "outcome")
    for run in latest_runs(Q()):
        for part in numbers_of(run).parts():
            last.add_metric([str(run.export_id), run.export.name, part.name], part.count)
    yield last
