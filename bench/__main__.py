"""python -m bench, with N=20000 N5=1 ONLY=narrow,kill KEEP=1: prints a table; ends with 1 when a count is wrong.

Invented profiles go through the real import, queue, worker and pipeline to the sandbox, in a folder and a database of
their own. The counts in the table do not depend on the machine.
"""

import os
import platform
import secrets
import shutil
import socket
import sys
import tempfile
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import django
from cryptography.fernet import Fernet
from django.db import connection as database

SCENARIOS = {
    "narrow": "three attributes, limits on and off, then unchanged, then 1 % changed",
    "wide": "ten attributes and two custom fields, limits on and off",
    "roster": "a list that was filled before is read back and compared, beside the run without",
    "kill": "the worker is killed while it sends",
    "two": "two runs at once and a person at the pages, one API key",
    "five": "five times as many profiles (with N5=1)",
    "list": "the page with the list of exports",
    "postgresql": "profiles that stay in PostgreSQL (PROFILES_URL): a count and a stream",
}
LEGEND = """\
Seconds of a run: queued until a worker took it, plan, send until the last import was accepted, confirm until it was
settled (what the sandbox takes to import). rows/s: profiles of the segment by the time from Run now to the last
import accepted. Memory: peak resident, of the worker that did the work, and of the queue's own and idle processes
together with it. Fill: of the limit that binds, the least full batch but the last. Bare loop: reads the same rows,
json.dumps, POST, best of 2."""


def main() -> int:
    number = os.environ.get("N") or "1000000"
    if not number.replace("_", "").isdigit() or int(number) < 1000:
        raise SystemExit(f"N is the number of profiles, at least 1000; not {number!r}.")
    only = {name.strip() for name in os.environ.get("ONLY", "").split(",") if name.strip()}
    if unknown := only - SCENARIOS.keys():
        known = "".join(f"\n  {name:10} {what}" for name, what in SCENARIOS.items())
        raise SystemExit(f"There is no scenario {', '.join(sorted(unknown))}. ONLY may name:{known}")
    only = only or SCENARIOS.keys() - (set() if os.environ.get("N5") == "1" else {"five"})
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        os.environ |= _environment(folder, int(number), only)
        django.setup()
        return _measure(int(number), only, folder)
    finally:
        if os.environ.get("KEEP") == "1":
            print(f"Kept: {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)


def _environment(folder: Path, n: int, only: set[str]) -> dict[str, str]:
    """Return what every process is told: an installation of its own, whatever .env says of the one in use."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        sandbox = f"http://127.0.0.1:{probe.getsockname()[1]}"
    # A small number is a quick look: it waits less for what only waiting shows.
    return ({"RUN_LEASE_SECONDS": "5"} if n < 100_000 else {}) | {
        "DJANGO_SETTINGS_MODULE": "ccexport.settings",
        "DEBUG": "False",  # with it, Django remembers every query
        "VAR_DIR": str(folder),
        "STORAGE_URL": "",
        "DATABASE_URL": os.environ.get("DATABASE_URL") or f"sqlite:///{folder / 'db.sqlite3'}",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "FIELD_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "BASE_URL": "http://localhost:8000",
        "ALLOWED_HOSTS": "localhost,testserver",
        "CONSTANT_CONTACT_API_URL": f"{sandbox}/v3",
        "CONSTANT_CONTACT_AUTH_URL": f"{sandbox}/oauth2/default/v1",
        "CONSTANT_CONTACT_CLIENT_ID": "6c1f5e0a-5f0e-4f7b-9a61-0d9c2b7f1e11",  # of the sandbox
        "CONSTANT_CONTACT_CLIENT_SECRET": "sandbox-secret",
        "CONSTANT_CONTACT_REQUESTS_PER_SECOND": "4",
        "CONSTANT_CONTACT_REQUESTS_PER_DAY": "10000",
        "MAX_PROFILES_PER_EXPORT": str(max(1_000_000, n * (5 if "five" in only else 1))),
        "LOG_LEVEL": "ERROR",
    }


def _measure(n: int, only: set[str], folder: Path) -> int:
    # Only now: these need the settings.
    from bench import list_page, postgresql, trial
    from bench.table import as_table

    measures = vars(trial) | vars(list_page) | vars(postgresql)
    machine = _machine(n)
    one = trial.Trial(n, folder)
    for name in filter(only.__contains__, SCENARIOS):
        try:
            measures[f"measure_{name}"](one)
        except Exception:  # what was measured before is worth its table
            traceback.print_exc()
            one.mistakes.append(f"The scenario {name} broke off; see above.")
    print(f"{machine}\n\n{as_table(one.lines)}\n\n{LEGEND}")
    for mistake in one.mistakes:
        print(f"WRONG: {mistake}", file=sys.stderr)
    return 1 if one.mistakes else 0


def _machine(n: int) -> str:
    """On what it was measured, to stand above the table."""
    with database.cursor() as cursor:
        cursor.execute("SELECT sqlite_version()" if database.vendor == "sqlite" else "SHOW server_version")
        server = f"{database.display_name} {cursor.fetchone()[0]}"
    processor = platform.processor() or platform.machine()
    with suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        processor = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    libraries = ", ".join(f"{name} {version(name)}" for name in ("Django", "django-q2", "duckdb", "requests"))
    return (
        f"{n:,} profiles, measured {datetime.now(UTC):%Y-%m-%d %H:%M} UTC on {len(os.sched_getaffinity(0))} cores "
        f"({processor}), {memory:.0f} GB, {system}, {libraries}, {server}; "
        f"load before it began: {os.getloadavg()[0]:.1f}."
    )


if __name__ == "__main__":
    sys.exit(main())
