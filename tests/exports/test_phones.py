"""A phone is sent only if it is one; anything else costs the field, not the person."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .planning import plan

TARGETS = ("email", "mobile_phone")
PHONES = ["+1 (425) 555-0100", "4255550100", "425.555.0100", "555-0100", "030/1234567", "+49 30 1234567",
          "+86 10-8888 8888", "(425) 555-0100 ext. 12", "425-555-0100 x12", "425 555 0100 #7",
          "123456789012345"]  # fmt: skip
NO_PHONES = ["ask for Bob", "425-555-0100 or 425-555-0101", "425-555-0100, 425-555-0101", "425-555-0100 / 425-555-0101",
             "555-0100 555-0101", "5550100/5550101", "+1 425 555 0100 +1 425 555 0101", "555-01", "0100",
             "1234567890123456", "4.2555501E+09", "n/a", "-", "()", "call 425-555-0100", "425-555-0100 after 6pm",
             "#N/A", "425-555-0100 ext 12 ext 13", "425-555-0100 ext 1234567", "４２５５５５０１００"]  # fmt: skip


def sent(folder, phones):
    profiles = [(str(number), None, f"p{number}@example.com", phone) for number, phone in enumerate(phones)]
    planned = plan(folder, profiles, TARGETS)
    assert planned.made.counts == {"send": len(phones)}
    values = {payload["email"]: payload.get("mobile_phone") for payload in planned.payloads()}
    return [values[f"p{number}@example.com"] for number in range(len(phones))], planned


def test_one_number_is_sent_as_it_is_written(tmp_path):
    assert sent(tmp_path, PHONES)[0] == PHONES


def test_what_is_no_phone_is_not_sent_and_counted(tmp_path):
    values, planned = sent(tmp_path, NO_PHONES)
    assert dict(zip(NO_PHONES, values, strict=True)) == dict.fromkeys(NO_PHONES)
    assert planned.made.without_value == len(NO_PHONES)


def test_an_empty_phone_is_not_counted(tmp_path):
    values, planned = sent(tmp_path, ["", " ", "\u2003", None])
    assert (values, planned.made.without_value) == ([None] * 4, 0)


@pytest.mark.parametrize(
    ("written", "bare"),
    [
        ("+1 ( 425 ) 555 - 01 00 - 23 45", "+142555501002345"),
        ("+1 (425) 555 - 0100 extension 1234", "+14255550100x1234"),
    ],
)
def test_a_number_that_is_too_long_loses_its_punctuation(tmp_path, written, bare):
    assert sent(tmp_path, [written])[0] == [bare]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "+", "("]),
            st.lists(st.tuples(st.sampled_from("0123456789"), st.sampled_from(["", "", "-", ".", ")"])), max_size=17),
            st.sampled_from(["", "", " x12", " ext. 123456", "x1234567", " or more"]),
        ),
        min_size=1,
        max_size=20,
    )
)  # fmt: skip
def test_a_phone_is_what_a_plain_reading_says(tmp_path_factory, written):
    phones = [before + "".join(map("".join, digits)) + after for before, digits, after in written]
    expected = []
    for phone, (_before, digits, after) in zip(phones, written, strict=True):
        is_phone = 7 <= len(digits) <= 15 and after in ("", " x12", " ext. 123456")
        bare = re.sub("[^0-9+x]", "", re.sub("ext[.]", "x", phone))
        expected.append((phone if len(phone) <= 25 else bare) if is_phone else None)
    assert sent(tmp_path_factory.mktemp("plan"), phones)[0] == expected
