"""The installation that is tried: one administrator, one connection, one source, and the exports of two teams."""

from __future__ import annotations

import io
import time
from datetime import timedelta
from pathlib import Path

from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import close_old_connections
from django.utils import timezone

from ccexport.roles import ADMINISTRATORS
from connections import tokens
from connections.clients import client_for
from connections.consent_text import CURRENT
from connections.models import Connection, Consent, ExportUser, RequestBudget, TokenSet
from constant_contact import Tokens
from exports.models import Export, Run
from exports.runs import cancel_run, start_run
from exports.tasks import advance_open_runs
from profiles.models import ProfileSource
from segments.models import Segment
from tests.outage import people
from tests.outage.service import Service

SOURCE = "Customers"


class Installation:
    """Made anew in an empty database; the exports by `make_exports`."""

    def __init__(self, service: Service, folder: Path) -> None:
        self._service, self._folder = service, folder
        self._made = 0
        self.version, self._latest = 0, 0  # of the profiles that are in the source now, and of any so far
        self.exports: dict[str, dict[str, Export]] = {}  # by encoding and team
        call_command("migrate", verbosity=0)
        self.admin = User.objects.create_user("outage", "outage@example.com", is_staff=True)
        self.admin.groups.add(Group.objects.get(name=ADMINISTRATORS))
        self.connection = Connection.objects.create(
            display_name="Outages", sharing=Connection.Sharing.CONTRIBUTORS, created_by=self.admin
        )
        Consent.objects.create(connection=self.connection, user=self.admin, text_version=CURRENT, language="en")
        ExportUser.objects.create(connection=self.connection, user=self.admin, confirmed_at=timezone.now())
        self.connect()
        self.change_people(people.SMALL)
        source = ProfileSource.objects.get(name=SOURCE)
        self._segments = {
            team: Segment.objects.create(name=team, source=source, rules={"op": "and", "rules": [_is(team)]})
            for team in people.TEAMS
        }

    def connect(self) -> None:
        """Connect as a person would, whatever became of the authorization before."""
        issued = self._service.issue_tokens()
        kept = Tokens(
            access_token=issued["access_token"],
            refresh_token=issued["refresh_token"],
            expires_in=int(issued["expires_in"]),
            scope=frozenset(issued["scope"].split()),
        )
        tokens.store_tokens(self.connection, kept)
        with client_for(self.connection, for_page=True) as client:
            account = client.account_summary()
        now = timezone.now()
        Connection.objects.filter(pk=self.connection.pk).update(
            account_id=account.encoded_account_id,
            organization_name=account.organization_name,
            authenticated_at=now,
            authenticated_by=self.admin,
            saved_at=now,
        )
        self.connection.refresh_from_db()

    @property
    def is_connected(self) -> bool:
        self.connection.refresh_from_db()
        return self.connection.state == Connection.State.CONNECTED

    def change_people(self, rows: int, version: int = 0) -> None:
        """Import other values of everybody: those of an earlier version, or of one that never was."""
        self.version = version or self._latest + 1
        self._latest = max(self._latest, self.version)
        path = self._folder / "people.parquet"
        people.write(path, self.version, rows)
        call_command("import_profiles", str(path), source=SOURCE, key="id", verbosity=0, stdout=io.StringIO())
        path.unlink()

    def make_exports(self, encoding: str) -> None:
        """Make an export for each team, to a list that is new and empty, in place of those there were."""
        self._made += 1
        self.exports[encoding] = {}
        for team in people.TEAMS:
            name = f"{encoding} {team} {self._made}"
            export = Export.objects.create(
                name=name,
                connection=self.connection,
                list_id=self._service.add_list(name),
                list_name=name,
                list_account_id=self.connection.account_id,
                mapping=people.MAPPINGS[encoding],
                created_by=self.admin,
            )
            export.segments.add(self._segments[team])
            self.exports[encoding][team] = export

    def start_runs(self, encoding: str) -> dict[str, Run]:
        """Press Run now for each export of this encoding; the runs by team."""
        exports = {team: Export.objects.get(pk=export.pk) for team, export in self.exports[encoding].items()}
        return {team: start_run(export, by=self.admin)[0] for team, export in exports.items()}

    def let_tokens_expire(self) -> None:
        """So that the next call begins with a refresh."""
        TokenSet.objects.update(expires_at=timezone.now() - timedelta(minutes=1))

    def hurry(self) -> None:
        """Let whoever waits for a later moment go on now, as if that had come."""
        RequestBudget.objects.update(exhausted_until=None)
        TokenSet.objects.update(claimed_until=None)
        soon = timezone.now() + timedelta(seconds=1.5)
        late = Run.objects.open().filter(status=Run.Status.WAITING, resume_at__gt=soon)
        if late.update(resume_at=timezone.now()):
            advance_open_runs()

    def cancel(self, run: Run) -> None:
        cancel_run(run, by=self.admin)


def are_over(runs: dict[str, Run]) -> bool:
    return not Run.objects.open().filter(pk__in=[run.pk for run in runs.values()]).exists()


def wait_for_row(condition: object, seconds: float) -> bool:
    """Wait until a callable that asks the database says yes; False when it never does in time."""
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    close_old_connections()
    return True


def _is(team: str) -> dict[str, object]:
    return {"attribute": "team", "operator": "equals", "value": team}
