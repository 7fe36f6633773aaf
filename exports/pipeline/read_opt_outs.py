"""Who opted out of the account or was deleted there, read at most once in OPT_OUTS_MAX_AGE however many exports run.

One run at a time reads, by a lease on the row of the account; the others wait for it. What was read of a page is kept
before the next one is asked for, so whoever takes over goes on there. Mostly only what is new is read: since the newest
change that was seen, less the time that the reading took and a few minutes. That is Constant Contact's own clock, and
ours may differ. The first time, and once a week, everybody is read: who is no longer among them came back.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from constant_contact import ContactPage, RejectedError
from engine.files import discard
from engine.sessions import workspace
from exports.models import OptOuts, Run
from exports.models.configuration import configuration_of
from exports.people import opt_outs
from exports.people.exported import UnreadableFileError
from exports.runs import LEASE
from jobs.limits import WAITS

from .work import Pause, RunEnded, Work
from .written_files import PATIENCE, JobFailedError, ask, fetch, first_look

OVERLAP = timedelta(minutes=5)
PAGE_SIZE = 500  # contacts
MAX_PAGES = 4  # more than that are read by jobs that write files
MAX_JOBS = 4
GAP = timedelta(seconds=5)
STATUSES = ("unsubscribed", "deleted")
# What contact_exports calls them, and what they are to us.
JOBS = {"unsubscribed": opt_outs.OPTED_OUT, "removed": opt_outs.DELETED}
WAITING = "reading_opt_outs"


class _TakenError(Exception):
    """Another run reads the account."""


def read_opt_outs(work: Work) -> Pause | None:
    """Bring up to date who opted out of the run's account, unless that was done a moment ago."""
    row, _made = OptOuts.objects.get_or_create(account_id=configuration_of(work.run)["account_id"])
    if _is_young(row):
        return None
    try:
        reading = _Reading(work, row)
        return None if _is_young(row) else reading.go_on()
    except _TakenError:
        return Pause(timezone.now() + GAP, WAITING, {}, moved=True)


def _is_young(row: OptOuts) -> bool:
    return row.read_at is not None and row.read_at > timezone.now() - timedelta(seconds=settings.OPT_OUTS_MAX_AGE)


class _Reading:
    """The reading of an account, held by a run. `state` is OptOuts.reading: how far it is."""

    def __init__(self, work: Work, row: OptOuts) -> None:
        self._work, self._row = work, row
        self._holder = f"run {work.run.pk}"
        now = timezone.now()
        free = Q(lease="") | Q(lease=self._holder) | Q(lease_until=None) | Q(lease_until__lt=now)
        taken = OptOuts.objects.filter(free, pk=row.pk).update(lease=self._holder, lease_until=now + LEASE)
        if not taken:
            raise _TakenError
        row.refresh_from_db()
        self.state: dict[str, Any] = row.reading or self._begin()
        if _moment(self.state["begun"]) < now - timedelta(seconds=WAITS.opt_outs_begun):
            self._begin_anew()

    def _begin(self) -> dict[str, Any]:
        last = self._row.read_all_at
        is_all = last is None or self._row.cursor is None or last < timezone.now() - timedelta(seconds=WAITS.opt_outs)
        begun = timezone.now().isoformat()
        return {"all": is_all, "begun": begun, "part": "", "following": "", "pages": 0, "newest": "", "jobs": {}}

    def _begin_anew(self) -> None:
        part = self.state["part"]
        self.state = self._begin()
        self._keep()
        discard(part)

    def go_on(self) -> Pause | None:
        if not self.state["jobs"]:
            pause = self._read_pages()
            if pause is not None:
                return pause
        if self.state["jobs"]:
            pause = self._read_by_jobs()
            if pause is not None:
                return pause
        self._finish()
        return None

    def _read_pages(self) -> Pause | None:
        """Read page after page; when there are too many, leave that to jobs."""
        while True:
            if self._work.time_is_up:
                self._keep()
                return Pause(timezone.now())
            page = self._page()
            is_first = not self.state["pages"]
            self.state["pages"] += 1
            is_long = (page.count or 0) > MAX_PAGES * PAGE_SIZE if is_first else self.state["pages"] >= MAX_PAGES
            if self.state["all"] and page.following and is_long:
                self.state |= {"jobs": {status: {} for status in JOBS}, "following": "", "newest": ""}
                self._keep()
                return None
            self._take(page)
            if not page.following:
                return None

    def _page(self) -> ContactPage:
        since = None if self.state["all"] or self._row.cursor is None else self._row.cursor - OVERLAP
        following = self.state["following"]
        is_all = self.state["all"]
        try:
            return self._work.client.contacts_page(STATUSES, since, count=is_all, following=following, limit=PAGE_SIZE)
        except RejectedError:
            if not following:
                raise
            self._begin_anew()  # a link of an interrupted reading that is no longer good
            return self._page()

    def _take(self, page: ContactPage) -> None:
        newest = [each.updated_at for each in page.contacts if each.updated_at is not None]
        self.state["newest"] = max([self.state["newest"], *(each.isoformat() for each in newest)])
        self.state["following"] = page.following
        if page.contacts:
            self._replace_part(opt_outs.with_contacts(self.state["part"], page.contacts))

    def _replace_part(self, name: str) -> None:
        """Keep a file that holds what was read so far, in place of the one before."""
        before, self.state["part"] = self.state["part"], name
        try:
            self._keep()
        except BaseException:
            self.state["part"] = before
            discard(name)
            raise
        discard(before)

    def _read_by_jobs(self) -> Pause | None:
        jobs = {status: job for status, job in self.state["jobs"].items() if not job.get("done")}
        unasked = {status: job for status, job in jobs.items() if not job.get("id")}
        for status, job in unasked.items():
            asked_at = timezone.now()
            activity = ask(self._work, status=status)
            job |= {"id": activity.activity_id, "asked": asked_at.isoformat()}
            self._work.keep_answer(self._keep)
        if unasked:
            return self._pause(Pause(first_look(timezone.now(), 0), WAITING))
        for status, job in jobs.items():
            pause = self._fetch(status, job, _moment(job["asked"]))
            if pause is not None:
                return self._pause(pause)
        return None

    def _fetch(self, status: str, job: dict[str, Any], asked_at: datetime) -> Pause | None:
        with workspace() as folder:
            path = folder / "contacts.csv"
            try:
                found = fetch(self._work, job["id"], asked_at, path, reason=WAITING)
                if isinstance(found, Pause):
                    if timezone.now() - asked_at >= PATIENCE:
                        raise self._given_up()
                    return found
                rows = found.counters.items_completed
                part = opt_outs.with_exported(self.state["part"], path, JOBS[status], rows=rows)
            except (JobFailedError, UnreadableFileError) as error:
                failures = job.get("failures", 0) + 1
                if failures >= MAX_JOBS:
                    raise self._given_up() from error
                job |= {"id": "", "failures": failures}
                self._work.run.record("reading_failed", told=str(error))
                return Pause(timezone.now() + GAP * failures, WAITING)
        job["done"] = True
        # Everything up to the beginning of the earlier of the two jobs is in their files.
        begun = (found.created_at or asked_at - timedelta(days=1)).isoformat()
        self.state["newest"] = min(filter(None, (self.state["newest"], begun)))
        self._replace_part(part)
        return None

    def _given_up(self) -> RunEnded:
        """The reading is over, and the next run begins one of its own: else it would be told of the same jobs."""
        with self._work.lease.writing():
            mine = OptOuts.objects.filter(pk=self._row.pk, lease=self._holder)
            mine.update(reading={}, lease="", lease_until=None)
        discard(self.state["part"])
        return RunEnded(Run.Status.FAILED, "opt_outs_unreadable")

    def _finish(self) -> None:
        """Make what was read the file of the account."""
        state, row = self.state, self._row
        now = timezone.now()
        name = row.file
        if state["all"]:
            name = state["part"]
        elif state["part"]:
            name = opt_outs.merged(row.file, state["part"])
        cursor = row.cursor
        if state["newest"]:
            took = timedelta(0) if state["jobs"] else now - _moment(state["begun"])
            cursor = max(filter(None, (cursor, _moment(state["newest"]) - took)))
        read_all = {"read_all_at": now} if state["all"] else {}
        put_down: dict[str, Any] = {"reading": {}, "lease": "", "lease_until": None}
        columns: dict[str, Any] = {"read_at": now, "cursor": cursor, **put_down, **read_all}
        with self._work.lease.writing():
            adopted = opt_outs.adopt(OptOuts.objects.filter(pk=row.pk, lease=self._holder), row, name, **columns)
        if not adopted:
            # A list that was read back took somebody out meanwhile: the next look merges anew.
            if name not in (row.file, state["part"]):
                discard(name)
            raise _TakenError
        if state["part"] != name:
            discard(state["part"])

    def _keep(self) -> None:
        """Write how far it is. Raises _TakenError when another run has taken over."""
        with self._work.lease.writing():
            mine = OptOuts.objects.filter(pk=self._row.pk, lease=self._holder)
            kept = mine.update(reading=self.state, lease_until=timezone.now() + LEASE)
        if not kept:
            raise _TakenError

    def _pause(self, pause: Pause) -> Pause:
        """Hold the reading while the run waits."""
        self._keep()
        OptOuts.objects.filter(pk=self._row.pk, lease=self._holder).update(lease_until=pause.until + LEASE)
        return pause


def _moment(text: str) -> datetime:
    moment = parse_datetime(text)
    assert moment is not None, "written by this module"
    return moment
