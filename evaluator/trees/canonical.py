"""A query in one form that can still be executed: names in full, steps in their place, one spelling.

CTEs become queries in FROM, tables are called by their own names (`item`, `item_2`), queries in FROM `q`, functions
`f`, their columns `c1`, `c2`; stars, ordinals and output names are resolved, USING becomes ON, `SELECT * FROM
(query)` the query. Two texts of one meaning come out alike or nearly so, and a clause of one can be put into the
other. Without a DDL, columns get their table where only one can be meant. Knows nothing of what a query returns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlglot import exp

from evaluator.trees.columns import resolve_keys, spell_out_stars, spell_out_using, unwrap
from evaluator.trees.names import (
    Scope,
    Source,
    distinct_of_groups,
    fold,
    free_label,
    has_tail,
    identifier,
    name_column,
    numbered,
    shown_by_exists,
    tidy,
    under,
)
from evaluator.trees.spelling import respell
from schemas.ddl import Table

_MANY_COLUMNS = frozenset({"jsonb_each", "json_each", "jsonb_each_text", "json_each_text", "jsonb_to_recordset"})
MAX_DEPTH = 40
"""Queries within queries; deeper ones are not read."""
MAX_STEPS = 60
"""CTEs put in the places where they are read, those within them counted each time; more are not read."""


class UnreadableError(Exception):
    """The query has a shape that this module does not know."""


@dataclass(frozen=True, slots=True)
class _Step:
    """A CTE and the steps that it can see."""

    query: exp.Expr
    columns: tuple[str, ...]
    seen: Mapping[str, _Step | str]
    outer: tuple[Scope, ...]
    """Names that it can see from around it."""


_Steps = Mapping[str, _Step | str]
"""Name -> step; or, for one that refers to itself, its canonical name."""


@lru_cache(maxsize=2048)
def canonical(sql: str, tables: tuple[Table, ...], dialect: str = "postgres") -> exp.Query | None:
    """As `read_canonical`, kept and shared between calls: not to be changed."""
    return read_canonical(sql, tables, dialect)


def read_canonical(sql: str, tables: Sequence[Table], dialect: str = "postgres") -> exp.Query | None:
    """The statement's canonical tree, the caller's own.

    Args:
        sql: One statement.
        tables: The schema's; empty where it is not known.
        dialect: How to read it, by sqlglot's names. The tree is of Postgres's kind in any case.

    Returns:
        None where sqlglot cannot read it, it is no query, or has a shape not known here.
    """
    import sqlglot
    from sqlglot.errors import SqlglotError

    try:
        trees = sqlglot.parse(sql, read=dialect)
        tree = trees[0] if len(trees) == 1 else None
        if not isinstance(tree, exp.Query):
            return None
        made = respell(_Reader(tables).main(tree))
    except (SqlglotError, UnreadableError, RecursionError):
        return None
    return made if isinstance(made, exp.Query) else None


class _Reader:
    def __init__(self, tables: Sequence[Table]) -> None:
        self._tables = {table.name: {column.name: column.name for column in table.columns} for table in tables}
        self._recursive = 0
        self._depth = 0
        self._steps = 0

    def main(self, tree: exp.Query) -> exp.Expr:
        for name in tree.find_all(exp.Identifier):
            fold(name)
        holder = exp.Paren(this=tree)
        self.query(holder.this, {}, (), named=False)
        return holder.this  # type: ignore[no-any-return]

    def query(self, node: exp.Expr, steps: _Steps, outer: tuple[Scope, ...], *, named: bool) -> list[str]:
        """Bring a query into the form, in place; its output names as written.

        Args:
            node: A query with a parent, since another may take its place.
            steps: The CTEs that it can see.
            outer: Names that it can see from around it, the nearest first.
            named: Whether its columns are to be called c1, c2 ...
        """
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise UnreadableError("too many queries within queries")
        try:
            while isinstance(node, exp.Subquery) and not has_tail(node):
                inner = node.this
                node.replace(inner)
                node = inner
            steps = self._with(node, steps, outer)
            if isinstance(node, exp.SetOperation):
                return self._operation(node, steps, outer, named=named)
            if isinstance(node, exp.Select):
                return self._select(node, steps, outer, named=named)
            if isinstance(node, exp.Subquery):
                return self._tailed(node, steps, outer, named=named)
            raise UnreadableError(type(node).__name__)
        finally:
            self._depth -= 1

    def _tailed(self, node: exp.Subquery, steps: _Steps, outer: tuple[Scope, ...], *, named: bool) -> list[str]:
        """(query) ORDER BY ... LIMIT: the tail goes inside where it can."""
        inner = node.this
        if has_tail(inner) or inner.args.get("with_"):
            raise UnreadableError("two tails")
        for key in ("order", "limit", "offset"):
            inner.set(key, node.args.get(key))
        node.replace(inner)
        return self.query(inner, steps, outer, named=named)

    # --- WITH and set operations ---

    def _with(self, node: exp.Expr, steps: _Steps, outer: tuple[Scope, ...]) -> _Steps:
        with_ = node.args.get("with_")
        if with_ is None:
            return steps
        known = dict(steps)
        kept = []
        for cte in with_.expressions:
            name = cte.alias
            columns = tuple(column.name for column in cte.args["alias"].columns)
            if with_.args.get("recursive") and any(table.name == name for table in cte.this.find_all(exp.Table)):
                self._recursive += 1
                label = "r" if self._recursive == 1 else f"r_{self._recursive}"
                self._tables[label] = self._recursive_step(cte, label, columns, {**known, name: label}, outer)
                known[name] = label
                kept.append(cte)
            else:
                known[name] = _Step(cte.this, columns, dict(known), outer)
        node.set("with_", exp.With(expressions=kept, recursive=True) if kept else None)
        return known

    def _recursive_step(
        self, cte: exp.CTE, label: str, columns: tuple[str, ...], steps: _Steps, outer: tuple[Scope, ...]
    ) -> dict[str, str]:
        first = cte.this
        while isinstance(first, exp.SetOperation):
            first = first.this
        written = [*columns, *(item.alias_or_name for item in first.selects[len(columns) :])]
        named = {name: f"c{number}" for number, name in enumerate(written, start=1)}
        self._tables[label] = named
        cte.set(
            "alias",
            exp.TableAlias(this=exp.to_identifier(label), columns=[exp.to_identifier(c) for c in named.values()]),
        )
        self.query(cte.this, steps, outer, named=False)
        return named

    def _operation(self, node: exp.SetOperation, steps: _Steps, outer: tuple[Scope, ...], *, named: bool) -> list[str]:
        names = self.query(node.this, steps, outer, named=named)
        self.query(node.expression, steps, outer, named=False)
        for side in ("this", "expression"):
            if has_tail(node.args[side]):
                node.set(side, exp.Subquery(this=node.args[side]))
        order = node.args.get("order")
        for item in order.expressions if order is not None else ():
            column = item.this
            if isinstance(column, exp.Column) and column.name in names:
                item.set("this", exp.Literal.number(names.index(column.name) + 1))
        return names

    # --- SELECT ---

    def _select(self, node: exp.Select, steps: _Steps, outer: tuple[Scope, ...], *, named: bool) -> list[str]:
        scope = self._from(node, steps, outer)
        scopes = (scope, *outer)
        written = spell_out_stars(node, scope)
        resolve_keys(node, scope)
        joins = [join.args["on"] for join in node.args.get("joins") or [] if join.args.get("on") is not None]
        tails = [node.args.get(key) for key in ("where", "group", "having", "order", "distinct", "qualify", "windows")]
        flat = [item for tail in tails if tail for item in (tail if isinstance(tail, list) else [tail])]
        for part in [*node.expressions, *joins, *flat]:
            self._expression(part, scopes, steps)
        items = []
        for number, item in enumerate(node.expressions, start=1):
            inner = item.this if isinstance(item, exp.Alias) else item
            if isinstance(inner, exp.Subquery):
                inner.set("alias", None)
            items.append(under(inner, f"c{number}") if named else inner)
        node.set("expressions", items)
        distinct_of_groups(node)
        unwrap(node, named=named)
        return written

    def _from(self, node: exp.Select, steps: _Steps, outer: tuple[Scope, ...]) -> Scope:
        """Label the sources of a SELECT and resolve what stands in them."""
        from_, joins = node.args.get("from_"), node.args.get("joins") or []
        if node.args.get("laterals"):
            raise UnreadableError("LATERAL VIEW")
        taken = {source.label for scope in outer for source in scope.values()}
        scope: Scope = {}
        for holder in [from_, *joins] if from_ is not None else []:
            self._source(holder, scope, taken, steps, outer)
        for join in joins:
            tidy(join)
        if from_ is not None and len(joins) == 1 and joins[0].side == "RIGHT":
            left, right = from_.this, joins[0].this
            from_.set("this", right)
            joins[0].set("this", left)
            joins[0].set("side", "LEFT")
        return scope

    def _source(self, holder: exp.Expr, scope: Scope, taken: set[str], steps: _Steps, outer: tuple[Scope, ...]) -> None:
        node = holder.this
        written = node.alias_or_name
        listed = [column.name for column in node.args["alias"].columns] if node.args.get("alias") else []
        columns: Mapping[str, str] | None
        if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
            step = steps.get(node.name) if not node.args.get("db") else None
            if isinstance(step, _Step):
                self._steps += 1
                if self._steps > MAX_STEPS:
                    raise UnreadableError("too many steps")
                node = exp.Subquery(this=step.query.copy())
                holder.set("this", node)
                names = self.query(node.this, step.seen, step.outer, named=True)
                label, columns = free_label("q", taken), numbered([*step.columns, *names[len(step.columns) :]])
            else:
                name = step if isinstance(step, str) else node.name
                node.set("this", exp.to_identifier(name, quoted=node.this.args.get("quoted") and step is None))
                node.set("db", None)
                label, columns = free_label(name, taken), self._tables.get(name)
                if listed and columns is not None:
                    own = list(columns.values())
                    columns = dict(zip([*listed, *own[len(listed) :]], own, strict=False))
        elif isinstance(node, exp.Subquery) and isinstance(node.this, exp.Table):
            self._joined(holder, scope, taken, steps, outer)
            return
        elif isinstance(node, exp.Subquery) and isinstance(node.this, exp.Query):
            names = self.query(node.this, steps, outer, named=True)
            label, columns = free_label("q", taken), numbered([*listed, *names[len(listed) :]])
        elif isinstance(node, exp.Lateral) and isinstance(node.this, exp.Subquery):
            names = self.query(node.this.this, steps, (scope, *outer), named=True)
            label, columns = free_label("q", taken), numbered([*listed, *names[len(listed) :]])
        else:
            label, columns = self._function(node, listed, written, scope, taken, steps, outer)
        plain = isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier)
        if plain:
            same = label == node.name
            node.set("alias", None if same else exp.TableAlias(this=identifier(label)))
        elif isinstance(node, exp.Subquery | exp.Lateral) or columns is None:
            node.set("alias", exp.TableAlias(this=identifier(label)))
        else:
            number = node.args.get("offset")  # of WITH ORDINALITY: printed as the last column by itself
            kept = number.name if isinstance(number, exp.Identifier) else ""
            shown = [exp.to_identifier(name) for name in columns.values() if name != kept]
            node.set("alias", exp.TableAlias(this=identifier(label), columns=shown))
        taken.add(label)
        scope[written or label] = Source(label, columns)
        if spell_out_using(holder, label, scope):
            holder.set("using", None)

    def _joined(self, holder: exp.Expr, scope: Scope, taken: set[str], steps: _Steps, outer: tuple[Scope, ...]) -> None:
        """(a JOIN b ON ...) in FROM, as a query that returns the columns of both."""
        first = holder.this.this
        joins = first.args.get("joins") or []
        first.set("joins", None)
        inner = exp.Select(expressions=[exp.Star()], from_=exp.From(this=first), joins=joins)
        holder.set("this", exp.Subquery(this=inner))
        own = self._from(inner, steps, outer)
        if any(source.columns is None for source in own.values()):
            raise UnreadableError("joined sources whose columns are not known")
        spell_out_stars(inner, own)
        for part in [*inner.expressions, *(join.args["on"] for join in joins if join.args.get("on") is not None)]:
            self._expression(part, (own, *outer), steps)
        items = [under(item, f"c{n}") for n, item in enumerate(inner.expressions, start=1)]
        inner.set("expressions", items)
        label = free_label("q", taken)
        taken.add(label)
        holder.this.set("alias", exp.TableAlias(this=identifier(label)))
        names = iter(f"c{n}" for n in range(1, len(items) + 1))
        for name, source in own.items():
            scope[name] = Source(label, {column: next(names) for column in source.columns or ()})

    def _function(
        self,
        node: exp.Expr,
        listed: list[str],
        written: str,
        scope: Scope,
        taken: set[str],
        steps: _Steps,
        outer: tuple[Scope, ...],
    ) -> tuple[str, Mapping[str, str] | None]:
        """A function or VALUES in FROM; one that returns one column has it called c1."""
        if not isinstance(node, exp.Table | exp.Unnest | exp.Lateral | exp.Values) or isinstance(node.this, exp.Query):
            raise UnreadableError(type(node).__name__)
        for value in list(node.args.values()):
            for part in value if isinstance(value, list) else [value]:
                if isinstance(part, exp.Expr) and not isinstance(part, exp.TableAlias):
                    self._expression(part, (scope, *outer), steps)
        function = node.this if isinstance(node.this, exp.Expr) else node
        name = str(function.this).lower() if isinstance(function, exp.Anonymous) else ""
        label = free_label("f", taken)
        if not listed and (name in _MANY_COLUMNS or isinstance(node, exp.Values)):
            return label, None
        names = numbered(listed or [written])
        number = node.args.get("offset")
        if isinstance(number, exp.Identifier):  # WITH ORDINALITY: its column is kept apart from the others
            names[number.name] = f"c{len(names) + 1}"
            node.set("offset", exp.to_identifier(names[number.name]))
        return label, names

    def _expression(self, root: exp.Expr, scopes: tuple[Scope, ...], steps: _Steps) -> None:
        """Name the columns of an expression in full; bring the queries within into the form."""
        for part in list(root.walk(prune=lambda n: isinstance(n, exp.Query))):
            if isinstance(part, exp.Query):
                inner = part.this if isinstance(part, exp.Subquery) and not has_tail(part) else part
                self.query(inner, steps, scopes, named=False)
                if isinstance(part.parent, exp.Exists):
                    shown_by_exists(part.parent.this)
            elif isinstance(part, exp.Column) and not isinstance(part.this, exp.Star):
                name_column(part, scopes)
