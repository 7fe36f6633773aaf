"""What became of one person in a run, and what somebody can do about it."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_noop

from web.messages import Text

_UNCONFIRMED = gettext_noop("Not sent again: these values were sent twice, and it is not known whether they arrived.")
_IMPORTED = gettext_noop("Sent with batch %(batch)s and imported.")
_TOO_LONG = gettext_noop("Left out: the value for “%(field)s” is longer than Constant Contact accepts.")
_SENT_ONCE_MORE = gettext_noop("Run the export again: this profile is sent once more.")
_SENT_THEN = gettext_noop("Run the export again: this profile is sent then.")

PEOPLE: Mapping[str, Text] = {
    # Not sent: by Disposition
    "unchanged": Text(
        gettext_noop("Nothing changed since the last run, so this profile was not sent again."),
        gettext_noop("Constant Contact has these values already."),
    ),
    "no_email": Text(
        gettext_noop("Left out: the profile has no email address."),
        gettext_noop("Add the address in the source of the profiles."),
    ),
    "invalid_email": Text(
        gettext_noop("Left out: Constant Contact does not accept this email address."),
        gettext_noop("Correct the address in the source of the profiles."),
    ),
    "invisible_in_email": Text(
        gettext_noop("Left out: there is an invisible character in this email address, so it only looks right."),
        gettext_noop("Type the address again in the source of the profiles."),
    ),
    "unconfirmed": Text(
        _UNCONFIRMED,
        gettext_noop(
            "Look the address up at Constant Contact. It is sent again when one of its values changes, or with "
            "“Send everyone again”."
        ),
    ),
    "unconfirmed_in_batch": Text(
        _UNCONFIRMED,
        gettext_noop(
            "Constant Contact did not accept %(lost)s of the %(rows)s profiles of the batch it was in (%(run)s) and "
            "does not say which. Look the address up at Constant Contact. It is sent again when one of its values "
            "changes, or with “Send everyone again”."
        ),
    ),
    "duplicate": Text(
        gettext_noop("Left out: another profile has the same email address and was kept."),
        gettext_noop("Only one contact can have this address; merge the two profiles in their source."),
    ),
    "duplicate_older": Text(
        gettext_noop(
            "Left out: another profile has the same email address and was kept, because it was updated more recently "
            "or, of those updated at once, has the lowest key."
        ),
        gettext_noop("Only one contact can have this address; merge the two profiles in their source."),
    ),
    "too_long": Text(
        _TOO_LONG,
        gettext_noop("Shorten it in the source of the profiles."),
    ),
    "too_long_and_strict": Text(
        _TOO_LONG,
        gettext_noop("Shorten it in the source of the profiles, or have the export leave out the value only."),
    ),
    "invalid_value": Text(
        gettext_noop("Left out: Constant Contact does not accept the value for “%(field)s”."),
        gettext_noop("Correct it in the source of the profiles, or have the export leave out the value only."),
    ),
    # By exports.people.suppressions.said_of: who said so, when and why, as far as the row still tells.
    "suppressed": Text(
        gettext_noop("Left out: suppressed here."),
        gettext_noop("An administrator can remove the suppression, with a reason, under Data › Suppressions."),
    ),
    "suppressed_by": Text(
        gettext_noop("Left out: suppressed here by %(who)s on %(at)s, because: %(why)s"),
        gettext_noop("An administrator can remove the suppression, with a reason, under Data › Suppressions."),
    ),
    "suppressed_by_domain": Text(
        gettext_noop("Left out: the domain %(domain)s is suppressed here by %(who)s on %(at)s, because: %(why)s"),
        gettext_noop("An administrator can remove the suppression, with a reason, under Data › Suppressions."),
    ),
    "suppression_removed": Text(
        gettext_noop("Left out: they were suppressed here. That was removed meanwhile."),
        gettext_noop("Run the export again: this profile is sent then, unless something else keeps them out."),
    ),
    "no_consent": Text(
        gettext_noop("Left out: the attribute for consent is not true for this profile."),
        gettext_noop(
            "Only people who agreed are sent. If they did, correct the attribute in the source. Whoever is on the list "
            "already stays there."
        ),
    ),
    "leaver": Text(gettext_noop("This person left the segments.")),
    # To be sent: by Batch.State, or without a batch yet
    "send": Text(gettext_noop("To be sent")),
    "pending": Text(gettext_noop("To be sent with batch %(batch)s.")),
    "sending": Text(gettext_noop("Being sent with batch %(batch)s.")),
    "sent": Text(gettext_noop("Sent with batch %(batch)s, which Constant Contact is importing.")),
    "completed": Text(_IMPORTED),
    "completed_in_part": Text(
        _IMPORTED,
        gettext_noop(
            "Constant Contact did not accept %(lost)s of the %(rows)s profiles of this batch and does not say which. "
            "The next run sends this profile once more."
        ),
    ),
    "completed_in_part_again": Text(
        _IMPORTED,
        gettext_noop(
            "Constant Contact did not accept %(lost)s of the %(rows)s profiles of this batch and does not say which. "
            "Look the address up at Constant Contact. It is sent again when one of its values changes, or with "
            "“Send everyone again”."
        ),
    ),
    "refused": Text(gettext_noop("Sent with batch %(batch)s, which Constant Contact did not import."), _SENT_ONCE_MORE),
    "cancelled": Text(gettext_noop("Not sent, because the run was stopped before batch %(batch)s."), _SENT_THEN),
    "cancelled_by_failure": Text(gettext_noop("Not sent, because the run failed before batch %(batch)s."), _SENT_THEN),
    "unknown": Text(gettext_noop("Sent with batch %(batch)s, whose outcome is not known."), _SENT_ONCE_MORE),
    # Of whoever is sent
    "withheld": Text(
        "",
        gettext_noop(
            "Sent without values that Constant Contact does not accept: %(fields)s. Correct them in the source."
        ),
    ),
    "emptied": Text("", gettext_noop("Empty now, so Constant Contact keeps the old value: %(fields)s.")),
}
