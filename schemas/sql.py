"""SQL as text and as a tree: whitespace, masking, skeletons, and the concepts of a query.

Works on Postgres's dialect without a server. It does not know whether names exist, nor whether a query runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from schemas.detect import detect
from schemas.taxonomy import CONCEPTS

__all__ = ["concepts", "curriculum_stage", "mask_literals", "normalize_whitespace", "parse", "skeleton", "tree_of"]

_PIECE = re.compile(
    r"""
      (?P<space>[ \t\n\r\f\v]+)
    | (?P<line>--[^\n\r]*[\n\r]?)
    | (?P<block>/\*)
    | (?P<estring>(?<![\w$])[eE]'(?:[^'\\]|\\.|'')*+'?)
    | (?P<string>'(?:[^']|'')*+'?)
    | (?P<quoted>"(?:[^"]|"")*+"?)
    | (?P<dollar>(?<![\w$])\$(?P<tag>(?:[^\W\d]\w*)?)\$.*?(?:\$(?P=tag)\$|\Z))
    | (?P<word>[^\W\d][\w$]*)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
"""Postgres's lexical pieces as far as white space goes; what is left open runs to the end."""
_ESTRING_REST = re.compile(r"'(?:[^'\\]|\\.|'')*+'?", re.DOTALL)
"""A literal that continues an E'' literal after a line break: backslashes escape in it too."""


def normalize_whitespace(sql: str) -> str:
    r"""The same statement with every run of white space outside literals, names and comments as one space.

    Literals, quoted names, dollar-quoted text and comments stay as they are. A line comment keeps the line break
    that ends it, and adjacent literals keep the line break that joins them (Postgres manual, 4.1.2.1).

    >>> normalize_whitespace("SELECT  'a  b'\n  FROM   t  ")
    "SELECT 'a  b' FROM t"
    """
    out: list[str] = []
    previous = pending = ""
    for kind, text in _pieces(sql):
        if kind == "space":
            pending = text
            continue
        if pending and out and previous != "line":
            joins_literals = previous in _LITERALS and kind in _LITERALS and _has_break(pending)
            out.append("\n" if joins_literals else " ")
        out.append(text)
        previous, pending = kind, ""
    return "".join(out).rstrip("\r\n") if previous == "line" else "".join(out)


_LITERALS = {"string", "estring"}


def _has_break(space: str) -> bool:
    return "\n" in space or "\r" in space


def _pieces(sql: str) -> Iterator[tuple[str, str]]:
    """Split a statement into lexical pieces; block comments nest, as Postgres's do."""
    position = 0
    literal, broken = "", False  # the literal before, and whether a line break came since: then the next one joins it
    while position < len(sql):
        joined = literal == "estring" and broken and _ESTRING_REST.match(sql, position)
        match = joined or _PIECE.match(sql, position)
        if not match:  # cannot happen: `other` takes any character
            raise AssertionError(f"no piece at {position}")
        kind = "estring" if joined else "dollar" if match.lastgroup == "tag" else match.lastgroup or "other"
        end = _block_end(sql, position) if kind == "block" else match.end()
        text = sql[position:end]
        if kind in {"space", "line"}:
            broken = broken or _has_break(text)
        else:
            literal, broken = kind if kind in _LITERALS else "", False
        yield kind, text
        position = end


def _block_end(sql: str, start: int) -> int:
    depth, position = 0, start
    while position < len(sql):
        if sql.startswith("/*", position):
            depth, position = depth + 1, position + 2
        elif sql.startswith("*/", position):
            depth, position = depth - 1, position + 2
            if depth == 0:
                return position
        else:
            position += 1
    return len(sql)


def parse(sql: str) -> exp.Expr | None:
    """The tree of one statement, or None where sqlglot cannot read it or there is not exactly one."""
    try:
        trees = [tree for tree in sqlglot.parse(sql, read="postgres") if tree is not None]
    except (SqlglotError, RecursionError):
        return None
    return trees[0] if len(trees) == 1 else None


@lru_cache(maxsize=256)
def tree_of(sql: str) -> exp.Expr | None:
    """As `parse`, but one tree for all who ask for the same statement: to be read, never to be changed."""
    return parse(sql)


_FOLDED = re.compile(r"[a-z_][a-z0-9_]*")


def name_node(name: str) -> exp.Identifier:
    """A name as it must be written: quoted where Postgres would fold it to another.

    >>> name_node("hotel").sql("postgres"), name_node("PortCall").sql("postgres")
    ('hotel', '"PortCall"')
    """
    return exp.to_identifier(name, quoted=not _FOLDED.fullmatch(name))


@lru_cache(maxsize=4096)
def mask_literals(sql: str) -> str:
    """The statement in one canonical spelling with every literal as `?`: equal for queries that differ in values."""
    tree = tree_of(sql)
    if tree is None:
        return re.sub(r"'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b", "?", normalize_whitespace(sql)).lower()
    return str(tree.transform(_mask_literal).sql(dialect="postgres", normalize_functions="lower")).lower()


def _mask_literal(node: exp.Expr) -> exp.Expr:
    """`?` in place of a literal, its sign included; units of intervals and fields of dates are no literals."""
    signed = isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal)
    return exp.var("?") if signed or isinstance(node, _ANY_LITERAL) else node


_ANY_LITERAL = (
    exp.Literal,
    exp.BitString,
    exp.ByteString,
    exp.HexString,
    exp.National,
    exp.RawString,
    exp.UnicodeString,
)


def skeleton(sql: str) -> str:
    """The statement's shape: literals and the names of tables and columns masked, aliases gone."""
    tree = parse(sql)
    if tree is None:
        return mask_literals(sql)
    for alias in list(tree.find_all(exp.Alias)):
        alias.replace(alias.this)

    def mask(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column):
            return exp.column("c")
        if isinstance(node, exp.CTE):
            node.set("alias", exp.TableAlias(this=exp.to_identifier("t")))
        elif isinstance(node, (exp.Table, exp.Subquery, exp.Lateral, exp.Unnest, exp.Values)):
            node.set("alias", None)
            if isinstance(node.this, exp.Identifier):  # a table by name, not a function
                node.set("this", exp.to_identifier("t"))
                node.set("db", None)
        return _mask_literal(node)

    return str(tree.transform(mask).sql(dialect="postgres", normalize_functions="lower"))


def tables_of(sql: str) -> frozenset[str]:
    """Names of the tables that a statement reads, its own CTEs left out; none if it does not parse."""
    tree = tree_of(sql)
    if tree is None:
        return frozenset()
    own = {cte.alias for cte in tree.find_all(exp.CTE)}
    return frozenset(table.name for table in tree.find_all(exp.Table) if table.name and table.name not in own)


def curriculum_stage(names: frozenset[str]) -> int:
    """The highest curriculum stage, 1 to 5, of a set of concepts; 1 for none."""
    return max((CONCEPTS[name].stage for name in names), default=1)


@lru_cache(maxsize=4096)
def concepts(sql: str) -> frozenset[str]:
    """Names in `taxonomy.CONCEPTS` of what a query makes use of; empty where it cannot be parsed."""
    tree = tree_of(sql)
    if tree is None:
        return frozenset()
    return detect(tree)
