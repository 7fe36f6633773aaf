"""What a preview says sending will cost: calls of the day, and minutes."""

import pytest

from connections.models import RequestBudget
from exports.models import Batch
from exports.pipeline.estimate import estimate

pytestmark = pytest.mark.django_db


def batches(count: int, rows: int = 40_000) -> list[Batch]:
    return [Batch(number=number, rows=rows, body_bytes=1) for number in range(count)]


def test_nothing_to_send_costs_nothing():
    assert (estimate([]).calls, estimate([]).minutes) == (0, 0)


def test_each_batch_costs_a_call_beside_looking_at_the_list_and_the_activities():
    one, two = estimate(batches(1)), estimate(batches(2))
    assert one.calls > 2
    assert two.calls > one.calls


def test_a_million_profiles_take_about_the_documented_hour():
    assert 60 <= estimate(batches(25)).minutes <= 65
    assert estimate(batches(25)).calls < 150


def test_a_few_profiles_take_a_minute():
    assert estimate(batches(1, rows=5)).minutes == 1


def test_budget_that_is_too_small_is_shown(settings):
    settings.CONSTANT_CONTACT_REQUESTS_PER_DAY = 10
    assert not estimate(batches(25)).is_affordable
    assert RequestBudget.objects.count() == 0  # looking spends nothing
