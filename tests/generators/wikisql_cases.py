"""The small release that WikiSQL's tests read, and where the whole one lies if it is there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from generators.wikisql_tables import WikiTable

TINY = Path(__file__).parent / "cases" / "wikisql"
SHARED = Path(__file__).parents[3] / "shared" / "wikisql" / "data.tar.bz2"


def ferries(tables: Sequence[WikiTable]) -> WikiTable:
    return next(item for item in tables if item.id == "1-10-1")
