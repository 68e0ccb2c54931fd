"""Rows of a satellite operator: a dense first instance, and small ones that tell near-miss queries apart.

Everything is drawn from one `random.Random` seeded by (seed, instance). Passes, contacts and telemetry crowd into the
last weeks before the schema's today and thin out over the two years before. Ranges and bit strings are given as the
text that Postgres reads. The small instances add the rows of `_directed` and its kin: ties, namesakes, NULLs, windows
that touch without overlapping, instants on the local and the UTC midnight, and boundary values of the questions.
"""

from __future__ import annotations

import random
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

Row = tuple[Any, ...]

NOW = datetime(2026, 5, 19, 13, 20, tzinfo=UTC)
TODAY = NOW.date()

MISSIONS: list[Row] = [
    ("AUR", "Aurora", "Nordic Space Agency", "imaging", date(2016, 3, 1)),
    ("TEM", "Tempest", "Eumetra", "weather", date(2014, 9, 30)),
    ("HEL", "Helios Watch", "Nordic Space Agency", "science", date(2018, 1, 15)),
    ("COR", "Coral", "Blue Orbit", "imaging", date(2019, 12, 31)),
    ("REL", "Relay Net", "Blue Orbit", "relay", date(2020, 6, 1)),
    ("GLA", "Glacier", "Polar Institute", "science", None),
    ("SEN", "Sentry", "Eumetra", "weather", date(2025, 11, 15)),
]
# id, launch, mass, replaces, retired, weight of its traffic
FLEET = [
    item.split()
    for item in (
        "AUR-1 2017-06-02T03:14 740.0 - 2024-08-31 1", "AUR-2 2019-02-21T22:47 755.5 - - 8",
        "AUR-3 2023-10-09T01:36 812.0 AUR-1 - 12", "AUR-4 - 815.0 AUR-2 - 0",
        "TEM-1 2015-11-17T10:05 1290.0 - 2025-01-31 2", "TEM-2 2020-08-30T18:20 1315.5 TEM-1 - 9",
        "TEM-3 2025-03-14T06:50 1315.5 TEM-2 - 7", "HEL-1 2018-12-18T16:37 480.0 - - 5",
        "HEL-2 2022-04-01T12:29 512.5 - - 5", "COR-1 2021-01-24T15:00 96.0 - - 6", "COR-2 2021-01-24T15:00 96.0 - - 6",
        "COR-3 2022-05-25T18:35 98.5 - - 5", "COR-4 2024-11-11T23:59 104.0 COR-1 - 8", "COR-5 - 104.0 COR-2 - 0",
        "REL-1 2021-09-27T18:12 2150.0 - - 3", "REL-2 2023-06-12T21:35 2150.0 - - 3",
        "GLA-1 2024-02-29T08:00 640.0 - - 6", "GLA-2 2026-05-17T19:45 640.0 - - 0",
    )
]  # fmt: skip
# code, name, country, zone, opened, staffed, weight, dishes: diameter, bands, uplink
STATIONS: list[tuple[str, str, str, str, str, bool | None, int, str]] = [
    ("KIR", "Kiruna", "Sweden", "Europe/Stockholm", "1990-03-15", True, 16, "15.0/110/yes 13.0/111/yes 5.4/010/no"),
    ("SVA", "Svalbard", "Norway", "Arctic/Longyearbyen", "1997-06-01", True, 20, "13/110/yes 11.3/011/no 7.3/101/yes"),
    ("SMA", "Santa Maria", "Portugal", "Atlantic/Azores", "2008-01-17", False, 6, "5.5/100/yes"),
    ("HBK", "Hartebeesthoek", "South Africa", "Africa/Johannesburg", "1961-07-01", True, 7, "12.0/110/yes 10.0/100/-"),
    ("AWA", "Awarua", "New Zealand", "Pacific/Auckland", "2009-11-30", False, 9, "7.3/110/yes 3.7/010/no"),
    ("DON", "Dongara", "Australia", "Australia/Perth", "2003-10-01", None, 6, "13.0/011/no"),
    ("PUN", "Punta Arenas", "Chile", "America/Punta_Arenas", "2014-05-20", False, 8, "7.3/110/yes 7.3/001/-"),
    ("FAI", "Fairbanks", "United States", "America/Anchorage", "1985-01-01", True, 10, "11.3/111/yes 5.0/010/no"),
    ("BLR", "Bengaluru", "India", "Asia/Kolkata", "1979-04-19", True, 5, "11.0/100/yes"),
    ("TRL", "Troll", "Norway", "Antarctica/Troll", "2007-02-12", None, 4, "7.3/010/yes"),
]
MNEMONICS = ["PL_ON", "PL_OFF", "TX_ON", "TX_OFF", "DUMP_MEM", "SET_ATT", "HTR_ON", "LOAD_TLE", "PING", "RST_OBC"]
FLAGS = {"yes": True, "no": False, "-": None}
NOTES = ["Radome inspection", "gearbox oil", "Feed replaced", "Snow on the radome", "Software update", "Power cut"]


def rows(seed: int, instance: int) -> dict[str, list[Row]]:
    """Rows of every table, parents first; deterministic in (seed, instance)."""
    rng = random.Random(f"satellite_ops:{seed}:{instance}")
    big = instance == 1
    tables: dict[str, list[Row]] = {
        "missions": list(MISSIONS),
        "satellites": [_satellite(item) for item in FLEET],
        "ground_stations": [(*item[:4], date.fromisoformat(item[4]), item[5]) for item in STATIONS],
        "antennas": [
            (item[0], n, Decimal(size), bands, FLAGS[uplink])
            for item in STATIONS
            for n, (size, bands, uplink) in enumerate((dish.split("/") for dish in item[7].split()), start=1)
        ],
    }
    tables["passes"] = _passes(rng, 900 if big else 60)
    tables["contacts"] = _contacts(rng, tables["passes"])
    tables["manoeuvres"] = _manoeuvres(rng, 170 if big else 30)
    tables["commands"] = _commands(rng, tables, {row[0]: row[1] for row in tables["passes"]})
    tables["telemetry"] = _telemetry(rng, 1300 if big else 110)
    tables["anomalies"] = _anomalies(rng, 150 if big else 34)
    tables["maintenance"] = _maintenance(rng, 70 if big else 14)
    if not big:
        _directed(tables, instance)
    return tables


def _utc(text: str) -> datetime:
    """The instant that an ISO text names in UTC; a text without a year is of 2026."""
    return datetime.fromisoformat(text if text[4] == "-" else f"2026-{text}").replace(tzinfo=UTC)


def _when(text: str | None) -> datetime | None:
    """As `_utc`; None for nothing or a dash."""
    return None if text in {None, "-"} else _utc(text or "")


def _number(text: str) -> Decimal | None:
    """The number; None for a dash."""
    return None if text == "-" else Decimal(text)


def _cells(text: str) -> list[list[str]]:
    """The rows of a text: one a line or between bars, their cells between blanks."""
    return [row.split() for line in text.strip().splitlines() for row in line.split("|")]


def _span(start: datetime, end: datetime | None) -> str:
    """A range as Postgres reads it: the start included, the end not; no end if None."""
    return f"[{start:%Y-%m-%d %H:%M:%S}+00,{f'{end:%Y-%m-%d %H:%M:%S}+00' if end else ''})"


def _lasting(start: str, seconds: str) -> str:
    """The range of that many seconds from a time."""
    return _span(_utc(start), _utc(start) + timedelta(seconds=int(seconds)))


def _bounds(span: str) -> tuple[datetime, datetime]:
    """Start and end of a closed range of `_span`."""
    start, end = span[1:-1].split(",")
    return _utc(start[:19]), _utc(end[:19])


def _satellite(item: list[str]) -> Row:
    """One satellite of the fleet, named after its mission."""
    satellite_id, launched, mass, replaces, retired, _ = item
    name = next(row[1] for row in MISSIONS if row[0] == satellite_id[:3]) + f" {satellite_id[4:]}"
    gone = None if retired == "-" else date.fromisoformat(retired)
    before = None if replaces == "-" else replaces
    return (satellite_id, satellite_id[:3], name, _when(launched), Decimal(mass), before, gone)


def _flies(item: list[str], at: datetime) -> bool:
    """Whether a satellite of the fleet is in orbit and in service at a time."""
    launched, retired = _when(item[1]), _when(item[4])
    return launched is not None and launched < at and (retired is None or at < retired)


def _moment(rng: random.Random) -> datetime:
    """A time in the last two and a half years, most often in the last weeks."""
    days = rng.random() * 30 if rng.random() < 0.55 else 870 * rng.random() ** 1.4
    return (NOW - timedelta(days=days)).replace(microsecond=0)


def _picked(rng: random.Random, at: datetime) -> str:
    """A satellite that flies at that time."""
    flying = [item for item in FLEET if item[5] != "0" and _flies(item, at)]
    return rng.choices(flying, [int(item[5]) for item in flying])[0][0]


def _passes(rng: random.Random, count: int) -> list[Row]:
    """Passes of 4 to 15 minutes, the last days ahead; some come in pairs that overlap at one station."""
    drawn: list[tuple[datetime, str, str]] = []
    while len(drawn) < count:
        at = NOW + timedelta(seconds=rng.randrange(600, 500_000)) if rng.random() < 0.07 else _moment(rng)
        station = rng.choices(STATIONS, [item[6] for item in STATIONS])[0][0]
        drawn.append((at, _picked(rng, min(at, NOW)), station))
        if rng.random() < 0.13:
            close = at + timedelta(seconds=rng.randrange(60, 900))
            drawn.append((close, _picked(rng, min(close, NOW)), station))
    drawn[:4] = [
        (_utc("2026-05-12 06:24:10"), "AUR-3", "SVA"), (_utc("2026-05-12 06:27:45"), "TEM-2", "KIR"),
        (_utc("2026-05-10 07:41:20"), "COR-4", "AWA"), (NOW - timedelta(seconds=250), "AUR-2", "KIR"),
    ]  # fmt: skip
    found: list[Row] = []
    dishes = {item[0]: len([dish for dish in item[7].split() if dish[-1] != "-"]) for item in STATIONS}
    for at, satellite_id, station in sorted(drawn):
        long = timedelta(seconds=int(min(900, max(240, rng.gauss(590, 150)))))
        ahead = at > NOW
        status = rng.choices(("planned",) if ahead else ("tracked", "missed"), (1,) if ahead else (92, 8))[0]
        status = "cancelled" if rng.random() < 0.07 else status
        dish = None if status in {"planned", "cancelled"} and rng.random() < 0.4 else rng.randrange(dishes[station]) + 1
        height = Decimal(rng.randrange(50, 899)) / 10 if rng.random() < 0.94 else None
        found.append((len(found) + 1, satellite_id, station, dish, _span(at, at + long), height, status))
    return found


def _contacts(rng: random.Random, passes: list[Row]) -> list[Row]:
    """One contact for most tracked passes, two where the link broke, none for a few."""
    found: list[Row] = []
    for row in passes:
        if row[6] != "tracked":
            continue
        start, end = _bounds(row[4])
        number = rng.choices((0, 1, 2), (5, 86, 9))[0]
        part = (end - start) / max(1, number)
        for n in range(number):
            begin = start + n * part + timedelta(seconds=rng.randrange(5, 60))
            finish = start + (n + 1) * part - timedelta(seconds=rng.randrange(1, 50))
            volume = Decimal(int(rng.lognormvariate(7.8, 0.9))) / 2 if rng.random() < 0.92 else None
            secret = rng.choices((True, False, None), (60, 31, 9))[0]
            lost = None if finish > NOW or rng.random() < 0.03 else finish.replace(microsecond=0)
            key = str(uuid.UUID(int=rng.getrandbits(128), version=4))
            found.append((key, row[0], begin.replace(microsecond=0), lost, volume, secret))
    return found


def _commands(rng: random.Random, tables: dict[str, list[Row]], craft: dict[int, str]) -> list[Row]:
    """Up to four commands a contact, some timed to a burn, and a few queued ones that have not been sent."""
    found: list[Row] = []
    for key, pass_id, acquired, lost, _, _ in tables["contacts"]:
        for _ in range(rng.choices((0, 1, 2, 4), (34, 36, 22, 8))[0]):
            end = lost or acquired + timedelta(seconds=120)
            sent = acquired + timedelta(seconds=rng.randrange(max(1, int((end - acquired).total_seconds()))))
            verdict = rng.choices((True, False, None), (86, 9, 5))[0]
            wait = timedelta(seconds=rng.randrange(1, 20) if rng.random() < 0.7 else rng.randrange(60, 14_000))
            done = sent + wait if verdict and sent + wait < NOW else None
            word = rng.choices(MNEMONICS, range(len(MNEMONICS), 0, -1))[0]
            found.append((len(found) + 1, craft[pass_id], key, word, sent, done, verdict))
    for burn in tables["manoeuvres"]:
        start, end = _bounds(burn[3])
        if end < NOW and rng.random() < 0.12:
            done = start + timedelta(seconds=rng.randrange(int((end - start).total_seconds())))
            found.append((len(found) + 1, burn[1], None, "SET_ATT", start - timedelta(hours=5), done, True))
    for _ in range(max(4, len(found) // 60)):
        found.append((len(found) + 1, _picked(rng, NOW), None, rng.choice(MNEMONICS[2:]), None, None, None))
    return found


def _telemetry(rng: random.Random, count: int) -> list[Row]:
    """Bursts of samples ten minutes apart; a fault stays on for a few samples."""
    found: dict[tuple[str, datetime], Row] = {}
    heard = [item[0] for item in FLEET if item[5] != "0" and _flies(item, NOW)]  # each of them in the last hours
    while heard or len(found) < count:
        at = _moment(rng).replace(second=0)
        satellite_id = _picked(rng, at)
        if heard:
            satellite_id, at = heard.pop(), NOW - timedelta(minutes=rng.randrange(5, 90))
        mode = rng.choices(("nominal", "eclipse", "safe"), (60, 33, 7))[0]
        volts, degrees = rng.gauss(29.2, 1.6), rng.gauss(14, 9)
        faults = 1 if mode == "safe" else 0
        if rng.random() < 0.35:
            faults |= 1 << rng.choices(range(1, 8), (3, 1, 4, 1, 4, 2, 3))[0]
        for n in range(rng.randrange(2, 9)):
            volts, degrees = volts + rng.gauss(-0.1, 0.4), degrees + rng.gauss(0, 3.2)
            faults = faults & 1 if rng.random() < 0.2 else faults
            battery = Decimal(f"{min(33.6, max(23.1, volts)):.2f}") if rng.random() < 0.95 else None
            heat = Decimal(f"{degrees:.1f}") if rng.random() < 0.93 else None
            stamp = at + n * timedelta(minutes=10)
            if stamp <= NOW:
                found[satellite_id, stamp] = (satellite_id, stamp, mode, battery, heat, f"{faults:08b}")
    return [found[key] for key in sorted(found)]


def _anomalies(rng: random.Random, count: int) -> list[Row]:
    """Anomalies in order of time; a quarter follow from an earlier one of the same satellite."""
    drawn = sorted(NOW - timedelta(seconds=int(75_000_000 * rng.random() ** 1.2)) for _ in range(count))
    found: list[Row] = []
    for number, at in enumerate(drawn, start=1):
        satellite_id = _picked(rng, at)
        earlier = [row[0] for row in found if row[1] == satellite_id]
        cause = rng.choice(earlier[-3:]) if earlier and rng.random() < 0.38 else None
        part = rng.choices(("power", "thermal", "attitude", "payload", "radio"), (24, 12, 20, 30, 14))[0]
        grade = rng.choices(("minor", "major", "critical"), (58, 30, 12))[0]
        closed = at + timedelta(seconds=int(rng.expovariate(1 / 1_400_000)) + 600)
        again = rng.choices((True, False, None), (30, 30, 40))[0]
        still = closed > NOW or rng.random() < 0.06
        found.append((number, satellite_id, cause, part, grade, at, None if still else closed, again))
    return found


def _manoeuvres(rng: random.Random, count: int) -> list[Row]:
    """Burns of a few seconds to an hour; those of the coming days are not assessed."""
    found: list[Row] = []
    for number in range(1, count + 1):
        ahead = rng.random() < 0.08
        at = NOW + timedelta(seconds=rng.randrange(9_000, 900_000)) if ahead else _moment(rng)
        aim = rng.choices(("station_keeping", "avoidance", "orbit_raising", "disposal"), (55, 25, 15, 5))[0]
        long = timedelta(seconds=30 * rng.randrange(1, 40) if rng.random() < 0.8 else 60 * rng.randrange(20, 60))
        push = Decimal(int(rng.expovariate(1 / 90)) + 2) / 100 if not ahead and rng.random() < 0.92 else None
        fine = None if ahead else rng.choices((True, False, None), (84, 10, 6))[0]
        found.append((number, _picked(rng, min(at, NOW)), aim, _span(at, at + long), push, fine))
    return found


def _maintenance(rng: random.Random, count: int) -> list[Row]:
    """Hours to days of work on one dish or the whole station; a few have no end in sight."""
    found: list[Row] = []
    for number in range(1, count + 1):
        item = rng.choices(STATIONS, [entry[6] for entry in STATIONS])[0]
        at = _moment(rng).replace(second=0, minute=30 * rng.randrange(2))
        if rng.random() < 0.12:
            at = NOW.replace(minute=0) + timedelta(hours=rng.randrange(4, 300))
        dish = rng.randrange(len(item[7].split())) + 1 if rng.random() < 0.75 else None
        endless = dish is not None and NOW - timedelta(days=40) < at and rng.random() < 0.12
        end = None if endless else at + timedelta(hours=rng.choice((2, 4, 8, 24, 48) if dish else (1, 2, 4)))
        note = rng.choice(NOTES) if rng.random() < 0.7 else None
        known = rng.choices((True, False, None), (60, 28, 12))[0]
        found.append((number, item[0], dish, _span(at, end), known, note))
    return found


def _directed(tables: dict[str, list[Row]], instance: int) -> None:
    """Add rows on which near-miss queries differ; the two first small instances differ in what is absent."""
    absent = "SET_ATT" if instance == 2 else "HTR_ON"
    tables["commands"][:] = [(*r[:3], "PING" if r[3] == absent else r[3], *r[4:]) for r in tables["commands"]]
    tables["missions"] += [("LON", "aurora", "Lone Star", "relay", None)]
    tables["missions"] += [("PAI", "Pair", "Polar Institute", "weather", TODAY)]
    tables["satellites"] += [  # namesakes, equal masses, boundary masses, chains of replacement, nothing attached
        ("PAI-1", "PAI", "Aurora 2", _when("2024-12-31 23:59:59"), Decimal(800), "AUR-3", None),
        ("PAI-2", "PAI", "Aurora 2", _when("2025-01-01 00:00:00"), Decimal(801), "PAI-1", None),
        ("PAI-5", "PAI", "Pair 5", _when("2026-01-01 00:00:00"), Decimal(803), None, None),
        ("PAI-3", "PAI", "pair 3", None, Decimal(800), "PAI-2", TODAY),
        ("PAI-4", "PAI", "Pair 4", _when("2026-05-19 13:20:00"), Decimal(800), None, None),
        ("LON-1", "LON", "Lone 1", _when("2026-05-12 13:20:00"), Decimal(96), None, date(2026, 5, 18)),
    ]
    tables["ground_stations"] += [
        ("EMP", "Empty Bay", "Norway", "Asia/Kathmandu", TODAY, None),
        ("NEW", "New Kiruna", "Sweden", "Pacific/Kiritimati", date(2025, 12, 31), False),
        ("VOI", "Void Ridge", "Norway", "UTC", TODAY, False),
        ("OLD", "kiruna", "Finland", "Etc/UTC", date(1990, 3, 15), True),
    ]
    tables["antennas"] += [
        ("NEW", 1, Decimal(7), "101", True), ("NEW", 2, Decimal(12), "010", True), ("NEW", 3, Decimal(12), "111", None),
        ("OLD", 1, Decimal("12.1"), "000", True), ("OLD", 2, Decimal("6.9"), "001", True),
        ("OLD", 3, Decimal("3.0"), "011", False),
    ]  # fmt: skip
    _directed_passes(tables)
    _directed_samples(tables)
    _directed_events(tables)
    _eight(tables["anomalies"])
    if instance == 3:  # a severity of which nothing has been closed
        grave = tables["anomalies"]
        grave[:] = [(*row[:6], None, row[7]) if row[4] == "critical" else row for row in grave]


def _eight(anomalies: list[Row]) -> None:
    """Make it exactly eight attitude anomalies, at the cost of or in favour of the payload's."""
    lacking = 8 - sum(row[3] == "attitude" for row in anomalies)
    old, new = ("payload", "attitude") if lacking > 0 else ("attitude", "payload")
    places = [place for place, row in enumerate(anomalies) if row[3] == old and row[0] < 9000]
    for place in places[: abs(lacking)]:
        anomalies[place] = (*anomalies[place][:3], new, *anomalies[place][4:])


def _directed_passes(tables: dict[str, list[Row]]) -> None:
    """Windows that touch, nest and tie, on local and UTC midnights, around now and at the ends of months."""
    seen = """
        PAI-1 NEW 1 05-12T06:30 600 45 tracked | PAI-2 NEW 1 05-12T06:20 600 45 tracked
        PAI-1 NEW 1 05-12T06:39:59 601 90 missed | PAI-2 NEW 2 05-12T06:30 600 - cancelled
        PAI-2 NEW - 05-12T06:32 240 10 tracked | HEL-1 KIR 1 04-30T21:59:59 600 10 tracked
        HEL-1 KIR 1 04-30T22:00 600 30 tracked | HEL-2 AWA 1 05-01T11:59:59 600 60 tracked
        HEL-1 AWA 2 05-01T12:00 900 59.9 missed | HEL-2 FAI 2 05-01T07:59:59 301 5 missed
        HEL-1 FAI 1 05-01T08:00 300 29.9 tracked | TEM-2 OLD 1 05-10T05:50 600 20 tracked
        TEM-2 OLD 1 05-10T05:55 301 20 tracked | TEM-3 OLD 2 05-10T09:00 600 20 tracked
        TEM-3 OLD 2 05-10T08:59:59 601 20 cancelled | AUR-2 OLD 1 05-17T23:50 1200 20 tracked
        AUR-3 OLD 2 05-18T00:00 600 20 tracked | AUR-3 OLD 2 05-18T23:55 600 20 planned
        AUR-3 SVA 1 05-03T00:00 600 20 tracked | AUR-3 SVA 1 05-03T12:10 600 20 tracked
        AUR-3 SVA 1 05-04T00:20:01 599 20 tracked | PAI-4 KIR - 05-19T13:20 600 70 planned
        PAI-4 SVA 2 05-19T13:20:01 599 70 planned | PAI-4 KIR 1 05-19T13:20:01 299 70 planned
        PAI-4 KIR 2 05-20T00:00 300 70 cancelled | COR-1 SMA 1 05-06T00:00 600 70 missed
        COR-1 SMA 1 05-05T23:59:59 600 70 missed | COR-1 SMA 1 05-19T00:00 600 - missed
        LON-1 EMP - 05-18T12:00 600 70 tracked | AUR-3 SVA 1 04-30T05:00 600 20 tracked
        AUR-3 SVA 1 05-01T00:00 600 20 tracked | AUR-3 SVA 1 05-01T12:30 600 20 tracked
        AUR-3 SVA 1 05-02T06:00 600 20 cancelled | AUR-3 SVA 1 06-01T00:00 600 20 planned
        COR-1 SMA - 05-08T10:00 600 20 missed | COR-1 SMA 1 01-01T00:00 600 20 missed
        COR-1 SMA 1 01-01T12:00 600 20 missed | COR-1 SMA 1 2025-12-31T23:59:59 601 20 missed
        PAI-5 OLD 1 05-15T10:00 600 20 tracked | PAI-5 OLD 1 05-16T10:00 600 20 tracked
        HEL-1 AWA 1 04-01T00:00 600 20 tracked | HEL-1 AWA 1 03-31T23:50 1200 20 tracked
        GLA-2 TRL 1 05-19T13:21 600 20 cancelled | GLA-2 TRL 1 05-22T00:00 600 20 planned
        GLA-2 SVA 1 05-20T00:00 600 20 planned | AUR-2 OLD 1 05-18T05:00 600 20 tracked
        PAI-2 NEW 1 03-25T00:00 600 20 tracked | PAI-2 NEW 2 05-30T10:00 600 20 cancelled
    """  # satellite, station, dish, rise, seconds in view, degrees, status
    tables["passes"] += [
        (n, craft, station, None if dish == "-" else int(dish), _lasting(start, seconds), _number(high), status)
        for n, (craft, station, dish, start, seconds, high, status) in enumerate(_cells(seen), start=9001)
    ]
    _directed_contacts(tables)


def _directed_contacts(tables: dict[str, list[Row]]) -> None:
    """Contacts with equal and missing volumes, exact silences and local hours; commands with every verdict."""
    made = """
        9001 05-12T06:30 05-12T06:40 500.0 yes | 9001 05-14T06:40 05-14T06:45 500.0 - | 9002 05-12T06:20 - - yes
        9002 05-12T06:25 05-12T06:29 - yes | 9006 04-30T22:00 04-30T22:05 0.0 no | 9007 05-01T00:00 05-01T00:00 700.0 no
        9008 05-01T11:59:59 05-01T12:09:59 700.0 yes | 9011 05-01T14:00 05-01T14:05 - -
        9011 05-01T13:59:59 05-01T14:05 100.0 yes | 9012 05-10T05:59:59 05-10T06:00 250.0 no
        9013 05-10T06:00 05-10T11:59:59 250.0 yes | 9014 05-10T12:00 05-10T12:10 250.0 yes
        9016 05-18T00:00 05-18T00:10 250.0 - | 9029 05-12T13:20 05-12T13:25 - yes
        9001 05-18T06:45:01 05-18T06:50 5.0 yes | 9039 05-15T10:00 05-15T10:05 400.0 yes
        9040 05-16T10:00 05-16T10:05 0.0 no | 9041 04-01T00:00 04-01T00:05 10.0 no
        9042 03-31T23:59:59 04-01T00:05 10.0 no | 9041 04-06T00:05 - 10.0 no | 9047 03-25T00:00 - 1.0 yes
        9047 04-01T00:00 - 1.0 yes | 9047 04-03T00:00 - 1.0 yes | 9047 04-04T23:59:59 - 1.0 yes
        9047 05-01T00:00 - 1.0 yes
    """  # pass, acquired, lost, megabytes, encrypted
    keys = [str(uuid.UUID(int=(9 << 124) + n, version=4)) for n, _ in enumerate(_cells(made))]
    tables["contacts"] += [
        (key, int(pass_id), _utc(start), _when(end), _number(size), FLAGS[secret])
        for key, (pass_id, start, end, size, secret) in zip(keys, _cells(made), strict=True)
    ]
    said = """
        PAI-1 0 PL_ON 05-12T06:30 05-12T06:35 yes | PAI-1 0 PL_ON 05-12T06:31 05-12T06:40 yes
        PAI-1 0 RST_OBC 05-12T06:32 - no | PAI-1 0 RST_OBC 05-12T06:32 - no | PAI-2 2 PING 05-12T06:21 - -
        PAI-2 - ONLY_ME 05-11T23:59:59 05-12T00:00 yes | HEL-1 4 ONLY_ME 04-30T22:01 05-01T00:00 yes
        PAI-4 - NEVER_SENT - - - | HEL-1 7 TX_ON 05-01T14:00:30 05-01T14:00:30 yes
        HEL-1 8 TX_ON 05-01T14:00:30 05-01T14:30:30 yes | COR-2 - DUMP_MEM 05-19T13:20 - -
        COR-2 - DUMP_MEM 05-18T13:20 - no | COR-2 - SELF_DESTRUCT 05-18T13:20 - -
        HEL-1 17 PING 05-01T00:00:01 05-01T00:00:01 yes
    """  # satellite, place of the contact above, mnemonic, sent, executed, accepted
    tables["commands"] += [
        (n, craft, None if link == "-" else keys[int(link)], word, _when(sent), _when(done), FLAGS[verdict])
        for n, (craft, link, word, sent, done, verdict) in enumerate(_cells(said), start=9001)
    ]


def _directed_samples(tables: dict[str, list[Row]]) -> None:
    """Telemetry on the thresholds, with falls of exactly 8 degrees, returning flags and latest samples with faults."""
    read = """
        PAI-1 05-19T13:20 eclipse 26.00 2.0 00000000 | PAI-1 05-19T13:10 safe 25.99 10.0 10000001
        PAI-1 05-19T13:00 nominal 30.00 18.1 10000001 | PAI-1 05-19T12:50 nominal 29.99 26.1 00000000
        PAI-2 05-18T23:59:59 eclipse 33.60 26.1 00000101 | PAI-2 05-19T00:00 safe - - 00000001
        PAI-2 05-19T00:10 nominal 33.90 -60.0 01000000 | LON-1 05-12T13:20 safe - - 10000000
        AUR-3 05-19T13:19 nominal 28.00 5.0 00000000 | AUR-3 05-19T13:20 nominal 28.00 -3.0 00100100
        AUR-3 2024-01-01T00:00 nominal 27.50 80.0 00000010
    """  # satellite, time, mode, volts, degrees, flags
    made: list[Row] = [
        (craft, _utc(at), mode, _number(volts), _number(heat), flags)
        for craft, at, mode, volts, heat, flags in _cells(read)
    ]
    taken = {row[:2] for row in made}  # a drawn sample may lie at the very instant of one of these
    tables["telemetry"][:] = [row for row in tables["telemetry"] if row[:2] not in taken] + made


def _directed_events(tables: dict[str, list[Row]]) -> None:
    """Chains of anomalies that begin and end on the edges of months, and burns that tie or touch a pass."""
    raised = """
        PAI-1 - radio critical 2024-12-31T23:59:59 - - | PAI-1 9001 radio major 2025-01-01T00:00 2025-01-31T00:00 yes
        PAI-1 9002 thermal minor 2025-12-31T23:59:59 - no | PAI-2 9003 thermal critical 01-01T00:00 01-02T00:00 -
        PAI-1 9001 radio critical 05-19T13:20 - no | PAI-2 - radio critical 05-18T23:59:59 - yes
        LON-1 - power major 05-12T13:20 05-19T13:20 - | COR-3 - power major 2025-06-01T00:00 2025-06-01T01:00 -
        COR-3 9008 power major 2025-05-31T23:59:59 2025-06-01T00:59:59 yes
        PAI-2 9004 payload minor 04-30T23:59:59 05-01T00:00 yes | AUR-1 - attitude critical 2024-06-01T00:00 - -
        GLA-2 - attitude minor 05-18T00:00 - - | PAI-4 - attitude critical 05-19T12:00 05-19T13:00 yes
        HEL-1 - payload minor 04-01T00:00 04-30T12:00 yes | HEL-1 - payload minor 03-31T23:59:59 04-02T12:00 yes
        HEL-1 - payload minor 04-30T23:59:59 05-02T12:00 yes | HEL-1 - payload minor 04-30T23:59:59 - yes
        HEL-1 - payload minor 05-01T00:00 - yes
    """  # satellite, cause, subsystem, severity, raised, closed, reproducible
    tables["anomalies"] += [
        (n, craft, None if cause == "-" else int(cause), part, grade, _utc(at), _when(end), FLAGS[again])
        for n, (craft, cause, part, grade, at, end, again) in enumerate(_cells(raised), start=9001)
    ]
    burns = """
        PAI-1 avoidance 05-12T06:35 300 9.50 yes | PAI-1 avoidance 05-12T06:40 1200 9.50 no
        PAI-1 disposal 04-30T23:59:59 1201 9.50 no | PAI-2 orbit_raising 05-01T00:00 1200 - -
        LON-1 disposal 05-31T23:59:59 1200 - - | TEM-2 avoidance 06-01T00:00 1201 9.40 -
        TEM-2 avoidance 05-31T23:00 1800 9.40 - | PAI-2 disposal 05-12T06:30 30 0.10 -
        HEL-1 avoidance 05-01T14:00:30 1 0.10 yes | AUR-4 avoidance 06-01T00:00 600 - -
        COR-5 avoidance 05-01T00:00 600 - - | PAI-3 avoidance 04-30T12:00 600 1.00 yes
        PAI-5 avoidance 06-01T12:00 600 - - | HEL-1 avoidance 04-01T00:00 600 1.00 yes
        HEL-1 avoidance 04-01T00:00 600 1.00 yes | HEL-1 avoidance 03-31T12:00 43800 1.00 yes
        HEL-1 avoidance 04-30T23:59:59 601 1.00 yes | HEL-1 avoidance 05-01T00:00 600 1.00 yes
    """  # satellite, purpose, start, seconds, delta-v, successful
    tables["manoeuvres"] += [
        (n, craft, aim, _lasting(start, seconds), _number(push), FLAGS[fine])
        for n, (craft, aim, start, seconds, push, fine) in enumerate(_cells(burns), start=9001)
    ]
    _directed_works(tables)


def _directed_works(tables: dict[str, list[Row]]) -> None:
    """Maintenance that touches a pass, has just begun or ended, or goes on without an end."""
    works: list[tuple[str, int | None, str, str | None, bool | None, str | None]] = [
        ("NEW", 1, "05-12 06:40", "05-12 06:50", True, "RADOME paint"),
        ("NEW", None, "05-12 06:36", "05-12 06:39", False, None),
        ("OLD", 2, "05-10 06:00", "05-10 08:59:59", None, "new radome"),
        ("OLD", None, "05-19 13:20", "05-19 15:20", True, "Feed replaced"),
        ("OLD", 1, "05-19 11:20", "05-19 13:20", True, "gearbox oil"),
        ("AWA", 2, "05-18 23:59:59", None, False, None), ("NEW", 2, "05-19 00:00", None, False, None),
        ("NEW", 3, "05-19 13:20:01", None, None, "not yet"), ("EMP", None, "05-01 00:00", None, True, "Radome"),
        ("NEW", 1, "05-19 13:20", None, None, None), ("NEW", 2, "05-19 01:00", None, False, None),
    ]  # fmt: skip
    tables["maintenance"] += [
        (9001 + n, station, dish, _span(_utc(start), _when(end)), known, note)
        for n, (station, dish, start, end, known, note) in enumerate(works)
    ]
