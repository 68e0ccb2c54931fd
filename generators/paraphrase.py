"""The same question in other clothes: openers, politeness, casing, punctuation, light synonyms; the SQL is unchanged.

Words that choose an operation, literals and bounds are never touched: what is changed stands at the beginning of the
question, before the noun it asks about. Word-level paraphrase of operations lives in the phrase bank, where meaning is
known; this module sees text only.
"""

from __future__ import annotations

import random
import re

_POLITE = ("Please ", "Could you ", "Can you ", "I'd like you to ", "Hi, please ", "pls ", "Would you ", "Kindly ",
           "I need you to ", "Hey, can you ")  # fmt: skip
_VERBS = frozenset((
    "List", "Show", "Give", "Find", "Count", "Tell", "Name", "Print", "Sort", "Rank", "Compare", "Break", "Get",
    "Pull", "Look", "Compute", "Add", "Sum", "Work", "Put", "Arrange", "Order", "Group", "Split", "Bin", "Mark",
    "Label", "Divide", "Pick", "Check", "Export",
))  # fmt: skip
_CONTEXT = (
    "For the board deck: ", "For the monthly report: ", "Quick one: ", "Quick question: ", "For a meeting: ",
    "We're doing a review. ", "We're preparing a campaign. ", "For the audit: ", "Question from the boss: ",
    "I'm putting together a report. ", "For my slides: ", "For planning: ", "Hi! ", "Hello, ", "Morning! ",
    "Just curious: ", "For a check: ", "Marketing wants to know: ", "Finance asks: ", "For the newsletter: ",
    "One more thing: ", "I was wondering: ", "For the yearly overview: ", "Management asks: ", "Data request: ",
    "Hi team, ", "Out of interest: ", "For the dashboard: ", "I'm checking the numbers. ", "Somebody asked me: ",
)  # fmt: skip
_ENDINGS = (" Thanks!", " Thanks.", " Thank you.", " Can you check?")
_SWAPS: dict[str, tuple[str, ...]] = {
    "What is the ": ("What's the ", "What is the ", "What would be the ", "what is the "),
    "What's the ": ("What is the ", "What's the ", "Whats the "),
    "What are the ": ("What are the ", "Which are the ", "Tell me the "),
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
_ARTICLE = re.compile(r"\b([Aa]) (?!uni|use|eu|one)([aeio]|e-)")
_DOUBLE = re.compile(r"\b([a-z]+)( \1)\b")
_SENTENCE = re.compile(r"([.?!] )([a-z])")


def tidy(question: str) -> str:
    """Capitals at sentence starts, one space between words, no doubled word, punctuation where it belongs."""
    text = re.sub(r"\s+", " ", question).strip()
    text = re.sub(r"\s+([.,?!])", r"\1", text)
    text = re.sub(r"([.?!]),", r",", text)
    text = re.sub(r",([.?!]|$)", r"\1", text)
    text = _DOUBLE.sub(r"\1", text)
    text = _ARTICLE.sub(r"\1n \2", text)
    text = _SENTENCE.sub(lambda match: match.group(1) + match.group(2).upper(), text)
    return text[:1].upper() + text[1:]


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
        opener = rng.choice(_CONTEXT)
        starts = _plain_start(text) and not opener.endswith((". ", "! "))
        text = opener + (text[0].lower() + text[1:] if starts else text)
    elif draw > 0.99 and text.endswith((".", "?")):
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
            return rng.choice(others) + text[len(opening) :]
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
