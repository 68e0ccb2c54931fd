"""One question to a run's model, its SQL run on the schema's realistic copy: the model in hand.

Knows how an answer comes about and what it took; shows nothing.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loop.config import read_toml, validate
from loop.export import model_folder
from loop.prompting import make_prompt
from loop.session import Session
from loop.state import champion_before
from loop.store import Store
from schemas.errors import ConfigError
from schemas.records import Question

if TYPE_CHECKING:
    from evaluator.outcome import Failure, Table


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a question."""

    number: int
    """Round whose model answered; 0 is the base model."""
    sql: str
    """Fence and semicolon taken off."""
    truncated: bool
    """Whether the token limit cut it off."""
    table: Table | None
    """The result on instance 1; None where the statement failed."""
    failure: Failure | None
    load_seconds: float
    """Loading the model."""
    write_seconds: float
    """Writing the SQL."""
    run_seconds: float
    """Running it on Postgres."""


def ask(store: Store, schema_name: str, text: str, number: int | None = None, dsn: str | None = None) -> Answer:
    """Ask the champion of a run, or the model of round `number`.

    Raises:
        ConfigError: there is no such run, or the model is gone.
        SchemaError: there is no such schema.
        DatabaseError: Postgres cannot be had.
    """
    from evaluator.copies import build_instances
    from evaluator.execute import Executor
    from evaluator.predict.transformers import TransformersPredictor
    from evaluator.statement import clean
    from schemas.catalog import select_schemas

    path = store.folder / "config.toml"
    if not path.is_file():
        raise ConfigError(f"{store.folder} is no run: see what is there with loop status, or name one with --run")
    config = validate(read_toml(path), str(path))
    schema = select_schemas(schema_name)[0]
    chosen = number if number is not None else champion_before(store, len(list((store.folder / "rounds").glob("*"))))
    began = time.monotonic()
    model = model_folder(store, config, chosen)
    predictor = TransformersPredictor(model, make_prompt(config, model), config.max_new_tokens, 1, config.dtype)
    loaded = time.monotonic()
    question = Question(id="asked", schema_name=schema.name, split="dev", text=text, golds=("SELECT 1",))
    try:
        prediction = predictor.predict(schema, [question])[0]
    finally:
        predictor.close()
    written = time.monotonic()
    session = Session(config, dsn)
    try:
        instance = build_instances(session.server, schema, config.seed, 1)[0]
        with Executor(session.server) as executor:
            ready = time.monotonic()
            outcome = executor.execute(instance, prediction.sql)
            ended = time.monotonic()
    finally:
        session.close()
    return Answer(
        chosen, clean(prediction.sql), prediction.truncated, outcome.table, outcome.failure,
        loaded - began, written - loaded, ended - ready,
    )  # fmt: skip
