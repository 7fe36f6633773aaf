"""PLAN: one query over the chosen segments writes the plan, once; afterwards it is only read.

A planner that died left at most a file nobody knows; the next one writes another.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from duckdb import DuckDBPyConnection, OutOfMemoryException

from exports.baseline import all_imported, baseline_of, imported_batches
from exports.configuration import Configuration, of
from exports.models import Batch, Run
from exports.plan import build, storage
from exports.plan.repeat import write_repeated_plan
from exports.runs import record
from segments.engine import open_engine
from segments.members import stage_union
from segments.membership import identity_of
from segments.models import Segment
from segments.snapshots import store_parquet

from .outcome import Ended, Wait
from .work import Work

# Buffers are a part of PLAN_MEMORY_LIMIT. With all of 256 MB a worker grew to 360 MB over a million profiles, and with
# 0.6 to 314 MB over five million; with 0.4 to 245 MB, and it took no longer.
THREADS_AND_BUFFERS = ((2, 0.4), (1, 0.4), (1, 1.0))


def plan_run(work: Work) -> Wait | None:
    """Write the plan unless it is written. Raises SegmentError, TooManyProfilesError, Ended."""
    run = work.run
    if run.plan_file:
        return None
    configuration = of(run)
    baseline = baseline_of(run.export, configuration, everyone=run.everyone)
    segments = _by_source(configuration)
    inputs = _inputs(segments)
    with TemporaryDirectory(dir=settings.VAR) as folder, ExitStack() as files:
        path = Path(folder) / "plan.parquet"
        earlier = _earlier_plan(baseline, files)
        reach = [Path(folder)] if earlier is None else [Path(folder), earlier.path]

        def write(duck: DuckDBPyConnection) -> build.Plan:
            if earlier is not None and inputs and _is_repeated(baseline, inputs):
                return write_repeated_plan(duck, earlier.path, path)
            return build.write_plan(duck, _request(duck, segments, configuration, earlier), path)

        plan = written(write, reach)
        work.lease.check()
        name = store_parquet("plans", path)
    _adopt(work, plan, name, baseline, inputs)
    if not sum(plan.counts.values()):
        raise Ended(Run.Status.SKIPPED, "no_members")
    return None


def written(write: Callable[[DuckDBPyConnection], build.Plan], reach: Sequence[Path]) -> build.Plan:
    """Return the plan that `write` writes with two threads or, where they have too little memory, with one.

    Twenty values of 50 letters are too much for two: to make them JSON takes six times their room, for 2,048 rows at a
    time. Raises Ended when not even one thread that has all of the memory has enough.
    """
    for threads, buffers in THREADS_AND_BUFFERS:
        engine = open_engine(threads=threads, buffers=buffers, reach=reach, keep_order=True)
        with suppress(OutOfMemoryException), engine as duck:
            return write(duck)
    raise Ended(Run.Status.FAILED, "too_little_memory", limit=settings.PLAN_MEMORY_LIMIT)


def _earlier_plan(baseline: Run | None, files: ExitStack) -> build.Baseline | None:
    """The baseline's file; when it is gone, everybody is sent again rather than nobody."""
    if baseline is None:
        return None
    try:
        path = files.enter_context(storage.local_copy(baseline.plan_file))
    except FileNotFoundError:
        return None
    return build.Baseline(path, imported_batches(baseline))


def _is_repeated(baseline: Run | None, inputs: str) -> bool:
    """Whether a run would plan what its baseline has sent completely."""
    return baseline is not None and baseline.plan_inputs == inputs and all_imported(baseline)


def _by_source(configuration: Configuration) -> list[list[Segment]]:
    ids = [segment["id"] for segment in configuration["segments"]]
    found = {segment.pk: segment for segment in Segment.objects.select_related("source").filter(pk__in=ids)}
    for segment in configuration["segments"]:
        if segment["id"] not in found:
            raise Ended(Run.Status.FAILED, "segment_gone", segment=segment["name"])
    by_source: dict[int, list[Segment]] = {}
    for pk in ids:
        by_source.setdefault(found[pk].source_id, []).append(found[pk])
    return list(by_source.values())


def _inputs(segments: Sequence[Sequence[Segment]]) -> str:
    """Tells the profiles of one plan from those of another; blank when that can't be told without looking at them."""
    identities = [identity_of(members) for members in segments]
    if not all(identities):
        return ""
    return hashlib.sha256(json.dumps([build.RULES, settings.MAX_PROFILES_PER_EXPORT, *identities]).encode()).hexdigest()


def _request(
    duck: DuckDBPyConnection,
    segments: Sequence[Sequence[Segment]],
    configuration: Configuration,
    baseline: build.Baseline | None,
) -> build.Request:
    return build.Request(
        views=_stage(duck, segments, configuration),
        targets=list(configuration["mapping"]),
        list_ids=[configuration["list_id"]],
        baseline=baseline,
        most=settings.MAX_PROFILES_PER_EXPORT,
    )


def _stage(duck: DuckDBPyConnection, segments: Sequence[Sequence[Segment]], configuration: Configuration) -> list[str]:
    """Stage the candidates: a view for each source, so that a member of two of its segments comes once."""
    views = []
    for number, members in enumerate(segments):
        view = f"members_{number}"
        stage_union(duck, members, _columns(members[0], configuration), view, updated="updated_at", place="place")
        views.append(view)
    return views


def _columns(segment: Segment, configuration: Configuration) -> dict[str, str]:
    """The staged columns by alias."""
    values = {f"value_{position}": attribute for position, attribute in enumerate(configuration["mapping"].values())}
    return {"profile_id": segment.source.key_attribute, **values}


def _adopt(work: Work, plan: build.Plan, name: str, baseline: Run | None, inputs: str) -> None:
    """Make the written file the run's plan: the row, the counts and the batches in one commit, or none of them."""
    run = work.run
    with transaction.atomic():
        adopted = Run.objects.filter(pk=run.pk, lease=run.lease, plan_file="").update(
            plan_file=name,
            plan_inputs=inputs,
            counts=plan.counts,
            encoding=plan.encoding,
            baseline=baseline,
            planned_at=timezone.now(),
            attempts=0,
        )
        if adopted:
            Batch.objects.bulk_create(
                Batch(run=run, number=cut.number, rows=cut.rows, body_bytes=cut.body_bytes, header=list(cut.header))
                for cut in plan.cuts
            )
    if not adopted:
        storage.discard(name)
        work.lease.check()
    run.refresh_from_db(fields=["plan_file", "plan_inputs", "counts", "encoding", "baseline", "planned_at"])
    record(run, "planned", batches=len(plan.cuts), encoding=plan.encoding, **plan.counts)
