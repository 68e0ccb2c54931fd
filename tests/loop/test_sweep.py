"""The sweep: who is stopped, what may be swept, and the command with kills, two workers and its preset."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.stats import mcnemar_worse
from loop.config import Config, resolve
from loop.sweep.plan import Given, Plan, freeze_plan, look_steps, make_plan, parse_looks
from loop.sweep.pruner import PairedPruner, rule
from loop.sweep.space import configured, grid_size, read_axes
from loop.sweep.study import draw, due, open_study, open_trials, settle
from schemas.errors import ConfigError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def base() -> Config:
    return resolve("smoke", {})


answers = st.integers(1, 40).flatmap(
    lambda size: st.dictionaries(
        st.integers(0, 30), st.text("01", min_size=size, max_size=size), min_size=1, max_size=15
    )
)


@settings(deadline=None)  # the first call loads scipy
@given(answers, st.floats(0, 0.5), st.floats(0.01, 1))
def test_the_best_goes_on_and_none_above_the_share(found: dict[int, str], level: float, keep: float) -> None:
    rulings = rule(found, level, keep)
    on = [number for number, ruling in rulings.items() if ruling.goes_on]
    best = min(found, key=lambda number: (-found[number].count("1"), number))
    assert best in on
    assert len(on) <= max(2, round(keep * len(found)))
    for number, ruling in rulings.items():
        pairs = list(zip(found[best], found[number], strict=True))
        assert ruling.p == mcnemar_worse(pairs.count(("0", "1")), pairs.count(("1", "0")))
        assert not ruling.goes_on or ruling.p >= level


def test_only_the_paired_test_stops_where_all_may_go_on() -> None:
    found = {0: "1" * 10 + "0" * 10, 1: "1" * 9 + "0" * 11, 2: "1" * 5 + "0" * 15, 3: "0" * 10 + "1" * 9 + "0"}
    rulings = rule(found, level=0.05, keep=1.0)
    assert {number: ruling.goes_on for number, ruling in rulings.items()} == {0: True, 1: True, 2: False, 3: True}
    assert rulings[2].p == pytest.approx(1 / 32)  # five broken, none fixed
    assert rulings[3].p > 0.4  # nine right others: as good, however different


def test_a_study_goes_on_only_when_all_have_come_to_the_look(tmp_path: Path) -> None:
    plan = Plan.model_validate({"axes": ({"key": "batch_size", "choices": (1, 2, 4)},), "configurations": 3,
                                "looks": (0.5,), "keep": 1.0, "level": 0.1, "look_questions": 8})  # fmt: skip
    study = open_study(tmp_path, plan)
    draw(study, plan, seed=1)
    assert isinstance(study.pruner, PairedPruner)
    assert {trial.params["batch_size"] for trial in open_trials(study)} == {1, 2, 4}
    other = open_study(tmp_path, plan)  # another process
    for number, bits in ((2, "11111111"), (0, "11111110")):
        optuna.trial.Trial(study, study.trials[number]._trial_id).report(0.0, 0)
        optuna.trial.Trial(study, study.trials[number]._trial_id).set_user_attr("look-0", bits)
        settle(other, tmp_path)
        assert number not in due(other)
    assert due(other) == [1]
    optuna.trial.Trial(study, study.trials[1]._trial_id).report(0.0, 0)
    optuna.trial.Trial(study, study.trials[1]._trial_id).set_user_attr("look-0", "00001111")
    settle(other, tmp_path)
    assert due(study) == [0, 2]
    assert study.trials[1].state is optuna.trial.TrialState.PRUNED


@pytest.mark.parametrize("seed", [1, 2])
def test_draws_are_the_same_after_a_cut(tmp_path: Path, base: Config, seed: int) -> None:
    plan = make_plan(base, tmp_path, None, Given())
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    found = []
    for folder, counts in ((whole, [12]), (cut, [3, 7, 12])):
        folder.mkdir()
        for count in counts:
            study = open_study(folder, plan)
            draw(study, plan.model_copy(update={"configurations": count}), seed)
        found.append([tuple(sorted(trial.params.items())) for trial in study.trials])
    assert found[0] == found[1]
    assert len(set(found[0])) == 12


def test_a_users_space_adds_and_replaces(tmp_path: Path, base: Config) -> None:
    path = tmp_path / "space.toml"
    path.write_text('peak_rate = [1e-3]\nwarmup = {low = 0.0, high = 0.2}\nprompt = ["schema-first", "sqlcoder"]\n')
    axes = {axis.key: axis for axis in read_axes(path, base)}
    assert list(axes) == ["profile", "peak_rate", "batch_size", "warmup", "prompt"]
    assert axes["peak_rate"].choices == (1e-3,)
    assert grid_size(tuple(axes.values())) is None
    assert grid_size(read_axes(None, base)) == 24
    changed = configured(base, {"peak_rate": 3e-3, "warmup": 0.1})
    assert (changed.peak_rate, changed.later_rate, changed.warmup) == (3e-3, 3e-3, 0.1)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("peek_rate = [1]", "unknown config key 'peek_rate'"),
        ("seed = [1, 2]", "'seed' cannot be swept"),
        ("batch_size = [0, 8]", "bad value for the config key 'batch_size'"),
        ('profile = ["square"]', "bad value for the config key 'profile'"),
        ("peak_rate = {low = 1.0, high = 0.1}", "must be a list of values"),
        ("peak_rate = {low = 0.0, high = 0.1, log = true}", "must be a list of values"),
        ("profile = {low = 0.0, high = 0.1}", "must be a list of values"),
        ("warmup = 0.1", "must be a list of values"),
        ("warmup = []", "must be a list of values"),
    ],
)
def test_what_cannot_be_swept_is_said(tmp_path: Path, base: Config, line: str, said: str) -> None:
    path = tmp_path / "space.toml"
    path.write_text(line + "\n")
    with pytest.raises(ConfigError, match=said) as raised:
        read_axes(path, base)
    assert str(path) in str(raised.value)


def test_a_sweep_keeps_its_plan(tmp_path: Path, base: Config) -> None:
    plan = make_plan(base, tmp_path, None, Given(level=0.2))
    freeze_plan(tmp_path, plan)
    assert make_plan(base, tmp_path, None, Given()) == plan
    with pytest.raises(ConfigError, match="other values of level"):
        freeze_plan(tmp_path, make_plan(base, tmp_path, None, Given(level=0.3)))
    assert look_steps(plan, 100, 16) == (1, 2, 7)
    for text in ("0.5,0.2", "1.0", "x", "0"):
        with pytest.raises(ConfigError, match="rising shares"):
            parse_looks(text)


def command(folder: Path, *more: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "SQLLOOP_HOME": str(folder / "home"), "HF_HUB_OFFLINE": "1", "COLUMNS": "120"}
    arguments = [sys.executable, "-m", "loop", "sweep", "--runs-dir", str(folder), *more]
    return subprocess.Popen(
        arguments, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, cwd=ROOT
    )


def test_killed_with_its_workers_it_goes_on_and_its_winner_runs(tmp_path: Path) -> None:
    (tmp_path / "space.toml").write_text('profile = ["linear", "cosine"]\npeak_rate = [1e-3]\nbatch_size = [16, 32]\n')
    given = ("--preset", "smoke", "--space", str(tmp_path / "space.toml"), "--looks", "0.4", "--keep", "0.5",
             "--look-questions", "10", "--workers", "2")  # fmt: skip
    first = command(tmp_path, *given)
    folder = tmp_path / "sweep"
    deadline = time.monotonic() + 200
    while not list(folder.glob("trials/*/look-0.jsonl")) and time.monotonic() < deadline:
        assert first.poll() is None, first.communicate()
        time.sleep(0.1)
    second = command(tmp_path, *given)
    assert "is in use by process" in second.communicate()[1]
    assert second.returncode == 75
    os.kill(first.pid, signal.SIGKILL)
    first.communicate()  # ends when the workers are gone too: they hold the pipe
    done = command(tmp_path)  # nothing but the name is needed to go on
    printed, errors = done.communicate()
    assert done.returncode == 0, errors[-2000:]
    assert "Examples spent" in printed
    trials = [json.loads(line) for line in (folder / "trials.jsonl").read_text().splitlines()]
    assert sorted(trial["state"] for trial in trials) == ["complete", "complete", "stopped", "stopped"]
    total = trials[0]["examples"]
    assert [trial["examples"] for trial in trials[:2]] == [total, total]
    assert all(trial["examples"] < total / 2 for trial in trials[2:])
    assert (folder / "sweep.svg").read_text().startswith("<svg xmlns")
    winner = resolve(str(folder / "best.toml"), {})
    assert {key: getattr(winner, key) for key in trials[0]["values"]} == trials[0]["values"]
    assert {path.name for path in folder.glob("trials/*/end")} == {"end"}
    assert not list(folder.glob("trials/*/states"))
