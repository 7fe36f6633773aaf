"""A process that does what a worker does each minute, whenever it reads a line."""

import sys

import django

django.setup()

from ccexport.tasks import every_minute  # noqa: E402  needs the settings

for _line in sys.stdin:
    every_minute()
    print("done", flush=True)
