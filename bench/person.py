"""Somebody who opens the drop-down with the lists of the account, again and again."""

import statistics
import threading
import time
from typing import Self

from django.db import connection as database

from connections.clients import client_for
from connections.models import Connection
from constant_contact import ConstantContactError

PAUSE = 0.5  # seconds between two clicks


class Person:
    """Clicks for as long as the `with` block."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._click_on, name="person", daemon=True)
        self._waits: list[float] = []
        self.failures: list[str] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._over.set()
        self._thread.join()

    def told(self) -> str:
        waits = self._waits or [0.0]
        median = statistics.median(waits)
        return f"{len(self._waits)} clicks, each waited {median:.2f} s (median), {max(waits):.2f} s (longest)"

    def _click_on(self) -> None:
        try:
            while not self._over.wait(PAUSE):
                self._click()
        finally:
            database.close()

    def _click(self) -> None:
        began = time.perf_counter()
        try:
            with client_for(self._connection, for_page=True) as client:
                client.contact_lists()
        except ConstantContactError as error:
            self.failures.append(str(error))
        self._waits.append(time.perf_counter() - began)
