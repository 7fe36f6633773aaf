"""/metrics about the work: workers, queue, stages, exports and profiles, in a form that Prometheus reads."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.conf import Conf
from django_q.models import OrmQ
from prometheus_client.parser import text_string_to_metric_families

from ccexport.models import WorkerHost
from exports.models import Run, StageTiming
from tests.exports.pages import plain_export
from tests.support.batches import stored_batch
from tests.support.marks import lives

LIST = "559a8e62-ae55-44cf-9c9c-c976ca9904ab"


class Samples:
    def __init__(self, text: str) -> None:
        samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
        self._values = {(each.name, frozenset(each.labels.values())): each.value for each in samples}

    def __call__(self, name: str, *labels: str) -> float | None:
        """The number under this name and these values of labels; None: there is none."""
        return self._values.get((f"ccexport_{name}", frozenset(labels)))


@pytest.fixture
def read(client, db):
    return lambda: Samples(client.get("/metrics").text)


@pytest.fixture
def export(connection, bob):
    return plain_export(connection, LIST, name='A "quoted"\n\\name', created_by=bob)


def ended(export, status: str, hours: float = 1, **columns) -> Run:
    at = timezone.now() - timedelta(hours=hours)
    return Run.objects.create(
        export=export, trigger="scheduled", status=status, finished_at=at, configuration={}, **columns
    )


def test_all_of_it_is_read_by_the_parser_of_prometheus(client, export):
    run = ended(export, "succeeded", counts={"no_email": 3})
    StageTiming.objects.create(run=run, stage="plan", seconds=2, done_at=timezone.now())
    lives("a")

    families = {family.name: family for family in text_string_to_metric_families(client.get("/metrics").text)}

    assert len(families) >= 20
    for name, family in families.items():
        assert name.startswith("ccexport_")
        assert family.documentation
        assert family.samples, name
        assert len({tuple(sample.labels.items()) for sample in family.samples}) == len(family.samples)


def test_workers_are_counted_by_host_and_a_silent_one_grows_old(read):
    get_broker().cache.clear()
    hour_ago = timezone.now() - timedelta(hours=1)
    WorkerHost.objects.create(name="b", first_seen_at=hour_ago, last_seen_at=hour_ago)
    WorkerHost.objects.create(name="c", first_seen_at=hour_ago, last_seen_at=hour_ago, stopped_at=hour_ago)
    lives("a", status=Conf.WORKING, seconds=60)

    samples = read()

    assert (samples("worker_processes", "a"), samples("worker_processes", "b")) == (2, 0)
    assert 0 <= samples("worker_heartbeat_age_seconds", "a") < 30
    assert samples("worker_heartbeat_age_seconds", "b") >= 3600
    assert samples("worker_status", "a", "working") == 1
    assert samples("worker_processes", "c") is None


def test_age_of_the_oldest_message_is_returned(read):
    OrmQ.objects.all().delete()
    assert read()("queue_oldest_message_age_seconds") == 0

    OrmQ.objects.create(key=Conf.CLUSTER_NAME, payload="", lock=timezone.now() - timedelta(seconds=90))
    OrmQ.objects.create(key=Conf.CLUSTER_NAME, payload="", lock=timezone.now() + timedelta(seconds=90))
    assert 90 <= read()("queue_oldest_message_age_seconds") < 120


def test_stages_are_returned_with_what_they_took_within_a_day(read, export):
    now = timezone.now()
    for seconds in range(1, 22):
        run = ended(export, "succeeded")
        begun_at = now - timedelta(seconds=seconds * 10)
        StageTiming.objects.create(run=run, stage="send", seconds=seconds, begun_at=begun_at, done_at=now)
    old = {"begun_at": now - timedelta(hours=30), "done_at": now - timedelta(hours=25), "seconds": 900}
    StageTiming.objects.create(run=run, stage="plan", **old)
    StageTiming.objects.create(run=run, stage="confirm", seconds=900)  # goes on

    samples = read()

    assert [samples("stage_working_seconds", "send", each) for each in ("0.5", "0.95", "1")] == [11, 20, 21]
    assert samples("stage_elapsed_seconds", "send", "0.5") == 110
    assert [samples("stage_ended_last_day", stage) for stage in ("plan", "send", "confirm")] == [0, 21, 0]
    assert samples("stage_working_seconds", "plan", "1") is None


def test_last_success_and_last_run_of_an_export_are_returned(read, export):
    succeeded = ended(export, "succeeded", hours=5, calls=9)
    failed = ended(export, "failed", hours=2, calls=4)
    Run.objects.create(export=export, trigger="scheduled", configuration={}, calls=1)  # under way
    ended(export, "failed", hours=1, preview=True, calls=7)
    labels = (str(export.pk), export.name)

    samples = read()

    assert samples("export_last_success_timestamp_seconds", *labels) == pytest.approx(succeeded.finished_at.timestamp())
    assert samples("export_last_run_timestamp_seconds", *labels, "failed") == pytest.approx(
        failed.finished_at.timestamp()
    )
    assert samples("export_last_run_requests", *labels) == 4
    assert samples("run_requests_last_day") == 13


def test_an_export_that_never_ran_has_no_time(read, export):
    samples, labels = read(), (str(export.pk), export.name)

    assert samples("export_last_success_timestamp_seconds", *labels) is None
    assert samples("export_last_run_requests", *labels) is None


def test_left_out_and_refused_are_counted_by_reason_over_a_day(read, export):
    first = ended(export, "completed_with_errors", counts={"send": 90, "no_email": 7, "too_long": 3})
    ended(export, "succeeded", counts={"send": 50, "no_email": 1})
    ended(export, "failed", counts={})
    ended(export, "succeeded", hours=30, counts={"no_email": 1000})
    now = timezone.now()
    stored_batch(first, 60, refused=4, cannot_add=2, activity_id="a", confirmed_at=now)
    stored_batch(first, 30, number=2, activity_id="b", state="refused", confirmed_at=now)
    stored_batch(first, 500, number=3, refused=400, activity_id="c", confirmed_at=now - timedelta(hours=30))

    samples = read()

    assert samples("profiles_left_out_last_day", "no_email") == 8
    assert samples("profiles_left_out_last_day", "too_long") == 3
    assert samples("profiles_left_out_last_day", "duplicate") == 0
    assert samples("profiles_not_accepted_last_day", "refused") == 4
    assert samples("profiles_not_accepted_last_day", "cannot_add") == 2
    assert samples("profiles_not_accepted_last_day", "not_imported") == 30


def test_many_exports_runs_and_hosts_need_as_many_queries_as_one(client, connection, django_assert_max_num_queries):
    def grow(many: int) -> None:
        for number in range(many):
            run = ended(plain_export(connection, LIST, name=f"Export {number} of {many}"), "succeeded")
            stored_batch(run, 5, activity_id=f"{many} {number}", confirmed_at=timezone.now())
            StageTiming.objects.create(run=run, stage="plan", seconds=1, done_at=timezone.now())
            lives(f"host-{number}-of-{many}", seconds=600)

    grow(1)
    client.get("/metrics")
    with django_assert_max_num_queries(100) as one:
        client.get("/metrics")
    grow(20)
    with django_assert_max_num_queries(len(one.captured_queries)):
        client.get("/metrics")
    assert len(one.captured_queries) <= 35
