"""What stands in for the command of the sandbox, where that is not installed."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Runs the stand-in for Constant Contact (only with DEBUG on)."
    requires_system_checks: list[str] = []

    def run_from_argv(self, argv: list[str]) -> None:
        super().run_from_argv(argv[:2])  # its options are those of the other command

    def handle(self, *args: Any, **options: Any) -> None:
        raise CommandError("The sandbox is for development only. Set DEBUG=True, or run it with: python -m sandbox")
