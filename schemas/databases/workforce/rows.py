"""Rows of a firm's personnel: a dense first instance, and small ones that tell near-miss queries apart.

Everything is drawn from one `random.Random` seeded by (seed, instance). Instance 1 is what a working firm looks like;
the others draw from the same departments, posts, clients and projects and add the directed rows of `_directed`: ties,
namesakes, NULLs, changes on boundary days, gaps in histories, and people without anything.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from faker import Faker

Row = tuple[Any, ...]

TODAY = date(2026, 2, 10)
FOUNDED = date(2011, 3, 1)

SITES: list[Row] = [
    (1, "Zurich", "Switzerland"), (2, "Milan", "Italy"), (3, "Prague", "Czechia"), (4, "Graz", "Austria"),
    (5, "Warsaw", "Poland"),
]  # fmt: skip
DEPTS: list[Row] = [
    (1, "Executive", None, 1, "CC100"), (2, "Engineering", 1, 1, "CC200"), (3, "Software", 2, 3, "CC210"),
    (4, "Hardware", 2, 4, "CC220"), (5, "Sales", 1, 2, "CC300"), (6, "Key Accounts", 5, 2, None),
    (7, "Finance", 1, 1, "CC400"), (8, "People", 1, 1, None), (9, "Consulting", 1, 2, "CC500"),
    (10, "Energy Consulting", 9, 4, "CC510"), (11, "Transport Consulting", 9, 3, "CC520"),
    (12, "Innovation Lab", 2, 5, None),
]  # fmt: skip
# title, grade, min_pay, max_pay
POSTS: list[tuple[str, int, int, int | None]] = [
    ("Intern", 1, 18000, 26000), ("Assistant", 2, 28000, 40000), ("Analyst", 3, 38000, 55000),
    ("Developer", 3, 40000, 60000), ("Accountant", 3, 36000, 54000), ("Recruiter", 3, 36000, 52000),
    ("Engineer", 4, 46000, 70000), ("Consultant", 4, 45000, 72000), ("Account Manager", 4, 44000, 75000),
    ("Senior Engineer", 5, 60000, 88000), ("Senior Consultant", 5, 60000, 90000), ("Team Lead", 6, 70000, 105000),
    ("Principal", 6, 72000, 110000), ("Director", 7, 95000, 150000), ("Chief Executive", 8, 160000, None),
    ("Ombudsperson", 5, 60000, None),
]  # fmt: skip
# department -> weight of its people, and the numbers of the posts that one goes through there
TRACKS: dict[int, tuple[int, list[int]]] = {
    2: (8, [1, 4, 7, 10]), 3: (24, [1, 4, 7, 10, 12]), 4: (14, [1, 7, 10, 12]), 5: (9, [2, 9, 12]),
    6: (5, [2, 9]), 7: (7, [2, 5, 12]), 8: (5, [2, 6]), 9: (6, [3, 8, 11, 13]),
    10: (12, [1, 3, 8, 11, 13]), 11: (12, [3, 8, 11, 13]),
}  # fmt: skip
CLIENTS = [
    ("Alpine Rail", "transport"), ("Brenta Energia", "energy"), ("City of Brno", "public"),
    ("Danube Ports", "transport"), ("Etna Solar", "energy"), ("Fjord Bank", None), ("Grid One", "energy"),
    ("Helvetia Trams", "transport"), ("Istria Hotels", None), ("Jura Watches", "industry"),
    ("Kranj Steel", "industry"), ("Lago Water", "public"),
]  # fmt: skip
PROJECTS = [
    "Atlas", "Borealis", "Cobalt", "Dynamo", "Ember", "Falcon", "Granite", "Harbor", "Ivory", "Juniper", "Kestrel",
    "Lantern", "Meridian", "Nimbus", "Orchid", "Pioneer", "Quartz", "Ridge", "Summit", "Tundra", "Umbra", "Vertex",
]  # fmt: skip
HOLIDAYS: dict[str, list[tuple[int, int, str]]] = {
    "Switzerland": [(1, 1, "New Year's Day"), (5, 1, "Labour Day"), (8, 1, "National Day"), (12, 25, "Christmas Day")],
    "Italy": [(1, 1, "New Year's Day"), (1, 6, "Epiphany"), (4, 25, "Liberation Day"), (5, 1, "Labour Day"),
              (6, 2, "Republic Day"), (8, 15, "Ferragosto"), (12, 25, "Christmas Day"), (12, 26, "St Stephen")],
    "Czechia": [(1, 1, "New Year's Day"), (5, 1, "Labour Day"), (7, 5, "Cyril and Methodius Day"),
                (9, 28, "Statehood Day"), (12, 24, "Christmas Eve"), (12, 25, "Christmas Day")],
    "Austria": [(1, 1, "New Year's Day"), (1, 6, "Epiphany"), (5, 1, "National Holiday"), (8, 15, "Assumption Day"),
                (10, 26, "National Day"), (12, 25, "Christmas Day"), (12, 26, "St Stephen")],
}  # fmt: skip
NOTES = ["Workshop with client", "travel to site", "Testing", "Report", "Travel and meeting", "Design review"]


def rows(seed: int, instance: int) -> dict[str, list[Row]]:
    """Rows of every table, parents first; deterministic in (seed, instance)."""
    rng = random.Random(f"workforce:{seed}:{instance}")
    big = instance == 1
    tables: dict[str, list[Row]] = {
        "site": list(SITES),
        "dept": list(DEPTS),
        "post": [
            (n, t, grade, Decimal(low), high and Decimal(high)) for n, (t, grade, low, high) in enumerate(POSTS, 1)
        ],
        "emp": [],
        "emp_post": [],
        "emp_salary": [],
        "emp_leave": [],
        "client": [(n, *client) for n, client in enumerate(CLIENTS, start=1)],
        "project": [],
        "assignment": [],
        "timesheet": [],
        "bank_holiday": [
            (country, date(year, month, day), name)
            for country, days in HOLIDAYS.items()
            for year in (2024, 2025, 2026)
            for month, day, name in days
            if big or year > 2024
        ],
    }
    _people(rng, tables, 128 if big else 34)
    _leaves(rng, tables, 380 if big else 60)
    _projects(rng, tables, len(PROJECTS) if big else 9)
    _timesheets(rng, tables, 1380 if big else 150)
    if not big:
        _directed(tables, instance)
    return tables


def _people(rng: random.Random, tables: dict[str, list[Row]], count: int) -> None:
    """The chief, a director for each main department, then everybody else with a manager hired before."""
    faker = Faker(["it_IT", "cs_CZ", "pl_PL", "de_AT"])
    faker.seed_instance("workforce:names")
    heads = {1: 1, 2: 2, 5: 3, 7: 4, 9: 5}
    top = {head: dept for dept, head in heads.items()}
    bosses: dict[int, list[int]] = {}
    for emp_id in range(1, count + 1):
        name = f"{faker.first_name()} {faker.last_name()}"
        dept = top.get(emp_id) or rng.choices(list(TRACKS), [weight for weight, _ in TRACKS.values()])[0]
        share = emp_id / count if emp_id > 5 else 0.05 * emp_id
        hired = FOUNDED + timedelta(
            days=int((TODAY - FOUNDED).days * min(0.999, share**0.75 * rng.uniform(0.93, 1.06)))
        )
        hired = hired.replace(day=1) if rng.random() < 0.6 else hired
        left = hired + timedelta(days=rng.randrange(60, 2600)) if emp_id > 5 and rng.random() < 0.3 else None
        left = left if left and left < TODAY else None
        above = next((entry[2] for entry in DEPTS if entry[0] == dept and entry[2]), None)
        choices = bosses.get(dept) or bosses.get(above or 1) or [1]
        manager = None if emp_id == 1 else 1 if emp_id in top else rng.choice(choices)
        born = hired - timedelta(days=rng.randrange(21 * 365, 52 * 365)) if rng.random() < 0.9 else None
        email = f"{name.split()[0].lower()}.{emp_id}@firma.example" if rng.random() < 0.9 else None
        tables["emp"].append((emp_id, name, email, born, hired, left, manager))
        last = _career(rng, tables, tables["emp"][-1], dept, {1: 15}.get(emp_id, 14) if emp_id in top else None)
        if left is None and (emp_id in top or last in {12, 13} or len(bosses.get(dept, [])) < 1):
            bosses.setdefault(dept, []).append(emp_id)


def _career(rng: random.Random, tables: dict[str, list[Row]], who: Row, dept: int, fixed: int | None) -> int:
    """Posts of one employee without gaps, and with them the salaries; returns the last post."""
    emp_id, hired, left = who[0], who[4], who[5]
    track = [fixed] if fixed else TRACKS[dept][1][rng.choices((0, 1, 2), (45, 40, 15))[0] :] or TRACKS[dept][1]
    starts = [hired]
    while len(starts) < len(track) and rng.random() < 0.82:
        following = starts[-1] + timedelta(days=rng.randrange(330, 1500))
        following = following.replace(day=1) if rng.random() < 0.8 else following
        if following > (left or TODAY):
            break
        starts.append(following)
    changes: list[tuple[date, str, float]] = []
    for index, start in enumerate(starts):
        until = starts[index + 1] - timedelta(days=1) if index + 1 < len(starts) else left
        other = [entry[0] for entry in DEPTS if entry[2] == dept and entry[0] in TRACKS]
        dept = rng.choice(other) if other and index and rng.random() < 0.3 else dept
        tables["emp_post"].append((emp_id, start, until, track[index], dept))
        changes.append((start, "promotion" if index else "hire", rng.uniform(1.06, 1.16)))
    for year in range(max(2021, hired.year + 1), 2027):
        day = date(year, 1 if rng.random() < 0.7 else 4, 1)
        if day <= min(left or TODAY, TODAY) and (day - hired).days > 120 and rng.random() < 0.72:
            changes.append((day, "annual" if rng.random() < 0.94 else "correction", rng.uniform(1.0, 1.045)))
    changes = list({change[0]: change for change in sorted(changes)}.values())
    low = POSTS[track[0] - 1][2]
    amount = low * rng.uniform(0.98, 1.28)
    changes.sort()
    for index, (day, reason, factor) in enumerate(changes):
        amount *= factor if index else 1
        until = changes[index + 1][0] - timedelta(days=1) if index + 1 < len(changes) else left
        tables["emp_salary"].append((emp_id, day, until, Decimal(round(amount / 100) * 100), reason))
    return track[len(starts) - 1]


def _leaves(rng: random.Random, tables: dict[str, list[Row]], count: int) -> None:
    """Absences from early 2024 on and into the near future; managers decide, requests may be open."""
    people = tables["emp"][: -max(2, len(tables["emp"]) // 12)]
    while len(tables["emp_leave"]) < count:
        who = rng.choice(people)
        first = max(who[4], TODAY + timedelta(days=60 - int(800 * rng.random() ** 1.2)))
        kind = rng.choices(("vacation", "sick", "parental", "unpaid"), (58, 33, 4, 5))[0]
        longest = {"vacation": 18, "sick": 9, "parental": 120, "unpaid": 40}[kind]
        last = first + timedelta(days=int(longest * rng.random() ** 1.6))
        if (who[5] and last > who[5]) or (kind == "sick" and first > TODAY):
            continue
        undecided = first > TODAY - timedelta(days=15) and rng.random() < 0.5
        refusal = {"vacation": 11, "unpaid": 22}.get(kind, 2)
        status = "requested" if undecided else rng.choices(("approved", "refused"), (100 - refusal, refusal))[0]
        approver = None if undecided else who[6] or 1
        tables["emp_leave"].append((len(tables["emp_leave"]) + 1, who[0], kind, first, last, status, approver))


def _projects(rng: random.Random, tables: dict[str, list[Row]], count: int) -> None:
    """Projects with a lead and a team; some are in house, some without a budget, the last few clients have none."""
    current = [who for who in tables["emp"] if who[5] is None]
    for project_id, name in enumerate(PROJECTS[:count], start=1):
        client = rng.randrange(1, len(CLIENTS) - 1) if rng.random() < 0.72 else None
        start = date(2023, 2, 1) + timedelta(days=int(1020 * (project_id / count) * rng.uniform(0.8, 1.0)))
        end: date | None = start + timedelta(days=rng.randrange(150, 700))
        end = end if end and end < TODAY else None
        team = rng.sample(current, min(len(current), rng.choice((3, 5, 6, 8, 9, 12))))
        chief = rng.choice(current[:9])
        team = [chief, *(who for who in team if who is not chief)]
        lead = chief[0] if rng.random() < 0.88 else None
        budget = rng.randrange(2, 30) * 40 if rng.random() < 0.8 else None
        tables["project"].append((project_id, name, client, lead, start, end, budget))
        for who in team:
            role = "lead" if who[0] == lead else rng.choices(("member", "advisor"), (85, 15))[0]
            tables["assignment"].append((project_id, who[0], role, rng.choice((10, 20, 20, 40, 50, 50, 80, 100))))


def _timesheets(rng: random.Random, tables: dict[str, list[Row]], count: int) -> None:
    """Hours of those assigned, mostly on working days of the last months of a project."""
    spans = {row[0]: (row[4], row[5] or TODAY) for row in tables["project"]}
    hired = {row[0]: row[4] for row in tables["emp"]}
    pool = [row for row in tables["assignment"] if rng.random() < 0.93]
    weights = [row[3] * (3 if spans[row[0]][1] == TODAY else 1) for row in pool]
    taken: set[tuple[int, date, int]] = set()
    while len(tables["timesheet"]) < count:
        project_id, emp_id, _, percent = rng.choices(pool, weights)[0]
        first, last = spans[project_id]
        day = last - timedelta(days=int(min(420, (last - first).days + 1) * rng.random() ** 1.3))
        weekend = day.isoweekday() > 5 and rng.random() < 0.93
        if weekend or day < hired[emp_id] or (emp_id, day, project_id) in taken:
            continue
        taken.add((emp_id, day, project_id))
        hours = Decimal(rng.randrange(2, 10 + percent // 4)) / 4
        note = rng.choice(NOTES) if rng.random() < 0.3 else None
        tables["timesheet"].append((emp_id, day, project_id, hours, note))


def _day(text: str | None) -> date | None:
    """The day that an ISO text names, if any."""
    return date.fromisoformat(text) if text else None


def _directed(tables: dict[str, list[Row]], instance: int) -> None:
    """Add rows on which near-miss queries differ; the two small instances differ in what is absent."""
    absent = "unpaid" if instance == 2 else "parental"
    tables["emp_leave"][:] = [(*r[:2], "sick" if r[2] == absent else r[2], *r[3:]) for r in tables["emp_leave"]]
    namesake = tables["emp"][6][1]
    tables["dept"] += [
        (20, "software", 5, 5, "CC210"),
        (21, "Archive", None, 3, None),
        (22, "Night Desk", 21, 3, "CC1"),
    ]
    tables["post"] += [(20, "team lead", 6, Decimal(70000), Decimal(100000)), (21, "Fellow", 7, Decimal(100000), None)]
    tables["client"] += [
        (20, CLIENTS[0][0], "energy"),
        (21, "No Orders Ltd", "Energy"),
        (22, "alpine rail", None),
    ]
    people = [  # namesakes, round birthdays, people who came and went on boundary days, three levels of managers
        (901, namesake, None, "1966-02-10", "2016-02-10", None, None),
        (902, namesake, "two@firma.example", "1966-02-11", "2016-02-11", None, 901),
        (903, "Ada Gone", None, "1990-02-28", "2024-12-31", "2025-12-31", 902),
        (904, "Ada Gone", None, "1990-02-28", "2025-01-01", "2026-01-01", 902),
        (905, "Eva Jump", "eva@firma.example", "2000-02-29", "2024-02-29", None, 902),
        (906, "Ivo Same", "ivo@firma.example", "1985-07-01", "2020-07-01", None, 905),
        (907, "Ivo Same", "ivo2@firma.example", "1985-07-01", "2020-07-01", None, 905),
        (908, "Nora Nothing", None, None, "2026-02-10", None, 905),
        (909, "ada lower", "ADA@firma.example", None, "2025-12-31", None, 901),
        (910, "Max Left", None, "1960-01-01", "2019-01-01", "2026-02-10", 2),
        (911, "Year One", "y1@firma.example", "1999-01-01", "2024-06-30", "2025-06-29", 2),
        (912, "Year Two", "y2@firma.example", "1999-01-01", "2024-06-30", "2025-06-30", 2),
        (913, "Old Timer", "old@firma.example", "1950-01-01", "2014-01-01", None, 905),
        (914, "Ludo Lone", "ludo@firma.example", "1980-01-01", "2015-12-31", "2016-12-31", 913),
        (915, "Amy Newyear", None, "2000-01-01", "2026-01-01", None, None),
        (916, "Two Years", "two.years@firma.example", "2000-01-01", "2024-02-10", None, 2),
        (920, "Eve Decade", "eve@firma.example", "1989-12-31", "2019-12-31", None, 3),
        (921, "Ned Gone", None, "1989-12-31", "2017-12-31", "2023-12-31", 2),
        (922, "Ned Gone", None, "1989-12-31", "2018-01-01", "2024-01-01", 2),
        (923, "Half Year", None, "1999-12-31", "2025-07-01", None, None),
        (924, "Half Year", None, "1999-12-31", "2025-06-30", None, 920),
        (917, "Rick Dearly", None, "1970-01-01", "2024-01-01", "2025-01-01", 924),
        (939, "Pia Past", None, "1980-01-01", "2012-01-01", "2013-12-31", 1),
        (940, "Pia Past", None, "1980-01-01", "2012-01-01", "2014-01-01", 1),
        (935, "Same Day", "same@firma.example", "1990-01-01", "2024-02-29", None, 905),
    ]  # fmt: skip
    hired = {918: "2025-01-02", 919: "2020-01-01", 925: "2024-01-01", 926: "2023-01-01", 927: "2022-01-01"}
    hired |= {928: "2024-01-01", 933: "2020-01-01", 934: "2020-01-01", 937: "2024-06-01", 938: "2024-06-01"}
    people += [(n, f"Extra {n}", f"{n}@firma.example", "1984-02-29", day, None, 1) for n, day in hired.items()]
    tables["emp"] += [
        (n, name, email, _day(b), _day(h), _day(left), boss) for n, name, email, b, h, left, boss in people
    ]
    _directed_histories(tables)
    _directed_leaves(tables)
    _directed_projects(tables)
    tables["bank_holiday"] += [
        ("Austria", date(2026, 2, 9), "Carnival day"),
        ("Italy", date(2026, 2, 10), "Patron Day"),
        ("Poland", date(2025, 11, 11), "Independence Day"),
        ("Poland", date(2026, 1, 7), "Snow Day"),
    ]


def _directed_histories(tables: dict[str, list[Row]]) -> None:
    """Posts and salaries that change on the first of a quarter or year, end a day before, leave gaps, or tie."""
    posts = [  # employee, from, to, post, department
        (901, "2016-02-10", "2024-12-31", 12, 3), (901, "2025-01-01", None, 14, 9), (902, "2016-02-11", None, 12, 9),
        (903, "2024-12-31", "2025-06-30", 4, 3), (903, "2025-07-01", "2025-12-31", 7, 4),
        (904, "2025-01-01", "2026-01-01", 4, 3), (905, "2024-02-29", "2024-12-31", 4, 4),
        (905, "2025-01-01", "2025-06-30", 7, 4), (905, "2025-07-01", None, 12, 3), (906, "2020-07-01", None, 8, 10),
        (907, "2020-07-01", "2022-06-30", 8, 10), (907, "2022-07-01", "2025-06-30", 7, 10),
        (907, "2025-07-02", None, 11, 10), (909, "2025-12-31", None, 1, 22), (911, "2024-06-30", "2025-06-29", 5, 7),
        (912, "2024-06-30", "2024-12-31", 5, 7), (912, "2025-01-01", "2025-06-30", 21, 7),
        (913, "2014-01-01", "2017-01-01", 8, 9), (913, "2020-01-01", None, 8, 11),
        (910, "2019-01-01", "2026-02-10", 2, 2), (914, "2015-12-31", "2016-12-31", 9, 21),
        (917, "2024-01-01", "2025-01-01", 4, 3), (918, "2025-01-02", None, 4, 3), (919, "2020-01-01", None, 4, 4),
        (925, "2024-01-01", None, 21, 3), (926, "2023-01-01", "2024-01-01", 4, 3),
        (926, "2024-01-02", "2025-06-30", 4, 4), (926, "2025-07-01", None, 4, 3),
        (927, "2022-01-01", "2023-12-31", 4, 3), (927, "2024-01-01", "2025-05-31", 4, 4),
        (927, "2025-06-01", "2025-07-01", 4, 3), (927, "2025-07-02", None, 4, 4),
        (928, "2024-01-01", "2025-07-01", 4, 4), (928, "2025-07-02", None, 4, 3), (933, "2020-01-01", None, 13, 11),
        (934, "2020-01-01", "2025-06-29", 13, 11), (934, "2025-06-30", "2025-06-30", 15, 1),
        (934, "2025-07-01", None, 13, 11), (935, "2024-02-29", None, 20, 5), (939, "2012-01-01", "2013-12-31", 20, 5),
        (940, "2012-01-01", "2014-01-01", 21, 5), (937, "2024-06-01", None, 4, 3), (938, "2024-06-01", None, 4, 3),
    ]  # fmt: skip
    tables["emp_post"] += [(emp_id, _day(start), _day(end), post, dept) for emp_id, start, end, post, dept in posts]
    pay = [  # employee, from, to, amount, reason
        (901, "2016-02-10", "2024-12-31", 100000, "hire"), (901, "2025-01-01", None, 200000, "promotion"),
        (902, "2016-02-11", "2025-02-28", 80000, "hire"), (902, "2025-03-01", None, 90000, "annual"),
        (903, "2024-12-31", "2025-06-30", 50000, "hire"), (903, "2025-07-01", "2025-12-31", 75000, "promotion"),
        (904, "2025-01-01", "2026-01-01", 50000, "hire"), (905, "2024-02-29", "2024-06-29", 60000, "hire"),
        (905, "2024-06-30", "2024-12-31", 120000, "correction"),
        (905, "2025-01-01", "2025-06-30", 132000, "promotion"), (905, "2025-07-01", None, 120000, "promotion"),
        (906, "2020-07-01", "2025-12-30", 120001, "hire"), (906, "2025-12-31", None, 120001, "promotion"),
        (907, "2020-07-01", "2024-06-30", 40000, "hire"), (907, "2024-07-01", "2025-06-30", 41000, "annual"),
        (907, "2025-07-02", None, 44000, "promotion"), (909, "2025-12-31", None, 18000, "hire"),
        (911, "2024-06-30", "2025-06-29", 300000, "hire"), (912, "2024-06-30", "2024-12-31", 300000, "hire"),
        (912, "2025-01-01", "2025-06-30", 330300, "annual"), (913, "2014-01-01", "2017-01-01", 120000, "hire"),
        (913, "2020-01-01", "2025-12-31", 120000, "correction"), (913, "2026-01-01", None, 120000, "annual"),
        (910, "2019-01-01", "2026-02-10", 39000, "hire"), (914, "2015-12-31", "2016-12-31", 44000, "hire"),
        (917, "2024-01-01", "2025-01-01", 600000, "hire"), (918, "2025-01-02", "2025-06-29", 650000, "hire"),
        (918, "2025-06-30", None, 100000, "correction"), (919, "2020-01-01", "2024-12-30", 50000, "hire"),
        (919, "2024-12-31", "2025-12-31", 55000, "promotion"), (919, "2026-01-01", None, 60000, "promotion"),
        (925, "2024-01-01", "2025-03-01", 41000, "hire"), (925, "2025-03-02", None, 43000, "annual"),
        (933, "2020-01-01", "2025-06-29", 500000, "hire"), (933, "2025-06-30", "2025-06-30", 330300, "correction"),
        (933, "2025-07-01", None, 450000, "correction"), (934, "2020-01-01", None, 450000, "hire"),
        (935, "2020-01-01", "2023-12-30", 50000, "hire"), (935, "2023-12-31", "2023-12-31", 60000, "annual"),
        (935, "2024-01-01", None, 70000, "annual"), (937, "2024-06-01", "2025-06-29", 500000, "hire"),
        (937, "2025-06-30", None, 90001, "correction"), (938, "2024-06-01", "2025-06-29", 400000, "hire"),
        (938, "2025-06-30", None, 100000, "correction"), (939, "2012-01-01", "2013-12-31", 50000, "hire"),
        (940, "2012-01-01", "2014-01-01", 50000, "hire"),
    ]  # fmt: skip
    tables["emp_salary"] += [
        (emp_id, _day(start), _day(end), Decimal(amount), why) for emp_id, start, end, amount, why in pay
    ]


def _directed_leaves(tables: dict[str, list[Row]]) -> None:
    """Leaves that touch today, month ends and holidays; refused ones beside approved ones; undecided ones."""
    absences = [  # employee, kind, first, last, status, approver
        (901, "vacation", "2026-01-28", "2026-02-10", "approved", None),
        (902, "vacation", "2026-02-10", "2026-02-10", "approved", 901),
        (905, "sick", "2026-02-01", "2026-02-09", "approved", 902),
        (906, "vacation", "2026-02-11", "2026-02-20", "approved", 905),
        (906, "vacation", "2026-03-12", "2026-03-13", "approved", 905),
        (907, "vacation", "2026-03-13", "2026-03-20", "approved", 905),
        (907, "vacation", "2026-02-10", "2026-02-12", "requested", None),
        (906, "unpaid", "2026-02-09", "2026-02-14", "refused", 905),
        (906, "vacation", "2025-12-31", "2026-01-01", "approved", 905),
        (907, "vacation", "2025-11-30", "2025-12-01", "approved", 905),
        (903, "sick", "2024-12-31", "2025-01-02", "approved", 902),
        (903, "sick", "2025-12-31", "2025-12-31", "approved", 902),
        (904, "vacation", "2025-01-01", "2025-01-26", "approved", 902),
        (904, "vacation", "2025-03-01", "2025-03-01", "refused", 902),
        (904, "vacation", "2025-04-01", "2025-04-02", "refused", 902),
        (905, "vacation", "2025-05-01", "2025-05-25", "approved", 902),
        (902, "vacation", "2024-12-31", "2025-01-31", "approved", 901),
        (913, "vacation", "2026-01-01", "2026-01-31", "approved", 905),
        (904, "unpaid", "2025-06-01", "2025-06-02", "refused", 902),
        (913, "parental", "2025-02-01", "2025-03-31", "approved", 905),
        (913, "parental", "2024-02-29", "2024-03-01", "refused", 905),
        (913, "unpaid", "2025-11-11", "2025-11-11", "requested", None),
    ]  # fmt: skip
    tables["emp_leave"] += [
        (9001 + n, emp_id, kind, _day(first), _day(last), status, approver)
        for n, (emp_id, kind, first, last, status, approver) in enumerate(absences)
    ]


def _directed_projects(tables: dict[str, list[Row]]) -> None:
    """Projects on and over budget, without team, lead, client or end; hours on boundary days and during leave."""
    projects = [
        (90, "atlas", 20, 901, "2025-01-01", None, 16), (91, "Zero Team", None, None, "2026-02-10", None, None),
        (92, "Twin East", 20, 902, "2024-12-31", "2025-12-31", 8), (93, "Twin West", 20, 902, "2025-01-01", None, 8),
        (94, "No Budget", 1, 905, "2025-02-28", "2026-02-10", None), (95, "Big Team", 22, 905, "2025-06-01", None, 0),
    ]  # fmt: skip
    tables["project"] += [
        (n, name, client, lead, _day(start), _day(end), hours) for n, name, client, lead, start, end, hours in projects
    ]
    team = [(90, 901, "lead", 100), (90, 906, "member", 50), (92, 902, "lead", 100), (93, 902, "advisor", 99)]
    team += [(92, 907, "member", 150), (93, 906, "member", 20), (94, 905, "lead", 50), (94, 913, "advisor", 10)]
    team += [(1, 906, "advisor", 20), (2, 906, "member", 20), (1, 907, "member", 100), (94, 906, "member", 0)]
    team += [(95, who, "member", 10) for who in range(1, 11)] + [(94, who, "member", 10) for who in range(1, 6)]
    tables["assignment"] += team
    entries = [  # employee, day, project, hours, note
        (901, "2025-08-31", 90, "8.00", "Travel"), (901, "2025-09-01", 90, "8.00", "travel by train"),
        (906, "2026-01-31", 90, "0.25", None), (906, "2026-02-01", 90, "4.00", "Report"),
        (902, "2025-12-31", 92, "8.00", None), (902, "2026-01-01", 93, "8.00", None),
        (907, "2025-12-01", 92, "0.00", None), (906, "2026-01-01", 93, "9.50", "TRAVEL"),
        (905, "2026-02-09", 94, "2.00", None), (905, "2026-02-10", 94, "2.00", None),
        (905, "2026-02-07", 94, "3.00", None), (913, "2026-02-08", 94, "3.00", None),
        (906, "2025-07-01", 1, "8.00", None), (906, "2025-07-02", 2, "8.00", None),
        (907, "2025-07-01", 1, "12.00", None), (913, "2025-11-11", 94, "1.00", None),
        (906, "2026-02-10", 95, "1.00", None), (1, "2026-02-10", 95, "1.00", None),
        (906, "2026-01-05", 1, "1.00", None), (907, "2026-01-30", 1, "1.00", None),
        (906, "2026-01-07", 2, "1.00", None), (901, "2026-01-05", 90, "6.00", "Travel"),
        (901, "2026-01-06", 90, "1.00", None), (904, "2025-03-01", 94, "1.00", None),
        (907, "2025-08-01", 1, "12.00", None), (902, "2025-07-31", 1, "5.00", None),
    ]  # fmt: skip
    tables["timesheet"] += [(emp_id, _day(day), project, Decimal(h), note) for emp_id, day, project, h, note in entries]
