"""Bodies of the API become typed values, whatever they leave out or add."""

import json
from datetime import UTC, datetime

import pytest

from constant_contact import ActivityCounters
from constant_contact.parsing import moment


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-02-05T07:19:22Z", datetime(2026, 2, 5, 7, 19, 22, tzinfo=UTC)),
        ("2026-02-05T07:19:22.108Z", datetime(2026, 2, 5, 7, 19, 22, 108_000, tzinfo=UTC)),
        ("2026-02-05T07:19:22-05:00", datetime(2026, 2, 5, 12, 19, 22, tzinfo=UTC)),
        ("2026-02-05T07:32:49.766+0000", datetime(2026, 2, 5, 7, 32, 49, 766_000, tzinfo=UTC)),
        ("2026-02-05T07:19:22", datetime(2026, 2, 5, 7, 19, 22, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_in_every_form_seen(text, expected):
    assert moment(text) == expected
    assert moment(text).tzinfo is UTC


@pytest.mark.parametrize("value", [None, "", "yesterday", 17, "0001-01-01T00:00:00+23:00"])
def test_a_time_in_an_unknown_form_is_none(value):
    assert moment(value) is None


def test_an_activity_just_queued_has_no_counters_yet(scripted, service):
    service.answer(201, '{"activity_id":"a","state":"initialized","activity_errors":null,"status":null}')

    activity = scripted.import_json(b"{}")

    assert activity.counters == ActivityCounters()
    assert (activity.percent_done, activity.errors, activity.results_url) == (0, (), None)
    assert not activity.is_final


def test_an_activity_has_its_counters_errors_and_file(scripted, service):
    counters = {
        "items_total_count": 87,
        "items_completed_count": 86,
        "person_count": 20,
        "error_count": 1,
        "correctable_count": 2,
        "cannot_add_to_list_count": 3,
        "list_count": 4,
        "brand_new_count": 5,
    }
    body = {
        "activity_id": "a",
        "state": "failed",
        "percent_done": 100,
        "status": counters,
        "activity_errors": ["The list of ann@example.com is gone", {"message": "second"}, {}],
        "source_file_name": "batch.csv",
        "_links": {"self": {"href": "/v3/activities/a"}, "results": {"href": "/v3/contact_exports/f"}},
        "brand_new": {},
    }
    service.answer(200, json.dumps(body))

    activity = scripted.activity("a")

    assert activity.counters == ActivityCounters(87, 86, 20, 1, 2, 3, 4)
    assert activity.errors == ("The list of [e-mail] is gone", "second", "")
    assert (activity.source_file_name, activity.results_url) == ("batch.csv", "/v3/contact_exports/f")
    assert activity.is_final
    assert not activity.succeeded


@pytest.mark.parametrize(
    ("state", "is_final"),
    [
        ("initialized", False),
        ("processing", False),
        ("completed", True),
        ("cancelled", True),
        ("failed", True),
        ("timed_out", True),
        ("a_state_of_the_future", False),
    ],
)
def test_an_activity_knows_whether_it_is_over(scripted, service, state, is_final):
    service.answer(200, json.dumps({"activity_id": "a", "state": state}))

    activity = scripted.activity("a")

    assert activity.is_final is is_final
    assert activity.succeeded is (state == "completed")


def test_a_contact_without_an_address_is_read(scripted, service):
    service.answer(200, '{"contacts":[{"contact_id":"c","sms_channel":{}}]}')

    (contact,) = scripted.contacts()

    assert (contact.email, contact.permission_to_send, contact.list_memberships) == ("", "", ())


def test_values_about_people_do_not_show_them(scripted, service):
    address = {"address": "ann@example.com", "permission_to_send": "implicit"}
    contact = {"contact_id": "c", "email_address": address, "first_name": "Ann", "last_name": "Onym"}
    service.answer(200, json.dumps({"contacts": [contact]}))
    service.answer(200, '{"encoded_account_id":"p0","contact_email":"ann@example.com","country_code":"us"}')

    (contact,) = scripted.contacts()
    account = scripted.account_summary()

    assert contact.email == account.contact_email == "ann@example.com"
    assert "nn" not in repr(contact) + repr(account)
    assert account.country_code == "US"


def test_contacts_are_asked_for_by_every_filter(scripted, service):
    service.answer(200, '{"contacts":[]}')
    moment = datetime.fromisoformat("2026-02-05T07:19:22.9-05:00")

    list(scripted.contacts(["active", "unsubscribed"], ["l1", "l2"], moment, moment, ["list_memberships"], 50))
    list(scripted.contacts())

    assert [asked.path for asked in service.asked] == [
        "/v3/contacts?status=active%2Cunsubscribed&lists=l1%2Cl2&updated_after=2026-02-05T12%3A19%3A22Z"
        "&optout_after=2026-02-05T12%3A19%3A22Z&include=list_memberships&limit=50",
        "/v3/contacts?status=all&limit=500",
    ]


def test_a_time_without_a_zone_is_refused(scripted):
    with pytest.raises(ValueError, match="aware"):
        scripted.contacts(updated_after=datetime(2026, 2, 5))


@pytest.mark.parametrize("sources", [{}, {"contact_ids": ["c"], "source_list_ids": ["l"]}])
def test_a_membership_job_needs_exactly_one_source(scripted, sources):
    with pytest.raises(ValueError, match="either"):
        scripted.remove_list_memberships(["l"], **sources)
