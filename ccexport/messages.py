"""What the installation says about itself and its people: alerts, the audit trail, roles, single sign-on."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from web.messages import Text, ngettext_noop, register

_RESTART = _("Restart the workers; no work is lost.")
_LATE = _("It was planned for %(planned)s and started at %(started)s, so make sure that a worker is always running.")
_WORKS_AGAIN = Text(_("The export “%(name)s” works again."))
_OTHER_ADMINISTRATOR = _("Give somebody else the role Administrator first.")
_TRY_AGAIN = _("Try again.")
_UNTRUSTED = _("Try again. If this keeps happening, see the server log.")

# By the kind of an incident; what it says once it is over ends in ".over".
ALERTS = {
    "run_failed": Text(_("The export “%(name)s” failed.")),
    "run_failed.over": _WORKS_AGAIN,
    "run_skipped": Text(_("The export “%(name)s” was skipped.")),
    "run_skipped.over": _WORKS_AGAIN,
    "needs_decision": Text(
        _("The export “%(name)s” needs a decision."),
        _("Nothing is sent until an administrator or the owner of the export sends its plan or discards it."),
    ),
    "needs_decision.over": Text(_("The export “%(name)s” needs no decision any more.")),
    "reconnect": Text(
        _("The connection “%(name)s” needs reconnecting."),
        _("Constant Contact no longer accepts its authorization. Exports on it fail until you reconnect."),
    ),
    "reconnect.over": Text(_("The connection “%(name)s” works again.")),
    "expires": Text(
        **ngettext_noop(
            "The authorization of the connection “%(name)s” expires in %(days)s day.",
            "The authorization of the connection “%(name)s” expires in %(days)s days.",
        ),
        next_step=_("It has not been used for a long time. Run an export on it or reconnect it to keep it active."),
        count="days",
    ),
    "expires.over": Text(_("The authorization of the connection “%(name)s” no longer expires soon.")),
    "refused": Text(_("Constant Contact did not accept many profiles of the export “%(name)s”.")),
    "refused.why": Text(
        **ngettext_noop(
            "%(refused)s of %(sent)s was not accepted. The page of the run says why.",
            "%(refused)s of %(sent)s were not accepted. The page of the run says why.",
        ),
        count="refused",
    ),
    "refused.over": Text(_("Constant Contact accepts the profiles of the export “%(name)s” again.")),
    "late": Text(_("The export “%(name)s” started late."), _LATE),
    "late.over": Text(_("The export “%(name)s” is on time again.")),
    "refresh_late": Text(_("The system refresh started late."), _LATE),
    "refresh_late.over": Text(_("The system refresh is on time again.")),
    "no_worker": Text(
        _("No worker is running."),
        _("Runs, imports and alerts wait in the queue until one is started: python manage.py qcluster"),
    ),
    "no_worker.over": Text(_("A worker is running again.")),
    "stalled": Text(_("The task queue is stuck."), _RESTART),
    "stalled.over": Text(_("The task queue is working again.")),
    "host_silent": Text(
        _("Since %(since)s the worker host “%(name)s” has been silent."),
        _(
            "Other hosts at work: %(others)s. Nothing is lost, but there is less to work with. Start its workers "
            "again, or retire the host on the Status page if it is gone for good."
        ),
    ),
    "host_silent.over": Text(_("The worker host “%(name)s” gives signs of life again.")),
    "over": Text(_("The problem began at %(since)s, was over at %(at)s and needs no action.")),
    "test": Text(_("Test message"), _("This is a test from %(name)s. No action needed.")),
}

EVENT_TEXTS = {
    "ran": _("%(who)s ran the export “%(name)s” (run %(run)s)."),
    "ran_by_itself": _("The export “%(name)s” ran by itself (run %(run)s)."),
    "previewed": _("%(who)s previewed the export “%(name)s” (run %(run)s)."),
    "sent_plan": _("%(who)s sent the previewed plan of the export “%(name)s” (run %(run)s)."),
    "decided_to_send": _("%(who)s decided to send the plan of run %(run)s of the export “%(name)s” despite a brake."),
    "discarded_plan": _("%(who)s discarded the plan of run %(run)s of the export “%(name)s”."),
    "downloaded_removed": _(
        "%(who)s downloaded whom run %(run)s of the export “%(name)s” took off the list or put back."
    ),
    "undid": _("%(who)s undid run %(undone)s of the export “%(name)s” (run %(run)s)."),
    "cancelled": _("%(who)s cancelled run %(run)s of the export “%(name)s”."),
    "downloaded_left_out": _("%(who)s downloaded the left-out profiles of run %(run)s of the export “%(name)s”."),
    "saw_people": _("%(who)s looked at the people of run %(run)s of the export “%(name)s”."),
    "downloaded_people": _("%(who)s downloaded the people of run %(run)s of the export “%(name)s”."),
    "sent_to_me": _("%(who)s sent one contact to themselves with the export “%(name)s” (run %(run)s)."),
    "asked_why": _("%(who)s asked why a person is, or is not, on the list of the export “%(name)s”."),
    "looked_up_person": _("%(who)s looked up a person in run %(run)s of the export “%(name)s”."),
    "suppressed": _("%(who)s suppressed an address or a domain (number %(name)s)."),
    "suppression_removed": _("%(who)s removed the suppression number %(name)s."),
    "suppressions_uploaded": _("%(who)s suppressed %(count)s addresses of the file “%(name)s”."),
    "suppressions_removed": _("%(who)s removed %(count)s suppressions of the file “%(name)s”."),
    "downloaded_suppressions": _("%(who)s downloaded the suppressions."),
    "saw_members": _("%(who)s looked at the members of the segment “%(name)s”."),
    "downloaded_members": _("%(who)s downloaded the members of the segment “%(name)s”."),
    "saw_sample": _("%(who)s looked at some profiles of the profile source “%(name)s”."),
    "words_are_empty": _(
        "%(who)s chose that words for “nothing” count as empty in “%(attribute)s” of the profile source “%(name)s”."
    ),
    "words_are_values": _(
        "%(who)s chose that words for “nothing” are values in “%(attribute)s” of the profile source “%(name)s”."
    ),
    "database_secret": _("%(who)s entered the password or key of the profile source “%(name)s”."),
    "set_up": _("%(who)s finished setting up the connection “%(name)s”."),
    "authenticated": _("%(who)s connected “%(name)s” to the Constant Contact account of %(organization)s."),
    "needs_reconnecting": _("Constant Contact no longer accepts the authorization of “%(name)s”."),
    "downloaded_consents": _("%(who)s downloaded the agreements to the transfer through the connection “%(name)s”."),
    "downloaded_all_consents": _("%(who)s downloaded the agreements to the transfer through all connections."),
    "tested": _("%(who)s tested the connection “%(name)s”."),
    "export_user": _("%(who)s became the export user of the connection “%(name)s”."),
    "role": _("%(who)s changed the role of “%(name)s” from “%(old)s” to “%(new)s”."),
    "password": _("%(who)s set a new password for “%(name)s”."),
    "person_removed": _("%(who)s removed “%(name)s”: they can no longer sign in."),
    "signed_in": _("%(who)s signed in."),
    "signed_in_at": _("%(who)s signed in through %(provider)s."),
    "signed_out": _("%(who)s signed out."),
    "came_in": _("%(who)s signed in for the first time via %(provider)s."),
    "linked": _("The account of “%(name)s” was linked to the one at %(provider)s."),
    "erasure_asked": _("%(who)s asked for a person to be erased: %(name)s."),
    "erasure_at_account": _("%(who)s asked for the contact to be deleted at “%(connection)s” as well: %(name)s."),
    "erasure_done": _("A person was erased: %(name)s."),
    "erasure_failed": _("A person was not completely erased: %(name)s."),
    "erasure_receipt": _("%(who)s opened the receipt of an erasure: %(name)s."),
    "worker_host_retired": _("%(who)s retired the worker host “%(name)s”."),
    "alerts_tested": _("%(who)s sent a test message to all channels of the alerts."),
}
# What rows tell of themselves when they are saved or deleted.
CHANGE_TEXTS = {
    "row_added": _("%(who)s added the %(kind)s “%(name)s”."),
    "row_removed": _("%(who)s removed the %(kind)s “%(name)s”."),
    "row_changed": _("%(who)s changed “%(field)s” of the %(kind)s “%(name)s” from “%(old)s” to “%(new)s”."),
    "objects_added": _("%(who)s added %(objects)s to “%(field)s” of the %(kind)s “%(name)s”."),
    "objects_removed": _("%(who)s removed %(objects)s from “%(field)s” of the %(kind)s “%(name)s”."),
    "consent_given": _(
        "%(who)s agreed to the data privacy and compliance text, version %(version)s, "
        "for the connection “%(connection)s”."
    ),
    "file_imported": _("%(who)s imported the file “%(file)s” into the profile source “%(source)s”."),
}

SIGN_IN = {
    "no_role": Text(
        _("Your account at %(provider)s has no role in this application."),
        _("Ask whoever manages your groups there to add you to one that may use it, then sign in again."),
    ),
    "removed": Text(
        _("You were removed from this application, so you can't sign in."),
        _("Ask an administrator to let you in again."),
    ),
    "unproved": Text(
        _("Somebody here has your email address already, and %(provider)s does not say that it is really yours."),
        _("Have it verified there, or ask an administrator to remove the address here."),
    ),
    "taken": Text(
        _(
            "Your email address belongs here to somebody who signs in with another account of %(provider)s, "
            "or to several people."
        ),
        _("Ask an administrator to remove it from them under Permissions, then sign in again."),
    ),
    "linked": Text(_("Your account is now linked to %(provider)s.")),
    "stays_administrator": Text(
        _("%(provider)s assigns you another role, but you remain Administrator because you are the only active one."),
        _OTHER_ADMINISTRATOR,
    ),
    "cancelled": Text(_("Signing in at %(provider)s was cancelled."), _("Try again, or sign in with a password.")),
    "unreachable": Text(_("%(provider)s can't be reached at the moment."), _("Try again in a minute.")),
    "expired": Text(_("Signing in took too long, or was started in another window."), _TRY_AGAIN),
    "untrusted": Text(_("The answer from %(provider)s can't be trusted, so nobody was signed in."), _UNTRUSTED),
    "confirm.cancelled": Text(_("Signing in at %(provider)s was cancelled, so nothing is confirmed."), _TRY_AGAIN),
    "confirm.untrusted": Text(_("The answer from %(provider)s can't be trusted, so nothing is confirmed."), _UNTRUSTED),
    "confirm.done": Text(_("%(provider)s has confirmed that it is you.")),
    "confirm.not_fresh": Text(
        _("%(provider)s did not ask you to sign in again, so this confirms nothing."), _("Sign out there first.")
    ),
    "confirm.somebody_else": Text(
        _("You signed in at %(provider)s as somebody else."), _("Sign in there as yourself to confirm.")
    ),
}

register({f"alert.{code}": text for code, text in ALERTS.items()})
register({f"audit.{code}": Text(text) for code, text in (EVENT_TEXTS | CHANGE_TEXTS).items()})
register({f"sign_in.{code}": text for code, text in SIGN_IN.items()})
register({"last_administrator": Text(_("This is the only active administrator."), _OTHER_ADMINISTRATOR)})
