"""Exports of profiles that live in a database."""

import pytest

from exports.models import Run
from exports.runs import start_run
from profiles.models import DatabaseAddress
from tests.support.fixtures_exports import make_segment, on_list, work_until_over

pytestmark = pytest.mark.django_db


@pytest.fixture
def customers(postgres, postgres_source):
    postgres.execute("CREATE TABLE customers (id integer, email text, first_name text, last_name text, country text)")
    postgres.cursor().executemany(
        "INSERT INTO customers VALUES (%s, %s, %s, %s, 'France')",
        [(1, "Ana@example.com ", "Ana", "Alvarez"), (2, "zoe@example.com", "Zoé", "Zola"), (3, "", "No", "Address")],
    )
    return postgres_source("customers", name="Customers in PostgreSQL")


def test_the_members_in_a_database_reach_the_list(export, customers, sandbox, list_id, bob):
    export.segments.set([make_segment(customers, "France, there")])

    run = work_until_over(start_run(export, by=bob)[0])

    assert on_list(sandbox, list_id) == {"ana@example.com", "zoe@example.com"}
    assert run.counts == {"send": 2, "no_email": 1}


def test_members_of_a_file_and_of_a_database_are_one_list_without_anybody_twice(
    export, customers, sandbox, list_id, bob
):
    export.segments.add(make_segment(customers, "France, there"))

    run = work_until_over(start_run(export, by=bob)[0])

    assert on_list(sandbox, list_id) == {"ana@example.com", "ben@example.com", "chen@example.com", "zoe@example.com"}
    assert run.counts == {"send": 4, "no_email": 2, "invalid_email": 1, "duplicate": 2}


def test_a_database_that_is_down_skips_the_run_and_its_reason_is_stored(export, customers, sandbox, list_id, bob):
    export.segments.set([make_segment(customers, "France, there")])
    address = DatabaseAddress.objects.get()
    address.options |= {"port": "1"}
    address.save()

    run = work_until_over(start_run(export, by=bob)[0])

    assert run.status == Run.Status.SKIPPED
    assert run.reason_details["code"] == "database_unreachable"
    assert on_list(sandbox, list_id) == set()
