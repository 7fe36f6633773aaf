"""Alerts: what counts as an incident, who hears of it, once when it begins and once when it is over."""

from datetime import timedelta
from html import unescape
from urllib.parse import urlsplit

import pytest
import time_machine
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.models import Task as Done

from ccexport.alerts import delivery, detect, store, watchdog
from ccexport.models import Incident, Recipient
from ccexport.tasks import every_minute
from connections.models import Connection, TokenSet
from exports.models import Run
from tests.exports.pages import plain_export
from tests.support.batches import stored_batch
from tests.support.marks import mark
from web.messages import registered

LIST = "559a8e62-ae55-44cf-9c9c-c976ca9904ab"
ALERTS = reverse("admin:system_alerts")
Kind = Incident.Kind


@pytest.fixture
def export(connection, bob):
    return plain_export(connection, LIST, name="US customers", created_by=bob)


def ended(export, status: str, reason: str = "", **columns) -> Run:
    now = timezone.now()
    return Run.objects.create(
        export=export, trigger="scheduled", status=status, reason=reason, finished_at=now, configuration={}, **columns
    )


def a_minute_passes() -> list[str]:
    """What the tick and its tasks do; returns the kinds of incident that are open then."""
    store.reconcile(detect.present_incidents())
    for incident in store.pending():
        delivery.deliver(incident.pk)
    return list(Incident.objects.filter(closed_at=None).order_by("kind").values_list("kind", flat=True))


def mailed() -> list[tuple[str, str]]:
    """Who got a mail, with the title in its subject: [product, installation] title (time)."""
    return [(one.to[0].split("@")[0], title_of(one)) for one in mail.outbox]


def title_of(message) -> str:
    return message.subject.partition("] ")[2].rpartition(" (")[0]


def test_failed_run_is_mailed_once_to_administrators_and_to_who_made_the_export(export, alice, bob, dave):
    ended(export, "failed", "no_email_mapping")

    for _ in range(3):
        assert a_minute_passes() == [Kind.RUN_FAILED]

    failed = "The export “US customers” failed."
    assert mailed() == [("alice", failed), ("bob", failed)]
    assert "No attribute is matched to Email." in mail.outbox[0].body
    assert "/admin/exports/run/" in mail.outbox[0].body


def test_export_that_works_again_is_mailed_once(export, alice, bob):
    ended(export, "failed", "unexpected")
    a_minute_passes()
    mail.outbox.clear()
    ended(export, "succeeded")

    for _ in range(2):
        assert a_minute_passes() == []

    assert [subject for _, subject in mailed()] == ["The export “US customers” works again."] * 2


def test_a_second_failure_is_no_second_message(export, alice):
    ended(export, "failed", "unexpected")
    a_minute_passes()
    sent = len(mail.outbox)
    ended(export, "failed", "gave_up")
    a_minute_passes()

    assert len(mail.outbox) == sent


def test_every_kind_has_a_text_for_its_beginning_and_its_end():
    assert {f"alert.{kind}{end}" for kind in Kind.values for end in ("", ".over")} <= registered().keys()


@pytest.mark.parametrize("after", [("cancelled", ""), ("failed", "reconnect")])
def test_run_that_proves_nothing_closes_no_incident(after, export, alice):
    ended(export, "failed", "unexpected")
    ended(export, *after)

    assert Kind.RUN_FAILED in a_minute_passes()


def test_previews_are_no_incident(export, alice):
    ended(export, "failed", "unexpected", preview=True)

    assert a_minute_passes() == []


def test_skipped_run_is_mailed_as_skipped_and_not_as_failed(export, alice, bob):
    ended(export, "skipped", "no_members")

    for _ in range(3):
        assert a_minute_passes() == [Kind.RUN_FAILED]

    skipped = "The export “US customers” was skipped."
    assert mailed() == [("alice", skipped), ("bob", skipped)]
    assert "The selected segments have no members, so nothing was sent." in mail.outbox[0].body


def test_a_mail_says_what_became_of_everybody(export, alice):
    run = ended(export, "failed", "unexpected", counts={"send": 50, "unchanged": 3})
    stored_batch(run, 20, refused=1, activity_id="a", number=1)
    stored_batch(run, 10, "unknown", activity_id="b", number=2)
    stored_batch(run, 20, "cancelled", number=3)
    a_minute_passes()

    text = mail.outbox[0].body
    assert "19 profiles had been imported before." in text
    assert "What became of 10 profiles that were sent is not known. Such profiles are sent again" in text
    assert "Accepted by Constant Contact: 19 · Unchanged since the last run: 3 · Refused by Constant Contact: 1" in text


@time_machine.travel("2026-11-29 20:50 +0000", tick=False)
def test_subject_names_product_installation_and_time(export, alice, settings):
    settings.BASE_URL = "https://exports.example.com"
    ended(export, "failed", "unexpected")
    a_minute_passes()

    failed = "The export “US customers” failed."
    subject = mail.outbox[0].subject
    assert subject == f"[Constant Contact exporter, exports.example.com] {failed} (11/29/2026 8:50 p.m.)"


def test_mail_about_the_end_is_readable_and_says_how_to_switch_mails_off(export, alice):
    with time_machine.travel("2026-11-29 20:00 +0000", tick=False):
        ended(export, "failed", "unexpected")
        a_minute_passes()
    with time_machine.travel("2026-11-29 20:50 +0000", tick=False):
        ended(export, "succeeded")
        a_minute_passes()

    what, page, switch_off = mail.outbox[-1].body.split("\n\n")
    assert (
        what == "The problem began at Nov. 29, 2026, 8 p.m., was over at Nov. 29, 2026, 8:50 p.m. and needs no action."
    )
    assert "/admin/exports/run/" in page
    assert switch_off.endswith(ALERTS)


def test_link_leads_to_a_page_that_its_reader_may_open(export, alice, bob, alice_client, bob_client):
    Connection.objects.update(state="needs_reconnecting")
    a_minute_passes()

    clients = {"alice": alice_client, "bob": bob_client}
    links = {one.to[0].split("@")[0]: urlsplit(one.body.split("\n\n")[1]).path for one in mail.outbox}
    assert links == {"alice": f"/admin/connections/connection/{export.connection_id}/change/", "bob": "/"}
    assert {clients[name].get(link).status_code for name, link in links.items()} == {200}


def test_page_shows_what_went_wrong_last(export, alice_client):
    ended(export, "failed", "unexpected")
    a_minute_passes()
    ended(export, "skipped", "no_members")
    a_minute_passes()

    assert Incident.objects.get().details["status"] == "skipped"
    assert "The export “US customers” was skipped." in alice_client.get(ALERTS).text


@pytest.mark.parametrize(("days", "title"), [(1, "expires in 1 day."), (2, "expires in 2 days.")])
def test_days_are_counted_in_words(days, title, connection, alice):
    TokenSet.objects.update(refreshed_at=timezone.now() - timedelta(days=180 - days, minutes=1))
    a_minute_passes()

    assert mailed()[0][1].endswith(title)


def test_connection_that_needs_reconnecting_is_mailed_instead_of_each_export(export, alice, bob):
    Connection.objects.update(state="needs_reconnecting")
    ended(export, "failed", "reconnect")

    assert a_minute_passes() == [Kind.RECONNECT]
    assert {name for name, _ in mailed()} == {"alice", "bob"}

    Connection.objects.update(state="connected")
    assert a_minute_passes() == []
    assert title_of(mail.outbox[-1]) == "The connection “Newsletter” works again."


@pytest.mark.parametrize(("age", "is_open"), [(165, False), (166, True), (179, True)])
def test_authorization_that_expires_is_an_incident_fourteen_days_ahead(age, is_open, connection, alice):
    TokenSet.objects.update(refreshed_at=timezone.now() - timedelta(days=age, minutes=1))

    assert (Kind.EXPIRES in a_minute_passes()) is is_open


@pytest.mark.parametrize(("refused", "is_open"), [(5, False), (6, True)])
def test_more_than_five_of_a_hundred_refused_is_an_incident(refused, is_open, export, alice):
    run = ended(export, "completed_with_errors", "some_left_out", counts={"send": 100})
    stored_batch(run, 100, refused=refused, activity_id="a")

    assert (Kind.REFUSED in a_minute_passes()) is is_open


def test_late_start_is_an_incident_until_one_is_on_time(export, alice):
    ended(export, "succeeded", scheduled_for=timezone.now() - timedelta(hours=2))
    assert a_minute_passes() == [Kind.LATE]

    ended(export, "succeeded", scheduled_for=timezone.now())
    assert a_minute_passes() == []


def test_what_was_removed_is_not_mailed_as_working_again(export, alice):
    ended(export, "failed", "unexpected")
    a_minute_passes()
    mail.outbox.clear()
    export.delete()

    assert a_minute_passes() == []
    assert mail.outbox == []


def test_what_was_over_before_anybody_was_notified_is_not_mailed(export, alice):
    ended(export, "failed", "unexpected")
    store.reconcile(detect.present_incidents())
    ended(export, "succeeded")

    a_minute_passes()

    assert mail.outbox == []


def test_two_workers_open_and_claim_an_incident_once(export, alice):
    assert store.open_incident(Kind.NO_WORKER) is not None
    assert store.open_incident(Kind.NO_WORKER) is None

    incident = Incident.objects.get()
    assert store.claim(incident.pk) is not None
    assert store.claim(incident.pk) is None


def test_a_mail_server_that_is_away_is_asked_again_later(export, alice, settings):
    ended(export, "failed", "unexpected")
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    a_minute_passes()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    a_minute_passes()
    assert mail.outbox == []

    with time_machine.travel(timezone.now() + timedelta(minutes=3)):
        a_minute_passes()
    assert len(mail.outbox) == 2


def test_people_switch_their_messages_off(export, alice, bob, bob_client):
    bob_client.post(reverse("admin:system_alerts_choose"), {})
    ended(export, "failed", "unexpected")
    a_minute_passes()

    assert [name for name, _ in mailed()] == ["alice"]

    bob_client.post(reverse("admin:system_alerts_choose"), {"wants_email": "on"})
    assert Recipient.objects.get(user=bob).wants_email


def test_who_was_deactivated_or_lost_the_role_hears_nothing(export, alice, bob):
    bob.groups.clear()
    alice.is_active = False
    alice.save()
    ended(export, "failed", "unexpected")
    a_minute_passes()

    assert mail.outbox == []


def test_a_message_is_in_the_language_its_reader_signed_in_with(alice, client):
    client.post(reverse("admin:login"), {"username": "alice", "password": "correct horse battery staple"},
                headers={"accept-language": "zh-hans"})  # fmt: skip

    assert Recipient.objects.get(user=alice).language == "zh-hans"


def test_the_tick_asks_the_queue_and_sends_nothing_itself(export, alice):
    ended(export, "failed", "unexpected")
    before = OrmQ.objects.count()

    every_minute()

    assert OrmQ.objects.count() == before + 1
    assert mail.outbox == []


def test_web_process_mails_within_two_minutes_that_no_worker_runs(db, alice, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(watchdog.time, "monotonic", lambda: now[0])
    watcher = watchdog.Watchdog()
    for _check in range(6):
        watcher.check()
        now[0] += watchdog.EVERY

    assert now[0] <= 120
    assert mailed() == [("alice", "No worker is running.")]

    get_broker().set_stat(f"{Conf.Q_STAT}:one-cluster", "alive", 60)
    watcher.check()
    assert a_minute_passes() == []
    assert mailed()[-1] == ("alice", "A worker is running again.")


def test_stalled_workers_are_mailed_once_their_longest_task_would_be_over(db, alice, monkeypatch):
    now, began = [0.0], timezone.now() - timedelta(hours=1)
    monkeypatch.setattr(watchdog.time, "monotonic", lambda: now[0])
    get_broker().set_stat(f"{Conf.Q_STAT}:one-cluster", mark(began), 600)
    tick = {"name": "tick", "func": "f", "group": "system: every minute", "success": True}
    Done.objects.create(id="a-tick", started=began, stopped=timezone.now() - timedelta(minutes=3), **tick)
    watcher = watchdog.Watchdog()
    watcher.check()
    now[0] += 310
    watcher.check()
    assert mail.outbox == []

    now[0] += watchdog.EVERY
    watcher.check()
    assert mailed() == [("alice", "The task queue is stuck.")]

    Done.objects.create(id="another-tick", started=timezone.now(), stopped=timezone.now(), **tick)
    watcher.check()
    assert a_minute_passes() == []
    assert mailed()[-1] == ("alice", "The task queue is working again.")


def test_a_worker_that_restarts_is_no_incident(db, alice, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(watchdog.time, "monotonic", lambda: now[0])
    watcher = watchdog.Watchdog()
    watcher.check()
    now[0] += 60
    watcher.check()
    get_broker().set_stat(f"{Conf.Q_STAT}:one-cluster", "alive", 60)
    watcher.check()

    assert mail.outbox == []


def test_a_restart_of_workers_that_got_nothing_done_is_no_message_that_there_is_none(db, alice, monkeypatch):
    now, began = [0.0], timezone.now() - timedelta(hours=1)
    monkeypatch.setattr(watchdog.time, "monotonic", lambda: now[0])
    get_broker().set_stat(f"{Conf.Q_STAT}:one-cluster", mark(began), 600)
    tick = {"name": "tick", "func": "f", "group": "system: every minute", "success": True}
    Done.objects.create(id="a-tick", started=began, stopped=timezone.now() - timedelta(minutes=3), **tick)
    watcher = watchdog.Watchdog()
    watcher.check()
    now[0] += 200
    get_broker().cache.clear()
    watcher.check()
    now[0] += watchdog.SILENT_AFTER - 1
    watcher.check()
    assert mail.outbox == []

    now[0] += 1
    watcher.check()
    assert mailed() == [("alice", "No worker is running.")]


def test_the_page_shows_what_is_wrong_and_what_is_over(export, alice_client):
    get_broker().set_stat(f"{Conf.Q_STAT}:one-cluster", "alive", 600)
    assert "Nothing is wrong at the moment." in alice_client.get(ALERTS).text

    ended(export, "failed", "unexpected")
    assert "The export “US customers” failed." in alice_client.get(ALERTS).text

    a_minute_passes()
    ended(export, "succeeded")
    assert "Nothing is wrong at the moment." in alice_client.get(ALERTS).text
    a_minute_passes()
    assert "Over by now" in alice_client.get(ALERTS).text


def test_the_page_is_red_as_soon_as_status_is(db, alice_client):
    """One judgement: the patience before somebody is mailed is none of the pages."""
    pages = {name: reverse(f"admin:system_{name}") for name in ("alerts", "status")} | {"home": "/"}

    def saying(text: str) -> list[str]:
        return [name for name, page in pages.items() if text in unescape(alice_client.get(page).text)]

    get_broker().set_stat(f"{Conf.Q_STAT}:one-cluster", mark(timezone.now() - timedelta(hours=1)), 600)
    assert saying("No worker is running.") == []

    OrmQ.objects.create(key="exporter", payload="a message", lock=timezone.now() - timedelta(minutes=3))
    assert saying("The task queue is stuck.") == [*pages]

    get_broker().cache.clear()
    assert saying("No worker is running.") == [*pages]


def test_makers_see_their_own_choice_and_no_more(export, bob_client, carol_client):
    ended(export, "failed", "unexpected")
    a_minute_passes()
    page = bob_client.get(ALERTS).text

    assert "Messages to you" in page
    assert "failed." not in page
    assert "Send a test message" not in page
    assert carol_client.get(ALERTS).status_code == 403


def test_the_test_button_says_what_became_of_it(alice_client, settings, caplog):
    settings.ALERT_URLS = ["json://user:a-secret@127.0.0.1:9/"]

    page = alice_client.post(reverse("admin:system_alerts_test"), follow=True)

    shown = [str(message) for message in page.context["messages"]]
    assert shown[0] == "1 test message was sent."
    assert shown[1].startswith("1 test message could not be sent.")
    assert mailed() == [("alice", "Test message")]
    assert "a-secret" not in caplog.text + page.text
    assert "json" in page.text


def test_the_watch_outlives_every_exception_and_logs_no_text_of_it(monkeypatch, caplog):
    class Over(BaseException):
        pass

    errors = iter([ValueError("alice@example.com"), RuntimeError("a bug"), OSError("no network"), Over()])

    class Broken(watchdog.Watchdog):
        def check(self):
            raise next(errors)

    monkeypatch.setattr(watchdog, "Watchdog", Broken)
    monkeypatch.setattr(watchdog, "EVERY", 0)
    monkeypatch.setattr(watchdog, "close_old_connections", lambda: None)
    with pytest.raises(Over):
        watchdog._run()
    assert [word for word in ("ValueError", "RuntimeError", "OSError") if word in caplog.text] == [
        "ValueError",
        "RuntimeError",
        "OSError",
    ]
    assert "alice@example.com" not in caplog.text


def test_a_mail_server_that_is_slow_to_fail_does_not_outlast_the_claim(db, alice, bob, monkeypatch, caplog):
    def slow(user, message):
        now[0] += delivery.LIMITS.alert.work
        return delivery.Outcome(failed=1)

    now = [0.0]
    monkeypatch.setattr(delivery.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(delivery, "_mail", slow)
    incident = store.open_incident(Kind.RUN_FAILED, "", name="x", run=1, reason="unexpected", details={})
    outcome = delivery._send([alice, bob], lambda reader: delivery.notification_of(incident, reader=reader))
    assert outcome == delivery.Outcome(failed=2)
    assert "people not notified: 1" in caplog.text
