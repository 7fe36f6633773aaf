"""Makes the fixture: fills a database through the code of commit e047fd8, and dumps it. How: see README.md here.

Runs in a checkout of that commit, with its code and its sandbox; nothing of the present code is loaded.
"""
# ruff: noqa: I001  (what is of ours and what is not can't be told by the folders of today)

import ast
import gzip
import json
import os
import re
import sqlite3
import sys
import tarfile
import tempfile
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

HERE = Path(__file__).resolve().parent
OLD = Path.cwd()
KEYS = json.loads((HERE / "keys.json").read_text())
# What no upgrade needs, or what a visitor leaves behind.
NOT_DUMPED = ("cache", "django_session", "axes_accessattempt", "axes_accesslog", "axes_accessfailurelog", "sqlite_%")
OF_PAGES = {"deletion.py", "inspection.py"}  # sentences that no row keeps
# Sentences about a database, and those an evaluation ends with; the others end an import.
OF_DATABASES = {"checking.py", "refreshing.py", "trouble.py"}
OF_EVALUATIONS = {
    "evaluations.py",
    "kept_members.py",
    "members.py",
    "membership.py",
    "profiles.py",
    "rule_values.py",
    "rules.py",
    "snapshots.py",
}
WARNINGS = ("No column looks like", "holds no dates", "no longer fit these segments", "hold lists, structures")
NUMBERS = {
    "line": 12,
    "expected": 5,
    "found": 6,
    "count": 3,
    "rows": 1500,
    "minutes": 15,
    "seconds": 30,
    "megabytes": 64,
    "most": 1000,
}
LISTS = {"names": ["email", "city"], "positions": [2, 4], "segments": ["France", "Gold members"]}
# By the codes of exports.sentences: what else than a text its sentence needs.
DETAILS = {
    "sent": 40000,
    "found": 1200000,
    "most": 1000000,
    "profiles": 300,
    "planned": 120,
    "left_out": 64,
    "not_added": 7,
    "at": "2026-11-20T00:00:00+00:00",
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, running_sandbox() as sandbox:
        os.environ |= KEYS | {
            "DJANGO_SETTINGS_MODULE": "ccexport.settings",
            "VAR_DIR": folder,
            "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
            "CONSTANT_CONTACT_API_URL": sandbox.api_url,
            "CONSTANT_CONTACT_AUTH_URL": sandbox.auth_url,
            "CONSTANT_CONTACT_CLIENT_ID": sandbox.client_id,
            "CONSTANT_CONTACT_CLIENT_SECRET": sandbox.client_secret,
            "CONSTANT_CONTACT_REQUESTS_PER_SECOND": "1000",
            "ALLOWED_HOSTS": "testserver",
        }
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        fill(sandbox)
        rights = rights_of_people()
        dump(Path(folder), rights)


@contextmanager
def running_sandbox():
    sys.path.insert(0, str(OLD))
    from tests.support.sandbox import Sandbox

    sandbox = Sandbox().start()
    sandbox.reset()
    try:
        yield sandbox
    finally:
        sandbox.stop()


def fill(sandbox) -> None:
    from ccexport.demo import content, customers

    customers.COUNT = 300
    export = content.fill()
    people = more_people()
    send_exports(sandbox, export, people)
    end_in_every_way(export)
    meet_every_problem(people)
    visit_pages(people)
    audit_everything(export, people)
    alert_everybody(export)
    leave_messages(sandbox, export, people)


def more_people():
    """The demo's three, a superuser, one who left, and one whose rights are their own and a group's."""
    from django.contrib.auth.models import Group, Permission, User

    from ccexport.people import remove_person

    def rights(*names):
        return Permission.objects.filter(content_type__app_label="segments", codename__in=names)

    analysts = Group.objects.create(name="Analysts")
    analysts.permissions.set(rights("view_segment", "view_profileimport", "view_databaseaddress"))
    made = {name: User.objects.create_user(name, f"{name}@example.com", is_staff=True) for name in ("left", "analyst")}
    made["boss"] = User.objects.create_superuser("boss", "boss@example.com")
    made["left"].groups.add(Group.objects.get(name="Contributors"))
    remove_person(made["left"])
    made["analyst"].groups.add(analysts)
    made["analyst"].user_permissions.set(rights("view_profilesource", "change_profilesource"))
    return made | {user.username: user for user in User.objects.filter(username__in=("admin", "contributor", "viewer"))}


def work_until_over(run):
    from django.utils import timezone

    from exports.models import Run
    from exports.tasks import advance_run

    for _turn in range(50):
        Run.objects.open().filter(pk=run.pk).update(resume_at=timezone.now())
        advance_run(run.pk)
        run.refresh_from_db()
        if not run.is_open:
            return run
    raise RuntimeError(f"{run} did not end: {run.reason} {run.reason_details}")


def make_segment(name, country, **columns):
    from segments.evaluations import evaluate_now
    from segments.models import ProfileSource, Segment

    rules = {"op": "and", "rules": [{"attribute": "country", "operator": "equals", "value": country}]}
    source = ProfileSource.objects.get(name="Demo customers")
    segment = Segment.objects.create(name=name, source=source, rules=rules, **columns)
    if segment.is_active:
        evaluate_now(segment, trigger="run")
    return segment


def copy_of(export, name, *segments, **columns):
    made = type(export).objects.get(pk=export.pk)
    made.pk, made.name, made.baseline = None, name, None
    for column, value in columns.items():
        setattr(made, column, value)
    made.save()
    made.segments.set(segments or export.segments.all())
    return made


def send_exports(sandbox, export, people) -> None:
    from connections.models import Connection
    from exports.refresh import advance_refresh, start_refresh
    from exports.runnable import NotRunnableError
    from exports.runs import cancel_run, note_run, start_run
    from exports.timetables import save_export_schedule, save_refresh_schedule

    admin, contributor = people["admin"], people["contributor"]
    france, canada = make_segment("France", "France"), make_segment("Canada, kept", "Canada", type="static")
    make_segment("A draft", "Germany", state="inactive")
    lists = {"list_id": sandbox.weekly_news, "list_name": "Weekly News"}
    both = copy_of(export, "France and Canada", france, canada, **lists)
    detached = copy_of(export, "Of an account that was left", france, connection=None)
    copy_of(export, "Cancelled half-way", canada, **lists)
    kept_empty = copy_of(export, "To an inactive segment", *france.__class__.objects.filter(name="A draft"))
    # Runs that ended well, with people left out; then nothing new; then only what changed.
    work_until_over(start_run(export, by=contributor, everyone=True)[0])
    work_until_over(start_run(export, by=contributor)[0])
    save_export_schedule(
        both,
        by=contributor,
        is_on=True,
        recurrence="weekly",
        days=[1, 4],
        times=["02:30", "14:00"],
        time_zone="Europe/Berlin",
    )
    save_export_schedule(
        detached, by=admin, is_on=False, recurrence="monthly", days=[1, 31], times=["06:00"], time_zone="Asia/Shanghai"
    )
    save_refresh_schedule(by=admin, is_on=True, recurrence="daily", days=[], times=["03:00"], time_zone="UTC")
    sandbox.fault(
        "POST /v3/activities/contacts_json_import", "drop_after"
    )  # an answer that is lost, a job that is found
    work_until_over(start_run(both, by=None, trigger="scheduled")[0])
    # Previews: one as it was made, one that was sent.
    work_until_over(start_run(both, by=contributor, trigger="preview", preview=True)[0])
    # One that is cancelled before it began, one skipped, one refused.
    cancelled = start_run(type(export).objects.get(name="Cancelled half-way"), by=contributor)[0]
    cancel_run(cancelled, by=contributor)
    work_until_over(cancelled)
    work_until_over(start_run(kept_empty, by=contributor)[0])
    try:
        start_run(detached, by=admin)
    except NotRunnableError as error:
        configured = copy_of(export, "Was detached later", france)
        note_run(configured, "failed", error.code, error.details, trigger="scheduled")
    # A refresh in which a segment fails and an export is skipped.
    broken = make_segment("Its attribute is gone", "France")
    broken.rules["rules"][0]["attribute"] = "land"
    broken.save()
    copy_of(export, "To a broken segment", broken, **lists)
    refresh, _started = start_refresh(by=admin, trigger="on_demand")
    for _turn in range(20):
        advance_refresh(refresh.pk)
        for run in type(cancelled).objects.open():
            work_until_over(run)
        refresh.refresh_from_db()
        if not refresh.is_open:
            break
    note_refresh_that_was_late()
    # A second connection, unfinished, and a removed one: its consent stays.
    Connection.objects.create(display_name="A draft of the wizard", sharing="", created_by=admin)


def note_refresh_that_was_late() -> None:
    from django.utils import timezone

    from exports.models import Refresh, RefreshStep

    now = timezone.now()
    late = Refresh.objects.create(
        trigger="scheduled", status="succeeded", scheduled_for=now - timedelta(hours=3), started_at=now, finished_at=now
    )
    RefreshStep.objects.create(refresh=late, kind="segment", name="A segment that is gone", state="gone")


def end_in_every_way(export) -> None:
    """A run for each reason that a run can have had, and a batch for each that a batch can have had."""
    from exports.models import Batch, Run
    from exports.runs import note_run, record
    from exports.sentences import SENTENCES

    every = copy_of(export, "Every way to end")
    for code, (happened, next_step) in SENTENCES.items():
        names = re.findall(r"%\((\w+)\)s", happened + next_step)
        details = {name: DETAILS.get(name, f"some {name}") for name in names}
        ended = "cancelled" if code == "cancelled" else "skipped" if code == "no_members" else "failed"
        run = note_run(every, ended, code, details, trigger="on_demand", counts={"send": 120, "invalid_email": 3})
        record(run, code, told="The answer was 400: the request is not valid.", **details)
    run = note_run(every, "completed_with_errors", "all_refused", {}, trigger="on_demand", counts={"send": 200})
    for number, state in enumerate(Batch.State.values, start=1):
        reason = {"refused": "activity_failed", "cancelled": "cancelled"}.get(state, "")
        done = {"refused": 3, "cannot_add": 2} if state == "completed" else {}
        Batch.objects.create(
            run=run,
            number=number,
            rows=20,
            body_bytes=2000,
            state=state,
            reason=reason,
            posts=1,
            sent_at=run.finished_at,
            detail="The list is locked." if reason else "",
            **done,
        )
    for code in ("planned", "batch_refused", "activity_adopted", "answer_lost", "cancel_requested"):
        record(run, code, batch=1, activity="0f1a2b3c", batches=5, encoding="json", send=200, told="Their own words.")
    Run.objects.filter(pk=run.pk).update(encoding="json", calls=9)


def stored_sentences():
    """Every sentence that a row of that commit may hold, with what fills its places: (file name, stored form)."""
    for path in sorted((OLD / "segments").rglob("*.py")):
        tree = ast.parse(path.read_text())
        imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        markers = {name.asname for node in imports for name in node.names if name.name == "gettext_noop"}
        for node in ast.walk(tree):
            is_marked = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in markers
            if is_marked and path.name not in OF_PAGES and "right now" not in node.args[0].value:
                msgid = node.args[0].value
                names = re.findall(r"%\((\w+)\)s", msgid)
                filled = {name: NUMBERS.get(name, LISTS.get(name, f"a {name}")) for name in names}
                yield path.name, {"msgid": msgid, "params": filled}


def meet_every_problem(people) -> None:
    """Each stored sentence where a row of its kind keeps it: imports, segments and evaluations, databases, and runs."""
    from django.utils import timezone

    from exports.models import Export
    from exports.runs import note_run
    from segments.databases.address import DatabaseAddress
    from segments.models import Evaluation, ProfileImport, ProfileSource, Segment

    now, admin = timezone.now(), people["admin"]
    source = ProfileSource.objects.get(name="Demo customers")
    every = Export.objects.get(name="Every way to end")
    other = ProfileSource.objects.create(name="A file that never fits", key_attribute="id", created_by=admin)
    warned = []
    for number, (file, stored) in enumerate(stored_sentences(), start=1):
        if any(words in stored["msgid"] for words in WARNINGS):
            warned.append(stored)
        elif file in OF_DATABASES:
            row = ProfileSource.objects.create(
                name=f"Database {number}", kind="postgresql", key_attribute="id", created_by=admin
            )
            address = DatabaseAddress(
                source=row,
                schema="public",
                table=f"customers_{number}",
                stored_problem=stored,
                options={
                    "host": "db.example.com",
                    "port": "5432",
                    "database": "crm",
                    "user": "reader",
                    "sslmode": "verify-full",
                },
            )
            address.hide({"password": f"secret number {number}"})
            address.save()
        elif file in OF_EVALUATIONS:
            row = Segment.objects.create(name=f"Segment {number}", source=source, stored_problem=stored, counted_at=now)
            Evaluation.objects.create(
                segment=row,
                status="failed",
                trigger="system",
                stored_problem=stored,
                started_at=now,
                finished_at=now,
                attempts=1,
            )
            note_run(every, "skipped", "segment", stored, trigger="refresh")
        else:
            ProfileImport.objects.create(
                source=other,
                file_name=f"customers {number}.csv",
                key_attribute="id",
                state="failed",
                stored_problem=stored,
                attempts=1,
                finished_at=now,
                created_by=admin,
                encoding="utf-8",
                delimiter=";",
            )
    ProfileImport.objects.create(
        source=other,
        file_name="odd.parquet",
        key_attribute="id",
        state="done",
        progress=100,
        stored_warnings=warned,
        row_count=10,
        finished_at=now,
    )


def visit_pages(people) -> None:
    """What people did on pages: the history of rows and the audit trail say so."""
    from django.test import Client

    from connections.models import Connection
    from exports.models import Export, Run
    from segments.models import ProfileSource, Segment

    clients = {}
    for name in ("admin", "contributor"):
        clients[name] = Client()
        clients[name].force_login(people[name], backend="django.contrib.auth.backends.ModelBackend")
    admin, contributor = clients["admin"], clients["contributor"]
    sources, segments, exports = "/admin/segments/profilesource", "/admin/segments/segment", "/admin/exports/export"
    source = ProfileSource.objects.get(name="A file that never fits")
    demo = ProfileSource.objects.get(name="Demo customers")
    us = Segment.objects.get(name="Customers in the United States")
    export = Export.objects.get(name="US customers to the newsletter")
    run = export.runs.filter(status="completed_with_errors").first() or export.runs.first()
    connection = Connection.objects.get(display_name="Newsletter of Adventure Works")

    def post(client, address, **values):
        answer = client.post(address, values)
        if answer.status_code not in (200, 302):
            raise RuntimeError(f"{address}: {answer.status_code}")

    post(admin, f"{sources}/{source.pk}/change/", name="A file that seldom fits")
    gone = ProfileSource.objects.create(name="Never used", key_attribute="id", created_by=people["admin"])
    post(admin, f"{sources}/{gone.pk}/delete/", confirm="on")
    post(contributor, f"{segments}/{us.pk}/duplicate/")
    twin = Segment.objects.get(name__startswith="Copy of")
    post(contributor, f"{segments}/{twin.pk}/turn/activate/")
    post(contributor, f"{segments}/{twin.pk}/turn/make-static/")
    post(contributor, f"{segments}/{twin.pk}/turn/deactivate/")
    contributor.get(f"{segments}/{us.pk}/members/")
    b"".join(contributor.get(f"{segments}/{us.pk}/members/download/").streaming_content)
    b"".join(contributor.get(f"/admin/exports/run/{run.pk}/left-out/").streaming_content)
    post(contributor, f"/admin/exports/run/{run.pk}/person/", person="nobody@example.com")
    removed = copy_of(export, "Removed", us)
    post(contributor, f"{exports}/{removed.pk}/run/")
    work_until_over(removed.runs.first())
    post(contributor, f"{exports}/{removed.pk}/delete/")
    detached = copy_of(export, "Detached by hand", us)
    post(admin, f"{exports}/{detached.pk}/detach/")
    post(
        admin,
        f"{exports}/schedule/?export={detached.pk}",
        scope="new",
        is_on="on",
        recurrence="daily",
        time=["05:00"],
        time_zone="UTC",
    )
    stopped = copy_of(export, "Stopped by hand", us)
    post(contributor, f"{exports}/{stopped.pk}/run/")
    post(contributor, f"/admin/exports/run/{stopped.runs.get().pk}/cancel/")
    work_until_over(stopped.runs.get())
    post(contributor, f"{exports}/{stopped.pk}/preview/")
    preview = stopped.runs.filter(preview=True).get()
    work_until_over(preview)
    post(contributor, f"/admin/exports/run/{preview.pk}/send/")
    work_until_over(Run.objects.get(pk=preview.pk))
    # That one wrote into the same contacts; from here on nobody did.
    post(contributor, f"{exports}/{export.pk}/run/")
    work_until_over(export.runs.first())
    post(admin, f"/admin/connections/connection/{connection.pk}/test/")
    post(admin, f"{sources}/{demo.pk}/change/", name="Demo customers")


def audit_everything(export, people) -> None:
    """An entry of the trail for every event that it knows, about the row that such an event is about."""
    from auditlog.context import set_actor

    import audit_trail
    from ccexport.audit.sentences import DEEDS
    from connections.models import Connection, Consent
    from segments.models import ProfileSource

    source = ProfileSource.objects.filter(kind="postgresql").first()
    segment = export.segments.get()
    connection = Connection.objects.get(pk=export.connection_id)
    of_sources = {"saw_sample", "database_secret"}
    of_segments = {"saw_members", "downloaded_members"}
    of_connections = {"set_up", "authenticated", "needs_reconnecting", "tested", "export_user"}
    of_exports = {"ran", "previewed", "sent_plan", "cancelled", "downloaded_left_out", "looked_up_person"}
    details = {
        "run": export.runs.first().pk,
        "organization": "Adventure Works",
        "old": "Viewers",
        "new": "Contributors",
        "provider": "Example ID",
    }
    with set_actor(people["admin"]):
        for event, text in DEEDS.items():
            row = (
                source
                if event in of_sources
                else segment
                if event in of_segments
                else connection
                if event in of_connections
                else export
                if event in of_exports
                else people["viewer"]
            )
            audit_trail.record(
                row, event, **{name: details[name] for name in re.findall(r"%\((\w+)\)s", text) if name in details}
            )
        audit_trail.record(
            source,
            "database_changed",
            code="postgresql",
            changed=[["host", "db.example.com", "db2.example.com"], ["table", "a", "b"]],
        )
        source.name = "Database of the shop"
        source.save()
        renamed = Connection.objects.get(pk=connection.pk)
        renamed.sharing = Connection.Sharing.CHOSEN
        renamed.save()
        renamed.chosen_contributors.add(people["contributor"])
        removed = Connection.objects.create(display_name="Removed connection", created_by=people["admin"])
        Consent.objects.create(
            connection=removed, user=people["admin"], ip_address="192.0.2.1", text_version="1", language="zh-hans"
        )
        remove_connection(removed)
    audit_trail.record(export, "ran", run=export.runs.first().pk, trigger="scheduled", everyone=False)


def remove_connection(connection) -> None:
    from connections import removal

    removal.remove(connection)


def alert_everybody(export) -> None:
    """A trouble of every kind: open and told, and over."""
    from django.utils import timezone

    from ccexport.models import Recipient, Trouble

    now = timezone.now()
    run, about = export.runs.first(), {"name": export.name}
    times = {"planned": (now - timedelta(hours=2)).isoformat(), "started": now.isoformat()}
    details = {
        "run_failed": about | {"run": run.pk, "reason": "list_gone", "told": {"list": "Newsletter"}},
        "reconnect": {"name": "Newsletter of Adventure Works"},
        "expires": {"name": "Newsletter of Adventure Works", "days": 12},
        "refused": about | {"run": run.pk, "refused": 30, "sent": 120},
        "late": about | {"run": run.pk, **times},
        "no_worker": {"hangs": False},
    }
    for kind, known in details.items():
        subject = (
            f"connection:{export.connection_id}"
            if kind in ("reconnect", "expires")
            else ""
            if kind == "no_worker"
            else f"export:{export.pk}"
        )
        Trouble.objects.create(
            kind=kind, subject=subject, details=known, notified_at=now, closed_at=now, over_notified_at=now
        )
        Trouble.objects.create(kind=kind, subject=subject, details=known, notified_at=now)
    stored = next(stored for _file, stored in stored_sentences())
    Trouble.objects.create(
        kind="run_failed",
        subject="export:1000",
        notified_at=now,
        details=about | {"run": run.pk, "reason": "segment", "told": stored},
    )
    Trouble.objects.create(
        kind="no_worker", details={"hangs": True}, notified_at=now, closed_at=now, over_notified_at=now
    )
    Trouble.objects.create(kind="late", details=times, notified_at=now)  # of the system refresh
    Recipient.objects.update_or_create(user=export.created_by, defaults={"wants_email": False, "language": "zh-hans"})


def leave_messages(sandbox, export, people) -> None:
    """Work that was queued, or broken off, when the old version was stopped; the queue holds a message for each."""
    from django.core.files.base import ContentFile
    from django.utils import timezone
    from django_q.models import OrmQ
    from django_q.tasks import async_task

    from ccexport.models import Trouble
    from exports.models import Run
    from exports.pipeline import advance
    from exports.runs import claim_run, start_run
    from segments.databases.refreshing import ask_refresh
    from segments.evaluations import start_evaluation
    from segments.imports import start_import
    from segments.models import ProfileSource, Segment

    OrmQ.objects.all().delete()  # of what is over
    queued = copy_of(export, "Queued by the old version", Segment.objects.get(name="France"))
    start_run(queued, by=people["contributor"])
    # Its worker is killed between the answer and the commit: the batch is "being sent".
    broken_off = copy_of(
        export,
        "Broken off while sending",
        Segment.objects.get(name="Canada, kept"),
        list_id=sandbox.weekly_news,
        list_name="Weekly News",
    )
    run, _started = start_run(broken_off, by=people["contributor"])
    sandbox.switch(job_seconds=3600)
    sandbox.fault("POST /v3/activities/contacts_json_import", "drop_before")
    advance(claim_run(run.pk))
    run.refresh_from_db()
    if run.batches.get().state != "sending":
        raise RuntimeError("The batch should be on its way.")
    Run.objects.filter(pk=run.pk).update(status="running", lease="of-one-who-died", lease_until=timezone.now())
    waiting = ProfileSource.objects.create(name="Uploaded just before", key_attribute="id", created_by=people["admin"])
    upload = ContentFile(b"id,email,city\n1,ana@example.com,Lyon\n2,ben@example.com,Berlin\n", "people.csv")
    start_import(waiting, upload, key="id", updated="", by=people["admin"])
    start_evaluation(Segment.objects.get(name="France"), trigger="refresh", by=people["admin"])
    ask_refresh(ProfileSource.objects.filter(kind="postgresql").first())
    alert = Trouble.objects.filter(closed_at=None).first()
    Trouble.objects.filter(pk=alert.pk).update(notified_at=None)
    async_task("ccexport.tasks.send_alert", alert.pk, save=False)
    from exports.doorbell import ring_refresh
    from exports.models import Refresh

    ring_refresh(Refresh.objects.last().pk)  # of one that is over
    for task in (
        "ccexport.tasks.every_minute",
        "ccexport.tasks.every_day",
        "segments.tasks.every_minute",
        "exports.tasks.advance_open_runs",
        "exports.tasks.start_due",
    ):
        async_task(task, save=False)


def rights_of_people():
    from django.contrib.auth.models import User

    return {user.username: sorted(user.get_all_permissions()) for user in User.objects.order_by("pk")}


def dump(var: Path, rights) -> None:
    source = sqlite3.connect(var / "db.sqlite3")
    for (name,) in source.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        if name in NOT_DUMPED[:-1]:
            source.execute(f"DELETE FROM {name}")
    source.commit()
    source.execute("VACUUM")
    with gzip.GzipFile(HERE / "e047fd8.sql.gz", "wb", mtime=0) as file:
        for line in source.iterdump():
            file.write(f"{line}\n".encode())
    with tarfile.open(HERE / "e047fd8-files.tar.gz", "w:gz") as archive:
        archive.add(var / "files", "files")
    (HERE / "rights.json").write_text(json.dumps(rights, indent=1) + "\n")


if __name__ == "__main__":
    main()
