"""`loop ablate`: which arms there are, what they change, the table's finding; arms end to end, killed and resumed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from loop.ablation.arms import ARMS, chosen, configured, rounds_of, why_not
from loop.ablation.drive import same_base
from loop.ablation.figures import compare, figures
from loop.ablation.record import Answer, ArmReport, RoundCost
from loop.cli_ablate import parse_seeds
from loop.config import Config, differences, resolve
from loop.report.ablation import markdown, plain
from schemas.catalog import select_schemas
from schemas.errors import ConfigError

ROOT = Path(__file__).parents[2]
CHANGED = {
    "default": set(),
    "default-short": {"batch_size", "block"},
    "prompt-loss": set(),
    "packed": {"batch_size", "block"},
    "attention-only": set(),
    "original-whitespace": {"max_new_tokens"},
    "unstaged": {"curriculum"},
    "plain-wording": set(),
    "wikisql": {"wikisql", "wikisql_examples", "first_examples"},
    "no-hard": {"hard_examples", "first_examples", "curriculum_examples"},
    "flat-weights": set(),
    "ten-schemas": {"hold_out", "first_examples", "curriculum_examples"},
    "uniform": {"strategy"},
}


@pytest.fixture(scope="module")
def base() -> Config:
    return resolve("ablation", {})


@pytest.mark.parametrize("name", ARMS)
def test_an_arm_changes_one_thing_and_trains_on_as_many_pairs(base: Config, name: str) -> None:
    arm = ARMS[name]
    default, own = configured(ARMS["default"], base, 3), configured(arm, base, 3, "/wikisql")
    assert {line.partition(":")[0] for line in differences(default, own)} == CHANGED[name]
    assert own.seed == 3
    assert pairs(own) == pairs(default)
    assert pairs(default)[0] == 2000
    assert arm.against in {"", "default", "default-short"}
    if arm.against:
        assert list(ARMS).index(arm.against) < list(ARMS).index(name)
        assert rounds_of(ARMS[arm.against], 1) >= rounds_of(arm, 1)


def pairs(config: Config) -> tuple[int, int]:
    """Pairs of round 1 and of each later round, as far as the configuration says."""
    own = [schema for schema in select_schemas(config.schemas) if schema.name not in config.held]
    written = round(config.natural_repeats * sum(len(schema.split("train")) for schema in own))
    both = written + config.hard_examples + config.natural_variants
    return config.first_examples + config.wikisql_examples + both, config.curriculum_examples + both


def test_counterparts_come_along_and_first(base: Config) -> None:
    assert [arm.name for arm in chosen(["packed", "uniform"])] == ["default", "default-short", "packed", "uniform"]
    assert [arm.name for arm in chosen([])] == list(ARMS)
    with pytest.raises(ConfigError, match=r"there is no arm 'packt': choose from default, .*uniform"):
        chosen(["packed", "packt"])
    assert "--wikisql" in why_not(ARMS["wikisql"], base, "")
    assert "there is no" in why_not(ARMS["wikisql"], base, "/nowhere")
    assert why_not(ARMS["ten-schemas"], base, "") == ""
    assert "--schemas all" in why_not(ARMS["ten-schemas"], resolve("smoke", {}), "")
    assert "accelerate" in why_not(ARMS["packed"], base.model_copy(update={"accelerate": "x.yaml"}), "")


@pytest.mark.parametrize(
    ("name", "without_probes", "with_probes"),
    [("unstaged", True, True), ("ten-schemas", True, False), ("original-whitespace", False, False),
     ("plain-wording", True, False), ("no-hard", True, True)],
)  # fmt: skip
def test_round_0_is_shared_where_it_would_be_the_same(
    base: Config, name: str, without_probes: bool, with_probes: bool
) -> None:
    for probes, expected in ((0, without_probes), (9, with_probes)):
        config = base.model_copy(update={"probe_questions": probes})
        session = SimpleNamespace(config=configured(ARMS[name], config, 1), plain=ARMS[name].plain)
        assert same_base(cast(Any, session), configured(ARMS["default"], config, 1)) == expected
    other = SimpleNamespace(config=configured(ARMS[name], base, 2), plain=False)
    assert not same_base(cast(Any, other), configured(ARMS["default"], base, 1))


def test_seeds_are_read() -> None:
    assert parse_seeds("1, 20") == (1, 20)
    for text in ("", "1,1", "a", "1,,2"):
        with pytest.raises(ConfigError, match="--seeds"):
            parse_seeds(text)


def report(name: str, seed: int, right: Sequence[int], *, held: Sequence[str] = (), rounds: int = 1) -> ArmReport:
    """A made-up report of 60 test questions on three schemas, of which those numbered are right after round 1 on."""
    answers = [
        Answer(id=f"q{n}", schema_name=f"s{n % 3}", split="test", families=("filter",), stage=1, asked="x",
               exact=(False, *[n in right] * rounds))
        for n in range(60)
    ]  # fmt: skip
    cost = RoundCost(seconds=60, pairs=10, parameters=1, tokens=1, promoted=True)
    arm = ARMS[name]
    return ArmReport(
        arm=name, claim=arm.claim, change=arm.change, seed=seed, commit="abc", digest="d", model="m", differences=(),
        held=tuple(held), rounds=(cost.model_copy(update={"pairs": 0}), *[cost] * rounds), answers=tuple(answers),
    )  # fmt: skip


def test_the_finding_follows_from_the_interval() -> None:
    reports = {
        (item.arm, item.seed): item
        for item in (
            report("default", 1, range(30), rounds=2), report("default", 2, range(30), rounds=2),
            report("unstaged", 1, range(12)), report("unstaged", 2, range(14)),
            report("prompt-loss", 1, [*range(29), 31]),
            report("wikisql", 1, range(45)),
            report("attention-only", 1, range(45)),
            report("packed", 1, range(3)),
        )
    }  # fmt: skip
    found = {item.name: item for item in figures(reports)}
    unstaged = found["unstaged"].against
    assert unstaged is not None
    assert (unstaged.right, unstaged.theirs, unstaged.fixed, unstaged.broken) == (26, 60, 0, 34)
    assert unstaged.difference == pytest.approx(-100 * 34 / 120)
    assert unstaged.low < unstaged.difference < unstaged.high < 0
    assert found["unstaged"].finding.startswith("held here: the arm answers 28.3 points fewer")
    assert found["prompt-loss"].finding.startswith("cannot be told at this size")
    assert found["wikisql"].finding.startswith("held here: the arm answers 25.0 points more")
    assert found["attention-only"].finding.startswith("did not hold here: the arm answers 25.0 points more")
    assert found["packed"].finding == "not compared: default-short has no report of the same seed"
    assert found["default"].pairs == 20
    text = markdown(list(found.values()))
    assert "| unstaged | 1, 2 | 10 | 2.0 | 26/120 21.7% | default 60/120 | -28.3 |" in text
    assert "One seed" in text
    assert "held here" in plain(list(found.values()))


def with_loss(made: ArmReport, loss: float) -> ArmReport:
    """The report with that loss on each gold, a little more on each question than on the one before."""
    answers = [
        item.model_copy(update={"loss": (None, *[loss + n / 1000] * made.last)}) for n, item in enumerate(made.answers)
    ]
    return made.model_copy(update={"answers": tuple(answers)})


def test_where_answers_do_not_tell_the_loss_on_golds_does() -> None:
    same, more = range(9), range(40)
    made = [
        *(with_loss(report("default", seed, same, rounds=2), 0.4 + seed / 10) for seed in (1, 2)),
        with_loss(report("default-short", 1, same), 0.6),
        with_loss(report("packed", 1, same), 0.7),
        *(with_loss(report("unstaged", seed, same), 0.28 + 0.17 * seed) for seed in (1, 2)),
        with_loss(report("prompt-loss", 1, more), 0.4),
        report("attention-only", 1, same),
    ]
    reports = {(item.arm, item.seed): item for item in made}
    found = {item.name: item for item in figures(reports)}
    assert {name: item.finding.partition(": ")[0] for name, item in found.items() if item.against} == {
        "packed": "held here by the loss on golds",
        "unstaged": "cannot be told at this size",  # lower by 0.05 and higher by 0.02
        "prompt-loss": "did not hold here",  # answers count for more than the loss
        "attention-only": "cannot be told at this size",  # its loss is not known
    }
    assert found["packed"].finding.endswith("0.100 nats a token more (90% interval +0.100 to +0.100)")
    assert found["attention-only"].against.loss is None  # type: ignore[union-attr]
    seen = found["unstaged"].against.loss  # type: ignore[union-attr]
    assert seen is not None
    assert seen.difference == pytest.approx(-0.015)
    assert seen.low < seen.difference < seen.high
    assert "| +0.100 | held here by the loss" in markdown(list(found.values()))


def test_only_the_same_questions_of_schemas_both_trained_on_are_compared() -> None:
    default, ten = report("default", 1, range(60)), report("ten-schemas", 1, range(60), held=["s2"])
    reports = {("default", 1): default, ("ten-schemas", 1): ten}
    first = compare(ARMS["ten-schemas"], reports)
    assert first is not None
    assert first.questions == 40
    mended = ten.answers[0].model_copy(update={"asked": "other"})
    reports["ten-schemas", 1] = ten.model_copy(update={"answers": (mended, *ten.answers[1:])})
    second = compare(ARMS["ten-schemas"], reports)
    assert second is not None
    assert second.questions == 39
    again = compare(replace(ARMS["uniform"], name="ten-schemas"), {("default", 1): default})
    assert again is None


SMALL = {"probe_questions": 0, "first_examples": 16, "curriculum_examples": 6, "hard_examples": 6, "dev_questions": 5,
         "natural_variants": 2, "select_questions": 5, "max_new_tokens": 4}  # fmt: skip
"""What the preset smoke is made smaller by."""


def command(folder: Path, *more: str) -> subprocess.Popen[bytes]:
    preset = folder / "small.toml"
    if not preset.is_file():
        lines = (ROOT / "loop" / "presets" / "smoke.toml").read_text().splitlines(keepends=True)
        own = [line for line in lines if line.partition(" =")[0] not in SMALL]
        preset.write_text("".join(f"{key} = {value}\n" for key, value in SMALL.items()) + "".join(own))
    environment = {**os.environ, "SQLLOOP_HOME": str(folder / "home"), "HF_HUB_OFFLINE": "1", "COLUMNS": "200",
                   "OMP_NUM_THREADS": "1"}  # fmt: skip
    arguments = [sys.executable, "-m", "loop", "ablate", "--runs-dir", str(folder), "--preset", str(preset), *more]
    with (folder / "out.txt").open("w") as out, (folder / "err.txt").open("w") as err:  # a pipe nobody reads fills up
        return subprocess.Popen(arguments, stdout=out, stderr=err, env=environment, cwd=ROOT)


def ended(process: subprocess.Popen[bytes], folder: Path) -> tuple[int, str, str]:
    """Exit code, output and errors of a command, once it has ended."""
    code = process.wait(400)
    return code, (folder / "out.txt").read_text(), (folder / "err.txt").read_text()


def test_killed_in_its_last_arm_it_goes_on_there_and_all_are_compared(tmp_path: Path) -> None:
    arms, folder = ("flat-weights", "attention-only"), tmp_path / "ablate"
    first = command(tmp_path, *arms)
    last = folder / "flat-weights-seed1" / "rounds" / "001" / "plan" / "done.json"
    deadline = time.monotonic() + 400
    while not last.is_file() and time.monotonic() < deadline:
        assert first.poll() is None, (tmp_path / "err.txt").read_text()
        time.sleep(0.1)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    reports = {path.name: path.read_bytes() for path in folder.glob("*.json")}
    assert set(reports) == {"default-seed1.json", "attention-only-seed1.json"}
    planned = last.stat().st_mtime_ns
    code, printed, errors = ended(command(tmp_path, *arms), tmp_path)
    assert code == 0, errors[-2000:]
    assert "attention-only, seed 1: done before" in printed
    assert last.stat().st_mtime_ns == planned  # finished stages are not done again
    assert {path.name: path.read_bytes() for path in folder.glob("*-seed1.json") if path.name in reports} == reports
    _check_reports(folder)
    assert "points fewer" not in printed  # the tiny model answers nothing:
    assert "points more" not in printed
    told = printed.count("by the loss on golds") + printed.count("cannot be told at this size")
    assert told == 2  # only the loss may tell its arms apart
    assert "| flat-weights | 1 |" in (folder / "ablate.md").read_text()
    assert "flat-weights" in (folder / "ablate.txt").read_text()
    listed = ended(command(tmp_path, *arms, "--list"), tmp_path)[1]
    assert [line.split()[2] for line in listed.splitlines() if " seed" not in line and line.strip()
            and line.split()[0] in {"default", *arms}] == ["done"] * 3  # fmt: skip


def _check_reports(folder: Path) -> None:
    found = {path.name.partition("-seed")[0]: ArmReport.model_validate_json(path.read_text())
             for path in folder.glob("*-seed1.json")}  # fmt: skip
    default, flat, attention = (found[name] for name in ("default", "flat-weights", "attention-only"))
    assert [len(item.rounds) for item in (default, flat, attention)] == [3, 3, 2]
    assert [item.rounds[0].copied for item in (default, flat, attention)] == [False, True, True]
    assert [answer.exact[0] for answer in flat.answers] == [answer.exact[0] for answer in default.answers]
    assert {answer.split for answer in flat.answers} == {"dev", "select", "test"}
    assert all(len(answer.exact) == 3 and answer.families for answer in flat.answers)
    for answer in (*default.answers, *flat.answers):
        known = [loss is not None and loss > 0 for loss in answer.loss]
        assert known == [False, True, True] if answer.split == "test" else not any(known)
    assert 0 < attention.rounds[1].parameters < default.rounds[1].parameters
    assert attention.rounds[1].pairs == default.rounds[1].pairs
    trained = json.loads((folder / "flat-weights-seed1/rounds/002/mix/training_set.jsonl").read_text())
    assert {item["weight"] for item in trained["examples"]} == {1.0}
    told = json.loads((folder / "attention-only-seed1/arm.json").read_text())
    assert told["arm"] == "attention-only"


def test_an_unknown_arm_is_refused_with_the_list(tmp_path: Path) -> None:
    code, _, errors = ended(command(tmp_path, "packt"), tmp_path)
    assert code == 2
    assert all(name in errors for name in ARMS)
    assert not (tmp_path / "ablate").exists()
