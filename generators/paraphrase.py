"""The same question in other clothes: casing, punctuation, politeness, small slips; the SQL is unchanged.

Words that choose an operation, literals and bounds are never touched. Word-level paraphrase lives in the phrase bank,
where meaning is known; this module sees text only.
"""

from __future__ import annotations

import random
import re

_POLITE = ("Please ", "Could you ", "Can you ", "I'd like you to ", "Hi, please ", "pls ")
_VERBS = ("List", "Show", "Give", "Find", "Count", "Tell", "Name", "Print", "Sort", "Rank", "Compare", "Break")
_ARTICLE = re.compile(r"\b([Aa]) (?!uni|use|eu|one)([aeio]|e-)")
_DOUBLE = re.compile(r"\b(\w+)( \1)\b")


def tidy(question: str) -> str:
    """Capital first letter, one space between words, no doubled word, punctuation where it belongs."""
    text = re.sub(r"\s+", " ", question).strip()
    text = re.sub(r"\s+([.,?!])", r"\1", text)
    text = re.sub(r"([.?!]),", r",", text)
    text = _DOUBLE.sub(r"\1", text)
    text = _ARTICLE.sub(r"\1n \2", text)
    return text[:1].upper() + text[1:]


def vary(rng: random.Random, question: str) -> str:
    """The question tidied and, at times, made polite, lower-cased or stripped of its final mark."""
    text = tidy(question)
    first = text.split(" ", 1)[0]
    if first in _VERBS and rng.random() < 0.12:
        opener = rng.choice(_POLITE)
        text = opener + text[0].lower() + text[1:]
        if opener.startswith(("Could", "Can")) and text.endswith("."):
            text = text[:-1] + "?"
    if rng.random() < 0.12:
        text = text[0].lower() + text[1:]
    if text[-1] in ".?" and rng.random() < 0.15:
        text = text[:-1]
    return text
