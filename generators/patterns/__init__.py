"""Patterns, one file per idea, in curriculum order; importing the package registers them all."""

from generators.patterns import (
    analytics,
    basics,
    composition,
    grouping,
    linking,
    periods,
    ranking,
    sets,
    shares,
    sorting,
    values,
)

__all__ = [
    "analytics",
    "basics",
    "composition",
    "grouping",
    "linking",
    "periods",
    "ranking",
    "sets",
    "shares",
    "sorting",
    "values",
]
