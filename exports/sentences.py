"""Why an export can't run, or a run waits, was skipped or failed: what happened, and what to do next.

Rows keep the code and its details; the sentence is made when somebody reads it, in their language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext, gettext_noop

from segments.errors import Sentence as SegmentSentence


@dataclass(frozen=True, slots=True)
class Sentence:
    """`happened` says what happened, `next_step` what to do; either may be empty."""

    happened: str
    next_step: str = ""

    def __str__(self) -> str:
        if self.happened and self.next_step:
            return gettext("%(happened)s %(next_step)s") % {"happened": self.happened, "next_step": self.next_step}
        return self.happened or self.next_step


_CHECK_CONNECTION = gettext_noop("An administrator can put it right under Connections.")
_GOES_ON = gettext_noop("Nothing to do: the run goes on by itself.")
_RUN_AGAIN = gettext_noop("Run the export again; what was imported already is not sent twice.")

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
    "outcome_unknown": (
        gettext_noop("An answer from Constant Contact was lost. We look for its job before anything is sent again."),
        _GOES_ON,
    ),
    # How it ended
    "cancelled": (
        gettext_noop("The run was cancelled. Constant Contact had already imported %(sent)s profiles."),
        gettext_noop("Run the export again to send the rest."),
    ),
    "no_members": (
        gettext_noop("The selected segments have no members, so nothing was sent."),
        gettext_noop("Check the rules of the segments and whether their source is up to date."),
    ),
    "too_many_profiles": (
        gettext_noop("The segments have %(found)s profiles, but one export may have %(most)s. Nothing was sent."),
        gettext_noop("Choose fewer segments, or divide them among several exports."),
    ),
    "too_little_memory": (
        gettext_noop("The profiles hold more text than a worker may plan with %(limit)s of memory. Nothing was sent."),
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
        gettext_noop("The segment “%(segment)s” no longer exists. Nothing was sent."),
        gettext_noop("Edit the export and select other segments."),
    ),
    "list_gone": (
        gettext_noop("The list “%(list)s” no longer exists at Constant Contact."),
        gettext_noop("Edit the export and choose another list."),
    ),
    "detached_while_open": (
        gettext_noop("The connection was detached from the export while it ran. Nothing more was sent."),
        gettext_noop("Edit the export and choose a connection."),
    ),
    "export_user_missing": (
        gettext_noop("The connection “%(connection)s” has no export user. Nothing was sent."),
        gettext_noop("An administrator has to add themselves as export user under Connections."),
    ),
    "export_user_inactive": (
        gettext_noop("The export user of the connection “%(connection)s” is no longer active. Nothing was sent."),
        gettext_noop("An administrator has to add themselves as export user under Connections."),
    ),
    "export_user_not_allowed": (
        gettext_noop("The export user of the connection “%(connection)s” may no longer use it. Nothing was sent."),
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
    "some_refused": (
        gettext_noop("%(profiles)s profiles were not imported because Constant Contact refused their batches."),
        _RUN_AGAIN,
    ),
    "counts_disagree": (
        gettext_noop("Constant Contact's own counts don't add up to the %(planned)s profiles we sent."),
        gettext_noop("Compare the list with this run; use “Send everyone again” when people are missing."),
    ),
    "some_left_out": (
        gettext_noop("%(left_out)s profiles were left out because of their data."),
        gettext_noop("Download the left-out profiles to see why, and correct them in the source."),
    ),
    "some_not_added": (
        gettext_noop("Constant Contact did not add %(not_added)s of the profiles we sent."),
        gettext_noop(
            "Most often these people unsubscribed, and Constant Contact adds nobody who did. It does not say who they "
            "are. Nothing to do."
        ),
    ),
    "some_left_out_and_not_added": (
        gettext_noop(
            "%(left_out)s profiles were left out because of their data, and Constant Contact did not add "
            "%(not_added)s of those we sent."
        ),
        gettext_noop("Download the left-out profiles to see why, and correct them in the source."),
    ),
    "plan_damaged": (
        gettext_noop("The stored plan of this run can't be read."),
        gettext_noop("Run the export again; a new plan is made."),
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
        _RUN_AGAIN,
    ),
    # Of a single batch
    "activity_gone": (
        gettext_noop("Constant Contact no longer knows this job; it keeps them for 10 days."),
        _RUN_AGAIN,
    ),
    "activity_failed": (gettext_noop("Constant Contact could not finish this job."), _RUN_AGAIN),
}


def sentence(code: str, details: Mapping[str, Any]) -> Sentence:
    """Return the sentence of a code in the active language. No code, no sentence."""
    if not code:
        return Sentence("")
    if code == "segment":
        return Sentence(str(SegmentSentence.from_json(details)))
    happened, next_step = SENTENCES[code]
    shown = {name: _shown(name, value) for name, value in details.items()}
    return Sentence(gettext(happened) % shown, gettext(next_step) if next_step else "")


def _shown(name: str, value: Any) -> str:
    if name == "at":
        return str(date_format(timezone.localtime(datetime.fromisoformat(value)), "DATETIME_FORMAT"))
    return str(number_format(value, force_grouping=True)) if isinstance(value, int) else str(value)
