"""A round, from the champion's failures to a decision. Read it from STAGES down: each stage is one function here.

    Verdict[dev] of the champion -diagnose-> Diagnosis[] -plan-> Plan -generate-> Example[] (gated) -mix-> TrainingSet
    TrainingSet -train-> Checkpoint -predict-> Prediction[] -score-> Verdict[dev, select] -decide-> Decision

Each writes its files into the folder it is given; `loop.drive` runs them, skips what is done and shows progress. This
module does not know how a stage is stored, resumed or reported.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from loop.progress import Ticker
from loop.state import Round
from loop.store import write_records
from schemas.records import Checkpoint, Diagnosis, Example, Plan, Prediction, Question, Slice, TrainingSet, Verdict

Stage = Callable[[Round, Path, Ticker], None]


def probe(r: Round, out: Path, tick: Ticker) -> None:
    """Generate fresh questions, never to be trained on, and ask the champion those that it has not answered yet."""
    from loop.probing import champions_verdicts, fresh

    made = fresh(r)
    tick.start(len(made), "questions")
    if r.number:
        write_records(out / "verdicts.jsonl", champions_verdicts(r, made, out, tick))
    else:
        tick.advance(len(made))
    write_records(out / "questions.jsonl", made)


def diagnose(r: Round, out: Path, tick: Ticker) -> None:
    """Name the failure modes in the champion's wrong answers on dev and probes; confirm causes by executing repairs."""
    from evaluator.slices import slices
    from loop.making import diagnosed

    mined = {question.id for question in r.mined()}
    verdicts = [v for v in r.read(r.champion, "score", "verdicts.jsonl", Verdict) if v.split == "dev" and v.id in mined]
    verdicts += r.read(r.number, "probe", "verdicts.jsonl", Verdict)
    tick.start(sum(not verdict.exact for verdict in verdicts), "answers")
    found = diagnosed(r, verdicts, tick.advance)
    write_records(out / "diagnoses.jsonl", found)
    write_records(out / "slices.jsonl", slices(r.mined(), verdicts, found))


def plan(r: Round, out: Path, tick: Ticker) -> None:
    """Decide how many hard examples to make against which mode, and how much each counts."""
    from generators.hard import make_plan, uniform_plan

    diagnoses = r.read(r.number, "diagnose", "diagnoses.jsonl", Diagnosis)
    *earlier, now = [r.read(number, "diagnose", "slices.jsonl", Slice) for number in range(1, r.number + 1)]
    made = make_plan(now, diagnoses, r.config.hard_examples, earlier)
    if r.config.strategy == "uniform":
        made = uniform_plan(made, list(r.views.values()))
    tick.start(len(made.items), "slices")
    tick.advance(len(made.items))
    write_records(out / "plan.jsonl", [made])


def generate(r: Round, out: Path, tick: Ticker) -> None:
    """Make the hard examples of the plan and the round's curriculum; what the gate rejects is counted."""
    from loop.making import curriculum, hard, variants
    from loop.offer import Offer
    from loop.wikisql import small_tables

    planned = r.read(r.number, "plan", "plan.jsonl", Plan)[0]
    tick.start(r.generated_count, "examples")
    with Offer(r.gate(r.earlier_examples(), r.all_probes()), out / "resume" / "kept.jsonl", tick) as offer:
        made = hard(r, planned, offer) + variants(r, offer, r.config.natural_variants)
        made += curriculum(r, offer, r.curriculum_count)
        tables, report = small_tables(r, made, out, tick)
        write_records(out / "gate.jsonl", [offer.report().plus(report)])
    made += tables
    write_records(out / "examples.jsonl", made)


def mix(r: Round, out: Path, tick: Ticker) -> None:
    """Put new, hand-written and earlier examples into the order of the steps."""
    from generators.mix import natural_examples
    from loop.making import own_pairs, passed, replayed

    new = r.read(r.number, "generate", "examples.jsonl", Example)
    train = [question for question in r.asked("train") if question.schema_name in r.views]
    natural = natural_examples(train, r.config.natural_weight, r.config.natural_repeats, r.number)
    chosen = [*new, *natural, *replayed(r, len(new)), *own_pairs(r, tick)]
    arranged = passed(r, chosen)
    tick.start(len(arranged.examples), "examples")
    tick.advance(len(arranged.examples))
    write_records(out / "training_set.jsonl", [arranged])


def train(r: Round, out: Path, tick: Ticker) -> None:
    """Fine-tune every parameter on whole pairs, the loss on the SQL alone."""
    from loop.making import to_pairs, trained

    data = r.read(r.number, "mix", "training_set.jsonl", TrainingSet)[0]
    pairs = to_pairs(r, data)
    tick.start(len(pairs), "examples")
    report = trained(r, pairs, data.mean_weight, out, tick)
    made = Checkpoint(path="checkpoint", base=r.start_name, report=report)
    write_records(out / "checkpoint.jsonl", [made])


def predict(r: Round, out: Path, tick: Ticker) -> None:
    """Ask the candidate every question of this round; round 0 asks the base model."""
    from loop.asking import answered

    questions = r.measured()
    tick.start(len(questions), "questions")
    write_records(out / "predictions.jsonl", answered(r.session, (r.candidate_model, r.number), questions, out, tick))
    write_records(out / "questions.jsonl", questions)


def score(r: Round, out: Path, tick: Ticker) -> None:
    """Execute every answer on every instance and judge it against the golds."""
    from loop.asking import judged

    questions = r.read(r.number, "predict", "questions.jsonl", Question)
    answers = r.read(r.number, "predict", "predictions.jsonl", Prediction)
    tick.start(len(questions), "answers")
    write_records(out / "verdicts.jsonl", judged(r.session, questions, answers, out, tick))


def decide(r: Round, out: Path, tick: Ticker) -> None:
    """Keep the candidate only if it is not worse on select."""
    from loop.policy import decide as compare

    sides = [r.read(n, "score", "verdicts.jsonl", Verdict) for n in (r.champion, r.number)]
    held = r.config.held  # they measure transfer: promotion by them would be learning from them
    champion, candidate = ([v for v in side if v.split == "select" and v.schema_name not in held] for side in sides)
    decision = compare(champion, candidate, r.config.tolerance, r.config.seed, r.number)
    tick.advance(0, decision.reason)
    write_records(out / "decision.jsonl", [decision])


def test(r: Round, out: Path, tick: Ticker) -> None:
    """Ask this round's model test, which decides nothing: the champion that a command ends with."""
    from loop.asking import measured

    write_records(out / "verdicts.jsonl", measured(r, r.asked("test"), out, tick))


BASE_STAGES: tuple[Stage, ...] = (probe, predict, score)
"""Round 0: the base model, asked and scored."""
STAGES: tuple[Stage, ...] = (probe, diagnose, plan, generate, mix, train, predict, score, decide)
"""Every other round."""
