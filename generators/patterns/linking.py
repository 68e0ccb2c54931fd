"""Stage 2: rows found or shown through the tables they belong to, with and without children, bosses and referrers."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from generators.draw import Draw
from generators.expr import Join, col, literal, ordered, select, sql
from generators.pattern import Sketch, identity, label_words, named_plainly, pattern, shown_columns
from generators.patterns.basics import total
from generators.patterns.sorting import direction
from generators.phrases import OF_ALL, join_sentences, number, say, say_count, which
from generators.subject import Subject, children_counted, unambiguous
from generators.view import Link

COUNT = "COUNT(*)"
_SPAN = 6
"""Days from which on it says something that a parent had nothing in them."""


@pattern(2, "join", weight=1.8)
def list_with_parent(draw: Draw) -> Sketch | None:
    """Rows with the name of what they belong to, at times by date."""
    rng, view = draw.rng, draw.view
    subject = draw.subject(most=1, join=0.0)
    links = [*view.parents(subject.table), *view.roles(subject.table)]
    links = [link for link in links if view.words(link.parent).label]
    links = [link for link in links if not subject.pins(link) and not holds_label(draw, link)]
    if not links:
        return None
    link = rng.choice(links)
    columns, said = shown_columns(draw, subject.table, rng.choice((1, 1, 2)))
    label, name = col(link.parent, view.words(link.parent).label), parent_name(draw, link)
    front = rng.random() < 0.3
    question = say(rng, "list_with_child" if front else "list_with_parent", cols=said, subject=subject.said(),
                   parent=name)  # fmt: skip
    question, parts = _dated_order(draw, subject, question)
    question, up = whole_join(draw, subject, question, link)
    return Sketch(question, subject.query([label, *columns] if front else [*columns, label], *up, **parts))


def holds_label(draw: Draw, link: Link) -> bool:
    """Whether the child's key to the parent is what the parent is called: nothing to fetch by a join."""
    return draw.view.words(link.parent).label in link.key.parent_columns


def parent_name(draw: Draw, link: Link) -> str:
    """What a parent's label is called beside its children: "guest name", "name of the guest", "player's handle"."""
    words = draw.view.words(link.parent)
    one, name = link.words.role or draw.noun(link.parent)[0], words.columns[words.label].name
    if name != "name" and (one in name or words.one in name):
        return name
    name = name.removeprefix("full ") if name.endswith("name") else name
    forms = (f"{name} of the {one}", f"{one}'s {name}", f"{one} {name}")
    return draw.rng.choice((*forms, one) if name == "name" else forms)


def whole_join(draw: Draw, subject: Subject, question: str, *links: Link) -> tuple[str, list[Join]]:
    """The joins to parents of rows that are all to be shown, and the question, at times with a remark on those without.

    A key that may be missing makes a LEFT JOIN, unless the rows' own conditions say that it is there.
    """
    tested = {column for item in subject.conditions for column in item.columns}
    loose = [link for link in links if draw.view.optional(link) and not set(link.key.columns) <= tested]
    joins = [replace(link.up, outer=link in loose) for link in links]
    if loose and draw.rng.random() < 0.5:
        one = loose[0].words.role or draw.noun(loose[0].parent)[0]
        question = join_sentences(question, say(draw.rng, "or_blank" if len(loose) == 1 else "or_blanks", one=one))
    return question, joins


def _dated_order(draw: Draw, subject: Subject, question: str) -> tuple[str, dict[str, object]]:
    """At times the rows in order of a date."""
    names = draw.view.columns(subject.table, "date", "timestamp")
    if not names or draw.rng.random() < 0.7:
        return question, {}
    name = draw.rng.choice(names)
    down, words = direction(draw, (("latest", "earliest"), ("newest", "oldest")))
    column = draw.view.column_words(subject.table, name).name
    key = ordered(col(subject.table, name), descending=down, nullable=draw.view.nullable(subject.table, name))
    return join_sentences(question, say(draw.rng, "in_order", column=column, first=words["first"])), {"order": [key]}


def parent_phrase(draw: Draw, link: Link, children: str, *, has: bool, plain: bool = False) -> str:
    """Such as "guests that made {children}" or "guests that never made {children}"; `plain` keeps to the glossary."""
    parents = draw.noun(link.parent)[1]
    phrases = link.words.has if has else link.words.none
    plain = plain or link in draw.view.roles(link.child)  # "with matches" does not say as what
    if phrases and (plain or draw.rng.random() < 0.75):
        return draw.rng.choice(phrases).format(parent=parents, child=children)
    phrase = say(draw.rng, "has_default" if has else "none_default", parent=parents, child=children)
    return phrase.replace(" that ", " who ", 1) if draw.person(link.parent) else phrase


def linked(draw: Draw, *, most: int = 1, kinds: tuple[str, ...] = (), join: float = 0.2, roles: bool = False
           ) -> tuple[Link, Subject] | None:  # fmt: skip
    """A link to a parent and a set of its children; `roles` lets in parents that children have in several roles."""
    view = draw.view
    links = [link for link in view.links if link in view.parents(link.child)
             or (roles and link in view.roles(link.child) and link.words.has and link.words.none)]  # fmt: skip
    links = [link for link in links if view.size(link.child) and not view.words(link.parent).link]
    if not links:
        return None
    weights = [4.0 if {link.parent, link.child} & draw.focus else 1.0 for link in links]
    weights = [w * (1.0 if view.words(link.parent).label else 0.5) for w, link in zip(weights, links, strict=True)]
    link = draw.rng.choices(links, weights)[0]
    children = draw.subject(link.child, most=most, least=1 if kinds else 0, kinds=kinds, join=join)
    return (link, children) if apart(link, children) else None


def apart(link: Link, children: Subject) -> bool:
    """Whether the children's conditions leave their parent alone, neither naming it nor testing the key to it.

    A subquery that joins the parent would take the outer row for it, and a test of the key inside NOT EXISTS lets
    every other parent through.
    """
    within = link.parent in children.fixed or any(join.right == link.parent for join in children.joins)
    # An animal's sightings are of one species: what it leads to is settled, by whichever way.
    within = within or children.settles(link.parent)
    return not within and not any(set(link.key.columns) & set(item.columns) for item in children.conditions)


def link_test(link: Link) -> tuple[exp.Expr, ...]:
    """child.key = parent.key, for a correlated subquery."""
    pairs = zip(link.key.columns, link.key.parent_columns, strict=True)
    return tuple(exp.EQ(this=col(link.child, a), expression=col(link.parent, b)) for a, b in pairs)


def ask_for(draw: Draw, phrase: str, table: str, remark: str = "") -> str:
    """A question for the rows that a plural noun phrase names, and at times a remark on what to show."""
    _, who, does = phrase.partition(" who ")
    if who and draw.rng.random() < 0.2 and " who " not in does:
        question = f"Who {does}?"
    elif draw.rng.random() < 0.35:
        question = which(phrase)
    else:
        operation = "parents_with" if named_plainly(draw, table) else "rows_with"
        question = say(draw.rng, operation, phrase=phrase, **label_words(draw, table))
    return join_sentences(question, remark)


def _parents(draw: Draw, link: Link, phrase: str, condition: exp.Expr) -> Sketch:
    if draw.rng.random() < 0.3:
        query = select([sql(COUNT)], link.parent, where=[condition])
        return Sketch(say_count(draw.rng, phrase), query)
    columns, remark = identity(draw, link.parent, more=0.25)
    return Sketch(ask_for(draw, phrase, link.parent, remark), select(columns, link.parent, where=[condition]))


def _without(draw: Draw, kinds: tuple[str, ...] = ()) -> Sketch | None:
    drawn = linked(draw, kinds=kinds, roles=True)
    if drawn is None or (kinds and not drawn[1].conditions):
        return None
    if any(0 < item.days < _SPAN for item in drawn[1].conditions):
        return None
    link, children = drawn
    inner = children.query([literal(1)], where=link_test(link))
    condition = exp.Not(this=exp.Exists(this=inner))
    return _parents(draw, link, parent_phrase(draw, link, children.said(), has=False), condition)


@pattern(2, "anti_join", "exists", "correlated", weight=1.8)
def without_children(draw: Draw) -> Sketch | None:
    """Parents that have no such children: listed or counted."""
    return _without(draw)


@pattern(3, "anti_join", "exists", "correlated", weight=0.9)
def inactive_parents(draw: Draw) -> Sketch | None:
    """Parents without children in a span of time: "guests without a stay in the last 12 months"."""
    return _without(draw, (draw.rng.choice(("relative", "relative", "date")),))


def _all_have(draw: Draw, link: Link) -> bool:
    """Whether every parent has a child of some kind: to ask which have is to ask for all."""
    return len(draw.view.distinct(link.child, link.key.columns[0])) >= draw.view.size(link.parent)


@pattern(4, "in_subquery", weight=1.6)
def with_children(draw: Draw) -> Sketch | None:
    """Parents that have such children: listed or counted."""
    drawn = linked(draw, roles=True)
    if drawn is None or len(drawn[0].key.columns) > 1 or (not drawn[1].conditions and _all_have(draw, drawn[0])):
        return None
    link, children = drawn
    inner = children.query([col(link.child, link.key.columns[0])])
    condition = exp.In(this=col(link.parent, link.key.parent_columns[0]), query=exp.Subquery(this=inner))
    return _parents(draw, link, parent_phrase(draw, link, children.said(), has=True), condition)


@pattern(2, "group_by", "having", "join", weight=1.0)
def with_several_children(draw: Draw) -> Sketch | None:
    """Parents with at least n such children: "guests who made at least 3 stays"."""
    rng = draw.rng
    drawn = linked(draw, join=0.0)
    if drawn is None or not named_plainly(draw, drawn[0].parent):
        return None
    link, children = drawn
    bound = rng.choice((3, 3, 4, 5, 5, 6, 8, 10))
    said = say(rng, "at_least_children", n=number(rng, bound), m=number(rng, bound - 1), child=children.said())
    strictly = said.startswith(("more than ", "over "))
    having = sql("COUNT(*) > :n", n=literal(bound - 1)) if strictly else sql("COUNT(*) >= :n", n=literal(bound))
    labels = draw.labels(link.parent)
    question = ask_for(draw, _with_number(draw, link, said), link.parent)
    values = []
    if rng.random() < 0.3:
        remark = say(rng, "and_count", dim=draw.noun(link.parent)[0])
        question, values = join_sentences(question, remark), [sql(COUNT)]
    query = children.query([*labels, *values], link.up, group=label_group(draw, link), having=having)
    return Sketch(question, query)


def _with_number(draw: Draw, link: Link, children: str) -> str:
    """Such as "guests that made at least 3 stays": children said with their number."""
    if link.words.has and draw.rng.random() < 0.6:
        return parent_phrase(draw, link, children, has=True, plain=True)
    parents = draw.noun(link.parent)[1]
    phrase = say(draw.rng, "has_number", parent=parents, child=children)
    return phrase.replace(" that ", " who ", 1) if draw.person(link.parent) else phrase


def label_group(draw: Draw, link: Link) -> tuple[exp.Expr, ...]:
    """What to group by to show each parent's label once: the key too where labels repeat."""
    labels = draw.labels(link.parent)
    if draw.view.label_is_unique(link.parent):
        return labels
    key = tuple(col(link.parent, name) for name in draw.view.table(link.parent).primary_key)
    return (*key, *[label for label in labels if label not in key])


@pattern(2, "outer_join", weight=1.4)
def outer_count(draw: Draw) -> Sketch | None:
    """How many children, or how much of a measure, each parent has; zero included."""
    drawn = linked(draw, most=0)
    if drawn is None or not named_plainly(draw, drawn[0].parent):
        return None
    rng, view = draw.rng, draw.view
    link, children = drawn
    one, many = draw.noun(link.parent)
    measure = draw.measure(children, additive=True)
    slots = {"subject": children.said(), "dim": one, "dims": many}
    # A sum over open ends would be taken for the zero of those without rows.
    if measure is not None and not measure.nullable and rng.random() < 0.25:
        value = sql("COALESCE(SUM(:m), 0)", m=measure.sql)
        question = say(rng, "outer_sum", total=total(draw, measure), **slots)
    else:
        value = children_counted(draw.view, link)
        question = say(rng, "outer_count", **slots)
    order: list[exp.Expr] = []
    if rng.random() < 0.25:
        question, order = join_sentences(question, say(rng, "by_count_down")), [ordered(value, descending=True)]
    joins: tuple[Join, ...] = unambiguous(view, link.parent, (link.down,))
    columns = [*draw.labels(link.parent), value]
    group = label_group(draw, link)
    return Sketch(question, select(columns, link.parent, joins, group=group, order=order, outer=True))


@pattern(2, "self_join", weight=0.9)
def self_pairs(draw: Draw) -> Sketch | None:
    """Rows with the row of the same table they refer to."""
    rng, view = draw.rng, draw.view
    links = [link for link in view.links if link.child == link.parent and len(link.key.columns) == 1]
    links = [link for link in links if view.words(link.child).label]
    # The phrases ask for names: a number that stands for one is none.
    links = [link for link in links if view.words(link.child).label not in view.table(link.child).primary_key]
    if not links:
        return None
    link = rng.choice(links)
    label = view.words(link.child).label
    upper = exp.alias_(exp.to_table(link.parent), "up", table=True)
    on = exp.EQ(this=col(link.child, link.key.columns[0]), expression=col("up", link.key.parent_columns[0]))
    one, many = draw.noun(link.child)
    slots = {"one": one, "many": many, "role": link.words.role or f"parent {one}"}
    form = rng.choice(("pair", "pair", "outer", "more", "count", "of"))
    measure = draw.measure(link.child)
    own, name = col(link.child, label), col("up", label)
    if form == "more" and measure is not None and isinstance(measure.sql, exp.Column):
        test = exp.GT(this=measure.sql.copy(), expression=col("up", measure.sql.name))
        query = exp.select(own).from_(link.child).join(upper, on=on).where(test)
        return Sketch(say(rng, "self_more", measure=measure.name, **slots), query)
    if form == "count":
        query = exp.select(name, sql(COUNT)).from_(link.child).join(upper, on=on)
        query = query.group_by(col("up", link.key.parent_columns[0]), name.copy())
        return Sketch(say(rng, "self_count", **slots), query)
    if form == "of":
        value = view.draw_value(rng, link.parent, label)
        query = exp.select(own).from_(link.child).join(upper, on=on)
        query = query.where(exp.EQ(this=name, expression=literal(value)))
        return Sketch(say(rng, "self_of", value=str(value), **slots), query)
    query = exp.select(own, name).from_(link.child).join(upper, on=on, join_type="left" if form == "outer" else "")
    # "Every employee and their boss" has those without one too.
    question = say(rng, "self_pair_outer", **slots) if form == "outer" else say(rng, "self_pair", OF_ALL, **slots)
    return Sketch(question, query)
