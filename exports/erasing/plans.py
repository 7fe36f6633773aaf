"""The plans of all runs, with the person's rows made unrecognisable.

The rows stay, without address, key, values, and what could be compared with those: so the counts of a run that ended
stay true, and the plan that the next run compares itself with says of everybody else what it said. Nobody else is sent
again for it.

The plan of a run that is under way is its payload, and a worker may be reading it: such a run is waited for, if it has
the person. A plan that waits for somebody to send it (a preview) is deleted instead: it has to be made anew.
"""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from sqlglot import exp

from engine.cancellation import Cancellation
from engine.files import discard, local_copy
from engine.rewriting import Rewritten, column, rewrite
from engine.sessions import open_engine
from exports.models import ErasureStep, Run
from exports.models.configuration import configuration_of

from .files import among, is_address
from .finding import keys_of
from .work import ErasureWaits, Work

SOON = timedelta(seconds=30)
NOT_SENT = (Run.Status.PLANNED, Run.Status.NEEDS_DECISION)  # somebody may yet send what they planned


def erase_from_plans(work: Work, step: ErasureStep) -> None:
    """Go through the runs by their numbers, `cursor` being the last one; then through those that were under way."""
    while (run := _next(step.progress.get("cursor", 0))) is not None:
        left = step.progress.get("left", [])
        if run.is_open:
            left = [*left, run.pk]
        else:
            _erase_from(work, step, run)
        work.note(step, cursor=run.pk, left=left)
        if work.time_is_up:
            raise ErasureWaits(timezone.now(), "goes_on")
    for pk in list(step.progress.get("left", [])):
        run = Run.objects.select_related("export").filter(pk=pk).first()
        if run is not None and run.is_open:
            if _may_have(work, run):
                raise ErasureWaits(timezone.now() + SOON, "waits_for_run", run=str(run), export=run.export.name)
        elif run is not None:
            _erase_from(work, step, run)
        work.note(step, left=[other for other in step.progress["left"] if other != pk])
    work.end(step)


def _next(after: int) -> Run | None:
    has_one = Q(status__in=Run.OPEN) | ~Q(plan_file="")
    return Run.objects.filter(has_one, pk__gt=after).order_by("pk").first()


def _erase_from(work: Work, step: ErasureStep, run: Run) -> None:
    """Rewrite the plan of a run that is not under way; its row says when somebody else was quicker."""
    while run.plan_file and not run.is_open:
        old = run.plan_file
        same = Run.objects.filter(pk=run.pk, plan_file=old).exclude(status__in=Run.OPEN)
        written = _rewritten(work, run)
        if written is None:
            return
        if run.status in NOT_SENT:
            discard(written.name)
            is_done = same.filter(status=run.status).update(plan_file="")
        else:
            # Blank: that plan is no longer what a run would make of the same profiles.
            is_done = same.update(plan_file=written.name, plan_inputs="")
            if not is_done:
                discard(written.name)
        if is_done:
            discard(old)
            return work.note(step, count=written.found, files=1)
        run.refresh_from_db()


def _rewritten(work: Work, run: Run) -> Rewritten | None:
    first_word = exp.Anonymous(
        this="split_part", expressions=[column("reason"), exp.Literal.string(" "), exp.Literal.number(1)]
    )
    width = len(configuration_of(run)["mapping"])
    replaced = {
        **dict.fromkeys(("profile_id", "email", "payload"), exp.Literal.string("")),
        "reason": exp.Case(ifs=[exp.If(this=_has_blank(), true=first_word)], default=column("reason")),
        **{name: exp.null() for name in ("fingerprint", *(f"sent_{place}" for place in range(width)))},
    }
    condition = _is_meant(work, run)
    try:
        return work.rewritten(lambda cancellation: rewrite(run.plan_file, condition, cancellation, replaced))
    except FileNotFoundError:
        return None  # its retention time is over


def _has_blank() -> exp.Expr:
    """A reason of several words names another address of the person."""
    return exp.Anonymous(this="contains", expressions=[column("reason"), exp.Literal.string(" ")])


def _is_meant(work: Work, run: Run) -> exp.Expr:
    """A row of the person: by address, by the key of a profile, or because its reason names the address."""
    words = exp.Anonymous(this="string_split", expressions=[column("reason"), exp.Literal.string(" ")])
    named = exp.Anonymous(this="list_contains", expressions=[words, exp.Literal.string(work.address)])
    keys = keys_of(configuration_of(run), work.profiles)
    return exp.or_(is_address(column("email"), work.address), among(column("profile_id"), keys), named)


def _may_have(work: Work, run: Run) -> bool:
    """Whether a run that is under way has the person in its plan, or is just making one that may.

    What begins to plan from now on finds the person neither in the sources nor among those who may be sent.
    """
    if run.stage == Run.Stage.PLAN and run.lease_until is not None and run.lease_until > timezone.now():
        return True
    if not run.plan_file:
        return False
    condition = _is_meant(work, run)

    def look(cancellation: Cancellation) -> bool:
        path = local_copy(run.plan_file)
        with open_engine(reach=[path]) as duck, cancellation.on_cancel(duck.interrupt):
            plan = exp.func("read_parquet", exp.Literal.string(str(path)))
            query = exp.select("1").from_(plan).where(condition).limit(1)
            return bool(duck.execute(query.sql("duckdb")).fetchall())

    try:
        return work.on_files(look)
    except FileNotFoundError:
        return False
