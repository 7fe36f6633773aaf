"""The project's own sandbox, in a process of its own, as the script asks for a stand-in."""

from __future__ import annotations

import time
from typing import Any

from tests.outage.service import Answer, Call, Foreign, Job, Values
from tests.support.sandbox import TEST_SWITCHES, Sandbox

MATCHES = {
    Call.TOKEN: "POST /oauth2/default/v1/token",
    Call.LIST: "GET /v3/contact_lists/*",
    Call.IMPORT: "POST /v3/activities/contacts_*_import",
    Call.ACTIVITY: "GET /v3/activities/*",
    Call.ACTIVITIES: "GET /v3/activities",
}
KINDS = {
    Answer.ERROR_500: "500",
    Answer.ERROR_502: "502",
    Answer.ERROR_503: "503",
    Answer.ERROR_504: "504",
    Answer.THROTTLED: "429_throttled",
    Answer.QUOTA: "429_quota",
    Answer.DROP_BEFORE: "drop_before",
    Answer.DROP_AFTER: "drop_after",
    Answer.SLOW: "slow",
    Answer.HTML: "html_200",
    Answer.HTML_ERROR: "html",
    Answer.TRUNCATED: "truncated",
    Answer.UNAUTHORIZED: "401",
}
JOBS: dict[Job, dict[str, Any]] = {
    Job.TIMED_OUT: {"outcome": "timed_out", "share": 0.5},
    Job.CANCELLED: {"outcome": "cancelled", "share": 0},
    Job.FAILED: {"outcome": "failed", "share": 0},
    Job.CUT_SHORT: {"share": 0.5},
    Job.NOT_COUNTED: {"counted": 0},
    Job.LISTED_LATE: {},
}
JOB_SECONDS = 0.2
COMPARED = ("first_name", "last_name", "job_title", "company_name")


class SandboxService:
    def __init__(self) -> None:
        self._sandbox = Sandbox()
        self.client_id, self.client_secret = Sandbox.client_id, Sandbox.client_secret

    def start(self) -> None:
        self._sandbox.start()
        self._sandbox.switch(**TEST_SWITCHES, refresh_reuse_revokes=False)
        self.api_url, self.auth_url = self._sandbox.api_url, self._sandbox.auth_url
        self.clear()

    def stop(self) -> None:
        self._sandbox.stop()

    def issue_tokens(self) -> dict[str, Any]:
        return self._sandbox.issue_tokens()

    def expire_access_tokens(self) -> None:
        self._sandbox.expire_access_tokens()

    def add_list(self, name: str) -> str:
        return self._sandbox.add_list(name)

    def set_job_seconds(self, seconds: float) -> None:
        self._sandbox.switch(job_seconds=seconds)

    def wait_for_jobs(self) -> None:
        while self._sandbox.stats()["unfinished_jobs"]:
            time.sleep(0.1)

    def members(self, list_id: str) -> dict[str, Values]:
        people = self._sandbox.members(list_id)
        return {one["email"].lower(): {name: one.get(name, "") for name in COMPARED} for one in people}

    def imports(self, list_id: str) -> int:
        requests = self._sandbox.requests("_import")
        return sum("activity_id" in each and list_id in each.get("list_ids", ()) for each in requests)

    def answer(self, call: Call, answer: Answer, *, skip: int = 0, times: int = 1, seconds: float = 0) -> None:
        self._sandbox.fault(MATCHES[call], KINDS[answer], times=times, skip=skip, seconds=seconds)

    def job(self, job: Job, *, skip: int = 0, times: int = 1, seconds: float = 0) -> None:
        self._sandbox.job_fault(**JOBS[job], hidden_seconds=seconds, skip=skip, times=times)

    def foreign(self, job: Foreign) -> None:
        self._sandbox.switch(foreign_jobs={Foreign.IMPORT: "import", Foreign.EXPORT: "export"}[job])

    def struck(self) -> int:
        return int(self._sandbox.stats()["faults"])

    def clear(self) -> None:
        self._sandbox.clear_faults()
        self._sandbox.clear_job_faults()
        self._sandbox.switch(job_seconds=JOB_SECONDS, foreign_jobs="none")
