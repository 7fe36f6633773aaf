"""Retry failed batches: a new run that sends just what the last one left."""

import pytest
from django.urls import reverse

from exports.models import Batch, Export, Run
from exports.plan import cut
from exports.reports.attention import can_retry, unsent
from exports.runs import start_run
from tests.support.fixtures_exports import REACHED, on_list, work_until_over

RETRY = "Retry failed batches"
# A tenth of these few is nobody, and nobody is counted: such a job imported nothing for certain.
TOOK_NOBODY = {"outcome": "failed", "share": 0.1}


@pytest.fixture
def one_of_three_failed(export, sandbox, bob, monkeypatch) -> Run:
    """A run of three batches, the second of which Constant Contact could not finish."""
    monkeypatch.setattr(cut, "MAX_ROWS", 1)
    monkeypatch.setattr(cut, "CSV_MAX_ROWS", 1)
    sandbox.job_fault(**TOOK_NOBODY, skip=1)
    run = work_until_over(start_run(export, by=bob)[0])
    refused = run.batches.get(state=Batch.State.REFUSED)
    assert (refused.number, refused.reason) == (2, "activity_failed")
    return run


def page_of(client, run: Run) -> str:
    return client.get(reverse("admin:exports_run_change", args=[run.pk])).text


def test_only_the_profiles_of_failed_batches_are_sent_again(
    one_of_three_failed, export, sandbox, list_id, alice_client
):
    assert (one_of_three_failed.status, unsent(one_of_three_failed)) == ("completed_with_errors", 1)
    assert RETRY in page_of(alice_client, one_of_three_failed)

    alice_client.post(reverse("admin:exports_export_run_now", args=[export.pk]))
    run = work_until_over(Run.objects.first())

    assert (run.counts["send"], run.counts["unchanged"]) == (1, 2)
    assert run.batches.count() == 1
    assert on_list(sandbox, list_id) == REACHED


def test_a_later_run_has_dealt_with_it(one_of_three_failed, export, bob, alice_client):
    work_until_over(start_run(Export.objects.get(pk=export.pk), by=bob)[0])

    assert not can_retry(one_of_three_failed)
    assert RETRY not in page_of(alice_client, one_of_three_failed)


def test_when_nothing_was_imported_everybody_is_sent_again(export, sandbox, bob, alice_client):
    sandbox.job_fault(**TOOK_NOBODY)
    run = work_until_over(start_run(export, by=bob)[0])

    assert (run.status, run.reason, unsent(run), can_retry(run)) == ("failed", "all_refused", 3, True)
    assert RETRY in page_of(alice_client, run)
    assert work_until_over(start_run(Export.objects.get(pk=export.pk), by=bob)[0]).counts["send"] == 3


def test_a_viewer_is_offered_nothing_to_press(one_of_three_failed, carol_client):
    assert RETRY not in page_of(carol_client, one_of_three_failed)


def test_a_run_that_imported_everything_has_nothing_to_retry(export, bob, alice_client):
    run = work_until_over(start_run(export, by=bob)[0])

    assert unsent(run) == 0
    assert RETRY not in page_of(alice_client, run)
