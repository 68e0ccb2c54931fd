"""Looks at an answer's text before it is run: takes off what stands around it and says why it is no single read.

A first sieve only, so that the message is clear: Postgres, with a role that may do nothing but read, has the last
word. Knows no tables and no types.
"""

from __future__ import annotations

import re

from evaluator.clock import Token, lex

_FENCE = re.compile(
    r"\A```(?:[ \t]*\w*[ \t]*\n|[ \t]*(?:sql|postgres|postgresql|pgsql)\b)?(.*?)(?:```)?\s*\Z",
    re.DOTALL | re.IGNORECASE,
)
_READS = frozenset({"select", "with", "values", "table", "("})
_WRITES = frozenset({"insert", "update", "delete", "merge"})
_FIRST = re.compile(r"(select|with)\b", re.IGNORECASE)
_SUSPECT = re.compile(r";|\b(into|insert|update|delete|merge)\b", re.IGNORECASE)
"""Without one of these a text that begins like a read needs no closer look."""
_VOLATILE = frozenset(
    {
        "random",
        "random_normal",
        "gen_random_uuid",
        "uuidv4",
        "uuidv7",
        "uuid_generate_v1",
        "uuid_generate_v4",
        "nextval",
        "setseed",
        "tablesample",
        "pg_backend_pid",
        "txid_current",
        "pg_current_xact_id",
    }
)


def clean(text: str) -> str:
    """The statement without a Markdown fence, trailing semicolons or blanks around it."""
    sql = text.strip()
    fenced = _FENCE.match(sql)
    if fenced:
        sql = fenced.group(1).strip()
    return sql.rstrip("; \t\r\n")


def why_not_a_read(sql: str) -> str:
    """Why the cleaned text is not one statement that reads ("several statements"); empty if it looks like one."""
    if not sql:
        return "the answer is empty"
    if "\0" in sql:
        return "the answer holds a zero byte"
    if _FIRST.match(sql) and not _SUSPECT.search(sql):
        return ""
    tokens = lex(sql)
    if tokens is None:  # an open quote or the like: Postgres names it better
        word = re.match(r"\s*(\w+|\()", sql)
        return "" if word and word.group(1).lower() in _READS else "the answer is not a SELECT"
    words = [token.text.lower() for token in tokens]
    if not words or words[0] not in _READS:
        return "the answer is not a SELECT"
    if any(_is_plain(sql, token, ";") for token in tokens):
        return "the answer holds several statements"
    for i in range(len(words) - 2):
        is_write = words[i] == "(" and words[i + 1] in _WRITES and words[i + 2] not in {")", ",", "."}
        if is_write and _is_plain(sql, tokens[i + 1], words[i + 1]):
            return f"the answer changes data ({words[i + 1].upper()})"
    if any(_is_plain(sql, token, "into") for token in tokens):
        return "the answer writes to a table (INTO)"
    return ""


def volatile_name(sql: str) -> str:
    """First thing in the text that gives another answer each time ("random"); empty if there is none."""
    lowered = sql.lower()
    if not any(name in lowered for name in _VOLATILE):
        return ""
    tokens = lex(sql) or ()
    for i, token in enumerate(tokens):
        name = token.text.lower()
        followed = i + 1 < len(tokens) and tokens[i + 1].text == "("
        if name in _VOLATILE and (followed or name == "tablesample") and not sql.startswith("'", token.start):
            return name
    return ""


def _is_plain(sql: str, token: Token, word: str) -> bool:
    """Whether the token is that bare word: not text in quotes, not a quoted name."""
    return sql[token.start : token.end + 1].lower() == word
