"""`manage.py demo_export`: the run part of the demo. Needs a worker; `manage.py demo` starts all there is to it."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ccexport.demo.content import fill
from connections.clients import client_for
from constant_contact import ThrottledError
from exports.models import Run
from exports.plan.dispositions import Disposition
from exports.plan.reader import open_plan
from exports.reports.terminal import follow, summary
from exports.runs import start_run


class Command(BaseCommand):
    help = "Runs the demo's export through the queue and compares the list with the plan."

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        export = fill()
        run, _started = start_run(export, by=export.created_by, trigger=Run.Trigger.COMMAND, everyone=True)
        run = follow(run)
        self.stdout.write(summary(run, seconds=time.monotonic() - began))
        if run.status not in (Run.Status.SUCCEEDED, Run.Status.COMPLETED_WITH_ERRORS):
            raise CommandError("The run did not succeed.")
        there = _people_on_the_list(run)
        with open_plan(run) as plan:
            planned = {row.email for row in plan.sample(Disposition.SEND, limit=run.to_send)}
        missing = len(planned - there)
        if missing:
            raise CommandError(f"{missing} of {len(planned)} profiles did not reach the list.")
        self.stdout.write(f"All {len(planned):,} planned profiles are on the list “{run.configuration['list_name']}”.")


def _people_on_the_list(run: Run) -> set[str]:
    """Read the whole list; on a busy machine the stand-in may ask to slow down, then read it anew."""
    assert run.export.connection is not None
    client = client_for(run.export.connection, for_page=True)
    for pause in (0, 2, 4):
        time.sleep(pause)
        try:
            contacts = client.contacts(status="all", lists=[run.configuration["list_id"]])
            return {contact.email.lower() for contact in contacts}
        except ThrottledError:
            continue
    raise CommandError("The list can't be read back: too many requests at once. Try again in a moment.")
