"""Makes "today" a constant: `freeze` rewrites every reading of the clock in a SQL text.

Works on tokens, not on trees, so that a text Postgres would refuse stays as it is and is refused the same way. Knows
no types: an untyped literal ('today' compared with a date column) is left alone, since it might be plain text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Protocol

_WORTH_LEXING = re.compile(
    r"current_|localtime|now|today|tomorrow|yesterday|\bage\b|timestamp\s*\(|timeofday", re.IGNORECASE
)
_FUNCTIONS = frozenset({"now", "transaction_timestamp", "statement_timestamp", "clock_timestamp", "timeofday"})
_KEYWORDS = frozenset({"current_date", "current_timestamp", "current_time", "localtimestamp", "localtime"})
_WORDS = frozenset({"now", "today", "tomorrow", "yesterday"})
_TYPES = frozenset({"date", "time", "timestamp", "timestamptz", "timetz"})


class Token(Protocol):
    """What is used of sqlglot's token; `start` and `end` are the first and last character."""

    text: str
    start: int
    end: int


def freeze(sql: str, as_of: datetime) -> str:
    """The statement with every reading of the clock replaced by a constant.

    Covers CURRENT_DATE and its kin with or without precision, now() and its kin, 'today', 'now', 'yesterday' and
    'tomorrow' where cast to a date or time type, and age() of one argument. Text in quotes and comments is kept.

    Args:
        sql: Any text; one that cannot be lexed is returned unchanged.
        as_of: The constant moment; one without a zone is read as UTC.
    """
    if not _WORTH_LEXING.search(sql):
        return sql
    tokens = lex(sql)
    if tokens is None:
        return sql
    moment = as_of.replace(tzinfo=UTC) if as_of.tzinfo is None else as_of.astimezone(UTC)
    edits = [edit for i in range(len(tokens)) for edit in _edits(tokens, i, sql, moment)]
    for start, end, text in sorted(edits, reverse=True):
        sql = sql[:start] + text + sql[end:]
    return sql


@lru_cache(maxsize=4096)
def lex(sql: str) -> tuple[Token, ...] | None:
    """Tokens of a Postgres text by sqlglot; None where it cannot be lexed."""
    import sqlglot
    from sqlglot.errors import SqlglotError

    try:
        return tuple(sqlglot.tokenize(sql, read="postgres"))
    except (SqlglotError, ValueError):
        return None


Edit = tuple[int, int, str]


def _edits(tokens: Sequence[Token], i: int, sql: str, moment: datetime) -> list[Edit]:
    """Replacements that the token at `i` calls for."""
    token = tokens[i]
    raw = sql[token.start : token.end + 1]
    word = raw.lower()
    if word in _KEYWORDS and _text(tokens, i - 1) != ".":
        return [(token.start, _precision_end(tokens, i), _constant(word, moment))]
    if raw.startswith("'") and token.text.strip().lower() in _WORDS and _is_cast(tokens, i):
        return [(token.start, token.end + 1, _word(token.text.strip().lower(), moment))]
    if _text(tokens, i + 1) != "(":
        return []
    start = _call_start(tokens, i)
    if start is None:
        return []
    if word in _FUNCTIONS and _text(tokens, i + 2) == ")":
        return [(start, tokens[i + 2].end + 1, _constant(word, moment))]
    if word == "age" and _is_single_argument(tokens, i + 1):
        end = tokens[i + 1].end + 1
        return [(end, end, f"TIMESTAMP '{moment:%Y-%m-%d} 00:00:00', ")]
    return []


def _text(tokens: Sequence[Token], i: int) -> str:
    return tokens[i].text.lower() if 0 <= i < len(tokens) else ""


def _call_start(tokens: Sequence[Token], i: int) -> int | None:
    """Where the call at `i` begins, its schema included; None if it belongs to another schema."""
    if _text(tokens, i - 1) != ".":
        return tokens[i].start
    return tokens[i - 2].start if _text(tokens, i - 2) == "pg_catalog" else None


def _precision_end(tokens: Sequence[Token], i: int) -> int:
    """One past the end of CURRENT_TIMESTAMP, or of CURRENT_TIMESTAMP(3)."""
    if _text(tokens, i + 1) == "(" and _text(tokens, i + 2).isdigit() and _text(tokens, i + 3) == ")":
        return tokens[i + 3].end + 1
    return tokens[i].end + 1


def _is_single_argument(tokens: Sequence[Token], opening: int) -> bool:
    depth = 0
    for i in range(opening, len(tokens)):
        text = _text(tokens, i)
        if text in {"(", "["}:
            depth += 1
        elif text in {")", "]"}:
            depth -= 1
            if depth == 0:
                return i > opening + 1
        elif text == "," and depth == 1:
            return False
    return False


def _is_cast(tokens: Sequence[Token], i: int) -> bool:
    """Whether the text at `i` is cast to a date or time: 'now'::date, date 'now', cast('now' AS date)."""
    before, after = _text(tokens, i - 1), _text(tokens, i + 1)
    if after == "::" and _type(tokens, i + 2):
        return True
    if after == ")" and before == "(" and _text(tokens, i + 2) == "::" and _type(tokens, i + 3):
        return True
    if before == "(" and after == "as" and _text(tokens, i - 2) == "cast" and _type(tokens, i + 2):
        return True
    if before in _TYPES:
        return True
    return before in {"zone", "time zone", "with time zone", "without time zone"} and bool(_TYPES & _back(tokens, i))


def _type(tokens: Sequence[Token], i: int) -> bool:
    return _text(tokens, i) in _TYPES


def _back(tokens: Sequence[Token], i: int) -> set[str]:
    return {_text(tokens, j) for j in range(i - 4, i)}


def _constant(word: str, moment: datetime) -> str:
    day, clock = f"{moment:%Y-%m-%d}", _clock(moment)
    if word == "current_date":
        return f"DATE '{day}'"
    if word == "current_time":
        return f"TIMETZ '{clock}+00'"
    if word == "localtime":
        return f"TIME '{clock}'"
    if word == "localtimestamp":
        return f"TIMESTAMP '{day} {clock}'"
    if word == "timeofday":
        return f"TEXT '{moment:%a %b %d %H:%M:%S.%f %Y} UTC'"
    return f"TIMESTAMPTZ '{day} {clock}+00'"


def _word(word: str, moment: datetime) -> str:
    if word == "now":
        return f"'{moment:%Y-%m-%d} {_clock(moment)}+00'"
    days = {"yesterday": -1, "today": 0, "tomorrow": 1}[word]
    return f"'{moment + timedelta(days=days):%Y-%m-%d}'"


def _clock(moment: datetime) -> str:
    return f"{moment:%H:%M:%S.%f}" if moment.microsecond else f"{moment:%H:%M:%S}"
