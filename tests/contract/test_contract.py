"""What the published material confirms, asked of the sandbox and, with credentials, of the real service."""

import uuid

import pytest
import requests

VALIDATION = "contacts.api.validation.error"


def keys(answer):
    assert isinstance(answer.json(), list), answer.text
    return {entry["error_key"] for entry in answer.json()}


def test_a_call_without_a_token_is_401_with_the_known_body(service):
    answer = requests.get(f"{service.api_url}/contact_lists", timeout=60)
    assert answer.status_code == 401
    assert answer.json() == {"error_key": "unauthorized", "error_message": "Unauthorized"}


def test_the_summary_has_the_fields_we_show(service):
    summary = service.get("/account/summary").json()
    assert {"organization_name", "contact_email", "encoded_account_id"} <= set(summary)


def test_privileges_are_a_bare_array(service):
    held = service.get("/account/user/privileges").json()
    assert {"contacts:read", "contacts:write"} <= {one["privilege_name"] for one in held}


def test_lists_are_paged_by_relative_links(service, own_list):
    page = service.get("/contact_lists", limit=1, include_count="true", include_membership_count="all").json()

    assert page["lists_count"] >= 2
    assert len(page["lists"]) == 1
    assert "membership_count" in page["lists"][0]
    href = page["_links"]["next"]["href"]
    assert href.startswith("/v3/contact_lists?")
    following = service.get(href).json()["lists"]
    assert len(following) == 1
    assert following[0]["list_id"] != page["lists"][0]["list_id"]


def test_a_bad_parameter_is_a_400_array(service):
    answer = service.get("/contact_lists", include_membership_count="true")
    assert (answer.status_code, keys(answer)) == (400, {VALIDATION})


def test_a_new_list_is_empty_and_its_name_is_taken(service, own_list):
    assert uuid.UUID(own_list["list_id"])
    assert service.post("/contact_lists", {"name": own_list["name"]}).status_code == 409
    found = service.get("/contact_lists", name=own_list["name"]).json()["lists"]
    assert [one["list_id"] for one in found] == [own_list["list_id"]]
    shown = service.get(f"/contact_lists/{own_list['list_id']}", include_membership_count="all").json()
    assert shown["membership_count"] == 0


@pytest.mark.parametrize("body", [{}, {"name": "x" * 256}])
def test_a_list_needs_a_name_of_at_most_255(service, body):
    assert service.post("/contact_lists", body).status_code == 400


def test_an_unknown_list_is_404(service):
    assert service.get(f"/contact_lists/{uuid.uuid4()}").status_code == 404


def test_a_malformed_contact_id_is_404_not_found(service):
    answer = service.get("/contacts/1")
    assert (answer.status_code, keys(answer)) == (404, {"contacts.api.not_found"})


def test_malformed_json_is_400_and_plain_text_415(service):
    broken = service.request(
        "POST", "/contact_lists", data='{"name": "A",}', headers={"Content-Type": "application/json"}
    )
    plain = service.request("POST", "/contact_lists", data="{}", headers={"Content-Type": "text/plain"})
    assert (broken.status_code, plain.status_code) == (400, 415)


def test_custom_fields_come_in_pages_of_at_most_100(service):
    assert "custom_fields" in service.get("/contact_custom_fields", limit=100).json()
    assert service.get("/contact_custom_fields", limit=101).status_code == 400


@pytest.mark.parametrize(
    "changed", [{"import_data": []}, {"list_ids": []}, {"list_ids": [str(uuid.uuid4()) for _ in range(51)]}]
)
def test_an_import_with_an_empty_or_oversized_part_is_400(service, changed):
    body = {"import_data": [{"email": "nobody@example.com"}], "list_ids": [service.list_id]} | changed
    answer = service.post("/activities/contacts_json_import", body)
    assert answer.status_code == 400
    assert keys(answer)


def test_an_import_is_queued_then_puts_a_new_contact_on_the_list(service, email):
    body = {"import_data": [{"email": email, "first_name": "Ann"}], "list_ids": [service.list_id]}
    queued = service.post("/activities/contacts_json_import", body)

    assert queued.status_code == 201
    assert queued.json()["state"] == "initialized"
    assert queued.json()["_links"]["self"]["href"] == f"/v3/activities/{queued.json()['activity_id']}"
    done = service.finished(queued)
    assert done["state"] == "completed"
    assert done["percent_done"] == 100
    assert {
        name: done["status"][name]
        for name in ("person_count", "error_count", "correctable_count", "cannot_add_to_list_count")
    } == {"person_count": 1, "error_count": 0, "correctable_count": 0, "cannot_add_to_list_count": 0}
    contact = service.contact(email, include="list_memberships")
    assert contact["first_name"] == "Ann"
    assert contact["email_address"]["permission_to_send"] == "implicit"
    assert contact["list_memberships"] == [service.list_id]


def test_importing_again_overwrites_only_what_is_supplied(service, email, own_list):
    service.import_rows({"email": email, "first_name": "Ann", "last_name": "Lee"})

    service.import_rows({"email": email, "first_name": "Anna"}, list_ids=[own_list["list_id"]])

    contact = service.contact(email, include="list_memberships")
    assert (contact["first_name"], contact["last_name"]) == ("Anna", "Lee")
    assert set(contact["list_memberships"]) == {service.list_id, own_list["list_id"]}


def test_a_bad_address_is_correctable_and_named_nowhere(service):
    done = service.import_rows({"email": f"contract-{uuid.uuid4().hex[:12]}", "first_name": "Ann"})
    assert done["state"] == "completed"
    assert done["status"]["correctable_count"] == 1
    assert done["activity_errors"] == []


def test_members_of_a_source_list_are_taken_off_another(service, email, own_list):
    service.import_rows({"email": email}, list_ids=[service.list_id, own_list["list_id"]])

    body = {"source": {"list_ids": [own_list["list_id"]]}, "list_ids": [service.list_id]}
    done = service.finished(service.post("/activities/remove_list_memberships", body))

    assert done["state"] == "completed"
    assert service.contact(email, include="list_memberships")["list_memberships"] == [own_list["list_id"]]


def test_a_membership_job_with_two_sources_is_400(service, own_list):
    body = {
        "source": {"list_ids": [own_list["list_id"]], "contact_ids": [str(uuid.uuid4())]},
        "list_ids": [own_list["list_id"]],
    }
    assert service.post("/activities/remove_list_memberships", body).status_code == 400


def test_deleting_a_list_is_an_activity_and_its_contacts_survive(service, email):
    made = service.post("/contact_lists", {"name": f"Contract {uuid.uuid4().hex[:12]}"}).json()
    service.import_rows({"email": email}, list_ids=[made["list_id"]])

    deleted = service.request("DELETE", f"/contact_lists/{made['list_id']}")

    assert deleted.status_code == 202
    assert service.finished(deleted)["state"] == "completed"
    assert service.contact(email, include="list_memberships").get("list_memberships", []) == []


def test_an_export_of_a_list_ends_in_a_csv_file(service, email, own_list):
    service.import_rows({"email": email}, list_ids=[own_list["list_id"]])

    done = service.finished(service.post("/activities/contact_exports", {"list_ids": [own_list["list_id"]]}))
    file = service.request("GET", done["_links"]["results"]["href"], headers={"Accept": "*/*"})

    assert file.headers["Content-Type"].startswith("text/csv")
    assert email in file.text


def test_activities_are_a_collection_with_a_state_filter(service, email):
    service.import_rows({"email": email})
    page = service.get("/activities", limit=1, state="completed").json()
    assert page["activities"][0]["state"] == "completed"
    assert service.get("/activities", limit=501).status_code == 400
    assert service.get("/activities", state="initialized").status_code == 400


def test_an_unknown_activity_is_404(service):
    assert service.get(f"/activities/{uuid.uuid4()}").status_code == 404


def test_parts_of_a_contact_are_absent_unless_included(service, email):
    service.import_rows({"email": email, "mobile_phone": "781-555-0100"})
    assert "phone_numbers" not in service.contact(email)
    assert service.contact(email, include="phone_numbers")["phone_numbers"][0]["kind"] == "mobile"
    assert service.get("/contacts", limit=501).status_code == 400


def test_contacts_are_counted_by_permission(service, email):
    before = service.get("/contacts/counts").json()
    assert {"total", "explicit", "implicit", "pending", "unsubscribed"} <= set(before)
    service.import_rows({"email": email})
    after = service.get("/contacts/counts").json()
    assert after["implicit"] + after["explicit"] + after["pending"] > 0
    assert after["total"] >= before["total"]


def test_automations_without_their_scope_are_refused_in_some_known_way(service):
    assert service.get("/automations/workflows").status_code in (200, 209, 403, 404)
