"""The phrase bank: for each operation a query can ask for, many ways to ask it.

The phrases live in `phrases.toml`, one list an operation, with named slots. This module loads them, draws one, and
fills it. It does not know what the slots mean.
"""

from __future__ import annotations

import random
import re
import tomllib
from functools import lru_cache
from pathlib import Path

_BANK = Path(__file__).parent / "phrases.toml"
_SLOT = re.compile(r"\{(\w*)\}")


@lru_cache(maxsize=1)
def bank() -> dict[str, tuple[str, ...]]:
    """Operation -> its phrases."""
    return {name: tuple(phrases) for name, phrases in tomllib.loads(_BANK.read_text(encoding="utf-8")).items()}


def say(rng: random.Random, operation: str, **slots: str) -> str:
    """A phrase for the operation with its slots filled; `KeyError` for an unknown operation or a missing slot."""
    names = set(slots)
    usable = [phrase for phrase in bank()[operation] if set(_SLOT.findall(phrase)) <= names]
    if not usable:
        raise KeyError(f"no phrase of {operation!r} does with {sorted(names)}")
    return rng.choice(usable).format(**slots)


_BARE = re.compile(r" (?:of|for|over|from) (?:all |the )?\{subject\}")


def say_bare(rng: random.Random, operation: str, **slots: str) -> str:
    """A phrase that does without the rows: "{agg} of {subject} by {dim}" as "{agg} by {dim}"."""
    shorter = [_BARE.sub("", phrase) for phrase in bank()[operation] if "{agg}" in phrase or "{total}" in phrase]
    usable = [phrase for phrase in shorter if set(_SLOT.findall(phrase)) <= set(slots)]
    return rng.choice(usable).format(**slots)


def article(noun: str) -> str:
    """The noun with "a" or "an"."""
    return f"{'an' if noun[:1].lower() in 'aeiou' and not noun.startswith(('uni', 'use', 'one')) else 'a'} {noun}"


def series(items: list[str], last: str = "and") -> str:
    """Items as a person lists them: "a, b and c"."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}"


_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def number(rng: random.Random, value: int) -> str:
    """A whole number in digits, or at times, when small, in words."""
    return _NUMBERS[value] if 0 < value <= 10 and rng.random() < 0.4 else str(value)


def plural(noun: str) -> str:
    """Plain English plural of a noun phrase: of its last word, or of what stands before "of"."""
    head, of, rest = noun.partition(" of ")
    if of:
        return plural(head) + of + rest
    front, _, last = noun.rpartition(" ")
    if front and last in {"billed", "charged", "opened", "closed", "bought", "on", "included"}:
        return f"{plural(front)} {last}"
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "ch", "sh")) else "s")


def join_sentences(question: str, suffix: str) -> str:
    """A question with a remark after it: a new sentence, or a phrase within the last one."""
    if not suffix:
        return question
    if suffix.startswith((",", " (", ":", " - ", " and ")):
        mark = question[-1] if question[-1] in ".?" else ""
        inner = suffix.rstrip(".") if suffix.endswith(".") else suffix
        return question.rstrip(".?") + inner + mark
    return (question if question[-1] in ".?!" else question + ".") + suffix


_HAVE = (
    (" that ", " "),
    (" who ", " "),
    (" without any ", " have no "),
    (" without ", " have no "),
    (" with no ", " have no "),
    (" with ", " have "),
)


def which(phrase: str) -> str:
    """A plural noun phrase as a question: "guests that made stays" -> "Which guests made stays?"."""
    for opener, verb in _HAVE:
        before, found, after = phrase.partition(opener)
        if (
            found
            and len(before.split()) <= 3
            and "except" not in before
            and not any(other in after for other, _ in _HAVE)
        ):
            return f"Which {before}{verb}{after}?"
    return f"Which are the {phrase}?"
