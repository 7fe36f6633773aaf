"""What *Run now* goes through: files of ours that are entered, and calls from one of them into another.

A call through a library counts too: what matters is which file of ours was the last one before. Counted for the click
(the POST, until its answer) and for the worker's first turn. It fills a database of its own with the demo, beside a
sandbox of its own. `--root` measures another copy of the source, also an older one with another layout: nothing of ours
is imported but what both have (`manage.py`, `ccexport.demo.content.fill`, the model of a run).
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path
from types import FrameType
from typing import Any

from cryptography.fernet import Fernet

CLIENT_ID, CLIENT_SECRET = "6c1f5e0a-5f0e-4f7b-9a61-0d9c2b7f1e11", "sandbox-secret"


class Calls:
    """Counts while it is installed, in every thread."""

    def __init__(self, root: Path) -> None:
        self._own = {str(folder) + os.sep for folder in packages(root)}
        self._is_own: dict[str, bool] = {}
        self.files: set[str] = set()
        self.crossings = 0

    def during(self, act: Callable[[], Any]) -> Any:
        threading.setprofile(self._see)
        sys.setprofile(self._see)
        try:
            return act()
        finally:
            sys.setprofile(None)
            threading.setprofile(None)

    def _see(self, frame: FrameType, event: str, _argument: Any) -> None:
        if event != "call" or not self._ours(frame.f_code.co_filename):
            return
        self.files.add(frame.f_code.co_filename)
        caller = frame.f_back
        while caller is not None and not self._ours(caller.f_code.co_filename):
            caller = caller.f_back
        if caller is not None and caller.f_code.co_filename != frame.f_code.co_filename:
            self.crossings += 1

    def _ours(self, name: str) -> bool:
        known = self._is_own.get(name)
        if known is None:
            known = self._is_own[name] = any(name.startswith(folder) for folder in self._own)
        return known


def packages(root: Path) -> list[Path]:
    """The folders of the product: packages at the top, without tests, measurements and the sandbox."""
    found = (init.parent for init in root.glob("*/__init__.py"))
    return sorted(folder for folder in found if folder.name not in {"tests", "bench", "sandbox"})


def run_now(root: Path) -> str:
    """Run once in this process, which must have loaded nothing of ours yet, and say what was counted."""
    with tempfile.TemporaryDirectory() as folder, _sandbox(root, folder):
        os.chdir(root)
        sys.path.insert(0, str(root))
        import django
        from django.apps import apps
        from django.conf import settings
        from django.core.management import call_command
        from django.test import Client
        from django.urls import reverse

        django.setup()
        settings.ALLOWED_HOSTS = ["testserver"]
        call_command("migrate", verbosity=0)
        from ccexport.demo.content import fill
        from exports.tasks import advance_run

        with redirect_stdout(StringIO()):  # the import says what it found
            export = fill()
        browser = Client()
        browser.force_login(export.created_by, backend="django.contrib.auth.backends.ModelBackend")
        address = reverse("admin:exports_export_run_now", args=[export.pk])
        browser.get(reverse("admin:exports_export_changelist"))  # what is loaded once is loaded
        click, turn = Calls(root), Calls(root)
        answer = click.during(lambda: browser.post(address))
        assert answer.status_code == 302, answer.content
        run = apps.get_model("exports", "Run").objects.get(export=export)
        turn.during(lambda: advance_run(run.pk))
        run.refresh_from_db()
        assert run.batches.exclude(activity_id="").exists(), f"nothing was sent: {run.status} {run.reason}"
    return (
        f"Run now enters {len(click.files)} files for the click, and {len(turn.files)} for the worker's first turn\n"
        f"Calls from one file into another: {click.crossings} and {turn.crossings}"
    )


@contextmanager
def _sandbox(root: Path, folder: str) -> Iterator[None]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "ccexport.settings",
        "VAR_DIR": folder,
        "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
        "STORAGE_URL": f"file://{folder}/files",
        "LOG_LEVEL": "ERROR",
        "SECRET_KEY": "of the measurement",
        "FIELD_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "CONSTANT_CONTACT_API_URL": f"{address}/v3",
        "CONSTANT_CONTACT_AUTH_URL": f"{address}/oauth2/default/v1",
        "CONSTANT_CONTACT_CLIENT_ID": CLIENT_ID,
        "CONSTANT_CONTACT_CLIENT_SECRET": CLIENT_SECRET,
    }
    command = [sys.executable, str(root / "manage.py"), "sandbox", "--port", str(port)]
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if time.monotonic() > deadline or process.poll() is not None:
                    raise RuntimeError("the sandbox did not start") from None
                time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait()
