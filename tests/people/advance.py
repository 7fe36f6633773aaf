"""A worker of one run, as a process of its own: works on it until it is over, or until it is killed."""

import sys

import django

django.setup()

from django.utils import timezone  # noqa: E402

from exports.models import Run  # noqa: E402
from exports.pipeline import remove  # noqa: E402
from exports.tasks import advance_run  # noqa: E402

run_id, remove.MOST_BY_IDS = map(int, sys.argv[1:])
# Who had the run before was killed: nobody waits here until its lease has lapsed.
Run.objects.filter(pk=run_id).update(lease="", lease_until=None, attempts=0)
while Run.objects.open().filter(pk=run_id).exists():
    Run.objects.filter(pk=run_id).update(resume_at=timezone.now())
    advance_run(run_id)
