"""The same question in other words: opening, word order, voice, synonyms, politeness, implied units, rare typing slips.

Several rewordings are drawn, those that the guard (`meaning_marks`) finds changed in meaning are dropped, and the
furthest from the original is taken. Words for tables and columns change only by the glossary's synonyms. The SQL is
never touched, nor known.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache

from generators.meaning_marks import NUMBER, Group, bank, difference, protected
from generators.paraphrase import introduction, is_question, is_sentence, tidy
from generators.synonyms import EXCHANGE, renamed

DRAWS = 8
"""Rewordings drawn for one that is taken."""
TYPO = 0.03
"""Share of questions with one typing error."""
UNIT = 0.25
"""How often a currency that goes without saying is left out after a number."""
_WHAT = re.compile(
    r"^(?:what is|what's|whats|what are|which are|what was|what were|what would be)\s+(the\s+)?", re.IGNORECASE
)
_ASK = re.compile(
    r"^(?:please |kindly |pls |hi, |hey, )*"
    r"(?:(?:could|can|would) you |i need you to |i'd like you to )?(?:please )?"
    r"(?:show me|show|give me|give|get me|get|list|display|find|let me have|let me see|i need|i want to see|i want|"
    r"we need|i'd like to see|i'd like|output|pull up|pull|look up|look for|search for|hand me|tell me|name|print|"
    r"return|report)\s+"
    r"(?!(?:which|how|what|who|whether|if|where|of)\b)(?=[a-z0-9])",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"^(?:which|who|where|when|whose|how much)\s+(?!(?:is|are|was|were|do|does|did|has|have)\b)"
    r"(?!.*\b(?:do|does|did|are there|is there)\b)",
    re.IGNORECASE,
)
_HOW_MANY = re.compile(r"^how many (.+?) (?:are there|do we have|exist)( [^.?:]*)?[.?]?$", re.IGNORECASE)
_FRONT = re.compile(r"^(for each|for every|per|by) ([a-z][a-z ]{2,40})[,:] ([^.?:;,]+)[.?]?$", re.IGNORECASE)
_BACK = re.compile(r"^([^.?:;,]+?) (for each|for every|per) ([a-z]+(?: [a-z]+)?)[.?]?$", re.IGNORECASE)
_PASSIVE = re.compile(r"\b(?:that|which|who) (?:were|was|are|is) ([a-z]{3,}ed)\b(?! (?:to be|than))")
_CURRENCY = re.compile(rf"({NUMBER}) (?:euros|EUR|euro)\b")
_INTRODUCED = re.compile(r"^(?:[A-Z][^:.!?,]{1,40}: |(?:Hi|Hello|Hey|Morning)\b|I'm |We're )")
"""A question that has its introduction already."""
_ARTICLE = re.compile(
    r"(?<!part of )(?<!parts of )(?<!\bis )(?<!\bare )(?<!\bwas )(?<!'s )(?<!\ball )(?<!\bbe )"
    r"\bthe (?=[a-z])(?!(?:average|mean|usual) [a-z -]+'s\b)",
    re.IGNORECASE,
)
"""Articles that a terse note leaves out; "part of the country" is a name, and "how high is share" is said by nobody."""
NOTED = 0.55
"""How often a rewording gets an introduction."""
_POLITE_ENDS = ("", "", "", "", " Thanks!", ", please.", " Thank you.", " Cheers.")


def reword(
    rng: random.Random,
    question: str,
    nouns: Sequence[tuple[str, ...]] = (),
    values: Iterable[str] = (),
    phrases: Iterable[str] = (),
) -> str:
    """The question in other words, or as it is where no rewording passes the guard.

    Args:
        rng: decides.
        question: as it was made.
        nouns: of `synonym_groups`; words for tables and columns stay without.
        values: literals of the SQL: such of their words as the question says are kept, a noun's among them.
        phrases: of `value_phrases`; such as the question says stay whole.
    """
    original = tidy(question)
    made = {text for _ in range(DRAWS) if (text := _draw(rng, original, nouns)) != original}
    passed = sorted((jaccard(original, text), text) for text in sorted(made) if not difference(original, text))
    kept = {word for value in values for word in _words(value)} & _words(original)
    whole = [phrase for phrase in phrases if phrase in original.lower()]
    passed = [item for item in passed if kept <= _words(item[1]) and all(part in item[1].lower() for part in whole)]
    return passed[0][1] if passed else original


def _words(text: str) -> set[str]:
    return set(re.findall(r"[\w.]*\w", text.lower().replace(",", "")))


def jaccard(one: str, other: str) -> float:
    """Share of different words that two texts have in common, 0 to 1."""
    left, right = (set(re.findall(r"[a-z0-9]+", text.lower())) for text in (one, other))
    return len(left & right) / max(len(left | right), 1)


def _draw(rng: random.Random, text: str, nouns: Sequence[tuple[str, ...]]) -> str:
    text = renamed(rng, text, nouns)
    first, mark, rest = _split(text)
    opened = _opened(rng, _moved(rng, first))
    # A request that was a question before ends as one says it.
    mark = "." if mark == "?" and opened != first and not is_question(opened) else mark
    first = opened
    first, rest = _exchange(rng, first), _exchange(rng, rest)
    whole = " ".join(part for part in (first + mark, rest) if part)
    whole = _PASSIVE.sub(lambda match: match[1] if rng.random() < 0.6 else match[0], whole)
    if rng.random() < UNIT:
        whole = _CURRENCY.sub(r"\1", whole)
    if rng.random() < 0.6:
        whole = _ARTICLE.sub("", whole)
    note = "" if _INTRODUCED.match(text) or rng.random() >= NOTED else introduction(rng, whole)
    whole = tidy(_lowered(whole) if note.endswith((": ", ", ")) else whole)
    whole = tidy(note + (_lowered(whole) if note.endswith((": ", ", ")) else whole))
    if whole.endswith((".", "?")) and is_sentence(whole) and rng.random() < 0.5:
        end = rng.choice(_POLITE_ENDS)
        whole = whole[:-1] + end if end.startswith(",") else whole + end
    return _mistyped(rng, whole, nouns) if rng.random() < TYPO else whole


def _split(text: str) -> tuple[str, str, str]:
    """The first sentence, its mark, and the remarks after it."""
    match = re.search(r"([.?!])\s+(?=[A-Z])", text)
    if match:
        return text[: match.start()], match[1], text[match.end() :]
    return (text[:-1], text[-1], "") if text[-1:] in {".", "?"} else (text, "", "")


def _lowered(text: str) -> str:
    """Without the capital of its first word, unless that is a name or a code."""
    head = text.split(" ", 1)[0]
    return text if head[1:] != head[1:].lower() or head in {"I", "I'd", "I'm"} else text[:1].lower() + text[1:]


def _opened(rng: random.Random, text: str) -> str:
    """The sentence with another beginning."""
    openings = bank()[1]
    many = _HOW_MANY.match(text)
    if many and rng.random() < 0.8:
        rows, rest = many[1], many[2] or ""
        choices: tuple[Callable[[], str], ...] = (
            lambda: f"{rng.choice(openings['noun'])}the number of {rows}{rest}",
            lambda: f"{rng.choice(openings['clause'])}how many {rows} there are{rest}",
            lambda: f"count of {rows}{rest}",
            lambda: f"what is the count of {rows}{rest}",
        )
        return rng.choice(choices)()
    for pattern, after in ((_WHAT, "the "), (_ASK, "")):
        match = pattern.match(text)
        if match:
            kept = after if match.groups() and match[1] else ""
            return rng.choice(openings["noun"]) + kept + text[match.end() :]
    if _CLAUSE.match(text):
        return rng.choice(openings["clause"]) + _lowered(text)
    return text


def _moved(rng: random.Random, text: str) -> str:
    """What the answer is grouped by, moved from the front to the back or the other way."""
    if rng.random() < 0.5:
        return text
    front = _FRONT.match(text)
    if front and not re.match(r"(how|which|what|who|the same)\b", front[3], re.IGNORECASE):
        return f"{front[3]} {front[1].lower()} {front[2]}"
    back = _BACK.match(text)
    if back and not re.match(r"(how|which|who|where)\b", back[1], re.IGNORECASE):
        return f"{back[2]} {back[3]}: {_lowered(back[1])}"
    return text


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[re.Pattern[str], Group], ...]:
    """What finds the phrases of each group, where they may be exchanged."""
    return tuple((_pattern(group), group) for group in bank()[0] if group.say)


_TOKEN = re.compile(r"[\w'-]+")


@lru_cache(maxsize=1)
def _starts() -> Mapping[str, frozenset[int]]:
    """First words of the groups' phrases, in lower case, with the numbers of their groups."""
    found: defaultdict[str, set[int]] = defaultdict(set)
    for number, (_, group) in enumerate(_patterns()):
        for phrase in group.say:
            found[_TOKEN.findall(phrase.lower())[0]].add(number)
    return {word: frozenset(numbers) for word, numbers in found.items()}


def _met(text: str) -> list[tuple[re.Pattern[str], Group]]:
    """The groups of which a phrase may stand in the text, in their order: a few of all."""
    starts, patterns = _starts(), _patterns()
    numbers = {number for word in _TOKEN.findall(text.lower()) for number in starts.get(word, ())}
    return [patterns[number] for number in sorted(numbers)]


def _pattern(group: Group) -> re.Pattern[str]:
    phrases = "|".join(re.escape(phrase) for phrase in sorted(group.say, key=len, reverse=True))
    before, after = _PLACES.get(group.where, ("", ""))
    before = r"(?<![\w'-])" + before + "".join(rf"(?<!\b{word} )" for word in group.not_after)
    if group.not_before:
        after += rf"(?! (?:{'|'.join(group.not_before)})\b)"
    return re.compile(rf"{before}(?:{phrases})(?![\w'-]){after}", re.IGNORECASE)


_BREAKS = ("^", r"(?<=^the )", r"(?<=\bthe )", r"(?<=\band )", r"(?<=\bwith )", r"(?<=[,:;] )", r"(?<=\bis )")
_PLACES = {
    "number": ("", rf"(?= (?:{NUMBER}\b))"),
    "after number": (r"(?<=\d )", ""),
    "end": ("", "$"),
    "sentence": (r"(?:^|(?<=[.?!] ))", ""),
    "after break": (f"(?:{'|'.join(_BREAKS)})", ""),
    "before word": ("", "(?= [a-z])"),
    "before mark": ("", "(?=$|[,.;:?])"),
}
"""Where a group may be exchanged -> what must stand before and after it."""


_HELD = 0xE000
"""First of the code points (for private use) that stand for what is not to be exchanged again."""


@lru_cache(maxsize=1)
def _idioms() -> re.Pattern[str]:
    phrases = "|".join(re.escape(phrase) for phrase in sorted(bank()[1]["idioms"], key=len, reverse=True))
    return re.compile(rf"(?<![\w'-])(?:{phrases})(?![\w'-])", re.IGNORECASE)


def _exchange(rng: random.Random, text: str) -> str:
    """Each phrase that has synonyms exchanged for another of its group, where the group may stand."""
    held: list[str] = []

    def hold(said: str) -> str:
        # Out of sight of the groups that follow: "decimals" must not become "decimal place places".
        held.append(said)
        return chr(_HELD + len(held) - 1)

    text = _idioms().sub(lambda match: hold(match[0]), text)
    for pattern, group in _met(text):
        choices = group.say

        def other(match: re.Match[str], choices: tuple[str, ...] = choices) -> str:
            if rng.random() >= EXCHANGE:
                return match[0]
            new = rng.choice([phrase for phrase in choices if phrase != match[0].lower()])
            return hold(new[0].upper() + new[1:] if match[0][0].isupper() else new)

        text = pattern.sub(other, text)
    return re.sub(f"[{chr(_HELD)}-{chr(_HELD + len(held))}]", lambda match: held[ord(match[0]) - _HELD], text)


def _mistyped(rng: random.Random, text: str, nouns: Sequence[tuple[str, ...]]) -> str:
    """One word with two letters exchanged, one left out or one doubled: of a table's or a column's noun, nothing else.

    Any other word may be a value of the data.
    """
    usual = {word for group in nouns for name in group for word in name.split()} - set(protected(text))
    words = [match for match in re.finditer(r"(?<![\w'\"-])[a-z]{5,}(?![\w'\"-])", text) if match[0] in usual]
    if not words:
        return text
    match = rng.choice(words)
    word, place = match[0], rng.randrange(1, len(match[0]) - 2)
    forms = (
        word[:place] + word[place + 1] + word[place] + word[place + 2 :],
        word[:place] + word[place + 1 :],
        word[:place] + word[place] + word[place:],
    )
    return text[: match.start()] + rng.choice(forms) + text[match.end() :]
