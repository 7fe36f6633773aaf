"""What becomes of imports that were accepted; and another program's jobs beside imports that never arrived."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from tests.outage import people
from tests.outage.rounds import Round
from tests.outage.service import Answer, Call, Foreign, Job
from tests.outage.site import Site

HIDDEN_SECONDS = 10.0


def rounds(site: Site, times: Callable[[int], int]) -> Iterator[Round]:
    for job in Job:
        for _time in range(times(1)):
            yield Round(f"job {job}", partial(_becomes, job=job), rows=people.SMALL, hurry=True, has_to_strike=True)
    for foreign in Foreign:
        for kind in (Answer.DROP_BEFORE, Answer.ERROR_500):
            for _time in range(times(1)):
                yield Round(
                    f"{foreign} as large as one that met “{kind}”",
                    partial(_beside, foreign=foreign, answer=kind),
                    rows=people.SMALL,
                    hurry=True,
                    answers_struck=True,
                    has_to_strike=True,
                )


def _becomes(site: Site, job: Job) -> None:
    site.service.job(job, skip=1, times=2, seconds=HIDDEN_SECONDS if job == Job.LISTED_LATE else 0)


def _beside(site: Site, foreign: Foreign, answer: Answer) -> None:
    site.service.foreign(foreign)
    site.service.answer(Call.IMPORT, answer, skip=1, times=2)
