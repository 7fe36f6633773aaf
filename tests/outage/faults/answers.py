"""Every wrong answer × every call a run makes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from tests.outage import people
from tests.outage.environment import LEASE_SECONDS
from tests.outage.rounds import Round
from tests.outage.service import Answer, Call
from tests.outage.site import Site

SLOW = LEASE_SECONDS + 2  # the lease has to be kept meanwhile
SILENT = 65.0  # longer than a request is waited for
# The refresh token works: nobody has to come.
NO_PERSON = ("unexpected", "reconnect")


def rounds(site: Site, times: Callable[[int], int]) -> Iterator[Round]:
    for call in Call:
        for answer in Answer:
            once = answer == Answer.UNAUTHORIZED  # two of them are another line
            for _time in range(times(1)):
                yield _round(f"{call}: {answer}", call, answer, times=1 if once else 2, never=_never(call, answer))
        if call != Call.TOKEN:
            yield _round(f"{call}: 401 twice, one after the other", call, Answer.UNAUTHORIZED, times=4, never=NO_PERSON)
    yield _round(f"{Call.IMPORT}: no answer for {SILENT:.0f} s", Call.IMPORT, Answer.SLOW, times=1, seconds=SILENT)


def _round(
    fault: str,
    call: Call,
    answer: Answer,
    times: int = 2,
    seconds: float | None = None,
    never: tuple[str, ...] = ("unexpected",),
) -> Round:
    seconds = seconds if seconds is not None else SLOW if answer == Answer.SLOW else 0.0
    return Round(
        fault,
        partial(_arm, call=call, answer=answer, times=times, seconds=seconds),
        rows=people.SMALL,
        hurry=True,
        answers_struck=call == Call.IMPORT,
        has_to_strike=True,
        never=never,
    )


def _never(call: Call, answer: Answer) -> tuple[str, ...]:
    """A refresh token that was spent for an answer nobody got is gone for good: there, a person has to come."""
    is_spent = call == Call.TOKEN and answer in (Answer.DROP_AFTER, Answer.TRUNCATED, Answer.UNAUTHORIZED)
    return ("unexpected",) if is_spent else NO_PERSON


def _arm(site: Site, call: Call, answer: Answer, times: int, seconds: float) -> None:
    if call == Call.TOKEN:
        site.installation.let_tokens_expire()
    if call == Call.ACTIVITY:
        site.service.set_job_seconds(1.5)  # so that one is left alone, and asked after by itself
    site.service.answer(call, answer, skip=1 if call == Call.IMPORT else 0, times=times, seconds=seconds)
