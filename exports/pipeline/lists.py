"""The one call that a run spends on its list: does it still exist?"""

from __future__ import annotations

from django.utils import timezone

from constant_contact import RejectedError
from exports.models import Run
from exports.models.configuration import configuration_of

from .outcome import RunEnded
from .work import Work


def check_list(work: Work) -> None:
    """Ask whether the list is still there, once a run. Raises RunEnded when it is gone."""
    if work.run.list_checked_at is None:
        check_list_again(work)


def check_list_again(work: Work) -> None:
    """Ask anew: an import was refused, or a job failed, as it happens when a list is deleted meanwhile."""
    configuration = configuration_of(work.run)
    gone = RunEnded(Run.Status.FAILED, "list_gone", list=configuration["list_name"])
    try:
        contact_list = work.client.contact_list(configuration["list_id"])
    except RejectedError as error:
        if error.not_found:
            raise gone from error
        raise
    if contact_list.deleted_at is not None:
        raise gone
    work.write(list_checked_at=timezone.now())
