"""What other apps may want to hear about profiles. This one knows none of them."""

from django.dispatch import Signal

# Sent when a source has other profiles than before, in the transaction that gives it these: source_id=int.
profiles_changed = Signal()

# Sent before that, to whoever relies on attributes: source=ProfileSource, attributes=Sequence[Attribute], which it is
# about to have. A receiver returns the names of what no longer fits them.
attributes_change = Signal()
