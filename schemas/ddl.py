"""`schema.sql` as records: tables, columns, keys, allowed values, comments.

Reads Postgres DDL with sqlglot. Knows CREATE TYPE ... AS ENUM, CREATE TABLE, ALTER TABLE ... ADD FOREIGN KEY,
and COMMENT ON; other statements are left to the server.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from schemas.errors import SchemaError


@dataclass(frozen=True, slots=True)
class Column:
    """One column."""

    name: str
    type: str
    """The type in lower case, as sqlglot spells it: "int", "decimal(8, 2)", "text[]"; or an enum's name."""
    not_null: bool = False
    values: tuple[str, ...] = ()
    """The only values allowed, where a CHECK ... IN or an enum says so."""
    comment: str = ""
    unique: bool = False
    """Whether a UNIQUE constraint holds it alone."""


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """One foreign key."""

    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One table."""

    name: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = field(default=())
    comment: str = ""
    uniques: tuple[tuple[str, ...], ...] = ()
    """UNIQUE constraints over several columns; one over a single column is marked there."""

    def column(self, name: str) -> Column:
        """The column of that name; `KeyError` if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


def parse_ddl(ddl: str, path: Path) -> tuple[Table, ...]:
    """Tables of a DDL text, in the order they are created.

    Raises:
        SchemaError: sqlglot cannot read it (names the file and, where known, the line), a column has no type, or a
            key refers to nothing.
    """
    try:
        statements = [tree for tree in sqlglot.parse(ddl, read="postgres") if tree is not None]
    except SqlglotError as error:
        lines = [detail.get("line") for detail in getattr(error, "errors", [])]
        where = f"{path}:{lines[0]}" if lines and lines[0] else str(path)
        message = str(error).splitlines()[0]
        raise SchemaError(f"{where}: the DDL cannot be parsed ({message}); mend it and run again") from None
    for tree in statements:
        _fold_names(tree)
    enums = dict(_enum(tree) for tree in statements if _is_enum(tree))
    enums = {**{name.lower(): values for name, values in enums.items()}, **enums}
    tables: dict[str, Table] = {}
    for tree in statements:
        if isinstance(tree, exp.Create) and tree.kind == "TABLE":
            table = _table(tree, enums, path)
            tables[table.name] = table
        elif isinstance(tree, exp.Alter):
            _alter(tree, tables)
        elif isinstance(tree, exp.Comment):
            _comment(tree, tables)
    _fill_parent_keys(tables, path)
    if not tables:
        raise SchemaError(f"{path}: no CREATE TABLE found; a schema needs at least one table")
    return tuple(tables.values())


def _fold_names(tree: exp.Expr) -> None:
    """Names outside quotes in lower case, as Postgres reads them."""
    for name in tree.find_all(exp.Identifier):
        if not name.quoted:
            name.set("this", name.name.lower())


def _is_enum(tree: exp.Expr) -> bool:
    return (isinstance(tree, exp.Create) and tree.kind == "TYPE") or (
        isinstance(tree, exp.Command) and tree.name.upper() == "CREATE" and " ENUM" in tree.sql().upper()
    )


def _enum(tree: exp.Expr) -> tuple[str, tuple[str, ...]]:
    """Name and values of a CREATE TYPE statement, read from its tokens: sqlglot keeps it as an opaque command."""
    tokens = sqlglot.tokenize(tree.sql(dialect="postgres"), read="postgres")
    words = list(tokens)
    position = next(i for i, token in enumerate(words) if token.text.upper() == "TYPE")
    values = tuple(token.text for token in words if token.token_type.name == "STRING")
    if len(values) == 1 and "(" in values[0]:  # the whole rest came as one opaque string
        inner = sqlglot.tokenize(values[0], read="postgres")
        name = next(token.text for token in inner if token.text.upper() not in {"TYPE", "CREATE"})
        return name, tuple(token.text for token in inner if token.token_type.name == "STRING")
    return words[position + 1].text, values


def _table(tree: exp.Create, enums: dict[str, tuple[str, ...]], path: Path) -> Table:
    schema = tree.this
    columns: list[Column] = []
    primary: tuple[str, ...] = ()
    keys: list[ForeignKey] = []
    uniques: list[tuple[str, ...]] = []
    allowed: dict[str, tuple[str, ...]] = {}
    for part in schema.expressions:
        if isinstance(part, exp.ColumnDef):
            column, is_primary, key, checks = _column(part, enums)
            columns.append(column)
            allowed.update(checks)
            primary = (column.name,) if is_primary else primary
            keys += [key] if key else []
        elif isinstance(part, exp.Identifier):
            raise SchemaError(f"{path}: the column {schema.this.name}.{part.name} has no type; add it")
        else:
            inner = part.expressions[0] if isinstance(part, exp.Constraint) else part
            if isinstance(inner, exp.PrimaryKey):
                primary = tuple(item.name for item in inner.expressions)
            elif isinstance(inner, exp.ForeignKey):
                keys.append(_foreign_key(tuple(item.name for item in inner.expressions), inner.args["reference"]))
            elif isinstance(inner, exp.UniqueColumnConstraint):
                uniques.append(tuple(item.name for item in inner.this.expressions))
            elif isinstance(inner, exp.CheckColumnConstraint):
                allowed.update(_allowed(inner.this))
    columns = [replace(c, values=allowed.get(c.name, c.values)) for c in columns]
    return _with_uniques(Table(schema.this.name, tuple(columns), primary, tuple(keys)), uniques)


def _with_uniques(table: Table, uniques: Sequence[tuple[str, ...]]) -> Table:
    single = {names[0] for names in uniques if len(names) == 1}
    columns = tuple(replace(c, unique=c.unique or c.name in single) for c in table.columns)
    return replace(table, columns=columns, uniques=tuple(names for names in uniques if len(names) > 1))


def _column(
    part: exp.ColumnDef, enums: dict[str, tuple[str, ...]]
) -> tuple[Column, bool, ForeignKey | None, dict[str, tuple[str, ...]]]:
    kind = part.kind.sql(dialect="postgres").strip('"') if part.kind else "text"
    not_null = primary = unique = False
    key: ForeignKey | None = None
    checks: dict[str, tuple[str, ...]] = {}
    for constraint in part.constraints:
        rule = constraint.kind
        if isinstance(rule, exp.PrimaryKeyColumnConstraint):
            primary = not_null = True
        elif isinstance(rule, exp.NotNullColumnConstraint):
            not_null = not rule.args.get("allow_null")
        elif isinstance(rule, exp.UniqueColumnConstraint):
            unique = True
        elif isinstance(rule, exp.Reference):
            key = _foreign_key((part.name,), rule)
        elif isinstance(rule, exp.CheckColumnConstraint):
            checks.update(_allowed(rule.this))
    values = enums.get(kind, enums.get(kind.lower(), ()))
    column = Column(part.name, kind.lower() if not values else kind, not_null, values, unique=unique)
    return column, primary, key, checks


def _allowed(check: exp.Expr) -> dict[str, tuple[str, ...]]:
    """Column -> values for `col IN ('a', 'b')`; other checks say nothing about values."""
    check = check.unnest()
    if isinstance(check, exp.In) and isinstance(check.this, exp.Column):
        items = check.expressions
        if items and all(isinstance(item, exp.Literal) and item.is_string for item in items):
            return {check.this.name: tuple(item.name for item in items)}
    return {}


def _foreign_key(columns: tuple[str, ...], reference: exp.Expr) -> ForeignKey:
    target = reference.this
    if isinstance(target, exp.Schema):
        return ForeignKey(columns, target.this.name, tuple(item.name for item in target.expressions))
    return ForeignKey(columns, target.name, ())


def _alter(tree: exp.Alter, tables: dict[str, Table]) -> None:
    """ALTER TABLE ... ADD [CONSTRAINT ...] FOREIGN KEY, PRIMARY KEY or UNIQUE."""
    table = tables.get(tree.this.name)
    if table is None:
        return
    for action in tree.args.get("actions") or []:
        for item in action.expressions if isinstance(action, exp.AddConstraint) else []:
            inner = item.expressions[0] if isinstance(item, exp.Constraint) else item
            columns = tuple(part.name for part in inner.expressions)
            if isinstance(inner, exp.UniqueColumnConstraint):
                named = tuple(part.name for part in inner.this.expressions)
                table = replace(
                    _with_uniques(table, [named]), uniques=(*table.uniques, *([named] if named[1:] else []))
                )
            elif isinstance(inner, exp.ForeignKey):
                added = _foreign_key(columns, inner.args["reference"])
                table = replace(table, foreign_keys=(*table.foreign_keys, added))
            elif isinstance(inner, exp.PrimaryKey):
                table = replace(table, primary_key=columns)
    tables[table.name] = table


def _comment(tree: exp.Comment, tables: dict[str, Table]) -> None:
    text = tree.expression.name if tree.expression else ""
    target = tree.this
    if isinstance(target, exp.Table) and target.name in tables:
        tables[target.name] = replace(tables[target.name], comment=text)
    elif isinstance(target, exp.Column) and target.table in tables:
        table = tables[target.table]
        columns = tuple(replace(c, comment=text) if c.name == target.name else c for c in table.columns)
        tables[table.name] = replace(table, columns=columns)


def _fill_parent_keys(tables: dict[str, Table], path: Path) -> None:
    """A REFERENCES without columns means the parent's primary key."""
    for table in list(tables.values()):
        keys = []
        for key in table.foreign_keys:
            where = f"{path}: {table.name}({', '.join(key.columns)}) refers to {key.parent}"
            if key.parent not in tables:
                raise SchemaError(f"{where}, which no CREATE TABLE makes; mend it and run again")
            columns = key.parent_columns or tables[key.parent].primary_key
            if len(columns) != len(key.columns):
                raise SchemaError(f"{where} by {len(columns)} columns; name {len(key.columns)} of them")
            keys.append(replace(key, parent_columns=columns))
        tables[table.name] = replace(table, foreign_keys=tuple(keys))
