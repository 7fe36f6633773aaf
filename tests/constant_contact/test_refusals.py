"""Which of the six errors an answer is, and what it tells."""

from datetime import UTC, datetime

import pytest
import time_machine

from constant_contact import (
    AuthorizationRevokedError,
    ConstantContactError,
    OutcomeUnknownError,
    QuotaExceededError,
    RejectedError,
    ThrottledError,
    UnavailableError,
)

LIST_ID = "3cd3b0c0-0000-4000-8000-000000000001"
THROTTLED = '{"error_key":"throttled","error_message":"Too Many Requests"}'
QUOTA = '{"error_key":"quota_exceeded","error_message":"Limit Exceeded"}'
QUEUE = '[{"error_key":"x","error_message":"You exceeded 1,000 queued activities for this user account."}]'
HTML = "<!DOCTYPE html><h1>Bad gateway</h1>"
BODY = b'{"import_data":[{"email":"ann@example.com"}],"list_ids":["a"]}'


def error_of(call, *args) -> ConstantContactError:
    with pytest.raises(ConstantContactError) as caught:
        call(*args)
    return caught.value


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, '[{"error_key":"contacts.api.validation.error","error_message":"name is missing"}]', RejectedError),
        (403, '{"message":"Forbidden"}', RejectedError),
        (404, '[{"error_key":"contacts.api.not_found","error_message":"no such list"}]', RejectedError),
        (405, "", RejectedError),
        (406, "[]", RejectedError),
        (409, '[{"error_key":"contacts.api.conflict","error_message":"exists"}]', RejectedError),
        (413, "", RejectedError),
        (415, "[]", RejectedError),
        (403, HTML, UnavailableError),
        (404, HTML, UnavailableError),
        (408, "", UnavailableError),
        (429, THROTTLED, ThrottledError),
        (429, "", ThrottledError),
        (429, HTML, ThrottledError),
        (429, QUEUE, ThrottledError),
        (429, QUOTA, QuotaExceededError),
        (429, '{"message":"Limit Exceeded"}', QuotaExceededError),
        (503, "[]", UnavailableError),
        (307, "", UnavailableError),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_refusal_is_the_same_error_whatever_was_asked(scripted, service, status, body, kind, method):
    service.answer(status, body)

    error = error_of(scripted.contact_list, LIST_ID) if method == "GET" else error_of(scripted.import_json, BODY)

    assert type(error) is kind
    assert error.status == status
    assert len(service.asked) == 1


@pytest.mark.parametrize("body", ["[]", "", HTML])
@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_server_error_leaves_the_outcome_of_a_change_open(scripted, service, status, body):
    service.answer(status, body)

    assert type(error_of(scripted.import_json, BODY)) is OutcomeUnknownError
    assert type(error_of(scripted.delete_contact_list, LIST_ID)) is OutcomeUnknownError
    assert type(error_of(scripted.account_summary)) is UnavailableError


@pytest.mark.parametrize("body", ["", "{", "[]", "null", "{}", HTML, '{"activity_id":7}', "[" * 100_000])
def test_a_success_without_a_readable_body_leaves_the_outcome_of_a_change_open(scripted, service, body):
    service.answer(201, body)

    assert type(error_of(scripted.import_json, BODY)) is OutcomeUnknownError
    assert type(error_of(scripted.account_summary)) is UnavailableError


def test_only_rejection_and_revocation_are_permanent():
    permanent = {kind for kind in ConstantContactError.__subclasses__() if kind.permanent}

    assert permanent == {RejectedError, AuthorizationRevokedError}
    assert len(ConstantContactError.__subclasses__()) == 6


def test_a_rejection_knows_its_kind():
    assert RejectedError(status=404).not_found
    assert RejectedError(status=409).conflict
    assert RejectedError(status=403).forbidden
    assert not RejectedError(status=400).not_found


def test_a_full_queue_is_another_refusal_than_a_pace_too_fast(scripted, service):
    service.answer(429, QUEUE)
    service.answer(429, THROTTLED)

    assert error_of(scripted.import_json, BODY).queue_full
    assert not error_of(scripted.import_json, BODY).queue_full


@time_machine.travel(datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC), tick=False)
def test_a_used_up_quota_knows_when_the_next_day_begins_in_utc(scripted, service):
    service.answer(429, QUOTA)

    assert error_of(scripted.account_summary).resets_at == datetime(2027, 1, 1, tzinfo=UTC)


def test_an_error_carries_the_vendors_key_message_and_request_id(scripted, service):
    body = '[{"error_key":"contacts.api.validation.error","error_message":"name is missing"},{"error_message":"too"}]'
    service.answer(400, body, headers={"x-amzn-RequestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"})

    error = error_of(scripted.create_contact_list, "")

    assert error.error_key == "contacts.api.validation.error"
    assert error.detail == "name is missing, too"
    assert error.request_id == "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
    assert str(error) == (
        "RejectedError: 400 contacts.api.validation.error: name is missing, too "
        "(request c6af9ac6-7b61-11e6-9a41-93e8deadbeef)"
    )


def test_a_redirect_is_not_followed(scripted, service):
    service.answer(302, "", headers={"Location": f"{service.host}/elsewhere"})

    assert type(error_of(scripted.account_summary)) is UnavailableError
    assert [asked.path for asked in service.asked] == ["/v3/account/summary"]


@pytest.mark.parametrize("list_id", ["", "..", "a/b", "../account/summary", "a?b", "ä", "a b", "x" * 65])
def test_an_id_that_cannot_be_one_is_not_found_and_asks_nothing(scripted, service, list_id):
    error = error_of(scripted.contact_list, list_id)

    assert error.not_found
    assert service.asked == []
