"""What is measured: a function for each of SCENARIOS, which says what it is."""

import statistics
from math import ceil

from django.conf import settings

from bench.processes import repeating, seconds_of
from bench.profiles import CUSTOM_FIELDS, NARROW, WIDE, write_narrow, write_wide
from bench.table import Outcome
from bench.trial import Trial
from connections.clients import client_for
from constant_contact import MAX_ROWS, ConstantContactError


def measure_narrow(trial: Trial) -> None:
    trial.make("Narrow", NARROW, write_narrow, trial.n)
    for limits in (True, False):
        with trial.connected_sandbox(limits=limits):
            export = trial.export(f"Narrow, limits {'on' if limits else 'off'}", "Narrow")
            first = trial.measure(export.name, export, limits=limits)
            _compare_with_limit(first, limits)
            trial.conclude(first, "Narrow", compare=True)
            if limits:
                continue
            rerun = trial.measure("Narrow again, unchanged", export, limits=False)
            rerun.notes.append(f"plan {rerun.planning / first.planning:.2f} × the first")
            trial.conclude(rerun, "Narrow", to_send=0)
            path = trial.folder / "changed.csv"
            write_narrow(path, trial.n, changed=True)
            trial.import_profiles(path, "Narrow")
            again = trial.measure("Narrow again, 1 % changed", export, limits=False)
            changed = trial.expected["Narrow"].changed
            again.expect("imports", len(again.imports), ceil(changed / MAX_ROWS))
            trial.conclude(again, "Narrow", to_send=changed)


def _compare_with_limit(outcome: Outcome, limits: bool) -> None:
    if limits and outcome.imports:
        least = len(outcome.imports) / settings.CONSTANT_CONTACT_REQUESTS_PER_SECOND
        outcome.notes.append(f"{outcome.until_accepted / least:.2f} × imports ÷ 4 a second")


def measure_wide(trial: Trial) -> None:
    trial.make("Wide", WIDE, write_wide, trial.n)
    for limits in (True, False):
        with trial.connected_sandbox(limits=limits):
            with client_for(trial.connection, for_page=True) as client:
                for label in CUSTOM_FIELDS:
                    client.create_custom_field(label)
            export = trial.export(f"Wide, limits {'on' if limits else 'off'}", "Wide")
            outcome = trial.measure(export.name, export, limits=limits)
            outcome.notes.append(str(outcome.runs[0].get_encoding_display()))
            _compare_with_limit(outcome, limits)
            trial.conclude(outcome, "Wide", compare=True)


def measure_kill(trial: Trial) -> None:
    trial.make("Narrow", NARROW, write_narrow, trial.n)
    batches = ceil(trial.expected["Narrow"].valid / MAX_ROWS)
    at = max(1, batches * 11 // 25)
    with trial.connected_sandbox(limits=True):
        export = trial.export(f"Narrow, worker killed at import {at} of {batches}", "Narrow")
        trial.conclude(trial.measure(export.name, export, limits=True, kill_at=at), "Narrow")


def measure_two(trial: Trial) -> None:
    trial.make("Narrow", NARROW, write_narrow, trial.n)
    waits: list[float] = []
    failures: list[str] = []

    def click() -> None:
        """A person at the drop-down with the lists."""
        try:
            with client_for(trial.connection, for_page=True) as client:
                client.contact_lists()
        except ConstantContactError as error:
            failures.append(str(error))

    with trial.connected_sandbox(limits=True):
        exports = [trial.export(f"Narrow, at once ({number})", "Narrow") for number in (1, 2)]
        with repeating(lambda: waits.append(seconds_of(click)), 0.5):
            outcome = trial.measure("Two narrow runs and a person", *exports, limits=True)
        median, longest = statistics.median(waits), max(waits)
        outcome.notes.append(f"{len(waits)} clicks, each waited {median:.2f} s (median), {longest:.2f} s (longest)")
        outcome.expect("clicks that failed", failures, [])
        trial.conclude(outcome, "Narrow")


def measure_five(trial: Trial) -> None:
    trial.make("Narrow × 5", NARROW, write_narrow, 5 * trial.n)
    with trial.connected_sandbox(limits=False):
        export = trial.export("Narrow × 5, limits off", "Narrow × 5")
        trial.conclude(trial.measure(export.name, export, limits=False), "Narrow × 5", compare=True)
