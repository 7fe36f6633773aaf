"""Why an export can't run, why a run waits or how it ended, what happened meanwhile, and what stopped a refresh."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_noop

from web.messages import Text

_CHECK_CONNECTION = gettext_noop("An administrator can put it right under Connections.")
_NEW_EXPORT_USER = gettext_noop("An administrator has to add themselves as export user under Connections.")
_GOES_ON = gettext_noop("Nothing to do: the run goes on by itself.")
_NEW_PREVIEW = gettext_noop("This is the new preview. Look at it, then send it.")
_CANCELLED = gettext_noop("The run was cancelled.")
RUN_AGAIN = gettext_noop("Run the export again; what was imported already is not sent twice.")

# By Run.reason and Batch.reason.
RUNS: Mapping[str, Text] = {
    # Send only to me
    "to_me_no_address": Text(
        gettext_noop("Your account here has no email address that could be sent to the list."),
        gettext_noop("Add it to your profile, or ask an administrator to add it under Permissions."),
    ),
    "to_me_opted_out": Text(
        gettext_noop("Your own address opted out at Constant Contact, so it is not sent either."),
        gettext_noop("Subscribe again there, or try the list with another account of this program."),
    ),
    "to_me_deleted": Text(
        gettext_noop("Your own address was deleted at Constant Contact, so it is not sent either."),
        gettext_noop("Add it again there, or try the list with another account of this program."),
    ),
    "to_me_left_list": Text(
        gettext_noop("Your own address left this list, so it is not put back."),
        gettext_noop("Subscribe to the list again, or try it with another account of this program."),
    ),
    "to_me_suppressed": Text(
        gettext_noop("Your own address is suppressed here, so it is not sent."),
        gettext_noop("Ask an administrator about it, or try the list with another account of this program."),
    ),
    # Before a run
    "detached": Text(
        gettext_noop("This export has no connection."), gettext_noop("Edit the export and choose a connection.")
    ),
    "reconnect": Text(
        gettext_noop("Constant Contact no longer accepts the connection “%(connection)s”."),
        gettext_noop("An administrator has to reconnect it under Connections."),
    ),
    "connection_unfinished": Text(
        gettext_noop("The connection “%(connection)s” is not set up completely."),
        gettext_noop("An administrator has to finish it under Connections."),
    ),
    "list_of_another_account": Text(
        gettext_noop("The list “%(list)s” belongs to another Constant Contact account than the one connected now."),
        gettext_noop("Edit the export and choose a list of this account."),
    ),
    "no_list": Text(gettext_noop("No list is chosen."), gettext_noop("Edit the export and choose a list.")),
    "no_email_mapping": Text(
        gettext_noop("No attribute is matched to Email."),
        gettext_noop("Edit the export and choose the attribute that holds the email address."),
    ),
    "no_segments": Text(gettext_noop("No segment is chosen."), gettext_noop("Edit the export and select segments.")),
    # While a run waits
    "importing": Text(gettext_noop("Constant Contact is importing the profiles."), _GOES_ON),
    "reading_list": Text(gettext_noop("Constant Contact is writing down who is on the list."), _GOES_ON),
    "reading_queued": Text(
        gettext_noop(
            "Constant Contact has not begun to write down the contacts that it was asked for. Other jobs of the "
            "account may come first."
        ),
        _GOES_ON,
    ),
    "reading_opt_outs": Text(gettext_noop("It is being read who opted out of the Constant Contact account."), _GOES_ON),
    "quota_exceeded": Text(
        gettext_noop("Today's requests to Constant Contact are used up. The run goes on at %(at)s.")
    ),
    "list_in_use": Text(
        gettext_noop("The run waits for “%(export)s”, which is sending to the same list “%(list)s”."),
        gettext_noop("Nothing to do: the run starts when that one is over."),
    ),
    "queue_full": Text(gettext_noop("This account already has 1,000 unfinished jobs at Constant Contact."), _GOES_ON),
    "throttled": Text(gettext_noop("Constant Contact asked us to slow down."), _GOES_ON),
    "unavailable": Text(gettext_noop("Constant Contact can't be reached at the moment."), _GOES_ON),
    "storage_away": Text(
        gettext_noop("The file storage can't be reached at the moment."),
        gettext_noop("The run goes on by itself. If it takes long, tell the operator of this installation."),
    ),
    "storage_full": Text(
        gettext_noop("The disk is full, so the run can't go on."),
        gettext_noop("It goes on by itself once there is room: tell the operator of this installation."),
    ),
    "unauthorized": Text(
        gettext_noop("Constant Contact refuses requests at the moment, although the connection's authorization works."),
        _GOES_ON,
    ),
    "outcome_unknown": Text(
        gettext_noop(
            "An answer from Constant Contact was lost. The batch is sent again: importing the same values twice "
            "changes nothing."
        ),
        _GOES_ON,
    ),
    "answer_unknown": Text(
        gettext_noop("An answer from Constant Contact was lost, so the same is asked for again."), _GOES_ON
    ),
    # A brake holds it; exports.messages.brakes says which.
    "needs_decision": Text(
        gettext_noop("A brake holds this run: nothing is sent until somebody decides about its plan."),
        gettext_noop("Look at the plan, then send exactly it or discard it. A newer run of the export replaces it."),
    ),
    "removing": Text(gettext_noop("Constant Contact is changing who is on the list."), _GOES_ON),
    # How it ended
    "discarded": Text(
        gettext_noop("A brake held this run, and its plan was discarded."),
        gettext_noop("Correct what is wrong, then run the export again."),
    ),
    "replaced": Text(gettext_noop("Nobody had decided about this run when a newer one replaced it: %(run)s.")),
    "cancelled": Text(_CANCELLED),
    "cancelled_unsent": Text(_CANCELLED, gettext_noop("Run the export again to send it.")),
    "cancelled_with_rest": Text(_CANCELLED, gettext_noop("Run the export again to send the rest.")),
    "no_members": Text(
        gettext_noop("The selected segments have no members, so nothing was sent."),
        gettext_noop("Check the rules of the segments and whether their source is up to date."),
    ),
    "too_many_profiles": Text(
        gettext_noop("The segments have %(found)s profiles, but an export can have at most %(most)s."),
        gettext_noop("Choose fewer segments, or divide them among several exports."),
    ),
    "too_little_memory": Text(
        gettext_noop("The profiles hold more text than fits into the planning limit of %(limit)s."),
        gettext_noop("Match fewer attributes, or ask your administrator to raise PLAN_MEMORY_LIMIT."),
    ),
    "plan_changed": Text(
        gettext_noop(
            "Since the preview, profiles changed in the database: %(added)s are new, %(gone)s are gone and "
            "%(changed)s are different. Nothing was sent."
        ),
        _NEW_PREVIEW,
    ),
    "people_changed": Text(
        gettext_noop(
            "Since the preview, people opted out, left the list or came back to it: %(added)s are new in the plan, "
            "%(gone)s are gone from it and %(changed)s are decided otherwise. Nothing was sent."
        ),
        _NEW_PREVIEW,
    ),
    "plan_renewed": Text(
        gettext_noop("The plan of the preview was no longer kept, so it was made anew. Nothing was sent."), _NEW_PREVIEW
    ),
    "segment_gone": Text(
        gettext_noop("The segment “%(segment)s” no longer exists."),
        gettext_noop("Edit the export and select other segments."),
    ),
    "list_gone": Text(
        gettext_noop("The list “%(list)s” no longer exists at Constant Contact."),
        gettext_noop("Edit the export and choose another list."),
    ),
    "list_unreadable": Text(
        gettext_noop("Constant Contact did not tell who is on the list “%(list)s”, so nothing was sent."),
        gettext_noop("Run the export again later. Without knowing who left the list, nobody is put on it."),
    ),
    "opt_outs_unreadable": Text(
        gettext_noop("Constant Contact did not tell who opted out of the account, so nothing was sent."),
        gettext_noop("Run the export again later. Without knowing who opted out, nobody is sent."),
    ),
    "detached_while_open": Text(
        gettext_noop("The connection was detached from the export while it ran."),
        gettext_noop("Edit the export and choose a connection."),
    ),
    "export_user_missing": Text(gettext_noop("The connection “%(connection)s” has no export user."), _NEW_EXPORT_USER),
    "export_user_inactive": Text(
        gettext_noop("The export user of the connection “%(connection)s” is no longer active."), _NEW_EXPORT_USER
    ),
    "export_user_not_allowed": Text(
        gettext_noop("The export user of the connection “%(connection)s” may no longer use it."), _NEW_EXPORT_USER
    ),
    "forbidden": Text(
        gettext_noop(
            "Constant Contact refused: the connected user lacks a privilege, or the application was deactivated."
        ),
        _CHECK_CONNECTION,
    ),
    "rejected": Text(
        gettext_noop("Constant Contact refused a request of this run."),
        gettext_noop(
            "The run's details for troubleshooting say why. Check the list and the data matching of the export, then "
            "run it again."
        ),
    ),
    "all_refused": Text(
        gettext_noop("Constant Contact imported none of the batches."),
        gettext_noop(
            "The page of the run shows why for each batch. Check the list and the data matching, then run the export "
            "again."
        ),
    ),
    "plan_damaged": Text(
        gettext_noop("The stored plan of this run can't be read."),
        gettext_noop("Run the export again; a new plan is made."),
    ),
    "columns_differ": Text(
        gettext_noop(
            "The file of batch %(batch)s had lines with another number of values than columns, so it was not sent."
        ),
        gettext_noop("This is a fault of the application: report it. No value reached another field."),
    ),
    "plan_gave_up": Text(
        gettext_noop("Planning was begun %(times)s times, and each time its worker ended before it was done."),
        gettext_noop(
            "Ask your administrator whether workers run out of memory or the database with the profiles takes too "
            "long; then run the export again."
        ),
    ),
    "answers_lost": Text(
        gettext_noop(
            "Batch %(batch)s was sent %(times)s times, and no answer of Constant Contact arrived. Whether it was "
            "imported is unknown."
        ),
        gettext_noop("Check the network between this installation and Constant Contact, then run the export again."),
    ),
    "removal_answers_lost": Text(
        gettext_noop(
            "Constant Contact was asked %(times)s times to change who is on the list, and no answer arrived. Whether "
            "it did is unknown."
        ),
        gettext_noop("Check the network between this installation and Constant Contact, then run the export again."),
    ),
    "undo_cancelled": Text(
        gettext_noop("The undo was cancelled."), gettext_noop("To take back the rest, undo the run again.")
    ),
    # Why a run can't be undone
    "undo_still_open": Text(
        gettext_noop("This run is still in progress."), gettext_noop("Cancel it, or wait until it is over.")
    ),
    "undo_of_nothing": Text(
        gettext_noop("This run put nobody on the list and took nobody off it, so there is nothing to undo.")
    ),
    "undone_already": Text(
        gettext_noop("This run has been undone already."),
        gettext_noop("To send its people again, run the export."),
    ),
    "undo_newer_first": Text(
        gettext_noop("%(run)s came later and changed the list too."),
        gettext_noop("Only the newest run can be undone: undo that one first."),
    ),
    "undo_plan_gone": Text(
        gettext_noop("The plan of this run is no longer kept, so it can't be told whom it added."),
        gettext_noop("Take people off the list at Constant Contact."),
    ),
    "undone_run_gone": Text(
        gettext_noop("The run that was to be undone does not exist any more."),
        gettext_noop("Take people off the list at Constant Contact."),
    ),
    "storage_gave_up": Text(
        gettext_noop("The file storage could not be used for hours, so the run was stopped."),
        gettext_noop("Ask the operator of this installation to fix that, then run the export again."),
    ),
    "gave_up": Text(
        gettext_noop("The run made no progress after many attempts and was stopped."),
        gettext_noop(
            "Check whether Constant Contact can be reached, then run the export again; "
            "what was imported is not sent twice."
        ),
    ),
    "unexpected": Text(gettext_noop("Something went wrong on our side. The server's log says what."), RUN_AGAIN),
    # Of a single batch
    "activity_gone": Text(
        gettext_noop("Constant Contact does not list this job, so what became of it is unknown."), RUN_AGAIN
    ),
    "activity_never_ended": Text(
        gettext_noop("Constant Contact did not finish this job within a day, so what became of it is unknown."),
        RUN_AGAIN,
    ),
    "activity_failed": Text(gettext_noop("Constant Contact could not finish this job."), RUN_AGAIN),
}

# By RunEvent.code, besides the reasons above.
EVENTS: Mapping[str, Text] = {
    "reading_failed": Text(
        gettext_noop("Constant Contact wrote no file of its contacts, so it is asked for another one.")
    ),
    "list_unreadable": Text(gettext_noop("The list could not be read back after the run; the next run reads it.")),
    "batch_refused": Text(gettext_noop("Constant Contact refused batch %(batch)s.")),
    "activity_adopted": Text(
        gettext_noop("The answer about batch %(batch)s was lost; its job %(activity)s was found and is followed.")
    ),
    "answer_lost": Text(gettext_noop("The answer about batch %(batch)s was lost; it is sent again.")),
    "activity_taken": Text(
        gettext_noop("The answer about batch %(batch)s named a job of another batch, so it counts as lost.")
    ),
    "held": Text(gettext_noop("The plan trips a brake, so the run needs a decision.")),
    "removals_planned": Text(gettext_noop("To be taken off the list: %(remove)s. To be put back: %(add)s.")),
    "removal_refused": Text(gettext_noop("Constant Contact refused to change who is on the list.")),
    "scratch_list_refused": Text(
        gettext_noop("Constant Contact refused to make a temporary list, so people are taken off one by one.")
    ),
    "without_scratch_list": Text(
        gettext_noop("The temporary list could not be used, so people are taken off one by one.")
    ),
    "cancel_requested": Text(gettext_noop("Somebody cancelled the run.")),
}

# Of a refresh, and of its steps.
REFRESHES: Mapping[str, Text] = {
    "gave_up": Text(
        gettext_noop("The refresh was interrupted several times without getting further, so it was stopped."),
        gettext_noop("Start it again; if that happens again, show this to your administrator."),
    ),
    "not_started": Text(
        gettext_noop("The refresh could not be started; the server's log says why."),
        gettext_noop("Start it by hand; if that fails too, show this to your administrator."),
    ),
    "evaluation_stopped": Text(
        gettext_noop("Somebody stopped the evaluation of this segment each time, so the refresh went on without it."),
        gettext_noop("Refresh the segment, or start the refresh again."),
    ),
    "unexpected": Text(
        gettext_noop("Something went wrong on our side each time this was tried; the server's log says what."),
        gettext_noop("Start the refresh again; if that happens again, show this to your administrator."),
    ),
}
