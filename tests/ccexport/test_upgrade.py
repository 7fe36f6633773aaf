"""An installation in which incidents were called troubles: rows, rights and details go on."""

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from ccexport.models import Incident


def migrate(*target: str) -> None:
    """By the command: its signals rename the content types."""
    call_command("migrate", *target, verbosity=0)
    ContentType.objects.clear_cache()


@pytest.mark.django_db(transaction=True)
def test_troubles_are_read_as_incidents():
    migrate("ccexport", "0002_worker_hosts")
    try:
        loader = MigrationExecutor(connection).loader
        apps = loader.project_state(list(loader.applied_migrations)).apps
        details = {"name": "US customers", "run": 1, "status": "failed", "reason": "unexpected", "told": {"at": "noon"}}
        kept = apps.get_model("ccexport", "Trouble").objects.create(
            kind="run_failed", subject="export:1", details=details
        )
        kind = ContentType.objects.get(app_label="ccexport", model="trouble")
        right = Permission.objects.get(content_type=kind, codename="change_trouble")
    finally:
        migrate("ccexport")

    incident = Incident.objects.get()
    assert (incident.pk, incident.subject, incident.details["details"]) == (kept.pk, "export:1", {"at": "noon"})
    assert ContentType.objects.get_for_model(Incident).pk == kind.pk
    right.refresh_from_db()
    assert (right.codename, right.name) == ("change_incident", "Can change Incident")
    assert Permission.objects.filter(content_type=kind).count() == 4
