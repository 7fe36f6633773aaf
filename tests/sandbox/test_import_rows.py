"""Behaviours 37 to 48: what becomes of each row."""

import pytest

NONE = {"error_count": 0, "correctable_count": 0, "cannot_add_to_list_count": 0}


def refused(status):
    """The counters without the totals."""
    return {name: count for name, count in status.items() if name in NONE}


def test_a_new_contact_is_implicit_and_on_every_list(sandbox, api):  # 37
    status = api.import_rows({"email": "ann@example.com"}, lists=[sandbox.newsletter, sandbox.weekly_news])

    contact = api.contact("ann@example.com", include="list_memberships")
    assert refused(status) == NONE
    assert contact["email_address"]["permission_to_send"] == "implicit"
    assert contact["email_address"]["opt_in_source"] == "Account"
    assert set(contact["list_memberships"]) == {sandbox.newsletter, sandbox.weekly_news}


def test_every_field_of_an_import_is_kept(sandbox, api):
    api.post("/contact_custom_fields", {"label": "Size", "type": "string"})
    row = {
        "email": "ann@example.com",
        "first_name": "Ann",
        "last_name": "Lee",
        "job_title": "Owner",
        "company_name": "Lee & Co",
        "birthday_month": 2,
        "birthday_day": 29,
        "anniversary": "03/15/2010",
        "phone": "555-1",
        "mobile_phone": "555-2",
        "work_phone": "555-3",
        "street": "1 Main St",
        "street2": "Floor 2",
        "city": "Waltham",
        "state": "MA",
        "zip": "02451",
        "country": "US",
        "work_city": "Boston",
        "other_street": "9 Elm",
        "cf:size": "L",
    }

    assert refused(api.import_rows(row)) == NONE

    contact = api.contact("ann@example.com", include="custom_fields,phone_numbers,street_addresses")
    assert (contact["birthday_month"], contact["birthday_day"], contact["anniversary"]) == (2, 29, "03/15/2010")
    assert {one["kind"]: one["phone_number"] for one in contact["phone_numbers"]} == {
        "other": "555-1",
        "mobile": "555-2",
        "work": "555-3",
    }
    addresses = {one["kind"]: one for one in contact["street_addresses"]}
    assert addresses["home"]["street"] == "1 Main St Floor 2"
    assert addresses["home"]["postal_code"] == "02451"
    assert addresses["work"]["city"] == "Boston"
    assert [one["value"] for one in contact["custom_fields"]] == ["L"]
    assert sandbox.members(sandbox.newsletter)[0]["custom_fields"] == {"size": "L"}


def test_an_existing_contact_changes_only_where_something_is_supplied(sandbox, api):  # 38
    sandbox.add_contacts(
        {
            "email": "ann@example.com",
            "first_name": "Anne",
            "city": "Boston",
            "permission": "explicit",
            "lists": [sandbox.weekly_news],
        }
    )

    for _ in range(2):
        api.import_rows({"email": "ann@example.com", "first_name": "Ann", "last_name": "Lee"})

    person = sandbox.person("ann@example.com")
    assert (person["first_name"], person["last_name"], person["city"]) == ("Ann", "Lee", "Boston")
    assert person["permission_to_send"] == "explicit"
    assert set(person["lists"]) == {sandbox.newsletter, sandbox.weekly_news}
    assert len(sandbox.members(sandbox.newsletter)) == 1


def test_an_unsubscribed_contact_is_updated_but_not_listed(sandbox, api):  # 39
    sandbox.add_contacts({"email": "ann@example.com", "lists": [sandbox.newsletter]})
    sandbox.unsubscribe("ann@example.com")

    status = api.import_rows({"email": "ann@example.com", "first_name": "Ann"}, {"email": "bob@example.com"})

    assert refused(status) == NONE | {"cannot_add_to_list_count": 1}
    assert status["person_count"] == 2
    assert [one["email"] for one in sandbox.members(sandbox.newsletter)] == ["bob@example.com"]
    assert sandbox.person("ann@example.com")["first_name"] == "Ann"


def test_a_contact_that_left_just_this_list_is_put_back(sandbox, api):  # 40
    sandbox.add_contacts({"email": "ann@example.com", "lists": [sandbox.newsletter, sandbox.weekly_news]})
    sandbox.leave_list("ann@example.com", sandbox.newsletter)

    api.import_rows({"email": "ann@example.com"})

    assert len(sandbox.members(sandbox.newsletter)) == 1


def test_a_deleted_contact_is_revived_unless_switched_off(sandbox, api):  # 41
    sandbox.add_contacts({"email": "ann@example.com", "deleted": True}, {"email": "bob@example.com", "deleted": True})

    api.import_rows({"email": "ann@example.com"})
    assert [one["email"] for one in sandbox.members(sandbox.newsletter)] == ["ann@example.com"]

    sandbox.switch(deleted_contact="cannot_add")
    assert api.import_rows({"email": "bob@example.com"})["cannot_add_to_list_count"] == 1


def test_an_unsubscribed_contact_that_was_deleted_stays_unsubscribed(sandbox, api):  # 39, 41
    sandbox.add_contacts({"email": "ann@example.com", "permission": "unsubscribed", "deleted": True})
    assert api.import_rows({"email": "ann@example.com"})["cannot_add_to_list_count"] == 1


@pytest.mark.parametrize(
    "row",
    [
        {"email": "no-at-sign"},
        {"email": "a@b"},
        {"email": "a b@example.com"},
        {"email": "josé@example.com"},
        {"email": "a@exämple.com"},
        {"email": "a,b@example.com"},
        {"email": ".a@example.com"},
        {"email": "a@-x.com"},
        {"email": "a@example.com", "birthday_month": 13, "birthday_day": 1},
        {"email": "a@example.com", "birthday_month": 2, "birthday_day": 30},
        {"email": "a@example.com", "birthday_month": 2},
        {"email": "a@example.com", "anniversary": "15.03.2010"},
        {"email": "a@example.com", "anniversary": "2010-13-01"},
        {"city": "Boston"},
        {"email": ""},
        {},
    ],
)
def test_a_correctable_row_is_counted_and_not_imported(sandbox, api, row):  # 42
    assert refused(api.import_rows(row, {"email": "bob@example.com"})) == NONE | {"correctable_count": 1}
    assert [one["email"] for one in sandbox.members(sandbox.newsletter)] == ["bob@example.com"]


@pytest.mark.parametrize(
    "anniversary",
    ["03/15/2010", "3/5/2010", "2010/03/15", "2010/3/5", "2010-03-15", "2010-3-5", "3-5-2010", "3-15-2010"],
)
def test_an_anniversary_may_be_written_in_many_ways(api, anniversary):  # 42
    assert refused(api.import_rows({"email": "a@example.com", "anniversary": anniversary})) == NONE


@pytest.mark.parametrize(
    "row",
    [
        "ann@example.com",
        None,
        5,
        {"email": {"address": "a@example.com"}},
        {"email": "a@example.com", "first_name": ["Ann"]},
        {"first_name": "Ann"},
        {"email": "a@example.com", "home_phone": "1", "work_phone": "2", "mobile_phone": "3", "other_phone": "4"},
    ],
)
def test_any_other_bad_row_is_an_error_without_a_name(sandbox, api, row):  # 43
    done = api.run("contacts_json_import", {"import_data": [row], "list_ids": [sandbox.newsletter]})

    assert done["state"] == "completed"
    assert refused(done["status"]) == NONE | {"error_count": 1}
    assert done["activity_errors"] == []
    assert sandbox.members(sandbox.newsletter) == []


def test_of_two_rows_of_one_address_the_last_wins(sandbox, api):  # 44
    status = api.import_rows(
        {"email": "Ann@Example.com", "first_name": "One"}, {"email": "ann@example.COM", "first_name": "Two"}
    )

    (ann,) = sandbox.members(sandbox.newsletter)
    assert ann["first_name"] == "Two"
    assert (status["person_count"], refused(status)) == (2, NONE)


def test_which_duplicate_wins_and_what_is_counted_are_switches(sandbox, api):  # 44
    sandbox.switch(duplicate_rows="first", person_count="contacts")
    status = api.import_rows(
        {"email": "ann@example.com", "first_name": "One"}, {"email": "ann@example.com", "first_name": "Two"}
    )
    assert sandbox.members(sandbox.newsletter)[0]["first_name"] == "One"
    assert status["person_count"] == 1


def test_addresses_may_differ_by_case_by_switch(sandbox, api):  # 44
    sandbox.switch(fold_case=False)
    api.import_rows({"email": "Ann@example.com"}, {"email": "ann@example.com"})
    assert len(sandbox.members(sandbox.newsletter)) == 2


@pytest.mark.parametrize(
    ("name", "length"),
    [
        ("email", 50),
        ("first_name", 50),
        ("last_name", 50),
        ("job_title", 50),
        ("company_name", 50),
        ("street", 255),
        ("city", 50),
        ("home_zip", 50),
        ("phone", 50),
        ("cf:size", 255),
    ],
)
def test_a_value_over_its_length_is_an_error(sandbox, api, name, length):  # 45
    api.post("/contact_custom_fields", {"label": "Size", "type": "string"})

    def row(size):
        value = "x" * (size - len("@example.com")) + "@example.com" if name == "email" else "x" * size
        return {"email": "a@example.com"} | {name: value}

    assert refused(api.import_rows(row(length))) == NONE
    assert refused(api.import_rows(row(length + 1))) == NONE | {"error_count": 1}


def test_a_long_value_may_be_cut_by_switch(sandbox, api):  # 45
    sandbox.switch(long_value="cut")
    api.import_rows({"email": "a@example.com", "first_name": "x" * 60})
    assert sandbox.person("a@example.com")["first_name"] == "x" * 50


def test_an_unknown_custom_field_is_ignored_an_error_or_refused(sandbox, api):  # 46
    row = {"email": "a@example.com", "cf:unknown": "x"}

    assert refused(api.import_rows(row)) == NONE
    assert sandbox.person("a@example.com")["custom_fields"] == {}
    sandbox.switch(unknown_custom_field="error")
    assert refused(api.import_rows(row)) == NONE | {"error_count": 1}
    sandbox.switch(unknown_custom_field="refuse")
    body = {"import_data": [row], "list_ids": [sandbox.newsletter]}
    assert api.post("/activities/contacts_json_import", body).status_code == 400


def test_more_than_25_custom_fields_are_an_error_also_together_with_earlier_ones(api):  # 46
    for number in range(26):
        api.post("/contact_custom_fields", {"label": f"f{number}", "type": "string"})

    def row(*numbers):
        return {"email": "a@example.com"} | {f"cf:f{number}": "x" for number in numbers}

    assert refused(api.import_rows(row(*range(25)))) == NONE
    assert refused(api.import_rows(row(*range(26)))) == NONE | {"error_count": 1}
    assert refused(api.import_rows(row(25))) == NONE | {"error_count": 1}


def test_a_51st_list_is_an_error(sandbox, api):  # 47
    lists = [sandbox.add_list(f"List {number}") for number in range(50)]
    sandbox.add_contacts({"email": "ann@example.com", "lists": lists})

    assert refused(api.import_rows({"email": "ann@example.com"})) == NONE | {"error_count": 1}
    assert refused(api.import_rows({"email": "ann@example.com"}, lists=lists)) == NONE
    assert sandbox.members(sandbox.newsletter) == []
    sandbox.switch(too_many_lists_of_contact="cannot_add")
    assert refused(api.import_rows({"email": "ann@example.com"})) == NONE | {"cannot_add_to_list_count": 1}


def test_the_counters_have_exactly_the_real_names(api):  # 48
    assert set(api.import_rows({"email": "a@example.com"})) == {
        "items_total_count",
        "person_count",
        "error_count",
        "correctable_count",
        "cannot_add_to_list_count",
    }


def test_an_empty_value_is_ignored_or_erases(sandbox, api):
    sandbox.add_contacts({"email": "ann@example.com", "first_name": "Ann", "last_name": "Lee"})

    api.import_rows({"email": "ann@example.com", "first_name": ""})
    assert sandbox.person("ann@example.com")["first_name"] == "Ann"

    sandbox.switch(empty_value="erase")
    api.import_rows({"email": "ann@example.com", "first_name": ""}, {"email": "new@example.com", "first_name": ""})
    person = sandbox.person("ann@example.com")
    assert "first_name" not in person
    assert person["last_name"] == "Lee"
    assert "first_name" not in sandbox.person("new@example.com")


def test_a_contact_may_have_a_number_instead_of_an_address(sandbox, api):
    status = api.import_rows({"sms_number": "123-123-1234", "first_name": "Ann"}, {"sms_number": "1"})

    assert refused(status) == NONE | {"correctable_count": 1}
    assert sandbox.members(sandbox.newsletter)[0]["sms_number"] == "123-123-1234"
    assert "email_address" not in api.get("/contacts").json()["contacts"][0]


def test_values_of_all_kinds_are_kept_as_text(sandbox, api):
    api.post("/contact_custom_fields", {"label": "Size", "type": "number"})
    api.import_rows({"email": "a@example.com", "cf:size": 12.5, "first_name": "A\x1fB"})
    person = sandbox.person("a@example.com")
    assert person["custom_fields"] == {"size": "12.5"}
    assert person["first_name"] == "A B"


TYPED = [
    ({"type": "date", "version": 2}, ["2026-02-28", "2/28/2026", "2026/2/28", "2-28-2026"], ["2026-02-30", "soon"]),
    ({"type": "datetime"}, ["2026-02-28T12:00:00", "2026-02-28T12:00:00Z", "2026-02-28"], ["noon"]),
    ({"type": "number"}, ["1", "-1.5", "0.123456", 7], ["1,5", "1e5", "one"]),
    ({"type": "number", "metadata": {"integer": True, "allow_negative": False}}, ["1"], ["1.0", "-1"]),
    ({"type": "currency", "metadata": {"decimal_places": 2}}, ["1", "1.5", "-1.55"], ["1.555", "$1"]),
    ({"type": "boolean"}, ["true", "False", True], ["yes", "1"]),
    ({"type": "single_select", "choices": [{"choice_label": "Red"}]}, ["Red"], ["red", "Blue"]),
    ({"type": "multi_select", "choices": [{"choice_label": "Red"}]}, ["Red"], ["Blue"]),
    ({"type": "date", "version": 1}, ["soon"], []),
    ({"type": "text_area"}, ["soon"], []),
]


@pytest.mark.parametrize(("type", "fitting", "unfit"), TYPED)
def test_a_value_that_its_custom_field_does_not_take_is_an_error_of_the_row(api, type, fitting, unfit):
    assert api.post("/contact_custom_fields", {"label": "f", **type}).status_code == 201
    rows = [{"email": f"p{place}@example.com", "cf:f": value} for place, value in enumerate(fitting + unfit)]

    assert refused(api.import_rows(*rows)) == NONE | {"error_count": len(unfit)}


def test_an_unfit_value_may_be_ignored_or_kept_by_switch(sandbox, api):
    api.post("/contact_custom_fields", {"label": "f", "type": "number"})
    sandbox.switch(unfit_custom_value="ignore")
    assert refused(api.import_rows({"email": "a@example.com", "first_name": "Ann", "cf:f": "one"})) == NONE
    assert (person := sandbox.person("a@example.com"))["custom_fields"] == {}
    assert person["first_name"] == "Ann"
    sandbox.switch(unfit_custom_value="keep")
    assert refused(api.import_rows({"email": "a@example.com", "cf:f": "one"})) == NONE
    assert sandbox.person("a@example.com")["custom_fields"] == {"f": "one"}
