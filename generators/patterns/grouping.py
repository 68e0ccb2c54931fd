"""Stage 2: counts and aggregates per group, in the group's order, by size, or as they come."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from generators.draw import Draw
from generators.expr import ordered, select, sql
from generators.pattern import Sketch, grouped, pattern
from generators.patterns.basics import total
from generators.phrases import join_sentences, say, say_bare
from generators.subject import Dimension, Measure, Subject, children_counted, unambiguous

COUNT = "COUNT(*)"


def aggregate_of(draw: Draw, measure: Measure) -> tuple[str, exp.Expr]:
    """An aggregate of a measure, said and written: "average rate", AVG(rate)."""
    rng = draw.rng
    if measure.additive and rng.random() < 0.55:
        return total(draw, measure), sql("SUM(:m)", m=measure.sql)
    kind = rng.choice(("AVG", "AVG", "AVG", "MAX", "MIN"))
    most, least = rng.choice(measure.most)
    word = {"AVG": rng.choice(("average", "average", "mean")), "MAX": most, "MIN": least}[kind]
    return f"{word} {measure.name}", sql(f"{kind}(:m)", m=measure.sql)


def say_figure(
    draw: Draw, operation: str, subject: Subject, dimension: Dimension, measure: Measure, said: str, **slots: str
) -> str:
    """A phrase about a figure per group; where the figure's name tells the rows, at times without naming them."""
    slots.update(dim=dimension.name, dims=dimension.names, agg=said)
    unless = dimension.unfit if operation == "group_agg" else None
    bare = draw.bare_name(subject, measure, said)
    # "Parks with a mean elevation below 700 m" is about the parks; a revenue per hotel is still that of its bills.
    bare = "" if dimension.joins and said not in measure.total else bare
    if bare and draw.rng.random() < 0.5:
        return say_bare(draw.rng, operation, unless, **{**slots, "agg": bare, "total": bare})
    return say(draw.rng, operation, unless, subject=subject.said(), total=said, **slots)


def by_size(draw: Draw, question: str, value: exp.Expr, kind: str, *, nullable: bool) -> tuple[str, exp.Expr]:
    """A remark that asks for the groups by their figure, and the sort key for it."""
    down = draw.rng.random() < 0.75
    remark = say(draw.rng, f"by_{kind}_{'down' if down else 'up'}")
    return join_sentences(question, remark), ordered(value, descending=down, nullable=nullable)


def _in_order(draw: Draw, question: str, dimension: Dimension, value: exp.Expr, kind: str, *, nullable: bool = False
              ) -> tuple[str, dict[str, Any]]:  # fmt: skip
    """At times an order asked for: by the figure, or by the group's name."""
    if dimension.ordered or draw.rng.random() < 0.6:
        return question, {}
    if draw.rng.random() < 0.8:
        question, key = by_size(draw, question, value, kind, nullable=nullable)
        return question, {"order": [key]}
    remark = say(draw.rng, "by_dim", dim=dimension.name)
    return join_sentences(question, remark), {"order": [ordered(dimension.columns[0], descending=False)]}


@pattern(2, "count", "group_by", weight=2.6)
def group_count(draw: Draw) -> Sketch | None:
    """How many rows per group."""
    subject = draw.subject(most=1)
    dimension = draw.dimension(subject, "category", "label", "time", "part")
    if dimension is None:
        return None
    slots = {"subject": subject.said(), "dim": dimension.name, "dims": dimension.names}
    link = dimension.link
    if link is not None and not subject.conditions and draw.rng.random() < 0.3:
        # Asked of every parent, those without rows are among them.
        value = children_counted(draw.view, link)
        question, parts = _in_order(draw, say(draw.rng, "group_count_each", **slots), dimension, value, "count")
        joins = unambiguous(draw.view, link.parent, (link.down,))
        columns = [*dimension.columns, value]
        return Sketch(question, select(columns, link.parent, joins, group=dimension.group, outer=True, **parts))
    question = say(draw.rng, "group_count", dimension.unfit, **slots)
    question, parts = _in_order(draw, question, dimension, sql(COUNT), "count")
    return Sketch(question, grouped(subject, dimension, [sql(COUNT)], **parts))


@pattern(2, "group_by", weight=2.8, may=("rounding",))
def group_aggregate(draw: Draw) -> Sketch | None:
    """A measure's aggregate per group."""
    rng = draw.rng
    subject = draw.subject(most=1)
    measure, dimension = draw.measure(subject), draw.dimension(subject, "category", "label", "time", "part")
    if measure is None or dimension is None:
        return None
    said, value = aggregate_of(draw, measure)
    question = say_figure(draw, "group_agg", subject, dimension, measure, said)
    shown = value
    if isinstance(value, exp.Avg) and rng.random() < 0.35:
        operation, digits = rng.choice((("round_one", 1), ("round_two", 2)))
        question = join_sentences(question, say(rng, operation))
        shown = sql(f"ROUND(:v, {digits})", v=value)
    question, parts = _in_order(draw, question, dimension, value, "value", nullable=measure.nullable)
    return Sketch(question, grouped(subject, dimension, [shown], **parts))


@pattern(2, "group_by", weight=0.6)
def group_several(draw: Draw) -> Sketch | None:
    """A count and an average per group."""
    subject = draw.subject(most=1)
    measure, dimension = draw.measure(subject), draw.dimension(subject)
    if measure is None or dimension is None:
        return None
    slots = {"subject": subject.said(), "measure": measure.name, "dim": dimension.name}
    question = say(draw.rng, "group_several", dimension.unfit, **slots)
    return Sketch(question, grouped(subject, dimension, [sql(COUNT), sql("AVG(:m)", m=measure.sql)]))


@pattern(2, "group_by", weight=0.5)
def group_two(draw: Draw) -> Sketch | None:
    """A count per combination of two groups."""
    subject = draw.subject(most=1)
    first, second = _two_dimensions(draw, subject)
    if first is None or second is None:
        return None
    columns = [*first.columns, *second.columns, sql(COUNT)]
    query = subject.query(columns, *first.joins, *second.joins, group=[*first.group, *second.group])
    return Sketch(say(draw.rng, "group_two", subject=subject.said(), dim=first.name, second=second.name), query)


def _two_dimensions(draw: Draw, subject: Subject) -> tuple[Dimension | None, Dimension | None]:
    """Two things to group by of which neither decides the other."""
    first, second = draw.dimension(subject, "category", "label"), draw.dimension(subject, "category")
    if first is None or second is None or first.name == second.name:
        return None, None
    tables = [item.columns[0].find(exp.Column) for item in (first, second)]
    if tables[0] is None or tables[1] is None or (tables[0].table == tables[1].table != subject.table):
        return None, None
    return (None, None) if first.settles(second) or second.settles(first) else (first, second)


@pattern(2, "group_by", "order_limit", weight=0.6)
def busiest_period(draw: Draw) -> Sketch | None:
    """The busiest period: the month, quarter, year or weekday with the most rows or the largest figure."""
    rng = draw.rng
    subject = draw.subject(most=1)
    dimension = draw.dimension(subject, "time", "time", "part")
    if dimension is None:
        return None
    measure = draw.measure(subject, additive=True)
    slots = {"subject": subject.said(), "dim": dimension.name, "dims": dimension.names}
    if measure is None or rng.random() < 0.6:
        question, value = say(rng, "most_count", **slots), sql(COUNT)
        question = question.replace("Where are there", "When are there")
    else:
        words = {"most": rng.choice(("highest", "largest", "biggest")), "end": "top", "first_place": "first"}
        question = say(rng, "most_agg", agg=total(draw, measure), **words, **slots).replace("Where is", "When is")
        value = sql("SUM(:m)", m=measure.sql)
    values = []
    if rng.random() < 0.35:
        question, values = join_sentences(question, say(rng, "and_count" if value.find(exp.Count) else "and_value",
                                                        dim=dimension.name)), [value]  # fmt: skip
    key = ordered(value, descending=True, nullable=measure is not None and measure.nullable)
    return Sketch(question, grouped(subject, dimension, values, order=[key], limit=1))
