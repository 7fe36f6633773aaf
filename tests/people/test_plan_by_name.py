"""A plan by name: who is new, what changes from what, who is left out and why; sought, chosen and downloaded."""

import csv
import io

import duckdb
import pytest
from auditlog.models import LogEntry
from django.core.files.storage import default_storage
from django.urls import reverse

from exports.models import Run
from exports.plan.by_name import Chosen, open_by_name
from exports.plan.dispositions import Disposition
from exports.runs import start_run
from tests.support.fixtures_exports import PEOPLE, make_source, work_until_over


def preview(export) -> Run:
    return work_until_over(start_run(export, by=None, trigger=Run.Trigger.PREVIEW, preview=True)[0])


def run(export) -> Run:
    return work_until_over(start_run(export, by=None)[0])


def address(run: Run, name: str = "people") -> str:
    return reverse(f"admin:exports_run_{name}", args=[run.pk])


@pytest.fixture
def planned(export, tmp_path) -> Run:
    """A preview after two runs: Ben has another name, Chen none any more, Eva is new, Ana is as she was."""
    run(export)
    again = [dict(each) for each in PEOPLE]
    again[0]["last_name"] = "Álvarez"  # Ana's second run: her last values lie in it
    make_source(tmp_path, again)
    run(export)
    again[1]["first_name"], again[2]["first_name"] = "Benjamin", ""
    again[0]["last_name"] = "Alvarez-Ruiz"
    eva = {"id": "8", "email": "eva@example.com", "first_name": "=Eva", "last_name": "East", "country": "France"}
    make_source(tmp_path, [*again, eva])
    return preview(export)


EVERYBODY = Chosen()


def named(run: Run, chosen: Chosen = EVERYBODY) -> dict[str, object]:
    with open_by_name(run) as plan:
        plan.choose(chosen)
        return {each.row.email: each for each in plan.rows(0, 50)}


def test_everybody_is_named_with_their_old_and_new_values(planned, bob, bob_client, carol_client, connection):
    found = named(planned)
    assert {email: each.kind for email, each in found.items() if email} == {
        "ana@example.com": "changed", "ben@example.com": "changed", "chen@example.com": "changed",
        "eva@example.com": "added", "josé@example.com": "left_out",
    }  # fmt: skip

    def changes(email: str) -> list[tuple[str, str, str]]:
        return [(each.target, each.before, each.after) for each in found[email].changes]

    assert changes("ana@example.com") == [("last_name", "Álvarez", "Alvarez-Ruiz")]
    # Whoever was unchanged in the last run: their values are those of the run before.
    assert changes("ben@example.com") == [("first_name", "Ben", "Benjamin")]
    assert changes("chen@example.com") == [("first_name", "Chen", "")]
    assert found["ben@example.com"].earlier.run < found["ana@example.com"].earlier.run

    connection.sharing = "contributors"
    connection.save()
    answer = bob_client.get(address(planned))
    page = answer.content.decode()
    assert "Benjamin" in page
    assert "Ben</s>" in page
    assert "empty now; Constant Contact keeps the old value" in page
    assert answer.context["counts"].by_kind == {
        "added": 1, "changed": 3, "removed": 0, "stays": 0, "left_out": 3, "unchanged": 0
    }  # fmt: skip
    assert LogEntry.objects.filter(additional_data__event="saw_people", actor=bob).exists()

    # Sought in the body of a POST; by part of the address or by key; chosen by what happens and why.
    post = bob_client.post(address(planned), {"text": " BEN@"})
    assert [row["email"] for row in post.context["rows"]] == ["ben@example.com"]
    assert [row["email"] for row in bob_client.post(address(planned), {"text": "8"}).context["rows"]] == [
        "eva@example.com"
    ]
    assert len(bob_client.get(address(planned), {"text": "ben@"}).context["rows"]) == 7
    for asked, count in (
        ({"kind": "left_out"}, 3),
        ({"kind": "left_out", "why": "no_email"}, 1),
        ({"kind": "added", "why": "no_email"}, 0),
        ({"kind": "nonsense", "why": "nonsense", "page": "-1"}, 7),
    ):
        assert len(bob_client.get(address(planned), asked).context["rows"]) == count, asked

    answer = bob_client.get(address(planned, "people_download"), {"kind": "added"})
    lines = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert lines[1][:3] == ["New to the list", "eva@example.com", "8"]
    assert ["First name", "", "'=Eva"] in [line[4:] for line in lines]  # no formula
    answer = bob_client.get(address(planned, "people_download"))
    lines = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert ["ben@example.com", "First name", "Ben", "Benjamin"] in [[line[1], *line[4:]] for line in lines]
    assert LogEntry.objects.filter(additional_data__event="downloaded_people", actor=bob).count() == 2
    check_pages(planned)
    for name in ("people", "people_download"):
        assert carol_client.get(address(planned, name)).status_code == 403  # a viewer sees nobody


def test_old_values_that_are_no_longer_kept_are_not_guessed(planned, bob_client, connection):
    connection.sharing = "contributors"
    connection.save()
    if "on_list" in columns_of(planned):
        rewrite(planned, "* EXCLUDE (on_list)")
    assert "the list itself was not read for this plan" in bob_client.get(address(planned)).content.decode()
    first = Run.objects.order_by("pk").first()
    Run.objects.filter(pk=first.pk).update(plan_file="")
    found = named(planned)
    assert found["ana@example.com"].earlier is not None  # the run after it has her values
    assert found["ben@example.com"].earlier is None
    assert found["ben@example.com"].changes == []
    assert "What was sent before is not kept" in bob_client.get(address(planned)).content.decode()
    Run.objects.filter(pk=planned.pk).update(plan_file="")
    assert "no longer kept" in bob_client.get(address(planned)).content.decode()


def rewrite(run: Run, columns: str, more: str = "") -> None:
    """Give the plan other columns, as plans of other versions have, and rows."""
    path = default_storage.path(run.plan_file)
    with duckdb.connect() as duck:
        duck.execute("CREATE TABLE plan AS SELECT * FROM read_parquet($path)", {"path": path})
        if more:
            rows = f"FROM ({more}) AS row(profile_id, email, disposition, reason)"
            duck.execute(f"INSERT INTO plan BY NAME SELECT *, '' AS payload, 0 AS withheld, 0 AS sent_before {rows}")
        duck.execute(f"COPY (SELECT {columns} FROM plan) TO '{path}' (FORMAT parquet)")


def test_what_the_list_was_seen_to_hold_tells_who_is_new_and_who_stays_or_goes(planned, bob_client, connection):
    connection.sharing = "contributors"
    connection.save()
    others = "* EXCLUDE (on_list)" if "on_list" in columns_of(planned) else "*"
    rewrite(
        planned,
        f"{others}, CASE email WHEN 'ben@example.com' THEN false WHEN 'eva@example.com' THEN true END AS on_list",
        "VALUES ('9', 'left@example.com', 'leaver', 'remove'), ('10', 'gone@example.com', 'leaver', 'keep'), "
        "('11', 'old@example.com', 'former_address', 'show new@example.com')",
    )
    found = named(planned)
    assert {email: each.kind for email, each in found.items() if email} == {
        "ana@example.com": "changed",  # not known from the list: told from the earlier runs
        "chen@example.com": "changed",
        "ben@example.com": "added",
        "eva@example.com": "changed",
        "josé@example.com": "left_out",
        "left@example.com": "removed",
        "gone@example.com": "stays",
        "old@example.com": "stays",
    }
    answer = bob_client.get(address(planned, "people_download"), {"kind": "stays"})
    lines = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert [line[:3] for line in lines[1:]] == [
        ["Stays on the list", "gone@example.com", "10"], ["Stays on the list", "old@example.com", "11"],
    ]  # fmt: skip
    page = bob_client.get(address(planned)).content.decode()
    assert "Whether 2 people were on the list is told from earlier runs only" in page
    with open_by_name(planned) as plan:
        assert plan.choose(Chosen("stays")).by_disposition == {Disposition.LEAVER: 1, Disposition.FORMER_ADDRESS: 1}


def columns_of(run: Run) -> list[str]:
    with duckdb.connect() as duck:
        query = "SELECT name FROM parquet_schema($path)"
        return [row[0] for row in duck.execute(query, {"path": default_storage.path(run.plan_file)}).fetchall()]


def check_pages(run: Run) -> None:
    """Pages follow one another, and the file holds them all."""
    with open_by_name(run) as plan:
        assert plan.choose(EVERYBODY).found == 7
        rows = [each.place for first in (0, 3, 6, 9) for each in plan.rows(first, 3)]
        assert rows == sorted(set(rows))
        assert len(rows) == 7
        assert [each.place for each in plan.all_rows()] == rows
