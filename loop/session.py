"""What the stages of a run share: the schemas, Postgres with its instances, views, predictors.

Everything is opened when first asked for, so that a stage that needs no server starts none. Knows how the parts are
made, not in which order a round uses them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from loop.config import Config
from schemas.catalog import Schema, select_schemas
from schemas.errors import ConfigError
from schemas.home import home
from schemas.records import Execution, Question

if TYPE_CHECKING:
    from evaluator.copies import Instance
    from evaluator.execute import Executor, Outcome
    from evaluator.golds import GoldCache
    from evaluator.predict.protocol import Predictor
    from evaluator.predict.server import ServerPredictor
    from evaluator.server import Server
    from generators.view import View
    from schemas.prompt import Prompt


@dataclass
class Session:
    """The resources of one run."""

    config: Config
    dsn: str | None
    """The user's own Postgres, or None for the embedded one."""

    @cached_property
    def schemas(self) -> tuple[Schema, ...]:
        """The schemas of the run."""
        return select_schemas(self.config.schemas)

    def schema(self, name: str) -> Schema:
        """One of them by name."""
        return next(schema for schema in self.schemas if schema.name == name)

    @cached_property
    def base_model(self) -> Path:
        """Folder of the base model."""
        from trainer.base import default_model, resolve_model

        name = default_model() if self.config.model == "auto" else self.config.model
        return resolve_model(name, home() / "models")

    @cached_property
    def prompt(self) -> Prompt:
        """How schema and question are written."""
        from loop.prompting import make_prompt

        return make_prompt(self.config, self.base_model)

    @cached_property
    def server(self) -> Server:
        """Postgres: the user's or the embedded one."""
        from evaluator.server import open_server

        return open_server(self.dsn, home() / "postgres")

    @cached_property
    def instances(self) -> dict[str, tuple[Instance, ...]]:
        """Schema name -> its filled copies."""
        from evaluator.copies import build_all

        return build_all(self.server, self.schemas, self.config.seed, self.config.instances)

    @cached_property
    def executor(self) -> Executor:
        """Runs untrusted statements on the instances."""
        from evaluator.execute import Executor

        return Executor(self.server)

    @cached_property
    def golds(self) -> GoldCache:
        """Results of the golds, each had once a run."""
        from evaluator.golds import GoldCache

        return GoldCache(self.executor)

    @cached_property
    def views(self) -> dict[str, View]:
        """Schema name -> what the generators know of it."""
        from generators.view import View

        return {schema.name: View.of(schema, self.config.seed) for schema in self.schemas}

    def execute(self, schema_name: str, sql: str) -> Sequence[Execution]:
        """How a statement ends on every instance of a schema: what the generators' gate asks."""
        from evaluator.execute import execute_on_all

        return [_summary(item) for item in execute_on_all(self.executor, self.instances[schema_name], sql)]

    def check(self) -> None:
        """Get everything that a user can have named wrongly, before anything is written.

        Raises:
            ConfigError: there is no such predictor, or no such file of accelerate's.
            UsageError: model, Postgres or the server of a served model cannot be had.
            DataError: the file of answers is missing or malformed.
        """
        if self.config.accelerate and not Path(self.config.accelerate).is_file():
            raise ConfigError(
                f"{self.config.accelerate} is no file: give accelerate's configuration, such as "
                "ops/accelerate/fsdp2-one-node.yaml, or one that `accelerate config` wrote"
            )
        kind, _, path = self.config.predictor.partition(":")
        if kind == "file":
            from evaluator.predict.file import FilePredictor

            FilePredictor(Path(path))
        elif kind == "server":
            self._served(path).close()
        elif self.config.predictor != "transformers":
            raise ConfigError(
                f"unknown predictor {self.config.predictor!r}: use transformers, server:URL for a model that is "
                "served, or file:PATH for a file of answers"
            )
        _ = self.base_model, self.server
        for schema in self.schemas:
            self.prompt(schema, "")

    def predictor(self, checkpoint: Path, number: int, questions: Sequence[Question]) -> Predictor:
        """Whoever answers in round `number`: the checkpoint, or a file of answers."""
        kind, _, path = self.config.predictor.partition(":")
        if kind == "file":
            from evaluator.predict.file import FilePredictor

            answers = FilePredictor(Path(path), round=number)
            written = [question.id for schema in self.schemas for question in schema.questions]
            probes = tuple(f"{schema.name}/probe-" for schema in self.schemas)
            answers.check_ids([*written, *(question.id for question in questions)], probes)
            return answers
        if kind == "server":
            return self._served(path)
        from evaluator.predict.transformers import TransformersPredictor

        return TransformersPredictor(
            checkpoint,
            self.prompt,
            max_new_tokens=self.config.max_new_tokens,
            batch_size=self.config.predict_batch,
            dtype=self.config.dtype,
        )

    def _served(self, address: str) -> ServerPredictor:
        from evaluator.predict.server import Endpoint, ServerPredictor

        tokens, width = self.config.max_new_tokens, self.config.predict_batch
        return ServerPredictor(Endpoint.parse(address), self.prompt, max_new_tokens=tokens, concurrency=width)

    def close(self) -> None:
        """Give connections and the server back."""
        opened = vars(self)
        if "executor" in opened:
            self.executor.close()
        if "server" in opened:
            self.server.close()


def _summary(outcome: Outcome) -> Execution:
    if outcome.failure is not None:
        return Execution(ok=False, sqlstate=outcome.failure.sqlstate, message=outcome.failure.message)
    rows = outcome.table.rows if outcome.table is not None else ()
    trivial = not any(cell not in (None, 0, "", False) for row in rows for cell in row)
    return Execution(ok=True, rows=len(rows), trivial=trivial)
