"""What becomes of a candidate profile: sent, or left out for one of these reasons."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Disposition(TextChoices):
    SEND = "send", _("To be sent")
    UNCHANGED = "unchanged", _("Unchanged since the last run")
    # Sent twice with the same values, both times in a batch that Constant Contact did not accept completely; it does
    # not say which profiles it left out. See docs/decisions/0010-whose-fate-is-unknown.md.
    UNCONFIRMED = "unconfirmed", _("Sent before, not confirmed")
    NO_EMAIL = "no_email", _("No email address")
    INVALID_EMAIL = "invalid_email", _("Invalid email address")
    INVISIBLE_IN_EMAIL = "invisible_in_email", _("Invisible character in the email address")
    DUPLICATE = "duplicate", _("Same email address as another profile")
    # Of an email address, or of a value that the export does not send people without; INVALID_VALUE only of the latter.
    TOO_LONG = "too_long", _("A value is longer than Constant Contact accepts")
    INVALID_VALUE = "invalid_value", _("A value is not in a format that Constant Contact accepts")
    # Kept off the list by what is known of people: `reason` says since when and from where (exports.plan.kept_out).
    OPTED_OUT = "opted_out", _("Opted out")
    DELETED = "deleted", _("Deleted at Constant Contact")
    LEFT_LIST = "left_list", _("Left this list")
    SUPPRESSED = "suppressed", _("Suppressed here")
    NO_CONSENT = "no_consent", _("No consent")
    # The profile has another address than the one last sent, and whoever had that one is kept off the list.
    ADDRESS_CHANGED = "address_changed", _("New address of somebody who opted out or left")
    # Sent twice with the same values, and not on the list when it was read back.
    NOT_ON_LIST = "not_on_list", _("Sent before, not on the list")
    # No candidates of this run: addresses on the list that this export added, of people who left its segments, and
    # former addresses of its people.
    LEAVER = "leaver", _("Left the segments")
    FORMER_ADDRESS = "former_address", _("Former email address")


# What the report says of somebody who is sent, but for a value that Constant Contact would refuse.
SENT_WITHOUT = _("Sent without this value, which Constant Contact does not accept")
# The reason of a profile that is sent once more with the same values, because it is not known whether they arrived.
SENT_AGAIN = "again"
# Left out although somebody chose them: what the left-out report lists and what makes a run "completed with errors".
LEFT_OUT = (
    Disposition.NO_EMAIL,
    Disposition.INVALID_EMAIL,
    Disposition.INVISIBLE_IN_EMAIL,
    Disposition.DUPLICATE,
    Disposition.TOO_LONG,
    Disposition.INVALID_VALUE,
    Disposition.OPTED_OUT,
    Disposition.DELETED,
    Disposition.LEFT_LIST,
    Disposition.SUPPRESSED,
    Disposition.NO_CONSENT,
    Disposition.ADDRESS_CHANGED,
)
# Kept off the list by what is known of them; of several the first counts. Nothing that anybody should mend.
KEPT_OUT = (
    Disposition.OPTED_OUT,
    Disposition.DELETED,
    Disposition.LEFT_LIST,
    Disposition.SUPPRESSED,
    Disposition.NO_CONSENT,
    Disposition.ADDRESS_CHANGED,
)
# Whose address is not on the list any more.
OFF_THE_LIST = (Disposition.OPTED_OUT, Disposition.DELETED, Disposition.LEFT_LIST)
# No candidates: addresses on the list that this export added and that no candidate has.
NO_CANDIDATES = (Disposition.LEAVER, Disposition.FORMER_ADDRESS)
# What the report of who is not sent lists. An unconfirmed profile is no fault of anybody's data.
REPORTED = (*LEFT_OUT, Disposition.UNCONFIRMED, Disposition.NOT_ON_LIST)
# Faults of the data that somebody can mend. A duplicate or an opt-out is no fault.
FAULTY = (
    Disposition.NO_EMAIL,
    Disposition.INVALID_EMAIL,
    Disposition.INVISIBLE_IN_EMAIL,
    Disposition.TOO_LONG,
    Disposition.INVALID_VALUE,
)
