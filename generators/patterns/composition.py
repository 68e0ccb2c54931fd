"""Stage 4: queries within queries: compared with an average, sets, named steps."""

from __future__ import annotations

import re

from sqlglot import exp

from generators.condition import Condition
from generators.draw import Draw
from generators.expr import col, ordered, select, sql
from generators.pattern import Sketch, grouped, identity, pattern, present
from generators.patterns.basics import total
from generators.patterns.linking import ask_for
from generators.patterns.shares import rounded
from generators.phrases import join_sentences, say, say_count
from generators.subject import Dimension, Subject, modify

COUNT = "COUNT(*)"


_ANY = re.compile(r"\b(?:Are there|any)\b")
"""Some row is always above the average, or at the extreme: whether there are any is no question."""


def _asked(draw: Draw, subject: Subject, phrase: str, test: exp.Expr) -> Sketch:
    """Rows under one more test, said by a phrase with `{}` for the noun: counted or listed."""
    own = Condition(phrase, test, "compare")
    # Last, so that no clause of the rows' own comes to stand after "the average of all".
    said = modify(subject.said(), (own,))
    if draw.rng.random() < 0.35:
        return Sketch(say_count(draw.rng, said, _ANY), subject.query([sql(COUNT)], where=(test,)))
    columns, remark = identity(draw, subject.table)
    return Sketch(ask_for(draw, said, subject.table, remark), subject.query(columns, where=(test,)))


@pattern(4, "scalar_subquery", weight=1.8)
def against_average(draw: Draw) -> Sketch | None:
    """Rows above or below the average over all rows; listed or counted."""
    rng = draw.rng
    subject = draw.subject(most=1, join=0.15)
    measure = draw.measure(subject)
    if measure is None:
        return None
    above = rng.random() < 0.65
    mean = select([sql("AVG(:m)", m=measure.sql)], subject.table)
    test = sql(f":m {'>' if above else '<'} :s", m=measure.sql, s=exp.Subquery(this=mean))
    slots = {"subject": "{}", "measure": measure.name, "many": subject.many, "one": subject.one}
    return _asked(draw, subject, say(rng, "above_average" if above else "below_average", **slots), test)


@pattern(4, "scalar_subquery", weight=0.8)
def at_extreme(draw: Draw) -> Sketch | None:
    """All rows that share the highest or lowest value."""
    rng = draw.rng
    subject = draw.subject(most=0)
    measure = draw.measure(subject, ordinal=True)
    if measure is None:
        return None
    kind, place = rng.choice((("MAX", 0), ("MAX", 0), ("MIN", 1)))
    best = select([sql(f"{kind}(:m)", m=measure.sql)], subject.table)
    test = sql(":m = :s", m=measure.sql, s=exp.Subquery(this=best))
    # What is no amount is high or low at most: nobody says "the biggest attempt number".
    most = (("highest", "lowest") if measure.ordinal else rng.choice(measure.most))[place]
    return _asked(draw, subject, say(rng, "at_extreme", subject="{}", measure=measure.name, most=most), test)


@pattern(4, "correlated", "scalar_subquery", weight=0.9)
def against_group_average(draw: Draw) -> Sketch | None:
    """Rows above the average of their own group: of a category, or of what they belong to."""
    rng, view = draw.rng, draw.view
    subject = draw.subject(most=0)
    measure = draw.measure(subject)
    if measure is None or not isinstance(measure.sql, exp.Column):
        return None
    groups = [
        (link.key.columns[0], draw.noun(link.parent)[0]) for link in view.parents(subject.table)
        if len(link.key.columns) == 1
    ]  # fmt: skip
    taken = {column for column, _ in groups} | set(view.table(subject.table).primary_key)
    names = [c for c in view.columns(subject.table, "category") if c not in taken]
    groups += [(c, view.column_words(subject.table, c).name) for c in names]
    if not groups:
        return None
    column, dim = rng.choice(groups)
    inner = exp.select(sql("AVG(:m)", m=col("peer", measure.sql.name)))
    inner = inner.from_(exp.alias_(exp.to_table(subject.table), "peer", table=True))
    inner = inner.where(exp.EQ(this=col("peer", column), expression=col(subject.table, column)))
    test = exp.GT(this=measure.sql.copy(), expression=exp.Subquery(this=inner))
    return _asked(draw, subject, say(rng, "above_group_average", subject="{}", measure=measure.name, dim=dim), test)


def few_of_one(draw: Draw, subject: Subject) -> bool:
    """Whether the conditions name one parent that has too few rows for groups of them to say anything."""
    named = [link for link in draw.view.parents(subject.table) if subject.pins(link)]
    return any(draw.view.size(subject.table) < _MANY * draw.view.size(link.parent) for link in named)


_MANY = 20
"""Rows that a parent has on average from which on its groups say something."""


def _handful(draw: Draw, dimension: Dimension) -> bool:
    """Whether the groups are a handful of kinds: the average over three results is the total by another name."""
    column = dimension.group[-1]
    if dimension.kind != "category" or not isinstance(column, exp.Column):
        return False
    return len(draw.view.distinct(column.table, column.name)) < _HANDFUL


_HANDFUL = 5
"""Groups from which on a figure over them says something."""


def counts_per_group(draw: Draw) -> tuple[Subject, Dimension, exp.Select] | None:
    """A subject, a dimension and the query of the group's counts as `n`."""
    subject = draw.subject(most=1)
    dimension = draw.dimension(subject, "label", "category")
    if dimension is None or few_of_one(draw, subject) or _handful(draw, dimension):
        return None
    counted = exp.alias_(sql(COUNT), "n")
    return subject, dimension, grouped(subject, dimension, [counted], show=False, strict=True)


@pattern(4, "cte", weight=1.3)
def average_of_counts(draw: Draw) -> Sketch | None:
    """The average or largest number of rows per group."""
    rng = draw.rng
    drawn = counts_per_group(draw)
    if drawn is None:
        return None
    subject, dimension, inner = drawn
    mean = rng.random() < 0.7
    operation = "max_of_counts" if not mean else "avg_of_counts_any" if dimension.joins else "avg_of_counts"
    question = say(rng, operation, dimension.unfit, subject=subject.said(), dim=dimension.name)
    value: exp.Expr = sql("AVG(n)" if mean else "MAX(n)")
    if mean:
        value, question = rounded(draw, value, question, often=0.4)
    return Sketch(question, exp.select(value).from_("counts").with_("counts", as_=inner))


@pattern(4, "cte", weight=0.8)
def average_of_sums(draw: Draw) -> Sketch | None:
    """The average total per group."""
    subject = draw.subject(most=1)
    measure = draw.measure(subject, additive=True)
    dimension = draw.dimension(subject, "label", "category")
    if measure is None or dimension is None or few_of_one(draw, subject):
        return None
    summed = exp.alias_(sql("SUM(:m)", m=measure.sql), "total")
    inner = grouped(subject, dimension, [summed], show=False, strict=True)
    slots = {"subject": subject.said(), "dim": dimension.name, "dims": dimension.names}
    question = say(draw.rng, "avg_of_sums", total=total(draw, measure, whole=False), **slots)
    value, question = rounded(draw, sql("AVG(total)"), question, often=0.4)
    return Sketch(question, exp.select(value).from_("totals").with_("totals", as_=inner))


@pattern(4, "cte", "scalar_subquery", weight=0.8)
def groups_above_average(draw: Draw) -> Sketch | None:
    """Groups with more rows than the average group."""
    subject = draw.subject(most=1)
    dimension = draw.dimension(subject, "label", "category")
    if dimension is None or few_of_one(draw, subject):
        return None
    named = [exp.alias_(dimension.columns[0].copy(), "name"), exp.alias_(sql(COUNT), "n")]
    inner = subject.query(named, *dimension.joins, group=dimension.group, where=present(subject, dimension))
    test = sql("n > :s", s=exp.Subquery(this=exp.select(sql("AVG(n)")).from_("counts")))
    outer = exp.select("name").from_("counts").where(test).with_("counts", as_=inner)
    slots = {"subject": subject.said(), "dims": dimension.names, "dim": dimension.name}
    question = say(draw.rng, "groups_above_average", **slots)
    if dimension.joins:  # one without rows is no group, and not in the average
        question = join_sentences(question, say(draw.rng, "with_any", **slots))
    return Sketch(question, outer)


@pattern(4, "multi_cte", weight=0.8)
def best_group_against_average(draw: Draw) -> Sketch | None:
    """Groups whose total is above the average total, in two named steps."""
    rng = draw.rng
    subject = draw.subject(most=1)
    measure = draw.measure(subject, additive=True)
    dimension = draw.dimension(subject, "label", "category")
    if measure is None or dimension is None or few_of_one(draw, subject):
        return None
    named = [exp.alias_(dimension.columns[0].copy(), "name"), exp.alias_(sql("SUM(:m)", m=measure.sql), "total")]
    where = present(subject, dimension)
    totals = subject.query(named, *dimension.joins, group=dimension.group, where=where)
    mean = exp.select(exp.alias_(sql("AVG(total)"), "mean")).from_("totals")
    slots = {"dims": dimension.names, "dim": dimension.name, "total": total(draw, measure)}
    question = say(rng, "sums_above_average", subject=subject.said(), **slots)
    columns = [exp.column("name")]
    if rng.random() < 0.5:
        columns.append(exp.column("total"))
        question = join_sentences(question, say(rng, "and_value", dim=dimension.name))
    outer = exp.select(*columns).from_("totals").join("average", join_type="cross").where(sql("total > mean"))
    if rng.random() < 0.5:
        question = join_sentences(question, say(rng, "by_value_down"))
        outer = outer.order_by(ordered(exp.column("total"), descending=True))
    return Sketch(question, outer.with_("totals", as_=totals).with_("average", as_=mean))
