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


OF_ALL = re.compile(r"\b(?:each|every|all)(?: single| one of the| of the)? \{(?:dims?|one|many)\}", re.IGNORECASE)
"""Phrases about groups rather than rows: "every {dim}" promises those that have no rows."""
BUSY = re.compile(r"busiest|emptiest|quietest|popular")
"""What is said of places, people and times, not of a kind or a colour."""


def say(rng: random.Random, operation: str, unless: re.Pattern[str] | None = None, /, **slots: str) -> str:
    """A phrase for the operation with its slots filled; `KeyError` for an unknown operation or a missing slot.

    Args:
        rng: what draws it.
        operation: its name in the bank.
        unless: phrases in which this is found, their slots still open, do not fit.
        slots: what the slots are filled with.
    """
    names = set(slots)
    usable = [phrase for phrase in bank()[operation] if set(_SLOT.findall(phrase)) <= names]
    usable = [phrase for phrase in usable if unless is None or not unless.search(phrase)]
    if not usable:
        raise KeyError(f"no phrase of {operation!r} does with {sorted(names)}")
    fitting = [phrase for phrase in usable if not _jars(phrase, slots)]
    return _agreed(_done(rng.choice(fitting or usable), slots), slots).format(**slots)


_CLAUSE = re.compile(r" (?:that|who|whose|which|where) | of all$")
_NO_CLAUSE = re.compile(r"^(?:How|Tell|Are) ")


def say_count(rng: random.Random, phrase: str, unless: re.Pattern[str] | None = None) -> str:
    """A question for the number of what a phrase says; "how many that are" and "that are there are" are not said.

    Args:
        rng: what draws it.
        phrase: a plural noun phrase.
        unless: phrases that do not fit; see `say`.
    """
    if not _CLAUSE.search(phrase):
        return say(rng, "count_phrase", unless, phrase=phrase)
    kept = [_NO_CLAUSE.pattern, *([unless.pattern] if unless else [])]
    return say(rng, "count_phrase", re.compile("|".join(kept)), phrase=phrase)


_DONE = re.compile(r" (?:(spent|paid|lost)|used|taken|drawn|sold|\w{3,}ed)$")


def _done(phrase: str, slots: dict[str, str]) -> str:
    """The phrase with what goes with a figure named by what was done: "money spent on tags", "hours worked in jobs"."""
    for slot in ("total", "agg"):
        if match := _DONE.search(slots.get(slot, "")):
            phrase = phrase.replace(f"{{{slot}}} of {{", f"{{{slot}}} {'on' if match[1] else 'in'} {{")
    return phrase


_SUMMED = re.compile(r"total|sum of|combined|overall|altogether|in all")
_TOTALLED = re.compile(r"in total|altogether|all together|combined|overall|in all\b|add up")


def _jars(phrase: str, slots: dict[str, str]) -> bool:
    """Whether the phrase would say "how much total hours", "a total hours" or "total hours in total"."""
    total = slots.get("total", "") or slots.get("agg", "")
    summed = _SUMMED.search(total) is not None
    if (summed or _is_many(total)) and re.search(r"much \{(?:total|agg)\}", phrase):
        return True
    if summed and re.search(r"(?:overall|whole|all) \{(?:total|agg)\}", phrase):
        return True
    if _is_many(total) and re.search(r"\ba \{(?:total|agg)\}|(?:high|much) is the \{(?:total|agg)\}", phrase):
        return True
    return summed and "{total}" in phrase and _TOTALLED.search(phrase) is not None


_HEAD_ENDS = re.compile(r" (?:of|in|per|between|past|by|to|on|from|for|with|until|under|over|at)\b")
_AFTER_HEAD = re.compile(r" (?:\w+ed|lost|spent|sold|off|overall|altogether|in all|moved|used)$")


def _is_many(said: str) -> bool:
    """Whether a figure's name takes a verb in the plural.

    >>> _is_many("minutes talked"), _is_many("total hours"), _is_many("number of nights"), _is_many("revenue")
    (True, True, False, False)
    """
    head = _HEAD_ENDS.split(said, maxsplit=1)[0]
    head = _AFTER_HEAD.sub("", head)
    return head.endswith("s") and not head.endswith(("ss", "us", "is"))


_ONE_TO_MANY = (("What is the", "What are the"), ("What's the", "What are the"), ("What was the", "What were the"),
                ("is the", "are the"), ("does the", "do the"))  # fmt: skip


def _agreed(phrase: str, slots: dict[str, str]) -> str:
    """The phrase with its verb in the plural where the figure's name is one: "what are the total hours"."""
    for slot in ("total", "agg"):
        if _is_many(slots.get(slot, "")):
            for one, many in _ONE_TO_MANY:
                phrase = phrase.replace(f"{one} {{{slot}}}", f"{many} {{{slot}}}")
    return phrase


@lru_cache(maxsize=1)
def _own_words() -> str:
    return " | ".join(_SLOT.sub("|", phrase) for phrases in bank().values() for phrase in phrases).lower()


@lru_cache(maxsize=4096)
def is_own(name: str) -> bool:
    """Whether the bank's phrases say a word themselves, so that it need not stand for what the glossary calls so.

    >>> is_own("position"), is_own("guest")
    (True, False)
    """
    return re.search(rf"(?<![\w'-]){re.escape(name.lower())}(?![\w'-])", _own_words()) is not None


_BARE = re.compile(r" (?:of|for|over|from) (?:all |the )?\{subject\}")


def say_bare(rng: random.Random, operation: str, unless: re.Pattern[str] | None = None, /, **slots: str) -> str:
    """A phrase that does without the rows: "{agg} of {subject} by {dim}" as "{agg} by {dim}"; see `say`."""
    shorter = [_BARE.sub("", phrase) for phrase in bank()[operation] if "{agg}" in phrase or "{total}" in phrase]
    shorter = [phrase for phrase in shorter if unless is None or not unless.search(phrase)]
    usable = [phrase for phrase in shorter if set(_SLOT.findall(phrase)) <= set(slots)]
    return rng.choice(usable).format(**slots)


VOWEL = r"(?:[ai]|e(?!u)|o(?!ne)|u(?!ni|se|ti|ra)|hour|honour|heir)"
"""What "an" stands before, by its sound."""


def article(noun: str) -> str:
    """The noun with "a" or "an"."""
    return f"{'an' if re.match(VOWEL, noun, re.IGNORECASE) else 'a'} {noun}"


def series(items: list[str], last: str = "and") -> str:
    """Items as a person lists them: "a, b and c"."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}"


_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def number(rng: random.Random, value: int) -> str:
    """A whole number in digits, or at times, when small, in words."""
    return _NUMBERS[value] if 0 < value <= 10 and rng.random() < 0.4 else str(value)


_COMPLEMENT = re.compile(
    r" (?:of|in|under|with|for|from|by|at|to|between|per) "
    r"|(?: \w+ed)? (?:on|under|from|by|in)$| (?:billed|charged|opened|closed|bought|included)$"
)
"""What stands behind a noun and has no plural of its own."""


def plural(noun: str) -> str:
    """Plain English plural of a noun phrase: of its last word, or of what stands before "of" and the like.

    >>> plural("office in charge"), plural("coverage claimed under"), plural("lead time between booking and check-in")
    ('offices in charge', 'coverages claimed under', 'lead times between booking and check-in')
    """
    match = _COMPLEMENT.search(noun)
    if match:
        return plural(noun[: match.start()]) + noun[match.start() :]
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "ch", "sh")) else "s")


_CODE = re.compile(r"(code|number|id|name|kind|type|class) of (?:the )?([a-z]+(?: [a-z]+)?)")


def compact(noun: str) -> str:
    """A noun phrase that can follow "each": "code of the game" as "game code".

    >>> compact("code of the game"), compact("kind of cover"), compact("country of the site office")
    ('game code', 'kind of cover', 'country of the site office')
    """
    match = _CODE.fullmatch(noun)
    return f"{match[2]} {match[1]}" if match and (" of the " in noun or match[1] not in {"kind", "type"}) else noun


_MOMENT = re.compile(r"(?:point in time|time|date|day|moment) (of (?:the )?.+|it .+|the .+|\w+ed)")
_STEM = re.compile(r"(.+) (?:date|time|day)")
_NO_STEM = {"first", "last", "next", "previous", "valid-from", "valid-to", "agreed return"}


def timed(unit: str, of: str, *, part: bool = False) -> tuple[str, str]:
    """What a time unit of a date is called, singular and plural.

    Args:
        unit: "month", or with `part` "day of the week".
        of: the date it is taken from; empty where the table has one only.
        part: whether it is a part of a date rather than a span.

    >>> timed("month", ""), timed("day", "first day of validity"), timed("month", "due date")
    (('month', 'months'), ('first day of validity', 'first days of validity'), ('due month', 'due months'))
    >>> timed("day", "closing time"), timed("month", "time it was raised")
    (('day of closing', 'days of closing'), ('month it was raised', 'months it was raised'))
    >>> timed("weekday", "time of closing", part=True), timed("year", "first day")
    (('weekday of closing', 'weekdays of closing'), ('year of the first day', 'years of the first day'))
    """
    if not of:
        return unit, plural(unit)
    moment, stem = _MOMENT.fullmatch(of), _STEM.fullmatch(of)
    if moment:
        return f"{unit} {moment[1]}", f"{plural(unit)} {moment[1]}"
    if unit == "day" and re.search(r"\b(?:date|day)\b", of):
        return of, plural(of)
    if stem and stem[1].endswith(("ion", "ing", "ure", "val", "ment")) and " " not in stem[1]:
        return f"{unit} of {stem[1]}", f"{plural(unit)} of {stem[1]}"
    if stem and not part and stem[1] not in _NO_STEM and " of " not in of:
        return f"{stem[1]} {unit}", f"{stem[1]} {plural(unit)}"
    the = "" if of.startswith("the ") else "the "
    return f"{unit} of {the}{of}", f"{plural(unit)} of {the}{of}"


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
    (" without a ", " have no "),
    (" without an ", " have no "),
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
            and not {"except", "where", "whose", "with", "without"} & set(before.split())
            and not any(other in after for other, _ in _HAVE)
        ):
            return f"Which {before}{verb}{after}?"
    return f"Which are the {phrase}?"
