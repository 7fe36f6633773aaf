"""What other apps may want to hear about a connection."""

from django.dispatch import Signal

# Sent after a person confirmed that a connection now talks to another account: connection=Connection.
# Lists of the old account mean nothing there, so whoever stored a list ID must check it again.
# Sent outside any transaction with send_robust: a receiver may call Constant Contact.
account_changed = Signal()
