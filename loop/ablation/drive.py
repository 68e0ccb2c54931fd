"""Runs the arms, one after the other, each an ordinary run in a folder of its own, and leaves a report of each.

An arm whose report is there is skipped; one that was cut off goes on as any run does. Round 0 is the same for all arms
that ask the same base model the same questions in the same way, so it is copied from the default arm's run. Knows
folders and order; what an arm is, is in `arms`.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.markup import escape

from loop.ablation import record
from loop.ablation.arms import ARMS, Arm, configured, rounds_of, why_not
from loop.ablation.data import arrangement
from loop.ablation.golds import losses_of
from loop.ablation.record import ArmReport
from loop.config import OPERATIONAL, Config
from loop.drive import last_stage
from loop.drive import run as run_rounds
from loop.progress import Reporter
from loop.report.collecting import KEPT
from loop.session import Session
from loop.state import Round
from loop.store import Store, read_records, write_atomic
from schemas.errors import ConfigError, GapsError, StageError
from schemas.records import Question

AFTER_ROUND_0 = frozenset({
    *OPERATIONAL, "test_always", "first_examples", "curriculum_examples", "hard_examples", "natural_repeats",
    "natural_variants", "natural_weight", "passes", "replay_share", "batch_size", "block", "batch_tokens",
    "gradient_checkpointing", "peak_rate", "later_rate", "profile", "warmup", "carry_optimizer", "tolerance", "wikisql",
    "wikisql_examples", "restart", "strategy", "train_data", "curriculum",
})  # fmt: skip
"""Keys that round 0 does not read; with any other, a new one included, it is measured anew."""
PROBES_ONLY = frozenset({"hold_out"})
"""Keys that it reads for its probes alone."""
COPIED = "round-0-copied.json"
"""In a run's folder: says that round 0 is another run's."""


@dataclass(frozen=True, slots=True)
class Ablation:
    """What a command asks for."""

    base: Config
    """The preset with flags; seed and `test_always` are set by each arm."""
    rounds: int
    """Rounds of an arm; some take one more."""
    seeds: tuple[int, ...]
    folder: Path
    """Holds the arms' runs."""
    out: Path
    """Holds their reports."""
    dsn: str | None = None
    further: tuple[str, ...] = ()
    wikisql: str = ""
    """The WikiSQL release, for the arm that needs it."""

    def path(self, arm: Arm, seed: int) -> Path:
        """File of an arm's report."""
        return self.out / f"{arm.name}-seed{seed}.json"

    def store(self, arm: Arm, seed: int) -> Store:
        """An arm's run."""
        return Store(self.folder / f"{arm.name}-seed{seed}")

    def report(self, arm: Arm, seed: int) -> ArmReport | None:
        """An arm's report, where it has one of as many rounds as are asked for.

        Raises:
            ConfigError: it is of another configuration.
            DataError: the file is none.
        """
        path = self.path(arm, seed)
        if not path.is_file():
            return None
        found = record.read(path)
        if found.digest != record.digest_of(configured(arm, self.base, seed, self.wikisql)):
            raise ConfigError(
                f"{path} is of another preset, model or schemas: give the old ones, or another --run NAME"
            )
        return found if found.last >= rounds_of(arm, self.rounds) else None

    def reports(self) -> dict[tuple[str, int], ArmReport]:
        """All reports there are, of any seed: (arm, seed) -> report."""
        found = [record.read(path) for path in sorted(self.out.glob("*-seed*.json"))]
        return {(item.arm, item.seed): item for item in found if item.arm in ARMS}


def run(ablation: Ablation, arms: Sequence[Arm], named: Sequence[str], reporter: Reporter) -> None:
    """Run every arm under every seed, the first seed's first.

    Args:
        ablation: what is asked for.
        arms: counterparts before those compared with them.
        named: names that the user gave: one of them that cannot run is an error, another is passed over with a word.
        reporter: shows what happens.

    Raises:
        UsageError: an arm named cannot run here, a run began otherwise, or model or server cannot be had.
        LockedError: another process is at an arm.
        GapsError: arms failed, which are named; the others are done.
    """
    able = list(_able(ablation, arms, named, reporter))
    failed: list[str] = []
    for seed in ablation.seeds:
        for arm in able:
            if ablation.report(arm, seed) is not None:
                reporter.say(f"{arm.name}, seed {seed}: done before")
                continue
            reporter.say(f"\n[bold]{arm.name}, seed {seed}[/] [dim]{escape(arm.change)}[/]")
            try:
                _run_one(ablation, arm, seed, reporter)
            except StageError as error:
                failed.append(f"{arm.name} seed {seed} ({error})")
                reporter.say(f"[red]failed[/]: {escape(str(error))}")
    if failed:
        raise GapsError(f"{len(failed)} arms failed: {'; '.join(failed)}")


def _able(ablation: Ablation, arms: Sequence[Arm], named: Sequence[str], reporter: Reporter) -> Iterator[Arm]:
    """The arms that can run here."""
    for arm in arms:
        reason = why_not(arm, ablation.base, ablation.wikisql)
        if reason and arm.name in named:
            raise ConfigError(f"the arm {arm.name} cannot run: {reason}")
        if reason:
            reporter.say(f"{arm.name}: passed over; {escape(reason)}")
        else:
            yield arm


def _run_one(ablation: Ablation, arm: Arm, seed: int, reporter: Reporter) -> None:
    """Bring one arm's run to its end and write its report."""
    config, default = (configured(item, ablation.base, seed, ablation.wikisql) for item in (arm, ARMS["default"]))
    store = ablation.store(arm, seed)
    session = Session(config, ablation.dsn, ablation.further, arrange=arrangement(arm, config), plain=arm.plain)
    if arm.training:
        from loop.ablation.controls import trainer_of

        session.trainer = trainer_of(arm.training)
    try:
        with store.held():
            _say_what_it_is(store, arm)
            if copy_round_0(session, ablation.store(ARMS["default"], seed), default, store):
                reporter.say("  [dim]· round 0 is the default arm's[/]")
        run_rounds(session, store, str(rounds_of(arm, ablation.rounds)), reporter)
        reporter.say("  [dim]· loss on the test golds[/]")
        losses = losses_of(arm, session, store, rounds_of(arm, ablation.rounds))
    finally:
        session.close()
    ablation.out.mkdir(parents=True, exist_ok=True)
    copied = (store.folder / COPIED).is_file()
    made = record.made(arm, store, config, default, base_copied=copied, losses=losses)
    write_atomic(ablation.path(arm, seed), made.model_dump_json(indent=1) + "\n")


def _say_what_it_is(store: Store, arm: Arm) -> None:
    """Leave the arm's name in its run, whose configuration does not tell of another way to train."""
    told = {"arm": arm.name, "claim": arm.claim, "change": arm.change}
    write_atomic(store.folder / "arm.json", json.dumps(told, indent=1) + "\n")


def copy_round_0(session: Session, source: Store, default: Config, target: Store) -> bool:
    """Take over round 0 of the default arm's run, where it is what this one would measure; whether it was done.

    Args:
        session: the arm's.
        source: the default arm's run.
        default: its configuration.
        target: the arm's run; a round 0 that was begun there is left alone.
    """
    final = target.round_folder(0)
    if final.exists() or source.done(0, last_stage(0)) is None or not same_base(session, default):
        return False
    asked = read_records(source.stage_folder(0, "predict") / "questions.jsonl", Question)
    if [item for item in asked if item.split != "probe"] != Round(session, target, 0).measured():
        return False
    half = final.with_name(f"tmp-{final.name}")
    shutil.rmtree(half, ignore_errors=True)
    shutil.copytree(source.round_folder(0), half, ignore=shutil.ignore_patterns(KEPT))
    write_atomic(target.folder / COPIED, json.dumps({"from": source.folder.name}) + "\n")
    half.rename(final)
    return True


def same_base(session: Session, default: Config) -> bool:
    """Whether a run's round 0 is the default arm's: same model, questions, prompt and way to answer."""
    ours, theirs = session.config.model_dump(), default.model_dump()
    different = {key for key in ours if ours[key] != theirs[key]} - AFTER_ROUND_0
    if default.probe_questions:  # they are generated from the schemas trained on, in the arm's wording
        return not different and not session.plain
    return not different - PROBES_ONLY
