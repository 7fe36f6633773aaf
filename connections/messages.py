"""What happened on the way to Constant Contact or stands in the way of using a connection, and what to do next."""

from django.utils.translation import gettext_noop as _

from constant_contact import (
    AuthorizationRevokedError,
    ConstantContactError,
    OutcomeUnknownError,
    QuotaExceededError,
    RejectedError,
    ThrottledError,
    UnavailableError,
)
from web.messages import Message, Text, register

_OPEN_AGAIN = _("Open the connection and authenticate again.")
_AUTHENTICATE_AGAIN = _("Authenticate again.")
_IN_MINUTES = _("Try again in a few minutes.")
_NEW_EXPORT_USER = _("An administrator has to add themselves as export user under Connections.")

register(
    {
        # Authorizing
        "authorization_foreign": Text(_("This response does not match a sign-in started here."), _OPEN_AGAIN),
        "authorization_other_person": Text(
            _("Somebody else began this at Constant Contact, so only they can finish it."), _OPEN_AGAIN
        ),
        "authorization_used": Text(
            _("This answer from Constant Contact was used already, or your session here has ended."),
            _("If the connection isn't shown as connected, authenticate again."),
        ),
        "authorization_signed_out": Text(
            _("Your session had ended, so the answer from Constant Contact could not be used."),
            _("Sign in and authenticate again."),
        ),
        "authorization_expired": Text(
            _("Signing in at Constant Contact took longer than 10 minutes."), _AUTHENTICATE_AGAIN
        ),
        "connection_gone": Text(_("The connection has been removed in the meantime."), _("Add it again.")),
        "authorization_denied": Text(
            _("Access was denied at Constant Contact, so nothing was connected."),
            _("Authenticate again and choose Allow."),
        ),
        "authorization_not_granted": Text(
            _("Constant Contact did not let this application ask for access."),
            _(
                "Ask the person who runs this installation to check its API key in the developer portal: it needs the "
                "redirect URI %(url)s and the scopes %(scopes)s."
            ),
        ),
        "authorization_code_used": Text(
            _("The code that Constant Contact sent has expired or was used already."), _AUTHENTICATE_AGAIN
        ),
        "api_key_refused": Text(
            _("Constant Contact does not accept the API key of this installation."),
            _(
                "Ask the person who runs this installation to check CONSTANT_CONTACT_CLIENT_ID and "
                "CONSTANT_CONTACT_CLIENT_SECRET."
            ),
        ),
        "api_key_missing": Text(
            _("This installation has no API key for Constant Contact yet."),
            _(
                "Ask the person who runs this installation to set CONSTANT_CONTACT_CLIENT_ID and "
                "CONSTANT_CONTACT_CLIENT_SECRET to those of an API key with the redirect URI %(url)s and to restart it."
            ),
        ),
        "refresh_token_missing": Text(
            _("Constant Contact granted access for one day only, so scheduled exports would fail."),
            _(
                "Ask the person who runs this installation to enable refresh tokens (offline_access) for its API key; "
                "then authenticate again."
            ),
        ),
        "rights_missing": Text(
            _("The Constant Contact user you signed in with lacks rights that exports need: %(rights)s."),
            _("Sign in with an administrator of that account, or have these rights added, and authenticate again."),
        ),
        # An answer that a person waits for
        "call_unavailable": Text(_("Constant Contact can't be reached at the moment."), _IN_MINUTES),
        "call_unauthorized": Text(
            _("Constant Contact refuses requests of this application at the moment, although the authorization works."),
            _IN_MINUTES,
        ),
        "call_not_answered": Text(_("Constant Contact did not answer in time."), _IN_MINUTES),
        "call_throttled": Text(
            _("Constant Contact is getting too many requests at the moment."), _("Try again in a minute.")
        ),
        "call_over_quota": Text(
            _("Today's requests to Constant Contact are used up."), _("Try again after 00:00 UTC.")
        ),
        "call_revoked": Text(
            _("Constant Contact no longer accepts this connection."), _("An administrator has to reconnect it.")
        ),
        "call_rejected": Text(
            _("Constant Contact refused the request."),
            _("Check at Constant Contact that the user who connected still administers the account, then reconnect."),
        ),
        # Why a connection must not be used unattended
        "export_user_missing": Text(_("The connection “%(connection)s” has no export user."), _NEW_EXPORT_USER),
        "export_user_inactive": Text(
            _("The export user of the connection “%(connection)s” is no longer active."), _NEW_EXPORT_USER
        ),
        "export_user_not_allowed": Text(
            _("The export user of the connection “%(connection)s” may no longer use it."), _NEW_EXPORT_USER
        ),
    }
)

_CODES: dict[type[ConstantContactError], str] = {
    UnavailableError: "call_unavailable",
    OutcomeUnknownError: "call_not_answered",
    ThrottledError: "call_throttled",
    QuotaExceededError: "call_over_quota",
    AuthorizationRevokedError: "call_revoked",
    RejectedError: "call_rejected",
}


def explain(error: ConstantContactError) -> Message:
    """Return the message for one of the client's errors."""
    if isinstance(error, UnavailableError) and error.unauthorized:
        return Message("call_unauthorized")
    return Message(next(code for kind, code in _CODES.items() if isinstance(error, kind)))
