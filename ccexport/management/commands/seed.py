"""`manage.py seed`: the demo with an export in each state. Needs the sandbox; `make seed` starts all there is to it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ccexport.demo.services import is_real_service
from ccexport.demo.states import fill_states


class Command(BaseCommand):
    help = "Fills a developer's installation with an export in each state. May be repeated."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--database", default="", help="address of a PostgreSQL database for a source in it")

    def handle(self, *args: Any, database: str, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("This makes people with a known password, so it runs only with DEBUG=True.")
        if is_real_service():
            raise CommandError("A real Constant Contact application is set: sample customers must not go there.")
        exports = fill_states(database)
        self.stdout.write(f"{len(exports)} exports, one in each state:")
        for export in exports:
            run = export.runs.order_by("-pk").first()
            self.stdout.write(f"  {export.name:40} {run.get_status_display() if run else ''}")
        if not database:
            self.stdout.write("No source in a database: name one with --database postgres://user:password@host/name.")
