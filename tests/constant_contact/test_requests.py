"""How a request is made: its token, its pace, its session; a 401 is answered with another token, twice at most."""

import time

import pytest
import requests

from constant_contact import (
    AuthorizationRevokedError,
    ConstantContact,
    RejectedError,
    ThrottledError,
    UnavailableError,
    transport,
)

UNAUTHORIZED = '{"error_key":"unauthorized","error_message":"Unauthorized"}'
ACCOUNT = '{"encoded_account_id":"p07e1l8cdif9dl"}'
ACTIVITY = '{"activity_id":"a","state":"initialized"}'


def test_every_request_carries_the_token(scripted, service):
    service.answer(200, ACCOUNT)

    scripted.account_summary()

    assert service.asked[0].headers["Authorization"] == "Bearer first-token"
    assert service.asked[0].headers["Accept"] == "application/json"


def test_a_refused_token_is_replaced_and_the_request_repeated(scripted, service, keyring):
    service.answer(401, UNAUTHORIZED)
    service.answer(201, ACTIVITY)

    activity = scripted.import_json(b'{"import_data":[]}')

    assert activity.activity_id == "a"
    assert keyring.refused == ["first-token"]
    assert [asked.headers["Authorization"] for asked in service.asked] == ["Bearer first-token", "Bearer second-token"]
    assert service.asked[0].body == service.asked[1].body == b'{"import_data":[]}'


def test_a_file_is_sent_whole_again_after_a_refused_token(scripted, service):
    service.answer(401, UNAUTHORIZED)
    service.answer(201, ACTIVITY)

    scripted.import_csv(b"email\nann@example.com\n", ["list"], "batch.csv")

    assert all(b"ann@example.com" in asked.body for asked in service.asked)


def test_a_renewed_token_that_is_refused_too_is_renewed_once_more_after_a_gap(scripted, service, keyring, monkeypatch):
    assert transport.RENEWALS[0] == 0
    monkeypatch.setattr(transport, "RENEWALS", (0.0, 0.3))
    service.answer(401, UNAUTHORIZED)
    service.answer(401, UNAUTHORIZED)
    service.answer(200, ACCOUNT)

    began = time.monotonic()
    scripted.account_summary()

    assert time.monotonic() - began >= 0.3
    assert keyring.refused == ["first-token", "second-token"]


@pytest.mark.parametrize("call", [lambda cc: cc.account_summary(), lambda cc: cc.import_json(b"{}")])
def test_tokens_refused_one_after_the_other_are_an_outage_and_need_nobody(scripted, service, call):
    service.answer(401, UNAUTHORIZED)

    with pytest.raises(UnavailableError) as caught:
        call(scripted)

    assert caught.value.unauthorized
    assert not caught.value.permanent
    assert len(service.asked) == 3


@pytest.mark.parametrize(("status", "kind"), [(400, RejectedError), (401, UnavailableError), (403, RejectedError)])
def test_only_the_token_endpoint_raises_that_an_authorization_is_gone(scripted, service, status, kind):
    service.answer(status, '{"error":"invalid_grant","error_description":"The refresh token is invalid or expired."}')

    with pytest.raises(kind):
        scripted.account_summary()


def test_the_error_of_whoever_keeps_the_tokens_is_passed_on(scripted, service, keyring):
    service.answer(401, UNAUTHORIZED)
    keyring.tokens = ["only-token"]

    with pytest.raises(AuthorizationRevokedError):
        scripted.account_summary()

    assert len(service.asked) == 1


def test_the_pace_is_asked_before_every_request(service, keyring):
    turns: list[int] = []
    client = ConstantContact(keyring, api_url=service.api_url, pace=lambda: turns.append(len(service.asked)))
    service.answer(401, UNAUTHORIZED)
    service.answer(200, '{"lists":[],"_links":{"next":{"href":"/v3/contact_lists?cursor=2"}}}')
    service.answer(200, '{"lists":[]}')

    client.contact_lists()

    assert turns == [0, 1, 2]


def test_a_pace_that_refuses_stops_the_request(service, keyring):
    def refuse() -> None:
        raise ThrottledError()

    client = ConstantContact(keyring, api_url=service.api_url, pace=refuse)

    with pytest.raises(ThrottledError):
        client.account_summary()

    assert service.asked == []


def test_a_netrc_of_the_host_does_not_replace_the_token(scripted, service, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    service.answer(200, ACCOUNT)

    scripted.account_summary()

    assert service.asked[0].headers["Authorization"] == "Bearer first-token"


def test_a_session_that_was_given_stays_open(service, keyring):
    service.answer(200, ACCOUNT)
    closed: list[bool] = []

    class Watched(requests.Session):
        def close(self) -> None:
            closed.append(True)

    with ConstantContact(keyring, api_url=service.api_url, session=Watched()) as client:
        client.account_summary()

    assert closed == []
