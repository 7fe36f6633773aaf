"""A date means the same in the rule and in what is sent."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.sessions import open_engine
from exports.plan.columns import accepted
from exports.runs import start_run
from profiles.attributes import Attribute, AttributeType
from profiles.value_types import TYPE_FORMATS, text_of
from segments.members.query import count_rules
from tests.support.fixtures_exports import make_segment, make_source, work_until_over

MAPPING = {"email": "email", "anniversary": "joined"}
WRITTEN = {
    "day first with slashes": ["25/12/2020", "03/04/2021"],
    "day first with dots": ["25.12.2020", "03.04.2021"],
    "day first with dashes": ["25-12-2020", "03-04-2021"],
    "month first": ["12/25/2020", "04/03/2021"],
    "single digits": ["25.12.2020", "3.4.2021"],
    "year first": ["2020/12/25", "2021/04/03"],
    "date and time": ["25.12.2020 23:59", "03.04.2021 00:00"],
    "AM and PM": ["12/25/2020 11:59 PM", "4/3/2021 12:00 AM"],
    "am and pm, day first": ["25/12/2020 11:59:00 pm", "03/04/2021 12:00:00 am"],
    "ISO": ["2020-12-25", "2021-04-03"],
    "ISO with time": ["2020-12-25T23:59:59.123", "2021-04-03 00:00:00"],
    "ISO with offsets": ["2020-12-25T23:30:00-08:00", "2021-04-03T00:30:00+09:00"],
    "ISO in UTC": ["2020-12-25 23:30:00Z", "2021-04-03T00:30:00.000Z"],
}


def people(dates):
    return [
        {"id": str(place), "email": f"p{place}@example.com", "joined": date}
        for place, date in enumerate(dates, start=1)
    ]


def is_on(day):
    return {"attribute": "joined", "operator": "equals", "value": day}


@pytest.fixture
def sent(export, sandbox, list_id, tmp_path, bob):
    """Send everybody and return what the list holds of each address."""

    def _sent(dates):
        source = make_source(tmp_path, people(dates), name="With dates")
        export.segments.set([make_segment(source, "Everybody with dates", [])])
        export.mapping = MAPPING
        export.save()
        work_until_over(start_run(export, by=bob)[0])
        found = {member["email"]: member.get("anniversary") for member in sandbox.members(list_id)}
        return source, [found.get(f"p{place}@example.com", "not sent") for place in range(1, len(dates) + 1)]

    return _sent


@pytest.mark.parametrize("form", WRITTEN)
def test_what_is_sent_is_the_day_that_the_rule_finds(sent, form):
    source, dates = sent(WRITTEN[form])

    assert [as_day(value) for value in dates] == ["2020-12-25", "2021-04-03"]
    assert source.attribute("joined").is_temporal
    for day in ("2020-12-25", "2021-04-03"):
        assert count_rules(source, {"op": "and", "rules": [is_on(day)]}) == 1


def as_day(value):
    """The list holds a date as it was sent: as YYYY-MM-DD, or in another form of theirs."""
    for form in ("%Y-%m-%d", "%m/%d/%Y", "%Y/%m/%d"):
        try:
            return datetime.strptime(value, form).date().isoformat()
        except (TypeError, ValueError):
            pass
    return value


@pytest.mark.parametrize(
    "dates",
    [
        ["0000-00-00", "2020-12-25"],
        ["0000-00-00 00:00:00", "2020-12-25 10:00:00"],
        ["00/00/0000", "25/12/2020"],
        ["00.00.0000", "25.12.2020"],
        ["0000-00-00", "25/12/2020"],
    ],
)
def test_zero_dates_are_empty_and_leave_nobody_out(sent, dates):
    source, found = sent(dates)

    assert source.attribute("joined").is_temporal
    assert count_rules(source, {"op": "and", "rules": [{**is_on(None), "operator": "isNull"}]}) == 1
    assert count_rules(source, {"op": "and", "rules": [{**is_on("2030-01-01"), "operator": "lessThan"}]}) == 1
    assert not found[0]
    assert as_day(found[1]) == "2020-12-25"


FORMATS = sorted({one.format for one in TYPE_FORMATS if one.format.startswith("%")})
moments = st.datetimes(datetime(1900, 1, 1), datetime(2099, 12, 31))


@settings(max_examples=60, deadline=None)
@given(moment=moments, form=st.sampled_from(FORMATS))
def test_every_format_is_converted_as_plain_python_reads_it(moment, form):
    type = "moment" if "%M" in form else "date"
    attribute = Attribute("d", type, format=form)

    with open_engine() as duck:
        duck.execute("CREATE TABLE t AS SELECT $written AS d", {"written": moment.strftime(form)})
        query = f"SELECT {text_of(attribute, AttributeType.DATE).sql('duckdb')} AS value_1, true AS is_odd FROM t"
        duck.execute(f"CREATE VIEW staged AS {query}")
        sent = accepted(1, ["email", "anniversary"]).sql("duckdb")
        [found] = duck.execute(f"SELECT {sent} FROM staged").fetchone()

    assert found == moment.date().isoformat()


def test_days_of_all_months_are_the_same_in_the_rule_and_when_sent(sent):
    days = [date(2024, 1, 31) + timedelta(days=37 * step) for step in range(24)]
    source, found = sent([day.strftime("%d/%m/%Y") for day in days])

    assert [as_day(value) for value in found] == [day.isoformat() for day in days]
    for day in days:
        assert count_rules(source, {"op": "and", "rules": [is_on(day.isoformat())]}) == 1
