"""/metrics: what the rows say, for whoever has the token, or for this machine alone."""

from django_q.brokers import get_broker
from django_q.conf import Conf

from exports.models import Batch, Run
from tests.exports.pages import plain_export


def test_the_numbers_are_those_of_the_rows(client, connection):
    export = plain_export(connection, "a-list")
    run = Run.objects.create(
        export=export, trigger="on_demand", status="failed", finished_at=export.created_at, configuration={}
    )
    Batch.objects.create(run=run, number=1, rows=5, body_bytes=1, state="refused")
    get_broker().set_stat(f"{Conf.Q_STAT}:one-cluster", "alive", 60)

    lines = client.get("/metrics").text.splitlines()

    for line in (
        'ccexport_runs{status="failed"} 1.0',
        'ccexport_runs{status="succeeded"} 0.0',
        "ccexport_worker_alive 1.0",
        "ccexport_api_requests_limit 10000.0",
        "ccexport_batches_refused 1.0",
    ):
        assert line in lines


def test_without_a_token_only_this_machine_reads(client, db):
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.7").status_code == 403
    assert client.get("/metrics", headers={"x-forwarded-for": "192.0.2.7"}).status_code == 403


def test_with_a_token_only_its_holder_reads(client, db, settings):
    settings.METRICS_TOKEN = "a-token"

    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers={"authorization": "Bearer other"}).status_code == 403
    held = client.get("/metrics", headers={"authorization": "Bearer a-token"}, REMOTE_ADDR="192.0.2.7")
    assert held.status_code == 200
    assert held["Content-Type"].startswith("text/plain")
