"""A process that asks for the token of the only connection, in as many threads as told, all at one moment.

Prints "ready", waits for a line, asks, and prints a JSON object: the tokens they got and the errors they met.
`--later MINUTES` sets its clock forward.
"""

import argparse
import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import timedelta

import django
import time_machine

django.setup()

from django.db import connections  # noqa: E402
from django.utils import timezone  # noqa: E402

from connections import tokens  # noqa: E402
from connections.models import Connection  # noqa: E402
from constant_contact import ConstantContactError  # noqa: E402


def ask(barrier: threading.Barrier) -> dict[str, str]:
    try:
        connection = Connection.objects.get()
        barrier.wait()
        return {"token": tokens.access_token(connection)}
    except ConstantContactError as error:
        return {"error": type(error).__name__}
    finally:
        connections.close_all()


def await_the_word() -> None:
    print("ready", flush=True)
    sys.stdin.readline()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--later", type=int, default=0)
    asked = parser.parse_args()
    moved = time_machine.travel(timezone.now() + timedelta(minutes=asked.later)) if asked.later else nullcontext()
    with moved, ThreadPoolExecutor(asked.threads) as pool:
        barrier = threading.Barrier(asked.threads, action=await_the_word)
        answers = list(pool.map(lambda _: ask(barrier), range(asked.threads)))
    state = Connection.objects.values("state", "token_set__version").get()
    print(json.dumps({"answers": answers, "state": state["state"], "version": state["token_set__version"]}))


if __name__ == "__main__":
    main()
