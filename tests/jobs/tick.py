"""A process that does what the tick of the segments does each minute."""

import django

django.setup()

from segments.tasks import every_minute  # noqa: E402

every_minute()
