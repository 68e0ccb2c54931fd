"""A run's rounds on questions that were not asked during the run, scored afterwards from kept checkpoints.

    python -m benchmarks.score_rounds runs/default --rounds 1,2,3,4,5 --split test --out FOLDER

The run's frozen configuration says prompt, decoding and instances. A round's checkpoint is looked for in the run and,
where it has been thrown away, in `--kept FOLDER/N`. What the run has asked itself is taken from there; what lies in the
folder given is not asked again, so that the same command goes on where it was killed. Prints each round's accuracy with
its 90% interval, the paired difference to the base model, and accuracy by schema, curriculum stage and family.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from evaluator.stats import paired_interval, wilson
from loop.asking import answered, judged
from loop.config import resume
from loop.progress import Ticker
from loop.session import Session
from loop.store import read_records, write_records
from schemas.records import Question, Verdict
from schemas.sql import concepts, curriculum_stage
from schemas.taxonomy import family_of


def verdicts_of(session: Session, run: Path, number: int, questions: Sequence[Question], args: argparse.Namespace
                ) -> list[Verdict]:  # fmt: skip
    """The round's verdicts on the questions: the run's own, those made before, and the rest asked now."""
    own = run / "rounds" / f"{number:03d}" / "score" / "verdicts.jsonl"
    out = args.out / f"round-{number}"
    known = {item.id: item for item in (read_records(own, Verdict) if own.is_file() else [])}
    done = out / "verdicts.jsonl"
    known |= {item.id: item for item in (read_records(done, Verdict) if done.is_file() else [])}
    left = [question for question in questions if question.id not in known]
    if left:
        (out / "resume").mkdir(parents=True, exist_ok=True)
        tick = Ticker("predict", "questions", lambda _: None, lambda: None)
        model = run / "rounds" / f"{number:03d}" / "train" / "checkpoint"
        model = model if model.is_dir() or args.kept is None else args.kept / str(number)
        answers = answered(session, (session.base_model if number == 0 else model, number), left, out, tick)
        found = judged(session, left, answers, out, tick)
        write_records(out / "predictions.jsonl", answers)
        known |= {item.id: item for item in found}
        write_records(done, [known[question.id] for question in questions])
    return [known[question.id] for question in questions]


def by(groups: Iterable[tuple[str, bool]]) -> str:
    """Right and asked of each group, as "name 3/24"."""
    found: dict[str, list[bool]] = defaultdict(list)
    for name, right in groups:
        found[name].append(right)
    return ", ".join(f"{name} {sum(marks)}/{len(marks)}" for name, marks in sorted(found.items()))


def show(number: int, questions: Sequence[Question], verdicts: Sequence[Verdict], base: Sequence[Verdict]) -> None:
    """The round's lines."""
    right = sum(item.exact for item in verdicts)
    low, high = (100 * end for end in wilson(right, len(verdicts)))
    line = f"round {number}  {right}/{len(verdicts)} {100 * right / len(verdicts):.1f}% (90% {low:.1f} to {high:.1f})"
    if number:
        pairs = [(before.exact, now.exact) for before, now in zip(base, verdicts, strict=True)]
        under, over = paired_interval(pairs, [item.schema_name for item in verdicts], seed=1)
        gained = 100 * (right - sum(item.exact for item in base)) / len(verdicts)
        line += f"  {gained:+.1f} points over the base model (90% {under:+.1f} to {over:+.1f})"
    print(line, flush=True)
    asked = list(zip(questions, verdicts, strict=True))
    print("  stage:   ", by((str(curriculum_stage(concepts(q.golds[0]))), v.exact) for q, v in asked))
    print("  schema:  ", by((q.schema_name, v.exact) for q, v in asked))
    print("  family:  ", by((name, v.exact) for q, v in asked for name in {family_of(c) for c in concepts(q.golds[0])}))
    failures = Counter(verdict.failure or "right" for verdict in verdicts)
    print("  outcome: ", ", ".join(f"{name} {count}" for name, count in failures.most_common()), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--rounds", default="1")
    parser.add_argument("--split", default="test", choices=("dev", "select", "test"))
    parser.add_argument("--kept", type=Path, default=None)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    session = Session(resume(args.run / "config.toml", {}), None)
    questions = [q for schema in session.schemas for q in schema.questions if q.split == args.split]
    base = verdicts_of(session, args.run, 0, questions, args)
    show(0, questions, base, base)
    for number in map(int, args.rounds.split(",")):
        show(number, questions, verdicts_of(session, args.run, number, questions, args), base)
    session.close()


if __name__ == "__main__":
    main()
