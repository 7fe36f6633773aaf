"""What the lines of a piece of work have in common: the request, the run, the task. Kept in context variables.

They belong to the thread that does the work. Whoever hands a part of it to another thread takes them along:
`in_this_context`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from contextvars import copy_context
from functools import partial
from typing import Any, ParamSpec, TypeVar

from structlog.contextvars import bind_contextvars, bound_contextvars, clear_contextvars

P = ParamSpec("P")
T = TypeVar("T")


def bound(**fields: str | int) -> AbstractContextManager[None]:
    """Within the block, every line carries these fields; afterwards what it carried before."""
    return bound_contextvars(**fields)


def in_this_context(work: Callable[P, T]) -> Callable[P, T]:
    """Return `work` to be called once on another thread: its lines carry what the lines of this one carry now."""
    return partial(copy_context().run, work)


def begin_task(task: Any = None, **kwargs: Any) -> None:
    """A worker begins a task of the queue, with nothing of the one before. Receives the queue's `pre_execute`."""
    clear_contextvars()
    if task:
        bind_contextvars(task_id=task["id"])
