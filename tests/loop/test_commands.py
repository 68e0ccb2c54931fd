"""status, compare, doctor, rollback, export and ask: the commands, on a run that a real smoke round made."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from loop.cli import app
from loop.cli_run import _absolute, _answers, _folder
from loop.compare import compare
from loop.config import Config, load_preset, to_toml
from loop.store import Store, read_records, write_records
from schemas.catalog import load_schema
from schemas.errors import ConfigError, SqlloopError
from schemas.prompt import Prompt, prompt_parts, schema_text
from schemas.records import Verdict

SMALL = {
    "first_examples": 6, "hard_examples": 4, "natural_variants": 2, "probe_questions": 2, "dev_questions": 6,
    "select_questions": 8, "max_new_tokens": 4, "instances": 1, "carry_optimizer": True, "natural_repeats": 0.17,
}  # fmt: skip


def call(*arguments: str) -> Result:
    """The command; an error meant for the user is raised as it is."""
    result = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "120", "NO_COLOR": "1"})
    if isinstance(result.exception, SqlloopError):
        raise result.exception
    return result


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one run of one round."""
    folder = tmp_path_factory.mktemp("runs")
    patch = pytest.MonkeyPatch()
    patch.setenv("SQLLOOP_HOME", str(tmp_path_factory.mktemp("home")))
    preset = folder / "small.toml"
    preset.write_text(to_toml(Config.model_validate({**load_preset("smoke"), **SMALL})))
    done = call("run", "--preset", str(preset), "--rounds", "1", "--runs-dir", str(folder), "--quiet")
    assert done.exit_code == 0, done.output
    assert done.output == ""
    yield folder  # type: ignore[misc]
    patch.undo()


def other(runs: Path, name: str, right: int) -> Store:
    """A copy of the run whose champion answers the first `right` questions of each split."""
    shutil.copytree(runs / "default", runs / name, symlinks=True)
    store = Store(runs / name)
    for number in (0, 1):
        path = store.stage_folder(number, "score") / "verdicts.jsonl"
        seen: dict[str, int] = {}
        changed = []
        for item in read_records(path, Verdict):
            seen[item.split] = seen.get(item.split, 0) + 1
            changed.append(item.model_copy(update={"exact": seen[item.split] <= right}))
        write_records(path, changed)
    return store


def test_the_run_leaves_its_page(runs: Path) -> None:
    assert (runs / "default" / "report.html").read_text().startswith("<!doctype html>")
    assert (runs / "default" / "run.log").is_file()


def test_status_names_rounds_champion_and_models(runs: Path) -> None:
    said = call("status", "--runs-dir", str(runs)).output
    assert re.search(r"default\s+1\s+(round 1|base)\s+idle", said)
    with pytest.raises(SqlloopError, match="'none'"):
        call("status", "none", "--runs-dir", str(runs))


def test_compare_is_paired_and_says_what_is_shown(runs: Path) -> None:
    worse, better = other(runs, "worse", 1), other(runs, "better", 8)
    found = compare(worse, better)
    select = next(item for item in found.splits if item.split == "select")
    assert (select.first, select.second, select.total) == (1, 8, 8)
    assert (len(select.fixed), len(select.broken)) == (7, 0)
    assert select.p == pytest.approx(2 * 0.5**7)
    assert select.verdict == "the second is better"
    assert found.would_promote
    back = compare(better, worse)
    assert not back.would_promote
    assert next(item for item in back.splits if item.split == "select").verdict == "the first is better"
    same = compare(worse, worse)
    assert {item.verdict for item in same.splits} == {"no difference shown"}
    said = call("compare", "worse", "better", "--runs-dir", str(runs)).output
    assert "the second is better" in said
    assert "promoted: 7 fixed, 0 broken" in said
    with pytest.raises(ConfigError, match="no run"):
        compare(worse, Store(runs / "none"))


def test_a_question_that_was_edited_is_not_compared(runs: Path) -> None:
    edited = other(runs, "edited", 2)
    for number in (0, 1):
        path = edited.stage_folder(number, "predict") / "questions.jsonl"
        path.write_text(path.read_text().replace('"golds":["', '"golds":["/* mended */ '))
    with pytest.raises(ConfigError, match="no question in common"):
        compare(Store(runs / "default"), edited)


def test_rollback_moves_the_link_and_the_next_dry_run_starts_over(runs: Path) -> None:
    store = other(runs, "rolled", 3)
    decision = store.stage_folder(1, "decide") / "decision.jsonl"
    decision.write_text(decision.read_text().replace('"promoted":false', '"promoted":true'))
    assert "the base model" in call("rollback", "rolled", "--runs-dir", str(runs)).output
    assert re.search(r"rolled\s+1\s+base", call("status", "rolled", "--runs-dir", str(runs)).output)
    said = call("rollback", "rolled", "--to", "1", "--runs-dir", str(runs)).output
    assert "the model of round 1" in said
    assert (store.folder / "champion" / "config.json").is_file()


def test_an_export_is_a_folder_that_transformers_loads(runs: Path, tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    out = tmp_path / "model"
    call("export", "default", "--round", "1", "--out", str(out), "--runs-dir", str(runs))
    assert {path.name for path in out.iterdir()} >= {
        "config.json", "model.safetensors", "tokenizer.json", "README.md", "prompt_template.txt",
    }  # fmt: skip
    assert not (out / "optimizer.pt").exists()
    assert AutoModelForCausalLM.from_pretrained(out).num_parameters() > 0
    assert AutoTokenizer.from_pretrained(out).eos_token
    card = (out / "README.md").read_text()
    assert card.startswith("---\n")
    assert "| select | 0.0% (0/8) |" in card
    assert "round 1 of the run `default`" in card
    with pytest.raises(SqlloopError, match="is there already"):
        call("export", "default", "--out", str(out), "--runs-dir", str(runs))
    with pytest.raises(ConfigError, match="round 7"):
        call("export", "default", "--round", "7", "--out", str(tmp_path / "x"), "--runs-dir", str(runs))


def test_the_prompt_template_gives_the_prompt_back() -> None:
    schema = load_schema("hotel_group")
    template = Prompt().outline()
    filled = template.replace("{schema}", schema_text(schema)).replace("{question}", "How many?")
    assert filled.replace("{today}", f"{schema.glossary.as_of:%Y-%m-%d}") == "".join(prompt_parts(schema, "How many?"))


def test_ask_shows_sql_and_rows_or_says_why_not(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from evaluator.predict.transformers import TransformersPredictor
    from schemas.records import Prediction, Question

    said = call("ask", "How many hotels?", "--schema", "hotel_group", "--round", "1", "--runs-dir", str(runs)).output
    assert "round 1: loaded in" in said
    assert "it does not run" in said or "row" in said
    answer = "SELECT hotel_id, NULL AS nothing FROM hotel ORDER BY hotel_id LIMIT 2"

    def predict(_: object, __: object, asked: list[Question]) -> list[Prediction]:
        return [Prediction(id=asked[0].id, sql=answer)]

    monkeypatch.setattr(TransformersPredictor, "predict", predict)
    said = call("ask", "Which hotels?", "--schema", "hotel_group", "--runs-dir", str(runs)).output
    assert "SELECT hotel_id" in said
    assert "NULL" in said
    assert "2 rows" in said


def test_doctor_has_a_line_a_check_and_a_remedy_for_what_is_wrong(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = call("doctor", "--runs-dir", str(runs), "--model", "tiny")
    lines = done.output.strip().splitlines()
    names = ["python", "imports", "postgres", "gpu", "model", "disk", "memory", "permissions"]
    assert [line.split()[1] for line in lines] == names
    assert all("→" in line for line in lines if not line.startswith("✓"))
    monkeypatch.setattr("loop.doctor.OURS", ("schemas", "json"))
    with pytest.raises(SqlloopError, match="imports"):
        call("doctor", "--runs-dir", str(runs), "--postgres", "postgresql://nobody@127.0.0.1:1/none")


def test_schedule_refuses_what_is_no_time(runs: Path) -> None:
    with pytest.raises(ConfigError, match="--at"):
        call("schedule", "--at", "25:00", "--runs-dir", str(runs))
    assert str(runs) in call("schedule", "--runs-dir", str(runs)).output
    assert "--postgres postgresql://box/x" in call("schedule", "--postgres", "postgresql://box/x").output


def test_paths_hold_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A night begins elsewhere: what the run's config.toml keeps of answers, models and programs is absolute."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model").mkdir()
    (tmp_path / "answers.jsonl").write_text("")
    assert _answers("file:answers.jsonl") == f"file:{tmp_path / 'answers.jsonl'}"
    assert _answers("server:http://box/v1") == "server:http://box/v1"
    assert _folder("model") == str(tmp_path / "model")
    assert _folder("somebody/model") == "somebody/model"
    assert _absolute("") == ""


def test_a_worse_candidate_fails_where_asked(runs: Path) -> None:
    from loop.cli_run import _regression
    from loop.report.collecting import collect

    figures = collect(Store(runs / "default"))
    worse = figures.rounds[1].decision
    assert worse is not None
    held = worse.model_copy(update={"promoted": False, "champion_right": 3, "candidate_right": 1})
    rounds = (figures.rounds[0], figures.rounds[1].model_copy(update={"decision": held}))
    assert "answers 1 of" in _regression(figures.model_copy(update={"rounds": rounds}), before=1)
    assert _regression(figures.model_copy(update={"rounds": rounds}), before=2) == ""  # not of this start
    assert _regression(figures, before=1) == ""


def test_events_hold_each_stage_once(runs: Path) -> None:
    lines = [json.loads(line) for line in (runs / "default" / "events.jsonl").read_text().splitlines()]
    stages = [(line["number"], line["stage"]) for line in lines if line["event"] == "stage"]
    assert len(stages) == len(set(stages)) == 12
