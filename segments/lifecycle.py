"""What people do with a segment as a whole: activate, deactivate, make static or dynamic, duplicate it."""

from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

import audit_trail

from .evaluations.lifecycle import cancel_evaluation, start_evaluation
from .models import Evaluation, Segment


def activate(segment: Segment, *, by: Any) -> None:
    """Let exports use the segment, and evaluate it at once."""
    _change(segment, by, state=Segment.State.ACTIVE)
    start_evaluation(segment, trigger=Evaluation.Trigger.REFRESH, by=by)


def deactivate(segment: Segment, *, by: Any) -> None:
    """Keep the rules, but never evaluate them and let no export use them. What is under way is stopped."""
    _change(segment, by, state=Segment.State.INACTIVE)
    cancel_evaluation(segment)


def make_static(segment: Segment, *, by: Any) -> None:
    """Keep the members that the rules give now, until somebody refreshes the segment by hand."""
    _change(segment, by, type=Segment.Type.STATIC)
    _evaluate_if_active(segment, by)


def make_dynamic(segment: Segment, *, by: Any) -> None:
    """Let the members be what the rules say at each moment. Those that were kept are forgotten."""
    _change(segment, by, type=Segment.Type.DYNAMIC, kept_members="")
    _evaluate_if_active(segment, by)


STATE_CHANGES: dict[str, Callable[..., None]] = {
    "activate": activate,
    "deactivate": deactivate,
    "make-static": make_static,
    "make-dynamic": make_dynamic,
}


def duplicate(segment: Segment, *, by: Any) -> Segment:
    """Return a new, inactive segment with the same rules, under a name that is free."""
    while True:
        name = _free_name(segment)
        try:
            with transaction.atomic():
                return Segment.objects.create(
                    name=name,
                    description=segment.description,
                    source=segment.source,
                    rules=segment.rules,
                    type=segment.type,
                    state=Segment.State.INACTIVE,
                    created_by=by,
                )
        except IntegrityError:
            if not Segment.objects.filter(name=name).exists():
                raise  # it is not the name that somebody took a moment ago


def _change(segment: Segment, by: Any, **columns: Any) -> None:
    with transaction.atomic(), audit_trail.changes_of(segment, by=by):
        Segment.objects.filter(pk=segment.pk).update(**columns)
    segment.refresh_from_db()


def _evaluate_if_active(segment: Segment, by: Any) -> None:
    """What is under way found something else, so it counts for nothing."""
    if segment.is_active:
        start_evaluation(segment, trigger=Evaluation.Trigger.REFRESH, by=by, restart=True)


def _free_name(segment: Segment) -> str:
    wanted = _("Copy of %(name)s") % {"name": segment.name}
    taken = set(Segment.objects.filter(name__startswith=wanted[:90]).values_list("name", flat=True))
    name, number = wanted[:100], 1
    while name in taken:
        number += 1
        name = f"{wanted[:94]} ({number})"
    return name
