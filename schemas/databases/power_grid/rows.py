"""Rows of the power grid: a dense first instance, and small ones that tell near-miss queries apart.

Everything is drawn from one `random.Random` seeded by (seed, instance). The small instances draw from the same
feeders, tariffs and names and add the directed rows of `_directed`: ties, NULLs, empty groups, boundary instants.
"""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from faker import Faker

Row = tuple[Any, ...]

TODAY = date(2024, 11, 20)
NOW = datetime(2024, 11, 20, 16, 45, tzinfo=UTC)
FIRST = date(2023, 1, 1)
TOWNS = ["Thornby", "Eastwick", "Saltford", "Glenmoor", "Marlow Bay"]

# code, parent's code, town, kv, limit_kw, built_on; parents come first
FEEDERS: list[tuple[str, str | None, str, str, int, date | None]] = [
    ("N", None, "Thornby", "60.0", 12000, date(1974, 5, 1)),
    ("E", None, "Eastwick", "60.0", 9000, date(1988, 10, 1)),
    ("W", None, "Saltford", "60.0", 15000, date(1969, 3, 15)),
    ("N1", "N", "Thornby", "15.0", 4000, date(1976, 8, 1)),
    ("N2", "N", "Glenmoor", "15.0", 2500, date(1991, 6, 1)),
    ("E1", "E", "Eastwick", "15.0", 3000, date(1989, 4, 1)),
    ("E2", "E", "Marlow Bay", "15.0", 2000, None),
    ("W1", "W", "Saltford", "15.0", 5000, date(1970, 9, 1)),
    ("W2", "W", "Saltford", "15.0", 2500, date(2002, 2, 1)),
    ("W3", "W", "Glenmoor", "15.0", 1500, date(2015, 7, 1)),
    ("N1-01", "N1", "Thornby", "0.4", 400, date(1976, 8, 1)),
    ("N1-02", "N1", "Thornby", "0.4", 250, date(1981, 5, 20)),
    ("N1-03", "N1", "Thornby", "0.4", 630, None),
    ("N2-01", "N2", "Glenmoor", "0.4", 250, date(1991, 6, 1)),
    ("N2-02", "N2", "Glenmoor", "0.4", 160, date(2008, 11, 3)),
    ("E1-01", "E1", "Eastwick", "0.4", 400, date(1990, 1, 31)),
    ("E1-02", "E1", "Eastwick", "0.4", 250, date(1996, 4, 12)),
    ("E2-01", "E2", "Marlow Bay", "0.4", 250, date(2011, 9, 9)),
    ("W1-01", "W1", "Saltford", "0.4", 630, date(1971, 3, 1)),
    ("W1-02", "W1", "Saltford", "0.4", 400, date(1985, 12, 1)),
    ("W2-01", "W2", "Saltford", "0.4", 400, date(2002, 2, 1)),
    ("W3-01", "W3", "Glenmoor", "0.4", 160, date(2015, 7, 1)),
    ("W1-01a", "W1-01", "Saltford", "0.4", 100, date(2019, 10, 1)),
    ("N1-03a", "N1-03", "Thornby", "0.4", 100, date(2021, 5, 1)),
    ("W3-02", "W3", "Glenmoor", "0.4", 250, date(2024, 9, 30)),
]
TARIFFS = [
    ("STD", "Standard", "flat"),
    ("ECO", "Eco Night", "day_night"),
    ("GRN", "Green Valley", "green"),
    ("BIZ", "Business Flex", "day_night"),
    ("SUN", "Sun Plus", "green"),
    ("OLD", "Heritage", "flat"),
    ("NEW", "Launch 2025", "flat"),
]
PRICES: dict[str, tuple[str, str | None, str]] = {  # day_ct, night_ct, standing at first
    "STD": ("28.50", None, "9.90"),
    "ECO": ("31.00", "19.50", "11.90"),
    "GRN": ("30.20", None, "8.50"),
    "BIZ": ("26.40", "17.80", "24.00"),
    "SUN": ("29.90", "22.00", "6.00"),
    "OLD": ("25.00", None, "7.00"),
    "NEW": ("27.90", None, "8.00"),
}
CHANGES = [date(2023, 1, 1), date(2023, 7, 1), date(2024, 1, 1), date(2024, 10, 1), date(2025, 1, 1)]
LOAD = {"home": 0.6, "shop": 3.0, "farm": 4.5, "plant": 45.0, "public": 9.0}  # mean kW
SHAPE = (0.5, 0.6, 1.1, 1.2, 1.6, 1.2)  # of the six intervals of a day
SUN = (0.0, 0.05, 0.6, 0.5, 0.1, 0.0)


def rows(seed: int, instance: int) -> dict[str, list[Row]]:
    """Rows of every table, parents first; deterministic in (seed, instance)."""
    rng = random.Random(f"power_grid:{seed}:{instance}")
    big = instance == 1
    numbers = {feeder[0]: number for number, feeder in enumerate(FEEDERS, start=1)}
    tables: dict[str, list[Row]] = {
        "feeder": [
            (numbers[code], code, numbers.get(parent or ""), town, Decimal(kv), limit, built)
            for code, parent, town, kv, limit, built in FEEDERS
        ],
        "customer": _customers(rng, 150 if big else 34),
    }
    meters = tables["meter"] = _meters(rng, tables["customer"], tables["feeder"], 180 if big else 38)
    tables["tariff"] = list(TARIFFS)
    tables["tariff_price"] = _tariff_prices()
    tables["supply"] = _supplies(rng, meters, tables["customer"])
    tables["reading"] = _readings(rng, meters, tables["customer"], 1300 if big else 200)
    tables["outage"] = _outages(rng, 230 if big else 40)
    tables["bill"] = _bills(rng, tables, 90 if big else 20, 14 if big else 8)
    if not big:
        _directed(tables, instance)
    return tables


def _customers(rng: random.Random, count: int) -> list[Row]:
    """Customers whose names come from one pool; most are households."""
    faker = Faker("en_GB")
    faker.seed_instance("power_grid:names")
    found: list[Row] = []
    for number in range(1, count + 1):
        sector = rng.choices(("home", "shop", "farm", "plant", "public"), (66, 14, 9, 5, 6))[0]
        name = f"{faker.first_name()} {faker.last_name()}"
        company = f"{faker.last_name()} {rng.choice(('Ltd', 'Bros', 'Works'))}"
        town = rng.choices(TOWNS, (30, 22, 25, 13, 10))[0]
        since = date(2005, 1, 1) + timedelta(days=int(7200 * rng.random() ** 0.6))
        email = f"client{number}@mail.example" if rng.random() < 0.72 else None
        found.append((number, name if sector in {"home", "farm"} else company, sector, town, email, since))
    return found


def _meters(rng: random.Random, customers: list[Row], feeders: list[Row], count: int) -> list[Row]:
    """Meters mostly on low-voltage feeders of the customer's town, plants on 15 kV; the newest line is bare."""
    usable = [feeder for feeder in feeders[:-1] if feeder[4] < 60]
    holders = customers[: -(len(customers) // 16)]
    found: list[Row] = []
    for meter_id in range(1, count + 1):
        holder = holders[meter_id - 1] if meter_id <= len(holders) else rng.choice(holders)
        near = [f for f in usable if f[3] == holder[3] and (f[4] > 1) == (holder[2] == "plant")] or usable
        feeder = rng.choice(near if rng.random() < 0.92 else usable)
        smart = rng.random() < 0.62
        solar = Decimal(rng.randrange(6, 40)) / 2 if rng.random() < 0.24 and holder[2] != "plant" else None
        fitted = date(2012, 1, 1) + timedelta(days=int(4600 * rng.random() ** 0.7))
        removed = TODAY - timedelta(days=rng.randrange(1, 420)) if rng.random() < 0.09 else None
        customer_id = None if removed is None and rng.random() < 0.06 else holder[0]
        removed = removed if removed and removed > fitted else None
        serial = f"{'SM' if smart else 'MK'}{fitted.year % 100}-{meter_id * 37 % 997:04d}"
        found.append((meter_id, serial, feeder[0], customer_id, smart, solar, fitted, removed))
    return found


def _tariff_prices() -> list[Row]:
    """A price every half year or so for each tariff; the old one was closed, the next year's are known already."""
    found: list[Row] = []
    for code, (day, night, standing) in PRICES.items():
        starts = {"OLD": CHANGES[:2], "SUN": CHANGES[1:], "NEW": CHANGES[4:]}.get(code, CHANGES)
        for index, start in enumerate(starts):
            end = starts[index + 1] - timedelta(days=1) if index + 1 < len(starts) else None
            end = date(2023, 12, 31) if code == "OLD" and index == 1 else end
            rise = Decimal((0, 120, 60, -90, 45)[CHANGES.index(start)] * (index > 0)) / 100
            low = Decimal(night) + rise / 2 if night else None
            found.append((code, start, end, Decimal(day) + rise, low, Decimal(standing) + index % 2))
    return found


def _supplies(rng: random.Random, meters: list[Row], customers: list[Row]) -> list[Row]:
    """One supply contract after another for each meter but the last few, at times with a gap between them."""
    found: list[Row] = []
    for meter in meters[: -(len(meters) // 30 + 1)]:
        home = meter[3] is None or customers[meter[3] - 1][2] in {"home", "farm"}
        start, last = max(meter[6], date(2021, 6, 1)), meter[7]
        while True:
            weights = (44, 22, 18, 0, 16, 0) if home else (25, 5, 10, 55, 5, 0)
            code = rng.choices([tariff[0] for tariff in TARIFFS[:6]], weights)[0]
            code = "OLD" if start < date(2022, 6, 1) and rng.random() < 0.4 else code
            end = start + timedelta(days=rng.randrange(90, 800)) if rng.random() < 0.55 or code == "OLD" else None
            if end is None or end >= (last or TODAY):
                found.append((meter[0], start, last if last and last > start else None, code))
                break
            found.append((meter[0], start, end, code))
            start = end + timedelta(days=rng.choice((0, 0, 0, 0, 1, 14)))
    return found


def _readings(rng: random.Random, meters: list[Row], customers: list[Row], count: int) -> list[Row]:
    """Whole days of six intervals: the last fortnight of a few smart meters, single days of others; some are lost."""
    smart = [meter for meter in meters if meter[4] and meter[7] is None]
    days = [(meter, TODAY - timedelta(days=back)) for meter in smart[: count // 180] for back in range(14)]
    while len(days) < count // 5:
        meter = rng.choice(smart[count // 180 : -2])
        first = max(FIRST, meter[6])
        day = TODAY - timedelta(days=rng.randrange(min((TODAY - first).days + 1, rng.choice((60, 560)))))
        if (meter, day) not in days:
            days.append((meter, day))
    found: list[Row] = []
    for meter, day in days:
        sector = "home" if meter[3] is None else customers[meter[3] - 1][2]
        winter = 1.35 if day.month in {11, 12, 1, 2} else 0.85 if day.month in {6, 7, 8} else 1.0
        for slot in range(6):
            read_at = datetime(day.year, day.month, day.day, slot * 4, tzinfo=UTC)
            if read_at > NOW - timedelta(hours=4) or rng.random() < 0.05:
                continue
            load = LOAD[sector] * SHAPE[slot] * winter * rng.lognormvariate(0, 0.35)
            sun = float(meter[5] or 0) * SUN[slot] * 4 * (1.5 - winter) * rng.random()
            sent = None if meter[5] is None else Decimal(round(sun * 100)) / 100
            quality = rng.choices(("ok", "estimated", "suspect"), (92, 6, 2))[0]
            kwh = Decimal(round(load * 400)) / 100
            found.append((meter[0], read_at, Decimal(0) if quality == "suspect" else kwh, sent, quality))
    return sorted(found, key=lambda row: (row[1], row[0]))


def _outages(rng: random.Random, count: int) -> list[Row]:
    """Power cuts of minutes to days, storms in winter; the latest ones still run, the newest line has none."""
    found: list[Row] = []
    for outage_id in range(1, count + 1):
        number = rng.choices(range(1, len(FEEDERS)), [1, 1, 1, *[3] * 7, *[6] * (len(FEEDERS) - 11)])[0]
        back = 0 if outage_id % 40 == 1 else rng.randrange(rng.choice((150, 680, 680)))
        day = TODAY - timedelta(days=back)
        winter = day.month in {10, 11, 12, 1, 2, 3}
        weights = (32 if winter else 8, 18, 12, 26, 20)
        cause = rng.choices(("storm", "tree", "animal", "equipment", "planned"), weights)[0]
        began = datetime(day.year, day.month, day.day, rng.randrange(24), rng.randrange(60), tzinfo=UTC)
        began = min(began, NOW - timedelta(minutes=rng.randrange(20, 300)))
        if cause == "planned":
            began = began.replace(hour=rng.choice((8, 9, 10)), minute=0)
        length = timedelta(minutes=int(rng.lognormvariate(4.6 + (0.8 if cause == "storm" else 0), 0.9)) + 3)
        ended: datetime | None = began + length
        if (ended and ended > NOW) or (NOW - began).total_seconds() < 40000:
            ended = None
        limit = FEEDERS[number - 1][4]
        homes = int(limit / rng.uniform(2, 9)) if rng.random() < 0.85 else None
        found.append((outage_id, number, began, ended, cause, homes))
    return found


def _month_after(day: date) -> date:
    """First day of the month after."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _bills(rng: random.Random, tables: dict[str, list[Row]], meters: int, most: int) -> list[Row]:
    """Monthly bills of the first meters that have a customer, priced by the day price then in force."""
    prices = {(row[0], row[1]): row for row in tables["tariff_price"]}
    found: list[Row] = []
    for meter in [row for row in tables["meter"] if row[3] is not None][:meters]:
        late = rng.random() < 0.2
        mean = LOAD[tables["customer"][meter[3] - 1][2]] * 720
        contracts = [row for row in tables["supply"] if row[0] == meter[0]]
        month = date(2023, 9, 1) if most > 8 else date(2024, 3, 1)
        for _ in range(most):
            running = [row for row in contracts if row[1] <= month and (row[2] is None or row[2] > month)]
            if running and month >= meter[6]:
                code = running[0][3]
                start = max((key[1] for key in prices if key[0] == code and key[1] <= month), default=CHANGES[1])
                price = prices[code, start]
                season = 1.3 if month.month in {11, 12, 1, 2} else 0.9
                kwh = Decimal(round(mean * season * rng.lognormvariate(0, 0.3) * 10)) / 10
                credit = (meter[5] or 0) * rng.randrange(0, 12)
                amount = (kwh * price[3] / 100 + price[5] - credit).quantize(Decimal("0.01"))
                due = _month_after(month) + timedelta(days=20)
                paid: date | None = due + timedelta(days=rng.randrange(1, 45) if late else -rng.randrange(15))
                if rng.random() < 0.04 or (paid and paid > TODAY):
                    paid = None
                found.append((len(found) + 1, meter[0], month, kwh, amount, due, paid))
            month = _month_after(month)
    return found


def _utc(text: str) -> datetime:
    """The instant that an ISO text names in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _day(text: str) -> date:
    """The day that an ISO text names."""
    return date.fromisoformat(text)


def _directed(tables: dict[str, list[Row]], instance: int) -> None:
    """Add rows on which near-miss queries differ; the two small instances differ in what is absent."""
    absent = "animal" if instance == 2 else "tree"
    tables["outage"][:] = [(*row[:4], "storm" if row[4] == absent else row[4], row[5]) for row in tables["outage"]]
    tables["feeder"] += [  # a main feeder of its own, equals in a town, one at a round rating, a chain of three
        (90, "S", None, "Glenmoor", Decimal("15.0"), 2500, None),
        (91, "S-01", 90, "Saltmarsh", Decimal("0.4"), 250, _day("2010-01-01")),
        (92, "S-02", 90, "Hilltop", Decimal("0.4"), 401, _day("2009-12-31")),
        (93, "S-01a", 91, "Outpost", Decimal("0.4"), 249, TODAY),
        (94, "S-03", 90, "Hilltop", Decimal("0.4"), 401, None),
        (95, "T", None, "Hilltop", Decimal("60.0"), 9000, None),
    ]
    tables["tariff"] += [("TW1", "Twin A", "flat"), ("TW2", "Twin B", "flat")]
    tables["tariff_price"] += [
        ("TW1", _day("2024-01-01"), TODAY, Decimal("29.10"), None, Decimal(0)),
        ("TW1", TODAY + timedelta(days=1), None, Decimal("29.10"), Decimal("29.10"), Decimal(10)),
        ("TW2", TODAY, None, Decimal("40.00"), Decimal("28.20"), Decimal(10)),
        ("GRN", _day("2022-01-01"), _day("2022-12-31"), Decimal("28.20"), None, Decimal(10)),
    ]
    namesake = tables["customer"][0][1]
    tables["customer"] += [  # namesakes, people without meters, names that differ by case, equal joining dates
        (900, namesake, "home", "Eastwick", None, _day("2024-02-29")),
        (901, "Doppel Works", "plant", "Hilltop", None, _day("2000-01-01")),
        (902, "Doppel Works", "plant", "Hilltop", None, _day("2000-01-01")),
        (903, "old waterworks", "public", "Thornby", "water@mail.example", _day("1999-12-31")),
        (904, "Ann O'Mally", "farm", "Hilltop", None, TODAY),
        (905, "Bea Solo", "farm", "Saltmarsh", "bea@mail.example", _day("2023-12-31")),
        (906, "Cy Gone", "shop", "Saltford", None, _day("2000-01-01")),
        (907, "Dee Half", "shop", "Hilltop", "dee@mail.example", _day("2000-01-01")),
        (908, "Ed Even", "home", "Hilltop", "ed@mail.example", _day("2000-01-01")),
        *((number, "Nell None", "home", "Hilltop", None, TODAY) for number in (909, 910)),
    ]
    two_years = _day("2022-11-20")
    tables["meter"] += [
        (900, "SM22-9000", 91, 900, True, Decimal("10.0"), two_years, None),
        (901, "SM22-9001", 92, 901, True, None, two_years - timedelta(days=1), None),
        (902, "SM22-9002", 93, 901, False, Decimal("10.5"), _day("2012-01-01"), TODAY),
        (903, "MK00-9003", 94, 902, False, None, _day("2000-01-01"), None),
        (904, "MK00-9004", 92, 902, False, None, _day("2000-01-01"), None),
        (905, "SM24-9005", 91, None, True, Decimal("0.5"), TODAY, None),
        (906, "SM24-9006", 94, 906, True, None, _day("2000-01-01"), _day("2024-02-29")),
        (907, "MK00-9007", 94, 907, False, None, _day("2000-01-01"), _day("2024-02-29")),
        (908, "MK00-9008", 94, 907, False, None, _day("2000-01-01"), None),
        (909, "SM22-9009", 4, 908, True, None, two_years, None),
        (910, "SM22-9010", 4, 905, True, None, two_years, TODAY - timedelta(days=1)),
        (911, "MK22-9011", 4, None, False, None, two_years, TODAY - timedelta(days=1)),
    ]
    _directed_supply(tables)
    _directed_readings(tables)
    _directed_outages(tables)
    _directed_bills(tables)
    for n, total in enumerate((9000, 8000, 7000, 7000, 6000, 6000, 9, 8)):  # ties on every place
        sector, due = "home" if n < 4 else "shop", _day("2024-09-21")
        tables["customer"].append((920 + n, f"Tess Tie {n}", sector, "Hilltop", None, _day("2010-01-01")))
        tables["meter"].append((920 + n, f"MK10-{n}", 94, 920 + n, False, None, _day("2010-01-01"), None))
        tables["supply"].append((920 + n, _day("2010-01-01"), None, "TW2"))
        tables["bill"].append((9100 + n, 920 + n, _day("2024-08-01"), Decimal(5), Decimal(total), due, due))


def _directed_supply(tables: dict[str, list[Row]]) -> None:
    """Contracts that start or end on the first and last days of a year or month, and equal tariffs in a row."""
    spans = [
        (900, "2022-11-20", "2024-01-01", "STD"),
        (900, "2024-01-01", None, "ECO"),
        (901, "2023-12-31", "2024-01-02", "ECO"),
        (901, "2024-01-02", "2024-10-01", "ECO"),
        (901, "2024-10-01", None, "GRN"),
        (903, "2024-01-02", None, "TW2"),
        (905, "2024-11-20", None, "ECO"),
        (904, "2023-12-31", None, "TW2"),
        (908, "2024-09-30", None, "SUN"),
        (909, "2023-12-31", "2024-01-01", "STD"),
        (910, "2024-01-31", "2024-11-19", "ECO"),
    ]
    tables["supply"] += [(meter, _day(a), _day(b) if b else None, code) for meter, a, b, code in spans]


def _directed_readings(tables: dict[str, list[Row]]) -> None:
    """Readings at the ends of days and months, holes of exactly 4 and 24 hours, equal peaks, spikes of exactly 3."""
    spots: list[tuple[int, str, str, str | None, str]] = [
        (900, "2024-06-30 20:00", "100", "0", "ok"),
        (900, "2024-07-01 00:00", "100", "20", "estimated"),
        (900, "2024-09-30 20:00", "5000", "20", "ok"),
        (900, "2024-10-01 00:00", "10", "10", "ok"),
        (900, "2024-10-31 16:00", "10", None, "suspect"),
        (900, "2024-11-01 00:00", "0", "0", "suspect"),
        (900, "2024-11-01 08:00", "12", "1", "ok"),
        (900, "2024-11-02 08:00", "12", "1", "ok"),
        (900, "2024-11-15 00:00", "700", "1", "ok"),
        (901, "2024-11-18 00:00", "0", None, "suspect"),
        (901, "2024-11-18 04:00", "0", None, "suspect"),
        (909, "2024-11-17 20:00", "90", None, "ok"),
        (909, "2024-11-18 00:00", "10", None, "ok"),
        (909, "2024-11-18 20:00", "12000", None, "ok"),
        (909, "2024-11-19 00:00", "9900", None, "ok"),
        (909, "2024-11-19 04:00", "100", None, "ok"),
        (900, "2024-11-19 04:00", "8900", None, "ok"),
        (909, "2024-11-20 00:00", "12000", None, "estimated"),
        (905, "2024-11-20 08:00", "3", "0.5", "suspect"),
        (905, "2024-11-20 12:00", "0", "9.5", "estimated"),
        (910, "2024-02-29 20:00", "3", None, "ok"),
        (910, "2024-03-01 00:00", "0", None, "ok"),
    ]
    found = [(m, _utc(at), Decimal(kwh), Decimal(sent) if sent else None, q) for m, at, kwh, sent, q in spots]
    taken = {(row[0], row[1]) for row in found}
    tables["reading"][:] = [row for row in tables["reading"] if (row[0], row[1]) not in taken] + found


def _directed_outages(tables: dict[str, list[Row]]) -> None:
    """Outages that touch, nest or start together, of exactly 2 and 6 hours, at month ends, with round counts."""
    ninety = TODAY - timedelta(days=90)
    midnight = datetime(ninety.year, ninety.month, ninety.day, tzinfo=UTC)
    late = timedelta(hours=7)
    spots: list[tuple[int, datetime, datetime | None, str, int | None]] = [
        (90, _utc("2024-09-30 23:59:59"), _utc("2024-10-01 01:59:59"), "planned", 50),
        (90, _utc("2024-10-01"), _utc("2024-10-01 06:00"), "animal", 49),
        (91, _utc("2024-10-01"), _utc("2024-10-01 02:00"), "equipment", 200),
        (91, _utc("2024-10-01"), _utc("2024-10-01 02:00:01"), "equipment", 199),
        (91, _utc("2024-10-01 06:00"), _utc("2024-10-01 12:00"), "equipment", 501),
        (92, _utc("2024-10-31 23:59:59"), _utc("2024-11-02"), "storm", 500),
        (93, _utc("2024-11-01"), _utc("2024-11-01 04:00"), "tree", None),
        (93, _utc("2024-11-01 04:00"), None, "tree", 0),
        (93, NOW, None, "planned", 5000),
        (91, NOW - timedelta(hours=3), None, "planned", None),
        (94, midnight, midnight + late, "animal", 100),
        (94, midnight - timedelta(seconds=1), midnight + late, "animal", 100),
        (92, midnight + late * 2, midnight + late * 2 + timedelta(hours=6), "planned", 5000),
        (4, _utc("2024-11-07 00:00"), _utc("2024-11-07 08:00"), "animal", 7),
        (4, _utc("2024-11-06 23:59"), _utc("2024-11-07 08:00"), "storm", 7),
        (91, _utc("2024-02-29 12:00"), _utc("2024-02-29 12:30"), "equipment", 300),
    ]
    tables["outage"] += [(900 + number, *spot) for number, spot in enumerate(spots)]


def _directed_bills(tables: dict[str, list[Row]]) -> None:
    """Bills due or paid exactly today or on the due date, in credit, of nothing, tied at the top."""
    spots: list[tuple[int, str, str, str, date, date | None]] = [
        (900, "2023-12-01", "100", "0.00", _day("2024-01-21"), _day("2024-01-21")),
        (900, "2024-01-01", "100", "30.00", _day("2024-02-21"), _day("2024-02-22")),
        (900, "2024-02-01", "100", "30.00", _day("2024-03-21"), _day("2024-03-31")),
        (900, "2024-03-01", "100", "90.00", _day("2024-04-21"), _day("2024-04-22")),
        (900, "2024-05-01", "100", "30.00", _day("2024-06-21"), _day("2024-07-01")),
        (900, "2024-09-01", "0", "-12.50", TODAY, None),
        (901, "2024-09-01", "20000", "99000.00", TODAY - timedelta(days=1), None),
        (901, "2024-10-01", "20000", "99000.00", TODAY + timedelta(days=1), None),
        (904, "2024-10-01", "40000", "198000.00", TODAY + timedelta(days=1), TODAY),
        (905, "2023-12-01", "50", "20.00", _day("2024-01-21"), _day("2023-12-31")),
        (908, "2024-08-01", "10", "0.00", _day("2024-09-21"), _day("2024-09-21")),
        (909, "2024-09-01", "10", "-1.00", _day("2024-10-21"), _day("2024-10-21")),
        (906, "2024-01-01", "10", "50.00", _day("2024-02-21"), _day("2024-02-21")),
        (907, "2024-01-01", "10", "150.00", _day("2024-02-21"), None),
        (910, "2024-02-01", "10", "33.00", _day("2024-03-21"), _day("2024-03-25")),
        (910, "2024-03-01", "10", "22.00", _day("2024-04-21"), _day("2024-04-25")),
    ]
    tables["bill"] += [
        (9000 + number, meter, _day(month), Decimal(kwh), Decimal(amount), due, paid)
        for number, (meter, month, kwh, amount, due, paid) in enumerate(spots)
    ]
