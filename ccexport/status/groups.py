"""The tasks of System › Status by group, each group by a handful of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.db.models import F, Max, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_q.models import Schedule
from django_q.models import Task as Done

from exports.models import Export, Refresh, Run
from exports.permissions import can_run
from exports.reports.badges import refresh_badge, run_badge
from exports.reports.numbers import numbers_of, with_numbers
from exports.reports.sentence import in_words, run_sentence
from exports.reports.stages import stages_of
from exports.reports.terminal import percent
from jobs.periodic import registered
from profiles.models import ProfileImport, ProfileSource
from segments.models import Evaluation, Segment
from segments.pages.badges import evaluation_badge, segment_badge, with_standing

from .tasks import FAILED, HISTORY, MAX_TASKS, NOT_STARTED, QUEUED, RUNNING, SUCCESSFUL, Group, Past, Task

site: Any = admin.site
IMPORTS = {
    ProfileImport.State.QUEUED: QUEUED,
    ProfileImport.State.RUNNING: RUNNING,
    ProfileImport.State.DONE: SUCCESSFUL,
    ProfileImport.State.FAILED: FAILED,
}


def groups(request: HttpRequest) -> list[Group]:
    """Return everything the system does, in the order in which one thing needs the other."""
    ticks = Schedule.objects.filter(name__in=registered())
    done = Done.objects.in_bulk([tick.task for tick in ticks if tick.task])
    system = [_refresh(request)]
    for tick in ticks:
        last = done.get(tick.task)
        badge = NOT_STARTED if last is None else SUCCESSFUL if last.success else FAILED
        system.append(Task(f"tick-{tick.pk}", registered()[tick.name].label, badge, last.stopped if last else None))
    return [
        _sources(request),
        _segments(request),
        _exports(request),
        Group(_("System"), "settings", system, len(system)),
    ]


def _sources(request: HttpRequest) -> Group:
    rows = ProfileSource.objects.annotate(latest=Max("imports")).order_by(F("latest").desc(nulls_last=True), "name")
    shown = list(rows[:MAX_TASKS])
    past = _latest(ProfileImport.objects.filter(source__in=shown), "source_id")
    tasks = [_source(request, source, past[source.pk]) for source in shown]
    page = site.list_page(request, "profiles.ProfileSource")
    return Group(_("Profile sources"), "database", tasks, rows.count(), page)


def _source(request: HttpRequest, source: ProfileSource, imports: list[ProfileImport]) -> Task:
    last = imports[0] if imports else None
    return Task(
        f"source-{source.pk}",
        source.name,
        IMPORTS[ProfileImport.State(last.state)] if last else NOT_STARTED,
        (last.finished_at or last.created_at) if last else source.refreshed_at,
        site.row_page(request, source),
        note=str(last.problem) if last and last.stored_problem else "",
        past=[Past(IMPORTS[ProfileImport.State(job.state)], job.created_at, job.finished_at) for job in imports],
        percent=last.progress if last and last.is_open else None,
        is_open=bool(last and last.is_open),
    )


def _segments(request: HttpRequest) -> Group:
    rows = Segment.objects.annotate(latest=Max("evaluations")).order_by(F("latest").desc(nulls_last=True), "name")
    shown = list(with_standing(rows)[:MAX_TASKS])
    past = _latest(Evaluation.objects.filter(segment__in=shown), "segment_id")
    tasks = [_segment(request, segment, past[segment.pk]) for segment in shown]
    page = site.list_page(request, "segments.Segment")
    return Group(_("Segments"), "groups", tasks, rows.count(), page)


def _segment(request: HttpRequest, segment: Segment, evaluations: list[Evaluation]) -> Task:
    is_open = bool(evaluations) and evaluations[0].is_open
    current = evaluations[0] if is_open else segment
    return Task(
        f"segment-{segment.pk}",
        segment.name,
        segment_badge(segment),
        segment.counted_at,
        site.row_page(request, segment),
        note=str(current.problem) if current.stored_problem else "",
        past=[
            Past(evaluation_badge(each.status), each.started_at or each.queued_at, each.finished_at)
            for each in evaluations
        ],
        is_open=is_open,
    )


def _exports(request: HttpRequest) -> Group:
    latest = Max("runs", filter=Q(runs__preview=False))
    rows = Export.objects.annotate(latest=latest).order_by(F("latest").desc(nulls_last=True), "name")
    shown = list(rows.select_related("connection")[:MAX_TASKS])
    past = _latest(Run.objects.filter(export__in=shown, preview=False).select_related("export"), "export_id")
    last = with_numbers(Run.objects.filter(pk__in=[runs[0].pk for runs in past.values()])).in_bulk()
    tasks = [_export(request, export, past[export.pk], last) for export in shown]
    return Group(_("Exports"), "outbox", tasks, rows.count(), site.list_page(request, "exports.Export"))


def _export(request: HttpRequest, export: Export, runs: list[Run], latest: Mapping[int, Any]) -> Task:
    """`latest`: the latest runs of all exports with their numbers."""
    last = runs[0] if runs else None
    if last is None:
        return Task(f"export-{export.pk}", export.name, NOT_STARTED, None, site.row_page(request, export))
    numbers = numbers_of(latest[last.pk])
    may_cancel = last.is_open and last.cancel_requested_at is None and can_run(request.user, export)
    return Task(
        f"export-{export.pk}",
        export.name,
        run_badge(last.status, last.reason),
        last.finished_at or last.started_at or last.queued_at,
        site.row_page(request, last),
        note=run_sentence(last, numbers),
        numbers=in_words(numbers),
        past=[Past(run_badge(run.status), run.queued_at, run.finished_at, site.row_page(request, run)) for run in runs],
        stages=stages_of(last, list(last.batches.all())) if last.is_open else (),
        percent=percent(last) if last.is_open else None,
        cancel=reverse("admin:exports_run_cancel", args=[last.pk]) if may_cancel else None,
        is_open=last.is_open,
    )


def _refresh(request: HttpRequest) -> Task:
    refreshes = list(Refresh.objects.all()[:HISTORY])
    last = refreshes[0] if refreshes else None
    if last is None:
        return Task("refresh", _("System refresh"), NOT_STARTED, None)
    past = [
        Past(refresh_badge(each), each.started_at, each.finished_at, site.row_page(request, each)) for each in refreshes
    ]
    ended_at = last.finished_at or last.started_at
    return Task("refresh", _("System refresh"), past[0].badge, ended_at, past[0].href, past=past, is_open=last.is_open)


def _latest(rows: QuerySet[Any], of: str) -> defaultdict[int, list[Any]]:
    """Return the latest rows of each, newest first, in one query."""
    number = Window(RowNumber(), partition_by=[F(of)], order_by=F("pk").desc())
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows.annotate(place=number).filter(place__lte=HISTORY).order_by("-pk"):
        found[getattr(row, of)].append(row)
    return found
