"""Rows of the kiosk: a dense first instance, smaller ones with ties."""

from __future__ import annotations

import random
from datetime import date, timedelta

from schemas.catalog import Rows

NAMES = {
    "drink": ("Cola", "Water", "Coffee", "Tea", "Juice", "Milk", "Beer", "Lemonade"),
    "snack": ("Crisps", "Nuts", "Gum", "Pretzel", "Cookie", "Raisins", "Mints", "Waffle"),
    "paper": ("Daily", "Weekly", "Atlas", "Comic", "Puzzle", "Crossword", "Novel", "Postcard"),
}


def rows(seed: int, instance: int) -> Rows:
    """Rows of every table, parents first; deterministic in (seed, instance)."""
    rng = random.Random(f"kiosk/{seed}/{instance}")
    few = instance > 1
    products = [
        (number, name, kind, rng.choice((1, 2, 3, 4, 5, 8)), rng.choice((0, 3, 5, 10, 20, 40)))
        for number, (kind, name) in enumerate(((k, n) for k, names in NAMES.items() for n in names), 1)
    ]
    first = date(2025, 6, 2) - timedelta(days=400)
    sales = [
        (number, rng.randint(1, 20), first + timedelta(days=rng.randrange(400)), rng.choice((1, 1, 2, 3, 4, 6, 10)),
         rng.choice(("cash", "card", "card")))
        for number in range(1, 41 if few else 241)
    ]  # fmt: skip
    return {"product": products, "sale": sales}
