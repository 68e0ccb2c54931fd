"""Stage 1: rows of one table (at times narrowed through a parent), listed, counted, averaged, sorted."""

from __future__ import annotations

from sqlglot import exp

from generators.expr import col, literal, ordered, sql
from generators.pattern import Sketch, pattern, shown_columns
from generators.phrases import join_sentences, number, say
from generators.subject import Draw, Measure, Subject

COUNT = "COUNT(*)"


@pattern(1, weight=1.6)
def list_rows(draw: Draw) -> Sketch | None:
    """Columns of the rows of a table."""
    rng = draw.rng
    subject = draw.subject()
    labels = draw.labels(subject.table)
    if labels and rng.random() < 0.5:
        return Sketch(say(rng, "list_label", subject=subject.said()), subject.query(labels))
    used = [c for item in subject.conditions if item.kind == "equal" for c in item.columns]
    columns, said = shown_columns(draw, subject.table, rng.choice((1, 2, 2, 3)), avoid=used)
    the = rng.choice(("the ", "the ", ""))
    return Sketch(say(rng, "list", cols=the + said, subject=subject.said()), subject.query(columns))


@pattern(1, "compare")
def lookup(draw: Draw) -> Sketch | None:
    """One column of one named row."""
    rng, view = draw.rng, draw.view
    tables = [t for t in view.subjects if view.words(t).label]
    if not tables:
        return None
    table = draw.table(tables)
    words = view.words(table)
    names = view.columns(table, "category", "measure", "date", "timestamp", "text")
    if not names:
        return None
    name = rng.choice(names)
    value = view.draw_value(rng, table, words.label)
    asked = rng.choice((view.column_words(table, name).name, *view.column_words(table, name).synonyms))
    test = exp.EQ(this=col(table, words.label), expression=literal(value))
    subject = Subject(view, table, words.one, words.many)
    question = say(rng, "lookup", column=asked, value=str(value), one=words.one)
    return Sketch(question, subject.query([col(table, name)], where=(test,)))


@pattern(1, "count", weight=2.0)
def count_rows(draw: Draw) -> Sketch | None:
    """How many rows."""
    subject = draw.subject(join=0.45)
    return Sketch(say(draw.rng, "count", subject=subject.said()), subject.query([sql(COUNT)]))


@pattern(1, "distinct", weight=0.8)
def distinct_values(draw: Draw) -> Sketch | None:
    """The different values of a category, or how many there are."""
    rng = draw.rng
    subject = draw.subject(most=1)
    dimension = draw.dimension(subject.table, "category")
    if dimension is None:
        return None
    if rng.random() < 0.5:
        question = say(rng, "count_distinct", subject=subject.said(), dims=dimension.names, dim=dimension.name)
        counted = sql("COUNT(DISTINCT :c)", c=dimension.columns[0])
        return Sketch(question, subject.query([counted], *dimension.joins))
    question = say(rng, "distinct", subject=subject.said(), dims=dimension.names, dim=dimension.name)
    return Sketch(question, subject.query(dimension.columns, *dimension.joins, distinct=True))


@pattern(1, "aggregate", weight=2.0)
def aggregate(draw: Draw) -> Sketch | None:
    """Sum, average, highest or lowest of a measure."""
    rng = draw.rng
    subject = draw.subject(join=0.45)
    kind = rng.choice(("avg", "avg", "sum", "sum", "max", "min"))
    measure = draw.measure(subject.table, additive=kind == "sum")
    if measure is None:
        return None
    question = say(rng, kind, subject=subject.said(), measure=measure.name, total=total(draw, measure))
    value = sql(f"{kind.upper()}(:m)", m=measure.sql)
    if kind == "avg" and rng.random() < 0.3:
        question = join_sentences(question, say(rng, "round_two"))
        value = sql("ROUND(:v, 2)", v=value)
    return Sketch(question, subject.query([value]))


def total(draw: Draw, measure: Measure) -> str:
    """A noun phrase for a measure's sum."""
    return draw.rng.choice(measure.total or (f"total {measure.name}",))


@pattern(1, "aggregate", weight=0.5)
def first_or_last_date(draw: Draw) -> Sketch | None:
    """The earliest or latest date."""
    rng, view = draw.rng, draw.view
    subject = draw.subject(most=1)
    columns = [c for c in view.columns(subject.table, "date", "timestamp") if view.values[subject.table, c]]
    if not columns:
        return None
    name = rng.choice(columns)
    kind = rng.choice(("max", "min"))
    words = view.column_words(subject.table, name)
    question = say(rng, f"{kind}_date", subject=subject.said(), column=rng.choice((words.name, *words.synonyms)))
    return Sketch(question, subject.query([sql(f"{kind.upper()}(:c)", c=col(subject.table, name))]))


@pattern(1, "aggregate", weight=0.5)
def several_aggregates(draw: Draw) -> Sketch | None:
    """Lowest, average and highest at once, or a count beside an average."""
    rng = draw.rng
    subject = draw.subject(most=1)
    measure = draw.measure(subject.table)
    if measure is None:
        return None
    if rng.random() < 0.5:
        values = [sql(f"{name}(:m)", m=measure.sql) for name in ("MIN", "AVG", "MAX")]
        return Sketch(say(rng, "several", subject=subject.said(), measure=measure.name), subject.query(values))
    question = say(rng, "count_and_avg", subject=subject.said(), measure=measure.name)
    return Sketch(question, subject.query([sql(COUNT), sql("AVG(:m)", m=measure.sql)]))


def direction(draw: Draw, *, date: bool = False) -> tuple[bool, dict[str, str]]:
    """Downwards or upwards, and the words for it: slots `most`, `first`, `last`, `end`."""
    down = draw.rng.random() < 0.6
    high, low = ("latest", "earliest") if date else draw.rng.choice((("highest", "lowest"), ("largest", "smallest")))
    words = (high, low) if down else (low, high)
    return down, {"most": words[0], "first": words[0], "last": words[1], "end": "top" if down else "bottom"}


def sort_keys(draw: Draw, table: str) -> list[tuple[str, exp.Expr, tuple[str, ...], tuple[str, ...], bool, bool]]:
    """What rows can be sorted by: name, tree, superlatives up and down, nullable, whether a date."""
    view = draw.view
    keys = [
        (m.name, m.sql, m.highest, m.lowest, m.nullable, False) for m in draw.measures(table)
    ]  # fmt: skip
    for name in view.columns(table, "date", "timestamp"):
        words = view.column_words(table, name)
        keys.append((words.name, col(table, name), words.highest, words.lowest, view.nullable(table, name), True))
    return keys


@pattern(1, "order_limit", weight=2.2)
def top_rows(draw: Draw) -> Sketch | None:
    """The first row or the first n by a measure or a date."""
    rng = draw.rng
    subject = draw.subject(most=1, join=0.5)
    keys = sort_keys(draw, subject.table)
    if not keys:
        return None
    name, tree, highest, lowest, nullable, date = rng.choice(keys)
    down, words = direction(draw, date=date)
    superlatives = highest if down else lowest
    count = rng.choice((1, 1, 2, 3, 3, 5, 5, 10))
    singular = not any(verb in subject.said("") for verb in (" are", " were", " have"))
    noun = subject.said(subject.one) if count == 1 and singular else subject.said()
    slots = dict(words, subject=subject.said(), measure=name, one=subject.one, n=number(rng, count))
    columns, with_cols = _top_columns(draw, subject)
    if superlatives and (count > 1 or singular) and rng.random() < 0.65:
        slots["superlative"] = rng.choice(superlatives).format(noun)
        question = say(rng, "top_one" if count == 1 else "top_n", **slots)
    elif count == 1:
        question = f"Which of the {slots['subject']} has the {words['most']} {name}?"
    else:
        question = say(rng, "top_n_by", **slots)
    order = [ordered(tree, descending=down, nullable=nullable)]
    return Sketch(
        join_sentences(question, with_cols) if with_cols else question, subject.query(columns, order=order, limit=count)
    )


def _top_columns(draw: Draw, subject: Subject) -> tuple[list[exp.Expr], str]:
    """The label, or columns asked for by name where a row has no label or more is wanted."""
    labels = draw.labels(subject.table)
    if labels and draw.rng.random() < 0.7:
        return list(labels), ""
    columns, said = shown_columns(draw, subject.table, 2)
    if labels:
        columns, said = [labels[0], columns[-1]], said.split(" and ")[-1]
    return columns, say(draw.rng, "with_cols", cols=f"the {said}")


@pattern(1, "order_limit", weight=0.8)
def sorted_rows(draw: Draw) -> Sketch | None:
    """All rows in an order."""
    rng, view = draw.rng, draw.view
    table = draw.table([t for t in view.subjects if view.words(t).label] or view.subjects)
    labels = draw.labels(table)
    if not labels:
        return None
    subject = draw.subject(table)
    if rng.random() < 0.4:
        question = say(rng, "sorted_name", subject=subject.said())
        return Sketch(question, subject.query(labels, order=[ordered(labels[0], descending=False)]))
    keys = sort_keys(draw, table)
    if not keys:
        return None
    name, tree, _, _, nullable, date = rng.choice(keys)
    down, words = direction(draw, date=date)
    question = say(rng, "sorted", subject=subject.said(), measure=name, **words)
    columns = list(labels)
    if rng.random() < 0.5:
        columns.append(tree)
        question = join_sentences(question, say(rng, "with_cols", cols=f"the {name}"))
    return Sketch(question, subject.query(columns, order=[ordered(tree, descending=down, nullable=nullable)]))
