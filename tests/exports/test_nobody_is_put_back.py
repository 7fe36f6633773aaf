"""Whoever opted out, left the list or was deleted is not put back by a run, whatever changes; and each is named."""

import pytest
from django.urls import reverse

from exports.models import Export, OptOuts, Run
from exports.plan.reader import left_out_rows
from exports.runs import send_planned, start_run
from tests.support.fixtures_exports import PEOPLE, make_source, on_list, work_until_over

CLEAN = [
    *PEOPLE[:3],
    {"id": "8", "email": "dora@example.com", "first_name": "Dora", "last_name": "D", "country": "France"},
    {"id": "9", "email": "emma@example.com", "first_name": "Emma", "last_name": "E", "country": "France"},
]


def run_of(export: Export, **how) -> Run:
    OptOuts.objects.update(read_at=None)  # the next run looks again
    return work_until_over(start_run(Export.objects.get(pk=export.pk), by=None, **how)[0])


def changed(people, value: str):
    return [{**each, "last_name": value} for each in people]


@pytest.mark.django_db
def test_nobody_who_opted_out_left_or_was_deleted_is_put_back(export, sandbox, list_id, tmp_path, alice_client):
    make_source(tmp_path, CLEAN)
    first = run_of(export)
    assert first.counts == {"send": 5}
    everybody = {each["email"] for each in CLEAN}
    assert on_list(sandbox, list_id) == everybody

    sandbox.unsubscribe("ana@example.com")
    sandbox.leave_list("ben@example.com", list_id)
    sandbox.delete_contact("chen@example.com")
    make_source(tmp_path, changed(CLEAN, "Changed"))
    second = run_of(export)

    assert second.counts == {"send": 2, "opted_out": 1, "left_list": 1, "deleted": 1}
    assert (second.status, second.reason) == (Run.Status.SUCCEEDED, "")  # all of it is known: nothing is amber
    assert on_list(sandbox, list_id) == {"dora@example.com", "emma@example.com"}
    rows = {row[1]: [str(cell) for cell in row[2:]] for row in left_out_rows(second)}
    assert {email: row[0] for email, row in rows.items()} == {
        "ana@example.com": "Opted out",
        "ben@example.com": "Left this list",
        "chen@example.com": "Deleted at Constant Contact",
    }
    assert all(row[2] for row in rows.values())  # since when
    page = alice_client.get(reverse("admin:exports_run_change", args=[second.pk]))
    parts = {str(part.label): (part.tone, part.count) for part in page.context["parts"]}
    assert parts == {"Accepted by Constant Contact": ("success", 2), "Kept off the list": ("neutral", 3)}
    person = alice_client.post(reverse("admin:exports_run_person", args=[second.pk]), {"person": "ben@example.com"})
    assert "This application did not take them off." in person.text
    assert "They are not put back." in person.text

    # Ben comes back by his own doing. Dora leaves the segments, and Emma has another address.
    sandbox.add_contacts({"email": "ben@example.com", "lists": [list_id]})
    moved = [each for each in changed(CLEAN, "Changed") if each["id"] != "8"]
    moved[-1]["email"] = "emma.new@example.com"
    make_source(tmp_path, moved)
    Export.objects.filter(pk=export.pk).update(former_addresses="show")
    third = run_of(export)

    assert third.counts == {"send": 2, "opted_out": 1, "deleted": 1, "leaver": 1, "former_address": 1}
    assert third.selected == 4
    page = alice_client.get(reverse("admin:exports_run_change", args=[third.pk])).text
    assert "1 person is no longer in the segments and stays on the list." in page
    assert "1 former address of people in the segments stays on the list." in page
    assert {row[1]: str(row[2]) for row in left_out_rows(third)} == {
        "ana@example.com": "Opted out",
        "chen@example.com": "Deleted at Constant Contact",
        "dora@example.com": "Left the segments",
        "emma@example.com": "Former email address",
    }

    # Nothing is new: nothing is sent, and nobody is put back.
    imports = sandbox.stats()["imports"]
    fourth = run_of(export)
    assert fourth.counts == {"unchanged": 2, "opted_out": 1, "deleted": 1, "leaver": 1, "former_address": 1}
    assert sandbox.stats()["imports"] == imports
    assert fourth.status == Run.Status.SUCCEEDED


@pytest.mark.django_db
def test_a_preview_is_not_sent_after_somebody_of_it_opted_out(export, sandbox, list_id, tmp_path, settings):
    make_source(tmp_path, CLEAN)
    run_of(export)
    make_source(tmp_path, changed(CLEAN, "Changed"))
    preview = run_of(export, preview=True)
    assert preview.counts == {"send": 5}
    settings.OPT_OUTS_MAX_AGE = 0
    sandbox.unsubscribe("ana@example.com")

    run, _started = send_planned(preview, by=None)
    work_until_over(run)

    assert (run.status, run.reason) == (Run.Status.PLANNED, "people_changed")
    assert run.counts == {"send": 4, "opted_out": 1}
    assert sandbox.stats()["imports"] == 1
