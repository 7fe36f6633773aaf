"""The vendor's own generated client must be able to talk to the sandbox.

It pins an old urllib3, so it lives in an environment of its own, made once under var/.
"""

import fcntl
import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

PACKAGE, VERSION = "constant-contact-api-client", "1.5.0"
ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / "var" / "vendor-client" / f"{VERSION}-python{sys.version_info.major}.{sys.version_info.minor}"
UNREACHABLE = ("No matching distribution found", "Could not find a version", "connection broken", "timed out")


@pytest.fixture(scope="module")
def vendor_python() -> Path:
    """The interpreter of an environment with the vendor's client."""
    HOME.mkdir(parents=True, exist_ok=True)
    with (HOME / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (HOME / "complete").exists():
            _install(HOME / "environment")
            (HOME / "complete").touch()
    return HOME / "environment" / "bin" / "python"


def _install(environment: Path) -> None:
    venv.create(environment, clear=True, with_pip=True)
    pip = [
        environment / "bin" / "python",
        "-m",
        "pip",
        "install",
        "--quiet",
        "--retries",
        "1",
        "--timeout",
        "20",
        "--disable-pip-version-check",
        f"{PACKAGE}=={VERSION}",
    ]
    done = subprocess.run(pip, capture_output=True, text=True)
    if done.returncode == 0:
        return
    if any(sign in done.stderr for sign in UNREACHABLE) and os.environ.get("CI") != "true":
        pytest.skip(f"The vendor's client was not tried: pip reaches no registry for {PACKAGE} {VERSION}.")
    pytest.fail(f"pip could not install {PACKAGE} {VERSION}:\n{done.stderr}")


def test_the_vendors_client_reads_and_writes_the_sandbox(sandbox, vendor_python):
    token = sandbox.issue_tokens()["access_token"]
    script = Path(__file__).with_name("vendor_client_script.py")

    done = subprocess.run([vendor_python, script, sandbox.api_url, token], capture_output=True, text=True, timeout=120)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "organization_name": "Adventure Works Cycles",
        "lists": {"Newsletter": 0, "Weekly news": 0, "Made by the vendor's client": 1},
        "lists_count": 3,
        "first_state": "initialized",
        "state": "completed",
        "person_count": 2,
        "correctable_count": 1,
        "activities": 1,
    }
