"""What a run did is said in many rooms; each of them says the same numbers, and they add up to who was selected."""

import re
from html import unescape

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ccexport.alerts.detect import present_incidents
from ccexport.alerts.notifications import notification_of
from ccexport.models import Incident
from connections.models import Connection
from exports.models import Batch, Run
from exports.reports.badges import run_badge
from exports.reports.numbers import HANDED_OVER, KEPT_BACK, numbers_of, with_numbers
from exports.reports.terminal import summary
from tests.exports.pages import plain_export
from tests.support.batches import batch

LABELS = {str(label): name for name, (label, _tone) in {**HANDED_OVER, **KEPT_BACK}.items()} | {
    "Left out": "left_out",
    "Kept off the list": "kept_out",
    "set_aside": "set_aside",  # a disposition that nobody gave a name
}
NUMBER = re.compile(r"(.+): ([\d,]+)")


@pytest.fixture
def export(db):
    connected = Connection.objects.create(display_name="Newsletter", state="connected", saved_at=timezone.now())
    return plain_export(connected, "a-list")


def stored(export, status: str, counts: dict[str, int], batches: list[Batch], reason: str = "") -> Run:
    """A run of which this became; whoever was to be sent and is in no batch was not cut into one yet."""
    over = status not in (Run.Status.PLANNED, Run.Status.NEEDS_DECISION, *Run.OPEN)
    now = timezone.now()
    run = Run.objects.create(
        export=export, trigger="on_demand", status=status, stage="confirm", reason=reason, counts=counts,
        configuration={"mapping": {"email": "email"}}, planned_at=now, finished_at=now if over else None,
        preview=status == Run.Status.PLANNED,
    )  # fmt: skip
    for number, each in enumerate(batches, start=1):
        each.run, each.number, each.pk = run, number, None
        each.sent_at = now if each.state not in ("pending", "cancelled") else None
        each.activity_id = f"activity-{number}" if each.sent_at else ""
        each.save()
    return run


def in_line(text: str, separator: str) -> dict[str, int]:
    """The parts that a line of "label: number" names."""
    found = [NUMBER.fullmatch(each.strip()) for each in text.split(separator)]
    return {LABELS[match[1]]: int(match[2].replace(",", "")) for match in found if match}


def nonzero(numbers) -> dict[str, int]:
    return {part.name: part.count for part in numbers.parts()}


def on_run_page(client, run) -> dict[str, int]:
    page = client.get(f"/admin/exports/run/{run.pk}/change/")
    labels = re.findall(r'class="cc-parts" .*?aria-label="(.*?)"', page.text)
    return in_line(unescape(labels[0]), ", ") if labels else {}


def in_list_of_runs(client, run) -> dict[str, int]:
    labels = re.findall(r'class="cc-parts cc-mini" .*?aria-label="(.*?)"', client.get("/admin/exports/run/").text)
    return in_line(unescape(labels[0]), ", ") if labels else {}


def in_terminal(client, run) -> dict[str, int]:
    found = {}
    for line in summary(run, seconds=1).splitlines():
        label, _blank, number = line.strip().rpartition("  ")
        if label.strip() in LABELS and not line.startswith("    "):
            found[LABELS[label.strip()]] = int(number.replace(",", ""))
    return found


def on_status(client, run) -> dict[str, int]:
    groups = client.get("/admin/system/status/").context["groups"]
    (task,) = next(group.tasks for group in groups if str(group.title) == "Exports")
    return in_line(task.numbers, " · ")


def in_metrics(client, run) -> dict[str, int]:
    lines = re.findall(r'ccexport_last_run_profiles{.*outcome="(\w+)"} ([\d.]+)', client.get("/metrics").text)
    return {name: int(float(number)) for name, number in lines}


def on_home(client, run) -> dict[str, int]:
    row = client.get("/").context["runs"][0]
    return nonzero(row["numbers"])


def in_list_of_exports(client, run) -> str:
    """The list of exports tells of the last run by its status alone: counting would cost a fifth of its time."""
    page = client.get("/admin/exports/export/").text
    link = r'<a class="cc-cell__main" href="/admin/exports/run/(\d+)/change/">'
    return dict(re.findall(rf'{link}<span class="cc-badge (.*?)">', page))[str(run.pk)]


ROOMS = (on_run_page, in_list_of_runs, in_terminal, on_status, in_metrics, on_home)
NOT_OF_PREVIEWS = (on_status, in_metrics, on_home)  # they tell of runs that send


def everywhere(client, run: Run) -> None:
    """Check that all rooms say the same of the run, and what they say adds up."""
    truth = numbers_of(run, list(run.batches.all()))
    assert numbers_of(run) == numbers_of(with_numbers(Run.objects.filter(pk=run.pk)).get()) == truth
    assert sum(nonzero(truth).values()) == truth.selected == sum(run.counts.values())
    rooms = [room for room in ROOMS if run.status != Run.Status.PLANNED or room not in NOT_OF_PREVIEWS]
    assert {room.__name__: room(client, run) for room in rooms} == {room.__name__: nonzero(truth) for room in rooms}
    if run.status != Run.Status.PLANNED:
        _handed_over_alike(client, truth)
        assert f"cc-tone-{run_badge(run.status, run.reason).tone}" in in_list_of_exports(client, run)
    if run.status in (Run.Status.FAILED, Run.Status.SKIPPED):
        _told_alike(truth)


def _handed_over_alike(client, truth) -> None:
    page = client.get("/").context
    sent = {name: count for name, count in nonzero(truth).items() if name in HANDED_OVER}
    today = {part.name: part.count for part in page["daily"].totals} if page["daily"] else {}
    assert today == sent
    assert page["counts"]["accepted"] == truth.accepted


def _told_alike(truth) -> None:
    for (kind, subject), details in present_incidents().items():
        message = notification_of(Incident(kind=kind, subject=subject, details=details))
        assert in_line(message.numbers, " · ") == (nonzero(truth) if truth.handed_over else {})


PLANNED = {"send": 20, "unchanged": 3, "no_email": 2, "duplicate": 1, "set_aside": 4, "opted_out": 5}
DONE = batch(20, "completed", refused=1, cannot_add=2, unaccounted=3)
TABLE = [
    ("queued", {}, []),
    ("planned", PLANNED, [batch(20, "pending")]),
    ("needs_decision", PLANNED, [batch(20, "pending")]),
    ("running", PLANNED, [batch(5, "completed"), batch(5, "sent"), batch(5, "sending"), batch(5, "pending")]),
    ("waiting", PLANNED, [batch(5, "completed"), batch(5, "refused"), batch(5, "sent"), batch(5, "cancelled")]),
    ("succeeded", {"unchanged": 152}, []),
    ("succeeded", {"send": 20}, [batch(20, "completed")]),
    ("completed_with_errors", PLANNED, [DONE]),
    ("completed_with_errors", PLANNED, [batch(12, "completed"), batch(8, "refused")]),
    ("failed", {}, []),
    ("failed", PLANNED, [batch(12, "completed"), batch(3, "unknown"), batch(5, "cancelled")]),
    ("failed", PLANNED, [batch(12, "completed"), batch(3, "sent"), batch(2, "sending"), batch(3, "pending")]),
    ("failed", PLANNED, [batch(20, "refused")]),
    ("skipped", {}, []),
    ("cancelled", PLANNED, [batch(10, "completed", cannot_add=1), batch(10, "cancelled")]),
    ("cancelled", PLANNED, [batch(20, "unknown")]),
]


@pytest.mark.parametrize(("status", "counts", "batches"), TABLE)
def test_every_room_says_the_same_of_a_run(status, counts, batches, alice_client, export):
    reasons = {"skipped": "no_members", "failed": "unexpected", "cancelled": "cancelled"}
    everywhere(alice_client, stored(export, status, counts, batches, reasons.get(status, "")))


@st.composite
def batches_of_any_kind(draw) -> Batch:
    state, rows = draw(st.sampled_from(Batch.State.values)), draw(st.integers(1, 40_000))
    if state != Batch.State.COMPLETED:
        return batch(rows, state)
    cuts = sorted(draw(st.lists(st.integers(0, rows), min_size=3, max_size=3)))
    lost = {"refused": cuts[0], "cannot_add": cuts[1] - cuts[0], "unaccounted": cuts[2] - cuts[1]}
    return batch(rows, state, **lost)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    status=st.sampled_from(Run.Status.values),
    batches=st.lists(batches_of_any_kind(), max_size=5),
    counts=st.dictionaries(
        st.sampled_from(["unchanged", "no_email", "invalid_email", "duplicate", "suppressed", "set_aside"]),
        st.integers(1, 99_999),
    ),
    uncut=st.integers(0, 9),
)
def test_whatever_became_of_a_run_every_room_says_the_same(alice_client, export, status, batches, counts, uncut):
    Run.objects.all().delete()
    to_send = sum(each.rows for each in batches) + uncut
    run = stored(export, status, counts | {"send": to_send}, batches, "unexpected" if status != "succeeded" else "")
    everywhere(alice_client, run)


HEADLINES = [
    ("planned", {"send": 20, "no_email": 2}, [batch(20, "pending")], "20 of 22 would be sent"),
    ("succeeded", {"unchanged": 152}, [], "152 unchanged, nothing to send"),
    ("completed_with_errors", {"no_email": 2}, [], "Nothing to send"),
    ("succeeded", {"send": 20, "unchanged": 132}, [batch(20, "completed")], "20 accepted, 132 unchanged"),
    ("completed_with_errors", {"send": 20, "no_email": 2}, [DONE], "14 of 22 selected"),
]


@pytest.mark.parametrize(("status", "counts", "batches", "headline"), HEADLINES)
def test_the_list_of_runs_says_in_a_few_words_what_each_did(status, counts, batches, headline, carol_client, export):
    stored(export, status, counts, batches)

    assert headline in carol_client.get("/admin/exports/run/").text
