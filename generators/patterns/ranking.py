"""Stage 2: the groups with the most or the largest, and those above or below a bound."""

from __future__ import annotations

import random
import re
from typing import Any

from sqlglot import exp

from generators.draw import Draw
from generators.expr import col, literal, ordered, select, sql
from generators.pattern import Sketch, grouped, pattern
from generators.patterns.basics import total
from generators.patterns.grouping import aggregate_of, by_size, say_figure
from generators.patterns.sorting import direction
from generators.phrases import join_sentences, number, say
from generators.subject import Dimension, Subject, children_counted, unambiguous
from generators.view import Link

COUNT = "COUNT(*)"


def _groups(draw: Draw) -> tuple[Subject, Dimension] | None:
    """Rows and what to group them by: a category, or more often the rows they belong to."""
    subject = draw.subject(most=1)
    dimension = draw.dimension(subject, "category", "label")
    return (subject, dimension) if dimension is not None else None


def _slots(subject: Subject, dimension: Dimension) -> dict[str, str]:
    return {"subject": subject.said(), "dim": dimension.name, "dims": dimension.names}


@pattern(2, "count", "group_by", "order_limit", weight=2.0)
def most_frequent(draw: Draw) -> Sketch | None:
    """The groups with the most or the fewest rows."""
    rng = draw.rng
    drawn = _groups(draw)
    if drawn is None:
        return None
    subject, dimension = drawn
    count = rng.choice((1, 1, 1, 3, 5))
    down = count > 1 or rng.random() < 0.75
    operation = "top_count" if count > 1 else "most_count" if down else "least_count"
    question = say(rng, operation, dimension.unfit, n=number(rng, count), **_slots(subject, dimension))
    values: list[exp.Expr] = []
    if operation == "least_count" and dimension.joins:
        question = join_sentences(question, say(rng, "with_any", **_slots(subject, dimension)))
    if operation == "most_count" and dimension.link is not None and rng.random() < 0.4:
        question = _most_linked(draw, subject, dimension) or question
    if rng.random() < 0.35:
        question, values = join_sentences(question, say(rng, "and_count", dim=dimension.name)), [sql(COUNT)]
    order = [ordered(sql(COUNT), descending=down)]
    return Sketch(question, grouped(subject, dimension, values, strict=True, order=order, limit=count))


_DONE = re.compile(r"^\{parent\} (?:that|who) (\w+ed|made|had|got|drew|sold)\b|^\{parent\} with ")


def _most_linked(draw: Draw, subject: Subject, dimension: Dimension) -> str:
    """With the verb of the link: "which subscriber made the most calls"; empty where none reads well."""
    link = dimension.link
    assert link is not None  # noqa: S101 (the caller looked)
    if draw.person(link.parent) and draw.rng.random() < 0.4:
        return say(draw.rng, "most_who", subject=subject.said(), dim=dimension.name)
    phrases = [phrase for phrase in link.words.has if _DONE.match(phrase)]
    if not phrases:
        return ""
    phrase, slots = draw.rng.choice(phrases), {"parent": dimension.name, "child": f"the most {subject.said()}"}
    if draw.rng.random() < 0.5:
        # In the link's words only: the rows' own conditions keep their "that" and "with".
        asked = phrase.replace(" that ", " ", 1).replace(" who ", " ", 1).replace(" with ", " has ", 1)
        return f"Which {asked.format(**slots)}?"
    return say(draw.rng, "most_linked", phrase=phrase.format(**slots))


@pattern(2, "group_by", "order_limit", weight=1.8)
def most_by_aggregate(draw: Draw) -> Sketch | None:
    """The groups with the highest or lowest aggregate."""
    rng = draw.rng
    drawn = _groups(draw)
    if drawn is None:
        return None
    subject, dimension = drawn
    measure = draw.measure(subject)
    if measure is None:
        return None
    said, value = aggregate_of(draw, measure)
    if isinstance(value, (exp.Max, exp.Min)):
        return None
    down, words = direction(draw)
    if isinstance(value, exp.Sum) and dimension.joins and not down:
        return None  # the lowest total is that of whoever has none
    count = rng.choice((1, 1, 1, 3, 5))
    operation = "top_agg" if count > 1 else "most_agg"
    question = say_figure(draw, operation, subject, dimension, measure, said, n=number(rng, count), **words)
    values = []
    if rng.random() < 0.35:
        question, values = join_sentences(question, say(rng, "and_value", dim=dimension.name)), [value]
    order = [ordered(value, descending=down, nullable=measure.nullable)]
    return Sketch(question, grouped(subject, dimension, values, strict=True, order=order, limit=count))


_HAVING = (("having_more", ">"), ("having_more", ">"), ("having_at_least", ">="), ("having_at_least", ">="),
           ("having_less", "<"), ("having_exact", "="), ("having_repeat", ">"), ("having_one", "="))  # fmt: skip


@pattern(2, "group_by", "having", weight=1.8)
def having_count(draw: Draw) -> Sketch | None:
    """Groups with more, at least, fewer than or exactly n rows."""
    rng = draw.rng
    drawn = _groups(draw)
    if drawn is None:
        return None
    subject, dimension = drawn
    operation, sign = rng.choice(_HAVING)
    link = dimension.link
    if sign == "<" and link is not None and not subject.conditions and rng.random() < 0.5:
        return _fewer(draw, link, subject, dimension)
    bound = 1 if operation in {"having_repeat", "having_one"} else _count_bound(draw, subject, dimension)
    if sign == "<":
        bound = max(bound, 3)  # some, but fewer than two, is one
    question = say(rng, operation, n=number(rng, bound), **_slots(subject, dimension))
    values: list[exp.Expr] = []
    parts: dict[str, Any] = {"having": sql(f"COUNT(*) {sign} :n", n=literal(bound))}
    if rng.random() < 0.4 and sign != "=":
        question, values = join_sentences(question, say(rng, "and_count", dim=dimension.name)), [sql(COUNT)]
        if rng.random() < 0.4:
            question, key = by_size(draw, question, sql(COUNT), "count", nullable=False)
            parts["order"] = [key]
    return Sketch(question, grouped(subject, dimension, values, strict=True, **parts))


def _fewer(draw: Draw, link: Link, children: Subject, dimension: Dimension) -> Sketch:
    """Parents with fewer than n children, those without any among them."""
    bound = _count_bound(draw, children, dimension)
    value = children_counted(draw.view, link)
    question = say(draw.rng, "having_fewer", n=number(draw.rng, bound), **_slots(children, dimension))
    joins = unambiguous(draw.view, link.parent, (link.down,))
    having = sql(":v < :n", v=value, n=literal(bound))
    query = select(dimension.columns, link.parent, joins, group=dimension.group, having=having, outer=True)
    return Sketch(question, query)


def _count_bound(draw: Draw, subject: Subject, dimension: Dimension) -> int:
    """A bound near the number of rows that a group has on average, in round figures."""
    column = dimension.group[-1]
    groups = len(draw.view.distinct(column.table, column.name)) if isinstance(column, exp.Column) else 5
    typical = draw.view.size(subject.table) / max(groups, 1) / (1 + 2 * len(subject.conditions))
    near = [n for n in (2, 3, 4, 5, 6, 8, 10, 15, 20, 25, 30, 40, 50, 100) if typical / 3 <= n <= typical * 2]
    return draw.rng.choice(near or [2, 3])


@pattern(2, "group_by", "having", weight=1.2)
def having_aggregate(draw: Draw) -> Sketch | None:
    """Groups whose aggregate is above or below a bound, at times with the figure, largest first."""
    rng = draw.rng
    drawn = _groups(draw)
    if drawn is None:
        return None
    subject, dimension = drawn
    measure = draw.measure(subject)
    if measure is None or not isinstance(measure.sql, exp.Column):
        return None
    said, value = aggregate_of(draw, measure)
    cells = [float(v) for v in draw.view.values[subject.table, measure.sql.name]]
    typical = sum(cells) / len(cells)
    bound = _round_bound(rng, typical * (len(cells) / 8 if isinstance(value, exp.Sum) else rng.uniform(0.8, 1.2)))
    # A group without rows adds up to less than anything, and is not there.
    upwards = isinstance(value, exp.Sum) and dimension.joins
    sign, than = rng.choice([item for item in _THAN if not upwards or item[0].startswith(">")])
    article = "the" if isinstance(value, (exp.Max, exp.Min)) else "an" if said[0] in "aeio" else "a"
    slots = {"article": article, "than": than}
    unit = f" {measure.unit}" if measure.unit and measure.unit != "points" and rng.random() < 0.4 else ""
    slots["n"] = f"{bound:,}{unit}" if unit else str(bound)
    operation = "having_extreme" if article == "the" else "having_agg"
    question, values = say_figure(draw, operation, subject, dimension, measure, said, **slots), []
    parts: dict[str, Any] = {"having": sql(f":v {sign} :n", v=value, n=literal(bound))}
    if rng.random() < 0.45:
        question, values = join_sentences(question, say(rng, "and_value", dim=dimension.name)), [value]
        if rng.random() < 0.5:
            question, key = by_size(draw, question, value, "value", nullable=measure.nullable)
            parts["order"] = [key]
    return Sketch(question, grouped(subject, dimension, values, strict=True, **parts))


_THAN = ((">", "above"), (">", "over"), (">", "more than"), (">", "higher than"), (">=", "at least"), ("<", "below"),
         ("<", "under"), ("<", "less than"), ("<=", "at most"))  # fmt: skip


def _round_bound(rng: random.Random, value: float) -> int:
    step = 10 ** max(len(str(int(abs(value)))) - rng.choice((1, 2)), 0)
    return int(round(value / step) * step) or 1


@pattern(2, "group_by", weight=0.5)
def last_per_group(draw: Draw) -> Sketch | None:
    """The latest or the earliest date per group."""
    rng, view = draw.rng, draw.view
    tables = [t for t in view.subjects if view.columns(t, "date", "timestamp")]
    if not tables:
        return None
    subject = draw.subject(draw.table(tables), most=1)
    dimension = draw.dimension(subject, "label", "category")
    names = [c for c in view.columns(subject.table, "date", "timestamp") if f"{subject.table}.{c}" not in subject.fixed]
    names = [c for c in names if (subject.table, c) not in view.nulls]  # the latest of open ends is none of them
    if dimension is None or not names:
        return None
    name = rng.choice(names)
    words = view.column_words(subject.table, name)
    kind = rng.choice(("MAX", "MAX", "MIN"))
    slots = {"subject": subject.said(), "column": rng.choice((words.name, *words.synonyms)), "dim": dimension.name}
    question = say(rng, "last_each" if kind == "MAX" else "first_each", **slots)
    return Sketch(question, grouped(subject, dimension, [sql(f"{kind}(:c)", c=col(subject.table, name))]))


@pattern(2, "aggregate", "group_by", weight=0.5)
def several_per_group(draw: Draw) -> Sketch | None:
    """A count and a total per group, largest total first."""
    rng = draw.rng
    drawn = _groups(draw)
    if drawn is None:
        return None
    subject, dimension = drawn
    measure = draw.measure(subject, additive=True)
    if measure is None:
        return None
    said = total(draw, measure)
    question = say(rng, "count_sum_group", dimension.unfit, total=said, **_slots(subject, dimension))
    value = sql("SUM(:m)", m=measure.sql)
    parts: dict[str, Any] = {}
    if rng.random() < 0.5:
        question = join_sentences(question, rng.choice((" {t}, highest first.", " Largest {t} first.")).format(t=said))
        parts["order"] = [ordered(value, descending=True, nullable=measure.nullable)]
    return Sketch(question, grouped(subject, dimension, [sql(COUNT), value], **parts))
