"""Who is sent and who is left out, by the rules for addresses, duplicates and values."""

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exports.plan.build import TooManyProfilesError
from profiles.blanks import BLANKS

from .planning import plan


@pytest.mark.parametrize(
    ("email", "expected"),
    [
        ("ken0@adventure-works.com", "send"),
        ("  Ken0@Adventure-Works.COM ", "send"),
        ("o'brien+news@mail.example.co.uk", "send"),
        ("someone@xn--bcher-kva.xn--p1ai", "send"),
        ("", "no_email"),
        ("   ", "no_email"),
        (None, "no_email"),
        ("josé@example.com", "invalid_email"),
        ("ken@bücher.example", "invalid_email"),
        ("ken", "invalid_email"),
        ("ken@localhost", "invalid_email"),
        ("ken@example.c", "invalid_email"),
        ("ken@-example.com", "invalid_email"),
        ("ken..smith@example.com", "invalid_email"),
        (".ken@example.com", "invalid_email"),
        ("ken smith@example.com", "invalid_email"),
        ("ken,smith@example.com", "invalid_email"),
        ("<ken@example.com>", "invalid_email"),
        ("ken@example.com\n", "send"),
        ("ken@exam\nple.com", "invalid_email"),
        ("a" * 39 + "@example.com", "too_long"),
        ("a" * 38 + "@example.com", "send"),
    ],
)
def test_an_address_is_sent_when_constant_contact_takes_it(tmp_path, email, expected):
    assert plan(tmp_path, [("1", None, email)]).disposition_of("1")[0] == expected


def test_of_profiles_with_one_address_the_most_recently_updated_is_kept(tmp_path):
    planned = plan(
        tmp_path,
        [
            ("1", "2024-01-01", "ken@example.com"),
            ("2", "2025-01-01", "KEN@example.com "),
            ("3", None, "ken@example.com"),
        ],
    )
    assert [row["profile_id"] for row in planned.rows() if row["disposition"] == "send"] == ["2"]
    assert planned.made.counts == {"duplicate": 2, "send": 1}


def test_of_profiles_updated_at_once_the_lowest_key_is_kept(tmp_path):
    planned = plan(tmp_path, [(key, "2024-01-01", "ken@example.com") for key in ("10", "9", "x")])
    assert planned.disposition_of("9")[0] == "send"


def test_a_value_that_is_too_long_is_not_sent_and_the_person_is(tmp_path):
    targets = ("email", "first_name", "street")
    planned = plan(
        tmp_path,
        [("1", None, "a@example.com", "x" * 51, "y"), ("2", None, "b@example.com", "x" * 50, "y" * 255)],
        targets,
    )
    assert planned.payloads()[0] == {"email": "a@example.com", "street": "y"}
    assert planned.payloads()[1] == {"email": "b@example.com", "first_name": "x" * 50, "street": "y" * 255}
    assert (planned.withheld_of("1", targets), planned.withheld_of("2", targets)) == ({"first_name"}, set())
    assert planned.made.without_value == 1


def test_empty_values_are_left_out_of_what_is_sent_so_that_nothing_is_erased(tmp_path):
    targets = ("email", "first_name", "cf:level")
    planned = plan(
        tmp_path, [("1", None, "a@example.com", "", None), ("2", None, "b@example.com", " ", "gold")], targets
    )
    assert planned.payloads() == [{"email": "a@example.com"}, {"email": "b@example.com", "cf:level": "gold"}]


def test_values_arrive_exactly_as_they_are(tmp_path):
    odd = 'Zoë "Zo" O\'Neil\\, 山田'
    planned = plan(tmp_path, [("1", None, "a@example.com", odd)], ("email", "last_name"))
    assert planned.payloads() == [{"email": "a@example.com", "last_name": odd}]


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("12/31/1999", "12/31/1999"),
        ("1/2/1999", "1/2/1999"),
        ("1999-12-31", "1999-12-31"),
        ("1999/12/31", "1999/12/31"),
        ("1999-12-31 08:30:00", "1999-12-31"),
        ("1999-12-31T08:30:00Z", "1999-12-31"),
    ],
)
def test_a_date_is_sent_in_a_form_the_import_takes(tmp_path, written, sent):
    planned = plan(tmp_path, [("1", None, "a@example.com", written)], ("email", "anniversary"))
    assert planned.payloads() == [{"email": "a@example.com", "anniversary": sent}]


@pytest.mark.parametrize("written", ["yesterday", "13/45/1999", "1999-02-31"])
def test_what_is_no_date_is_not_sent_and_the_person_is(tmp_path, written):
    targets = ("email", "anniversary")
    planned = plan(tmp_path, [("1", None, "a@example.com", written)], targets)
    assert planned.payloads() == [{"email": "a@example.com"}]
    assert planned.withheld_of("1", targets) == {"anniversary"}


def test_a_birthday_is_sent_as_numbers(tmp_path):
    targets = ("email", "birthday_day", "birthday_month")
    planned = plan(
        tmp_path, [("1", None, "a@example.com", "31", "12"), ("2", None, "b@example.com", "32", "12")], targets
    )
    assert planned.payloads() == [
        {"email": "a@example.com", "birthday_day": 31, "birthday_month": 12},
        {"email": "b@example.com"},
    ]
    assert planned.withheld_of("2", targets) == {"birthday_day", "birthday_month"}


def test_a_phone_number_that_is_too_long_loses_only_its_blanks_and_brackets(tmp_path):
    planned = plan(tmp_path, [("1", None, "a@example.com", "+1 ( 425 ) 555 - 01 00 - 23 45")], ("email", "phone"))
    assert planned.payloads() == [{"email": "a@example.com", "phone": "+142555501002345"}]


def test_names_of_custom_fields_are_values_and_nothing_else(tmp_path):
    target = 'cf:it\'s "odd"~/; DROP TABLE candidate; --'
    planned = plan(tmp_path, [("1", None, "a@example.com", "x")], ("email", target))
    assert planned.payloads() == [{"email": "a@example.com", target: "x"}]


def test_more_profiles_than_allowed_stop_the_plan_before_anything_is_written(tmp_path):
    profiles = [(str(number), None, f"p{number}@example.com") for number in range(4)]
    with pytest.raises(TooManyProfilesError) as error:
        plan(tmp_path, profiles, max_profiles=3)
    assert (error.value.found, error.value.limit) == (4, 3)
    assert not (tmp_path / "plan.parquet").exists()


def test_duplicates_do_not_count_towards_the_most_profiles_of_an_export(tmp_path):
    profiles = [(str(number), None, "same@example.com") for number in range(4)]
    assert plan(tmp_path, profiles, max_profiles=1).made.counts == {"duplicate": 3, "send": 1}


def sent_text(value: str, *, is_one_line: bool, limit: int) -> str:
    """The text in plain Python: no control characters, and no blanks around; "" when it is too long."""
    if is_one_line:
        value = re.sub("[\t\n\v\f\r\x85\u2028\u2029]", " ", value.replace("\r\n", " "))
    kept = "".join(each for each in value if unicodedata.category(each) != "Cc" or each in "\t\n\r").strip(
        BLANKS + "\0"
    )
    return kept if len(kept) <= limit else ""


text = st.text(st.characters(exclude_categories=("Cs",)), max_size=60) | st.text(
    st.sampled_from(BLANKS + "ab山\0"), max_size=9
)
emails = st.sampled_from(["a@example.com", "A@example.com", "b@example.com ", "c", "", None, "d@exämple.com"])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(emails, text, text), max_size=20))
def test_every_candidate_has_one_fate_and_every_payload_says_what_was_mapped(tmp_path_factory, people):
    profiles = [(str(number), None, *person) for number, person in enumerate(people)]
    planned = plan(tmp_path_factory.mktemp("plan"), profiles, ("email", "first_name", "cf:note"))
    rows = planned.rows()
    assert sum(planned.made.counts.values()) == len(rows) == len(people)
    for row in rows:
        if row["disposition"] != "send":
            assert row["batch"] is None
            continue
        _email, first_name, note = people[int(row["profile_id"])]
        expected = {
            "email": row["email"],
            "first_name": sent_text(first_name, is_one_line=True, limit=50),
            "cf:note": sent_text(note, is_one_line=False, limit=255),
        }
        (payload,) = [each for each in planned.payloads() if each["email"] == row["email"]]
        assert payload == {key: value for key, value in expected.items() if value}
