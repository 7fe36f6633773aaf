"""A story of one list: two exports fill it day by day, and people do there what people do.

The stand-in is the truth; beside it this file keeps only what each person did and who was put on the list by others.
After each day `faults` holds the two together: it imports nothing of the product but the names of its exports.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from unittest import mock

from django.utils import timezone

from connections.models import Connection
from exports.models import OptOuts, Run
from exports.reports.why import why
from exports.runs import start_run
from tests.support.fixtures_exports import make_export, make_segment, make_source, on_list, work_once
from tests.support.sandbox import Sandbox

FULL = 50  # lists that a contact may be on: a row for one that is on so many elsewhere is refused
REAL_NOW = timezone.now
COUNTRIES = ("France", "Japan", "Peru")  # two are exported, people of the third are in no segment


class Story:
    """One account and one list. `export_france` removes leavers and former addresses, `export_japan` keeps both."""

    def __init__(self, sandbox: Sandbox, connection: Connection, folder: Path, people: int = 24) -> None:
        self.sandbox, self.connection, self.folder = sandbox, connection, folder
        self.days = timedelta()
        self.list_id = sandbox.add_list("Members")
        self.profiles: dict[int, dict[str, str]] = {}
        self.addresses: dict[int, list[str]] = {}  # all that a profile ever had
        self.gone: dict[str, str] = {}  # address → what its owner did last: left, opted out, deleted
        self.theirs: set[str] = set()  # put on the list by themselves or by others
        self.refused: set[str] = set()
        self.raced: set[str] = set()  # whose owner did it while a run was between reading and sending
        self.sent_from: dict[str, set[str]] = {}  # address → names of the exports that may have sent it
        self.runs: list[Run] = []
        for number in range(people):
            self.add_profile(number, COUNTRIES[number % len(COUNTRIES)])
        self.save_profiles()
        source = make_source(folder, self.profiles.values(), "Story")
        self.exports = {
            country: make_export(
                connection,
                self.list_id,
                make_segment(source, country, [_equals("country", country)]),
                name=f"Export of {country}",
                leavers="remove" if country == "France" else "keep",
                former_addresses="remove" if country == "France" else "keep",
                brakes={},
            )
            for country in COUNTRIES[:2]
        }

    # What happens to profiles
    def add_profile(self, number: int, country: str) -> None:
        email = f"p{number}@example.com"
        self.profiles[number] = {
            "id": str(number),
            "email": email,
            "first_name": "A",
            "last_name": "B",
            "country": country,
        }
        self.addresses[number] = [email]

    def change_value(self, number: int, value: str) -> None:
        self.profiles[number]["first_name"] = value

    def change_country(self, number: int, country: str) -> None:
        self.profiles[number]["country"] = country

    def change_address(self, number: int, suffix: str) -> None:
        email = f"p{number}{suffix}@example.com"
        self.profiles[number]["email"] = email
        if email in self.addresses[number]:
            self.addresses[number].remove(email)
        self.addresses[number].append(email)

    def save_profiles(self) -> None:
        make_source(self.folder, self.profiles.values(), "Story")

    # What people do at Constant Contact
    def leave(self, email: str) -> None:
        if email in on_list(self.sandbox, self.list_id):
            self.sandbox.leave_list(email, self.list_id)
            self._went(email, "left")

    def unsubscribe(self, email: str) -> None:
        if self._exists(email):
            self.sandbox.unsubscribe(email)
            self._went(email, "opted out")

    def delete(self, email: str) -> None:
        if self._exists(email):
            self.sandbox.delete_contact(email)
            self._went(email, "deleted")

    def come_back(self, email: str) -> None:
        """By a form of the account, or put there by somebody who works with it."""
        there = on_list(self.sandbox, self.list_id)
        self.sandbox.add_contacts({"email": email, "lists": [self.list_id], "permission": "explicit"})
        self.gone.pop(email, None)
        self.raced.discard(email)
        if email not in there:
            self.theirs.add(email)

    def fill_lists(self, email: str) -> None:
        """The contact is on as many other lists as can be: an import that adds this one is refused."""
        if not self._exists(email) and not self.refused:
            lists = [self.sandbox.add_list(f"Other {number}") for number in range(FULL)]
            self.sandbox.add_contacts({"email": email, "lists": lists})
            self.refused.add(email)

    def _exists(self, email: str) -> bool:
        try:
            return not self.sandbox.person(email)["deleted"]
        except Exception:
            return False

    def _went(self, email: str, how: str) -> None:
        self.gone[email] = how
        self.theirs.discard(email)

    # Time and runs
    @contextmanager
    def clock(self) -> Iterator[None]:
        with mock.patch("django.utils.timezone.now", new=self._now):
            yield

    def _now(self) -> datetime:
        return REAL_NOW() + self.days

    def next_day(self) -> None:
        self.days += timedelta(days=1)
        self.sandbox.advance(24 * 60 * 60)

    def run(self, country: str, meanwhile: Callable[[], None] | None = None) -> Run:
        """Run an export to its end; `meanwhile` happens while its first job is under way."""
        OptOuts.objects.update(read_at=None)  # as if its time were over
        run, _started = start_run(self.exports[country], by=self.connection.authenticated_by)
        before = dict(self.gone)
        for _visit in range(60):
            if not run.is_open:
                break
            work_once(run)
            if meanwhile is not None and run.is_open:
                meanwhile()
                meanwhile = None
                self.raced |= {email for email in self.gone if self.gone[email] != before.get(email)}
        assert not run.is_open, f"{run} is still {run.status} in {run.stage}: {run.reason}"
        self.runs.append(run)
        return run

    # Who is wronged
    def faults(self) -> list[str]:
        there = on_list(self.sandbox, self.list_id)
        wanted = {country: self._wanted(country) for country in self.exports}
        found = [f"{email} {how} and is on the list" for email, how in self.gone.items() if email in there - self.raced]
        found += [f"{email} is not ours and was removed" for email in self.theirs - there]
        everybody = set().union(*wanted.values())
        barred = {email for number, email in self._current() if any(old in self.gone for old in self.addresses[number])}
        may_be_there = everybody - self.gone.keys() - barred - self.refused - self.raced
        found += [f"{email} is wanted and not on the list" for email in may_be_there - there]
        return found

    def left_behind(self) -> set[str]:
        """Those on the list whom nobody wants there any more, and whom no rule keeps."""
        there = on_list(self.sandbox, self.list_id)
        everybody = set().union(*(self._wanted(country) for country in self.exports))
        return there - everybody - self.theirs - self.raced

    def unexplained(self) -> list[str]:
        """Addresses of which *Why* says the opposite of what is so, or nothing."""
        there = on_list(self.sandbox, self.list_id)
        wrong = []
        for email in sorted({each for known in self.addresses.values() for each in known}):
            answer = why(self.connection.authenticated_by, email)
            lists = [each for each in answer.lists if each.list_id == self.list_id]
            says = lists[0].is_on if lists else False
            if says is not None and bool(says) != (email in there):
                wrong.append(f"{email}: says {says}, is {email in there}")
        return wrong

    def _current(self) -> list[tuple[int, str]]:
        return [(number, profile["email"]) for number, profile in self.profiles.items()]

    def _wanted(self, country: str) -> set[str]:
        return {profile["email"] for profile in self.profiles.values() if profile["country"] == country}


def _equals(attribute: str, value: str) -> dict[str, object]:
    return {"attribute": attribute, "operator": "equals", "value": value, "ignore_case": True}


def something(story: Story, chance: random.Random) -> Callable[[], None]:
    """One thing that happens in the life of the list, by chance."""
    number = chance.choice(list(story.profiles))
    email = chance.choice(story.addresses[number])
    return chance.choice(
        [
            lambda: story.change_value(number, chance.choice("ABCDE")),
            lambda: story.change_value(number, chance.choice("ABCDE")),
            lambda: story.change_country(number, chance.choice(COUNTRIES)),
            lambda: story.change_address(number, chance.choice(["", "x", "y"])),
            lambda: story.unsubscribe(email),
            lambda: story.leave(email),
            lambda: story.leave(email),
            lambda: story.delete(email),
            lambda: story.come_back(email),
            lambda: story.fill_lists(f"p{number}z@example.com"),
        ]
    )
