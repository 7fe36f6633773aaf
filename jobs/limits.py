"""The one table of time limits: for each kind of work, how long it may take and how often it is tried.

Every number of this sort in the product is read from here, and `jobs.checks` holds the rows to the rules that keep work
from being killed before its time, or done by two at once. Plain Python: the settings read it too.
Why so: docs/decisions/0011-one-table-of-time-limits.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from math import ceil

MINUTE, HOUR = 60, 60 * 60


@dataclass(frozen=True, slots=True)
class Limit:
    """One kind of work. All times are seconds.

    `work`: what the code allows itself; None where only the queue ends it.
    `message`: when the queue ends the worker that is at it. None: no message, somebody waits for it.
    `lease`: how long a claim holds that nobody renews. None: nobody claims it, to do it twice does no harm.
    `silent`: the longest time in which the holder of a claim may be alive and not renew it.
    `attempts`: how often a worker may begin without bringing it further, before it is given up with a sentence.
    `task`: what the queue calls, with the number of a row.
    """

    work: float | None
    message: int | None
    lease: float | None = None
    silent: float = 0
    attempts: int = 1
    task: str = ""

    @property
    def minutes(self) -> int:
        """What the code allows itself, for a sentence."""
        return round((self.work or 0) / MINUTE)


@dataclass(frozen=True, slots=True)
class Waits:
    """How long one step may keep the process that does it waiting: the silent steps of the work above."""

    lock: int = 20  # SQLite's, for the process that writes just now
    connect: int = 5  # to a database server
    log_in: int = 15  # at a warehouse; Snowflake's driver would take 5 minutes
    check: int = 15  # the test of a connection, for which somebody waits
    page: int = 25  # somebody waits, and a web server waits for no longer than 30
    people: int = 1  # of looking through a plan for the people of one page
    lists: int = 8  # of answering for list after list why somebody is on it; the next ones come with the next page
    inspection: int = 12  # of the rules that somebody is building
    mail: int = 10  # for a mail server, while somebody waits for the answer of the test button
    sign_in: int = 10  # for the provider of single sign-on
    tokens: int = 20  # for an access token that another process refreshes
    answer: int = 15  # for one answer of the token endpoint: 5 seconds to connect, 10 without a byte
    handle: int = 5 * MINUTE  # a database driver may look at the types only once, when its handle is made
    stop: int = 2  # for a query to notice that it was stopped
    renewal: int = 1  # between renewals of a claim: how soon it is noticed that nobody wants the work any more
    due_check: int = 3  # between two checks for work that is due and has no message
    lost: int = 2 * MINUTE  # a message that nobody answered for so long is taken for lost
    listed: int = MINUTE  # for a new job to stand in Constant Contact's collection; then it is asked for by itself
    unlisted: int = HOUR  # for a job that Constant Contact does not find at all
    automations: int = 24 * HOUR  # until an account is asked anew which automations it has
    automations_outage: int = 15 * MINUTE  # the same, when it did not answer
    opt_outs: int = 7 * 24 * HOUR  # until all who opted out of an account are read anew, and not only the newest
    opt_outs_begun: int = (
        12 * HOUR
    )  # for a reading of them that was interrupted; then it begins anew. Longer than `reading`
    imported: int = 24 * HOUR  # for the end of an import, of which the documented product says that it may take an hour
    written: int = HOUR  # for a file of contacts that a job of Constant Contact writes; then another one is asked for
    reading: int = 10 * HOUR  # for the files that a run needs before its plan; they queue behind the account's imports
    checked: int = HOUR  # for the list to be read back after a run; the next run reads it anyway
    guard: int = 4  # the queue ends a worker so much later than its message says


WAITS = Waits()
# A claim is renewed each second, but a renewal may have to wait for the database, and a stopped query for its end.
_RENEWED = WAITS.renewal + WAITS.stop + WAITS.lock


@dataclass(frozen=True, slots=True)
class Limits:
    """The table."""

    # Of its export, or of its plan: one message does what it can. A thread renews the lease four times while it lasts.
    # So many attempts are about five hours of growing gaps. The setting RUN_LEASE_SECONDS overrules the lease.
    run: Limit = Limit(
        90, 25 * MINUTE, lease=45, silent=45 / 4 + WAITS.lock, attempts=60, task="exports.tasks.advance_run"
    )
    # Planning is the one step of a run that the budget of the run does not cut; its message is that of the run.
    plan: Limit = Limit(20 * MINUTE, 25 * MINUTE, lease=45, silent=45 / 4 + WAITS.lock, attempts=3)
    refresh: Limit = Limit(
        90, 4 * MINUTE, lease=2 * MINUTE, silent=2 * WAITS.lock, attempts=5, task="exports.tasks.advance_refresh"
    )
    # Starts an evaluation or a run, which have limits of their own, and waits for its row.
    refresh_step: Limit = Limit(WAITS.lock, 4 * MINUTE, lease=2 * MINUTE, silent=2 * WAITS.lock, attempts=3)
    evaluation: Limit = Limit(
        15 * MINUTE,
        16 * MINUTE,
        lease=2 * MINUTE,
        silent=_RENEWED,
        attempts=3,
        task="segments.tasks.evaluate_segment",
    )
    profile_import: Limit = Limit(
        20 * MINUTE, 22 * MINUTE, lease=2 * MINUTE, silent=_RENEWED, attempts=3, task="profiles.tasks.import_profiles"
    )
    # Of one person. It goes through many files: after its budget it is put down, so that others have their turn.
    erasure: Limit = Limit(
        90, 25 * MINUTE, lease=2 * MINUTE, silent=_RENEWED, attempts=12, task="exports.tasks.advance_erasure"
    )
    # One file of it, which the budget does not cut.
    erased_file: Limit = Limit(20 * MINUTE, 25 * MINUTE, lease=2 * MINUTE, silent=_RENEWED)
    # Of the addresses of an uploaded file: piece by piece, each in a transaction that moves a mark. Nobody claims it:
    # of two at one piece the second finds the mark moved.
    suppressions: Limit = Limit(90, 4 * MINUTE, silent=MINUTE, attempts=5, task="exports.tasks.add_suppressions")
    # Of a table or view in a database. Nobody renews its claim, which therefore outlasts its message.
    description: Limit = Limit(
        10 * MINUTE,
        11 * MINUTE,
        lease=12 * MINUTE,
        silent=11 * MINUTE + WAITS.guard,
        attempts=3,
        task="profiles.tasks.refresh_source",
    )
    # So many attempts, with gaps that double up to an hour, are most of a day.
    alert: Limit = Limit(
        3 * MINUTE,
        4 * MINUTE,
        lease=5 * MINUTE,
        silent=4 * MINUTE + WAITS.guard,
        attempts=12,
        task="ccexport.tasks.send_alert",
    )
    # Of a run that is over. A few calls; nobody renews its claim, which therefore outlasts its message.
    scratch_list: Limit = Limit(
        None,
        5 * MINUTE,
        lease=6 * MINUTE,
        silent=5 * MINUTE + WAITS.guard,
        attempts=12,
        task="exports.tasks.delete_scratch_list",
    )
    # Longer than the wait for an answer and one answer more, else two processes could spend one refresh token.
    access_token: Limit = Limit(WAITS.tokens, None, lease=90, silent=WAITS.tokens + WAITS.answer + WAITS.lock)
    due_check: Limit = Limit(None, MINUTE, task="jobs.tasks.look_for_due")
    # What comes every minute, and what comes every day; also whatever has no limit of its own.
    tick: Limit = Limit(None, 5 * MINUTE)
    daily: Limit = Limit(4 * MINUTE, 5 * MINUTE)

    def __iter__(self) -> Iterator[tuple[str, Limit]]:
        return ((each.name, getattr(self, each.name)) for each in fields(self))


LIMITS = Limits()


def longest_message() -> int:
    """Return after how many seconds the queue has ended whatever it began."""
    return max(limit.message for _name, limit in LIMITS if limit.message is not None)


def shortest_retry(workers: int, queue_limit: int) -> int:
    """Return the seconds after which no message that a cluster has fetched can still be on its way to its end.

    The lock of a message starts when it is fetched, and up to queue_limit + 1 of them wait fetched until a worker is
    free. The queue's `retry` must be longer, or a message would be given to a second worker while the first is alive.
    """
    return (longest_message() + WAITS.guard) * (1 + ceil((queue_limit + 1) / workers))
