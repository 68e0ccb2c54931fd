"""Stage 5: several groupings at once: subtotals and a grand total, one table for two groupings, every combination."""

from __future__ import annotations

from sqlglot import exp

from generators.draw import Draw
from generators.expr import sql
from generators.pattern import Sketch, pattern, present
from generators.patterns.analytics import figure
from generators.phrases import say
from generators.subject import Dimension, Subject


def _group(template: str, **parts: exp.Expr) -> exp.Group:
    """GROUP BY with a ROLLUP, CUBE or GROUPING SETS, from a template with slots."""
    group = sql(f"SELECT 1 GROUP BY {template}", **parts).args["group"]
    assert isinstance(group, exp.Group)  # noqa: S101 (the template has one)
    return group


def _single(draw: Draw, subject: Subject) -> list[Dimension]:
    """Groupings by one column each."""
    options = [item for item in draw.dimensions(subject.table) if item.kind in {"category", "label"}]
    return [item for item in options if len(item.group) == 1 and subject.allows(item)]


@pattern(5, "grouping_sets", "group_by", weight=0.4)
def grand_total(draw: Draw) -> Sketch | None:
    """A figure per group, and in one more row for all groups together."""
    subject = draw.subject(most=1)
    options = _single(draw, subject)
    if not options:
        return None
    dimension = draw.rng.choice(options)
    said, value = figure(draw, subject)
    where = present(subject, dimension)
    query = subject.query([*dimension.columns, value], *dimension.joins, where=where)
    query.set("group", _group("ROLLUP (:a)", a=dimension.group[0]))
    slots = {"subject": subject.said(), "agg": said, "dim": dimension.name, "dims": dimension.names}
    return Sketch(say(draw.rng, "grand_total", **slots), query)


_FORMS = {
    "subtotals": "ROLLUP (:a, :b)",
    "two_groupings": "GROUPING SETS ((:a), (:b))",
    "two_and_total": "GROUPING SETS ((:a), (:b), ())",
    "every_combination": "CUBE (:a, :b)",
}


@pattern(5, "grouping_sets", "group_by", weight=0.6)
def several_groupings(draw: Draw) -> Sketch | None:
    """A figure by two groups, with subtotals, side by side, or in every combination."""
    rng = draw.rng
    subject = draw.subject(most=1)
    options = _single(draw, subject)
    # "And the grand total" is that of all rows, those without a group too.
    options = [item for item in options if not item.nullable and not draw.loose(item.joins)]
    if len(options) < 2:
        return None
    first, second = rng.sample(options, 2)
    form = rng.choice(tuple(_FORMS))
    # A subtotal of what one row of the other has is that row again; totals within a larger group are not.
    within = second.settles(first) and first.columns != second.columns and form == "subtotals"
    if first.name == second.name or first.settles(second) or (second.settles(first) and not within):
        return None
    said, value = figure(draw, subject)
    where = tuple(dict.fromkeys((*present(subject, first), *present(subject, second))))
    columns = [*first.columns, *second.columns, value]
    query = subject.query(columns, *first.joins, *second.joins, where=where)
    query.set("group", _group(_FORMS[form], a=first.group[0], b=second.group[0]))
    slots = {"subject": subject.said(), "agg": said, "dim": first.name, "second": second.name}
    return Sketch(say(rng, form, dims=first.names, **slots), query)
