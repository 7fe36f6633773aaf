"""The sandbox as tests hold it: starts the process, and one method per control address."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).resolve().parents[2]
REDIRECT_URI = "http://localhost:8000/connections/oauth/callback/"
FULL_SCOPE = "contact_data account_read offline_access"
# What most tests want: jobs are done at the next read, and nobody waits for a second to pass.
TEST_SWITCHES = {"job_seconds": 0, "requests_per_second": 0, "requests_per_day": 0, "token_requests_per_second": 0}


class Sandbox:
    """A sandbox process. Methods raise `requests.HTTPError` with the sandbox's sentence when it refuses."""

    client_id = "6c1f5e0a-5f0e-4f7b-9a61-0d9c2b7f1e11"
    client_secret = "sandbox-secret"
    account_id = "p07e1l8cdif9dl"
    other_account_id = "p1fa9b2rik4am0"
    newsletter = "a0d4e3f0-6b1c-4c5d-8e2f-1b3c5d7e9f01"
    weekly_news = "a0d4e3f0-6b1c-4c5d-8e2f-1b3c5d7e9f02"

    def __init__(self, *options: str) -> None:
        self._options = options
        self._process: subprocess.Popen[str] | None = None
        self._session = requests.Session()
        self.url = ""

    # The process
    def start(self) -> "Sandbox":
        command = [sys.executable, "-m", "sandbox", "--port", "0", "--stop-with-stdin", *self._options]
        # A test process that is killed closes the pipe, and its sandbox goes with it.
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        if not self.url:
            raise RuntimeError("The sandbox did not start; its own output above says why.")
        return self

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.communicate(timeout=10)
        self._session.close()

    @property
    def api_url(self) -> str:
        return f"{self.url}/v3"

    @property
    def auth_url(self) -> str:
        return f"{self.url}/oauth2/default/v1"

    def _ask(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        answer = self._session.request(method, f"{self.url}/_sandbox/{path}", json=body, params=query, timeout=60)
        if answer.status_code >= 400:
            raise requests.HTTPError(answer.text, response=answer)
        return answer.json()

    def _post(self, path: str, **body: Any) -> Any:
        return self._ask("POST", path, {name: value for name, value in body.items() if value is not None})

    # State
    def reset(self) -> None:
        """Everything back to the start, then the switches most tests want."""
        self._post("reset", switches=TEST_SWITCHES)

    def switch(self, **positions: Any) -> dict[str, Any]:
        return self._post("switches", **positions)

    def switches(self) -> dict[str, Any]:
        return self._ask("GET", "switches")

    def advance(self, seconds: float) -> None:
        """Move the sandbox's clock."""
        self._post("clock", advance=seconds)

    def set_clock(self, moment: str) -> None:
        self._post("clock", now=moment)

    def now(self) -> float:
        """The sandbox's clock, in seconds since 1970."""
        return self._ask("GET", "clock")["timestamp"]

    def fault(
        self, match: str, kind: str, times: int = 1, skip: int = 0, seconds: float | None = None, after: bool = False
    ) -> None:
        """The next `times` requests that match (after `skip` of them) go wrong; `after` lets their work be done."""
        self._post("faults", match=match, kind=kind, times=times, skip=skip, seconds=seconds, after=after)

    def clear_faults(self) -> None:
        self._ask("DELETE", "faults")

    def job_fault(self, **fault: Any) -> None:
        """Something goes wrong with the next imports: outcome, share, counted, hidden_seconds, times, skip."""
        self._post("job_faults", **fault)

    def clear_job_faults(self) -> None:
        self._ask("DELETE", "job_faults")

    def add_foreign_job(self, kind: str, rows: int) -> str:
        """Another program's "import" or "export" in the account, done; its activity id."""
        return self._post("jobs", kind=kind, rows=rows)["activity_id"]

    def settle(self) -> None:
        """Do all bulk work that is due by the sandbox's clock."""
        self._post("settle")

    # Accounts, lists and people
    def add_account(self, organization_name: str, contact_email: str, account_id: str | None = None) -> str:
        return self._post(
            "accounts", organization_name=organization_name, contact_email=contact_email, account_id=account_id
        )["account_id"]

    def add_application(self, client_id: str | None = None, **settings: Any) -> str:
        """Register or change an application: client_secret, name, redirect_uris, deactivated."""
        return self._post("applications", client_id=client_id, **settings)["client_id"]

    def add_list(self, name: str, list_id: str | None = None, account: str | None = None) -> str:
        return self._post("lists", name=name, list_id=list_id, account=account)["list_id"]

    def add_automation(self, *list_ids: str, account: str | None = None, **more: Any) -> str:
        """An active automation that starts for who joins one of the lists; `more`: name, trigger, is_active."""
        return self._post("automations", list_ids=list(list_ids), account=account, **more)["automation_id"]

    def delete_list(self, list_id: str) -> None:
        self._ask("DELETE", f"lists/{list_id}")

    def members(self, list_id: str) -> list[dict[str, Any]]:
        """Everybody on the list, with all values; custom fields by name."""
        return self._ask("GET", f"lists/{list_id}/members")

    def add_contacts(self, *contacts: dict[str, Any], account: str | None = None) -> list[str]:
        """Contacts as given (email, lists, permission, deleted, custom_fields, first_name …); their ids."""
        made = self._post("contacts", contacts=list(contacts), account=account)
        return [one["contact_id"] for one in made]

    def person(self, email: str, account: str | None = None) -> dict[str, Any]:
        query = {"account": account} if account else {}
        return self._ask("GET", "people", email=email, **query)

    def unsubscribe(self, email: str, account: str | None = None) -> None:
        self._post("people", email=email, action="unsubscribe", account=account)

    def leave_list(self, email: str, list_id: str, account: str | None = None) -> None:
        self._post("people", email=email, action="leave_list", list_id=list_id, account=account)

    def delete_contact(self, email: str, account: str | None = None) -> None:
        self._post("people", email=email, action="delete", account=account)

    def set_privileges(
        self, *, remove: list[str] | None = None, privileges: list[str] | None = None, account: str | None = None
    ) -> list[str]:
        return self._post("privileges", remove=remove, privileges=privileges, account=account)

    # Tokens
    def authorize(
        self,
        scope: str = FULL_SCOPE,
        account: str | None = None,
        redirect_uri: str = REDIRECT_URI,
        client_id: str | None = None,
    ) -> str:
        """A code as if somebody had pressed Allow."""
        return self._post("authorize", scope=scope, account=account, redirect_uri=redirect_uri, client_id=client_id)[
            "code"
        ]

    def issue_tokens(
        self, scope: str = FULL_SCOPE, account: str | None = None, client_id: str | None = None
    ) -> dict[str, Any]:
        return self._post("tokens", scope=scope, account=account, client_id=client_id)

    def revoke(self, account: str | None = None) -> None:
        """Revoke all grants of an account."""
        self._post("revoke", account=account)

    def expire_access_tokens(self) -> None:
        self._post("expire_access_tokens")

    # What happened
    def requests(self, match: str | None = None) -> list[dict[str, Any]]:
        """The log of requests in order of arrival; `match` is part of "METHOD /path"."""
        return self._ask("GET", "requests", match=match or "")

    def stats(self) -> dict[str, Any]:
        return self._ask("GET", "stats")
