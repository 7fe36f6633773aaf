"""When a timetable comes next: over a year, and on the days that clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim

from exports.models.recurrence import DAILY, MONTHLY, WEEKLY, Timing, is_late, next_times
from exports.schedule.timetables import zones

NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC)
NEW_YORK, BERLIN, LORD_HOWE = "America/New_York", "Europe/Berlin", "Australia/Lord_Howe"
ZONES = (NEW_YORK, BERLIN, LORD_HOWE, "Asia/Shanghai", "UTC")


def through(timing: Timing, begin: datetime, end: datetime) -> list[datetime]:
    """Every moment of the timetable as the product finds them: one after the other, each from the one before."""
    moments, at = [], begin
    while (at := next_times(timing, at, 1)[0]) <= end:
        moments.append(at)
    return moments


def local(moments: list[datetime], zone: str) -> list[str]:
    return [f"{moment.astimezone(ZoneInfo(zone)):%m-%d %H:%M %z}" for moment in moments]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("repeat", "days", "expression"),
    [(DAILY, (), "* * *"), (WEEKLY, (1, 4), "* * 1,4"), (MONTHLY, (1, 15), "1,15 * *")],
)
@pytest.mark.parametrize("time", ["02:30", "01:15", "23:59"])
def test_a_year_is_what_the_library_expects(zone, repeat, days, expression, time):
    end = NEW_YEAR + timedelta(days=365)
    hour, minute = map(int, time.split(":"))
    expected = []
    for moment in CronSim(f"{minute} {hour} {expression}", NEW_YEAR.astimezone(ZoneInfo(zone))):
        if moment > end:
            break
        expected.append(moment.astimezone(UTC))
    assert through(Timing(repeat, zone, (time,), days), NEW_YEAR, end) == expected


@pytest.mark.parametrize(
    ("zone", "day", "skipped", "first_that_exists"),
    [
        (NEW_YORK, (2027, 3, 14), "02:30", "03-14 03:00 -0400"),
        (BERLIN, (2027, 3, 28), "02:30", "03-28 03:00 +0200"),
        (LORD_HOWE, (2027, 10, 3), "02:15", "10-03 02:30 +1100"),
    ],
)
def test_a_time_that_the_day_leaves_out_comes_at_the_first_minute_that_exists(zone, day, skipped, first_that_exists):
    midnight = datetime(*day, tzinfo=ZoneInfo(zone))
    timing = Timing(DAILY, zone, (skipped,))
    first, second = next_times(timing, midnight, 2)
    assert local([first], zone) == [first_that_exists]
    assert f"{second.astimezone(ZoneInfo(zone)):%H:%M}" == skipped
    assert next_times(timing, first, 1) == [second]


@pytest.mark.parametrize(
    ("zone", "day", "twice", "the_first"),
    [
        (NEW_YORK, (2027, 11, 7), "01:30", "11-07 01:30 -0400"),
        (BERLIN, (2027, 10, 31), "02:30", "10-31 02:30 +0200"),
        (LORD_HOWE, (2027, 4, 4), "01:45", "04-04 01:45 +1100"),
    ],
)
def test_a_time_that_the_day_has_twice_comes_once(zone, day, twice, the_first):
    midnight = datetime(*day, tzinfo=ZoneInfo(zone))
    tomorrow = midnight + timedelta(days=1)
    timing = Timing(DAILY, zone, (twice,))
    assert local(through(timing, midnight, tomorrow), zone) == [the_first]
    # Whoever asks within the second of the two hours is not sent back to the first.
    at = midnight.astimezone(UTC)
    while at < tomorrow:
        assert next_times(timing, at, 1)[0] > at
        at += timedelta(minutes=5)


def test_two_times_that_fall_onto_one_moment_are_one():
    timing = Timing(DAILY, BERLIN, ("02:15", "02:45", "03:00"))
    moments = through(timing, datetime(2027, 3, 28, tzinfo=ZoneInfo(BERLIN)), datetime(2027, 3, 28, 23, tzinfo=UTC))
    assert local(moments, BERLIN) == ["03-28 03:00 +0200"]


def test_four_times_a_day_come_in_their_order():
    timing = Timing(WEEKLY, "Asia/Shanghai", ("18:00", "06:00", "12:30", "00:00"), (0,))
    sunday = next_times(timing, datetime(2027, 1, 1, tzinfo=UTC), 5)
    assert local(sunday, "Asia/Shanghai") == [
        *("01-03 00:00 +0800", "01-03 06:00 +0800", "01-03 12:30 +0800", "01-03 18:00 +0800"),
        "01-10 00:00 +0800",
    ]


@pytest.mark.parametrize(
    ("year", "days", "expected"),
    [
        (2027, (31,), "31 28 31 30 31 30 31 31 30 31 30 31"),
        (2027, (30,), "30 28 30 30 30 30 30 30 30 30 30 30"),
        (2027, (29,), "29 28 29 29 29 29 29 29 29 29 29 29"),
        (2028, (29,), "29 29 29 29 29 29 29 29 29 29 29 29"),
        (2028, (31, 30), "30 31 29 30 31 30 30 31 30 30 31 30 31 30 30 31 30 30 31"),
        (2027, (1, 15), "1 15 " * 12),
    ],
)
def test_a_month_without_the_day_has_its_last_day_instead(year, days, expected):
    begin = datetime(year - 1, 12, 31, 23, 0, tzinfo=UTC)
    moments = through(Timing(MONTHLY, "UTC", ("02:00",), days), begin, begin + timedelta(days=368))
    assert [moment.day for moment in moments if moment.year == year] == [int(day) for day in expected.split()]


def test_late_is_more_than_the_tick_can_explain():
    planned = datetime(2027, 1, 1, 2, 0, tzinfo=UTC)
    assert not is_late(planned, planned + timedelta(minutes=4))
    assert is_late(planned, planned + timedelta(hours=5))
    assert not is_late(None, planned)


def test_places_of_the_world_are_offered_and_no_riddles():
    assert {"UTC", NEW_YORK, BERLIN, LORD_HOWE, "Asia/Shanghai"} <= set(zones())
    assert "Etc/GMT+5" not in zones()
    assert "Factory" not in zones()
    assert "../../etc/passwd" not in zones()
