"""A user's own training pairs: read from JSON lines, checked line by line, run before they are trained on.

A line holds schema, question, sql and, where it counts more or less than an ordinary pair, weight. Knows the file and
what makes a label sound; how pairs are mixed is `generators.mix`'s business.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from pathlib import Path

from pydantic import Field, ValidationError

from generators.gate import Sealed
from schemas.errors import DataError
from schemas.records import Example, Execution, Record
from schemas.sql import concepts, curriculum_stage, normalize_whitespace, parse

Execute = Callable[[str, str], Sequence[Execution]]


class OwnPair(Record):
    """One line of such a file."""

    schema_name: str = Field(alias="schema")
    question: str = Field(min_length=1)
    sql: str = Field(min_length=1)
    weight: float = Field(default=1.0, gt=0)
    """In the loss; 1.0 is an ordinary pair's."""


def read_own(path: Path, schema_names: Sequence[str]) -> list[Example]:
    """The pairs of a file as examples, not yet run.

    Args:
        path: JSON lines.
        schema_names: the schemas that are trained on.

    Raises:
        DataError: the file cannot be read, a line is malformed, names another schema, or its SQL cannot be parsed;
            says file and line.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read ({error}): give --train-data a file of JSON lines") from None
    found = [_example(path, number, line, schema_names) for number, line in enumerate(lines, start=1) if line.strip()]
    if not found:
        raise DataError(f"{path} holds no pair: write one object a line, or leave --train-data out")
    return found


def _example(path: Path, number: int, line: str, schema_names: Sequence[str]) -> Example:
    where = f"{path}:{number}"
    try:
        pair = OwnPair.model_validate(json.loads(line))
    except json.JSONDecodeError as error:
        raise DataError(f"{where}: this is no JSON ({error.msg}); write one object a line") from None
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"])) or "the line"
        raise DataError(f"{where}: {key}: {first['msg']}; a line needs schema, question and sql") from None
    if pair.schema_name not in schema_names:
        near = get_close_matches(pair.schema_name, schema_names, n=1)
        hint = f"did you mean {near[0]}?" if near else f"this run trains on {', '.join(schema_names)}"
        raise DataError(f"{where}: no schema {pair.schema_name!r} is trained on here: {hint}")
    if parse(pair.sql) is None:
        raise DataError(f"{where}: the SQL cannot be parsed as one Postgres statement; mend it: {pair.sql}")
    sql = normalize_whitespace(pair.sql.strip().rstrip(";"))
    names = concepts(sql)
    return Example(
        id=f"own:{number}",
        schema_name=pair.schema_name,
        question=pair.question,
        sql=sql,
        source="own",
        concepts=tuple(sorted(names)),
        stage=curriculum_stage(names),
        weight=pair.weight,
        pattern="own",
        reason=f"line {number} of {path.name}",
    )


def run_own(path: Path, examples: Sequence[Example], execute: Execute, sealed: Sealed) -> tuple[list[Example], int]:
    """Those that may be trained on, and how many were left out since they leak a question of dev, select or test.

    Raises:
        DataError: a statement does not run on some instance; says file and line.
    """
    kept = []
    for example in examples:
        bad = next((item for item in execute(example.schema_name, example.sql) if not item.ok), None)
        if bad is not None:
            line = example.id.partition(":")[2]
            raise DataError(
                f"{path}:{line}: the SQL does not run on {example.schema_name} ({bad.message}); mend or drop the line"
            )
        if not sealed.leak(example.question, example.sql, example.stage):
            kept.append(example)
    return kept, len(examples) - len(kept)


def digest_of(path: str) -> str:
    """Hash of the file's content (hex, 16 characters); empty where there is none."""
    file = Path(path)
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16] if path and file.is_file() else ""
