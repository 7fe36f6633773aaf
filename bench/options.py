"""What `make bench` can be told: N=20000 N5=1 ONLY=narrow,kill KEEP=1."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

SCENARIOS = {
    "narrow": "three attributes, limits on and off, then unchanged, then 1 % changed",
    "wide": "ten attributes and two custom fields, limits on and off",
    "kill": "the worker is killed while it sends",
    "two": "two runs at once and a person at the pages, one API key",
    "five": "five times as many profiles (with N5=1)",
    "list": "the page with the list of exports",
    "postgresql": "profiles that stay in PostgreSQL (PROFILES_URL): a count and a stream",
}


@dataclass(frozen=True, slots=True)
class Options:
    """`n` profiles of each kind; `only` these scenarios; `keep` the folder with data, database and plans."""

    n: int
    only: frozenset[str]
    keep: bool

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """Raises SystemExit with a sentence when a value makes no sense."""
        number = environment.get("N") or "1000000"
        if not number.replace("_", "").isdigit() or int(number) < 1000:
            raise SystemExit(f"N is the number of profiles, at least 1000; not {number!r}.")
        only = {name.strip() for name in environment.get("ONLY", "").split(",") if name.strip()}
        if unknown := only - SCENARIOS.keys():
            told = "\n".join(f"  {name:10} {what}" for name, what in SCENARIOS.items())
            raise SystemExit(f"There is no scenario {', '.join(sorted(unknown))}. ONLY may name:\n{told}")
        default = SCENARIOS.keys() - (set() if environment.get("N5") == "1" else {"five"})
        return cls(int(number), frozenset(only or default), environment.get("KEEP") == "1")

    @property
    def is_quick(self) -> bool:
        """A small number is a quick look: it waits less for what only waiting shows."""
        return self.n < 100_000

    @property
    def most(self) -> int:
        """The largest number of profiles in one export."""
        return self.n * (5 if "five" in self.only else 1)
