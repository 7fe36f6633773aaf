"""READ: what Constant Contact knows of people, before anybody is planned."""

from __future__ import annotations

from django.utils import timezone

from exports.models import Roster, Run
from exports.models.configuration import configuration_of
from exports.people.account_counts import read_counts
from exports.people.automations import read_automations
from exports.people.roster import RosterTakenError, fold_missed

from .read_list import GAP, WAITING, ListUnreadableError, read_list
from .read_opt_outs import read_opt_outs
from .work import Pause, RunEnded, Work, check_list_again
from .written_files import PATIENCE


def read_account(work: Work) -> Pause | None:
    """Look whether the list is there, how many contacts and which automations the account has, read who opted out of
    it, and who is on the list if anybody may be.

    Raises RunEnded when the list is gone, also of a run that would send nobody.
    """
    run = work.run
    configuration = configuration_of(run)
    if run.list_checked_at is None:
        check_list_again(work, membership_count="all")
    read_counts(work)
    read_automations(work)
    pause = read_opt_outs(work)
    if pause is not None or run.list_read_at is not None or run.is_trial:  # whoever tries a list needs not all of it
        return pause
    try:
        fold_missed(configuration["account_id"], configuration["list_id"])
        pause = read_list(work, PATIENCE) if _may_have_members(run) else None
    except RosterTakenError:
        return Pause(timezone.now() + GAP, WAITING, moved=False)
    except ListUnreadableError as error:
        raise RunEnded(Run.Status.FAILED, "list_unreadable", list=configuration["list_name"]) from error
    if pause is None:
        work.write(list_read_at=run.reading_since or timezone.now(), reading_since=None)
    return pause


def _may_have_members(run: Run) -> bool:
    """Whether anybody is on the list, or anything is known of who was. None of that costs a call."""
    configuration = configuration_of(run)
    known = Roster.objects.filter(account_id=configuration["account_id"], list_id=configuration["list_id"])
    return run.list_members != 0 or known.exclude(file="").exists()
