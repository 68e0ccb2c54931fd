"""What a pattern is: a function that draws one meaning and returns its question and its SQL tree together.

Patterns register themselves with `@pattern`; `generators.curriculum` draws from the registry. This module knows no
pattern.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlglot import exp

from generators.condition import is_plural
from generators.draw import Draw
from generators.expr import col
from generators.phrases import plural, say, series
from generators.subject import Dimension, Subject


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
    may: tuple[str, ...] = ()
    """Concepts that some of its queries carry, often enough to be drawn for them."""


PATTERNS: dict[str, Pattern] = {}


def pattern(stage: int, *concepts: str, weight: float = 1.0, may: tuple[str, ...] = ()) -> Callable[[Make], Make]:
    """Register a pattern under its function's name."""

    def register(make: Make) -> Make:
        name = make.__name__
        if name in PATTERNS:
            raise ValueError(f"two patterns are called {name}")
        PATTERNS[name] = Pattern(name, stage, concepts, weight, make, may)
        return make

    return register


def grouped(
    subject: Subject,
    dimension: Dimension,
    values: Sequence[exp.Expr],
    *,
    show: bool = True,
    strict: bool = False,
    **parts: object,
) -> exp.Select:
    """A SELECT of the subject's rows grouped by a dimension, in its natural order where it has one.

    Args:
        subject: the rows.
        dimension: what they are grouped by.
        values: aggregates to show after it.
        show: whether the dimension itself is shown.
        strict: whether rows without a value of the dimension are left out; times without a date always are.
        parts: further parts for `expr.select`; an `order` replaces the natural one.
    """
    computed = show and not isinstance(dimension.group[0], exp.Column)
    group: Sequence[exp.Expr] = (exp.Literal.number(1),) if computed else dimension.group
    if dimension.ordered and "order" not in parts:
        parts["order"] = group
    columns = [*dimension.columns, *values] if show else list(values)
    return subject.query(columns, *dimension.joins, group=group, where=present(subject, dimension, strict), **parts)


def present(subject: Subject, dimension: Dimension, strict: bool = True) -> tuple[exp.Expr, ...]:
    """The condition that a row has a value of the dimension; none where every row has, or a condition says so."""
    if not dimension.nullable or not (strict or dimension.kind in {"time", "part"}):
        return ()
    column = dimension.columns[0].find(exp.Column)
    tested = {item.name for where in subject.where for item in where.find_all(exp.Column)}
    if column is None or column.name in tested:
        return ()
    return (exp.Is(this=column.copy(), expression=exp.Not(this=exp.Null())),)


def shown_columns(
    draw: Draw, table: str, count: int, *, avoid: Sequence[str] = (), bare: float = 0.0
) -> tuple[list[exp.Expr], str]:
    """Columns to show of a row, and how they are said: "name, city and opening date".

    Args:
        draw: the draw.
        table: the table the rows are of.
        count: columns in all, if what names a row takes no more.
        avoid: columns that are not asked for besides.
        bare: chance that rows with a name come without it, as a list of addresses or towns does.
    """
    view, rng = draw.view, draw.rng
    names = [c for c in view.columns(table, "category", "measure", "date", "timestamp", "text") if c not in avoid]
    start = row_names(draw, table)
    texts = [name for name in view.columns(table, "category", "text") if name in names]
    if named_plainly(draw, table) and texts and rng.random() < bare:
        start, names = [], texts
    names = [name for name in names if name not in start]
    picked = start + rng.sample(names, min(max(count - len(start), 0), len(names)))
    picked = list(dict.fromkeys(picked)) or [view.table(table).columns[0].name]
    return [col(table, name) for name in picked], say_columns(draw, table, picked)


def say_columns(draw: Draw, table: str, names: Sequence[str]) -> str:
    """Columns as people list them, at times all in the plural: "names and opening dates"."""
    view, rng = draw.view, draw.rng
    said = []
    for name in names:
        words = view.column_words(table, name)
        said.append(rng.choice((words.name, words.name, *[item for item in words.synonyms if item != "number"])))
    if rng.random() < 0.3:
        said = [item if is_plural(item) else plural(item) for item in said]
    return series(said)


def row_names(draw: Draw, table: str) -> list[str]:
    """The columns that tell a row from the others: its label, or its whole key where it has none that does."""
    if named_plainly(draw, table):
        return [draw.view.words(table).label]
    return list(draw.view.table(table).primary_key)


def named_columns(draw: Draw, table: str) -> tuple[list[exp.Expr], str]:
    """The columns of `row_names`, and how they are said."""
    names = row_names(draw, table)
    return [col(table, name) for name in names], say_columns(draw, table, names)


def named_plainly(draw: Draw, table: str) -> bool:
    """Whether asking for the rows alone says what to show: they have a name that stands for them."""
    label = draw.view.words(table).label
    key = draw.view.table(table).primary_key
    return bool(label) and (len(key) == 1 or label not in key)


def identity(draw: Draw, table: str, *, more: float = 0.3) -> tuple[list[exp.Expr], str]:
    """What to show of rows that a question finds, and a remark that says so; empty where the noun says it.

    Rows with a name show it, at times with a column asked for besides; rows without one show their number.

    Args:
        draw: the draw.
        table: the table the rows are of.
        more: chance of further columns.
    """
    view, rng = draw.view, draw.rng
    label = view.words(table).label
    others = view.columns(table, "category", "measure", "date", "timestamp", "text")
    extra = rng.sample(others, 1) if others and rng.random() < more else []
    if named_plainly(draw, table):
        if not extra:
            remark = say(rng, "only_cols", cols=say_columns(draw, table, [label])) if rng.random() < 0.2 else ""
            return [col(table, label)], remark
        if rng.random() < 0.5:
            return [col(table, label), col(table, extra[0])], say(
                rng, "with_cols", cols=say_columns(draw, table, extra)
            )
        names = [label, *extra]
    else:
        names = list(dict.fromkeys([*row_names(draw, table), *extra]))
    return [col(table, name) for name in names], say(rng, "only_cols", cols=say_columns(draw, table, names))


def label_words(draw: Draw, table: str) -> dict[str, str]:
    """Slots `label` and `labels`: what the column that names a row is called."""
    words = draw.view.words(table)
    name = words.columns[words.label].name if words.label else "number"
    return {"label": name, "labels": plural(name)}
