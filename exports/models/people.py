"""What is known of the people of an account and of its lists: rows that say where the files are and of when.

The files themselves are written and read by exports.people: Parquet, each written once and replaced by another name.
"""

from __future__ import annotations

from typing import Any

from django.db import models


class OptOuts(models.Model):
    """Who of an account opted out of everything or was deleted there, as of the last look."""

    account_id = models.CharField(max_length=100, unique=True)
    file = models.CharField(max_length=255, blank=True)  # see exports.people.opt_outs; blank: nobody, or never read
    replaced: Any = models.JSONField(default=list)  # files of before that somebody may still read: [{file, at}, …]
    read_at = models.DateTimeField(null=True)  # when the last look ended; null: never, or it is not complete yet
    read_all_at = models.DateTimeField(null=True)  # when everybody was read and not just what is new
    cursor = models.DateTimeField(null=True)  # what changed up to then is known, by Constant Contact's clock
    reading: Any = models.JSONField(default=dict)  # how far the one under way is
    lease = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "opt-outs"

    def __str__(self) -> str:
        return self.account_id


class Roster(models.Model):
    """What is known of each address of one list of one account."""

    account_id = models.CharField(max_length=100)
    list_id = models.CharField(max_length=36)
    file = models.CharField(max_length=255, blank=True)  # see exports.people.roster; blank: nobody is known
    replaced: Any = models.JSONField(default=list)  # files of before that somebody may still read: [{file, at}, …]
    read_at = models.DateTimeField(null=True)  # of when the list is that was read back last; null: never
    # The job that is writing the list to a file, for the run that asked for it.
    activity_id = models.CharField(max_length=36, blank=True)
    asked_at = models.DateTimeField(null=True)
    asked_by_run = models.PositiveBigIntegerField(null=True)
    failures = models.PositiveIntegerField(default=0)  # jobs since the last reading that brought no file
    took = models.FloatField(default=0)  # seconds of the last job: the next one is first asked after then

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_id", "list_id"], name="one_roster_per_list")]

    def __str__(self) -> str:
        return f"{self.account_id}/{self.list_id}"
