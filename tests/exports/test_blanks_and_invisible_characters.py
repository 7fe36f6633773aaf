"""Text is text: what nobody sees changes nothing, and never makes of one address somebody else's."""

import sys
import unicodedata

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exports.runs import start_run
from profiles.attributes import Attribute
from profiles.blanks import BLANKS, WHITE_SPACE
from segments.rules.compile import compile_rules
from segments.rules.tree import read_rules
from tests.support.fixtures_exports import make_export, make_segment, make_source, on_list, work_until_over

from .planning import plan

UNSEEN = [
    "\u200b",
    "\ufeff",
    "\u202f",
    "\u2009",
    "\xad",
    "\u202a",
    "\u202c",
    "\u200e",
    "\u2060",
    "\u2003",
    "\x07",
    "\xa0",
]
# Property White_Space of Unicode's PropList.
ALL_WHITE_SPACE = {*"\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000", *map(chr, range(0x2000, 0x200B))}


def test_every_blank_of_unicode_is_known():
    assert set(WHITE_SPACE) == ALL_WHITE_SPACE
    assert set(WHITE_SPACE) <= set(BLANKS)


# --- Addresses -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unseen", UNSEEN)
def test_what_nobody_sees_around_an_address_is_removed(tmp_path, unseen):
    planned = plan(tmp_path, [("1", None, f"{unseen}Di@example.com"), ("2", None, f"ed@example.com{unseen} ")])
    assert [payload["email"] for payload in planned.payloads()] == ["di@example.com", "ed@example.com"]


@pytest.mark.parametrize("unseen", [*UNSEEN, "\0", "\ufe0f", "\U000e0020", "\u2028"])
def test_what_nobody_sees_inside_an_address_leaves_it_out_with_that_reason(tmp_path, unseen):
    disposition, _reason = plan(tmp_path, [("1", None, f"di{unseen}@example.com")]).disposition_of("1")
    assert disposition == "invisible_in_email"


def test_an_address_of_unseen_characters_alone_is_none(tmp_path):
    planned = plan(tmp_path, [(str(number), None, unseen * 2) for number, unseen in enumerate(BLANKS)])
    assert planned.made.counts == {"no_email": len(BLANKS)}


def _becomes_ascii() -> list[str]:
    """Every character that is not ASCII and whose small, capital or folded letters have one that is."""
    return [
        letter
        for letter in map(chr, range(0x80, sys.maxunicode + 1))
        if not 0xD800 <= ord(letter) < 0xE000
        and any(each.isascii() for form in (letter.lower(), letter.upper(), letter.casefold()) for each in form)
    ]


def test_no_letter_becomes_one_of_somebody_elses_address(tmp_path):
    letters = _becomes_ascii()
    assert {"\u212a", "\u0130", "\u017f"} <= set(letters)
    places = (("", "en@example.com"), ("d", "@example.com"), ("a@", ".com"))
    written = [f"{before}{letter}{after}" for letter in letters for before, after in places]
    people = [(str(number), None, address) for number, address in enumerate(written)]
    planned = plan(tmp_path, [*people, ("x", None, "ken@example.com")])
    assert planned.made.counts == {"invalid_email": len(people), "send": 1}


addresses = st.lists(
    st.tuples(*[st.text(st.sampled_from([*UNSEEN, "\0", "a", "K", "İ", "\u212a", " "]), max_size=2)] * 3),
    min_size=1,
    max_size=15,
)


@settings(max_examples=30, deadline=None)
@given(addresses)
def test_an_address_is_what_a_plain_reading_says(tmp_path_factory, people):
    written = [f"{before}x{inside}y@example.com{after}" for before, inside, after in people]
    planned = plan(tmp_path_factory.mktemp("plan"), [(str(n), None, address) for n, address in enumerate(written)])
    for number, address in enumerate(written):
        text = address.strip(BLANKS + "\0").encode().lower().decode()  # bytes: letters of ASCII only
        disposition, _reason = planned.disposition_of(str(number))
        if text.isascii() and text.isprintable() and " " not in text:
            assert disposition in ("send", "duplicate")
            assert text in {row["email"] for row in planned.rows()}
        elif set(text) & (set(BLANKS + "\0") - set(" \t\n\v\f\r")):
            assert disposition == "invisible_in_email"
        else:
            assert disposition == "invalid_email"


# --- Other values ----------------------------------------------------------------------------------------


def test_blanks_around_a_value_are_not_sent(tmp_path):
    planned = plan(tmp_path, [("1", None, "a@example.com", "Ann" + " " * 60, "\u2003x\u3000")],
                   ("email", "first_name", "cf:note"))  # fmt: skip
    assert planned.payloads() == [{"email": "a@example.com", "first_name": "Ann", "cf:note": "x"}]


def test_control_characters_never_reach_a_body(tmp_path):
    odd = "".join(map(chr, (*range(0x20), *range(0x7F, 0xA0))))
    planned = plan(tmp_path, [("1", None, "a@example.com", f"A{odd}b\r\nc", f"A{odd}b\r\nc")],
                   ("email", "first_name", "cf:note"))  # fmt: skip
    (payload,) = planned.payloads()
    assert payload["first_name"] == "A      b c"  # tab, line ends (\x85 too) as blanks
    assert payload["cf:note"] == "A\t\n\rb\r\nc"
    assert not any(unicodedata.category(each) == "Cc" for each in payload["first_name"])


def test_characters_that_shape_letters_stay(tmp_path):
    names = ["می\u200cخواهم", "क्\u200dष", "❤\ufe0f", "👩\u200d💻"]
    planned = plan(tmp_path, [(str(n), None, f"p{n}@example.com", name) for n, name in enumerate(names)],
                   ("email", "first_name"))  # fmt: skip
    assert [payload["first_name"] for payload in planned.payloads()] == names


# --- The rule and the plan -------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(st.sampled_from(BLANKS + "a\0山\ue000"), max_size=3), min_size=1, max_size=20))
def test_a_rule_and_the_plan_find_the_same_values_empty(tmp_path_factory, values):
    rules = read_rules({"op": "and", "rules": [{"attribute": "x", "operator": "isNull"}]}, [Attribute("x", "text")])
    with duckdb.connect() as duck:
        duck.execute("CREATE TABLE source (id INTEGER, x VARCHAR)")
        duck.executemany("INSERT INTO source VALUES (?, ?)", list(enumerate(values)))
        found = duck.execute(f"SELECT id FROM source WHERE {compile_rules(rules).sql('duckdb')}").fetchall()
    people = [(str(n), None, f"p{n}@example.com", value) for n, value in enumerate(values)]
    planned = plan(tmp_path_factory.mktemp("plan"), people, ("email", "first_name"))
    empty = {row["profile_id"] for row in planned.rows() if row["filled"] == 1}
    expected = {str(n) for n, value in enumerate(values) if not value.strip(BLANKS + "\0")}
    assert {str(pk) for (pk,) in found} == empty == expected


def test_people_whose_addresses_are_padded_with_what_nobody_sees_are_on_the_list(
    connection, sandbox, list_id, tmp_path, bob
):
    written = ["\u200bdi@example.com", "ed@example.com\u200b", "\ufefffay@example.com", "\u202fhal@example.com",
               "ivy@example.com\xad", "\u202ajan@example.com\u202c", "k\u200bim@example.com"]  # fmt: skip
    people = [
        {"id": str(n), "email": email, "first_name": f"Name {n}".ljust(80), "country": "France"}
        for n, email in enumerate(written)
    ]
    segment = make_segment(make_source(tmp_path, people))
    export = make_export(connection, list_id, segment, mapping={"email": "email", "first_name": "first_name"})
    run = work_until_over(start_run(export, by=bob)[0])
    assert on_list(sandbox, list_id) == {f"{name}@example.com" for name in ("di", "ed", "fay", "hal", "ivy", "jan")}
    assert {member["first_name"] for member in sandbox.members(list_id)} == {f"Name {n}" for n in range(6)}
    assert run.counts == {"send": 6, "invisible_in_email": 1}
