"""Runs rounds: which are due, which stages are done, what each costs. The loop around `loop.rounds`.

Knows order, hashes and resuming; what a stage does is in `loop.rounds`, what a person sees in `loop.progress` and
`loop.report`.
"""

from __future__ import annotations

import hashlib

from rich.markup import escape

from loop import disk, tracking
from loop.night import Night, Spent
from loop.own_pairs import digest_of
from loop.progress import Reporter
from loop.prompting import shortened
from loop.report.collecting import collect, keep
from loop.report.figures import RunFigures
from loop.report.html import render
from loop.report.rounds import show_run
from loop.report.terminal import show_round
from loop.retention import retain
from loop.rounds import BASE_STAGES, STAGES, Stage, test
from loop.runlog import logging_to
from loop.session import Session
from loop.state import Round, champion_before, decision_of, verdicts_of
from loop.store import Store, read_records, write_atomic
from schemas.errors import ConfigError, PausedError, SchemaError
from schemas.records import Checkpoint, Verdict


def stages_of(number: int) -> tuple[Stage, ...]:
    """The stages of a round by its number."""
    return STAGES if number else BASE_STAGES


def last_stage(number: int) -> str:
    """Name of the stage that completes a round."""
    return stages_of(number)[-1].__name__


def due(complete: int, rounds: str) -> int:
    """How many rounds there shall be in all, round 0 not counted: "5" means five, "+1" one more than are complete.

    Raises:
        ConfigError: the text is neither.
    """
    text = rounds.strip()
    if not text.removeprefix("+").isdecimal():
        raise ConfigError(f"--rounds {rounds!r} is no number of rounds: give a total such as 5, or +1 for one more")
    if text.startswith("+"):
        return max(complete - 1, 0) + int(text)
    return int(text)


def run(session: Session, store: Store, rounds: str, reporter: Reporter, night: Night | None = None) -> RunFigures:
    """Bring a run to the number of rounds asked for, resuming whatever is open, and report after each.

    Args:
        session: schemas, server and models.
        store: the run's folder.
        rounds: "5" in all, "+1" one more.
        reporter: shows what happens.
        night: when to end before that; never if None.

    Raises:
        SchemaError: dev, select or test has no questions.
        UsageError: the model, the server or the file of answers cannot be had, the run began otherwise, or the disk
            has no room for a stage.
        LockedError: another process holds the run.
        PausedError: the night is over; says what is left.
    """
    night = night or Night()
    with store.held(), logging_to(store.folder):
        store.check(session.config)
        complete = store.complete_rounds(last_stage)
        total = due(complete, rounds)
        if complete <= total or untested(store, complete) is not None:
            _check_questions(session)
            session.check()
            store.freeze(session.config)
            for sentence in shortened(session.prompt, session.schemas):
                reporter.say(f"[yellow]note[/] {escape(sentence)}")
        else:
            reporter.say(f"nothing to do: all {total} rounds of {escape(repr(store.folder.name))} are complete")
        if complete:
            _settle(Round(session, store, complete - 1))
        for number in range(complete, total + 1):
            enough = why_not(store, number, night)
            if enough:
                reporter.say(f"no further round: {enough}")
                break
            try:
                _run_round(Round(session, store, number), reporter, night)
            except PausedError as over:
                raise PausedError(f"{over}: {left(store, number, total)}; the same command goes on there") from None
            show_round(reporter, collect(store), number)
            if session.tracking is not None:
                session.tracking.log(
                    tracking.accuracies(collect(store).rounds[number]), tracking.steps_before(store, number + 1)
                )
        asked = _test_champion(session, store, reporter, night)
        figures = collect(store)
        if complete <= total or asked:
            show_run(reporter, figures)
            reporter.say(f"report: {escape(str(store.folder / 'report.html'))}")
        return figures


def untested(store: Store, complete: int) -> int | None:
    """Round of the champion after so many rounds, if its model was never asked test; None where it was."""
    champion = champion_before(store, complete)
    if not complete or any(verdict.split == "test" for verdict in verdicts_of(store, champion)):
        return None
    return champion


def _test_champion(session: Session, store: Store, reporter: Reporter, night: Night) -> bool:
    """Ask test of the champion that the command ends with, unless it was asked before; whether it was asked now."""
    complete = store.complete_rounds(last_stage)
    champion = untested(store, complete)
    if champion is None:
        return False
    r = Round(session, store, champion)
    reporter.say(f"\n[bold]Test[/] [dim]of the champion, round {champion}[/]")
    reporter.may_pause = night.leave_if_over
    try:
        _run_stage(r, test, [stage.__name__ for stage in stages_of(champion)], reporter, night)
    except PausedError as over:
        raise PausedError(f"{over}: test of the champion is left; the same command asks it") from None
    _settle(Round(session, store, complete - 1))
    if session.tracking is not None:
        figures = tracking.accuracies(collect(store).rounds[champion])
        told = {name: value for name, value in figures.items() if name in {"exact/test", "round"}}
        session.tracking.log(told, tracking.steps_before(store, complete))
    return True


def left(store: Store, number: int, total: int) -> str:
    """What a run still has to do once it stops in round `number`, in words."""
    open_stages = [stage.__name__ for stage in stages_of(number) if store.done(number, stage.__name__) is None]
    later = total - number
    more = f", then {later} more round{'s' * (later > 1)}" if later else ""
    return f"of round {number} {', '.join(open_stages)} {'are' if len(open_stages) > 1 else 'is'} left{more}"


def why_not(store: Store, number: int, night: Night) -> str:
    """Why round `number` shall not begin; a round that is open is finished in any case."""
    if number < 2 or any(store.done(number, stage.__name__) for stage in stages_of(number)):
        return ""
    decisions = [decision for earlier in range(1, number) if (decision := decision_of(store, earlier)) is not None]
    verdicts = store.stage_folder(champion_before(store, number), "score") / "verdicts.jsonl"
    wrong = sum(item.split in {"dev", "probe"} and not item.exact for item in read_records(verdicts, Verdict))
    return night.why_not_another(decisions, wrong, spent(store, number))


def spent(store: Store, complete: int) -> Spent:
    """What the rounds before `complete` cost."""
    examples, seconds = 0, 0.0
    for number in range(complete):
        done = [store.done(number, name) for name in (*(stage.__name__ for stage in stages_of(number)), test.__name__)]
        seconds += sum(item.seconds for item in done if item is not None)
        if number:
            made = read_records(store.stage_folder(number, "train") / "checkpoint.jsonl", Checkpoint)[0].report
            examples += made.examples if made is not None else 0
    return Spent(examples, seconds / 3600)


def _check_questions(session: Session) -> None:
    for split in ("dev", "select", "test"):
        if not any(question.split == split for schema in session.schemas for question in schema.questions):
            names = ", ".join(schema.name for schema in session.schemas)
            raise SchemaError(
                f"no question of split {split!r} in {names}: add some to questions.toml, a run needs them"
            )


def _run_round(r: Round, reporter: Reporter, night: Night) -> None:
    title = "base model" if r.number == 0 else f"champion: round {r.champion}" if r.champion else "champion: base model"
    reporter.say(f"\n[bold]Round {r.number}[/] [dim]{title}[/]")
    r.store.event("round", number=r.number)
    reporter.may_pause = night.leave_if_over
    before: list[str] = []
    for stage in stages_of(r.number):
        _run_stage(r, stage, before, reporter, night)
        before.append(stage.__name__)
    _settle(r)


def _run_stage(r: Round, stage: Stage, before: list[str], reporter: Reporter, night: Night) -> None:
    """One stage of a round, unless it is done; `before` are the stages that it comes after."""
    name = stage.__name__
    inputs = inputs_of(r, name, before)
    finished = r.store.done(r.number, name)
    if finished is not None and finished.inputs == inputs:
        reporter.say(f"  [dim]· {name:<9} done before ({finished.seconds:.0f} s)[/]")
        return
    night.leave_if_over()
    disk.check(r.store.folder, name, r.number, bytes_needed(r, name), r.config.disk_reserve_gb)
    with reporter.stage(name) as tick:
        r.store.run_stage(r.number, name, inputs, r.config.seed, lambda out: stage(r, out, tick))
    r.store.event("stage", number=r.number, stage=name)


def bytes_needed(r: Round, stage: str) -> int:
    """Bytes that a stage may write."""
    return disk.training_bytes(r.start_model, carries=r.config.carry_optimizer) if stage == "train" else disk.SMALL


def _settle(r: Round) -> None:
    """What follows a round's last stage: link, checkpoints, reports. Done again: the process may have died here."""
    champion = champion_before(r.store, r.number + 1)
    if champion or not (r.store.folder / "champion").is_symlink():
        r.store.set_champion(r.model_of(champion))
    kept = {champion, r.champion}  # the next round starts from the one; this round, done again, from the other
    for number in range(1, r.number + 1):
        if number not in kept:  # Adam's state is twice the model's size
            (r.model_of(number) / "optimizer.pt").unlink(missing_ok=True)
    for number in retain(r.store, r.number + 1, r.config.keep_best, r.config.keep_latest):
        r.store.event("removed", checkpoint=number)
    figures = collect(r.store)
    keep(r.store, figures)
    page = render(r.store, figures, redact=r.config.redact)
    for name, text in (("report.json", figures.model_dump_json(indent=1) + "\n"), ("report.html", page)):
        path = r.store.folder / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            write_atomic(path, text)


def inputs_of(r: Round, name: str, before: list[str]) -> str:
    """Hash of what decides a stage's output: the configuration, the questions, and what came before it."""
    asks_test = str(name == "predict" and r.measures_test)
    parts = [r.config.digest, str(r.number), asks_test, str(r.champion)]
    parts += [digest_of(r.config.train_data)] if name == "mix" and r.config.train_data else []
    parts += [schema.digest for schema in r.session.schemas]
    parts += [question.model_dump_json() for schema in r.session.schemas for question in schema.questions]
    if r.number:
        parts.append(r.store.output_hash(r.number - 1, [stage.__name__ for stage in stages_of(r.number - 1)]))
    parts.append(r.store.output_hash(r.number, before))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
