"""What an attribute can be matched to, which choices an import refuses, and what is suggested by name."""

import pytest

from constant_contact import IMPORT_FIELDS
from exports.destination import fields


def names() -> list[str]:
    return [name for _title, options in fields.choices() for name, _label in options]


def test_every_field_of_the_import_can_be_chosen_once():
    assert sorted([*names(), "email"]) == sorted(IMPORT_FIELDS)


def test_first_name_and_last_name_come_first():
    assert names()[:2] == ["first_name", "last_name"]
    assert [fields.label_of(name) for name in ("email", "first_name", "last_name")] == [
        "Email",
        "First name",
        "Last name",
    ]


def test_labels_tell_all_fields_apart():
    labels = [fields.label_of(name) for name in names()]
    assert len(set(labels)) == len(labels)


def test_a_custom_field_is_called_by_its_label_and_by_its_name_without_one():
    assert fields.label_of("cf:loyalty_level", {"cf:loyalty_level": "Loyalty level"}) == "Loyalty level"
    assert fields.label_of("cf:loyalty_level") == "loyalty_level"


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        (["phone", "home_phone", "work_phone", "mobile_phone"], "at most 3 phone numbers"),
        (["phone", "other_phone"], "Phone and Other phone in the same place"),
        (["city", "home_city"], "the address and the home address in the same place"),
        (["city", "home_city", "work_city", "other_city"], "at most 3 addresses"),
        (["birthday_month"], "both month and day"),
        (["birthday_day"], "both month and day"),
        ([f"cf:field_{number}" for number in range(26)], "at most 25 custom fields"),
    ],
)
def test_a_choice_that_an_import_refuses_gets_a_sentence(chosen, sentence):
    assert any(sentence in str(problem) for problem in fields.problems(chosen))


@pytest.mark.parametrize(
    "chosen",
    [
        [],
        ["phone", "home_phone", "work_phone"],
        ["city", "work_city", "other_city"],
        ["birthday_month", "birthday_day"],
        [f"cf:field_{number}" for number in range(25)],
    ],
)
def test_a_choice_at_the_limit_is_fine(chosen):
    assert fields.problems(chosen) == []


@pytest.mark.parametrize(
    ("attribute", "target"),
    [
        ("email", "email"),
        ("E-Mail Address", "email"),
        ("EmailAddress", "email"),
        ("first_name", "first_name"),
        ("FirstName", "first_name"),
        ("given name", "first_name"),
        ("SURNAME", "last_name"),
        ("postal_code", "zip"),
        ("Post Code", "zip"),
        ("province", "state"),
        ("mobile", "mobile_phone"),
        ("company", "company_name"),
        ("邮箱", "email"),
        ("姓", "last_name"),
    ],
)
def test_the_name_of_an_attribute_suggests_its_field(attribute, target):
    assert fields.suggest([attribute])[target] == attribute


def test_a_title_suggests_nothing():
    assert fields.suggest(["title", "person_id", "updated_at", "email_promotion"]) == {}


def test_an_attribute_that_holds_addresses_is_suggested_as_email_when_no_name_says_so():
    assert fields.suggest(["contact", "name"], looking_like_email=["contact"]) == {"email": "contact"}


def test_a_suggestion_never_breaks_a_rule_of_the_import():
    attributes = ["email", "phone", "home_phone", "work_phone", "mobile", "birthday_month", "street", "city"]
    suggested = fields.suggest(attributes)
    assert fields.problems(suggested) == []
    assert "birthday_month" not in suggested


def test_both_halves_of_a_birthday_are_suggested_together():
    assert set(fields.suggest(["birthday_month", "birthday_day"])) == {"birthday_month", "birthday_day"}


@pytest.mark.parametrize(("target", "expected"), [("city", True), ("cf:level", True), ("cf:", False), ("town", False)])
def test_only_fields_of_the_import_are_targets(target, expected):
    assert fields.is_target(target) is expected
