"""The same question in other clothes: openers, politeness, casing, punctuation, light synonyms; the SQL is unchanged.

Words that choose an operation, literals and bounds are never touched: what is changed stands at the beginning of the
question, before the noun it asks about. Word-level paraphrase of operations lives in the phrase bank, where meaning is
known; this module sees text only.
"""

from __future__ import annotations

import random
import re

from generators.meaning_marks import bank
from generators.phrases import VOWEL

_POLITE = ("Please ", "Could you ", "Can you ", "I'd like you to ", "Hi, please ", "pls ", "Would you ", "Kindly ",
           "I need you to ", "Hey, can you ")  # fmt: skip
_VERBS = frozenset((
    "List", "Show", "Give", "Find", "Count", "Tell", "Name", "Print", "Sort", "Rank", "Compare", "Break", "Get",
    "Pull", "Look", "Compute", "Add", "Sum", "Work", "Put", "Arrange", "Order", "Group", "Split", "Bin", "Mark",
    "Label", "Divide", "Pick", "Check", "Export",
))  # fmt: skip
_ENDINGS = (" Thanks!", " Thanks.", " Thank you.", " Can you check?")
_SWAPS: dict[str, tuple[str, ...]] = {
    "What is the ": ("What's the ", "What is the ", "What would be the ", "what is the "),
    "What's the ": ("What is the ", "What's the ", "Whats the "),
    "What are the ": ("What are the ", "What would be the ", "Tell me the "),
    "Which are the ": ("What are the ", "Which are the "),
    "Show me ": ("Show ", "Give me ", "Let me see ", "Display ", "I'd like to see ", "I want to see "),
    "Show the ": ("Show me the ", "Display the ", "Give me the ", "List the ", "I want the "),
    "List the ": ("Show the ", "Give me the ", "List the ", "Get me the ", "I need the ", "Output the "),
    "List all ": ("Show all ", "Give me all ", "Get all ", "List all ", "I need all "),
    "Give me ": ("Show me ", "Get me ", "I need ", "I want ", "Let me have ", "Hand me "),
    "Find the ": ("Get the ", "Look for the ", "Find the ", "Search for the ", "Look up the "),
    "Find all ": ("Get all ", "Look for all ", "Find all ", "Search for all "),
    "I need ": ("I want ", "I need ", "We need ", "I'd like "),
    "Number of ": ("The number of ", "Number of ", "No. of ", "# of "),
    "For each ": ("For every ", "For each ", "For each and every "),
    "For every ": ("For each ", "For every "),
    "Tell me ": ("Tell me ", "Let me know ", "Can you tell me ", "I'd like to know "),
    "Count the ": ("Count ", "Count up the ", "Count the "),
    "Average ": ("The average ", "Average ", "Avg "),
}
_ARTICLE = re.compile(rf"\b([Aa]) (?={VOWEL})")
_NO_VOWEL = re.compile(r"\b([Aa])n (?=[bcdfgjkpqtvwz]|[lmnrs][a-z]{2,})")
_ONE = re.compile(r"(?<![\w.,-])1 (second|minute|hour|day|night|week|month|year|euro|point|metre|kilo|unit)s\b")
_DOUBLE = re.compile(r"\b([a-z]+)( \1)\b")
_SENTENCE = re.compile(r"([.?!] )([a-z])")


def tidy(question: str) -> str:
    """Capitals at sentence starts, one space between words, no doubled word, punctuation where it belongs."""
    text = re.sub(r"\s+", " ", question).strip()
    text = re.sub(r"\s+([.,?!])", r"\1", text)
    text = re.sub(r"([.?!]),", r",", text)
    text = re.sub(r",([.?!]|$)", r"\1", text)
    text = _DOUBLE.sub(r"\1", text)
    text = _ARTICLE.sub(r"\1n ", text)
    text = _NO_VOWEL.sub(r"\1 ", text)
    text = _ONE.sub(r"1 \1", text)
    text = _SENTENCE.sub(lambda match: match.group(1) + match.group(2).upper(), text)
    return text[:1].upper() + text[1:]


_QUESTION = re.compile(
    r"(?:could|can|would|mind|do|does|did|is|are|was|were|has|have|what|what's|whats|which|how|who|who's|whose|where|"
    r"when|whether|if|since (?:what|when)|up to (?:what|which|when)|by (?:how|what)|on average, (?:what|how)|for how|"
    r"(?:in|of|for|from|to|across|over|at|below|between|out of|among) (?:what|which|how|whom))\b",
    re.IGNORECASE,
)
_COMMAND = re.compile(
    r"(?:please|pls|kindly|i need|i want|i'd like|i only|we need|we'd like|we want|i'm after|i'm looking|let me)\b",
    re.IGNORECASE,
)


_REQUEST = re.compile(r"(?:could|can|would|mind|do you)\b", re.IGNORECASE)
"""Questions that ask somebody to do a thing; "marketing wants to know" stands before none."""


def is_question(text: str) -> bool:
    """Whether a text's first sentence asks: "which hotels", "could you list"; no terse note, no command.

    >>> is_question("Which hotels are there?"), is_question("hotels by city"), is_question("Per city: how many?")
    (True, False, True)
    """
    first = re.split(r"(?<=[.?!]) ", text, maxsplit=1)[0]
    return _QUESTION.match(text) is not None or first.endswith("?")


def is_sentence(text: str) -> bool:
    """Whether a text is a question or a command rather than a terse note such as "hotels by city".

    >>> is_sentence("Count the hotels."), is_sentence("Count of hotels"), is_sentence("hotels by city")
    (True, False, False)
    """
    first, _, rest = text.partition(" ")
    verb = first.capitalize() in _VERBS and not rest.startswith(("of ", "and "))
    return is_question(text) or verb or _COMMAND.match(text) is not None


def introduction(rng: random.Random, text: str) -> str:
    """Words that may stand before a question or a note, in lower case: none before a note that only suit a sentence."""
    notes = bank()[1]
    fitting = [*notes["any"]]
    if is_sentence(text):
        fitting += notes["sentence"]
    if is_question(text) and not _COMMAND.match(text) and not _REQUEST.match(text):
        fitting += notes["question"]
    return rng.choice(fitting)


def vary(rng: random.Random, question: str) -> str:
    """The question tidied and, at times, reworded at its start, introduced, made polite, lower-cased or unmarked."""
    text = _swap(rng, tidy(question))
    first = text.split(" ", 1)[0]
    draw = rng.random()
    if first in _VERBS and draw < 0.12 and "please" not in text and not text.startswith(f"{first} of "):
        opener = rng.choice(_POLITE)
        text = opener + text[0].lower() + text[1:]
        if opener.startswith(("Could", "Can", "Would", "Hey")) and text.endswith("."):
            text = text[:-1] + "?"
    elif 0.12 <= draw < 0.2:
        opener = introduction(rng, text)
        opener = opener[0].upper() + opener[1:]
        starts = _plain_start(text) and not opener.endswith((". ", "! "))
        text = opener + (text[0].lower() + text[1:] if starts else text)
    elif draw > 0.99 and text.endswith((".", "?")) and is_sentence(text):
        text += rng.choice(_ENDINGS)
    if rng.random() < 0.12 and _plain_start(text):
        text = text[0].lower() + text[1:]
    if text.endswith((".", "?")) and rng.random() < 0.15:
        text = text[:-1]
    return text


def _swap(rng: random.Random, text: str) -> str:
    """The opening words replaced by others that ask the same, half of the time."""
    if rng.random() < 0.5:
        return text
    for opening, others in _SWAPS.items():
        if text.startswith(opening):
            new = rng.choice(others)
            text = new + text[len(opening) :]
            # "What are the names?" as "Tell me the names." is a request.
            request = text.endswith("?") and not is_question(text[:-1])
            return text[:-1] + "." if request else text
    return text


def _plain_start(text: str) -> bool:
    """Whether the first word is an ordinary one that may lose its capital: no name, no code, no "I"."""
    first = text.split(" ", 1)[0].rstrip(",:")
    return first in _ORDINARY or first in _VERBS


_ORDINARY = frozenset((
    "What", "What's", "Whats", "Which", "How", "Who", "Who's", "Where", "When", "In", "On", "For", "By", "Per",
    "The", "Of", "All", "Each", "Every", "Number", "Average", "Total", "Highest", "Lowest", "Do", "Are", "Is",
    "Just", "Top", "Between", "Percentage", "Share", "Count", "Out", "Only", "Name", "Names", "Median", "Cumulative",
    "Running", "Latest", "Earliest", "Quick", "Please", "Could", "Can", "Would", "Tell", "Whats", "Let", "Get", "No",
    "Compare", "Change", "Growth", "Fraction", "Data",
))  # fmt: skip
