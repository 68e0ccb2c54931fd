"""The clauses of one SELECT of a canonical tree, each as parts that can be compared and replaced one by one.

Join keys are told from conditions wherever they are written; a condition of an outer join's ON is kept apart, since it
drops no row. Knows neither a second query nor data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from evaluator.trees.spelling import flat, text


@dataclass(slots=True)
class Part:
    """One part of a clause."""

    node: exp.Expr
    """Where it stands in the tree; a projection without its name."""
    text: str
    label: str = ""
    """For a condition of ON: the source that the join brings in."""


@dataclass(slots=True)
class Clauses:
    """One SELECT, clause by clause."""

    select: exp.Select
    sources: dict[str, exp.Expr] = field(default_factory=dict)
    """Label -> the FROM or JOIN that brings it in, in the order written."""
    keys: list[Part] = field(default_factory=list)
    """Equalities between columns of two of its own sources, but for those in the ON of an outer join."""
    on_keys: list[Part] = field(default_factory=list)
    """The same in the ON of an outer join."""
    filters: list[Part] = field(default_factory=list)
    on_filters: list[Part] = field(default_factory=list)
    """Other conditions in the ON of an outer join."""
    projections: list[Part] = field(default_factory=list)
    groups: list[Part] = field(default_factory=list)
    """But for those that others determine."""
    grouped: list[str] = field(default_factory=list)
    """Texts of all grouping columns."""
    having: list[Part] = field(default_factory=list)
    orders: list[Part] = field(default_factory=list)
    limit: str = ""
    distinct: str = ""

    @property
    def count(self) -> int:
        """How many parts there are."""
        lists = (self.keys, self.on_keys, self.filters, self.on_filters, self.projections, self.groups, self.having)
        single = bool(self.orders) + bool(self.limit) + bool(self.distinct)
        return len(self.sources) + sum(map(len, lists)) + single


def sources(select: exp.Select) -> dict[str, exp.Expr]:
    """Label -> the FROM or JOIN that brings it in."""
    from_ = select.args.get("from_")
    holders = [from_, *(select.args.get("joins") or [])] if from_ is not None else []
    return {holder.this.alias_or_name: holder for holder in holders}


def base(source: exp.Expr) -> str:
    """What a source is, whatever its label: a table's name, "(query)" or "(function)"."""
    if isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier):
        return source.name
    return "(function)" if inner_query(source) is None else "(query)"


def inner_query(source: exp.Expr) -> exp.Expr | None:
    """The query of a source that is one."""
    inner = source.this
    if isinstance(source, exp.Lateral) and isinstance(inner, exp.Subquery):
        inner = inner.this
    return inner if isinstance(source, exp.Subquery | exp.Lateral) and isinstance(inner, exp.Query) else None


def own_nodes(select: exp.Select) -> Iterator[exp.Expr]:
    """Everything that can see a SELECT's sources: its clauses, queries within them, but not those in its FROM."""
    hidden = {
        id(holder.this) for holder in sources(select).values() if isinstance(holder.this, exp.Subquery)
    }  # a LATERAL one sees its neighbours
    return select.walk(prune=lambda node: id(node) in hidden)


def tail_text(query: exp.Expr) -> str:
    """LIMIT and OFFSET in one line; empty without them."""
    limit, offset = query.args.get("limit"), query.args.get("offset")
    count = (limit.args.get("expression") or limit.args.get("count")) if limit is not None else None
    parts = [f"LIMIT {text(count)}" if count is not None else "", text(offset).strip() if offset is not None else ""]
    return " ".join(part for part in parts if part)


def read_select(select: exp.Select, primary_keys: Mapping[str, tuple[str, ...]]) -> Clauses:
    """The parts of one SELECT.

    Args:
        select: Of a canonical tree.
        primary_keys: Table -> its key: a grouping column beside its table's whole key is no part.
    """
    made = Clauses(select, sources(select))
    labels = frozenset(made.sources)
    for label, holder in made.sources.items():
        outer = bool(holder.args.get("side")) if isinstance(holder, exp.Join) else False
        for node in flat(holder.args.get("on"), exp.And):
            kept = (made.on_keys, made.on_filters) if outer else (made.keys, made.filters)
            kept[not is_key(node, labels)].append(Part(node, text(node), label))
    where = select.args.get("where")
    for node in flat(where.this if where is not None else None, exp.And):
        (made.keys if is_key(node, labels) else made.filters).append(Part(node, text(node)))
    made.projections = [Part(node, text(node)) for node in (item.unalias() for item in select.expressions)]
    made.groups, made.grouped = _groups(select, made.sources, primary_keys)
    having = select.args.get("having")
    made.having = [Part(node, text(node)) for node in flat(having.this if having is not None else None, exp.And)]
    order = select.args.get("order")
    made.orders = [Part(item, text(item)) for item in (order.expressions if order is not None else ())]
    made.limit = tail_text(select)
    distinct = select.args.get("distinct")
    made.distinct = text(distinct).strip() if distinct is not None else ""
    return made


def is_key(node: exp.Expr, labels: frozenset[str]) -> bool:
    """Whether a condition equates columns of two of the given sources."""
    if not isinstance(node, exp.EQ):
        return False
    left, right = node.args["this"], node.args["expression"]
    columns = isinstance(left, exp.Column) and isinstance(right, exp.Column)
    return columns and left.table != right.table and {left.table, right.table} <= labels


def _groups(
    select: exp.Select, holders: Mapping[str, exp.Expr], primary_keys: Mapping[str, tuple[str, ...]]
) -> tuple[list[Part], list[str]]:
    """The grouping columns that no others determine, and the texts of all."""
    group = select.args.get("group")
    if group is None:
        return [], []
    items = list(group.expressions)
    for name in ("grouping_sets", "cube", "rollup"):
        items += [item for item in group.args.get(name) or () if isinstance(item, exp.Expr)]
    columns = {(item.table, item.name) for item in items if isinstance(item, exp.Column)}
    parts = []
    for item in items:
        holder = holders.get(item.table) if isinstance(item, exp.Column) else None
        key = primary_keys.get(base(holder.this), ()) if holder is not None else ()
        determined = bool(key) and item.name not in key and all((item.table, name) in columns for name in key)
        if not determined:
            parts.append(Part(item, text(item)))
    return parts, [text(item) for item in items]
