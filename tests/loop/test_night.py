"""Limits of a night, schedules, retention, rollback and disk, without running a round."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loop import disk, interrupt
from loop.config import Config, differences, load_preset
from loop.drive import spent, why_not
from loop.lock import held, holder_text, is_held
from loop.night import Night, Spent, next_time
from loop.outcome import Outcome, tell
from loop.progress import Ticker, _OnChange
from loop.retention import kept_rounds, retain
from loop.runlog import LOG_FILES, logger, logging_to
from loop.schedule import Nightly, cron_line, service, timer
from loop.state import champion_before, rollbacks
from loop.status import roll_back, status_of
from loop.store import Done, Store, write_records
from schemas.errors import ConfigError, LockedError, PausedError
from schemas.records import Checkpoint, Decision, TrainReport, Verdict

NOON = datetime(2026, 3, 1, 12, 0)


@given(st.integers(0, 23), st.integers(0, 59), st.integers(0, 86_399))
def test_the_next_time_is_ahead_within_a_day_and_shows_what_was_asked(hour: int, minute: int, second: int) -> None:
    now = NOON.replace(hour=0) + timedelta(seconds=second)
    moment = next_time(f"{hour}:{minute:02d}", now)
    assert timedelta(0) < moment - now <= timedelta(days=1)
    assert (moment.hour, moment.minute, moment.second) == (hour, minute, 0)


@pytest.mark.parametrize("text", ["", "6", "24:00", "06:60", "6am", "06:00:00"])
def test_no_time_of_day_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(ConfigError, match="--stop-by"):
        Night(text)


def test_the_night_ends_on_the_wall_clock() -> None:
    clock = [NOON]
    night = Night("13:00", now=lambda: clock[0])
    night.leave_if_over()
    clock[0] = NOON + timedelta(hours=1)
    with pytest.raises(PausedError, match="13:00"):
        night.leave_if_over()


def test_a_clock_set_back_does_not_prolong_the_night(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, ticks = [NOON], [1000.0]
    monkeypatch.setattr("loop.night.time.monotonic", lambda: ticks[0])
    night = Night("13:00", now=lambda: clock[0])
    clock[0], ticks[0] = NOON - timedelta(hours=5), 1000.0 + 3599
    night.leave_if_over()
    ticks[0] += 1
    with pytest.raises(PausedError):
        night.leave_if_over()


def decision(*, promoted: bool) -> Decision:
    return Decision(promoted=promoted, reason="", champion_right=1, candidate_right=1, total=2)


def test_patience_counts_held_candidates_in_a_row() -> None:
    yes, no = decision(promoted=True), decision(promoted=False)
    night = Night(patience=2)
    assert not night.why_not_another([yes, no], 5, Spent())
    assert "--patience 2" in night.why_not_another([yes, no, no], 5, Spent())
    assert not night.why_not_another([no, no, yes, no], 5, Spent())
    assert not Night().why_not_another([no] * 9, 5, Spent())
    assert "nothing is left" in Night().why_not_another([yes], 0, Spent())


def test_a_budget_that_is_used_up_ends_the_rounds() -> None:
    night = Night(budget=Spent(examples=1000, hours=1.5))
    assert not night.why_not_another([], 5, Spent(999, 1.49))
    assert "--budget-examples" in night.why_not_another([], 5, Spent(1000, 0.1))
    assert "took 1.50 hours, the budget is 1.5 (--budget-hours)" in night.why_not_another([], 5, Spent(0, 1.5))
    assert not Night().why_not_another([], 5, Spent(10**9, 10**6))


# ---- a run folder made by hand


def make_run(folder: Path, rights: list[int], promoted: list[bool]) -> Store:
    """A run with base model and rounds whose candidates have so many of 10 right on select."""
    store = Store(folder)
    folder.mkdir(parents=True)
    store.freeze(Config.model_validate(load_preset("smoke")))
    for number, right in enumerate(rights):
        stages = ["probe", "predict", "score"]
        if number:
            stages = ["diagnose", "plan", "generate", "mix", "train", "predict", "score", "decide"]
        for stage in stages:
            path = store.stage_folder(number, stage)
            path.mkdir(parents=True)
            done = Done(stage=stage, inputs="x", outputs={}, seed=1, seconds=1.0, versions={})
            (path / "done.json").write_text(done.model_dump_json())
        verdicts = [
            Verdict(id=str(n), schema_name="s", split="select", exact=n < right, correct=True, sql="", gold="")
            for n in range(10)
        ]
        write_records(store.stage_folder(number, "score") / "verdicts.jsonl", verdicts)
        if number:
            (store.stage_folder(number, "train") / "checkpoint").mkdir()
            (store.stage_folder(number, "train") / "checkpoint" / "config.json").write_text("{}")
            write_records(
                store.stage_folder(number, "decide") / "decision.jsonl", [decision(promoted=promoted[number - 1])]
            )
    return store


@settings(deadline=None, max_examples=40)  # forty small files an example, on whatever disk
@given(
    st.lists(st.tuples(st.integers(0, 10), st.booleans()), min_size=1, max_size=12),
    st.integers(0, 3),
    st.integers(1, 3),
)
def test_champion_best_and_latest_stay(rounds: list[tuple[int, bool]], best: int, latest: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        store = make_run(Path(place) / "r", [0, *[right for right, _ in rounds]], [ok for _, ok in rounds])
        complete = len(rounds) + 1
        kept = kept_rounds(store, complete, best, latest)
        champion = champion_before(store, complete)
        assert champion == 0 or champion in kept
        assert set(range(1, complete)[-latest:]) <= kept
        assert len(kept) <= best + latest + 2
        worst_kept = sorted((-rounds[n - 1][0], n) for n in range(1, complete))[:best]
        assert {n for _, n in worst_kept} <= kept
        gone = retain(store, complete, best, latest)
        there = {n for n in range(1, complete) if (store.stage_folder(n, "train") / "checkpoint").is_dir()}
        assert there == kept
        assert set(gone) == set(range(1, complete)) - kept
        assert retain(store, complete, best, latest) == []


def test_a_removal_that_was_cut_off_is_finished(tmp_path: Path) -> None:
    store = make_run(tmp_path / "r", [0, 1, 2, 3], [True, True, True])
    train = store.stage_folder(1, "train")
    (train / "checkpoint").rename(train / "removed-checkpoint")
    retain(store, 4, 0, 1)
    assert not (train / "removed-checkpoint").exists()


def test_rollback_puts_the_one_before_back_and_the_next_promotion_wins(tmp_path: Path) -> None:
    store = make_run(tmp_path / "r", [0, 3, 2, 5], [True, False, True])
    assert champion_before(store, 4) == 3
    assert roll_back(store, None).champion == 1
    assert champion_before(store, 4) == 1
    assert (store.folder / "champion").resolve() == (store.stage_folder(1, "train") / "checkpoint").resolve()
    assert champion_before(store, 3) == 1  # what earlier rounds began with is not rewritten
    assert champion_before(store, 2) == 1
    folder = store.stage_folder(4, "decide")
    folder.mkdir(parents=True)
    done = Done(stage="decide", inputs="x", outputs={}, seed=1, seconds=1.0, versions={})
    (folder / "done.json").write_text(done.model_dump_json())
    write_records(folder / "decision.jsonl", [decision(promoted=True)])
    assert champion_before(store, 5) == 4
    assert [item.champion for item in rollbacks(store)] == [1]


def test_rollback_refuses_what_is_gone_and_names_what_is_there(tmp_path: Path) -> None:
    store = make_run(tmp_path / "r", [0, 3, 4, 5], [True, True, True])
    retain(store, 4, 0, 1)
    with pytest.raises(ConfigError, match=r"round 1 is not there.*0, 2, 3"):
        roll_back(store, 1)
    with pytest.raises(ConfigError, match="already"):
        roll_back(store, 3)
    assert roll_back(store, 0).champion == 0
    with pytest.raises(ConfigError, match="none before it"):
        roll_back(store, None)
    assert status_of(store.folder).champion == 0


def test_what_was_spent_is_read_from_the_run(tmp_path: Path) -> None:
    store = make_run(tmp_path / "r", [0, 3, 4], [True, True])
    for number in (1, 2):
        report = TrainReport(steps=(), examples=70 * number, left_out=0, tokens=1, parameters=1, seconds=1.0)
        made = Checkpoint(path="checkpoint", base="round 0", report=report)
        write_records(store.stage_folder(number, "train") / "checkpoint.jsonl", [made])
    assert spent(store, 3) == Spent(210, (3 + 8 + 8) / 3600)  # a second a stage; rounds made before probes each round
    verdicts = [Verdict(id="p", schema_name="s", split="probe", exact=False, correct=False, sql="", gold="")]
    write_records(store.stage_folder(2, "score") / "verdicts.jsonl", verdicts)
    assert "budget is 200" in why_not(store, 3, Night(budget=Spent(examples=200)))
    assert why_not(store, 3, Night()) == ""  # one probe is left to fix
    write_records(store.stage_folder(2, "score") / "verdicts.jsonl", [])
    assert "nothing is left to fix" in why_not(store, 3, Night())


def test_rollback_needs_the_lock(tmp_path: Path) -> None:
    store = make_run(tmp_path / "r", [0, 3], [True])
    with held(store.folder), pytest.raises(LockedError, match=f"process {os.getpid()} on "):
        roll_back(store, 0)
    assert rollbacks(store) == []


def test_the_holder_is_named_and_forgotten(tmp_path: Path) -> None:
    with held(tmp_path):
        assert str(os.getpid()) in holder_text(tmp_path)
        assert is_held(tmp_path)
    assert holder_text(tmp_path) == ""
    assert not is_held(tmp_path)


def test_a_broken_note_is_no_obstacle(tmp_path: Path) -> None:
    for text in ("", "{", "[]", '{"pid": "x", "host": 1, "since": 0}', "null"):
        (tmp_path / "run.holder").write_text(text)
        assert holder_text(tmp_path) == ""


# ---- disk, log, outcome, config


def test_the_disk_check_says_what_is_missing_and_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loop.disk.free_bytes", lambda _: 1_000_000_000)
    disk.check(tmp_path, "train", 3, 400_000_000, 0.5)
    with pytest.raises(ConfigError, match=r"1\.0 GB free.*train of round 3.*1\.1 GB.*--runs-dir"):
        disk.check(tmp_path, "train", 3, 600_000_000, 0.5)


def test_parameters_are_read_from_the_header(tmp_path: Path) -> None:
    import torch
    from safetensors.torch import save_file

    save_file({"a": torch.zeros(3, 5), "b": torch.zeros(7), "c": torch.zeros(())}, tmp_path / "m.safetensors")
    assert disk.parameters(tmp_path) == 23
    assert disk.training_bytes(tmp_path, carries=True) > disk.training_bytes(tmp_path, carries=False) >= 7 * 4 * 23


def test_the_log_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loop.runlog.LOG_BYTES", 2000)
    for _ in range(30):
        with logging_to(tmp_path):
            for number in range(20):
                logger().info("stage %d begins", number)
    files = sorted(tmp_path.glob("run.log*"))
    assert len(files) == 1 + LOG_FILES
    assert all(path.stat().st_size <= 2000 for path in files)
    logger().info("nobody listens")
    assert "nobody" not in (tmp_path / "run.log").read_text()


def test_the_outcome_reaches_the_command(tmp_path: Path) -> None:
    outcome = Outcome(run="/r", kind="done", exit_code=0, champion=2, reason="it's “fine”")
    warnings: list[str] = []
    tell(f"cat > {shlex.quote(str(tmp_path / 'o.json'))}", outcome, warnings.append)
    assert Outcome.model_validate_json((tmp_path / "o.json").read_text()) == outcome
    assert warnings == []


@pytest.mark.parametrize("command", ["echo no mail >&2; exit 3", "no-such-command-here"])
def test_a_command_that_fails_is_reported_and_no_more(command: str) -> None:
    warnings: list[str] = []
    tell(command, Outcome(run="/r", kind="done", exit_code=0), warnings.append)
    assert len(warnings) == 1
    assert "the run itself is not affected" in warnings[0]


def test_operational_keys_may_change_and_new_keys_undo_no_open_round() -> None:
    old = Config.model_validate(load_preset("smoke"))
    new = old.model_copy(
        update={"keep_best": 9, "patience": 3, "disk_reserve_gb": 7.0, "redact": True, "budget_hours": 2.5}
    )
    assert differences(old, new) == []
    assert old.digest == new.digest
    other = old.model_copy(update={"restart": "base"})
    assert differences(old, other) == ["restart: 'champion' -> 'base'"]
    assert old.digest != other.digest


# ---- SIGTERM


@pytest.fixture
def sigterm() -> Iterator[None]:
    before = [(number, signal.getsignal(number)) for number in (signal.SIGTERM, signal.SIGINT)]
    interrupt.install()
    yield
    signal.alarm(0)
    for number, handler in before:
        signal.signal(number, handler)


def work(done: list[int], terminations: int) -> None:
    """Five items of a stage; SIGTERM comes during the third."""
    ticker = Ticker("x", "", _OnChange(), lambda: None)
    for item in range(5):
        if item == 2:
            for _ in range(terminations):
                os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0.05)
        done.append(item)
        ticker.advance()


@pytest.mark.usefixtures("sigterm")
def test_sigterm_waits_for_the_end_of_the_item() -> None:
    done: list[int] = []
    with pytest.raises(interrupt.Terminated), interrupt.patient():
        work(done, terminations=1)
    assert done == [0, 1, 2]
    assert signal.alarm(0) == 0


@pytest.mark.usefixtures("sigterm")
def test_a_second_sigterm_and_one_outside_a_stage_do_not_wait() -> None:
    done: list[int] = []
    with pytest.raises(interrupt.Terminated), interrupt.patient():
        work(done, terminations=2)
    with pytest.raises(interrupt.Terminated):
        work(done, terminations=1)
    assert done == [0, 1, 0, 1]


@pytest.mark.usefixtures("sigterm")
def test_an_item_without_end_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loop.interrupt.GRACE_SECONDS", 1)
    os_kill = lambda: (os.kill(os.getpid(), signal.SIGTERM), time.sleep(30))  # noqa: E731
    began = time.monotonic()
    with pytest.raises(interrupt.Terminated), interrupt.patient():
        os_kill()
    assert time.monotonic() - began < 20


# ---- schedules


def test_the_cron_line_runs_in_an_empty_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line's command, by /bin/sh as cron does; in loop's place a program that prints its arguments."""
    place = tmp_path / "a folder with 100% 'quotes' $HOME"
    place.mkdir()
    program = place / "loop"
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$SQLLOOP_HOME" "$@"\n')
    program.chmod(0o755)
    (place / "python").touch()
    monkeypatch.setattr(sys, "executable", str(place / "python"))
    monkeypatch.setenv("SQLLOOP_HOME", str(place / "home"))
    for name in ("HF_HOME", "HF_HUB_OFFLINE", "CUDA_VISIBLE_DEVICES"):
        monkeypatch.delenv(name, raising=False)
    line = cron_line(Nightly("night's run", place / "runs", "2:05"))
    assert line.startswith("5 2 * * * ")
    command = line.split(" ", 5)[5]
    assert "%" not in command.replace(r"\%", "")
    done = subprocess.run(
        ["/usr/bin/env", "-i", "/bin/sh", "-c", command.replace(r"\%", "%")],
        capture_output=True, text=True, check=True, cwd="/",
    )  # fmt: skip
    assert done.stdout.splitlines() == [
        str(place / "home"), "run", "--rounds", "+1", "--run", "night's run", "--runs-dir", str(place / "runs"),
        "--quiet", "--stop-by", "06:00",
    ]  # fmt: skip


def test_the_units_say_what_systemd_needs(tmp_path: Path) -> None:
    nightly = Nightly("50%", tmp_path / "a b", "23:30", None)
    made, clock = service(nightly), timer(nightly)
    start = next(line for line in made.splitlines() if line.startswith("ExecStart="))
    assert start.removeprefix("ExecStart=").startswith("/")
    assert f'--runs-dir "{tmp_path / "a b"}"' in start
    assert "--run 50%%" in start
    assert "--stop-by" not in start
    assert "OnCalendar=*-*-* 23:30:00" in clock
    assert "Persistent=true" in clock
    assert "RandomizedDelaySec=900" in clock


def test_json_of_an_outcome_keeps_its_fields() -> None:
    assert set(json.loads(Outcome(run="r", kind="done", exit_code=0).model_dump_json())) == {
        "run", "kind", "exit_code", "message", "rounds", "completed", "champion", "promoted", "reason", "select_exact",
        "select_total", "seconds",
    }  # fmt: skip
