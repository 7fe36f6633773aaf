"""Imports are queued, followed, and end on the list."""

import json

import pytest

from constant_contact import IMPORT_FIELDS, RejectedError, ThrottledError, csv_body, custom_field_key, json_body

SAMPLES = {
    "email": "ann@example.com",
    "date": "2020-02-29",
    "month": 2,
    "day": 29,
    "phone": "617 555 0100",
    "text": "Å 1",
}


def finished(cc, sandbox, activity):
    sandbox.settle()
    return cc.activity(activity.activity_id)


def test_a_json_import_lands_on_the_list(cc, sandbox):
    field = cc.create_custom_field("Loyalty tier")
    contact = {"email": "ann@example.com", "first_name": "Ann", custom_field_key(field.name): "gold"}
    body = json_body([json.dumps(contact), '{"email":"no address"}'], [sandbox.newsletter])

    activity = cc.import_json(body)
    done = finished(cc, sandbox, activity)

    assert activity.state == "initialized"
    assert not activity.is_final
    assert done.succeeded
    assert (done.percent_done, done.errors) == (100, ())
    assert (done.counters.items_total, done.counters.correctable) == (2, 1)
    assert done.created_at <= done.started_at <= done.completed_at
    (member,) = sandbox.members(sandbox.newsletter)
    assert member["first_name"] == "Ann"


@pytest.mark.parametrize("name", IMPORT_FIELDS)
def test_every_field_is_known_to_the_api_and_its_samples_accepted(cc, sandbox, name):
    contact = {"email": "ann@example.com", name: SAMPLES[IMPORT_FIELDS[name].kind]}
    if name.startswith("birthday"):
        contact |= {"birthday_month": 2, "birthday_day": 29}

    activity = cc.import_json(json_body([json.dumps(contact)], [sandbox.newsletter]))

    counters = finished(cc, sandbox, activity).counters
    assert (counters.person, counters.error, counters.correctable) == (1, 0, 0)
    (member,) = sandbox.members(sandbox.newsletter)
    assert str(contact[name]) in {str(value) for value in member.values()}


def test_a_file_import_lands_on_every_list_named(cc, sandbox):
    body = csv_body(["ann@example.com,Ann", '"bob@example.com","Bob, Jr."'], "email,first_name")

    activity = cc.import_csv(body, [sandbox.newsletter, sandbox.weekly_news], "batch-1.csv")
    done = finished(cc, sandbox, activity)

    assert done.source_file_name == "batch-1.csv"
    assert (done.counters.items_total, done.counters.person) == (3, 2)
    for list_id in (sandbox.newsletter, sandbox.weekly_news):
        assert {member["first_name"] for member in sandbox.members(list_id)} == {"Ann", "Bob, Jr."}


def test_a_file_that_is_no_csv_is_rejected(cc, sandbox):
    with pytest.raises(RejectedError) as caught:
        cc.import_csv(csv_body(["ann@example.com"], "email"), [sandbox.newsletter], "batch.txt")

    assert caught.value.status == 415


def test_an_import_to_an_unknown_list_is_rejected(cc):
    with pytest.raises(RejectedError) as caught:
        cc.import_json(json_body(["{}"], ["3cd3b0c0-0000-4000-8000-000000000001"]))

    assert caught.value.error_key == "contacts.api.validation.error"


@pytest.mark.parametrize("shape", ["array", "object"])
def test_a_full_queue_is_another_refusal_than_a_pace_too_fast(cc, sandbox, shape):
    sandbox.switch(queued_jobs=1, job_seconds=60, queue_limit_body=shape)
    body = json_body(['{"email":"ann@example.com"}'], [sandbox.newsletter])
    cc.import_json(body)

    with pytest.raises(ThrottledError) as caught:
        cc.import_json(body)

    assert caught.value.queue_full


@pytest.mark.parametrize("outcome", ["failed", "cancelled", "timed_out"])
def test_a_job_that_does_not_succeed_returns_how_it_ended(cc, sandbox, outcome):
    sandbox.switch(job_outcome=outcome)

    activity = cc.import_json(json_body(['{"email":"ann@example.com"}'], [sandbox.newsletter]))
    done = finished(cc, sandbox, activity)

    assert done.state == outcome
    assert done.is_final
    assert not done.succeeded


@pytest.mark.parametrize("style", ["seconds", "milliseconds", "offset"])
def test_activities_are_found_again_whatever_the_style_of_their_times(cc, sandbox, style):
    sandbox.switch(timestamps=style)
    queued = [cc.import_json(json_body(['{"email":"ann@example.com"}'], [sandbox.newsletter])) for _ in range(3)]
    sandbox.settle()

    found = list(cc.activities(limit=2))

    assert {activity.activity_id for activity in found} == {activity.activity_id for activity in queued}
    assert all(activity.created_at for activity in found)
    assert len(list(cc.activities("completed"))) == 3
    assert list(cc.activities("processing")) == []
    assert len(list(cc.activities(limit=1, pages=2))) == 2


def test_an_unknown_activity_is_not_found(cc):
    with pytest.raises(RejectedError) as caught:
        cc.activity("3cd3b0c0-0000-4000-8000-000000000001")

    assert caught.value.not_found
