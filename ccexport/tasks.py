"""What the queue calls for the system itself. Tasks hold no logic."""

from jobs.due import enqueue_due
from jobs.limits import LIMITS
from jobs.queue import enqueue

from .alerts import delivery, detect, store
from .audit.retention import forget_old_entries
from .status.hosts import forget_old_hosts, note_hosts
from .sweeping import sweep_storage


def every_minute() -> None:
    """Look who lives, then for incidents, and have people told of it by tasks of their own: a slow mail server holds up
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
    forget_old_entries()
    forget_old_hosts()
    sweep_storage()
