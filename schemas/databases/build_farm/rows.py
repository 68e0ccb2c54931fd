"""Rows of the build farm: a dense first instance, and small ones that tell near-miss queries apart.

Everything is drawn from one `random.Random` seeded by (seed, instance). Instance 1 is what a working system looks
like; the others draw from the same repositories, developers and runners and add the directed rows of `_directed`:
ties, duplicates, NULLs, empty groups, boundary instants and a diamond of dependent jobs.
"""

from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from faker import Faker

Row = tuple[Any, ...]
Tables = dict[str, list[Row]]

NOW = datetime(2025, 10, 8, 15, 45, tzinfo=UTC)
TODAY = NOW.date()
FIRST = datetime(2024, 4, 2, tzinfo=UTC)

# name, language, topics, archived_on, weight of its traffic; below: name, os, cores, labels, paused, weight of its use
REPOS: list[tuple[str, str, str, date | None, int]] = [
    ("checkout-api", "Go", "{payments,critical}", None, 16),
    ("web-shop", "TypeScript", "{frontend,critical}", None, 15), ("search-index", "Rust", "{search}", None, 9),
    ("billing-core", "Java", "{payments,finance}", None, 11), ("mobile-app", "Kotlin", "{frontend,mobile}", None, 10),
    ("auth-gateway", "Go", "{security,critical}", None, 9), ("data-lake", "Python", "{data}", None, 8),
    ("reports", "Python", "{data,finance}", None, 6), ("design-kit", "TypeScript", "{frontend}", None, 5),
    ("mail-relay", "Go", "{}", None, 4), ("legacy-portal", "Java", "{frontend}", date(2025, 3, 31), 4),
    ("batch-tools", "Perl", "{}", date(2024, 12, 31), 3), ("sandbox", "Python", "{}", None, 0),
]  # fmt: skip
TEAMS = ["platform", "payments", "web", "data", "mobile"]
BRANCHES = ["main", "develop", "feature/login", "feature/search", "feature/dark-mode", "fix/timeouts", "fix/memory"]
RUNNERS: list[tuple[str, str, int, str, bool, int]] = [
    ("ber-01", "linux", 8, "{x64,docker}", False, 12), ("ber-02", "linux", 16, "{x64,docker,gpu}", False, 8),
    ("ber-03", "linux", 4, "{arm64}", True, 4), ("dub-01", "linux", 16, "{x64,docker,large}", False, 14),
    ("dub-02", "linux", 32, "{x64,docker,large,gpu}", False, 9),
    ("dub-03", "windows", 8, "{x64,signing}", False, 6), ("fra-01", "windows", 16, "{x64}", False, 4),
    ("fra-02", "macos", 10, "{arm64,signing}", False, 5), ("fra-03", "macos", 12, "{arm64}", True, 3),
    ("fra-04", "macos", 16, "{arm64,large}", False, 0),
]  # fmt: skip
# job name -> minutes, then what each kind of pipeline runs and needs
MINUTES = {"lint": 2, "build": 8, "unit": 6, "integration": 14, "e2e": 22, "package": 4, "scan": 5, "publish": 3}
PLANS: dict[str, str] = {
    "push": "lint build unit:build integration:build",
    "merge": "lint build:lint unit:build integration:build package:unit,lint",
    "schedule": "build e2e:build scan:build",
    "manual": "scan build unit:build integration:build e2e:unit publish:scan,unit,integration,e2e deploy:publish,build",
}
IMAGES = ["golang:1.24", "node:22", "python:3.12", "rust:1.80", "eclipse-temurin:21"]
CASES = ["login", "basket", "refund", "search", "export", "timeout", "retry", "upload", "session", "currency"]


def rows(seed: int, instance: int) -> Tables:
    """Rows of every table, parents first; deterministic in (seed, instance)."""
    rng = random.Random(f"build_farm:{seed}:{instance}")
    big = instance == 1
    tables: Tables = {"repos": [(n, *repo[:4]) for n, repo in enumerate(REPOS, start=1)]}
    tables["devs"] = _devs(rng, 34 if big else 14)
    tables["commits"] = _commits(rng, tables["devs"], 480 if big else 70)
    tables["pipelines"] = []
    tables["runners"] = [(n, *item[:5]) for n, item in enumerate(RUNNERS, start=1)]
    tables["jobs"], tables["job_deps"] = [], []
    for number in range(1, (330 if big else 34) + 1):
        _pipeline(rng, tables, number)
    tables["artefacts"] = _artefacts(rng, tables["jobs"])
    tables["tests"] = _tests(rng, 7 if big else 3)
    tables["test_results"] = _results(rng, tables)
    tables["releases"] = _releases(rng, tables["commits"])
    tables["outages"] = _outages(rng, 90 if big else 16)
    if not big:
        _directed(tables, instance)
    tables["jobs"] = [(*job[:8], json.dumps(job[8])) for job in tables["jobs"]]
    return tables


def _when(rng: random.Random) -> datetime:
    """An instant up to now, half of them in the last 120 days, mostly on working days and by day."""
    while True:
        back = rng.randrange(120 * 86400 if rng.random() < 0.5 else int((NOW - FIRST).total_seconds()))
        made = NOW - timedelta(seconds=back)
        if (made.isoweekday() <= 5 and 7 <= made.hour < 20) or rng.random() < 0.18:
            return made


def _devs(rng: random.Random, count: int) -> list[Row]:
    """Developers whose names come from one pool; the last two have yet to commit."""
    faker = Faker(["en_IE", "de_DE", "pl_PL"])
    faker.seed_instance("build_farm:names")
    found: list[Row] = []
    for number in range(1, count + 1):
        name = f"{faker.first_name()} {faker.last_name()}"
        team = TEAMS[number - 1] if number <= len(TEAMS) else rng.choices(TEAMS, (8, 6, 7, 4, 3))[0]
        left = TODAY - timedelta(days=rng.randrange(5, 300)) if rng.random() < 0.14 else None
        found.append((number, name, team, left))
    return found


def _commits(rng: random.Random, devs: list[Row], count: int) -> list[Row]:
    """One line of commits for each repository; a tenth by bots, most on main, sizes heavy-tailed."""
    weights = [repo[4] for repo in REPOS]
    authors = [dev[0] for dev in devs[:-2]]
    homes = {repo_id: rng.sample(authors, min(7, len(authors) - 3)) for repo_id in range(1, len(REPOS) + 1)}
    drawn = sorted((_when(rng), rng.choices(range(1, len(REPOS) + 1), weights)[0]) for _ in range(count))
    last, found = dict[int, str](), list[Row]()
    for number, (made, drawn_repo) in enumerate(drawn):
        repo_id = number % 12 + 1 if number < 12 else drawn_repo
        if made.date() > (REPOS[repo_id - 1][3] or TODAY):
            repo_id = rng.randrange(1, 10)
        sha = f"{rng.randrange(16**10):010x}"
        dev_id = None if rng.random() < 0.1 else rng.choice(homes[repo_id] if rng.random() < 0.85 else authors)
        branch = "main" if dev_id == authors[0] else rng.choices(BRANCHES, (52, 14, 10, 8, 6, 6, 4))[0]
        branch = "develop" if dev_id in authors[-2:] else branch
        added, removed = int(rng.lognormvariate(4, 1.5)), int(rng.lognormvariate(3.3, 1.6))
        found.append((sha, repo_id, dev_id, last.get(repo_id), branch, made, added, removed))
        last[repo_id] = sha
    return found


def _pipeline(rng: random.Random, tables: Tables, number: int) -> None:
    """One pipeline with its jobs: jobs start when what they need has passed; pipeline 7 always has the full graph."""
    sources = ("push", "merge", "schedule", "manual")
    source = "manual" if number == 7 else rng.choices(sources, (38, 34, 18, 10))[0]
    commit = rng.choice(tables["commits"])
    lag = timedelta(seconds=rng.randrange(3600, 400_000) if source in {"schedule", "manual"} else rng.randrange(5, 900))
    created = min(commit[5] + lag, NOW - timedelta(seconds=rng.randrange(30, 9000)))
    if number % 33 == 0:
        commit = tables["commits"][-1 - number % 8]
        created = NOW - timedelta(seconds=rng.randrange(60, 900))
    created = max(created, commit[5])
    dead = rng.random() < 0.05
    ends, states, ids = dict[str, datetime](), dict[str, str](), dict[str, int]()
    for step in PLANS[source].split():
        name, _, listed = step.partition(":")
        needs = listed.split(",") if listed else []
        ids[name] = len(tables["jobs"]) + 1
        broken = any(states[need] in {"failed", "cancelled", "skipped"} for need in needs)
        pending = any(states[need] in {"waiting", "running"} for need in needs)
        ready = max([created, *(ends[need] for need in needs if need in ends)])
        body: Row = (None, name, "skipped" if broken else "waiting", None, None, None)
        if not broken and not pending:
            body = _run(rng, name, ready, dead)
            ends |= {name: body[5]} if body[5] else {}
        states[name] = body[2]
        tables["jobs"].append((ids[name], number, *body, _settings(rng, name)))
        tables["job_deps"] += [(ids[name], ids[need]) for need in needs]
    found = set(states.values())
    status = "failed" if "failed" in found else "cancelled" if "cancelled" in found else "passed"
    status = "running" if found & {"running", "waiting"} else status
    ended = None if status == "running" else max(ends.values())
    tables["pipelines"].append((number, commit[0], source, status, created, ended))


def _run(rng: random.Random, name: str, ready: datetime, dead: bool) -> Row:
    """Runner, name, status, queue, start and end of a job that may run; it may still wait or run now."""
    started = ready + timedelta(seconds=int(rng.lognormvariate(3.8, 1.3)))
    odds = {"integration": 14, "e2e": 18, "unit": 9, "build": 4}.get(name, 3)
    status = "cancelled" if dead and rng.random() < 0.5 else "failed" if rng.random() * 100 < odds else "passed"
    slow = 4 if status == "failed" and rng.random() < 0.12 else 1
    ended = started + timedelta(seconds=max(20, int(MINUTES.get(name, 4) * 60 * slow * rng.lognormvariate(0, 0.45))))
    if started > NOW:
        return (None, name, "waiting", ready, None, None)
    runner = rng.choices(range(1, len(RUNNERS) + 1), [item[5] for item in RUNNERS])[0]
    if ended > NOW:
        return (runner, name, "running", ready, started, None)
    return (runner, name, status, ready, started, ended)


def _settings(rng: random.Random, name: str) -> dict[str, Any]:
    """Settings of a job; image and timeout always, the rest now and then."""
    made: dict[str, Any] = {"image": rng.choices(IMAGES, (30, 27, 20, 12, 11))[0]}
    made["timeout_min"] = max(5, MINUTES.get(name, 4) * 5 // 2 // 5 * 5)
    if rng.random() < 0.4:
        made["cache"] = rng.random() < 0.7
    if name in {"unit", "integration", "e2e"} and rng.random() < 0.5:
        made["retries"] = rng.randrange(4)
    if name in {"integration", "e2e"}:
        made["services"] = rng.choice((["postgres"], ["postgres", "redis"], ["redis"], ["postgres", "kafka"], []))
    if rng.random() < 0.35:
        made["env"] = {"REGION": rng.choice(("eu", "us"))} | ({"DEBUG": "1"} if rng.random() < 0.3 else {})
    return made


def _artefacts(rng: random.Random, jobs: list[Row]) -> list[Row]:
    """Files of jobs that ran; logs of failures, reports of tests, binaries and images of the rest."""
    found: list[Row] = []
    for job_id, _, _, name, status, _, _, ended, _ in jobs:
        if ended is None or rng.random() < 0.55:
            continue
        kind = {"build": "binary", "package": "image", "publish": "image", "deploy": "log"}.get(name, "report")
        kind = "log" if status != "passed" or (kind == "report" and rng.random() < 0.3) else kind
        size = Decimal(int(rng.lognormvariate({"binary": 6, "image": 7.4, "report": 3, "log": 2.5}[kind], 0.8))) / 10
        ending = {"binary": "bin", "image": "tar", "report": "xml", "log": "txt"}[kind]
        expires = ended.date() + timedelta(days=rng.choice((30, 30, 90, 180))) if rng.random() < 0.8 else None
        found.append((len(found) + 1, job_id, f"{name}.{ending}", kind, max(size, Decimal("0.1")), expires))
    return found


def _tests(rng: random.Random, each: int) -> list[Row]:
    """Tests of every repository but the last; names may recur from one repository to another."""
    found: list[Row] = []
    for repo_id in range(1, len(REPOS)):
        for case in rng.sample(CASES, each):
            suite = ("unit", "integration", "e2e")[len(found) % 3]
            found.append((len(found) + 1, repo_id, f"test_{case}_{suite}", suite, rng.random() < 0.15))
    return found


def _results(rng: random.Random, tables: Tables) -> list[Row]:
    """Results of jobs that ran tests: failures are tried again and some of them pass then."""
    repo_of, sha_of = ({row[0]: row[1] for row in tables[name]} for name in ("commits", "pipelines"))
    found: list[Row] = []
    for job_id, pipeline_id, _, name, status, _, _, ended, _ in tables["jobs"]:
        home = (repo_of[sha_of[pipeline_id]], name)
        own = [row for row in tables["tests"] if (row[1], row[3]) == home and row[0] % 9]
        if ended is None or status == "cancelled":
            continue
        for index, test in enumerate(own):
            base = int({"unit": 90, "integration": 1400, "e2e": 9000}[name] * rng.lognormvariate(0, 0.6))
            if rng.random() < 0.06:
                found.append((job_id, test[0], 1, "skip", None))
                continue
            broken, odds = status == "failed" and index == 0, 0.22 if test[0] % 5 == 0 else 0.05
            for attempt in (1, 2, 3):
                failed = broken or rng.random() < odds
                found.append((job_id, test[0], attempt, "fail" if failed else "pass", base + rng.randrange(40)))
                if not failed:
                    break
    return found


def _releases(rng: random.Random, commits: list[Row]) -> list[Row]:
    """Releases from main, numbered by repository; all of the relay's were withdrawn, two repositories never ship."""
    found: list[Row] = []
    for repo_id in range(1, 12):
        own = [row for row in commits if row[1] == repo_id]
        picked = own[2 :: 6 if repo_id < 8 else 9] or own[-1:]
        for number, commit in enumerate(picked if repo_id != 9 else []):
            at = min(commit[5] + timedelta(seconds=rng.randrange(3600, 200_000)), NOW)
            gone = min(at.date() + timedelta(days=rng.randrange(9)), TODAY)
            yanked = gone if repo_id == 10 or rng.random() < 0.12 else None
            found.append((repo_id, f"v{1 + number // 4}.{number % 4}.0", commit[0], at, yanked))
    return found


def _outages(rng: random.Random, count: int) -> list[Row]:
    """Outages of minutes to days; two runners are down now."""
    now = ((3, 1350, "disk"), (7, 200, "update"))
    found: list[Row] = [(runner_id, NOW - timedelta(minutes=ago), None, cause) for runner_id, ago, cause in now]
    while len(found) < count:
        down = _when(rng)
        up = down + timedelta(minutes=int(rng.lognormvariate(4.3, 1.2)) + 1)
        runner_id = rng.choice((1, 1, 2, 3, 4, 5, 6, 6, 7, 8))
        if up <= NOW and all(row[:2] != (runner_id, down) for row in found):
            found.append((runner_id, down, up, rng.choices(("disk", "network", "update", "crash"), (3, 3, 2, 4))[0]))
    return found


def _utc(text: str) -> datetime:
    """The instant that an ISO text names in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _directed(tables: Tables, instance: int) -> None:
    """Add rows on which near-miss queries differ; the two small instances differ in what is absent."""
    absent = "kafka" if instance == 2 else "redis"
    for job in tables["jobs"]:
        services = job[8].get("services", [])
        services[:] = [item for item in services if item != absent]
    tables["repos"] += [
        (90, "ghost-lib", "Java", "{}", TODAY), (91, "Checkout-API", "go", "{Critical}", None),
        (92, "twin-left", "Go", "{critical}", None), (93, "twin-right", "Go", "{critical}", None),
        (94, "go-relic", "Go", "{}", _utc("2025-01-01").date()),
    ]  # fmt: skip
    first = tables["devs"][0]
    tables["devs"] += [  # namesakes, one that never commits, one who left today, one known in five repositories
        (901, first[1], first[2], None), (902, "Una Doppel", "platform", None), (903, "Una Doppel", "platform", None),
        (904, "Ned Nobody", "web", TODAY), (905, "Max Many", "mobile", None),
    ]  # fmt: skip
    tables["runners"] += [
        (901, "ber-90", "windows", 64, "{}", False), (904, "dub-94", "windows", 16, "{x64}", False),
        (902, "BER-91", "linux", 16, "{GPU,gpu}", True), (903, "fra-92", "macos", 15, "{gpu-large}", False),
    ]  # fmt: skip
    _directed_commits(tables)
    _directed_pipelines(tables)
    _directed_jobs(tables)
    _directed_tests(tables)
    tables["outages"] += [
        (1, _utc("2024-12-31 23:00"), _utc("2025-01-01 01:00"), "disk"),
        (1, _utc("2025-01-01 01:00"), _utc("2025-01-01 01:00"), "disk"),
        (901, NOW - timedelta(hours=24), None, "crash"), (902, NOW, None, "crash"),
    ]  # fmt: skip
    _even_out(tables)


def _directed_commits(tables: Tables) -> None:
    """Commits at the ends of days, months and years, at round sizes, by bots, at one instant, and 60 days ago."""
    day = timedelta(days=1)
    listed: list[tuple[int, int | None, str, datetime, int, int]] = [
        (91, None, "main", _utc("2024-12-31 23:59:59"), 600, 600), (91, None, "Main", _utc("2025-01-01"), 601, 602),
        (91, 902, "main", NOW - 60 * day, 600, 1300), (92, 903, "hotfix/feature/x", _utc("2025-09-01"), 1, 1300),
        (92, 905, "feature/Login", _utc("2025-09-30 22:00"), 601, 2500),
        (92, 905, "feature/login", NOW - 7 * day, 0, 0), (93, None, "main", NOW - 7 * day, 0, 1),
        (93, 905, "main", _utc("2025-10-07 06:00"), 700, 0), (93, 905, "develop", _utc("2025-10-07 06:00"), 700, 0),
        (1, 905, "main", _utc("2024-02-29 05:59:59"), 5, 0), (2, 905, "main", _utc("2024-06-30 23:59:59"), 5, 0),
        (13, 905, "main", _utc("2024-07-01"), 5, 0),
    ]  # fmt: skip
    parent: dict[int, str] = {}
    for number, (repo_id, dev_id, branch, at, added, removed) in enumerate(listed, start=1):
        sha = f"d{number:09d}"
        tables["commits"].append((sha, repo_id, dev_id, parent.get(repo_id), branch, at, added, removed))
        parent[repo_id] = sha
    at = _utc("2025-01-03 12:00")
    tables["releases"] += [  # two tags on one commit at one instant; a Friday of the year before
        (91, "v1.0.0", "d000000001", _utc("2024-12-27 12:00"), None), (92, "v1.0.0", "d000000004", at, None),
        (92, "v1.0.1", "d000000004", at, TODAY), (91, "v0.9.0", "d000000001", _utc("2023-12-31 23:59:59"), None),
        (93, "v1.0.0", "d000000007", _utc("2025-01-01"), _utc("2025-01-01").date()),
        (1, "v9.0.0", "d000000010", at, None), (1, "v9.0.1", "d000000010", at, None),
        (2, "v9.0.0", "d000000011", _utc("2025-10-04 00:00"), TODAY),
        (6, "v9.9.9", next(row[0] for row in tables["commits"][::-1] if row[1] == 6), NOW, None),
    ]  # fmt: skip


def _directed_pipelines(tables: Tables) -> None:
    """Pipelines at boundary instants, of exactly 45 minutes, exactly 30 days ago, and some without any job."""
    day, span = timedelta(days=1), timedelta(minutes=45)
    midnight = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC)
    spans: list[tuple[str, str, datetime, timedelta]] = [
        ("d000000001", "failed", _utc("2024-12-31 23:59:59"), span),
        ("d000000001", "failed", _utc("2025-01-01"), span), ("d000000004", "failed", _utc("2025-09-01"), 2 * span),
        ("d000000004", "cancelled", _utc("2025-09-30 23:59:59"), span),
        ("d000000004", "failed", _utc("2025-10-01"), span), ("d000000003", "cancelled", NOW - 30 * day, 2 * span),
        ("d000000003", "passed", NOW - 30 * day, span), ("d000000010", "passed", midnight - 13 * day, 4 * span),
        ("d000000010", "passed", midnight - 13 * day - timedelta(seconds=1), span),
        ("d000000011", "passed", midnight, 3 * span),
    ]  # fmt: skip
    for number, (sha, status, at, took) in enumerate(spans, start=901):
        source = ("schedule", "manual", "merge", "schedule")[number % 4]
        tables["pipelines"].append((number, sha, source, status, at, at + took))
    tables["pipelines"] += [
        (920, "d000000011", "merge", "passed", _utc("2025-07-01"), _utc("2025-07-01 02:00")),
        (921, "d000000010", "merge", "passed", _utc("2025-06-30"), _utc("2025-06-30 03:00")),
        (922, "d000000011", "push", "running", NOW, None),
    ]


def _directed_jobs(tables: Tables) -> None:
    """Diamonds whose longer way is the quicker one; waits, run times and timeouts at round values; ties at the top."""
    at = _utc("2025-07-01")
    listed: list[tuple[int, int, str, str, int, int, tuple[int, ...]]] = [
        (9001, 920, "build", "passed", 60, 7200, ()), (9002, 920, "unit", "passed", 59, 60, (9001,)),
        (9003, 920, "lint", "passed", 300, 4000, (9001,)), (9004, 920, "scan", "passed", 299, 120, (9002,)),
        (9005, 920, "publish", "passed", 0, 60, (9003, 9004, 9001, 9002)),
        (9006, 920, "deploy", "passed", 0, 60, (9001, 9002, 9003, 9004, 9005)),
        (9007, 921, "build", "passed", 60, 7000, ()), (9008, 921, "build", "passed", 60, 6800, ()),
        (9009, 921, "build", "passed", 60, 6800, (9007, 9008)), (9010, 921, "lint", "passed", 60, 4000, ()),
        (9011, 921, "lint", "passed", 60, 3900, ()), (9012, 921, "lint", "passed", 60, 3800, (9009, 9010, 9011)),
        (9013, 901, "build", "failed", 300, 7200, ()), (9014, 901, "build", "failed", 300, 7201, ()),
        (9015, 902, "audit", "failed", 0, 60, ()), (9016, 902, "deploy", "failed", 0, 60, (9015,)),
        (9017, 901, "build", "cancelled", 60, 8000, ()),
    ]  # fmt: skip
    for job_id, pipeline_id, name, status, wait, took, needs in listed:
        start = at + timedelta(seconds=wait)
        settings: dict[str, Any] = {"image": "node:22", "timeout_min": max(took // 60, 1), "cache": job_id % 2 == 0}
        if job_id % 3 == 0:
            settings["services"] = ["redis", "postgres"] if job_id % 2 else ["postgres-old"]
        runner = (1, 901, 902, 6)[job_id % 4]
        body = (runner, name, status, at, start, start + timedelta(seconds=took), settings)
        tables["jobs"].append((job_id, pipeline_id, *body))
        tables["job_deps"] += [(job_id, need) for need in needs]
    size = max(row[4] for row in tables["artefacts"])
    tables["artefacts"] += [  # ties at the largest size, round sizes, expiry today, in a week and the day after
        (9001, 9001, "alpha.bin", "binary", size, TODAY),
        (9002, 9001, "omega.bin", "binary", size, TODAY + timedelta(days=7)),
        (9003, 9002, "fifty.xml", "report", Decimal(50), TODAY + timedelta(days=8)),
        (9004, 9002, "hundred.xml", "report", Decimal(100), TODAY - timedelta(days=1)),
        (9005, 9003, "fifty.txt", "log", Decimal("49.9"), None),
    ]  # fmt: skip
    tables["jobs"] += [
        (9020, 922, None, "unit", "waiting", NOW, None, None, {"image": "node:22", "timeout_min": 5, "cache": False}),
        (9021, 922, 5, "unit", "running", NOW, NOW, None, {"image": "Node:22", "timeout_min": 5}),
        (9022, 922, None, "e2e", "skipped", None, None, None, {"image": "node:22", "timeout_min": 5, "services": []}),
    ]  # fmt: skip


def _directed_tests(tables: Tables) -> None:
    """Tests of one name with equal flakiness, upper-case names, tests that were skipped only or never ran."""
    tables["tests"] += [
        (9001, 92, "test_Timeout_deep", "unit", False), (9002, 92, "TEST_TIMEOUT", "unit", True),
        (9003, 93, "test_twin", "integration", False), (9004, 93, "test_twin", "integration", False),
        (9005, 1, "test_never", "e2e", True), (9006, 1, "test_never", "e2e", False),
        (9007, 2, "test_skipped", "e2e", False),
    ]  # fmt: skip
    tables["test_results"] += [(9002, 9007, 1, "skip", None), (9003, 9007, 1, "skip", None)]
    for test_id in (9003, 9004):
        tables["test_results"] += [(9002, test_id, 1, "fail", 1000), (9002, test_id, 2, "pass", 1000)]
        tables["test_results"] += [(9003, test_id, 1, "fail", 999), (9004, test_id, 1, "pass", 0)]
    for job_id in (9002, 9003, 9004):
        tables["test_results"] += [(job_id, 9001, n, "fail", 100) for n in (1, 2)] + [(job_id, 9002, 1, "pass", 100)]


def _even_out(tables: Tables) -> None:
    """Bring groups to a tie for the first place or exactly onto a threshold."""
    team_of = {row[0]: row[2] for row in tables["devs"]}
    mobile = sum(1 for row in tables["commits"] if team_of.get(row[2]) == "mobile")
    for number in range(70 - mobile):
        tables["commits"].append((f"e{number:09d}", 13, 905, None, "develop", _utc("2024-08-01"), 1, 0))
    repo_of = {row[0]: row[1] for row in tables["commits"]}
    failed = [repo_of[row[1]] for row in tables["pipelines"] if row[3] == "failed"]
    top = max(failed.count(repo_id) for repo_id in set(failed)) + 1
    at = _utc("2025-10-07")
    for repo_id, sha in ((92, "d000000004"), (93, "d000000007")):
        for number in range(top - failed.count(repo_id)):
            tables["pipelines"].append((repo_id * 100 + number, sha, "push", "failed", at, at + timedelta(minutes=10)))
    logs = sum(row[4] for row in tables["artefacts"] if row[3] == "log")
    tables["artefacts"].append((9010, 9004, "rest.txt", "log", Decimal(2000) - logs, TODAY))
