"""What became of whom in a run, by its numbers."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_noop

from web.messages import Text, ngettext_noop

from .runs import RUN_AGAIN

_SEE_LEFT_OUT = gettext_noop("Download the left-out profiles to see why, and correct them in the source.")

_NOT_UNSUBSCRIBED = gettext_noop("Removing from a list is not unsubscribing: they stay a contact of the account.")

NUMBERS: Mapping[str, Text] = {
    # Of a run that did all it had to. What was not accepted: see docs/decisions/0010-whose-fate-is-unknown.md.
    "unchanged": Text(
        **ngettext_noop(
            "Nothing to send: %(count)s profile is unchanged.", "Nothing to send: %(count)s profiles are unchanged."
        )
    ),
    "left_behind": Text(
        **ngettext_noop(
            "%(count)s profile was not imported because Constant Contact did not take its batch.",
            "%(count)s profiles were not imported because Constant Contact did not take their batches.",
        ),
        next_step=RUN_AGAIN,
    ),
    "outcome_unknown": Text(
        **ngettext_noop(
            "What became of %(count)s profile that was sent is not known.",
            "What became of %(count)s profiles that were sent is not known.",
        ),
        next_step=gettext_noop("Such profiles are sent again by the next run."),
    ),
    "unaccounted": Text(
        **ngettext_noop(
            "%(count)s of the profiles we sent is in none of Constant Contact's counts.",
            "%(count)s of the profiles we sent are in none of Constant Contact's counts.",
        ),
        next_step=gettext_noop("The next run reads the list back, and sends once more whoever is not there."),
    ),
    "counted_more": Text(
        gettext_noop("Constant Contact counted more profiles than we sent."),
        gettext_noop("The next run sends the batches concerned again."),
    ),
    "refused": Text(
        gettext_noop("Constant Contact refused %(count)s of the profiles we sent."),
        gettext_noop(
            "Constant Contact does not say which it refused. The next run reads the list back, says who is not there "
            "and sends them once more."
        ),
    ),
    "cannot_add": Text(
        gettext_noop("%(count)s of the profiles we sent could not be added to the list."),
        gettext_noop(
            "Most often these people unsubscribed, and Constant Contact adds nobody who did. The next run reads the "
            "list back and says who is not there."
        ),
    ),
    "unconfirmed": Text(
        **ngettext_noop(
            "%(count)s profile was sent twice before and is not confirmed, so it is not sent again until a value "
            "changes.",
            "%(count)s profiles were sent twice before and are not confirmed, so they are not sent again until a value "
            "changes.",
        )
    ),
    "not_on_list": Text(
        **ngettext_noop(
            "%(count)s profile was sent twice and is not on the list, so it is not sent again until a value changes.",
            "%(count)s profiles were sent twice and are not on the list, so they are not sent again until a value "
            "changes.",
        ),
        next_step=gettext_noop(
            "Download the left-out profiles to see who they are, and look them up at Constant Contact."
        ),
    ),
    # Of a run, or of the plan of a preview: who is on the list and was not selected
    "leavers_keep": Text(
        **ngettext_noop(
            "%(count)s person is no longer in the segments and stays on the list.",
            "%(count)s people are no longer in the segments and stay on the list.",
        )
    ),
    "leavers_remove": Text(
        **ngettext_noop(
            "%(count)s person is no longer in the segments; this plan removes them from the list.",
            "%(count)s people are no longer in the segments; this plan removes them from the list.",
        ),
        next_step=_NOT_UNSUBSCRIBED,
    ),
    "former_addresses_keep": Text(
        **ngettext_noop(
            "%(count)s former address of people in the segments stays on the list.",
            "%(count)s former addresses of people in the segments stay on the list.",
        )
    ),
    "former_addresses_remove": Text(
        **ngettext_noop(
            "%(count)s former address of people in the segments: this plan removes it from the list.",
            "%(count)s former addresses of people in the segments: this plan removes them from the list.",
        ),
        next_step=_NOT_UNSUBSCRIBED,
    ),
    "removal_withheld": Text(
        gettext_noop("Nobody is removed from the list this time."),
        gettext_noop(
            "Whom another export of this list wants there is not known, since the plan of its last run is gone."
        ),
    ),
    "left_out": Text(
        **ngettext_noop(
            "%(count)s profile was left out because of its data.",
            "%(count)s profiles were left out because of their data.",
        ),
        next_step=_SEE_LEFT_OUT,
    ),
    "left_out_some_new": Text(
        **ngettext_noop(
            "%(count)s profile was left out because of its data, %(new)s of them for the first time.",
            "%(count)s profiles were left out because of their data, %(new)s of them for the first time.",
        ),
        next_step=_SEE_LEFT_OUT,
    ),
    "left_out_as_before": Text(
        **ngettext_noop("%(count)s profile is left out as before.", "%(count)s profiles are left out as before.")
    ),
    # Of a run that ended before it had done all
    "nothing_sent": Text(gettext_noop("Nothing was sent.")),
    "nothing_imported": Text(gettext_noop("Nothing had been imported.")),
    "imported": Text(
        **ngettext_noop("%(count)s profile had been imported before.", "%(count)s profiles had been imported before.")
    ),
    "imported_and_rest": Text(
        **ngettext_noop(
            "%(count)s profile had been imported before; the rest was not sent.",
            "%(count)s profiles had been imported before; the rest was not sent.",
        )
    ),
    "rest_not_sent": Text(gettext_noop("The rest was not sent.")),
}
