"""Why one address is on a list, or is not: from rosters, plans and sources, without asking Constant Contact.

Answered list by list, so many at once and for so long, so that somebody with many exports waits no longer. It holds
people: only of exports that the person who asks may run (permissions.can_see_people).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from engine.cancellation import Cancellation
from exports.models import Batch, Export, Roster, Run, Suppression
from exports.people.addresses import normalised
from exports.people.standing import Known, OptedOut, known_on, opted_out
from exports.people.suppressions import in_force_for
from exports.permissions import with_rights_of
from exports.plan.dispositions import LEFT_OUT, Disposition
from exports.plan.payloads import values_of
from exports.plan.reader import PersonOutcome, find_person
from jobs.limits import WAITS
from profiles.models import ProfileSource
from segments.members.one_person import Profile, profiles_of_address
from segments.models import Segment
from web.messages import Message, MessageError

LISTS = 10  # on one page
EXPORTS = 20  # of one list
PLANS = 5  # of one export
_TRIAL = Run.Trigger.TO_ME
SECONDS = WAITS.lists  # after so many no other list is begun, and no source asked


@dataclass(frozen=True, slots=True)
class Sent:
    """What an export sent last to the address, and what became of the batch."""

    run: Run
    batch: Batch
    values: Mapping[str, str]

    @property
    def may_have_arrived(self) -> bool:
        never = (Batch.State.PENDING, Batch.State.CANCELLED)
        is_refused = self.batch.state == Batch.State.REFUSED and not self.batch.activity_id
        return self.batch.state not in never and not is_refused


@dataclass(slots=True)
class OfSource:
    """The profiles of a source that have the address, as an export reads it."""

    source: ProfileSource
    segments: list[Segment]
    profiles: list[Profile] = field(default_factory=list)
    problem: str = ""

    @property
    def is_member(self) -> bool:
        return any(each.is_member for profile in self.profiles for each in profile.judged)


@dataclass(slots=True)
class OfExport:
    export: Export
    run: Run | None = None  # the last one with a plan
    outcomes: list[PersonOutcome] = field(default_factory=list)  # in that plan
    sent: Sent | None = None
    sources: list[OfSource] = field(default_factory=list)
    consent: list[str] = field(default_factory=list)  # values of the consent attribute
    problem: str = ""

    @property
    def is_member(self) -> bool:
        return any(each.is_member for each in self.sources)

    @property
    def is_profile(self) -> bool:
        return any(each.profiles for each in self.sources)


@dataclass(slots=True)
class OfList:
    """What is known of an address on one list, and of each export that sends there."""

    account_id: str
    list_id: str
    name: str
    roster: Roster | None
    known: Known | None
    out: OptedOut | None
    suppression: Suppression | None
    exports: list[OfExport]
    more_exports: int = 0
    verdict: Message = field(default_factory=Message)
    is_on: bool | None = None  # None: it is not known


@dataclass(frozen=True, slots=True)
class Answer:
    address: str
    lists: list[OfList]
    all_lists: int
    next: int | None  # where the next page begins


def exports_of(user: Any) -> QuerySet[Export]:
    """Return the exports whose people somebody may see."""
    exports: Any = with_rights_of(user, Export.objects.exclude(list_id=""))
    found: QuerySet[Export] = (
        exports.filter(may_run=True).select_related("connection").order_by("list_name", "list_id", "name", "pk")
    )
    return found


def why(user: Any, text: str, first: int = 0) -> Answer:
    """Answer for the address in `text`, beginning with the list number `first`. Raises StorageUnavailableError."""
    address = normalised(text)
    by_list: dict[tuple[str, str], list[Export]] = {}
    for export in exports_of(user):
        account_id = export.list_account_id or (export.connection.account_id if export.connection else "")
        by_list.setdefault((account_id, export.list_id), []).append(export)
    ends_at = time.monotonic() + SECONDS
    lists: list[OfList] = []
    for key, exports in list(by_list.items())[first : first + LISTS]:
        if lists and time.monotonic() > ends_at:
            break
        lists.append(_of_list(key, exports, address, ends_at))
    done = first + len(lists)
    return Answer(address, lists, len(by_list), done if done < len(by_list) else None)


def _of_list(key: tuple[str, str], exports: Sequence[Export], address: str, ends_at: float) -> OfList:
    account_id, list_id = key
    roster = Roster.objects.filter(account_id=account_id, list_id=list_id).first()
    found = OfList(
        account_id,
        list_id,
        exports[0].list_name or list_id,
        roster,
        known_on(roster, address),
        opted_out(account_id, address),
        next(iter(in_force_for(address, exports[0].connection_id)), None),
        [_of_export(export, address, ends_at) for export in exports[:EXPORTS]],
        max(0, len(exports) - EXPORTS),
    )
    found.is_on, found.verdict = verdict_of(found)
    return found


def _of_export(export: Export, address: str, ends_at: float) -> OfExport:
    found = OfExport(export)
    runs = export.runs.filter(preview=False).exclude(plan_file="").exclude(trigger=Run.Trigger.TO_ME)
    for number, run in enumerate(runs.order_by("-pk")[:PLANS]):
        if number and (found.sent is not None or time.monotonic() > ends_at):
            break
        try:
            outcomes = [each for each in find_person(run, address) if each.row.email == address]
        except FileNotFoundError:
            continue
        if found.run is None:
            found.run, found.outcomes = run, outcomes
        found.sent = next(_sent(run, outcomes), None)
    by_source: dict[int, list[Segment]] = {}
    for segment in export.segments.select_related("source").order_by("source", "pk"):
        by_source.setdefault(segment.source_id, []).append(segment)
    for segments in by_source.values():
        found.sources.append(_of_source(export, segments, address, ends_at))
    attribute = export.consent_attribute
    if attribute:
        profiles = [profile for each in found.sources for profile in each.profiles]
        found.consent = [profile.values.get(attribute, "") for profile in profiles]
    return found


def _sent(run: Run, outcomes: Sequence[PersonOutcome]) -> Iterator[Sent]:
    for outcome in outcomes:
        if outcome.row.disposition == Disposition.SEND and outcome.batch is not None:
            sent = Sent(run, outcome.batch, values_of(outcome.row.payload, outcome.batch.header))
            if sent.may_have_arrived:
                yield sent


def _of_source(export: Export, segments: list[Segment], address: str, ends_at: float) -> OfSource:
    found = OfSource(segments[0].source, segments)
    left = ends_at - time.monotonic()
    if left <= 0:
        found.problem = str(Message("why.no_time"))
        return found
    also = [export.consent_attribute] if export.consent_attribute else []
    cancellation = Cancellation(max(1.0, left))
    email = export.mapping.get("email", "")
    try:
        found.profiles = profiles_of_address(found.source, email, address, segments, also, cancellation)
    except MessageError as error:
        found.problem = str(error)
    return found


def verdict_of(found: OfList) -> tuple[bool | None, Message]:
    """Return whether the address is on the list, as far as it is known, and in a sentence why."""
    about: dict[str, Any] = {"list": found.name}
    known, out = found.known, found.out
    suppressed = {"at": found.suppression.created_at.isoformat()} if found.suppression else {}
    is_away = known is None or not known.on_list
    if suppressed and out is None and is_away:
        return (None if known is None else known.on_list), Message("why.off_suppressed", about | suppressed)
    if out is not None:
        code = f"off_{out.kind}" + ("" if out.at else "_some_time")
        return False, Message(f"why.{code}", about | ({"at": out.at.isoformat()} if out.at else {}))
    if known is not None:
        return _by_roster(found, known, about)
    sent = max((each.sent for each in found.exports if each.sent), key=lambda one: one.run.pk, default=None)
    was_read = found.roster is not None and found.roster.read_at is not None
    if sent is not None and not (was_read and _is_before(sent, found.roster)):
        return _by_plan(sent, about)
    return _never_sent(found, about, was_read=was_read)


def _is_before(sent: Sent, roster: Roster | None) -> bool:
    read_at = roster.read_at if roster else None
    return bool(read_at and sent.batch.confirmed_at and sent.batch.confirmed_at < read_at)


def _by_roster(found: OfList, known: Known, about: dict[str, Any]) -> tuple[bool | None, Message]:
    if known.left is not None:
        return False, Message("why.off_left", about | {"at": known.left.isoformat()})
    if known.removed is not None:
        return False, Message("why.off_removed", about | {"at": known.removed.isoformat()})
    if known.on_list is False:
        return False, Message("why.off_refused", about)
    if known.export_id is None and known.run_id and Run.objects.filter(pk=known.run_id, trigger=_TRIAL).exists():
        return known.on_list, Message("why.on_by_trial", about | {"number": str(known.run_id)})
    if known.export_id is None and known.on_list:
        return True, Message("why.on_by_others", about)
    names = {each.export.pk: each.export.name for each in found.exports}
    export = names.get(known.export_id or 0)
    if known.on_list and known.confirmed is not None:
        details = about | {"at": known.confirmed.isoformat()}
        if export is None:
            return True, Message("why.on_by_another_export", details)
        return True, Message("why.on_by_export", details | {"export": export})
    sent = max((each.sent for each in found.exports if each.sent), key=lambda one: one.run.pk, default=None)
    return _by_plan(sent, about) if sent is not None else (None, Message("why.not_read", about))


def _by_plan(sent: Sent, about: dict[str, Any]) -> tuple[bool | None, Message]:
    details = about | {"export": sent.run.export.name, "run": str(sent.run)}
    if sent.batch.is_confirmed:
        at = sent.batch.confirmed_at or sent.run.queued_at
        return True, Message("why.on_accepted", details | {"at": at.isoformat()})
    return None, Message("why.unclear", details)


def _never_sent(found: OfList, about: dict[str, Any], *, was_read: bool) -> tuple[bool | None, Message]:
    """Nobody sent the address, as far as plans are kept; or it was sent, and the list was read without it since."""
    is_off = False if was_read else None
    suffix = "" if was_read else "_unread"
    for each in found.exports:
        for outcome in each.outcomes:
            if outcome.row.disposition in LEFT_OUT:
                reason = str(Disposition(outcome.row.disposition).label)
                details = about | {"export": each.export.name, "reason": reason, "run": str(each.run)}
                return is_off, Message(f"why.off_left_out{suffix}", details)
    for each in found.exports:
        if each.is_member:
            return is_off, Message(f"why.off_not_yet{suffix}", about | {"export": each.export.name})
    if any(each.is_profile for each in found.exports):
        return is_off, Message(f"why.off_not_member{suffix}", about)
    if any(source.problem for each in found.exports for source in each.sources):
        return is_off, Message("why.off_not_looked", about)
    return is_off, Message(f"why.off_nobody{suffix}", about)
