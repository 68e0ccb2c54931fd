"""Probes: a third is new each round, three rounds ask them, the champion answers each once, none is trained on."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop import asking
from loop.probing import champions_verdicts, in_turn
from loop.progress import Ticker, _OnChange
from loop.samples import probe_share
from loop.session import Session
from loop.state import PROBE_ROUNDS, Round
from loop.store import Done, Store, write_records
from schemas.records import Decision, Question, Verdict


@given(st.integers(0, 200), st.integers(0, 50))
def test_three_rounds_in_a_row_make_them_all(total: int, number: int) -> None:
    made = [probe_share(total, number + later, PROBE_ROUNDS) for later in range(PROBE_ROUNDS)]
    assert sum(made) == total
    assert max(made) - min(made) <= 1


@given(st.integers(1, 30), st.integers(0, 20))
def test_three_rounds_in_a_row_look_at_every_schema(schemas: int, number: int) -> None:
    names = list(range(schemas))
    turns = [in_turn(names, number + later) for later in range(PROBE_ROUNDS)]
    assert sorted({name for turn in turns for name in turn}) == names
    assert all(turns)
    if schemas >= 6:
        assert sum(map(len, turns)) == schemas


def probe(made_in: int, place: int) -> Question:
    return Question(id=f"s/probe-{made_in:03d}-{place}", schema_name="s", split="probe", text="?", golds=("SELECT 1",))


def verdict(question: Question, by: int) -> Verdict:
    return Verdict(
        id=question.id, schema_name="s", split="probe", exact=False, correct=False, sql=f"by {by}", gold="SELECT 1"
    )


def finish(store: Store, number: int, stage: str) -> None:
    done = Done(stage=stage, inputs="x", outputs={}, seed=1, seconds=1.0, versions={})
    (store.stage_folder(number, stage) / "done.json").write_text(done.model_dump_json())


class Asked:
    """Stands in for asking and judging: notes who was asked what."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.log: list[tuple[int, list[str]]] = []
        self._by = 0
        monkeypatch.setattr(asking, "answered", self._answered)
        monkeypatch.setattr(asking, "judged", self._judged)

    def _answered(self, _: object, model: tuple[Path, int], asked: list[Question], *__: object) -> list[object]:
        self._by = model[1]
        self.log.append((self._by, [question.id for question in asked]))
        return []

    def _judged(self, _: object, asked: list[Question], *__: object) -> list[Verdict]:
        return [verdict(question, self._by) for question in asked]


def play(folder: Path, promoted: list[bool], monkeypatch: pytest.MonkeyPatch) -> tuple[Asked, Store]:
    """Rounds with two probes each; which candidates were promoted is given."""
    store, asked = Store(folder), Asked(monkeypatch)

    class Bare:
        base_model = folder

    for number in range(len(promoted) + 1):
        r = Round(cast(Session, Bare()), store, number)
        made = [probe(number, place) for place in range(2)]
        for stage in ("probe", "score", "decide"):
            store.stage_folder(number, stage).mkdir(parents=True)
        if number:
            tick = Ticker("probe", "", _OnChange(), lambda: None)
            found = champions_verdicts(r, made, folder, tick)
            assert {item.sql for item in found} == {f"by {r.champion}"}
            write_records(store.stage_folder(number, "probe") / "verdicts.jsonl", found)
        write_records(store.stage_folder(number, "probe") / "questions.jsonl", made)
        finish(store, number, "probe")
        live = r.probes()
        assert {item.id[8:11] for item in live} == {f"{n:03d}" for n in range(max(number - 2, 0), number + 1)}
        assert len(r.all_probes()) == 2 * (number + 1)
        write_records(store.stage_folder(number, "score") / "verdicts.jsonl", [verdict(q, number) for q in live])
        finish(store, number, "score")
        if number:
            said = Decision(promoted=promoted[number - 1], reason="", champion_right=0, candidate_right=0, total=1)
            write_records(store.stage_folder(number, "decide") / "decision.jsonl", [said])
            finish(store, number, "decide")
    return asked, store


def test_the_champion_is_asked_only_what_is_new_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its answers as a candidate and as the champion since are used again, whether candidates are held or promoted."""
    asked, _ = play(tmp_path / "r", [True, False, False, False, True, True], monkeypatch)
    assert asked.log == [
        (0, ["s/probe-001-0", "s/probe-001-1"]),
        (1, ["s/probe-002-0", "s/probe-002-1"]),
        (1, ["s/probe-003-0", "s/probe-003-1"]),
        (1, ["s/probe-004-0", "s/probe-004-1"]),
        (1, ["s/probe-005-0", "s/probe-005-1"]),
        (5, ["s/probe-006-0", "s/probe-006-1"]),
    ]


def test_a_champion_that_was_put_back_is_asked_what_it_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from loop.state import Rollback

    asked, store = play(tmp_path / "r", [True, True, True], monkeypatch)
    write_records(store.folder / "rollbacks.jsonl", [Rollback(after=3, champion=1, at="")])

    class Bare:
        base_model = tmp_path

    r = Round(cast(Session, Bare()), store, 4)
    assert r.champion == 1
    tick = Ticker("probe", "", _OnChange(), lambda: None)
    found = champions_verdicts(r, [probe(4, 0)], tmp_path, tick)
    assert asked.log[-1] == (1, ["s/probe-003-0", "s/probe-003-1", "s/probe-004-0"])
    assert [item.id for item in found][:2] == ["s/probe-002-0", "s/probe-002-1"]
    assert {item.sql for item in found} == {"by 1"}
