"""Stages 4 and 5: what each parent's own rows say: all alike, how far apart, the last of them, one soon after."""

from __future__ import annotations

from sqlglot import exp

from generators.conditions import draw_condition
from generators.draw import Draw
from generators.expr import col, literal, ordered, sql
from generators.pattern import Sketch, identity, named_plainly, pattern
from generators.patterns.linking import ask_for, label_group, linked
from generators.phrases import join_sentences, number, plural, say, say_count
from generators.subject import Subject, is_clause
from generators.view import Link

_OWN = 12
"""Children a parent has on average up to which they are its own doing: a guest's stays, not those on a price plan."""


def _owned(draw: Draw, *, most: int = 1, own: bool = False) -> tuple[Link, Subject] | None:
    """A link to parents that have a name, and a set of their children, several of which have the same parent."""
    drawn = linked(draw, most=most, join=0.0)
    if drawn is None or not named_plainly(draw, drawn[0].parent) or len(drawn[0].key.columns) > 1:
        return None
    link, view = drawn[0], draw.view
    each = view.size(link.child) / max(len(view.distinct(link.child, link.key.columns[0])), 1)
    return drawn if each >= 2 and (each <= _OWN or not own) else None


def _day(draw: Draw, children: Subject) -> tuple[str, exp.Expr] | None:
    """The date on which the rows happened, as it is said and as a date; None of rows that are no events.

    A clause of the rows would take what is said of the days.
    """
    view, table = draw.view, children.table
    names = view.columns(table, "date", "timestamp")
    if not view.happens(table) or any(map(is_clause, children.conditions)):
        return None
    if not names or view.nullable(table, names[0]):
        return None
    days = view.days(table, names[0])
    if any(names[0] in item.columns for item in children.conditions) or all(day.day == 1 for day in days):
        return None
    source = col(table, names[0])
    day = sql("CAST(:c AS DATE)", c=source) if view.is_timestamp(table, names[0]) else source
    return view.column_words(table, names[0]).name, day


@pattern(4, "group_by", "having", "distinct", "join", weight=0.7)
def all_alike(draw: Draw) -> Sketch | None:
    """Parents whose children all have one value of a category, or do not."""
    rng, view = draw.rng, draw.view
    drawn = _owned(draw)
    if drawn is None:
        return None
    link, children = drawn
    used = {*link.key.columns, *(name for item in children.conditions for name in item.columns)}
    # What the parent leads to as well is its own: an animal's sightings are of its species.
    above = {upper.parent for upper in view.parents(link.parent)}
    shared = {name for other in view.parents(link.child) if other.parent in above for name in other.key.columns}
    names = [
        name for name in view.columns(link.child, "category")
        if name not in {*used, *shared} and not view.nullable(link.child, name)
        and not view.determines(link.child, link.key.columns[0], name)
    ]  # fmt: skip
    if not names:
        return None
    name = rng.choice(names)
    column = view.column_words(link.child, name).name
    slots = {"parent": draw.noun(link.parent)[1], "child": children.said(), "column": column}
    different = sql("COUNT(DISTINCT :c)", c=col(link.child, name))
    if rng.random() < 0.55:
        least = rng.choice((2, 2, 2, 3, 4, 5))
        having = sql("COUNT(*) >= :n AND :d = 1", n=literal(least), d=different)
        phrase = say(rng, "all_alike", n=number(rng, least), **slots)
    else:
        least = rng.choice((2, 2, 3, 4))
        having = sql(":d >= :n", n=literal(least), d=different)
        phrase = say(rng, "not_alike", n=number(rng, least), columns=plural(column), **slots)
    query = children.query(draw.labels(link.parent), link.up, group=label_group(draw, link), having=having)
    return Sketch(ask_for(draw, phrase, link.parent), query)


@pattern(5, "window_lag", "derived_table", "group_by", weight=0.7)
def own_gaps(draw: Draw) -> Sketch | None:
    """The longest, shortest or average time in days between one child and the next, per parent."""
    rng, view = draw.rng, draw.view
    drawn = _owned(draw)
    dated = _day(draw, drawn[1]) if drawn else None
    if drawn is None or dated is None or not view.label_is_unique(drawn[0].parent):
        return None
    link, children = drawn
    said, day = dated
    before = exp.Window(
        this=sql("LAG(:d)", d=day),
        partition_by=[col(link.child, link.key.columns[0])],
        order=exp.Order(expressions=[ordered(day, descending=False)]),
    )
    gap = exp.alias_(exp.Sub(this=day.copy(), expression=before), "gap")
    label = draw.labels(link.parent)[0]
    inner = children.query([exp.alias_(label.copy(), "name"), gap], link.up)
    kind, most = rng.choice((("MAX", "longest"), ("MAX", "longest"), ("AVG", "average"), ("MIN", "shortest")))
    value = sql(f"{kind}(gap)")
    one, many = draw.noun(link.parent)
    question = say(rng, "own_gaps", dim=one, dims=many, subject=children.said(), most=most)
    if len(view.columns(link.child, "date", "timestamp")) > 1:
        question = join_sentences(question, say(rng, "dated_by", column=said))
    query = exp.select("name", value).from_(inner.subquery("gaps")).where("NOT gap IS NULL").group_by("name")
    question = join_sentences(question, say(rng, "with_two", dims=many, subject=children.said()))
    form = rng.random()
    if form < 0.25:
        query = query.order_by(ordered(value, descending=True))
        question = join_sentences(question, say(rng, "by_value_down"))
    elif form < 0.45:
        count = rng.choice((3, 5, 10))
        query = query.order_by(ordered(value, descending=True)).limit(count)
        question = join_sentences(question, say(rng, "only_first", n=str(count)))
    return Sketch(question, query)


@pattern(5, "top_per_group", "window_rank", "cte", weight=0.9)
def latest_is(draw: Draw) -> Sketch | None:
    """Parents whose latest child is of some kind: the last order was cancelled, whatever came before."""
    rng, view = draw.rng, draw.view
    drawn = _owned(draw, most=0)
    dated = [] if drawn is None else [
        name for name in view.columns(drawn[0].child, "date", "timestamp") if not view.nullable(drawn[0].child, name)
    ]  # fmt: skip
    if drawn is None or not dated:
        return None
    link, children = drawn
    kinds = ("equal", "equal", "named", "compare", "null", "in_list")
    condition = draw_condition(rng, view, link.child, kinds)
    key = view.table(link.child).primary_key
    name = rng.choice(dated)
    if condition is None or condition.joins or not key or {name, *link.key.columns} & set(condition.columns):
        return None
    order = [ordered(col(link.child, name), descending=True)]
    ties = [column for column in key if column not in {name, *link.key.columns}]
    order += [ordered(col(link.child, column), descending=True) for column in ties]
    place = exp.Window(
        this=sql("ROW_NUMBER()"),
        partition_by=[col(link.child, link.key.columns[0])],
        order=exp.Order(expressions=order),
    )
    kept = sorted(set(condition.columns) - set(link.key.columns))
    columns = [col(link.child, column) for column in (link.key.columns[0], *kept)]
    ranked = children.query([*columns, exp.alias_(place, "place")])
    test = condition.sql.copy()
    for column in list(test.find_all(exp.Column)):
        column.set("table", exp.to_identifier("ranked"))
    on = exp.EQ(this=col("ranked", link.key.columns[0]), expression=col(link.parent, link.key.parent_columns[0]))
    first = exp.EQ(this=col("ranked", "place"), expression=literal(1))
    labels = draw.labels(link.parent)
    slots = {"parent": draw.noun(link.parent)[1], "child": draw.noun(link.child)[0],
             "column": view.column_words(link.child, name).name}  # fmt: skip
    slots["second"] = condition.phrase.format(children.many)
    counted = rng.random() < 0.3
    shown: list[exp.Expr] = [sql("COUNT(*)")] if counted else list(labels)
    query = exp.select(*shown).from_("ranked").join(exp.to_table(link.parent), on=on)
    query = query.where(exp.and_(first, test, wrap=False))
    phrase = say(rng, "latest_is", **slots)
    question = say_count(rng, phrase) if counted else ask_for(draw, phrase, link.parent)
    if ties:
        last = " and ".join(view.column_words(link.child, column).name for column in ties)
        question = join_sentences(question, say(rng, "latest_tie", column=last))
    return Sketch(question, query.with_("ranked", as_=ranked))


@pattern(4, "exists", "correlated", weight=0.6)
def soon_after(draw: Draw) -> Sketch | None:
    """Children that come within some days of an earlier child of the same parent: a second visit within a week."""
    rng, view = draw.rng, draw.view
    drawn = _owned(draw, own=True)
    dated = _day(draw, drawn[1]) if drawn else None
    if drawn is None or dated is None or drawn[1].joins:
        return None
    link, children = drawn
    said, day = dated
    earlier = day.copy()
    for column in list(earlier.find_all(exp.Column)):
        column.set("table", exp.to_identifier("other"))
    days = rng.choice((1, 2, 3, 5, 7, 7, 10, 14, 14, 30))
    key = link.key.columns[0]
    apart = sql(":d > :e AND :d <= :e + :n", d=day, e=earlier, n=literal(days))
    same = exp.EQ(this=col("other", key), expression=col(link.child, key))
    other = exp.alias_(exp.to_table(link.child), "other", table=True)
    inner = exp.select("1").from_(other).where(exp.and_(same, *apart.flatten(), wrap=False))
    test = exp.Exists(this=inner)
    one, _ = draw.noun(link.child)
    slots = {"subject": children.said(), "one": one, "parent": draw.noun(link.parent)[0], "n": number(rng, days)}
    slots["value"] = "day" if days == 1 else "days"
    phrase = say(rng, "soon_after", **slots)
    several = len(view.columns(link.child, "date", "timestamp")) > 1
    dated_by = say(rng, "dated_by", column=said) if several else ""
    if rng.random() < 0.4:
        question = say_count(rng, phrase)
        columns: list[exp.Expr] = [sql("COUNT(*)")]
    else:
        columns, shown = identity(draw, link.child)
        question = ask_for(draw, phrase, link.child, shown)
    question = join_sentences(join_sentences(question, dated_by), say(rng, "not_same_day"))
    return Sketch(question, children.query(columns, where=(test,)))
