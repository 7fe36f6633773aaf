"""A process that does what the tick does each minute. Prints "ready" and waits for a line first."""

import sys

import django

django.setup()

from exports.tasks import start_due  # noqa: E402

print("ready", flush=True)
sys.stdin.readline()
start_due()
