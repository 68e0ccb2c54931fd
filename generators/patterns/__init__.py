"""Patterns, one file per curriculum stage; importing the package registers them all."""

from generators.patterns import analytics, basics, composition, functions, grouping

__all__ = ["analytics", "basics", "composition", "functions", "grouping"]
