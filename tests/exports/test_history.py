"""The details for troubleshooting on the page of a run: sentences in the reader's language, never a code."""

import pytest
from django.urls import reverse
from django.utils import timezone

from exports.models import Run
from exports.reports.events import history_of
from tests.exports.pages import plain_export

LIST = "559a8e62-ae55-44cf-9c9c-c976ca9904ab"


@pytest.fixture
def run(connection) -> Run:
    run = Run.objects.create(
        export=plain_export(connection, LIST), trigger="on_demand", status="failed", reason="reconnect",
        reason_details={"connection": "Newsletter"}, finished_at=timezone.now(), configuration={"mapping": {}},
    )  # fmt: skip
    run.record("planned", batches=2, encoding="json", send=40_000, invalid_email=3)
    run.record("answer_lost", batch=1)
    run.record("activity_adopted", batch=1, activity="8b0f")
    run.record("batch_refused", batch=2, told="400 Bad Request")
    run.record("throttled", told="429 throttled")
    run.record("cancel_requested")
    run.record("reconnect", told="invalid_grant")
    return run


def test_every_line_is_a_sentence(run):
    assert [line.text for line in history_of(run)] == [
        "The plan was made: To be sent: 40,000 · Invalid email address: 3 · 2 batches · JSON import",
        "The answer about batch 1 was lost; it is sent again.",
        "The answer about batch 1 was lost; its job 8b0f was found and is followed.",
        "Constant Contact refused batch 2.",
        "Constant Contact asked us to slow down.",
        "Somebody cancelled the run.",
        "Constant Contact no longer accepts the connection “Newsletter”.",
    ]


def test_what_constant_contact_said_is_kept_verbatim_and_marked_as_english(run, alice_client):
    address = reverse("admin:exports_run_change", args=[run.pk])
    page = alice_client.get(address, headers={"accept-language": "zh-hans"})

    assert '<span class="cc-code" lang="en">400 Bad Request</span>' in page.text
    assert "batch_refused" not in page.text
