"""What Constant Contact has already: the plan of the last settled run, as far as it was imported."""

from __future__ import annotations

from .configuration import Configuration, is_comparable, of
from .models import Batch, Export, Run


def baseline_of(export: Export, configuration: Configuration, *, everyone: bool) -> Run | None:
    """The run that a new one compares itself with; None: everybody is sent.

    None after the list, the account or the mapping changed, for *Send everyone again*, and when the plan is gone.
    """
    baseline = export.baseline
    if everyone or baseline is None or not baseline.plan_file:
        return None
    return baseline if is_comparable(of(baseline), configuration) else None


def imported_batches(run: Run) -> list[int]:
    """The batches of a run that are on the list. A refused or cancelled one goes again next time."""
    return list(run.batches.filter(state=Batch.State.COMPLETED).values_list("number", flat=True))


def all_imported(run: Run) -> bool:
    """Whether every batch of a run is on the list."""
    return not run.batches.exclude(state=Batch.State.COMPLETED).exists()


def publish(run: Run) -> None:
    """Make a settled run the baseline of its export's next one; it may be repeated."""
    Export.objects.filter(pk=run.export_id).update(baseline=run)
