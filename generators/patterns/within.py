"""Stages 4 and 5: groups beside the whole, and figures ranked or followed within each group."""

from __future__ import annotations

from sqlglot import exp

from generators.draw import Draw
from generators.expr import ordered, sql
from generators.pattern import Sketch, pattern, present
from generators.patterns.analytics import figure, may_be_missing
from generators.patterns.composition import few_of_one
from generators.patterns.periods import over_time, periods
from generators.phrases import join_sentences, say
from generators.subject import Dimension, Subject, alike, is_clause


@pattern(4, "scalar_subquery", "having", "group_by", weight=0.9)
def groups_against_all(draw: Draw) -> Sketch | None:
    """Groups whose average lies above or below the average of all the rows."""
    rng = draw.rng
    subject = draw.subject(most=1)
    measure = draw.measure(subject)
    dimension = draw.dimension(subject, "label", "category", "category")
    if measure is None or dimension is None or measure.rank or few_of_one(draw, subject):
        return None
    if alike(measure.name, subject.many):  # "downtime of downtimes"
        return None
    mean = sql("AVG(:m)", m=measure.sql)
    whole = exp.Subquery(this=subject.query([mean]))
    above = rng.random() < 0.7
    test = (exp.GT if above else exp.LT)(this=mean.copy(), expression=whole)
    values = [mean] if rng.random() < 0.4 else []
    query = subject.query(
        [*dimension.columns, *values], *dimension.joins, group=dimension.group, having=test,
        where=present(subject, dimension),
    )  # fmt: skip
    slots = {"subject": subject.said(), "dim": dimension.name, "dims": dimension.names, "measure": measure.name}
    slots["than"] = "above" if above else "below"
    question = say(rng, "groups_against_all", **slots)
    return Sketch(join_sentences(question, say(rng, "and_average")) if values else question, query)


def _two(draw: Draw, subject: Subject) -> tuple[Dimension, Dimension] | None:
    """An outer and an inner thing to group by, neither of which decides the other."""
    inner, outer = draw.dimension(subject, "label"), draw.dimension(subject, "category", "label")
    if inner is None or outer is None or inner.name == outer.name or outer.settles(inner):
        return None
    if any(len(item.group) > len(item.columns) for item in (outer, inner)):
        return None  # two of one name could not be told apart
    return outer, inner


@pattern(5, "window_rank", "group_by", weight=0.8)
def rank_within(draw: Draw) -> Sketch | None:
    """A figure of each inner group with its rank within the outer one: every room type's place in its hotel."""
    rng = draw.rng
    subject = draw.subject(most=1)
    two = _two(draw, subject)
    if two is None:
        return None
    outer, inner = two
    said, value = figure(draw, subject)
    dense = rng.random() < 0.2
    rank = exp.Window(
        this=sql("DENSE_RANK()" if dense else "RANK()"),
        partition_by=[item.copy() for item in outer.group],
        order=exp.Order(expressions=[ordered(value, descending=True, nullable=may_be_missing(draw, value))]),
    )
    group = list(dict.fromkeys([*outer.group, *inner.group]))
    columns = [*outer.columns, *inner.columns, value, rank]
    query = subject.query(columns, *outer.joins, *inner.joins, group=group, where=present(subject, outer))
    slots = {"outer": outer.name, "inner": inner.name, "agg": said, "subject": subject.said()}
    question = say(rng, "rank_within", **slots)
    return Sketch(join_sentences(question, say(rng, "without_gaps")) if dense else question, query)


@pattern(5, "window_lag", "cte", "group_by", weight=0.7)
def change_within(draw: Draw) -> Sketch | None:
    """How a figure changed from one period to the next within each group."""
    rng = draw.rng
    drawn = over_time(draw, "month", "quarter", "year", "year")
    if drawn is None:
        return None
    subject, time = drawn
    dimension = draw.dimension(subject, "category", "label")
    if dimension is None or dimension.nullable or len(dimension.group) > 1 or any(map(is_clause, subject.conditions)):
        return None
    held, whole = periods(draw.view.days(subject.table, time.sources[0].name), time.unit)
    groups = draw.view.size(dimension.sources[0].table)
    if held < whole or draw.view.size(subject.table) < 2 * held * min(groups, 3):
        return None  # too few rows for every group to have one in most periods
    said, value = figure(draw, subject)
    if may_be_missing(draw, value):
        return None
    period = exp.alias_(time.columns[0].copy(), "period")
    named = [exp.alias_(dimension.columns[0].copy(), "name"), period, exp.alias_(value, "value")]
    group = [*dimension.group, time.group[0]]
    inner = subject.query(named, *dimension.joins, group=group, where=present(subject, time))
    change = sql("value - LAG(value) OVER (PARTITION BY name ORDER BY period)")
    both = rng.random() < 0.4
    columns = [exp.column("name"), exp.column("period"), *([exp.column("value")] if both else []), change]
    query = exp.select(*columns).from_("steps").with_("steps", as_=inner)
    slots = {"subject": subject.said(), "agg": said, "dim": dimension.name, "one": time.unit}
    question = say(rng, "change_within_both" if both else "change_within", **slots)
    if time.of:
        question = join_sentences(question, say(rng, "dated_by", column=time.of))
    return Sketch(join_sentences(question, say(rng, "before_any", dim=time.unit, dims=f"{time.unit}s")), query)
