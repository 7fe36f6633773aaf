"""Sample customers for the demo: invented people, and the faults that real files have."""

from __future__ import annotations

import csv
import random
from pathlib import Path

# fmt: off
FIRST_NAMES = [
    "Ana", "Ben", "Chen", "Dora", "Emil", "Fatima", "Goro", "Hana", "Ivan", "Jana",
    "Kofi", "Lena", "Mei", "Nils", "Olga", "Priya", "Quinn", "Rosa", "Sven", "Tara",
]
LAST_NAMES = [
    "Alvarez", "Brown", "Chen", "Dubois", "Eriksen", "Fischer", "Garcia", "Haddad",
    "Ito", "Jensen", "Kim", "Lopez", "Müller", "Novak", "Okafor", "Patel",
]
# fmt: on
PLACES = {
    "United States": ("Seattle", "Washington", "98{:03d}"),
    "Canada": ("Vancouver", "British Columbia", "V5K 0A{}"),
    "France": ("Lyon", "Rhône", "690{:02d}"),
    "Germany": ("Berlin", "Berlin", "10{:03d}"),
    "Australia": ("Sydney", "New South Wales", "2{:03d}"),
}
WEIGHTS = (45, 10, 15, 15, 15)
LEVELS = ("Gold", "Silver", "Bronze", "")
COUNT = 5_000


def write_customers(path: Path) -> None:
    """Write the same customers each time: some without an address, some with one that can't be sent, some twice."""
    chance = random.Random(20_26)  # noqa: S311 - nothing secret about sample data
    with path.open("w", newline="", encoding="utf-8") as file:
        customers = [_customer(chance, number) for number in range(1, COUNT + 1)]
        writer = csv.DictWriter(file, customers[0])
        writer.writeheader()
        writer.writerows(customers)


def _customer(chance: random.Random, number: int) -> dict[str, object]:
    first, last = chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES)
    country = chance.choices(list(PLACES), WEIGHTS)[0]
    city, state, postal_code = PLACES[country]
    return {
        "customer_id": f"C{number:05d}",
        "email": _email(chance, number, first),
        "first_name": first,
        "last_name": last,
        "phone": f"555-01{chance.randrange(100):02d}",
        "street": f"{chance.randrange(1, 400)} Market Street",
        "city": city,
        "state": state,
        "postal_code": postal_code.format(chance.randrange(10)),
        "country": country,
        "loyalty_level": chance.choice(LEVELS),
        "accepts_promotions": chance.choice(("true", "false")),
        "updated_at": f"2026-{chance.randrange(1, 11):02d}-{chance.randrange(1, 29):02d} 09:30:00",
    }


def _email(chance: random.Random, number: int, first: str) -> str:
    kind = chance.randrange(100)
    if kind == 0:
        return ""
    if kind == 1:
        return f"{first.lower()}{number} at example.com"
    if kind == 2:
        return f"josé{number}@example.com"
    if kind == 3 and number > 10:
        return f"{FIRST_NAMES[number % 7].upper()}1@EXAMPLE.com"
    return f"{first.lower()}{number}@example.com"
