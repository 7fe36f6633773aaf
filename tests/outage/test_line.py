"""The line cuts an import where it is told to, and counts the answers that are lost."""

import pytest
import requests

from tests.outage.line import Cut, Line

BODY = b'{"import_data": [' + b",".join(b'{"email": "p%05d@example.com"}' % number for number in range(10_000)) + b"]"


@pytest.fixture
def line(sandbox):
    host, _, port = sandbox.url.removeprefix("http://").partition(":")
    line = Line(host, int(port))
    yield line
    line.close()


@pytest.fixture
def send(sandbox, line):
    """Sends a large import through the line."""
    headers = {
        "Authorization": f"Bearer {sandbox.issue_tokens()['access_token']}",
        "Content-Type": "application/json",
    }
    body = BODY + b', "list_ids": ["%s"]}' % sandbox.newsletter.encode()
    url = f"http://127.0.0.1:{line.port}/v3/activities/contacts_json_import"
    return lambda: requests.post(url, body, headers=headers, timeout=30)


def test_what_is_not_cut_goes_through(sandbox, line, send):
    assert send().status_code == 201
    assert (sandbox.stats()["imports"], line.lost) == (1, 0)


@pytest.mark.parametrize(("cut", "imports", "lost"), [(Cut.ON_ITS_WAY, 0, 0), (Cut.ANSWER, 1, 1)])
def test_an_import_is_cut_on_its_way_or_before_its_answer(sandbox, line, send, cut, imports, lost):
    line.cut_next_import(cut)
    with pytest.raises(requests.ConnectionError):
        send()
    assert (sandbox.stats()["imports"], line.lost) == (imports, lost)
    assert send().status_code == 201
