"""Stage 3: shares, fractions, ratios and differences, overall and per group."""

from __future__ import annotations

import re

from sqlglot import exp

from generators.condition import Condition
from generators.conditions import contrast, draw_condition
from generators.draw import Draw
from generators.expr import col, literal, select, sql
from generators.pattern import Sketch, grouped, pattern
from generators.patterns.basics import total
from generators.phrases import join_sentences, say
from generators.subject import Dimension, Measure, Subject, modify

COUNT = "COUNT(*)"
_ADJECTIVE = re.compile(r"(ed|paid|open|ongoing|active|late|local|international|overdue|live|roaming|current)$")
_BE = {"paid", "made", "booked", "in", "from", "on", "under", "via", "opened", "closed", "caused", "due", "located",
       "about", "born", "costing", "charged", "called", "of", "above", "below", "over", "rated", "hired", "issued",
       "dated", "settled", "posted", "for", "written", "still", "not", "switched", "taken", "placed", "started",
       "earning", "longer", "shorter", "larger", "smaller", "already", "outside", "marked", "through", "by", "at",
       "working", "to", "without", "raised", "living", "bought", "launched", "retired", "past"}  # fmt: skip


def predicate(condition: Condition, many: str) -> str:
    """A condition as what rows in the plural do: "are cancelled", "come from Italy"; empty where it has no verb form.

    The verb phrase follows a plural noun.
    """
    phrase = condition.phrase
    if phrase.endswith(" {}"):
        front = phrase[:-3]
        return f"are {front}" if _ADJECTIVE.search(front) else f"are {front} {many}"
    rest = phrase.removeprefix("{} ")
    first, _, tail = rest.partition(" ")
    if first in {"that", "who"}:
        return tail
    if first == "with":
        return f"have {tail}"
    if first == "without":
        return f"have no {tail.removeprefix('a ').removeprefix('an ').removeprefix('any ')}"
    return f"are {rest}" if first in _BE else ""


def extra_condition(draw: Draw, subject: Subject) -> Condition | None:
    """One more condition on the subject's table, on a column the subject does not use yet."""
    kinds = ("equal", "equal", "equal", "compare", "null", "named", "date", "in_list")
    condition = draw_condition(draw.rng, draw.view, subject.table, (draw.rng.choice(kinds),))
    used = {column for item in subject.conditions for column in item.columns}
    return None if condition is None or used & set(condition.columns) else condition


def two_kinds(draw: Draw, subject: Subject) -> tuple[Condition, Condition] | None:
    """Two kinds of the rows to set against each other: two values of one category, so that no row is of both."""
    pair = contrast(draw.rng, draw.view, subject.table)
    used = {column for item in subject.conditions for column in item.columns}
    return None if pair is None or used & set(pair[0].columns) else pair


def settling(dimension: Dimension) -> set[str]:
    """Columns that settle which group a row is in, as far as the row says it: the group's own and the key to it.

    Kinds told apart by one of them are all or nothing in each group.
    """
    keys = {name for join in dimension.joins[:1] for name in join.left_columns}
    return {column.name for column in dimension.sources} | keys


def tests_measure(measure: Measure, *conditions: Condition) -> bool:
    """Whether a condition tests what the measure is computed from: its share of the sum is settled by it, or nearly."""
    return any(measure.sources & set(item.columns) for item in conditions)


def share_sql(condition: exp.Expr) -> exp.Expr:
    """Rows that meet a condition as a percentage of all rows."""
    return sql("100.0 * COUNT(*) FILTER (WHERE :c) / COUNT(*)", c=condition)


def rounded(draw: Draw, value: exp.Expr, question: str, *, often: float = 0.6) -> tuple[exp.Expr, str]:
    """The value and the question, at times with a rounding asked for."""
    if draw.rng.random() > often:
        return value, question
    operation, digits = draw.rng.choices((("round_one", 1), ("round_two", 2), ("round_zero", 0)), (5, 4, 1))[0]
    return sql(f"ROUND(:v, {digits})", v=value), join_sentences(question, say(draw.rng, operation))


def say_share(draw: Draw, operation: str, subject: Subject, condition: Condition, **slots: str) -> str:
    """A phrase of the operation; those that need a verb only where the condition has one."""
    verb = predicate(condition, subject.many)
    if verb:
        slots["pred"] = verb
    # Beside rows under conditions of their own, "late ones as a percentage of paid ones" could be any late ones.
    slots["what"] = modify(subject.many, (*subject.conditions, condition))
    unless = _WHAT if verb and subject.conditions else None
    return say(draw.rng, operation, unless, subject=subject.said(), **slots)


_WHAT = re.compile(r"\{what\}")


@pattern(3, "share_if", "filter_aggregate", weight=2.2, may=("rounding",))
def share(draw: Draw) -> Sketch | None:
    """The percentage, or at times the fraction, of rows that meet a condition."""
    subject = draw.subject(most=1)
    condition = extra_condition(draw, subject)
    if condition is None:
        return None
    if draw.rng.random() < 0.12:
        question = say_share(draw, "fraction", subject, condition)
        return Sketch(question, subject.query([sql("1.0 * COUNT(*) FILTER (WHERE :c) / COUNT(*)", c=condition.sql)]))
    question = say_share(draw, "share", subject, condition)
    value, question = rounded(draw, share_sql(condition.sql), question)
    return Sketch(question, subject.query([value]))


@pattern(3, "share_if", "filter_aggregate", "group_by", weight=1.6, may=("rounding",))
def share_per_group(draw: Draw) -> Sketch | None:
    """That percentage per group."""
    subject = draw.subject(most=1)
    condition, dimension = extra_condition(draw, subject), draw.dimension(subject, "category", "label", "label", "time")
    if condition is None or dimension is None or set(condition.columns) & settling(dimension):
        return None
    if dimension.unit == "day":  # a day's few rows are all of a kind or none
        return None
    question = say_share(draw, "share_group", subject, condition, dim=dimension.name, dims=dimension.names)
    value, question = rounded(draw, share_sql(condition.sql), question)
    return Sketch(question, grouped(subject, dimension, [value]))


@pattern(3, "share_if", "filter_aggregate", weight=0.9, may=("rounding",))
def share_of_amount(draw: Draw) -> Sketch | None:
    """The percentage of a measure's sum that rows under a condition bring."""
    subject = draw.subject(most=1)
    condition, measure = extra_condition(draw, subject), draw.measure(subject, additive=True)
    if condition is None or measure is None or tests_measure(measure, condition):
        return None
    slots = {"total": total(draw, measure), "what": modify(subject.many, (*subject.conditions, condition))}
    question = say(draw.rng, "share_amount", subject=subject.said(), **slots)
    tree = sql("100.0 * SUM(:m) FILTER (WHERE :c) / SUM(:m)", m=measure.sql, c=condition.sql)
    value, question = rounded(draw, tree, question)
    return Sketch(question, subject.query([value]))


@pattern(3, "filter_aggregate", weight=1.2)
def two_counts(draw: Draw) -> Sketch | None:
    """Two conditional counts side by side, per group or overall, or their difference or ratio."""
    rng = draw.rng
    subject = draw.subject(most=0)  # the questions name the two kinds only, so no condition may stand on all rows
    pair = two_kinds(draw, subject)
    if pair is None:
        return None
    first, second = pair
    counts = [sql("COUNT(*) FILTER (WHERE :c)", c=item.sql) for item in (first, second)]
    said = {"first": first.phrase.format(subject.many), "second": second.phrase.format(subject.many)}
    dimension = draw.dimension(subject)
    used = {*first.columns, *second.columns}
    if dimension is None or dimension.unit in {"day", "week"} or settling(dimension) & used or rng.random() < 0.6:
        form = rng.choice(("two_counts_all", "two_counts_all", "difference", "ratio_counts"))
        if form != "two_counts_all":
            template = ":a - :b" if form == "difference" else "1.0 * :a / NULLIF(:b, 0)"
            counts = [sql(template, a=counts[0], b=counts[1])]
        return Sketch(say(rng, form, **said), subject.query(counts))
    question = say(rng, "two_counts", dimension.unfit, dim=dimension.name, **said)
    return Sketch(question, grouped(subject, dimension, counts))


@pattern(3, "filter_aggregate", "date_filter", weight=0.9)
def two_years(draw: Draw) -> Sketch | None:
    """Counts of two years side by side, or the change between them in percent."""
    rng, view = draw.rng, draw.view
    tables = [t for t in view.subjects if view.columns(t, "date", "timestamp") and view.size(t) >= 20]
    if not tables:
        return None
    table = draw.table(tables)
    times = [item for item in draw.dimensions(table) if item.unit == "year"]
    if not times:
        return None
    subject = draw.subject(table, most=1, kinds=("equal", "compare", "named", "in_list"))
    column = rng.choice(times).columns[0].find(exp.Column)
    assert column is not None  # noqa: S101 (a year is taken from a column)
    years = sorted({day.year for day in view.days(table, column.name)})
    if len(years) < 2:
        return None
    first = rng.choice(years[:-1])
    spans = [sql(":c >= :a AND :c < :b", c=column, a=literal(f"{y}-01-01"), b=literal(f"{y + 1}-01-01"))
             for y in (first, first + 1)]  # fmt: skip
    one, two = (sql("COUNT(*) FILTER (WHERE :c)", c=span) for span in spans)
    form = rng.choice(("years_both", "years_change"))
    question = say(rng, form, subject=subject.said(), a=str(first), b=str(first + 1))
    if len(view.columns(table, "date", "timestamp")) > 1 or view.nullable(table, column.name):
        question = join_sentences(question, say(rng, "by_date", column=view.column_words(table, column.name).name))
    if form == "years_both":
        return Sketch(question, subject.query([one, two]))
    value, question = rounded(draw, sql("100.0 * (:b - :a) / NULLIF(:a, 0)", a=one, b=two), question)
    return Sketch(question, subject.query([value]))


@pattern(3, "filter_aggregate", weight=0.6)
def difference_of_sums(draw: Draw) -> Sketch | None:
    """The difference between two conditional sums."""
    base = draw.subject(most=0)
    measure = draw.measure(base, additive=True)
    pair = two_kinds(draw, base)
    if measure is None or pair is None or tests_measure(measure, *pair):
        return None
    first, second = pair
    slots = {"first": first.phrase.format(base.many), "second": second.phrase.format(base.many)}
    template = "SUM(:m) FILTER (WHERE :a) - SUM(:m) FILTER (WHERE :b)"
    tree = sql(template, m=measure.sql, a=first.sql, b=second.sql)
    return Sketch(say(draw.rng, "difference_sum", total=total(draw, measure), **slots), base.query([tree]))


@pattern(3, "ratio", weight=1.3, may=("rounding",))
def per_parent(draw: Draw) -> Sketch | None:
    """A total, or a count, divided by the number of different parents, or by that of all parents."""
    rng, view = draw.rng, draw.view
    subject = draw.subject(most=1, join=0.1)
    links = [link for link in view.parents(subject.table) if len(link.key.columns) == 1]
    tested = {column for item in subject.conditions for column in item.columns}
    # What belongs to none is nobody's, but in the total.
    links = [link for link in links if not view.optional(link) or set(link.key.columns) <= tested]
    links = [link for link in links if not subject.pins(link)]
    if not links:
        return None
    link = rng.choice(links)
    one, many = draw.noun(link.parent)
    key = col(subject.table, link.key.columns[0])
    slots = {"subject": subject.said(), "one": one, "many": many}
    measure = draw.measure(subject, additive=True)
    form = rng.choice(("count", "count", "all", "sum", "sum"))
    if form == "all":
        whole = exp.Subquery(this=select([sql(COUNT)], link.parent))
        question, value = say(rng, "count_per_all", **slots), sql("1.0 * COUNT(*) / :w", w=whole)
    elif measure is None or form == "count":
        question = say(rng, "count_per_parent", **slots)
        value = sql("1.0 * COUNT(*) / COUNT(DISTINCT :k)", k=key)
    else:
        question = say(rng, "per_parent", total=total(draw, measure, whole=False), **slots)
        one = "1.0 * " if measure.integral or measure.unit in {"nights", "days"} else ""
        value = sql(f"{one}SUM(:m) / COUNT(DISTINCT :k)", m=measure.sql, k=key)
    value, question = rounded(draw, value, question)
    return Sketch(question, subject.query([value]))


def _alike(draw: Draw, table: str) -> list[tuple[Measure, Measure]]:
    """Pairs of measures of one unit that can be summed, neither worked out from what the other is."""
    options = [item for item in draw.measures(table) if item.additive and item.unit]
    return [(a, b) for a in options for b in options if a.unit == b.unit and not a.sources & b.sources]


@pattern(3, "ratio", weight=0.3)
def ratio_of_sums(draw: Draw) -> Sketch | None:
    """One measure's sum over another's of the same unit."""
    rng = draw.rng
    tables = [t for t in draw.view.subjects if _alike(draw, t)]
    if not tables:
        return None
    subject = draw.subject(draw.table(tables), most=1)
    pairs = _alike(draw, subject.table)
    first, second = rng.choice(pairs)
    slots = {"first": total(draw, first), "second": total(draw, second)}
    question = say(rng, "ratio_sums", subject=subject.said(), **slots)
    tree = sql("SUM(:a) / NULLIF(SUM(:b), 0)", a=first.sql, b=second.sql)
    if first.integral:
        tree = sql("1.0 * SUM(:a) / NULLIF(SUM(:b), 0)", a=first.sql, b=second.sql)
    value, question = rounded(draw, tree, question, often=0.4)
    return Sketch(question, subject.query([value]))
