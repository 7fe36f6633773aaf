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


def rounds(site: Site, times: Callable[[int], int]) -> Iterator[Round]:
    for call in Call:
        for answer in Answer:
            for _time in range(times(1)):
                yield _round(f"{call}: {answer}", call, answer)
        if call != Call.TOKEN:
            yield _round(f"{call}: 401 twice, one after the other", call, Answer.UNAUTHORIZED, times=2)
    for answer in Answer:
        yield _round(f"{Call.IMPORT} of a file: {answer}", Call.IMPORT, answer, encoding="csv")
    yield _round(f"{Call.IMPORT}: no answer for {SILENT:.0f} s", Call.IMPORT, Answer.SLOW, times=1, seconds=SILENT)


def _round(
    fault: str,
    call: Call,
    answer: Answer,
    *,
    times: int | None = None,
    seconds: float | None = None,
    encoding: str = "json",
) -> Round:
    times = times or (1 if answer == Answer.UNAUTHORIZED else 2)
    seconds = seconds if seconds is not None else SLOW if answer == Answer.SLOW else 0.0
    return Round(
        fault,
        partial(_arm, call=call, answer=answer, times=times, seconds=seconds),
        rows=people.SMALL,
        encoding=encoding,
        hurry=True,
        answers_struck=call == Call.IMPORT,
        has_to_strike=True,
        never=_never(call, answer),
    )


def _never(call: Call, answer: Answer) -> tuple[str, ...]:
    """Where the refresh token works, nobody has to come. One spent for an answer that nobody got is gone for good."""
    is_spent = call == Call.TOKEN and answer in (Answer.DROP_AFTER, Answer.TRUNCATED, Answer.UNAUTHORIZED)
    return ("unexpected",) if is_spent else ("unexpected", "reconnect")


def _arm(site: Site, call: Call, answer: Answer, times: int, seconds: float) -> None:
    if call == Call.TOKEN:
        site.installation.let_tokens_expire()
    if call == Call.ACTIVITY:
        site.service.set_job_seconds(1.5)  # so that one is left alone, and asked after by itself
    site.service.answer(call, answer, skip=1 if call == Call.IMPORT else 0, times=times, seconds=seconds)
