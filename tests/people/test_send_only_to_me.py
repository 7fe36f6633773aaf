"""*Send only to me*: one person of a preview with the address of whoever clicks, and nothing of it harms the export."""

import uuid
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import User
from django.db.models import Q
from django.urls import reverse

from exports.models import OptOuts, Roster, Run, Suppression
from exports.people.standing import known_on
from exports.people.suppressions import key_maker
from exports.reports.attention import can_retry, latest_runs
from exports.runs import start_run
from profiles.snapshots import store_parquet
from tests.exports.pages import sentences
from tests.support.fixtures_exports import PEOPLE, REACHED, make_source, on_list, work_until_over

BOB = "bob@example.com"


@pytest.fixture
def planned(export, bob) -> Run:
    """A preview of 6 people, of whom 3 would be sent."""
    export.connection.sharing = "contributors"
    export.connection.save()
    bob.email = " Bob@Example.com"
    bob.save()
    return work_until_over(start_run(export, by=bob, trigger=Run.Trigger.PREVIEW, preview=True)[0])


def click(client, run: Run, **data) -> str:
    return sentences(client.post(reverse("admin:exports_run_to_me", args=[run.pk]), data, follow=True))


def opt_out(account_id: str, address: str, folder: Path, kind: str = "opted_out") -> None:
    """What the last look at the account found."""
    path = folder / f"{uuid.uuid4()}.parquet"
    with duckdb.connect() as duck:
        duck.execute(f"""
            COPY (SELECT '{address}' AS email, 'id' AS contact_id, '{kind}' AS kind,
                  TIMESTAMP '2026-11-02 10:00:00' AS at, 'Contact' AS source) TO '{path}' (FORMAT parquet)
        """)
    now = datetime.now(UTC)
    OptOuts.objects.update_or_create(
        account_id=account_id,
        defaults={"file": store_parquet("opt_outs", path), "read_at": now, "read_all_at": now, "cursor": now},
    )


def suppress(address: str, by: User) -> None:
    key = key_maker()(address)
    Suppression.objects.create(email=address, key=key, reason="Asked for it by phone.", created_by=by)


def test_one_contact_with_my_address_is_sent_and_later_runs_know_nothing_of_it(
    planned, export, bob, bob_client, sandbox, list_id, tmp_path
):
    assert "is being sent to the list" in click(bob_client, planned)
    small = Run.objects.get(trigger=Run.Trigger.TO_ME)
    assert (small.started_by, small.selected, small.to_send) == (bob, 1, 1)
    assert "is in progress" in click(bob_client, planned)  # one at a time
    work_until_over(small)
    assert small.status == Run.Status.SUCCEEDED
    assert on_list(sandbox, list_id) == {BOB}
    assert sandbox.person(BOB)["first_name"] == "Ana"  # the first one who is sent
    assert LogEntry.objects.filter(additional_data__event="sent_to_me", actor=bob).count() == 1

    page = bob_client.get(reverse("admin:exports_run_change", args=[small.pk])).content.decode()
    assert "This run sends one contact to try the list" in page
    assert "Run again" not in page
    assert not can_retry(small)

    # The roster knows it as nobody's: it is no leaver of any segment, and no profile's former address.
    known = known_on(Roster.objects.get(list_id=list_id), BOB)
    assert (known.export_id, known.run_id) == (None, small.pk)

    # Of another person, the one that somebody looks at.
    rows = bob_client.get(reverse("admin:exports_run_people", args=[planned.pk])).context["rows"]
    (ben,) = [row["place"] for row in rows if row["email"] == "ben@example.com"]
    click(bob_client, planned, place=ben)
    work_until_over(Run.objects.filter(trigger=Run.Trigger.TO_ME).first())
    assert sandbox.person(BOB)["first_name"] == "Ben"
    click(bob_client, planned, place=999)
    assert Run.objects.filter(trigger=Run.Trigger.TO_ME).count() == 2

    # The export has no baseline by it, and the preview can still be sent.
    export.refresh_from_db()
    assert export.baseline is None
    bob_client.post(reverse("admin:exports_run_send", args=[planned.pk]))
    planned.refresh_from_db()
    work_until_over(planned)
    assert on_list(sandbox, list_id) == {*REACHED, BOB}
    assert latest_runs(Q(runs__finished_at__isnull=False)).get() == planned

    # Bob is one of the people from now on: what the trial overwrote is sent.
    bob_row = {"id": "9", "email": BOB, "first_name": "Bob", "last_name": "Baker", "country": "France"}
    make_source(tmp_path, [*PEOPLE, bob_row])
    last = work_until_over(start_run(export, by=bob)[0])
    assert last.counts["send"] == 1
    preview = work_until_over(start_run(export, by=bob, trigger=Run.Trigger.PREVIEW, preview=True)[0])
    assert preview.counts.get("send", 0) == 0
    click(bob_client, preview)  # nobody is sent: nothing to try
    assert Run.objects.filter(trigger=Run.Trigger.TO_ME).count() == 2
    work_until_over(start_run(export, by=bob, everyone=True)[0])
    export.refresh_from_db()
    assert sandbox.person(BOB)["first_name"] == "Bob"


def test_values_that_a_trial_overwrote_are_sent_again(planned, export, bob, bob_client, sandbox, list_id, tmp_path):
    """Bob is one of the people himself."""
    make_source(
        tmp_path, [*PEOPLE, {"id": "9", "email": BOB, "first_name": "Bob", "last_name": "B", "country": "France"}]
    )
    work_until_over(start_run(export, by=bob)[0])
    preview = work_until_over(start_run(export, by=bob, trigger=Run.Trigger.PREVIEW, preview=True, everyone=True)[0])
    click(bob_client, preview)
    work_until_over(Run.objects.filter(trigger=Run.Trigger.TO_ME).get())
    assert sandbox.person(BOB)["first_name"] == "Ana"
    again = work_until_over(start_run(export, by=bob)[0])
    assert again.counts == {**again.counts, "send": 1, "unchanged": 3}
    assert sandbox.person(BOB)["first_name"] == "Bob"


def test_nobody_who_opted_out_sends_to_themselves(planned, export, bob, bob_client, sandbox, tmp_path):
    account = export.connection.account_id
    opt_out(account, BOB, tmp_path)
    assert "opted out at Constant Contact" in click(bob_client, planned)
    assert not Run.objects.filter(trigger=Run.Trigger.TO_ME).exists()

    # Found out between the click and the worker.
    opt_out(account, "somebody@example.com", tmp_path)
    click(bob_client, planned)
    opt_out(account, BOB, tmp_path, "deleted")
    small = work_until_over(Run.objects.get(trigger=Run.Trigger.TO_ME))
    assert (small.status, small.reason) == (Run.Status.SKIPPED, "to_me_deleted")
    assert sandbox.stats()["imports"] == 0

    opt_out(account, "somebody@example.com", tmp_path)
    suppress(BOB, bob)
    assert "suppressed here" in click(bob_client, planned)
    bob.email = ""
    bob.save()
    assert "no email address" in click(bob_client, planned)


def test_only_who_may_run_the_export_tries_it_and_only_from_a_preview(planned, carol_client, bob_client):
    assert carol_client.post(reverse("admin:exports_run_to_me", args=[planned.pk])).status_code == 403
    assert bob_client.get(reverse("admin:exports_run_to_me", args=[planned.pk])).status_code == 302
    Run.objects.filter(pk=planned.pk).update(status=Run.Status.FAILED, finished_at=planned.queued_at, preview=False)
    assert "Preview the export first" in click(bob_client, planned)
    assert not Run.objects.filter(trigger=Run.Trigger.TO_ME).exists()
