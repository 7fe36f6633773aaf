"""Behaviours 25 to 29: contact lists."""

import uuid

import pytest

from tests.sandbox.conftest import keys


@pytest.fixture
def seven_lists(sandbox):
    return [sandbox.newsletter, sandbox.weekly_news] + [sandbox.add_list(f"List {number}") for number in range(5)]


def test_lists_come_with_counts_only_when_asked(sandbox, api):  # 25
    plain = api.get("/contact_lists").json()
    counted = api.get("/contact_lists", include_count="true", include_membership_count="all").json()

    assert [one["name"] for one in plain["lists"]] == ["Newsletter", "Weekly news"]
    assert set(plain["lists"][0]) == {"list_id", "name", "description", "favorite", "created_at", "updated_at"}
    assert "lists_count" not in plain
    assert counted["lists_count"] == 2
    assert counted["lists"][0]["membership_count"] == 0


def test_membership_is_counted_for_all_or_for_the_mailable(sandbox, api):  # 25
    sandbox.add_contacts(
        {"email": "a@example.com", "lists": [sandbox.newsletter]},
        {"email": "b@example.com", "lists": [sandbox.newsletter], "permission": "temp_hold"},
    )

    counts = [
        api.get(f"/contact_lists/{sandbox.newsletter}", include_membership_count=kind).json()["membership_count"]
        for kind in ("all", "active")
    ]

    assert counts == [2, 1]


def test_lists_can_be_found_by_exact_name_and_by_status(sandbox, api):  # 25
    sandbox.delete_list(sandbox.weekly_news)

    def names(**query):
        return [one["name"] for one in api.get("/contact_lists", **query).json()["lists"]]

    assert names(name="Newsletter") == ["Newsletter"]
    assert names(name="newsletter") == []
    assert names(status="deleted") == ["Weekly news"]
    assert names(status="active,deleted") == names(status="all") == ["Newsletter", "Weekly news"]
    assert "deleted_at" in api.get("/contact_lists", status="deleted").json()["lists"][0]


@pytest.mark.parametrize(
    "query",
    [
        {"include_membership_count": "true"},
        {"limit": 0},
        {"limit": 1001},
        {"status": "gone"},
        {"include_count": "yes"},
        {"cursor": "%%%"},
    ],
)
def test_a_senseless_parameter_is_a_400_array(api, query):  # 25
    answer = api.get("/contact_lists", **query)
    assert (answer.status_code, keys(answer)) == (400, ["contacts.api.validation.error"])


def test_the_message_of_a_bad_membership_count_is_the_real_one(api):  # 25
    answer = api.get("/contact_lists", include_membership_count="x")
    assert answer.json()[0]["error_message"] == "include_membership_count does not have a valid value"


def test_pages_are_linked_by_a_cursor_that_keeps_limit_and_filters(api, seven_lists):  # 26
    answer = api.get("/contact_lists", limit=3, include_membership_count="all").json()
    found, pages = [one["list_id"] for one in answer["lists"]], 1
    while "_links" in answer:
        href = answer["_links"]["next"]["href"]
        assert href.startswith("/v3/contact_lists?cursor=")
        answer, pages = api.get(href).json(), pages + 1
        assert all("membership_count" in one for one in answer["lists"])
        found += [one["list_id"] for one in answer["lists"]]

    assert found == seven_lists
    assert pages == 3


def test_a_list_can_be_created(api):  # 27
    answer = api.post("/contact_lists", {"name": "Spring", "description": "Offers", "favorite": True})

    assert answer.status_code == 201
    made = answer.json()
    assert uuid.UUID(made["list_id"])
    assert (made["name"], made["description"], made["favorite"]) == ("Spring", "Offers", True)
    assert "membership_count" not in made


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": "x" * 256}, {"name": 5}, {"name": "A", "favorite": "y"}])
def test_a_list_without_a_proper_name_is_400(api, body):  # 27
    assert api.post("/contact_lists", body).status_code == 400


def test_a_second_list_of_the_same_name_is_409(sandbox, api):  # 27
    assert api.post("/contact_lists", {"name": "Newsletter"}).status_code == 409
    sandbox.delete_list(sandbox.newsletter)
    assert api.post("/contact_lists", {"name": "Newsletter"}).status_code == 201


def test_one_list_too_many_is_refused_with_the_status_of_the_switch(sandbox, api):  # 27
    sandbox.switch(lists_per_account=3)
    assert api.post("/contact_lists", {"name": "Third"}).status_code == 201
    assert api.post("/contact_lists", {"name": "Fourth"}).status_code == 400
    sandbox.switch(too_many_lists_status=409)
    assert api.post("/contact_lists", {"name": "Fourth"}).status_code == 409


def test_a_list_can_be_renamed(sandbox, api):
    answer = api.put(f"/contact_lists/{sandbox.newsletter}", {"name": "News"})
    assert (answer.status_code, answer.json()["name"]) == (200, "News")
    assert api.put(f"/contact_lists/{sandbox.newsletter}", {"name": "Weekly news"}).status_code == 409


@pytest.mark.parametrize("list_id", ["0a1b2c3d-0000-4000-8000-000000000000", "not-a-uuid"])
def test_an_unknown_or_malformed_list_id_is_a_404_array(api, list_id):  # 28
    answer = api.get(f"/contact_lists/{list_id}")
    assert (answer.status_code, keys(answer)) == (404, ["contacts.api.not_found"])


def test_the_body_of_a_404_is_a_switch(sandbox, api):  # 28
    sandbox.switch(not_found_body="object")
    assert api.get(f"/contact_lists/{uuid.uuid4()}").json()["error_key"] == "contacts.api.not_found"


def test_a_malformed_list_id_may_be_400_by_switch(sandbox, api):  # 28
    sandbox.switch(malformed_list_id_status=400)
    assert api.get("/contact_lists/not-a-uuid").status_code == 400


def test_a_list_of_another_account_is_unknown(sandbox, connect):  # 28
    assert connect(account="Fabrikam").get(f"/contact_lists/{sandbox.newsletter}").status_code == 404


def test_membership_is_counted_only_when_asked(sandbox, api):  # 28
    assert "membership_count" not in api.get(f"/contact_lists/{sandbox.newsletter}").json()


def test_a_deleted_list_is_shown_with_its_date_or_not_found(sandbox, api):
    sandbox.delete_list(sandbox.newsletter)
    assert "deleted_at" in api.get(f"/contact_lists/{sandbox.newsletter}").json()
    sandbox.switch(deleted_list="not_found")
    assert api.get(f"/contact_lists/{sandbox.newsletter}").status_code == 404


def test_deleting_a_list_is_a_job_and_its_contacts_survive(sandbox, api):  # 29
    sandbox.add_contacts({"email": "ann@example.com", "lists": [sandbox.newsletter]})

    answer = api.delete(f"/contact_lists/{sandbox.newsletter}")

    assert answer.status_code == 202
    assert answer.json()["state"] == "initialized"
    assert answer.json()["_links"]["self"]["href"].startswith("/v3/activities/")
    assert "deleted_at" in api.get(f"/contact_lists/{sandbox.newsletter}").json()
    assert api.activity(answer.json()["activity_id"])["status"] == {"list_count": 1}
    assert api.contact("ann@example.com", include="list_memberships")["list_memberships"] == []
    assert api.delete(f"/contact_lists/{sandbox.newsletter}").status_code == 404
