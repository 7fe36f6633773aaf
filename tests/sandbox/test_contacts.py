"""Behaviours 60 to 62: contacts one by one, and people who act for themselves."""

import uuid

import pytest


@pytest.fixture
def people(sandbox):
    sandbox.set_clock("2027-03-01T12:00:00Z")
    ids = sandbox.add_contacts(
        {
            "email": "ann@example.com",
            "first_name": "Ann",
            "mobile_phone": "555",
            "city": "Boston",
            "lists": [sandbox.newsletter, sandbox.weekly_news],
        },
        {"email": "bob@example.com", "lists": [sandbox.weekly_news]},
        {"email": "cara@example.com", "lists": [sandbox.newsletter]},
        {"email": "dan@example.com", "deleted": True},
    )
    return dict(zip(("ann", "bob", "cara", "dan"), ids, strict=True))


@pytest.fixture
def names(people, connect):
    """Who is found, in order; the token is made after the clock was set."""
    api = connect()
    return lambda **query: [
        one["email_address"]["address"].partition("@")[0] for one in api.get("/contacts", **query).json()["contacts"]
    ]


def test_contacts_are_found_by_lists_and_email(sandbox, names):  # 60
    assert names() == ["ann", "bob", "cara"]
    assert names(lists=sandbox.newsletter) == ["ann", "cara"]
    assert names(lists=f"{sandbox.newsletter},{sandbox.weekly_news}") == ["ann", "bob", "cara"]
    assert names(email="BOB@example.com") == ["bob"]


def test_contacts_are_found_by_status(sandbox, names):  # 60
    sandbox.unsubscribe("bob@example.com")
    assert names(status="unsubscribed") == ["bob"]
    assert names(status="active") == ["ann", "cara"]
    assert names(status="deleted") == ["dan"]
    assert names(status="all") == ["ann", "bob", "cara", "dan"]
    assert names() == ["ann", "bob", "cara"]
    sandbox.switch(contacts_default_status="active")
    assert names() == ["ann", "cara"]


def test_contacts_are_found_by_moment(sandbox, names):  # 60
    sandbox.advance(600)
    sandbox.unsubscribe("cara@example.com")
    assert names(updated_after="2027-03-01T12:05:00Z") == ["cara"]
    assert names(status="all", optout_after="2027-03-01T12:05:00Z") == ["cara"]
    assert names(status="all", optout_before="2027-03-01T12:05:00Z") == []
    assert names(updated_after="2027-03-01T07:05:00-05:00") == ["cara"]
    assert names(created_before="2027-03-01T11:00:00Z") == []


def test_parts_of_a_contact_are_absent_unless_included(sandbox, people, connect):  # 60
    api = connect()
    plain = api.get(f"/contacts/{people['ann']}").json()
    full = api.get(
        "/contacts",
        email="ann@example.com",
        include="phone_numbers,street_addresses,list_memberships,custom_fields,taggings,notes",
    ).json()

    assert not {"phone_numbers", "street_addresses", "list_memberships", "custom_fields"} & set(plain)
    (ann,) = full["contacts"]
    assert ann["phone_numbers"][0]["phone_number"] == "555"
    assert set(ann["list_memberships"]) == {sandbox.newsletter, sandbox.weekly_news}


def test_pages_of_contacts_are_linked_and_counted(sandbox, people, connect):  # 60
    api = connect()
    page = api.get("/contacts", limit=2, include_count="true", include="list_memberships").json()
    assert page["contacts_count"] == 3
    rest = api.get(page["_links"]["next"]["href"]).json()

    assert (len(page["contacts"]), len(rest["contacts"])) == (2, 1)
    assert "list_memberships" in rest["contacts"][0]
    assert "_links" not in rest


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 501},
        {"status": "gone"},
        {"include": "shoe_size"},
        {"lists": ",".join([str(uuid.uuid4())] * 26)},
        {"lists": "x"},
        {"updated_after": "yesterday"},
    ],
)
def test_a_senseless_query_is_400(api, query):  # 60
    assert api.get("/contacts", **query).status_code == 400


def test_a_person_unsubscribes(sandbox, people, connect):  # 61
    sandbox.advance(3600)
    sandbox.unsubscribe("ann@example.com")

    ann = connect().contact("ann@example.com", include="list_memberships")

    assert ann["email_address"]["permission_to_send"] == "unsubscribed"
    assert ann["email_address"]["opt_out_source"] == "Contact"
    assert ann["email_address"]["opt_out_date"] == ann["updated_at"] == "2027-03-01T13:00:00Z"
    assert ann["list_memberships"] == []


def test_a_person_leaves_one_list(sandbox, people, connect):  # 61
    sandbox.advance(3600)
    sandbox.leave_list("ann@example.com", sandbox.newsletter)

    ann = connect().contact("ann@example.com", include="list_memberships")

    assert ann["email_address"]["permission_to_send"] == "implicit"
    assert ann["updated_at"] == "2027-03-01T13:00:00Z"
    assert ann["list_memberships"] == [sandbox.weekly_news]


def test_a_person_is_deleted(sandbox, people, connect):  # 61
    sandbox.advance(3600)
    sandbox.delete_contact("ann@example.com")
    api = connect()

    assert api.contact("ann@example.com")["deleted_at"] == "2027-03-01T13:00:00Z"
    assert api.get(f"/contacts/{people['ann']}").status_code == 404
    assert len(sandbox.members(sandbox.newsletter)) == 1


def test_signing_up_creates_then_updates(sandbox, api):  # 62
    body = {"email_address": "ann@example.com", "first_name": "Ann", "list_memberships": [sandbox.newsletter]}

    created = api.post("/contacts/sign_up_form", body)
    updated = api.post(
        "/contacts/sign_up_form", {"email_address": "Ann@example.com", "list_memberships": [sandbox.weekly_news]}
    )

    assert (created.status_code, created.json()["action"]) == (201, "created")
    assert (updated.status_code, updated.json()["action"]) == (200, "updated")
    assert created.json()["contact_id"] == updated.json()["contact_id"]
    person = sandbox.person("ann@example.com")
    assert person["permission_to_send"] == "explicit"
    assert person["first_name"] == "Ann"
    assert set(person["lists"]) == {sandbox.newsletter, sandbox.weekly_news}


def test_signing_up_needs_a_list_and_an_address(sandbox, api):  # 62
    assert api.post("/contacts/sign_up_form", {"email_address": "a@example.com"}).status_code == 400
    assert api.post("/contacts/sign_up_form", {"list_memberships": [sandbox.newsletter]}).status_code == 400


def test_signing_up_brings_back_who_left(sandbox, api):  # 62
    sandbox.add_contacts(
        {"email": "ann@example.com", "permission": "unsubscribed"}, {"email": "dan@example.com", "deleted": True}
    )
    for email in ("ann@example.com", "dan@example.com"):
        api.post("/contacts/sign_up_form", {"email_address": email, "list_memberships": [sandbox.newsletter]})
    assert {one["email"] for one in sandbox.members(sandbox.newsletter)} == {"ann@example.com", "dan@example.com"}


@pytest.mark.parametrize("deleted", [False, True])
def test_creating_a_contact_that_exists_is_409_with_its_id(sandbox, api, deleted):  # 62
    (contact_id,) = sandbox.add_contacts({"email": "ann@example.com", "deleted": deleted})
    answer = api.post("/contacts", {"email_address": {"address": "ann@example.com"}, "create_source": "Account"})
    assert answer.status_code == 409
    assert answer.json() == [
        {"error_key": "contacts.api.conflict", "error_message": f"Email already exists for contact {contact_id}"}
    ]


def test_a_contact_can_be_created_with_everything(sandbox, api):
    field_id = api.post("/contact_custom_fields", {"label": "Size", "type": "string"}).json()["custom_field_id"]
    answer = api.post(
        "/contacts",
        {
            "email_address": {"address": "ann@example.com", "permission_to_send": "explicit"},
            "create_source": "Contact",
            "first_name": "Ann",
            "birthday_month": 2,
            "birthday_day": 3,
            "list_memberships": [sandbox.newsletter],
            "phone_numbers": [{"phone_number": "555", "kind": "work"}],
            "street_addresses": [{"kind": "home", "city": "Boston", "postal_code": "02451"}],
            "custom_fields": [{"custom_field_id": field_id, "value": "L"}],
        },
    )

    assert answer.status_code == 201
    contact = answer.json()
    assert contact["phone_numbers"][0]["kind"] == "work"
    assert contact["street_addresses"][0]["postal_code"] == "02451"
    assert contact["custom_fields"] == [{"custom_field_id": field_id, "value": "L"}]
    assert contact["list_memberships"] == [sandbox.newsletter]


def test_a_put_nulls_what_is_left_out_and_keeps_phones_and_addresses(sandbox, api):
    (contact_id,) = sandbox.add_contacts(
        {
            "email": "ann@example.com",
            "first_name": "Ann",
            "last_name": "Lee",
            "mobile_phone": "555",
            "lists": [sandbox.newsletter],
        }
    )
    body = {"email_address": {"address": "ann.lee@example.com"}, "last_name": "Lee", "update_source": "Account"}

    contact = api.put(f"/contacts/{contact_id}", body).json()

    assert "first_name" not in contact
    assert contact["phone_numbers"][0]["phone_number"] == "555"
    assert contact["list_memberships"] == [sandbox.newsletter]
    assert api.contact("ann@example.com") is None
    assert api.put(f"/contacts/{contact_id}", {"email_address": {"address": "a@example.com"}}).status_code == 400


def test_an_account_can_unsubscribe_a_contact_but_not_undo_the_contacts_own_wish(sandbox, api):
    (contact_id,) = sandbox.add_contacts({"email": "ann@example.com", "lists": [sandbox.newsletter]})
    body = {
        "email_address": {"address": "ann@example.com", "permission_to_send": "unsubscribed"},
        "update_source": "Account",
    }
    assert api.put(f"/contacts/{contact_id}", body).json()["email_address"]["opt_out_source"] == "Account"

    sandbox.unsubscribe("ann@example.com")
    body["email_address"]["permission_to_send"] = "implicit"
    assert api.put(f"/contacts/{contact_id}", body).status_code == 400


def test_a_contact_can_be_deleted_and_counted(sandbox, api):
    first, _, third = sandbox.add_contacts(
        {"email": "a@example.com"},
        {"email": "b@example.com", "permission": "explicit"},
        {"email": "c@example.com", "permission": "unsubscribed"},
    )
    assert api.delete(f"/contacts/{first}").status_code == 204
    assert api.get("/contacts/counts").json() == {
        "total": 2,
        "explicit": 1,
        "implicit": 0,
        "pending": 0,
        "unsubscribed": 1,
    }
    assert api.put(f"/contacts/resubscribe/{third}", {"list_ids": [sandbox.newsletter]}).status_code == 200


def test_contacts_of_another_account_are_unknown(sandbox, connect):
    (contact_id,) = sandbox.add_contacts({"email": "ann@example.com"})
    other = connect(account="Fabrikam")
    assert other.get(f"/contacts/{contact_id}").status_code == 404
    assert other.contact("ann@example.com") is None
