"""One worker at a time, and a dead one is noticed."""

from datetime import timedelta

from django.utils import timezone
from django_q.models import OrmQ

from exports.models import Run
from exports.runs import LEASE, claim_run, finish_run, release_run, renew_lease, start_run
from exports.tasks import advance_open_runs, advance_run
from tests.support.fixtures_exports import work_until_over


def test_only_one_of_two_workers_gets_the_run(export, bob):
    run = start_run(export, by=bob)[0]
    assert claim_run(run.pk) is not None
    assert claim_run(run.pk) is None


def test_a_run_whose_worker_died_can_be_claimed_when_its_lease_has_lapsed(export, bob):
    run = start_run(export, by=bob)[0]
    dead = claim_run(run.pk)
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    alive = claim_run(run.pk)
    assert alive is not None
    assert not renew_lease(dead)
    assert not finish_run(dead, Run.Status.FAILED)
    release_run(dead, resume_at=timezone.now())
    run.refresh_from_db()
    assert (run.status, run.lease) == (Run.Status.RUNNING, alive.lease)


def test_the_row_and_its_message_are_one_fact(export, bob):
    start_run(export, by=bob)
    assert OrmQ.objects.count() == 1


def test_a_claim_leaves_a_message_for_the_case_that_its_worker_dies(export, bob):
    run = start_run(export, by=bob)[0]
    claim_run(run.pk)
    latest = OrmQ.objects.order_by("-lock").first()
    assert timedelta(0) < latest.lock - timezone.now() <= LEASE + timedelta(seconds=1)


def test_the_tick_rings_for_runs_that_should_have_gone_on(export, bob):
    run = start_run(export, by=bob)[0]
    OrmQ.objects.all().delete()
    advance_open_runs()
    assert OrmQ.objects.count() == 1
    Run.objects.filter(pk=run.pk).update(resume_at=timezone.now() + timedelta(hours=1))
    advance_open_runs()
    assert OrmQ.objects.count() == 1


def test_a_message_for_a_run_that_is_over_does_nothing(export, sandbox, bob):
    run = work_until_over(start_run(export, by=bob)[0])
    finished_at = run.finished_at
    advance_run(run.pk)
    run.refresh_from_db()
    assert run.finished_at == finished_at
    assert sandbox.stats()["imports"] == 1
