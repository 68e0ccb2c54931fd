"""One form for all spellings of a query: what tells whether a pair repeats a sealed one.

Layout, comments, brackets, quotes, aliases, names of CTEs, qualifiers, the order of columns, of conditions and of inner
joins, the sides of a comparison, USING or ON, CTE or subquery in FROM: none of them shows in the form. Literals are
masked. Operators, functions, columns, tables and the order of sort keys show. Qualifiers are left out, so that two
queries that differ only in which side of a self-join a column is of have one form: for a leak that is the safe side.
Works on the tree, not on text; knows no schema.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from sqlglot import exp

from schemas.sql import mask_literals, parse

_LITERALS = (exp.Literal, exp.BitString, exp.ByteString, exp.HexString, exp.National, exp.RawString, exp.UnicodeString)
_FLIPPED: dict[type, str] = {exp.GT: "LT", exp.GTE: "LTE"}
_SYMMETRIC = (exp.EQ, exp.NEQ, exp.Add, exp.Mul)
_COMPARED = (*_SYMMETRIC, exp.GT, exp.GTE, exp.LT, exp.LTE)
_SUBSET = re.compile(r"\{([^{}']*)\}")
_EMPTY_GROUP = re.compile(r"\bgroup\s+by\s*\{\s*\}", re.IGNORECASE)


def leak_form(sql: str) -> str:
    """The statement's form; that of its masked text where sqlglot cannot read it."""
    tree = parse(sql)
    return mask_literals(sql) if tree is None else _Form(tree).of(tree)


def gold_forms(gold: str) -> set[str]:
    """Forms of a gold, whose `{a, b}` stands for any of those columns: with all of them, and with each one."""
    text = _EMPTY_GROUP.sub("", gold)
    parts = [part.strip() for found in _SUBSET.findall(text) for part in found.split(",")]
    spelt = [_SUBSET.sub(r"\1", text), *(_SUBSET.sub(part.replace("\\", r"\\"), text) for part in parts)]
    return {leak_form(item) for item in dict.fromkeys(spelt)}


class _Form:
    """Forms of one statement's nodes; what the names of the statement's own making stand for."""

    def __init__(self, tree: exp.Expr) -> None:
        self._queries = {cte.alias.lower(): cte.this for cte in tree.find_all(exp.CTE)}
        self._within: list[str] = []
        self._columns: dict[str, exp.Expr | str] = {}
        for item in tree.find_all(exp.TableAlias):
            self._columns.update({name.name.lower(): f"column{n}" for n, name in enumerate(item.columns)})
        for alias in tree.find_all(exp.Alias):
            self._columns.setdefault(alias.alias.lower(), alias.this)

    def of(self, node: object) -> str:
        """The form of a node, of a list of them, or of a plain value."""
        if isinstance(node, list):
            return ",".join(self.of(item) for item in node)
        if not isinstance(node, exp.Expr):
            return str(node).lower()
        if isinstance(node, (exp.Paren, exp.Subquery, exp.Alias)) and not node.args.get("joins"):
            return self.of(node.this)
        if isinstance(node, _LITERALS) or (isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal)):
            return "?"
        special = _SPECIAL.get(type(node))
        return special(self, node) if special else self._plain(node)

    def _plain(self, node: exp.Expr) -> str:
        if isinstance(node, exp.Identifier):
            return node.name.lower()
        if isinstance(node, _COMPARED):
            sides = [self.of(node.this), self.of(node.expression)]
            if isinstance(node, _SYMMETRIC):
                sides.sort()
            elif type(node) in _FLIPPED:
                sides.reverse()
            return f"{_FLIPPED.get(type(node), type(node).__name__)}({';'.join(sides)})"
        return self._generic(node, node.args)

    def _generic(self, node: exp.Expr, names: Iterable[str]) -> str:
        parts = [(name, node.args[name]) for name in sorted(names) if name not in _UNSEEN and node.args.get(name)]
        return f"{type(node).__name__}({';'.join(f'{name}={self.of(value)}' for name, value in parts)})"

    def column(self, node: exp.Expr) -> str:
        """A column by its name alone, or what the alias of that name stands for."""
        name = node.name.lower()
        meant = self._columns.get(name)
        if isinstance(node.this, exp.Star) or meant is None or name in self._within:
            return "*" if isinstance(node.this, exp.Star) else name
        if isinstance(meant, str):
            return meant
        self._within.append(name)
        try:
            return self.of(meant)
        finally:
            self._within.pop()

    def table(self, node: exp.Expr) -> str:
        """A table by its name; a CTE as the query it is."""
        if not isinstance(node.this, exp.Identifier):
            return self.of(node.this)
        name = node.name.lower()
        query = self._queries.get(name)
        if query is None or f"with {name}" in self._within:
            return "itself" if query is not None else name
        self._within.append(f"with {name}")
        try:
            return self.of(query)
        finally:
            self._within.pop()

    def select(self, node: exp.Expr) -> str:
        """A SELECT: columns, sources, conditions and groups without their order."""
        asked = node.expressions
        sources, conditions, outer = self._sources(node)
        where = node.args.get("where")
        conditions += [self.of(item) for item in _flat(where.this, exp.And)] if where else []
        group = node.args.get("group")
        groups = [self._position(item, asked) for item in group.expressions] if group else []
        order = node.args.get("order")
        sorts = [self._sort(item, asked) for item in order.expressions] if order else []
        seen = {"expressions", "from", "from_", "joins", "where", "group", "order", "with", "with_"}
        rest = self._generic(node, set(node.args) - seen)
        more = self._generic(group, set(group.args) - {"expressions"}) if group else ""
        parts = (sorted(self.of(item) for item in asked), sorted(sources), outer, sorted(conditions))
        return f"{parts}{sorted(groups)}{more}{sorts}{rest}"

    def _sources(self, node: exp.Expr) -> tuple[list[str], list[str], list[str]]:
        """What a SELECT reads: sources joined inner, the conditions of those joins, and other joins in order."""
        start = node.args.get("from_") or node.args.get("from")
        sources, conditions, outer = [self.of(start.this)] if start else [], [], []
        for join in node.args.get("joins") or []:
            on = [self.of(item) for item in _flat(join.args["on"], exp.And)] if join.args.get("on") else []
            on += [f"EQ({name.name.lower()};{name.name.lower()})" for name in join.args.get("using") or []]
            if join.side or join.args.get("method"):
                outer.append(f"{join.side}{join.args.get('method')}{self.of(join.this)}{sorted(on)}")
            else:
                sources.append(self.of(join.this))
                conditions += on
        outer += [self.of(lateral) for lateral in node.args.get("laterals") or []]
        return sources, conditions, outer

    def _sort(self, item: exp.Expr, asked: list[exp.Expr]) -> str:
        direction = "desc" if item.args.get("desc") else "asc"
        return f"{self._position(item.this, asked)} {direction} {bool(item.args.get('nulls_first'))}"

    def _position(self, item: exp.Expr, asked: list[exp.Expr]) -> str:
        """A sort key or group, its number resolved to the column that stands there."""
        number = int(item.name) if isinstance(item, exp.Literal) and item.name.isdecimal() else 0
        return self.of(asked[number - 1]) if 0 < number <= len(asked) else self.of(item)

    def chain(self, node: exp.Expr) -> str:
        """Conditions joined by one word, in any order."""
        return f"{type(node).__name__}{sorted(self.of(item) for item in _flat(node, type(node)))}"

    def rounded(self, node: exp.Expr) -> str:
        """ROUND without the cast to numeric that some write before rounding to digits."""
        inner = node.this.unnest()
        if node.args.get("decimals") and isinstance(inner, exp.Cast) and inner.to.is_type("decimal"):
            return self.of(exp.Round(this=inner.this.copy(), decimals=node.args["decimals"].copy()))
        return self._generic(node, node.args)

    def between(self, node: exp.Expr) -> str:
        """BETWEEN as the two comparisons that it is."""
        own, low, high = self.of(node.this), self.of(node.args["low"]), self.of(node.args["high"])
        return f"And{sorted((f'LTE({low};{own})', f'LTE({own};{high})'))}"


def _flat(node: exp.Expr, kind: type[exp.Expr]) -> Iterator[exp.Expr]:
    """The parts of a chain of one word, brackets seen through; of AND, a BETWEEN is two."""
    inner = node.unnest()
    if isinstance(inner, kind):
        yield from _flat(inner.this, kind)
        yield from _flat(inner.expression, kind)
    elif kind is exp.And and isinstance(inner, exp.Between):
        yield exp.GTE(this=inner.this.copy(), expression=inner.args["low"].copy())
        yield exp.LTE(this=inner.this.copy(), expression=inner.args["high"].copy())
    else:
        yield inner


_UNSEEN = frozenset({"alias", "with", "with_", "quoted", "db", "catalog"})
_SPECIAL: dict[type, Callable[[_Form, exp.Expr], str]] = {
    exp.Column: _Form.column,
    exp.Table: _Form.table,
    exp.Select: _Form.select,
    exp.And: _Form.chain,
    exp.Or: _Form.chain,
    exp.Between: _Form.between,
    exp.Round: _Form.rounded,
}
