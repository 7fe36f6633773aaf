"""The steps of an erasure, in their order: first nobody can send the person any more, then every place is cleared.

Whatever a step does may be done twice: each looks what is there, and writes down what it did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from exports.models import Erasure, ErasureStep
from profiles.models import ProfileSource
from web.messages import Message

from .account import erase_from_account
from .files import (
    erase_from_people,
    erase_from_segments,
    erase_from_source,
    erase_from_suppressions,
    erase_uploads,
)
from .plans import erase_from_plans
from .records import Mention, clear, mentions_of
from .remembering import remember_erased
from .work import Work

Kind = ErasureStep.Kind
MAX_NAMES = 10
_NAMED = {"auth.User": "in_people", "segments.Segment": "in_segments", "connections.Connection": "in_connections"}


def steps_of(erasure: Erasure) -> Iterator[ErasureStep]:
    """Yield the steps that every erasure has; those of accounts are asked for one by one."""
    yield ErasureStep(erasure=erasure, kind=Kind.REMEMBER)
    for source in ProfileSource.objects.select_related("database").order_by("name"):
        if source.is_in_database:
            yield ErasureStep(erasure=erasure, kind=Kind.TABLE, source=source, name=_name_of(source))
        else:
            yield ErasureStep(erasure=erasure, kind=Kind.SOURCE, source=source, name=source.name)
    for kind in (Kind.SEGMENTS, Kind.UPLOADS, Kind.PLANS, Kind.SUPPRESSIONS, Kind.PEOPLE, Kind.RECORDS):
        yield ErasureStep(erasure=erasure, kind=kind)


def _name_of(source: ProfileSource) -> str:
    table = str(getattr(source, "database", ""))
    return f"{source.name}: {table}"[:300] if table else source.name


def _remember(work: Work, step: ErasureStep) -> None:
    remember_erased(work.address, by=work.erasure.asked_by)
    work.end(step)


def _leave_table(work: Work, step: ErasureStep) -> None:
    work.end(step, ErasureStep.State.REMAINS, Message("erasure.table_remains"))


def _erase_from_records(work: Work, step: ErasureStep) -> None:
    remaining = []
    for mention in mentions_of(work.address):
        if mention.is_cleared:
            work.note(step, count=clear(mention, work.address, work.erasure.masked))
        else:
            remaining.append(_told(mention).as_json())
    note = Message("erasure.mentions_remain", {"tables": remaining}) if remaining else Message()
    work.end(step, ErasureStep.State.REMAINS if remaining else ErasureStep.State.DONE, note)


def _told(mention: Mention) -> Message:
    """Name the rows where their names are no addresses."""
    label = mention.model._meta.label
    if label in _NAMED:
        return Message(f"erasure.{_NAMED[label]}", {"names": [str(row) for row in mention.rows[:MAX_NAMES]]})
    return Message("erasure.in_table", {"table": label, "count": len(mention.rows)})


STEPS: Mapping[str, Callable[[Work, ErasureStep], None]] = {
    Kind.REMEMBER: _remember,
    Kind.SOURCE: erase_from_source,
    Kind.TABLE: _leave_table,
    Kind.SEGMENTS: erase_from_segments,
    Kind.UPLOADS: erase_uploads,
    Kind.PLANS: erase_from_plans,
    Kind.SUPPRESSIONS: erase_from_suppressions,
    Kind.PEOPLE: erase_from_people,
    Kind.RECORDS: _erase_from_records,
    Kind.ACCOUNT: erase_from_account,
}
