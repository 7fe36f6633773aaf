"""python -m bench: measures, prints the machine and the table; ends with 1 when a count is wrong."""

import os
import shutil
import sys
import tempfile
import traceback
from pathlib import Path

import django

from bench.options import Options
from bench.surroundings import settings_for

LEGEND = """\
Seconds of a run: queued until a worker took it, plan, send until the last import was accepted, confirm until it was
settled (what the sandbox takes to import). rows/s: profiles of the segment by the time from Run now to the last
import accepted. Memory: peak resident, of the worker that did the work, and of the queue's own and idle processes
together with it. Fill: of the limit that binds, the least full batch but the last. Bare loop: reads the same rows,
json.dumps, POST, best of 2."""


def main() -> int:
    options = Options.read(os.environ)
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        os.environ |= settings_for(folder, os.environ.get("DATABASE_URL", ""), options)
        django.setup()
        return _measure(options, folder)
    finally:
        if options.keep:
            print(f"Kept: {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)


def _measure(options: Options, folder: Path) -> int:
    # Only now: these need the settings.
    from bench.machine import describe
    from bench.scenarios import SCENARIOS
    from bench.table import as_table
    from bench.trial import Trial

    machine = describe(options.n)
    trial = Trial(options, folder)
    for name, scenario in SCENARIOS.items():
        if name in options.only:
            try:
                scenario(trial)
            except Exception:  # what was measured before is worth its table
                traceback.print_exc()
                trial.mistakes.append(f"The scenario {name} broke off; see above.")
    print(f"{machine}\n\n{as_table(trial.lines)}\n\n{LEGEND}")
    for mistake in trial.mistakes:
        print(f"WRONG: {mistake}", file=sys.stderr)
    return 1 if trial.mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
