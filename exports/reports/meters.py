"""The three meters: what is left of the limits at Constant Contact, and what a plan takes of it.

Calls of the day (API guide, rate limits), unfinished activities of the account (OpenAPI: 1,000), active contacts
against the number in the contract. Export page, preview and Home show the same ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.conf import settings
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from connections.budget import forecast
from connections.models import Connection
from exports.models import AccountReading, Batch, Roster, Run
from exports.people.account_counts import reading_of
from exports.plan.newcomers import contacts_after
from web.charts import Chart, Part, stacked_bar

from .numbers import grouped

QUEUED_ACTIVITIES = 1_000  # unfinished ones an account may have
WARN_FROM = 0.9


@dataclass(frozen=True, slots=True)
class Meter:
    """`value` stands beside `title`, `of` says of what; `text` is the sentence below. No chart: nothing to compare."""

    name: str
    title: str
    value: str
    of: str
    text: str
    tone: str
    chart: Chart | None
    account: str = ""  # whose, where several accounts are shown


@dataclass(frozen=True, slots=True)
class Planned:
    """What a plan takes: calls, activities; `newcomers` None: not known how many are new to the list."""

    run: Run
    calls: int
    activities: int
    newcomers: int | None


def meters_of(connection: Connection | None, planned: Planned | None = None) -> list[Meter]:
    """Return the meters of the connection's account, with what a plan would take of them."""
    meters = [calls_meter(planned)]
    if connection is not None and connection.account_id:
        meters.append(_activities_meter(connection.account_id, planned))
        meters.append(_contacts_meter(connection, planned))
    return meters


def meters_of_accounts(connections: Iterable[Connection]) -> list[Meter]:
    """Return the meters of everything that these connections reach: one of the calls, and two for each account."""
    accounts = {each.account_id: each for each in connections if each.account_id}
    meters = [calls_meter()]
    for connection in accounts.values():
        name = connection.organization_name or connection.display_name
        account = name if len(accounts) > 1 else ""
        meters += [replace(meter, account=account) for meter in meters_of(connection)[1:]]
    return meters


def calls_meter(planned: Planned | None = None) -> Meter:
    budget = forecast(settings.CONSTANT_CONTACT_CLIENT_ID)
    more = planned.calls if planned else 0
    used = budget.limit - budget.left
    tone = _tone(used + more, budget.limit) if budget.left else "danger"
    if not budget.left:
        text = _("Today's requests are used up. Runs wait and go on by themselves at 00:00 UTC.")
    elif more > budget.left:
        text = _("This plan needs %(calls)s. The run would send what it can and go on by itself after 00:00 UTC.")
    elif more:
        text = _("This plan needs %(calls)s. Constant Contact counts a new day from 00:00 UTC.")
    else:
        text = _("Constant Contact counts a new day from 00:00 UTC.")
    return Meter(
        name="calls",
        title=_("Requests left today"),
        value=grouped(budget.left),
        of=_("of %(limit)s a day") % {"limit": grouped(budget.limit)},
        text=text % {"calls": grouped(more)},
        tone=tone,
        chart=_bar(_("Made today, or kept for the pages"), used, _("For this plan"), more, budget.limit, tone),
    )


def unfinished_activities(account_id: str) -> int:
    """Return how many activities this application waits for in the account: imports, and lists being written out."""
    waiting = (Batch.State.SENDING, Batch.State.SENT)
    batches = Batch.objects.filter(
        state__in=waiting, run__status__in=Run.OPEN, run__configuration__account_id=account_id
    )
    return batches.count() + Roster.objects.filter(account_id=account_id).exclude(activity_id="").count()


def _activities_meter(account_id: str, planned: Planned | None) -> Meter:
    queued, more = unfinished_activities(account_id), planned.activities if planned else 0
    tone = _tone(queued + more, QUEUED_ACTIVITIES)
    text = _("Jobs of other programs in the account are not among them.")
    if more:
        text = " ".join([_("This plan adds %(jobs)s.") % {"jobs": grouped(more)}, text])
    return Meter(
        name="activities",
        title=_("Unfinished jobs of this application"),
        value=grouped(queued),
        of=_("of %(limit)s that the account may have") % {"limit": grouped(QUEUED_ACTIVITIES)},
        text=text,
        tone=tone,
        chart=_bar(_("Unfinished"), queued, _("For this plan"), more, QUEUED_ACTIVITIES, tone),
    )


def _contacts_meter(connection: Connection, planned: Planned | None) -> Meter:
    reading, limit = reading_of(connection.account_id), connection.contract_contacts
    before, after = reading.active_contacts, None
    newcomers = planned.newcomers if planned else None
    if planned and planned.run.contacts_before is not None:
        before = planned.run.contacts_before
        after = contacts_after(planned.run, newcomers)
    expected = after if after is not None else before
    tone = _tone(expected, limit) if expected is not None and limit else "accent"
    chart = None
    if before is not None and limit:
        chart = _bar(_("Active contacts"), before, _("New by this plan, at most"), newcomers or 0, limit, tone)
    return Meter(
        name="contacts",
        title=_("Active contacts in the account"),
        value="–" if before is None else grouped(before),
        of=_("of %(limit)s in the contract") % {"limit": grouped(limit)} if limit else "",
        text=" ".join(_about_contacts(before, after, limit, reading, planned)),
        tone=tone,
        chart=chart,
    )


def _about_contacts(
    before: int | None, after: int | None, limit: int | None, reading: AccountReading, planned: Planned | None
) -> list[str]:
    """What is known, as of when, and what comes near."""
    if before is None:
        said = [_("Not known: Constant Contact has not told it yet. Each preview and each run asks for it.")]
    elif planned and after is not None:
        said = [
            _("After this plan at most %(after)s: whoever is not known to be on the list counts as new.")
            % {"after": grouped(after)}
        ]
    elif planned:
        said = [_("How many there would be after this plan is not known.")]
    else:
        moment = date_format(localtime(reading.read_at), "Y-m-d H:i") if reading.read_at else "–"
        said = [_("As of %(moment)s.") % {"moment": moment}]
    expected = after if after is not None else before
    if not limit:
        said.append(_("An administrator can enter the number in your contract on the page of the connection."))
    elif expected is not None and expected > limit:
        said.append(
            _("That is more than the contract has.")
            if before is not None and before > limit
            else _("This plan may pass the number in the contract.")
        )
    elif expected is not None and expected >= WARN_FROM * limit:
        said.append(_("That is at least 90 % of the number in the contract."))
    return said


def _tone(expected: int, limit: int) -> str:
    if expected > limit:
        return "danger"
    return "warning" if expected >= WARN_FROM * limit else "accent"


def _bar(label: str, now: int, more_label: str, more: int, limit: int, tone: str) -> Chart:
    """What there is, what a plan adds, and what is free."""
    free = max(0, limit - now - more)
    added = tone if tone != "accent" else "success"
    parts: Sequence[Part] = [(label, tone, now), (more_label, added, more), (_("Free"), "free", free)]
    return stacked_bar([part for part in parts if part[2]])
