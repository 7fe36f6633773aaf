"""What the brakes measure of a plan: its counts, the last settled run, and what is known of the list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.files import local_copy
from engine.sessions import open_engine
from exports.models import Roster, Run
from exports.models.configuration import configuration_of
from exports.plan.dispositions import FAULTY, Disposition
from exports.plan.earlier import columns_of
from exports.plan.newcomers import automation_starts, contacts_after, newcomers_of
from exports.plan.reader import plan_of
from exports.plan.sql import listed, number_of
from web.messages import Message

from .table import BRAKES, Brake, Unit, at_least_of, limit_of

_MEMORY = "128MB"
_OFF = listed((Disposition.LEAVER, Disposition.FORMER_ADDRESS))
_KNOWN = listed((Disposition.SEND, Disposition.UNCHANGED, Disposition.UNCONFIRMED))
_SENT = f"SELECT count(*) FROM read_parquet($plan) WHERE disposition = '{Disposition.SEND}'"  # noqa: S608
_REMOVED = f"SELECT count(*) FROM read_parquet($plan) WHERE disposition IN {_OFF} AND reason LIKE 'remove%'"  # noqa: S608
_ON_LIST = 'SELECT count(*) FROM read_parquet($roster) WHERE on_list AND removed IS NULL AND "left" IS NULL'


@dataclass(frozen=True, slots=True)
class Measured:
    """How many people a brake is about, of how many; `now` is for its sentence.

    `limit`: of a brake that an export only switches on or off, while its limit stands elsewhere, as at its connection.
    """

    part: int
    whole: int = 0
    now: int = 0
    limit: int = 0

    def value(self, unit: Unit) -> int:
        """What is compared with a limit. A share is rounded up, so that one above its limit also looks so."""
        return -(-100 * self.part // self.whole) if unit == Unit.PERCENT else self.part

    def is_above(self, limit: int, unit: Unit, at_least: int) -> bool:
        if unit == Unit.PERCENT:
            return self.part >= max(at_least, 1) and 100 * self.part > limit * self.whole
        return self.part > (limit if unit == Unit.PEOPLE else self.limit)


Measure = Callable[[Run], Measured | None]


def tripped_by(run: Run) -> list[dict[str, Any]]:
    """Return what trips of a planned run, as Run.brakes keeps it: [{code, value, limit, …}]. Raises
    StorageUnavailableError.

    The settings are those that the run froze. Only brakes that are on are measured.
    """
    settings = configuration_of(run)["brakes"]
    found = []
    for brake in BRAKES:
        limit = limit_of(brake, settings)
        measured = MEASURES[brake.code](run) if limit is not None else None
        if limit is not None and measured is not None and measured.is_above(limit, brake.unit, at_least_of(settings)):
            found.append(_as_json(brake, measured, limit))
    return found


def sentences_of(run: Run) -> list[Message]:
    """Return what trips, or tripped, a brake in this run: a message for each."""
    return messages_of(run.brakes)


def messages_of(tripped: Sequence[dict[str, Any]]) -> list[Message]:
    """Return the same of what Run.brakes keeps."""
    return [Message(f"brake.{each['code']}", each) for each in tripped]


def last_settled(run: Run) -> Run | None:
    """Return the run whose numbers this one is compared with: the last of its export that was Successful or Completed
    with errors and had anybody to decide about.
    """
    others = Run.objects.filter(export=run.export_id, preview=False, status__in=Run.SETTLED).exclude(pk=run.pk)
    others = others.exclude(trigger=Run.Trigger.TO_ME)
    return next((each for each in others.order_by("-finished_at", "-pk")[:10] if each.selected), None)


def _empty(run: Run) -> Measured | None:
    return None if run.selected else Measured(1)


def _shrank(run: Run) -> Measured | None:
    before = last_settled(run)
    # Of nobody at all the brake for empty segments tells.
    return Measured(before.selected - run.selected, before.selected, run.selected) if before and run.selected else None


def _grew(run: Run) -> Measured | None:
    before = last_settled(run)
    return Measured(run.selected - before.selected, before.selected, run.selected) if before else None


def _left_out(run: Run) -> Measured | None:
    faulty = sum(int(run.counts.get(kind, 0)) for kind in FAULTY)
    return Measured(faulty, run.selected) if faulty else None


def _new_people(run: Run) -> Measured | None:
    """As the list was read back; else compared with the plan of the last settled run. Without either all are new."""
    path = _plan_of(run)
    if not run.to_send or path is None:
        return Measured(run.to_send)
    earlier = last_settled(run)
    before = _plan_of(earlier) if earlier else None
    with open_engine(_MEMORY, reach=[each for each in (path, before) if each]) as duck:
        plan = {"plan": str(path)}
        if "on_list" in columns_of(duck, path) and number_of(
            duck, "SELECT count(on_list) FROM read_parquet($plan)", **plan
        ):
            return Measured(number_of(duck, f"{_SENT} AND on_list IS NOT TRUE", **plan))
        if before is None:
            return Measured(run.to_send)
        known = f"SELECT email FROM read_parquet($before) WHERE disposition IN {_KNOWN}"  # noqa: S608 - words of ours
        return Measured(number_of(duck, f"{_SENT} AND email NOT IN ({known})", **plan, before=str(before)))


def _removed(run: Run) -> Measured | None:
    path = _plan_of(run)
    if path is None or not any(run.counts.get(kind) for kind in (Disposition.LEAVER, Disposition.FORMER_ADDRESS)):
        return None
    configuration = configuration_of(run)
    roster = Roster.objects.filter(account_id=configuration["account_id"], list_id=configuration["list_id"]).first()
    on_list = local_copy(roster.file) if roster and roster.file else None
    with open_engine(_MEMORY, reach=[each for each in (path, on_list) if each]) as duck:
        removed = number_of(duck, _REMOVED, plan=str(path))
        size = number_of(duck, _ON_LIST, roster=str(on_list)) if on_list else 0
    return Measured(removed, max(size, removed)) if removed else None


def _contract(run: Run) -> Measured | None:
    """Active contacts at most after the plan. A plan that adds nobody is not held for what is so already."""
    limit = run.export.connection.contract_contacts if run.export.connection else None
    newcomers = newcomers_of(run) if limit is not None else None
    after = contacts_after(run, newcomers)
    return Measured(after, limit=limit) if limit is not None and newcomers and after is not None else None


def _automations(run: Run) -> Measured | None:
    limit = run.export.connection.max_automation_starts if run.export.connection else None
    starts = automation_starts(run) if limit is not None else None
    return Measured(starts, limit=limit) if limit is not None and starts is not None else None


def _plan_of(run: Run) -> Path | None:
    try:
        return plan_of(run)
    except FileNotFoundError:
        return None


def _as_json(brake: Brake, measured: Measured, limit: int) -> dict[str, Any]:
    value = measured.value(brake.unit)
    shown = measured.limit if brake.unit == Unit.SWITCH else limit
    return {"code": brake.code, "value": value, "limit": shown, "part": measured.part} | (
        {"whole": measured.whole, "now": measured.now} if brake.unit == Unit.PERCENT else {}
    )


# By the code of a brake. One that a column of the run tells is a line: lambda run: Measured(run.column, limit=…).
MEASURES: dict[str, Measure] = {
    "empty": _empty,
    "shrank": _shrank,
    "grew": _grew,
    "new_people": _new_people,
    "removed": _removed,
    "left_out": _left_out,
    "contract": _contract,
    "automations": _automations,
}
