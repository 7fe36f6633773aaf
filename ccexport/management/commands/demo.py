"""`manage.py demo`: one export end to end on this machine; with `--serve` the pages afterwards, until Ctrl-C.

With `--states` there is an export in each state besides.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from argparse import ArgumentParser
from contextlib import ExitStack
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ccexport.demo import services
from ccexport.demo.content import PASSWORD, PEOPLE


class Command(BaseCommand):
    help = (
        "Fills the installation with sample customers, runs one export end to end, and can serve the pages afterwards."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--serve", action="store_true", help="serve the pages afterwards, until Ctrl-C")
        parser.add_argument("--states", action="store_true", help="fill in an export in each state, too")
        parser.add_argument("--database", default="", help="of --states: a PostgreSQL database for a source in it")

    def handle(self, *args: Any, serve: bool, states: bool, database: str, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("The demo makes people with a known password, so it runs only with DEBUG=True.")
        with ExitStack() as stack:
            own = self._start_sandbox(stack)
            if serve:
                self._start_web(stack, own)
            stack.enter_context(services.running((*services.MANAGE, "qcluster"), own))
            if services.is_real_service():
                self.stdout.write("A real Constant Contact application is set, so no sample customers are sent.")
            else:
                self._run(own, "demo_export")
                if states:
                    self._run(own, "seed", f"--database={database}")
            if serve:
                self._serve()

    def _start_sandbox(self, stack: ExitStack) -> dict[str, str]:
        if not services.needs_sandbox():
            return services.environment(None)
        port = services.free_port(services.SANDBOX_PORT)
        own = services.environment(port)
        sandbox = stack.enter_context(services.running((*services.MANAGE, "sandbox", "--port", str(port)), own))
        services.wait_for(f"http://127.0.0.1:{port}/", sandbox)
        self.stdout.write(f"The sandbox stands in for Constant Contact at http://127.0.0.1:{port}/.")
        self.stdout.flush()  # before the other processes write, also into a file
        return own

    def _start_web(self, stack: ExitStack, own: dict[str, str]) -> None:
        if services.free_port(settings.PORT) != settings.PORT:
            raise CommandError(f"Port {settings.PORT} is taken. Choose another: PORT=8001 make run")
        command = (
            *(sys.executable, "-m", "gunicorn", "ccexport.wsgi", "--threads", "8", "--log-level", "warning"),
            *("--bind", f"127.0.0.1:{settings.PORT}"),
        )
        web = stack.enter_context(services.running(command, own))
        services.wait_for(f"http://127.0.0.1:{settings.PORT}/healthz", web)

    def _run(self, own: dict[str, str], *command: str) -> None:
        ended = subprocess.run((*services.MANAGE, *command), env=own, check=False)  # noqa: S603 - our own command
        if ended.returncode:
            raise CommandError("The demo did not do what it should; see above.", returncode=ended.returncode)

    def _serve(self) -> None:
        self.stdout.write(f"\nOpen {settings.BASE_URL}/ and sign in (password: {PASSWORD}):")
        for name, role in PEOPLE.items():
            self.stdout.write(f"  {name:12} {role}")
        self.stdout.write("Ctrl-C ends it.")
        self.stdout.flush()
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            while True:
                signal.pause()
        except KeyboardInterrupt:
            self.stdout.write("\nStopping.")
