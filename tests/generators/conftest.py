"""Views of the shipped schemas and a batch of examples of every pattern, drawn once a session."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import pytest
from wikisql_cases import TINY

from generators.curriculum import STAGE_SHARES, Request, draw_examples
from generators.pattern import PATTERNS
from generators.view import View
from generators.wikisql_release import RawTable, read_release
from generators.wikisql_tables import WikiTable, build_tables
from schemas.catalog import load_schema
from schemas.records import Example

NAMES = ("hotel_group", "mobile_network")
RARE = ("museum_collection", "crop_farm", "satellite_ops", "esports_league")
"""Schemas with JSON, arrays, ranges, many-to-many and two keys to one table: drawn from where the
others have nothing for a pattern."""


@pytest.fixture(scope="session")
def views() -> dict[str, View]:
    return {name: View.of(load_schema(name), 1) for name in NAMES}


@pytest.fixture(scope="session")
def rare() -> dict[str, View]:
    return {name: View.of(load_schema(name), 1) for name in RARE}


@pytest.fixture(scope="session")
def drawn(views: Mapping[str, View], rare: Mapping[str, View]) -> dict[str, list[tuple[View, Example]]]:
    """Pattern -> examples of it over both schemas, from at most 30 draws each; over the rare ones where both fail."""
    found: dict[str, list[tuple[View, Example]]] = defaultdict(list)
    for pattern in PATTERNS:
        request = Request(STAGE_SHARES[5], patterns=(pattern,))
        for view in views.values():
            found[pattern] += [(view, item) for item in draw_examples(view, request, "tests", limit=30)]
        for view in rare.values() if len(found[pattern]) < 10 else ():
            found[pattern] += [(view, item) for item in draw_examples(view, request, "tests", limit=30)]
    return found


@pytest.fixture(scope="session")
def raw() -> tuple[RawTable, ...]:
    """WikiSQL's small release."""
    return read_release(TINY)


@pytest.fixture(scope="session")
def tables(raw: Sequence[RawTable]) -> list[WikiTable]:
    """Its tables."""
    return list(build_tables(raw, 1))
