"""What is deleted each day of the files in the store."""

import logging

from engine.outages import StorageUnavailableError
from engine.probe import sweep_probes
from exports.plan.retention import sweep_plans
from segments.sweeping import sweep_profiles

logger = logging.getLogger(__name__)


def sweep_storage() -> None:
    """Delete what no row needs and what is kept long enough. While the storage is away that waits for tomorrow."""
    for sweep in (sweep_profiles, sweep_plans, sweep_probes):
        try:
            sweep()
        except StorageUnavailableError as error:
            logger.warning("%s was put off until tomorrow: %s", sweep.__name__, error.detail)
