"""What goes on, as log lines that a program can read: what happened, a few fields, and what it belongs to.

    logger = logging.getLogger(__name__)
    with bound(run_id=7):
        event(logger, "run claimed", attempt=1)

Every app may call this, and it knows none of them. A line never carries an e-mail address, a token or a secret: say
ids and counts, and see `redaction` for what is taken out should one get in all the same.
"""

from .context import begin_task, bound, in_this_context
from .events import event

__all__ = ["begin_task", "bound", "event", "in_this_context"]
