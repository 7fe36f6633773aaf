"""A claim is renewed while the work goes on, and a database that is away for a moment ends no work."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from jobs import claims
from jobs.claims import Renewal
from segments.evaluations import lifecycle
from segments.evaluations.compute import Found
from segments.models import Segment


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(claims.time, "monotonic", lambda: now[0])
    return now


class Row:
    """What a claim is written into."""

    def __init__(self) -> None:
        self.renewed, self.is_away, self.is_mine = 0, False, True

    def renew(self) -> bool:
        if self.is_away:
            raise OperationalError("gone")
        self.renewed += 1
        return self.is_mine


def test_it_is_renewed_once_a_second_however_often_it_is_asked(clock):
    row = Row()
    claim = Renewal(row.renew, lease=120)
    for _quarter in range(40):
        clock[0] += 0.25
        assert claim.is_held()
    assert row.renewed == 10


def test_a_database_that_is_away_for_less_than_the_lease_ends_no_work(clock, db):
    row = Row()
    claim = Renewal(row.renew, lease=120)
    row.is_away = True
    for _second in range(119):
        clock[0] += 1
        assert claim.is_held()
    row.is_away = False
    clock[0] += 1
    assert claim.is_held()
    assert row.renewed == 1


def test_one_that_is_away_for_longer_ends_it(clock, db):
    row = Row()
    claim = Renewal(row.renew, lease=120)
    row.is_away = True
    clock[0] += 121
    with pytest.raises(OperationalError):
        claim.is_held()


def test_a_claim_that_somebody_else_has_is_not_held(clock):
    row = Row()
    row.is_mine = False
    claim = Renewal(row.renew, lease=120)
    clock[0] += 2
    assert not claim.is_held()


def test_an_evaluation_outlives_a_moment_without_the_database(source, monkeypatch):
    segment = Segment.objects.create(name="All", source=source)
    asked: list[int] = []

    class Flickering(lifecycle.Renewal):
        def __init__(self, renew, **lease):
            def flicker():
                asked.append(1)
                if len(asked) == 1:
                    raise OperationalError("gone for a moment")
                return renew()

            super().__init__(flicker, **lease)

        def is_held(self):
            self._next = 0
            return super().is_held()

    def long(segment, cancellation):
        ends = timezone.now() + timedelta(seconds=5)
        while len(asked) < 3 and timezone.now() < ends:
            pass
        return Found(7)

    monkeypatch.setattr(lifecycle, "Renewal", Flickering)
    monkeypatch.setattr(lifecycle, "evaluate", long)
    evaluation = lifecycle.evaluate_now(segment, trigger="refresh")
    assert (evaluation.status, evaluation.member_count) == ("succeeded", 7)
