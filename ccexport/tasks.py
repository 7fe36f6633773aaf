"""What the queue calls for the system itself."""

import logging

from engine.outages import StorageUnavailableError
from engine.probe import sweep_probes
from exports.editing.suppression_uploads import sweep_suppression_uploads
from exports.people.retention import sweep_people
from exports.plan.retention import sweep_plans
from jobs.due import enqueue_due
from jobs.limits import LIMITS
from jobs.queue import enqueue
from segments.sweeping import sweep_profiles

from .alerts import delivery, detect, store
from .audit.retention import forget_old_entries
from .status.hosts import forget_old_hosts, note_hosts

logger = logging.getLogger(__name__)


def every_minute() -> None:
    """Note which hosts live, then check for incidents; tasks of their own notify people: a slow mail server holds up
    nobody."""
    note_hosts()
    store.reconcile(detect.present_incidents())
    store.give_up_spent()
    for pk in store.pending().values_list("pk", flat=True):
        enqueue(LIMITS.alert, pk)


def send_alert(incident_id: int) -> None:
    delivery.deliver(incident_id)
    enqueue_due()


def every_day() -> None:
    """Delete what no row needs and what is kept long enough. While the storage is away that waits for tomorrow."""
    forget_old_entries()
    forget_old_hosts()
    for sweep in (sweep_profiles, sweep_plans, sweep_people, sweep_suppression_uploads, sweep_probes):
        try:
            sweep()
        except StorageUnavailableError as error:
            logger.warning("%s was put off until tomorrow: %s", sweep.__name__, error.detail)
