"""What a question about one WikiSQL table means, its SQL, and how new meanings are drawn that have an answer.

Every condition is drawn from one row of the table, which therefore meets all of them: the answer is never empty. Knows
tables and values, not words.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from generators.wikisql_tables import Field, WikiTable
from generators.wikisql_values import Value, written
from schemas.sql import concepts

LONGEST_VALUE = 45
"""Characters of a text that may stand in a condition."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: a column compared with one value, or with two (between, in)."""

    column: int
    operator: str
    """=, <>, >, <, >=, <=, between or in."""
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What is asked: an aggregate of a column (or the column itself), under conditions that all hold."""

    aggregate: str
    column: int
    conditions: tuple[Condition, ...]


def to_sql(table: WikiTable, meaning: Meaning) -> str:
    """The meaning as one SELECT in the generators' style."""
    name = table.fields[meaning.column].name
    asked = f"{meaning.aggregate}({name})" if meaning.aggregate else name
    if meaning.aggregate == "COUNT" and len(table.values(meaning.column)) == len(table.rows):
        asked = "COUNT(*)"  # the same where nothing is NULL, and what the other generators write
    conditions = " AND ".join(_condition(table.fields[item.column], item) for item in meaning.conditions)
    # Names come from `identifier`, values are quoted by `written`.
    return f"SELECT {asked} FROM {table.name}{f' WHERE {conditions}' if conditions else ''}"  # noqa: S608


def _condition(field: Field, item: Condition) -> str:
    values = [written(value) for value in item.values]
    if item.operator == "between":
        return f"{field.name} BETWEEN {values[0]} AND {values[1]}"
    if item.operator == "in":
        return f"{field.name} IN ({', '.join(values)})"
    return f"{field.name} {item.operator} {values[0]}"


def concepts_of(
    table: WikiTable, meaning: Meaning, sql: str, known: dict[tuple[object, ...], tuple[str, ...]]
) -> tuple[str, ...]:
    """The concepts of its SQL: they depend on its shape alone, so that each shape is looked at once."""
    parts = [(item.operator, table.fields[item.column].kind) for item in meaning.conditions]
    shape = (meaning.aggregate, "COUNT(*)" in sql[:20], *parts)
    if shape not in known:
        known[shape] = tuple(sorted(concepts(sql)))
    return known[shape]


def target_row(table: WikiTable, columns: Sequence[int], rng: random.Random) -> tuple[Value, ...] | None:
    """A row that has a value in all the columns, one that is not zero in the first; None where there is none."""
    usable = [row for row in table.rows if all(row[column] is not None for column in columns)]
    usable = [row for row in usable if not columns or row[columns[0]] not in (0, "")]
    return rng.choice(usable) if usable else None


def draw_condition(
    table: WikiTable, column: int, operator: str, row: Sequence[Value], rng: random.Random
) -> Condition | None:
    """A condition on the column that the row meets; None where the operator has nothing to compare with there."""
    own = row[column]
    if own is None or len(str(own)) > LONGEST_VALUE:
        return None
    others = sorted(
        {value for value in table.values(column) if value != own and len(str(value)) <= LONGEST_VALUE}, key=str
    )
    if operator == "=":
        return Condition(column, operator, (own,))
    if operator in {"<>", "in"}:
        if not others:
            return None
        other = rng.choice(others)
        return Condition(column, operator, (other,) if operator == "<>" else tuple(rng.sample([own, other], 2)))
    if isinstance(own, str):
        return None
    if operator == "between":
        low, high = _near(own, -1, rng), _near(own, 1, rng)
        return Condition(column, operator, (low, high))
    direction = -1 if operator in {">", ">="} else 1
    return Condition(column, operator, (_near(own, direction, rng),))


def _near(value: Value, direction: int, rng: random.Random) -> int | Decimal | date:
    """A bound on that side of the value, with as few digits as people use."""
    if isinstance(value, date):
        return value + timedelta(days=direction * rng.randint(1, 60))
    if isinstance(value, Decimal):
        step = Decimal(1).scaleb(value.adjusted()) if value else Decimal(1)
        moved = value + direction * step * Decimal(rng.randint(1, 9)) / 10
        digits = max(0, -int(value.as_tuple().exponent))
        return _plain(Decimal(round(moved, digits)) + direction * _unit(value))
    if isinstance(value, int):
        if abs(value) < 30 or 1500 <= value <= 2100:
            return value + direction * rng.randint(1, 5 if value >= 5 else 2)
        step_of_ten = 10 ** max(0, len(str(abs(value))) - 2)
        rounded: int = (value // step_of_ten) * step_of_ten + (step_of_ten if direction > 0 else 0)
        moved_on: int = rounded + direction * step_of_ten * rng.randint(0, 4)
        return moved_on if moved_on != value else moved_on + direction * step_of_ten
    raise TypeError(f"a text has no neighbour: {value!r}")


def _unit(value: Decimal) -> Decimal:
    return Decimal(1).scaleb(int(value.as_tuple().exponent))


def _plain(value: Decimal) -> Decimal:
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()
