"""Values of a database taken out of texts: what `--redact` leaves of questions, statements and evidence.

Statements keep their shape, questions lose numbers, quoted text, names in capitals and every word of a gold's literals.
A statement that cannot be read is left out whole: where a value ends in it is not known. Errs towards taking out.
"""

from __future__ import annotations

import re

MARK = "▒▒"
"""What stands for a value."""
LEFT_OUT = "(left out: it cannot be read as SQL, so its values cannot be told)"
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|“[^”]*”|‘[^’]*’")
_NUMBER = re.compile(r"\d(?:[\d.,:/-]*\d)?")
_LITERAL = re.compile(r"'((?:[^']|'')*)'")
_WORD = re.compile(r"\w+")


def redact_sql(sql: str) -> str:
    """A statement with its literals masked."""
    from schemas.sql import mask_literals, parse

    if not sql.strip():
        return sql
    return mask_literals(sql).replace("?", MARK) if parse(sql) is not None else LEFT_OUT


def redact_question(text: str, golds: tuple[str, ...] | list[str]) -> str:
    """A question without the values it names."""
    values = {word.lower() for gold in golds for literal in _LITERAL.findall(gold) for word in _WORD.findall(literal)}
    masked = _NUMBER.sub(MARK, _QUOTED.sub(MARK, text))
    first = _WORD.search(masked)

    def replace(found: re.Match[str]) -> str:
        word = found[0]
        begins = first is not None and found.start() == first.start()
        named = word[0].isupper() and not begins and word != "I"
        return MARK if named or word.lower() in values else word

    return _WORD.sub(replace, masked)


def redact_text(text: str) -> str:
    """Evidence without quoted text and numbers."""
    return _NUMBER.sub(MARK, _QUOTED.sub(MARK, text))
