"""Two runs beside each other: their champions on the questions both answered, split by split, paired.

A question counts as the same where id, text and golds are. Uses the tests of `evaluator.stats` and the rule of
`loop.policy`; knows records, not how anything looks.
"""

from __future__ import annotations

from dataclasses import dataclass

from loop.config import read_toml, validate
from loop.policy import decide
from loop.report.figures import MEASURED
from loop.state import champion_before, questions_of, verdicts_of
from loop.store import Store
from schemas.errors import ConfigError
from schemas.records import Verdict

ALPHA = 0.05
"""Level below which a difference is called one (McNemar's exact test)."""


@dataclass(frozen=True, slots=True)
class SplitComparison:
    """One split."""

    split: str
    total: int
    """Questions both answered; the other fields say nothing where it is 0."""
    first: int = 0
    """Right answers of the first run's champion."""
    second: int = 0
    fixed: tuple[str, ...] = ()
    """Ids that only the second answers."""
    broken: tuple[str, ...] = ()
    """Ids that only the first answers."""
    low: float = 0.0
    """Lower end of the 90% interval of second less first, points."""
    high: float = 0.0
    p: float = 1.0
    """Two-sided p of McNemar's exact test."""

    @property
    def verdict(self) -> str:
        """In words."""
        if not self.total:
            return "not measured by both"
        if self.p >= ALPHA:
            return "no difference shown"
        return "the second is better" if self.second > self.first else "the first is better"


@dataclass(frozen=True, slots=True)
class RunComparison:
    """Two runs."""

    rounds: tuple[int, int]
    """Round of each run's champion."""
    splits: tuple[SplitComparison, ...]
    would_promote: bool
    """Whether the second's champion would replace the first's by the rule of a round."""
    reason: str
    """The rule's, in words."""


def compare(first: Store, second: Store) -> RunComparison:
    """Compare two runs' champions.

    Raises:
        ConfigError: one of them is no run or has no scored round, or they share no question.
    """
    sides = (_Side.of(first), _Side.of(second))
    same = {key for key, question in sides[0].asked.items() if sides[1].asked.get(key) == question}
    held = sides[0].held | sides[1].held
    found = (_split(split, sides, same, held) for split in MEASURED)
    splits = tuple(item for item in found if item.total or item.split != "transfer")
    if not any(item.total for item in splits):
        raise ConfigError(
            f"the champions of {first.folder.name} and {second.folder.name} answered no question in common: "
            "compare runs over the same schemas"
        )
    chosen = [[v for v in side.verdicts if v.id in same and _of(v, held) == "select"] for side in sides]
    decision = decide(chosen[0], chosen[1], sides[0].tolerance, sides[0].seed)
    return RunComparison((sides[0].champion, sides[1].champion), splits, decision.promoted, decision.reason)


@dataclass(frozen=True, slots=True)
class _Side:
    champion: int
    verdicts: list[Verdict]
    asked: dict[str, tuple[str, tuple[str, ...]]]
    """Id -> text and golds."""
    tolerance: float
    seed: int
    held: frozenset[str]
    """Schemas kept out of its training."""

    @classmethod
    def of(cls, store: Store) -> _Side:
        path = store.folder / "config.toml"
        if not path.is_file() or store.done(0, "score") is None:
            raise ConfigError(f"{store.folder} is no run with a scored round; see what is there with loop status")
        config = validate(read_toml(path), str(path))
        number = 0
        while store.done(number, "score") is not None:
            number += 1
        champion = champion_before(store, number)
        verdicts, questions = verdicts_of(store, champion), questions_of(store, champion)
        asked = {item.id: (item.text, item.golds) for item in questions}
        return cls(champion, verdicts, asked, config.tolerance, config.seed, frozenset(config.held))


def _of(verdict: Verdict, held: frozenset[str]) -> str:
    """The split that a verdict counts in: transfer for a schema that either run held out."""
    return "transfer" if verdict.schema_name in held else verdict.split


def _split(split: str, sides: tuple[_Side, _Side], same: set[str], held: frozenset[str]) -> SplitComparison:
    from evaluator.stats import mcnemar_exact, paired_interval

    before, now = ({v.id: v for v in side.verdicts if _of(v, held) == split and v.id in same} for side in sides)
    shared = [key for key in before if key in now]
    if not shared:
        return SplitComparison(split, 0)
    pairs = [(before[key].exact, now[key].exact) for key in shared]
    fixed = tuple(key for key in shared if now[key].exact and not before[key].exact)
    broken = tuple(key for key in shared if before[key].exact and not now[key].exact)
    low, high = paired_interval(pairs, [before[key].schema_name for key in shared], seed=sides[0].seed)
    return SplitComparison(
        split, len(shared), sum(a for a, _ in pairs), sum(b for _, b in pairs), fixed, broken, low, high,
        mcnemar_exact(len(fixed), len(broken)),
    )  # fmt: skip
