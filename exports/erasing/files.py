"""The files of sources, static segments, uploads, suppressions, rosters and opt-outs, each without the person."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from django.db.models import Model, QuerySet
from django.utils import timezone
from sqlglot import exp

from engine.files import discard
from engine.rewriting import Rewritten, column, rewrite
from exports.models import ErasureStep, OptOuts, Roster, Run, SuppressionUpload
from profiles.erasing import (
    count_elsewhere,
    discard_files,
    find_keys,
    publish_rewritten,
    rewrite_snapshot,
    snapshots_of,
)
from profiles.models import ProfileImport, ProfileSource
from segments.members.erasing import files_of, keeping_members, publish_members, rewrite_members
from segments.models import Evaluation
from web.messages import Message

from .finding import address_attributes
from .remembering import forget_clear_text
from .work import ErasureWaits, Work

SOON = timedelta(seconds=10)


def erase_from_source(work: Work, step: ErasureStep) -> None:
    """Give a source of a file a snapshot without the person, and delete the older ones, which hold everybody of before.

    Files are listed before it is asked whether an import is under way: what is stored later is not deleted.
    """
    source = step.source
    if source is None:
        return work.end(step)  # deleted since, with its files
    kept = snapshots_of(source.pk)
    if source.imports.filter(state__in=ProfileImport.OPEN).exists():
        raise ErasureWaits(timezone.now() + SOON, "waits_for_import", source=source.name)
    while True:
        source = ProfileSource.objects.get(pk=source.pk)
        if not _without_person(work, step, source):
            break
    _wait_for_readers(source)
    older = [name for name in kept if name != ProfileSource.objects.get(pk=source.pk).snapshot]
    discard_files(older)
    step.refresh_from_db()
    work.note(step, files=len(older))
    elsewhere = _elsewhere(source, work.address)
    note = Message("erasure.elsewhere", {"count": elsewhere}) if elsewhere else Message()
    work.end(step, note=note)


def _without_person(work: Work, step: ErasureStep, source: ProfileSource) -> bool:
    """Rewrite the present snapshot once. False: the person is not in it."""
    names = address_attributes(source)
    try:
        keys = work.on_files(lambda cancellation: find_keys(source, work.address, names)) if source.snapshot else []
        work.keep_profiles(source.pk, keys)  # first: later steps need them, whatever happens
        if not keys:
            return False
        work_of_file = partial(rewrite_snapshot, source, work.address, names)
        written = work.on_files(work_of_file, lambda found: discard(found[0].name) if found else None)
    except FileNotFoundError:
        return False
    if written is None:
        return False
    file, attributes = written
    if publish_rewritten(source, file, attributes):
        work.note(step, count=file.found, files=1)
    else:  # other profiles were imported meanwhile
        discard(file.name)
    return True


def _elsewhere(source: ProfileSource, address: str) -> int:
    try:
        return count_elsewhere(source, address, address_attributes(source))
    except FileNotFoundError:
        return 0


def _wait_for_readers(source: ProfileSource) -> None:
    """Whoever began before the snapshot was replaced may still open the old one: that takes minutes at most."""
    now = timezone.now()
    running = Evaluation.objects.filter(segment__source=source, status=Evaluation.Status.RUNNING)
    planning = Run.objects.open().filter(stage=Run.Stage.PLAN, lease_until__gt=now, export__segments__source=source)
    if running.exists() or planning.exists():
        raise ErasureWaits(now + SOON, "waits_for_readers", source=source.name)


def erase_from_segments(work: Work, step: ErasureStep) -> None:
    """Take the person's keys out of what static segments keep, and delete what these kept before."""
    for source_id, keys in work.profiles.items():
        for segment in keeping_members(int(source_id)):
            kept = files_of(segment)
            if not kept or not keys:
                continue
            if segment.evaluations.filter(status__in=Evaluation.OPEN).exists():
                raise ErasureWaits(timezone.now() + SOON, "waits_for_evaluation", segment=segment.name)
            segment.refresh_from_db()
            try:
                written = work.rewritten(partial(rewrite_members, segment, keys))
            except FileNotFoundError:
                written = None
            if written is not None:
                if not publish_members(segment, written):
                    discard(written.name)
                    raise ErasureWaits(timezone.now() + SOON, "waits_for_evaluation", segment=segment.name)
                work.note(step, count=written.found, files=1)
                segment.refresh_from_db()
            older = [name for name in kept if name != segment.kept_members]
            discard_files(older)
            work.note(step, files=len(older))
    work.end(step)


def erase_uploads(work: Work, step: ErasureStep) -> None:
    """Delete the uploaded files that are still kept: those of imports that failed for letters that are lost."""
    for job in ProfileImport.objects.exclude(upload="").exclude(state__in=ProfileImport.OPEN):
        discard_files([job.upload])
        if ProfileImport.objects.filter(pk=job.pk, upload=job.upload).update(upload=""):
            work.note(step, files=1)
    work.end(step)


def erase_from_people(work: Work, step: ErasureStep) -> None:
    """Take the person out of the rosters of all lists, the opt-outs of all accounts and the removals of all runs."""
    erase_from_rosters(work, step, "")
    if _has(Run, "removal_file"):
        # The places of the others in it are how a run that is under way, or undone, counts: the row stays, empty.
        nothing = dict.fromkeys(("email", "contact_id"), exp.Literal.string(""))
        erase_from_rows(work, step, Run.objects.exclude(status__in=Run.OPEN), "removal_file", nothing)
        discard_files(step.progress.get("old", []))
    work.end(step)


def erase_from_rosters(work: Work, step: ErasureStep, account_id: str) -> None:
    """Write the rosters and opt-outs anew, of one account or of all (""), and delete the files of before.

    Somebody who is planning or reading may be about to open these: they are waited for. Whoever begins later finds the
    new ones.
    """
    _wait_for_account(account_id)
    for rows in (Roster.objects.all(), OptOuts.objects.all()):
        rows = rows.filter(account_id=account_id) if account_id else rows
        erase_from_rows(work, step, rows)
        for row in rows:
            _forget_earlier(work, step, row)
    _wait_for_account(account_id)
    discard_files(step.progress.get("old", []))
    work.note(step, old=[])


def erase_from_rows(
    work: Work,
    step: ErasureStep,
    rows: QuerySet[Any],
    column_name: str = "file",
    replaced: Mapping[str, exp.Expr] | None = None,
) -> None:
    """Write each file that `rows` name anew without the person, or with other values in the person's rows.

    The names of the old files are kept in the step, to be discarded when nobody reads them any more.
    """
    for row in rows.exclude(**{column_name: ""}):
        while written := _rewritten_file(work, getattr(row, column_name), replaced):
            old = getattr(row, column_name)
            work.note(step, old=[*step.progress.get("old", []), old])
            same = type(row)._default_manager.filter(pk=row.pk, **{column_name: old})
            if same.update(**{column_name: written.name}):
                work.note(step, count=written.found, files=1)
                break
            discard(written.name)  # somebody else replaced it meanwhile, and deals with the old one
            work.note(step, old=[name for name in step.progress["old"] if name != old])
            row.refresh_from_db()


def _forget_earlier(work: Work, step: ErasureStep, row: Any) -> None:
    """Take from a row the files of before that it still names, and the part of a reading that is not over: nobody is at
    work on it, so whoever reads next begins anew."""
    named: dict[str, Any] = {"replaced": [], "reading": {}}
    present = {name: getattr(row, name) for name in named if _has(type(row), name) and getattr(row, name)}
    earlier = [one["file"] for one in present.get("replaced", [])]
    earlier += [part] if (part := present.get("reading", {}).get("part")) else []
    if earlier:
        work.note(step, old=[*step.progress.get("old", []), *earlier])
        same = type(row)._default_manager.filter(pk=row.pk, **present)
        same.update(**{name: named[name] for name in present})


def _has(model: type[Model], name: str) -> bool:
    return any(field.name == name for field in model._meta.concrete_fields)


def _wait_for_account(account_id: str) -> None:
    now = timezone.now()
    at_work = Run.objects.open().filter(lease_until__gt=now)
    if account_id:
        at_work = at_work.filter(configuration__account_id=account_id)
    if (run := at_work.select_related("export").first()) is not None:
        raise ErasureWaits(now + SOON, "waits_for_worker", run=str(run), export=run.export.name)


def erase_from_suppressions(work: Work, step: ErasureStep) -> None:
    """Take the address out of the suppressions and of the files of suppressions that are not added yet."""
    if SuppressionUpload.objects.filter(state=SuppressionUpload.State.ADDING).exists():
        raise ErasureWaits(timezone.now() + SOON, "waits_for_suppressions")
    nothing = {"email": exp.Literal.string("")}  # the key stays, and what was asked for with it
    erase_from_rows(work, step, SuppressionUpload.objects.all(), replaced=nothing)
    discard_files(step.progress.get("old", []))
    work.note(step, count=forget_clear_text(work.address))
    work.end(step)


def _rewritten_file(work: Work, name: str, replaced: Mapping[str, exp.Expr] | None) -> Rewritten | None:
    condition = is_address(column("email"), work.address)
    try:
        return work.rewritten(lambda cancellation: rewrite(name, condition, cancellation, replaced)) if name else None
    except FileNotFoundError:
        return None


def is_address(value: exp.Expr, address: str) -> exp.Expr:
    """Return the condition that a column of normalised addresses has this one."""
    return exp.EQ(this=value, expression=exp.Literal.string(address))


def among(value: exp.Expr, keys: Collection[str]) -> exp.Expr:
    """Return the condition that a column has one of these texts."""
    return exp.In(this=value, expressions=[exp.Literal.string(key) for key in keys]) if keys else exp.false()
