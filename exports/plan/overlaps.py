"""Exports that fill the same fields of the same contacts: of one account, whatever their lists are.

A contact has each field once, so the export that runs later overwrites what the other one sent.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from constant_contact.fields import stored_as
from exports.destination.fields import EMAIL
from exports.models import Batch, Export, Run
from exports.models.configuration import Configuration, configuration_of

# A batch that nobody followed to its end may still have been imported so long after it was sent.
LONGEST_IMPORT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Overlap:
    """A run of another export that sent to fields of this one; `shared`: position of a target here → there."""

    run: Run
    batches: list[int]
    shared: dict[int, int]


def exports_sharing(
    account_id: str, targets: Collection[str], apart_from: Export | None = None
) -> dict[Export, set[str]]:
    """Return the other exports of the account that fill some of these fields besides Email, each with those."""
    others = Export.objects.filter(list_account_id=account_id, connection__isnull=False)
    if apart_from is not None:
        others = others.exclude(pk=apart_from.pk)
    mine = {stored_as(target): target for target in targets if target != EMAIL}
    shared: dict[Export, set[str]] = {}
    for other in others:
        fields = {mine[stored_as(target)] for target in other.mapping if stored_as(target) in mine}
        if fields:
            shared[other] = fields
    return shared


def fields_of(mapping: Mapping[str, str]) -> list[str]:
    """Return the fields of a contact besides Email that a data matching fills."""
    return sorted({stored_as(target) for target in mapping if target != EMAIL})


def shared_positions(export: Export, configuration: Configuration) -> list[int]:
    """Return the positions of the targets that another export of the account fills too."""
    targets = list(configuration["mapping"])
    sharing = exports_sharing(configuration["account_id"], targets, apart_from=export)
    fields = set().union(*sharing.values())
    return [position for position, target in enumerate(targets) if target in fields]


def overlaps_since(
    export: Export, configuration: Configuration, since: datetime, *, trials: bool = False
) -> list[Overlap]:
    """Return the runs of other exports that may have overwritten, since then, what this one sent.

    With `trials`, also the runs of any export that sent one contact to whoever tried a list.
    """
    mine = Q(run__export=export)
    trial = Q(run__trigger=Run.Trigger.TO_ME)
    running_out = ~Q(state=Batch.State.COMPLETED) & Q(sending_at__gte=since - LONGEST_IMPORT)
    batches = (
        Batch.objects.filter(Q(confirmed_at__gte=since) | running_out, posts__gt=0)
        .filter(run__configuration__account_id=configuration["account_id"])
        .exclude(mine & ~trial if trials else mine | trial)
        .select_related("run__export")
        .order_by("run", "number")
    )
    numbers: dict[Run, list[int]] = {}
    for batch in batches:
        numbers.setdefault(batch.run, []).append(batch.number)
    mapping = configuration["mapping"]
    overlaps = [Overlap(run, sent, _shared(mapping, configuration_of(run)["mapping"])) for run, sent in numbers.items()]
    return [overlap for overlap in overlaps if overlap.shared]


def forget_what_it_overwrote(export: Export) -> None:
    """Before an export is removed with its plans: exports whose values it may have replaced send everybody again."""
    for other in Export.objects.exclude(pk=export.pk).exclude(baseline=None).select_related("baseline"):
        since = other.baseline.as_of if other.baseline else None
        if since and any(
            overlap.run.export_id == export.pk
            for overlap in overlaps_since(other, configuration_of(other.baseline), since)  # type: ignore[arg-type]
        ):
            Export.objects.filter(pk=other.pk, baseline=other.baseline).update(baseline=None)


def _shared(here: Mapping[str, str], there: Mapping[str, str]) -> dict[int, int]:
    places = {stored_as(target): position for position, target in enumerate(there) if target != EMAIL}
    return {
        position: places[stored_as(target)]
        for position, target in enumerate(here)
        if target != EMAIL and stored_as(target) in places
    }
