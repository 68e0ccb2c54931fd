"""Stage 5: recursion over a table that refers to itself: everyone below, the chain above, levels, whole branches."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from generators.condition import said as said_value
from generators.draw import Draw
from generators.expr import col, literal, sql
from generators.facets import own_links
from generators.pattern import Sketch, pattern
from generators.phrases import join_sentences, plural, say
from generators.view import Link


@dataclass(frozen=True, slots=True)
class _Tree:
    """A table that refers to itself, with the names of what recursion needs."""

    table: str
    up: str
    """Column that holds the parent's key."""
    key: str
    """The key that it refers to."""
    shown: str
    """Column that names a row."""
    one: str
    many: str
    role: str
    """What the parent is called: "boss"."""


def _tree(draw: Draw, *, branching: bool = False) -> _Tree | None:
    """A table that refers to itself; where asked for, one with rows that have several below them."""
    # Commits one after the other are a line: what follows one is asked for, not on which level it is.
    links = [link for link in own_links(draw.view) if not branching or _branches(draw, link)]
    if not links:
        return None
    link = draw.rng.choice(links)
    words = draw.view.words(link.child)
    key = link.key.parent_columns[0]
    one, many = draw.noun(link.child)
    role = link.words.role or f"parent {one}"
    return _Tree(link.child, link.key.columns[0], key, words.label or key, one, many, role)


def _branches(draw: Draw, link: Link) -> bool:
    """Whether some row of a table is the parent of several."""
    parents = draw.view.values[link.child, link.key.columns[0]]
    return len(set(parents)) < len(parents)


def _named(draw: Draw, tree: _Tree, column: str) -> tuple[str, exp.Expr] | None:
    """A row that is somebody's parent (for `key`) or has one (for `up`): how it is said, and a test that finds it."""
    view = draw.view
    value = view.draw_value(draw.rng, tree.table, tree.up)
    if value is None:
        return None
    if column == tree.up:  # any row with a parent: drawn by the position of its own key
        value = draw.rng.choice(view.values[tree.table, tree.key])
    if tree.shown != tree.key and view.label_is_unique(tree.table):
        keys = view.values[tree.table, tree.key]
        names = view.values[tree.table, tree.shown]
        if len(keys) == len(names):
            name = names[keys.index(value)]
            said = said_value(view, tree.table, tree.shown, name)
            return said, exp.EQ(this=col(tree.table, tree.shown), expression=literal(name))
    return f"{tree.one} {value}", exp.EQ(this=col(tree.table, tree.key), expression=literal(value))


def _steps(tree: _Tree, name: str, start: exp.Expr, *, down: bool, extra: tuple[tuple[str, str], ...] = ()) -> exp.CTE:
    """A recursive step: the start, then the rows below it (or above it).

    Args:
        tree: the table.
        name: of the step.
        start: condition on the rows it begins with.
        down: whether it goes to children rather than to the parent.
        extra: (first expression, next expression) of a further column; its alias is "level" or "top".
    """
    own = [tree.key, *([tree.shown] if tree.shown != tree.key else []), tree.up]
    first = [col(tree.table, column) for column in dict.fromkeys(own)]
    then = [col(tree.table, column) for column in dict.fromkeys(own)]
    for alias, (begin, after) in zip(("level", "top"), extra, strict=False):
        first.append(exp.alias_(sql(begin), alias))
        then.append(sql(after))
    anchor = exp.select(*first).from_(exp.to_table(tree.table)).where(start)
    on = (exp.EQ(this=col(tree.table, tree.up), expression=col(name, tree.key)) if down
          else exp.EQ(this=col(tree.table, tree.key), expression=col(name, tree.up)))  # fmt: skip
    step = exp.select(*then).from_(exp.to_table(tree.table)).join(exp.to_table(name), on=on)
    union = exp.Union(this=anchor, expression=step, distinct=not extra)
    return exp.CTE(this=union, alias=exp.TableAlias(this=exp.to_identifier(name)))


def _with(query: exp.Select, *steps: exp.CTE) -> exp.Select:
    query.set("with_", exp.With(expressions=list(steps), recursive=True))
    return query


@pattern(5, "recursive", weight=0.7)
def all_below(draw: Draw) -> Sketch | None:
    """Everyone below a row, directly or through others: listed or counted."""
    rng = draw.rng
    tree = _tree(draw)
    drawn = _named(draw, tree, tree.key) if tree else None
    if tree is None or drawn is None:
        return None
    said, test = drawn
    top = exp.select(col(tree.table, tree.key)).from_(exp.to_table(tree.table)).where(test)
    start = exp.In(this=col(tree.table, tree.up), query=exp.Subquery(this=top))
    if isinstance(test.this, exp.Column) and test.this.name == tree.key:
        start = exp.EQ(this=col(tree.table, tree.up), expression=test.expression.copy())  # type: ignore[assignment]
    counted = rng.random() < 0.4
    slots = {"value": said, "many": tree.many, "one": tree.one, "role": tree.role, "roles": plural(tree.role)}
    shown = sql("COUNT(*)") if counted else exp.column(tree.shown)
    query = exp.select(shown).from_("below")
    return Sketch(say(rng, "below_count" if counted else "below", **slots),
                  _with(query, _steps(tree, "below", start, down=True)))  # fmt: skip


@pattern(5, "recursive", weight=0.4)
def chain_above(draw: Draw) -> Sketch | None:
    """The chain from a row up to the top, the row itself included."""
    tree = _tree(draw)
    drawn = _named(draw, tree, tree.up) if tree else None
    if tree is None or drawn is None:
        return None
    said, test = drawn
    slots = {"value": said, "many": tree.many, "one": tree.one, "role": tree.role, "roles": plural(tree.role)}
    query = exp.select(exp.column(tree.shown)).from_("chain")
    return Sketch(say(draw.rng, "chain", **slots), _with(query, _steps(tree, "chain", test, down=False)))


@pattern(5, "recursive", weight=0.5)
def levels(draw: Draw) -> Sketch | None:
    """The level of every row, counted from the top: listed, counted per level, or the deepest."""
    rng = draw.rng
    tree = _tree(draw, branching=True)
    if tree is None:
        return None
    start = sql(":c IS NULL", c=col(tree.table, tree.up))
    step = _steps(tree, "tree", start, down=True, extra=(("1", "tree.level + 1"),))
    form = rng.choice(("level_each", "level_count", "level_most", "level_at"))
    slots = {"many": tree.many, "one": tree.one, "role": tree.role, "roles": plural(tree.role)}
    level = exp.column("level")
    if form == "level_each":
        query = exp.select(exp.column(tree.shown), level).from_("tree")
    elif form == "level_count":
        query = exp.select(level, sql("COUNT(*)")).from_("tree").group_by(level.copy()).order_by(level.copy())
    elif form == "level_most":
        query = exp.select(sql("MAX(level)")).from_("tree")
    else:
        bound = rng.choice((2, 2, 3))
        slots["n"] = str(bound)
        query = exp.select(exp.column(tree.shown)).from_("tree").where(sql(f"level = {bound}"))
    question = say(rng, form, **slots)
    return Sketch(join_sentences(question, say(rng, "level_top", **slots)), _with(query, step))


@pattern(5, "recursive", "group_by", weight=0.4)
def branches(draw: Draw) -> Sketch | None:
    """How many rows hang under each top row, itself not counted, at times only the largest branches."""
    rng = draw.rng
    tree = _tree(draw, branching=True)
    if tree is None:
        return None
    start = sql(":c IS NULL", c=col(tree.table, tree.up))
    top = col(tree.table, tree.shown if draw.view.label_is_unique(tree.table) else tree.key)
    step = _steps(tree, "tree", start, down=True, extra=(("0", "tree.level + 1"), ("NULL", "tree.top")))
    anchor = step.this.this
    anchor.expressions[-1].set("this", top)
    count = rng.choice((0, 0, 1, 2, 3))
    slots = {"many": tree.many, "one": tree.one, "role": tree.role, "roles": plural(tree.role), "n": str(count)}
    query = exp.select(exp.column("top"), sql("COUNT(*)")).from_("tree").where(sql("level > 0"))
    query = query.group_by(exp.column("top"))
    if count:
        query = query.having(sql(f"COUNT(*) > {count}"))
    question = say(rng, "branch_over" if count else "branch", **slots)
    if not draw.view.label_is_unique(tree.table):
        name = draw.view.column_words(tree.table, tree.key).name
        question = join_sentences(question, say(rng, "only_cols", cols=f"{name} and the number"))
    return Sketch(question, _with(query, step))
