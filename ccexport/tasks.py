"""What the queue calls for the system itself. Tasks hold no logic."""

from django_q.tasks import async_task

from .alerts import book, delivery, look
from .audit.retention import forget_old_entries
from .sweeping import sweep_storage


def every_minute() -> None:
    """Look for trouble, and have people told of it by tasks of their own: a slow mail server holds up nobody."""
    book.compare(look.present_troubles())
    for pk in book.untold().values_list("pk", flat=True):
        async_task("ccexport.tasks.send_alert", pk, save=False)


def send_alert(trouble_id: int) -> None:
    delivery.deliver(trouble_id)


def every_day() -> None:
    forget_old_entries()
    sweep_storage()
