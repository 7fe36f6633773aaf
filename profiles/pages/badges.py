"""What the status of a profile source looks like in lists and on its page."""

from django.utils.translation import gettext as _

from profiles.models import DatabaseAddress, ProfileImport, ProfileSource
from web.badges import BUSY, Badge

State = ProfileImport.State


def import_badge(source: ProfileSource, state: str | None) -> Badge:
    """How the last import of a source ended, or how far it is. `state`: of that import, if there is one."""
    if state == State.QUEUED:
        return Badge(_("Waiting"), icon="schedule")
    if state == State.RUNNING:
        return Badge(_("Importing"), "info", BUSY)
    if state == State.FAILED:
        return Badge(_("Last file refused"), "warning", "warning") if source.snapshot else _failed()
    return _ready()


def database_badge(address: DatabaseAddress) -> Badge:
    """How the last refresh of a source in a database ended, or that it goes on."""
    if address.is_refreshing:
        return Badge(_("Refreshing"), "info", BUSY)
    return _failed() if address.stored_problem else _ready()


def _failed() -> Badge:
    return Badge(_("Failed"), "danger", "error")


def _ready() -> Badge:
    return Badge(_("Ready"), "success", "check_circle")
