"""Walking through the wizard with Django's test client, and through the sandbox's consent page for real."""

import html
import re
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import requests
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from connections.models import Connection
from tests.conftest import PASSWORD
from tests.support.sandbox import Sandbox


def url(name: str, *args: Any) -> str:
    return reverse(f"admin:connections_connection_{name}", args=args)


def answer_consent(address: str, decision: str = "allow", account: str | None = None) -> str:
    """Press Allow or Deny on the consent page at `address`; return where the browser is sent."""
    page = requests.get(address, timeout=20)
    assert page.status_code == 200, page.text
    form = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page.text))
    form |= {"decision": decision} | ({"account": account} if account else {})
    action = urljoin(address, re.findall(r'<form method="post" action="([^"]*)">', page.text)[0])
    sent = requests.post(action, data=unescaped(form), allow_redirects=False, timeout=20)
    assert sent.status_code == 302, sent.text
    return sent.headers["Location"]


def unescaped(form: dict[str, str]) -> dict[str, str]:
    return {name: html.unescape(value) for name, value in form.items()}


class Wizard:
    """One person in the wizard, on the newest connection."""

    def __init__(self, client: Client, sandbox: Sandbox) -> None:
        self.client = client
        self.sandbox = sandbox

    def draft(self) -> Connection:
        return Connection.objects.latest("pk")

    @property
    def here(self) -> str:
        """The step at which the draft is continued."""
        answer = self.client.get(url("set_up", self.draft().pk))
        return answer.url.rstrip("/").rsplit("/", 1)[1]

    def open(self, slug: str) -> HttpResponse:
        return self.client.get(url("step", self.draft().pk, slug))

    def post(self, slug: str, answers: dict[str, Any]) -> HttpResponse:
        seen = {"seen": self.draft().updated_at.isoformat()}
        return self.client.post(url("step", self.draft().pk, slug), seen | answers, follow=True)

    def name(self, name: str = "Newsletter") -> HttpResponse:
        if Connection.objects.filter(saved_at__isnull=True).exists():
            return self.post("name", {"display_name": name})
        return self.client.post(url("new", "constant_contact"), {"display_name": name}, follow=True)

    def share(self, sharing: str, *people: Any) -> HttpResponse:
        return self.post("sharing", {"sharing": sharing, "chosen_contributors": [person.pk for person in people]})

    def agree(self) -> HttpResponse:
        return self.post("consent", {"agree": "on"})

    def start_authenticating(self, **how: Any) -> HttpResponse:
        return self.client.post(url("authenticate", self.draft().pk), **how)

    def authorize_url(self) -> str:
        return self.start_authenticating().url

    def authenticate(self, decision: str = "allow", account: str | None = None) -> HttpResponse:
        return self.client.get(answer_consent(self.authorize_url(), decision, account), follow=True)

    def add_myself(self, password: str = PASSWORD, **more: Any) -> HttpResponse:
        return self.post("export-user", {"password": password, "instead_of": ""} | more)

    def save(self) -> HttpResponse:
        return self.client.post(url("save", self.draft().pk), follow=True)

    def walk_to_connect(self) -> None:
        self.name()
        self.share("administrators")
        self.agree()

    def walk_to_save(self) -> None:
        self.walk_to_connect()
        self.authenticate()
        self.add_myself()


def state_of(authorize_url: str) -> str:
    return parse_qs(urlsplit(authorize_url).query)["state"][0]
