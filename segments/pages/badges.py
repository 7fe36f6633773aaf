"""What the status of a segment looks like in lists and on its page."""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from segments.models import Evaluation, Segment
from web.badges import BUSY, Badge

_EVALUATIONS = {
    Evaluation.Status.QUEUED: ("neutral", "schedule"),
    Evaluation.Status.RUNNING: ("info", BUSY),
    Evaluation.Status.SUCCEEDED: ("success", "check_circle"),
    Evaluation.Status.FAILED: ("danger", "error"),
    Evaluation.Status.CANCELLED: ("neutral", "block"),
}


def with_standing(segments: "QuerySet[Segment]") -> "QuerySet[Segment]":
    """Return the segments with the status of their last evaluation that was not cancelled, as `standing`."""
    latest = Evaluation.objects.filter(segment=OuterRef("pk")).exclude(status=Evaluation.Status.CANCELLED)
    return segments.annotate(standing=Subquery(latest.order_by("-pk").values("status")[:1]))


def segment_badge(segment: Any) -> Badge:
    """Return the badge of a segment from `with_standing`."""
    if segment.standing in Evaluation.OPEN:
        return evaluation_badge(segment.standing)
    if not segment.is_active:
        return Badge(_("Skipped"), icon="block")  # documented: so is what is inactive
    if segment.stored_problem:
        return evaluation_badge(Evaluation.Status.FAILED)
    if segment.member_count is None:
        return Badge(_("Not started"), icon="schedule")
    return evaluation_badge(Evaluation.Status.SUCCEEDED)


def evaluation_badge(status: str) -> Badge:
    return Badge(Evaluation.Status(status).label, *_EVALUATIONS[Evaluation.Status(status)])
