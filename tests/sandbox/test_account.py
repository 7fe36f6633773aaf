"""Behaviours 23 and 24: the account and its user."""


def test_the_summary_shows_who_is_connected(sandbox, api):  # 23
    summary = api.get("/account/summary").json()

    assert summary["organization_name"] == "Adventure Works Cycles"
    assert summary["contact_email"] == "owner@adventure-works.example"
    assert summary["encoded_account_id"] == sandbox.account_id
    assert {
        "contact_phone",
        "country_code",
        "encoded_partner_id",
        "first_name",
        "last_name",
        "organization_phone",
        "state_code",
        "time_zone_id",
        "website",
    } <= set(summary)
    assert "physical_address" not in summary


def test_the_summary_has_extra_fields_when_asked(api):  # 23
    assert "city" in api.get("/account/summary", extra_fields="physical_address").json()["physical_address"]
    assert api.get("/account/summary", extra_fields="secrets").status_code == 400


def test_the_summary_needs_account_read(connect):  # 23
    assert connect(scope="contact_data").get("/account/summary").status_code == 403


def test_privileges_need_no_scope_and_are_a_bare_array(sandbox, connect):  # 24
    held = connect(scope="contact_data").get("/account/user/privileges").json()

    assert isinstance(held, list)
    assert {"contacts:read", "contacts:write", "contacts:lists:read", "contacts:lists:write", "account:read"} <= {
        one["privilege_name"] for one in held
    }
    assert all(isinstance(one["privilege_id"], int) for one in held)


def test_emails_are_a_bare_array_with_one_filter(api):  # 24
    (email,) = api.get("/account/emails").json()

    assert email["confirm_status"] == "CONFIRMED"
    assert api.get("/account/emails", confirm_status="U").json() == []
    assert api.get("/account/emails", role_code="B").json() == [email]
    assert api.get("/account/emails", role_code="B", confirm_status="C").status_code == 400
    assert api.get("/account/emails", role_code="Z").status_code == 400
