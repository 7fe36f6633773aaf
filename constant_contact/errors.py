"""The six ways in which a request to Constant Contact can go wrong.

Whoever catches one decides by its class alone what to do next: look first, wait, wait until midnight, give up,
or ask a person to reconnect. Sentences for users are kept where users are; here are only facts that are safe to
log: no e-mail addresses, no tokens.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import ClassVar, TypedDict, Unpack

_EMAIL = re.compile(r"[^\s@<>()\[\],;:\"]+(?:@|%40)[^\s@<>()\[\]{},;:\"'=&?/]+")
# A JWT, or any unbroken run longer than a UUID (36 characters): the refresh tokens have 43.
_SECRET = re.compile(r"\beyJ[\w-]+(?:\.[\w-]+)*|\b[\w-]{40,}")
_READ = 2_000
_KEPT = 300


def safe_text(text: str) -> str:
    """Return one short line of `text` that may be logged: e-mail addresses and tokens are taken out."""
    line = " ".join(text[:_READ].split())
    return _SECRET.sub("[secret]", _EMAIL.sub("[e-mail]", line))[:_KEPT]


class Facts(TypedDict, total=False):
    """What every error may know; see ConstantContactError."""

    status: int | None
    error_key: str
    request_id: str


class ConstantContactError(Exception):
    """What Constant Contact answered, or that it did not.

    `permanent`: the same request can never succeed by waiting.
    `status`: the HTTP status, None when there was no answer.
    `error_key`, `detail`: the vendor's own, made safe for a log; often empty.
    `request_id`: what the vendor's support asks for (header x-amzn-RequestId).
    """

    permanent: ClassVar[bool] = False

    def __init__(self, detail: str = "", **facts: Unpack[Facts]) -> None:
        self.detail = safe_text(detail)
        self.status = facts.get("status")
        self.error_key = safe_text(facts.get("error_key", ""))
        self.request_id = safe_text(facts.get("request_id", ""))
        super().__init__(self.detail)

    def __str__(self) -> str:
        summary = " ".join(part for part in (str(self.status or ""), self.error_key) if part)
        line = ": ".join(part for part in (type(self).__name__, summary, self.detail) if part)
        return f"{line} (request {self.request_id})" if self.request_id else line


class OutcomeUnknownError(ConstantContactError):
    """The request went out, and no readable answer came back: it may or may not have been carried out.

    There is no idempotency key, and a repeated bulk request queues a second job. So look for the effect
    first (an activity, a list of that name), then decide whether to ask again. Raised for a read timeout, a
    connection dropped after sending, a 500, 502 or 504 (the gateway gave up, the job may be queued all the
    same), and a success without a readable body. Never raised for a GET: repeating one harms nobody.
    """


class UnavailableError(ConstantContactError):
    """Constant Contact could not be reached or could not answer; nothing was carried out. Try again later."""

    @property
    def unauthorized(self) -> bool:
        """It refuses one token after the other, although its token endpoint goes on giving new ones."""
        return self.status == 401


class ThrottledError(ConstantContactError):
    """Too many requests at this moment; this one was not carried out.

    `queue_full`: not the pace is the trouble but 1,000 unfinished activities in the account, which takes
    minutes to ease, not a second.
    """

    def __init__(self, detail: str = "", *, queue_full: bool = False, **facts: Unpack[Facts]) -> None:
        super().__init__(detail, **facts)
        self.queue_full = queue_full


class QuotaExceededError(ConstantContactError):
    """The API key's requests of this day are used up; `resets_at` is the next 00:00 UTC. Asking sooner is in vain.

    `by_vendor`: Constant Contact said so itself. Else whoever paces the requests asked for none.
    """

    def __init__(self, detail: str = "", *, resets_at: datetime | None = None, **facts: Unpack[Facts]) -> None:
        super().__init__(detail, **facts)
        tomorrow = datetime.now(UTC).date() + timedelta(days=1)
        self.resets_at = resets_at or datetime.combine(tomorrow, datetime.min.time(), UTC)

    @property
    def by_vendor(self) -> bool:
        return self.status is not None


class RejectedError(ConstantContactError):
    """Constant Contact understood the request and refuses it: asking the same again gives the same answer."""

    permanent = True

    @property
    def not_found(self) -> bool:
        """The thing does not exist (any more) in this account; a malformed id counts as not found."""
        return self.status == 404

    @property
    def conflict(self) -> bool:
        """Something of that name or address exists already."""
        return self.status == 409

    @property
    def forbidden(self) -> bool:
        """A privilege of the user or a scope of the token is missing, or the application was deactivated."""
        return self.status == 403


class AuthorizationRevokedError(ConstantContactError):
    """The authorization is gone for good: only a person can repair it, by connecting again.

    Raised for `invalid_grant` at the token endpoint and for nothing else: see UnavailableError.unauthorized.
    """

    permanent = True
