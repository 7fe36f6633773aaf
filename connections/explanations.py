"""Which message explains a call to Constant Contact that failed while a person waited for its answer."""

from constant_contact import (
    AuthorizationRevokedError,
    ConstantContactError,
    OutcomeUnknownError,
    QuotaExceededError,
    RejectedError,
    ThrottledError,
    UnavailableError,
)
from web.messages import Message

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
