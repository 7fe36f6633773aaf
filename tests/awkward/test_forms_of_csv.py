"""Trailing columns, short rows, blank lines and marks of the order of bytes lose nobody."""

import pytest
from django.core.management import CommandError


@pytest.mark.parametrize(
    ("name", "addresses", "first_names"),
    [
        ("trailing.csv", ["a@example.com"], ["Ann"]),
        ("short.csv", ["a@example.com", "b@example.com"], ["Ann", "Bob"]),
        ("doublebom.csv", ["a@example.com"], None),
    ],
)
def test_everybody_of_an_untidy_file_is_on_the_list(send, beside, name, addresses, first_names):
    sent = send(beside(f"20/{name}"), {"first_name": "first"} if first_names else {})

    assert sorted(sent.listed) == addresses
    if first_names:
        assert list(sent.values("first_name").values()) == first_names


def test_blank_lines_of_a_file_with_one_column_are_nobody(send, beside):
    sent = send(beside("20/single.csv"), key="email")

    assert sorted(sent.listed) == ["a@example.com", "b@example.com"]
    assert sent.run.counts == {"send": 2}


@pytest.mark.parametrize(
    "content",
    [
        "id,email,first\r\r\n1,a@example.com,Ann\r\r\n2,b@example.com,Bob\r\r\n",
        "\r\rid,email,first\r1,a@example.com,Ann\r\r2,b@example.com,Bob",
        "\ufeff\ufeff\ufeffid;email;first;;\r\n1;a@example.com;Ann;;\r\n2;b@example.com;Bob\r\n",
        "sep=;\r\nid;email;first\r\n1;a@example.com;Ann\r\n\r\n2;b@example.com;Bob\r\n",
        "id,email,first\n1,a@example.com,Ann\n   \n2,b@example.com,Bob,,,\n\n",
        'id|email|first\n1|"a@example.com"|"Ann"\n2|b@example.com|Bob',
    ],
)
def test_other_untidy_files_are_read_as_they_were_meant(send, content):
    sent = send(content, {"first_name": "first"})

    assert sent.values("first_name") == {"a@example.com": "Ann", "b@example.com": "Bob"}
    assert sent.run.counts == {"send": 2}


@pytest.mark.parametrize(
    ("content", "line"), [("id,email\n1,a@example.com\n2,b@example.com,x\n", 3), ('id,email\n1,"a\n', 2)]
)
def test_a_row_that_does_not_fit_is_refused_with_its_line(send, content, line):
    with pytest.raises(CommandError, match=f"[Ll]ine {line}"):
        send(content)


def test_short_rows_are_empty_where_they_end(send):
    sent = send("id,email,first,city\n1,a@example.com,Ann,Bonn\n2,b@example.com\n", {"first_name": "first"})

    assert sent.values("first_name") == {"a@example.com": "Ann", "b@example.com": ""}
