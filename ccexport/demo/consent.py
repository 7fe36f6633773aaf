"""Connects the demo as a person would: asks for access, presses Allow on the consent page, comes back with the code."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import requests

from connections import authorization
from connections.models import Connection


class _Form(HTMLParser):
    """The first form of a page, its fields, and the button that allows."""

    def __init__(self) -> None:
        super().__init__()
        self.action: str | None = None
        self.fields: dict[str, str] = {}
        self._select = ""
        self._button: dict[str, str] = {}
        self._buttons: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form" and self.action is None:
            self.action = attributes.get("action", "")
        elif tag == "input" and attributes.get("type") not in {"submit", "button", "image"} and attributes.get("name"):
            self.fields.setdefault(attributes["name"], attributes.get("value", ""))
        elif tag == "select":
            self._select = attributes.get("name", "")
        elif tag == "option" and self._select and (self._select not in self.fields or "selected" in attributes):
            self.fields[self._select] = attributes.get("value", "")
        elif tag == "button" or (tag == "input" and attributes.get("type") == "submit"):
            self._button = attributes
            if tag == "input":
                self._buttons.append((attributes.get("value", ""), attributes))

    def handle_data(self, data: str) -> None:
        if self._button:
            self._buttons.append((data, self._button))

    def handle_endtag(self, tag: str) -> None:
        if tag == "button":
            self._button = {}
        if tag == "select":
            self._select = ""

    def allowing(self) -> dict[str, str]:
        for text, button in self._buttons:
            if "allow" in f"{text} {button.get('value', '')}".lower() and button.get("name"):
                return self.fields | {button["name"]: button.get("value", "")}
        return self.fields


def authorize(connection: Connection, user: Any, account_id: str = "") -> None:
    """Connect `connection` through the consent page, on behalf of `user`: with the account that is named, or else the
    first one that the page offers. Raises AuthorizationError."""
    session: dict[str, Any] = {}
    query = _allow(authorization.begin(session, user, connection), {"account": account_id} if account_id else {})
    authorization.claim(session, user, query["state"])
    account, tokens = authorization.exchange(authorization.code_in(query))
    authorization.adopt(connection, account, tokens, by=user)


def _allow(url: str, choices: dict[str, str]) -> dict[str, str]:
    """Follow the pages of the authorization until they lead back to us; return what they bring along."""
    browser = requests.Session()
    answer = browser.get(url, allow_redirects=False, timeout=10)
    for _page in range(10):
        if answer.is_redirect:
            target = urljoin(answer.url, answer.headers["Location"])
            if target.startswith(authorization.redirect_uri()):
                return dict(parse_qsl(urlsplit(target).query))
            answer = browser.get(target, allow_redirects=False, timeout=10)
            continue
        form = _Form()
        form.feed(answer.text)
        if form.action is None:
            break
        target = urljoin(answer.url, form.action or answer.url)
        answer = browser.post(target, form.allowing() | choices, allow_redirects=False, timeout=10)
    raise RuntimeError(f"{url.split('?')[0]} showed no page with a form that leads back to this application.")
