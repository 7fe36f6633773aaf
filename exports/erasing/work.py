"""What the steps of an erasure share: the claimed row, its claim while a file is rewritten, and how a step ends."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from engine.cancellation import Cancellation, run_cancellable
from engine.files import discard
from engine.rewriting import Rewritten
from exports.models import Erasure, ErasureStep
from jobs.claims import Claims, Renewal
from jobs.limits import LIMITS
from web.messages import Message

T = TypeVar("T")
CLAIMS = Claims(LIMITS.erasure, asked_at="asked_at")


class ErasureWaits(Exception):
    """The step can't go on before `until`; `message` says what it waits for."""

    def __init__(self, until: datetime, code: str, **details: Any) -> None:
        super().__init__(code)
        self.until, self.message = until, Message(f"erasure.{code}", details)


class StepFailed(Exception):
    """The step is over, and the person is still there: `message` says why and what to do."""

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.message = Message(f"erasure.{code}", details)


class LostErasureError(Exception):
    """Another worker has taken the erasure; this one must not write into it again."""


class Work:
    """A claimed erasure, whose address is known as long as it is open."""

    def __init__(self, erasure: Erasure) -> None:
        self.erasure = erasure
        self.address: str = erasure.address
        self.profiles: dict[str, list[str]] = json.loads(erasure.profiles)
        self._ends_at = time.monotonic() + (LIMITS.erasure.work or 0)
        self._claim = Renewal(self._renew, lease=CLAIMS.lease.total_seconds())

    @property
    def time_is_up(self) -> bool:
        return time.monotonic() >= self._ends_at

    @property
    def held(self) -> QuerySet[Erasure]:
        """The row, for as long as it is this worker's."""
        return Erasure.objects.filter(pk=self.erasure.pk, state=Erasure.State.RUNNING, attempts=self.erasure.attempts)

    def check(self, **columns: Any) -> None:
        """Renew the claim, and write columns of the erasure. Raises LostErasureError."""
        if not self.held.update(claimed_until=timezone.now() + CLAIMS.lease, **columns):
            raise LostErasureError

    def note(self, step: ErasureStep, *, count: int = 0, files: int = 0, **progress: Any) -> None:
        """Write how far a step is. Raises LostErasureError."""
        step.progress = {**step.progress, **progress}
        with transaction.atomic():
            self.check()
            mine = ErasureStep.objects.filter(pk=step.pk, state=ErasureStep.State.PENDING)
            mine.update(count=F("count") + count, files=F("files") + files, progress=step.progress)

    def end(self, step: ErasureStep, state: str = ErasureStep.State.DONE, note: Message = Message()) -> None:  # noqa: B008 - frozen
        """Write that a step is over; what it knew for going on is forgotten. Raises LostErasureError."""
        with transaction.atomic():
            self.check()
            mine = ErasureStep.objects.filter(pk=step.pk, state=ErasureStep.State.PENDING)
            mine.update(state=state, progress={}, stored_note=note.as_json(), finished_at=timezone.now())

    def keep_profiles(self, source_id: int, keys: list[str]) -> None:
        """Remember which profiles of a source are the person's, for the steps after it."""
        known = self.profiles.get(str(source_id), [])
        self.profiles[str(source_id)] = sorted({*known, *keys})
        self.check(profiles=json.dumps(self.profiles))

    def on_files(self, work: Callable[[Cancellation], T], late: Callable[[T], object] = lambda found: None) -> T:
        """Do what takes long and touches files alone, while the claim is renewed. Raises StoppedError and its own."""
        return run_cancellable(work, seconds=LIMITS.erased_file.work or 0, is_wanted=self._claim.is_held, discard=late)

    def rewritten(self, work: Callable[[Cancellation], Rewritten | None]) -> Rewritten | None:
        """Have a file written anew."""
        return self.on_files(work, lambda found: discard(found.name) if found else None)

    def _renew(self) -> bool:
        return bool(self.held.update(claimed_until=timezone.now() + CLAIMS.lease))
