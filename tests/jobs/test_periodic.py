"""What is done periodically: one table, written into the queue's schedule after each migrate."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string
from django_q.models import Schedule

from jobs import periodic

pytestmark = pytest.mark.django_db
STORED = {
    "exports: advance open runs": ("exports.tasks.advance_open_runs", Schedule.MINUTES),
    "exports: start what is due": ("exports.tasks.start_due", Schedule.MINUTES),
    "segments: every minute": ("segments.tasks.every_minute", Schedule.MINUTES),
    "system: every minute": ("ccexport.tasks.every_minute", Schedule.MINUTES),
    "system: every day": ("ccexport.tasks.every_day", Schedule.DAILY),
}


def rows() -> dict[str, tuple[str, str]]:
    return {row.name: (row.func, row.schedule_type) for row in Schedule.objects.all()}


def test_schedule_holds_what_the_apps_registered_after_migrate():
    assert rows() == STORED
    assert set(Schedule.objects.values_list("minutes", "repeats")) == {(1, -1)}
    assert all(callable(import_string(row.task)) for row in periodic.registered().values())


def test_rows_are_kept_and_corrected_when_the_schedule_is_written_again():
    Schedule.objects.filter(name="system: every day").update(func="ccexport.tasks.of_before")
    before = dict(Schedule.objects.values_list("name", "pk"))

    periodic.write_schedule()

    assert rows() == STORED
    assert dict(Schedule.objects.values_list("name", "pk")) == before


def test_row_that_nobody_registers_any_more_is_removed_if_it_was_ours():
    for name, func in (
        ("exports: of before", "exports.tasks.of_before"),
        ("nightly copy", "exports.tasks.start_due"),
        ("exports: by hand", "backup.tasks.copy"),
    ):
        Schedule.objects.create(name=name, func=func, schedule_type=Schedule.DAILY)

    periodic.write_schedule()

    assert rows().keys() - STORED.keys() == {"nightly copy", "exports: by hand"}


@pytest.mark.parametrize("name", ["system: every day", "without an app"])
def test_name_that_is_taken_or_names_no_app_is_refused(name):
    with pytest.raises(ImproperlyConfigured):
        periodic.register(name, "exports.tasks.start_due", "")
