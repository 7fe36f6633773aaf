"""The account that was connected, and what its user may do."""

import pytest

from constant_contact import ConstantContact, QuotaExceededError, RejectedError, ThrottledError

from .conftest import Keyring


def test_the_account_is_returned(cc, sandbox):
    account = cc.account_summary()

    assert account.encoded_account_id == sandbox.account_id
    assert account.organization_name
    assert "@" in account.contact_email


def test_the_privileges_are_returned(cc, sandbox):
    sandbox.set_privileges(remove=["contacts:write"])

    privileges = cc.privileges()

    assert "contacts:lists:read" in privileges
    assert "contacts:write" not in privileges


def test_a_missing_privilege_raises_a_forbidden_rejection(cc, sandbox):
    sandbox.set_privileges(remove=["contacts:lists:read"])

    with pytest.raises(RejectedError) as caught:
        cc.contact_lists()

    assert caught.value.forbidden
    assert caught.value.error_key == "access_denied"


@pytest.mark.parametrize("body", ["object", "array", "empty"])
def test_a_missing_scope_raises_a_forbidden_rejection(sandbox, body):
    sandbox.switch(scope_error_body=body)
    token = sandbox.issue_tokens(scope="contact_data offline_access")["access_token"]

    with pytest.raises(RejectedError) as caught:
        ConstantContact(Keyring(token), api_url=sandbox.api_url).account_summary()

    assert caught.value.forbidden


def test_a_pace_too_fast_is_throttled(cc, sandbox):
    sandbox.switch(requests_per_second=1)
    cc.account_summary()

    with pytest.raises(ThrottledError) as caught:
        cc.account_summary()

    assert caught.value.error_key == "throttled"


def test_a_day_used_up_is_a_quota_exceeded(cc, sandbox):
    sandbox.switch(requests_per_day=1)
    cc.account_summary()

    with pytest.raises(QuotaExceededError):
        cc.account_summary()
