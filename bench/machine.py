"""On what it was measured."""

import os
import platform
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from django.db import connection as database

LIBRARIES = ("Django", "django-q2", "duckdb", "requests")


def describe(n: int) -> str:
    """Return a sentence or two, to stand above the table."""
    with database.cursor() as cursor:
        cursor.execute("SELECT sqlite_version()" if database.vendor == "sqlite" else "SHOW server_version")
        database_version = cursor.fetchone()[0]
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return (
        f"{n:,} profiles, measured {datetime.now(UTC):%Y-%m-%d %H:%M} UTC on {len(os.sched_getaffinity(0))} cores "
        f"({_processor()}), {_memory()}, {platform.system()} {platform.release()}, Python {platform.python_version()}, "
        f"{libraries}, {database.display_name} {database_version}; load before it began: {os.getloadavg()[0]:.1f}."
    )


def _processor() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _memory() -> str:
    return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 1e9:.0f} GB"
