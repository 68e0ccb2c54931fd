"""Stage 4: what is in both, in one and not the other, or in either: groups, parents and names."""

from __future__ import annotations

from sqlglot import exp

from generators.condition import Condition
from generators.draw import Draw
from generators.expr import Join, col, literal, select, sql
from generators.pattern import Sketch, identity, pattern
from generators.patterns.linking import apart, ask_for, link_test, linked
from generators.patterns.shares import extra_condition, two_kinds
from generators.phrases import plural, say
from generators.subject import Subject

_KINDS: dict[str, type[exp.SetOperation]] = {"both": exp.Intersect, "minus": exp.Except, "either": exp.Union}


def _two(draw: Draw, subject: Subject) -> tuple[Condition, Condition] | None:
    """Two different conditions on the subject's rows."""
    if draw.rng.random() < 0.5:
        return two_kinds(draw, subject)
    first, second = extra_condition(draw, subject), extra_condition(draw, subject)
    if first is None or second is None or set(first.columns) & set(second.columns):
        return None
    # Conditions that most rows meet ("has ended", "one of three of four states") set little against another.
    return None if {first.kind, second.kind} & {"null", "in_list"} else (first, second)


def _combined(kind: str, first: exp.Select, second: exp.Select) -> exp.Expr:
    return _KINDS[kind](this=first, expression=second, distinct=True)


@pattern(4, "set_operation", weight=1.2)
def groups_in_both(draw: Draw) -> Sketch | None:
    """Groups that have two kinds of rows, or one kind and not the other."""
    rng, view = draw.rng, draw.view
    base = draw.subject(most=0)
    conditions = _two(draw, base)
    if conditions is None:
        return None
    no_joins: tuple[Join, ...] = ()
    links = [link for link in view.parents(base.table) if len(link.key.columns) == 1]
    if links and rng.random() < 0.4:
        name = rng.choice(links).key.columns[0]
        columns: tuple[exp.Expr, ...] = (col(base.table, name),)
        dims, joins = plural(view.column_words(base.table, name).name), no_joins
    else:
        dimension = draw.dimension(base, "category", "label")
        if dimension is None:
            return None
        if dimension.kind == "category" and dimension.joins:
            return None  # "departments of the category with both" would be a category's that has both
        kinds = [Subject(view, base.table, base.one, base.many, (item,)) for item in conditions]
        if not all(rows.allows(dimension) for rows in kinds):
            return None
        if dimension.kind == "label" and not view.label_is_unique(dimension.sources[-1].table):
            return None  # two of one name would be taken for one
        columns, dims, joins = dimension.columns, dimension.names, dimension.joins
    if {c.name for c in columns} & {name for item in conditions for name in item.columns}:
        return None
    sides = [base.query(columns, *joins, where=(item.sql,)) for item in conditions]
    kind = rng.choice(("both", "minus"))
    said = {name: item.phrase.format(base.many) for name, item in zip(("first", "second"), conditions, strict=True)}
    question = say(rng, "intersect" if kind == "both" else "except", dims=dims, **said)
    return Sketch(question, _combined(kind, *sides))


@pattern(4, "exists", "correlated", weight=1.0)
def parents_with_both(draw: Draw) -> Sketch | None:
    """Parents that have two kinds of children, or one and not the other."""
    rng = draw.rng
    drawn = linked(draw, most=0)
    if drawn is None:
        return None
    link, base = drawn
    conditions = _two(draw, base)
    if conditions is None or any(set(item.columns) & set(link.key.columns) for item in conditions):
        return None
    tests: list[exp.Expr] = [
        exp.Exists(this=base.query([literal(1)], where=(*link_test(link), item.sql))) for item in conditions
    ]
    both = rng.random() < 0.5
    tests[1] = tests[1] if both else exp.Not(this=tests[1])
    said = {name: item.phrase.format(base.many) for name, item in zip(("first", "second"), conditions, strict=True)}
    phrase = say(rng, "has_both" if both else "has_but_not", parent=draw.noun(link.parent)[1], **said)
    columns, remark = identity(draw, link.parent, more=0.15)
    question = ask_for(draw, phrase, link.parent, remark)
    return Sketch(question, select(columns, link.parent, where=tests))


@pattern(4, "exists", "correlated", weight=0.7)
def children_of_two_kinds(draw: Draw) -> Sketch | None:
    """Parents that have rows of one table and none, or some, of another: reviewed stays that were never billed."""
    rng, view = draw.rng, draw.view
    tables = [t for t in view.subjects if len({link.child for link in view.children(t)}) > 1]
    if not tables:
        return None
    parent = draw.table(tables)
    first, second = rng.sample(list(view.children(parent)), 2)
    if first.child == second.child:
        return None
    children = [draw.subject(link.child, most=int(rng.random() < 0.25), join=0.0) for link in (first, second)]
    if not all(apart(link, rows) for link, rows in zip((first, second), children, strict=True)):
        return None
    one, other = (set(rows.many.split()) for rows in children)
    if one <= other or other <= one:  # "with gate moves that also have moves"
        return None
    tests: list[exp.Expr] = [
        exp.Exists(this=rows.query([literal(1)], where=link_test(link)))
        for link, rows in zip((first, second), children, strict=True)
    ]
    both = rng.random() < 0.4
    tests[1] = tests[1] if both else exp.Not(this=tests[1])
    said = {"first": children[0].said(), "second": children[1].said()}
    phrase = say(rng, "has_both" if both else "has_but_not", parent=draw.noun(parent)[1], **said)
    columns, remark = identity(draw, parent, more=0.15)
    return Sketch(ask_for(draw, phrase, parent, remark), select(columns, parent, where=tests))


@pattern(4, "set_operation", weight=0.6)
def shared_values(draw: Draw) -> Sketch | None:
    """Values of a category that two tables share, or that one has and the other lacks."""
    rng, view = draw.rng, draw.view
    places = [(t, c) for t in view.subjects for c in view.columns(t, "category")]
    pairs = [
        (a, b) for a in places for b in places
        if a[0] != b[0] and a[1] == b[1] and set(view.distinct(*a)) & set(view.distinct(*b))
    ]  # fmt: skip
    if not pairs:
        return None
    one, two = rng.choice(pairs)
    sides = [draw.subject(table, most=1, join=0.0) for table, _ in (one, two)]
    if {f"{one[0]}.{one[1]}", f"{two[0]}.{two[1]}"} & (sides[0].fixed | sides[1].fixed):
        return None
    if any(view.determines(place[0], name, place[1]) for rows, place in zip(sides, (one, two), strict=True)
           for item in rows.conditions for name in item.columns):  # fmt: skip
        return None  # a city is in one country
    # Values of a kind that the rows are chosen by are known, and one that may be missing is no value.
    if any(place[1] in item.columns for rows, place in zip(sides, (one, two), strict=True) for item in rows.conditions):
        return None
    kind = rng.choice(("both", "minus", "minus", "either"))
    name = min((view.column_words(*place).name for place in (one, two)), key=len)
    slots = {"dims": plural(name), "first": sides[0].said()}
    question = say(rng, f"set_{kind}", second=sides[1].said(), **slots)
    queries = [
        rows.query([col(*place)], where=(sql(":c IS NOT NULL", c=col(*place)),) if view.nullable(*place) else ())
        for rows, place in zip(sides, (one, two), strict=True)
    ]  # fmt: skip
    return Sketch(question, _combined(kind, *queries))


@pattern(4, "set_operation", weight=0.35)
def names_together(draw: Draw) -> Sketch | None:
    """The names of two kinds of rows in one list."""
    rng, view = draw.rng, draw.view
    tables = [t for t in view.subjects if draw.labels(t) and view.words(t).label.endswith("name")]
    people = [table for table in tables if draw.person(table)]  # rows of unlike kinds make no list
    pairs = [(a, b) for a in people for b in people if a != b]
    if not pairs:
        return None
    sides = [draw.subject(table, most=1, join=0.0) for table in rng.choice(pairs)]
    question = say(rng, "union", first=sides[0].said(), second=sides[1].said(), label="name")
    return Sketch(question, _combined("either", *[rows.query(draw.labels(rows.table)) for rows in sides]))
