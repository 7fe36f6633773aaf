"""What has changed since a preview was made: a preview is of its moment, and nobody is sent by an old one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from exports.models import Export, Run
from exports.models.configuration import configuration_of, freeze, means_the_same
from profiles.errors import ProfileError
from profiles.models import ProfileSource
from segments.errors import SegmentError
from segments.models import Segment

from .inputs import SegmentMissingError, plan_inputs, segments_of
from .overlaps import overlaps_since


def changes_since(run: Run) -> list[str]:
    """Return a sentence for each thing that makes the plan of a preview another than one made now; mostly none.

    Profiles in a database can't be told from those of the plan without planning anew.
    """
    export = Export.objects.select_related("connection", "baseline").get(pk=run.export_id)
    if not run.plan_file:
        return [_("The plan of this preview is no longer kept.")]
    if export.connection is None:
        return [_("The connection was detached from the export.")]
    if not means_the_same(freeze(export), configuration_of(run)):
        return [_("On %(at)s the export was edited.") % {"at": _moment(export.updated_at)}]
    return [*_of_other_runs(export, run), *_of_profiles(run)]


def _of_other_runs(export: Export, run: Run) -> list[str]:
    changes = []
    baseline = export.baseline
    if baseline is not None and baseline.pk != run.baseline_id and (baseline.finished_at or run.as_of) >= run.as_of:
        changes.append(_("%(run)s of this export has ended.") % {"run": baseline})
    elif run.baseline is not None and baseline is None:
        changes.append(_("What Constant Contact has of the last run is no longer certain."))
    others = {overlap.run.export.name for overlap in overlaps_since(export, configuration_of(run), run.as_of)}
    changes += [
        _("“%(export)s” has sent values to fields that this export fills too.") % {"export": name}
        for name in sorted(others)
    ]
    return changes


def _of_profiles(run: Run) -> list[str]:
    if not run.plan_inputs:
        return []
    try:
        configuration = configuration_of(run)
        segments = segments_of(configuration)
        inputs = plan_inputs(segments, configuration["strict"], configuration["consent_attribute"])
    except SegmentMissingError as error:
        return [_("The segment “%(segment)s” no longer exists.") % {"segment": error.name}]
    except (ProfileError, SegmentError) as error:
        return [str(error)]
    if inputs == run.plan_inputs:
        return []
    changes = [
        sentence
        for members in segments
        for sentence in [*_of_source(members[0].source, run.as_of), *_of_segments(members, run.as_of)]
    ]
    if timezone.localdate(run.as_of) != timezone.localdate():
        changes.append(_("It is of another day, and rules of its segments count from today's date."))
    return changes or [_("The profiles or rules that it was made from have changed.")]


def _of_source(source: ProfileSource, since: datetime) -> list[str]:
    if source.refreshed_at is None or source.refreshed_at < since:
        return []
    values = {"source": source.name, "at": _moment(source.refreshed_at)}
    return [_("On %(at)s the profiles of “%(source)s” were replaced.") % values]


def _of_segments(segments: Sequence[Segment], since: datetime) -> list[str]:
    changes = []
    for segment in segments:
        if segment.updated_at >= since:
            values = {"segment": segment.name, "at": _moment(segment.updated_at)}
            changes.append(_("On %(at)s the segment “%(segment)s” was changed.") % values)
        elif segment.is_static and segment.counted_at is not None and segment.counted_at >= since:
            values = {"segment": segment.name, "at": _moment(segment.counted_at)}
            changes.append(_("On %(at)s the members of the segment “%(segment)s” were refreshed.") % values)
    return changes


def _moment(at: datetime) -> str:
    return str(date_format(timezone.localtime(at), "DATETIME_FORMAT"))
