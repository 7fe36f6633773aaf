"""Behaviours 13 to 15 and 19 to 21: who may call, and the shapes of refusals."""

import http.client

import pytest
import requests

from tests.sandbox.conftest import keys


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer nonsense", "Basic eDp5"])
def test_without_a_living_bearer_token_the_answer_is_exactly_the_real_401(sandbox, header):  # 13
    headers = {} if header is None else {"Authorization": header}
    answer = requests.get(f"{sandbox.api_url}/contact_lists", headers=headers, timeout=10)

    assert answer.status_code == 401
    assert answer.content == b'{"error_key":"unauthorized","error_message":"Unauthorized"}'
    assert answer.headers["Content-Length"] == "59"
    assert answer.headers["WWW-Authenticate"] == "Bearer realm=api.cc.email"


@pytest.mark.parametrize(
    ("privilege", "path"),
    [
        ("contacts:lists:read", "/contact_lists"),
        ("contacts:read", "/contacts"),
        ("account:read", "/account/summary"),
        ("contacts:write", "/activities"),
    ],
)
def test_a_missing_privilege_is_403(sandbox, api, privilege, path):  # 14
    sandbox.set_privileges(remove=[privilege])

    answer = api.get(path)

    assert answer.status_code == 403
    assert answer.json() == {
        "error_key": "access_denied",
        "error_message": "Request forbidden due to insufficient user privileges.",
    }


def test_a_missing_scope_is_403(connect):  # 15
    api = connect(scope="account_read")
    assert api.get("/account/summary").status_code == 200
    assert api.get("/contact_lists").status_code == 403
    assert api.get("/contact_lists").json()["error_key"] == "access_denied"


def test_the_body_of_a_missing_scope_is_a_switch(sandbox, connect):  # 15
    api = connect(scope="account_read")
    sandbox.switch(scope_error_body="array")
    assert isinstance(api.get("/contact_lists").json(), list)
    sandbox.switch(scope_error_body="empty")
    assert api.get("/contact_lists").content == b""


def test_a_deactivated_application_is_403_everywhere(sandbox, api):  # 15
    sandbox.add_application(deactivated=True)
    assert {api.get(path).status_code for path in ("/contact_lists", "/account/user/privileges")} == {403}


def test_paths_outside_v3_are_forbidden(sandbox):  # 19
    answer = requests.get(f"{sandbox.url}/v2/lists", timeout=10)
    assert (answer.status_code, answer.json()) == (403, {"message": "Forbidden"})


def test_errors_of_resources_are_arrays_with_known_keys(sandbox, api):  # 20
    invalid = api.get("/contact_lists", limit="many")
    missing = api.get("/contacts/1")
    twice = api.post("/contact_lists", {"name": "Newsletter"})

    assert (invalid.status_code, keys(invalid)) == (400, ["contacts.api.validation.error"])
    assert (missing.status_code, keys(missing)) == (404, ["contacts.api.not_found"])
    assert missing.json()[0]["error_message"] == "contact_id is in an invalid format."
    assert (twice.status_code, keys(twice)) == (409, ["contacts.api.conflict"])


def test_all_problems_of_a_body_are_in_one_message(api):  # 20
    answer = api.post("/contacts", {"email_address": {"address": "a@example.com"}})
    assert answer.json()[0]["error_message"] == "create_source is missing, create_source does not have a valid value"


def test_a_wrong_content_type_is_415(api):  # 21
    answer = api.request("POST", "/contact_lists", data="{}", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415


@pytest.mark.parametrize("body", ['{"name": "A",}', "", "[1]", "\xff"])
def test_malformed_json_is_400(api, body):  # 21
    answer = api.request(
        "POST", "/contact_lists", data=body.encode("latin-1"), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 400


def test_unknown_addresses_methods_and_accept_headers_are_refused(api):
    assert api.get("/nothing").status_code == 404
    assert api.delete("/contact_lists").status_code == 405
    assert api.request("GET", "/contact_lists", headers={"Accept": "text/html"}).status_code == 406


def test_the_connection_is_kept_alive_even_after_a_refused_upload(sandbox):
    connection = http.client.HTTPConnection(sandbox.url.removeprefix("http://"), timeout=10)
    for _ in range(3):
        connection.request("POST", "/v3/contact_lists", b"x" * 200_000, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        assert answer.status == 401
        answer.read()
        assert not answer.will_close
    connection.close()


def test_every_answer_has_a_request_id(api):
    assert api.get("/contact_lists").headers["x-amzn-RequestId"]
