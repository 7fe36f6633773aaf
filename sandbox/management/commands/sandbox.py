from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from sandbox.__main__ import add_arguments, serve


class Command(BaseCommand):
    help = "Runs the stand-in for Constant Contact until it is stopped."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        serve(**options)
