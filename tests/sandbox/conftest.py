"""The API of the sandbox as plain HTTP: no client of ours stands between these tests and the wire."""

from typing import Any

import pytest
import requests

from tests.support.sandbox import FULL_SCOPE, Sandbox


class Api:
    """Calls with one access token; paths are relative to /v3."""

    def __init__(
        self, sandbox: Sandbox, scope: str = FULL_SCOPE, account: str | None = None, client_id: str | None = None
    ) -> None:
        self.sandbox = sandbox
        self.tokens = sandbox.issue_tokens(scope, account, client_id)
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {self.tokens['access_token']}"

    def request(self, method: str, path: str, **more: Any) -> requests.Response:
        base = self.sandbox.url if path.startswith("/v3") else self.sandbox.api_url
        return self._session.request(method, base + path, timeout=30, **more)

    def get(self, path: str, **query: Any) -> requests.Response:
        return self.request("GET", path, params=query)

    def post(self, path: str, body: Any) -> requests.Response:
        return self.request("POST", path, json=body)

    def put(self, path: str, body: Any) -> requests.Response:
        return self.request("PUT", path, json=body)

    def delete(self, path: str) -> requests.Response:
        return self.request("DELETE", path)

    def activity(self, activity_id: str) -> dict[str, Any]:
        return self.get(f"/activities/{activity_id}").json()

    def run(self, path: str, body: Any) -> dict[str, Any]:
        """Queue a bulk job and give its activity once it has ended."""
        queued = self.post(f"/activities/{path}", body)
        assert queued.status_code == 201, queued.text
        self.sandbox.settle()
        return self.activity(queued.json()["activity_id"])

    def import_rows(self, *rows: Any, lists: list[str] | None = None) -> dict[str, int]:
        """The counters of a finished import to the newsletter."""
        done = self.run(
            "contacts_json_import", {"import_data": list(rows), "list_ids": lists or [self.sandbox.newsletter]}
        )
        assert done["state"] == "completed"
        return done["status"]

    def contact(self, email: str, **query: Any) -> dict[str, Any] | None:
        found = self.get("/contacts", email=email, status="all", **query).json()["contacts"]
        return found[0] if found else None


@pytest.fixture
def api(sandbox: Sandbox) -> Api:
    return Api(sandbox)


@pytest.fixture
def connect(sandbox: Sandbox) -> Any:
    """Makes more connections: another scope, account or application."""
    return lambda **more: Api(sandbox, **more)


def keys(response: requests.Response) -> list[str]:
    """The error keys of an array answer."""
    assert isinstance(response.json(), list)
    return [entry["error_key"] for entry in response.json()]
