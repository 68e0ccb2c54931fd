"""How likely an arm's models find the test golds: what tells arms apart where few answers are right.

A gold is spelt as the generators spell it, and laid out as the arm's labels are; its nats are divided by the tokens it
has with white space normalised, so that arms with other labels are measured by the same yardstick. Nothing is trained
on test, and nothing is decided by it. Knows sessions and runs, no reports.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from generators.canonical import canonical
from loop.ablation.arms import Arm
from loop.ablation.data import pretty
from loop.session import Session
from loop.store import Store
from schemas.records import Question

Losses = dict[str, float]
"""Question id -> nats a token of its first gold."""


def losses_of(arm: Arm, session: Session, store: Store, rounds: int) -> list[Losses]:
    """Each round's losses on the test golds, from round 0 on; {} for round 0 and where the checkpoint is gone.

    Args:
        arm: the arm.
        session: its session, open.
        store: its run.
        rounds: rounds after round 0.
    """
    asked = [question for schema in session.schemas for question in schema.split("test")]
    found: list[Losses] = [{}]
    for number in range(1, rounds + 1):
        folder = store.stage_folder(number, "train") / "checkpoint"
        found.append(gold_losses(session, folder, asked, laid_out=arm.data == "pretty") if folder.is_dir() else {})
    return found


def gold_losses(session: Session, folder: Path, questions: Sequence[Question], *, laid_out: bool = False) -> Losses:
    """A model's losses on the first golds of questions.

    Args:
        session: says the prompt.
        folder: the model's.
        questions: of any split.
        laid_out: whether the golds are laid out, a clause a line.
    """
    from transformers import AutoTokenizer

    from trainer.batches import Pair
    from trainer.likelihood import likelihoods

    tokenizer = AutoTokenizer.from_pretrained(folder)
    pairs, tokens = [], {}
    for question in questions:
        head, tail = session.prompt(session.schema(question.schema_name), question.text)
        gold = canonical(question.golds[0])
        pairs.append(Pair(question.id, head, tail, pretty(gold) if laid_out else gold))
        tokens[question.id] = 1 + len(tokenizer(gold, add_special_tokens=False).input_ids)  # and the end token
    return {name: seen.nats / tokens[name] for name, seen in likelihoods(folder, pairs).items()}
