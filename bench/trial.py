"""One thing measured after the other: the data, a fresh sandbox for each scenario, runs and what they took."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from bench.installation import Installation
from bench.options import Options
from bench.outcome import Outcome
from bench.processes import Sandbox, Worker, fresh_sandbox, running_worker
from bench.profiles import NARROW, Expected
from bench.table import Line
from exports.models import Export, Run
from exports.runs import start_run

LOOK = 0.2  # seconds between two looks at the database, which the worker needs more
LONGEST = 2 * 60 * 60  # seconds; a run that takes longer has failed
LOOPS = 2  # of which the better counts
During = Callable[[Sequence[Run], Sandbox, Worker], None]


class Trial:
    """Measures `n` profiles at a time in `folder`; `lines` of the table and `mistakes` are what comes out."""

    def __init__(self, options: Options, folder: Path) -> None:
        self.n, self.is_quick, self.folder = options.n, options.is_quick, folder
        self.lines: list[Line] = []
        self.mistakes: list[str] = []
        self.installation = Installation()
        self._bare: dict[str, float] = {}

    def make(self, source: str, mapping: Mapping[str, str], write: Callable[[Path, int], None], rows: int) -> None:
        """Make the data, import it, and measure what a bare loop needs for it; once only."""
        if source in self._bare:
            return
        say(f"{source}: making {rows:,} profiles")
        path = self.folder / f"{source}.csv"
        write(path, rows)
        say(f"{source}: importing them")
        imported = self.installation.import_profiles(path, source)
        self.lines.append(Line.of_import(f"{source}: import of the file", imported))
        path.unlink()
        say(f"{source}: bare loop")
        loops = [self._bare_loop(source, mapping) for _loop in range(LOOPS)]
        best = min(loops, key=lambda loop: loop["seconds"])
        self._bare[source] = best["seconds"]
        self.lines.append(Line.of_loop(f"{source}: bare loop", rows, best))

    def _bare_loop(self, source: str, mapping: Mapping[str, str]) -> dict[str, float]:
        with fresh_sandbox(limits=False, quick=self.is_quick) as sandbox:
            told = (settings.CONSTANT_CONTACT_API_URL, sandbox.token(), sandbox.add_list(source), json.dumps(mapping))
            command = (sys.executable, "-m", "bench.bare_loop", self.installation.stored_profiles(source), *told)
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        return dict(json.loads(done.stdout))

    @contextmanager
    def connected_sandbox(self, *, limits: bool) -> Iterator[Sandbox]:
        """A sandbox that remembers nothing, and a connection to it."""
        with fresh_sandbox(limits=limits, quick=self.is_quick) as sandbox:
            self.installation.connect()
            yield sandbox

    def export(self, name: str, source: str, sandbox: Sandbox, mapping: Mapping[str, str] = NARROW) -> Export:
        """An export of the whole source to a list of its own."""
        return self.installation.export(name, source, sandbox.add_list(name), mapping)

    def measure(
        self, title: str, exports: Sequence[Export], sandbox: Sandbox, *, limits: bool, during: During | None = None
    ) -> Outcome:
        """Start a run of each export as Run now does, and look on until they are over."""
        say(title)
        before = len(sandbox.log())
        with running_worker(limits=limits) as worker:
            runs = [start_run(export, by=self.installation.admin)[0] for export in exports]
            if during is not None:
                during(runs, sandbox, worker)
            _wait_for(runs)
            return Outcome(title, runs, sandbox.log()[before:], worker.peak(), worker.peak_of_all())

    def conclude(
        self, outcome: Outcome, expected: Expected, to_send: int, source: str = "", *, lost_answers: int = 0
    ) -> None:
        """Check the counts and add the line. With a `source`, it is compared with the bare loop over that."""
        for run in outcome.runs:
            left_out = (run.counts.get("invalid_email", 0), run.counts.get("duplicate", 0))
            outcome.expect("profiles to send", run.to_send, to_send)
            outcome.expect("invalid and repeated addresses", left_out, (expected.invalid, expected.repeated))
            people = self.installation.people_on(run.configuration["list_id"])
            outcome.expect("people on the list", people, expected.valid)
        outcome.check(lost_answers=lost_answers)
        outcome.bare_seconds = self._bare.get(source)
        self.lines.append(Line.of_outcome(outcome))
        self.mistakes += outcome.mistakes


def say(what: str) -> None:
    """Tell whoever waits where it is; the table alone goes to standard output."""
    print(f"{time.strftime('%H:%M:%S')} {what} …", file=sys.stderr, flush=True)


def _wait_for(runs: Sequence[Run]) -> None:
    deadline = time.monotonic() + LONGEST
    while Run.objects.open().filter(pk__in=[run.pk for run in runs]).exists():
        if time.monotonic() > deadline:
            raise SystemExit(f"A run is not over after {LONGEST} seconds.")
        time.sleep(LOOK)
    for run in runs:
        run.refresh_from_db()
