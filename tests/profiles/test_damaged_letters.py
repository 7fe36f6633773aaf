"""A file whose letters are damaged is refused, unless a person has the rest read: then what is lost is marked."""

import random
import tracemalloc

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from engine.sessions import open_engine
from exports.runs import start_run
from profiles.errors import ImportRefusedError
from profiles.files.csv_header import CHUNK, recognise
from profiles.files.csv_to_parquet import _transcode, write_snapshot
from profiles.imports.lifecycle import import_marking_damaged, import_now
from profiles.models import ProfileImport, ProfileSource
from segments.members.query import count_rules
from segments.sweeping import sweep_profiles
from tests.profiles.pages import done, previewed, upload
from tests.support.fixtures_exports import make_segment, work_until_over

ADD = reverse("admin:profiles_profilesource_add_file")
COLUMNS = reverse("admin:profiles_profilesource_columns")
HEADER = "id,email,first,last\n"
GOOD = "".join(f"{n},p{n}@example.com,José,Müller\n" for n in range(1, 10))
BAD = b"10,p10@example.com,Andr\xe9,Dupont\n"
FILE = (HEADER + GOOD).encode() + BAD


def read(path, tmp_path):
    form, parquet = recognise(path, mark_damaged=True), tmp_path / "t.parquet"
    with open_engine(reach=[path, tmp_path]) as duck:
        warnings = write_snapshot(duck, path, form, parquet, lambda share: None)
        rows = duck.execute("SELECT * FROM read_parquet($path)", {"path": str(parquet)}).fetchall()
    return rows, warnings


def import_file(source, path, **options):
    job = import_now(source, path, key="id", updated="", **options)
    source.refresh_from_db()
    return job


@pytest.fixture
def empty_source(db):
    return ProfileSource.objects.create(name="People", key_attribute="id")


@pytest.mark.parametrize(
    ("damaged", "first"),
    [
        (b"Andr\xe9", "Andr\ufffd"),
        (b"\xff", "\ufffd"),
        (b"Zo\xc3", "Zo\ufffd"),
        (b"\xe6\x9d Li", "\ufffd Li"),
        (b"\xf0\x9f\x98x", "\ufffdx"),
        (b"a\xc3\xa9\xa9b", "aé\ufffdb"),
        (b"\xc0\xafx", "\ufffd\ufffdx"),
        (b'"Jos\xe9, ""x"""', 'Jos\ufffd, "x"'),
        (b'"two\nlines\xe9"', "two\nlines\ufffd"),
    ],
)
def test_what_is_lost_is_marked_and_nothing_else_changes(write, tmp_path, damaged, first):
    content = (HEADER + GOOD).encode() + b"10,p10@example.com," + damaged + b",Dupont\n11,p11@b.co,Zo\xc3\xab,M\n"

    rows, (warning,) = read(write(content), tmp_path)

    assert rows[:9] == [(str(n), f"p{n}@example.com", "José", "Müller") for n in range(1, 10)]
    assert rows[9:] == [("10", "p10@example.com", first, "Dupont"), ("11", "p11@b.co", "Zoë", "M")]
    assert warning.details["columns"] == ["first (1)"]


@pytest.mark.parametrize(
    "content",
    [
        (HEADER + GOOD).encode() + b"10,p10@example.com,An,Dupont\xe9",
        (HEADER + GOOD).encode() + b"10,p10@example.com,An,Dupont\xc3",
        (HEADER + GOOD).encode() + b"10,p10@example.com,An,Dupont\xf0\x9f",
        (HEADER + GOOD).replace("\n", "\r").encode() + b"10,p10@example.com,An,Dupont\xe9\r",
        (HEADER + GOOD).replace("\n", "\r\n").encode() + b"10,p10@example.com,An,Dupont\xe9\r\n",
        ("\ufeff" + HEADER + GOOD).encode() + b"10,p10@example.com,An,Dupont\xe9",
    ],
)
def test_the_end_of_the_file_other_line_ends_and_a_mark_at_its_beginning(write, tmp_path, content):
    rows, (warning,) = read(write(content), tmp_path)

    assert rows[9] == ("10", "p10@example.com", "An", "Dupont\ufffd")
    assert rows[8] == ("9", "p9@example.com", "José", "Müller")
    assert dict(warning.details) == {"count": 1, "columns": ["last (1)"], "lines": [11]}


@pytest.mark.parametrize("shift", range(-3, 2))
def test_a_letter_of_several_bytes_at_the_border_of_two_pieces(write, tmp_path, shift):
    """Whole, it stays; cut off, it is one mark, and the line is right."""
    row = b"%06d,p@example.com,plain,text\n"
    rows = (HEADER.encode() + b"".join(row % n for n in range(CHUNK // len(row % 0))))[: CHUNK - 1_000]
    start = rows[: rows.rindex(b"\n") + 1]
    line = start.count(b"\n") + 1
    length = CHUNK - len(start) - len("a,a@b.co,") + shift
    whole = start + b"a,a@b.co," + b"x" * length + "😀,Jos\u00e9\n".encode()

    found, (warning,) = read(write(whole + b"b,b@b.co,Zo\xe9,M\n"), tmp_path)
    rows = {id: rest for id, *rest in found}  # threads have mixed them up
    assert rows["a"] == ["a@b.co", "x" * length + "😀", "José"]
    assert rows["b"] == ["b@b.co", "Zo\ufffd", "M"]
    assert warning.details["lines"] == [line + 1]

    found, (warning,) = read(write(whole.replace("😀".encode(), "😀".encode()[:3])), tmp_path)
    rows = {id: rest for id, *rest in found}
    assert rows["a"] == ["a@b.co", "x" * length + "\ufffd", "José"]
    assert warning.details["lines"] == [line]


@pytest.mark.parametrize("seed", range(20))
def test_random_damage_equals_what_plain_python_reads(write, tmp_path, seed):
    draw = random.Random(seed)
    words = ["José", "Müller", "李小龙", "Пётр", "plain", "😀", "Łukasz"]
    lines = [f"{n},{draw.choice(words)},{draw.choice(words)},{draw.choice(words)}".encode() for n in range(300)]
    for line in draw.sample(range(300), 40):
        place = draw.randrange(lines[line].index(b",") + 1, len(lines[line]))
        byte = draw.choice(b"\x80\x99\xc3\xe9\xf0\xff")
        lines[line] = lines[line][:place] + bytes([byte]) + lines[line][place:]

    rows, (warning,) = read(write(b"id,a,b,c\n" + b"\n".join(lines)), tmp_path)

    expected = [line.decode("utf-8", "replace").split(",") for line in lines]
    assert [list(row) for row in rows] == expected
    assert warning.details["count"] == sum("\ufffd" in value for row in expected for value in row)
    marked = [number for number, line in enumerate(expected, start=2) if "\ufffd" in "".join(line)]
    assert warning.details["lines"] == marked[:5]


def test_columns_with_most_are_named_first_and_many_are_not_all_named(write, tmp_path):
    names = [f"c{n}" for n in range(150)]
    lines = [",".join(names).encode(), *[b",".join([b"\xc3\xa9"] * 150)] * 20]
    lines.append(b",".join([b"\xe9"] * 12 + [b"x"] * 138))
    lines.append(b",".join([b"x", b"x", b"\xe9", *[b"x"] * 147]))

    _rows, (warning,) = read(write(b"\n".join(lines)), tmp_path)

    assert warning.details["count"] == 13
    assert warning.details["columns"][:2] == ["c2 (2)", "c0 (1)"]
    assert (len(warning.details["columns"]), warning.details["columns"][-1]) == (11, "…")


def test_a_file_without_damage_is_read_as_it_is(write, tmp_path):
    rows, warnings = read(write(HEADER + GOOD), tmp_path)

    assert (len(rows), warnings) == (9, [])


def test_damaged_names_of_columns_are_marked_and_named(write, tmp_path):
    _rows, (warning,) = read(write(b"id,pr\xe9nom\n" + "1,José\n".encode() * 3), tmp_path)

    assert str(warning).startswith("These names of columns were damaged: each letter that is lost is marked �: pr�nom.")


@pytest.mark.parametrize("share", [0.11, 0.5])
def test_more_than_one_value_in_ten_is_no_damage(write, tmp_path, share):
    rows = [b"Zo\xe9,1" if n < 1000 * share * 2 else b"Zo\xc3\xab,1" for n in range(1000)]
    content = b"name,n\n" + b"\n".join(rows)

    with pytest.raises(ImportRefusedError, match="Read as UTF-8, more than one value in ten is damaged"):
        read(write(content), tmp_path)


def test_one_value_in_ten_is(write, tmp_path):
    rows = [b"Zo\xe9,1" if n < 200 else b"Zo\xc3\xab,1" for n in range(1000)]

    assert read(write(b"name,n\n" + b"\n".join(rows)), tmp_path)[1][0].details["count"] == 200


def test_a_single_damaged_value_of_a_tiny_file_is_damage(write, tmp_path):
    assert read(write("id,name\n1,José\n".encode() + b"2,Ren\xe9\n"), tmp_path)[0][1] == ("2", "Ren\ufffd")


def test_other_encodings_are_not_read_by_marking_all_their_letters(write, tmp_path):
    content = "id,name\n1,Иван\n2,Екатерина\n3,Пётр\n".encode("cp1251")

    with pytest.raises(ImportRefusedError, match="the letters of the file are stored in another way"):
        read(write(content), tmp_path)


def test_what_is_no_text_stays_refused(write):
    for content in (b"id,name\n1,a\0b\n", b"%PDF-1.7 \xff", b"\x1f\x8b\x08"):
        with pytest.raises(ImportRefusedError, match="This is not a CSV file"):
            recognise(write(content), mark_damaged=True)


def test_the_source_page_shows_how_many_where_and_what_follows(bob_client, empty_source, write):
    import_file(empty_source, write(FILE), mark_damaged=True)

    page = bob_client.get(reverse("admin:profiles_profilesource_change", args=[empty_source.pk])).content.decode()

    assert (
        "1 value of the file was damaged: each letter that is lost is marked �. It stands in the column first (1), on "
        "line 11." in page
    )
    assert "Email addresses with the mark are left out of exports, other values are sent with it." in page


def test_addresses_with_a_mark_are_left_out_and_other_values_are_sent(
    export, sandbox, list_id, empty_source, write, bob
):
    more = b"11,p\xe911@example.com,Ann,Dupont\n12,p12@example.com,Zoe,\xe9\n"
    import_file(empty_source, write((HEADER + GOOD).encode() + BAD + more), mark_damaged=True)
    export.segments.set([make_segment(empty_source, "Everybody in it", [])])
    export.mapping = {"email": "email", "first_name": "first", "last_name": "last"}
    export.save()

    work_until_over(start_run(export, by=bob)[0])

    sent = {member["email"]: (member["first_name"], member["last_name"]) for member in sandbox.members(list_id)}
    assert len(sent) == 11
    assert sent["p10@example.com"] == ("Andr\ufffd", "Dupont")
    assert sent["p12@example.com"] == ("Zoe", "\ufffd")


def test_a_rule_finds_the_marked_values(empty_source, write):
    import_file(empty_source, write(FILE), mark_damaged=True)

    rules = {"op": "and", "rules": [{"attribute": "first", "operator": "contains", "value": "\ufffd"}]}

    assert count_rules(empty_source, rules) == 1


def test_the_upload_page_offers_the_choice_where_it_refuses(bob_client):
    answer = previewed(bob_client, FILE)

    assert "line 11 is damaged at character 24" in answer["problem"]
    assert answer["damaged"] is True


def test_the_upload_page_shows_a_row_that_is_marked_first(bob_client):
    answer = previewed(bob_client, FILE, mark_damaged=1)

    assert answer["rows"][0] == ["10", "p10@example.com", "Andr�", "Dupont"]
    assert answer["rows"][1][2] == "José"
    assert answer["recognised"].startswith("Each letter that is lost is marked �")
    assert (answer["encoding"], answer["damaged"]) == ("utf-8", True)


def test_the_upload_page_shows_it_too_where_it_stands_further_on(bob_client):
    answer = previewed(bob_client, (HEADER + GOOD).encode(), BAD, lines=70_000, mark_damaged=1)

    assert answer["rows"][0][2] == "Andr�"


def test_of_a_file_without_damage_nothing_is_offered(bob_client):
    assert "damaged" not in previewed(bob_client, (HEADER + GOOD).encode())
    assert "damaged" not in previewed(bob_client, "id,name\n1,Иван\n".encode("cp1251"))


def test_an_upload_is_refused_without_the_choice_and_imported_with_it(bob_client):
    page = bob_client.post(ADD, upload(FILE)).content.decode()
    assert "line 11 is damaged at character 24" in page
    assert not ProfileImport.objects.exists()

    bob_client.post(ADD, upload(FILE, mark_damaged="on"))

    job = done(ProfileImport.objects.get())
    assert (job.state, job.encoding, job.mark_damaged) == ("done", "utf-8", True)
    assert "Andr\ufffd" in ProfileSource.objects.get().attribute("first").values


def test_the_choice_is_not_kept_for_the_next_file(bob_client, empty_source, write):
    import_file(empty_source, write(FILE), mark_damaged=True)
    address = reverse("admin:profiles_profilesource_upload", args=[empty_source.pk])

    assert 'name="mark_damaged" checked' not in bob_client.get(address).content.decode()
    bob_client.post(address, upload(FILE))
    assert empty_source.imports.count() == 1


def test_a_worker_that_takes_the_import_over_reads_the_same(bob_client):
    bob_client.post(ADD, upload(FILE, mark_damaged="on"))
    job = ProfileImport.objects.get()
    ProfileImport.objects.update(state="running", attempts=1, claimed_until=job.created_at)  # its worker died

    assert done(job).state == "done"
    assert "Andr\ufffd" in ProfileSource.objects.get().attribute("first").values


FAR = b"id,name\n" + "1,José Müller\n".encode() + b"".join(b"%d,plain\n" % n for n in range(2, 200_000)) + b"0,Zo\xeb\n"


@pytest.fixture
def failed(bob_client):
    """An import that failed for a byte which stands further on than a page looks without a script."""
    bob_client.post(ADD, upload(FAR))
    job = done(ProfileImport.objects.get())
    assert (job.state, job.problem.code) == ("failed", "csv_utf_8_damaged")
    return job


def marking(failed):
    return reverse("admin:profiles_profilesource_mark_damaged", args=[failed.source_id])


def test_the_page_of_a_failed_import_has_the_same_file_read(bob_client, failed):
    page = bob_client.get(reverse("admin:profiles_profilesource_change", args=[failed.source_id])).content.decode()
    assert marking(failed) in page

    bob_client.post(marking(failed))

    job = done(ProfileImport.objects.first())
    assert (job.pk != failed.pk, job.state, job.row_count) == (True, "done", 200_000)
    assert (job.file_name, job.key_attribute, job.created_by.username) == ("people.csv", "id", "bob")
    assert job.warnings[-1].details["lines"] == [200_001]
    page = bob_client.get(reverse("admin:profiles_profilesource_change", args=[failed.source_id])).content.decode()
    assert marking(failed) not in page


def test_of_two_people_who_ask_one_is_first(bob, alice, failed):
    import_marking_damaged(failed, bob)

    with pytest.raises(ImportRefusedError, match="The import was interrupted"):
        import_marking_damaged(failed, alice)


def test_a_file_that_was_swept_away_is_a_sentence(bob_client, failed, settings, monkeypatch):
    monkeypatch.setattr("engine.files.YOUNG", failed.created_at - failed.created_at)
    sweep_profiles()

    bob_client.post(marking(failed))

    job = done(ProfileImport.objects.first())
    assert (job.state, job.problem.code) == ("failed", "import_interrupted")


def test_who_may_not_edit_sources_cannot_ask(carol_client, failed):
    assert carol_client.post(marking(failed)).status_code == 403
    assert ProfileImport.objects.count() == 1


def test_other_failures_offer_nothing(bob_client, empty_source):
    ProfileImport.objects.create(
        source=empty_source,
        upload="uploads/x",
        state="failed",
        stored_problem={"code": "csv_quote_open", "details": {"line": 3}},
    )
    page = bob_client.get(reverse("admin:profiles_profilesource_change", args=[empty_source.pk])).content.decode()
    assert "mark-damaged" not in page

    bob_client.post(reverse("admin:profiles_profilesource_mark_damaged", args=[empty_source.pk]))
    assert ProfileImport.objects.count() == 1


@pytest.mark.django_db
def test_the_command_marks_only_when_asked(write, capsys):
    path = str(write(FILE))

    with pytest.raises(CommandError, match="on the command line: --mark-damaged"):
        call_command("import_profiles", path, "--source=P", "--key=id")
    call_command("import_profiles", path, "--source=P", "--key=id", "--mark-damaged")

    assert "1 value of the file was damaged" in capsys.readouterr().out
    assert ProfileImport.objects.first().mark_damaged is True


def test_pieces_alone_are_in_memory_however_long_the_file_is(write, tmp_path):
    path = write((HEADER + GOOD).encode() + b"10,p10@example.com,Andr\xe9,M\xc3\xbcller\n" * 1_500_000)  # 55 MB
    form = recognise(path, mark_damaged=True)

    tracemalloc.start()
    recognise(path, mark_damaged=True)
    _transcode(path, form, tmp_path / "marked.csv", lambda share: None)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 45_000_000
