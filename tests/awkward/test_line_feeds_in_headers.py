"""A column whose name has two lines is one, and nobody below it is lost."""

import pytest


def test_everybody_below_a_header_of_two_lines_is_on_the_list(send, beside):
    sent = send(beside("10/excel.csv"), {"first_name": "first\nname"})

    assert (sent.source.row_count, list(sent.values("first_name").values())) == (3, ["Ann", "Bob", "Cy"])


@pytest.mark.parametrize(
    ("content", "column"),
    [
        ('id;email;"first\r\nname"\r\n1;a@example.com;Ann\r\n2;b@example.com;"B\nob"\r\n', "first\r\nname"),
        ('"i\nd","e\nmail","first\n\nname"\r\n1,a@example.com,Ann\r\n2,b@example.com,B ob\r\n', "first\n\nname"),
        ('\ufeffid,email,"first\nname",\r\n1,a@example.com,Ann,\r\n2,b@example.com,B ob,\r\n', "first\nname"),
    ],
)
def test_names_of_several_lines_are_read_with_every_kind_of_line_end(run_source, import_file, content, column):
    key = "i\nd" if content.startswith('"i') else "id"
    source = import_file(content, key=key)

    email = "e\nmail" if key != "id" else "email"
    sent = run_source(source, {"email": email, "first_name": column})

    assert sent.values("first_name") == {"a@example.com": "Ann", "b@example.com": "B ob"}


def test_a_header_of_a_workbook_may_have_two_lines(send, workbook):
    rows = [["id", "email", "first\nname"], [1, "a@example.com", "Ann"]]

    assert send(workbook(rows), {"first_name": "first\nname"}).values("first_name") == {"a@example.com": "Ann"}
