"""Workers of a run, each a process of its own: it works on the run until that is over, or until it is killed.

A line of the input, "RUN MOST_BY_IDS", starts one: its number is written, and how it ended once it has. They are forks,
so that Django is loaded once for all of them.
"""

import os
import sys
import traceback

import django

django.setup()

from django.utils import timezone  # noqa: E402

from exports.models import Run  # noqa: E402
from exports.pipeline import remove  # noqa: E402
from exports.tasks import advance_run  # noqa: E402


def work(run_id: int, most_by_ids: int) -> None:
    remove.MOST_BY_IDS = most_by_ids
    # Who had the run before was killed: nobody waits here until its lease has lapsed.
    Run.objects.filter(pk=run_id).update(lease="", lease_until=None, attempts=0)
    while Run.objects.open().filter(pk=run_id).exists():
        Run.objects.filter(pk=run_id).update(resume_at=timezone.now())
        advance_run(run_id)


for line in sys.stdin:
    worker = os.fork()
    if not worker:
        os.setsid()
        try:
            work(*map(int, line.split()))
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    print(worker, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1]), flush=True)
