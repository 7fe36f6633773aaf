"""What `make bench` measures with a million profiles, counted with a thousand: imports, rows, bytes, who arrives."""

import csv
import json
import time
from math import ceil
from pathlib import Path

import pytest
from django.core.management import call_command

from bench.profiles import NARROW, WIDE, expected, write_narrow, write_wide
from constant_contact import MAX_ROWS, csv_overhead, json_overhead
from exports.models import Run
from exports.plan import cut
from exports.runs import send_planned, start_run
from profiles.models import ProfileSource
from tests.exports.test_killed_workers import OVER, kill, worker
from tests.support.fixtures_exports import make_export, make_segment, on_list, work_until_over
from tests.support.processes import wait_until

IMPORT = "POST /v3/activities/contacts_json_import"
ROWS = 1_000  # of which 970 can be sent
BYTES = 40_000  # of an import of wide profiles here


@pytest.fixture(autouse=True)
def _real_transactions(transactional_db):
    """Whatever runs an export needs them: tokens are refreshed in transactions of their own."""


@pytest.fixture
def imports_of_forty(monkeypatch):
    """Imports of 40 rows, so that a thousand profiles need as many as a million do."""
    monkeypatch.setattr(cut, "MAX_ROWS", 40)


def load(path: Path) -> ProfileSource:
    """Import the file, or import it anew."""
    updated = {"updated": "updated_at"} if "updated_at" in path.open().readline() else {}
    call_command("import_profiles", str(path), source="Scale", key="id", verbosity=0, **updated)
    return ProfileSource.objects.get(name="Scale")


@pytest.fixture
def narrow_export(connection, list_id, tmp_path):
    write_narrow(tmp_path / "narrow.csv", ROWS)
    source = load(tmp_path / "narrow.csv")
    return make_export(connection, list_id, make_segment(source, "Everybody", []), mapping=NARROW)


def imports_of(sandbox) -> list[dict]:
    return [request for request in sandbox.requests() if request["path"].endswith("_import")]


def test_a_thousand_profiles_in_imports_of_forty_need_twenty_five(
    narrow_export, imports_of_forty, sandbox, list_id, bob
):
    run = work_until_over(start_run(narrow_export, by=bob)[0])
    assert run.counts == {"send": 970, "invalid_email": 20, "duplicate": 10}
    imports = imports_of(sandbox)
    assert [request["rows"] for request in imports] == [40] * 24 + [10]
    assert [request["body_bytes"] for request in imports] == [batch.body_bytes for batch in run.batches.all()]
    assert sum(batch.accepted for batch in run.batches.all()) == len(on_list(sandbox, list_id)) == 970


def test_beside_its_imports_a_run_makes_few_calls(narrow_export, imports_of_forty, sandbox, bob):
    run = work_until_over(start_run(narrow_export, by=bob)[0])
    calls = [request for request in sandbox.requests() if request["path"].startswith("/v3/")]
    assert run.calls == len(calls) <= 25 + 3  # the list is checked once, the activities are asked after together


def test_an_import_takes_forty_thousand_profiles(connection, list_id, tmp_path, sandbox, bob):
    write_narrow(tmp_path / "narrow.csv", 45_000)
    segment = make_segment(load(tmp_path / "narrow.csv"), "Everybody", [])
    run = work_until_over(start_run(make_export(connection, list_id, segment, mapping=NARROW), by=bob)[0])
    assert [request["rows"] for request in imports_of(sandbox)] == [MAX_ROWS, expected(45_000).valid - MAX_ROWS]
    assert sum(batch.accepted for batch in run.batches.all()) == expected(45_000).valid


def test_wide_profiles_need_as_few_imports_as_the_shorter_encoding(
    connection, list_id, tmp_path, monkeypatch, sandbox, bob
):
    monkeypatch.setattr(cut, "MAX_BYTES", BYTES)
    write_wide(tmp_path / "wide.csv", ROWS)
    segment = make_segment(load(tmp_path / "wide.csv"), "Everybody", [])
    run = work_until_over(start_run(make_export(connection, list_id, segment, mapping=WIDE), by=bob)[0])
    as_json, as_csv = fewest_imports(tmp_path / "wide.csv", list_id)
    assert as_csv < as_json
    assert (run.encoding, len(imports_of(sandbox))) == (Run.Encoding.CSV, as_csv)
    sizes = [batch.body_bytes for batch in run.batches.all()]
    assert max(sizes) <= BYTES
    assert min(sizes[:-1]) >= 0.97 * BYTES
    assert len(on_list(sandbox, list_id)) == 970


def fewest_imports(path: Path, list_id: str) -> tuple[int, int]:
    """How many bodies of BYTES the valid profiles of the file fill, as JSON and as CSV; counted here, by hand."""
    addresses: set[str] = set()
    in_json = in_csv = 0
    for row in csv.DictReader(path.open()):
        contact = {target: row[attribute] for target, attribute in WIDE.items()}
        contact["email"] = contact["email"].lower()
        if " " in contact["email"] or contact["email"] in addresses:
            continue
        addresses.add(contact["email"])
        in_json += len(json.dumps(contact, separators=(",", ":"), ensure_ascii=False).encode()) + 1
        quoted = [f'"{value}"' if "," in value else value for value in contact.values()]
        in_csv += len(",".join(quoted).encode()) + 1
    return (
        ceil(in_json / (BYTES - json_overhead([list_id]))),
        ceil(in_csv / (BYTES - csv_overhead(",".join(WIDE)))),
    )


def test_unchanged_profiles_cost_no_import_and_one_in_a_hundred_costs_one(
    narrow_export, imports_of_forty, tmp_path, sandbox, list_id, bob
):
    work_until_over(start_run(narrow_export, by=bob)[0])
    again = work_until_over(start_run(narrow_export, by=bob)[0])
    assert again.counts == {"unchanged": 970, "invalid_email": 20, "duplicate": 10}
    assert len(imports_of(sandbox)) == 25
    write_narrow(tmp_path / "narrow.csv", ROWS, changed=True)
    load(tmp_path / "narrow.csv")
    changed = work_until_over(start_run(narrow_export, by=bob)[0])
    assert changed.to_send == expected(ROWS).changed == 10
    assert [request["rows"] for request in imports_of(sandbox)[25:]] == [10]
    assert len(on_list(sandbox, list_id)) == 970


def test_worker_killed_at_the_eleventh_import_sends_only_that_one_again(
    narrow_export, imports_of_forty, sandbox, list_id, bob, processes, monkeypatch
):
    run = work_until_over(start_run(narrow_export, by=bob, preview=True)[0])  # the plan, with imports of forty
    send_planned(run, by=bob)
    monkeypatch.setenv("RUN_LEASE_SECONDS", "6")  # longer than a busy machine stalls a process
    monkeypatch.setenv("CONSTANT_CONTACT_REQUESTS_PER_SECOND", "100")
    sandbox.fault(IMPORT, "slow", skip=10, seconds=5, after=True)  # the eleventh is queued, its answer is on the way
    with worker(processes) as killed:
        wait_until(lambda: processes.value("SELECT number FROM exports_batch WHERE state = 'sending'") == 11)
        time.sleep(1)  # from the intention to the request
        kill(killed)
    with worker(processes):
        wait_until(lambda: processes.value("SELECT status FROM exports_run") in OVER)
    wait_until(lambda: len(imports_of(sandbox)) >= 26)
    assert processes.value("SELECT sum(posts) FROM exports_batch") == len(imports_of(sandbox)) == 26
    assert processes.value("SELECT number FROM exports_batch WHERE posts = 2") == 11
    assert len(on_list(sandbox, list_id)) == 970
