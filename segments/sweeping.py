"""Deletes the files of this app that no row needs: what a dying worker or a storage that was away left behind.

Each is older than a day, so that nothing goes which somebody has just stored and is about to name, or still reads.
"""

from engine.files import discard_old, folders_in
from profiles.models import ProfileImport, ProfileSource
from profiles.snapshots import delete_replaced

from .models import Segment


def sweep_profiles() -> None:
    """Delete uploads that nobody imports, snapshots and kept members that are out of use. Raises
    StorageUnavailableError."""
    waiting = ProfileImport.objects.filter(state__in=ProfileImport.OPEN)
    discard_old("uploads", apart_from=waiting.values_list("upload", flat=True))
    _sweep("sources", dict(ProfileSource.objects.values_list("pk", "snapshot")))
    _sweep("segments", dict(Segment.objects.values_list("pk", "kept_members")))


def _sweep(place: str, present: dict[int, str]) -> None:
    """In a folder for each row, only the row's present file is needed; in the folder of a deleted row none."""
    for folder in folders_in(place):
        number = folder.rpartition("/")[2]
        if number.isdecimal():
            delete_replaced(folder, present.get(int(number), ""))
