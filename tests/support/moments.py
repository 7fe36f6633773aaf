"""Something happens at a moment between two queries of a page, or two people do something at the same moment."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, connections


@contextmanager
def just_before(beginning: str, act: Callable[[], Any], *, after: str) -> Iterator[None]:
    """Within the block, `act` happens before the first query that begins so and comes after one with `after` in it."""
    happened = {"looked": False, "acted": False}

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if happened["looked"] and not happened["acted"] and sql.startswith(beginning):
            happened["acted"] = True
            act()
        happened["looked"] |= after in sql
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield
    assert happened["acted"], "That moment never came."


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Do all of this at the same moment, each on a thread with a connection of its own; return what each returned."""
    gate, found = threading.Barrier(len(acts)), [None] * len(acts)

    def work(place: int) -> None:
        try:
            gate.wait()
            found[place] = acts[place]()
        except BaseException as error:
            found[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found
