"""Why a person is on a list, or is not, in one sentence and with what to do."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_noop

from web.messages import Text

_NOT_READ = gettext_noop("The list has not been read back yet, so somebody else may have added them.")
_PUT_ON = gettext_noop("Nobody here can put them back: only they themselves can subscribe again.")
_MEND = gettext_noop("Mend the reason, then run the export.")
_RUN = gettext_noop("Run the export, or preview it first.")
_RULES = gettext_noop("Look below at which rule does not hold; change the profile or the rules if that is wrong.")
_ADD = gettext_noop("Add a profile with this address to a source if they should be.")

WHY: Mapping[str, Text] = {
    "on_by_export": Text(
        gettext_noop("Is on the list “%(list)s” because the export “%(export)s” added them. Seen there on %(at)s."),
        gettext_noop("To take them off, have them leave the segments of the export, or suppress the address."),
    ),
    "on_by_another_export": Text(
        gettext_noop("Is on the list “%(list)s” because another export added them. Seen there on %(at)s."),
        gettext_noop("Ask an administrator which one: you can't see the people of that export, or it is removed."),
    ),
    "on_by_others": Text(
        gettext_noop(
            "Is on the list “%(list)s” because they subscribed themselves, or somebody added them at Constant Contact: "
            "no export here did."
        ),
        gettext_noop("Exports never take such a person off. Do it at Constant Contact if you have to."),
    ),
    "on_by_trial": Text(
        gettext_noop("Was sent to the list “%(list)s” by “Send only to me” (run %(number)s), to try the list."),
        gettext_noop("No export takes them off. Do it at Constant Contact when the trial is over."),
    ),
    "on_accepted": Text(
        gettext_noop(
            "Is on the list “%(list)s” because the export “%(export)s” sent them (%(run)s) and Constant Contact "
            "accepted everybody of that batch on %(at)s. The list has not been read back since."
        ),
        gettext_noop("The next run reads the list back."),
    ),
    "unclear": Text(
        gettext_noop(
            "It is not known whether they are on the list “%(list)s”: the export “%(export)s” sent them (%(run)s), and "
            "Constant Contact did not say of each person whether it was accepted."
        ),
        gettext_noop("Run the export: it reads the list back, then this page can say it."),
    ),
    "not_read": Text(
        gettext_noop(
            "It is not known whether they are on the list “%(list)s”: it was not read back since they were sent."
        ),
        gettext_noop("Run an export to this list: it reads the list back, then this page can say it."),
    ),
    "off_opted_out": Text(
        gettext_noop("Is not on the list “%(list)s” because they opted out of all email of the account on %(at)s."),
        _PUT_ON,
    ),
    "off_opted_out_some_time": Text(
        gettext_noop("Is not on the list “%(list)s” because they opted out of all email of the account."), _PUT_ON
    ),
    "off_deleted": Text(
        gettext_noop("Is not on the list “%(list)s” because the contact was deleted at Constant Contact on %(at)s."),
        gettext_noop("Exports don't bring deleted contacts back. Add the contact at Constant Contact if it should be."),
    ),
    "off_deleted_some_time": Text(
        gettext_noop("Is not on the list “%(list)s” because the contact was deleted at Constant Contact."),
        gettext_noop("Exports don't bring deleted contacts back. Add the contact at Constant Contact if it should be."),
    ),
    "off_left": Text(
        gettext_noop("Is not on the list “%(list)s” because they left it. That was seen on %(at)s."), _PUT_ON
    ),
    "off_removed": Text(
        gettext_noop("Is not on the list “%(list)s” because a run took them off on %(at)s."),
        gettext_noop("If they should be on it, have them in a segment of the export and run it."),
    ),
    "off_suppressed": Text(
        gettext_noop("Is not sent to the list “%(list)s” because the address is suppressed here since %(at)s."),
        gettext_noop("An administrator can remove the suppression, with a reason."),
    ),
    "off_refused": Text(
        gettext_noop(
            "Is not on the list “%(list)s” although they were sent: they were not there when the list was read back."
        ),
        gettext_noop("Look the address up at Constant Contact: most often it is invalid, or unsubscribed there."),
    ),
    "off_left_out": Text(
        gettext_noop(
            "Is not on the list “%(list)s” because the export “%(export)s” left them out (%(run)s): %(reason)s."
        ),
        _MEND,
    ),
    "off_left_out_unread": Text(
        gettext_noop(
            "Was not sent to the list “%(list)s”: the export “%(export)s” left them out (%(run)s): %(reason)s."
        ),
        _MEND,
    ),
    "off_not_yet": Text(
        gettext_noop(
            "Is not on the list “%(list)s” yet: they are in a segment of the export “%(export)s”, and no run sent them."
        ),
        _RUN,
    ),
    "off_not_yet_unread": Text(
        gettext_noop(
            "Was not sent to the list “%(list)s” yet: they are in a segment of the export “%(export)s”, and no run "
            "whose plan is kept sent them."
        ),
        _RUN,
    ),
    "off_not_member": Text(
        gettext_noop("Is not on the list “%(list)s” because they are in none of the segments that are sent there."),
        _RULES,
    ),
    "off_not_member_unread": Text(
        gettext_noop("Was not sent to the list “%(list)s”: they are in none of the segments that are sent there."),
        _RULES,
    ),
    "off_nobody": Text(
        gettext_noop("Is not on the list “%(list)s” because no profile of its sources has this address."), _ADD
    ),
    "off_nobody_unread": Text(
        gettext_noop("Was not sent to the list “%(list)s”: no profile of its sources has this address."), _NOT_READ
    ),
    "off_not_looked": Text(
        gettext_noop(
            "No run whose plan is kept sent them to the list “%(list)s”, and not every source could be looked at."
        ),
        gettext_noop("See below which; try again in a moment."),
    ),
    "no_time": Text(
        gettext_noop("Not looked at: the other sources took too long."),
        gettext_noop("Try again in a moment."),
    ),
}
