"""Nothing secret and no e-mail address reaches a log, and no token lies in the database in clear."""

import logging
import re

import pytest
from django.apps import apps

from connections import tokens
from connections.models import TokenSet
from exports.models import Export, Run
from exports.runs import start_run
from tests.support.fixtures_exports import PEOPLE, work_once, work_until_over

EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")


@pytest.fixture
def everything_logged(caplog):
    """Every logger at its most talkative, whatever the settings say."""
    caplog.set_level(logging.DEBUG)
    for name in list(logging.root.manager.loggerDict):
        caplog.set_level(logging.DEBUG, logger=name)
    return caplog


def _text(caplog) -> str:
    formatter = logging.Formatter("%(message)s")
    lines = [formatter.format(record) for record in caplog.records if not record.name.startswith("django.db")]
    return "\n".join(lines)


def _secrets(connection) -> list[str]:
    held = TokenSet.objects.get(pk=connection.pk)
    return [held.access_token, held.refresh_token]


def test_a_run_with_all_its_troubles_logs_no_address_and_no_token(export, sandbox, connection, bob, everything_logged):
    secrets = _secrets(connection)
    sandbox.fault("POST /v3/activities/contacts_json_import", "drop_after")
    sandbox.fault("GET /v3/activities*", "html")
    sandbox.fault("GET /v3/contact_lists/*", "garbage")
    run = work_until_over(start_run(export, by=bob)[0])
    sandbox.expire_access_tokens()
    work_until_over(start_run(Export.objects.get(pk=export.pk), by=bob, everyone=True)[0])
    secrets += _secrets(connection)
    sandbox.revoke()
    sandbox.expire_access_tokens()
    work_until_over(start_run(Export.objects.get(pk=export.pk), by=bob, everyone=True)[0])
    logged = _text(everything_logged)
    assert EMAIL.findall(logged) == []
    assert [secret for secret in [*secrets, sandbox.client_secret] if secret in logged] == []
    events = " ".join(str(event) for event in run.events.all())
    assert EMAIL.findall(events) == []


def test_an_unexpected_error_logs_no_address(export, bob, everything_logged):
    run = start_run(export, by=bob)[0]
    mapping = {"email": "email", "no_such_field": "first_name"}
    Run.objects.filter(pk=run.pk).update(configuration={**run.configuration, "mapping": mapping})
    with pytest.raises(Exception, match="no_such_field"):
        work_once(run)
    assert EMAIL.findall(_text(everything_logged)) == []


def test_no_token_and_no_profile_lies_in_the_database_in_clear(export, sandbox, connection, bob):
    from django.db import connection as database

    secrets = _secrets(connection)
    work_until_over(start_run(export, by=bob)[0])
    tokens.access_token(connection)
    stored = []
    with database.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')
            stored += [str(value) for row in cursor.fetchall() for value in row]
    everything = "\n".join(stored)
    assert [secret for secret in secrets if secret in everything] == []
    addresses = [person["email"].lower() for person in PEOPLE if person["email"]]
    # Samples of a source's columns are masked as well.
    assert [address for address in addresses if address in everything.lower()] == []
