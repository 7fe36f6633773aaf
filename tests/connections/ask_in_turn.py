"""A process that asks for lists as often as told, with a turn of the key's budget for each, in as many threads.

Prints "ready", waits for a line, asks, and prints the statuses it got as a JSON array.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

import django
import requests

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connections  # noqa: E402

from connections.budget import pacer  # noqa: E402

TIMES, TOKEN = int(sys.argv[1]), sys.argv[2]


def ask(number: int) -> int:
    take_turn = pacer(settings.CONSTANT_CONTACT_CLIENT_ID, for_page=bool(number % 2))
    headers = {"Authorization": f"Bearer {TOKEN}"}
    try:
        with take_turn():
            address = f"{settings.CONSTANT_CONTACT_API_URL}/contact_lists"
            return requests.get(address, headers=headers, timeout=10).status_code
    finally:
        connections.close_all()


print("ready", flush=True)
sys.stdin.readline()
with ThreadPoolExecutor(TIMES) as pool:
    print(json.dumps(list(pool.map(ask, range(TIMES)))))
