"""A row of work is taken by one worker at a time, found again when that one died, and given up in the end."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from django_q.models import OrmQ

from jobs.attempts import gap_after
from jobs.limits import LIMITS, WAITS
from segments.evaluations.lifecycle import CLAIMS
from segments.models import Evaluation, Segment

SECOND = timedelta(seconds=1)


@pytest.fixture
def rows(source):
    evaluation = Evaluation.objects.create(segment=Segment.objects.create(name="All", source=source), trigger="refresh")
    return Evaluation.objects.filter(pk=evaluation.pk)


def messages():
    return OrmQ.objects.count()


def test_a_row_is_taken_once_and_again_after_its_claim_ran_out(rows):
    assert CLAIMS.take(rows, status="running")
    assert not CLAIMS.take(rows)
    with time_machine.travel(timezone.now() + CLAIMS.lease + SECOND):
        assert CLAIMS.take(rows)
    row = rows.get()
    assert (row.status, row.attempts) == ("running", 2)


def test_a_row_that_is_put_off_is_due_at_its_time_and_not_before(rows):
    CLAIMS.take(rows, status="running")
    until = timezone.now() + timedelta(minutes=5)
    CLAIMS.put_off(rows, rows.get().pk, until, status="queued")
    assert (rows.get().attempts, messages()) == (0, 1)
    assert list(CLAIMS.due(rows, until)) == []
    assert list(CLAIMS.due(rows, until + SECOND)) == [rows.get().pk]


def test_a_row_that_somebody_else_has_since_is_not_put_off(rows):
    CLAIMS.put_off(rows.none(), rows.get().pk, timezone.now())
    assert messages() == 0


def test_a_row_whose_message_was_lost_is_asked_for_again(rows):
    CLAIMS.resume(rows, pytest.fail)
    assert messages() == 0
    with time_machine.travel(timezone.now() + timedelta(seconds=WAITS.lost) + SECOND):
        CLAIMS.resume(rows, pytest.fail)
    assert messages() == 1


def test_a_row_that_had_all_its_attempts_is_given_up_and_not_asked_for(rows):
    rows.update(status="running", attempts=LIMITS.evaluation.attempts, claimed_until=timezone.now() - SECOND)
    given_up = []
    CLAIMS.resume(rows, given_up.append)
    assert ([row.pk for row in given_up], messages()) == ([rows.get().pk], 0)


def test_a_row_whose_workers_died_twice_waits_for_the_gap(rows):
    rows.update(status="running", attempts=2, claimed_until=timezone.now() - SECOND)
    CLAIMS.resume(rows, pytest.fail)
    assert messages() == 0
    with time_machine.travel(timezone.now() + gap_after(2)):
        CLAIMS.resume(rows, pytest.fail)
    assert messages() == 1
