"""How the standing of a segment looks in lists and on its page."""

from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from segments.models import Evaluation, Segment


@dataclass(frozen=True)
class Look:
    label: str | Promise
    tone: str = "neutral"
    icon: str = ""
    busy: bool = False


_EVALUATIONS = {
    Evaluation.Status.QUEUED: Look(Evaluation.Status.QUEUED.label, "neutral", "schedule"),
    Evaluation.Status.RUNNING: Look(Evaluation.Status.RUNNING.label, "info", busy=True),
    Evaluation.Status.SUCCEEDED: Look(Evaluation.Status.SUCCEEDED.label, "success", "check_circle"),
    Evaluation.Status.FAILED: Look(Evaluation.Status.FAILED.label, "danger", "error"),
    Evaluation.Status.CANCELLED: Look(Evaluation.Status.CANCELLED.label, "neutral", "block"),
}
_SKIPPED = Look(_("Skipped"), "neutral", "block")  # documented: so is what is inactive
_NOT_STARTED = Look(_("Not started"), "neutral", "schedule")


def with_standing(segments: "QuerySet[Segment]") -> "QuerySet[Segment]":
    """Return the segments with the status of their last evaluation that was not cancelled, as `standing`."""
    latest = Evaluation.objects.filter(segment=OuterRef("pk")).exclude(status=Evaluation.Status.CANCELLED)
    return segments.annotate(standing=Subquery(latest.order_by("-pk").values("status")[:1]))


def look_of(segment: Any) -> Look:
    """Return how a segment from `with_standing` stands."""
    if segment.standing in Evaluation.OPEN:
        return _EVALUATIONS[segment.standing]
    if not segment.is_active:
        return _SKIPPED
    if segment.stored_problem:
        return _EVALUATIONS[Evaluation.Status.FAILED]
    if segment.member_count is None:
        return _NOT_STARTED
    return _EVALUATIONS[Evaluation.Status.SUCCEEDED]


def look_of_evaluation(evaluation: Evaluation) -> Look:
    return _EVALUATIONS[Evaluation.Status(evaluation.status)]
