"""Whatever happens to batches and values: nobody is unchanged of whom Constant Contact has other values."""

import json
import tempfile
from dataclasses import replace
from pathlib import Path
from unittest import mock

import duckdb
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from exports.plan import cut
from exports.plan.build import Baseline, Overwriting
from exports.plan.repeat import write_repeated_plan

from .planning import Planned, plan

TARGETS = ("email", "first_name", "last_name")
PEOPLE = 3
people = st.integers(0, PEOPLE - 1)
values = st.sampled_from(["Ana", "Ben", ""])
# What becomes of a batch. Of one that is confirmed everybody has arrived.
SAYS = st.sampled_from(["unclear", "confirmed", "unknown", "refused", "cancelled"])
OUTCOMES = st.one_of(st.just(("confirmed", "confirmed")), st.just(("unclear", "unclear")), st.tuples(SAYS, SAYS))


class ListOfContacts(RuleBasedStateMachine):
    """A source, an export of it, another export that fills one of its fields, and what Constant Contact has."""

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.limits = mock.patch.object(cut, "MAX_ROWS", 2)
        self.limits.start()
        self.plans = self.batch_ids = 0
        self.theirs: dict[str, dict[str, str]] = {}
        self.baseline: Baseline | None = None
        self.unchanged: list[str] = []
        self.can_repeat = False  # whether every batch was confirmed and nothing has changed since

    def teardown(self):
        self.limits.stop()
        self.folder.cleanup()

    @initialize(names=st.lists(values, min_size=PEOPLE, max_size=PEOPLE))
    def begin(self, names):
        self.names = [[name, "Last"] for name in names]

    @rule(person=people, place=st.integers(0, 1), value=values)
    def a_value_changes(self, person, place, value):
        self.names[person][place] = value
        self.unchanged, self.can_repeat = [], False

    @rule(outcomes=OUTCOMES, lost=st.sampled_from([{0, 1, 2}, {0}, set()]))
    def run(self, outcomes, lost):
        if self.can_repeat:  # as pipeline.planning does when the profiles are the very same
            path = self.path()
            with duckdb.connect() as duck:
                self.note(Planned(write_repeated_plan(duck, self.baseline.path, path), path))
            self.baseline, self.can_repeat = Baseline(path, []), False
            return
        planned = self.plan([TARGETS, self.names], self.baseline)
        self.note(planned)
        batches = {"confirmed": [], "unclear": {}, "unknown": []}
        for number in range(1, len(planned.made.cuts) + 1):
            outcome = outcomes[number - 1]
            members = [row for row in planned.rows() if row["batch"] == number]
            arrived = [row for row in members if outcome == "confirmed" or int(row["profile_id"]) not in lost]
            if outcome == "confirmed":
                batches["confirmed"].append(number)
            elif outcome == "unclear":
                self.batch_ids += 1
                batches["unclear"][number] = self.batch_ids
            elif outcome == "unknown":
                batches["unknown"].append(number)
            else:
                continue
            for row in arrived:
                self.receive(row)
        self.can_repeat = len(batches["confirmed"]) == len(planned.made.cuts)
        is_certain = self.can_repeat and "unconfirmed" not in planned.made.counts
        self.baseline = Baseline(planned.path, **batches, is_certain=is_certain)

    @rule(name=values, arrives=st.sampled_from([True, True, False]))
    def another_export_sends(self, name, arrives):
        """It fills the first name only."""
        planned = self.plan([TARGETS[:2], [[name]] * PEOPLE], None, shared=[1])
        if arrives:
            for row in planned.rows():
                self.receive(row)
        if self.baseline is not None:
            sent = [*range(1, len(planned.made.cuts) + 1)]
            other = Overwriting(planned.path, sent, {1: 1})
            base = self.baseline
            self.baseline = replace(base, overwriting=[*base.overwriting, other])
        self.unchanged, self.can_repeat = [], False

    @invariant()
    def who_is_unchanged_has_these_values(self):
        for profile_id in self.unchanged:
            theirs = self.theirs[f"p{profile_id}@example.com"]
            ours = dict(zip(TARGETS[1:], self.names[int(profile_id)], strict=True))
            assert {name: theirs.get(name) for name, value in ours.items() if value} == {
                name: value for name, value in ours.items() if value
            }

    def plan(self, what, baseline, **request) -> Planned:
        targets, names = what
        profiles = [(str(number), None, f"p{number}@example.com", *each) for number, each in enumerate(names)]
        return plan(Path(self.folder.name), profiles, targets, baseline, name=self.path().stem, **request)

    def path(self) -> Path:
        self.plans += 1
        return Path(self.folder.name) / f"plan_{self.plans}.parquet"

    def note(self, planned: Planned) -> None:
        self.unchanged = [row["profile_id"] for row in planned.rows() if row["disposition"] == "unchanged"]

    def receive(self, row) -> None:
        """An import is an upsert; what it leaves out stays."""
        self.theirs.setdefault(row["email"], {}).update(json.loads(row["payload"]))


TestUnchangedIsSo = ListOfContacts.TestCase
TestUnchangedIsSo.settings = settings(max_examples=15, stateful_step_count=12, deadline=None)


@pytest.mark.parametrize(
    "steps",
    [
        [("run", ("confirmed", "confirmed"), set()), ("another_export_sends", "Ben", True)],
        [("run", ("unclear", "confirmed"), {0}), ("run", ("unclear", "confirmed"), {0})],
        [
            ("run", ("confirmed", "confirmed"), set()),
            ("a_value_changes", 0, 0, "Ben"),
            ("run", ("unknown", "cancelled"), set()),
            ("a_value_changes", 0, 0, "Ana"),
        ],
    ],
    ids=["overwritten", "never accepted", "changed and back while nobody knows"],
)
def test_what_happened_in_the_field(steps):
    machine = ListOfContacts()
    machine.begin(["Ana", "Ana", "Ana"])
    for name, *values_of_step in [*steps, ("run", ("confirmed", "confirmed"), set())]:
        getattr(machine, name)(*values_of_step)
        machine.who_is_unchanged_has_these_values()
    machine.teardown()
