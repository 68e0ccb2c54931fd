"""Stage 4: queries within queries: compared with an average, sets, named steps."""

from __future__ import annotations

from sqlglot import exp

from generators.expr import col, literal, ordered, select, sql
from generators.pattern import Sketch, grouped, pattern, shown_columns
from generators.patterns.basics import total
from generators.patterns.functions import extra_condition, rounded
from generators.patterns.grouping import ask_for, link_test, linked
from generators.phrases import say
from generators.subject import Dimension, Draw, Subject

COUNT = "COUNT(*)"


def _shown(draw: Draw, table: str) -> tuple[list[exp.Expr], str]:
    """The label alone, or columns asked for by name where rows have no label."""
    labels = draw.labels(table)
    if labels:
        return list(labels), ""
    columns, said = shown_columns(draw, table, 2)
    return columns, say(draw.rng, "with_cols", cols=f"the {said}")


@pattern(4, "scalar_subquery", weight=1.6)
def against_average(draw: Draw) -> Sketch | None:
    """Rows above or below the average over all rows; listed or counted."""
    rng = draw.rng
    subject = draw.subject(most=1, join=0.15)
    measure = draw.measure(subject.table)
    if measure is None:
        return None
    above = rng.random() < 0.65
    mean = select([sql("AVG(:m)", m=measure.sql)], subject.table)
    test = sql(f":m {'>' if above else '<'} :s", m=measure.sql, s=exp.Subquery(this=mean))
    operation = "above_average" if above else "below_average"
    words = draw.view.words(subject.table)
    phrase = say(rng, operation, subject=subject.said(), measure=measure.name, many=words.many, one=words.one)
    if rng.random() < 0.4:
        return Sketch(say(rng, "count_phrase", phrase=phrase), subject.query([sql(COUNT)], where=(test,)))
    columns, suffix = _shown(draw, subject.table)
    return Sketch(ask_for(draw, phrase, suffix), subject.query(columns, where=(test,)))


@pattern(4, "scalar_subquery", weight=0.8)
def at_extreme(draw: Draw) -> Sketch | None:
    """All rows that share the highest or lowest value."""
    rng = draw.rng
    subject = draw.subject(most=0)
    measure = draw.measure(subject.table)
    if measure is None:
        return None
    kind, most = rng.choice((("MAX", "highest"), ("MAX", "largest"), ("MIN", "lowest"), ("MIN", "smallest")))
    best = select([sql(f"{kind}(:m)", m=measure.sql)], subject.table)
    test = sql(":m = :s", m=measure.sql, s=exp.Subquery(this=best))
    phrase = say(rng, "at_extreme", subject=subject.said(), measure=measure.name, most=most)
    if rng.random() < 0.4:
        return Sketch(say(rng, "count_phrase", phrase=phrase), subject.query([sql(COUNT)], where=(test,)))
    columns, suffix = _shown(draw, subject.table)
    return Sketch(ask_for(draw, phrase, suffix), subject.query(columns, where=(test,)))


@pattern(4, "correlated", "scalar_subquery", weight=0.7)
def against_group_average(draw: Draw) -> Sketch | None:
    """Rows above the average of their own group."""
    rng, view = draw.rng, draw.view
    subject = draw.subject(most=0)
    measure = draw.measure(subject.table)
    columns = view.columns(subject.table, "category")
    if measure is None or not columns or not isinstance(measure.sql, exp.Column):
        return None
    name = rng.choice(columns)
    inner = exp.select(sql("AVG(:m)", m=col("peer", measure.sql.name)))
    inner = inner.from_(exp.alias_(exp.to_table(subject.table), "peer", table=True))
    inner = inner.where(exp.EQ(this=col("peer", name), expression=col(subject.table, name)))
    test = exp.GT(this=measure.sql.copy(), expression=exp.Subquery(this=inner))
    dim = view.column_words(subject.table, name).name
    phrase = say(rng, "above_group_average", subject=subject.said(), measure=measure.name, dim=dim)
    shown, suffix = _shown(draw, subject.table)
    return Sketch(ask_for(draw, phrase, suffix), subject.query(shown, where=(test,)))


def counts_per_group(draw: Draw) -> tuple[Subject, Dimension, exp.Select] | None:
    """A subject, a dimension and the query of the group's counts as `n`."""
    subject = draw.subject(most=1)
    dimension = draw.dimension(subject.table, "label", "category")
    if dimension is None:
        return None
    counted = exp.alias_(sql(COUNT), "n")
    return subject, dimension, grouped(subject, dimension, [counted], show=False)


@pattern(4, "cte", weight=1.3)
def average_of_counts(draw: Draw) -> Sketch | None:
    """The average or largest number of rows per group."""
    rng = draw.rng
    drawn = counts_per_group(draw)
    if drawn is None:
        return None
    subject, dimension, inner = drawn
    mean = rng.random() < 0.7
    operation = "avg_of_counts" if mean else "max_of_counts"
    question = say(rng, operation, subject=subject.said(), dim=dimension.name)
    value: exp.Expr = sql("AVG(n)" if mean else "MAX(n)")
    if mean:
        value, question = rounded(draw, value, question, often=0.4)
    return Sketch(question, exp.select(value).from_("counts").with_("counts", as_=inner))


@pattern(4, "cte", weight=0.8)
def average_of_sums(draw: Draw) -> Sketch | None:
    """The average total per group."""
    subject = draw.subject(most=1)
    measure = draw.measure(subject.table, additive=True)
    dimension = draw.dimension(subject.table, "label", "category")
    if measure is None or dimension is None:
        return None
    summed = exp.alias_(sql("SUM(:m)", m=measure.sql), "total")
    inner = grouped(subject, dimension, [summed], show=False)
    question = say(draw.rng, "avg_of_sums", subject=subject.said(), dim=dimension.name, total=total(draw, measure))
    value, question = rounded(draw, sql("AVG(total)"), question, often=0.4)
    return Sketch(question, exp.select(value).from_("totals").with_("totals", as_=inner))


@pattern(4, "cte", "scalar_subquery", weight=0.8)
def groups_above_average(draw: Draw) -> Sketch | None:
    """Groups with more rows than the average group."""
    subject = draw.subject(most=1)
    dimension = draw.dimension(subject.table, "label", "category")
    if dimension is None:
        return None
    named = [exp.alias_(dimension.columns[0].copy(), "name"), exp.alias_(sql(COUNT), "n")]
    inner = subject.query(named, *dimension.joins, group=dimension.group)
    test = sql("n > :s", s=exp.Subquery(this=exp.select(sql("AVG(n)")).from_("counts")))
    outer = exp.select("name").from_("counts").where(test).with_("counts", as_=inner)
    slots = {"subject": subject.said(), "dims": dimension.names, "dim": dimension.name}
    return Sketch(say(draw.rng, "groups_above_average", **slots), outer)


@pattern(4, "set_operation", weight=1.2)
def groups_in_both(draw: Draw) -> Sketch | None:
    """Groups that have two kinds of rows, or one kind and not the other."""
    rng = draw.rng
    base = draw.subject(most=0)
    dimension = draw.dimension(base.table, "category", "label")
    first, second = extra_condition(draw, base), extra_condition(draw, base)
    if dimension is None or first is None or second is None or first.sql == second.sql:
        return None
    if {c.name for c in dimension.columns} & {*first.columns, *second.columns}:
        return None
    sides = [base.query(dimension.columns, *dimension.joins, where=(item.sql,)) for item in (first, second)]
    both = rng.random() < 0.5
    kind = exp.Intersect if both else exp.Except
    query = kind(this=sides[0], expression=sides[1], distinct=True)
    said = {"first": first.phrase.format(base.many), "second": second.phrase.format(base.many)}
    slots = {"dims": dimension.names, "dim": dimension.name}
    return Sketch(say(rng, "intersect" if both else "except", **said, **slots), query)


@pattern(4, "exists", weight=1.0)
def parents_with_both(draw: Draw) -> Sketch | None:
    """Parents that have two kinds of children, or one and not the other."""
    rng, view = draw.rng, draw.view
    drawn = linked(draw, most=0)
    if drawn is None:
        return None
    link, base = drawn
    first, second = extra_condition(draw, base), extra_condition(draw, base)
    if first is None or second is None or first.sql == second.sql:
        return None
    tests: list[exp.Expr] = [
        exp.Exists(this=base.query([literal(1)], where=(*link_test(link), item.sql))) for item in (first, second)
    ]
    both = rng.random() < 0.5
    tests[1] = tests[1] if both else exp.Not(this=tests[1])
    said = {"first": first.phrase.format(base.many), "second": second.phrase.format(base.many)}
    phrase = say(rng, "has_both" if both else "has_but_not", parent=view.words(link.parent).many, **said)
    query = select(draw.labels(link.parent), link.parent, where=tests)
    return Sketch(ask_for(draw, phrase), query)


@pattern(4, "multi_cte", weight=0.6)
def best_group_against_average(draw: Draw) -> Sketch | None:
    """Groups whose total is above the average total, in two named steps."""
    subject = draw.subject(most=1)
    measure = draw.measure(subject.table, additive=True)
    dimension = draw.dimension(subject.table, "label", "category")
    if measure is None or dimension is None:
        return None
    named = [exp.alias_(dimension.columns[0].copy(), "name"), exp.alias_(sql("SUM(:m)", m=measure.sql), "total")]
    totals = subject.query(named, *dimension.joins, group=dimension.group)
    mean = exp.select(exp.alias_(sql("AVG(total)"), "mean")).from_("totals")
    outer = exp.select(exp.column("name"), exp.column("total")).from_("totals").join("average", join_type="cross")
    outer = outer.where(sql("total > mean")).order_by(ordered(exp.column("total"), descending=True))
    query = outer.with_("totals", as_=totals).with_("average", as_=mean)
    said = total(draw, measure)
    first = draw.rng.choice(("highest", "largest"))
    question = (f"Which {dimension.names} have an above-average {said} of {subject.said()}? "
                f"Show the {dimension.name} and the figure, {first} first.")  # fmt: skip
    return Sketch(question, query)
