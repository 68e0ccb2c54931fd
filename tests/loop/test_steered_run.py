"""Flags that steer what is trained on: held-out schemas, own pairs, the control; the preset's mixture is kept."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

from generators.curriculum import STAGE_SHARES, quotas
from generators.gate import Sealed
from generators.pattern import PATTERNS
from loop.cli import app
from loop.config import Config, load_preset, preset_names, resolve
from loop.making import curriculum
from loop.offer import Offer
from loop.own_pairs import read_own, run_own
from loop.progress import Ticker, _OnChange
from loop.session import Session
from loop.state import Round
from loop.store import Store
from schemas.errors import ConfigError, DataError
from schemas.records import Example, Execution, GateReport, Question

PAIR = {
    "schema": "hotel_group",
    "question": "How many hotels do we run, all told?",
    "sql": "SELECT COUNT(*)  FROM hotel;",
}


def write(path: Path, *lines: object) -> Path:
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return path


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A round of a run with one schema held out, own pairs and the control plan."""
    folder = tmp_path_factory.mktemp("steered")
    own = write(folder / "own.jsonl", PAIR, {**PAIR, "question": "Number of hotels in the group", "weight": 3})
    result = CliRunner().invoke(app, [
        "run", "--preset", "smoke", "--schemas", "hotel_group,crop_farm", "--rounds", "1", "--runs-dir", str(folder),
        "--hold-out", "crop_farm", "--strategy", "uniform", "--train-data", str(own),
    ])  # fmt: skip
    assert result.exit_code == 0, result.output
    (folder / "printed.txt").write_text(result.output)
    return folder


def test_nothing_of_a_held_out_schema_is_trained_on_and_all_is_measured(held: Path) -> None:
    trained = json.loads(next(held.glob("**/training_set.jsonl")).read_text())["examples"]
    assert {item["schema_name"] for item in trained} == {"hotel_group"}
    figures = json.loads((held / "default" / "report.json").read_text())["rounds"][-1]
    assert figures["transfer"]["total"] > 50
    assert figures["probe"]["total"] == 4  # a third of them new in each of rounds 0 and 1
    probes = [json.loads(line) for line in next(held.glob("**/*probe/questions.jsonl")).read_text().splitlines()]
    assert {item["schema_name"] for item in probes} == {"hotel_group"}
    printed = (held / "printed.txt").read_text()
    assert "transfer" in printed
    assert "curriculum by stage" in printed
    html = (held / "default" / "report.html").read_text()
    assert "held out of training" in html
    assert "Curriculum by stage" in html


def test_own_pairs_join_the_mix_with_their_weight(held: Path) -> None:
    trained = json.loads(next(held.glob("**/training_set.jsonl")).read_text())["examples"]
    own = [item for item in trained if item["source"] == "own"]
    assert sorted((item["weight"], item["sql"]) for item in own) == [(1.0, "SELECT COUNT(*) FROM hotel"),
                                                                     (3.0, "SELECT COUNT(*) FROM hotel")]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "own.jsonl:1: this is no JSON"),
        ({"schema": "hotel_group", "question": "q"}, "own.jsonl:1: sql: Field required"),
        ({**PAIR, "weight": 0}, "weight: Input should be greater than 0"),
        ({**PAIR, "schema": "hotel_groop"}, "did you mean hotel_group?"),
        ({**PAIR, "sql": "SELECT FROM WHERE"}, "own.jsonl:1: the SQL cannot be parsed"),
        ("", "holds no pair"),
    ],
)
def test_what_a_file_can_have_wrong(line: object, said: str, tmp_path: Path) -> None:
    path = write(tmp_path / "own.jsonl", line)
    with pytest.raises(DataError) as caught:
        read_own(path, ["hotel_group"])
    assert said in str(caught.value)
    with pytest.raises(DataError, match="cannot be read"):
        read_own(tmp_path / "none.jsonl", ["hotel_group"])


def test_own_pairs_are_run_and_leaks_left_out(tmp_path: Path) -> None:
    path = write(tmp_path / "own.jsonl", PAIR, {**PAIR, "question": "Sealed question"})
    found = read_own(path, ["hotel_group"])
    sealed = Sealed.of([Question(id="t", schema_name="s", split="test", text="sealed QUESTION?", golds=("SELECT 1",))])
    kept, leaking = run_own(path, found, lambda _schema, _sql: [Execution(ok=True, rows=1)], sealed)
    assert ([item.id for item in kept], leaking) == (["own:1"], 1)
    with pytest.raises(DataError, match=r"own.jsonl:1: the SQL does not run on hotel_group \(no such table\)"):
        run_own(path, found, lambda _schema, _sql: [Execution(ok=False, message="no such table")], sealed)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"hold_out": "hotel_groop"}, "no schema of this run"),
        ({"hold_out": "hotel_group"}, "leaves no schema to train on"),
    ],
)
def test_what_can_be_held_out(values: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        Session(resolve("smoke", values), None).check()


@pytest.mark.parametrize("rows", [[], [[0.5, 0.5]], [[0.5, 0.1, 0.1, 0.1, 0.1]], [[1.5, -0.5, 0, 0, 0]]])
def test_a_mixture_is_five_shares(rows: list[list[float]]) -> None:
    with pytest.raises(ConfigError, match="curriculum"):
        resolve("smoke", {"curriculum": rows})


def test_the_presets_hold_the_mixture() -> None:
    shares = {stage: tuple(row.values()) for stage, row in STAGE_SHARES.items()}
    for name in preset_names():
        rows = load_preset(name)["curriculum"]
        assert {stage: tuple(row) for stage, row in enumerate(rows, start=1)} == shares
    assert Config.model_fields["curriculum"].default == tuple(shares.values())


def test_quotas_add_up() -> None:
    for stage, shares in STAGE_SHARES.items():
        found = quotas(shares, 137)
        assert sum(found.values()) == 137
        assert all(abs(found[each] / 137 - share) < 0.01 for each, share in shares.items()), stage


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_each_stage_is_composed_as_the_preset_says(number: int, tmp_path: Path) -> None:
    """Within 2 points, after a gate that refuses late stages more often."""
    session = Session(resolve("smoke", {}), None)
    made = Round(session, Store(tmp_path), number)

    class Picky:
        def admit(self, example: Example) -> bool:
            return len(example.sql) % 3 > 0 if PATTERNS[example.pattern].stage > 3 else True

        def report(self) -> GateReport:
            return GateReport(offered=0, kept=0, rejected={})

    tick = Ticker("generate", "examples", _OnChange(), lambda: None)
    with Offer(Picky(), tmp_path / "kept.jsonl", tick) as offer:  # type: ignore[arg-type]
        drawn = curriculum(made, offer, 200)
    stages = Counter(PATTERNS[item.pattern].stage for item in drawn)
    for stage, share in made.mixture.items():
        assert abs(stages[stage] / len(drawn) - share) <= 0.02
    assert len(drawn) == 200
