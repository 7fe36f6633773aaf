"""One pace and one daily quota for an API key, whoever asks."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import requests
import time_machine
from django.db import OperationalError
from django.db import connection as database

from connections.budget import forecast, pacer, quota_used_up
from connections.models import RequestBudget
from constant_contact import QuotaExceededError

KEY = "an-api-key"
pytestmark = pytest.mark.django_db(transaction=True)


def _patiently(take_turn):
    """The in-memory database that the threads of a test share refuses at once what a file or a server lets wait."""
    while True:
        try:
            return take_turn()
        except OperationalError:
            time.sleep(0.01)


@pytest.fixture
def ten_a_day(settings):
    settings.CONSTANT_CONTACT_REQUESTS_PER_SECOND = 1_000
    settings.CONSTANT_CONTACT_REQUESTS_PER_DAY = 10


def test_many_at_once_cause_no_refusal(settings, sandbox):
    settings.CONSTANT_CONTACT_REQUESTS_PER_SECOND = 4
    sandbox.switch(requests_per_second=4)
    token = sandbox.issue_tokens()["access_token"]

    def ask(number: int) -> int:
        take_turn = pacer(sandbox.client_id, for_page=bool(number % 2))
        try:
            headers = {"Authorization": f"Bearer {token}"}
            with _patiently(take_turn):
                return requests.get(f"{sandbox.api_url}/contact_lists", headers=headers, timeout=10).status_code
        finally:
            database.close()

    with ThreadPoolExecutor(6) as people:
        assert list(people.map(ask, range(14))) == [200] * 14
    assert RequestBudget.objects.get(pk=sandbox.client_id).spent >= 14


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
