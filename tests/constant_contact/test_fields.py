"""The fields of an import, as data."""

import pytest

from constant_contact import CSV_FIELDS, IMPORT_FIELDS, ImportField, custom_field_key
from constant_contact.fields import ADDRESS_FAMILIES, PHONE_FIELDS, custom_import_field


def test_every_field_is_found_under_its_own_name():
    assert all(name == field.name for name, field in IMPORT_FIELDS.items())
    assert len(IMPORT_FIELDS) == 5 + 3 + 5 + 4 * 6


@pytest.mark.parametrize(
    ("name", "max_length", "kind"),
    [
        ("email", 50, "email"),
        ("first_name", 50, "text"),
        ("company_name", 50, "text"),
        ("mobile_phone", 25, "phone"),
        ("street", 255, "text"),
        ("home_country", 50, "text"),
        ("other_zip", 50, "text"),
        ("anniversary", 10, "date"),
        ("birthday_month", 2, "month"),
        ("birthday_day", 2, "day"),
    ],
)
def test_a_field_knows_its_limit_and_kind(name, max_length, kind):
    assert IMPORT_FIELDS[name] == ImportField(name, max_length, kind)


def test_no_field_for_text_messages_is_offered():
    assert not [name for name in IMPORT_FIELDS if "sms" in name]


def test_a_file_takes_some_of_the_fields_only():
    assert set(IMPORT_FIELDS) > CSV_FIELDS
    assert {"phone", "zip", "birthday_day"} <= CSV_FIELDS
    assert not {"home_phone", "work_city"} & CSV_FIELDS


def test_phones_and_addresses_are_fields():
    assert set(PHONE_FIELDS) <= set(IMPORT_FIELDS)
    assert ADDRESS_FAMILIES[""] == ("street", "street2", "city", "state", "zip", "country")
    assert ADDRESS_FAMILIES["work"][2] == "work_city"


def test_the_fields_cannot_be_changed():
    with pytest.raises(TypeError):
        IMPORT_FIELDS["email"] = None


def test_a_custom_field_is_addressed_by_its_name():
    assert custom_field_key("loyalty_tier") == "cf:loyalty_tier"


@pytest.mark.parametrize(
    ("type", "expected"),
    [
        ({"type": "string"}, ImportField("cf:f", 255, "text")),
        ({"type": "text_area"}, ImportField("cf:f", 255, "text")),
        ({"type": "of the future", "version": 2}, ImportField("cf:f", 255, "text")),
        ({}, ImportField("cf:f", 255, "text")),
        ({"type": "date"}, ImportField("cf:f", 255, "text")),
        ({"type": "date", "version": 1}, ImportField("cf:f", 255, "text")),
        ({"type": "date", "version": 2}, ImportField("cf:f", 255, "date")),
        ({"type": "datetime"}, ImportField("cf:f", 255, "moment")),
        ({"type": "boolean"}, ImportField("cf:f", 255, "boolean")),
        ({"type": "number"}, ImportField("cf:f", 255, "number")),
        ({"type": "number", "metadata": {"integer": True}}, ImportField("cf:f", 255, "number", places=0)),
        (
            {"type": "currency", "metadata": {"integer": False, "decimal_places": 2, "allow_negative": False}},
            ImportField("cf:f", 255, "number", places=2, may_be_negative=False),
        ),
        ({"type": "single_select", "choices": ["a", "b"]}, ImportField("cf:f", 255, "choice", ("a", "b"))),
        ({"type": "multi_select", "choices": ["a"]}, ImportField("cf:f", 255, "choice", ("a",))),
        ({"type": "single_select"}, ImportField("cf:f", 255, "text")),
    ],
)
def test_a_custom_field_takes_what_its_type_says(type, expected):
    assert custom_import_field("cf:f", type) == expected
