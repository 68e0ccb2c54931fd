"""What the stages of a run share: the schemas, Postgres with its instances, views, predictors.

Everything is opened when first asked for, so that a stage that needs no server starts none. Knows how the parts are
made, not in which order a round uses them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from loop.config import Config
from loop.runlog import logger
from schemas.catalog import Schema, select_schemas
from schemas.ddl import Table
from schemas.errors import ConfigError
from schemas.home import home
from schemas.records import Execution, Question, TrainingSet, TrainReport

if TYPE_CHECKING:
    from evaluator.copies import Instance
    from evaluator.execute import Executor
    from evaluator.golds import GoldCache
    from evaluator.labels import Labels
    from evaluator.predict.protocol import Predictor
    from evaluator.predict.server import ServerPredictor
    from evaluator.server import Server
    from generators.gate import Sealed
    from generators.view import View
    from loop.tracking import Tracking
    from schemas.prompt import Prompt


@dataclass(eq=False)
class Session:
    """The resources of one run."""

    config: Config
    dsn: str | None
    """The user's own Postgres, or None for the embedded one."""
    further: tuple[str, ...] = ()
    """More servers of the user's, over which statements are spread."""
    tracking: Tracking | None = None
    """Where the run's figures are shown besides, if anywhere."""
    trainer: Callable[..., TrainReport] | None = None
    """Trains in place of `trainer.fit.fit`, whose arguments it takes, in this process; that one if None."""
    arrange: Callable[[TrainingSet], TrainingSet] | None = None
    """What a round's training set goes through last, if anything."""
    plain: bool = False
    """Whether generated questions stay as the patterns make them, without paraphrase."""
    small: dict[str, tuple[Instance, ...]] = field(default_factory=dict, repr=False)
    """Schema name of a table that belongs to no schema of the run (WikiSQL's) -> where it lies."""

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
    def servers(self) -> tuple[Server, ...]:
        """All servers that statements run on."""
        from evaluator.server import open_server
        from evaluator.spread import check_versions

        opened = [self.server]
        try:
            opened += [open_server(dsn, home() / "postgres") for dsn in self.further]
            check_versions(opened)
        except BaseException:
            for server in opened[1:]:
                server.close()
            raise
        return tuple(opened)

    @cached_property
    def instances(self) -> dict[str, tuple[Instance, ...]]:
        """Schema name -> its filled copies, the same on every server."""
        from evaluator.spread import build_everywhere

        return build_everywhere(self.servers, self.schemas, self.config.seed, self.config.instances)

    @cached_property
    def executor(self) -> Executor:
        """Runs untrusted statements on the instances."""
        from evaluator.execute import Executor
        from evaluator.spread import Spread

        return Spread(self.servers, on_lost=logger().warning) if self.further else Executor(self.server)

    @cached_property
    def near(self) -> Executor:
        """Runs statements on the first server only, which holds what the others do not: shuffled copies, WikiSQL."""
        from evaluator.execute import Executor

        return Executor(self.server) if self.further else self.executor

    @cached_property
    def golds(self) -> GoldCache:
        """Results of the golds, each had once a run."""
        from evaluator.golds import GoldCache

        return GoldCache(self.executor)

    @cached_property
    def views(self) -> dict[str, View]:
        """Schema name -> what the generators know of it."""
        return {schema.name: self.view(schema.name) for schema in self.schemas}

    @cache  # noqa: B019  (a session lives as long as its run)
    def view(self, name: str) -> View:
        """What the generators know of one schema."""
        from generators.view import View

        return View.of(self.schema(name), self.config.seed, plain=self.plain)

    @cached_property
    def sealed(self) -> Sealed:
        """What training must not see of the run's schemas."""
        from generators.gate import Sealed

        return Sealed.of([question for schema in self.schemas for question in schema.questions])

    @cached_property
    def labels(self) -> Labels:
        """Runs the labels of training pairs on every instance; a shuffled copy is built when first asked for."""
        from evaluator.copies import build_shuffled
        from evaluator.labels import Labels

        @cache
        def shuffled(name: str) -> Instance:
            return build_shuffled(self.server, self.schema(name), self.config.seed)

        return Labels(self.near, self.instances, shuffled)

    def execute(self, schema_name: str, sql: str) -> Sequence[Execution]:
        """How a statement ends on every instance of a schema: what the generators' gate asks."""
        small = self.small.get(schema_name)
        if small is not None:
            from evaluator.execute import execute_on_all
            from evaluator.labels import summary

            return [summary(item) for item in execute_on_all(self.near, small, sql)]
        return self.labels.execute(schema_name, sql)

    def steady(self, schema_name: str, sql: str) -> bool:
        """Whether a statement has one answer whatever the order of rows: what the generators' gate asks."""
        return self.labels.steady(schema_name, sql)

    def differs(self, schema_name: str, sql: str, other: str) -> bool:
        """Whether another statement has another answer on some instance: what the generators' gate asks."""
        return self.labels.differs(schema_name, sql, other)

    def confused(self, schema_name: str, sql: str, other: str) -> tuple[str, ...]:
        """The failure modes of answering one statement by another, from their texts alone."""
        from evaluator.pairs import Pair, diagnose_texts

        found = diagnose_texts(Pair(id="", gold=sql, predicted=other), self.tables[schema_name])
        return tuple(sorted({item.mode for item in found}))

    @property
    def tables(self) -> dict[str, tuple[Table, ...]]:
        """Schema name -> its tables."""
        return {schema.name: schema.tables for schema in self.schemas}

    def _check_data(self) -> None:
        """Whether schemas are left to train on, and the user's own pairs can be read."""
        names = [schema.name for schema in self.schemas]
        for name in self.config.held:
            if name not in names:
                raise ConfigError(
                    f"hold_out names {name!r}, which is no schema of this run: choose from {', '.join(names)}"
                )
        left = [name for name in names if name not in self.config.held]
        if not left:
            raise ConfigError("hold_out leaves no schema to train on: hold fewer out, or give --schemas more")
        if self.config.train_data:
            from loop.own_pairs import read_own

            read_own(Path(self.config.train_data), left)

    def check(self) -> None:
        """Get everything that a user can have named wrongly, before anything is written.

        Raises:
            ConfigError: there is no such predictor or file of accelerate's, or hold_out names no schema or all.
            UsageError: model, Postgres or the server of a served model cannot be had.
            DataError: the file of answers or of own pairs is missing or malformed.
        """
        self._check_data()
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
        elif self.config.predictor == "vllm":
            from loop.serving import check_vllm

            check_vllm(self.config.vllm_python)
        elif self.config.predictor != "transformers":
            raise ConfigError(
                f"unknown predictor {self.config.predictor!r}: use auto, transformers, vllm, server:URL for a model "
                "that is served, or file:PATH for a file of answers"
            )
        if self.config.wikisql and self.config.wikisql_examples and not Path(self.config.wikisql).exists():
            raise ConfigError(
                f"wikisql: there is no {self.config.wikisql}: give the folder or the archive of the WikiSQL release"
            )
        _ = self.base_model, self.servers
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
        from loop.serving import local_predictor

        return local_predictor(self.config, checkpoint, self.prompt)

    def _served(self, address: str) -> ServerPredictor:
        from evaluator.predict.server import Endpoint, ServerPredictor

        tokens, width = self.config.max_new_tokens, self.config.predict_batch
        return ServerPredictor(Endpoint.parse(address), self.prompt, max_new_tokens=tokens, concurrency=width)

    def like(self, config: Config) -> Session:
        """A session under another configuration of the same model, schemas, seed and instances, sharing what is open.

        The one that opened closes.
        """
        other = Session(config, self.dsn, self.further)
        shared = (
            "schemas", "base_model", "server", "servers", "instances", "executor", "near", "golds", "views", "sealed",
        )  # fmt: skip
        vars(other).update({name: getattr(self, name) for name in shared})
        return other

    def close(self) -> None:
        """Give connections and the server back."""
        if self.tracking is not None:
            self.tracking.close()
        opened = vars(self)
        for executor in {id(opened[name]): opened[name] for name in ("executor", "near") if name in opened}.values():
            executor.close()
        for server in self.servers if "servers" in opened else [self.server] if "server" in opened else ():
            server.close()
