"""Leavers and former addresses are taken off the list: nobody else, and not before it is certain."""

from datetime import timedelta

from django.utils import timezone

from exports.models import Export, Removal, Run
from exports.plan import removals
from exports.reports.sentence import run_sentence
from exports.runs import cancel_run, start_run
from tests.people.listed import LONG_AGO, about_to_remove, known, leavers, names, opted_out, roster_rows
from tests.support.batches import stored_batch
from tests.support.fixtures_exports import (
    PEOPLE,
    REACHED,
    api_calls,
    make_source,
    on_list,
    work_once,
    work_until_over,
)

REMOVE = "POST /v3/activities/remove_list_memberships"


def test_leavers_are_taken_off_the_list_and_stay_in_the_account(export, sandbox, list_id):
    known(export, sandbox, ["ann@x.org", "bob@x.org", "stays@x.org"])
    run = about_to_remove(export, leavers("ann@x.org", "bob@x.org"))
    run = work_until_over(run)
    assert (run.status, run.removed, run.not_removed) == (Run.Status.SUCCEEDED, 2, 0)
    assert on_list(sandbox, list_id) == {"stays@x.org"}
    assert sandbox.person("ann@x.org")["permission_to_send"] == "implicit"
    assert "2 people were taken off the list. They were not unsubscribed" in run_sentence(run)
    rows = roster_rows(export)
    assert [rows[each]["removed_by_run"] for each in ("ann@x.org", "bob@x.org", "stays@x.org")] == [
        run.pk,
        run.pk,
        None,
    ]
    assert [rows[each]["removed"] is not None for each in ("ann@x.org", "bob@x.org", "stays@x.org")] == [
        True,
        True,
        False,
    ]
    assert (rows["ann@x.org"]["on_list"], rows["stays@x.org"]["on_list"]) == (False, True)
    assert sum(call == REMOVE for call in api_calls(sandbox)) == 1
    assert [each.email for each in removals.people(run, 5)] == ["ann@x.org", "bob@x.org"]


def test_nobody_is_touched_who_is_not_ours_or_of_whom_the_roster_knows_better(export, sandbox, list_id):
    everybody = [
        "a@x.org",
        "theirs@x.org",
        "out@x.org",
        "missing@x.org",
        "left@x.org",
        "other@x.org",
        "unread@x.org",
        "back@x.org",
    ]
    known(
        export,
        sandbox,
        everybody,
        export_id=dict.fromkeys(everybody, export.pk) | {"theirs@x.org": None, "other@x.org": export.pk + 1},
        on_list=dict.fromkeys(everybody, True) | {"missing@x.org": False, "unread@x.org": None},
        left={"left@x.org": LONG_AGO},
    )
    opted_out(export, "out@x.org")
    # Somebody who is sent by this very run is no leaver of it, whatever another row says.
    rows = [*leavers(*everybody), {"email": "back@x.org", "disposition": "send", "batch": 1}]
    chosen = removals.choose(about_to_remove(export, rows))
    assert (chosen.remove, chosen.add) == (1, 0)
    run = Run.objects.get()
    run.removal_file = chosen.name
    assert [each.email for each in removals.people(run, 10)] == ["a@x.org"]


def test_keeping_costs_no_call_and_reads_no_file(export, sandbox):
    run = about_to_remove(export, [{"email": "a@x.org", "disposition": "leaver", "reason": "keep"}])
    run.configuration["leavers"] = "keep"
    run.configuration["former_addresses"] = "show"
    run.plan_file = "plans/gone.parquet"
    run.save()
    sandbox.requests()
    run = work_once(run)
    assert (run.removal_file, run.removals.count()) == ("", 0)
    assert REMOVE not in api_calls(sandbox)


def test_former_address_stays_until_the_new_one_certainly_is_there(export, sandbox):
    pairs = {"old-1@x.org": "new-1@x.org", "old-2@x.org": "new-2@x.org", "old-3@x.org": "new-3@x.org"}
    known(export, sandbox, list(pairs))
    rows = [{"email": old, "disposition": "former_address", "reason": f"remove {new}"} for old, new in pairs.items()]
    rows[2]["reason"] = "show new-3@x.org"
    run = about_to_remove(
        export,
        [
            *rows,
            {"email": "new-1@x.org", "disposition": "send", "batch": 1},
            {"email": "new-2@x.org", "disposition": "send", "batch": 2},
        ],
    )
    stored_batch(run, 1, number=1, posts=1)
    stored_batch(run, 1, number=2, posts=1, refused=1)
    run.removal_file = removals.choose(run).name
    assert [(each.email, each.kind) for each in removals.people(run, 5)] == [("old-1@x.org", "former_address")]


def test_500_contacts_go_with_each_request_and_one_call_follows_all(export, sandbox, list_id):
    known(export, sandbox, names(1_001))
    run = work_until_over(about_to_remove(export, leavers(*names(1_001))))
    assert [job.rows for job in run.removals.all()] == [500, 500, 1]
    assert run.removed == 1_001
    assert on_list(sandbox, list_id) == set()
    calls = api_calls(sandbox)
    assert calls.count(REMOVE) == 3
    assert sum(call.startswith("GET /v3/activities") for call in calls) == 1


def test_request_without_an_answer_is_made_again(export, sandbox, list_id):
    for kind in ("drop_before", "drop_after", "500", "503", "429_throttled"):
        sandbox.fault(REMOVE, kind)
    known(export, sandbox, ["ann@x.org"])
    run = work_until_over(about_to_remove(export, leavers("ann@x.org")))
    assert (run.status, run.removed) == (Run.Status.SUCCEEDED, 1)
    assert on_list(sandbox, list_id) == set()
    assert run.removals.get().posts == 5  # a 429 was none


def test_job_that_fails_is_no_removal_and_the_next_look_at_the_list_tells(export, sandbox, list_id):
    known(export, sandbox, ["ann@x.org"])
    run = about_to_remove(export, leavers("ann@x.org"))
    sandbox.switch(job_outcome="failed")
    run = work_until_over(run)
    assert (run.status, run.removed, run.not_removed) == (Run.Status.COMPLETED_WITH_ERRORS, 0, 1)
    assert "was taken off the list or put back is not known" in run_sentence(run)
    row = roster_rows(export)["ann@x.org"]
    assert (row["removed"], row["removed_by_run"], row["on_list"]) == (None, run.pk, True)


def test_run_waits_parked_while_constant_contact_is_at_it(export, sandbox):
    sandbox.switch(job_seconds=600)
    known(export, sandbox, ["ann@x.org"])
    run = work_once(about_to_remove(export, leavers("ann@x.org")))
    assert (run.status, run.reason, run.lease) == (Run.Status.WAITING, "removing", "")
    assert roster_rows(export)["ann@x.org"]["removed"] is None
    Removal.objects.update(sent_at=timezone.now() - timedelta(minutes=30))
    run = work_once(run)
    assert timedelta(seconds=50) < run.resume_at - timezone.now() <= timedelta(minutes=1)
    sandbox.advance(600)
    assert work_until_over(run).removed == 1


def test_nothing_is_removed_once_somebody_cancelled(export, sandbox, list_id, bob):
    known(export, sandbox, names(600))
    run = about_to_remove(export, leavers(*names(600)))
    assert cancel_run(run, by=bob)
    run = work_until_over(run)
    assert (run.status, run.removals.count()) == (Run.Status.CANCELLED, 0)
    assert len(on_list(sandbox, list_id)) == 600


def test_what_was_asked_for_is_followed_although_somebody_cancelled(export, sandbox, list_id, bob):
    sandbox.switch(job_seconds=600)
    known(export, sandbox, names(501))
    run = work_once(about_to_remove(export, leavers(*names(501))))
    Removal.objects.filter(number=2).update(state=Removal.State.PENDING, activity_id="", posts=0)
    cancel_run(run, by=bob)
    sandbox.advance(1_200)
    run = work_until_over(run)
    assert (run.status, run.removed) == (Run.Status.CANCELLED, 500)
    rows = roster_rows(export)
    assert (rows[names(1)[0]]["removed"] is not None, rows[names(1)[0]]["removed_by_run"]) == (True, run.pk)
    last = rows[names(501)[-1]]
    assert (last["removed"], last["removed_by_run"], last["on_list"]) == (None, None, True)
    assert "500 people were taken off the list" in run_sentence(run)


def test_whoever_may_no_longer_use_the_connection_removes_nobody(export, sandbox, list_id, connection):
    known(export, sandbox, ["ann@x.org"])
    run = about_to_remove(export, leavers("ann@x.org"))
    connection.export_user.delete()
    run = work_until_over(run)
    assert (run.status, run.reason) == (Run.Status.FAILED, "export_user_missing")
    assert on_list(sandbox, list_id) == {"ann@x.org"}


def test_who_leaves_the_segment_goes_and_comes_back_with_it(export, sandbox, list_id, tmp_path, bob):
    """From file to list: a leaver and a former address go; nobody of them counts as somebody who left."""
    export.leavers, export.former_addresses = Export.Leavers.REMOVE, Export.FormerAddresses.REMOVE
    export.save()
    ana, ben, chen, *_others = PEOPLE
    work_until_over(start_run(export, by=bob)[0])
    assert on_list(sandbox, list_id) == REACHED

    make_source(tmp_path, [{**ana, "email": "anna@example.com"}, {**ben, "country": "Japan"}, chen])
    second = work_until_over(start_run(export, by=bob)[0])
    assert (second.status, second.removed) == (Run.Status.SUCCEEDED, 2)
    assert on_list(sandbox, list_id) == {"anna@example.com", "chen@example.com"}
    assert sandbox.person("ben@example.com")["permission_to_send"] == "implicit"

    make_source(tmp_path, [{**ana, "email": "anna@example.com"}, ben, chen])
    third = work_until_over(start_run(export, by=bob)[0])
    assert (third.to_send, third.removed, third.counts.get("left_list", 0)) == (1, 0, 0)
    assert on_list(sandbox, list_id) == {"anna@example.com", "ben@example.com", "chen@example.com"}
