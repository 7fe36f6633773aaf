"""What is tried, as the environment says.

ONLY=kills,answers     only these modules of tests/outage/faults
MATCH="POST import"    only the lines of the table with this text
ROUNDS=0.2             a fifth of the rounds of each fault, at least one
SEED=7                 the same random moments again
SERVICE=module:Class   another stand-in than the sandbox; see service.Service
KEEP=1                 leave the folder with the logs of the workers
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Self

SANDBOX = "tests.outage.sandbox_service:SandboxService"


@dataclass(frozen=True, slots=True)
class Options:
    only: frozenset[str]
    match: str
    share: float
    seed: int
    service: str
    keep: bool

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Self:
        return cls(
            only=frozenset(name.strip() for name in environ.get("ONLY", "").split(",") if name.strip()),
            match=environ.get("MATCH", ""),
            share=float(environ.get("ROUNDS", "1")),
            seed=int(environ.get("SEED", "1")),
            service=environ.get("SERVICE", SANDBOX),
            keep=environ.get("KEEP", "") not in ("", "0"),
        )

    def takes(self, module: str) -> bool:
        return not self.only or module in self.only

    def times(self, rounds: int) -> int:
        """How many of so many rounds to try."""
        return max(1, round(rounds * self.share))

    def make_service(self) -> Any:
        module, _, name = self.service.partition(":")
        return getattr(import_module(module), name)()
