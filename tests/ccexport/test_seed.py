"""`manage.py seed` fills a developer's installation with an export in each state."""

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils.html import escape

from ccexport.demo.states import STATES
from connections.models import Connection
from exports.models import Export, Run
from exports.runs import NotRunnableError, check_runnable
from profiles.models import ProfileImport, ProfileSource
from segments.models import Segment

# What each export shows on the list, beside its name.
SHOWN = {
    "Never run": "Never run",
    "Successful": "Successful",
    "Completed with errors: left out": "Completed with errors",
    "Completed with errors: refused": "Completed with errors",
    "Completed with errors: opted out": "Completed with errors",
    "Failed: the list is gone": "Failed",
    "Failed: needs reconnecting": "Failed",
    "Can't run: list of another account": "Never run",
    "Skipped: nobody in the segment": "Skipped",
    "Needs a decision: nobody in the segment": "Needs a decision",
    "Needs a decision: the segment shrank": "Needs a decision",
    "Cancelled": "Cancelled",
    "Previewed": "Preview",
    "Detached": "No connection",
    "Started late": "Started late",
    "Schedule off": "Off",
    "Queued": "Queued",
    "Running": "Running",
    "Paused until midnight": "Waiting",
}


@pytest.fixture
def seeded(transactional_db, constant_contact, settings):
    settings.DEBUG = True
    call_command("seed", verbosity=0)


def row_of(page: str, export: Export) -> str:
    """What the list says of an export after its name, and that of its list, which is the same."""
    rows = page.split('<tr class="data-row">')
    return next(row for row in rows if f"/export/{export.pk}/" in row).split(escape(export.name), 2)[2]


def test_each_state_is_shown_on_the_list(seeded, client):
    client.force_login(User.objects.get(username="admin"), backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("admin:exports_export_changelist"), {"all": ""}).content.decode()
    assert SHOWN.keys() == STATES.keys()
    rows = {export.name: row_of(page, export) for export in Export.objects.filter(name__in=STATES)}
    assert {name: label for name, label in SHOWN.items() if label not in rows[name]} == {}


def test_reasons_are_those_of_the_names(seeded):
    reasons = {run.export.name: run.reason for run in Run.objects.select_related("export")}
    assert reasons["Failed: the list is gone"] == "list_gone"
    assert reasons["Failed: needs reconnecting"] == "reconnect"
    assert reasons["Skipped: nobody in the segment"] == "no_members"
    assert reasons["Paused until midnight"] == "quota_exceeded"
    refused = Run.objects.get(export__name="Completed with errors: refused").batches.get()
    assert (refused.accepted, refused.refused) == (27, 3)
    assert Run.objects.get(export__name="Completed with errors: opted out").batches.get().cannot_add == 2
    with pytest.raises(NotRunnableError, match="list"):
        check_runnable(Export.objects.get(name="Can't run: list of another account"))
    assert Segment.objects.filter(type="static").get().kept_members
    assert Segment.objects.get(name__startswith="Failed").problem
    assert ProfileImport.objects.filter(state="failed").get().problem
    assert Connection.objects.filter(state="needs_reconnecting").count() == 1


def test_once_more_adds_nothing(seeded):
    before = [model.objects.count() for model in (Export, Run, Segment, Connection)]
    call_command("seed", verbosity=0)
    assert [model.objects.count() for model in (Export, Run, Segment, Connection)] == before


def test_source_lives_in_the_database_that_is_named(seeded, postgres_options):
    server = "{user}:{password}@{host}:{port}/{database}".format(**postgres_options)
    call_command("seed", database=f"postgres://{server}", verbosity=0)
    source = ProfileSource.objects.get(kind="postgresql")
    assert [attribute.name for attribute in source.attributes()] == ["id", "email", "first_name"]
    assert source.segments.get().member_count == 30


def test_it_refuses_an_installation_in_production(settings):
    settings.DEBUG = False
    with pytest.raises(CommandError, match="DEBUG"):
        call_command("seed")
