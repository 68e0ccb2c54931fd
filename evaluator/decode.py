"""How Postgres's values become Python's, without ever failing on one.

numeric -> Decimal; dates and times -> datetime's, or Postgres's own text where they lie beyond its range; interval,
ranges, uuid, network and other types -> text as Postgres prints it; char(n) without its padding; arrays and JSON ->
lists and dicts with Decimal for fractions. This module does not compare.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg.adapt import AdaptersMap

JSON_OIDS = frozenset({114, 199, 3802, 3807})
"""json, json[], jsonb, jsonb[]: their values may hold booleans inside, which Python takes for numbers."""

_AS_TEXT = ("interval", "uuid", "inet", "cidr", "tsvector", "hstore", "record")
_RANGES = ("int4range", "int8range", "numrange", "daterange", "tsrange", "tstzrange")
_GUARDED = ("date", "timestamp", "timestamptz", "time", "timetz", "numeric", "int2", "int4", "int8", "oid")


MAX_CELL = 16 << 20
"""Bytes of an array or a JSON value that are still made into a Python object; larger ones take too long to parse."""


class CellTooLargeError(ValueError):
    """A value of more than MAX_CELL bytes, which was not parsed."""


@lru_cache(maxsize=1)
def adapters() -> AdaptersMap:
    """Psycopg's loaders with ours in place; shared by all reader connections."""
    import psycopg
    from psycopg.adapt import AdaptersMap
    from psycopg.types.string import TextLoader

    class Padded(TextLoader):
        """char(n): blanks at the end mean nothing."""

        def load(self, data: Any) -> Any:
            value = super().load(data)
            return value.rstrip(" ") if isinstance(value, str) else value

    own = AdaptersMap(psycopg.adapters)
    types = psycopg.postgres.types
    for name in (*_AS_TEXT, *_RANGES, *(r.replace("range", "multirange") for r in _RANGES)):
        info = types.get(name)
        if info is not None:
            own.register_loader(info.oid, TextLoader)
    for name in (*_GUARDED, "json", "jsonb"):
        oid = types[name].oid
        own.register_loader(oid, _guarded(oid, _json if name.startswith("json") else None))
    own.register_loader(types["bpchar"].oid, Padded)
    for info in types:
        usual = own.get_loader(info.array_oid, psycopg.pq.Format.TEXT) if info.array_oid else None
        if usual is not None:
            own.register_loader(info.array_oid, _bounded(usual))
    return own


def _bounded(usual: Any) -> type[Any]:
    """The loader, but for values that are too large to parse."""
    from psycopg.adapt import Loader

    class Bounded(Loader):
        def __init__(self, oid: int, context: Any = None) -> None:
            super().__init__(oid, context)
            self._parse = usual(oid, context).load

        def load(self, data: Any) -> Any:
            if len(data) > MAX_CELL:
                raise CellTooLargeError
            return self._parse(data)

    return Bounded


def _json(data: bytes) -> Any:
    import json

    return json.loads(data, parse_float=Decimal)


def _guarded(oid: int, parse: Any) -> type[Any]:
    """A loader that falls back on Postgres's own text where Python has no such value (infinity, year 10000)."""
    import psycopg
    from psycopg.adapt import Loader
    from psycopg.pq import Format

    usual = psycopg.adapters.get_loader(oid, Format.TEXT)
    if usual is None:
        raise LookupError(oid)
    loader: type[Any] = usual

    class Guarded(Loader):
        def __init__(self, oid: int, context: Any = None) -> None:
            super().__init__(oid, context)
            self._parse = parse or loader(oid, context).load

        def load(self, data: Any) -> Any:
            if len(data) > MAX_CELL:
                raise CellTooLargeError
            try:
                return self._parse(bytes(data))
            except (psycopg.DataError, ValueError, OverflowError, ArithmeticError, RecursionError):
                return bytes(data).decode(errors="replace")

    return Guarded
