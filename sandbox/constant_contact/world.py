"""The whole state of the sandbox, and the thread that does the work of bulk jobs."""

import threading
import time
import uuid
from collections import deque

from sandbox.constant_contact.account import Account
from sandbox.constant_contact.clock import Clock, stamp
from sandbox.constant_contact.faults import Faults
from sandbox.constant_contact.journal import Journal
from sandbox.constant_contact.limits import Limits
from sandbox.constant_contact.switches import Switches
from sandbox.constant_contact.tokens import Application, Grant, Tokens

CLIENT_ID = "6c1f5e0a-5f0e-4f7b-9a61-0d9c2b7f1e11"
CLIENT_SECRET = "sandbox-secret"
NEWSLETTER = "a0d4e3f0-6b1c-4c5d-8e2f-1b3c5d7e9f01"
WEEKLY_NEWS = "a0d4e3f0-6b1c-4c5d-8e2f-1b3c5d7e9f02"
FABRIKAM_NEWS = "b7c8d9e0-1f2a-4b3c-9d4e-5f6a7b8c9d01"
# A read does the work that is due itself, but for no longer than this: what remains is still "processing".
READ_BUDGET = 0.25
PAUSE = 0.0005


class Refusal(ValueError):
    """A control request that makes no sense, with a sentence that says why."""


class World:
    def __init__(self, switches: Switches | None = None, redirect_uris: tuple[str, ...] = ()) -> None:
        self.clock = Clock()
        self.switches = switches or Switches()
        self.journal = Journal()
        self.faults = Faults()
        self.lock = threading.RLock()
        self.tokens = Tokens(self.clock, self.switches)
        self.token_requests: dict[str, deque[float]] = {}  # the latest moments, by application
        self.limits = Limits(self.clock, self.switches)
        self._redirect_uris = redirect_uris
        self._populate()
        threading.Thread(target=self._work, name="bulk-jobs", daemon=True).start()

    def _populate(self) -> None:
        application = Application(CLIENT_ID, CLIENT_SECRET, "Segment export", list(self._redirect_uris))
        self.applications = {CLIENT_ID: application}
        owner, other = (
            Account("p07e1l8cdif9dl", "Adventure Works Cycles", "owner@adventure-works.example"),
            Account("p1fa9b2rik4am0", "Fabrikam", "owner@fabrikam.example", first_name="Fiona"),
        )
        now = self.clock.now()
        owner.add_list("Newsletter", now, NEWSLETTER, description="Everything new, once a month")
        owner.add_list("Weekly news", now, WEEKLY_NEWS)
        other.add_list("Fabrikam news", now, FABRIKAM_NEWS)
        self.accounts = {one.account_id: one for one in (owner, other)}

    def reset(self) -> None:
        """Everything back to the start."""
        with self.lock:
            self.switches.reset()
            self.clock.reset()
            self.faults.clear()
            self.journal = Journal()  # requests still under way end in the one before
            self.tokens.clear()
            self.token_requests.clear()
            self.limits.clear()
            self._populate()

    def stamp(self, moment: float) -> str:
        return stamp(moment, self.switches["timestamps"])

    def account(self, account_id: str | None = None) -> Account:
        """By id or organisation name; without either the first one."""
        if not account_id:
            return next(iter(self.accounts.values()))
        for one in self.accounts.values():
            if account_id in (one.account_id, one.organization_name):
                return one
        raise Refusal(f"There is no account {account_id!r}.")

    def account_of_list(self, list_id: str) -> Account:
        for one in self.accounts.values():
            if list_id.lower() in one.lists:
                return one
        raise Refusal(f"There is no list {list_id!r}.")

    def add_account(self, organization_name: str, contact_email: str, account_id: str = "") -> Account:
        account = Account(account_id or f"p{uuid.uuid4().hex[:13]}", organization_name, contact_email)
        with self.lock:
            self.accounts = self.accounts | {account.account_id: account}
        return account

    def account_of(self, grant: Grant) -> Account | None:
        return self.accounts.get(grant.account_id)

    # Bulk jobs
    def wake_worker(self) -> None:
        """A job waits."""
        with self.clock.moved:
            self.clock.moved.notify_all()

    def settle(self, account: Account, budget: float | None = None) -> None:
        """Do the work that is due; with a budget in seconds, perhaps not all of it."""
        deadline = time.perf_counter() + budget if budget is not None else float("inf")
        with account.lock:
            account.queue.forget_old(self.clock.now(), self.switches["activity_days"])
            while time.perf_counter() < deadline and account.queue.step(account, self.switches, self.clock.now()):
                pass

    def settle_all(self) -> None:
        for account in self.accounts.values():
            self.settle(account)

    def _work(self) -> None:
        while True:
            if self._step():
                # Without a pause the requests would never get the account's lock.
                time.sleep(PAUSE)
                continue
            with self.clock.moved:
                due = [one.queue.next_due() for one in self.accounts.values()]
                waits = [moment - self.clock.now() for moment in due if moment is not None]
                if not waits or min(waits) > 0:
                    self.clock.moved.wait(min(waits, default=None))

    def _step(self) -> bool:
        worked = False
        for account in self.accounts.values():
            with account.lock:
                worked |= account.queue.step(account, self.switches, self.clock.now())
        return worked
