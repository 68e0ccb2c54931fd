"""Rows of the mobile operator: a dense first instance, and small ones that tell near-miss queries apart.

Everything is drawn from one `random.Random` seeded by (seed, instance). Instance 1 is what a working system looks
like; the others draw from the same pools of names, cities, plans and cells and add the directed rows of `_directed`:
ties, duplicates, NULLs, empty groups and boundary instants.
"""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from faker import Faker

Row = tuple[Any, ...]

TODAY = date(2025, 6, 18)
NOW = datetime(2025, 6, 18, 14, 0, tzinfo=UTC)
FIRST = date(2023, 1, 1)

# plan_id, name, monthly_fee, data_gb, call_min, retired_on; the first three are prepaid
PLANS: list[tuple[int, str, Decimal, int | None, int | None, date | None]] = [
    (1, "Flex S", Decimal("5.00"), 1, 60, None),
    (2, "Flex M", Decimal("10.00"), 5, 200, None),
    (3, "Flex L", Decimal("15.00"), 15, None, None),
    (4, "Smart S", Decimal("14.99"), 10, 300, None),
    (5, "Smart M", Decimal("22.99"), 40, None, None),
    (6, "Smart L", Decimal("34.99"), 100, None, None),
    (7, "Smart Max", Decimal("49.99"), None, None, None),
    (8, "Kids", Decimal("7.99"), 2, 60, None),
    (9, "Retro Talk", Decimal("9.99"), 1, 600, date(2023, 10, 1)),
    (10, "Data Only", Decimal("19.99"), 80, 0, None),
    (11, "Senior", Decimal("12.99"), 3, None, date(2024, 6, 30)),
    (12, "Launch Special", Decimal("17.99"), 30, 500, date(2023, 3, 1)),
]
CITIES = ["Paris", "Lyon", "Marseille", "Lille", "Nantes", "Bordeaux", "Toulouse"]
CITY_WEIGHTS = [30, 20, 14, 12, 9, 8, 7]
PREFIX = {"Paris": "PAR", "Lyon": "LYO", "Marseille": "MRS", "Lille": "LIL", "Nantes": "NTE", "Bordeaux": "BDX"}


def rows(seed: int, instance: int) -> dict[str, list[Row]]:
    """Rows of every table, parents first; deterministic in (seed, instance)."""
    rng = random.Random(f"mobile_network:{seed}:{instance}")
    big = instance == 1
    tables: dict[str, list[Row]] = {"plans": list(PLANS)}
    subscribers = tables["subscribers"] = _subscribers(rng, 230 if big else 44)
    tables["contracts"] = _contracts(rng, subscribers)
    tables["cells"] = _cells(rng, 8 if big else 3)
    tables["calls"] = _calls(rng, subscribers, tables["cells"], 1500 if big else 230)
    tables["data_usage"] = _data_usage(rng, subscribers, 1400 if big else 220)
    tables["invoices"] = _invoices(rng, subscribers, tables["contracts"], 18 if big else 9)
    tables["topups"] = _topups(rng, subscribers, 650 if big else 100)
    tables["outages"] = _outages(rng, tables["cells"], 160 if big else 30)
    tables["tickets"] = _tickets(rng, subscribers, tables["cells"], 420 if big else 60)
    if not big:
        _directed(tables, instance)
    return tables


def _recent(rng: random.Random, first: date, last: date) -> date:
    """A day from first to last, half of the time within the last 150 days of the span."""
    days = max((last - first).days, 0)
    if rng.random() < 0.5:
        days = min(days, 150)
    return last - timedelta(days=rng.randrange(days + 1))


def _instant(rng: random.Random, day: date) -> datetime:
    """An instant of that day, mostly in the afternoon and evening, never after now."""
    hour = rng.choices(range(24), (2, 1, 1, 1, 1, 2, 3, 5, 8, 9, 9, 9, 10, 9, 8, 8, 9, 11, 13, 13, 11, 8, 5, 3))[0]
    made = datetime(day.year, day.month, day.day, hour, rng.randrange(60), rng.randrange(60), tzinfo=UTC)
    return made if made <= NOW else NOW - timedelta(minutes=rng.randrange(1, 600))


def _subscribers(rng: random.Random, count: int) -> list[Row]:
    """Subscribers whose names come from one pool; a fifth have left, a fifth were referred by an earlier one."""
    faker = Faker("fr_FR")
    faker.seed_instance("mobile_network:names")
    numbers = random.Random("mobile_network:numbers")
    found: list[Row] = []
    for sub_id in range(1, count + 1):
        name = f"{faker.first_name()} {faker.last_name()}"
        msisdn = f"+336{numbers.randrange(10**6):06d}{sub_id % 100:02d}"
        pay_type = "pre" if rng.random() < 0.52 else "post"
        joined = FIRST + timedelta(days=int((TODAY - FIRST).days * rng.random() ** 1.4))
        tenure = 20 + int(rng.expovariate(1 / 260))
        left = joined + timedelta(days=tenure) if rng.random() < (0.5 if pay_type == "pre" else 0.32) else None
        churned = left if left and left <= TODAY else None
        born = round(rng.gauss(1984, 15)) if rng.random() < 0.8 else None
        referrer = rng.randrange(1, max(2, sub_id // 3)) if sub_id > 5 and rng.random() < 0.22 else None
        city = rng.choices(CITIES, CITY_WEIGHTS)[0]
        found.append((sub_id, msisdn, name, city, pay_type, born, joined, churned, referrer))
    return found


def _contracts(rng: random.Random, subscribers: list[Row]) -> list[Row]:
    """One contract after another for each subscriber but the last few, without gaps, until today or the churn date."""
    found: list[Row] = []
    for sub_id, _, _, _, pay_type, _, joined, churned, _ in subscribers[: -(len(subscribers) // 30 + 1)]:
        start = joined
        while True:
            plan_id = _plan(rng, pay_type, start)
            end = start + timedelta(days=rng.randrange(60, 500)) if rng.random() < 0.35 else None
            if end is None or end >= (churned or TODAY):
                if churned is None or churned > start:
                    found.append((len(found) + 1, sub_id, plan_id, start, churned))
                break
            found.append((len(found) + 1, sub_id, plan_id, start, end))
            start = end
    return found


def _plan(rng: random.Random, pay_type: str, day: date) -> int:
    """A plan that is sold to that kind of subscriber on that day."""
    if pay_type == "pre":
        return rng.choices((1, 2, 3), (30, 45, 25))[0]
    wanted = rng.choices((4, 5, 6, 7, 8, 9, 10, 11), (24, 28, 14, 8, 8, 6, 4, 8))[0]
    retired = PLANS[wanted - 1][5]
    return 5 if retired and day >= retired else wanted


def _cells(rng: random.Random, most: int) -> list[Row]:
    """Cells of every city but the last, none on 5G in Nantes; most of those on 3G are switched off."""
    found: list[Row] = []
    for city, prefix in PREFIX.items():
        for number in range(1, most + 1 - (2 if city not in {"Paris", "Lyon"} and most > 3 else 0)):
            tech = ("4g", "5g", "3g", "4g", "5g", "4g", "4g", "5g")[number % 8 if most > 3 else number]
            tech = "4g" if city == "Nantes" and tech == "5g" else tech
            cap = {"3g": (20, 42), "4g": (100, 150, 200, 300), "5g": (600, 1000, 1500)}[tech]
            start = {"3g": date(2009, 1, 1), "4g": date(2014, 1, 1), "5g": date(2021, 1, 1)}[tech]
            live = start + timedelta(days=rng.randrange(1500))
            off = date(2024, 1, 1) + timedelta(days=rng.randrange(500)) if tech == "3g" and rng.random() < 0.6 else None
            found.append((f"{prefix}-{number:02d}", city, tech, rng.choice(cap), live, off))
    return found


def _calls(rng: random.Random, subscribers: list[Row], cells: list[Row], count: int) -> list[Row]:
    """Outgoing calls: few people call much, one call in nine goes over Wi-Fi, some drop."""
    callers = subscribers[: -(len(subscribers) // 12 + 1)]
    weights = [rng.paretovariate(1.3) for _ in callers]
    found: list[Row] = []
    for call_id in range(1, count + 1):
        caller = rng.choices(callers, weights)[0]
        day = _recent(rng, caller[6], caller[7] or TODAY)
        usable = [cell for cell in cells if cell[4] <= day and (cell[5] is None or cell[5] > day)]
        near = [cell for cell in usable if cell[1] == caller[3]]
        cell = rng.choice(near) if near and rng.random() < 0.8 else rng.choice(usable)
        dest = rng.choices(("local", "intl", "service"), (82, 11, 7))[0]
        result = rng.choices(("ok", "drop", "busy"), (86, 7, 7))[0]
        seconds = 0 if result == "busy" else max(1, int(rng.expovariate(1 / (170 if result == "ok" else 60))))
        rate = {"local": 0 if caller[4] == "post" else 5, "intl": 35, "service": 20}[dest]
        charge = Decimal(-(-seconds // 60) * rate) / 100
        cell_id = None if rng.random() < 0.11 else cell[0]
        found.append((call_id, caller[0], cell_id, _instant(rng, day), seconds, dest, result, charge))
    return found


def _data_usage(rng: random.Random, subscribers: list[Row], count: int) -> list[Row]:
    """Days of data use, in short runs of days; traffic is heavy-tailed and grows over the years."""
    users = subscribers[3:]
    weights = [rng.paretovariate(1.2) for _ in users]
    taken: set[tuple[int, date]] = set()
    found: list[Row] = []
    while len(found) < count:
        user = rng.choices(users, weights)[0]
        last = user[7] or TODAY
        day = _recent(rng, user[6], last)
        abroad = rng.random() < 0.12
        for offset in range(rng.choice((1, 1, 2, 3, 5))):
            used_on = day + timedelta(days=offset)
            if used_on > last or (user[0], used_on) in taken or len(found) == count:
                break
            taken.add((user[0], used_on))
            volume = Decimal(int(rng.lognormvariate(5.6 + (used_on.year - 2023) * 0.25, 1.1) * 10)) / 10
            roaming = Decimal(int(volume * rng.randrange(20, 101) / 10)) / 10 if abroad else None
            found.append((user[0], used_on, volume, roaming))
    return sorted(found, key=lambda row: (row[1], row[0]))


def _invoices(rng: random.Random, subscribers: list[Row], contracts: list[Row], most: int) -> list[Row]:
    """Monthly invoices of postpaid subscribers, the latest `most` months of each; the first month is prorated."""
    fees = {plan[0]: plan[2] for plan in PLANS}
    billed = {row[0]: row for row in subscribers if row[4] == "post"}
    found: list[Row] = []
    for sub_id, row in billed.items():
        own = [item for item in contracts if item[1] == sub_id]
        months = [month for month in _months(row[6], row[7] or TODAY) if month < TODAY.replace(day=1)]
        late_payer = rng.random() < 0.15
        for month in months[-most:]:
            running = [item for item in own if item[3] < _next(month) and (item[4] is None or item[4] > month)]
            if not running:
                continue
            share = Decimal((_next(month) - max(month, row[6])).days) / (_next(month) - month).days
            extra = Decimal(int(rng.expovariate(1 / 300))) / 100 if rng.random() < 0.4 else Decimal(0)
            amount = (fees[running[-1][2]] * share + extra).quantize(Decimal("0.01"))
            due = _next(month) + timedelta(days=21)
            paid: date | None = due + timedelta(days=rng.randrange(1, 40) if late_payer else -rng.randrange(14))
            if rng.random() < 0.03 or (paid and paid > TODAY):
                paid = None
            found.append((len(found) + 1, sub_id, month, amount, due, paid))
    return found


def _months(first: date, last: date) -> list[date]:
    """First days of the months from `first` to `last`."""
    found = [first.replace(day=1)]
    while _next(found[-1]) <= last:
        found.append(_next(found[-1]))
    return found


def _next(month: date) -> date:
    """First day of the month after."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def _topups(rng: random.Random, subscribers: list[Row], count: int) -> list[Row]:
    """Top-ups of prepaid subscribers, mostly round amounts."""
    buyers = [row for row in subscribers if row[4] == "pre"][:-2]
    weights = [rng.paretovariate(1.5) for _ in buyers]
    found: list[Row] = []
    for topup_id in range(1, count + 1):
        buyer = rng.choices(buyers, weights)[0]
        made = _instant(rng, _recent(rng, buyer[6], buyer[7] or TODAY))
        amount = Decimal(rng.choices((5, 10, 15, 20, 30, 50), (22, 34, 14, 18, 8, 4))[0])
        via = rng.choices(("app", "shop", "voucher"), (62, 23, 15))[0]
        found.append((topup_id, buyer[0], made, amount, via))
    return found


def _outages(rng: random.Random, cells: list[Row], count: int) -> list[Row]:
    """Outages of minutes to days; the last few are still going on."""
    prone = cells[: -max(1, len(cells) // 8)]
    taken: set[tuple[str, datetime]] = set()
    found: list[Row] = []
    while len(found) < count:
        cell = rng.choice(prone)
        began = _instant(rng, _recent(rng, max(cell[4], FIRST), cell[5] or TODAY))
        if (cell[0], began) in taken:
            continue
        taken.add((cell[0], began))
        cause = rng.choices(("power", "fibre", "storm", "works"), (40, 22, 23, 15))[0]
        ended: datetime | None = began + timedelta(minutes=int(rng.lognormvariate(5, 1.1)))
        if (ended and ended > NOW) or (cell[5] is None and (NOW - began).days < 3):
            ended = None
        found.append((cell[0], began, ended, cause))
    return found


def _tickets(rng: random.Random, subscribers: list[Row], cells: list[Row], count: int) -> list[Row]:
    """Support cases; only complaints about the signal name a cell, and not all of those."""
    clients = subscribers[len(subscribers) // 10 :]
    found: list[Row] = []
    for ticket_id in range(1, count + 1):
        client = rng.choice(clients)
        opened = _instant(rng, _recent(rng, client[6], client[7] or TODAY))
        topic = rng.choices(("billing", "signal", "device", "other"), (38, 34, 16, 12))[0]
        near = [cell for cell in cells if cell[1] == client[3] and cell[4] <= opened.date()]
        cell_id = rng.choice(near)[0] if near and topic == "signal" and rng.random() < 0.75 else None
        closed: datetime | None = opened + timedelta(minutes=int(rng.expovariate(1 / 2600)) + 5)
        if (closed and closed > NOW) or rng.random() < 0.05:
            closed = None
        csat = rng.choices((1, 2, 3, 4, 5), (10, 12, 20, 33, 25))[0] if closed and rng.random() < 0.6 else None
        found.append((ticket_id, client[0], cell_id, topic, opened, closed, csat))
    return found


def _utc(text: str) -> datetime:
    """The instant that an ISO text names in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _day(text: str) -> date:
    """The day that an ISO text names."""
    return date.fromisoformat(text)


def _directed(tables: dict[str, list[Row]], instance: int) -> None:
    """Add rows on which near-miss queries differ; the two small instances differ in what is absent."""
    absent = "voucher" if instance == 2 else "shop"
    tables["topups"][:] = [(*row[:4], "app" if row[4] == absent else row[4]) for row in tables["topups"]]
    namesake = tables["subscribers"][0][2]
    month_ago = TODAY - timedelta(days=30)
    tables["subscribers"] += [  # namesakes, boundary dates, one without anything, the only one of its city
        (901, "+33600000001", namesake, "Lyon", "pre", None, _day("2024-01-01"), None, 1),
        (902, "+33600000002", namesake, "Paris", "post", 2000, _day("2023-12-31"), month_ago, None),
        (903, "+33600000003", "Zoé Seule", "Strasbourg", "pre", 1990, TODAY, None, 901),
        (904, "+33600000004", "Léa d'Arc", "lyon", "post", 1990, _day("2024-02-29"), None, 901),
        (905, "+33600000005", "Noé Rapide", "Lyon", "pre", 2000, _day("2024-12-31"), _day("2025-01-01"), None),
        (906, "+33600000006", "Aude Sansrien", "Paris", "post", None, _day("2025-05-31"), None, None),
    ]
    tables["plans"] += [
        (90, "Ghost", Decimal("50.00"), None, None, None),
        (91, "Twin", Decimal("14.99"), 10, 300, None),
    ]
    tables["contracts"] += [
        (901, 901, 1, _day("2024-01-01"), _day("2024-02-01")),
        (902, 901, 2, _day("2024-02-01"), None),
        (903, 902, 5, _day("2023-12-31"), month_ago),
        (904, 904, 91, _day("2024-02-29"), _day("2025-06-01")),
        (905, 904, 7, _day("2025-06-01"), None),
    ]
    _directed_cells(tables)
    _twins(tables)
    cell = tables["cells"][0][0]
    _directed_events(tables, cell, tables["cells"][1][0])
    tables["invoices"] += [
        (9001, 902, _day("2023-12-01"), Decimal(50), _day("2024-01-15"), _day("2024-01-15")),
        (9002, 902, _day("2024-01-01"), Decimal(50), _day("2024-02-15"), _day("2024-02-16")),
        (9003, 902, _day("2025-04-01"), Decimal(100), _day("2025-05-15"), None),
        (9004, 904, _day("2025-05-01"), Decimal(100), TODAY, None),
        (9005, 904, _day("2025-04-01"), Decimal(0), TODAY - timedelta(days=1), None),
    ]


def _directed_cells(tables: dict[str, list[Row]]) -> None:
    """Cells in two towns without neighbours: one switched on today, two switched off, one never used."""
    tables["cells"] += [
        ("STR-01", "Strasbourg", "5g", 1000, TODAY, None),
        ("BRE-01", "Brest", "5g", 1000, _day("2024-01-01"), _day("2025-01-01")),
        ("BRE-02", "Brest", "4g", 100, _day("2024-01-01"), None),
        ("STR-02", "Strasbourg", "4g", 100, _day("2023-12-31"), _day("2024-01-01")),
    ]


def _directed_events(tables: dict[str, list[Row]], cell: str, near: str) -> None:
    """Calls, usage and top-ups at the ends of months and years, today and 30 days ago, with ties."""
    cent, hundred = Decimal("0.05"), Decimal(100)
    tables["calls"] += [
        (9001, 901, None, _utc("2023-12-31 23:59:59"), 60, "local", "ok", cent),
        (9002, 901, cell, _utc("2024-01-01"), 60, "local", "ok", cent),
        (9003, 901, cell, _utc("2024-02-29 12:00"), 0, "local", "busy", Decimal(0)),
        (9004, 902, cell, _utc("2024-12-31 23:59:59"), 3600, "intl", "drop", Decimal(21)),
        (9005, 902, None, _utc("2025-01-01"), 3600, "intl", "ok", Decimal(21)),
        (9006, 902, None, NOW - timedelta(days=30), 100, "service", "ok", Decimal("0.40")),
        (9007, 904, "STR-01", NOW, 120, "service", "ok", Decimal("0.40")),
        (9008, 904, "STR-01", NOW, 120, "service", "ok", Decimal("0.40")),
        (9010, 905, cell, _utc("2024-12-31 08:00"), 900, "local", "ok", Decimal(0)),
        (9011, 905, cell, _utc("2024-12-31 09:00"), 30, "local", "ok", cent),
        (9012, 902, None, _utc("2025-05-01"), 30, "local", "ok", Decimal(0)),
        (9013, 904, None, _utc("2025-06-01"), 30, "local", "ok", Decimal(0)),
        (9009, 901, cell, _utc("2024-12-25"), 900, "local", "drop", Decimal(3)),
    ]
    tables["data_usage"] += [
        (901, _day("2024-01-31"), hundred, None),
        (901, _day("2024-02-01"), hundred, hundred),
        (901, _day("2024-02-29"), Decimal(0), Decimal(0)),
        (902, _day("2024-12-31"), Decimal(1024), None),
        (902, TODAY - timedelta(days=30), Decimal(1024), Decimal(50)),
        (904, TODAY, Decimal(500), None),
        (904, TODAY - timedelta(days=1), Decimal(500), None),
    ]
    tables["topups"] += [
        (9001, 901, _utc("2023-12-31 23:59:59"), Decimal(50), "app"),
        (9002, 901, _utc("2024-01-01"), Decimal(50), "app"),
        (9003, 905, _utc("2024-12-31 23:59:59"), Decimal(3), "app"),
        (9004, 905, NOW - timedelta(days=30), hundred, "app"),
    ]
    _directed_trouble(tables, cell, near)


def _directed_trouble(tables: dict[str, list[Row]], cell: str, near: str) -> None:
    """Outages that touch, overlap or still run; tickets at the ends of months and years, some never closed."""
    tables["outages"] += [
        (cell, _utc("2024-12-31 23:00"), _utc("2025-01-01 01:00"), "storm"),
        (cell, _utc("2025-01-01 01:00"), _utc("2025-01-01 03:00"), "storm"),
        (cell, _utc("2025-01-01 02:00"), _utc("2025-01-01 04:00"), "works"),
        (near, _utc("2025-01-01 00:30"), _utc("2025-01-01 02:00"), "works"),
        (near, _utc("2025-01-01 04:00"), _utc("2025-01-01 05:00"), "power"),
        (near, _utc("2025-02-01 04:00"), _utc("2025-02-01 08:00"), "power"),
        ("STR-01", NOW, None, "fibre"),
    ]
    tables["tickets"] += [
        (9001, 901, cell, "signal", _utc("2025-01-01"), _utc("2025-01-02"), 3),
        (9002, 901, None, "signal", _utc("2024-12-31 23:59:59"), None, None),
        (9003, 904, "STR-01", "billing", NOW - timedelta(days=30), NOW, 5),
        (9004, 904, None, "billing", NOW, None, None),
        (9005, 902, None, "other", _utc("2024-02-29"), _utc("2024-02-29 23:59:59"), 1),
    ]


def _twins(tables: dict[str, list[Row]]) -> None:
    """Pairs of one name with equal plans, top-ups and data; contracts and departures exactly on boundary dates."""
    joined, gone = _day("2024-10-01"), _day("2025-01-01")
    tables["subscribers"] += [
        (907, "+33600000007", "Inès Double", "Paris", "pre", 1985, joined, None, 901),
        (908, "+33600000008", "Inès Double", "Paris", "pre", 1985, joined, None, 901),
        (909, "+33600010009", "Ugo Jumeau", "Lille", "pre", None, _day("2024-07-01"), gone, 907),
        (910, "+33601110009", "Ugo Jumeau", "Lille", "pre", None, _day("2024-07-01"), gone, 908),
        (911, "+33600000011", "Rémi Avril", "Nantes", "pre", 1980, gone, _day("2025-04-01"), None),
        (912, "+33600000012", "Flo Fin", "Nantes", "pre", 1989, _day("2024-01-01"), TODAY, None),
    ]
    for n, sub_id in enumerate((907, 908)):
        tables["contracts"] += [(910 + n, sub_id, 1, joined, gone), (920 + n, sub_id, 2, gone, None)]
        days = [_day("2025-04-28") + timedelta(days=offset) for offset in range(4)]
        tables["data_usage"] += [(sub_id, day, Decimal(1000), None) for day in days]
        tables["topups"].append((9100 + n, sub_id, _utc("2025-03-20"), Decimal(210), "app"))
    tables["contracts"] += [
        (930, 912, 1, _day("2024-01-01"), TODAY - timedelta(days=60)),
        (931, 912, 2, TODAY - timedelta(days=60), TODAY),
    ]
    tables["data_usage"].append((911, _day("2025-03-31"), Decimal("0.1"), Decimal(0)))
