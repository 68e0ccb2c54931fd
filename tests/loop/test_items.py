"""Going on by item: the gate's examples, answers and lines, cut off anywhere, end as they would have undisturbed."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.gate import Gate, Sealed
from loop.asking import answered
from loop.items import Lines
from loop.offer import Offer
from loop.progress import Ticker, _OnChange
from loop.session import Session
from schemas.catalog import Schema
from schemas.records import Example, Execution, GateReport, Prediction, Question


class Killed(BaseException):
    """What kill -9 is to a process, as far as its files go."""


def ticker(dies_at: int = -1) -> Ticker:
    class Counting(_OnChange):
        def __call__(self, tick: Ticker) -> None:
            if tick.count == dies_at:
                raise Killed

    return Ticker("x", "", Counting(), lambda: None)


def test_a_line_that_was_cut_off_is_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "resume" / "a.jsonl"
    first = Lines(path, Prediction)
    for name in "abc":
        first.add(Prediction(id=name, sql="SELECT 1"))
    first.close()
    whole = path.read_bytes()
    for end in range(len(whole) + 1):
        path.write_bytes(whole[:end])
        again = Lines(path, Prediction)
        kept = [record.id for record in again.kept]
        again.close()
        assert kept == list("abc")[: len(kept)]
        assert len(kept) in {whole[:end].count(b"\n"), whole[:end].count(b"\n") + 1}
        assert whole.startswith(path.read_bytes())


# ---- examples through the gate


def candidates(stream: str) -> Iterator[Example]:
    """Some doubles, some of one shape, some that do not run: what the gate says depends on what it kept."""
    for number in range(400):
        text = f"question {number // 2 if number % 3 else number} of {'all' if number % 5 else stream}"
        sql = f"SELECT {number % 7} FROM t{number % 4 if number % 11 else ''}"
        yield Example(id=f"{stream}/{number}", schema_name="s", question=text, sql=sql, source="hard")


@dataclass
class Run:
    """A stage of three streams over one gate."""

    path: Path
    executed: list[str] = field(default_factory=list)

    def __call__(self, dies_at: int = -1) -> tuple[list[Example], GateReport]:
        def execute(_: str, sql: str) -> Sequence[Execution]:
            self.executed.append(sql)
            return [Execution(ok="t3" not in sql, rows=1)]

        with Offer(Gate(execute, Sealed()), self.path, ticker(dies_at)) as offer:
            made = [e for name in ("a", "b", "c") for e in offer.admitted(name, candidates(name), 25)]
            return made, offer.report()


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(1, 75), max_size=4))
def test_the_gate_goes_on_where_it_stood(kills: list[int]) -> None:
    with tempfile.TemporaryDirectory() as place:
        undisturbed = Run(Path(place) / "u" / "kept.jsonl")
        wanted = undisturbed()
        assert {"duplicate question", "does not run", "more than 20 of one shape"} <= set(wanted[1].rejected)
        disturbed = Run(Path(place) / "d" / "kept.jsonl")
        for at in kills:
            try:
                disturbed(at)
            except Killed:
                continue
        assert disturbed() == wanted
        again = len(disturbed.executed)
        assert disturbed() == wanted  # all is kept: nothing is executed again
        assert len(disturbed.executed) == again
        assert again <= len(undisturbed.executed) + 40 * len(kills)  # only what followed the last kept example


# ---- answers


@dataclass
class Answering:
    """A predictor that notes what it is asked, and dies after so many answers."""

    together: int
    calls: list[list[str]] = field(default_factory=list)
    dies_after: int = -1

    def predict(
        self, schema: Schema, questions: Sequence[Question], on_done: Callable[[Prediction], None] | None = None
    ) -> list[Prediction]:
        del schema
        names = [question.id for question in questions]
        self.calls.append(names)
        beside = "+".join(names) if self.together else ""
        made = [Prediction(id=name, sql=f"{name} beside {beside}") for name in names]
        for answer in made:
            if self.dies_after == 0:
                raise Killed
            self.dies_after -= 1
            assert on_done is not None
            on_done(answer)
        return made

    def close(self) -> None:
        """Nothing to give up."""


@dataclass
class Answers:
    """What of a session `answered` uses."""

    schemas: tuple[Question, ...]
    answering: Answering

    def predictor(self, *_: object) -> Answering:
        return self.answering


@dataclass(frozen=True)
class Named:
    name: str


QUESTIONS = [
    Question(id=f"{name}/{n}", schema_name=name, split="dev", text="?", golds=("SELECT 1",))
    for n in range(11) for name in ("a", "b")
]  # fmt: skip


def ask(together: int, place: Path, dies_after: int = -1) -> tuple[list[Prediction], list[list[str]]]:
    answering = Answering(together, dies_after=dies_after)
    session = cast(Session, Answers(cast(tuple[Question, ...], (Named("a"), Named("b"))), answering))
    try:
        return answered(session, (place, 1), QUESTIONS, place, ticker()), answering.calls
    except Killed:
        return [], answering.calls


@pytest.mark.parametrize("together", [0, 1, 4, 32])
@pytest.mark.parametrize("dies_after", [0, 1, 7, 11, 12, 21])
def test_answers_are_as_undisturbed_and_few_are_asked_twice(together: int, dies_after: int, tmp_path: Path) -> None:
    wanted, groups = ask(together, tmp_path / "u")
    assert [answer.id for answer in wanted] == [question.id for question in QUESTIONS]
    ask(together, tmp_path / "d", dies_after)
    found, calls = ask(together, tmp_path / "d")
    assert found == wanted
    asked = [name for call in calls for name in call]
    if together:
        assert all(call in groups for call in calls)  # nothing stands beside other neighbours than undisturbed
        assert len(asked) <= len(QUESTIONS) - dies_after + together
    else:
        assert len(asked) == len(QUESTIONS) - dies_after
    assert ask(together, tmp_path / "d") == (wanted, [])
