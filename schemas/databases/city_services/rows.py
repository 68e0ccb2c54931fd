"""Rows of the city's service desk: a dense first instance, and small ones that tell near-miss queries apart.

Everything is drawn from one `random.Random` seeded by (seed, instance). Instance 1 is what a working system looks
like; the others draw from the same pools of names, categories and crews and add the directed rows of `_directed`:
ties, duplicates, NULLs, empty groups and boundary instants.
"""

from __future__ import annotations

import random
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from faker import Faker

Row = tuple[Any, ...]
Step = tuple[str, datetime, int | None]  # a status, when it was taken, and the crew that set it

TODAY = date(2024, 10, 9)
NOW = datetime(2024, 10, 9, 15, 20, tzinfo=UTC)
FIRST = date(2023, 1, 2)

# name, population, area_km2, weight of its requests; nothing is ever reported from the last one
DISTRICTS: list[tuple[str, int, str, int]] = [
    ("Old Town", 18400, "2.6", 9),
    ("Riverside", 31250, "6.4", 10),
    ("Harbour", 12800, "5.1", 6),
    ("Northgate", 40100, "11.9", 11),
    ("Millfield", 27500, "8.3", 7),
    ("Westend", 35600, "9.0", 8),
    ("Hillcrest", 15900, "14.2", 3),
    ("Eastmoor", 22300, "12.5", 5),
    ("Fairfield", 9800, "7.7", 2),
    ("Quarry Park", 640, "4.0", 0),
]
# name, dept, weight, days that a repair takes on average
CATEGORIES: list[tuple[str, str, int, float]] = [
    ("Pothole", "roads", 18, 9.0),
    ("Broken sidewalk", "roads", 8, 16.0),
    ("Missed bin", "waste", 15, 1.5),
    ("Illegal dumping", "waste", 11, 4.0),
    ("Graffiti", "waste", 6, 12.0),
    ("Water leak", "water", 9, 1.2),
    ("Blocked drain", "water", 8, 3.0),
    ("Fallen tree", "parks", 6, 2.0),
    ("Playground damage", "parks", 4, 8.0),
    ("Street light out", "lighting", 12, 5.0),
    ("Traffic signal fault", "lighting", 5, 0.8),
    ("Bee swarm", "parks", 0, 1.0),
]
CREWS: list[tuple[str, str, str, int, int | None]] = [
    ("Asphalt One", "roads", "day", 6, 4),
    ("Asphalt Two", "roads", "night", 5, 4),
    ("Paving Team", "roads", "day", 4, 1),
    ("Green Trucks", "waste", "day", 8, 6),
    ("Clean Sweep", "waste", "weekend", 5, 2),
    ("Rapid Pipe", "water", "night", 4, 3),
    ("Drain Masters", "water", "day", 6, None),
    ("Tree Squad", "parks", "day", 7, 7),
    ("Park Rangers", "parks", "weekend", 3, 7),
    ("Lamp Crew", "lighting", "day", 4, 6),
    ("Night Lights", "lighting", "night", 3, None),
    ("Flood Reserve", "water", "weekend", 10, 3),
]
HOLIDAYS: list[tuple[int, int, str]] = [
    (1, 1, "New Year's Day"),
    (5, 1, "Labour Day"),
    (6, 24, "Midsummer"),
    (8, 15, "City Day"),
    (10, 3, "Unity Day"),
    (12, 25, "Christmas Day"),
    (12, 26, "Boxing Day"),
]
COMMENTS = [
    "Quick and friendly, thank you",
    "Took far too long",
    "Hole is back after two weeks",
    "Nobody told me anything",
    "Great job by the crew",
    "Still dirty, please come back",
    "Thank you!",
    "Fixed the next day",
]


def rows(seed: int, instance: int) -> dict[str, list[Row]]:
    """Rows of every table, parents first; deterministic in (seed, instance)."""
    rng = random.Random(f"city_services:{seed}:{instance}")
    big = instance == 1
    tables: dict[str, list[Row]] = {
        "district": [(n, name, people, Decimal(area)) for n, (name, people, area, _) in enumerate(DISTRICTS, start=1)],
        "category": [(n, name, dept) for n, (name, dept, _, _) in enumerate(CATEGORIES, start=1)],
        "sla_target": _targets(),
        "holiday": [(date(year, month, day), name) for year in (2023, 2024) for month, day, name in HOLIDAYS],
        "citizen": _citizens(rng, 230 if big else 50),
        "crew": [(n, *crew) for n, crew in enumerate(CREWS, start=1)],
        "service_request": [],
        "status_change": [],
        "crew_visit": [],
        "feedback": [],
    }
    for _ in range(340 if big else 56):
        _report(rng, tables)
    if not big:
        _directed(rng, tables, instance)
    return tables


def _targets() -> list[Row]:
    """Targets by category and priority; the last two categories have none for the low priority."""
    found: list[Row] = []
    for number, (_, dept, _, days) in enumerate(CATEGORIES, start=1):
        for level, priority in enumerate(("low", "normal", "high", "urgent")):
            if level == 0 and number > len(CATEGORIES) - 2:
                continue
            hours = (72, 48, 24, 4)[level] // (2 if dept == "water" else 1)
            found.append((number, priority, hours, max(1, round(days * (4, 2, 1, 0.5)[level]))))
    return found


def _citizens(rng: random.Random, count: int) -> list[Row]:
    """Citizens whose names come from one pool; few have deleted their account, some live outside the city."""
    faker = Faker(["en_GB", "en_IE"])
    faker.seed_instance("city_services:names")
    found: list[Row] = []
    for number in range(1, count + 1):
        name = f"{faker.first_name()} {faker.last_name()}"
        host = rng.choice(("mailbox.example", "citymail.example", "gmail.com", "gmail.com", "inbox.example"))
        email = f"{name.split()[0].lower()}{number}@{host}" if rng.random() < 0.78 else None
        home = rng.choices(range(1, 11), [max(1, place[3]) for place in DISTRICTS])[0] if rng.random() < 0.9 else None
        joined = date(2021, 1, 1) + timedelta(days=rng.randrange((TODAY - date(2021, 1, 1)).days))
        gone = None
        if rng.random() < 0.08:
            gone = NOW - timedelta(minutes=rng.randrange((TODAY - joined).days * 1440 + 1))
        found.append((number, name, email, home, joined, gone))
    return found


def _opening(rng: random.Random) -> datetime:
    """An instant at which people report things: mostly by day, on working days, and more of late."""
    while True:
        day = TODAY - timedelta(days=int((TODAY - FIRST).days * rng.random() ** 1.5))
        hour = rng.choices(range(24), (1, 1, 1, 1, 1, 2, 5, 9, 12, 12, 11, 10, 9, 9, 9, 9, 9, 8, 6, 5, 4, 3, 2, 1))[0]
        made = datetime(day.year, day.month, day.day, hour, rng.randrange(60), rng.randrange(60), tzinfo=UTC)
        if made < NOW and (day.isoweekday() < 6 or rng.random() < 0.45):
            return made


def _path(rng: random.Random, opened: datetime, days: float, crews: list[int], *, slow: bool) -> list[Step]:
    """The statuses that a request goes through until today, with their instants."""
    step = timedelta(hours=1 + rng.expovariate(1 / (30 if slow else 9)))
    steps: list[Step] = [("new", opened, None)]
    at = opened + step
    if rng.random() < 0.09:
        steps.append(("rejected", at, None))
    else:
        crew = rng.choice(crews)
        steps.append(("assigned", at, None))
        plan = ["in_progress", *rng.choices(([], ["on_hold", "in_progress"]), (74, 26))[0], "done"]
        if rng.random() < 0.05:
            plan[1:1] = ["on_hold", "assigned", "in_progress"]
        if rng.random() < 0.07:  # stalled
            plan = rng.choice((["in_progress"], ["in_progress", "on_hold"]))
        for status in plan:
            at += timedelta(minutes=20 + int(rng.expovariate(1 / (days * (2200 if slow else 900) / len(plan)))))
            steps.append((status, at, crew if status != "on_hold" or rng.random() < 0.5 else None))
    return [item for item in steps if item[1] <= NOW]


def _report(rng: random.Random, tables: dict[str, list[Row]]) -> None:
    """One request with its history, visits and feedback."""
    number = rng.choices(range(1, len(CATEGORIES) + 1), [item[2] for item in CATEGORIES])[0]
    _, dept, _, days = CATEGORIES[number - 1]
    people = tables["citizen"][: -(len(tables["citizen"]) // 9)]
    opened = _opening(rng)
    reporter = people[int(len(people) * rng.random() ** 1.8)] if rng.random() < 0.88 else None
    if reporter and reporter[5] and reporter[5] < opened:
        reporter = None
    own = reporter[3] if reporter and reporter[3] != len(DISTRICTS) and rng.random() < 0.6 else None
    place = own or rng.choices(range(1, 11), [item[3] for item in DISTRICTS])[0]
    priority = rng.choices(("low", "normal", "high", "urgent"), (22, 50, 20, 8 if days > 1.9 else 24))[0]
    channel = rng.choices(("app", "web", "phone", "counter"), (42, 27, 24, 7))[0]
    crews = [crew[0] for crew in tables["crew"] if crew[2] == dept and crew[1] != "Flood Reserve"]
    speed = days * {"low": 2.2, "normal": 1.3, "high": 0.7, "urgent": 0.3}[priority]
    steps = _path(rng, opened, speed, crews, slow=priority in {"low", "normal"})
    alike = [row for row in tables["service_request"] if row[2] == number and row[7] < opened]
    original = alike[-1][0] if alike and steps[-1][0] == "rejected" and rng.random() < 0.55 else None
    deleted = opened + timedelta(hours=rng.randrange(1, 200)) if rng.random() < 0.05 else None
    what = (reporter[0] if reporter else None, number, place, priority, channel)
    _file(rng, tables, what, steps, (original, deleted if deleted and deleted < NOW else None))


def _file(
    rng: random.Random, tables: dict[str, list[Row]], what: Row, steps: list[Step], rest: tuple[Any, Any]
) -> uuid.UUID:
    """Add a request, its history, and what crews and citizens had to do with it."""
    request_id = uuid.UUID(int=rng.getrandbits(128))
    closed = steps[-1][1] if steps[-1][0] in {"done", "rejected"} else None
    tables["service_request"].append((request_id, *what, steps[-1][0], steps[0][1], closed, *rest))
    tables["status_change"] += [(request_id, n, status, at, crew) for n, (status, at, crew) in enumerate(steps, 1)]
    for status, at, crew in steps:
        if status != "in_progress" or crew is None or rng.random() < 0.12:
            continue
        minutes = 10 + int(rng.lognormvariate(4.0, 0.7))
        cost = Decimal(int(rng.lognormvariate(5.0, 1.1) * 100)) / 100 if rng.random() < 0.85 else None
        visit_id = len(tables["crew_visit"]) + 1
        tables["crew_visit"].append((visit_id, request_id, crew, at.date(), minutes, cost))
    if closed and what[0] and rng.random() < 0.45:
        late = (closed - steps[0][1]).days
        rating = max(1, min(5, round(rng.gauss(4.2 if closed and late < 8 else 3.0, 1.1))))
        given = min(TODAY, closed.date() + timedelta(days=rng.randrange(9)))
        comment = rng.choice(COMMENTS) if rng.random() < 0.5 else None
        tables["feedback"].append((request_id, rating, comment, given))
    return request_id


def _utc(text: str) -> datetime:
    """The instant that an ISO text names in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _directed(rng: random.Random, tables: dict[str, list[Row]], instance: int) -> None:
    """Add rows on which near-miss queries differ; the two small instances differ in what is absent."""
    absent = "counter" if instance == 2 else "phone"
    tables["service_request"][:] = [
        (*row[:5], "web" if row[5] == absent else row[5], *row[6:]) for row in tables["service_request"]
    ]
    tables["district"] += [  # a name that differs by case only, and one where nothing happens; equal sizes
        (11, "old town", 15000, Decimal("10.0")),
        (12, "Emptyville", 60000, Decimal("5.0")),
        (13, "Tinyton", 250, Decimal("5.0")),
    ]
    tables["category"] += [
        (13, "Wasp nest", "parks"),
        (14, "Manhole cover", "water"),
        (15, "Big pothole", "roads"),
        (16, "Dark tunnel", "lighting"),
    ]
    tables["sla_target"] += [
        (13, "high", 4, 9),
        (13, "urgent", 5, 1),
        (14, "normal", 5, 9),
        (15, "high", 24, 10),
        (15, "low", 24, 9),
    ]
    tables["holiday"] += [
        (date(2024, 2, 29), "Leap Day"),
        (date(2024, 8, 31), "Harbour Fair"),
        (date(2024, 9, 2), "School Day"),
        (date(2024, 9, 30), "Harvest"),
    ]
    tables["crew"] += [
        (13, "Spare Crew", "roads", "night", 5, None),
        (14, "Twin Crew", "roads", "weekend", 5, 7),
        (15, "Emptyville", "parks", "night", 1, 11),
        (16, "Giants", "roads", "day", 10, 12),
    ]
    first = tables["citizen"][0]
    tables["citizen"] += [  # namesakes, accounts deleted on boundary days, people without anything
        (901, first[1], "one@notgmail.com", 7, date(2024, 1, 1), None),
        (902, first[1], None, None, date(2023, 12, 31), None),
        (903, "Una Gone", "una@gmail.com", 7, date(2024, 4, 2), _utc("2024-07-01")),
        (904, "Una Gone", "gone@inbox.example", 7, date(2024, 2, 29), _utc("2024-06-30 23:59:59")),
        (905, "Ola Gone", None, 11, date(2024, 1, 1), _utc("2024-01-01")),
        (906, "Ivo Quiet", "ivo@gmail.com", 7, TODAY, None),
        (907, "Ivo Quiet", "ivo2@gmail.com", 7, TODAY, None),
        (908, "Ada van Dam", None, 7, date(2024, 3, 1), None),
        (909, "Max Twice", "max@gmail.com", 1, date(2024, 1, 1), None),
        (910, "Max Twice", "max2@gmail.com", 1, date(2024, 1, 1), None),
        (912, "Eve Late", None, 2, date(2024, 4, 2), _utc("2024-07-02")),
        (913, "Kit East", None, 8, date(2024, 4, 2), None),
        (914, "Lou Half", "lou@inbox.example", 8, date(2024, 4, 2), None),
        (915, "Moe Half", "moe@inbox.example", 8, date(2024, 4, 2), None),
        (911, "Ola Last", "ola@web.example", 11, date(2023, 12, 31), _utc("2023-12-31 23:59:59")),
    ]
    made = [_directed_request(rng, tables, *item) for item in _cases()]
    made += [_directed_request(rng, tables, *item) for item in _more_cases()]
    _link(tables, made)
    signals = [row for row in tables["service_request"] if row[2] == 11 and row[10] is None]
    for n in range(len(signals)):  # a category that ties with the traffic signals
        case = (None, 16, 1 + n % 10, "low", "app", f"2024-03-{n % 28 + 1:02d} 10:00:00", [("rejected", 5, None)], None)
        _directed_request(rng, tables, *case)
    _directed_visits(tables, made)
    _fill_up(tables, made[9])


def _cases() -> list[tuple[Any, ...]]:
    """Requests at the ends of months, quarters, years and office hours, on target to the second, and deleted ones."""
    done = [("assigned", 24, None), ("in_progress", 30, 1)]
    return [  # citizen, category, district, priority, channel, opened, later statuses with hours and crew, deleted
        (901, 1, 1, "normal", "app", "2024-09-01", [*done, ("done", 432, 1)], None),
        (902, 1, 1, "normal", "app", "2024-08-31 23:59:59", [("assigned", 48, 1), ("done", 433, 1)], None),
        (901, 3, 1, "normal", "web", "2024-09-30 23:59:59", [("assigned", 49, None)], None),
        (902, 3, 3, "normal", "web", "2024-10-01", [("rejected", 24, None)], None),
        (None, 1, 3, "urgent", "app", "2023-12-31 23:59:59", [("assigned", 4, 1), ("done", 24, 1)], None),
        (909, 1, 3, "high", "app", "2024-01-01", [("assigned", 24, 1), ("done", 216, 1)], None),
        (910, 1, 3, "high", "app", "2024-01-01", [("assigned", 25, 1), ("done", 217, 1)], None),
        (909, 6, 1, "low", "phone", "2024-06-28 08:00:00", [("assigned", 1, 6), ("done", 64, 6)], None),
        (910, 6, 1, "low", "phone", "2024-06-28 07:59:59", [("assigned", 1, 6), ("done", 63, 6)], None),
        (909, 6, 2, "low", "counter", "2024-09-27 16:00:00", [("assigned", 8, None), ("done", 80, 6)], None),
        (910, 6, 2, "low", "counter", "2024-09-27 15:59:59", [("assigned", 8, None), ("done", 79, 6)], None),
        (903, 6, 7, "urgent", "app", "2024-08-30 12:00:00", [("assigned", 2, None), ("done", 72, 6)], None),
        (None, 9, 11, "low", "app", "2024-08-31 12:00:00", [("assigned", 2, None)], None),
        (904, 13, 4, "normal", "web", "2024-02-29 12:00:00", [("done", 24, None)], "2024-03-01"),
        (901, 13, 11, "high", "web", "2024-09-15", [("assigned", 4, 15), ("done", 216, 15)], None),
        (901, 13, 11, "urgent", "web", "2024-10-02 15:20:00", [("assigned", 5, 15)], None),
        (None, 8, 7, "low", "phone", "2024-10-02 10:00:00", [], None),
        (902, 8, 7, "high", "app", "2024-09-09 15:20:00", [("assigned", 24, None), ("on_hold", 48, None)], None),
        (902, 1, 7, "low", "app", "2024-09-09 15:19:00", [("in_progress", 24, 13), ("on_hold", 24, 13)], None),
        (None, 1, 1, "low", "app", "2024-10-02 15:20:01", [("on_hold", 24, None)], "2024-10-05"),
        (901, 4, 3, "normal", "app", "2024-10-09 15:20:00", [], None),
        (908, 4, 13, "urgent", "app", "2024-09-01", [("rejected", 24, None)], "2024-09-02"),
    ]


def _more_cases() -> list[tuple[Any, ...]]:
    """Histories that go back, stop, or repeat; ties of counts and times within district and category."""
    back = [("assigned", 10, None), ("in_progress", 20, 2), ("assigned", 30, None), ("in_progress", 40, 2)]
    hold = [("assigned", 10, None), ("on_hold", 20, None), ("in_progress", 30, 4), ("on_hold", 40, 4)]
    return [
        (901, 2, 5, "low", "web", "2024-05-01 09:00:00", [*back, ("done", 50, 2)], None),
        (901, 4, 5, "low", "web", "2024-05-02 09:00:00", [*hold, ("assigned", 50, 4), ("done", 60, 4)], None),
        (902, 4, 5, "low", "web", "2024-05-02 09:00:00", [*hold, ("done", 50, 4)], None),
        (902, 2, 5, "low", "web", "2024-05-03 09:00:00", [("on_hold", 1, None), ("assigned", 2, None)], None),
        (909, 10, 8, "high", "app", "2024-03-31 23:59:59", [("rejected", 1, None)], None),
        (910, 10, 8, "high", "app", "2024-04-01", [("rejected", 1, None)], None),
        (909, 10, 12, "normal", "app", "2024-07-01", [("rejected", 1, None)], "2024-07-02"),
        (901, 15, 13, "high", "app", "2023-12-31 12:00:00", [("assigned", 24, 14), ("done", 48, 14)], None),
        (901, 3, 7, "normal", "app", "2024-09-01 12:00:00", [("assigned", 1, None), ("done", 720, 4)], "2024-10-09"),
        (902, 1, 7, "normal", "web", "2024-09-24 12:00:00", [("assigned", 8, None), ("done", 240, 1)], None),
        (903, 5, 7, "urgent", "web", "2024-09-24 12:00:00", [("done", 1, None)], None),
        (908, 5, 7, "low", "web", "2024-05-06 12:00:00", [("done", 100, 4)], None),
        (908, 5, 7, "low", "web", "2024-05-06 12:00:00", [("done", 100, 4)], None),
        (908, 5, 13, "low", "web", "2024-05-06 13:00:00", [("done", 200, 4)], None),
        (904, 1, 7, "low", "web", "2024-05-06 13:00:00", [("in_progress", 2, 3), ("done", 101, 3)], "2024-06-01"),
        (None, 4, 10, "urgent", "web", "2024-08-15 12:00:00", [], "2024-08-16"),
        (None, 4, 7, "normal", "web", "2023-12-26 23:59:59", [("assigned", 216, 5), ("done", 240, 5)], None),
        (901, 14, 3, "low", "web", "2023-12-31", [("assigned", 3, None), ("done", 24, 7)], None),
        (902, 14, 7, "low", "web", "2023-12-30", [("assigned", 3, None)], "2024-01-05"),
        (908, 14, 9, "low", "web", "2024-03-30", [("assigned", 3, None)], "2024-04-05"),
        (908, 12, 3, "low", "web", "2024-03-30", [("assigned", 3, None)], "2024-04-05"),
        (902, 10, 5, "low", "web", "2024-09-08 12:00:00", [("assigned", 3, None), ("in_progress", 9, 11)], None),
        (
            902,
            10,
            5,
            "low",
            "web",
            "2024-09-09 12:00:00",
            [("assigned", 3, None), ("in_progress", 9, 11)],
            "2024-10-01",
        ),
        (913, 6, 8, "high", "web", "2024-08-05 12:00:00", [("assigned", 3, None), ("done", 90, 6)], None),
        (913, 6, 8, "high", "web", "2024-08-06 12:00:00", [("assigned", 3, None), ("done", 90, 6)], "2024-10-01"),
        (914, 1, 8, "low", "app", "2024-05-06 12:00:00", [("done", 90, 1)], None),
        (914, 3, 8, "low", "app", "2024-05-06 12:00:00", [("done", 90, 4)], "2024-06-01"),
        (915, 1, 8, "low", "app", "2024-05-07 12:00:00", [("done", 90, 1)], "2024-06-01"),
        (915, 3, 8, "low", "app", "2024-05-07 12:00:00", [("done", 90, 4)], None),
    ]


def _directed_request(rng: random.Random, tables: dict[str, list[Row]], *case: Any) -> uuid.UUID:
    """Add one request of the lists above with its history, and nothing else."""
    citizen, category, place, priority, channel, opened, later, deleted = case
    request_id = uuid.UUID(int=rng.getrandbits(128))
    start = _utc(opened)
    steps = [("new", start, None), *((status, start + timedelta(hours=hours), crew) for status, hours, crew in later)]
    closed = steps[-1][1] if steps[-1][0] in {"done", "rejected"} else None
    what = (citizen, category, place, priority, channel, steps[-1][0], start, closed, None)
    tables["service_request"].append((request_id, *what, _utc(deleted) if deleted else None))
    history = [(request_id, n, status, at, crew) for n, (status, at, crew) in enumerate(steps, 1)]
    tables["status_change"] += history if deleted != "2024-08-16" else []
    return request_id


def _fill_up(tables: dict[str, list[Row]], request_id: uuid.UUID) -> None:
    """Short visits until one crew has made 25 and one 26, and the parks crews 3,000 minutes."""
    visits = tables["crew_visit"]
    for crew, wanted in ((9, 25), (14, 26)):
        for n in range(wanted - sum(visit[2] == crew for visit in visits)):
            visits.append((9100 + 100 * crew + n, request_id, crew, date(2024, 6, 1), 10, None))
    spent = sum(visit[4] for visit in visits if visit[2] in {8, 9, 15})
    visits.append((9999, request_id, 8, date(2024, 6, 2), 3000 - spent, None))


def _link(tables: dict[str, list[Row]], made: list[uuid.UUID]) -> None:
    """Three duplicates, two of one original, one of them deleted."""
    original = {made[3]: made[2], made[27]: made[26], made[28]: made[26]}
    tables["service_request"][:] = [
        (*row[:9], original.get(row[0], row[9]), row[10]) for row in tables["service_request"]
    ]


def _directed_visits(tables: dict[str, list[Row]], made: list[uuid.UUID]) -> None:
    """Visits at round minutes and costs, on boundary days, in ties; feedback of every kind."""
    visits = [  # request, crew, day, minutes, cost
        (0, 1, "2024-09-30", 30, 100), (0, 1, "2024-09-30", 29, 100), (1, 1, "2024-10-01", 120, 5000),
        (4, 1, "2023-12-31", 119, 5000), (5, 1, "2024-01-01", 700, 50), (6, 1, "2024-03-31", 600, 49),
        (7, 6, "2024-06-30", 60, 0), (8, 6, "2024-07-01", 60, None), (9, 14, "2024-09-30", 100, 500),
        (14, 15, "2024-10-08", 10, None), (14, 15, "2024-02-29", 10, None), (14, 15, "2024-03-10", 10, 200),
        (29, 14, "2024-01-02", 90, 100), (22, 2, "2024-05-02", 45, 300), (22, 2, "2024-05-03", 45, 200),
        (23, 4, "2024-05-04", 45, 300), (24, 4, "2024-05-04", 45, 300), (30, 4, "2024-10-01", 45, 501),
        (33, 4, "2024-05-06", 20, 501), (13, 15, "2024-03-01", 30, 99), (15, 16, "2024-10-09", 2400, 100),
        (12, 16, "2024-09-01", 601, 100), (11, 2, "2024-09-01", 30, 400), (11, 2, "2024-09-02", 30, 400),
    ]  # fmt: skip
    tables["crew_visit"] += [
        (9001 + n, made[which], crew, date.fromisoformat(day), minutes, None if cost is None else Decimal(cost))
        for n, (which, crew, day, minutes, cost) in enumerate(visits)
    ]
    notes = [  # request, rating, comment, day
        (0, 1, "Bad", "2024-09-30"), (1, 5, "Thank you!", "2024-10-01"), (3, 5, None, "2024-10-02"),
        (5, 5, None, "2024-01-31"), (7, 1, "Still DIRTY", "2024-07-01"), (6, 4, "Fixed the next day", "2024-02-01"),
        (9, 3, None, "2024-10-01"), (22, 1, "Took far too long", "2024-05-04"), (30, 2, None, "2024-10-09"),
        (33, 3, None, "2024-05-31"), (34, 3, None, "2024-05-31"), (14, 1, "Stung", "2024-10-09"),
        (23, 2, "Nobody told me anything", "2024-05-05"), (24, 3, "Nobody told me anything", "2024-05-05"),
    ]  # fmt: skip
    tables["feedback"] += [(made[which], rating, text, date.fromisoformat(day)) for which, rating, text, day in notes]
