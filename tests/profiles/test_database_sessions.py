"""Sessions with several databases at the same time: one that is down makes nobody wait for another."""

import socket
import threading

import pytest

from profiles.databases.errors import DatabaseError
from profiles.databases.session import open_session

SILENT = {"database": "d", "user": "u", "password": "p", "sslmode": "disable", "certificate": ""}


@pytest.fixture
def silent():
    """A server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def test_a_server_that_does_not_answer_makes_nobody_wait_for_another_one(sqlite, sqlite_file, silent):
    sqlite.execute("CREATE TABLE people (id integer)")

    def ask():
        host, port = silent.getsockname()
        with (
            pytest.raises(DatabaseError),
            open_session("postgresql", {**SILENT, "host": host, "port": str(port)}, "t", 5),
        ):
            pass

    asking = threading.Thread(target=ask)
    asking.start()
    asked, _address = silent.accept()

    with open_session("sqlite", {"file": str(sqlite_file)}, "people", 5):
        is_waiting = asking.is_alive()

    asked.close()
    asking.join()
    assert is_waiting
