"""The guard of paraphrases: what of a question's meaning can be read off its words, and must stay.

Numbers, names and quoted values; bounds, each with its value and direction; words for order, time, units, negation and
logic, counted by class (`rewording.toml`). Two wordings of one question have the same marks. Words that name tables and
columns are not looked at: a paraphraser that changes those has to be trusted or checked by execution. Knows text only.
"""

from __future__ import annotations

import calendar
import re
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

_BANK = Path(__file__).parent / "rewording.toml"
_NUMBER_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
NUMBER = r"(?:[-−]?\d+(?:,\d{3})*(?:\.\d+)?|zero|one|two|three|four|five|six|seven|eight|nine|ten)"
_BOUNDS = frozenset({"at least", "at most", "more", "less", "exactly", "before", "after", "since", "until"})
_TOKEN = re.compile(r"'[^']+'(?!\w)|\"[^\"]+\"|[\w.@+-]*\w(?:['’]\w+)*|%|#|€")
_ALLOWED = frozenset({"i", "i'd", "i'm", "i've", "eur", "pls", "hi", "ok"})
_MONTHS = tuple(name for name in calendar.month_name if name)
REACH = 4
"""Words after a bound within which its value stands ("more than the usual 5")."""


@dataclass(frozen=True, slots=True)
class Group:
    """Phrases that may stand for each other."""

    kind: str
    """What the guard counts them as; empty where nothing hangs on them."""
    say: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    where: str = ""
    not_before: tuple[str, ...] = ()
    not_after: tuple[str, ...] = ()


@lru_cache(maxsize=1)
def bank() -> tuple[tuple[Group, ...], Mapping[str, tuple[str, ...]]]:
    """The groups, and the lists beside them: the openings by what follows them, the idioms."""
    data: dict[str, Any] = tomllib.loads(_BANK.read_text(encoding="utf-8"))
    groups = tuple(
        Group(
            item.get("class", ""),
            tuple(item.get("say", ())),
            tuple(item.get("read", ())),
            item.get("where", ""),
            tuple(item.get("not_before", ())),
            tuple(item.get("not_after", ())),
        )
        for item in data["group"]
    )
    lists = {name: tuple(items) for name, items in (data["openings"] | data["notes"]).items()}
    return groups, lists | {"idioms": tuple(data["idioms"])}


@lru_cache(maxsize=1)
def _classes() -> tuple[re.Pattern[str], Mapping[str, str]]:
    """A pattern of all phrases that count, longest first, and phrase -> class."""
    kinds: dict[str, str] = {}
    for group in bank()[0]:
        for phrase in (*group.say, *group.read) if group.kind else ():
            kinds.setdefault(phrase.lower(), group.kind)
    # "have no fewer than 2" denies nothing: its "no" belongs to the bound.
    phrases = "|".join(
        re.escape(phrase) + (r"(?! \w+ than\b)" if phrase.endswith((" no", " not")) else "")
        for phrase in sorted(kinds, key=len, reverse=True)
    )
    return re.compile(rf"(?<![\w'’])(?:{phrases})(?![\w'’])|(?<!\w)[%€]", re.IGNORECASE), kinds


def marks(question: str) -> Counter[tuple[str, ...]]:
    """What must stay of a question, each with how often it is said."""
    return _marks(question).copy()


@lru_cache(maxsize=64)
def _marks(question: str) -> Counter[tuple[str, ...]]:
    text = question.replace("’", "'")
    found: Counter[tuple[str, ...]] = Counter()
    for match in re.finditer(rf"(?<![\w.,]){NUMBER}(?!\w)", text, re.IGNORECASE):
        found["number", _value(match[0])] += 1
    for value in re.findall(r"(?<!\w)'([^']+)'(?!\w)|\"([^\"]+)\"", text):
        found["quoted", "".join(value)] += 1
    for name in _names(text):
        found["name", name.lower()] += 1
    pattern, kinds = _classes()
    for match in pattern.finditer(text):
        kind = kinds[match[0].lower()]
        value = _bounded(text, match) if kind in _BOUNDS else ""
        found[("word", kind, value) if value else ("word", kind)] += 1
    return found


def _value(text: str) -> str:
    word = text.lower().replace(",", "").replace("−", "-")
    return str(_NUMBER_WORDS.index(word)) if word in _NUMBER_WORDS else word


def _bounded(text: str, match: re.Match[str]) -> str:
    """The value a bound is about: after it, or before it where the bound follows its value ("5 or more")."""
    if match[0].lower().startswith(("or ", "and ")):
        before = re.findall(rf"(?<!\w){NUMBER}(?!\w)", text[: match.start()], re.IGNORECASE)
        return _value(before[-1]) if before else ""
    after = " ".join(text[match.end() :].split()[:REACH])
    value = re.search(rf"(?<!\w)(?:{NUMBER}(?!\w)|{'|'.join(_MONTHS)})", after, re.IGNORECASE)
    return _value(value[0]) if value else ""


def _names(text: str) -> list[str]:
    """Words with a capital that does not come from a sentence's beginning, and words of letters and digits."""
    found = []
    start = True
    for match in _TOKEN.finditer(text):
        word = match[0]
        bare = word.strip("'\"")
        held = any(sign.isupper() for sign in (bare[1:] if start else bare)) or re.search(
            r"[A-Za-z]\d|\d[A-Za-z]|@", bare
        )
        if held and bare.lower() not in _ALLOWED and not re.fullmatch(NUMBER, bare):
            found.append(bare)
        start = bool(re.match(r"\s*[.?!:]\s", text[match.end() :]))
    return found


def difference(question: str, other: str) -> str:
    """What of the first question's meaning the second lacks or adds, in words; empty where nothing seems to differ."""
    before, after = marks(question), marks(other)
    # A name may come to stand at a sentence's beginning, where its capital says nothing, or leave it.
    for key in [key for key in (before | after) if key[0] == "name" and before[key] != after[key]]:
        if _said(question, key[1]) == _said(other, key[1]):
            before[key] = after[key] = 0
    lost, added = before - after, after - before
    if lost or added:
        return "; ".join([*(f"lost {' '.join(key)}" for key in lost), *(f"added {' '.join(key)}" for key in added)])
    return ""


def _said(text: str, word: str) -> int:
    return len(re.findall(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE))


def protected(question: str) -> Sequence[str]:
    """Words that a typing error must not touch, in lower case."""
    pattern, _ = _classes()
    words = [word for match in pattern.finditer(question) for word in match[0].split()]
    return [word.lower() for word in (*words, *(part for name in _names(question) for part in name.split()))]
