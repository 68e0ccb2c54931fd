"""What determines what in a query: functional dependencies from keys, joins and conditions, and whether rows repeat.

An attribute is (alias, column). From a set of attributes `Facts.closure` finds all that they determine, on every
database that satisfies the schema: a table's key determines its row, an inner join's equation each side from the other,
a LEFT JOIN on its table's key that table's row from the left, a condition `column = expression` the column from what
the expression reads. Rows come once where their attributes determine the row of every source. The rules are those of
relational design theory (Armstrong's axioms over keys), with outer joins treated as one-way.

Knows the DDL, not the data. What it does not understand (RIGHT and FULL joins, NATURAL, recursion, functions that
return rows) makes it say nothing, never too much.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from sqlglot import exp

from schemas.ddl import Table

Attribute = tuple[str, str]
"""(alias, column)."""


@dataclass(frozen=True, slots=True)
class Relation:
    """What is known of a source's rows."""

    columns: frozenset[str]
    keys: tuple[frozenset[str], ...]
    """Sets of never-NULL columns that tell rows apart; the empty set where there is at most one row."""
    required: frozenset[str] = frozenset()
    """Columns that are never NULL."""


Environment = Mapping[str, Relation]
"""Name -> what stands for it: the schema's tables and the CTEs in sight."""


def tables_of(tables: Sequence[Table]) -> dict[str, Relation]:
    """The schema's tables as relations."""
    return {table.name: _relation_of_table(table) for table in tables}


def _relation_of_table(table: Table) -> Relation:
    required = {column.name for column in table.columns if column.not_null} | set(table.primary_key)
    keys = [frozenset(table.primary_key)] if table.primary_key else []
    keys += [frozenset({column.name}) for column in table.columns if column.unique]
    keys += [frozenset(unique) for unique in table.uniques]
    columns = frozenset(column.name for column in table.columns)
    return Relation(columns, tuple(key for key in keys if key <= required), frozenset(required))


@dataclass(frozen=True, slots=True)
class OuterJoin:
    """A LEFT JOIN."""

    reads: frozenset[Attribute]
    """What its condition reads of the sources before it."""
    fixed: frozenset[str]
    """Own columns that the condition makes equal to something before it, or to a constant."""
    dependencies: tuple[tuple[frozenset[Attribute], Attribute], ...]
    """What holds where a partner was found."""


@dataclass(slots=True)
class Facts:
    """The dependencies within one SELECT."""

    sources: dict[str, Relation] = field(default_factory=dict)
    merged: dict[str, str] = field(default_factory=dict)
    """Columns named in USING -> the alias that an unqualified mention means."""
    dependencies: list[tuple[frozenset[Attribute], Attribute]] = field(default_factory=list)
    outer: dict[str, OuterJoin] = field(default_factory=dict)
    """Alias -> the LEFT JOIN that brought it."""
    lateral: set[str] = field(default_factory=set)
    """Aliases whose rows depend on those before them."""

    def attribute(self, column: exp.Column) -> Attribute | None:
        """Whose column it is; None if that is not known."""
        if column.table:
            source = self.sources.get(column.table)
            return (column.table, column.name) if source and column.name in source.columns else None
        if column.name in self.merged:
            return self.merged[column.name], column.name
        owners = [alias for alias, source in self.sources.items() if column.name in source.columns]
        return (owners[0], column.name) if len(owners) == 1 else None

    def attributes(self, node: exp.Expr) -> frozenset[Attribute] | None:
        """All that an expression reads; None if part of it is not known, or not the same each time."""
        if node.find(exp.Query, exp.AggFunc, exp.Window, exp.Anonymous, exp.Rand, exp.Explode):
            return None
        found = [self.attribute(column) for column in node.find_all(exp.Column)]
        return None if None in found else frozenset(item for item in found if item is not None)

    def closure(self, known: frozenset[Attribute]) -> frozenset[Attribute]:
        """Everything that these attributes determine; an alias whose row they determine adds (alias, "*")."""
        found = set(known)
        size = -1
        while size != len(found):
            size = len(found)
            found |= {right for left, right in self.dependencies if left <= found}
            for alias, source in self.sources.items():
                if self._determines(alias, source, found):
                    found |= {(alias, name) for name in (*source.columns, "*")}
        return frozenset(found)

    def _determines(self, alias: str, source: Relation, found: set[Attribute]) -> bool:
        if alias in self.lateral and any((other, "*") not in found for other in self._before(alias)):
            return False
        join = self.outer.get(alias)
        # A key's columns are never NULL in the table: where they are after LEFT JOIN, so is the whole row.
        if any({(alias, name) for name in key} <= found for key in source.keys if key or join is None):
            return True
        return join is not None and join.reads <= found and any(key <= join.fixed for key in source.keys)

    def _before(self, alias: str) -> list[str]:
        names = list(self.sources)
        return names[: names.index(alias)]

    def tells_rows_apart(self, known: frozenset[Attribute]) -> bool:
        """Whether no two rows agree in these attributes."""
        found = self.closure(known)
        return all((alias, "*") in found for alias in self.sources)

    def inner(self, alias: str) -> Facts:
        """The facts about those rows in which an alias has found its partner."""
        facts = replace(self, dependencies=list(self.dependencies), outer=dict(self.outer))
        waiting = [alias]
        while waiting:
            join = facts.outer.pop(waiting.pop(), None)
            if join is not None:
                facts.dependencies += join.dependencies
                waiting += [other for other, _ in join.reads]
        return facts


def read_facts(select: exp.Select, known: Environment) -> Facts | None:
    """The facts about a SELECT's joined rows, before grouping; None where something is not understood."""
    start = select.args.get("from_")
    facts = Facts()
    if start is None:
        return facts
    names = {**known, **ctes_of(select, known)}
    for item in [start, *(select.args.get("joins") or []), *(select.args.get("laterals") or [])]:
        if not _add_source(facts, item, names):
            return None
    where = select.args.get("where")
    for part in _conjuncts(where.this) if where is not None else ():
        facts.dependencies += _equation(facts, part)
    return facts


def ctes_of(query: exp.Expr, known: Environment) -> dict[str, Relation]:
    """What the CTEs of a query are; a recursive one is left without keys."""
    found: dict[str, Relation] = {}
    clause = query.args.get("with_")
    for cte in clause.expressions if clause is not None else ():
        nameless = Relation(frozenset(), ())
        if any(table.name == cte.alias for table in cte.this.find_all(exp.Table)):  # recursive
            found[cte.alias] = Relation(frozenset(_output_names(cte)), ())
            continue
        relation = relation_of(cte.this, {**known, **found}) or nameless
        found[cte.alias] = _renamed(relation, cte)
    return found


def _renamed(relation: Relation, named: exp.Expr) -> Relation:
    """A relation under the column names that an alias gives it; without its keys where it gives any."""
    alias = named.args.get("alias")
    columns = [column.name for column in alias.columns] if alias is not None else []
    return Relation(frozenset(columns), ()) if columns else relation


def _output_names(cte: exp.Expr) -> list[str]:
    alias = cte.args.get("alias")
    if alias is not None and alias.columns:
        return [column.name for column in alias.columns]
    return [item.alias_or_name for item in cte.this.selects]


def _add_source(facts: Facts, item: exp.Expr, known: Environment) -> bool:
    """Add a source and what its join says; False where that is not understood."""
    join = item if isinstance(item, exp.Join) else None
    source = item.this if isinstance(item, (exp.Join, exp.From)) else item
    side = (join.args.get("side") or "").upper() if join is not None else ""
    if side not in {"", "LEFT"} or (join is not None and join.args.get("method")):
        return False
    relation = _source_relation(source, known)
    alias = source.alias_or_name
    if relation is None or not alias or alias in facts.sources:
        return False
    before = list(facts.sources)
    facts.sources[alias] = relation
    if isinstance(source, exp.Lateral):
        facts.lateral.add(alias)
    return join is None or _add_join(facts, join, alias, before, side)


def _source_relation(source: exp.Expr, known: Environment) -> Relation | None:
    if isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier):
        found = known.get(source.name)
        return None if source.args.get("joins") or found is None else _renamed(found, source)
    if isinstance(source, exp.Table) and isinstance(source.this, exp.GenerateSeries):
        alias = source.args.get("alias")
        name = alias.columns[0].name if alias is not None and alias.columns else source.alias
        return Relation(frozenset({name}), (frozenset({name}),), frozenset({name})) if name else None
    inner = source.this if isinstance(source, (exp.Subquery, exp.Lateral)) else None
    inner = inner.unnest() if isinstance(inner, exp.Subquery) else inner
    relation = relation_of(inner, known) if isinstance(inner, exp.Query) else None
    return _renamed(relation, source) if relation is not None else None


def _add_join(facts: Facts, join: exp.Join, alias: str, before: Sequence[str], side: str) -> bool:
    """What a join's condition says."""
    equations: list[tuple[frozenset[Attribute], Attribute]] = []
    reads: set[Attribute] = set()
    for item in join.args.get("using") or []:
        owner = facts.merged.get(item.name) or next((a for a in before if item.name in facts.sources[a].columns), "")
        if not owner or item.name not in facts.sources[alias].columns:
            return False
        facts.merged[item.name] = owner
        own, other = (alias, item.name), (owner, item.name)
        equations += [(frozenset({other}), own), (frozenset({own}), other)]
        reads.add(other)
    on = join.args.get("on")
    for part in _conjuncts(on) if on is not None else ():
        equations += _equation(facts, part)
        read = facts.attributes(part)
        if side and read is None:
            return False
        reads |= {attribute for attribute in read or () if attribute[0] != alias}
    if side:
        fixed = {right[1] for left, right in equations if right[0] == alias and all(a[0] != alias for a in left)}
        facts.outer[alias] = OuterJoin(frozenset(reads), frozenset(fixed), tuple(equations))
    else:
        facts.dependencies += equations
    return True


def _conjuncts(condition: exp.Expr) -> list[exp.Expr]:
    node = condition.unnest()
    return [part.unnest() for part in node.flatten()] if isinstance(node, exp.And) else [node]


def _equation(facts: Facts, part: exp.Expr) -> list[tuple[frozenset[Attribute], Attribute]]:
    """`column = expression` as dependencies: what the expression reads determines the column."""
    if not isinstance(part, exp.EQ):
        return []
    found = []
    for column, other in ((part.this, part.expression), (part.expression, part.this)):
        own = facts.attribute(column) if isinstance(column, exp.Column) else None
        read = facts.attributes(other)
        if own is not None and read is not None:
            found.append((read, own))
    return found


def relation_of(query: exp.Expr, known: Environment) -> Relation | None:
    """The rows that a query returns; None for what is no query."""
    query = query.unnest() if isinstance(query, exp.Subquery) else query
    if isinstance(query, exp.SetOperation):
        columns = frozenset(item.alias_or_name for item in query.selects)
        return Relation(columns, ())
    if not isinstance(query, exp.Select):
        return None
    names = [item.alias_or_name for item in query.selects]
    columns = frozenset(names)
    if (
        len(columns) < len(names)
        or "" in columns
        or any(item.find(exp.Star) for item in query.selects if not item.find(exp.Count))
    ):
        return Relation(frozenset(), ())
    facts = read_facts(query, known)
    if facts is None:
        return Relation(columns, ())
    columns_shown = [(item.alias_or_name, item.unalias()) for item in query.selects]
    plain = {name: facts.attribute(node) for name, node in columns_shown if isinstance(node, exp.Column)}
    required = frozenset(
        name for name, attribute in plain.items()
        if attribute and attribute[0] not in facts.outer and attribute[1] in facts.sources[attribute[0]].required
    )  # fmt: skip
    limit = query.args.get("limit")
    if isinstance(limit, exp.Limit) and limit.expression.name == "1":
        return Relation(columns, (frozenset(),), required)
    return Relation(columns, tuple(_keys(query, facts, plain, required)), required)


def _keys(
    select: exp.Select, facts: Facts, plain: Mapping[str, Attribute | None], required: frozenset[str]
) -> Iterator[frozenset[str]]:
    """Smallest sets of up to three never-NULL output columns that tell the rows apart."""
    if any(item.find(exp.Explode, exp.Unnest, exp.ExplodingGenerateSeries) for item in select.selects):
        return
    group = select.args.get("group")
    if group is None and any(_aggregates(item) for item in select.selects):
        yield frozenset()
        return
    found: list[frozenset[str]] = []
    usable = sorted(name for name in required if plain.get(name))
    for size in (1, 2, 3):
        for names in combinations(usable, size):
            if not any(key <= set(names) for key in found) and unique_output(
                select, facts, frozenset(attribute for name in names if (attribute := plain[name]))
            ):
                found.append(frozenset(names))
    yield from found


def unique_output(select: exp.Select, facts: Facts, shown: frozenset[Attribute]) -> bool:
    """Whether a SELECT's rows, grouped or not, differ in the columns shown."""
    group = select.args.get("group")
    if group is None:
        return facts.tells_rows_apart(shown)
    grouped = grouped_by(select, facts)
    return grouped is not None and grouped <= facts.closure(shown)


def grouped_by(select: exp.Select, facts: Facts) -> frozenset[Attribute] | None:
    """The columns grouped by; None where an expression, a set or a rollup is."""
    group = select.args.get("group")
    if group is None or any(group.args.get(name) for name in ("grouping_sets", "cube", "rollup", "totals", "all")):
        return None
    found = set()
    for item in group.expressions:
        if isinstance(item, exp.Literal) and item.this.isdecimal() and 0 < int(item.this) <= len(select.selects):
            item = select.selects[int(item.this) - 1].unalias()
        attribute = facts.attribute(item) if isinstance(item, exp.Column) else None
        if attribute is None:
            return None
        found.add(attribute)
    return frozenset(found)


def _aggregates(item: exp.Expr) -> bool:
    """Whether an output column aggregates, other than over a window."""
    return any(not isinstance(node.parent, (exp.Window, exp.Filter)) or (
        isinstance(node.parent, exp.Filter) and not isinstance(node.parent.parent, exp.Window)
    ) for node in item.find_all(exp.AggFunc) if node.find_ancestor(exp.Query) is item.find_ancestor(exp.Query))  # fmt: skip  # noqa: E501
