"""What is measured: a function for each scenario of bench.options."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from math import ceil

from django.conf import settings
from django.utils import timezone

from bench.list_page import measure_list_page
from bench.outcome import Outcome
from bench.person import Person
from bench.postgresql import measure_postgresql
from bench.processes import Sandbox, Worker
from bench.profiles import CUSTOM_FIELDS, NARROW, WIDE, Expected, expected, write_narrow, write_wide
from bench.table import Line
from bench.trial import Trial
from constant_contact import MAX_ROWS
from exports.models import Export, Run, RunEvent


def narrow(trial: Trial) -> None:
    """Three attributes, with the vendor's limits and without; then the same export twice more."""
    trial.make("Narrow", NARROW, write_narrow, trial.n)
    counts = expected(trial.n)
    for limits in (True, False):
        with trial.connected_sandbox(limits=limits) as sandbox:
            export = trial.export(f"Narrow, limits {'on' if limits else 'off'}", "Narrow", sandbox)
            first = trial.measure(export.name, [export], sandbox, limits=limits)
            _compare_with_limit(first, limits=limits)
            trial.conclude(first, counts, counts.valid, "Narrow")
            if not limits:
                _unchanged(trial, export, first, counts, sandbox)
                _changed(trial, export, counts, sandbox)


def _compare_with_limit(outcome: Outcome, *, limits: bool) -> None:
    if limits and outcome.imports:
        least = len(outcome.imports) / settings.CONSTANT_CONTACT_REQUESTS_PER_SECOND
        outcome.notes.append(f"{outcome.until_accepted / least:.2f} × imports ÷ 4 a second")


def _unchanged(trial: Trial, export: Export, first: Outcome, counts: Expected, sandbox: Sandbox) -> None:
    rerun = trial.measure("Narrow again, unchanged", [export], sandbox, limits=False)
    rerun.notes.append(f"plan {rerun.planning / first.planning:.2f} × the first")
    trial.conclude(rerun, counts, to_send=0)


def _changed(trial: Trial, export: Export, counts: Expected, sandbox: Sandbox) -> None:
    path = trial.folder / "changed.csv"
    write_narrow(path, trial.n, changed=True)
    trial.installation.import_profiles(path, "Narrow")
    changed = trial.measure("Narrow again, 1 % changed", [export], sandbox, limits=False)
    changed.expect("imports", len(changed.imports), ceil(counts.changed / MAX_ROWS))
    trial.conclude(changed, counts, counts.changed)


def wide(trial: Trial) -> None:
    """Ten attributes and two custom fields, with the vendor's limits and without."""
    trial.make("Wide", WIDE, write_wide, trial.n)
    counts = expected(trial.n)
    for limits in (True, False):
        with trial.connected_sandbox(limits=limits) as sandbox:
            trial.installation.create_custom_fields(CUSTOM_FIELDS)
            export = trial.export(f"Wide, limits {'on' if limits else 'off'}", "Wide", sandbox, WIDE)
            outcome = trial.measure(export.name, [export], sandbox, limits=limits)
            outcome.notes.append(str(outcome.runs[0].get_encoding_display()))
            _compare_with_limit(outcome, limits=limits)
            trial.conclude(outcome, counts, counts.valid, "Wide")


def kill(trial: Trial) -> None:
    """The worker dies while it sends, and another one is started at once."""
    trial.make("Narrow", NARROW, write_narrow, trial.n)
    counts = expected(trial.n)
    batches = ceil(counts.valid / MAX_ROWS)
    at = max(1, batches * 11 // 25)
    death = _Death(at)
    with trial.connected_sandbox(limits=True) as sandbox:
        export = trial.export(f"Narrow, worker killed at import {at} of {batches}", "Narrow", sandbox)
        outcome = trial.measure(export.name, [export], sandbox, limits=True, during=death)
        # An import whose answer was lost may be sent twice, when its activity could not be found.
        not_found = RunEvent.objects.filter(run__in=outcome.runs, code="answer_lost").count()
        twice = min(not_found, len(outcome.imports) - batches)
        lease = f"lease {settings.RUN_LEASE_SECONDS:g} s"
        outcome.notes.append(f"resumed after {death.until_resumed(outcome):.0f} s ({lease}), {twice} sent twice")
        trial.conclude(outcome, counts, counts.valid, lost_answers=twice)


class _Death:
    """Kills the worker once the sandbox has queued so many imports, and starts another."""

    def __init__(self, after: int) -> None:
        self._after = after
        self._at: datetime | None = None

    def __call__(self, runs: Sequence[Run], sandbox: Sandbox, worker: Worker) -> None:
        while sandbox.imports() < self._after and Run.objects.open().filter(pk=runs[0].pk).exists():
            time.sleep(0.02)
        worker.kill()
        self._at = timezone.now()
        worker.start()

    def until_resumed(self, outcome: Outcome) -> float:
        """Seconds from the death until the next import was accepted, or its end where all were."""
        assert self._at is not None
        moments = [batch.sent_at for batch in outcome.batches] + [run.finished_at for run in outcome.runs]
        return min((each - self._at).total_seconds() for each in moments if each and each > self._at)


def two(trial: Trial) -> None:
    """Two runs at once and a person who opens lists of lists: one API key for all."""
    trial.make("Narrow", NARROW, write_narrow, trial.n)
    counts = expected(trial.n)
    with trial.connected_sandbox(limits=True) as sandbox:
        exports = [trial.export(f"Narrow, at once ({number})", "Narrow", sandbox) for number in (1, 2)]
        with Person(trial.installation.connection) as person:
            outcome = trial.measure("Two narrow runs and a person", exports, sandbox, limits=True)
        outcome.notes.append(person.told())
        outcome.expect("clicks that failed", person.failures, [])
        trial.conclude(outcome, counts, counts.valid)


def five(trial: Trial) -> None:
    """Five times as many profiles: does the memory grow?"""
    rows = 5 * trial.n
    trial.make("Narrow × 5", NARROW, write_narrow, rows)
    counts = expected(rows)
    with trial.connected_sandbox(limits=False) as sandbox:
        export = trial.export("Narrow × 5, limits off", "Narrow × 5", sandbox)
        outcome = trial.measure(export.name, [export], sandbox, limits=False)
        trial.conclude(outcome, counts, counts.valid, "Narrow × 5")


def list_page(trial: Trial) -> None:
    """The page with the list of exports, beside a stock admin list of the same rows."""
    page = measure_list_page(trial.installation.connection, trial.installation.admin, quick=trial.is_quick)
    trial.lines.append(Line(f"List of {page.exports:,} exports, {page.runs:,} runs", note=page.told()))
    trial.mistakes += page.mistakes


def postgresql(trial: Trial) -> None:
    """Profiles that stay in PostgreSQL: a count beside the bare statement, a stream and its memory."""
    measured = measure_postgresql(trial.n)
    if measured is None:
        trial.lines.append(Line("Profiles in PostgreSQL", note="no server: name one with PROFILES_URL"))
        return
    numbers = {"rate": measured.rows / measured.streamed, "peak": measured.peak, "ratio": measured.ratio}
    trial.lines.append(Line(f"{measured.rows:,} profiles in PostgreSQL", note=measured.told(), numbers=numbers))
    trial.mistakes += measured.mistakes


SCENARIOS: dict[str, Callable[[Trial], None]] = {
    "narrow": narrow,
    "wide": wide,
    "kill": kill,
    "two": two,
    "five": five,
    "list": list_page,
    "postgresql": postgresql,
}
