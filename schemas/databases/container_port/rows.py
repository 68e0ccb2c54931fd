"""Rows of the container port: a dense first instance, and small ones that tell near-miss queries apart.

Everything is drawn from one `random.Random` seeded by (seed, instance). The small instances draw from the same ships,
lines and hauliers and add the directed rows of `_directed`: ties, NULLs, empty groups, boundary instants.
"""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from operator import itemgetter
from typing import Any

from faker import Faker

Row = tuple[Any, ...]

TODAY = date(2023, 10, 9)
NOW = datetime(2023, 10, 9, 6, 15, tzinfo=UTC)
FIRST = datetime(2022, 4, 1, tzinfo=UTC)

LINES = [
    ("NOR", "Nordkap Line", "Norway"),
    ("PEL", "Pelican Shipping", "Greece"),
    ("TSO", "Tsuru Ocean", "Japan"),
    ("BAL", "Balsa Feeders", "Lithuania"),
    ("CRX", "Crux Container", "Chile"),
    ("HBT", "Hanbit Line", "South Korea"),
    ("ZEE", "Zeeland Boxes", "Netherlands"),
]
# name, line, teu, built, service, weight of its traffic
VESSELS: list[tuple[str, str, int, int | None, str, int]] = [
    ("Nordkap Dawn", "NOR", 14200, 2016, "FE3", 6),
    ("Nordkap Dusk", "NOR", 14200, 2016, "FE3", 6),
    ("Nordkap Tern", "NOR", 6800, 2009, "MED1", 5),
    ("Pelican Athos", "PEL", 9400, 2012, "MED1", 6),
    ("Pelican Chios", "PEL", 9400, 2013, "MED1", 4),
    ("Pelican Delos", "PEL", 2500, None, "BLK", 5),
    ("Tsuru Maru", "TSO", 18800, 2019, "FE3", 5),
    ("Tsuru Hikari", "TSO", 20100, 2021, "FE5", 5),
    ("Tsuru Kaze", "TSO", 13500, 2014, "FE5", 4),
    ("Balsa Vilnius", "BAL", 1100, 2005, "BLT", 12),
    ("Balsa Riga", "BAL", 1100, 2006, "BLT", 12),
    ("Balsa Tallinn", "BAL", 1700, None, "BLT", 10),
    ("Crux Atacama", "CRX", 8600, 2011, "SAM", 4),
    ("Crux Osorno", "CRX", 8600, 2011, "SAM", 3),
    ("Hanbit Busan", "HBT", 16000, 2018, "FE5", 5),
    ("Hanbit Ulsan", "HBT", 15300, 2017, "FE5", 3),
    ("Zeeland Goes", "ZEE", 3600, 2010, "BLT", 3),
    ("Crux Valdivia", "CRX", 4300, 2003, "SAM", 0),
]
BERTHS = [
    ("N1", "north", 400, 4),
    ("N2", "north", 420, 5),
    ("N3", "north", 350, 3),
    ("S1", "south", 300, 3),
    ("S2", "south", 280, 3),
    ("R1", "river", 160, 1),
    ("R2", "river", 150, 0),
]
BLOCKS = ["A1", "A2", "B1", "B2", "C1", "RF"]
CITIES = ["Hamburg", "Bremen", "Hanover", "Berlin", "Leipzig"]


def rows(seed: int, instance: int) -> dict[str, list[Row]]:
    """Rows of every table, parents first; deterministic in (seed, instance)."""
    rng = random.Random(f"container_port:{seed}:{instance}")
    big = instance == 1
    vessels: list[Row] = [(9100000 + n * 137, *v[:4]) for n, v in enumerate(VESSELS, start=1)]
    tables: dict[str, list[Row]] = {"ShippingLine": list(LINES), "Vessel": vessels, "Voyage": [], "Berth": list(BERTHS)}
    tables["PortCall"] = _calls(rng, vessels, tables["Voyage"], 170 if big else 45)
    tables["Container"] = _boxes(rng, 320 if big else 60)
    tables |= {"Move": [], "YardStay": []}
    tables["Haulier"] = _hauliers(rng, 18 if big else 10)
    tables["GateEvent"] = []
    for box in tables["Container"][:-3]:
        _lifecycle(rng, tables, box, rng.choice((1, 2, 3, 3, 4, 5) if big else (1, 2, 2, 3)))
    for name, at in (("Move", 6), ("GateEvent", 4)):  # numbered from 1 in order of time
        ordered = sorted(tables[name], key=itemgetter(at, 1))
        tables[name] = [(number, *row[1:]) for number, row in enumerate(ordered, start=1)]
    tables["Demurrage"] = _demurrage(rng, tables)
    if not big:
        _directed(tables, instance)
    return tables


def _calls(rng: random.Random, vessels: list[Row], voyages: list[Row], count: int) -> list[Row]:
    """Port calls of all ships but the last, feeders most often; some voyages call twice, the latest are under way."""
    found: list[Row] = []
    weights = [vessel[5] for vessel in VESSELS]
    number = dict.fromkeys(range(len(vessels)), 0)
    starts = sorted(rng.randrange(0 if rng.random() < 0.55 else 350 * 24, 553 * 24) for _ in range(count))
    for n, hours in enumerate(starts):
        index = rng.choices(range(len(vessels)), weights)[0]
        imo, _, _, teu, _ = vessels[index]
        planned = FIRST + timedelta(hours=hours if n < count - 9 else 554 * 24 + (n - count + 9) * 12)
        again = (
            number[index] and rng.random() < 0.22 and (imo, f"{number[index]:03d}E", 2) not in {c[:3] for c in found}
        )
        if not again:
            number[index] += 1
            voyages.append((imo, f"{number[index]:03d}E", VESSELS[index][4]))
        key = (imo, f"{number[index]:03d}E", 2 if again else 1)
        choice = ("R1", "S2", "S1") if teu < 3000 else ("S1", "N3", "N1") if teu < 9000 else ("N1", "N2", "N2")
        arrived = planned + timedelta(minutes=int(rng.gauss(180, 600)))
        queue = 2500 if rng.random() < 0.12 else 400
        berthed = arrived + timedelta(minutes=int(rng.expovariate(1 / queue)) + 20)
        if n in {count - 7, count - 6}:  # one at anchor, one alongside
            arrived, berthed = NOW - timedelta(hours=9), NOW + timedelta(hours=8 if n == count - 7 else -3)
        departed = berthed + timedelta(minutes=int(teu * 0.06 + rng.expovariate(1 / 400)) + 240)
        berth = rng.choices(choice, (5, 3, 2))[0]
        if rng.random() < 0.06 and n < count - 9:
            found.append((*key, None, "cancelled", planned, None, None, None))
        elif arrived > NOW:
            found.append((*key, berth if rng.random() < 0.5 else None, "expected", planned, None, None, None))
        elif berthed > NOW:
            found.append((*key, None, "anchored", planned, arrived, None, None))
        elif departed > NOW:
            found.append((*key, berth, "alongside", planned, arrived, berthed, None))
        else:
            found.append((*key, berth, "sailed", planned, arrived, berthed, departed))
    return found


def _boxes(rng: random.Random, count: int) -> list[Row]:
    """Containers; the prefix tells the line, the last line has none."""
    found: list[Row] = []
    for number in range(1, count + 1):
        line = rng.choices([line[0] for line in LINES[:6]], (22, 20, 20, 8, 12, 18))[0]
        kind = rng.choices(("dry", "reefer", "tank", "open_top"), (76, 14, 6, 4))[0]
        size = rng.choices((20, 40, 45), (42, 52, 6))[0] if kind == "dry" else rng.choice((20, 40))
        tare = {20: 2200, 40: 3800, 45: 4700}[size] + rng.randrange(0, 12) * 50
        tare_kg = tare if rng.random() < 0.88 else None
        found.append((f"{line}U{number * 7919 % 900000 + 100000}", line, kind, size, tare_kg))
    return found


def _hauliers(rng: random.Random, count: int) -> list[Row]:
    """Trucking companies; the last one has never come."""
    faker = Faker("de_DE")
    faker.seed_instance("container_port:hauliers")
    names = [f"{faker.last_name()} {rng.choice(('Spedition', 'Logistik', 'Trans'))}" for _ in range(count)]
    return [(n, name, rng.choice(CITIES), rng.random() < 0.15) for n, name in enumerate(names, start=1)]


def _lifecycle(rng: random.Random, tables: dict[str, list[Row]], box: Row, cycles: int) -> None:
    """Imports (ship, yard, gate), exports (gate, yard, ship) and transfers of one box, one after another."""
    calls = [call for call in tables["PortCall"] if call[7] is not None]
    free = FIRST
    chosen = rng.sample(calls, cycles) + ([rng.choice(calls[-16:])] if rng.random() < 0.3 else [])
    for call in sorted(set(chosen), key=lambda call: call[7]):
        length = ((call[8] or NOW) - call[7]) * rng.uniform(0.02, 0.98)
        handled = (call[7] + length).replace(second=0, microsecond=0)
        dwell = timedelta(hours=int(rng.lognormvariate(4.5, 0.85)) + 3, minutes=rng.randrange(60))
        block = "RF" if box[2] == "reefer" else rng.choice(BLOCKS[:5])
        dwell *= 4 if NOW - handled < timedelta(days=40) and rng.random() < 0.3 else 1
        loading = rng.random() < 0.45
        if (handled - dwell if loading else handled) < free:
            continue
        start, end = (handled - dwell, handled) if loading else (handled, handled + dwell)
        gross = 2000 + rng.randrange(0, 260) * 100 + (box[4] or 3000) if rng.random() < 0.9 else None
        crane = None if call[3] == "R1" and rng.random() < 0.3 else f"Q{rng.randrange(1, 7)}"
        later = handled + timedelta(hours=30)
        onward = [c for c in calls if c[0] != call[0] and c[7] < later < (c[8] or NOW)] if rng.random() < 0.3 else []
        if onward and not loading:
            tables["Move"].append((0, box[0], *onward[0][:3], "load", later, crane, gross))
            end = later
        kind = "load" if loading else "discharge"
        tables["Move"].append((0, box[0], *call[:3], kind, handled, crane, gross))
        tables["YardStay"].append((box[0], start, end if end <= NOW else None, block))
        truck = rng.random() < 0.8
        known = len(tables["Haulier"])  # the last but one only brings boxes
        known_one = known - 1 if loading and rng.random() < 0.05 else 1 + int((known - 2) * rng.random() ** 1.7)
        wait = int(rng.expovariate(1 / 26)) if truck else None
        haulier = known_one if truck else None
        passed = start if loading else end
        if passed <= NOW and (loading or not onward):
            tables["GateEvent"].append((0, box[0], haulier, "in" if loading else "out", passed, wait))
        if rng.random() < 0.12 and handled + timedelta(minutes=30) < NOW:
            tables["Move"].append((0, box[0], *call[:3], "shift", handled + timedelta(minutes=30), crane, gross))
        free = end + timedelta(days=3)


def _demurrage(rng: random.Random, tables: dict[str, list[Row]]) -> list[Row]:
    """Invoices for most finished stays of more than five days."""
    boxes = {box[0]: box for box in tables["Container"]}
    found: list[Row] = []
    for box_no, start, end, _ in sorted(tables["YardStay"], key=lambda row: (row[2] or NOW, row[0])):
        days = (end - start).days - 5 if end else 0
        if days < 1 or rng.random() < 0.12:
            continue
        rate = (40 if boxes[box_no][3] == 20 else 70) * (2 if boxes[box_no][2] == "reefer" else 1)
        issued = min(end.date() + timedelta(days=rng.randrange(1, 4)), TODAY)
        paid: date | None = issued + timedelta(days=int(rng.expovariate(1 / 18)) + 1)
        paid = None if (paid and paid > TODAY) or rng.random() < 0.06 else paid
        found.append((5000 + len(found), box_no, start, days, Decimal(rate * days), issued, paid))
    return found


def _utc(text: str) -> datetime:
    """The instant that an ISO text names in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _maybe(text: str) -> datetime | None:
    """The instant that an ISO text names, None for an empty one."""
    return _utc(text) if text else None


def _directed(tables: dict[str, list[Row]], instance: int) -> None:
    """Add rows on which near-miss queries differ; the two small instances differ in what is absent."""
    absent = "open_top" if instance == 2 else "tank"
    boxes = [(*row[:2], "dry" if row[2] == absent else row[2], *row[3:]) for row in tables["Container"]]
    tables["Container"][:] = boxes
    tables["ShippingLine"] += [("EMP", "Empty Line", "Malta"), ("NOX", "nordkap line", "Norway")]
    tables["Vessel"] += [  # namesakes that are sisters, one as large as another line's largest, round sizes
        (9200001, "Twin Star", "ZEE", 10000, 2021),
        (9200002, "Twin Star", "ZEE", 10000, None),
        (9200003, "Pelican Eros", "PEL", 14200, 2018),
        (9200004, "Lone Gull", "NOX", 16000, 2003),
        (9200005, "Crux Antuco", "CRX", 13500, None),
    ]
    trips = [(9200001, "000E"), (9200001, "001E"), (9200002, "001E"), (9200003, "000E"), (9200003, "001E")]
    tables["Voyage"] += [(imo, number, "TWN") for imo, number in trips]
    tables["Voyage"] += [(9200004, "001E", "GHO"), (9200005, "001E", "TWN"), (9200005, "000E", "TWN")]
    _directed_calls(tables)
    tables["Container"] += [
        ("tsou000001", "TSO", "tank", 20, 2200),
        ("TSOU000001", "TSO", "tank", 40, 3000),
        ("NORX000001", "NOR", "tank", 20, None),
        ("PELU000001", "PEL", "reefer", 40, 3800),
        ("PELU000002", "PEL", "reefer", 20, None),
        ("NORU000001", "NOR", "dry", 45, None),
        ("NORU000002", "NOR", "open_top", 20, None),
        ("NORU000003", "NOR", "dry", 20, 2200),
        ("HBTU000001", "HBT", "dry", 40, 9000),
        ("HBTU000002", "HBT", "dry", 45, 4700),
        ("NOXU000001", "NOX", "dry", 20, 2200),
    ]
    _directed_moves(tables)
    _directed_stays(tables)
    _directed_gate(tables)


def _directed_calls(tables: dict[str, list[Row]]) -> None:
    """Calls exactly 12 hours late, one berthed as another leaves, at ends of months, with equal waits."""
    spots = [
        (9200001, "000E", 1, "S2", "2022-12-31", "2022-12-31 23:59:59", "2023-01-01 00:00", "2023-01-01 02:00"),
        (9200001, "000E", 2, "S2", "2022-12-31 23:59:59", "2023-01-01", "2023-01-01 03:00", "2023-01-01 15:00"),
        (9200001, "001E", 1, "S1", "2023-08-31 12:00", "2023-09-01", "2023-09-01 06:00", "2023-09-01 18:00"),
        (9200002, "001E", 1, "S1", "2023-08-31 11:00", "2023-08-31 23:59:59", "2023-09-01 18:00", "2023-09-04"),
        (9200002, "001E", 2, "S1", "2023-01-01", "2023-10-01", "2023-10-01 02:00", "2023-10-01 20:00"),
        (9200003, "000E", 1, "N1", "2023-08-30", "2023-08-31", "2023-08-31 12:00", "2023-09-01"),
        (9200003, "001E", 1, "", "2023-10-09", "2023-10-08 23:00", "", ""),
        (9200003, "001E", 2, "", "2023-12-31 23:59:59", "", "", ""),
        (9200004, "001E", 1, "", "2023-10-01", "", "", ""),
        (9200005, "001E", 1, "S2", "2023-10-05", "2023-10-05", "2023-10-06 06:15", ""),
        (9200005, "001E", 2, "", "2024-01-01", "", "", ""),
        (9200005, "000E", 1, "N1", "2023-09-30", "2023-09-30 12:00", "2023-10-01 06:00", "2023-10-01 12:00"),
        (9200005, "000E", 2, "S2", "2023-10-02", "2023-10-02", "2023-10-06 06:14:59", "2023-10-06 07:00"),
    ]
    for imo, number, visit, berth, *times in spots:
        reached = sum(map(bool, times))
        status = ("cancelled" if imo == 9200004 else "expected", "anchored", "alongside", "sailed")[reached - 1]
        tables["PortCall"].append((imo, number, visit, berth or None, status, *map(_maybe, times)))


def _directed_moves(tables: dict[str, list[Row]]) -> None:
    """Discharge and load at the ends of a quarter, reloads after exactly 48 hours, equal and unknown weights."""
    first, second, big = (9200001, "001E", 1), (9200002, "001E", 1), (9200005, "000E", 1)
    spots: list[tuple[str, tuple[int, str, int], str, str, str | None, int | None]] = [
        ("NORU000003", first, "discharge", "2023-06-30 23:59:59", "Q1", 40000),
        ("NORU000003", first, "load", "2023-07-01", "Q1", 40000),
        ("TSOU000001", first, "discharge", "2023-07-01", "Q2", 3000),
        ("TSOU000001", second, "load", "2023-09-30 23:59:59", "Q9", 3000),
        ("HBTU000001", big, "discharge", "2023-09-01", "Q9", 40000),
        ("HBTU000001", big, "load", "2023-10-01", None, None),
        ("PELU000001", first, "discharge", "2023-09-01 08:00", "Q1", 40000),
        ("PELU000001", second, "load", "2023-09-03 08:00", "Q1", None),
        ("PELU000002", first, "discharge", "2023-09-01 08:00", "Q1", 40000),
        ("PELU000002", second, "load", "2023-09-03 08:00:01", "Q1", 40000),
        ("NORU000001", first, "discharge", "2023-09-01 10:00", "Q1", 40000),
        ("NORU000001", first, "load", "2023-09-01 17:00", "Q1", 40000),
        ("NORX000001", second, "load", "2023-09-04", "Q1", 30000),
        ("NORX000001", big, "load", "2023-09-05", "Q1", 30000),
        ("HBTU000001", first, "shift", "2023-09-02", "Q1", 30000),
        ("NOXU000001", (9200003, "000E", 1), "shift", "2023-08-31 18:00", "Q1", 30000),
        ("HBTU000002", second, "discharge", "2023-09-02 10:00", "Q1", 30000),
        ("NORX000001", first, "shift", "2022-12-31 23:59:59", "Q1", 30000),
        ("NORX000001", first, "shift", "2023-01-01", None, 30000),
        ("HBTU000002", second, "shift", "2023-09-03", "Q9", None),
        ("HBTU000002", second, "discharge", "2023-09-02", "Q1", 30000),
        ("HBTU000002", big, "load", "2023-09-03", "Q1", 30000),
        ("HBTU000002", second, "discharge", "2023-09-10", "Q1", 30000),
        ("HBTU000002", big, "load", "2023-09-11", "Q1", 30000),
        ("tsou000001", second, "discharge", "2023-08-15", "Q2", 3000),
        ("tsou000001", second, "discharge", "2023-08-18", "Q2", 3000),
        ("NORU000002", big, "load", "2023-09-13", "Q2", 9000),
        ("NORU000002", big, "discharge", "2023-10-01", "Q2", 9000),
        ("NOXU000001", big, "load", "2023-07-01", "Q2", 9000),
        ("NOXU000001", big, "discharge", "2023-08-31", "Q2", 9000),
    ]
    tables["Move"] += [
        (9000 + n, box, *call, kind, _utc(at), crane, gross)
        for n, (box, call, kind, at, crane, gross) in enumerate(spots)
    ]


def _directed_stays(tables: dict[str, list[Row]]) -> None:
    """Stays of exactly ten days, over midnight instants, into and out of the last 30 days, five of one box, unpaid."""
    spots = [
        ("NORU000003", "2023-08-01", "2023-08-11", "ZZ"),
        ("NORU000003", "2023-08-12", "2023-08-22 00:00:01", "ZZ"),
        ("NORU000002", "2023-09-20", "2023-10-01", "A1"),
        ("NORU000002", "2023-10-02", "2023-10-02 23:59:59", "A1"),
        ("NORU000001", "2023-07-31 23:59:59", "2023-09-09", "YY"),
        ("NORX000001", "2023-07-31 23:59:59", "2023-09-09", "YY"),
        ("NORX000001", "2023-09-08", "2023-09-08 23:59:59", "XX"),
        ("PELU000001", "2023-09-25", "", "ZZ"),
        ("PELU000002", "2023-09-26", "", "ZZ"),
        ("HBTU000001", "2023-10-09", "", "ZZ"),
        ("HBTU000001", "2023-08-07 23:59:59", "2023-08-08", "XX"),
        ("HBTU000001", "2023-08-09", "2023-08-10", "XX"),
        ("HBTU000001", "2022-12-01", "2023-01-01", "XX"),
        ("HBTU000001", "2022-11-01", "2022-11-02", "A1"),
        ("tsou000001", "2023-09-25 00:00:01", "", "A1"),
        ("HBTU000002", "2023-10-08", "", "A1"),
        ("HBTU000002", "2023-09-20", "2023-09-29", "XX"),
        ("NOXU000001", "2023-08-20", "2023-08-31 18:00", "YY"),
    ]
    tables["YardStay"] += [(box, _utc(start), _maybe(end), block) for box, start, end, block in spots]
    invoices: list[tuple[int, int, int, date, date | None]] = [
        (1, 6, 400, date(2023, 8, 25), TODAY),
        (3, 7, 1000, TODAY - timedelta(days=30), None),
        (4, 36, 9000, TODAY - timedelta(days=29), None),
        (5, 36, 9000, date(2022, 12, 31), date(2023, 1, 1)),
        (12, 27, 9000, date(2023, 1, 1), date(2022, 12, 31)),
        (16, 4, 280, date(2023, 10, 1), None),
        (11, 2, 0, date(2023, 3, 31), date(2023, 4, 30)),
        (11, 2, 60, date(2023, 4, 1), date(2023, 4, 1)),
    ]
    tables["Demurrage"] += [
        (9000 + n, spots[index][0], _utc(spots[index][1]), days, Decimal(amount), issued, paid)
        for n, (index, days, amount, issued, paid) in enumerate(invoices)
    ]


def _directed_gate(tables: dict[str, list[Row]]) -> None:
    """Queues of exactly 15, 30 and 45 minutes, namesakes, hauliers that never came, simultaneous events, rail."""
    tables["Haulier"] += [
        (900, "Zwei Trans", "Bremen", False),
        (901, "Zwei Trans", "Bremen", True),
        (902, "Zwei Trans", "hamburg", False),
        (903, "Nie Logistik", "Kiel", False),
        (904, "Nie Logistik", "Hamburg", False),
    ]
    spots: list[tuple[str, int | None, str, str, int | None]] = [
        ("PELU000001", 901, "out", "2023-09-01 09:00", 31),
        ("PELU000001", 901, "in", "2023-09-25", 32),
        ("PELU000002", None, "in", "2023-09-26", None),
        ("PELU000002", None, "out", "2023-09-26", None),
        ("NORX000001", None, "out", "2022-12-31 23:59:59", None),
        ("NORX000001", None, "in", "2023-01-01", None),
        ("NORU000001", None, "out", "2023-09-30 23:59:59", None),
        ("NORU000001", 1, "in", "2023-09-01 12:00", 45),
        ("HBTU000001", None, "out", "2023-09-01 00:00:01", None),
        ("NORU000002", None, "out", "2023-09-01 09:00", None),
        ("HBTU000001", 2, "in", "2023-09-01", 44),
        ("NORU000003", 901, "in", "2023-06-30 23:00", 30),
        ("TSOU000001", 901, "in", "2023-08-31 23:59:59", 14),
        ("TSOU000001", None, "out", "2023-07-02", None),
        ("HBTU000002", 902, "in", "2023-10-08", 40),
    ]
    spots += [("HBTU000002", 902, "in", f"2023-03-{day:02d} 04:00", 14 + day % 2) for day in range(1, 19)]
    spots += [("HBTU000002", 900, "in", f"2023-02-{day:02d} 03:00", 29 + day % 2 * 2) for day in range(1, 21)]
    tables["GateEvent"] += [
        (9000 + n, box, haulier, direction, _utc(at), wait)
        for n, (box, haulier, direction, at, wait) in enumerate(spots)
    ]
