"""PLAN: one query over the chosen segments writes the plan, once; afterwards it is only read.

A planner that died left at most a file nobody knows; the next one writes another.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from duckdb import DuckDBPyConnection, OutOfMemoryException

from engine.cancellation import Cancellation
from engine.files import discard
from engine.sessions import open_engine, workspace
from exports.models import Batch, Run
from exports.models.configuration import Configuration, configuration_of, typed_fields
from exports.people import suppressions
from exports.plan import build, consent
from exports.plan.baseline import all_confirmed, baseline_of, batch_outcomes, sent_at, sent_in_doubt
from exports.plan.columns import field_of
from exports.plan.compare import Differences, differences_between
from exports.plan.dispositions import Disposition
from exports.plan.inputs import SegmentMissingError, plan_inputs, segments_of
from exports.plan.overlaps import overlaps_since, shared_positions
from exports.plan.reader import plan_of
from exports.plan.repeat import may_be_repeated, write_repeated_plan
from exports.plan.typed import CustomTarget
from exports.runs import put_down_as_preview
from jobs.limits import LIMITS
from profiles.attributes import AttributeType
from profiles.snapshots import store_parquet
from segments.members.query import stage_union
from segments.models import Segment

from .known_people import known_people
from .work import Pause, RunEnded, Work

# Buffers are a part of PLAN_MEMORY_LIMIT; measured: docs/decisions/0003-one-plan-file-per-run.md.
THREADS_AND_BUFFERS = ((2, 0.4), (1, 0.4), (1, 1.0))
# As what the values of a field are wanted that does not take them in every way in which a file may write them.
WANTED = {"date": AttributeType.DATE, "moment": AttributeType.MOMENT, "number": AttributeType.NUMBER}


def plan_run(work: Work) -> Pause | None:
    """Write the plan unless it is written. Raises ProfileError, SegmentError, TooManyProfilesError, RunEnded.

    The plan of a preview that was sent is made anew where its profiles are in a database, or the account was read
    since: when it turns out another one, that is the preview from now on and nothing is sent.
    """
    run = work.run
    configuration = configuration_of(run)
    if run.plan_file and not _is_to_be_checked(run):
        return None
    read_at = timezone.now()
    try:
        segments = segments_of(configuration)
    except SegmentMissingError as error:
        raise RunEnded(Run.Status.FAILED, "segment_gone", segment=error.name) from error
    inputs = plan_inputs(segments, configuration["strict"], configuration["consent_attribute"])
    with workspace() as folder:
        path = folder / "plan.parquet"
        baseline, earlier = _earlier_plan(run, configuration)
        people = known_people(run, configuration, segments)
        readable_paths = [folder, *people.files]
        if earlier is not None:
            readable_paths += [earlier.path, *(other.path for other in earlier.overwriting)]

        def write(duck: DuckDBPyConnection) -> build.Plan:
            is_same = baseline is not None and earlier is not None and _is_repeated(baseline, earlier, inputs)
            if earlier is not None and is_same and may_be_repeated(duck, earlier.path, people):
                return write_repeated_plan(duck, earlier.path, path, people)
            request = build.Request(
                views=_stage(duck, segments, configuration),
                targets=targets_of(configuration),
                list_ids=[configuration["list_id"]],
                baseline=earlier,
                max_profiles=settings.MAX_PROFILES_PER_EXPORT,
                shared=shared_positions(run.export, configuration),
                strict=_strict_positions(configuration),
                asks_consent=bool(configuration["consent_attribute"]),
                people=people,
            )
            return build.write_plan(duck, request, path)

        plan = write_with_fallback(write, readable_paths)
        work.lease.check()
        differences = _compare(run, path) if run.plan_file else None
        if differences is not None and differences.none:
            return None
        name = store_parquet("plans", path)
    _adopt(work, plan, name, differences, read_at=read_at, plan_inputs=inputs, baseline=baseline)
    if not run.preview and not run.selected:
        raise RunEnded(Run.Status.SKIPPED, "no_members")
    return None


def write_with_fallback(
    write: Callable[[DuckDBPyConnection], build.Plan], readable_paths: Sequence[Path]
) -> build.Plan:
    """Return the plan that `write` writes with two threads or, where they have too little memory, with one.

    Twenty values of 50 letters are too much for two: to make them JSON takes six times their room, for 2,048 rows at a
    time. Raises RunEnded when not even one thread that has all of the memory has enough.
    """
    for threads, buffers in THREADS_AND_BUFFERS:
        engine = open_engine(threads=threads, buffers=buffers, reach=readable_paths, keep_order=True)
        with suppress(OutOfMemoryException), engine as duck:
            return write(duck)
    raise RunEnded(Run.Status.FAILED, "too_little_memory", limit=settings.PLAN_MEMORY_LIMIT)


def _earlier_plan(run: Run, configuration: Configuration) -> tuple[Run, build.Baseline] | tuple[None, None]:
    """The run to compare with, and what its plan says.

    When a file is gone that tells who has which values, everybody is sent again rather than nobody.
    """
    baseline = baseline_of(run.export, configuration, everyone=run.everyone)
    if baseline is None:
        return None, None
    overlaps = overlaps_since(run.export, configuration, baseline.as_of)
    try:
        path = plan_of(baseline)
        overwriting = [build.Overwriting(plan_of(each.run), each.batches, each.shared) for each in overlaps]
    except FileNotFoundError:
        return None, None
    sent = batch_outcomes(baseline)
    in_doubt = (Disposition.UNCONFIRMED, Disposition.NOT_ON_LIST)
    return baseline, build.Baseline(
        path,
        sent.confirmed,
        sent.unclear,
        sent.unknown,
        overwriting,
        is_certain=all_confirmed(baseline) and not any(baseline.counts.get(kind) for kind in in_doubt),
        strict=_strict_positions(configuration_of(baseline)),
        run=baseline.pk if baseline.in_roster else 0,
        sent=sent_at(baseline),
        sent_before=sent_in_doubt(run.export) if baseline.counts.get(Disposition.UNCONFIRMED) else {},
    )


def _is_to_be_checked(run: Run) -> bool:
    """Whether a plan that was shown and is sent now may be another one by now."""
    if run.preview or run.planned_at is None or run.planned_at >= run.queued_at:
        return False
    if not run.plan_inputs or (run.list_read_at is not None and run.list_read_at > run.planned_at):
        return True
    return suppressions.is_said_since(run.planned_at, configuration_of(run)["connection_id"])


def _is_repeated(baseline: Run, earlier: build.Baseline, inputs: str) -> bool:
    """Whether a run would plan what its baseline has sent completely, and nobody has overwritten since."""
    return bool(inputs) and baseline.plan_inputs == inputs and all_confirmed(baseline) and not earlier.overwriting


def _strict_positions(configuration: Configuration) -> list[int]:
    return [place for place, target in enumerate(configuration["mapping"]) if target in configuration["strict"]]


def _compare(run: Run, path: Path) -> Differences | None:
    """How the plan at `path` differs from the one that was shown; None when that one is no longer kept."""
    try:
        shown = plan_of(run)
    except FileNotFoundError:
        return None
    with open_engine(reach=[path, shown]) as duck:
        return differences_between(duck, shown, path)


def targets_of(configuration: Configuration) -> list[str]:
    """Return the targets of the data matching; those of typed custom fields know what the field takes."""
    fields = typed_fields(configuration)
    return [CustomTarget(fields[target]) if target in fields else target for target in configuration["mapping"]]


def _stage(duck: DuckDBPyConnection, segments: Sequence[Sequence[Segment]], configuration: Configuration) -> list[str]:
    """Stage the candidates: a view for each source, so that a member of two of its segments comes once.

    Databases share the time that a plan may take: what one of them spends, the next ones lack.
    """
    views, ends_at = [], time.monotonic() + (LIMITS.plan.work or 0)
    mapping = configuration["mapping"]
    values = {f"value_{position}": attribute for position, attribute in enumerate(mapping.values())}
    kinds = {f"value_{position}": field_of(target).kind for position, target in enumerate(targets_of(configuration))}
    wanted = {alias: WANTED[kind] for alias, kind in kinds.items() if kind in WANTED}
    if configuration["consent_attribute"]:
        values[consent.COLUMN] = configuration["consent_attribute"]
    for number, members in enumerate(segments):
        view, cancellation = f"members_{number}", Cancellation(max(1.0, ends_at - time.monotonic()))
        columns = {"profile_id": members[0].source.key_attribute, **values}
        stage_union(
            duck, members, columns, view, updated="updated_at", place="place", wanted=wanted, cancellation=cancellation
        )
        views.append(view)
    return views


def _adopt(work: Work, plan: build.Plan, name: str, differences: Differences | None, **columns: Any) -> None:
    """Make the written file the run's plan: the row, the counts and the batches in one commit, or none of them."""
    run, replaced = work.run, work.run.plan_file
    columns |= {
        "plan_file": name,
        "counts": plan.counts,
        "encoding": plan.encoding,
        "became_empty": plan.became_empty,
        "without_value": plan.without_value,
        "planned_at": timezone.now(),
        "attempts": 0,
    }
    with transaction.atomic():
        if replaced:
            changed = "people_changed" if run.plan_inputs else "plan_changed"
            reason, details = (changed, asdict(differences)) if differences else ("plan_renewed", {})
            adopted = put_down_as_preview(run, reason, details, **columns)
            if adopted:
                run.batches.all().delete()
        else:
            adopted = bool(Run.objects.filter(pk=run.pk, lease=run.lease, plan_file="").update(**columns))
        if adopted:
            Batch.objects.bulk_create(
                Batch(run=run, number=cut.number, rows=cut.rows, body_bytes=cut.body_bytes, header=list(cut.header))
                for cut in plan.cuts
            )
    discard(replaced if adopted else name)
    if not adopted:
        work.lease.check()
    run.refresh_from_db(fields=[*columns, "preview"])
    run.record("planned", batches=len(plan.cuts), encoding=plan.encoding, **plan.counts)
