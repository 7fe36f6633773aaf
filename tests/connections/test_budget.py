"""One pace and one daily quota for an API key, whoever asks."""

import json
from datetime import UTC, datetime

import pytest
import time_machine
from django.utils import timezone

from connections.budget import forecast, pacer, quota_used_up
from connections.models import RequestBudget
from constant_contact import QuotaExceededError
from tests.support.processes import at_one_moment

KEY = "an-api-key"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ten_a_day(settings):
    settings.CONSTANT_CONTACT_REQUESTS_PER_SECOND = 1_000
    settings.CONSTANT_CONTACT_REQUESTS_PER_DAY = 10


def test_many_at_once_cause_no_refusal(monkeypatch, constant_contact, processes):
    monkeypatch.setenv("CONSTANT_CONTACT_REQUESTS_PER_SECOND", "4")
    constant_contact.switch(requests_per_second=4)
    token = constant_contact.issue_tokens()["access_token"]

    started = [processes.start("tests.connections.ask_in_turn", "5", token) for _ in range(3)]
    statuses = [status for output in at_one_moment(*started) for status in json.loads(output)]

    assert statuses == [200] * 15
    assert processes.value("SELECT spent FROM connections_requestbudget") >= 15


def test_runs_stop_short_of_the_reserve_that_pages_may_use(ten_a_day):
    for _request in range(9):
        pacer(KEY)()
    with pytest.raises(QuotaExceededError):
        pacer(KEY)()
    pacer(KEY, for_page=True)()
    with pytest.raises(QuotaExceededError):
        pacer(KEY, for_page=True)()


def test_the_day_begins_anew_at_midnight_utc(ten_a_day):
    with time_machine.travel(datetime(2026, 11, 24, 23, 59, tzinfo=UTC)) as clock:
        for _request in range(9):
            pacer(KEY)()
        with pytest.raises(QuotaExceededError) as error:
            pacer(KEY)()
        assert error.value.resets_at == datetime(2026, 11, 25, tzinfo=UTC)
        assert (forecast(KEY).spent, forecast(KEY).left) == (9, 0)
        clock.move_to(datetime(2026, 11, 25, tzinfo=UTC))
        assert (forecast(KEY).spent, forecast(KEY).left) == (0, 9)
        pacer(KEY)()


def test_what_constant_contact_says_counts_more_than_our_own_count(ten_a_day):
    pacer(KEY)()
    with time_machine.travel(datetime(2026, 11, 24, 12, tzinfo=UTC)):
        quota_used_up(KEY, datetime(2026, 11, 25, tzinfo=UTC))
        assert forecast(KEY).left == 0
        with pytest.raises(QuotaExceededError):
            pacer(KEY, for_page=True)()


def test_every_turn_is_told(ten_a_day):
    told = []
    pacer(KEY, spent=lambda: told.append(1))()
    assert told == [1]


def test_the_end_of_a_long_request_counts_though_many_others_were_made_meanwhile(settings):
    settings.CONSTANT_CONTACT_REQUESTS_PER_SECOND = 4
    with pacer(KEY)():
        for _request in range(4):
            with pacer(KEY)():
                pass
        end = timezone.now().timestamp()
    turns = RequestBudget.objects.get(pk=KEY).turns
    assert len(turns) == 4
    assert turns[-1] >= end
