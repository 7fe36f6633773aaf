"""Deletes a segment at the moment in which an export that uses it is saved, again and again.

A process of its own, whose two threads are two people: prints how each round ended.
"""

import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import django

django.setup()

from django.db import connections  # noqa: E402

from connections.models import Connection  # noqa: E402
from exports.editing.saving import Draft, save_export  # noqa: E402
from exports.models import Export  # noqa: E402
from profiles.deletion import InUseError  # noqa: E402
from profiles.models import ProfileSource  # noqa: E402
from segments.deletion import SegmentGoneError, delete_segment  # noqa: E402
from segments.models import Segment  # noqa: E402

LIST = "559a8e62-ae55-44cf-9c9c-c976ca9904ab"


def save(export: Export, segment: Segment, barrier: threading.Barrier) -> str:
    try:
        draft = Draft(export.name, export.connection, LIST, {"email": "email"}, [segment])
        barrier.wait()
        save_export(draft, export, seen=export.updated_at, by=None)
    except SegmentGoneError:
        return "refused"
    finally:
        connections.close_all()
    return "saved"


def delete(segment: Segment, barrier: threading.Barrier) -> str:
    try:
        barrier.wait()
        delete_segment(segment)
    except InUseError:
        return "in use"
    finally:
        connections.close_all()
    return "deleted"


def one_round() -> list[object]:
    source, _made = ProfileSource.objects.get_or_create(name="People", key_attribute="id")
    connection, _made = Connection.objects.get_or_create(display_name="Ours", account_id="1")
    segment = Segment.objects.create(name="Somebody", source=source)
    export = Export.objects.create(name="Export", connection=connection, list_id=LIST, list_account_id="1")
    barrier = threading.Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        saved = pool.submit(save, export, segment, barrier)
        deleted = pool.submit(delete, segment, barrier)
        ended = [saved.result(), deleted.result(), export.segments.count()]
    Export.objects.all().delete()
    Segment.objects.all().delete()
    return ended


if __name__ == "__main__":
    print(json.dumps([one_round() for _round in range(int(sys.argv[1]))]))
