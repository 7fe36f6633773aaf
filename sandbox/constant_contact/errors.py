"""Error answers in the two shapes the API has: arrays from its resources, bare objects from its gateway."""

from typing import Any


class ApiError(Exception):
    """Ends the request with this answer."""

    def __init__(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.body = body
        self.headers = headers or {}


def entry(key: str, message: str) -> dict[str, str]:
    return {"error_key": key, "error_message": message}


def validation(*messages: str, status: int = 400) -> ApiError:
    """One entry whose message joins everything that is wrong."""
    return ApiError(status, [entry("contacts.api.validation.error", ", ".join(messages))])


def not_found(message: str = "The requested resource was not found.", status: int = 404) -> ApiError:
    return ApiError(status, [entry("contacts.api.not_found", message)])


def conflict(message: str) -> ApiError:
    return ApiError(409, [entry("contacts.api.conflict", message)])


def unauthorized() -> ApiError:
    """Exactly the 59 bytes of the real gateway."""
    headers = {"WWW-Authenticate": "Bearer realm=api.cc.email", "x-amzn-ErrorType": "UnauthorizedException"}
    return ApiError(401, entry("unauthorized", "Unauthorized"), headers)


def access_denied(message: str = "Request forbidden due to insufficient user privileges.") -> ApiError:
    return ApiError(403, entry("access_denied", message))


def throttled() -> ApiError:
    return ApiError(429, entry("throttled", "Too Many Requests"))


def quota_exceeded() -> ApiError:
    return ApiError(429, entry("quota_exceeded", "Limit Exceeded"))
