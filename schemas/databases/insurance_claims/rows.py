"""Rows of the insurer: a dense first instance, and small ones that tell near-miss queries apart.

Everything is drawn from one `random.Random` seeded by (seed, instance). Instance 1 is what a working system looks
like; the others draw from the same products, brokers, adjusters and names and add the directed rows of `_directed`:
ties, duplicates, NULLs, empty groups, boundary dates and amounts exactly at a limit.
"""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from faker import Faker

Row = tuple[Any, ...]
Tables = dict[str, list[Row]]

NOW = datetime(2024, 4, 30, 17, 10, tzinfo=UTC)
TODAY = NOW.date()

PRODUCTS: list[Row] = [
    ("MOT-B", "Motor Basic", "motor"), ("MOT-P", "Motor Plus", "motor"), ("HOM-S", "Home Standard", "home"),
    ("HOM-C", "Home Comfort", "home"), ("TRV-1", "Single Trip", "travel"), ("LIA-P", "Private Liability", "liab"),
    ("LIA-B", "Business Liability", "liab"),
]  # fmt: skip
# code, name, list premium, limit, usual size of a loss, frequency
COVERS: list[tuple[str, str, int, int | None, int, int]] = [
    ("TPL", "Third-party liability", 260, None, 2600, 7), ("COLL", "Collision", 310, 30000, 2100, 9),
    ("GLASS", "Glass breakage", 60, 400, 420, 6), ("THEFT", "Theft", 110, 15000, 1900, 4),
    ("FIRE", "Fire", 180, 400000, 7000, 2), ("WATER", "Water damage", 140, 50000, 1600, 7),
    ("BAG", "Baggage", 25, 450, 380, 5), ("CANC", "Trip cancellation", 45, 1500, 900, 5),
    ("MED", "Medical abroad", 40, None, 1100, 3), ("LEGAL", "Legal aid", 75, 25000, 1300, 3),
    ("CYBER", "Cyber risk", 90, 10000, 1000, 0),
]  # fmt: skip
SOLD = {
    "motor": ["TPL", "COLL", "GLASS", "THEFT", "LEGAL"],
    "home": ["FIRE", "WATER", "THEFT", "GLASS", "LEGAL"],
    "travel": ["BAG", "CANC", "MED"],
    "liab": ["TPL", "LEGAL"],
}
BROKERS: list[tuple[str, str, str, int]] = [
    ("B01", "Schelde Advies", "12.0", 9), ("B02", "Maas & Zonen", "10.5", 7), ("B03", "Courtage Lambert", "12.0", 5),
    ("B04", "Atlas Brokers", "9.0", 4), ("B05", "Leie Verzekert", "15.0", 2), ("B06", "Kantoor Dender", "10.5", 0),
]  # fmt: skip
CITIES = ["Antwerp", "Ghent", "Brussels", "Bruges", "Liège", "Namur", "Leuven"]
OBJECTS = {
    "motor": ["VW Golf", "Volvo V60", "Peugeot 208", "Tesla Model 3", "Opel Corsa", "Toyota Yaris"],
    "home": ["Terraced house", "Detached house", "Flat", "Farmhouse", "Contents of a flat"],
}
# code, name, level, boss, left_on
ADJUSTERS: list[Row] = [
    ("A01", "Hilde Maes", "lead", None, None), ("A02", "Marc Dubois", "lead", "A01", None),
    ("A03", "Sofie Claes", "lead", "A01", None), ("A04", "Jan Wouters", "senior", "A02", None),
    ("A05", "Nadia El Amrani", "senior", "A02", None), ("A06", "Luc Hermans", "senior", "A03", date(2024, 1, 31)),
    ("A07", "Eva Jacobs", "senior", "A03", None), ("A08", "Tom Goossens", "junior", "A04", None),
    ("A09", "Lien Desmet", "junior", "A04", None), ("A10", "Yassin Haddad", "junior", "A05", None),
    ("A11", "Julie Lambert", "junior", "A07", date(2023, 9, 30)), ("A12", "Pieter Aerts", "junior", "A07", None),
]  # fmt: skip


def rows(seed: int, instance: int) -> Tables:
    """Rows of every table, parents first; deterministic in (seed, instance)."""
    rng = random.Random(f"insurance_claims:{seed}:{instance}")
    big = instance == 1
    tables: Tables = {"prod": list(PRODUCTS), "cov": [cover[:2] for cover in COVERS]}
    tables["brk"] = [(code, name, Decimal(pct)) for code, name, pct, _ in BROKERS]
    tables["cust"] = _customers(rng, 260 if big else 32)
    tables |= {"pol": [], "obj": [], "pol_cov": []}
    for _ in range(260 if big else 24):
        _chain(rng, tables)
    tables["adj"] = list(ADJUSTERS)
    tables |= {name: [] for name in ("clm", "rsv", "pay", "rec", "clm_evt")}
    for number in range(1, (380 if big else 52) + 1):
        _claim(rng, tables, f"C{20000 + number}")
    if not big:
        _directed(tables, instance)
    return tables


def _customers(rng: random.Random, count: int) -> list[Row]:
    """Customers whose names come from one pool."""
    faker = Faker(["nl_BE", "fr_BE"])
    faker.seed_instance("insurance_claims:names")
    found: list[Row] = []
    for number in range(1, count + 1):
        name = f"{faker.first_name()} {faker.last_name()}"
        city = rng.choices(CITIES, (24, 20, 18, 10, 12, 8, 8))[0]
        born = date(1940, 1, 1) + timedelta(days=rng.randrange(65 * 365)) if rng.random() < 0.88 else None
        host = rng.choice(("gmail.com", "gmail.com", "telenet.example", "skynet.example", "proton.me"))
        found.append((f"K{1000 + number}", name, city, born, f"k{number}@{host}" if rng.random() < 0.76 else None))
    return found


def _year_on(day: date) -> date:
    """The same day a year later, 1 March for 29 February."""
    return date(day.year + 1, 3, 1) if (day.month, day.day) == (2, 29) else day.replace(year=day.year + 1)


def _chain(rng: random.Random, tables: Tables) -> None:
    """A policy and its renewals, until it lapses, is cancelled, or runs today; trips are not renewed."""
    buyers = tables["cust"][: -len(tables["cust"]) // 8]
    cust_no = rng.choice(buyers[: len(buyers) // 3] if rng.random() < 0.6 else buyers)[0]
    prod = rng.choices(PRODUCTS, (24, 20, 18, 14, 18, 6, 0))[0]
    broker = rng.choices(BROKERS, [item[3] for item in BROKERS])[0][0] if rng.random() < 0.68 else None
    start = date(2021, 6, 1) + timedelta(days=rng.randrange((TODAY - date(2021, 6, 1)).days))
    previous: str | None = None
    while start <= TODAY + timedelta(days=20):
        number = f"P{10001 + len(tables['pol'])}"
        trip = prod[2] == "travel"
        end = start + timedelta(days=rng.randrange(4, 30)) if trip else _year_on(start) - timedelta(days=1)
        cancelled = start + timedelta(days=rng.randrange(10, 330)) if not trip and rng.random() < 0.09 else None
        cancelled = cancelled if cancelled and cancelled <= min(TODAY, end) else None
        tables["pol"].append((number, cust_no, prod[0], broker, previous, start, end, cancelled))
        _cover(rng, tables, number, prod)
        if trip or cancelled or rng.random() < 0.2:
            return
        if rng.random() < 0.12:
            prod = rng.choice([item for item in PRODUCTS[:6] if item[2] == prod[2]])
        previous, start = number, end + timedelta(days=1)


def _cover(rng: random.Random, tables: Tables, number: str, prod: Row) -> None:
    """Coverages and objects of a policy; the first coverage of the line is always in, the better product has more."""
    sold = SOLD[prod[2]]
    odds = {"MOT-B": 0.3, "HOM-S": 0.5}.get(prod[0], 0.75)
    for code, _, listed, limit, _, _ in COVERS:
        if code in sold and (code == sold[0] or rng.random() < odds):
            prem = Decimal(int(listed * rng.lognormvariate(0, 0.35) * 32)) / 20
            deductible = Decimal(
                rng.choice((0, 100, 150, 250, 250, 500, 500, 1000)) // (10 if (limit or 1000) < 1000 else 1)
            )
            maximum = Decimal(limit) if limit and rng.random() < 0.95 else None
            tables["pol_cov"].append((number, code, maximum, deductible, prem))
    for number_in in range(1, rng.choice((2, 2, 2, 3)) if prod[2] in OBJECTS else 1):
        value = rng.randrange(6, 60) * 1000 if prod[2] == "motor" else rng.randrange(90, 560) * 1000
        descr = rng.choice(OBJECTS[prod[2]])
        tables["obj"].append((number, number_in, descr, Decimal(value) if rng.random() < 0.86 else None))


def _claim(rng: random.Random, tables: Tables, clm_no: str) -> None:
    """One claim with its reserves, payments, recoveries and events; half of the losses fall in the last half year."""
    frequency = {cover[0]: cover[5] for cover in COVERS}
    usual = {cover[0]: cover[4] for cover in COVERS}
    while True:
        pol = rng.choice(tables["pol"])
        last = min(pol[6], pol[7] or TODAY, TODAY)
        if pol[3] == "B05" or pol[5] > last or (last.year < 2023 and rng.random() < 0.75):
            continue
        loss = pol[5] + timedelta(days=rng.randrange((last - pol[5]).days + 1))
        delay = 0 if rng.random() < 0.15 else int(rng.expovariate(1 / (45 if rng.random() < 0.12 else 6)))
        reported = loss + timedelta(days=delay)
        if reported <= TODAY:
            break
    own = [row[1] for row in tables["pol_cov"] if row[0] == pol[0]]
    code = rng.choices(own, [frequency[item] + 0.1 for item in own])[0]
    objects = [row[1] for row in tables["obj"] if row[0] == pol[0]]
    obj_no = rng.choice(objects) if objects and code not in {"TPL", "LEGAL"} and rng.random() < 0.9 else None
    age = (TODAY - reported).days
    adj = (
        rng.choices(ADJUSTERS[1:-1], (1, 1, 6, 6, 4, 5, 4, 4, 3, 2))[0][0] if age > 3 and rng.random() < 0.95 else None
    )
    closing = reported + timedelta(days=5 + int(rng.expovariate(1 / 55)))
    done = closing <= TODAY and adj is not None
    status = rng.choices(("closed", "denied", "reopened"), (78, 15, 7))[0] if done else "open"
    closed_on = closing if status in {"closed", "denied"} else None
    fraud = rng.random() < (0.3 if status == "denied" else 0.08)
    tables["clm"].append((clm_no, pol[0], code, obj_no, adj, loss, reported, closed_on, status, fraud))
    size = usual[code] * rng.lognormvariate(-1.0, 0.85)
    until = closed_on or TODAY
    _reserves(rng, tables, clm_no, size, (reported, until, closed_on))
    paid = _payments(rng, tables, clm_no, size, (reported, until, status))
    if paid > 300 and rng.random() < 0.4:
        for _ in range(rng.choice((1, 1, 1, 2, 2, 3))):
            _recovery(rng, tables, clm_no, paid, until)
    for seq in range(1, rng.choices((0, 1, 2, 3, 4), (8, 32, 32, 18, 10))[0] + 1):
        at = datetime(reported.year, reported.month, reported.day, tzinfo=UTC)
        at += timedelta(minutes=rng.randrange(480, 1080) + 1440 * rng.randrange(min((until - reported).days + 4, 60)))
        act = rng.choices(("call", "visit", "letter", "report"), (44, 16, 26, 14))[0]
        doer = adj if act != "letter" and rng.random() < 0.9 else None
        minutes = rng.choice((5, 10, 15, 20, 30, 45, 60, 90)) if doer and rng.random() < 0.8 else None
        tables["clm_evt"].append((clm_no, seq, min(at, NOW), act, doer, minutes))


def _reserves(
    rng: random.Random, tables: Tables, clm_no: str, size: float, span: tuple[date, date, date | None]
) -> None:
    """A first estimate soon after the report, a few changes, usually nought at the end; some have none at all."""
    reported, until, closed_on = span
    if rng.random() < 0.1:
        return
    day = reported + timedelta(days=rng.choice((0, 0, 1, 2, 3, 5, 7, 9, 12)))
    found: dict[date, Decimal] = {}
    while day <= until and len(found) < 4:
        found[day] = Decimal(int(size * rng.lognormvariate(0.1, 0.4) / 50 + 1) * 50)
        day += timedelta(days=rng.randrange(6, 80))
    if closed_on and found and rng.random() < 0.8:
        found[closed_on] = Decimal(0)
    tables["rsv"] += [(clm_no, key, amount) for key, amount in sorted(found.items())]


def _payments(rng: random.Random, tables: Tables, clm_no: str, size: float, span: tuple[date, date, str]) -> Decimal:
    """Payments of a claim and what they come to: denied claims cost expenses only, open ones may be paid in part."""
    reported, until, status = span
    count = rng.choices((1, 2, 3, 4, 6), (46, 28, 14, 8, 4))[0]
    count = rng.choice((0, 0, 1)) if status == "denied" else 0 if status == "open" and rng.random() < 0.6 else count
    total = Decimal(0)
    for _ in range(count):
        day = reported + timedelta(days=rng.randrange((until - reported).days + 1))
        kind = "exp" if status == "denied" or rng.random() < 0.25 else "indem"
        amount = Decimal(int(size * (30 if kind == "exp" else 100) / count * rng.lognormvariate(0, 0.3))) / 100
        amount = -amount / 2 if rng.random() < 0.03 else amount
        total += amount
        tables["pay"].append((f"Y{30001 + len(tables['pay'])}", clm_no, day, kind, amount.quantize(Decimal("0.01"))))
    return total


def _recovery(rng: random.Random, tables: Tables, clm_no: str, paid: Decimal, until: date) -> None:
    """Money asked back for a claim; a third has not come in yet."""
    asked = min(until + timedelta(days=rng.randrange(1, 40)), TODAY)
    got: date | None = asked + timedelta(days=rng.randrange(10, 120))
    got = got if got and got <= TODAY and rng.random() < 0.85 else None
    src = rng.choices(("subro", "salvage", "reins"), (5, 3, 2))[0]
    amount = Decimal(int(paid * rng.randrange(15, 80) / 10)) / 10
    tables["rec"].append((f"R{40001 + len(tables['rec'])}", clm_no, src, asked, got, amount))


def _day(text: str) -> date:
    """The day that an ISO text names."""
    return date.fromisoformat(text)


def _utc(text: str) -> datetime:
    """The instant that an ISO text names in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _directed(tables: Tables, instance: int) -> None:
    """Add rows on which near-miss queries differ; the two small instances differ in what is absent."""
    absent = "salvage" if instance == 2 else "reins"
    tables["rec"][:] = [(*row[:2], "subro" if row[2] == absent else row[2], *row[3:]) for row in tables["rec"]]
    tables["cov"].append(("PET", "Glass breakage"))
    tables["prod"] += [("MOT-X", "Motor Plus", "motor"), ("TRV-X", "motor", "travel")]
    tables["brk"] += [("B90", "Twin Brokers", Decimal(10)), ("B91", "Twin Brokers", Decimal(10))]
    tables["adj"] += [
        ("A90", "Ida Tie", "senior", "A01", None), ("A91", "Ida Tie", "senior", "A01", TODAY),
        ("A92", "Nico Nil", "junior", "A90", None), ("A93", "Nico Nil", "Junior".lower(), None, None),
    ]  # fmt: skip
    tables["cust"] += [
        ("K9001", tables["cust"][0][1], "Ghent", None, None),
        ("K9002", "Van Den VAN", "ghent", _day("1999-04-30"), None),
        ("K9003", "Ivan Petit", "Namur", _day("1999-05-01"), "k@GMAIL.com"),
        ("K9004", "Leo Twee", "Ghent", _day("2000-02-29"), "leo@gmail.com"),
        ("K9005", "Leo Twee", "Bruges", None, None), ("K9006", "Zoë Solo", "Hasselt", TODAY, None),
        ("K9007", "Mia Even", "Ghent", _day("1950-01-01"), None), ("K9008", "Tim Drie", "Ghent", None, None),
    ]  # fmt: skip
    _directed_policies(tables)
    _directed_claims(tables)
    _even_out(tables)


def _directed_policies(tables: Tables) -> None:
    """Chains of one and two renewals, ends, starts and cancellations today, premiums and values that are equal."""
    week = timedelta(days=7)
    listed: list[Row] = [
        ("P9001", "K9002", "MOT-B", None, None, _day("2022-04-01"), _day("2023-03-31"), None),
        ("P9002", "K9002", "MOT-P", None, "P9001", _day("2023-04-01"), _day("2024-03-31"), None),
        ("P9003", "K9002", "MOT-P", None, "P9002", _day("2024-04-01"), _day("2025-03-31"), None),
        ("P9004", "K9002", "HOM-S", None, None, _day("2023-05-01"), TODAY, None),
        ("P9005", "K9004", "HOM-S", "B90", None, _day("2023-01-01"), _day("2023-12-31"), _day("2023-12-31")),
        ("P9006", "K9004", "HOM-S", "B91", "P9005", TODAY, _day("2025-04-29"), None),
        ("P9007", "K9005", "HOM-C", "B91", None, _day("2023-05-22"), TODAY + 3 * week, None),
        ("P9008", "K9005", "HOM-C", "B90", None, _day("2023-05-23"), TODAY + 3 * week + timedelta(days=1), None),
        ("P9009", "K9006", "MOT-X", "B90", None, _day("2023-12-31"), _day("2024-12-30"), TODAY),
        ("P9010", "K9007", "MOT-X", None, None, _day("2024-01-01"), _day("2024-12-31"), None),
        ("P9011", "K9007", "HOM-C", None, None, _day("2023-07-01"), _day("2024-06-30"), TODAY + week),
        ("P9012", "K9008", "TRV-X", "B91", None, _day("2024-02-29"), _day("2024-02-29"), None),
        ("P9013", "K9008", "TRV-1", "B90", None, _day("2023-06-01"), _day("2023-06-30"), None),
        ("P9014", "K9008", "TRV-X", "B91", "P9013", _day("2024-05-01"), _day("2024-05-20"), None),
        ("P9015", "K9002", "HOM-S", None, None, _day("2023-05-05"), _day("2024-05-04"), _day("2024-01-01")),
    ]
    tables["pol"] += listed
    for row in listed:
        code = {"M": "TPL", "H": "FIRE", "T": "CANC"}[row[2][0]]
        tables["pol_cov"].append((row[0], code, Decimal(1000), Decimal(250), Decimal(300)))
        tables["pol_cov"].append((row[0], "GLASS", Decimal(500), Decimal(500), Decimal(100)))
        tables["obj"].append((row[0], 1, "Flat", Decimal(500000)))
    top = max(row[3] for row in tables["obj"] if row[3])
    tables["obj"] += [("P9010", 2, "Flat", top), ("P9011", 2, "Flat", top), ("P9012", 2, "Caravan", None)]
    tables["pol_cov"] += [
        ("P9001", "LEGAL", None, Decimal("249.99"), Decimal(0)),
        ("P9004", "THEFT", None, Decimal("500.01"), Decimal(0)),
        ("P9005", "WATER", Decimal(0), Decimal(0), Decimal(9000)), ("P9012", "PET", None, Decimal(5000), Decimal(100)),
        ("P9013", "PET", None, Decimal(0), Decimal(900)),
    ]  # fmt: skip


def _directed_claims(tables: Tables) -> None:
    """Claims, reserves, payments, recoveries and events at boundary dates, exactly at limits, and with equal totals."""
    listed: list[tuple[str, str, int | None, str | None, str, str, str | None, str]] = [
        ("P9001", "TPL", 1, "A90", "2022-12-31", "2023-01-01", "2023-01-31", "closed"),
        ("P9001", "LEGAL", None, "A91", "2023-01-01", "2023-03-02", "2023-04-01", "closed"),
        ("P9001", "GLASS", None, "A91", "2023-01-01", "2023-03-03", "2023-04-03", "closed"),
        ("P9002", "TPL", 1, None, "2023-09-30", "2023-10-01", None, "reopened"),
        ("P9004", "FIRE", 1, None, "2023-12-31", "2023-12-31", None, "reopened"),
        ("P9004", "THEFT", 1, "A90", "2023-12-31", "2024-01-01", None, "open"),
        ("P9005", "WATER", None, "A08", "2023-06-30", "2023-07-30", "2023-12-31", "denied"),
        ("P9005", "WATER", 1, "A08", "2023-07-01", "2023-08-30", "2023-09-30", "denied"),
        ("P9012", "CANC", None, "A09", "2024-02-29", "2024-02-29", None, "open"),
        ("P9013", "CANC", None, "A09", "2023-06-30", "2023-06-30", "2023-07-30", "closed"),
        ("P9009", "TPL", 1, "A07", "2024-02-29", "2024-03-01", None, "reopened"),
        ("P9010", "TPL", 1, "A07", "2024-02-29", "2024-03-31", "2024-04-30", "denied"),
        ("P9010", "GLASS", 1, "A07", "2024-03-31", "2024-03-31", None, "open"),
        ("P9011", "GLASS", 1, "A10", "2024-03-30", "2024-04-01", None, "open"),
        ("P9009", "TPL", 1, "A07", "2024-03-30", "2024-03-31", None, "open"),
        ("P9010", "GLASS", 1, "A07", "2024-01-01", "2024-04-01", None, "open"),
        ("P9001", "LEGAL", None, "A91", "2022-12-31", "2023-03-15", "2023-04-14", "closed"),
        ("P9010", "GLASS", None, "A08", "2024-03-01", "2024-03-01", None, "open"),
    ]
    for number, (pol, code, obj, adj, loss, reported, closed, status) in enumerate(listed, start=1):
        dates = (_day(loss), _day(reported), _day(closed) if closed else None)
        tables["clm"].append((f"C9{number:03d}", pol, code, obj, adj, *dates, status, number in {4, 6, 7}))
    reserves = [
        ("C9001", "2023-01-02", 1000), ("C9001", "2023-01-31", 0), ("C9002", "2023-03-09", 500),
        ("C9005", "2023-12-31", 800), ("C9005", "2024-01-01", 300), ("C9006", "2024-01-08", 500),
        ("C9007", "2023-08-01", 900), ("C9007", "2023-09-30", 900), ("C9007", "2023-10-01", 0),
        ("C9009", "2024-03-01", 90000), ("C9010", "2023-07-01", 90000), ("C9011", "2024-03-08", 90000),
        ("C9012", "2024-04-08", 90000), ("C9013", "2024-03-31", 90000), ("C9008", "2023-09-01", 90000),
        ("C9014", "2024-04-02", 90000), ("C9004", "2024-01-02", 4998),
    ]  # fmt: skip
    tables["rsv"] += [(clm_no, _day(day), Decimal(amount)) for clm_no, day, amount in reserves]
    top = int(max(row[4] for row in tables["pay"])) + 1000
    payments = [
        ("C9001", "2023-01-31", "indem", 500), ("C9001", "2023-02-01", "indem", 500),
        ("C9002", "2023-04-01", "exp", 500),
        ("C9003", "2023-04-03", "indem", 499), ("C9003", "2023-04-03", "exp", 2), ("C9005", "2023-12-31", "indem", 300),
        ("C9006", "2024-01-31", "indem", 250), ("C9006", "2024-01-31", "indem", 250), ("C9011", "2024-04-01", "exp", 0),
        ("C9009", "2024-03-01", "indem", top), ("C9010", "2023-07-01", "indem", top),
        ("C9013", "2024-04-30", "exp", 5000),
        ("C9004", "2023-12-31", "indem", 4999), ("C9004", "2024-01-01", "indem", -100),
        ("C9014", "2024-04-30", "exp", top + 1), ("C9002", "2023-01-01", "exp", 1),
        ("C9007", "2023-09-30", "exp", 77), ("C9008", "2023-09-30", "exp", 5), ("C9004", "2024-01-01", "indem", 4999),
        *(("C9010", f"2023-07-0{n}", "exp", 0) for n in range(2, 5)),
        *(("C9009", f"2024-03-0{n}", "exp", 0) for n in range(2, 6)),
    ]  # fmt: skip
    for number, (clm_no, day, kind, amount) in enumerate(payments, start=1):
        tables["pay"].append((f"Y9{number:03d}", clm_no, _day(day), kind, Decimal(amount)))
    ago = [TODAY - timedelta(days=days) for days in (120, 91, 90, 30)]
    tables["rec"] += [
        ("R9001", "C9001", "subro", ago[0], ago[1], Decimal(100)),
        ("R9002", "C9001", "reins", ago[0], ago[2], Decimal(100)),
        ("R9003", "C9001", "subro", ago[1], ago[1], Decimal(0)),
        ("R9004", "C9003", "salvage", ago[0], TODAY, Decimal(50)),
        ("R9005", "C9004", "salvage", ago[3], None, Decimal(70)), ("R9006", "C9001", "subro", ago[3], None, Decimal(9)),
        ("R9007", "C9001", "reins", ago[3], None, Decimal(9)),
    ]  # fmt: skip
    tables["clm_evt"] += [
        ("C9001", 1, _utc("2023-01-31 23:59:59"), "visit", "A90", 0),
        ("C9004", 1, _utc("2023-12-31 08:00"), "call", None, None),
        ("C9004", 2, _utc("2023-12-31 08:00"), "visit", "A90", 30), ("C9002", 1, _utc("2023-04-02"), "call", "A91", 60),
        ("C9005", 1, _utc("2024-01-02 09:59:59"), "letter", "A08", None),
        ("C9005", 2, _utc("2024-01-01"), "report", "A08", 1),
        ("C9011", 1, NOW, "visit", "A90", None), ("C9002", 2, _utc("2023-04-02 10:00"), "visit", None, 15),
    ]  # fmt: skip


def _even_out(tables: Tables) -> None:
    """Bring groups to a tie for the first place or exactly onto a threshold."""
    busy = [row[4] for row in tables["clm"] if row[8] == "open" and row[4]]
    most = max(busy.count(code) for code in busy) + 1
    legal = sum(1 for row in tables["clm"] if row[2] == "LEGAL")
    fill = ["A90"] * (most - busy.count("A90")) + ["A91"] * (most - busy.count("A91"))
    fill += ["A08"] * (35 - legal - len(fill))
    for number, adj in enumerate(fill):
        day = _day("2022-05-01") + timedelta(days=number * 8)
        status = "closed" if adj == "A08" else "open"
        closed = day + timedelta(days=30 + number % 3) if adj == "A08" else None
        tables["clm"].append((f"C95{number:02d}", "P9001", "LEGAL", None, adj, day, day, closed, status, False))
    sold = ["B01"] * (30 - sum(1 for row in tables["pol"] if row[3] == "B01")) + ["B90", "B91"] * 3 + ["B02"]
    for number, broker in enumerate(sold):
        day = _day("2022-01-01" if broker == "B01" else "2023-01-01") + timedelta(days=number)
        product, code = ("HOM-S", "FIRE") if broker == "B01" else ("LIA-B", "TPL")
        tables["pol"].append((f"P95{number:02d}", "K9008", product, broker, None, day, _year_on(day), None))
        tables["pol_cov"].append((f"P95{number:02d}", code, Decimal(400000), Decimal(0), Decimal(10)))
