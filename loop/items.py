"""Records kept one by one while a stage works, so that a process that is cut off loses little.

They lie under `resume` in the stage's working folder, outside every hash, and go once the stage is done (`loop.store`).
Knows lines in files, not what they mean.
"""

from __future__ import annotations

from pathlib import Path
from typing import Generic, TypeVar

from pydantic import ValidationError

from loop.store import write_records
from schemas.records import Prediction, Record, Verdict

R = TypeVar("R", bound=Record)
Answer = TypeVar("Answer", bound=Prediction | Verdict)


class Lines(Generic[R]):
    """Records that are done, one a line, added as they come; a line that was cut off and any after it are forgotten."""

    def __init__(self, path: Path, kind: type[R]) -> None:
        self.kept: list[R] = []
        """What an earlier try left."""
        path.parent.mkdir(parents=True, exist_ok=True)
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else ():
            try:
                self.kept.append(kind.model_validate_json(line))
            except ValidationError:
                break
        write_records(path, self.kept)
        self._file = path.open("a", encoding="utf-8")

    def add(self, record: R) -> None:
        """Mark one as done."""
        self._file.write(record.model_dump_json() + "\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class Items(Lines[Answer]):
    """Such records by the id of their question."""

    def __init__(self, path: Path, kind: type[Answer]) -> None:
        super().__init__(path, kind)
        self.by_id: dict[str, Answer] = {record.id: record for record in self.kept}

    def add(self, record: Answer) -> None:
        """Mark one as done."""
        self.by_id[record.id] = record
        super().add(record)
