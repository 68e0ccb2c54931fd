"""Stage 4: every, and nothing but: rows that meet all rows of another table, or whose own rows are all of one kind."""

from __future__ import annotations

from sqlglot import exp

from generators.conditions import draw_condition
from generators.draw import Draw
from generators.expr import Join, col, select, sql
from generators.facets import bridges
from generators.pattern import Sketch, pattern
from generators.patterns.linking import ask_for, label_group, linked
from generators.phrases import say


@pattern(4, "scalar_subquery", "having", weight=0.4)
def every_one(draw: Draw) -> Sketch | None:
    """Rows that come together with every row of another table through a third (relational division)."""
    view = draw.view
    options = [(a, b) for a, b in bridges(view) if view.label_is_unique(a.parent) and view.size(b.parent) <= 30]
    options = [(a, b) for a, b in options if len(b.key.columns) == 1 and not set(a.key.columns) & set(b.key.columns)]
    if not options:
        return None
    first, second = draw.rng.choice(options)
    label = draw.labels(first.parent)
    key = col(second.child, second.key.columns[0])
    whole = exp.Subquery(this=select([sql("COUNT(*)")], second.parent))
    having = sql("COUNT(DISTINCT :k) = :w", k=key, w=whole)
    down = Join(first.down.left, first.down.right, first.down.left_columns, first.down.right_columns)
    dim, dims = draw.noun(second.parent)
    slots = {"many": draw.noun(first.parent)[1], "dim": dim, "dims": dims, "child": draw.noun(first.child)[1]}
    query = select(label, first.parent, (down,), group=label, having=having)
    return Sketch(say(draw.rng, "every_one", **slots), query)


@pattern(4, "having", "join", "filter_aggregate", weight=0.7)
def every_own(draw: Draw) -> Sketch | None:
    """Parents that have children, all of one kind."""
    drawn = linked(draw, most=0, join=0.0)
    if drawn is None or not draw.labels(drawn[0].parent):
        return None
    link, children = drawn
    condition = draw_condition(draw.rng, draw.view, link.child, ("equal", "equal", "compare", "named", "in_list"))
    if condition is None or set(condition.columns) & set(link.key.columns):
        return None
    having = sql("COUNT(*) = COUNT(*) FILTER (WHERE :c)", c=condition.sql)
    second = condition.phrase.format(children.many)
    slots = {"parent": draw.noun(link.parent)[1], "child": children.many, "second": second}
    phrase = say(draw.rng, "every_own", **slots)
    query = children.query(draw.labels(link.parent), link.up, group=label_group(draw, link), having=having)
    return Sketch(ask_for(draw, phrase, link.parent), query)
