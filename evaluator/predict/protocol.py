"""What every predictor offers: a schema and questions in, answers out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from schemas.catalog import Schema
from schemas.records import Prediction, Question


class Predictor(Protocol):
    """Answers questions about one schema at a time."""

    @property
    def together(self) -> int:
        """Most questions whose answers may depend on being asked in one call; 0 where each answer stands alone."""
        ...

    def predict(
        self, schema: Schema, questions: Sequence[Question], on_done: Callable[[Prediction], None] | None = None
    ) -> list[Prediction]:
        """One prediction a question, in the questions' order; `on_done` is called with each as it is ready."""
        ...

    def close(self) -> None:
        """Give up the model or connection; no call may follow."""
        ...
