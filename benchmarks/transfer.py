"""How much of what a model learns from generated pairs carries over to questions as people ask them.

    python -m benchmarks.transfer --schemas hotel_group,crop_farm --passes 2000 --out FOLDER

The base model is taught from generated pairs alone, `--passes` of them on each schema, each pair once; then it answers
the hand-written questions of dev and select, and generated questions it never met. The ratio of the two accuracies is
the generator's transfer (issue 5). Beside the accuracies stands the loss on the golds, which moves earlier and is less
a matter of chance. Killed, the same command goes on where the training stopped. Failures may be read on dev only.
"""

from __future__ import annotations

import argparse
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import machine
from generators.canonical import canonical
from generators.curriculum import STAGE_SHARES, Request, draw_examples
from generators.gate import TRIES, Gate
from generators.mix import mix
from loop.ablation.golds import gold_losses
from loop.config import resolve
from loop.samples import make_probes
from loop.session import Session
from loop.store import read_records, write_records
from loop.supply import new_gate
from schemas.records import Example, Question, Verdict
from schemas.sql import concepts, curriculum_stage
from trainer.batches import Pair
from trainer.fit import FitSettings, fit


@dataclass(frozen=True, slots=True)
class Score:
    """How one set of questions was answered."""

    name: str
    exact: int
    asked: int
    loss: float
    """Mean nats a token of the golds."""

    @property
    def share(self) -> float:
        """Accuracy, 0 to 1."""
        return self.exact / self.asked if self.asked else 0.0


def taught(session: Session, gate: Gate, passes: int, stage: int) -> list[Example]:
    """`passes` distinct generated pairs of each schema, with the mixture of a curriculum stage."""
    made: list[Example] = []
    for view in session.views.values():
        candidates = draw_examples(view, Request(STAGE_SHARES[stage]), session.config.seed, "transfer")
        made += gate.admitted(candidates, passes, TRIES * passes)
    return made


def losses(folder: Path, session: Session, questions: Sequence[Question]) -> float:
    """Mean nats a token of the first golds as the generators would write them, every question alike."""
    found = gold_losses(session, folder, questions)
    return sum(found.values()) / max(len(found), 1)


def answered(folder: Path, session: Session, questions: Sequence[Question]) -> list[Verdict]:
    """Verdicts on the model's greedy answers."""
    from evaluator.predict.transformers import TransformersPredictor
    from evaluator.score import score

    predictor = TransformersPredictor(folder, session.prompt, max_new_tokens=160, batch_size=64)
    answers = []
    for schema in session.schemas:
        own = [question for question in questions if question.schema_name == schema.name]
        answers += predictor.predict(schema, own)
    predictor.close()
    return score(session.executor, session.instances, questions, answers, golds=session.golds)


def by_stage(questions: Sequence[Question], verdicts: Sequence[Verdict]) -> str:
    """Right and asked of each curriculum stage of the gold."""
    stages = {question.id: curriculum_stage(concepts(question.golds[0])) for question in questions}
    cells = []
    for stage in range(1, 6):
        own = [verdict for verdict in verdicts if stages[verdict.id] == stage]
        cells.append(f"{sum(verdict.exact for verdict in own)}/{len(own)}")
    return "  ".join(cells)


def run(args: argparse.Namespace) -> None:
    """Teach, ask, print."""
    out: Path = args.out
    out.mkdir(parents=True, exist_ok=True)
    overrides = {"schemas": args.schemas, "seed": args.seed, "model": args.model, "prompt_glossary": args.glossary}
    session = Session(resolve("laptop", overrides), None)
    gate = new_gate(session, execute=True)
    probes = make_probes(list(session.views.values()), gate, args.generated, args.seed)
    gate.forbid(probes)
    data = out / "examples.jsonl"
    if not data.is_file():
        write_records(data, taught(session, gate, args.passes, args.stage))
    arranged = mix(read_records(data, Example), args.block, args.seed, "transfer")
    model = out / "model"
    if not model.is_dir():
        train(session, arranged.examples, arranged.mean_weight, model, args)
    scores = []
    for name, questions in (
        ("natural, dev", [q for schema in session.schemas for q in schema.split("dev")]),
        ("natural, select", [q for schema in session.schemas for q in schema.split("select")]),
        ("generated, held out", probes),
    ):
        verdicts = answered(model, session, questions)
        write_records(out / f"verdicts-{name.split(', ')[1].replace(' ', '-')}.jsonl", verdicts)
        write_records(out / f"questions-{name.split(', ')[1].replace(' ', '-')}.jsonl", questions)
        right = sum(verdict.exact for verdict in verdicts)
        scores.append(Score(name, right, len(questions), losses(model, session, questions)))
        print(f"{name:<20} {right:>3}/{len(questions):<3} {scores[-1].share:6.1%}  loss {scores[-1].loss:.3f} nats a "
              f"token   by curriculum stage {by_stage(questions, verdicts)}", flush=True)  # fmt: skip
    natural = sum(item.exact for item in scores[:2]) / sum(item.asked for item in scores[:2])
    ratio = natural / scores[2].share if scores[2].share else float("nan")
    print(f"transfer: natural {natural:.1%} over generated {scores[2].share:.1%} = {ratio:.2f}")
    session.close()


def train(session: Session, examples: Sequence[Example], mean: float, model: Path, args: argparse.Namespace) -> None:
    """Teach the base model these pairs, in this order."""
    pairs = []
    for example in examples:
        head, tail = session.prompt(session.schema(example.schema_name), example.question)
        pairs.append(Pair(example.id, head, tail, example.sql, example.weight))
    settings = FitSettings(
        peak_rate=args.rate,
        profile=args.profile,
        batch_size=args.batch,
        batch_tokens=8192,
        save_every=20,
        measure_every=max(1, len(pairs) // args.batch // 5),
        threads=args.threads,
    )
    began = time.monotonic()
    seen = 0

    def on_step(step: object) -> None:
        nonlocal seen
        seen += step.examples  # type: ignore[attr-defined]
        if step.step % 10 == 9:  # type: ignore[attr-defined]
            rate = seen / (time.monotonic() - began)
            print(f"  step {step.step + 1}  loss {step.loss:.3f}  {rate:.2f} pairs/s", flush=True)  # type: ignore[attr-defined]

    resume = model.parent / "resume"
    dev = []
    for question in (question for schema in session.schemas for question in schema.split("dev")):
        head, tail = session.prompt(session.schema(question.schema_name), question.text)
        dev.append(Pair(question.id, head, tail, canonical(question.golds[0])))
    report = fit(
        session.base_model, pairs, mean, settings, model, on_step=on_step, seed=args.seed, resume_dir=resume,
        held_out=dev,
    )  # fmt: skip
    looks = "  ".join(f"{look.step}: {look.loss:.3f}" for look in report.held_out)
    print(f"natural loss on dev after so many steps: {looks}", flush=True)
    shutil.rmtree(resume, ignore_errors=True)


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--schemas", default="hotel_group,crop_farm")
    parser.add_argument("--model", default="smollm2-135m")
    parser.add_argument("--passes", type=int, default=2000, help="pairs of each schema")
    parser.add_argument("--generated", type=int, default=80, help="held-out generated questions in all")
    parser.add_argument("--stage", type=int, default=5, help="curriculum stage whose mixture is drawn")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--block", type=int, default=8)
    parser.add_argument("--rate", type=float, default=5e-4)
    parser.add_argument("--profile", default="linear")
    parser.add_argument("--glossary", action="store_true", help="the glossary's words in the prompt")
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    print(machine())
    print(" ".join(f"--{key} {value}" for key, value in vars(args).items() if key != "out"), flush=True)
    run(args)


if __name__ == "__main__":
    main()
