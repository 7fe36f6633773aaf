"""One round: two runs are disturbed and audited, then each export runs once more without trouble."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.utils import timezone

from exports.models import Batch, Export, Run
from tests.outage import people
from tests.outage.audit import Findings, audit, audit_final
from tests.outage.site import Site
from tests.outage.words import words_of

GOOD = (Run.Status.SUCCEEDED, Run.Status.COMPLETED_WITH_ERRORS)
CALM_PATIENCE = 120.0  # seconds for a run without trouble


def nothing(site: Site) -> None:
    """Disturb nothing."""


@dataclass(frozen=True)
class Round:
    """`fault` is its line of the table; `arm` is called before the runs start, `disturb` while they are open."""

    fault: str
    arm: Callable[[Site], None] = nothing
    disturb: Callable[[Site], None] = nothing
    rows: int = people.LARGE
    encoding: str = "json"  # or "csv"
    hurry: bool = False  # what waits for a later moment goes on at once, when the disturbance is over
    patience: float = 150.0  # seconds after it in which the runs have to end
    answers_struck: bool = False  # what the service was told to spoil are the answers to imports
    has_to_strike: bool = False  # a round in which the service met no fault has tried nothing
    never: tuple[str, ...] = ("unexpected",)  # reasons with which no run may end here
    skip: str = ""  # why it can't be tried on this machine


@dataclass
class Outcome:
    """What came of a round."""

    findings: Findings
    beyond: int = 0  # imports more than batches
    lost: int = 0  # answers
    seconds: float = 0.0
    ends: str = ""  # how the disturbed runs ended


class Trial:
    """Carries out rounds on one site; after one in which something was wrong, with new exports to empty lists."""

    def __init__(self, site: Site) -> None:
        self._site = site
        # By encoding: the version of the profiles that its lists have, where that is known to be so.
        self._clean: dict[str, int] = {}

    def carry_out(self, round_: Round) -> Outcome:
        if round_.encoding not in self._clean:
            self._begin_anew(round_)
        version = self._clean.pop(round_.encoding)
        outcome = self._disturbed(round_)
        # Back to the values of before: whoever forgot what may have arrived meanwhile would find everybody unchanged.
        outcome.findings.mistakes += self._undisturbed(round_, version)
        if not outcome.findings.mistakes:
            self._clean[round_.encoding] = version
        return outcome

    def _begin_anew(self, round_: Round) -> None:
        self._site.installation.make_exports(round_.encoding)
        mistakes = self._undisturbed(round_)
        if mistakes:
            raise SystemExit(f"Even without any trouble something is wrong: {'; '.join(mistakes)}")
        self._clean[round_.encoding] = self._site.installation.version

    def _disturbed(self, round_: Round) -> Outcome:
        site, installation = self._site, self._site.installation
        site.forget_lost_answers()
        installation.change_people(round_.rows)
        before, struck = self._imports(round_), site.service.struck()
        began = time.monotonic()
        round_.arm(site)
        site.runs = installation.start_runs(round_.encoding)
        try:
            round_.disturb(site)
            # What the service was told to do it may still have to do: the calls come when they come.
            is_over = round_.has_to_strike and site.wait_until_over(round_.patience, hurry=round_.hurry)
        finally:
            site.calm()
        is_over = is_over or site.wait_until_over(round_.patience, hurry=round_.hurry)
        outcome = Outcome(Findings(), seconds=time.monotonic() - began)
        if not is_over:
            outcome.findings.mistakes.append("a run was left open")
            self._give_up()
        if round_.has_to_strike:
            self._wait_until_met(struck)
        site.service.wait_for_jobs()
        struck = site.service.struck() - struck
        outcome.lost = site.lost_answers + (struck if round_.answers_struck else 0)
        self._audit(outcome, before, round_)
        if round_.has_to_strike and not struck:
            outcome.findings.mistakes.append("never met, so nothing was tried")
        return outcome

    def _wait_until_met(self, before: int) -> None:
        """A service that was silent for longer than a request is waited for notes the request when it is done."""
        deadline = time.monotonic() + 15
        while self._site.service.struck() == before and time.monotonic() < deadline:
            time.sleep(0.1)

    def _audit(self, outcome: Outcome, before: int, round_: Round) -> None:
        site, found = self._site, outcome.findings
        runs = {team: Run.objects.get(pk=run.pk) for team, run in site.runs.items()}
        for team, run in runs.items():
            expected = people.expected(team, site.installation.version, round_.rows)
            found.add(audit(words_of(run), expected, self._members(run)))
            if run.reason in round_.never:
                found.mistakes.append(f"a run ended “{run.status}: {run.reason}”")
        sent = Batch.objects.filter(run__in=runs.values(), posts__gt=0).count()
        outcome.beyond = max(0, self._imports(round_) - before - sent)
        if outcome.beyond > outcome.lost:
            found.mistakes.append(f"{outcome.beyond} imports more than batches, where {outcome.lost} answers were lost")
        outcome.ends = ", ".join(sorted(f"{run.status} {run.reason}".strip() for run in runs.values()))

    def _undisturbed(self, round_: Round, version: int = 0) -> list[str]:
        """Run each export once more, with the values of a version or with new ones; what is wrong after it."""
        site, installation = self._site, self._site.installation
        if not installation.is_connected:
            installation.connect()
        installation.change_people(round_.rows, version)
        site.runs = installation.start_runs(round_.encoding)
        mistakes = []
        if not site.wait_until_over(CALM_PATIENCE, hurry=True):
            mistakes.append("a run without trouble was left open")
            self._give_up()
        site.service.wait_for_jobs()
        for team, run in site.runs.items():
            run.refresh_from_db()
            expected, members = people.expected(team, installation.version, round_.rows), self._members(run)
            mistakes += audit(words_of(run), expected, members).mistakes
            mistakes += audit_final(expected, members)
            if run.status not in GOOD:
                mistakes.append(f"a run without trouble ended “{run.status}: {run.reason}”")
        return mistakes

    def _members(self, run: Run) -> dict[str, dict[str, str]]:
        return self._site.service.members(Export.objects.get(pk=run.export_id).list_id)

    def _imports(self, round_: Round) -> int:
        exports = self._site.installation.exports[round_.encoding].values()
        return sum(self._site.service.imports(export.list_id) for export in exports)

    def _give_up(self) -> None:
        """End what does not end by itself, so that the next round can begin."""
        self._site.workers.kill()
        for run in Run.objects.open().filter(pk__in=[run.pk for run in self._site.runs.values()]):
            print(f"left open: run {run.pk}, {run.status} in {run.stage}, {run.reason}", file=sys.stderr)
        Run.objects.open().update(status=Run.Status.FAILED, finished_at=timezone.now(), lease="", lease_until=None)
        self._site.workers.supervise()
