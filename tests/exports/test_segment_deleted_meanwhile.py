"""A segment is deleted while somebody saves an export with it: one of the two is told so, and nothing is lost."""

import json

import pytest

from exports.editing.saving import Draft, save_export
from exports.models import Export
from segments.deletion import SegmentGoneError
from tests.exports.pages import plain_export, plain_segment


def test_either_the_export_keeps_its_segment_or_its_form_says_that_it_is_gone(processes):
    output, errors = processes.start("tests.exports.delete_while_saving", "12").communicate(timeout=90)

    assert output, errors
    ended = json.loads(output.splitlines()[-1])
    assert len(ended) == 12
    assert all(end in (["saved", "in use", 1], ["refused", "deleted", 0]) for end in ended), ended


def test_an_export_with_a_segment_that_is_gone_is_not_saved(connection, list_id):
    export = plain_export(connection, list_id)
    gone = plain_segment("Gone")
    draft = Draft("Renamed", connection, list_id, {"email": "email"}, [gone])
    type(gone).objects.filter(pk=gone.pk).delete()

    with pytest.raises(SegmentGoneError, match="One of the segments no longer exists"):
        save_export(draft, export, seen=export.updated_at, by=None)

    assert Export.objects.get().name == "Newsletter"
