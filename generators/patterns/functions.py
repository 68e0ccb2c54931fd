"""Stage 3: shares and ratios, dates, text, CASE and defaults, each over rows of one subject."""

from __future__ import annotations

from sqlglot import exp

from generators.conditions import Condition, draw_condition
from generators.expr import col, literal, sql
from generators.pattern import Sketch, grouped, pattern, shown_columns
from generators.patterns.basics import total
from generators.phrases import join_sentences, say
from generators.subject import Draw, Subject

COUNT = "COUNT(*)"


def trait(condition: Condition, noun: str) -> str:
    """What a condition says of rows that are named already: "cancelled", "paid by card", else the whole phrase."""
    phrase = condition.phrase
    if phrase.endswith(" {}"):
        return phrase[:-3]
    rest = phrase.removeprefix("{} ")
    if rest != phrase and rest.split()[0] in {"paid", "made", "booked", "in", "from", "on", "without", "under", "via"}:
        return rest
    return phrase.format(noun)


def extra_condition(draw: Draw, subject: Subject) -> Condition | None:
    """One more condition on the subject's table, on a column the subject does not use yet."""
    kinds = ("equal", "equal", "equal", "compare", "null", "named", "date", "in_list")
    condition = draw_condition(draw.rng, draw.view, subject.table, (draw.rng.choice(kinds),))
    used = {column for item in subject.conditions for column in item.columns}
    return None if condition is None or used & set(condition.columns) else condition


def share_sql(condition: exp.Expr) -> exp.Expr:
    """Rows that meet a condition as a percentage of all rows; NULL where there are none."""
    return sql("100.0 * COUNT(*) FILTER (WHERE :c) / NULLIF(COUNT(*), 0)", c=condition)


def rounded(draw: Draw, value: exp.Expr, question: str, *, often: float = 0.6) -> tuple[exp.Expr, str]:
    """The value and the question, at times with a rounding asked for."""
    if draw.rng.random() > often:
        return value, question
    operation, digits = draw.rng.choice((("round_one", 1), ("round_one", 1), ("round_two", 2), ("round_two", 2)))
    return sql(f"ROUND(:v, {digits})", v=value), join_sentences(question, say(draw.rng, operation))


@pattern(3, "share_if", "filter_aggregate", weight=2.0)
def share(draw: Draw) -> Sketch | None:
    """The percentage of rows that meet a condition."""
    subject = draw.subject(most=1)
    condition = extra_condition(draw, subject)
    if condition is None:
        return None
    what = trait(condition, subject.many)
    question = say(draw.rng, "share", subject=subject.said(), what=what)
    value, question = rounded(draw, share_sql(condition.sql), question)
    return Sketch(question, subject.query([value]))


@pattern(3, "share_if", "filter_aggregate", "group_by", weight=1.4)
def share_per_group(draw: Draw) -> Sketch | None:
    """That percentage per group."""
    subject = draw.subject(most=1)
    condition, dimension = extra_condition(draw, subject), draw.dimension(subject.table)
    if condition is None or dimension is None or set(condition.columns) & {c.name for c in dimension.columns}:
        return None
    what = trait(condition, subject.many)
    question = say(draw.rng, "share_group", subject=subject.said(), what=what, dim=dimension.name)
    tree = sql("100.0 * COUNT(*) FILTER (WHERE :c) / COUNT(*)", c=condition.sql)
    value, question = rounded(draw, tree, question)
    return Sketch(question, grouped(subject, dimension, [value]))


@pattern(3, "filter_aggregate", weight=1.0)
def two_counts(draw: Draw) -> Sketch | None:
    """Two conditional counts side by side, per group or overall."""
    rng = draw.rng
    subject = draw.subject(most=1)
    first, second = extra_condition(draw, subject), extra_condition(draw, subject)
    if first is None or second is None or first.sql == second.sql:
        return None
    counts = [sql("COUNT(*) FILTER (WHERE :c)", c=item.sql) for item in (first, second)]
    said = [item.phrase.format(subject.many) for item in (first, second)]
    dimension = draw.dimension(subject.table)
    if dimension is None or rng.random() < 0.35:
        bare = Subject(draw.view, subject.table, subject.one, subject.many)
        return Sketch(say(rng, "two_counts_all", first=said[0], second=said[1]), bare.query(counts))
    question = say(rng, "two_counts", subject=subject.said(), first=said[0], second=said[1], dim=dimension.name)
    return Sketch(question, grouped(subject, dimension, counts))


@pattern(3, "ratio", weight=1.2)
def per_parent(draw: Draw) -> Sketch | None:
    """A total, or a count, divided by the number of different parents."""
    rng, view = draw.rng, draw.view
    subject = draw.subject(most=1)
    links = [link for link in view.parents(subject.table) if len(link.key.columns) == 1]
    if not links:
        return None
    link = rng.choice(links)
    words = view.words(link.parent)
    key = col(subject.table, link.key.columns[0])
    slots = {"subject": subject.said(), "one": words.one, "many": words.many}
    measure = draw.measure(subject.table, additive=True)
    if measure is None or rng.random() < 0.5:
        question = say(rng, "count_per_parent", **slots)
        value = sql("1.0 * COUNT(*) / NULLIF(COUNT(DISTINCT :k), 0)", k=key)
    else:
        question = say(rng, "per_parent", total=total(draw, measure), **slots)
        value = sql("1.0 * SUM(:m) / NULLIF(COUNT(DISTINCT :k), 0)", m=measure.sql, k=key)
    value, question = rounded(draw, value, question)
    return Sketch(question, subject.query([value]))


@pattern(3, "date_diff", weight=1.3)
def elapsed(draw: Draw) -> Sketch | None:
    """Days between two dates of a row: on average, at most, or above a bound."""
    rng, view = draw.rng, draw.view
    tables = [t for t in view.subjects if len(view.columns(t, "date")) > 1]
    if not tables:
        return None
    subject = draw.subject(draw.table(tables), most=1)
    start, end = view.columns(subject.table, "date")[:2]
    slots = {
        "subject": subject.said(),
        "start": view.column_words(subject.table, start).name,
        "end": view.column_words(subject.table, end).name,
    }
    days = sql(":b - :a", a=col(subject.table, start), b=col(subject.table, end))
    form = rng.choice(("elapsed", "elapsed", "elapsed_max", "elapsed_over"))
    if form == "elapsed_over":
        bound = rng.choice((1, 2, 3, 5, 7, 10, 14, 30, 60))
        phrase = say(rng, form, n=str(bound), **slots)
        return Sketch(say(rng, "count_phrase", phrase=phrase), subject.query([sql(COUNT)], where=(
            sql(":d > :n", d=days, n=literal(bound)),)))  # fmt: skip
    value, question = sql(f"{'AVG' if form == 'elapsed' else 'MAX'}(:d)", d=days), say(rng, form, **slots)
    if form == "elapsed":
        value, question = rounded(draw, value, question, often=0.4)
    return Sketch(question, subject.query([value]))


@pattern(3, "date_diff", "date_relative", weight=0.6)
def days_since(draw: Draw) -> Sketch | None:
    """Days from a row's date to today."""
    rng, view = draw.rng, draw.view
    tables = [t for t in view.subjects if any(not view.reaches_past(t, c) for c in view.columns(t, "date"))]
    if not tables:
        return None
    subject = draw.subject(draw.table(tables), most=1, least=1)
    name = rng.choice([c for c in view.columns(subject.table, "date") if not view.reaches_past(subject.table, c)])
    columns, said = shown_columns(draw, subject.table, 1)
    days = sql("CURRENT_DATE - :c", c=col(subject.table, name))
    column = view.column_words(subject.table, name).name
    question = say(rng, "age_days", subject=subject.said(), cols=f"the {said}", column=column)
    return Sketch(question, subject.query([*columns, days]))


@pattern(3, "case", weight=0.9)
def bins(draw: Draw) -> Sketch | None:
    """Rows sorted into two named bins, shown or counted."""
    rng = draw.rng
    subject = draw.subject(most=1)
    measure = draw.measure(subject.table)
    if measure is None or not isinstance(measure.sql, exp.Column):
        return None
    cells = sorted(float(v) for v in draw.view.values[subject.table, measure.sql.name])
    bound = int(cells[len(cells) // 2]) or 1
    low, high = rng.choice((("low", "high"), ("small", "large"), ("cheap", "pricey"), ("short", "long"),
                            ("below", "above"), ("minor", "major")))  # fmt: skip
    parts = {"m": measure.sql, "n": literal(bound), "a": literal(low), "b": literal(high)}
    tree = sql("CASE WHEN :m < :n THEN :a ELSE :b END", **parts)
    slots = {"subject": subject.said(), "measure": measure.name, "n": str(bound), "low": low, "high": high}
    if rng.random() < 0.5:
        query = subject.query([tree, sql(COUNT)], group=[literal(1)])
        return Sketch(say(rng, "case_count", **slots), query)
    columns, said = shown_columns(draw, subject.table, 1)
    return Sketch(say(rng, "case", cols=f"the {said}", **slots), subject.query([*columns, tree]))


@pattern(3, "coalesce", weight=0.7)
def default_value(draw: Draw) -> Sketch | None:
    """A text in place of a missing one."""
    rng, view = draw.rng, draw.view
    options = [
        (t, c) for t in view.subjects for c in view.columns(t, "category", "text")
        if (t, c) in view.nulls and view.table(t).column(c).type == "text"
    ]  # fmt: skip
    if not options:
        return None
    table, name = rng.choice(options)
    subject = draw.subject(table, most=1)
    columns, said = shown_columns(draw, table, 1, avoid=[name])
    default = rng.choice(("unknown", "none", "n/a", "missing", "-"))
    column = view.column_words(table, name).name
    tree = sql("COALESCE(:c, :d)", c=col(table, name), d=literal(default))
    question = say(rng, "coalesce", cols=f"the {said} and {column}", subject=subject.said(), column=column,
                   default=default)  # fmt: skip
    return Sketch(question, subject.query([*columns, tree]))


@pattern(3, "string_function", weight=0.9)
def text_functions(draw: Draw) -> Sketch | None:
    """Case, length and initials of a name."""
    rng, view = draw.rng, draw.view
    tables = [t for t in view.subjects if view.words(t).label and not view.table(t).column(view.words(t).label).values]
    if not tables:
        return None
    subject = draw.subject(draw.table(tables), most=1)
    label = view.words(subject.table).label
    source = col(subject.table, label)
    slots = {"subject": subject.said(), "column": view.column_words(subject.table, label).name}
    form = rng.choice(("upper", "lower", "length", "longest", "initial"))
    if form == "initial":
        query = subject.query([sql("LEFT(:c, 1)", c=source), sql(COUNT)], group=[literal(1)])
    elif form == "longest":
        key = exp.Ordered(this=sql("LENGTH(:c)", c=source), desc=True, nulls_first=True)
        query = subject.query([source], order=[key], limit=1)
    elif form == "length":
        query = subject.query([source, sql("LENGTH(:c)", c=source)])
    else:
        query = subject.query([sql(f"{form.upper()}(:c)", c=source)])
    return Sketch(say(rng, form, **slots), query)


@pattern(3, "date_filter", weight=1.6)
def dated(draw: Draw) -> Sketch | None:
    """A count or an aggregate within a fixed span."""
    return _within(draw, ("date",))


@pattern(3, "date_relative", weight=1.8)
def recent(draw: Draw) -> Sketch | None:
    """A count, an aggregate or a list within a span counted from today."""
    return _within(draw, ("relative",))


def _within(draw: Draw, kinds: tuple[str, ...]) -> Sketch | None:
    rng, view = draw.rng, draw.view
    tables = [t for t in view.subjects if view.columns(t, "date", "timestamp")]
    if not tables:
        return None
    table = draw.table(tables)
    timed = draw_condition(rng, view, table, kinds)
    if timed is None:
        return None
    other = draw.subject(table, most=1)
    kept = tuple(c for c in other.conditions if not set(c.columns) & set(timed.columns))
    subject = Subject(view, table, other.one, other.many, (*kept, timed))
    measure = draw.measure(table)
    if measure is None or rng.random() < 0.45:
        return Sketch(say(rng, "count", subject=subject.said()), subject.query([sql(COUNT)]))
    kind = "sum" if measure.additive and rng.random() < 0.6 else "avg"
    question = say(rng, kind, subject=subject.said(), measure=measure.name, total=total(draw, measure))
    return Sketch(question, subject.query([sql(f"{kind.upper()}(:m)", m=measure.sql)]))
