"""The service under contract: always the sandbox, and the real one when its credentials are in the environment.

    CONSTANT_CONTACT_CONTRACT_ACCESS_TOKEN   a token with contact_data and account_read
    CONSTANT_CONTACT_CONTRACT_LIST_ID        a scratch list of that account, which contacts are imported to

Nothing is changed or deleted that the suite did not create itself.
"""

import os
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import requests

REAL_API = "https://api.cc.email/v3"
TOKEN = os.environ.get("CONSTANT_CONTACT_CONTRACT_ACCESS_TOKEN", "")
LIST_ID = os.environ.get("CONSTANT_CONTACT_CONTRACT_LIST_ID", "")
FINAL = ("completed", "failed", "cancelled", "timed_out")


class Service:
    """Plain HTTP with one token. `pause` keeps within 4 requests a second."""

    def __init__(self, api_url: str, token: str, list_id: str, pause: float) -> None:
        self.api_url, self.list_id, self._pause = api_url, list_id, pause
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {token}"

    def request(self, method: str, path: str, **more: Any) -> requests.Response:
        time.sleep(self._pause)
        base = self.api_url.removesuffix("/v3") if path.startswith("/v3/") else self.api_url
        return self._session.request(method, base + path, timeout=60, **more)

    def get(self, path: str, **query: Any) -> requests.Response:
        return self.request("GET", path, params=query)

    def post(self, path: str, body: Any) -> requests.Response:
        return self.request("POST", path, json=body)

    def finished(self, queued: requests.Response) -> dict[str, Any]:
        """The activity of a queued job, once it has ended."""
        assert queued.status_code in (201, 202), queued.text
        for wait in (0, 1, 2, 4, 8, 16, 32, 64, 128):
            time.sleep(wait * self._pause)
            activity = self.get(queued.json()["_links"]["self"]["href"]).json()
            if activity["state"] in FINAL:
                return activity
        pytest.fail("The job did not end within four minutes.")

    def import_rows(self, *rows: dict[str, Any], list_ids: list[str] | None = None) -> dict[str, Any]:
        body = {"import_data": list(rows), "list_ids": list_ids or [self.list_id]}
        return self.finished(self.post("/activities/contacts_json_import", body))

    def contact(self, email: str, **query: Any) -> dict[str, Any]:
        (found,) = self.get("/contacts", email=email, status="all", **query).json()["contacts"]
        return found


@pytest.fixture(params=["sandbox", "real"] if TOKEN and LIST_ID else ["sandbox"])
def service(request) -> Service:
    if request.param == "real":
        return Service(REAL_API, TOKEN, LIST_ID, pause=0.3)
    sandbox = request.getfixturevalue("sandbox")
    return Service(sandbox.api_url, sandbox.issue_tokens()["access_token"], sandbox.newsletter, pause=0)


@pytest.fixture
def email(service: Service) -> Iterator[str]:
    """An address nobody has; its contact is deleted afterwards."""
    address = f"contract-{uuid.uuid4().hex[:12]}@example.com"
    yield address
    for one in service.get("/contacts", email=address).json().get("contacts", []):
        service.request("DELETE", f"/contacts/{one['contact_id']}")


@pytest.fixture
def own_list(service: Service) -> Iterator[dict[str, Any]]:
    """A list of our own, deleted afterwards."""
    made = service.post("/contact_lists", {"name": f"Contract {uuid.uuid4().hex[:12]}"})
    assert made.status_code == 201, made.text
    yield made.json()
    service.request("DELETE", f"/contact_lists/{made.json()['list_id']}")
