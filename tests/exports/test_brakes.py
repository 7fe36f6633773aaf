"""What trips a brake: rules over the counts of a plan, the last settled run and the list, without running anything."""

from typing import Any

import pytest
from django.utils import timezone

from connections.models import Connection
from engine.sessions import open_engine
from exports.brakes.measure import MEASURES, messages_of, tripped_by
from exports.brakes.table import BRAKES
from exports.forms.brakes import brake_fields, brakes_in
from exports.models import Export, Roster, Run
from exports.models.configuration import configuration_of, freeze, means_the_same
from profiles.snapshots import store_parquet
from tests.exports.pages import plain_export


@pytest.fixture
def export(db) -> Export:
    connected = Connection.objects.create(display_name="News", state="connected", saved_at=timezone.now())
    return plain_export(connected, "a-list")


def run_of(export: Export, brakes: dict[str, Any] | None = None, /, status: str = "planned", **counts: int) -> Run:
    over = timezone.now() if status in Run.SETTLED else None
    configuration = {**freeze(export), "brakes": brakes or {}}
    return Run.objects.create(
        export=export, trigger="on_demand", status=status, counts=counts, finished_at=over, configuration=configuration
    )


def tripped(run: Run) -> dict[str, int]:
    return {each["code"]: each["value"] for each in tripped_by(run)}


def stored(folder, rows: str, columns: str, *, kind: str = "plans") -> str:
    path = folder / "rows.parquet"
    with open_engine(reach=[folder]) as duck:
        duck.execute(f"COPY (SELECT * FROM (VALUES {rows}) AS t({columns})) TO '{path}'")
    return store_parquet(kind, path)


@pytest.mark.parametrize(
    ("before", "now", "found"),
    [
        (1000, 501, {}),
        (1000, 500, {}),  # the limit itself is no more than the limit
        (1000, 499, {"shrank": 51}),  # a share above its limit never looks like it
        (1000, 1500, {}),
        (1000, 1501, {"grew": 51}),
        (1000, 0, {"empty": 1}),  # that it shrank, too, would say the same again
        (14, 5, {}),  # nine people fewer stop no short list
        (14, 4, {"shrank": 72}),
        (0, 1000, {}),  # a run of nobody is nothing to be compared with
    ],
)
def test_segments_that_shrank_or_grew_by_more_than_the_limit_trip(before, now, found, export):
    run_of(export, status="succeeded", send=before - before // 4, unchanged=before // 4)
    assert tripped(run_of(export, send=now // 3, unchanged=now - now // 3)) == found


def test_a_first_run_is_compared_with_nothing(export):
    run_of(export, status="planned", send=10_000)
    assert tripped(run_of(export, send=5)) == {}
    other = plain_export(export.connection, "another-list", "Other")
    Run.objects.all().delete()
    run_of(other, status="succeeded", send=10_000)
    assert tripped(run_of(export, send=5)) == {}


def test_rows_about_people_who_are_no_candidates_are_not_among_the_selected(export):
    run_of(export, status="succeeded", send=100)
    assert tripped(run_of(export, {"removed": None}, leaver=100)) == {"empty": 1}


def test_only_faults_of_data_count_as_left_out(export):
    assert tripped(run_of(export, send=40, opted_out=60, left_list=20, suppressed=9, duplicate=30)) == {}
    assert tripped(run_of(export, send=40, no_email=30, invalid_email=11)) == {"left_out": 51}
    assert tripped(run_of(export, send=1, no_email=9)) == {}


def test_what_somebody_set_counts_instead_of_the_default(export):
    run_of(export, status="succeeded", send=100)
    assert tripped(run_of(export, {"shrank": 30}, send=69)) == {"shrank": 31}
    assert tripped(run_of(export, {"shrank": None, "empty": None})) == {}
    assert tripped(run_of(export, {"shrank": 0, "at_least": 0}, send=99)) == {"shrank": 1}


def test_new_people_are_those_the_list_did_not_have_or_without_it_the_last_plan(export, tmp_path):
    earlier = run_of(export, status="succeeded", send=1, unchanged=1)
    earlier.plan_file = stored(tmp_path, "('a@x.org', 'send'), ('b@x.org', 'unchanged')", "email, disposition")
    earlier.save()
    run = run_of(export, {"new_people": 1}, send=3)
    rows = "('a@x.org', 'send'), ('c@x.org', 'send'), ('d@x.org', 'send')"
    run.plan_file = stored(tmp_path, rows, "email, disposition")
    assert tripped(run) == {"new_people": 2}
    rows = "('a@x.org', 'send', true), ('c@x.org', 'send', true), ('d@x.org', 'send', null)"
    run.plan_file = stored(tmp_path, rows, "email, disposition, on_list")
    assert tripped(run) == {}
    run.plan_file = ""
    assert tripped(run) == {"new_people": 3}  # what can't be told is not taken for nobody


def test_removals_are_a_share_of_who_is_on_the_list(export, tmp_path):
    people = ", ".join(f"('{number}@x.org', true, NULL::TIMESTAMP, NULL::TIMESTAMP)" for number in range(60))
    gone = ", ('gone@x.org', true, NULL::TIMESTAMP, now()::TIMESTAMP), ('not@x.org', false, NULL, NULL)"
    roster = stored(tmp_path, people + gone, 'email, on_list, "left", removed', kind="rosters")
    account = configuration_of(run_of(export, status="planned"))["account_id"]
    Roster.objects.create(account_id=account, list_id="a-list", file=roster)
    run = run_of(export, send=50, leaver=14, former_address=2)
    kinds = [("leaver", "remove")] * 11 + [("leaver", "keep")] * 3 + [("former_address", "remove new@x.org")] * 2
    run.plan_file = stored(tmp_path, ", ".join(map(str, kinds)), "disposition, reason")
    (found,) = tripped_by(run)
    assert (found["code"], found["part"], found["whole"], found["value"]) == ("removed", 13, 60, 22)
    text = str(messages_of([found])[0])
    assert text == "13 people would be removed from the list, 22% of the 60 on it. The limit is 20%."


def test_every_brake_has_a_measure_and_a_sentence(export):
    assert {brake.code for brake in BRAKES} == set(MEASURES)
    values = dict.fromkeys(("value", "limit", "part", "whole", "now"), 1234)
    for brake in BRAKES:
        assert messages_of([{"code": brake.code, **values}])[0].happened


def test_the_form_keeps_only_what_differs_and_leaves_alone_what_it_is_not_asked():
    names = brake_fields({})
    assert [names[f"brake_{code}"].initial for code in ("empty", "shrank", "new_people", "at_least")] == [
        "1", 50, None, 10,
    ]  # fmt: skip
    before = {"grew": 70, "at_least": 5}
    assert brakes_in({}, {}, before) == before
    data = {"brake_empty": "", "brake_shrank": "50", "brake_new_people": "500", "brake_grew": "", "brake_at_least": ""}
    cleaned = {name: int(value) if value else None for name, value in data.items()}
    assert brakes_in(data, cleaned, before) == {"empty": None, "grew": None, "new_people": 500, "at_least": 0}


def test_a_preview_is_out_of_date_once_the_brakes_were_set_anew(export):
    run = run_of(export)
    export.brakes = {"shrank": 10}
    assert not means_the_same(freeze(export), configuration_of(run))
