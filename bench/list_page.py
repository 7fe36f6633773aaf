"""The page with the list of exports, beside a list of Django's own admin, as it comes, of the same rows.

Also the addresses while it is measured: those of the project, and the stock list at /stock/.
"""

import statistics
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from itertools import cycle
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib import admin
from django.db import connection as database
from django.db.models import QuerySet
from django.http import HttpRequest
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import path, reverse
from django.utils import timezone

from bench.processes import seconds_of
from bench.table import Line
from bench.trial import Trial
from ccexport.urls import urlpatterns as of_the_project
from connections.models import Connection
from exports.models import Export, Run

EXPORTS, RUNS = 1_000, 10_000
FEW = 200  # exports; more than a page holds
REQUESTS = 6  # of each list, in each round
# Templates of Django itself in front of those of the theme.
STOCK_TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [Path(admin.__file__).parent / "templates"]}]
PLAIN_FILES = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}

stock = admin.AdminSite(name="stock")


@admin.register(Export, site=stock)
class StockExports(admin.ModelAdmin):  # type: ignore[type-arg]  # it takes none when it runs
    """The same rows, columns, order and page as the project's list."""

    list_display = ("name", "last_run", "connection", "may_manage", "updated_at")
    search_fields = ("name",)
    ordering = ("name",)
    list_per_page = admin.site.get_model_admin(Export).list_per_page

    def get_queryset(self, request: HttpRequest) -> QuerySet[Export]:
        return admin.site.get_model_admin(Export).get_queryset(request)

    @admin.display(ordering="run_queued_at")
    def last_run(self, export: Any) -> str:
        return f"{export.run_status} {export.run_queued_at}"

    @admin.display(ordering="may_manage", boolean=True)
    def may_manage(self, export: Any) -> bool:
        return bool(export.may_manage)


urlpatterns = [path("stock/", stock.urls), *of_the_project]


def measure_list(trial: Trial) -> None:
    """Fill the installation with exports and runs, and open both lists."""
    with override_settings(ROOT_URLCONF="bench.list_page", STORAGES=PLAIN_FILES):
        browser = Client()
        browser.force_login(trial.admin, backend="django.contrib.auth.backends.ModelBackend")
        few, many = (_queries(browser, trial.connection, *size) for size in ((FEW, 10 * FEW), (EXPORTS, RUNS)))
        # As a web server does, in a thread: how deep the stack is already can make a page half as slow again.
        with ThreadPoolExecutor(1) as server:
            ours, stock = server.submit(_side_by_side, browser, 1 if trial.is_quick else 5).result()
    times = f"{ours:.0f} ms beside {stock:.0f} ms of a stock admin list: {ours / stock:.2f} ×"
    title = f"List of {Export.objects.count():,} exports, {Run.objects.count():,} runs"
    wrong = f"The list of {FEW} exports costs {few} queries, that of {EXPORTS} costs {many}."
    trial.add(Line(title, note=f"{many} queries; {times}"), [] if few == many else [wrong])


def _side_by_side(browser: Client, rounds: int) -> list[float]:
    """The medians in milliseconds, of ours and of the stock list."""
    times: dict[str, list[float]] = {"admin": [], "stock": []}
    for site in ("admin", "stock") * rounds:
        with override_settings(TEMPLATES=STOCK_TEMPLATES) if site == "stock" else nullcontext():
            _open(browser, site)
            times[site] += [_open(browser, site) for _request in range(REQUESTS)]
    database.close()
    return [1000 * statistics.median(seconds) for seconds in times.values()]


def _open(browser: Client, site: str = "admin") -> float:
    address = reverse(f"{site}:exports_export_changelist")
    statuses: list[int] = []
    seconds = seconds_of(lambda: statuses.append(browser.get(address).status_code))
    if statuses != [200]:
        raise SystemExit(f"{address} answered {statuses}.")
    return seconds


def _queries(browser: Client, connection: Connection, exports: int, runs: int) -> int:
    _fill(connection, exports, runs)
    _open(browser)  # what is asked once in the life of a process, or of a session
    with CaptureQueriesContext(database) as queries:
        _open(browser)
    return len(queries)


def _fill(connection: Connection, exports: int, runs: int) -> None:
    """Add exports and runs until there are so many; of the runs, each export gets its part."""
    by = connection.created_by_id
    values: dict[str, Any] = {"connection": connection, "list_account_id": connection.account_id}
    values |= {"mapping": {"email": "email"}, "created_by_id": by, "updated_by_id": by}
    names = [(f"Export {at:04}", f"List {at}") for at in range(Export.objects.count(), exports)]
    Export.objects.bulk_create(Export(name=one, list_name=two, list_id=str(uuid4()), **values) for one, two in names)
    ended: dict[str, Any] = {"trigger": Run.Trigger.ON_DEMAND, "status": Run.Status.SUCCEEDED}
    ended |= {"stage": Run.Stage.SETTLE, "started_by_id": by, "finished_at": timezone.now()}
    counts = {"send": 1000, "invalid_email": 20}
    missing = zip(range(Run.objects.count(), runs), cycle(Export.objects.all()), strict=False)
    Run.objects.bulk_create((Run(export=each, counts=counts, **ended) for _at, each in missing), batch_size=1000)
