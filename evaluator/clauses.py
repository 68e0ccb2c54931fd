"""A query's clauses in one normal form, so that two queries can be compared clause by clause.

Aliases become table names (`item`, `item#2` for its second use), unqualified columns get their table from the schema,
a column of a subquery or CTE becomes the expression behind it, ordinals and output names in GROUP BY and ORDER BY are
resolved, BETWEEN becomes two comparisons, and join keys are told from filters wherever they are written. Subqueries
become blocks of their own. This module does not compare, and does not know what a query returns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from sqlglot import exp

from schemas.ddl import Table

BlockKind = Literal["main", "from", "in", "exists", "scalar", "arm"]


@dataclass(slots=True)
class Source:
    """What a name in FROM stands for."""

    label: str
    columns: frozenset[str] = frozenset()
    block: Block | None = None
    """Set for a subquery or CTE."""


@dataclass(slots=True)
class Block:
    """One SELECT in normal form; expressions name their tables in full."""

    kind: BlockKind
    projections: list[exp.Expr] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    """Output names of the projections; "" where there is none."""
    distinct: bool = False
    tables: Counter[str] = field(default_factory=Counter)
    sides: dict[str, str] = field(default_factory=dict)
    """Label -> INNER, LEFT, RIGHT, FULL for every joined table."""
    keys: list[exp.Expr] = field(default_factory=list)
    """Equalities between columns of two tables."""
    filters: list[exp.Expr] = field(default_factory=list)
    on_filters: list[exp.Expr] = field(default_factory=list)
    """Conditions of outer joins that are no keys: they drop no rows."""
    groups: list[exp.Expr] = field(default_factory=list)
    having: list[exp.Expr] = field(default_factory=list)
    orders: list[exp.Expr] = field(default_factory=list)
    limit: str = ""
    operations: list[str] = field(default_factory=list)
    """UNION, EXCEPT ALL ... to the blocks of kind "arm"."""
    children: list[Block] = field(default_factory=list)

    def walk(self) -> Iterator[Block]:
        """This block and all within."""
        yield self
        for child in self.children:
            yield from child.walk()


def read_clauses(sql: str, tables: Sequence[Table]) -> Block | None:
    """The statement's outermost block; None where sqlglot cannot read it as a query."""
    import sqlglot
    from sqlglot.errors import SqlglotError

    try:
        tree = sqlglot.parse_one(sql, read="postgres")
    except (SqlglotError, RecursionError):
        return None
    if not isinstance(tree, exp.Query):
        return None
    known = {table.name: frozenset(column.name for column in table.columns) for table in tables}
    return _Reader(known).block(tree, "main", {}, ())


def text(node: exp.Expr) -> str:
    """An expression as one line of SQL; operands of OR sorted."""
    if isinstance(node, exp.Or):
        return " OR ".join(sorted(text(part) for part in flat(node, exp.Or)))
    return node.sql(dialect="postgres")


def flat(node: exp.Expr | None, kind: type[exp.Expr]) -> list[exp.Expr]:
    """Operands of a chain of AND or OR, parentheses taken off."""
    if node is None:
        return []
    node = node.unnest()
    if isinstance(node, kind):
        return [*flat(node.args["this"], kind), *flat(node.args["expression"], kind)]
    return [node]


_Scope = dict[str, Source]
_FLIPPED: dict[type[exp.Expr], type[exp.Expr]] = {exp.GT: exp.LT, exp.LT: exp.GT, exp.GTE: exp.LTE, exp.LTE: exp.GTE}
_DATES = ("DATE", "TIMESTAMP", "TIMESTAMPTZ", "TIMESTAMPNTZ")


class _Reader:
    def __init__(self, tables: Mapping[str, frozenset[str]]) -> None:
        self._tables = tables

    def block(self, query: exp.Expr, kind: BlockKind, ctes: Mapping[str, Block], outer: tuple[_Scope, ...]) -> Block:
        """One query in normal form."""
        while isinstance(query, exp.Subquery) and not query.args.get("order") and not query.args.get("limit"):
            query = query.this
        known = dict(ctes)
        steps: list[Block] = []
        with_ = query.args.get("with_") or query.args.get("with")
        for cte in with_.expressions if with_ else ():
            step = self.block(cte.this, "from", known, outer)
            _rename(step, cte)
            known[cte.alias] = step
            steps.append(step)
        if isinstance(query, exp.SetOperation):
            block = self._operation(query, kind, known, outer)
        elif isinstance(query, exp.Select):
            block = self._select(query, kind, known, outer)
        else:  # VALUES, TABLE, or parentheses with an ORDER BY of their own
            inner = query.this if isinstance(query.this, exp.Query) else None
            block = self.block(inner, kind, known, outer) if inner is not None else Block(kind)
        block.children[:0] = steps
        self._tail(query, block)
        return block

    def _operation(
        self, query: exp.SetOperation, kind: BlockKind, ctes: Mapping[str, Block], outer: tuple[_Scope, ...]
    ) -> Block:
        block = self.block(query.args["this"], kind, ctes, outer)
        arm = self.block(query.args["expression"], "arm", ctes, outer)
        every = "" if query.args.get("distinct", True) else " ALL"
        block.operations.append(f"{type(query).__name__.upper()}{every}")
        block.children.append(arm)
        return block

    def _select(
        self, query: exp.Select, kind: BlockKind, ctes: Mapping[str, Block], outer: tuple[_Scope, ...]
    ) -> Block:
        block = Block(kind, distinct=query.args.get("distinct") is not None)
        scope: _Scope = {}
        scopes = (scope, *outer)
        from_ = query.args.get("from_") or query.args.get("from")
        joins = query.args.get("joins") or []
        if from_ is not None:
            self._source(from_.this, block, scope, ctes, outer)
        for join in joins:
            label = self._source(join.this, block, scope, ctes, scopes)
            block.sides[label] = (join.side or ("" if join.kind in {"INNER", "CROSS", ""} else join.kind)) or "INNER"
            self._condition(join, label, block, scopes, ctes)
        for projection in query.expressions:
            block.projections += self._projection(projection, block, scopes, ctes)
            block.names += [projection.alias_or_name] * (len(block.projections) - len(block.names))
        where = query.args.get("where")
        for part in self._conjuncts(where.this if where else None, block, scopes, ctes):
            (block.keys if _is_key(part) else block.filters).append(part)
        group = query.args.get("group")
        for item in _group_items(group):
            block.groups.append(self._resolved(item, query, block, scopes, ctes))
        having = query.args.get("having")
        block.having = self._conjuncts(having.this if having else None, block, scopes, ctes)
        order = query.args.get("order")
        for item in order.expressions if order else ():
            resolved = self._resolved(item.this, query, block, scopes, ctes)
            block.orders.append(exp.Ordered(this=resolved, desc=bool(item.args.get("desc"))))
        return block

    def _tail(self, query: exp.Expr, block: Block) -> None:
        limit, offset = query.args.get("limit"), query.args.get("offset")
        count = limit.args.get("expression") or limit.args.get("count") if limit else None
        parts = [f"LIMIT {count.sql()}" if count is not None else "", offset.sql() if offset else ""]
        block.limit = " ".join(part.strip() for part in parts if part) or block.limit
        order = query.args.get("order")
        if order is not None and not isinstance(query, exp.Select):
            block.orders = [item.copy() for item in order.expressions]

    def _source(
        self, node: exp.Expr, block: Block, scope: _Scope, ctes: Mapping[str, Block], outer: tuple[_Scope, ...]
    ) -> str:
        """Enter one item of FROM into the scope; returns its label."""
        if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
            name = node.name.lower()
            step = ctes.get(node.name)
            base = name if step is None else "(query)"
            block.tables[base] += 1
            label = base if block.tables[base] == 1 else f"{base}#{block.tables[base]}"
            columns = self._tables.get(name, frozenset()) if step is None else frozenset(step.names)
            scope[node.alias_or_name.lower()] = Source(label, columns, step)
            return label
        inner = node.this if isinstance(node, exp.Subquery | exp.Lateral) else None
        if isinstance(inner, exp.Query):
            child = self.block(inner, "from", ctes, outer)
            _rename(child, node)
            block.children.append(child)
            block.tables["(query)"] += 1
            count = block.tables["(query)"]
            label = "(query)" if count == 1 else f"(query)#{count}"
            scope[node.alias_or_name.lower()] = Source(label, frozenset(child.names), child)
            return label
        label = f"({node.this.key if isinstance(node.this, exp.Expr) else node.key})"
        block.tables[label] += 1
        scope[node.alias_or_name.lower()] = Source(label)
        return label

    def _condition(
        self, join: exp.Join, label: str, block: Block, scopes: tuple[_Scope, ...], ctes: Mapping[str, Block]
    ) -> None:
        for part in self._conjuncts(join.args.get("on"), block, scopes, ctes):
            if _is_key(part):
                block.keys.append(part)
            elif block.sides[label] == "INNER":
                block.filters.append(part)
            else:
                block.on_filters.append(part)
        for column in join.args.get("using") or ():
            name = column.name.lower()
            left = next((s.label for s in scopes[0].values() if name in s.columns and s.label != label), "")
            pair = sorted([f"{left}.{name}", f"{label}.{name}"])
            block.keys.append(
                exp.EQ(this=_column(*pair[0].rsplit(".", 1)), expression=_column(*pair[1].rsplit(".", 1)))
            )

    def _projection(
        self, node: exp.Expr, block: Block, scopes: tuple[_Scope, ...], ctes: Mapping[str, Block]
    ) -> list[exp.Expr]:
        """One projection, or the columns a star stands for where they are known."""
        inner = node.unalias()
        if isinstance(inner, exp.Star) or (isinstance(inner, exp.Column) and isinstance(inner.this, exp.Star)):
            wanted = inner.table.lower() if isinstance(inner, exp.Column) else ""
            sources = [s for alias, s in scopes[0].items() if wanted in {"", alias}]
            if sources and all(source.columns for source in sources):
                return [_column(s.label, name) for s in sources for name in sorted(s.columns)]
            return [exp.Star()]
        return [self._expression(inner, block, scopes, ctes)]

    def _resolved(
        self, node: exp.Expr, query: exp.Select, block: Block, scopes: tuple[_Scope, ...], ctes: Mapping[str, Block]
    ) -> exp.Expr:
        """A key of GROUP BY or ORDER BY: an ordinal or output name becomes the projection it names."""
        inner = node.unnest()
        if isinstance(inner, exp.Literal) and not inner.is_string and inner.name.isdigit():
            place = int(inner.name) - 1
            return block.projections[place].copy() if place < len(block.projections) else inner.copy()
        if isinstance(inner, exp.Column) and not inner.table:
            aliases = [p.alias for p in query.expressions]
            if inner.name in aliases and len(aliases) == len(block.projections):
                return block.projections[aliases.index(inner.name)].copy()
        return self._expression(inner, block, scopes, ctes)

    def _conjuncts(
        self, node: exp.Expr | None, block: Block, scopes: tuple[_Scope, ...], ctes: Mapping[str, Block]
    ) -> list[exp.Expr]:
        if node is None:
            return []
        whole = self._expression(node, block, scopes, ctes)
        return [piece for part in flat(whole, exp.And) for piece in _ends(part)]

    def _expression(
        self, node: exp.Expr, block: Block, scopes: tuple[_Scope, ...], ctes: Mapping[str, Block]
    ) -> exp.Expr:
        """A copy with columns named in full and subqueries taken out into blocks."""

        def change(part: exp.Expr) -> exp.Expr:
            if isinstance(part, exp.Subquery | exp.Query):
                parent = part.parent
                kind: BlockKind = "scalar"
                if isinstance(parent, exp.Exists):
                    kind = "exists"
                elif isinstance(parent, exp.In | exp.Any | exp.All):
                    kind = "in"
                block.children.append(self.block(part, kind, ctes, scopes))
                return exp.Var(this="(query)")
            if isinstance(part, exp.Column) and not isinstance(part.this, exp.Star):
                return _qualified(part, scopes)
            return part

        # A stand-in parent, so that the root itself can be replaced; from the leaves up, so that nothing is skipped.
        root = exp.Paren(this=node.copy()).transform(change)
        for part in reversed(list(root.walk(bfs=True))):
            plain = _plain(part)
            if plain is not part and part is not root:
                part.replace(plain)
        return root.this.unnest()  # type: ignore[no-any-return]


def _rename(block: Block, node: exp.Expr) -> None:
    """Apply the column names of `t(a, b)`."""
    alias = node.args.get("alias")
    columns = [column.name for column in alias.columns] if isinstance(alias, exp.TableAlias) else []
    block.names[: len(columns)] = columns


def _column(table: str, name: str) -> exp.Column:
    # Quoted only inside the tree: labels such as item#2 are ours, and the text is for people.
    return exp.Column(this=exp.Identifier(this=name), table=exp.Identifier(this=table) if table else None)


def _qualified(column: exp.Column, scopes: tuple[_Scope, ...]) -> exp.Expr:
    name = column.name if column.this.quoted else column.name.lower()
    for scope in scopes:
        table = column.table.lower()
        source = scope.get(table) if table else next((s for s in scope.values() if name in s.columns), None)
        if source is None and not table and len(scope) == 1 and not next(iter(scope.values())).columns:
            source = next(iter(scope.values()))
        if source is None:
            continue
        if source.block is not None and name in source.block.names:
            place = source.block.names.index(name)
            if place < len(source.block.projections):
                return _column(source.label, text(source.block.projections[place]))
        return _column(source.label, name)
    return _column(column.table.lower(), name)


def _plain(node: exp.Expr) -> exp.Expr:
    """One spelling for what can be spelled in several ways."""
    if isinstance(node, exp.Paren) and isinstance(node.this, exp.Column | exp.Literal | exp.Func | exp.Paren):
        return node.this
    if isinstance(node, exp.Cast) and isinstance(node.this, exp.Literal) and node.this.is_string:
        return node.this if node.to.sql().upper() in _DATES else node
    if isinstance(node, exp.Count) and isinstance(node.this, exp.Literal):
        return exp.Count(this=exp.Star())
    flipped = _FLIPPED.get(type(node))
    if flipped and not _has_column(node.args["this"]) and _has_column(node.args["expression"]):
        return flipped(this=node.args["expression"], expression=node.args["this"])
    if isinstance(node, exp.EQ | exp.NEQ):
        left, right = node.args["this"], node.args["expression"]
        both = isinstance(left, exp.Column) and isinstance(right, exp.Column)
        swap = text(left) > text(right) if both else (_has_column(right) and not _has_column(left))
        return type(node)(this=right, expression=left) if swap else node
    if isinstance(node, exp.Not) and isinstance(node.this.unnest(), exp.EQ):
        inner = node.this.unnest()
        return exp.NEQ(this=inner.args["this"], expression=inner.args["expression"])
    if isinstance(node, exp.In) and len(node.expressions) == 1 and not node.args.get("query"):
        return exp.EQ(this=node.this, expression=node.expressions[0])
    return node


def _has_column(node: exp.Expr) -> bool:
    return node.find(exp.Column) is not None


def _ends(node: exp.Expr) -> list[exp.Expr]:
    """BETWEEN as its two ends."""
    if isinstance(node, exp.Between):
        return [
            exp.GTE(this=node.this.copy(), expression=node.args["low"].copy()),
            exp.LTE(this=node.this.copy(), expression=node.args["high"].copy()),
        ]
    return [node]


def _is_key(node: exp.Expr) -> bool:
    """Equality between columns of two tables."""
    if not isinstance(node, exp.EQ):
        return False
    left, right = node.args["this"], node.args["expression"]
    return isinstance(left, exp.Column) and isinstance(right, exp.Column) and left.table != right.table


def _group_items(group: exp.Expr | None) -> list[exp.Expr]:
    if group is None:
        return []
    items = list(group.expressions)
    for name in ("grouping_sets", "cube", "rollup"):
        items += [item for item in group.args.get(name) or () if isinstance(item, exp.Expr)]
    return items
