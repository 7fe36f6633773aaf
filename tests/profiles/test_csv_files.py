"""What a CSV file is recognised as, and why one is refused."""

import pytest

from profiles.errors import ImportRefusedError
from profiles.files.csv_header import CHUNK, recognise, recognise_head

TEXT = "id,name\r\n1,Zoë\r\n2,François\r\n"


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b"id,name\n1,Ann\n", "utf-8"),
        (TEXT.encode(), "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8"),
        (TEXT.encode("utf-16"), "utf-16"),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "utf-16"),
        (TEXT.encode("utf-16-le"), "utf-16-le"),
        (TEXT.encode("utf-16-be"), "utf-16-be"),
    ],
)
def test_the_encoding_is_recognised(write, content, encoding):
    form = recognise(write(content))

    assert form.encoding == encoding
    assert form.names[0] == "id"


@pytest.mark.parametrize(
    ("content", "proposal"),
    [
        (TEXT.encode("windows-1252"), "Windows-1252"),
        ("id,name\n1,“quoted” – €5\n".encode("windows-1252"), "Windows-1252"),
        ("id,姓名\n1,王小明\n2,李\n".encode("gb18030"), "GB18030"),
        (b"id,name\n" + b"1,plain\n" * 200_000 + "2,Zoë\n".encode("windows-1252"), "Windows-1252"),
        (b"id,name\n1,caf\xe9", "Windows-1252"),
        (b"id,name\n1," + b"x" * (CHUNK - 11) + b"\xe9\n" + b"2,plain\n", "Windows-1252"),  # at the end of a piece
    ],
)
def test_another_encoding_is_proposed_and_never_applied(write, content, proposal):
    with pytest.raises(ImportRefusedError) as refusal:
        recognise(write(content))

    assert refusal.value.message.code == "csv_encoding_unchosen"
    assert f"probably stored as {proposal}, but nothing proves that. Choose" in str(refusal.value)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_recognised_whatever_the_values_hold(write, delimiter):
    header = delimiter.join(["id", '"name, first; last"', "note"])
    row = delimiter.join(["1", '"a,b,c,d;e;f"', '"|\t,"'])

    form = recognise(write(f"{header}\n{row}\n"))

    assert form.delimiter == delimiter
    assert form.names == ("id", "name, first; last", "note")


def test_apostrophes_around_every_name_are_the_quote(write):
    form = recognise(write("'id';'the name'\n'1';'O''Neill'\n"))

    assert (form.quote, form.names) == ("'", ("id", "the name"))


def test_an_apostrophe_inside_a_name_is_not_the_quote(write):
    assert recognise(write("id,customer's name\n1,x\n")).names == ("id", "customer's name")


def test_a_file_with_one_column_has_one_column(write):
    assert recognise(write("email\na@example.com\n")).names == ("email",)


def test_names_may_hold_line_ends_and_doubled_quotes(write):
    assert recognise(write('id,"first\nname","a ""b"""\n1,x,y\n')).names == ("id", "first\nname", 'a "b"')


def test_blanks_around_names_do_not_count(write):
    assert recognise(write("id, email ,name\n1,2,3\n")).names == ("id", "email", "name")


def test_excels_hint_about_the_delimiter_is_followed(write):
    form = recognise(write("sep=;\r\nid;name\r\n1;x\r\n"))

    assert (form.delimiter, form.names, form.skip) == (";", ("id", "name"), 1)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file is empty."),
        (b"\n \n", "The file is empty."),
        (b"1,ken@adventure-works.com,Ken\n2,b@example.com,Ben\n", "“k…@adventure-works.com”"),
        (b"Ken,2024-01-31\n", "The first line of the file holds values (“2024-01-31”)"),
        (b"1,2,Ken\n", "The first line of the file holds values (“1”)"),
        (b"id,Name,name,Id\n1,2,3,4\n", "These column names occur more than once: id, Name, name, Id."),
        (b"id,,name,\n1,2,3,4\n", "These columns have no name in the header: 2, 4."),
        (b"id," + b"x" * 300 + b"\n1,2\n", "is too long. Shorten it to 255 characters"),
        (b"PK\x03\x04rest of a workbook", "This is a workbook or an archive"),
        (b"%PDF-1.7 ...", "This is not a CSV file."),
        (b"id,name\n1,a\0\0\0b\n", "This is not a CSV file."),
        ("id,name\n1,x\n".encode("utf-32"), "The encoding of the file is not recognized."),
        (b"id,name\x81\n1,x\n", "The file is not stored as UTF-8."),
    ],
)
def test_what_cannot_be_taken_in_is_refused_with_a_sentence(write, content, said):
    with pytest.raises(ImportRefusedError) as refusal:
        recognise(write(content))

    assert said in str(refusal.value)


def test_a_year_may_be_the_name_of_a_column(write):
    assert recognise(write("id,email,2024,2025\n1,x,5,6\n")).names[2:] == ("2024", "2025")


def test_the_beginning_alone_is_enough_to_show_the_columns():
    head = ("id,name\n" + "1,Zoë\n" * 10).encode()[:-2]  # cut inside a letter

    assert recognise_head(head).names == ("id", "name")
