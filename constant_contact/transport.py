"""The one door through which every request to the API goes: token, pace, timeout, errors, pages.

No redirect is followed and no link off the API's own host: both would carry the token elsewhere.
"""

import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol, TypeVar
from urllib.parse import urljoin, urlsplit

import requests
from requests.auth import AuthBase

from . import parsing
from .answers import UnreadableError, error_from, is_html, json_of, no_answer, succeeded, unreadable
from .errors import ConstantContactError, RejectedError, UnavailableError

T = TypeVar("T")
logger = logging.getLogger(__name__)

# Seconds before a refused token is replaced: at once, and once more later, for the token endpoint takes one request a
# second, and a token that is seconds old may not be known everywhere yet.
RENEWALS = (0.0, 2.2)
_CHUNK = 64 * 1024
_IDENTIFIER = re.compile(r"[0-9A-Za-z_-]{1,64}")


Pace = Callable[[], AbstractContextManager[object] | None]
Refused = Callable[[ConstantContactError], object]


class Authorizer(Protocol):
    """Whoever keeps the tokens."""

    def access_token(self, refused: str | None = None) -> str:
        """Return a token that is valid now; with `refused`, one other than that, which was just answered 401.

        Raises AuthorizationRevokedError when only a person can repair it.
        """


class _Bearer(AuthBase):
    """An auth object rather than a header: requests lets a .netrc of the host override a header."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Transport:
    """Sends requests and returns what `parse` makes of the answer, or raises one of the six errors.

    `pace` is called right before every single request, a repeated one included. What it returns is entered for as
    long as the request is on its way: it reaches Constant Contact at some moment in between.
    `refused` is called with what each answer says that is no success, before it is raised.
    `timeout`: seconds to connect, seconds without a byte.
    """

    def __init__(
        self,
        authorize: Authorizer,
        *,
        api_url: str,
        pace: Pace,
        refused: Refused,
        session: requests.Session | None,
        timeout: tuple[float, float],
    ) -> None:
        self._authorize = authorize
        self._api_url = api_url.rstrip("/")
        self._pace = pace
        self._refused = refused
        self._session = session or requests.Session()
        self._owns_session = session is None
        self._timeout = timeout

    def close(self) -> None:
        if self._owns_session:
            self._session.close()

    def get(self, path: str, parse: Callable[[object], T], params: Mapping[str, str] | None = None) -> T:
        return self._parsed("GET", self._api_url + path, parse, params=params)

    def send(self, method: str, path: str, parse: Callable[[object], T], **body: Any) -> T:
        """Ask for a change. `body`: json, data, files or headers, as requests takes them."""
        return self._parsed(method, self._api_url + path, parse, **body)

    def page(
        self, path: str, parse: Callable[[object], T], params: Mapping[str, str] | None = None, *, following: str = ""
    ) -> T:
        """Return one page: the first one of `params`, or the one that a link of another page leads to."""
        if following:
            return self._parsed("GET", self._linked(following), parse)
        return self.get(path, parse, params)

    def pages(
        self, path: str, collection: str, item: Callable[[object], T], params: Mapping[str, str]
    ) -> Iterator[list[T]]:
        """Yield the items of every page in turn. A page that fails raises: a part never passes for the whole."""
        url, query = self._api_url + path, dict(params)
        visited = set()
        while True:
            visited.add(url)
            items, href = self._parsed("GET", url, lambda body: parsing.page(body, collection, item), params=query)
            yield items
            if href is None:
                return
            # The link carries limit and filters of the first request.
            url, query = self._linked(href), {}
            if url in visited:
                raise UnavailableError("The pages of the answer go in a circle.", error_key="page_circle")

    def download(self, href: str) -> Iterator[bytes]:
        """Yield the file behind a link of an answer, piece by piece; a file cut short raises UnavailableError."""
        url = self._linked(href)
        with self._send("GET", url, stream=True, headers={"Accept": "*/*"}) as response:
            if is_html(response):
                raise unreadable(response, repeatable=True)
            try:
                yield from response.iter_content(_CHUNK)
            except requests.RequestException as error:
                raise no_answer(error, repeatable=True) from error

    def _linked(self, href: str) -> str:
        """Return the address of a link, which is relative to the host: `/v3/…`."""
        try:
            url = urljoin(f"{self._api_url}/", href)
            on_host = urlsplit(url)[:2] == urlsplit(self._api_url)[:2]
        except ValueError:
            on_host = False
        if not on_host:
            raise UnavailableError("The answer links to another host.", error_key="link_off_host")
        return url

    def _parsed(self, method: str, url: str, parse: Callable[[object], T], **kwargs: Any) -> T:
        response = self._send(method, url, **kwargs)
        try:
            return parse(json_of(response))
        except (UnreadableError, *parsing.UNREADABLE) as error:
            raise unreadable(response, repeatable=method == "GET") from error

    def _send(self, method: str, url: str, **kwargs: Any) -> requests.Response:
        """Send, and again with another token after a 401: a 401 was not carried out.

        Whoever keeps the tokens learns from the token endpoint whether the authorization is gone. While it still gives
        tokens, one that is refused all the same is an outage: UnavailableError.
        """
        token = self._authorize.access_token()
        response = self._send_once(token, method, url, **kwargs)
        for pause in RENEWALS:
            if response.status_code != 401:
                break
            time.sleep(pause)
            token = self._authorize.access_token(refused=token)
            response = self._send_once(token, method, url, **kwargs)
        if not succeeded(response):
            error = error_from(response, repeatable=method == "GET")
            self._refused(error)
            raise error
        return response

    def _send_once(
        self, token: str, method: str, url: str, headers: Mapping[str, str] | None = None, **kwargs: Any
    ) -> requests.Response:
        turn = self._pace() or nullcontext()
        try:
            with turn:
                response = self._session.request(
                    method,
                    url,
                    auth=_Bearer(token),
                    headers={"Accept": "application/json", **(headers or {})},
                    timeout=self._timeout,
                    allow_redirects=False,
                    **kwargs,
                )
            if not succeeded(response):
                # Of a stream, the body of an error is wanted whole, and here, where a failure to read it is caught.
                _ = response.content
        except requests.RequestException as error:
            logger.debug("%s %s: no answer", method, urlsplit(url).path)
            raise no_answer(error, repeatable=method == "GET") from error
        request_id = response.headers.get("x-amzn-RequestId", "-")
        logger.debug("%s %s: %s, request %s", method, urlsplit(url).path, response.status_code, request_id)
        return response


def checked(identifier: str) -> str:
    """Return an id that may stand in a path.

    One that cannot be an id is refused like by Constant Contact, where a malformed id is not found:
    with slashes or dots in it, the request would reach another address.
    """
    if not _IDENTIFIER.fullmatch(identifier):
        raise RejectedError("The id is in an invalid format.", status=404, error_key="contacts.api.not_found")
    return identifier
