"""What other apps may want to hear about segments."""

from django.dispatch import Signal

# Sent after an evaluation came to its end, however it ended: evaluation_id=int. Not sent for one that was cancelled.
# Sent outside the transaction of that end, with send_robust: who must not miss it looks at the row now and then, too.
evaluation_ended = Signal()
