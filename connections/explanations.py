"""What to tell a person when a call to Constant Contact failed: what happened, and what to do next."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from constant_contact import (
    AuthorizationRevokedError,
    ConstantContactError,
    OutcomeUnknownError,
    QuotaExceededError,
    RejectedError,
    ThrottledError,
    UnavailableError,
)

NOT_CONFIGURED = _(
    "This installation has no API key for Constant Contact yet. Whoever runs it has to set "
    "CONSTANT_CONTACT_CLIENT_ID and CONSTANT_CONTACT_CLIENT_SECRET and restart it."
)

_UNAUTHORIZED = _(
    "Constant Contact refuses requests of this application at the moment, although the authorization works. Try again "
    "in a few minutes."
)
_SENTENCES: dict[type[ConstantContactError], Promise] = {
    UnavailableError: _("Constant Contact can't be reached at the moment. Try again in a few minutes."),
    OutcomeUnknownError: _("Constant Contact did not answer in time. Try again in a few minutes."),
    ThrottledError: _("Constant Contact is getting too many requests at the moment. Try again in a minute."),
    QuotaExceededError: _("Today's requests to Constant Contact are used up. Try again after 00:00 UTC."),
    AuthorizationRevokedError: _(
        "Constant Contact no longer accepts this connection. An administrator has to reconnect it."
    ),
    RejectedError: _(
        "Constant Contact refused the request. Check at Constant Contact that the user who connected still "
        "administers the account, then reconnect."
    ),
}


def explain(error: ConstantContactError) -> str:
    """Return the sentences for one of the client's errors."""
    if isinstance(error, UnavailableError) and error.unauthorized:
        return str(_UNAUTHORIZED)
    return next(str(sentence) for kind, sentence in _SENTENCES.items() if isinstance(error, kind))
