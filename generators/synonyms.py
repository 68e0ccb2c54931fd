"""Nouns of a glossary that may stand for each other in a question, and their exchange.

One word a table in a question: its singular and its plural are exchanged together. Words that the phrase bank says
itself ("position" of a rank) are never exchanged, since it cannot be seen whose they are. Knows text only.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

from generators.condition import is_plural
from generators.meaning_marks import marks
from generators.phrases import is_own, plural
from schemas.glossary import Glossary

EXCHANGE = 0.92
"""How often a phrase with synonyms is exchanged."""


def synonym_groups(glossary: Glossary) -> tuple[tuple[str, ...], ...]:
    """Nouns of a glossary that mean the same, singular and plural apart; one that could mean two things is left out.

    Longer phrases of the glossary come as groups of one: what stands within them is not exchanged.
    """
    groups: set[tuple[str, ...]] = set()
    for table in glossary.tables.values():
        groups.add((table.one, *(one for one, _ in table.synonyms)))
        groups.add((table.many, *(many for _, many in table.synonyms)))
        for column in table.columns.values():
            # A word alone ("number", "hours") stands for too many things to be exchanged.
            names = tuple(name for name in (column.name, *column.synonyms) if " " in name)
            singular = (name for name in names if not is_plural(name) and not name.endswith(("ed", "ing", "s")))
            groups |= {names, tuple(plural(name) for name in singular)}
    counts = Counter(name for group in groups for name in dict.fromkeys(group))
    clear = (tuple(name for name in dict.fromkeys(group) if counts[name] == 1) for group in sorted(groups))
    alike = (tuple(name for name in group if marks(name) == marks(group[0])) for group in clear if group)
    # Plural and singular apart: "a sown area of" takes no "planted hectares".
    alike = (tuple(name for name in group if is_plural(name) is many) for group in alike for many in (False, True))
    found = [group for group in alike if len(group) > 1]
    single = {name for group in found for name in group if " " not in name}
    told = {name for table in glossary.tables.values() for column in table.columns.values()
            for name in (column.name, *column.synonyms, *column.total)}  # fmt: skip
    told |= {name for measure in glossary.measures for name in (measure.name, *measure.total)}
    told |= {plural(name) for name in told}
    told |= {
        noun
        for table in glossary.tables.values()
        for pair in ((table.one, table.many), *table.synonyms)
        for noun in pair
    }
    kept = told - {name for group in found for name in group}
    return (*found, *((name,) for name in sorted(kept) if " " in name and single & set(re.split(r"[ -]", name))))


def value_phrases(glossary: Glossary) -> tuple[str, ...]:
    """What a glossary calls its values and conditions, in lower case, the noun they go with left out."""
    found: set[str] = set()
    for table in glossary.tables.values():
        for column in table.columns.values():
            found |= {*column.nouns.values(), *(form for forms in column.values.values() for form in forms)}
            found |= {*column.null, *column.not_null}
    found |= {form for condition in glossary.conditions for form in condition.phrases}
    parts = (part.strip(" ,").lower() for form in found for part in form.split("{}"))
    return tuple(sorted({part for part in parts if len(part) > 2}))


@lru_cache(maxsize=64)
def _index(nouns: tuple[tuple[str, ...], ...]) -> tuple[frozenset[str], tuple[tuple[str, tuple[str, ...]], ...]]:
    """Nouns that stay as they are, and every noun in lower case with its group: the same for all texts of a schema."""
    blocked = {name for group in nouns for name in group if is_own(name)}
    blocked |= {name for group in nouns for name in group if plural(name) in blocked}
    blocked |= {plural(name) for name in blocked}
    return frozenset(blocked), tuple((name.lower(), group) for group in nouns for name in group)


def renamed(rng: random.Random, text: str, nouns: Sequence[tuple[str, ...]]) -> str:
    """Nouns exchanged for their synonyms, each noun for one of them throughout."""
    blocked, names = _index(tuple(nouns))
    lowered = text.lower()
    known = {name: group for name, group in names if name in lowered}
    if not known:
        return text
    phrases = "|".join(re.escape(name) for name in sorted(known, key=len, reverse=True))
    chosen: dict[str, str] = {}

    # Two nouns in a row are one name: "request reporting channel" is no "report way of reporting".
    pattern = re.compile(rf"^(?i:{phrases})(?![\w'\"-])|(?<![\w'\"-])(?:{phrases})(?![\w'\"-])")
    spans = [match.span() for match in pattern.finditer(text)]
    joined = {place for one, two in pairwise(spans) if text[one[1] : two[0]] == " " for place in (one[0], two[0])}

    def other(match: re.Match[str]) -> str:
        old = match[0].lower()
        if match.start() in joined or old in blocked:
            return match[0]
        if old not in chosen:
            others = [name for name in known[old] if name.lower() != old]
            new = rng.choice(others) if others and rng.random() < EXCHANGE else match[0]
            chosen[old] = _partner(old, chosen, others) or new
        new = chosen[old]
        if _JOINTED.search(new) and not _FREE.match(text, match.end()):
            return match[0]
        return new[0].upper() + new[1:] if match[0][0].isupper() else new

    # In the middle of a sentence a capital makes it a name, which stays.
    return pattern.sub(other, text)


_JOINTED = re.compile(r" (?:of|in|for|to|by|at|from|on) ")
"""In nouns that cannot stand before another: "kind of problem department"."""
_FREE = re.compile(
    r"$|[.,:;?!)]| (?:that|who|whose|which|with|without|where|when|of|in|on|for|from|to|by|per|at|and|or|is|are|was"
    r"|were|has|have|had|do|does|did|than|as|there|each|every|over|under|between|during|since|after|before|not|never)\b"
)
"""What may follow such a noun."""


def _partner(old: str, chosen: Mapping[str, str], others: Sequence[str]) -> str:
    """The noun that goes with what its plural, or its singular, was exchanged for; empty where neither was."""
    for before, after in chosen.items():
        if plural(before) == old:
            return plural(after) if plural(after) in others else old
        if plural(old) == before:
            return next((name for name in others if plural(name) == after), old)
    return ""
