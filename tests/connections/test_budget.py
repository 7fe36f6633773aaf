"""One pace and one daily quota for an API key, whoever asks."""

import json
import time
from datetime import UTC, datetime

import pytest
import time_machine
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from connections import budget
from connections.budget import forecast, pacer, quota_used_up
from connections.clients import client_for
from connections.models import RequestBudget
from constant_contact import QuotaExceededError, ThrottledError
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


def test_quota_refusal_of_constant_contact_outweighs_our_own_count(ten_a_day):
    pacer(KEY)()
    with time_machine.travel(datetime(2026, 11, 24, 12, tzinfo=UTC)):
        quota_used_up(KEY, datetime(2026, 11, 25, tzinfo=UTC))
        assert forecast(KEY).left == 0
        with pytest.raises(QuotaExceededError):
            pacer(KEY, for_page=True)()


def test_pacer_reports_each_request(ten_a_day):
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


def test_a_run_that_stops_at_the_reserve_closes_the_key_for_no_page(connection, settings):
    settings.CONSTANT_CONTACT_REQUESTS_PER_DAY = 10
    run, page = client_for(connection, for_page=False), client_for(connection, for_page=True)
    for _request in range(9):
        run.account_summary()
    with pytest.raises(QuotaExceededError) as refusal:
        run.account_summary()

    assert not refusal.value.by_vendor
    assert RequestBudget.objects.get().exhausted_until is None
    assert page.account_summary().organization_name


@pytest.mark.parametrize("for_page", [True, False])
def test_the_day_that_constant_contact_calls_used_up_is_over_for_runs_and_pages(connection, constant_contact, for_page):
    constant_contact.switch(requests_per_day=1)
    client = client_for(connection, for_page=for_page)
    client.account_summary()

    with pytest.raises(QuotaExceededError) as refusal:
        client.account_summary()

    assert refusal.value.by_vendor
    assert RequestBudget.objects.get().exhausted_until == refusal.value.resets_at
    asked = len(constant_contact.requests())
    for another in (True, False):
        with pytest.raises(QuotaExceededError) as refusal:
            client_for(connection, for_page=another).account_summary()
        assert not refusal.value.by_vendor
    assert len(constant_contact.requests()) == asked


def test_a_host_whose_clock_is_a_minute_ahead_holds_up_nobody(settings):
    settings.CONSTANT_CONTACT_REQUESTS_PER_SECOND = 4
    ahead = time.time() + 60
    RequestBudget.objects.create(client_id=KEY, turns=[ahead, ahead, ahead, ahead])

    began = time.monotonic()
    with pacer(KEY, for_page=True)():
        pass

    assert time.monotonic() - began < 2


def test_a_turn_further_away_than_a_request_may_wait_is_refused_at_once(settings):
    settings.CONSTANT_CONTACT_REQUESTS_PER_SECOND = 1 / 600
    pacer(KEY)()

    began = time.monotonic()
    with pytest.raises(ThrottledError):
        pacer(KEY, for_page=True)()

    assert time.monotonic() - began < 2


class Clock:
    """A clock that only sleeping moves, in the place of this machine's."""

    def __init__(self, monkeypatch):
        self.now, self.slept = 1_790_000_000.0, []
        monkeypatch.setattr(budget.time, "sleep", self.sleep)
        monkeypatch.setattr(budget.time, "monotonic", lambda: self.now)
        monkeypatch.setattr(budget.timezone, "now", lambda: datetime.fromtimestamp(self.now, UTC))

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


NEAR = st.floats(-30, 30).map(lambda seconds: 1_790_000_000.0 + seconds)
FAR = st.one_of(st.floats(0, 1e18), st.integers(-(10**30), 10**30))
GARBAGE = st.one_of(st.none(), st.booleans(), st.text("ab"), st.lists(st.integers(), max_size=2), st.just({}))
ROWS = st.one_of(st.lists(st.one_of(NEAR, FAR, GARBAGE), max_size=12), GARBAGE.filter(lambda row: row is not None))


@given(turns=ROWS, rate=st.sampled_from([0.02, 0.5, 1, 4, 20, 50]), asked=st.integers(1, 12))
@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_stored_nobody_waits_longer_than_allowed_or_asks_more_often(settings, turns, rate, asked):
    settings.CONSTANT_CONTACT_REQUESTS_PER_SECOND = rate
    RequestBudget.objects.update_or_create(client_id=KEY, defaults={"turns": turns, "day": None, "spent": 0})
    with pytest.MonkeyPatch.context() as patch:
        clock, taken = Clock(patch), []
        for _request in range(asked):
            began = clock.now
            try:
                with pacer(KEY, for_page=True)():
                    taken.append(clock.now)
            except ThrottledError:
                clock.now += 1
            assert clock.now - began <= budget.MAX_WAIT + 1

    assert all(seconds <= budget.MAX_WAIT for seconds in clock.slept)
    most = max(1, int(rate))
    for first, later in zip(taken, taken[most:], strict=False):
        assert later - first >= most / rate
