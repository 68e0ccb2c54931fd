"""Replays answers from a JSON-lines file of {"id", "sql"}, for tests and for models that were run elsewhere.

A line may hold "round": the answers of a round are then those of the largest round up to it, question by question, and
lines without a round where there is none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from schemas.catalog import Schema
from schemas.errors import DataError
from schemas.records import Prediction, Question

_NO_ROUND = -1
_KEYS = frozenset({"id", "sql", "round", "truncated", "tokens"})


class FilePredictor:
    """A predictor that looks its answers up.

    Args:
        path: The file; blank lines are skipped.
        round: Round whose answers to give; None takes the last there are.

    Raises:
        DataError: the file is missing, or a line is malformed or repeats an id; names file and line.
    """

    together = 0
    """Each answer stands alone."""

    def __init__(self, path: Path, round: int | None = None) -> None:  # noqa: A002 - the word of the glossary
        self._path = path
        self._answers: dict[str, tuple[int, Prediction]] = {}
        self._lines: dict[tuple[str, int], int] = {}
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"{path} cannot be read ({error}); give a JSON-lines file of id and sql") from None
        for number, line in enumerate(text.split("\n"), start=1):
            if line.strip():
                self._take(line, number, round)

    def predict(
        self, schema: Schema, questions: Sequence[Question], on_done: Callable[[Prediction], None] | None = None
    ) -> list[Prediction]:
        """The file's answers; a question that is not in the file gets an empty one."""
        del schema  # the answers are there already
        predictions = []
        for question in questions:
            found = self._answers.get(question.id)
            predictions.append(found[1] if found else Prediction(id=question.id, sql=""))
            if on_done:
                on_done(predictions[-1])
        return predictions

    def check_ids(self, known: Iterable[str], prefixes: tuple[str, ...] = ()) -> None:
        """Refuse a file that answers questions nobody asks.

        Args:
            known: the questions there are.
            prefixes: beginnings of ids that are let pass: generated questions come and go.

        Raises:
            DataError: an id is not among `known`; names file, line and id.
        """
        asked = set(known)
        for (name, _), line in sorted(self._lines.items(), key=lambda item: item[1]):
            if name not in asked and not name.startswith(prefixes):
                raise DataError(
                    f"{self._path}:{line}: no question has the id {name!r}; see `loop schemas list` for the schemas "
                    "and their questions.toml for the ids"
                )

    def close(self) -> None:
        """Nothing to give up."""

    def _take(self, line: str, number: int, wanted: int | None) -> None:
        where = f"{self._path}:{number}"
        try:
            entry = json.loads(line)
        except json.JSONDecodeError as error:
            raise DataError(f"{where}: not JSON ({error.msg}); write one object a line: id and sql") from None
        if not isinstance(entry, dict) or not isinstance(entry.get("id"), str) or not isinstance(entry.get("sql"), str):
            raise DataError(f"{where}: needs the texts id and sql; mend the line")
        unknown = sorted(set(entry) - _KEYS)
        if unknown:
            raise DataError(f"{where}: unknown key {unknown[0]!r}; use {', '.join(sorted(_KEYS))}")
        own = entry.get("round", _NO_ROUND)
        tokens, truncated = entry.get("tokens", 0), entry.get("truncated", False)
        if type(own) is not int or type(tokens) is not int or not isinstance(truncated, bool):
            raise DataError(f"{where}: round and tokens must be integers, truncated true or false; mend the line")
        if (entry["id"], own) in self._lines:
            raise DataError(f"{where}: the id {entry['id']!r} was answered in line {self._lines[entry['id'], own]}")
        self._lines[entry["id"], own] = number
        if wanted is not None and own > wanted:
            return
        before = self._answers.get(entry["id"])
        if before is None or own > before[0]:
            prediction = Prediction(id=entry["id"], sql=entry["sql"], truncated=truncated, tokens=tokens)
            self._answers[entry["id"]] = (own, prediction)
