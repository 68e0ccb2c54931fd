"""The command `loop run`: flags to configuration, the rounds, the outcome told, the exit code.

Heavy imports stay inside the functions.
"""

from __future__ import annotations

import errno
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.markup import escape

from loop.interrupt import Terminated
from schemas.errors import PausedError, RegressionError, SqlloopError, StageError, UsageError

if TYPE_CHECKING:
    from loop.config import Config
    from loop.night import Night
    from loop.outcome import Outcome
    from loop.progress import Reporter
    from loop.report.figures import RunFigures
    from loop.session import Session
    from loop.store import Store

RunName = Annotated[str, typer.Option("--run", help="Name of the run: its folder under --runs-dir.")]
RunsDir = Annotated[Path, typer.Option("--runs-dir", help="Folder that holds the runs.")]


def run(
    rounds: Annotated[str, typer.Option(help="Rounds in all; +1 adds one.")] = "5",
    name: RunName = "default",
    runs_dir: RunsDir = Path("runs"),
    preset: Annotated[
        str | None,
        typer.Option(help="laptop, night, gpu, smoke, ablation, or a TOML file.  [default: laptop; gpu with a GPU]"),
    ] = None,
    schemas: Annotated[
        str | None, typer.Option(help="all, original, new, own, or names and folders with commas.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Hub id, folder, or alias (smollm2-135m, tiny).")] = None,
    seed: Annotated[int | None, typer.Option(help="Root of every random draw.")] = None,
    predictor: Annotated[
        str | None, typer.Option(help="auto, transformers, vllm, server:URL[#MODEL], or file:PATH of answers.")
    ] = None,
    vllm_python: Annotated[
        str | None, typer.Option("--vllm-python", metavar="PATH", help="The Python that has vLLM, if not this one.")
    ] = None,
    tensor_parallel: Annotated[
        int | None, typer.Option("--tensor-parallel", min=1, help="GPUs that share one model when vLLM predicts.")
    ] = None,
    restart: Annotated[
        str | None, typer.Option(metavar="champion|base", help="What each training begins with.")
    ] = None,
    strategy: Annotated[
        str | None, typer.Option(metavar="failures|uniform", help="What hard examples follow; uniform is a control.")
    ] = None,
    hold_out: Annotated[
        str | None, typer.Option("--hold-out", help="Schemas kept out of training, to measure transfer.")
    ] = None,
    train_data: Annotated[
        Path | None, typer.Option("--train-data", metavar="FILE", help="JSON lines of your own pairs.")
    ] = None,
    accelerate: Annotated[
        str | None,
        typer.Option(metavar="CONFIG.yaml", help="accelerate's file: train on several GPUs or machines."),
    ] = None,
    postgres: Annotated[
        list[str] | None,
        typer.Option(metavar="DSN", help="Your own server instead of the embedded one; again for more of them."),
    ] = None,
    stop_by: Annotated[
        str | None, typer.Option(metavar="06:00", help="Begin no stage or batch of items after this local time.")
    ] = None,
    patience: Annotated[
        int | None, typer.Option(min=0, help="Held candidates in a row after which no round begins; 0: any.")
    ] = None,
    budget_examples: Annotated[
        int | None, typer.Option(min=0, help="Pairs trained on in all after which no round begins; 0: any number.")
    ] = None,
    budget_hours: Annotated[
        float | None, typer.Option(min=0, help="Hours of all stages after which no round begins; 0: any time.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say which stages would run and why; do nothing.")] = False,
    fail_on_regression: Annotated[
        bool, typer.Option("--fail-on-regression", help="Leave with 4 if the last candidate is worse on select.")
    ] = False,
    on_outcome: Annotated[
        str | None, typer.Option(metavar="CMD", help="Shell command that gets the outcome as JSON on its input.")
    ] = None,
    redact: Annotated[
        bool | None, typer.Option("--redact", help="Leave the databases' values out of report.html.")
    ] = None,
    track: Annotated[
        str | None, typer.Option(metavar="NAME", help="Show losses and accuracies in mlflow, trackio or tensorboard.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing on success.")] = False,
) -> None:
    """Run rounds: find failures, write harder examples, train, measure, decide.

    The same command resumes; finished stages are skipped. A run that exists keeps its configuration, so that
    --run NAME alone goes on with it.

    Example: loop run --rounds 5 --schemas hotel_group
    """
    from loop.drive import last_stage
    from loop.night import Night, Spent
    from loop.progress import Reporter
    from loop.session import Session
    from loop.store import Store
    from schemas.catalog import spell_out

    overrides = {
        "schemas": spell_out(schemas) if schemas else None, "model": _folder(model), "seed": seed,
        "predictor": _answers(predictor),
        "restart": restart, "patience": patience, "redact": redact, "budget_examples": budget_examples,
        "budget_hours": budget_hours, "accelerate": _absolute(accelerate),
        "vllm_python": _absolute(vllm_python), "tensor_parallel": tensor_parallel,
        "strategy": strategy, "hold_out": hold_out,
        "train_data": str(train_data.absolute()) if train_data else None,
    }  # fmt: skip
    store = Store(runs_dir / name)
    config = base_config(store, preset, overrides)
    session = Session(config, *servers_of(postgres))
    reporter = Reporter(Console(), quiet=quiet)
    if dry_run:
        _forecast(session, store, rounds, reporter)
        return
    if track is not None:
        from loop.tracking import Tracking

        session.tracking = Tracking(track, name, store.folder / "tracking", config.model_dump())
    night = Night(stop_by, config.patience, Spent(config.budget_examples, config.budget_hours))
    start = _Start(store, reporter, on_outcome, store.complete_rounds(last_stage))
    try:
        start.run(session, rounds, night, fail_on_regression)
    finally:
        session.close()


def servers_of(named: list[str] | None) -> tuple[str | None, tuple[str, ...]]:
    """The servers named by --postgres: the first, None for the embedded one, and the others.

    Raises:
        UsageError: one is named twice.
    """
    found = tuple(named or ())
    if len(set(found)) < len(found):
        raise UsageError("--postgres names the same server twice: name each server once")
    return (found[0] if found else None), found[1:]


class _Start:
    """One start of the loop: its end is told to the user's command, however it comes."""

    def __init__(self, store: Store, reporter: Reporter, on_outcome: str | None, before: int) -> None:
        self._store = store
        self._reporter = reporter
        self._on_outcome = on_outcome
        self._before = before
        self._began = time.monotonic()

    def run(self, session: Session, rounds: str, night: Night, fail_on_regression: bool) -> None:
        """Run the rounds."""
        from loop.drive import run as run_rounds
        from loop.outcome import of_figures

        try:
            figures = run_rounds(session, self._store, rounds, self._reporter, night)
        except PausedError as over:
            self._reporter.say(f"[yellow]paused[/]: {escape(str(over))}")
            self._tell("paused", 0, str(over))
            return
        except SqlloopError as error:
            self._tell("failed", error.exit_code, str(error))
            raise
        except OSError as error:
            self._tell("failed", 1, str(error))
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise StageError(
                    f"the disk that holds {self._store.folder} is full; make room, then the same command goes on"
                ) from None
            raise
        except KeyboardInterrupt:
            self._tell("interrupted", 130, "interrupted")
            raise
        except Terminated:
            self._tell("terminated", 143, "terminated")
            raise
        except Exception as error:
            self._tell("failed", 1, str(error))
            raise
        regression = _regression(figures, self._before) if fail_on_regression else ""
        outcome = of_figures(
            str(self._store.folder.absolute()), figures, self._before, 4 if regression else 0, self._seconds
        )
        self._send(outcome)
        if regression:
            raise RegressionError(regression)

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self._began

    def _tell(self, kind: str, exit_code: int, message: str) -> None:
        """Tell of an end that came before the rounds asked for were there."""
        from loop.drive import last_stage
        from loop.outcome import Outcome

        complete = self._store.complete_rounds(last_stage)
        outcome = Outcome.model_validate({
            "run": str(self._store.folder.absolute()), "kind": kind, "exit_code": exit_code, "message": message,
            "rounds": max(complete - 1, 0), "completed": tuple(range(self._before, complete)),
            "seconds": round(self._seconds, 1),
        })  # fmt: skip
        self._send(outcome)

    def _send(self, outcome: Outcome) -> None:
        from loop.outcome import tell

        if self._on_outcome is not None:
            errors = Console(stderr=True)
            tell(self._on_outcome, outcome, lambda text: errors.print(f"loop: {text}", markup=False, soft_wrap=True))


def _absolute(path: str | None) -> str | None:
    """A path as it holds from any folder, since nights begin in another; none and an empty one as they are."""
    return str(Path(path).expanduser().absolute()) if path else path


def _folder(model: str | None) -> str | None:
    """A model's folder by its whole path; a hub id or an alias as it is."""
    return _absolute(model) if model and Path(model).expanduser().is_dir() else model


def _answers(predictor: str | None) -> str | None:
    """A file of answers by its whole path; any other predictor as it is."""
    kind, colon, path = (predictor or "").partition(":")
    return f"file:{_absolute(path)}" if kind == "file" and colon else predictor


def _regression(figures: RunFigures, before: int) -> str:
    """What to say if the last candidate of this start is worse than its champion; empty if it is not."""
    last = figures.rounds[-1] if figures.rounds else None
    if last is None or last.number < before or last.decision is None:
        return ""
    decision = last.decision
    if decision.candidate_right >= decision.champion_right:
        return ""
    return (
        f"the candidate of round {last.number} answers {decision.candidate_right} of {decision.total} questions of "
        f"select, the champion {decision.champion_right} (90% interval {decision.low:+.1f} to {decision.high:+.1f} "
        "points); the champion stays: see loop report"
    )


def base_config(
    store: Store, preset: str | None, overrides: Mapping[str, str | float | None], auto: str | None = None
) -> Config:
    """The configuration: the run's own where it exists and no preset is named, then the flags.

    `auto` is what the predictor of that name stands for here; by default what the machine has.
    """
    from loop.config import resolve, resume
    from loop.serving import settled

    frozen = store.folder / "config.toml"
    known = preset is None and frozen.is_file()
    config = resume(frozen, dict(overrides)) if known else resolve(preset or _default_preset(), dict(overrides))
    return config.model_copy(update={"predictor": auto}) if auto and config.predictor == "auto" else settled(config)


def _default_preset() -> Literal["laptop", "gpu"]:
    """The gpu preset where a GPU is, else laptop."""
    from trainer.base import default_model

    return "laptop" if default_model() == "smollm2-135m" else "gpu"


def _forecast(session: Session, store: Store, rounds: str, reporter: Reporter) -> None:
    from loop.forecast import forecast
    from loop.report.forecast import show_forecast

    show_forecast(reporter.console, forecast(session, store, rounds))
