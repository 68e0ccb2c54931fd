"""A seeded source of which one number comes out otherwise, and branches of a source that leave the rest alone.

Drawing a part of a meaning from a branch takes one number of the source, however many the part needs: what is drawn
after it stays the same when the part comes out longer. Knows nothing of what is drawn.
"""

from __future__ import annotations

import random


class Turned(random.Random):
    """As `random.Random`, but the number at one place is turned into another; those before and after it stay."""

    def __init__(self, seed: int, place: int = -1, turn: float = 0.0, count: list[int] | None = None) -> None:
        super().__init__(seed)
        self._count = count if count is not None else [0]
        self._place, self._turn = place, turn

    @property
    def made(self) -> int:
        """Numbers drawn so far, those of branches included."""
        return self._count[0]

    def _turns(self) -> bool:
        self._count[0] += 1
        return self._count[0] - 1 == self._place

    def random(self) -> float:
        """A number from 0 to 1, turned at the place."""
        value = super().random()
        return (value + self._turn) % 1.0 if self._turns() else value

    def getrandbits(self, k: int, /) -> int:
        """A number of `k` bits, turned at the place."""
        value = super().getrandbits(k)
        return (value + 1 + int(self._turn * 7)) % (1 << k) if self._turns() else value

    def branch(self) -> Turned:
        """A source of its own that turns at the same place of the common count."""
        return Turned(self.getrandbits(64), self._place, self._turn, self._count)


def branch(rng: random.Random) -> random.Random:
    """A source of its own, seeded by one number of the given one."""
    return rng.branch() if isinstance(rng, Turned) else random.Random(rng.getrandbits(64))
