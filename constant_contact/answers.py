"""Reads answers: which of the six errors a refused, unreadable or missing answer is.

Bodies of errors come in every shape: an array of {error_key, error_message} from the resources, a bare object of
the same from the gateway, {"message": …} from the gateway in front of it, {error, error_description} from the
token endpoint, a page of HTML from whatever stands between, or nothing.
"""

import json
import ssl
from collections.abc import Callable
from functools import partial
from typing import Any

import requests
from urllib3 import exceptions as urllib3_errors

from .errors import (
    AuthorizationRevokedError,
    ConstantContactError,
    OutcomeUnknownError,
    QuotaExceededError,
    RejectedError,
    ThrottledError,
    UnavailableError,
)

_KEYS = ("error_key", "error", "errorCode")
_MESSAGES = ("error_message", "error_description", "errorSummary", "message")
# Raised by requests before a byte of the request has left: nothing can have been carried out.
_BEFORE_SENDING = (urllib3_errors.NewConnectionError, urllib3_errors.ConnectTimeoutError, urllib3_errors.ProxyError)


class UnreadableError(Exception):
    """The body is not what the API promises."""


def json_of(response: requests.Response) -> Any:
    """Return the parsed body. Raises UnreadableError when it is not JSON."""
    try:
        return json.loads(response.content)
    except (ValueError, RecursionError) as error:
        raise UnreadableError from error


def error_from(
    response: requests.Response, *, repeatable: bool, from_token_endpoint: bool = False
) -> ConstantContactError:
    """Return the error that an answer other than 2xx is.

    `repeatable`: the request changes nothing, so its outcome is never in doubt.
    `from_token_endpoint`: there a 401 refuses the application, and `invalid_grant` ends the authorization. From the API
    itself neither says so: it only refuses the token it was sent.
    """
    key, detail = _key_and_detail(response)
    kind = _kind(response, key, detail, repeatable=repeatable, from_token_endpoint=from_token_endpoint)
    return kind(detail, status=response.status_code, error_key=key, request_id=_request_id(response))


def unreadable(response: requests.Response, *, repeatable: bool) -> ConstantContactError:
    """Return the error that a success with a senseless body is: it may well have been carried out."""
    kind = UnavailableError if repeatable else OutcomeUnknownError
    return kind("The answer cannot be read.", status=response.status_code, request_id=_request_id(response))


def no_answer(error: requests.RequestException, *, repeatable: bool) -> ConstantContactError:
    """Return the error that a missing answer is."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    never_sent = isinstance(reason, _BEFORE_SENDING)
    if isinstance(reason, urllib3_errors.SSLError):
        # Any other TLS error may strike while the answer is read.
        never_sent = bool(reason.args) and isinstance(reason.args[0], ssl.SSLCertVerificationError)
    kind = UnavailableError if repeatable or never_sent else OutcomeUnknownError
    return kind(f"No answer: {type(error).__name__}.")


def succeeded(response: requests.Response) -> bool:
    """A redirect is no success: none is followed."""
    return 200 <= response.status_code < 300


def is_html(response: requests.Response) -> bool:
    return "html" in response.headers.get("Content-Type", "").lower()


def _kind(
    response: requests.Response, key: str, detail: str, *, repeatable: bool, from_token_endpoint: bool
) -> Callable[..., ConstantContactError]:
    status = response.status_code
    if from_token_endpoint and key == "invalid_grant":
        return AuthorizationRevokedError
    if status == 401:
        return RejectedError if from_token_endpoint else UnavailableError
    if status == 429:  # three limits share it (API guide, rate limits)
        message = detail.lower()
        if key == "quota_exceeded" or message == "limit exceeded":
            return QuotaExceededError
        # The wording of the third is known from the specification alone: "… 1,000 queued activities …".
        return partial(ThrottledError, queue_full="queued" in message)
    if status in {500, 502, 504} and not repeatable:
        return OutcomeUnknownError
    # A 4xx of HTML, a redirect or a 408 comes from something in between, not from the API; 503 means not accepted.
    looks_like_html = is_html(response) or response.content.lstrip().startswith(b"<")
    if 400 <= status < 500 and status != 408 and not looks_like_html:
        return RejectedError
    return UnavailableError


def _key_and_detail(response: requests.Response) -> tuple[str, str]:
    """Return the key and the message of an error body of any shape; empty strings where there are none."""
    try:
        body = json_of(response)
    except UnreadableError:
        return "", ""
    entries = body if isinstance(body, list) else [body]
    keys = [_first(entry, _KEYS) for entry in entries]
    messages = [entry if isinstance(entry, str) else _first(entry, _MESSAGES) for entry in entries]
    return next(filter(None, keys), ""), ", ".join(filter(None, messages))


def _first(entry: object, names: tuple[str, ...]) -> str:
    if not isinstance(entry, dict):
        return ""
    values = (entry.get(name) for name in names)
    return next((value for value in values if isinstance(value, str)), "")


def _request_id(response: requests.Response) -> str:
    return response.headers.get("x-amzn-RequestId", "")
