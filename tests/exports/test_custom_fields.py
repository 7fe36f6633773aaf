"""Custom fields of the account: shown, made on request, and never made twice."""

import pytest

from exports.destination import custom_fields
from exports.destination.account import AccountError
from tests.support.fixtures_exports import api_calls


def test_a_new_field_is_made_and_then_known(connection):
    target, field = custom_fields.create(connection, "Loyalty level")
    assert (target.startswith("cf:"), field.label) == (True, "Loyalty level")
    assert custom_fields.custom_fields_of(connection) == {target: field}


def test_a_field_that_has_this_label_already_is_taken(connection, sandbox):
    first = custom_fields.create(connection, "Loyalty level")
    assert custom_fields.create(connection, "loyalty LEVEL") == first
    assert api_calls(sandbox).count("POST /v3/contact_custom_fields") == 1


def test_a_field_the_account_does_not_have_is_named(connection):
    with pytest.raises(AccountError, match="no custom field “Loyalty level”"):
        custom_fields.chosen_fields(connection, ["cf:loyalty"], {"cf:loyalty": "Loyalty level"})


def test_outage_of_constant_contact_is_shown(connection, sandbox):
    sandbox.fault("/v3/contact_custom_fields*", "503", times=10)
    with pytest.raises(AccountError, match="can't be reached"):
        custom_fields.create(connection, "Loyalty level")
