"""The processes of the demo: the sandbox unless another stand-in is set, a worker, and the web server."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.core.management.base import CommandError

SANDBOX_CLIENT_ID = "6c1f5e0a-5f0e-4f7b-9a61-0d9c2b7f1e11"
SANDBOX_CLIENT_SECRET = "sandbox-secret"  # noqa: S105 - of the sandbox, which guards nothing
SANDBOX_PORT = 9700
MANAGE = (sys.executable, str(settings.BASE_DIR / "manage.py"))
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def is_real_service() -> bool:
    """Whether an application of the real Constant Contact is set: sample customers must not go there."""
    hosts = {urlsplit(url).hostname for url in (settings.CONSTANT_CONTACT_API_URL, settings.CONSTANT_CONTACT_AUTH_URL)}
    return bool(settings.CONSTANT_CONTACT_CLIENT_ID) and not hosts <= LOOPBACK


def needs_sandbox() -> bool:
    return not settings.CONSTANT_CONTACT_CLIENT_ID


def tell_sandbox(path: str, **how: Any) -> None:
    """Move the sandbox from behind: its switches, faults, accounts, lists and people. Raises CommandError."""
    sandbox("POST" if how else "DELETE", path, **how)


def sandbox(method: str, path: str, **body: Any) -> Any:
    """Ask one of the control addresses of the sandbox that runs. Raises CommandError."""
    address = f"{settings.CONSTANT_CONTACT_API_URL.removesuffix('/v3')}/_sandbox/{path}"
    answer = requests.request(method, address, json=body, timeout=60)
    if not answer.ok:
        raise CommandError(f"No sandbox answers at {address}: {answer.text[:200]}")
    return answer.json()


def free_port(wanted: int) -> int:
    """Return `wanted` when nobody listens there, else any free port of this machine."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise CommandError("No port is free on this machine.")


def environment(sandbox_port: int | None) -> dict[str, str]:
    """The environment of the processes: the sandbox's addresses where it stands in."""
    own = {"LOG_LEVEL": "WARNING", **os.environ}  # a progress bar, and no line for each step
    if sandbox_port is not None:
        sandbox = f"http://127.0.0.1:{sandbox_port}"
        own |= {
            "CONSTANT_CONTACT_API_URL": f"{sandbox}/v3",
            "CONSTANT_CONTACT_AUTH_URL": f"{sandbox}/oauth2/default/v1",
            "CONSTANT_CONTACT_CLIENT_ID": SANDBOX_CLIENT_ID,
            "CONSTANT_CONTACT_CLIENT_SECRET": SANDBOX_CLIENT_SECRET,
        }
    return own


@contextmanager
def running(command: tuple[str, ...], own: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process for as long as the block; then ask it to stop, and after a while end it with all its children."""
    process = subprocess.Popen(command, env=own, start_new_session=True)  # noqa: S603 - our own commands
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=15)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for(url: str, process: subprocess.Popen[bytes], seconds: float = 30) -> None:
    """Wait until somebody answers at `url`. Raises CommandError when the process ends or the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise CommandError(f"What should answer at {url} has ended; see its message above.")
        try:
            requests.get(url, timeout=2)
        except requests.RequestException:
            time.sleep(0.1)
        else:
            return
    raise CommandError(f"Nothing answers at {url}.")
