"""One run, end to end: from the segment's members to the list, and what is said about everybody."""

import pytest

from exports.models import Batch, Export, OptOuts, Run
from exports.plan.reader import find_person, left_out_rows, open_plan
from exports.runs import start_run
from tests.support.fixtures_exports import REACHED, api_calls, make_segment, on_list, work_until_over


def test_the_list_holds_exactly_the_valid_members_with_exactly_their_values(export, sandbox, list_id, bob):
    run, started = start_run(export, by=bob)
    assert started
    run = work_until_over(run)
    assert on_list(sandbox, list_id) == REACHED
    ana = next(member for member in sandbox.members(list_id) if member["email"] == "ana@example.com")
    assert (ana["first_name"], ana["last_name"]) == ("Ana", "Alvarez")


def test_fields_with_shorter_names_than_email_change_nothing(export, sandbox, list_id, bob):
    """PostgreSQL stores the keys of an object by length: there "zip" stands before "email"."""
    export.mapping = {"zip": "country", **export.mapping}
    export.save()
    run = start_run(export, by=bob)[0]
    Run.objects.filter(pk=run.pk).update(configuration=run.configuration | {"mapping": export.mapping})
    work_until_over(run)
    assert on_list(sandbox, list_id) == REACHED


def test_everybody_is_accounted_for(export, bob):
    run = work_until_over(start_run(export, by=bob)[0])
    accepted = sum(batch.accepted for batch in run.batches.all())
    left_out = sum(count for kind, count in run.counts.items() if kind != "send")
    assert (run.selected, accepted, left_out) == (6, 3, 3)
    assert run.counts == {"send": 3, "no_email": 1, "invalid_email": 1, "duplicate": 1}
    assert run.status == Run.Status.COMPLETED_WITH_ERRORS
    assert run.reason == "some_left_out"


def test_a_run_in_which_nobody_is_left_out_is_successful(export, source, bob):
    japan = {"attribute": "country", "operator": "equals", "value": "Japan", "ignore_case": True}
    export.segments.set([make_segment(source, "Japan", [japan])])
    run = work_until_over(start_run(export, by=bob)[0])
    assert (run.status, run.reason) == (Run.Status.SUCCEEDED, "")


def test_a_first_run_of_a_few_profiles_costs_five_calls(export, sandbox, bob, list_id):
    """The list, how many contacts there are, who opted out; the import, and what became of it."""
    OptOuts.objects.all().delete()  # nobody has looked yet
    run = work_until_over(start_run(export, by=bob)[0])
    (batch,) = run.batches.all()
    assert api_calls(sandbox) == [
        f"GET /v3/contact_lists/{list_id}",
        "GET /v3/contacts/counts",
        "GET /v3/contacts",
        "POST /v3/activities/contacts_json_import",
        f"GET /v3/activities/{batch.activity_id}",
    ]
    assert run.calls == 5


def test_a_member_of_two_segments_is_sent_once(export, source, bob):
    export.segments.add(make_segment(source, "Everybody", []))
    run = work_until_over(start_run(export, by=bob)[0])
    assert run.counts == {"send": 4, "no_email": 1, "invalid_email": 1, "duplicate": 1}


def test_the_left_out_report_names_each_profile_and_its_reason(export, bob):
    run = work_until_over(start_run(export, by=bob)[0])
    rows = [tuple(map(str, row)) for row in left_out_rows(run)]
    assert len(rows) == 3
    assert ("4", "josé@example.com", "Invalid email address") in [row[:3] for row in rows]


def test_the_plan_tells_what_became_of_a_person(export, bob):
    run = work_until_over(start_run(export, by=bob)[0])
    kept, twice = sorted(find_person(run, " Ana@Example.com "), key=lambda outcome: outcome.row.profile_id)
    assert (kept.row.disposition, kept.batch.state) == ("send", Batch.State.COMPLETED)
    assert (twice.row.disposition, twice.batch) == ("duplicate", None)
    assert find_person(run, "nobody@example.com") == []


def test_a_second_click_opens_the_run_in_progress(export, bob):
    first, started = start_run(export, by=bob)
    again, started_again = start_run(export, by=bob)
    assert (started, started_again, again.pk) == (True, False, first.pk)


def test_an_empty_segment_skips_the_run_and_sends_nothing_when_no_brake_minds(export, source, sandbox, bob):
    Export.objects.filter(pk=export.pk).update(brakes={"empty": None})
    export.refresh_from_db()
    nobody = {"attribute": "country", "operator": "equals", "value": "Nowhere", "ignore_case": True}
    export.segments.set([make_segment(source, "Nobody", [nobody])])
    run = work_until_over(start_run(export, by=bob)[0])
    assert (run.status, run.reason) == (Run.Status.SKIPPED, "no_members")
    assert sandbox.stats()["imports"] == 0


def test_more_profiles_than_allowed_skip_the_run_and_send_nothing(export, settings, sandbox, bob):
    settings.MAX_PROFILES_PER_EXPORT = 4
    run = work_until_over(start_run(export, by=bob)[0])
    assert (run.status, run.reason) == (Run.Status.SKIPPED, "too_many_profiles")
    assert run.reason_details == {"found": 5, "most": 4}
    assert sandbox.stats()["imports"] == 0


def test_somebody_who_unsubscribed_is_not_put_back_and_is_counted(export, sandbox, list_id, bob):
    sandbox.add_contacts({"email": "ben@example.com", "lists": [list_id]})
    sandbox.unsubscribe("ben@example.com")
    run = work_until_over(start_run(export, by=bob)[0])
    assert on_list(sandbox, list_id) == REACHED - {"ben@example.com"}
    (batch,) = run.batches.all()
    assert (batch.accepted, batch.cannot_add, batch.counts_agree) == (2, 1, True)
    assert run.status == Run.Status.COMPLETED_WITH_ERRORS


@pytest.mark.parametrize("count", ["rows", "contacts"])
def test_either_way_of_counting_persons_adds_up(export, bob, sandbox, count):
    sandbox.switch(person_count=count)
    run = work_until_over(start_run(export, by=bob)[0])
    assert all(batch.counts_agree for batch in run.batches.all())


def test_a_plan_is_written_once_and_then_only_read(export, bob):
    run = work_until_over(start_run(export, by=bob)[0])
    with open_plan(run) as plan:
        assert plan.reasons() == [
            ("send", "", 3),
            ("duplicate", "", 1),
            ("invalid_email", "", 1),
            ("no_email", "", 1),
        ]
        assert [row.email for row in plan.sample("send")] == [
            "ana@example.com",
            "ben@example.com",
            "chen@example.com",
        ]
