"""For random tables of people, the list equals a plain-Python reading of their file, value by value.

Always the same few tables, so that it is quick. Longer, with other ones, and the smallest that fails:
AWKWARD_EXAMPLES=2000 pytest -n 0 tests/awkward/test_any_table.py
"""

import os
from collections.abc import Callable
from datetime import datetime
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from exports.destination import custom_fields
from exports.models import Run
from exports.runs import start_run
from profiles.choosing import choose
from profiles.models import ProfileSource
from tests.support.fixtures_exports import make_export, make_segment, work_until_over

from . import plain_reading
from .conftest import is_
from .tables import LETTERS, LETTERS_OF, Csv, Table, csv_of, forms, tables, workbook_of, write_parquet

EXAMPLES = os.environ.get("AWKWARD_EXAMPLES", "")
PLACES = {"first_name": "first", "last_name": "last", "phone": "tel", "anniversary": "joined", "zip": "zip",
          "country": "country"}  # fmt: skip
NUMBERS = {
    ("", "."): "",
    (".", ","): "1.234,56",
    (",", "."): "1,234.56",
    (" ", ","): "1 234,56",
    ("'", "."): "1'234.56",
}
OVER = (Run.Status.SUCCEEDED, Run.Status.COMPLETED_WITH_ERRORS, Run.Status.SKIPPED)
Rows = list[dict[str, str]]
_numbers = count(1)


def examples(number: int) -> Any:
    return settings(
        max_examples=int(EXAMPLES or number),
        derandomize=not EXAMPLES,
        database=None,
        phases=[Phase.generate, *([Phase.shrink] if EXAMPLES else [])],
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture
def arrives(import_file, connection, sandbox, bob) -> Callable[..., None]:
    """Send the people of a file to a list of its own, and compare that with the plain reading."""
    targets = {custom_fields.create(connection, label)[0]: label.lower() for label in ("Note", "Amount")}
    mapping = {"email": "email", **PLACES, **targets}

    def _arrives(content: Any, table: Table, rows: Rows, rule: str, **how: str) -> None:
        name = f"People {next(_numbers)}"
        source = as_a_person_chooses(import_file(content, name=name, **how), table)
        list_id = sandbox.add_list(name)
        condition, meets = condition_of(rule, table, rows, source)
        segment = make_segment(source, name, condition)
        columns = {"name": name, "mapping": mapping, "brakes": {"empty": None, "left_out": None}}
        export = make_export(connection, list_id, segment, **columns)
        run = work_until_over(start_run(export, by=bob)[0])

        expected = plain_reading.read(rows, table.dates, meets)
        assert on_list(sandbox, list_id) == expected.listed
        assert {kind: number for kind, number in run.counts.items() if number} == dict(expected.counts)
        assert run.without_value == expected.without_value
        assert run.status in OVER

    return _arrives


def as_a_person_chooses(source: ProfileSource, table: Table) -> ProfileSource:
    """Where a file does not prove how its values are written, its owner knows."""
    for name, format in {"joined": table.dates, "amount": NUMBERS[table.numbers]}.items():
        attribute = source.attribute(name)
        if attribute.is_open and format not in attribute.formats:
            # Without thousands, one format is offered for all that have this decimal mark.
            format = next(one for one in attribute.formats if (one or "1234.56")[-3] == table.numbers[1])
        if attribute.is_open:
            choose(source, name, format)
    return ProfileSource.objects.get(pk=source.pk)


def condition_of(rule: str, table: Table, rows: Rows, source: ProfileSource) -> tuple[list, Callable]:
    """A condition of a segment, and what it means for a row."""
    days = [day for row in rows if (day := plain_reading.day_of(row["joined"], table.dates))]
    numbers = [number for row in rows if (number := plain_reading.number_of(row["amount"], table.numbers)) is not None]
    if rule == "country":
        return [is_("country", "France")], lambda row: row["country"] == "France"
    if rule == "joined" and days:
        assert source.attribute("joined").is_temporal
        [*_others, latest] = sorted(days)
        condition = is_("joined", latest.isoformat(), "lessThan")
        return [condition], lambda row: (day := plain_reading.day_of(row["joined"], table.dates)) and day < latest
    if rule == "amount" and numbers:
        assert source.attribute("amount").type in {"whole", "number"}
        least = min(numbers)
        condition = is_("amount", f"{least:f}", "greaterThan")
        return [condition], lambda row: row["amount"] and plain_reading.number_of(row["amount"], table.numbers) > least
    return [], lambda row: True


def on_list(sandbox, list_id: str) -> dict[str, dict[str, str]]:
    """The values of everybody there; a date, which may be written in several ways, as YYYY-MM-DD."""
    listed = {}
    for member in sandbox.members(list_id):
        values = {name: member.get(name, "") for name in
                  ("first_name", "last_name", "other_phone", "anniversary", "home_zip", "home_country")}  # fmt: skip
        values |= {name: member["custom_fields"].get(name, "") for name in ("note", "amount")}
        listed[member["email"]] = values
    return listed


def domain() -> str:
    """One for each example: contacts of an account keep what another example sent them."""
    return f"e{next(_numbers)}.example.com"


def at_domain(table: Table) -> list[list[str]]:
    here = domain()
    return [[row[0], row[1].replace("{0}", here), *row[2:]] for row in table.rows]


rules = st.sampled_from(["", "country", "joined", "amount"])


@examples(16)
@given(data=st.data(), form=forms, rule=rules)
def test_the_list_is_what_a_csv_file_says(arrives, data: Any, form: Csv, rule: str):
    table = data.draw(tables(LETTERS_OF.get(form.encoding, LETTERS)))
    content = csv_of(at_domain(table), form)
    rows = plain_reading.rows_of_csv(content, form.encoding, form.delimiter)
    how = {"encoding": form.encoding} if form.encoding in LETTERS_OF else {}

    arrives(content, table, rows, rule, **how)


@examples(6)
@given(table=tables(LETTERS.replace("\r", ""), ["%Y-%m-%d"]), rule=rules, with_time=st.booleans())
def test_the_list_is_what_a_workbook_says(arrives, table: Table, rule: str, with_time: bool):
    """Numbers and dates are cells of their own kind."""
    table = Table(table.rows, table.dates, table.numbers)
    cells = [typed(row, table, with_time) for row in at_domain(table)]
    content = workbook_of(cells, {"F": "dd/mm/yyyy h:mm" if with_time else "dd/mm/yyyy"})

    plain = Table(table.rows, table.dates, ("", "."))
    arrives(content, plain, plain_reading.rows_of_workbook(content), rule, ending="xlsx")


PARQUET_TYPES = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["VARCHAR", "DOUBLE"]),
        "joined": st.sampled_from(["DATE", "TIMESTAMP", "TIMESTAMPTZ", "TIMESTAMP_NS"]),
        "amount": st.sampled_from(["DOUBLE", "DECIMAL(18,3)"]),
    }
)


@examples(6)
@given(table=tables(dates=["%Y-%m-%d"]), rule=rules, types=PARQUET_TYPES)
def test_the_list_is_what_a_parquet_file_says(arrives, tmp_path, table: Table, rule: str, types: dict[str, str]):
    numbered = all(row[0].isdigit() for row in table.rows)
    types = types if numbered else types | {"id": "VARCHAR"}
    path = tmp_path / "people.parquet"
    write_parquet(path, [typed(row, table, True) for row in at_domain(table)], types)

    plain = Table(table.rows, table.dates, ("", "."))
    arrives(path, plain, plain_reading.rows_of_parquet(path), rule)


def typed(row: list[str], table: Table, with_time: bool) -> list[Any]:
    """The row with its date and its number as what they are."""
    day = plain_reading.day_of(row[5], table.dates)
    number = plain_reading.number_of(row[6], table.numbers)
    moment = day and (datetime(day.year, day.month, day.day, 17, 5) if with_time else day)
    return [row[0], *row[1:5], moment, None if number is None else float(number), *row[7:]]
