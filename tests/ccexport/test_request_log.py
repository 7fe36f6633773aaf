"""Web requests in the log: one line each, with an id that leads to everything else written for the request."""

import logging

import pytest
from django.urls import reverse

from ccexport.request_log import HEADER


@pytest.fixture
def written(caplog):
    """The fields of each line about a request."""
    caplog.set_level(logging.INFO, logger="ccexport.request_log")
    return lambda: [record.fields for record in caplog.records if record.name == "ccexport.request_log"]


def test_a_request_is_one_line_with_who_asked_and_without_its_query(alice_client, alice, written):
    alice_client.get(reverse("admin:exports_export_changelist"), {"q": "ann@example.com"})

    [line] = written()
    assert 0 <= line.pop("ms") < 60_000
    assert line == {"method": "GET", "path": "/admin/exports/export/", "status": 200, "user_id": alice.pk}


def test_nobody_in_person_has_no_id_and_a_probe_asks_no_database(client, written):
    client.get("/healthz")

    [line] = written()
    assert (line["path"], line["status"], "user_id" in line) == ("/healthz", 200, False)


def test_the_id_that_a_proxy_gave_is_kept_and_sent_back(client):
    answer = client.get("/healthz", headers={HEADER: "1-67891233-abcdef012345678912345678"})

    assert answer[HEADER] == "1-67891233-abcdef012345678912345678"


@pytest.mark.parametrize(
    "sent", ["", "short", "a" * 65, "ann@example.com", "two words here", "run=7 level=error", "ünïcödé-id", "-abcdefgh"]
)
def test_an_id_that_is_none_is_replaced(client, sent):
    answer = client.get("/healthz", headers={HEADER: sent})

    assert len(answer[HEADER]) == 32
    assert answer[HEADER] != sent


def test_each_request_without_an_id_gets_its_own(client):
    assert client.get("/healthz")[HEADER] != client.get("/healthz")[HEADER]


def test_lines_written_meanwhile_carry_the_id(client, monkeypatch):
    from structlog.contextvars import get_contextvars

    from ccexport.status import health

    seen = []
    monkeypatch.setattr(health, "queue", lambda: seen.append(dict(get_contextvars())))
    monkeypatch.setattr(health, "database_answers", lambda: seen.append(dict(get_contextvars())) or False)
    answer = client.get("/readyz")

    assert seen == [{"request_id": answer[HEADER]}]
    assert get_contextvars() == {}


@pytest.mark.parametrize(("path", "status", "level"), [("/nowhere", 404, "WARNING"), ("/readyz", 503, "ERROR")])
def test_what_went_wrong_is_one_line_too(client, db, caplog, path, status, level):
    client.get(path)

    [record] = [record for record in caplog.records if path in str(getattr(record, "fields", "")) or path in record.msg]
    assert (record.fields["status"], record.levelname) == (status, level)


def test_an_error_of_ours_has_its_traceback_and_its_line(alice_client, caplog, monkeypatch):
    from ccexport.home import page

    def wrong(*args):
        raise ValueError("wrong")

    monkeypatch.setattr(page, "first_steps", wrong)
    alice_client.raise_request_exception = False
    answer = alice_client.get("/")

    assert answer.status_code == 500
    assert answer[HEADER]
    assert [record.name for record in caplog.records if record.levelno == logging.ERROR] == [
        "django.request",
        "ccexport.request_log",
    ]
