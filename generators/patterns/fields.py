"""Stage 5: fields of JSON values, elements of arrays, and names gathered into arrays."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from generators.bounds import bound_near
from generators.condition import Condition, is_plural
from generators.draw import Draw
from generators.expr import col, literal, sql
from generators.facets import ArrayColumn, JsonField, array_columns, json_fields
from generators.pattern import Sketch, grouped, identity, named_plainly, pattern
from generators.patterns.linking import ask_for
from generators.patterns.shares import rounded, say_share, share_sql
from generators.phrases import join_sentences, plural, say, say_count
from generators.subject import Subject, modify

COUNT = "COUNT(*)"


def _path(field: JsonField, arrow: str = "->>") -> exp.Expr:
    return sql(f":c {arrow} '{field.key}'", c=col(field.table, field.column))


def _field(draw: Draw, *kinds: str) -> tuple[JsonField, Subject] | None:
    """A field of one of the kinds, and rows to ask about it; the conditions leave its column alone."""
    options = [item for item in json_fields(draw.view) if item.kind in kinds]
    if not options:
        return None
    field = draw.rng.choice(options)
    subject = draw.subject(field.table, most=1)
    used = {column.name for item in subject.conditions for column in item.sql.find_all(exp.Column)}
    return None if field.column in used else (field, subject)


def _asked(draw: Draw, subject: Subject, phrase: str, test: exp.Expr) -> Sketch:
    """Rows under one more test, said by a phrase with `{}` for the noun: counted, as a share, or listed."""
    rng = draw.rng
    said = modify(subject.many, (*subject.conditions, Condition(phrase, test, "equal")))
    draws = rng.random()
    if draws < 0.35:
        return Sketch(say_count(rng, said), subject.query([sql(COUNT)], where=(test,)))
    if draws < 0.5:
        question = say_share(draw, "share", subject, Condition(phrase, test, "equal"))
        value, question = rounded(draw, share_sql(test), question)
        return Sketch(question, subject.query([value]))
    columns, remark = identity(draw, subject.table)
    return Sketch(ask_for(draw, said, subject.table, remark), subject.query(columns, where=(test,)))


@pattern(5, "json", weight=0.6)
def json_equal(draw: Draw) -> Sketch | None:
    """Rows whose JSON field has a value, is set, or holds an element."""
    rng = draw.rng
    drawn = _field(draw, "text", "flag", "list")
    if drawn is None:
        return None
    field, subject = drawn
    value = rng.choice(field.values)
    if field.kind == "flag":
        test = sql("CAST(:p AS BOOLEAN)", p=_path(field))
        return _asked(draw, subject, say(rng, "json_flag", subject="{}", column=field.name), test)
    if field.kind == "list":
        test = sql(f":p ? '{value}'", p=_path(field, "->"))
        return _asked(draw, subject, say(rng, "json_has", subject="{}", value=value, column=field.name), test)
    test = sql(":p = :v", p=_path(field), v=literal(value))
    return _asked(draw, subject, say(rng, "json_is", subject="{}", value=value, column=field.name), test)


@pattern(5, "json", weight=0.5)
def json_compare(draw: Draw) -> Sketch | None:
    """Rows whose JSON number is above or below a bound, or its average, highest and lowest."""
    rng = draw.rng
    drawn = _field(draw, "number")
    if drawn is None:
        return None
    field, subject = drawn
    number = sql("CAST(:p AS DECIMAL)", p=_path(field))
    if rng.random() < 0.5:
        kind = rng.choice(("avg", "max", "min"))
        slots = {"subject": subject.said(), "measure": field.name, "most": "highest", "least": "lowest", "total": ""}
        value, question = sql(f"{kind.upper()}(:n)", n=number), say(rng, kind, **slots)
        if kind == "avg":
            value, question = rounded(draw, value, question, often=0.4)
        return Sketch(question, subject.query([value]))
    bound = bound_near(rng, field.values)
    more = rng.random() < 0.6
    phrase = say(rng, "where_more" if more else "where_less", subject="{}", column=field.name, value=str(bound))
    return _asked(draw, subject, phrase, sql(f":n {'>' if more else '<'} :b", n=number, b=literal(bound)))


@pattern(5, "json", "group_by", weight=0.6)
def json_group(draw: Draw) -> Sketch | None:
    """Rows counted by a JSON field, or by each element that it lists."""
    rng = draw.rng
    drawn = _field(draw, "text", "list")
    if drawn is None:
        return None
    field, subject = drawn
    one = field.name.removesuffix("s") if field.kind == "list" else field.name
    many = field.name if field.kind == "list" else plural(field.name)
    question = say(rng, "group_count", subject=subject.said(), dim=one, dims=many)
    if field.kind == "text":
        where = (sql(":p IS NOT NULL", p=_path(field)),) if field.missing else ()
        return Sketch(question, subject.query([_path(field), sql(COUNT)], where=where, group=[literal(1)]))
    element = sql("jsonb_array_elements_text(:p)", p=_path(field, "->"))
    return Sketch(question, subject.query([element, sql(COUNT)], group=[literal(1)]))


@pattern(5, "json", "null_test", weight=0.25)
def json_missing(draw: Draw) -> Sketch | None:
    """Rows whose JSON value does without a field, or has it."""
    drawn = _field(draw, "text", "number")
    if drawn is None or not drawn[0].missing:
        return None
    field, subject = drawn
    absent = draw.rng.random() < 0.5
    phrase = say(draw.rng, "where_null" if absent else "where_not_null", subject="{}", column=field.name)
    return _asked(draw, subject, phrase, sql(f":p IS {'' if absent else 'NOT '}NULL", p=_path(field)))


def _array(draw: Draw) -> tuple[ArrayColumn, Subject] | None:
    options = array_columns(draw.view)
    if not options:
        return None
    array = draw.rng.choice(options)
    subject = draw.subject(array.table, most=1)
    used = {column.name for item in subject.conditions for column in item.sql.find_all(exp.Column)}
    return None if array.column in used else (array, subject)


@pattern(5, "array", weight=0.5)
def array_has(draw: Draw) -> Sketch | None:
    """Rows whose array holds an element, both of two, either of two, or not one."""
    rng = draw.rng
    drawn = _array(draw)
    if drawn is None:
        return None
    array, subject = drawn
    first, second = rng.sample(array.elements, 2)
    source, name = col(array.table, array.column), draw.view.column_words(array.table, array.column).name
    slots: dict[str, Any] = {"subject": "{}", "a": first, "b": second, "value": first, "column": name}
    form = rng.choice(("array_has", "array_has", "array_both", "array_either", "array_lacks"))
    test = {
        "array_has": sql(":v = ANY(:c)", c=source, v=literal(first)),
        "array_lacks": sql("NOT :v = ANY(:c)", c=source, v=literal(first)),
        "array_both": sql(":c @> ARRAY[:v, :w]", c=source, v=literal(first), w=literal(second)),
        "array_either": sql(":c && ARRAY[:v, :w]", c=source, v=literal(first), w=literal(second)),
    }[form]
    return _asked(draw, subject, say(rng, form, **slots), test)


@pattern(5, "array", weight=0.4)
def array_size(draw: Draw) -> Sketch | None:
    """How many elements arrays hold: at least n, or on average; or how often each element occurs."""
    rng = draw.rng
    drawn = _array(draw)
    if drawn is None:
        return None
    array, subject = drawn
    source, name = col(array.table, array.column), draw.view.column_words(array.table, array.column).name
    form = rng.choice(("array_each", "array_each", "array_at_least", "array_mean"))
    if form == "array_each":
        question = say(rng, form, subject=subject.said(), column=name)
        return Sketch(question, subject.query([sql("UNNEST(:c)", c=source), sql(COUNT)], group=[literal(1)]))
    size = sql("CARDINALITY(:c)", c=source)
    if form == "array_mean":
        question = say(rng, form, subject=subject.said(), column=name)
        value, question = rounded(draw, sql("AVG(:s)", s=size), question, often=0.4)
        return Sketch(question, subject.query([value]))
    bound = rng.randint(2, max(2, min(array.longest, 4)))
    phrase = say(rng, form, subject="{}", column=name, n=str(bound))
    return _asked(draw, subject, phrase, sql(":s >= :n", s=size, n=literal(bound)))


@pattern(5, "array", "group_by", weight=0.5)
def gathered(draw: Draw) -> Sketch | None:
    """Per group, the names of its rows, or the different values of a category, in one array."""
    rng, view = draw.rng, draw.view
    subject = draw.subject(most=1)
    dimension = draw.dimension(subject, "category", "label", "time")
    if dimension is None:
        return None
    slots = {"dim": dimension.name, "dims": dimension.names, "subject": subject.said()}
    shown = {column.name for column in dimension.sources}
    if named_plainly(draw, subject.table) and rng.random() < 0.6 and view.words(subject.table).label not in shown:
        source = draw.labels(subject.table)[0]
        question = say(rng, "gather_names", **slots)
        value = sql("ARRAY_AGG(:c ORDER BY :c)", c=source)
    else:
        names = [c for c in view.columns(subject.table, "category") if not view.nullable(subject.table, c)]
        names = [c for c in names if c not in shown and f"{subject.table}.{c}" not in subject.fixed]
        if not names:
            return None
        name = rng.choice(names)
        said = view.column_words(subject.table, name).name
        many = said if is_plural(said) else plural(said)
        question = say(rng, "gather_values", what=many, **slots)
        value = sql("ARRAY_AGG(DISTINCT :c ORDER BY :c)", c=col(subject.table, name))
    return Sketch(join_sentences(question, say(rng, "as_array")), grouped(subject, dimension, [value]))
