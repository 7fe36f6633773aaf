"""How many people of a plan would be new to its list, and to the account, as far as is known."""

from __future__ import annotations

from engine.sessions import open_engine
from exports.models import Run
from exports.models.configuration import configuration_of
from exports.people.automations import automations_of

from .dispositions import Disposition
from .earlier import columns_of
from .reader import plan_of
from .sql import number_of

_MEMORY = "128MB"
_SENT = "SELECT count(*) FROM read_parquet($path) WHERE disposition = $kind"


def newcomers_of(run: Run) -> int | None:
    """Return how many whom the plan sends are not known to be on the list; None when it has no plan to look into.

    Without a list that was read back, that is everybody who is sent: so many they are at most. Raises
    StorageUnavailableError.
    """
    if not run.plan_file:
        return None
    if not run.to_send:
        return 0
    try:
        path = plan_of(run)
    except FileNotFoundError:
        return None
    with open_engine(_MEMORY, reach=[path]) as duck:
        # Plans of earlier versions say of nobody whether they are on the list.
        query = f"{_SENT} AND on_list IS NOT TRUE" if "on_list" in columns_of(duck, path) else _SENT
        return number_of(duck, query, path=str(path), kind=Disposition.SEND.value)


def contacts_after(run: Run, newcomers: int | None) -> int | None:
    """Return how many active contacts the account has at most once the run's plan is sent; None: not known.

    All `newcomers` count, although some of them may be in the account already: only the list is read back.
    """
    if run.contacts_before is None or newcomers is None:
        return None
    return run.contacts_before + newcomers


def automation_starts(run: Run) -> int | None:
    """Return how many people at most would start automations of the list by the run's plan; None: not known."""
    automations = automations_of(run.export.connection, configuration_of(run)["list_id"])
    if not automations.is_known:
        return None
    return newcomers_of(run) if automations.names else 0
