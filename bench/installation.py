"""The installation that is measured: its database, one administrator, one connection, sources and exports."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth.models import Group, User
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.utils import timezone

from bench.memory import Watch
from ccexport.demo import services
from ccexport.demo.consent import authorize
from ccexport.roles import ADMINISTRATORS
from connections.clients import client_for
from connections.consent_text import CURRENT
from connections.models import Connection, Consent, ExportUser
from exports.models import Export
from profiles.models import ProfileSource
from segments.models import Segment


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import of profiles took."""

    rows: int
    seconds: float
    peak: int


class Installation:
    """Raises SystemExit with a sentence when the database holds an installation already."""

    def __init__(self) -> None:
        call_command("migrate", verbosity=0)
        if Export.objects.exists() or Connection.objects.exists():
            raise SystemExit("The database of DATABASE_URL is in use. Name an empty one: what is measured stays there.")
        self.admin = User.objects.create_user("bench", "bench@example.com", is_staff=True)
        self.admin.groups.add(Group.objects.get(name=ADMINISTRATORS))
        self.connection = Connection.objects.create(
            display_name="Benchmark", sharing=Connection.Sharing.CONTRIBUTORS, created_by=self.admin
        )
        Consent.objects.create(connection=self.connection, user=self.admin, text_version=CURRENT, language="en")
        ExportUser.objects.create(connection=self.connection, user=self.admin, confirmed_at=timezone.now())

    def connect(self) -> None:
        """Connect anew: each sandbox is a fresh one, which knows no token of the one before."""
        authorize(self.connection, self.admin)
        Connection.objects.filter(pk=self.connection.pk, saved_at=None).update(saved_at=timezone.now())
        self.connection.refresh_from_db()

    def import_profiles(self, path: Path, source: str) -> Imported:
        """Import a file in a process of its own, as `manage.py import_profiles` does."""
        command = [sys.executable, services.MANAGE[1], "import_profiles", str(path), "--source", source, "--key", "id"]
        with path.open() as file:
            command += ["--updated", "updated_at"] if "updated_at" in file.readline() else []
        process = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL)
        with Watch(process.pid) as memory:
            if process.wait():
                raise SystemExit(f"The import of {path} failed; see above.")
        job = ProfileSource.objects.get(name=source).imports.first()
        assert job is not None
        assert job.finished_at is not None
        return Imported(job.row_count or 0, (job.finished_at - job.created_at).total_seconds(), memory.worker())

    def export(self, name: str, source: str, list_id: str, mapping: Mapping[str, str]) -> Export:
        """Make an export of everybody in the source."""
        segment, _made = Segment.objects.get_or_create(
            name=f"Everybody of {source}", defaults={"source": ProfileSource.objects.get(name=source)}
        )
        export = Export.objects.create(
            name=name,
            connection=self.connection,
            list_id=list_id,
            list_name=name,
            list_account_id=self.connection.account_id,
            mapping=dict(mapping),
            created_by=self.admin,
        )
        export.segments.add(segment)
        return export

    def create_custom_fields(self, labels: "tuple[str, ...]") -> None:
        with client_for(self.connection, for_page=True) as client:
            for label in labels:
                client.create_custom_field(label)

    def people_on(self, list_id: str) -> int:
        """How many people the list has, by Constant Contact's own count."""
        with client_for(self.connection, for_page=True) as client:
            return client.contact_list(list_id, membership_count="all").membership_count or 0

    def stored_profiles(self, source: str) -> str:
        """The path of the file in which the source's profiles are kept."""
        return str(default_storage.path(ProfileSource.objects.get(name=source).snapshot))
