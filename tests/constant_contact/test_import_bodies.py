"""Bodies of imports: exactly as large as told, and never over a limit."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constant_contact import (
    CSV_MAX_ROWS,
    MAX_BYTES,
    MAX_LIST_IDS,
    MAX_ROWS,
    csv_body,
    csv_overhead,
    json_body,
    json_overhead,
)
from constant_contact.imports import SEPARATOR_LENGTH

CONTACTS = st.lists(
    st.dictionaries(st.text(max_size=10), st.text(max_size=20) | st.integers(), max_size=4), min_size=1, max_size=8
)
LIST_IDS = st.lists(st.uuids().map(str) | st.text(max_size=10), min_size=1, max_size=MAX_LIST_IDS)
VALUES = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=20)


@given(contacts=CONTACTS, list_ids=LIST_IDS, ascii_only=st.booleans())
def test_a_json_body_holds_exactly_its_contacts_and_lists(contacts, list_ids, ascii_only):
    payloads = [json.dumps(contact, ensure_ascii=ascii_only) for contact in contacts]

    assert json.loads(json_body(payloads, list_ids)) == {"import_data": contacts, "list_ids": list_ids}


@given(contacts=CONTACTS, list_ids=LIST_IDS)
def test_the_size_of_a_json_body_is_known_before_it_is_made(contacts, list_ids):
    payloads = [json.dumps(contact, ensure_ascii=False) for contact in contacts]
    pieces = sum(len(payload.encode()) for payload in payloads)

    told = json_overhead(list_ids) + pieces + (len(payloads) - 1) * SEPARATOR_LENGTH

    assert len(json_body(payloads, list_ids)) == told


@given(rows=st.lists(st.lists(VALUES, min_size=2, max_size=2), min_size=1, max_size=8))
def test_the_size_of_a_file_is_known_before_it_is_made_and_it_holds_exactly_its_rows(rows):
    lines = [_line(row) for row in rows]
    body = csv_body(lines, "email,cf:größe")

    told = csv_overhead("email,cf:größe") + sum(len(line.encode()) for line in lines) + len(lines) - 1

    assert len(body) == told
    assert list(csv.reader(io.StringIO(body.decode(), newline=""))) == [["email", "cf:größe"], *rows]


def test_a_body_of_the_largest_size_passes_and_one_byte_more_does_not():
    room = MAX_BYTES - json_overhead(["list"]) - len('{"email":""}')

    assert len(json_body(['{"email":"%s"}' % ("x" * room)], ["list"])) == MAX_BYTES
    with pytest.raises(ValueError, match="bytes"):
        json_body(['{"email":"%s"}' % ("x" * (room + 1))], ["list"])


def test_characters_of_several_bytes_count_as_bytes():
    with pytest.raises(ValueError, match="bytes"):
        json_body(['{"city":"%s"}' % ("ü" * (MAX_BYTES // 2))], ["list"])
    with pytest.raises(ValueError, match="bytes"):
        csv_body(["ü" * (MAX_BYTES // 2)], "city")


@pytest.mark.parametrize("rows", [0, MAX_ROWS + 1])
def test_a_json_body_with_no_contacts_or_too_many_is_refused(rows):
    with pytest.raises(ValueError, match="contacts"):
        json_body(["{}"] * rows, ["list"])


@pytest.mark.parametrize("rows", [0, CSV_MAX_ROWS + 1])
def test_a_file_with_no_contacts_or_too_many_is_refused(rows):
    with pytest.raises(ValueError, match="contacts"):
        csv_body(["a"] * rows, "email")


def test_the_most_contacts_are_allowed():
    assert json_body(["{}"] * MAX_ROWS, ["list"])
    assert csv_body(["a"] * CSV_MAX_ROWS, "email").count(b"\n") == 40_000


@pytest.mark.parametrize("count", [0, MAX_LIST_IDS + 1])
def test_no_lists_or_too_many_are_refused(count):
    with pytest.raises(ValueError, match="lists"):
        json_body(["{}"], ["list"] * count)


@pytest.mark.parametrize(("line", "header"), [('"a\nb"', "email"), ("a\r", "email"), ("a", "email\nx")])
def test_a_line_break_inside_a_line_of_a_file_is_refused(line, header):
    with pytest.raises(ValueError, match="line break"):
        csv_body([line], header)


def test_half_a_character_is_refused():
    with pytest.raises(ValueError, match="surrogates"):
        json_body(['{"city":"\ud800"}'], ["list"])


def test_a_body_over_the_limit_never_leaves(scripted, service):
    with pytest.raises(ValueError, match="bytes"):
        scripted.import_json(b"x" * (MAX_BYTES + 1))
    with pytest.raises(ValueError, match="bytes"):
        scripted.import_csv(b"x" * (MAX_BYTES + 1), ["list"], "batch.csv")

    assert service.asked == []


def _line(row: list[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(row)
    return text.getvalue()
