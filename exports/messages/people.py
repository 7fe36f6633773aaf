"""What became of one person in a run, and what somebody can do about it."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_noop

from web.messages import Text

_UNCONFIRMED = gettext_noop("Not sent again: these values were sent twice, and it is not known whether they arrived.")
_IMPORTED = gettext_noop("Sent with batch %(batch)s and imported.")
_TOO_LONG = gettext_noop("Left out: the value for “%(field)s” is longer than Constant Contact accepts.")
_SENT_ONCE_MORE = gettext_noop("Run the export again: this profile is sent once more.")
_RESUBSCRIBE = gettext_noop(
    "Only they themselves can subscribe again at Constant Contact. They are sent again once they did."
)
_ADD_THERE = gettext_noop("They are sent again once the contact exists at Constant Contact again.")
_NEW_ADDRESS = gettext_noop("Not sent: this profile has a new address, and its former one is kept off the list.")
_SIGN_UP = gettext_noop("If they want to be on the list with the new address, they can sign up with it themselves.")
_NOT_UNSUBSCRIBED = gettext_noop("Removing from a list is not unsubscribing: they stay a contact of the account.")
_SENT_THEN = gettext_noop("Run the export again: this profile is sent then.")
_SUPPRESSION = gettext_noop("An administrator can remove the suppression, with a reason, under Data › Suppressions.")

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
    # Not sent, because they are kept off the list: with and without a day, and by whom
    "opted_out": Text(
        gettext_noop("Not sent: this person unsubscribed at Constant Contact on %(since)s."), _RESUBSCRIBE
    ),
    "opted_out_undated": Text(gettext_noop("Not sent: this person unsubscribed at Constant Contact."), _RESUBSCRIBE),
    "opted_out_by_account": Text(
        gettext_noop(
            "Not sent: on %(since)s, this person was unsubscribed by somebody of the Constant Contact account."
        ),
        _RESUBSCRIBE,
    ),
    "deleted": Text(gettext_noop("Not sent: this contact was deleted at Constant Contact on %(since)s."), _ADD_THERE),
    "deleted_undated": Text(gettext_noop("Not sent: this contact was deleted at Constant Contact."), _ADD_THERE),
    "left_list": Text(
        gettext_noop(
            "Not sent: this person was on the list and no longer is, as it was read back on %(since)s. This "
            "application did not take them off."
        ),
        gettext_noop("They are not put back. They are sent again once they are back on the list by their own doing."),
    ),
    # Who said so, when and why, as far as it is still known: exports.people.suppressions.said_of
    "suppressed": Text(gettext_noop("Not sent: this address is suppressed here."), _SUPPRESSION),
    "suppressed_by": Text(
        gettext_noop("Not sent: suppressed here by %(who)s on %(at)s. Reason: %(why)s"), _SUPPRESSION
    ),
    "suppressed_by_domain": Text(
        gettext_noop("Not sent: the domain %(domain)s is suppressed here by %(who)s on %(at)s. Reason: %(why)s"),
        _SUPPRESSION,
    ),
    "suppression_removed": Text(
        gettext_noop("Not sent: this address was suppressed here. That was removed meanwhile."),
        gettext_noop("Run the export again: this profile is sent then, unless something else keeps them out."),
    ),
    "no_consent": Text(
        gettext_noop("Not sent: the profile does not say that this person agreed."),
        gettext_noop("They are sent once the consent attribute of the profile is true."),
    ),
    "address_changed": Text(_NEW_ADDRESS, _SIGN_UP),
    "address_changed_opted_out": Text(
        gettext_noop("Not sent: with the former address of this profile, %(address)s, the person unsubscribed."),
        _SIGN_UP,
    ),
    "address_changed_deleted": Text(
        gettext_noop(
            "Not sent: the contact with the former address of this profile, %(address)s, was deleted at Constant "
            "Contact."
        ),
        _SIGN_UP,
    ),
    "address_changed_left_list": Text(
        gettext_noop("Not sent: with the former address of this profile, %(address)s, the person left this list."),
        _SIGN_UP,
    ),
    "address_changed_suppressed": Text(
        gettext_noop("Not sent: the former address of this profile, %(address)s, is suppressed here."),
        gettext_noop("Remove that suppression if this person is to be sent with the new address."),
    ),
    "not_on_list": Text(
        gettext_noop(
            "Not sent again: these values were sent twice, and the address was not on the list when it was read back."
        ),
        gettext_noop(
            "Most likely Constant Contact does not accept the address. Look it up there. It is sent again when one of "
            "its values changes, or with “Send everyone again”."
        ),
    ),
    # On the list, and no candidates: what is to become of them
    "leaver_keep": Text(
        gettext_noop("This person is no longer in the segments of the export and stays on the list."),
        gettext_noop("The export says whether people who leave its segments are removed from the list."),
    ),
    "leaver_remove": Text(
        gettext_noop("This person is no longer in the segments of the export and is to be removed from the list."),
        _NOT_UNSUBSCRIBED,
    ),
    "former_address_keep": Text(
        gettext_noop("The former address of a profile whose address is %(address)s now; it stays on the list.")
    ),
    "former_address_show": Text(
        gettext_noop("The former address of a profile whose address is %(address)s now; it stays on the list."),
        gettext_noop("The export only shows former addresses. Remove it at Constant Contact if it should not stay."),
    ),
    "former_address_remove": Text(
        gettext_noop(
            "The former address of a profile whose address is %(address)s now; it is to be removed from the list."
        ),
        _NOT_UNSUBSCRIBED,
    ),
    "former_address_unreplaced": Text(
        gettext_noop("The former address of a profile that has no address now; it stays on the list."),
        gettext_noop("Add the address in the source of the profiles."),
    ),
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
            "The next run reads the list back, and sends this profile once more if it is not there."
        ),
    ),
    "completed_in_part_again": Text(
        _IMPORTED,
        gettext_noop(
            "Constant Contact did not accept %(lost)s of the %(rows)s profiles of this batch and does not say which. "
            "The next run reads the list back and says whether this profile is there. It is sent again when one of its "
            "values changes, or with “Send everyone again”."
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
