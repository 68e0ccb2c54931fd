"""Two results -> equal or not, and why.

Rows are compared as a multiset and stay aligned; columns may be permuted by one injective mapping, the same on every
instance. Where the gold orders its rows, its rows come in groups that tie on the sort keys (see `evaluator.ordering`):
the answer must fill the groups in their order, each from the group's members. This module knows no SQL.

All instances are compared as one table whose rows carry a tag (instance, group): an answer is right if, under some
mapping of the columns, its tagged rows are contained in the gold's and no group is left short.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from evaluator.cells import Coder, normalise
from evaluator.decode import JSON_OIDS
from evaluator.execute import Table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Codes = NDArray[np.uint64]

SEARCH_STEPS = 20_000
"""Partial mappings looked at before two tables count as different; symmetrical tables could take for ever."""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of the gold that tie on its sort keys."""

    members: tuple[tuple[Any, ...], ...]
    """All that may stand here; more than `size` at a LIMIT's cut."""
    size: int
    """How many of them do."""


@dataclass(frozen=True, slots=True)
class Gold:
    """A right answer's result on one instance."""

    table: Table
    groups: tuple[Group, ...] | None = None
    """In order, their sizes adding up to the table's rows; None where order does not count."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Whether an answer's tables equal the gold's."""

    exact: bool
    """Equal, columns permuted at most."""
    correct: bool
    """Equal, extra columns in the answer allowed."""
    why: str = ""
    """How they differ; empty if exact."""


def compare(gold: Gold, predicted: Table) -> Comparison:
    """Compare results of one instance; see `compare_all`."""
    return compare_all((gold,), (predicted,))


def compare_all(golds: Sequence[Gold], predicted: Sequence[Table]) -> Comparison:
    """Compare an answer with a gold on the same instances, with one mapping of the columns for all.

    Args:
        golds: The gold's results, one an instance, at least one.
        predicted: The answer's results on the same instances.
    """
    reason = _shape(golds, predicted)
    if reason:
        return Comparison(exact=False, correct=False, why=reason)
    if _fits(golds, predicted):
        extra = len(predicted[0].columns) - len(golds[0].table.columns)
        why = "" if not extra else f"{extra} column{'s' if extra > 1 else ''} more than expected"
        return Comparison(exact=not extra, correct=True, why=why)
    return Comparison(exact=False, correct=False, why=_why(golds, predicted))


def is_exact(gold: Gold, predicted: Table) -> bool:
    """Whether a result of one instance is the gold's; quicker than `compare`, as nobody is told how they differ."""
    if len(gold.table.columns) != len(predicted.columns) or _shape((gold,), (predicted,)):
        return False
    return _fits((gold,), (predicted,))


def _fits(golds: Sequence[Gold], predicted: Sequence[Table]) -> bool:
    """Whether tables of fitting shape hold the same, columns permuted, more of them in the answer."""
    alike = all(_identical(gold.table, table) for gold, table in zip(golds, predicted, strict=True))
    return alike or _matches(golds, predicted)


def _shape(golds: Sequence[Gold], predicted: Sequence[Table]) -> str:
    """What the numbers of rows and columns rule out already."""
    wanted, given = len(golds[0].table.columns), len(predicted[0].columns)
    if given < wanted:
        return f"{_count(given, 'column')}, expected {wanted}"
    for number, (gold, table) in enumerate(zip(golds, predicted, strict=True), start=1):
        if len(gold.table.rows) != len(table.rows):
            where = f" on instance {number}" if len(golds) > 1 else ""
            return f"{_count(len(table.rows), 'row')}, expected {len(gold.table.rows)}{where}"
    return ""


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _identical(gold: Table, table: Table) -> bool:
    """Cell for cell the same; not asked of JSON, in which Python takes true for 1."""
    return gold.types == table.types and not JSON_OIDS & set(gold.types) and gold.rows == table.rows


def _matches(golds: Sequence[Gold], predicted: Sequence[Table]) -> bool:
    """Whether some mapping of the columns fits."""
    tags, allowed = _tagged(golds)
    answer_tags = [(i, tag) for i, gold in enumerate(golds) for tag in _slots(gold)]
    answer = [row for table in predicted for row in table.rows]
    if not answer:
        return True
    coder = Coder()
    gold_columns = [[normalise(v) for v in column] for column in zip(*allowed, strict=True)]
    answer_columns = [[normalise(v) for v in column] for column in zip(*answer, strict=True)]
    for column in (*gold_columns, *answer_columns):
        coder.learn(column)
    coder.settle()
    return _Search(
        _coded(gold_columns, coder), _coded(answer_columns, coder), _numbered(tags), _numbered(answer_tags)
    ).found()


def _tagged(golds: Sequence[Gold]) -> tuple[list[tuple[int, int]], list[tuple[Any, ...]]]:
    """Every row the answer may hold, and its (instance, group)."""
    tags: list[tuple[int, int]] = []
    rows: list[tuple[Any, ...]] = []
    for i, gold in enumerate(golds):
        groups = gold.groups if gold.groups is not None else (Group(gold.table.rows, len(gold.table.rows)),)
        for g, group in enumerate(groups):
            tags += [(i, g)] * len(group.members)
            rows += group.members
    return tags, rows


def _slots(gold: Gold) -> list[int]:
    """Group of each row position."""
    if gold.groups is None:
        return [0] * len(gold.table.rows)
    return list(chain.from_iterable([g] * group.size for g, group in enumerate(gold.groups)))


def _numbered(tags: list[tuple[int, int]]) -> Codes:
    import numpy as np

    return np.array([(i << 32) | g for i, g in tags], dtype=np.uint64)


def _coded(columns: list[list[Any]], coder: Coder) -> list[Codes]:
    import numpy as np

    return [np.array(coder.codes(column), dtype=np.uint64) for column in columns]


def _mix(values: Codes) -> Codes:
    """Splitmix64: spreads codes over 64 bits, so that a row's running hash stands for the row."""
    import numpy as np

    mixed = values + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


class _Search:
    """Backtracking over mappings gold column -> answer column; every partial mapping must keep the rows contained."""

    def __init__(self, gold: list[Codes], answer: list[Codes], tags: Codes, answer_tags: Codes) -> None:
        self._gold, self._answer = gold, answer
        self._start = (_mix(tags), _mix(answer_tags))
        self._same_size = len(tags) == len(answer_tags)
        self._steps = 0
        # Identical columns of the answer are interchangeable: they are tried once, and used as often as they occur.
        self._twins: dict[bytes, list[int]] = {}
        for number, column in enumerate(answer):
            self._twins.setdefault(column.tobytes(), []).append(number)

    def found(self) -> bool:
        """Whether there is a mapping. Columns with the fewest candidates are placed first."""
        classes = [twins[0] for twins in self._twins.values()]
        candidates = {
            j: [c for c in classes if self._extend(self._start, j, c) is not None] for j in range(len(self._gold))
        }
        if not all(candidates.values()):
            return False
        self._candidates = candidates
        order = sorted(candidates, key=lambda j: len(candidates[j]))
        if not order:
            return self._contained(*self._start)
        room = {twins[0]: len(twins) for twins in self._twins.values()}
        return self._place(order, 0, self._start, room)

    def _place(self, order: list[int], depth: int, state: tuple[Codes, Codes], room: dict[int, int]) -> bool:
        if depth == len(order):
            return True
        for candidate in self._candidates[order[depth]]:
            if not room[candidate]:
                continue
            self._steps += 1
            if self._steps > SEARCH_STEPS:
                return False
            extended = self._extend(state, order[depth], candidate)
            if extended is None:
                continue
            room[candidate] -= 1
            if self._place(order, depth + 1, extended, room):
                return True
            room[candidate] += 1
        return False

    def _extend(self, state: tuple[Codes, Codes], column: int, candidate: int) -> tuple[Codes, Codes] | None:
        """The rows' hashes with one more pair of columns; None if the answer's rows are no longer the gold's."""
        gold = _mix(state[0] ^ _mix(self._gold[column]))
        answer = _mix(state[1] ^ _mix(self._answer[candidate]))
        return (gold, answer) if self._contained(gold, answer) else None

    def _contained(self, gold: Codes, answer: Codes) -> bool:
        """Whether the multiset of the answer's rows is within the gold's."""
        import numpy as np

        if self._same_size:  # then within means equal, and sums are enough
            return bool(_mix(gold).sum() == _mix(answer).sum())
        has, has_counts = np.unique(gold, return_counts=True)
        asks, ask_counts = np.unique(answer, return_counts=True)
        places = np.minimum(np.searchsorted(has, asks), len(has) - 1)
        return bool(np.all((has[places] == asks) & (has_counts[places] >= ask_counts)))


def _why(golds: Sequence[Gold], predicted: Sequence[Table]) -> str:
    """How tables of fitting shape differ, in a few words."""
    if any(gold.groups is not None for gold in golds):
        unordered = [Gold(gold.table) for gold in golds]
        if _matches(unordered, predicted):
            return "the right rows in the wrong order"
    for gold, table in zip(golds, predicted, strict=True):
        for j, name in enumerate(gold.table.columns):
            alone = Gold(Table((name,), (0,), tuple((row[j],) for row in gold.table.rows)))
            if not any(
                _matches([alone], [Table((c,), (0,), tuple((row[k],) for row in table.rows))])
                for k, c in enumerate(table.columns)
            ):
                return f"no column holds the values expected of {name!r}{_sample(gold.table, table, j)}"
    return "every column's values occur, but not in the same rows"


def _sample(gold: Table, table: Table, column: int) -> str:
    """A value expected beside one found, where that is short."""
    if not gold.rows or len(gold.columns) != len(table.columns):
        return ""
    expected = {repr(normalise(row[column])): row[column] for row in gold.rows}
    found = {repr(normalise(row[column])): row[column] for row in table.rows}
    missing = [value for key, value in expected.items() if key not in found]
    surplus = [value for key, value in found.items() if key not in expected]
    if not missing or not surplus:
        return ""
    text = f" ({_short(missing[0])} missing, {_short(surplus[0])} found)"
    return text if len(text) < 100 else ""


def _short(value: Any) -> str:
    return "NULL" if value is None else str(value)
