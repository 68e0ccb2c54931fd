"""What a pattern is: a function that draws one meaning and returns its question and its SQL tree together.

Patterns register themselves with `@pattern`; `generators.curriculum` draws from the registry. This module knows no
pattern.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlglot import exp

from generators.phrases import series
from generators.subject import Dimension, Draw, Subject


@dataclass(frozen=True, slots=True)
class Sketch:
    """One meaning, said and written; not yet executed."""

    question: str
    query: exp.Expr


Make = Callable[[Draw], "Sketch | None"]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A family of questions."""

    name: str
    stage: int
    """Curriculum stage, 1 to 5."""
    concepts: tuple[str, ...]
    """Concepts every one of its queries carries, keys of `taxonomy.CONCEPTS`."""
    weight: float
    """How often it is drawn within its stage, 1 being usual."""
    make: Make


PATTERNS: dict[str, Pattern] = {}


def pattern(stage: int, *concepts: str, weight: float = 1.0) -> Callable[[Make], Make]:
    """Register a pattern under its function's name."""

    def register(make: Make) -> Make:
        name = make.__name__
        if name in PATTERNS:
            raise ValueError(f"two patterns are called {name}")
        PATTERNS[name] = Pattern(name, stage, concepts, weight, make)
        return make

    return register


def grouped(
    subject: Subject, dimension: Dimension, values: Sequence[exp.Expr], *, show: bool = True, **parts: object
) -> exp.Select:
    """A SELECT of the subject's rows grouped by a dimension, in its natural order where it has one.

    Args:
        subject: the rows.
        dimension: what they are grouped by.
        values: aggregates to show after it.
        show: whether the dimension itself is shown.
        parts: further parts for `expr.select`; an `order` replaces the natural one.
    """
    computed = show and not isinstance(dimension.group[0], exp.Column)
    group: Sequence[exp.Expr] = (exp.Literal.number(1),) if computed else dimension.group
    if dimension.ordered and "order" not in parts:
        parts["order"] = group
    columns = [*dimension.columns, *values] if show else list(values)
    return subject.query(columns, *dimension.joins, group=group, **parts)


def shown_columns(draw: Draw, table: str, count: int, *, avoid: Sequence[str] = ()) -> tuple[list[exp.Expr], str]:
    """Columns to show of a row, and how they are said: "name, city and opening date"."""
    view, rng = draw.view, draw.rng
    from generators.expr import col  # local: keeps the module's surface small

    label = view.words(table).label
    key = view.table(table).primary_key
    names = [c for c in view.columns(table, "category", "measure", "date", "timestamp", "text") if c not in avoid]
    start = [label] if label and label not in avoid else []
    if not start and len(key) == 1 and rng.random() < 0.6:
        start = [key[0]]
    picked = start + rng.sample(names, min(max(count - len(start), 0), len(names)))
    if not picked:
        picked = [view.table(table).columns[0].name]
    said = []
    for name in picked:
        words = view.column_words(table, name)
        said.append(rng.choice((words.name, words.name, *words.synonyms)))
    return [col(table, name) for name in picked], series(said)
