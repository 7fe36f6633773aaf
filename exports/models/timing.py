"""How long the stages of a run took: for the numbers that any process can give at any time."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from .run import Run


class StageTiming(models.Model):
    """One stage of one run. A worker visits it once or many times: `seconds` is what they worked at it together."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="timings")
    stage = models.CharField(max_length=10, choices=Run.Stage.choices)
    begun_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True, db_index=True)  # null: it goes on, or the run ended in it
    seconds = models.FloatField(default=0)
    visits = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "stage"], name="one_timing_per_stage")]

    def __str__(self) -> str:
        return f"{self.run_id} {self.stage}"
