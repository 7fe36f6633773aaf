"""One table of time limits: its rows fit together, the queue fits them, and no number stands anywhere else."""

import ast
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings
from django.core import checks
from django_q.models import OrmQ
from django_q.signing import SignedPackage

from exports.runs import start_run
from exports.schedule.refresh import start_refresh
from jobs.checks import faults_of
from jobs.limits import LIMITS, Limit, longest_message, shortest_retry
from profiles.databases.refreshing import ask_refresh
from segments.evaluations.lifecycle import start_evaluation
from segments.models import Segment

ROOT = Path(settings.BASE_DIR)
APPS = ("ccexport", "exports", "segments", "connections", "audit_trail", "encryption")
WORDS = ("LEASE", "TIMEOUT", "SECONDS", "BUDGET", "CLAIM", "PATIENCE", "ATTEMPTS", "EVERY", "SILENT", "STUCK", "GRACE")
# What is no limit of work: how long something is kept or counts, how often a page or a list is looked at, an estimate.
ALLOWED = {
    "ccexport/settings.py": {"SECURE_HSTS_SECONDS"},
    "ccexport/status/queue.py": {"SILENT", "STUCK"},  # what is said of a queue, not what is done with it
    "ccexport/alerts/watchdog.py": {"EVERY"},
    "exports/pipeline/estimate.py": {"IMPORT_SECONDS_PER_PROFILE", "SEND_SECONDS_PER_BATCH"},
}


def found(**queue) -> list[str]:
    return [message.id for message in checks.run_checks() if message.id.startswith("jobs.")]


def test_the_table_and_the_settings_as_they_are_pass():
    assert found() == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [({"work": 960}, "jobs.E001"), ({"lease": 22, "silent": 23}, "jobs.E002"), ({"attempts": 0}, "jobs.E003")],
)
def test_a_row_that_would_have_work_killed_or_done_twice_is_refused(change, fault):
    assert [error.id for error in faults_of("evaluation", replace(LIMITS.evaluation, **change))] == [fault]


def test_every_message_ends_later_than_its_work_and_sooner_than_the_queue_gives_it_to_another():
    for name, limit in LIMITS:
        assert isinstance(limit.message, int | None), name  # a part of a second would raise in every worker
        assert limit.message is None or limit.message < settings.Q_CLUSTER["retry"], name
    assert LIMITS.plan.work + LIMITS.run.work < LIMITS.run.message


@pytest.mark.parametrize("off", [0, 1])
def test_the_queue_must_wait_until_everything_it_fetched_is_done(settings, off):
    shortest = shortest_retry(2, 2)
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, "workers": 2, "queue_limit": 2, "retry": shortest + off}

    assert shortest > longest_message() * 3
    assert found() == ([] if off else ["jobs.E004"])


def test_a_default_longer_than_the_table_is_refused(settings):
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, "timeout": longest_message() + 1}

    assert found() == ["jobs.E005"]


def test_a_lease_of_runs_that_a_busy_database_outlasts_is_warned_of(settings):
    settings.RUN_LEASE_SECONDS = 6.0

    assert found() == ["jobs.W001"]


def test_every_message_carries_the_limit_of_its_kind(export, sqlite, sqlite_source, alice):
    sqlite.execute("CREATE TABLE people (id integer PRIMARY KEY)")
    sqlite.execute("INSERT INTO people VALUES (1)")
    start_run(export, by=alice)
    start_refresh(by=alice, trigger="on_demand")
    start_evaluation(Segment.objects.get(), trigger="refresh")
    ask_refresh(sqlite_source("people"))

    carried = {}
    for message in OrmQ.objects.all():
        task = SignedPackage.loads(message.payload)
        carried[task["func"]] = task.get("timeout")

    kinds = (LIMITS.run, LIMITS.refresh, LIMITS.evaluation, LIMITS.description)
    assert carried == {kind.task: kind.message for kind in kinds}


def test_the_paths_of_tasks_are_those_of_messages_that_an_older_version_left():
    assert {limit.task for _name, limit in LIMITS if limit.task} == {
        "exports.tasks.advance_run",
        "exports.tasks.advance_refresh",
        "exports.tasks.add_suppressions",
        "exports.tasks.advance_erasure",
        "exports.tasks.delete_scratch_list",
        "segments.tasks.evaluate_segment",
        "profiles.tasks.import_profiles",
        "profiles.tasks.refresh_source",
        "ccexport.tasks.send_alert",
        "jobs.tasks.look_for_due",
    }


def sources():
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text())


def is_number(node: ast.AST) -> bool:
    """Is it made of numbers alone: 90, 15 * 60, timedelta(minutes=2), (5, 10)?"""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, int | float) and not isinstance(node.value, bool)
    if isinstance(node, ast.BinOp):
        return is_number(node.left) and is_number(node.right)
    if isinstance(node, ast.Tuple):
        return bool(node.elts) and all(is_number(each) for each in node.elts)
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "timedelta":
        return all(is_number(each) for each in (*node.args, *(keyword.value for keyword in node.keywords)))
    return False


def test_no_module_has_a_limit_of_its_own():
    """It is read from the table: a number beside it would be held to no rule."""
    strays = [
        f"{path}: {target.id}"
        for path, tree in sources()
        for node in tree.body
        if isinstance(node, ast.Assign) and is_number(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
        and any(word in target.id for word in WORDS)
        and target.id not in ALLOWED.get(path, ())
    ]
    assert strays == []


def test_nobody_else_puts_messages_on_the_queue():
    strays = [
        path
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django_q.tasks"
    ]
    assert strays == []


def test_a_limit_returns_its_minutes():
    assert Limit(15 * 60, None).minutes == 15
