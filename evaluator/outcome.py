"""How one statement ended on one instance, and what it may use: the records that execution and comparison share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["no_sql", "syntax", "binding", "runtime"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one statement may use."""

    seconds: float = 2.0
    rows: int = 10_000
    size: int = 16 << 20
    """Bytes of the result as sent."""
    chunk: int = 1
    """Rows that arrive at once: more is quicker, and may pass the limit on bytes by as many rows."""


@dataclass(frozen=True, slots=True)
class Table:
    """A statement's result."""

    columns: tuple[str, ...]
    types: tuple[int, ...]
    """Postgres's type oids."""
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no result."""

    kind: Kind
    sqlstate: str
    """Five characters; empty where we refused or stopped the statement ourselves."""
    message: str
    position: int = 0
    """Character of the statement that Postgres points at, counted from 1; 0 where it points at none."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a statement ended on one instance: exactly one of the two is set."""

    table: Table | None = None
    failure: Failure | None = None


def kind_of(sqlstate: str) -> Kind:
    """Failure mode that an SQLSTATE stands for."""
    if sqlstate in {"25006", "42501"}:
        return "no_sql"
    if sqlstate == "42601":
        return "syntax"
    if sqlstate[:2] in {"42", "3D", "3F", "0A"}:
        return "binding"
    return "runtime"
