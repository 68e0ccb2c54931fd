"""What the arms' reports say together: each arm against its counterpart, question by question, and a finding.

The finding follows from the interval alone. Knows reports, neither runs nor how a table looks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluator.stats import crossed_interval, mcnemar_exact, wilson
from loop.ablation.arms import ARMS, Arm
from loop.ablation.record import Answer, ArmReport
from schemas.records import Record

Reports = Mapping[tuple[str, int], ArmReport]
"""(arm, seed) -> report."""
LEVEL = 0.90


class LossAgainst(Record):
    """An arm's loss on golds beside its counterpart's, nats a token, mean over questions and seeds."""

    mean: float
    """The arm's."""
    theirs: float
    low: float
    """Lower end of the 90% interval of the difference."""
    high: float

    @property
    def difference(self) -> float:
        """The arm's less the counterpart's."""
        return self.mean - self.theirs


class Against(Record):
    """An arm beside its counterpart, on the test questions that both answered under the same seeds."""

    name: str
    """The counterpart."""
    seeds: tuple[int, ...]
    round: int
    """Round of both that is compared."""
    questions: int
    """Of each seed."""
    right: int
    """The arm's right answers, over all seeds."""
    theirs: int
    """The counterpart's."""
    fixed: int
    """Answers right in the arm alone."""
    broken: int
    """Answers right in the counterpart alone."""
    low: float
    """Lower end of the 90% interval of the difference, points."""
    high: float
    p: float
    """McNemar's exact test, two-sided, answers of all seeds together; it takes them as independent."""
    loss: LossAgainst | None = None
    """On the golds of the same questions; None where one of the reports lacks it."""

    @property
    def difference(self) -> float:
        """The arm's accuracy less the counterpart's, points."""
        return 100.0 * (self.right - self.theirs) / (self.questions * len(self.seeds))


class ArmFigures(Record):
    """One arm over its seeds."""

    name: str
    claim: str
    change: str
    seeds: tuple[int, ...]
    commits: tuple[str, ...]
    """Commits the reports were made at, each once."""
    pairs: int
    """Pairs trained on, mean over seeds."""
    minutes: float
    """Wall time of an arm's run, copied rounds left out, mean over seeds."""
    right: int
    """Test questions answered exactly after the last round, over all seeds."""
    total: int
    low: float
    """Lower end of that share's 90% interval (Wilson, answers taken as independent), per cent."""
    high: float
    base_right: int
    """Right in round 0, over all seeds."""
    against: Against | None
    """None for an arm that others are compared with, and where the counterpart has no report of the same seed."""
    finding: str
    """One sentence, from the interval."""


def figures(reports: Reports) -> list[ArmFigures]:
    """The figures of every arm that has a report, in the order of `ARMS`."""
    return [_figures(arm, reports) for name, arm in ARMS.items() if any(key[0] == name for key in reports)]


def _figures(arm: Arm, reports: Reports) -> ArmFigures:
    own = {seed: report for (name, seed), report in sorted(reports.items()) if name == arm.name}
    asked = [(answer, report.last) for report in own.values() for answer in _test(report)]
    right = sum(answer.exact[last] for answer, last in asked)
    low, high = wilson(right, len(asked), LEVEL)
    compared = compare(arm, reports)
    seconds = [sum(item.seconds for item in report.rounds if not item.copied) for report in own.values()]
    return ArmFigures(
        name=arm.name,
        claim=arm.claim,
        change=arm.change,
        seeds=tuple(own),
        commits=tuple(dict.fromkeys(report.commit for report in own.values())),
        pairs=round(sum(report.pairs for report in own.values()) / len(own)),
        minutes=round(sum(seconds) / len(own) / 60, 1),
        right=right,
        total=len(asked),
        low=100 * low,
        high=100 * high,
        base_right=sum(answer.exact[0] for answer, _ in asked),
        against=compared,
        finding=finding(arm, compared),
    )


def compare(arm: Arm, reports: Reports) -> Against | None:
    """An arm against its counterpart under the seeds that both have; None where there are none, or no question."""
    pairs = [
        (report, reports[arm.against, seed])
        for (name, seed), report in sorted(reports.items())
        if name == arm.name and (arm.against, seed) in reports
    ]
    number = min((report.last for report, _ in pairs), default=0)
    pairs = [(report, theirs) for report, theirs in pairs if theirs.last >= number]
    asked = _shared([report for both in pairs for report in both])
    if not pairs or not asked:
        return None
    ours, theirs = ([_right(both[side], asked, number) for both in pairs] for side in (0, 1))
    both = [(a, b) for mine, other in zip(ours, theirs, strict=True) for a, b in zip(mine, other, strict=True)]
    changes = [[a - b for a, b in zip(mine, other, strict=True)] for mine, other in zip(ours, theirs, strict=True)]
    low, high = crossed_interval(changes, [answer.schema_name for answer in asked], LEVEL)
    fixed, broken = both.count((True, False)), both.count((False, True))
    return Against(
        name=arm.against,
        seeds=tuple(report.seed for report, _ in pairs),
        round=number,
        questions=len(asked),
        right=sum(map(sum, ours)),
        theirs=sum(map(sum, theirs)),
        fixed=fixed,
        broken=broken,
        low=low,
        high=high,
        p=mcnemar_exact(fixed, broken),
        loss=_compare_losses(pairs, asked, number),
    )


def _compare_losses(
    pairs: Sequence[tuple[ArmReport, ArmReport]], asked: Sequence[Answer], number: int
) -> LossAgainst | None:
    """The same questions' losses after the same round; None where one of the reports has not all."""
    ours, theirs = ([_loss(both[side], asked, number) for both in pairs] for side in (0, 1))
    if any(loss is None for row in [*ours, *theirs] for loss in row):
        return None
    import numpy as np

    table, other = np.array(ours, dtype=np.float64), np.array(theirs, dtype=np.float64)  # (seeds, questions)
    low, high = crossed_interval((table - other).tolist(), [answer.schema_name for answer in asked], LEVEL)
    return LossAgainst(mean=float(table.mean()), theirs=float(other.mean()), low=low / 100, high=high / 100)


def _test(report: ArmReport) -> list[Answer]:
    """Test questions of the schemas trained on."""
    return [answer for answer in report.answers if answer.split == "test" and answer.schema_name not in report.held]


def _shared(reports: Sequence[ArmReport]) -> list[Answer]:
    """Test questions that all of the reports have, word for word, on schemas that all were trained on."""
    first, *others = [{(item.id, item.asked): item for item in _test(report)} for report in reports] or [{}]
    return [item for key, item in first.items() if all(key in other for other in others)]


def _right(report: ArmReport, asked: Sequence[Answer], number: int) -> list[bool]:
    by_id = {answer.id: answer.exact[number] for answer in report.answers}
    return [by_id[answer.id] for answer in asked]


def _loss(report: ArmReport, asked: Sequence[Answer], number: int) -> list[float | None]:
    by_id = {answer.id: answer.loss[number] if number < len(answer.loss) else None for answer in report.answers}
    return [by_id[answer.id] for answer in asked]


def finding(arm: Arm, compared: Against | None) -> str:
    """One sentence on whether the claim held, by the interval.

    >>> def seen(low, high):
    ...     return Against(name="default", seeds=(1,), round=1, questions=100, right=10, theirs=15, fixed=2, broken=7,
    ...                    low=low, high=high, p=0.2)
    >>> finding(ARMS["packed"], seen(-8.0, -2.0))
    'held here: the arm answers 5.0 points fewer (90% interval -8.0 to -2.0)'
    >>> finding(ARMS["wikisql"], seen(-8.0, -2.0))
    'did not hold here: the arm answers 5.0 points fewer (90% interval -8.0 to -2.0)'
    >>> finding(ARMS["packed"], seen(-8.0, 0.0))
    'cannot be told at this size: the 90% interval, -8.0 to +0.0, holds zero'
    """
    if not arm.against:
        return "what others are compared with"
    if compared is None:
        return f"not compared: {arm.against} has no report of the same seed"
    ends = f"{compared.low:+.1f} to {compared.high:+.1f}"
    if compared.low <= 0 <= compared.high:
        return _by_loss(arm, compared.loss) or f"cannot be told at this size: the 90% interval, {ends}, holds zero"
    more = compared.low > 0
    said = "held here" if more == arm.better else "did not hold here"
    amount = f"{abs(compared.difference):.1f} points {'more' if more else 'fewer'}"
    return f"{said}: the arm answers {amount} (90% interval {ends})"


def _by_loss(arm: Arm, seen: LossAgainst | None) -> str:
    """What the loss on golds says where the answers say nothing; "" where it says nothing either, or is not known.

    >>> seen = LossAgainst(mean=0.52, theirs=0.45, low=0.05, high=0.09)
    >>> _by_loss(ARMS["packed"], seen)
    'held here by the loss on golds: 0.070 nats a token more (90% interval +0.050 to +0.090)'
    >>> _by_loss(ARMS["wikisql"], seen)
    'did not hold here by the loss on golds: 0.070 nats a token more (90% interval +0.050 to +0.090)'
    """
    if seen is None or seen.low <= 0 <= seen.high:
        return ""
    less = seen.high < 0
    said = "held here" if less == arm.better else "did not hold here"
    amount = f"{abs(seen.difference):.3f} nats a token {'less' if less else 'more'}"
    return f"{said} by the loss on golds: {amount} (90% interval {seen.low:+.3f} to {seen.high:+.3f})"
