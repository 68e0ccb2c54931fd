"""Stage 5: ranks, the first of each group, shares of a total, percentiles, gaps between rows."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from generators.draw import Draw
from generators.expr import col, literal, ordered, sql
from generators.pattern import Sketch, grouped, pattern, present, say_columns, shown_columns
from generators.patterns.basics import total
from generators.patterns.grouping import say_figure
from generators.patterns.shares import rounded
from generators.patterns.sorting import direction, fitting, singular_reads, sort_keys
from generators.phrases import join_sentences, say
from generators.subject import Dimension, Subject, alike

COUNT = "COUNT(*)"


def figure(draw: Draw, subject: Subject) -> tuple[str, exp.Expr]:
    """A figure per group: the number of rows, or a measure's aggregate."""
    measure = draw.measure(subject)
    if measure is None or draw.rng.random() < 0.5:
        return draw.rng.choice(("number", "count")), sql(COUNT)
    if measure.additive and draw.rng.random() < 0.65:
        return total(draw, measure), sql("SUM(:m)", m=measure.sql)
    return f"average {measure.name}", sql("AVG(:m)", m=measure.sql)


def may_be_missing(draw: Draw, value: exp.Expr) -> bool:
    """Whether a figure of a group is NULL where nothing was measured."""
    columns = value.find_all(exp.Column)
    return any(draw.view.nullable(column.table, column.name) for column in columns if column.table)


def _from_the_top(question: str, words: Mapping[str, str], key: exp.Expr) -> list[exp.Expr]:
    """The order of a ranking that is asked for in it: a league table, or one "highest first"; else none."""
    listed = f"{words['first']} first" in question or "eague table" in question
    return [key.copy()] if listed else []


_FEW = 60
"""Rows a table has at most for the share of each in the whole to be worth a list."""
_RANKED = 4
"""Groups from which on people rank them."""


def _groups(draw: Draw, dimension: Dimension) -> int:
    """How many values a category or a name has."""
    column = dimension.sources[-1]
    return len(draw.view.distinct(column.table, column.name))


@pattern(5, "window_rank", weight=1.2)
def rank_groups(draw: Draw) -> Sketch | None:
    """Groups with an aggregate and their rank by it."""
    subject = draw.subject(most=1)
    dimension = draw.dimension(subject, "label", "category")
    if dimension is None or _groups(draw, dimension) < _RANKED:
        return None
    said, value = figure(draw, subject)
    down, words = direction(draw)
    key = ordered(value, descending=down, nullable=may_be_missing(draw, value))
    rank = exp.Window(this=sql("RANK()"), order=exp.Order(expressions=[key]))
    slots = {"subject": subject.said(), "agg": said, "dim": dimension.name, "dims": dimension.names}
    question = say(draw.rng, "rank", **slots, **words)
    order = _from_the_top(question, words, key)
    if not down and words["first"] not in question:
        question = join_sentences(question, " Rank 1 is the lowest.")
    return Sketch(question, grouped(subject, dimension, [value, rank], strict=True, order=order))


@pattern(5, "window_rank", weight=0.8)
def rank_rows(draw: Draw) -> Sketch | None:
    """Rows and their rank by a measure."""
    subject = draw.subject(most=1, join=0.5)
    measure = draw.measure(subject)
    if measure is None:
        return None
    down, words = direction(draw, measure.most)
    key = ordered(measure.sql, descending=down, nullable=measure.nullable)
    rank = exp.Window(this=sql("RANK()"), order=exp.Order(expressions=[key]))
    columns, said = shown_columns(draw, subject.table, 1)
    dense = draw.rng.random() < 0.25
    rank = exp.Window(this=sql("DENSE_RANK()"), order=rank.args["order"]) if dense else rank
    question = say(draw.rng, "rank_rows", subject=subject.said(), measure=measure.name, cols=f"the {said}", **words)
    order = _from_the_top(question, words, key)
    question = join_sentences(question, say(draw.rng, "without_gaps")) if dense else question
    return Sketch(question, subject.query([*columns, rank], order=order))


def _ranked(inner: exp.Select, names: list[str], count: int) -> exp.Select:
    """The rows of a named step whose place is 1, or at most `count`."""
    test = sql("place <= :n", n=literal(count)) if count > 1 else sql("place = 1")
    columns = [exp.column(name) for name in names]
    return exp.select(*columns).from_("ranked").where(test).with_("ranked", as_=inner)


@pattern(5, "top_per_group", "window_rank", weight=1.6)
def top_per_group(draw: Draw) -> Sketch | None:
    """The first row, or the first n, of each group."""
    rng = draw.rng
    subject = draw.subject(most=1, join=0.0)
    dimension = draw.dimension(subject, "label", "category")
    keys = [key for key in sort_keys(draw, subject.table) if key.highest and key.lowest]
    if dimension is None or not keys:
        return None
    key = rng.choice(keys)
    down, _ = direction(draw)
    count = 1 if rng.random() < 0.6 and singular_reads(subject) else rng.choice((2, 3))
    columns, said = shown_columns(draw, subject.table, 1, avoid=[c.name for c in dimension.columns])
    names = ["grp", *[f"shown{number or ''}" for number in range(len(columns))]]
    place = exp.Window(
        this=sql("RANK()"),
        partition_by=[item.copy() for item in dimension.group],
        order=exp.Order(expressions=[ordered(key.sql, descending=down)]),
    )
    sources = [dimension.columns[0], *columns]
    shown = [exp.alias_(item.copy(), name) for item, name in zip(sources, names, strict=True)]
    # Without it, all rows of a group that have none would share its first place.
    known = (sql(":c IS NOT NULL", c=key.sql),) if key.nullable else ()
    where = (*present(subject, dimension), *known)
    inner = subject.query([*shown, exp.alias_(place, "place")], *dimension.joins, where=where)
    noun = subject.said(subject.one if count == 1 else None)
    superlatives = fitting(key.highest if down else key.lowest, subject)
    if not superlatives:
        return None
    superlative = rng.choice(superlatives).format(noun)
    slots = {"dim": dimension.name, "cols": f"the {said}", "superlative": superlative}
    question = say(rng, "top_each" if count == 1 else "top_each_n", n=str(count), **slots)
    if rng.random() < 0.35:
        question = join_sentences(question, rng.choice((" Ties included.", " If there are ties, show them all.")))
    return Sketch(question, _ranked(inner, names, count))


@pattern(5, "top_per_group", "window_rank", weight=0.9)
def top_within(draw: Draw) -> Sketch | None:
    """The group with the largest figure within each larger group: the top caller of each city."""
    rng = draw.rng
    subject = draw.subject(most=1)
    inner, outer = draw.dimension(subject, "label"), draw.dimension(subject, "category", "label")
    if inner is None or outer is None or outer.settles(inner) or inner.name == outer.name:
        return None
    said, value = figure(draw, subject)
    if alike(said, subject.many):  # "recoveries in euros of recoveries"
        return None
    rank = exp.Window(
        this=sql("RANK()"),
        partition_by=[item.copy() for item in outer.group],
        order=exp.Order(expressions=[ordered(value, descending=True, nullable=may_be_missing(draw, value))]),
    )
    names = ["outer_name", "inner_name", "value"]
    sources = [outer.columns[0], inner.columns[0], value]
    shown = [exp.alias_(item.copy(), name) for item, name in zip(sources, names, strict=True)]
    group = list(dict.fromkeys([*outer.group, *inner.group]))
    where = present(subject, outer)
    ranked = subject.query([*shown, exp.alias_(rank, "place")], *outer.joins, *inner.joins, group=group, where=where)
    most = rng.choice(("highest", "largest", "biggest"))
    slots = {"outer": outer.name, "inner": inner.name, "agg": said, "most": most}
    return Sketch(say(rng, "top_within", subject=subject.said(), **slots), _ranked(ranked, names, 1))


@pattern(5, "window_lag", weight=0.35)
def since_previous(draw: Draw) -> Sketch | None:
    """For each row, the days since the row before of the same parent."""
    rng, view = draw.rng, draw.view
    tables = [t for t in view.subjects if view.columns(t, "date") and view.parents(t) and view.size(t) >= 40]
    tables = [t for t in tables if len(view.table(t).primary_key) == 1]
    if not tables:
        return None
    subject = draw.subject(draw.table(tables), most=1)
    table = subject.table
    links = [link for link in view.parents(table) if len(link.key.columns) == 1]
    if not links:
        return None
    names = [name for name in view.columns(table, "date") if name not in view.ends(table)]  # end to end, nobody asks
    if not names:
        return None
    link, name = rng.choice(links), rng.choice(names)
    source, key = col(table, name), view.table(table).primary_key[0]
    before = exp.Window(
        this=sql("LAG(:c)", c=source),
        partition_by=[col(table, link.key.columns[0])],
        order=exp.Order(expressions=[ordered(source, descending=False)]),
    )
    slots = {"cols": say_columns(draw, table, [key]), "column": view.column_words(table, name).name}
    question = say(rng, "since_previous", subject=subject.said(), one=draw.noun(link.parent)[0], **slots)
    # Rows that belong to nobody have no row before them, and would be one partition.
    owner = col(table, link.key.columns[0])
    owned = (sql(":c IS NOT NULL", c=owner),) if view.optional(link) else ()
    return Sketch(question, subject.query([col(table, key), sql(":a - :b", a=source, b=before)], where=owned))


@pattern(5, "share_of_total", "window_aggregate", weight=1.4, may=("rounding",))
def share_of_total(draw: Draw) -> Sketch | None:
    """Each group's part of the whole, in percent."""
    rng = draw.rng
    subject = draw.subject(most=1)
    dimension = draw.dimension(subject, "label", "category")
    if dimension is None or draw.loose(dimension.joins):  # rows that belong to nobody are part of the whole
        return None
    if dimension.kind == "label" and dimension.joins and draw.view.size(dimension.joins[-1].right) > _FEW:
        return None
    measure = draw.measure(subject, additive=True)
    slots = {"subject": subject.said(), "dim": dimension.name, "dims": dimension.names}
    if measure is None or rng.random() < 0.5:
        question = say(rng, "share_of_total", **slots)
        tree = sql("100.0 * COUNT(*) / SUM(COUNT(*)) OVER ()")
    else:
        question = say_figure(draw, "share_of_sum", subject, dimension, measure, total(draw, measure))
        tree = sql("100.0 * SUM(:m) / SUM(SUM(:m)) OVER ()", m=measure.sql)
    tree, question = rounded(draw, tree, question)
    return Sketch(question, grouped(subject, dimension, [tree]))


@pattern(5, "percentile", weight=1.0)
def percentile(draw: Draw) -> Sketch | None:
    """Median or percentile of a measure, overall or per group."""
    rng = draw.rng
    subject = draw.subject(most=1)
    measure = draw.measure(subject)
    if measure is None:
        return None
    slots = {"subject": subject.said(), "measure": measure.name}
    median = "PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY :m)"
    dimension = draw.dimension(subject, "label", "category")
    if dimension is not None and rng.random() < 0.4:
        question = say(rng, "median_group", dim=dimension.name, **slots)
        return Sketch(question, grouped(subject, dimension, [sql(median, m=measure.sql)]))
    if rng.random() < 0.6:
        return Sketch(say(rng, "median", **slots), subject.query([sql(median, m=measure.sql)]))
    share = rng.choice((25, 75, 90, 95, 99))
    tree = sql(f"PERCENTILE_CONT({share / 100}) WITHIN GROUP (ORDER BY :m)", m=measure.sql)
    return Sketch(say(rng, "percentile", n=str(share), **slots), subject.query([tree]))
