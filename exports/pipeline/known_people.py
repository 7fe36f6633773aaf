"""What a plan is told of people, from what was read of the account, and from what other exports of the list want."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from exports.models import Export, Run
from exports.models.configuration import Configuration, configuration_of
from exports.people import opt_outs, roster, suppressions
from exports.plan.people import People
from exports.plan.reader import plan_of
from segments.models import Segment


def known_people(run: Run, configuration: Configuration, segments: Sequence[Sequence[Segment]]) -> People:
    """Return what is known now. Raises StorageUnavailableError.

    Where it is not known whom another export of the list wants, such as when its plan is gone, nobody is taken off it.
    """
    account_id, list_id = configuration["account_id"], configuration["list_id"]
    of_list = roster.roster_of(account_id, list_id)
    leavers, former_addresses = configuration["leavers"], configuration["former_addresses"]
    wanted = _wanted_elsewhere(run, account_id, list_id) if of_list is not None else []
    if wanted is None:
        leavers = Export.Leavers.KEEP.value
        if former_addresses == Export.FormerAddresses.REMOVE:
            former_addresses = Export.FormerAddresses.KEEP.value
    return People(
        export_id=run.export_id,
        roster=roster.path_of(of_list) if of_list is not None else None,
        opt_outs=opt_outs.path_of(account_id),
        was_read=run.list_read_at is not None,
        stage_suppressed=partial(suppressions.stage, connection_id=configuration["connection_id"]),
        leavers=leavers,
        former_addresses=former_addresses,
        wanted_elsewhere=wanted or [],
        comparable_runs=_comparable_runs(account_id, list_id, segments) if of_list is not None else [],
    )


def _wanted_elsewhere(run: Run, account_id: str, list_id: str) -> list[Path] | None:
    """The plans of what the other exports of the list sent last; None when one of them can't be read."""
    paths: list[Path] = []
    others = Export.objects.filter(list_id=list_id, list_account_id=account_id).exclude(pk=run.export_id)
    for other in others.select_related("baseline"):
        if other.baseline is None:
            # It never ran, or what it sent is not certain any more.
            if other.runs.filter(preview=False, batches__posts__gt=0).exists():
                return None
            continue
        sent = configuration_of(other.baseline)
        if (sent["account_id"], sent["list_id"]) != (account_id, list_id):
            continue
        try:
            paths.append(plan_of(other.baseline))
        except FileNotFoundError:
            return None
    return paths


def _comparable_runs(account_id: str, list_id: str, segments: Sequence[Sequence[Segment]]) -> list[int]:
    """The runs to this list whose profiles were all of the one source of these segments; see People.comparable_runs."""
    if len(segments) != 1:
        return []
    of_source = set(Segment.objects.filter(source=segments[0][0].source_id).values_list("pk", flat=True))
    runs = Run.objects.filter(export__list_id=list_id, export__list_account_id=account_id, planned_at__isnull=False)
    chosen = runs.values_list("pk", "configuration__segments")
    return [pk for pk, frozen in chosen if frozen and {segment["id"] for segment in frozen} <= of_source]
