"""Mutants that mean the same as their query: proven from keys and NOT NULL, or recorded by hand with a reason.

`schemas.mutate` makes small changes without knowing whether they matter. The rules here hold on every database that
satisfies the schema's constraints; what they cannot prove a person may record in the schema's `equivalents.toml`:

    [[equivalent]]
    question = "test-07"
    sql = "the mutant as `loop schemas check` prints it"
    reason = "a stay has at most one review, which the row's check ensures"

Knows the DDL, not the data.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from sqlglot import exp

from schemas.catalog import Schema
from schemas.ddl import Table
from schemas.dependencies import tables_of
from schemas.dependency_rules import distinct_count, distinct_output, group_keys, never_null_alike, ranks
from schemas.errors import SchemaError
from schemas.glossary_check import read_toml
from schemas.mutate import Mutant
from schemas.sql import parse


def why_equivalent(gold: str, mutant: Mutant, schema: Schema) -> str:
    """The reason why a mutant always gives its gold's answer, or empty if none is known."""
    known = recorded(schema.folder / "equivalents.toml").get(mutant.sql, "")
    if known:
        return known
    before, after = parse(gold), parse(mutant.sql)
    if before is None or after is None:
        return ""
    rule = _RULES.get(mutant.operator)
    reason = rule(before, after, _Keys(schema)) if rule is not None else ""
    for further in _FURTHER.get(mutant.operator, ()):
        reason = reason or further(before, after, tables_of(schema.tables))
    return reason


@lru_cache(maxsize=64)
def recorded(path: Path) -> dict[str, str]:
    """Mutant -> reason, as recorded by hand in a schema's `equivalents.toml`; empty without the file.

    Raises:
        SchemaError: the file is malformed, or an entry has no question, sql or reason.
    """
    if not path.is_file():
        return {}
    entries = read_toml(path).get("equivalent", [])
    for number, entry in enumerate(entries, start=1):
        missing = [key for key in ("question", "sql", "reason") if not entry.get(key)]
        if missing:
            raise SchemaError(f"{path}: entry {number} has no {', '.join(missing)}; add it")
    return {entry["sql"]: entry["reason"] for entry in entries}


class _Keys:
    """What the DDL says about the columns that a query uses."""

    def __init__(self, schema: Schema) -> None:
        self.tables = {table.name: table for table in schema.tables}

    def sources(self, select: exp.Select) -> dict[str, Table] | None:
        """Alias -> table of a SELECT from tables only; None if it reads anything else."""
        found: dict[str, Table] = {}
        start = select.args.get("from_")
        for item in [start, *(select.args.get("joins") or [])]:
            source = item.this if item is not None else None
            if not isinstance(source, exp.Table) or source.name not in self.tables:
                return None
            found[source.alias_or_name] = self.tables[source.name]
        return found

    def owner(self, column: exp.Column, sources: dict[str, Table]) -> tuple[str, Table] | None:
        """Alias and table of a column."""
        if column.table:
            return (column.table, sources[column.table]) if column.table in sources else None
        owners = [(name, table) for name, table in sources.items() if column.name in _names(table)]
        return owners[0] if len(owners) == 1 else None

    def required(self, column: exp.Column, select: exp.Select) -> bool:
        """Whether a column is never NULL where it is used: NOT NULL or in the key, and no outer join."""
        sources = self.sources(select)
        if sources is None or any(join.args.get("side") for join in select.args.get("joins") or []):
            return False
        owner = self.owner(column, sources)
        return owner is not None and _required(owner[1], column.name)

    def parent_join(self, join: exp.Join, sources: dict[str, Table], before: dict[str, Table]) -> bool:
        """Whether a join adds to every row exactly its one parent, by a key that is never NULL."""
        source = join.this
        if not isinstance(source, exp.Table) or source.name not in self.tables:
            return False
        parent = self.tables[source.name]
        pairs = self._pairs(join, source.alias_or_name, sources, before)
        if not pairs:
            return False
        for alias in {pair[0] for pair in pairs}:
            child = before[alias]
            columns = {pair[1]: pair[2] for pair in pairs if pair[0] == alias}
            for key in child.foreign_keys:
                if key.parent == parent.name and dict(zip(key.columns, key.parent_columns, strict=True)) == columns:
                    return len(columns) == len(pairs) and all(_required(child, name) for name in key.columns)
        return False

    def _pairs(
        self, join: exp.Join, alias: str, sources: dict[str, Table], before: dict[str, Table]
    ) -> list[tuple[str, str, str]]:
        """(child alias, child column, parent column) of a join's equations; empty if it is anything else."""
        pairs: list[tuple[str, str, str]] = []
        for item in join.args.get("using") or []:
            owners = [name for name, table in before.items() if item.name in _names(table)]
            if len(owners) != 1:
                return []
            pairs.append((owners[0], item.name, item.name))
        on = join.args.get("on")
        for part in on.flatten() if isinstance(on, exp.And) else [on] if on is not None else []:
            if not isinstance(part, exp.EQ):
                return []
            sides = [part.this, part.expression]
            if not all(isinstance(side, exp.Column) for side in sides):
                return []
            owned = [self.owner(side, sources) for side in sides]
            if owned[0] is None or owned[1] is None:
                return []
            if owned[0][0] == alias:
                sides.reverse()
                owned.reverse()
            child = owned[0]
            if child is None or child[0] not in before or owned[1] is None or owned[1][0] != alias:
                return []
            pairs.append((child[0], sides[0].name, sides[1].name))
        return pairs

    def one_row_each(self, select: exp.Select) -> Table | None:
        """The first table, if every other is joined as a parent: no row of it comes twice or is lost."""
        sources = self.sources(select)
        if sources is None:
            return None
        aliases = list(sources)
        before = {aliases[0]: sources[aliases[0]]}
        for join, alias in zip(select.args.get("joins") or [], aliases[1:], strict=True):
            if not self.parent_join(join, sources, before):
                return None
            before[alias] = sources[alias]
        return sources[aliases[0]]


def _names(table: Table) -> set[str]:
    return {column.name for column in table.columns}


def _required(table: Table, name: str) -> bool:
    return name in table.primary_key or any(column.name == name and column.not_null for column in table.columns)


def _join_type(before: exp.Expr, after: exp.Expr, keys: _Keys) -> str:
    """Inner and LEFT are the same towards a parent by a required key, or where WHERE refuses the missing rows."""
    for one, other in zip(before.find_all(exp.Join), after.find_all(exp.Join), strict=False):
        if one.args.get("side") == other.args.get("side"):
            continue
        select = one.parent
        sources = keys.sources(select) if isinstance(select, exp.Select) else None
        if sources is None or not isinstance(select, exp.Select):
            return ""
        aliases = list(sources)
        place = (select.args.get("joins") or []).index(one) + 1
        if keys.parent_join(one, sources, {alias: sources[alias] for alias in aliases[:place]}):
            return "every row has its parent: the key is a foreign key and never NULL"
        if _refuses_null(select, aliases[place], sources, keys):
            return "WHERE refuses the rows that only an outer join keeps"
        if _joined_strictly(select, place, sources, keys):
            return "a later inner join loses the rows that only an outer join keeps"
    return ""


_STRICT = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Like, exp.ILike, exp.Between, exp.In)


def _refuses_null(select: exp.Select, alias: str, sources: dict[str, Table], keys: _Keys) -> bool:
    """Whether one part of the WHERE is never true when the table's columns are NULL."""
    where = select.args.get("where")
    if where is None:
        return False
    parts = where.this.flatten() if isinstance(where.this, exp.And) else [where.this]
    for part in parts:
        test = part.unnest().this if isinstance(part.unnest(), exp.Not) else part.unnest()
        if not isinstance(test, _STRICT):
            continue
        for column in test.find_all(exp.Column):
            owner = keys.owner(column, sources)
            if owner is not None and owner[0] == alias and _spreads_null(column, test):
                return True
    return False


_SPREADS = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Paren, exp.Neg, exp.Lower, exp.Upper, exp.Cast)


def _spreads_null(column: exp.Column, test: exp.Expr) -> bool:
    """Whether the test is NULL when the column is: only arithmetic and the like stand between."""
    node = column.parent
    while node is not None and node is not test:
        if not isinstance(node, _SPREADS):
            return False
        node = node.parent
    return node is test


def _joined_strictly(select: exp.Select, place: int, sources: dict[str, Table], keys: _Keys) -> bool:
    """Whether a later inner join is on an equation with the table at that place, so that its missing rows are lost."""
    aliases = list(sources)
    for join, alias in list(zip(select.args.get("joins") or [], aliases[1:], strict=False))[place:]:
        if join.args.get("side"):
            continue
        on = join.args.get("on")
        parts = on.flatten() if isinstance(on, exp.And) else [on] if on is not None else []
        for part in parts:
            if isinstance(part, exp.EQ) and all(isinstance(side, exp.Column) for side in (part.this, part.expression)):
                owners = [keys.owner(side, sources) for side in (part.this, part.expression)]
                if {owner[0] for owner in owners if owner} == {aliases[place], alias}:
                    return True
    return False


def _distinct(before: exp.Expr, after: exp.Expr, keys: _Keys) -> str:
    """DISTINCT changes nothing where the output holds a key of rows that come once; nor in COUNT of a key."""
    for one, other in zip(before.find_all(exp.Select), after.find_all(exp.Select), strict=False):
        if bool(one.args.get("distinct")) != bool(other.args.get("distinct")):
            return "the output holds the table's key, and no row comes twice" if _holds_key(one, keys) else ""
    for count in [*before.find_all(exp.Count), *after.find_all(exp.Count)]:
        inner = count.this.expressions[0] if isinstance(count.this, exp.Distinct) else None
        select = count.find_ancestor(exp.Select)
        if not isinstance(inner, exp.Column) or select is None:
            continue
        table = keys.one_row_each(select)
        if table is not None and table.primary_key == (inner.name,) and inner.name in _own(inner, select, keys, table):
            return "counts a key of rows that come once"
    return ""


def _own(column: exp.Column, select: exp.Select, keys: _Keys, table: Table) -> set[str]:
    """The table's column names, if the column belongs to it."""
    sources = keys.sources(select) or {}
    first = next(iter(sources), "")
    shared = column.table in {"", first} or sources.get(column.table) is table
    return _names(table) if shared else set()


def _holds_key(select: exp.Select, keys: _Keys) -> bool:
    table = keys.one_row_each(select)
    if table is None or not table.primary_key:
        return False
    columns = [item.unalias() for item in select.expressions]
    names = {c.name for c in columns if isinstance(c, exp.Column) and c.name in _own(c, select, keys, table)}
    unique = [set(table.primary_key), *({column.name} for column in table.columns if column.unique and column.not_null)]
    return any(key <= names for key in unique)


def _aggregate(before: exp.Expr, after: exp.Expr, keys: _Keys) -> str:
    """COUNT(column) is COUNT(*) where the column is never NULL."""
    for one, other in zip(before.find_all(exp.Count), after.find_all(exp.Count), strict=False):
        if one == other:
            continue
        select = one.find_ancestor(exp.Select)
        if isinstance(one.this, exp.Column) and select is not None and keys.required(one.this, select):
            return "the column counted is never NULL"
        return ""
    return ""


def _null_handling(before: exp.Expr, after: exp.Expr, keys: _Keys) -> str:
    """COALESCE of what is never NULL."""
    kept = [item.sql() for item in after.find_all(exp.Coalesce)]
    for item in before.find_all(exp.Coalesce):
        if item.sql() in kept:
            kept.remove(item.sql())
            continue
        select = item.find_ancestor(exp.Select)
        if isinstance(item.this, exp.Count):
            return "a count is never NULL"
        if isinstance(item.this, exp.Column) and select is not None and keys.required(item.this, select):
            return "the column is never NULL"
    return ""


def _group_key(before: exp.Expr, after: exp.Expr, keys: _Keys) -> str:
    """A column of a table whose key is grouped by as well need not be."""
    for one, other in zip(before.find_all(exp.Group), after.find_all(exp.Group), strict=False):
        kept = [item.sql() for item in other.expressions]
        gone = [item for item in one.expressions if item.sql() not in kept]
        select = one.parent
        sources = keys.sources(select) if isinstance(select, exp.Select) else None
        if not gone or sources is None:
            continue
        owner = keys.owner(gone[0], sources) if isinstance(gone[0], exp.Column) else None
        if owner is None:
            return ""
        grouped = set()
        for item in other.expressions:
            other_owner = keys.owner(item, sources) if isinstance(item, exp.Column) else None
            if other_owner is not None and other_owner[0] == owner[0]:
                grouped.add(item.name)
        if owner[1].primary_key and set(owner[1].primary_key) <= grouped:
            return "the table's key is grouped by as well"
    return ""


def _order(before: exp.Expr, after: exp.Expr, keys: _Keys) -> str:  # noqa: ARG001
    """The order of a subquery's rows does not show, unless rows are cut or the first of each is kept."""
    kept = [item.sql() for item in after.find_all(exp.Order)]
    for item in before.find_all(exp.Order):
        if item.sql() in kept:
            kept.remove(item.sql())
            continue
        query = item.parent
        if not isinstance(query, exp.Query) or query.parent is None:
            return ""
        first_of_each = query.args.get("distinct") is not None and query.args["distinct"].args.get("on")
        cut = query.args.get("limit") or query.args.get("offset")
        return "" if cut or first_of_each else "rows of a subquery have no order"
    return ""


def _rank(before: exp.Expr, after: exp.Expr, keys: _Keys) -> str:  # noqa: ARG001
    """RANK and DENSE_RANK agree on who is first."""
    ranks = (exp.Rank, exp.DenseRank)
    if not any(isinstance(node, ranks) for node in before.find_all(*ranks)) or not after.find(*ranks):
        return ""
    aliased = [node.find_ancestor(exp.Alias) for node in before.find_all(*ranks)]
    names = {alias.alias for alias in aliased if alias is not None}
    tests = [node for node in before.find_all(exp.EQ) if isinstance(node.this, exp.Column) and node.this.name in names]
    if len(names) == 1 and tests and all(node.expression.sql() == "1" for node in tests):
        used = [column for column in before.find_all(exp.Column) if column.name in names]
        return "only the first rank is kept" if len(used) == len(tests) else ""
    return ""


_FURTHER = {
    "distinct": (distinct_output, distinct_count),
    "group_key": (group_keys,),
    "column_swap": (group_keys, never_null_alike),
    "rank": (ranks,),
}
"""Operator -> rules from what determines what, tried where the first finds no reason."""

_RULES = {
    "join_type": _join_type,
    "distinct": _distinct,
    "aggregate": _aggregate,
    "null_handling": _null_handling,
    "group_key": _group_key,
    "order": _order,
    "rank": _rank,
}
