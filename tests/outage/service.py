"""What the script asks of a stand-in of Constant Contact, so that any can be tried: SERVICE=module:Class.

Addresses of lists and ids are opaque. `members` and `imports` are the truth that the product's words are held against,
so they must come from the stand-in's own state, never from what a client was told.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Protocol

Values = dict[str, str]


class Call(StrEnum):
    """Every call that a run makes."""

    TOKEN = "token refresh"
    LIST = "GET list"
    IMPORT = "POST import"  # JSON or file
    ACTIVITY = "GET activity"  # one
    ACTIVITIES = "GET activities"  # the collection


class Answer(StrEnum):
    """What a call may meet instead of its answer."""

    ERROR_500 = "500"
    ERROR_502 = "502"
    ERROR_503 = "503"
    ERROR_504 = "504"
    THROTTLED = "429"
    QUOTA = "429 of the day"
    DROP_BEFORE = "dropped before"  # the connection, before the request did anything
    DROP_AFTER = "dropped after"  # it was carried out, and nobody is told
    SLOW = "slow"
    HTML = "HTML with 200"
    HTML_ERROR = "HTML with an error"
    TRUNCATED = "truncated JSON"  # of a request that was carried out
    UNAUTHORIZED = "401"


class Job(StrEnum):
    """What may become of an import that was accepted."""

    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"
    FAILED = "failed"
    CUT_SHORT = "counts that disagree: half was read"
    NOT_COUNTED = "counts that disagree: all arrived, none is counted"
    LISTED_LATE = "listed late"


class Foreign(StrEnum):
    """Jobs of another program that uses the same account."""

    IMPORT = "another program's import"
    EXPORT = "another program's export of contacts"


class Service(Protocol):
    """A running stand-in with one account. `stop` ends it for good."""

    api_url: str  # ends with /v3
    auth_url: str
    client_id: str
    client_secret: str

    def start(self) -> None:
        """Start it: no limits of requests, jobs of the account one after the other."""

    def stop(self) -> None: ...

    def issue_tokens(self) -> dict[str, Any]:
        """What the token endpoint answers after a consent: access_token, refresh_token, expires_in, scope."""

    def expire_access_tokens(self) -> None:
        """Every access token is answered 401 from now on; refresh tokens work."""

    def add_list(self, name: str) -> str: ...

    def set_job_seconds(self, seconds: float) -> None:
        """How long each job takes from now on."""

    def wait_for_jobs(self) -> None:
        """Return once no job is unfinished."""

    def members(self, list_id: str) -> dict[str, Values]:
        """Everybody on the list by address in lower case, with first_name, last_name, job_title and company_name."""

    def imports(self, list_id: str) -> int:
        """How many imports into the list it has accepted, whether or not anybody was told."""

    def answer(self, call: Call, answer: Answer, *, skip: int = 0, times: int = 1, seconds: float = 0) -> None:
        """After `skip` such calls, the next `times` meet this; each after so many seconds."""

    def job(self, job: Job, *, skip: int = 0, times: int = 1, seconds: float = 0) -> None:
        """After `skip` imports, this becomes of the next `times`; LISTED_LATE after so many seconds."""

    def foreign(self, job: Foreign) -> None:
        """Beside every import that arrives, also one that is dropped, such a job with as many rows, done at once."""

    def struck(self) -> int:
        """How many calls and imports have met what was ordered by `answer` and `job`, since the start."""

    def clear(self) -> None:
        """Whatever was ordered and not met is forgotten; jobs take a fifth of a second; no foreign jobs."""
