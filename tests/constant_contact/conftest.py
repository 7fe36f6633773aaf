"""A client of the sandbox, and one of a server that answers whatever a test wants."""

from collections.abc import Iterator

import pytest

from constant_contact import AuthorizationRevokedError, ConstantContact, transport
from tests.support.sandbox import Sandbox

from .scripted_service import ScriptedService


class Keyring:
    """Hands out tokens in turn, a new one for each that was refused."""

    def __init__(self, *tokens: str) -> None:
        self.tokens = list(tokens)
        self.refused: list[str] = []

    def access_token(self, refused: str | None = None) -> str:
        if refused is not None:
            self.refused.append(refused)
            self.tokens.remove(refused)
        if not self.tokens:
            raise AuthorizationRevokedError()
        return self.tokens[0]


@pytest.fixture(autouse=True)
def short_gaps(monkeypatch):
    monkeypatch.setattr(transport, "RENEWALS", (0.0, 0.01))


@pytest.fixture(scope="module")
def one_service() -> Iterator[ScriptedService]:
    service = ScriptedService()
    yield service
    service.close()


@pytest.fixture
def service(one_service: ScriptedService) -> ScriptedService:
    one_service.forget()
    return one_service


@pytest.fixture
def keyring() -> Keyring:
    return Keyring("first-token", "second-token", "third-token")


@pytest.fixture
def scripted(service: ScriptedService, keyring: Keyring) -> Iterator[ConstantContact]:
    """The client of the server that answers as told."""
    with ConstantContact(keyring, api_url=service.api_url, timeout=(1, 1)) as client:
        yield client


@pytest.fixture
def cc(sandbox: Sandbox) -> Iterator[ConstantContact]:
    """The client of the sandbox, with every right."""
    keyring = Keyring(sandbox.issue_tokens()["access_token"])
    with ConstantContact(keyring, api_url=sandbox.api_url, timeout=(5, 5)) as client:
        yield client
