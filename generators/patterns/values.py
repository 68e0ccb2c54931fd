"""Stage 3: time elapsed, rows sorted into bins, defaults, and text changed or measured."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlglot import exp

from generators.conditions import draw_condition
from generators.draw import Draw
from generators.expr import col, literal, sql
from generators.pattern import Sketch, grouped, named_columns, pattern, row_names, shown_columns
from generators.patterns.basics import total
from generators.patterns.shares import rounded
from generators.phrases import join_sentences, say, say_count, series
from generators.subject import Measure, Subject
from generators.view import View

COUNT = "COUNT(*)"


def _days(view: View, table: str) -> list[str]:
    """Columns that hold a day, not a whole month said by its first day."""
    return [c for c in view.columns(table, "date") if "month" not in view.column_words(table, c).name]


@pattern(3, "date_diff", weight=1.4)
def elapsed(draw: Draw) -> Sketch | None:
    """Days between two dates of a row: on average, at most, above a bound, or for each row."""
    rng, view = draw.rng, draw.view
    dates = {t: _days(view, t) for t in view.subjects}
    tables = [t for t in view.subjects if len(dates[t]) > 1]
    if not tables:
        return None
    subject = draw.subject(draw.table(tables), most=1)
    start, end = dates[subject.table][:2]
    if {f"{subject.table}.{start}", f"{subject.table}.{end}"} & subject.fixed:
        return None
    slots = {"subject": subject.said()}
    for slot, name in (("start", start), ("end", end)):
        words = view.column_words(subject.table, name)
        slots[slot] = rng.choice((words.name, words.name, *words.synonyms))
    days = sql(":b - :a", a=col(subject.table, start), b=col(subject.table, end))
    form = rng.choice(("elapsed", "elapsed", "elapsed_max", "elapsed_over", "elapsed_each"))
    if form == "elapsed_over":
        bounds = _dividing(view, subject.table, start, end)
        if not bounds:
            return None
        bound = rng.choice(bounds)
        phrase = say(rng, form, n=str(bound), **slots)
        test = sql(":d > :n", d=days, n=literal(bound))
        return Sketch(say_count(rng, phrase), subject.query([sql(COUNT)], where=(test,)))
    if form == "elapsed_each":
        columns, said = named_columns(draw, subject.table)
        return Sketch(say(rng, form, cols=said, **slots), subject.query([*columns, days]))
    value, question = sql(f"{'AVG' if form == 'elapsed' else 'MAX'}(:d)", d=days), say(rng, form, **slots)
    if form == "elapsed":
        value, question = rounded(draw, value, question, often=0.4)
    return Sketch(question, subject.query([value]))


_TIMES = (1, 2, 3, 5, 7, 10, 14, 30, 60, 90, 180, 365)
"""Days that people count in."""


def _dividing(view: View, table: str, start: str, end: str) -> list[int]:
    """Numbers of days that some rows take and others do not: a contract's end comes over a day after its start."""
    taken = view.durations[table, start, end]
    return [days for days in _TIMES if 0.05 <= sum(item > days for item in taken) / max(len(taken), 1) <= 0.95]


@pattern(3, "date_diff", weight=0.7)
def hours_between(draw: Draw) -> Sketch | None:
    """Hours between two points in time of a row, on average, overall or per group."""
    rng, view = draw.rng, draw.view
    tables = [t for t in view.subjects if len(view.columns(t, "timestamp")) > 1]
    if not tables:
        return None
    subject = draw.subject(draw.table(tables), most=1)
    start, end = view.columns(subject.table, "timestamp")[:2]
    if {f"{subject.table}.{start}", f"{subject.table}.{end}"} & subject.fixed:
        return None
    slots = {"subject": subject.said()}
    for slot, name in (("start", start), ("end", end)):
        words = view.column_words(subject.table, name)
        slots[slot] = rng.choice((words.name, words.name, *words.synonyms))
    tree = sql("EXTRACT(EPOCH FROM AVG(:b - :a)) / 3600", a=col(subject.table, start), b=col(subject.table, end))
    dimension = draw.dimension(subject, "label", "category")
    if dimension is not None and rng.random() < 0.45:
        return Sketch(say(rng, "hours_group", dim=dimension.name, **slots), grouped(subject, dimension, [tree]))
    return Sketch(say(rng, "hours", **slots), subject.query([tree]))


@pattern(3, "date_diff", "date_relative", weight=0.6)
def full_years(draw: Draw) -> Sketch | None:
    """Full years from a row's date to today, listed or on average: ages, years with us."""
    rng, view = draw.rng, draw.view
    today = view.schema.glossary.as_of.date()
    options = [
        (t, c) for t in view.subjects for c in view.columns(t, "date")
        if not view.reaches_past(t, c) and sum((today - day).days > 730 for day in view.days(t, c)) > view.size(t) / 2
    ]  # fmt: skip
    if not options:
        return None
    table, name = rng.choice(options)
    subject = draw.subject(table)
    if any(name in item.columns for item in subject.conditions):
        return None
    source = col(table, name)
    years = sql("EXTRACT(YEAR FROM AGE(CURRENT_DATE, :c))", c=source)
    column = view.column_words(table, name).name
    if rng.random() < 0.3:
        return Sketch(
            say(rng, "years_mean", subject=subject.said(), column=column), subject.query([sql("AVG(:y)", y=years)])
        )
    columns, said = named_columns(draw, table)
    question = say(rng, "years_each", subject=subject.said(), cols=f"the {said}", column=column)
    if view.nullable(table, name) and rng.random() < 0.5:
        question = join_sentences(question, say(rng, "without_blank", column=column))
        return Sketch(question, subject.query([*columns, years], where=(sql(":c IS NOT NULL", c=source),)))
    return Sketch(question, subject.query([*columns, years]))


@pattern(3, "date_diff", "date_relative", weight=0.5)
def days_since(draw: Draw) -> Sketch | None:
    """Days from a row's date to today."""
    rng, view = draw.rng, draw.view
    tables = [t for t in view.subjects if any(not view.reaches_past(t, c) for c in view.columns(t, "date"))]
    if not tables:
        return None
    subject = draw.subject(draw.table(tables), most=1)
    name = rng.choice([c for c in view.columns(subject.table, "date") if not view.reaches_past(subject.table, c)])
    if f"{subject.table}.{name}" in subject.fixed:
        return None
    columns, said = named_columns(draw, subject.table)
    days = sql("CURRENT_DATE - :c", c=col(subject.table, name))
    column = view.column_words(subject.table, name).name
    question = say(rng, "age_days", subject=subject.said(), cols=f"the {said}", column=column)
    return Sketch(question, subject.query([*columns, days]))


_BANDS = (("low", "mid", "high"), ("small", "medium", "large"), ("low", "medium", "high"), ("small", "mid", "big"))
_BANDS_OF_UNIT = {
    "points": (("bad", "fair", "good"), ("poor", "ok", "great"), ("weak", "fair", "strong")),
    "euros": (("cheap", "normal", "pricey"), ("cheap", "mid", "expensive"), ("budget", "standard", "premium")),
    "seconds": (("short", "medium", "long"), ("brief", "normal", "long")),
    "nights": (("short", "medium", "long"),),
    "MB": (("light", "medium", "heavy"), ("light", "normal", "heavy")),
}


@pattern(3, "case", weight=1.2)
def bins(draw: Draw) -> Sketch | None:
    """Rows sorted into two or three named bins, shown or counted."""
    rng = draw.rng
    subject = draw.subject(most=1)
    measure = draw.measure(subject)
    if measure is None or not isinstance(measure.sql, exp.Column) or measure.nullable:
        return None
    bound, upper = _bounds(draw, subject, measure)
    low, mid, high = rng.choice((*_BANDS, *_BANDS_OF_UNIT.get(measure.unit, ()) * 3))
    parts = {"m": measure.sql, "n": literal(bound), "u": literal(upper), "a": literal(low), "b": literal(high)}
    slots = {"subject": subject.said(), "measure": measure.name, "n": str(bound), "low": low, "high": high}
    if rng.random() < 0.45 and upper > bound:
        tree = sql("CASE WHEN :m < :n THEN :a WHEN :m < :u THEN :x ELSE :b END", x=literal(mid), **parts)
        question = say(rng, "case_three", mid=mid, m=str(upper), **slots)
        return Sketch(question, subject.query([tree, sql(COUNT)], group=[literal(1)]))
    tree = sql("CASE WHEN :m < :n THEN :a ELSE :b END", **parts)
    if rng.random() < 0.6:
        return Sketch(say(rng, "case_count", **slots), subject.query([tree, sql(COUNT)], group=[literal(1)]))
    columns, said = shown_columns(draw, subject.table, 1)
    return Sketch(say(rng, "case", cols=f"the {said}", **slots), subject.query([*columns, tree]))


def _bounds(draw: Draw, subject: Subject, measure: Measure) -> tuple[int, int]:
    """Two bounds that split the measure's values in thirds, in round figures."""
    cells = sorted(float(v) for v in draw.view.values[subject.table, measure.sql.name])
    found = []
    for part in (1, 2):
        value = cells[part * len(cells) // 3]
        step = 10 ** max(len(str(int(abs(value)))) - 1, 0)
        step = step // 2 if step >= 10 else step
        found.append(int(round(value / step) * step) or 1)
    return found[0], found[1]


@pattern(3, "coalesce", weight=0.7)
def default_value(draw: Draw) -> Sketch | None:
    """A text in place of a missing one, listed or grouped by."""
    rng, view = draw.rng, draw.view
    options = [
        (t, c) for t in view.subjects for c in view.columns(t, "category", "text")
        if (t, c) in view.nulls and view.table(t).column(c).type == "text"
    ]  # fmt: skip
    if not options:
        return None
    table, name = rng.choice(options)
    subject = draw.subject(table, most=1)
    if any(name in item.columns for item in subject.conditions):
        return None
    default = rng.choice(("unknown", "none", "n/a", "missing", "-", "not given"))
    column = view.column_words(table, name).name
    tree = sql("COALESCE(:c, :d)", c=col(table, name), d=literal(default))
    slots = {"subject": subject.said(), "column": column, "default": default}
    if name in view.columns(table, "category") and rng.random() < 0.45:
        return Sketch(say(rng, "coalesce_group", **slots), subject.query([tree, sql(COUNT)], group=[literal(1)]))
    names = row_names(draw, table)
    said = series([*(view.column_words(table, item).name for item in names), column])
    question = say(rng, "coalesce", cols=f"the {said}", **slots)
    return Sketch(question, subject.query([*(col(table, item) for item in names), tree]))


_TEXT = re.compile(r"(?:text|citext|name|(?:character|char|varchar)\b[^\[]*)$", re.IGNORECASE)
"""Types that functions of text take; arrays and JSON they do not."""


@pattern(3, "string_function", weight=1.1)
def text_functions(draw: Draw) -> Sketch | None:
    """Case, length, initials, parts and ends of a name or another text."""
    rng, view = draw.rng, draw.view
    options = [
        (t, c) for t in view.subjects for c in view.columns(t, "label", "text")
        if view.values[t, c] and _TEXT.match(view.table(t).column(c).type)
        and len({len(v) for v in view.values[t, c]}) > 2
    ]  # fmt: skip
    if not options:
        return None
    table, name = rng.choice(options)
    subject = draw.subject(table, most=1)
    if f"{table}.{name}" in subject.fixed or subject.fixed & {table}:
        return None
    return _text_form(draw, subject, name)


def _is_code(values: Sequence[str]) -> bool:
    """Whether values are codes, of which an end means something: one word each, most with a digit."""
    digits = sum(any(sign.isdigit() for sign in value) for value in values)
    return not any(" " in value or "@" in value for value in values) and digits > 0.8 * len(values)


def _text_form(draw: Draw, subject: Subject, name: str) -> Sketch:
    rng, view = draw.rng, draw.view
    source, values = col(subject.table, name), view.values[subject.table, name]
    present = () if not view.nullable(subject.table, name) else (sql(":c IS NOT NULL", c=source),)
    forms = ["upper", "lower", "length", "longest"]
    named = name == view.words(subject.table).label and draw.person(subject.table)
    forms += ["initial"] if named else []  # an index is of people
    forms += ["tail"] if _is_code(values) else []
    forms += ["domain"] * 6 if all("@" in v for v in values[:20]) else []
    forms += ["first_word"] * 3 if draw.person(subject.table) and name == view.words(subject.table).label else []
    form = rng.choice(forms)
    size = rng.choice((2, 3, 4))
    slots = {"subject": subject.said(), "column": view.column_words(subject.table, name).name, "n": str(size)}
    question = say(rng, form, **slots)
    if form in {"initial", "domain"}:
        part = "LEFT(:c, 1)" if form == "initial" else "SPLIT_PART(:c, '@', 2)"
        return Sketch(question, subject.query([sql(part, c=source), sql(COUNT)], group=[literal(1)], where=present))
    if form == "longest":
        key = exp.Ordered(this=sql("LENGTH(:c)", c=source), desc=True, nulls_first=True)
        return Sketch(question, subject.query([source], order=[key], limit=1, where=present))
    if form == "length":
        return Sketch(question, subject.query([source, sql("LENGTH(:c)", c=source)], where=present))
    trees = {"tail": f"RIGHT(:c, {size})", "first_word": "SPLIT_PART(:c, ' ', 1)"}
    tree = sql(trees.get(form, f"{form.upper()}(:c)"), c=source)
    return Sketch(question, subject.query([tree], where=present))


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
    kept = tuple(c for c in kept if c.kind not in {"date", "relative"})  # a second span often leaves no row
    subject = Subject(view, table, other.one, other.many, (*kept, timed))
    measure = draw.measure(subject)
    if measure is None or rng.random() < 0.45:
        return Sketch(say(rng, "count", subject=subject.said()), subject.query([sql(COUNT)]))
    kind = "sum" if measure.additive and rng.random() < 0.6 else "avg"
    question = say(rng, kind, subject=subject.said(), measure=measure.name, total=total(draw, measure))
    return Sketch(question, subject.query([sql(f"{kind.upper()}(:m)", m=measure.sql)]))
