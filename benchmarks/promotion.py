"""How often the rule of promotion errs: simulated runs of five rounds, the rule itself on each of their decisions.

    python -m benchmarks.promotion --runs 1000 --seed 1

Questions of select are drawn from 13 schemas. A champion answers each with probability 0.4. A candidate whose true
accuracy is `step` points higher or lower repairs wrong answers and breaks right ones at the rates that change a fifth
of all answers (prior art, see `loop.policy`). Where it is promoted it is the next round's champion, with the answers it
gave: a lucky candidate leaves less room to the next one, as in a run. Nothing is fitted to the figures; where the rule
falls short, the table says so.
"""

from __future__ import annotations

import argparse
import random
from dataclasses import dataclass

from loop.policy import margin, rule

SIZES = (100, 260, 1000)
STEPS = (-5.0, 0.0, 5.0)
ROUNDS = 5
SCHEMAS = 13
ACCURACY = 0.4
TOLERANCE = 2.0


@dataclass
class Tally:
    """What happened in the runs of one size and one step."""

    decisions: int = 0
    promoted: int = 0
    runs: int = 0
    runs_promoted: int = 0
    """Runs with a promotion."""
    runs_held: int = 0
    """Runs with a candidate that was held."""
    gains: int = 0
    runs_with_gain: int = 0


def next_answers(draw: random.Random, right: list[bool], accuracy: float, step: float, flips: float) -> list[bool]:
    """The candidate's answers to the same questions, given the champion's."""
    repaired = min((flips + step / 100) / 2 / (1 - accuracy), 1.0)
    broken = min(max((flips - step / 100) / 2, 0.0) / accuracy, 1.0)
    return [draw.random() >= broken if answer else draw.random() < repaired for answer in right]


def one_run(size: int, step: float, flips: float, seed: int, tally: Tally) -> None:
    """Five rounds, counted."""
    draw = random.Random(f"{size}/{step}/{flips}/{seed}")
    groups = [place % SCHEMAS for place in range(size)]
    accuracy = ACCURACY
    right = [draw.random() < accuracy for _ in range(size)]
    promoted = gains = 0
    for number in range(1, ROUNDS + 1):
        candidate = next_answers(draw, right, accuracy, step, flips)
        ruling = rule(list(zip(right, candidate, strict=True)), groups, TOLERANCE, seed, number)
        promoted += ruling.promoted
        gains += ruling.gain
        if ruling.promoted:
            right, accuracy = candidate, min(max(accuracy + step / 100, 0.05), 0.95)
    tally.runs += 1
    tally.decisions += ROUNDS
    tally.promoted += promoted
    tally.gains += gains
    tally.runs_promoted += promoted > 0
    tally.runs_held += promoted < ROUNDS
    tally.runs_with_gain += gains > 0


def simulate(size: int, step: float, flips: float, runs: int, seed: int) -> Tally:
    """All runs of one size and one step."""
    tally = Tally()
    for number in range(runs):
        one_run(size, step, flips, 1_000_003 * seed + number, tally)
    return tally


def report(size: int, step: float, tally: Tally) -> str:
    """One line of the table."""
    held = tally.decisions - tally.promoted
    return (
        f"{size:>5}  {step:>+5.0f}  {-margin(size, TOLERANCE):>6.1f}  {tally.promoted / tally.decisions:>9.1%}  "
        f"{held / tally.decisions:>6.1%}  {tally.runs_promoted / tally.runs:>17.1%}  "
        f"{tally.runs_held / tally.runs:>14.1%}  {tally.runs_with_gain / tally.runs:>14.1%}"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--flips", type=float, default=0.2, help="share of answers that change in a round")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    options = parser.parse_args()
    print(f"{options.runs} runs of {ROUNDS} rounds, {options.flips:.0%} of answers change, seed {options.seed}")
    print(" size   step  margin   promoted    held  runs w. promotion  runs w. a held  runs w. 'gain'", flush=True)
    for size in options.sizes:
        for step in STEPS:
            print(report(size, step, simulate(size, step, options.flips, options.runs, options.seed)), flush=True)


if __name__ == "__main__":
    main()
