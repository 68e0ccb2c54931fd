"""Questions about one WikiSQL table made from scratch: a drawn meaning, said by the phrases of `wikisql_phrases.toml`.

The question and its SQL come from the same meaning, so that they cannot disagree. Knows one table at a time.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date

from generators.phrases import series
from generators.wikisql_edit import noun
from generators.wikisql_meaning import Condition, Meaning, draw_condition, target_row
from generators.wikisql_phrases import phrases
from generators.wikisql_tables import Field, WikiTable
from generators.wikisql_values import said

_AGGREGATES = (("", 55), ("COUNT", 13), ("MAX", 9), ("MIN", 8), ("SUM", 7), ("AVG", 8))
"""Aggregates and their weights, a little more varied than the release's."""
_NUMBERS = (("=", 4), (">", 4), ("<", 4), (">=", 3), ("<=", 3), ("between", 3), ("in", 1), ("<>", 1))
_TEXTS = (("=", 12), ("in", 2), ("<>", 1))


def compose(table: WikiTable, rng: random.Random) -> tuple[str, Meaning] | None:
    """A question and what it means, or None where the table gives none this time."""
    usable = [place for place, field in enumerate(table.fields) if field.clear and table.values(place)]
    numbers = [place for place in usable if table.fields[place].numeric]
    aggregate = _pick(rng, _AGGREGATES)
    pool = numbers if aggregate in {"MAX", "MIN", "SUM", "AVG"} else usable
    if not pool or len(usable) < 2:
        return None
    column = rng.choice(pool)
    others = [place for place in usable if place != column]
    chosen = rng.sample(others, min(len(others), rng.choice((1, 1, 1, 2, 2, 3))))
    row = target_row(table, [column, *chosen], rng)
    if row is None:
        return None
    drawn = [_condition(table, place, row, rng) for place in chosen]
    conditions = tuple(item for item in drawn if item is not None)
    if not conditions:
        return None
    meaning = Meaning(aggregate, column, conditions)
    return say(table, meaning, rng), meaning


def _pick(rng: random.Random, choices: Sequence[tuple[str, int]]) -> str:
    return rng.choices([name for name, _ in choices], [weight for _, weight in choices])[0]


def _condition(table: WikiTable, place: int, row: Sequence[object], rng: random.Random) -> Condition | None:
    kinds = _TEXTS if table.fields[place].kind == "text" else _NUMBERS
    return draw_condition(table, place, _pick(rng, kinds), row, rng)  # type: ignore[arg-type]


def say(table: WikiTable, meaning: Meaning, rng: random.Random) -> str:
    """A sentence that says the meaning: every value, bound and operator of it."""
    grammar = rng.choice(("with", "when"))
    frames = phrases().frames[f"{(meaning.aggregate or 'plain').lower()}_{grammar}"]
    told = [_told(table.fields[item.column], item, grammar, rng) for item in meaning.conditions]
    frame = rng.choice([item for item in frames if "{conds_is}" not in item or len(told) == 1])
    sel = noun(table.fields[meaning.column].header)
    first = told[0].removeprefix("the ") if told else ""
    text = frame.format(sel=sel, conds=_joined(told), conds_is=_asked(first, told))
    return text[0].upper() + text[1:]


def _asked(first: str, told: Sequence[str]) -> str:
    """A clause as it stands after "in how many rows": "is the score 3"."""
    for verb in (" is ", " was "):
        head, found, rest = first.partition(verb)
        if found and told[0].startswith("the "):
            return f"{verb.strip()} the {head} {rest}"
    return f"do we see that {told[0] if told else ''}"


def _joined(told: Sequence[str]) -> str:
    return series(list(told))


def _told(field: Field, item: Condition, grammar: str, rng: random.Random) -> str:
    bank = phrases().conditions
    key = f"{item.operator} {grammar}"
    dated = isinstance(item.values[0], date) and f"{key} date" in bank
    values = [said(value, rng) for value in item.values]
    phrase = rng.choice(bank[f"{key} date" if dated else key])
    other = values[1] if len(values) > 1 else ""
    text = phrase.format(col=noun(field.header), value=values[0], other=other)
    return f"an {text[2:]}" if text.startswith("a ") and text[2:3].lower() in "aeio" else text
