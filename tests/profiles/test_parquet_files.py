"""Parquet files as profile sources: types are the file's own, values are what a person reads."""

import io
from io import StringIO
from pathlib import Path

import duckdb
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from engine.sessions import open_engine
from profiles.attributes import AttributeType
from profiles.errors import ImportRefusedError
from profiles.files.parquet import DESCRIPTION_MAX
from profiles.files.recognise import recognise_upload
from profiles.imports.lifecycle import import_now
from profiles.models import ProfileImport, ProfileSource
from profiles.tasks import import_profiles
from segments.members.query import count_rules, read_members, stage_members
from segments.models import Segment, everybody

pytestmark = pytest.mark.django_db

COLUMNS = reverse("admin:profiles_profilesource_columns")
ADD = reverse("admin:profiles_profilesource_add_file")
MEDIA_TYPE = "application/vnd.apache.parquet"
EVERY_TYPE = [
    ("id", "1::INTEGER", "whole", "1"),
    ("tiny", "(-1)::TINYINT", "whole", "-1"),
    ("small", "2::SMALLINT", "whole", "2"),
    ("big", "9223372036854775807::BIGINT", "whole", "9223372036854775807"),
    ("utiny", "255::UTINYINT", "whole", "255"),
    ("usmall", "65535::USMALLINT", "whole", "65535"),
    ("uint", "4294967295::UINTEGER", "whole", "4294967295"),
    ("ubig", "18446744073709551615::UBIGINT", "number", "18446744073709551615"),
    ("decimal", "19.90::DECIMAL(10,2)", "number", "19.90"),
    ("float", "0.1::FLOAT", "number", "0.1"),
    ("double", "250.25::DOUBLE", "number", "250.25"),
    ("not_a_number", "'nan'::DOUBLE", "number", None),
    ("yes", "true", "boolean", "true"),
    ("day", "DATE '2026-01-31'", "date", "2026-01-31"),
    ("moment", "TIMESTAMP '2026-01-31 10:00:00.5'", "moment", "2026-01-31 10:00:00.5"),
    ("zoned", "TIMESTAMPTZ '2026-01-31 10:00:00+02'", "moment", "2026-01-31 08:00:00+00"),
    ("seconds", "TIMESTAMP_S '2026-01-31 10:00:00'", "moment", "2026-01-31 10:00:00"),
    ("nano", "TIMESTAMP_NS '2026-01-31 10:00:00.123456789'", "moment", "2026-01-31 10:00:00.123456789"),
    ("clock", "TIME '12:30'", "text", "12:30:00"),
    ("span", "INTERVAL 1 DAY", "text", "1 day"),
    ("uuid", "'0e37df36-f698-11e6-8dd4-cb9ced3df976'::UUID", "text", "0e37df36-f698-11e6-8dd4-cb9ced3df976"),
    ("json", "'{\"a\": 1}'::JSON", "text", '{"a": 1}'),
    ("mood", "'happy'::ENUM('sad', 'happy')", "text", "happy"),
    ("text", "'007'", "text", "007"),
    ("digits", "'12'", "text", "12"),
    ("empty", "''", "text", None),
    ("missing", "NULL::VARCHAR", "text", None),
    ("nothing", "NULL", "text", None),
    ('odd "name; --', "'x''y'", "text", "x'y"),
]
WRITTEN_BY_PYARROW = Path(__file__).with_name("written_by_pyarrow.parquet")
NESTED = [("some", "[1, 2]"), ("struct", "{'a': 1}"), ("map", "MAP {'a': 1}"), ("bytes", "'\\xFF'::BLOB")]


@pytest.fixture
def parquet(tmp_path):
    """Write a query's rows as a Parquet file and return its path."""

    def _write(query, name="people.parquet", options=""):
        path = tmp_path / name
        with duckdb.connect() as duck:
            duck.execute("SET TimeZone = 'UTC'")
            duck.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet {options})")
        return path

    return _write


def select(columns):
    return "SELECT " + ", ".join('{} AS "{}"'.format(sql, name.replace('"', '""')) for name, sql, *_rest in columns)


def imported(path, key="id", updated=""):
    source, _made = ProfileSource.objects.get_or_create(name="People", defaults={"key_attribute": key})
    import_now(source, path, key=key, updated=updated)
    return ProfileSource.objects.get()


def test_every_type_is_known_and_every_value_is_what_one_reads(parquet):
    source = imported(parquet(select(EVERY_TYPE)), updated="moment")

    assert [(a.name, a.type) for a in source.attributes()] == [(name, type) for name, _sql, type, _text in EVERY_TYPE]
    with open_engine() as duck:
        names = [name for name, *_rest in EVERY_TYPE]
        stage_members(duck, Segment(source=source), dict(zip(names, names, strict=True)), "m", updated="at")
        *values, moment = duck.execute("FROM m").fetchone()
    assert values == [text for *_rest, text in EVERY_TYPE]
    assert str(moment) == "2026-01-31 10:00:00.500000"


@pytest.mark.parametrize(
    ("attribute", "operator", "value"),
    [
        ("big", "equals", "9223372036854775807"),
        ("decimal", "equals", "19.9"),
        ("float", "isBetween", ["0.09", "0.11"]),
        ("yes", "equals", True),
        ("day", "equals", "2026-01-31"),
        ("moment", "lessThan", "2026-02-01"),
        ("zoned", "equals", "2026-01-31"),
        ("nano", "equals", "2026-01-31"),
        ("text", "startsWith", "00"),
        ("empty", "isNull", None),
        ("nothing", "isNull", None),
        ("not_a_number", "isNull", None),
        ('odd "name; --', "equals", "x'y"),
    ],
)
def test_a_rule_compares_a_column_by_its_type(parquet, attribute, operator, value):
    source = imported(parquet(select(EVERY_TYPE)))
    rule = {"attribute": attribute, "operator": operator, "value": value}

    assert count_rules(source, {"op": "and", "rules": [rule]}) == 1


FLOATS = [
    ("4155550123.0", "4155550123"),
    ("-0.0", "0"),
    ("-2139.0", "-2139"),
    ("6221234567890123.0", "6221234567890123"),
    ("1e22", "1" + "0" * 22),
    ("2::DOUBLE ** 200", str(2**200)),
    ("0.5", "0.5"),
    ("0.30000000000000004", "0.30000000000000004"),
    ("1e-7", "0.0000001"),
    ("-1.25e-5", "-0.0000125"),
    ("'nan'", None),
    ("NULL", None),
]


@pytest.mark.parametrize("type", ["DOUBLE", "FLOAT"])
def test_floating_point_numbers_are_written_without_points_of_whole_ones_and_without_exponents(parquet, type):
    numbers = [(sql, text) for sql, text in FLOATS if type == "DOUBLE" or len(text or "") < 10]
    rows = ", ".join(f"({place}, CAST({sql} AS {type}))" for place, (sql, _text) in enumerate(numbers))
    source = imported(parquet(f"SELECT * FROM (VALUES {rows}) AS t (id, n)"))

    with open_engine() as duck:
        stage_members(duck, Segment(source=source), {"id": "id", "n": "n"}, "m")
        found = duck.execute("SELECT n FROM m ORDER BY CAST(id AS INTEGER)").fetchall()
    assert [text for (text,) in found] == [text for _sql, text in numbers]


def test_keys_that_pandas_made_floats_are_whole(parquet):
    path = parquet("SELECT * FROM (VALUES (41.0::DOUBLE, 'a@b.co'), (6221234567890124.0, 'b@b.co')) AS t (id, email)")

    source = imported(path)

    _names, members = read_members(Segment.objects.create(name="All", source=source, rules=everybody()))
    assert list(members) == [("41", "a@b.co"), ("6221234567890124", "b@b.co")]


@pytest.mark.parametrize(
    ("type", "value", "count"),
    [
        ("DOUBLE", "6221234567890124", 1),
        ("UBIGINT", "18446744073709551614", 0),
        ("UBIGINT", "18446744073709551615", 1),
        ("DECIMAL(38,0)", "12345678901234567890", 0),
        ("DECIMAL(38,0)", "12345678901234567891", 1),
        ("DECIMAL(30,5)", "12345678901234567891.00001", 0),
        ("DECIMAL(30,5)", "12345678901234567891", 1),
    ],
)
def test_long_numbers_are_compared_digit_by_digit(parquet, type, value, count):
    number = {"DOUBLE": "6221234567890124.0", "UBIGINT": "18446744073709551615"}.get(type, "12345678901234567891")
    source = imported(parquet(f"SELECT 1 AS id, CAST({number} AS {type}) AS n"))
    rule = {"attribute": "n", "operator": "equals", "value": value}

    assert count_rules(source, {"op": "and", "rules": [rule]}) == count


def test_columns_without_a_single_value_are_left_out_with_a_warning(parquet):
    source = imported(parquet(select([("id", "1"), ("email", "'a@b.co'"), *NESTED])))

    assert [attribute.name for attribute in source.attributes()] == ["id", "email"]
    assert [str(warning) for warning in source.imports.get().warnings] == [
        "These columns are of types that can't be attributes; they are left out: "
        "some (INTEGER[]), struct (STRUCT(a INTEGER)), map (MAP(VARCHAR, INTEGER)), bytes (BLOB)."
    ]


def test_a_file_of_pyarrow_has_its_moments_bytes_of_text_and_uuids():
    source = imported(WRITTEN_BY_PYARROW)

    types = {attribute.name: attribute.type for attribute in source.attributes()}
    assert types == {
        **dict.fromkeys(("id", "name", "code", "uuid", "typed_uuid"), "text"),
        **dict.fromkeys(("seen", "seen_there"), "moment"),
    }
    assert [str(warning) for warning in source.imports.get().warnings][1:] == [
        "These columns are of types that can't be attributes; they are left out: "
        "photo (BLOB), address (BLOB), tags (VARCHAR[])."
    ]
    _names, members = read_members(Segment.objects.create(name="All", source=source, rules=everybody()))
    moment = "2020-01-30 23:00:00.123456789+00"
    assert list(members) == [
        ("k1", "Zoë", "ABCDE", *2 * ("14b3c3e3-77d3-4e82-bb0a-8c320f71ae00",), moment, moment),
        ("k2", None, "FGHIJ", *2 * ("14b3c3e3-77d3-4e82-bb0a-8c320f71ae01",), None, None),
    ]
    rule = {"attribute": "seen", "operator": "equals", "value": "2020-01-30"}
    assert count_rules(source, {"op": "and", "rules": [rule]}) == 1


def test_bytes_are_offered_while_only_the_end_of_a_file_is_there():
    with WRITTEN_BY_PYARROW.open("rb") as file:
        form = recognise_upload(file)

    assert {"name", "uuid", "photo"} <= set(form.names)
    assert form.left_out == ("tags (VARCHAR[])",)


def test_a_file_of_nothing_but_such_columns_is_refused(parquet):
    with pytest.raises(ImportRefusedError, match="has no column of text, numbers, dates or yes and no"):
        imported(parquet(select(NESTED)))


def test_a_key_that_is_left_out_is_refused(parquet):
    with pytest.raises(ImportRefusedError, match="The file has no column “some”"):
        imported(parquet(select([("id", "1"), *NESTED])), key="some")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("VALUES (1), (1)", "must be different in every row"),
        ("VALUES (1), (NULL)", "is empty in 1 of 2 rows"),
        ("SELECT 1 WHERE false", "no profiles"),
    ],
)
def test_the_key_has_to_tell_the_rows_apart(parquet, rows, said):
    with pytest.raises(ImportRefusedError, match=said):
        imported(parquet(f"SELECT * FROM ({rows}) AS rows(id)"))


def halved(content):
    return content[: len(content) // 2]


def scribbled(content):
    return content[:4] + b"\xff" * (len(content) // 2) + content[4 + len(content) // 2 :]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (halved, "The Parquet file is not complete: its end is missing."),
        (lambda content: b"PAR1", "The Parquet file is not complete: its end is missing."),
        (lambda content: content[:-8] + b"\xff\xff\xff\x7fPAR1", "The Parquet file "),
        (scribbled, "The Parquet file is damaged and can't be read."),
        (lambda content: b"PARE" + content[4:-4] + b"PARE", "The Parquet file is encrypted."),
    ],
)
def test_a_file_that_cannot_be_read_is_a_sentence_and_the_profiles_of_before_stay(parquet, write, spoil, said):
    before = imported(parquet("SELECT i AS id, 'a' || i || '@b.co' AS email FROM range(1, 2001) AS rows(i)"))
    content = spoil((parquet("SELECT i AS id, md5(i::VARCHAR) AS email FROM range(5000) AS rows(i)")).read_bytes())

    with pytest.raises(ImportRefusedError) as refusal:
        imported(write(content, "broken.parquet"))

    assert str(refusal.value).startswith(said)
    after = ProfileSource.objects.get()
    assert after.snapshot == before.snapshot
    assert count_rules(after, everybody()) == 2000


def test_a_file_that_needs_too_much_memory_is_refused_with_what_helps(parquet, settings):
    path = parquet(
        "SELECT i AS id, md5(i::VARCHAR) || md5((i + 1)::VARCHAR) AS notes FROM range(200000) AS rows(i)",
        options=", ROW_GROUP_SIZE 200000",
    )
    settings.PLAN_MEMORY_LIMIT = "16MB"

    with pytest.raises(ImportRefusedError, match="The row groups of the Parquet file are larger"):
        imported(path)


def test_the_content_and_not_the_name_decides_what_a_file_is(parquet, write):
    assert imported(parquet("SELECT 1 AS id", name="people.csv")).attribute("id").type == AttributeType.WHOLE
    assert imported(write("id,name\n007,Bond\n", "people.parquet")).attribute("id").type == AttributeType.TEXT


def test_a_csv_file_is_replaced_by_a_parquet_file_and_the_other_way_round(parquet, write):
    imported(write("id\n1\n2\n"))

    source = imported(parquet("SELECT 1 AS id"))

    assert source.row_count == 1
    assert (source.imports.first().format_label, source.imports.last().format_label) == ("Parquet", "CSV")


def test_the_command_takes_parquet(parquet):
    out = StringIO()
    path = parquet("SELECT 1 AS id, 'a@b.co' AS email")

    call_command("import_profiles", str(path), "--source", "People", "--key", "id", stdout=out)

    assert out.getvalue().startswith("People: 1 profiles from people.parquet (Parquet) in ")
    path.write_bytes(b"PAR1")
    with pytest.raises(CommandError, match="The Parquet file is not complete"):
        call_command("import_profiles", str(path), "--source", "People", "--key", "id", stdout=out)


def sent(path):
    return {
        "name": "People",
        "file": SimpleUploadedFile("people.parquet", path.read_bytes()),
        "key_attribute": "id",
        "updated_attribute": "",
    }


def test_a_contributor_uploads_a_parquet_file(bob_client, parquet, django_capture_on_commit_callbacks):
    bob_client.post(ADD, sent(parquet("SELECT 1 AS id, 'ann@b.co' AS email, [1] AS several")))

    with django_capture_on_commit_callbacks(execute=True):
        import_profiles(ProfileImport.objects.get().pk)
    page = bob_client.get(
        reverse("admin:profiles_profilesource_change", args=[ProfileSource.objects.get().pk])
    ).content.decode()
    assert "<dd>Parquet</dd>" in page
    assert "Delimiter" not in page
    assert "they are left out: several (INTEGER[])." in page


def test_an_upload_that_is_broken_is_refused_before_it_is_imported(bob_client, parquet):
    path = parquet("SELECT 1 AS id, 'ann@b.co' AS email")
    path.write_bytes(halved(path.read_bytes()))

    assert "The Parquet file is not complete" in bob_client.post(ADD, sent(path)).content.decode()
    assert not ProfileSource.objects.exists()


def claims(length):
    return lambda content: content[:-8] + length.to_bytes(4, "little") + b"PAR1"


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (claims(0xFFFFFFFF), "The Parquet file is not complete"),
        (claims(DESCRIPTION_MAX), "The description at the end of the Parquet file is larger than 32 MB."),
        (lambda content: content[:-1] + b"?", "The Parquet file is not complete"),
    ],
)
def test_an_upload_that_claims_to_be_described_at_great_length_is_not_read(tmp_path, parquet, spoil, said):
    class Counting(io.FileIO):
        seen = 0

        def read(self, size=-1):
            content = super().read(size)
            self.seen += len(content)
            return content

    content = spoil(b"PAR1" + bytes(2 * DESCRIPTION_MAX) + parquet("SELECT 1 AS id").read_bytes())
    (tmp_path / "large.parquet").write_bytes(content)

    with Counting(tmp_path / "large.parquet") as file, pytest.raises(ImportRefusedError, match=said):
        recognise_upload(file)

    assert file.seen < DESCRIPTION_MAX / 10


def test_the_end_of_a_file_shows_its_columns_before_it_travels(bob_client, parquet):
    content = parquet("SELECT 1 AS customer_id, DATE '2026-01-01' AS updated, [1] AS several").read_bytes()
    length = int.from_bytes(content[-8:-4], "little") + 8

    answer = bob_client.post(COLUMNS, content[-length:], content_type=MEDIA_TYPE)

    assert answer.json() == {
        "names": ["customer_id", "updated"],
        "rows": [["Whole number", "Date"]],
        "recognised": "Recognized as Parquet with these columns and types. These columns are of types "
        "that can't be attributes; they are left out: several (INTEGER[]).",
        "key": "customer_id",
        "updated": "updated",
    }


@pytest.mark.parametrize("end", [b"PAR1", b"\xff\xff\xff\xffPAR1", b"\x00\x00\x00\x00PAR1", b"rubbish!"])
def test_an_end_that_makes_no_sense_is_a_sentence(bob_client, end):
    problem = bob_client.post(COLUMNS, end, content_type=MEDIA_TYPE).json()["problem"]

    assert problem.startswith("The Parquet file is ")
