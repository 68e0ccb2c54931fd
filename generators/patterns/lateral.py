"""Stage 5: subqueries in FROM that see the row beside them: the latest of each, its figures, the first n values."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlglot import exp

from generators.draw import Draw
from generators.expr import col, ordered, select, sql
from generators.pattern import Sketch, pattern
from generators.patterns.grouping import aggregate_of
from generators.patterns.linking import link_test, linked
from generators.patterns.sorting import SortKey, direction, sort_keys
from generators.phrases import join_sentences, say
from generators.subject import Subject
from generators.view import Link

COUNT = "COUNT(*)"


def _parent_of_children(draw: Draw) -> tuple[Link, Subject, list[exp.Expr], dict[str, str]] | None:
    """A link, its children, the columns that name the parent, and the words for both."""
    drawn = linked(draw, join=0.0)
    if drawn is None:
        return None
    link, children = drawn
    view = draw.view
    words = view.words(link.parent)
    keys = list(view.table(link.parent).primary_key)
    names = [words.label] if words.label and view.label_is_unique(link.parent) else keys
    one, many = draw.noun(link.parent)
    slots = {"dim": one, "dims": many, "subject": children.said()}
    slots["label"] = " and ".join(view.column_words(link.parent, name).name for name in names)
    return link, children, [col(link.parent, name) for name in names], slots


def _lateral(query: exp.Select, inner: exp.Select, name: str, *, keep: bool) -> exp.Select:
    """The query joined with a subquery that sees its rows; `keep` holds rows for which that finds nothing."""
    table = exp.Lateral(this=exp.Subquery(this=inner), alias=exp.TableAlias(this=exp.to_identifier(name)))
    if keep:
        return query.join(table, on=exp.true(), join_type="left", copy=False)
    return query.join(table, join_type="cross", copy=False)


def _keys(draw: Draw, children: Subject) -> list[SortKey]:
    return [
        key for key in sort_keys(draw, children.table)
        if not key.nullable and not {f"{c.table}.{c.name}" for c in key.sql.find_all(exp.Column)} & children.fixed
    ]  # fmt: skip


_VALUES = re.compile(r"\{column\} (?:values|figures)")
"""Not of a name that ends in its unit: "duration in minutes values"."""


@pattern(5, "lateral", weight=0.6)
def latest_values(draw: Draw) -> Sketch | None:
    """The first n values of each parent's children: the three latest dates, the two largest amounts."""
    rng = draw.rng
    drawn = _parent_of_children(draw)
    keys = _keys(draw, drawn[1]) if drawn else []
    if drawn is None or not keys:
        return None
    link, children, names, slots = drawn
    key = rng.choice(keys)
    down, words = direction(draw, key.pairs)
    count = rng.choice((1, 2, 3, 3, 5))
    value = exp.alias_(key.sql.copy(), "value")
    order = [ordered(key.sql, descending=down)]
    inner = children.query([value], where=link_test(link), order=order, limit=count)
    keep = rng.random() < 0.35
    query = _lateral(select([*names, col("own", "value")], link.parent), inner, "own", keep=keep)
    operation = "lateral_value" if count == 1 else "lateral_values"
    unless = _VALUES if " in " in key.name else None
    question = say(rng, operation, unless, column=key.name, n=str(count), first=words["first"], **slots)
    remark = say(rng, "lateral_keep" if keep else "lateral_drop", **slots)
    return Sketch(join_sentences(question, remark), query)


@pattern(5, "lateral", "aggregate", weight=0.5)
def own_figures(draw: Draw) -> Sketch | None:
    """Two figures of each parent's children, worked out beside it."""
    rng = draw.rng
    drawn = _parent_of_children(draw)
    measure = draw.measure(drawn[1]) if drawn else None
    if drawn is None or measure is None:
        return None
    link, children, names, slots = drawn
    said, value = aggregate_of(draw, measure)
    columns = [exp.alias_(sql(COUNT), "n"), exp.alias_(value, "figure")]
    inner = children.query(columns, where=link_test(link))
    query = select([*names, col("own", "n"), col("own", "figure")], link.parent)
    query = _lateral(query, inner, "own", keep=False)
    if rng.random() < 0.3:
        query = query.order_by(ordered(col("own", "n"), descending=True))
        question = join_sentences(say(rng, "lateral_figures", agg=said, **slots), say(rng, "by_count_down"))
        return Sketch(question, query)
    return Sketch(say(rng, "lateral_figures", agg=said, **slots), query)


def _order(key: exp.Expr, ties: Sequence[exp.Expr], *, descending: bool) -> list[exp.Expr]:
    """The sort key first, then what breaks ties, the key itself left out of it."""
    rest = [item for item in ties if item.sql() != key.sql()]
    return [ordered(key, descending=descending), *[ordered(item, descending=False) for item in rest]]


@pattern(5, "lateral", "top_per_group", weight=0.5)
def latest_row(draw: Draw) -> Sketch | None:
    """The latest or largest child of each parent with a column of it; ties go to the smaller number."""
    rng, view = draw.rng, draw.view
    drawn = _parent_of_children(draw)
    keys = _keys(draw, drawn[1]) if drawn else []
    if drawn is None or not keys:
        return None
    link, children, names, slots = drawn
    table = children.table
    own = view.table(table).primary_key
    key = rng.choice(keys)
    taken = {*own, *link.key.columns, *(name.partition(".")[2] for name in children.fixed)}
    taken |= {item.name for item in key.sql.find_all(exp.Column)}
    shown = [c for c in view.columns(table, "category", "measure", "date", "timestamp") if c not in taken]
    if not own or not shown:
        return None
    column = rng.choice(shown)
    down, words = direction(draw, key.pairs)
    order = _order(key.sql, [col(table, name) for name in own], descending=down)
    inner = children.query([exp.alias_(col(table, column), "shown")], where=link_test(link), order=order, limit=1)
    query = _lateral(select([*names, col("own", "shown")], link.parent), inner, "own", keep=False)
    number = " and ".join(view.column_words(table, name).name for name in own)
    slots.update(cols=view.column_words(table, column).name, column=key.name, first=words["first"])
    question = say(rng, "lateral_row", **slots)
    return Sketch(join_sentences(question, say(rng, "tie_smaller", column=number)), query)
