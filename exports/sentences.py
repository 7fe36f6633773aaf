"""Why an export can't run, or a run waits, was skipped or failed: what happened, and what to do next.

Rows keep the code and its details; the sentence is made when somebody reads it, in their language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext, gettext_noop

from web.messages import Message


@dataclass(frozen=True, slots=True)
class Sentence:
    """`happened` says what happened, `next_step` what to do; either may be empty."""

    happened: str
    next_step: str = ""

    def __str__(self) -> str:
        return joined(self.happened, self.next_step)


def joined(*texts: str) -> str:
    """Put sentences one after the other, as the active language does it; empty ones are left out."""
    return reduce(_followed_by, filter(None, texts), "")


def _followed_by(happened: str, next_step: str) -> str:
    if not happened:
        return next_step
    return gettext("%(happened)s %(next_step)s") % {"happened": happened, "next_step": next_step}


_CHECK_CONNECTION = gettext_noop("An administrator can put it right under Connections.")
_GOES_ON = gettext_noop("Nothing to do: the run goes on by itself.")
RUN_AGAIN = gettext_noop("Run the export again; what was imported already is not sent twice.")
# How a run ended that did all it had to: what there is to say follows from its numbers, see reports.sentence.
BY_NUMBERS = frozenset(
    {"some_refused", "counts_disagree", "some_left_out", "some_not_added", "some_left_out_and_not_added"}
)
# Their sentences say themselves that nothing came of it.
NOTHING_TO_ADD = frozenset({"no_members", "all_refused"})

SENTENCES: dict[str, tuple[str, str]] = {
    # Before a run
    "detached": (
        gettext_noop("This export has no connection."),
        gettext_noop("Edit the export and choose a connection."),
    ),
    "reconnect": (
        gettext_noop("Constant Contact no longer accepts the connection “%(connection)s”."),
        gettext_noop("An administrator has to reconnect it under Connections."),
    ),
    "connection_unfinished": (
        gettext_noop("The connection “%(connection)s” is not set up completely."),
        gettext_noop("An administrator has to finish it under Connections."),
    ),
    "list_of_another_account": (
        gettext_noop("The list “%(list)s” belongs to another Constant Contact account than the one connected now."),
        gettext_noop("Edit the export and choose a list of this account."),
    ),
    "no_list": (gettext_noop("No list is chosen."), gettext_noop("Edit the export and choose a list.")),
    "no_email_mapping": (
        gettext_noop("No attribute is matched to Email."),
        gettext_noop("Edit the export and choose the attribute that holds the e-mail address."),
    ),
    "no_segments": (gettext_noop("No segment is chosen."), gettext_noop("Edit the export and select segments.")),
    # While a run waits
    "importing": (gettext_noop("Constant Contact is importing the profiles."), _GOES_ON),
    "quota_exceeded": (
        gettext_noop("Today's requests to Constant Contact are used up. The run goes on at %(at)s."),
        "",
    ),
    "list_in_use": (
        gettext_noop("The run waits for “%(export)s”, which is sending to the same list “%(list)s”."),
        gettext_noop("Nothing to do: the run starts when that one is over."),
    ),
    "queue_full": (gettext_noop("Constant Contact has 1,000 unfinished jobs of this account."), _GOES_ON),
    "throttled": (gettext_noop("Constant Contact asked us to slow down."), _GOES_ON),
    "unavailable": (gettext_noop("Constant Contact can't be reached at the moment."), _GOES_ON),
    "storage_away": (
        gettext_noop("The file storage can't be reached at the moment."),
        gettext_noop("The run goes on by itself. If it takes long, tell whoever operates this application."),
    ),
    "storage_full": (
        gettext_noop("The disk is full, so the run can't go on."),
        gettext_noop("It goes on by itself once there is room: tell whoever operates this application."),
    ),
    "unauthorized": (
        gettext_noop("Constant Contact refuses requests at the moment, although the connection's authorization works."),
        _GOES_ON,
    ),
    "outcome_unknown": (
        gettext_noop(
            "An answer from Constant Contact was lost. The batch is sent again: importing the same values twice "
            "changes nothing."
        ),
        _GOES_ON,
    ),
    # How it ended
    "cancelled": (gettext_noop("The run was cancelled."), ""),
    "no_members": (
        gettext_noop("The selected segments have no members, so nothing was sent."),
        gettext_noop("Check the rules of the segments and whether their source is up to date."),
    ),
    "too_many_profiles": (
        gettext_noop("The segments have %(found)s profiles, but one export may have %(most)s."),
        gettext_noop("Choose fewer segments, or divide them among several exports."),
    ),
    "too_little_memory": (
        gettext_noop("The profiles hold more text than a worker may plan with %(limit)s of memory."),
        gettext_noop("Match fewer attributes, or ask your administrator to raise PLAN_MEMORY_LIMIT."),
    ),
    "plan_changed": (
        gettext_noop(
            "Since the preview, profiles changed in the database: %(added)s are new, %(gone)s are gone and "
            "%(changed)s are different. Nothing was sent."
        ),
        gettext_noop("This is the new preview. Look at it, then send it."),
    ),
    "plan_renewed": (
        gettext_noop("The plan of the preview was no longer kept, so it was made anew. Nothing was sent."),
        gettext_noop("This is the new preview. Look at it, then send it."),
    ),
    "segment_gone": (
        gettext_noop("The segment “%(segment)s” no longer exists."),
        gettext_noop("Edit the export and select other segments."),
    ),
    "list_gone": (
        gettext_noop("The list “%(list)s” no longer exists at Constant Contact."),
        gettext_noop("Edit the export and choose another list."),
    ),
    "detached_while_open": (
        gettext_noop("The connection was detached from the export while it ran."),
        gettext_noop("Edit the export and choose a connection."),
    ),
    "export_user_missing": (
        gettext_noop("The connection “%(connection)s” has no export user."),
        gettext_noop("An administrator has to add themselves as export user under Connections."),
    ),
    "export_user_inactive": (
        gettext_noop("The export user of the connection “%(connection)s” is no longer active."),
        gettext_noop("An administrator has to add themselves as export user under Connections."),
    ),
    "export_user_not_allowed": (
        gettext_noop("The export user of the connection “%(connection)s” may no longer use it."),
        gettext_noop("An administrator has to add themselves as export user under Connections."),
    ),
    "forbidden": (
        gettext_noop(
            "Constant Contact refused: the connected user lacks a privilege, or the application was deactivated."
        ),
        _CHECK_CONNECTION,
    ),
    "rejected": (
        gettext_noop("Constant Contact refused a request of this run."),
        gettext_noop(
            "The details below say why. Check the list and the data matching of the export, then run it again."
        ),
    ),
    "all_refused": (
        gettext_noop("Constant Contact imported none of the batches."),
        gettext_noop("The batches below say why. Check the list and the data matching, then run the export again."),
    ),
    "plan_damaged": (
        gettext_noop("The stored plan of this run can't be read."),
        gettext_noop("Run the export again; a new plan is made."),
    ),
    "plan_gave_up": (
        gettext_noop("Planning was begun %(times)s times, and each time its worker ended before it was done."),
        gettext_noop(
            "Ask your administrator whether workers run out of memory or the database with the profiles takes too "
            "long; then run the export again."
        ),
    ),
    "answers_lost": (
        gettext_noop(
            "Batch %(batch)s was sent %(times)s times, and no answer of Constant Contact arrived. Whether it was "
            "imported is unknown."
        ),
        gettext_noop("Check the network between this installation and Constant Contact, then run the export again."),
    ),
    "storage_gave_up": (
        gettext_noop("The file storage could not be used for hours, so we stopped."),
        gettext_noop("Ask whoever operates this application to cure that, then run the export again."),
    ),
    "gave_up": (
        gettext_noop("The run was tried many times without getting further, so we stopped."),
        gettext_noop(
            "Check whether Constant Contact can be reached, then run the export again; "
            "what was imported is not sent twice."
        ),
    ),
    "unexpected": (
        gettext_noop("Something went wrong on our side. The server's log says what."),
        RUN_AGAIN,
    ),
    # Of a single batch
    "activity_gone": (
        gettext_noop("Constant Contact does not list this job, so what became of it is unknown."),
        RUN_AGAIN,
    ),
    "activity_never_ended": (
        gettext_noop("Constant Contact did not finish this job within a day, so what became of it is unknown."),
        RUN_AGAIN,
    ),
    "activity_failed": (gettext_noop("Constant Contact could not finish this job."), RUN_AGAIN),
}


def sentence(code: str, details: Mapping[str, Any]) -> Sentence:
    """Return the sentence of a code in the active language. No code, no sentence."""
    if not code or code in BY_NUMBERS:
        return Sentence("")
    if code == "segment":
        return Sentence(str(Message.from_json(details)))
    happened, next_step = SENTENCES[code]
    shown = {name: _shown(name, value) for name, value in details.items()}
    return Sentence(gettext(happened) % shown, gettext(next_step) if next_step else "")


def _shown(name: str, value: Any) -> str:
    if name == "at":
        return str(date_format(timezone.localtime(datetime.fromisoformat(value)), "DATETIME_FORMAT"))
    return str(number_format(value, force_grouping=True)) if isinstance(value, int) else str(value)
