"""What Constant Contact has already: the plan of the last settled run, as far as it was confirmed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q

from exports.models import Batch, Export, Run
from exports.models.configuration import Configuration, configuration_of, is_comparable

# Of each of their profiles Constant Contact has the values that were sent: see Batch.is_confirmed.
CONFIRMED = Q(state=Batch.State.COMPLETED, counts_agree=True, accepted=F("rows"))


@dataclass(frozen=True, slots=True)
class BatchOutcomes:
    """What became of the batches of a run, by their numbers; the rest was not imported.

    None of Constant Contact's counts says which profiles it did not accept, so of an unclear batch nobody is known to
    be on the list until it is read back, and then each by name: docs/decisions/0010-whose-fate-is-unknown.md.
    """

    confirmed: list[int]
    unclear: dict[int, int]  # number → id: imported, but not all of its profiles were accepted
    unknown: list[int]  # perhaps imported, completely or in part


def baseline_of(export: Export, configuration: Configuration, *, everyone: bool) -> Run | None:
    """The run that a new one compares itself with; None: everybody is sent.

    None after the list, the account or the mapping changed, for *Send everyone again*, and when the plan is gone.
    """
    baseline = export.baseline
    if everyone or baseline is None or not baseline.plan_file:
        return None
    return baseline if is_comparable(configuration_of(baseline), configuration) else None


def batch_outcomes(run: Run) -> BatchOutcomes:
    """Return what became of the batches of a run, as a later run has to take it."""
    confirmed = run.batches.filter(CONFIRMED)
    unclear = run.batches.filter(state=Batch.State.COMPLETED).exclude(CONFIRMED)
    begun = Q(state__in=(Batch.State.UNKNOWN, Batch.State.SENDING, Batch.State.SENT))
    unknown = run.batches.filter(begun | Q(state=Batch.State.REFUSED) & ~Q(activity_id=""))
    return BatchOutcomes(
        list(confirmed.values_list("number", flat=True)),
        dict(unclear.values_list("number", "pk")),
        list(unknown.values_list("number", flat=True)),
    )


def sent_in_doubt(export: Export) -> dict[int, tuple[int, datetime]]:
    """Return, of each batch of an export that was imported, but not completely, by id: its run and when it was sent.

    Only of runs that are in the roster: what the list says can be compared with those.
    """
    batches = Batch.objects.filter(run__export=export, run__in_roster=True, state=Batch.State.COMPLETED)
    found = batches.exclude(CONFIRMED).exclude(sending_at=None).values_list("pk", "run_id", "sending_at")
    return {pk: (run, at) for pk, run, at in found}


def sent_at(run: Run) -> dict[int, datetime]:
    """Return when each batch of a run that was not confirmed was begun to be sent, by its number."""
    batches = run.batches.exclude(CONFIRMED).exclude(sending_at=None)
    return dict(batches.values_list("number", "sending_at"))


def all_confirmed(run: Run) -> bool:
    """Whether Constant Contact has every profile that a run sent."""
    return run.batches.filter(CONFIRMED).count() == run.batches.count()


def publish(run: Run) -> None:
    """Make a settled run the baseline of its export's next one; it may be repeated."""
    Export.objects.filter(pk=run.export_id).update(baseline=run)
