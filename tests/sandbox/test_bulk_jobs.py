"""Behaviours 54 to 58: membership jobs, deletions and exports."""

import csv
import io
import uuid

import pytest


@pytest.fixture
def people(sandbox):
    """Ann on both lists, Bob on the newsletter, Cara on none and unsubscribed; their contact ids."""
    ids = sandbox.add_contacts(
        {"email": "ann@example.com", "first_name": "Ann", "lists": [sandbox.newsletter, sandbox.weekly_news]},
        {"email": "bob@example.com", "first_name": "Bob", "lists": [sandbox.newsletter]},
        {"email": "cara@example.com", "first_name": "Cara", "permission": "unsubscribed"},
    )
    return dict(zip(("ann", "bob", "cara"), ids, strict=True))


def on(sandbox, list_id):
    return [one["email"].partition("@")[0] for one in sandbox.members(list_id)]


@pytest.mark.parametrize("path", ["add_list_memberships", "remove_list_memberships"])
@pytest.mark.parametrize(
    "source",
    [
        {},
        {"contact_ids": ["x"], "list_ids": ["y"]},
        {"contact_ids": ["x"] * 501},
        {"list_ids": ["x"] * 51},
        {"everything": True},
        {"contact_ids": "x"},
    ],
)
def test_a_membership_job_needs_exactly_one_source_within_its_limit(sandbox, api, path, source):  # 54
    body = {"source": source, "list_ids": [sandbox.newsletter]}
    assert api.post(f"/activities/{path}", body).status_code == 400


def test_a_membership_job_needs_1_to_50_known_lists(sandbox, api, people):  # 54
    for list_ids in ([], [sandbox.newsletter] * 51, [str(uuid.uuid4())]):
        body = {"source": {"contact_ids": [people["ann"]]}, "list_ids": list_ids}
        assert api.post("/activities/add_list_memberships", body).status_code == 400


def test_exclude_goes_with_lists_or_everybody_only(sandbox, api, people):  # 54
    body = {
        "source": {"contact_ids": [people["ann"]]},
        "exclude": {"contact_ids": [people["bob"]]},
        "list_ids": [sandbox.weekly_news],
    }
    assert api.post("/activities/add_list_memberships", body).status_code == 400
    body["source"] = {"all_active_contacts": True}
    api.run("add_list_memberships", body)
    assert on(sandbox, sandbox.weekly_news) == ["ann"]


def test_a_membership_job_counts_items_and_lists(sandbox, api, people):  # 54
    done = api.run(
        "add_list_memberships",
        {"source": {"contact_ids": [people["ann"], people["bob"]]}, "list_ids": [sandbox.weekly_news]},
    )
    assert done["status"] == {"items_total_count": 2, "items_completed_count": 2, "list_count": 1}
    assert on(sandbox, sandbox.weekly_news) == ["ann", "bob"]


def test_members_of_a_source_list_are_taken_off_and_stay_alive(sandbox, api, people):  # 55
    done = api.run(
        "remove_list_memberships", {"source": {"list_ids": [sandbox.weekly_news]}, "list_ids": [sandbox.newsletter]}
    )
    assert done["state"] == "completed"
    assert on(sandbox, sandbox.newsletter) == ["bob"]
    assert on(sandbox, sandbox.weekly_news) == ["ann"]
    assert not sandbox.person("ann@example.com")["deleted"]


def test_unsubscribed_contacts_are_skipped_or_fail_the_job(sandbox, api, people):  # 56
    body = {"source": {"contact_ids": [people["cara"], people["bob"]]}, "list_ids": [sandbox.weekly_news]}

    done = api.run("add_list_memberships", body)
    assert (done["state"], done["status"]["items_completed_count"]) == ("completed", 1)
    assert "cara" not in on(sandbox, sandbox.weekly_news)
    sandbox.switch(unsubscribed_in_membership_job="fail")
    assert api.run("add_list_memberships", body)["state"] == "failed"


def test_lists_are_deleted_in_bulk_up_to_100(sandbox, api, people):  # 57
    assert api.post("/activities/list_delete", {"list_ids": ["x"] * 101}).status_code == 400
    done = api.run("list_delete", {"list_ids": [sandbox.newsletter]})
    assert done["status"] == {"list_count": 1}
    assert "deleted_at" in api.get(f"/contact_lists/{sandbox.newsletter}").json()


def test_contacts_are_deleted_in_bulk_by_id_or_by_list(sandbox, api, people):  # 57
    for body in ({}, {"contact_ids": ["x"] * 501}, {"list_ids": ["x"] * 51}, {"contact_ids": ["x"], "list_ids": ["x"]}):
        assert api.post("/activities/contact_delete", body).status_code == 400

    api.run("contact_delete", {"contact_ids": [people["cara"]]})
    api.run("contact_delete", {"list_ids": [sandbox.weekly_news]})

    deleted = {name for name in people if sandbox.person(f"{name}@example.com")["deleted"]}
    assert deleted == {"ann", "cara"}
    assert on(sandbox, sandbox.newsletter) == ["bob"]


def test_custom_fields_are_deleted_in_bulk(api):
    field_id = api.post("/contact_custom_fields", {"label": "Size", "type": "string"}).json()["custom_field_id"]
    api.run("custom_fields_delete", {"custom_field_ids": [field_id]})
    assert api.get("/contact_custom_fields").json()["custom_fields"] == []


def test_an_export_links_its_csv_file_once_it_is_ready(sandbox, api, people):  # 58
    sandbox.switch(job_seconds=60)
    body = {"list_ids": [sandbox.newsletter], "fields": ["email_address", "first_name"]}
    activity_id = api.post("/activities/contact_exports", body).json()["activity_id"]
    assert "results" not in api.activity(activity_id)["_links"]

    sandbox.advance(61)
    href = api.activity(activity_id)["_links"]["results"]["href"]
    file = api.get(href)

    assert file.status_code == 200
    assert file.headers["Content-Type"].startswith("text/csv")
    assert list(csv.reader(io.StringIO(file.text))) == [
        ["email_address", "first_name"],
        ["ann@example.com", "Ann"],
        ["bob@example.com", "Bob"],
    ]


def test_an_export_that_is_not_ready_or_unknown_is_404(sandbox, api, people):  # 58
    href = api.run("contact_exports", {"list_ids": [sandbox.newsletter]})["_links"]["results"]["href"]
    sandbox.set_clock("2020-01-01T00:00:00Z")
    assert api.get(href).status_code == 404
    sandbox.switch(early_export_status=400)
    assert api.get(href).status_code == 400
    assert api.get(f"/contact_exports/{uuid.uuid4()}").status_code == 404


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({}, {"ann", "bob", "cara"}),
        ({"status": "unsubscribed"}, {"cara"}),
        ({"status": "active"}, {"ann", "bob"}),
    ],
)
def test_an_export_may_be_about_a_status(api, people, body, names):  # 58
    href = api.run("contact_exports", body)["_links"]["results"]["href"]
    rows = csv.DictReader(io.StringIO(api.get(href).text))
    assert {row["email_address"].partition("@")[0] for row in rows} == names
