"""`manage.py run_export NAME_OR_ID [--wait] [--preview] [--everyone]`."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from exports.models import Export, Run
from exports.reports.terminal import follow, summary
from exports.runs import NotRunnableError, start_run
from exports.tasks import advance_run


class Command(BaseCommand):
    help = "Runs an export as Run now does."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("export", metavar="NAME_OR_ID")
        parser.add_argument(
            "--wait",
            action="store_true",
            help="stay until the run is over, or needs a decision (exit code 3); needs no worker",
        )
        parser.add_argument("--preview", action="store_true", help="plan only, and send nothing")
        parser.add_argument("--everyone", action="store_true", help="send everyone again, not only who changed")

    def handle(self, *args: Any, export: str, wait: bool, preview: bool, everyone: bool, **options: Any) -> None:
        began = time.monotonic()
        try:
            run, started = start_run(
                _find(export), by=None, trigger=Run.Trigger.COMMAND, preview=preview, everyone=everyone
            )
        except NotRunnableError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Run {run.pk} started." if started else f"Run {run.pk} is already in progress.")
        if not wait:
            return

        def work() -> None:
            """Do what a worker would, should none be there; a run that somebody holds is left to them."""
            advance_run(run.pk)
            time.sleep(0.3)

        run = follow(run, meanwhile=work)
        self.stdout.write(summary(run, seconds=time.monotonic() - began))
        if run.status == Run.Status.NEEDS_DECISION:
            page = settings.BASE_URL + reverse("admin:exports_run_change", args=[run.pk])
            raise CommandError(f"The run needs a decision: send its plan or discard it on {page}", returncode=3)
        if run.status in (Run.Status.FAILED, Run.Status.SKIPPED, Run.Status.CANCELLED):
            raise CommandError("The run did not succeed.")


def _find(name_or_id: str) -> Export:
    exports = list(Export.objects.filter(name=name_or_id))
    if not exports and name_or_id.isdigit():
        exports = list(Export.objects.filter(pk=int(name_or_id)))
    if not exports:
        names = ", ".join(Export.objects.values_list("name", flat=True)) or "none yet"
        raise CommandError(f"There is no export “{name_or_id}”. The names are: {names}")
    if len(exports) > 1:
        numbers = ", ".join(str(export.pk) for export in exports)
        raise CommandError(f"Several exports are called “{name_or_id}”. Give the number of one: {numbers}")
    return exports[0]
