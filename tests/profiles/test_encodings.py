"""A file is read in the encoding that it proves or that a person chose, and in no other."""

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from engine.sessions import open_engine
from profiles.errors import ImportRefusedError
from profiles.files.csv_header import CHUNK, recognise
from profiles.files.csv_to_parquet import write_snapshot
from profiles.files.encodings import ENCODINGS
from profiles.models import ProfileImport, ProfileSource
from profiles.tasks import import_profiles
from tests.profiles.pages import previewed, upload

ADD = reverse("admin:profiles_profilesource_add_file")
COLUMNS = reverse("admin:profiles_profilesource_columns")
GOOD = "".join(f"{n},p{n}@example.com,José,Müller\n" for n in range(1, 6))
HEADER = "id,email,first,last\n"
CYRILLIC = "id,email,first\n1,a@example.com,Ann\n2,b@example.com,Иван\n3,c@example.com,Екатерина\n4,d@b.co,Пётр\n"


@pytest.mark.parametrize(
    ("rest", "place"),
    [
        (b"6,p6@example.com,Andr\xe9,Dupont\n", "line 7 is damaged at character 22"),
        (b"6,p6@example.com,Zo\xc3,Dupont\n", "line 7 is damaged at character 20"),
        ("6,p6@example.com,é".encode() + b"\xff", "line 7 is damaged at character 19"),
        (b"6,p6@example.com,caf\xc3", "line 7 is damaged at character 21"),
        (GOOD.encode() * 70_000 + b"x\xe9", "line 350007 is damaged at character 2"),
    ],
)
def test_one_bad_byte_in_utf_8_is_refused_with_its_place(write, rest, place):
    with pytest.raises(ImportRefusedError) as refusal:
        recognise(write((HEADER + GOOD).encode() + rest))

    assert place in str(refusal.value).replace(",", "")


def test_the_place_is_right_at_the_border_of_two_pieces_and_after_bare_carriage_returns(write):
    start = "\ufeffid,é\r1,".encode()
    content = start + b"x" * (CHUNK - len(start) - 1) + b"\xc3" + b"y\r"

    with pytest.raises(ImportRefusedError) as refusal:
        recognise(write(content))

    assert refusal.value.message.details["line"] == 2
    assert refusal.value.message.details["column"] == len("1,") + CHUNK - len(start) - 1 + 1


@pytest.mark.parametrize(
    ("encoding", "word"),
    [
        ("windows-1250", "Święcicki"), ("windows-1251", "Екатерина"), ("windows-1252", "Señor"),
        ("windows-1253", "Γιώργος"), ("windows-1254", "Yılmaz"), ("windows-1255", "כהן"), ("windows-1256", "محمد"),
        ("windows-1257", "Bērziņš"), ("gb18030", "王小明"), ("big5", "劉建國"), ("euc-kr", "김철수"),
        ("shift_jis", "髙橋さくら"), ("koi8-r", "Иван"), ("iso-8859-1", "Zoë"), ("iso-8859-2", "Łukasz"),
        ("iso-8859-15", "Œuvre"), ("iso-8859-5", "Пётр"), ("iso-8859-7", "Αθήνα"), ("iso-8859-9", "Şükrü"),
        ("iso-8859-13", "Žemaitė"), ("iso-8859-8", "דוד"), ("iso-8859-6", "محمد"), ("utf-8", "José"),
    ],
)  # fmt: skip
def test_what_a_person_chose_is_read(write, tmp_path, encoding, word):
    codec = {"shift_jis": "cp932"}.get(encoding, encoding)
    path, parquet = write(f"id,name\n1,{word}\n".encode(codec)), tmp_path / "t.parquet"

    form = recognise(path, encoding=encoding)
    with open_engine(reach=[path, tmp_path]) as duck:
        write_snapshot(duck, path, form, parquet, lambda share: None)
        found = duck.execute("SELECT name FROM read_parquet($path)", {"path": str(parquet)}).fetchall()

    assert encoding in ENCODINGS
    assert found == [(word,)]


def test_a_chosen_encoding_that_does_not_fit_is_refused_with_the_place(write, tmp_path):
    path = write(b"id,name\n" + b"1,plain\n" * 200_000 + b"2,a\x81\n")
    form = recognise(path, encoding="windows-1252")

    with open_engine(reach=[path, tmp_path]) as duck, pytest.raises(ImportRefusedError) as refusal:
        write_snapshot(duck, path, form, tmp_path / "t.parquet", lambda share: None)

    assert str(refusal.value).startswith("Line 200,002 of the file holds bytes at character 4 that are no letter")


@pytest.mark.parametrize("content", ["\ufeffid,name\n1,Zoë\n".encode(), "id,name\n1,Zoë\n".encode("utf-16")])
def test_a_mark_at_the_beginning_says_more_than_a_choice(write, content):
    assert recognise(write(content), encoding="windows-1251").encoding in {"utf-8", "utf-16"}


def test_the_page_proposes_an_encoding_and_shows_rows_with_its_letters_first(bob_client):
    answer = previewed(bob_client, CYRILLIC.encode("cp1251"))

    assert (answer["proposal"], answer["encodings"]) == ("windows-1251", True)
    assert [row[2] for row in answer["rows"]] == ["Иван", "Екатерина", "Пётр"]


def test_the_page_shows_the_rows_in_the_encoding_that_is_chosen(bob_client):
    answer = previewed(bob_client, CYRILLIC.encode("koi8-r"), encoding="koi8-r")

    assert (answer["encoding"], answer["proposal"]) == ("koi8-r", "")
    assert answer["rows"][0][2] == "Иван"
    assert answer["recognised"].startswith("Recognized as KOI8-R")


def test_of_utf_8_the_page_asks_nothing(bob_client):
    answer = previewed(bob_client, CYRILLIC.encode())

    assert (answer["encoding"], answer["proposal"], answer["encodings"]) == ("utf-8", "", False)


def test_what_stands_further_on_in_a_file_decides_on_the_page_too(bob_client):
    head, further = b"id,email\n" + b"1,a@b.co\n" * 10, "11,Иван\n12,Пётр\n"

    answer = previewed(bob_client, head, evidence=further.encode("cp1251"), lines=5_000)

    assert answer["proposal"] == "windows-1251"
    assert answer["rows"][:2] == [["11", "Иван"], ["12", "Пётр"]]


def test_the_page_and_the_import_name_the_same_place(bob_client, write):
    lines = [b"id,email\n", *["1,é@b.co\n".encode()] * 10, b"13,x\xe9\n", b"14,y\n"]

    answer = previewed(bob_client, b"".join(lines[:5]), evidence=b"".join(lines[8:]), lines=8)

    with pytest.raises(ImportRefusedError) as refusal:
        recognise(write(b"".join(lines)))
    assert answer == {"problem": str(refusal.value), "encodings": True, "damaged": True}


def test_a_choice_that_does_not_fit_is_a_sentence_and_another_one_can_be_made(bob_client):
    answer = previewed(bob_client, b"id,name\n1,a\x81\n", encoding="windows-1252")

    assert answer["problem"].startswith("Line 2 of the file holds bytes at character 4 that are no letter")
    assert answer["encodings"] is True


def test_an_upload_without_a_choice_is_refused_on_the_page(bob_client):
    page = bob_client.post(ADD, upload(CYRILLIC.encode("cp1251"))).content.decode()

    assert "Its letters are probably stored as Windows-1251" in page
    assert not ProfileImport.objects.exists()


def test_an_upload_with_a_choice_is_imported_with_it(bob_client):
    bob_client.post(ADD, upload(CYRILLIC.encode("cp1251"), encoding="windows-1251"))

    job = ProfileImport.objects.get()
    import_profiles(job.pk)
    job.refresh_from_db()
    assert (job.state, job.encoding) == ("done", "windows-1251")
    assert "Екатерина" in ProfileSource.objects.get().attribute("first").values


def test_an_import_whose_file_proves_to_need_a_choice_says_what_to_do(bob_client):
    bob_client.post(ADD, upload(b"id,name\n" + b"1,plain\n" * 200_000 + b"2,Zo\xeb\n"))

    job = ProfileImport.objects.get()
    import_profiles(job.pk)
    job.refresh_from_db()
    assert (job.state, job.problem.code) == ("failed", "csv_encoding_unchosen")


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["windows-1251", "cp1251", "CP1251"])
def test_the_command_reads_the_encoding_that_is_asked_for(write, name):
    path = str(write(CYRILLIC.encode("cp1251")))

    call_command("import_profiles", path, "--source=P", "--key=id", f"--encoding={name}")

    assert "Екатерина" in ProfileSource.objects.get().attribute("first").values


@pytest.mark.django_db
def test_the_command_refuses_a_file_without_a_choice_and_a_name_that_is_none(write):
    path = str(write(CYRILLIC.encode("cp1251")))

    with pytest.raises(CommandError, match="on the command line: --encoding"):
        call_command("import_profiles", path, "--source=P", "--key=id")
    with pytest.raises(CommandError, match="choose one of utf-8, windows-1252"):
        call_command("import_profiles", path, "--source=P", "--key=id", "--encoding=nonsense")
