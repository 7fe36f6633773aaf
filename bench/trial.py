"""What is measured, one thing after the other in an installation of its own, with a fresh sandbox for each."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from math import ceil
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.utils import timezone

from bench.processes import child, fresh_sandbox, repeating, running_worker, seconds_of, watched
from bench.profiles import CUSTOM_FIELDS, NARROW, WIDE, Expected, expected, write_narrow, write_wide
from bench.table import Line, Outcome
from ccexport.demo import services
from ccexport.demo.content import connect, draft, person
from ccexport.demo.services import sandbox
from ccexport.roles import ADMINISTRATORS
from connections.clients import client_for
from connections.models import Connection
from constant_contact import MAX_ROWS, ConstantContactError
from exports.models import Export, Roster, Run, RunEvent, StageTiming
from exports.runs import start_run
from profiles.models import ProfileSource
from segments.models import Segment


class Trial:
    """Measures `n` profiles at a time in `folder`; `lines` of the table and `mistakes` are what comes out.

    Raises SystemExit with a sentence when the database holds an installation already.
    """

    def __init__(self, n: int, folder: Path) -> None:
        self.n, self.is_quick, self.folder = n, n < 100_000, folder
        self.lines: list[Line] = []
        self.mistakes: list[str] = []
        self.expected: dict[str, Expected] = {}  # by source
        self._mappings: dict[str, Mapping[str, str]] = {}
        self._bare_seconds: dict[str, float] = {}
        self.limits = True
        call_command("migrate", verbosity=0)
        if Export.objects.exists() or Connection.objects.exists():
            raise SystemExit("The database of DATABASE_URL is in use. Name an empty one: what is measured stays there.")
        self.admin = person("bench", ADMINISTRATORS)
        self.connection = draft("Benchmark", self.admin)

    def add(self, line: Line, mistakes: Sequence[str] = ()) -> None:
        self.lines.append(line)
        self.mistakes += mistakes

    def make(self, source: str, mapping: Mapping[str, str], write: Callable[[Path, int], None], rows: int) -> None:
        """Make the data, import it, and measure what a bare loop needs for it; once only."""
        if source in self._bare_seconds:
            return
        say(f"{source}: making {rows:,} profiles")
        self._mappings[source], self.expected[source] = mapping, expected(rows)
        path = self.folder / f"{source}.csv"
        write(path, rows)
        say(f"{source}: importing them")
        seconds, numbers = self.import_profiles(path, source)
        self.add(Line(f"{source}: import of the file", f"{seconds:.1f} s, once per file", numbers))
        path.unlink()
        say(f"{source}: bare loop")
        loop = min((self._bare_loop(source) for _loop in range(2)), key=lambda each: each["seconds"])
        seconds = self._bare_seconds[source] = loop["seconds"]
        numbers = {**loop, "until_accepted": seconds, "rate": rows / seconds, "ratio": 1.0}
        self.add(Line(f"{source}: bare loop", "no limits, no checks", numbers))

    def import_profiles(self, path: Path, source: str) -> tuple[float, dict[str, float]]:
        """Import a file in a process of its own, as `manage.py import_profiles` does: seconds, and numbers."""
        command = [sys.executable, services.MANAGE[1], "import_profiles", str(path), "--source", source, "--key", "id"]
        with path.open() as file:
            command += ["--updated", "updated_at"] if "updated_at" in file.readline() else []
        process = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL)
        with watched(process.pid) as peaks:
            if process.wait():
                raise SystemExit(f"The import of {path} failed; see above.")
        job = ProfileSource.objects.get(name=source).imports.latest("pk")
        assert job.finished_at is not None
        seconds = (job.finished_at - job.created_at).total_seconds()
        return seconds, {"rate": (job.row_count or 0) / seconds, "peak": max(peaks.values(), default=0)}

    def _bare_loop(self, source: str) -> dict[str, float]:
        profiles, api_url = ProfileSource.objects.get(name=source).snapshot, settings.CONSTANT_CONTACT_API_URL
        with fresh_sandbox(limits=False, quick=self.is_quick):
            token, list_id = sandbox("POST", "tokens")["access_token"], sandbox("POST", "lists", name=source)["list_id"]
            mapping = json.dumps(self._mappings[source])
            return child("loop", str(default_storage.path(profiles)), api_url, token, list_id, mapping)

    @contextmanager
    def connected_sandbox(self, *, limits: bool) -> Iterator[None]:
        """A sandbox that remembers nothing, and so no token of the one before, and a connection to it."""
        self.limits = limits  # of the runs, too
        with fresh_sandbox(limits=limits, quick=self.is_quick):
            self.connection = connect(self.admin, self.connection.display_name)
            yield

    def export(self, name: str, source: str) -> Export:
        """An export of the whole source to a list of its own."""
        whole = {"source": ProfileSource.objects.get(name=source)}
        segment, _made = Segment.objects.get_or_create(name=f"Everybody of {source}", defaults=whole)
        list_id, account_id = sandbox("POST", "lists", name=name)["list_id"], self.connection.account_id
        target = {"connection": self.connection, "list_id": list_id, "list_name": name, "list_account_id": account_id}
        mapping = dict(self._mappings[source])
        export = Export.objects.create(name=name, mapping=mapping, created_by=self.admin, **target)
        export.segments.add(segment)
        return export

    def measure(self, title: str, *exports: Export, kill_at: int = 0) -> Outcome:
        """Start a run of each export as Run now does, and look on until they are over.

        `kill_at`: once the sandbox has queued so many imports, the worker is killed and another one started.
        """
        say(title)
        before = len(sandbox("GET", "requests"))
        died: datetime | None = None
        with ExitStack() as stack:
            peaks, kill = stack.enter_context(running_worker(limits=self.limits))
            all_peaks = [peaks]
            runs = [start_run(export, by=self.admin)[0] for export in exports]
            open_runs = Run.objects.open().filter(pk__in=[run.pk for run in runs])
            if kill_at:
                while sandbox("GET", "stats")["imports"] < kill_at and open_runs.exists():
                    time.sleep(0.02)
                kill()
                died = timezone.now()
                all_peaks.append(stack.enter_context(running_worker(limits=self.limits))[0])
            while open_runs.exists():
                time.sleep(0.2)  # the worker needs the database more
            requests = sandbox("GET", "requests")[before:]
        for run in runs:
            run.refresh_from_db()
        worker = max(max(peaks.values(), default=0) for peaks in all_peaks)
        return Outcome(title, runs, requests, worker, max(sum(peaks.values()) for peaks in all_peaks), died)

    def conclude(self, outcome: Outcome, source: str, to_send: int | None = None, *, compare: bool = False) -> None:
        """Check the counts (`to_send`: not everybody) and add the line, compared with the bare loop if so wanted."""
        counts, lost_answers = self.expected[source], 0
        for run in outcome.runs:
            left_out = (run.counts.get("invalid_email", 0), run.counts.get("duplicate", 0))
            outcome.expect("profiles to send", run.to_send, counts.valid if to_send is None else to_send)
            outcome.expect("invalid and repeated addresses", left_out, (counts.invalid, counts.repeated))
            with client_for(self.connection, for_page=True) as client:
                on_list = client.contact_list(run.configuration["list_id"], membership_count="all").membership_count
            outcome.expect("people on the list", on_list or 0, counts.valid)
        if outcome.died:
            # An import whose answer was lost may be sent twice, when its activity could not be found.
            not_found = RunEvent.objects.filter(run__in=outcome.runs, code="answer_lost").count()
            lost_answers = min(not_found, len(outcome.imports) - len(outcome.batches))
            times = f"{outcome.until_resumed():.0f} s (lease {settings.RUN_LEASE_SECONDS:g} s)"
            outcome.notes.append(f"resumed after {times}, {lost_answers} sent twice")
        if compare and self.limits and outcome.imports:
            least = len(outcome.imports) / settings.CONSTANT_CONTACT_REQUESTS_PER_SECOND
            outcome.notes.append(f"{outcome.until_accepted / least:.2f} × imports ÷ 4 a second")
        outcome.check(lost_answers=lost_answers)
        self.add(outcome.line(self._bare_seconds[source] if compare else None), outcome.mistakes)


def say(what: str) -> None:
    """Tell whoever waits where it is; the table alone goes to standard output."""
    print(f"{time.strftime('%H:%M:%S')} {what} …", file=sys.stderr, flush=True)


def measure_narrow(trial: Trial) -> None:
    trial.make("Narrow", NARROW, write_narrow, trial.n)
    for limits in (True, False):
        with trial.connected_sandbox(limits=limits):
            export = trial.export(f"Narrow, limits {'on' if limits else 'off'}", "Narrow")
            first = trial.measure(export.name, export)
            trial.conclude(first, "Narrow", compare=True)
            if limits:
                continue
            rerun = trial.measure("Narrow again, unchanged", export)
            rerun.notes.append(f"plan {rerun.planning / first.planning:.2f} × the first")
            trial.conclude(rerun, "Narrow", to_send=0)
            path = trial.folder / "changed.csv"
            write_narrow(path, trial.n, changed=True)
            trial.import_profiles(path, "Narrow")
            again = trial.measure("Narrow again, 1 % changed", export)
            changed = trial.expected["Narrow"].changed
            again.expect("imports", len(again.imports), ceil(changed / MAX_ROWS))
            trial.conclude(again, "Narrow", to_send=changed)


def measure_wide(trial: Trial) -> None:
    trial.make("Wide", WIDE, write_wide, trial.n)
    for limits in (True, False):
        with trial.connected_sandbox(limits=limits):
            with client_for(trial.connection, for_page=True) as client:
                for label in CUSTOM_FIELDS:
                    client.create_custom_field(label)
            export = trial.export(f"Wide, limits {'on' if limits else 'off'}", "Wide")
            outcome = trial.measure(export.name, export)
            outcome.notes.append(str(outcome.runs[0].get_encoding_display()))
            trial.conclude(outcome, "Wide", compare=True)


def measure_roster(trial: Trial) -> None:
    trial.make("Narrow", NARROW, write_narrow, trial.n)
    with trial.connected_sandbox(limits=False):
        export = trial.export("Narrow, without roster: an empty list", "Narrow")
        trial.conclude(trial.measure(export.name, export), "Narrow")
        read = trial.measure("Narrow, with roster: the list read back, nothing to send", export)
        (run,) = read.runs
        reading = StageTiming.objects.get(run=run, stage=Run.Stage.READ)
        roster = Roster.objects.get(list_id=export.list_id)
        size = default_storage.size(roster.file) / 1e6
        read.notes.append(f"reading {reading.seconds:.1f} s, {run.reading_calls} calls, roster of {size:.0f} MB")
        trial.conclude(read, "Narrow", to_send=0)


def measure_kill(trial: Trial) -> None:
    trial.make("Narrow", NARROW, write_narrow, trial.n)
    batches = ceil(trial.expected["Narrow"].valid / MAX_ROWS)
    at = max(1, batches * 11 // 25)
    with trial.connected_sandbox(limits=True):
        export = trial.export(f"Narrow, worker killed at import {at} of {batches}", "Narrow")
        trial.conclude(trial.measure(export.name, export, kill_at=at), "Narrow")


def measure_two(trial: Trial) -> None:
    trial.make("Narrow", NARROW, write_narrow, trial.n)
    waits: list[float] = []
    failures: list[str] = []

    def click() -> None:
        """A person at the drop-down with the lists."""
        try:
            with client_for(trial.connection, for_page=True) as client:
                client.contact_lists()
        except ConstantContactError as error:
            failures.append(str(error))

    with trial.connected_sandbox(limits=True):
        exports = [trial.export(f"Narrow, at once ({number})", "Narrow") for number in (1, 2)]
        with repeating(lambda: waits.append(seconds_of(click)), 0.5):
            outcome = trial.measure("Two narrow runs and a person", *exports)
        median, longest = statistics.median(waits), max(waits)
        outcome.notes.append(f"{len(waits)} clicks, each waited {median:.2f} s (median), {longest:.2f} s (longest)")
        outcome.expect("clicks that failed", failures, [])
        trial.conclude(outcome, "Narrow")


def measure_five(trial: Trial) -> None:
    trial.make("Narrow × 5", NARROW, write_narrow, 5 * trial.n)
    with trial.connected_sandbox(limits=False):
        export = trial.export("Narrow × 5, limits off", "Narrow × 5")
        trial.conclude(trial.measure(export.name, export), "Narrow × 5", compare=True)
