"""The page: nothing fetched, no script, values left out when asked; looked at by Chromium where there is one."""

from __future__ import annotations

import re
import shutil
import subprocess
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop.config import Config, load_preset
from loop.report.collecting import collect, keep
from loop.report.failures import difference, sample_failures
from loop.report.figures import RoundFigures
from loop.report.html import render
from loop.report.redact import LEFT_OUT, MARK, redact_question, redact_sql, redact_text
from loop.report.svg import Point, Series, accuracy_chart, loss_chart, spread
from loop.store import Done, Store, write_records
from schemas.catalog import load_schema
from schemas.records import (
    Checkpoint,
    Decision,
    Diagnosis,
    Example,
    GateReport,
    Plan,
    Prediction,
    Question,
    Record,
    TrainingSet,
    TrainReport,
    TrainStep,
    Verdict,
)

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
BROWSERS_OWN = (".googleapis.com", ".google.com", ".gvt1.com")
"""Hosts that Chromium asks for its own updates, whatever page it shows; here they are never resolved."""
SECRET = "Zanzibar-77"
SCRIPT = "<script>alert(1)</script>"


def put(store: Store, number: int, stage: str, **files: list[Record]) -> None:
    folder = store.stage_folder(number, stage)
    folder.mkdir(parents=True)
    for name, records in files.items():
        write_records(folder / f"{name}.jsonl", records)
    done = Done(stage=stage, inputs="x", outputs={}, seed=1, seconds=2.5, versions={"sqlloop": "0.1.0"})
    (folder / "done.json").write_text(done.model_dump_json())


def question(number: int, split: str) -> Question:
    gold = f"SELECT name FROM hotel WHERE city = '{SECRET}' AND hotel_id > {4700 + number}"
    text = f"Which hotels are in {SECRET} beyond {4700 + number}? {SCRIPT}"
    return Question.model_validate({
        "id": f"hotel_group/{split}-{number}", "schema_name": "hotel_group", "split": split, "text": text,
        "golds": (gold,),
    })  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A run of three rounds made by hand, whose questions hold a value that must not get out and markup."""
    made = Store(tmp_path_factory.mktemp("runs") / "night & day")
    made.folder.mkdir()
    made.freeze(Config.model_validate(load_preset("smoke")))
    asked = [question(n, split) for split in ("dev", "select", "test", "probe") for n in range(6)]
    for number in range(4):
        answers = [q.golds[0].replace("name", "city") for q in asked]
        verdicts = [
            Verdict(
                id=q.id, schema_name=q.schema_name, split=q.split, exact=place % 6 < number, correct=place % 6 < number,
                sql=sql, gold=q.golds[0], failure=None if place % 6 < number else "wrong_result",
                message=f"('{SECRET}', 4711) missing", instance=1,
            )
            for place, (q, sql) in enumerate(zip(asked, answers, strict=True))
        ]  # fmt: skip
        if number:
            wrong = [q for q in asked if q.split == "dev"][number - 1 :]
            put(made, number, "diagnose", diagnoses=[
                Diagnosis(id=q.id, schema_name=q.schema_name, mode="projection_wrong", confirmed=True,
                          evidence=f"expected '{SECRET}'", gold=q.golds[0], repair=q.golds[0], row=f"('{SECRET}',)")
                for q in wrong
            ])  # fmt: skip
            example = Example(id="e", schema_name="hotel_group", question=f"Where is {SECRET}?", source="hard",
                              sql=f"SELECT city FROM hotel WHERE name = '{SECRET}'", parent=wrong[0].id,
                              mode="projection_wrong")  # fmt: skip
            put(made, number, "plan", plan=[Plan(items=(), overall_rate=0.5)])
            put(made, number, "generate", examples=[example], gate=[GateReport(offered=3, kept=1, rejected={"x": 2})])
            put(made, number, "mix", training_set=[TrainingSet(examples=(example,), mean_weight=1.0)])
            steps = tuple(TrainStep(step=n, loss=5.0 / (n + 1), rate=0.1, examples=1) for n in range(40))
            report = TrainReport(steps=steps, examples=40, left_out=0, tokens=9, parameters=10**6, seconds=3.0)
            put(made, number, "train", checkpoint=[Checkpoint(path="checkpoint", base="round 0", report=report)])
        else:
            put(made, number, "probe", questions=[])
        put(made, number, "predict", questions=list(asked),
            predictions=[Prediction(id=q.id, sql=sql) for q, sql in zip(asked, answers, strict=True)])  # fmt: skip
        put(made, number, "score", verdicts=list(verdicts))
        if number:
            decision = Decision(promoted=number < 3, reason=f"round {number} said so", champion_right=1,
                                candidate_right=2, total=6, fixed=("a",), broken=("b",))  # fmt: skip
            put(made, number, "decide", decision=[decision])
    return made


@pytest.fixture(scope="module")
def page(store: Store) -> str:
    return render(store, collect(store))


class Links(HTMLParser):
    """What a page would fetch or run, and whether its tags are closed."""

    VOID = frozenset({"meta", "br", "img", "line", "circle", "polyline", "hr", "input", "link"})

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.open: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.fetched += [f"{tag} {name}" for name, _ in attrs if name in {"src", "href", "srcset", "action", "data"}]
        self.fetched += [f"{tag} {name}" for name, _ in attrs if name.startswith("on")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag


def test_nothing_is_fetched_or_run(page: str) -> None:
    links = Links()
    links.feed(page)
    assert links.fetched == []
    assert not links.tags & {"script", "iframe", "link", "img", "object", "embed"}
    assert links.open == []
    assert "@import" not in page
    assert "url(" not in page
    assert "http://" not in page
    assert "https://" not in page


def test_what_is_shown(page: str) -> None:
    for words in ("night &amp; day", "round 2</b>", "Accuracy over rounds", "projection_wrong", "cause confirmed",
                  "<del>city</del><ins>name</ins>", "differing row", SECRET, "made for it", "Training", "Time by stage",
                  "held", "Seed 1", "sqlloop 0.1.0"):  # fmt: skip
        assert words in page, words
    assert "&lt;script&gt;" in page


def test_redacted_values_do_not_get_out(store: Store) -> None:
    page = render(store, collect(store), redact=True)
    assert "Zanzibar" not in page
    assert "47" not in re.sub(r"<svg.*?</svg>|<style>.*?</style>|<code>.*?</code>", "", page, flags=re.DOTALL)
    assert MARK in page
    assert "differing row" not in page


def test_failures_come_from_the_last_diagnosis_with_their_examples(store: Store) -> None:
    number, found = sample_failures(store, 4, redact=False)
    assert number == 3
    assert found[0].made[0][0] == f"Where is {SECRET}?"
    assert found[0].repaired
    assert sample_failures(store, 0, redact=False) == (0, ())


def test_every_hand_written_question_loses_its_literals() -> None:
    """No quoted literal of a gold and no number is left in the redacted question or statement."""
    for item in load_schema("hotel_group").questions:
        text = redact_question(item.text, item.golds)
        assert not re.search(r"\d", text)
        for gold in item.golds:
            masked = redact_sql(gold)
            left = set(re.findall(r"'([^']*)'", masked.lower()))
            assert masked == LEFT_OUT or not any(_without_units(item) for item in left), masked
            for literal in re.findall(r"'([^']+)'", gold):
                for word in re.findall(r"\w+", literal):
                    assert not re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE) or word.isdigit(), (word, text)


def _without_units(literal: str) -> str:
    """What is left of a masked literal once its units of time are gone."""
    words = literal.replace(MARK, " ").split()
    return " ".join(word for word in words if word.rstrip("s") not in {"day", "week", "month", "quarter", "year"})


def test_sql_that_cannot_be_read_is_left_out_whole() -> None:
    assert redact_sql("SELECT 'x FROM") == LEFT_OUT
    assert redact_text("expected 'a' > 3, got “b”") == f"expected {MARK} > {MARK}, got {MARK}"


@given(st.text(alphabet="ab ,'=1\n", max_size=60), st.text(alphabet="ab ,'=1\n", max_size=60))
def test_a_difference_holds_both_texts_or_nothing(before: str, after: str) -> None:
    pieces = difference(before, after)
    if pieces:
        assert "".join(piece.text for piece in pieces if piece.kind != "new") == before
        assert "".join(piece.text for piece in pieces if piece.kind != "gone") == after


@given(st.lists(st.floats(10, 190), min_size=1, max_size=6))
def test_labels_do_not_overlap(heights: list[float]) -> None:
    placed = [y for _, y in spread([(str(n), y) for n, y in enumerate(heights)], 15, 10, 190)]
    assert all(b - a >= 15 - 1e-6 for a, b in pairwise(placed))
    assert max(placed) <= 190 + 1e-6


@pytest.mark.parametrize("rounds", [1, 2, 40, 365])
def test_charts_stay_within_their_frame(rounds: int) -> None:
    points = tuple(Point(n, n % 90, max(n % 90 - 5, 0), n % 90 + 5) for n in range(rounds))
    for width in (340, 820):
        made = accuracy_chart([Series("test", points)], rounds - 1, [3], width)
        assert all(0 <= float(x) <= width for x in re.findall(r'(?:x|cx|x1|x2)="([-\d.]+)"', made))
        assert made.count("<circle") == rounds
    curve = loss_chart([("round 1", [5.0] * 9000), ("round 2", [1.0])], 340)
    assert len(curve) < 20_000


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
@pytest.mark.parametrize("width", [1200, 390])
def test_chromium_finds_nothing_to_complain_of(page: str, tmp_path: Path, width: int) -> None:
    path, log = tmp_path / "report.html", tmp_path / "net.json"
    path.write_text(page, encoding="utf-8")
    done = subprocess.run(
        [str(CHROMIUM), "--headless=new", "--no-sandbox", "--disable-gpu", f"--window-size={width},900",
         "--enable-logging=stderr", f"--log-net-log={log}", f"--user-data-dir={tmp_path / 'profile'}",
         "--host-resolver-rules=MAP * ~NOTFOUND", "--disable-component-update", f"--screenshot={tmp_path / 'shot.png'}",
         path.as_uri()],
        capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip
    assert (tmp_path / "shot.png").stat().st_size > 10_000, done.stderr
    assert "CONSOLE" not in done.stderr
    hosts = set(re.findall(r'"url":"https?://([^/":]+)', log.read_text()))
    assert {host for host in hosts if not host.endswith(BROWSERS_OWN)} == set()


def test_figures_of_complete_rounds_are_not_worked_out_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    figures = collect(store)
    keep(store, figures)
    asked: list[int] = []

    def round_again(_: object, __: object, ___: object, number: int, ____: object) -> RoundFigures:
        asked.append(number)
        return figures.rounds[number]

    monkeypatch.setattr("loop.report.collecting._round", round_again)
    assert collect(store) == figures
    assert asked == []
    path = store.stage_folder(2, "predict") / "done.json"
    before = path.read_text()
    path.write_text(before.replace('"outputs":{}', '"outputs":{"a":"b"}'))
    collect(store)
    assert asked == [2, 3]  # the changes of round 3 are counted from round 2
    path.write_text(before)
    (store.round_folder(1) / "figures.json").write_text('{"of": 1}')
    collect(store)
    assert asked == [2, 3, 1]
