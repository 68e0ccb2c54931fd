"""Stage 2: aggregates per group, and rows found through the tables they belong to."""

from __future__ import annotations

import random

from sqlglot import exp

from generators.expr import col, literal, ordered, select, sql
from generators.pattern import Sketch, grouped, pattern, shown_columns
from generators.patterns.basics import direction, total
from generators.phrases import join_sentences, number, say, which
from generators.subject import Draw, Measure, Subject
from generators.view import Link

COUNT = "COUNT(*)"


def aggregate_of(draw: Draw, measure: Measure) -> tuple[str, exp.Expr]:
    """An aggregate of a measure, said and written: "average rate", AVG(rate)."""
    rng = draw.rng
    if measure.additive and rng.random() < 0.55:
        return total(draw, measure), sql("SUM(:m)", m=measure.sql)
    kind = rng.choice(("AVG", "AVG", "AVG", "MAX", "MIN"))
    word = {"AVG": rng.choice(("average", "average", "mean")), "MAX": "highest", "MIN": "lowest"}[kind]
    return f"{word} {measure.name}", sql(f"{kind}(:m)", m=measure.sql)


@pattern(2, "count", "group_by", weight=2.2)
def group_count(draw: Draw) -> Sketch | None:
    """How many rows per group."""
    subject = draw.subject(most=1)
    dimension = draw.dimension(subject.table, "category", "label", "time", "part")
    if dimension is None:
        return None
    question = say(draw.rng, "group_count", subject=subject.said(), dim=dimension.name, dims=dimension.names)
    return Sketch(question, grouped(subject, dimension, [sql(COUNT)]))


@pattern(2, "group_by", weight=2.2)
def group_aggregate(draw: Draw) -> Sketch | None:
    """A measure's aggregate per group."""
    rng = draw.rng
    subject = draw.subject(most=1)
    measure, dimension = draw.measure(subject.table), draw.dimension(subject.table, "category", "label", "time", "part")
    if measure is None or dimension is None:
        return None
    said, value = aggregate_of(draw, measure)
    question = say(rng, "group_agg", subject=subject.said(), agg=said, dim=dimension.name, dims=dimension.names)
    if said.startswith(("average", "mean")) and rng.random() < 0.35:
        question = join_sentences(question, say(rng, "round_two"))
        value = sql("ROUND(:v, 2)", v=value)
    return Sketch(question, grouped(subject, dimension, [value]))


@pattern(2, "group_by", weight=0.5)
def group_several(draw: Draw) -> Sketch | None:
    """A count and an average per group."""
    subject = draw.subject(most=1)
    measure, dimension = draw.measure(subject.table), draw.dimension(subject.table)
    if measure is None or dimension is None:
        return None
    question = say(draw.rng, "group_several", subject=subject.said(), measure=measure.name, dim=dimension.name)
    return Sketch(question, grouped(subject, dimension, [sql(COUNT), sql("AVG(:m)", m=measure.sql)]))


@pattern(2, "group_by", weight=0.4)
def group_two(draw: Draw) -> Sketch | None:
    """A count per combination of two groups."""
    subject = draw.subject(most=1)
    first, second = draw.dimension(subject.table, "category", "label"), draw.dimension(subject.table, "category")
    if first is None or second is None or first.columns == second.columns or first.name == second.name:
        return None
    columns = [*first.columns, *second.columns, sql(COUNT)]
    query = subject.query(columns, *first.joins, *second.joins, group=[*first.group, *second.group])
    return Sketch(say(draw.rng, "group_two", subject=subject.said(), dim=first.name, second=second.name), query)


@pattern(2, "count", "group_by", "order_limit", weight=1.8)
def most_frequent(draw: Draw) -> Sketch | None:
    """The groups with the most or the fewest rows."""
    rng = draw.rng
    subject = draw.subject(most=1)
    dimension = draw.dimension(subject.table, "category", "label", "label")
    if dimension is None:
        return None
    count = rng.choice((1, 1, 1, 3, 5))
    down = count > 1 or rng.random() < 0.75
    operation = "top_count" if count > 1 else "most_count" if down else "least_count"
    slots = {"subject": subject.said(), "dim": dimension.name, "dims": dimension.names, "n": number(rng, count)}
    question, values = say(rng, operation, **slots), []
    if rng.random() < 0.35:
        question, values = join_sentences(question, say(rng, "and_count")), [sql(COUNT)]
    order = [ordered(sql(COUNT), descending=down)]
    return Sketch(question, grouped(subject, dimension, values, order=order, limit=count))


@pattern(2, "group_by", "order_limit", weight=1.8)
def most_by_aggregate(draw: Draw) -> Sketch | None:
    """The groups with the highest or lowest aggregate."""
    rng = draw.rng
    subject = draw.subject(most=1)
    measure, dimension = draw.measure(subject.table), draw.dimension(subject.table, "category", "label", "label")
    if measure is None or dimension is None:
        return None
    said, value = aggregate_of(draw, measure)
    if said.startswith(("highest", "lowest")):
        return None
    down, words = direction(draw)
    count = rng.choice((1, 1, 1, 3, 5))
    slots = {"subject": subject.said(), "dim": dimension.name, "dims": dimension.names, "agg": said}
    question = say(rng, "top_agg" if count > 1 else "most_agg", n=number(rng, count), **slots, **words)
    values = []
    if rng.random() < 0.35:
        question, values = join_sentences(question, say(rng, "and_value")), [value]
    order = [ordered(value, descending=down, nullable=measure.nullable)]
    return Sketch(question, grouped(subject, dimension, values, order=order, limit=count))


@pattern(2, "group_by", "having", weight=1.4)
def having_count(draw: Draw) -> Sketch | None:
    """Groups with more, at least or fewer than n rows."""
    rng = draw.rng
    subject = draw.subject(most=1)
    dimension = draw.dimension(subject.table, "category", "label", "label")
    if dimension is None:
        return None
    bound = rng.choice((2, 3, 5, 8, 10, 15, 20, 25, 40, 50, 100))
    operation, sign = rng.choice((("having_more", ">"), ("having_more", ">"), ("having_at_least", ">="),
                                  ("having_less", "<"), ("having_repeat", ">")))  # fmt: skip
    bound = 1 if operation == "having_repeat" else bound
    slots = {"subject": subject.said(), "dim": dimension.name, "dims": dimension.names, "n": number(rng, bound)}
    question, values = say(rng, operation, **slots), []
    if rng.random() < 0.3:
        question, values = join_sentences(question, say(rng, "and_count")), [sql(COUNT)]
    condition = sql(f"COUNT(*) {sign} :n", n=literal(bound))
    return Sketch(question, grouped(subject, dimension, values, having=condition))


@pattern(2, "group_by", "having", weight=0.9)
def having_aggregate(draw: Draw) -> Sketch | None:
    """Groups whose aggregate is above or below a bound."""
    rng = draw.rng
    subject = draw.subject(most=1)
    measure, dimension = draw.measure(subject.table), draw.dimension(subject.table, "category", "label", "label")
    if measure is None or dimension is None or not isinstance(measure.sql, exp.Column):
        return None
    said, value = aggregate_of(draw, measure)
    cells = [float(v) for v in draw.view.values[subject.table, measure.sql.name]]
    typical = sum(cells) / len(cells)
    bound = _round_bound(rng, typical * (len(cells) / 8 if isinstance(value, exp.Sum) else rng.uniform(0.8, 1.2)))
    sign, than = rng.choice(((">", "above"), (">", "over"), (">", "more than"), ("<", "below"), ("<", "under")))
    slots = {"subject": subject.said(), "agg": said, "dim": dimension.name, "dims": dimension.names}
    question = say(rng, "having_agg", **slots, than=than, n=str(bound), article="a" if said[0] not in "aeio" else "an")
    return Sketch(question, grouped(subject, dimension, [], having=sql(f":v {sign} :n", v=value, n=literal(bound))))


def _round_bound(rng: random.Random, value: float) -> int:
    step = 10 ** max(len(str(int(abs(value)))) - rng.choice((1, 2)), 0)
    return int(round(value / step) * step) or 1


@pattern(2, "join", weight=1.2)
def list_with_parent(draw: Draw) -> Sketch | None:
    """Rows with the name of what they belong to."""
    rng, view = draw.rng, draw.view
    subject = draw.subject(most=1, join=0.1)
    links = [link for link in view.parents(subject.table) if view.words(link.parent).label]
    if not links:
        return None
    link = rng.choice(links)
    columns, said = shown_columns(draw, subject.table, rng.choice((1, 2)))
    label = view.words(link.parent).label
    words = view.words(link.parent)
    name = rng.choice((f"name of the {words.one}", f"{words.one} name", f"{words.one}'s name", words.one))
    question = say(rng, "list_with_parent", cols=said, subject=subject.said(), parent=name)
    return Sketch(question, subject.query([*columns, col(link.parent, label)], link.up))


def parent_phrase(draw: Draw, link: Link, children: str, *, has: bool) -> str:
    """Such as "guests that made {children}" or "guests that never made {children}"; plural throughout."""
    words = draw.view.words(link.parent)
    parents = draw.rng.choice((words.many, words.many, *[many for _, many in words.synonyms]))
    phrases = link.words.has if has else link.words.none
    if phrases and draw.rng.random() < 0.85:
        return draw.rng.choice(phrases).format(parent=parents, child=children)
    return say(draw.rng, "has_default" if has else "none_default", parent=parents, child=children)


def linked(draw: Draw, *, most: int = 1, label: bool = True) -> tuple[Link, Subject] | None:
    """A link to a parent and a set of its children."""
    view = draw.view
    links = [link for link in view.links if link in view.parents(link.child)]
    links = [link for link in links if (view.words(link.parent).label or not label) and view.size(link.child)]
    if not links:
        return None
    weights = [4.0 if {link.parent, link.child} & draw.focus else 1.0 for link in links]
    link = draw.rng.choices(links, weights)[0]
    return link, draw.subject(link.child, most=most, join=0.2)


def link_test(link: Link) -> tuple[exp.Expr, ...]:
    """child.key = parent.key, for a correlated subquery."""
    pairs = zip(link.key.columns, link.key.parent_columns, strict=True)
    return tuple(exp.EQ(this=col(link.child, a), expression=col(link.parent, b)) for a, b in pairs)


@pattern(2, "anti_join", weight=1.6)
def without_children(draw: Draw) -> Sketch | None:
    """Parents that have no such children: listed or counted."""
    drawn = linked(draw)
    if drawn is None:
        return None
    link, children = drawn
    inner = children.query([literal(1)], where=link_test(link))
    condition = exp.Not(this=exp.Exists(this=inner))
    return _parents(draw, link, parent_phrase(draw, link, children.said(), has=False), condition)


@pattern(4, "in_subquery", weight=1.4)
def with_children(draw: Draw) -> Sketch | None:
    """Parents that have such children: listed or counted."""
    drawn = linked(draw)
    if drawn is None or len(drawn[0].key.columns) > 1:
        return None
    link, children = drawn
    inner = children.query([col(link.child, link.key.columns[0])])
    condition = exp.In(this=col(link.parent, link.key.parent_columns[0]), query=exp.Subquery(this=inner))
    return _parents(draw, link, parent_phrase(draw, link, children.said(), has=True), condition)


def ask_for(draw: Draw, phrase: str, suffix: str = "") -> str:
    """A question for the rows that a plural noun phrase names, and at times a remark after it."""
    question = which(phrase) if draw.rng.random() < 0.35 else say(draw.rng, "parents_with", phrase=phrase)
    return join_sentences(question, suffix) if suffix else question


def _parents(draw: Draw, link: Link, phrase: str, condition: exp.Expr) -> Sketch:
    if draw.rng.random() < 0.3:
        query = select([sql(COUNT)], link.parent, where=[condition])
        return Sketch(say(draw.rng, "count_phrase", phrase=phrase), query)
    query = select(draw.labels(link.parent), link.parent, where=[condition])
    return Sketch(ask_for(draw, phrase), query)


@pattern(2, "outer_join", weight=0.9)
def outer_count(draw: Draw) -> Sketch | None:
    """How many children each parent has, zero included."""
    drawn = linked(draw, most=0)
    if drawn is None:
        return None
    link, children = drawn
    view = draw.view
    labels = draw.labels(link.parent)
    key = tuple(col(link.parent, name) for name in view.table(link.parent).primary_key)
    group = labels if view.label_is_unique(link.parent) else (*key, *labels)
    counted = col(link.child, view.table(link.child).primary_key[0])
    query = select([*labels, sql("COUNT(:c)", c=counted)], link.parent, [link.down], group=group, outer=True)
    words = view.words(link.parent)
    return Sketch(say(draw.rng, "outer_count", subject=children.said(), dim=words.one, dims=words.many), query)


@pattern(2, "self_join", weight=0.7)
def self_pairs(draw: Draw) -> Sketch | None:
    """Rows with the row of the same table they refer to."""
    rng, view = draw.rng, draw.view
    links = [link for link in view.links if link.child == link.parent and len(link.key.columns) == 1]
    links = [link for link in links if view.words(link.child).label]
    if not links:
        return None
    link = rng.choice(links)
    words = view.words(link.child)
    role = link.words.role or f"parent {words.one}"
    upper = exp.alias_(exp.to_table(link.parent), "up", table=True)
    on = exp.EQ(this=col(link.child, link.key.columns[0]), expression=col("up", link.key.parent_columns[0]))
    label = words.label
    slots = {"one": words.one, "many": words.many, "role": role}
    form = rng.choice(("pair", "more", "count"))
    measure = draw.measure(link.child)
    if form == "more" and measure is not None and isinstance(measure.sql, exp.Column):
        test = exp.GT(this=measure.sql.copy(), expression=col("up", measure.sql.name))
        query = exp.select(col(link.child, label)).from_(link.child).join(upper, on=on).where(test)
        return Sketch(say(rng, "self_more", measure=measure.name, **slots), query)
    if form == "count":
        name = col("up", label)
        query = exp.select(name, sql(COUNT)).from_(link.child).join(upper, on=on)
        key = col("up", link.key.parent_columns[0])
        return Sketch(say(rng, "self_count", **slots), query.group_by(key, name.copy()))
    query = exp.select(col(link.child, label), col("up", label)).from_(link.child).join(upper, on=on)
    return Sketch(say(rng, "self_pair", **slots), query)
