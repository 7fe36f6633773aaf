"""What the erasure of a person waits for, why a part of it failed, and what remains where."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_noop

from web.messages import Text, ngettext_noop

_GOES_ON = gettext_noop("This goes on by itself.")
_ONCE_MORE = gettext_noop("Enter the address once more below to try again.")

ERASURES: Mapping[str, Text] = {
    # What it waits for
    "goes_on": Text(gettext_noop("More files have to be gone through."), _GOES_ON),
    "waits_for_import": Text(gettext_noop("A file is being imported into “%(source)s”."), _GOES_ON),
    "waits_for_readers": Text(
        gettext_noop("Somebody is still reading the profiles of “%(source)s” as they were before."), _GOES_ON
    ),
    "waits_for_evaluation": Text(gettext_noop("The members of “%(segment)s” are being counted."), _GOES_ON),
    "waits_for_run": Text(
        gettext_noop(
            "%(run)s of “%(export)s” was planned before and has this person in its plan, so it may still send them."
        ),
        gettext_noop("This goes on when that run is over. Cancel the run if it must not send this person any more."),
    ),
    "waits_for_worker": Text(gettext_noop("%(run)s of “%(export)s” is being worked on just now."), _GOES_ON),
    "waits_for_suppressions": Text(gettext_noop("A file of suppressions is being added."), _GOES_ON),
    "waits_for_quota": Text(
        gettext_noop("The requests to Constant Contact of this day are used up."),
        gettext_noop("This goes on by itself after 00:00 UTC."),
    ),
    "waits_for_account": Text(gettext_noop("Constant Contact (%(account)s) can't be reached at the moment."), _GOES_ON),
    "waits_for_job": Text(gettext_noop("Constant Contact (%(account)s) is deleting the contact."), _GOES_ON),
    # Why it failed
    "unexpected": Text(gettext_noop("Something went wrong that we did not expect; the log says what."), _ONCE_MORE),
    "gave_up": Text(gettext_noop("The work was begun many times and never came further."), _ONCE_MORE),
    "gave_up_waiting": Text(gettext_noop("The file storage could not be reached for hours."), _ONCE_MORE),
    "account_detached": Text(gettext_noop("The connection was removed.")),
    "another_account": Text(gettext_noop("The connection “%(connection)s” belongs to another account by now.")),
    "account_revoked": Text(
        gettext_noop("Constant Contact no longer accepts the authorization of “%(connection)s”."),
        gettext_noop("Reconnect it, then try again."),
    ),
    "account_refused": Text(
        gettext_noop("Constant Contact refused to delete the contact (%(told)s)."),
        gettext_noop("Delete it there by hand, or try again."),
    ),
    "contact_not_deleted": Text(
        gettext_noop("Constant Contact (%(account)s) ended the job three times, and the contact is still there."),
        gettext_noop("Delete it there by hand."),
    ),
    "no_right_any_more": Text(
        gettext_noop("Whoever asked for this is no administrator any more."),
        gettext_noop("An administrator has to ask for it again."),
    ),
    "export_user": Text(
        gettext_noop("Nobody may use the connection “%(connection)s” unattended."),
        gettext_noop("Add yourself as its export user, then try again."),
    ),
    # What remains
    "table_remains": Text(
        gettext_noop("We only read this table and can't change it."),
        gettext_noop("If it holds this person, delete the row there. Until then plans list the person as left out."),
    ),
    "elsewhere": Text(
        **ngettext_noop(
            "%(count)s other profile names this address in an attribute that is not sent as an address.",
            "%(count)s other profiles name this address in an attribute that is not sent as an address.",
        ),
        next_step=gettext_noop("These are profiles of other people and were left as they are."),
    ),
    "in_people": Text(gettext_noop("the people who work here (%(names)s)")),
    "in_segments": Text(gettext_noop("the rules or texts of segments (%(names)s)")),
    "in_connections": Text(gettext_noop("the details of connections (%(names)s)")),
    "in_table": Text(gettext_noop("the table %(table)s (rows: %(count)s)")),
    "mentions_remain": Text(
        gettext_noop("The address also stands in: %(tables)s."),
        gettext_noop("That was entered on purpose or belongs to an account of this application: change it there."),
    ),
}
