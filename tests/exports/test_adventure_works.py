"""A real customer file, from the upload to the list: 19,972 sample customers."""

import csv
import re
from pathlib import Path

import pytest
from django.core.management import call_command

from exports.models import Run
from exports.plan.columns import EMAIL_PATTERN
from exports.runs import start_run
from profiles.models import ProfileSource
from segments.members.query import count_members
from segments.models import Segment
from tests.support.fixtures_exports import make_export, work_until_over

FILE = Path(__file__).resolve().parents[3] / "shared" / "data" / "adventureworks_profiles.csv"
MAPPING = {
    "email": "email",
    "first_name": "first_name",
    "last_name": "last_name",
    "city": "city",
    "state": "state",
    "zip": "postal_code",
    "phone": "phone",
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(not FILE.exists(), reason="The AdventureWorks sample file is not beside this checkout.")
def test_the_list_holds_exactly_the_valid_customers_of_the_segment(connection, sandbox, list_id, bob):
    call_command("import_profiles", str(FILE), source="AdventureWorks", key="person_id", verbosity=0)
    source = ProfileSource.objects.get(name="AdventureWorks")
    united_states = {"attribute": "country", "operator": "equals", "value": "United States", "ignore_case": False}
    segment = Segment.objects.create(name="US", source=source, rules={"op": "and", "rules": [united_states]})
    assert source.row_count == 19_972
    assert count_members(segment) == 8_103

    export = make_export(connection, list_id, segment, mapping=MAPPING)
    run = work_until_over(start_run(export, by=bob)[0])

    expected = _expected()
    listed = {member["email"]: member for member in sandbox.members(list_id)}
    assert set(listed) == set(expected)
    for email, row in expected.items():
        assert _values(listed[email]) == row
    assert run.status in (Run.Status.SUCCEEDED, Run.Status.COMPLETED_WITH_ERRORS)
    accepted = sum(batch.accepted for batch in run.batches.all())
    left_out = sum(count for kind, count in run.counts.items() if kind != "send")
    assert (run.selected, accepted, accepted + left_out) == (8_103, len(expected), 8_103)


def _expected() -> dict[str, dict[str, str]]:
    """What should be on the list, worked out by plain Python."""
    rows: dict[str, dict[str, str]] = {}
    with FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            email = row["email"].strip().lower()
            if row["country"] == "United States" and re.fullmatch(EMAIL_PATTERN, email) and len(email) <= 50:
                rows.setdefault(email, {target: row[name] for target, name in MAPPING.items() if target != "email"})
    return rows


def _values(member: dict) -> dict[str, str]:
    """Of an import, `city` becomes the home address and `phone` the other phone (API reference)."""
    places = {"first_name": "first_name", "last_name": "last_name", "city": "home_city", "state": "home_state"}
    places |= {"zip": "home_zip", "phone": "other_phone"}
    return {target: member.get(place, "") for target, place in places.items()}
