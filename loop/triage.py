"""What a run's folder says of its own questions: verdicts of all rounds and the diagnoses kept, for `loop triage`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loop.config import read_toml, validate
from loop.state import verdicts_of
from loop.store import Store, read_records
from schemas.catalog import select_schemas
from schemas.records import Diagnosis, Question, Verdict

if TYPE_CHECKING:
    from evaluator.triage import Suspect


def suspects_of(store: Store) -> list[Suspect]:
    """The run's hand-written questions that look at fault."""
    from evaluator.triage import suspects

    config = validate(read_toml(store.folder / "config.toml"), str(store.folder / "config.toml"))
    schemas = {schema.name: schema for schema in select_schemas(config.schemas)}
    rounds: dict[int, list[Verdict]] = {}
    diagnoses: list[Diagnosis] = []
    while store.done(len(rounds), "score") is not None:
        number = len(rounds)
        rounds[number] = verdicts_of(store, number)
        if number and store.done(number, "diagnose") is not None:
            diagnoses += read_records(store.stage_folder(number, "diagnose") / "diagnoses.jsonl", Diagnosis)
    asked: list[Question] = [question for schema in schemas.values() for question in schema.questions]
    latest = {(item.id, item.mode): item for item in diagnoses}
    return suspects(asked, rounds, latest.values(), schemas)
