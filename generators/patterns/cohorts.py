"""Stage 5: cohorts by first event, who came back, and conversion from one kind of event to the next."""

from __future__ import annotations

from sqlglot import exp

from generators.draw import Draw
from generators.expr import col, literal, ordered, select, sql
from generators.pattern import Sketch, pattern
from generators.patterns.linking import apart, link_test, parent_phrase
from generators.patterns.shares import extra_condition, rounded
from generators.phrases import join_sentences, say
from generators.subject import Dimension, Subject
from generators.view import Link

_SELDOM = 15
"""Most rows a parent has on average for its coming back to say something."""


def _firsts(draw: Draw) -> tuple[Subject, Link, exp.Expr, str] | None:
    """Dated rows, the link to whose they are, the date, and a remark on it."""
    rng, view = draw.rng, draw.view
    links = [
        link for link in view.links
        if link in view.parents(link.child) and link.child in view.subjects and len(link.key.columns) == 1
        and any(not view.nullable(link.child, c) for c in view.columns(link.child, "date", "timestamp"))
        and view.size(link.child) > view.size(link.parent)
    ]  # fmt: skip
    if not links:
        return None
    link = rng.choices(links, [3.0 if {link.child, link.parent} & draw.focus else 1.0 for link in links])[0]
    subject = draw.subject(link.child, most=1, join=0.0, kinds=("equal", "compare", "named", "in_list"))
    dates = view.columns(link.child, "date", "timestamp")
    usable = [c for c in dates if not view.nullable(link.child, c)]
    usable = [c for c in usable if not any(c in item.columns for item in subject.conditions)]
    if not usable:
        return None
    name = rng.choice(usable)
    remark = say(rng, "by_date", column=view.column_words(link.child, name).name) if len(dates) > 1 else ""
    return subject, link, col(link.child, name), remark


@pattern(5, "cte", "group_by", weight=0.6)
def cohort_sizes(draw: Draw) -> Sketch | None:
    """Parents counted by the month, quarter or year of their first child, or the share of each that came back."""
    rng, view = draw.rng, draw.view
    drawn = _firsts(draw)
    if drawn is None:
        return None
    subject, link, source, remark = drawn
    unit = rng.choice(("month", "month", "quarter", "year"))
    key = col(subject.table, link.key.columns[0])
    # Meters that are read every four hours do not come back.
    back = rng.random() < 0.5 and view.size(subject.table) <= _SELDOM * view.size(link.parent)
    columns: list[exp.Expr] = [exp.alias_(sql("MIN(:d)", d=source), "first_time")]
    columns += [exp.alias_(sql("COUNT(*)"), "times")] if back else []
    where = (sql(":k IS NOT NULL", k=key),) if view.nullable(subject.table, key.name) else ()
    firsts = subject.query(columns, group=[key], where=where)
    cohort = sql("EXTRACT(YEAR FROM first_time)") if unit == "year" else sql(f"DATE_TRUNC('{unit}', first_time)")
    one, many = draw.noun(link.parent)
    slots = {"subject": subject.said(), "many": many, "one": one, "dim": unit, "dims": f"{unit}s"}
    question = join_sentences(say(rng, "cohort_back" if back else "cohort", **slots), remark)
    value: exp.Expr = sql("COUNT(*)")
    if back:
        tree = sql("100.0 * COUNT(*) FILTER (WHERE times > 1) / COUNT(*)")
        value, question = rounded(draw, tree, question)
    query = exp.select(cohort, value).from_("firsts").group_by(literal(1)).order_by(literal(1))
    return Sketch(question, query.with_("firsts", as_=firsts))


@pattern(5, "ratio", "exists", "correlated", "share_if", weight=0.7)
def conversion(draw: Draw) -> Sketch | None:
    """Of the parents with one kind of children, the percentage that also have another."""
    rng, view = draw.rng, draw.view
    links = [link for table in view.subjects for link in view.children(table) if link.child in view.subjects]
    if not links:
        return None
    first = rng.choice(links)
    others = [link for link in links if link.parent == first.parent and link.child != first.child]
    if others and rng.random() < 0.6:
        second = rng.choice(others)
        kinds = [draw.subject(link.child, most=int(rng.random() < 0.3), join=0.0) for link in (first, second)]
    else:
        second, base = first, draw.subject(first.child, most=0)
        extra = extra_condition(draw, base)
        if extra is None:
            return None
        kinds = [base, Subject(view, base.table, base.one, base.many, (extra,))]
    if not all(apart(link, rows) for link, rows in zip((first, second), kinds, strict=True)):
        return None
    tests = [exp.Exists(this=rows.query([literal(1)], where=link_test(link)))
             for link, rows in zip((first, second), kinds, strict=True)]  # fmt: skip
    tree = sql("100.0 * COUNT(*) FILTER (WHERE :s) / COUNT(*)", s=tests[1])
    phrase = parent_phrase(draw, first, kinds[0].said(), has=True)
    question = say(rng, "conversion", phrase=phrase, second=kinds[1].said())
    value, question = rounded(draw, tree, question)
    return Sketch(question, select([value], first.parent, where=[tests[0]]))


@pattern(5, "cte", "ratio", weight=0.5)
def top_share(draw: Draw) -> Sketch | None:
    """The part of a total that the n largest groups bring, in percent."""
    rng = draw.rng
    subject = draw.subject(most=1)
    measure = draw.measure(subject, additive=True)
    dimension = draw.dimension(subject, "label", "label", "category")
    if dimension is None:
        return None
    total = sql("COUNT(*)") if measure is None else sql("SUM(:m)", m=measure.sql)
    what = "number" if measure is None else rng.choice(measure.total or (f"total {measure.name}",))
    key = ordered(total, descending=True, nullable=measure is not None and measure.nullable)
    place = exp.Window(this=sql("ROW_NUMBER()"), order=exp.Order(expressions=[key]))
    columns = [exp.alias_(total, "amount"), exp.alias_(place, "place")]
    inner = subject.query(columns, *dimension.joins, group=dimension.group)
    count = rng.choice((1, 2, 3, 3, 5, 10))
    if 2 * count >= _groups_of(draw, dimension) or draw.loose(dimension.joins):
        return None  # nearly all of them; or rows without a group, of which the total would not know
    tree = sql(f"100.0 * SUM(amount) FILTER (WHERE place <= {count}) / SUM(amount)")
    slots = {"n": str(count), "dims": dimension.names if count > 1 else dimension.name, "agg": what}
    question = say(rng, "top_share_one" if count == 1 else "top_share", subject=subject.said(), **slots)
    value, question = rounded(draw, tree, question)
    return Sketch(question, exp.select(value).from_("ranked").with_("ranked", as_=inner))


def _groups_of(draw: Draw, dimension: Dimension) -> int:
    """How many groups the rows of instance 1 may fall into, at most."""
    column = dimension.sources[0]
    return len(draw.view.distinct(column.table, column.name))
