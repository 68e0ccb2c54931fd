"""Stages 2 to 4: pairs of rows alike in something, what meets through a third table, figures of figures in FROM."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from generators.condition import said as said_value
from generators.draw import Draw
from generators.expr import Join, col, literal, ordered, select, sql
from generators.facets import bridges, meetings
from generators.pattern import Sketch, named_plainly, pattern, shown_columns
from generators.patterns.composition import counts_per_group
from generators.patterns.linking import holds_label, label_group, parent_name, whole_join
from generators.patterns.shares import rounded
from generators.phrases import join_sentences, number, plural, say
from generators.view import Link

COUNT = "COUNT(*)"
_LISTED = 100
"""Most rows of a table whose pairs are still listed rather than counted."""
_ALIKE = 10
"""Most rows of a kind, on average, for its pairs to be worth a list."""
_GROUPS = 8
"""Fewest values of what pairs have in common from which on their number says something."""


@pattern(2, "self_join", weight=1.0)
def alike_pairs(draw: Draw) -> Sketch | None:
    """Pairs of rows of one category or of one parent, each pair once: listed, counted, or with more of something."""
    rng, view = draw.rng, draw.view
    tables = [t for t in view.subjects if len(view.table(t).primary_key) == 1 and 2 < view.size(t) <= 1000]
    tables = [t for t in tables if view.columns(t, "category") or view.parents(t)]
    if not tables:
        return None
    table = draw.table(tables)
    words, key = view.words(table), view.table(table).primary_key[0]
    shared: list[tuple[tuple[str, ...], str]] = [(link.key.columns, link.words.role or draw.noun(link.parent)[0])
                                                 for link in view.parents(table)]  # fmt: skip
    shared += [
        ((c,), view.column_words(table, c).name) for c in view.columns(table, "category")
        if c != key and ((c,), draw.noun_of_key(table, c)) not in shared
        and view.size(table) <= _ALIKE * len(view.distinct(table, c))
    ]  # fmt: skip
    if not shared:
        return None
    columns, dim = rng.choice(shared)
    shown = words.label if named_plainly(draw, table) and view.label_is_unique(table) else key
    tests: list[exp.Expr] = [exp.EQ(this=col("a", name), expression=col("b", name)) for name in columns]
    one, many = draw.noun(table)
    slots = {"many": many, "one": one, "dim": dim, "column": view.column_words(table, shown).name}
    slots["columns"] = plural(slots["column"])
    measure = rng.choice([m for m in draw.measures(table) if isinstance(m.sql, exp.Column) and not m.rank] or [None])
    groups = min(len(view.distinct(table, name)) for name in columns)
    forms: tuple[str, ...] = ("alike", "alike", "alike_more") if view.size(table) <= _LISTED else ()
    forms += ("alike_count",) if groups >= _GROUPS and (forms or rng.random() < 0.3) else ()
    if not forms:
        return None
    form = rng.choice(forms)
    if form == "alike_more" and measure is not None:
        tests.append(exp.GT(this=col("a", measure.sql.name), expression=col("b", measure.sql.name)))
        slots["measure"] = measure.name
    else:
        form = "alike" if form == "alike_more" else form
        tests.append(exp.LT(this=col("a", key), expression=col("b", key)))
    where, remark = _of_one_kind(draw, table, columns)
    if where is not None:
        tests.append(where)
    if form == "alike_count" and where is None:
        return None
    pair = [sql(COUNT)] if form == "alike_count" else [col("a", shown), col("b", shown)]
    first, second = (exp.alias_(exp.to_table(table), name, table=True) for name in ("a", "b"))
    query = exp.select(*pair).from_(first).join(second, on=exp.and_(*tests, wrap=False))
    return Sketch(join_sentences(say(rng, form, **slots), remark), query)


def _of_one_kind(draw: Draw, table: str, taken: tuple[str, ...]) -> tuple[exp.Expr | None, str]:
    """At times a condition on both rows of a pair: that the first's other category, and the second's, is a value."""
    names = [c for c in draw.view.columns(table, "category") if c not in taken]
    if not names or draw.rng.random() < 0.55:
        return None, ""
    name = draw.rng.choice(names)
    value = draw.view.draw_value(draw.rng, table, name)
    if value is None:
        return None, ""
    test = sql(":a = :v AND :b = :v", a=col("a", name), b=col("b", name), v=literal(value))
    words = draw.view.column_words(table, name)
    return test, say(draw.rng, "both_are", column=words.name, value=said_value(draw.view, table, name, value))


def _bridge(draw: Draw, *, unique: bool) -> tuple[Link, Link, dict[str, str]] | None:
    """Two links from one table to two, and the words for what they lead to: slots `one`, `many`, `dim`, `dims`."""
    options = [(a, b) for a, b in meetings(draw.view) if draw.view.label_is_unique(a.parent) or not unique]
    # Keys that share a column lead to one and the same: rooms of a hotel meet no other hotel.
    options = [(a, b) for a, b in options if not set(a.key.columns) & set(b.key.columns)]
    if not options:
        return None
    weights = [4.0 if draw.view.words(first.child).link else 1.0 for first, _ in options]
    first, second = draw.rng.choices(options, weights)[0]
    one, two = draw.noun(first.parent), draw.noun(second.parent)
    return first, second, {"one": one[0], "many": one[1], "dim": two[0], "dims": two[1],
                           "child": draw.noun(first.child)[1]}  # fmt: skip


def _chain(first: Link, *rest: Join) -> tuple[Join, ...]:
    return (Join(first.down.left, first.down.right, first.down.left_columns, first.down.right_columns, False), *rest)


@pattern(2, "multi_join", "group_by", weight=0.9)
def meeting_counts(draw: Draw) -> Sketch | None:
    """How many different rows of one table each row of another meets through a third; at least n, or the most."""
    rng, view = draw.rng, draw.view
    drawn = _bridge(draw, unique=False)
    if drawn is None:
        return None
    first, second, slots = drawn
    label = draw.labels(first.parent)
    key_columns = view.table(first.parent).primary_key
    if view.optional(second) or (len(key_columns) > 1 and view.words(first.parent).label in key_columns):
        return None  # rows that belong to none would be lost; a number counted within its owner says not which
    columns = [col(second.parent, name) for name in second.key.parent_columns]
    key = columns[0] if len(columns) == 1 else exp.Tuple(expressions=columns)
    up = Join(second.up.left, second.up.right, second.up.left_columns, second.up.right_columns, False)
    value, group = sql("COUNT(DISTINCT :k)", k=key), label_group(draw, first)
    form = rng.choice(("meet_each", "meet_each", "meet_at_least", "meet_most"))
    if form == "meet_each":
        query = select([*label, value], first.parent, _chain(first, up), group=group)
    elif form == "meet_at_least":
        bound = rng.choice((2, 2, 3, 4, 5))
        slots["n"] = number(rng, bound)
        having = sql(":v >= :n", v=value, n=literal(bound))
        query = select(label, first.parent, _chain(first, up), group=group, having=having)
    else:
        order = [ordered(value, descending=True)]
        query = select([*label, value], first.parent, _chain(first, up), group=group, order=order, limit=1)
    return Sketch(say(rng, form, **slots), query)


@pattern(2, "multi_join", "distinct", weight=0.8)
def meeting_named(draw: Draw) -> Sketch | None:
    """Rows that meet a named one through a third table, each once, or the pairs that meet most often."""
    rng, view = draw.rng, draw.view
    drawn = _bridge(draw, unique=True)
    if drawn is None:
        return None
    first, second, slots = drawn
    up = Join(second.up.left, second.up.right, second.up.left_columns, second.up.right_columns, False)
    label, other = draw.labels(first.parent), view.words(second.parent).label
    value = view.draw_value(rng, second.parent, other)
    test = exp.EQ(this=col(second.parent, other), expression=literal(value))
    question = say(rng, "meet_named", value=said_value(view, second.parent, other, value), **slots)
    return Sketch(question, select(label, first.parent, _chain(first, up), [test], distinct=True))


@pattern(2, "multi_join", weight=0.8)
def both_names(draw: Draw) -> Sketch | None:
    """Rows with the names of the two rows that they belong to."""
    rng, view = draw.rng, draw.view
    options = [(a, b) for a, b in bridges(view) if a.child in view.subjects]
    options = [(a, b) for a, b in options if not holds_label(draw, a) and not holds_label(draw, b)]
    if not options:
        return None
    first, second = rng.choice(options)
    subject = draw.subject(first.child, most=1, join=0.0)
    if subject.pins(first) or subject.pins(second):
        return None
    columns, said = shown_columns(draw, subject.table, rng.choice((1, 1, 2)))
    names, slots = [], {"cols": said, "subject": subject.said()}
    for slot, link in (("a", first), ("b", second)):
        names.append(col(link.parent, view.words(link.parent).label))
        slots[slot] = parent_name(draw, link)
    question, up = whole_join(draw, subject, say(rng, "both_names", **slots), first, second)
    return Sketch(question, subject.query([*columns, *names], *up))


@pattern(2, "multi_join", weight=0.3)
def both_roles(draw: Draw) -> Sketch | None:
    """Rows with the names of the two rows of one table that they belong to: home and away team."""
    rng, view = draw.rng, draw.view
    tables = [t for t in view.subjects if len(_role_pair(draw, t)) == 2]
    if not tables:
        return None
    table = rng.choice(tables)
    pair = list(_role_pair(draw, table))
    rng.shuffle(pair)
    subject = draw.subject(table, most=1, join=0.0)
    if any(subject.pins(link) for link in pair):
        return None
    columns, said = shown_columns(draw, table, rng.choice((1, 1, 2)))
    slots = {"a": parent_name(draw, pair[0]), "b": parent_name(draw, pair[1]), "cols": said, "subject": subject.said()}
    question, joins = whole_join(draw, subject, say(rng, "both_names", **slots), *pair)
    called = [(link.words.role or draw.noun(link.parent)[0]).replace(" ", "_") for link in pair]
    joins = [replace(join, alias=alias) for join, alias in zip(joins, called, strict=True)]
    names = [col(alias, view.words(link.parent).label) for link, alias in zip(pair, called, strict=True)]
    return Sketch(question, subject.query([*columns, *names], *joins))


def _role_pair(draw: Draw, table: str) -> tuple[Link, ...]:
    """The two keys of one column that lead to one named table, or nothing."""
    links = draw.view.roles(table)
    fitting = len(links) == 2 and links[0].parent == links[1].parent
    named = fitting and bool(draw.view.words(links[0].parent).label)
    return links if named and all(len(link.key.columns) == 1 for link in links) else ()


@pattern(4, "derived_table", weight=1.0)
def figure_of_counts(draw: Draw) -> Sketch | None:
    """The average, largest or smallest number of rows per group, or how many groups have more than n."""
    rng = draw.rng
    drawn = counts_per_group(draw)
    if drawn is None:
        return None
    subject, dimension, inner = drawn
    slots = {"subject": subject.said(), "dim": dimension.name, "dims": dimension.names}
    table = inner.subquery("counts")
    form = rng.choice(("avg_of_counts", "max_of_counts", "min_of_counts", "groups_over"))
    if form == "groups_over":
        bound = rng.choice((1, 2, 3, 5, 10, 20))
        query = exp.select(sql(COUNT)).from_(table).where(sql(f"n > {bound}"))
        return Sketch(say(rng, form, n=str(bound), **slots), query)
    operation = "avg_of_counts_any" if form == "avg_of_counts" and dimension.joins else form
    value, question = sql(f"{form[:3].upper()}(n)"), say(rng, operation, dimension.unfit, **slots)
    if form == "avg_of_counts":
        value, question = rounded(draw, value, question, often=0.4)
    return Sketch(question, exp.select(value).from_(table))


@pattern(4, "derived_table", "join", weight=0.6)
def against_own_mean(draw: Draw) -> Sketch | None:
    """Rows above the average of their own group, through a joined query of averages."""
    rng, view = draw.rng, draw.view
    tables = [t for t in view.subjects if len(view.table(t).primary_key) == 1]
    if not tables:
        return None
    table = draw.table(tables)
    measure = draw.measure(table)
    names = [c for c in view.columns(table, "category") if not view.nullable(table, c)]
    names = [c for c in names if (c,) != view.table(table).primary_key]
    if measure is None or not names:
        return None
    name = rng.choice(names)
    group = exp.alias_(col(table, name), "grp")
    inner = select([group, exp.alias_(sql("AVG(:m)", m=measure.sql), "mean")], table, group=[col(table, name)])
    shown = view.words(table).label if named_plainly(draw, table) else view.table(table).primary_key[0]
    on = exp.EQ(this=col("means", "grp"), expression=col(table, name))
    more = rng.random() < 0.6
    test = exp.GT if more else exp.LT
    query = exp.select(col(table, shown)).from_(exp.to_table(table)).join(inner.subquery("means"), on=on)
    query = query.where(test(this=measure.sql.copy(), expression=col("means", "mean")))
    dim = draw.noun_of_key(table, name) or view.column_words(table, name).name
    slots = {"many": draw.noun(table)[1], "measure": measure.name, "dim": dim}
    slots["column"] = view.column_words(table, shown).name
    return Sketch(say(rng, "own_mean_above" if more else "own_mean_below", **slots), query)
