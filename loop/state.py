"""What a stage may ask about its round: who the champion is, which questions are asked, what earlier stages left.

Knows where things lie; decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from generators.gate import Gate
from generators.view import View
from generators.wikisql_tables import PREFIX, schema_of
from loop.config import Config
from loop.samples import asked
from loop.session import Session
from loop.store import Store, read_records
from schemas.catalog import Schema
from schemas.records import Decision, Example, Question, Record, Split, Verdict

R = TypeVar("R", bound=Record)

PROBE_ROUNDS = 3
"""Rounds in which a probe measures; then it retires (design: "Four splits, never mixed")."""


@dataclass(frozen=True)
class Round:
    """One round of one run."""

    session: Session
    store: Store
    number: int

    @property
    def config(self) -> Config:
        """The run's configuration."""
        return self.session.config

    @property
    def champion(self) -> int:
        """Number of the round whose candidate was the champion when this round began."""
        return champion_before(self.store, self.number)

    @property
    def champion_model(self) -> Path:
        """Folder of that model."""
        return self.model_of(self.champion)

    @property
    def start_model(self) -> Path:
        """Folder of the model that training begins with."""
        return self.champion_model if self.config.restart == "champion" else self.session.base_model

    @property
    def start_name(self) -> str:
        """The same in words."""
        return f"round {self.champion if self.config.restart == 'champion' else 0}"

    @property
    def candidate_model(self) -> Path:
        """Folder of this round's model; the base model in round 0."""
        return self.model_of(self.number)

    def model_of(self, number: int) -> Path:
        """Folder of the model a round ended with."""
        return self.store.stage_folder(number, "train") / "checkpoint" if number else self.session.base_model

    @property
    def curriculum_count(self) -> int:
        """Curriculum examples to make in this round."""
        return self.config.first_examples if self.number == 1 else self.config.curriculum_examples

    @property
    def curriculum_stage(self) -> int:
        """The stage whose mixture the curriculum follows: it advances with the rounds, up to the last."""
        return min(len(self.config.curriculum), self.number)

    @property
    def mixture(self) -> dict[int, float]:
        """Pattern stage -> its share of this round's curriculum."""
        return dict(enumerate(self.config.curriculum[self.curriculum_stage - 1], start=1))

    @property
    def views(self) -> dict[str, View]:
        """Schema name -> view, of the schemas that are trained on."""
        return {name: view for name, view in self.session.views.items() if name not in self.config.held}

    def read(self, number: int, stage: str, name: str, kind: type[R]) -> list[R]:
        """Records that a finished stage left."""
        return read_records(self.store.stage_folder(number, stage) / name, kind)

    def asked(self, split: Split) -> tuple[Question, ...]:
        """The questions of a split that this run asks; all of train and test."""
        limits = {"dev": self.config.dev_questions, "select": self.config.select_questions}
        return asked(self.session.schemas, split, limits.get(split, 0), self.config.seed)

    def probes(self) -> list[Question]:
        """The generated questions that measure in this round: those made in it and in the two before."""
        first = max(self.number - PROBE_ROUNDS + 1, 0)
        return [item for made in range(first, self.number + 1) for item in self.probes_of(made)]

    def all_probes(self) -> list[Question]:
        """The probes of all rounds so far: one that has retired is not trained on either."""
        return [item for made in range(self.number + 1) for item in self.probes_of(made)]

    def probes_of(self, number: int) -> list[Question]:
        """The probes that a round made; none in rounds of versions that made them once."""
        done = self.store.done(number, "probe") is not None
        return self.read(number, "probe", "questions.jsonl", Question) if done else []

    def mined(self) -> tuple[Question, ...]:
        """The questions whose wrong answers this round diagnoses: dev's of the schemas trained on, and the probes."""
        dev = (question for question in self.asked("dev") if question.schema_name not in self.config.held)
        return (*dev, *self.probes())

    @property
    def wikisql_count(self) -> int:
        """Variations of WikiSQL to make in this round: single tables are for the beginning."""
        return self.config.wikisql_examples if self.number == 1 else 0

    @property
    def generated_count(self) -> int:
        """Examples to make in this round, of all kinds."""
        config = self.config
        return config.hard_examples + self.curriculum_count + config.natural_variants + self.wikisql_count

    def schemas_of(self, names: Iterable[str]) -> dict[str, Schema]:
        """Schemas of the run by name, and the tables of WikiSQL that examples of this round or earlier are about."""
        from loop.wikisql import table_texts

        names = set(names)
        small = {name for name in names if name.startswith(PREFIX)}
        texts = table_texts(self.store, self.number) if small else {}
        return {name: schema_of(name, texts[name]) if name in small else self.session.schema(name) for name in names}

    @property
    def measures_test(self) -> bool:
        """Whether this round asks test of its candidate; else the champion at a command's end is asked."""
        return self.number == 0 or self.config.test_always

    def measured(self) -> list[Question]:
        """Every question this round asks its candidate."""
        test = self.asked("test") if self.measures_test else ()
        return [*self.asked("dev"), *self.asked("select"), *test, *self.probes()]

    def gate(self, remembered: Iterable[Example] = (), probes: Iterable[Question] = (), *, checks: bool = True) -> Gate:
        """A gate that knows the run's sealed questions, its probes, and examples of earlier rounds.

        Args:
            remembered: examples whose questions must not come again.
            probes: questions never to be trained on.
            checks: whether it asks about chance and mutants.
        """
        s = self.session
        gate = Gate(s.execute, s.sealed, s if checks else None, s.tables)
        gate.remember(remembered)
        gate.forbid(probes)
        return gate

    def earlier_examples(self) -> list[Example]:
        """Generated examples of all earlier rounds, promoted or held."""
        rounds = range(1, self.number)
        return [item for number in rounds for item in self.read(number, "generate", "examples.jsonl", Example)]


class Rollback(Record):
    """A champion put back by hand, a line of rollbacks.jsonl."""

    after: int
    """Last complete round when it was done."""
    champion: int
    """Round whose model is the champion from then on; 0 for the base model."""
    at: str
    """When (UTC, ISO 8601)."""


def rollbacks(store: Store) -> list[Rollback]:
    """The run's rollbacks, oldest first."""
    path = store.folder / "rollbacks.jsonl"
    return read_records(path, Rollback) if path.is_file() else []


def verdicts_of(store: Store, number: int) -> list[Verdict]:
    """All verdicts on a round's model: those of its score, and those of test where it was asked later."""
    return _with_test(store, number, "score", "verdicts.jsonl", Verdict)


def questions_of(store: Store, number: int) -> list[Question]:
    """The questions that those verdicts are about."""
    return _with_test(store, number, "predict", "questions.jsonl", Question)


def _with_test(store: Store, number: int, stage: str, name: str, kind: type[R]) -> list[R]:
    """A stage's records, and those of the same name that the stage `test` left, where it ran."""
    stages = [stage] if store.done(number, "test") is None else [stage, "test"]
    return [record for each in stages for record in read_records(store.stage_folder(number, each) / name, kind)]


def decision_of(store: Store, number: int) -> Decision | None:
    """What a round decided; None where it has not."""
    if number == 0 or store.done(number, "decide") is None:
        return None
    return read_records(store.stage_folder(number, "decide") / "decision.jsonl", Decision)[0]


def champion_before(store: Store, number: int) -> int:
    """Round of the champion at the start of round `number`.

    The last promoted one, or the one that was put back after it; else the base model's, 0.
    """
    put_back = {item.after: item.champion for item in rollbacks(store)}
    for earlier in range(number - 1, -1, -1):
        if earlier in put_back:
            return put_back[earlier]
        decision = decision_of(store, earlier)
        if decision is not None and decision.promoted:
            return earlier
    return 0
