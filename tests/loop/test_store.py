"""The run folder: stages are skipped, resumed and never half written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from loop.config import differences, load_preset, preset_names, resolve, to_toml, validate
from loop.drive import due
from loop.store import Store, read_records, write_records
from schemas.errors import ConfigError, DataError
from schemas.records import Execution


def test_a_finished_stage_is_skipped_until_its_inputs_change(tmp_path: Path) -> None:
    store = Store(tmp_path)
    calls: list[str] = []

    def work(out: Path) -> None:
        calls.append("x")
        (out / "a.txt").write_text(str(len(calls)))

    assert store.run_stage(1, "plan", "one", 0, work)
    assert not store.run_stage(1, "plan", "one", 0, work)
    assert store.run_stage(1, "plan", "two", 0, work)
    assert (store.stage_folder(1, "plan") / "a.txt").read_text() == "2"
    done = store.done(1, "plan")
    assert done is not None
    assert set(done.outputs) == {"a.txt"}


def test_a_stage_that_fails_leaves_nothing_finished(tmp_path: Path) -> None:
    store = Store(tmp_path)

    def work(out: Path) -> None:
        (out / "half.txt").write_text("half")
        raise ValueError

    with pytest.raises(ValueError):
        store.run_stage(1, "plan", "one", 0, work)
    assert store.done(1, "plan") is None


KILLED = """
import sys, time
from pathlib import Path
from loop.store import Store
def work(out):
    (out / "items.txt").open("a").write("x")
    print("started", flush=True)
    time.sleep(60)
Store(Path(sys.argv[1])).run_stage(1, "plan", "one", 0, work)
"""


def test_kill_9_in_a_stage_keeps_its_folder_for_the_same_inputs_only(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline().strip() == "started"
    os.kill(child.pid, signal.SIGKILL)
    child.wait(timeout=30)
    child.stdout.close()
    store = Store(tmp_path)
    assert store.done(1, "plan") is None
    seen: list[bool] = []
    store.run_stage(1, "plan", "one", 0, lambda out: seen.append((out / "items.txt").exists()))
    store.run_stage(1, "plan", "two", 0, lambda out: seen.append((out / "items.txt").exists()))
    assert seen == [True, False]


def test_a_half_written_file_of_an_earlier_try_is_no_output(tmp_path: Path) -> None:
    store = Store(tmp_path)

    def die(out: Path) -> None:
        (out / ".done.json.tmp").write_text("half")
        (out / "resume").mkdir()
        (out / "resume" / ".x.jsonl.tmp").write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.run_stage(1, "plan", "one", 0, die)
    store.run_stage(1, "plan", "one", 0, lambda out: write_records(out / "a.jsonl", []))
    done = store.done(1, "plan")
    assert done is not None
    assert set(done.outputs) == {"a.jsonl"}


def test_death_before_the_rename_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path)
    store.run_stage(1, "train", "old", 0, lambda _: None)
    calls: list[str] = []

    def work(out: Path) -> None:
        calls.append("x")
        (out / "a.txt").write_text("new")

    rename = Path.replace

    def dies(self: Path, target: Path) -> Path:
        if self.name == "tmp-train":
            raise KeyboardInterrupt
        return rename(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", dies)
        with pytest.raises(KeyboardInterrupt):
            store.run_stage(1, "train", "new", 0, work)
    store.run_stage(1, "train", "new", 0, work)
    assert calls == ["x"]
    done = store.done(1, "train")
    assert done is not None
    assert done.inputs == "new"
    assert (store.stage_folder(1, "train") / "a.txt").read_text() == "new"
    assert sorted(path.name for path in store.round_folder(1).rglob("*")) == ["a.txt", "done.json", "train"]


def test_a_champion_outside_the_run_is_linked_by_its_whole_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    model = Path("models/base")
    model.mkdir(parents=True)
    store = Store(Path("runs/one"))
    store.folder.mkdir(parents=True)
    store.set_champion(model)
    assert (store.folder / "champion").resolve() == model.resolve()
    own = store.stage_folder(1, "train") / "checkpoint"
    own.mkdir(parents=True)
    store.set_champion(own)
    assert os.readlink(store.folder / "champion") == "rounds/001/train/checkpoint"


HOLDER = """
import sys, time
from pathlib import Path
from loop.store import Store
with Store(Path(sys.argv[1])).held():
    print("held", flush=True)
    time.sleep(60)
"""


def test_the_lock_is_free_once_its_holder_is_killed(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline().strip() == "held"
    os.kill(child.pid, signal.SIGKILL)
    child.wait(timeout=30)
    child.stdout.close()
    time.sleep(0.1)
    with Store(tmp_path).held():
        pass


def test_a_broken_record_is_named_by_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    write_records(path, [Execution(ok=True), Execution(ok=False, message="no")])
    assert [item.ok for item in read_records(path, Execution)] == [True, False]
    path.write_text(path.read_text() + '{"ok": "perhaps"}\n')
    with pytest.raises(DataError, match=r"x\.jsonl:3"):
        read_records(path, Execution)


@pytest.mark.parametrize("name", preset_names())
def test_presets_are_valid_commented_and_survive_toml(name: str) -> None:
    import tomllib

    import loop.config

    config = resolve(name, {})
    assert validate(tomllib.loads(to_toml(config)), "round trip") == config
    lines = (loop.config.PRESETS / f"{name}.toml").read_text().splitlines()
    assert all("#" in line for line in lines if line.strip())


def test_differences_name_the_key() -> None:
    old = resolve("smoke", {})
    assert differences(old, resolve("smoke", {"seed": 7})) == ["seed: 1 -> 7"]


def test_an_unknown_or_bad_key_is_named() -> None:
    values = load_preset("smoke")
    with pytest.raises(ConfigError, match="colour"):
        validate({**values, "colour": 1}, "here")
    with pytest.raises(ConfigError, match="warmup"):
        validate({**values, "warmup": 2}, "here")


@pytest.mark.parametrize(
    ("complete", "text", "expected"), [(0, "5", 5), (3, "5", 5), (0, "+1", 1), (3, "+1", 3), (6, "5", 5)]
)
def test_rounds_due(complete: int, text: str, expected: int) -> None:
    assert due(complete, text) == expected


@pytest.mark.parametrize("text", ["five", "", "-1", "+", "1.5", "²"])
def test_rounds_that_are_no_number(text: str) -> None:
    with pytest.raises(ConfigError):
        due(0, text)
