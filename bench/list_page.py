"""The page with the list of exports, beside a list of Django's own admin, as it comes, of the same rows."""

import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any

import django.contrib.admin
from django.conf import settings
from django.db import connection as database
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from connections.models import Connection
from exports.models import Export, Run

EXPORTS, RUNS = 1_000, 10_000
FEW = 200  # exports; more than a page holds
REQUESTS = 6  # of each list, in each round
ROUNDS, QUICK_ROUNDS = 5, 1

# Templates of Django itself in front of those of the theme.
STOCK_TEMPLATES = [
    {**settings.TEMPLATES[0], "DIRS": [Path(django.contrib.admin.__file__).parent / "templates"]},
]
PLAIN_FILES = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}


@dataclass
class ListPage:
    """What the page took, in milliseconds: the median of many requests."""

    exports: int
    runs: int
    queries: int
    ours: float
    stock: float
    mistakes: list[str] = field(default_factory=list)

    def told(self) -> str:
        return (
            f"{self.queries} queries; {self.ours:.0f} ms beside {self.stock:.0f} ms of a stock admin list: "
            f"{self.ours / self.stock:.2f} ×"
        )


def measure_list_page(connection: Connection, person: Any, *, quick: bool) -> ListPage:
    """Fill the installation with exports and runs, and open both lists as `person`."""
    with override_settings(ROOT_URLCONF="bench.urls", STORAGES=PLAIN_FILES):
        browser = Client()
        browser.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        ours, stock = (_opener(browser, reverse(f"{site}:exports_export_changelist")) for site in ("admin", "stock"))
        _fill(connection, FEW, 10 * FEW)
        few = _queries(ours)
        _fill(connection, EXPORTS, RUNS)
        many = _queries(ours)
        # As a web server does, in a thread: how deep the stack is already can make a page half as slow again.
        with ThreadPoolExecutor(1) as server:
            ours_ms, stock_ms = server.submit(_side_by_side, ours, stock, QUICK_ROUNDS if quick else ROUNDS).result()
    page = ListPage(Export.objects.count(), Run.objects.count(), many, ours_ms, stock_ms)
    if few != many:
        page.mistakes.append(f"The list of {FEW} exports costs {few} queries, that of {EXPORTS} costs {many}.")
    return page


def _side_by_side(ours: Callable[[], None], stock: Callable[[], None], rounds: int) -> list[float]:
    times: dict[str, list[float]] = {"ours": [], "stock": []}
    try:
        for _round in range(rounds):
            times["ours"] += _times(ours, nullcontext())
            times["stock"] += _times(stock, override_settings(TEMPLATES=STOCK_TEMPLATES))
    finally:
        database.close()
    return [1000 * statistics.median(each) for each in times.values()]


def _opener(browser: Client, address: str) -> Callable[[], None]:
    def open_it() -> None:
        answer = browser.get(address)
        if answer.status_code != 200:
            raise SystemExit(f"{address} answered {answer.status_code}.")

    return open_it


def _fill(connection: Connection, exports: int, runs: int) -> None:
    """Add exports and runs until there are so many; of the runs, each export gets its part."""
    by = connection.created_by_id
    Export.objects.bulk_create(
        Export(
            name=f"Export {number:04}",
            connection=connection,
            list_id=f"00000000-0000-0000-0000-{number:012}",
            list_name=f"List {number}",
            list_account_id=connection.account_id,
            mapping={"email": "email"},
            created_by_id=by,
            updated_by_id=by,
        )
        for number in range(Export.objects.count(), exports)
    )
    missing = range(Run.objects.count(), runs)
    ended = {
        "trigger": Run.Trigger.ON_DEMAND,
        "status": Run.Status.SUCCEEDED,
        "stage": Run.Stage.SETTLE,
        "counts": {"send": 1000, "invalid_email": 20},
        "started_by_id": by,
        "finished_at": timezone.now(),
    }
    Run.objects.bulk_create(
        (Run(export=export, **ended) for _number, export in zip(missing, cycle(Export.objects.all()), strict=False)),
        batch_size=1000,
    )


def _queries(open_it: Callable[[], None]) -> int:
    open_it()  # what is asked once in the life of a process, or of a session
    with CaptureQueriesContext(database) as queries:
        open_it()
    return len(queries)


def _times(open_it: Callable[[], None], surroundings: AbstractContextManager[Any]) -> list[float]:
    with surroundings:
        open_it()
        return [_time(open_it) for _request in range(REQUESTS)]


def _time(open_it: Callable[[], None]) -> float:
    began = time.perf_counter()
    open_it()
    return time.perf_counter() - began
