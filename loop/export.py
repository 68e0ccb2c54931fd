"""The champion as a folder that a hub or any user of transformers takes: weights, tokenizer, prompt, model card.

Knows the run's figures and files; changes nothing in the run. The folder is written whole or not at all.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loop.config import Config, read_toml, validate
from loop.prompting import make_prompt
from loop.state import champion_before
from loop.store import Store
from schemas.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from loop.report.figures import RoundFigures, RunFigures, SplitFigures
    from schemas.catalog import Schema

LEFT_OUT = ("optimizer.pt",)
"""Files of a checkpoint that only training needs."""
_WHAT = {
    "test": "only measured",
    "select": "decided promotion",
    "dev": "failures were mined here, so it is biased",
    "probe": "generated questions, never trained on",
    "transfer": "schemas held out of training",
}


def export(store: Store, out: Path, number: int | None = None) -> Path:
    """Write the champion's folder, or the model of round `number`.

    Raises:
        ConfigError: there is no such run, or the model is gone.
        UsageError: the folder is there already.
    """
    from loop.report.collecting import collect
    from schemas.catalog import select_schemas
    from trainer.checkpoint import write_folder

    path = store.folder / "config.toml"
    if not path.is_file():
        raise ConfigError(f"{store.folder} is no run: see what is there with loop status")
    if out.exists():
        raise UsageError(f"{out} is there already: remove it, or give another --out")
    config = validate(read_toml(path), str(path))
    figures = collect(store)
    if not figures.rounds:
        raise ConfigError(f"the run {store.folder.name!r} has no scored round yet; let loop run go on first")
    chosen = champion_before(store, len(figures.rounds)) if number is None else number
    if chosen >= len(figures.rounds):
        raise ConfigError(f"round {chosen} of {store.folder.name!r} is not scored yet: choose an earlier --round")
    model = model_folder(store, config, chosen)
    schema = select_schemas(config.schemas)[0]

    def fill(target: Path) -> None:
        for file in sorted(model.iterdir()):
            if file.is_file() and file.name not in LEFT_OUT:
                shutil.copyfile(file, target / file.name)
        (target / "prompt_template.txt").write_text(make_prompt(config, model).outline(), encoding="utf-8")
        (target / "README.md").write_text(_card(figures, config, chosen, schema, model), encoding="utf-8")

    return write_folder(out, fill)


def model_folder(store: Store, config: Config, number: int) -> Path:
    """Folder of a round's model, the base model's for 0.

    Raises:
        ConfigError: the model is gone.
        ModelError: the base model cannot be had.
    """
    from loop.session import Session

    if number == 0:
        return Session(config, None).base_model
    folder = store.stage_folder(number, "train") / "checkpoint"
    if not (folder / "config.json").is_file():
        raise ConfigError(f"the model of round {number} of {store.folder.name!r} is not there: see loop status")
    return folder


def _card(figures: RunFigures, config: Config, number: int, schema: Schema, model: Path) -> str:
    from loop.disk import parameters
    from loop.report.html import environment
    from loop.store import versions
    from trainer.base import SMOLLM2, SMOLLM2_HUB

    now = figures.rounds[number]
    questions = schema.split("train")
    example = "".join(
        make_prompt(config, model)(schema, questions[0].text if questions else "How many rows are there?")
    )
    hub = SMOLLM2_HUB if config.model == SMOLLM2 else config.model if config.model.count("/") == 1 else ""
    modes = sorted(now.failure_modes.items(), key=lambda item: -item[1])[:5]
    return (
        environment()
        .get_template("card.md.jinja")
        .render(
            hub_base=hub if not Path(hub).exists() else "",
            title=f"{figures.name}: text to PostgreSQL",
            base=hub or config.model,
            version=versions()["sqlloop"],
            champion=number,
            run=figures.name,
            schemas=figures.schemas,
            instances=config.instances,
            rows=[row for split in _WHAT if (row := _row(split, now, figures)) is not None],
            rounds=len(figures.rounds) - 1,
            modes=[f"{mode} ({count})" for mode, count in modes],
            example=example,
            train=now.train and {"examples": now.train.examples, "steps": now.train.steps},
            parameters=f"{parameters(model) / 1e6:.1f} M",
            seed=config.seed,
        )
    )


def _row(split: str, now: RoundFigures, figures: RunFigures) -> dict[str, Any] | None:
    found: SplitFigures | None = getattr(now, split)
    base: SplitFigures | None = getattr(figures.rounds[0], split)
    if found is None and base is None:
        return None
    return {
        "split": split,
        "now": _share(found),
        "interval": f"{found.low:.0f} to {found.high:.0f}%" if found else "–",
        "base": _share(base),
        "what": _WHAT[split],
    }


def _share(figures: SplitFigures | None) -> str:
    if figures is None:
        return "not measured"
    return f"{100 * figures.exact / max(figures.total, 1):.1f}% ({figures.exact}/{figures.total})"
