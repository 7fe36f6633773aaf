"""Who did what, for good: the one place that writes into the audit trail besides the signals of django-auditlog.

Signals see what is saved or deleted row by row. They don't see an UPDATE … WHERE, nor events that change no row,
such as a download; those are written here. Every app may call this, and it knows none of them.
"""

from .changes import changes_of, record, without_addresses

__all__ = ["changes_of", "record", "without_addresses"]
