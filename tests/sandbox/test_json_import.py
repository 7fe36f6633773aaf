"""Behaviours 31 to 34: what the JSON import accepts."""

import json
import uuid

import pytest

from tests.sandbox.conftest import keys

PATH = "/activities/contacts_json_import"


def rows(count):
    return [{"email": f"person{number}@example.com"} for number in range(count)]


def test_an_import_is_queued_with_201_and_nothing_is_imported_yet(sandbox, api):  # 31
    sandbox.switch(job_seconds=60)

    answer = api.post(PATH, {"import_data": rows(2), "list_ids": [sandbox.newsletter]})

    assert answer.status_code == 201
    activity = answer.json()
    assert activity["state"] == "initialized"
    assert uuid.UUID(activity["activity_id"])
    assert activity["_links"]["self"]["href"] == f"/v3/activities/{activity['activity_id']}"
    assert set(activity["status"].values()) == {0}
    assert "completed_at" not in activity
    assert sandbox.members(sandbox.newsletter) == []
    assert api.contact("person0@example.com") is None


@pytest.mark.parametrize(
    "changed",
    [
        {"import_data": None},
        {"import_data": []},
        {"import_data": {"email": "a@example.com"}},
        {"list_ids": None},
        {"list_ids": []},
        {"list_ids": "abc"},
        {"list_ids": [str(uuid.uuid4()) for _ in range(51)]},
        {"sms_permission_to_send": "perhaps"},
    ],
)
def test_a_missing_empty_or_oversized_part_is_a_400_array(sandbox, api, changed):  # 32
    body = {"import_data": rows(1), "list_ids": [sandbox.newsletter]} | changed
    answer = api.post(PATH, {name: value for name, value in body.items() if value is not None})
    assert (answer.status_code, keys(answer)) == (400, ["contacts.api.validation.error"])


def test_an_unknown_list_is_refused_ignored_or_fails_the_job(sandbox, api):  # 32
    body = {"import_data": rows(1), "list_ids": [sandbox.newsletter, str(uuid.uuid4())]}

    assert api.post(PATH, body).status_code == 400
    sandbox.switch(unknown_list="ignore")
    assert api.run("contacts_json_import", body)["state"] == "completed"
    assert len(sandbox.members(sandbox.newsletter)) == 1
    sandbox.switch(unknown_list="fail")
    assert api.run("contacts_json_import", body)["state"] == "failed"


def test_a_list_of_another_account_is_unknown(sandbox, connect):  # 32
    body = {"import_data": rows(1), "list_ids": [sandbox.newsletter]}
    assert connect(account="Fabrikam").post(PATH, body).status_code == 400


def test_more_than_40000_contacts_are_refused(sandbox, api):  # 33
    body = {"import_data": rows(40_001), "list_ids": [sandbox.newsletter]}
    assert api.post(PATH, body).status_code == 400


def test_more_than_40000_contacts_may_be_cut_by_switch(sandbox, api):  # 33
    sandbox.switch(too_many_contacts="keep_first", import_rows=3)
    done = api.run("contacts_json_import", {"import_data": rows(5), "list_ids": [sandbox.newsletter]})
    assert done["status"]["person_count"] == 3
    assert [one["email"] for one in sandbox.members(sandbox.newsletter)] == [one["email"] for one in rows(3)]


def heavy(sandbox, count=3_000, order=("import_data", "list_ids")):
    """About 4.7 MB, with letters that need two bytes."""
    parts = {
        "import_data": [
            one
            | {
                "company_name": "é" * 50,
                "street": "s" * 255,
                "city": "c" * 50,
                "home_city": "h" * 50,
                "work_street": "w" * 255,
                "cf:unknown": "u" * 255,
                "work_city": "x" * 50,
                "other_street": "o" * 255,
                "job_title": "j" * 50,
                "state": "t" * 50,
                "zip": "z" * 50,
            }
            for one in rows(count)
        ],
        "list_ids": [sandbox.newsletter],
    }
    return json.dumps({name: parts[name] for name in order}, ensure_ascii=False).encode()


@pytest.mark.parametrize("limit", [4_194_304, 4_000_000])
@pytest.mark.parametrize("order", [("import_data", "list_ids"), ("list_ids", "import_data")])
def test_what_lies_beyond_4_mb_is_silently_dropped(sandbox, api, limit, order):  # 34
    sandbox.switch(import_bytes=limit)
    body = heavy(sandbox, order=order)
    assert len(body) > limit

    answer = api.request("POST", PATH, data=body, headers={"Content-Type": "application/json"})
    sandbox.settle()
    done = api.activity(answer.json()["activity_id"])

    assert answer.status_code == 201
    assert done["state"] == "completed"
    assert done["activity_errors"] == []
    taken = done["status"]["person_count"]
    assert len(sandbox.members(sandbox.newsletter)) == taken
    # Each row is as long as its neighbour, but for the digits of its address.
    assert taken == pytest.approx(limit / (len(body) / 3_000), abs=8)


def test_the_journal_has_rows_lists_and_activity_of_an_import(sandbox, api):
    api.import_rows(*rows(3))

    (logged,) = sandbox.requests("POST /v3/activities")
    assert logged["rows"] == 3
    assert logged["list_ids"] == [sandbox.newsletter]
    assert logged["activity_id"]
    assert logged["body_bytes"] > 100
    stats = sandbox.stats()
    assert (stats["imports"], stats["rows"]) == (1, 3)
