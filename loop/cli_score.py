"""The command `loop score`: answers to a question file, judged on the user's own databases.

Reads, shows and writes; the judging is `evaluator.score`. Heavy imports stay inside the command.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from schemas.errors import DatabaseError, DataError, GapsError, UsageError

if TYPE_CHECKING:
    from evaluator.sql_eval import ForeignQuestion
    from schemas.records import Question, Verdict


def score(
    questions: Annotated[Path, typer.Argument(metavar="QUESTIONS.csv", help="Questions in sql-eval's format.")],
    predictions: Annotated[Path, typer.Argument(metavar="PREDICTIONS.jsonl", help='Lines of {"id": 0, "sql": "..."}.')],
    postgres: Annotated[str, typer.Option(metavar="DSN", help="Where the databases are; {db_name} stands for each.")],
    out: Annotated[Path, typer.Option(metavar="VERDICTS.jsonl", help="Where the verdicts go.")],
    as_of: Annotated[str | None, typer.Option(metavar="T", help="Today, such as 2025-03-14; else this moment.")] = None,
    seconds: Annotated[float, typer.Option(help="Time limit of a statement.")] = 10.0,
) -> None:
    """Judge answers to a file of questions on your own databases, as they stand.

    The last line printed is a JSON summary, overall and by category. Leaves with 3 if a gold does not run.

    Example: loop score questions.csv answers.jsonl --postgres 'postgresql://localhost/{db_name}' --out verdicts.jsonl
    """
    from evaluator.execute import Limits
    from evaluator.foreign import ForeignExecutor, ForeignServer, foreign_instance
    from evaluator.score import score as judge
    from evaluator.sql_eval import read_predictions, read_questions

    today = moment(as_of)
    asked = read_questions(questions)
    answers = read_predictions(predictions, asked)
    if not out.absolute().parent.is_dir():
        raise UsageError(f"the folder of {out} does not exist: make it, or give another --out")
    server = ForeignServer(postgres)
    databases = dict.fromkeys(item.question.schema_name for item in asked)
    for name in databases:
        server.check(name)
    defects: list[str] = []

    def on_defect(question: Question, error: DataError) -> None:
        defects.append(f"{questions}:{lines[question.id]}: {error}".replace("; mend it in questions.toml", ""))

    lines = {item.question.id: item.line for item in asked}
    by_id: dict[str, Verdict] = {}

    def on_done(verdict: Verdict) -> None:
        by_id[verdict.id] = verdict

    with ForeignExecutor(server, Limits(seconds=seconds)) as executor:
        instances = {name: [foreign_instance(name, today)] for name in databases}
        questions_asked = [item.question for item in asked]
        try:
            judge(executor, instances, questions_asked, answers, on_done=on_done, on_defect=on_defect)
        except DatabaseError as error:
            _write(out, asked, by_id)
            raise DatabaseError(f"{error}; the {len(by_id)} verdicts reached are in {out}") from None
    _write(out, asked, by_id)
    print(json.dumps(_summary(asked, by_id)))
    if defects:
        sys.stdout.flush()
        for defect in sorted(defects):
            Console(stderr=True).print(defect, markup=False, highlight=False, soft_wrap=True)
        raise GapsError(f"{len(defects)} of {len(asked)} questions got no verdict, for the reasons above")


def moment(as_of: str | None) -> datetime:
    """The moment that --as-of names, UTC where it names no zone; now if it is not given."""
    if as_of is None:
        return datetime.now(UTC)
    try:
        given = datetime.fromisoformat(as_of)
    except ValueError:
        raise UsageError(f"--as-of {as_of!r} is no moment: write 2025-03-14 or 2025-03-14T09:30:00Z") from None
    return given.replace(tzinfo=UTC) if given.tzinfo is None else given


def _failure(verdict: Verdict) -> str | None:
    """The first failure mode, None if exact."""
    return None if verdict.exact else verdict.failure or "wrong_result"


def _write(path: Path, asked: Sequence[ForeignQuestion], verdicts: dict[str, Verdict]) -> None:
    """One line a judged question, in the file's order; written whole or not at all."""
    from loop.store import write_atomic

    rows = []
    for item in asked:
        verdict = verdicts.get(item.question.id)
        if verdict is not None:
            row = {"id": item.key, "exact": verdict.exact, "correct": verdict.correct, "failure": _failure(verdict)}
            rows.append(json.dumps(row) + "\n")
    write_atomic(path, "".join(rows))


def _summary(asked: Sequence[ForeignQuestion], verdicts: dict[str, Verdict]) -> dict[str, Any]:
    """Counts overall and by category."""
    groups: defaultdict[str, list[Verdict]] = defaultdict(list)
    for item in asked:
        if item.question.id in verdicts:
            groups[item.category].append(verdicts[item.question.id])
    everything = [verdict for group in groups.values() for verdict in group]
    return {**_counts(everything), "by_category": {name: _counts(groups[name]) for name in sorted(groups)}}


def _counts(verdicts: Sequence[Verdict]) -> dict[str, int]:
    return {
        "total": len(verdicts),
        "exact": sum(verdict.exact for verdict in verdicts),
        "correct": sum(verdict.correct for verdict in verdicts),
    }
