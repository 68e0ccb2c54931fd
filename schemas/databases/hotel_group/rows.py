"""Rows of the hotel group: a dense first instance, and small ones that tell near-miss queries apart.

Everything is drawn from one `random.Random` seeded by (seed, instance). Instance 1 is what a working system looks
like; the others draw from the same pools of names and values and add the directed rows of `_directed`: ties,
duplicates, NULLs, empty groups and boundary dates.
"""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from faker import Faker

Row = tuple[Any, ...]

TODAY = date(2025, 3, 14)
NOW = datetime(2025, 3, 14, 9, 30, tzinfo=UTC)
FIRST = date(2022, 9, 1)

# name, city, country, stars, opened_on, has_pool, weight of its demand
HOTELS: list[tuple[str, str, str, int, date, bool, int]] = [
    ("Harbour View", "Lisbon", "Portugal", 4, date(1998, 5, 1), True, 9),
    ("Casa do Largo", "Lisbon", "Portugal", 3, date(2009, 3, 15), False, 6),
    ("Hotel Mirador", "Barcelona", "Spain", 5, date(2004, 6, 1), True, 8),
    ("Plaza Norte", "Bilbao", "Spain", 3, date(2012, 9, 10), False, 4),
    ("Villa Rosa", "Nice", "France", 4, date(1987, 4, 1), True, 6),
    ("Le Petit Quai", "Lyon", "France", 3, date(2016, 11, 20), False, 5),
    ("Alpenblick", "Innsbruck", "Austria", 4, date(2001, 12, 1), True, 5),
    ("Donau Palais", "Vienna", "Austria", 5, date(1995, 2, 14), False, 7),
    ("Ribeira Loft", "Porto", "Portugal", 4, date(2025, 2, 1), True, 0),
]
TYPES: list[tuple[str, str, int, int]] = [
    ("sgl", "Single", 1, 1),
    ("dbl", "Double", 1, 2),
    ("twn", "Twin", 2, 2),
    ("fam", "Family", 3, 5),
    ("ste", "Suite", 2, 4),
]
BASE_RATE = {"sgl": 70, "dbl": 100, "twn": 95, "fam": 145, "ste": 240}
COUNTRIES = ["Germany", "France", "Spain", "Portugal", "Austria", "Italy", "Ireland", "Sweden", "Japan"]
COUNTRY_WEIGHTS = [22, 18, 16, 13, 9, 9, 6, 4, 3]
COMPANIES = ["Nordwind AG", "Lumen Films", "Kessler Pharma", "Atlas Bau", "Oliva Foods"]
COMMENTS = [
    "Lovely breakfast and friendly desk",
    "Noisy street at night",
    "Great pool, small towels",
    "Room was not clean",
    "Perfect location, will come back",
    "Breakfast was cold",
    "Too expensive for what it is",
    "Quiet room, excellent bed",
    "Wifi kept dropping",
    "The spa is wonderful",
]
SEASONS = [("low", 1, 1, 80), ("mid", 4, 1, 100), ("high", 7, 1, 140), ("mid", 10, 1, 105)]


def rows(seed: int, instance: int) -> dict[str, list[Row]]:
    """Rows of every table, parents first; deterministic in (seed, instance)."""
    rng = random.Random(f"hotel_group:{seed}:{instance}")
    big = instance == 1
    tables: dict[str, list[Row]] = {
        "hotel": [(i, *hotel[:6]) for i, hotel in enumerate(HOTELS, start=1)],
        "room_type": list(TYPES),
        "room": _rooms(rng, 8 if big else 4),
    }
    tables["season_rate"] = _season_rates(rng, tables["room"], range(2022, 2026) if big else range(2024, 2026))
    tables["guest"] = _guests(rng, 360 if big else 70)
    tables["stay"] = _stays(rng, tables, 950 if big else 120)
    tables["folio"], tables["folio_line"] = _bills(rng, tables["stay"])
    tables["review"] = _reviews(rng, tables["stay"])
    tables["staff"] = _staff(rng, 7 if big else 3)
    if not big:
        _directed(tables, instance)
    return tables


def _rooms(rng: random.Random, most: int) -> list[Row]:
    """Rooms of every hotel; the last hotel has rooms but no stays yet, and no single rooms."""
    found: list[Row] = []
    for hotel_id, hotel in enumerate(HOTELS, start=1):
        count = most if hotel[6] > 5 else most - 2
        for number in range(count):
            floor = 1 + number // 3
            code = ("dbl", "sgl", "ste", "twn", "fam", "dbl", "dbl", "twn")[number % 8]
            code = "dbl" if hotel[6] == 0 and code == "sgl" else code
            size = Decimal(rng.randrange(24, 60) + (20 if code in {"fam", "ste"} else 0)) / 2 + 6
            measured = rng.random() < 0.85
            found.append((hotel_id, f"{floor}{number % 3 + 1:02d}", code, floor, size if measured else None))
    return found


def _season_rates(rng: random.Random, rooms: list[Row], years: range) -> list[Row]:
    """Four seasons a year for each kind of room that a hotel has; the newest hotel only from its opening year on."""
    found: list[Row] = []
    for hotel_id, code in sorted({(room[0], room[2]) for room in rooms}):
        stars = HOTELS[hotel_id - 1][3]
        for year in years:
            if year < HOTELS[hotel_id - 1][4].year:
                continue
            for index, (season, month, day, percent) in enumerate(SEASONS):
                start = date(year, month, day)
                following = date(year + 1, 1, 1) if index == 3 else date(year, SEASONS[index + 1][1], 1)
                rate = BASE_RATE[code] * percent * (70 + 10 * stars) * (100 + 4 * (year - 2022)) // 1_000_000
                price = Decimal(rate + rng.choice((0, 0, 5, -5)))
                found.append((hotel_id, code, start, following - timedelta(days=1), season, price))
    return found


def _guests(rng: random.Random, count: int) -> list[Row]:
    """Guests whose names come from one pool, so that small instances know the names of the first guests too."""
    faker = Faker(["de_DE", "fr_FR", "es_ES", "pt_PT", "en_IE"])
    faker.seed_instance("hotel_group:names")
    found: list[Row] = []
    for number in range(1, count + 1):
        name = f"{faker.first_name()} {faker.last_name()}"
        country = rng.choices(COUNTRIES, COUNTRY_WEIGHTS)[0]
        host = rng.choice(("gmail.com", "gmail.com", "posteo.example", "web.example", "outlook.com"))
        email = f"guest{number}@{host}" if rng.random() < 0.8 else None
        born = date(1940, 1, 1) + timedelta(days=rng.randrange(65 * 365))
        tier = rng.choices([None, "silver", "gold", "platinum"], [55, 25, 14, 6])[0]
        found.append((number, name, email, country, born if rng.random() < 0.75 else None, tier))
    return found


def _stays(rng: random.Random, tables: dict[str, list[Row]], count: int) -> list[Row]:
    """Stays without clashes in a room, but for a few overbookings; more in summer, and some beyond today."""
    rooms: dict[int, list[Row]] = {}
    for room in tables["room"]:
        rooms.setdefault(room[0], []).append(room)
    hotel_ids = range(1, len(HOTELS) + 1)
    weights = [hotel[6] for hotel in HOTELS]
    guests = [guest[0] for guest in tables["guest"]]
    regulars = guests[: len(guests) // 6]
    taken: dict[tuple[int, str], list[tuple[date, date]]] = {}
    found: list[Row] = []
    span = (TODAY - FIRST).days + 75
    while len(found) < count:
        hotel_id = rng.choices(hotel_ids, weights)[0]
        room = rng.choice(rooms[hotel_id])
        # a third of all stays fall into the last half year, so that recent months are well filled
        back = rng.randrange(span) if rng.random() < 0.67 else rng.randrange(250)
        start = TODAY + timedelta(days=74 - back)
        if start.month not in {6, 7, 8, 12} and rng.random() < 0.3:
            continue
        end = start + timedelta(days=rng.choices((1, 2, 3, 4, 5, 7, 10, 14), (22, 24, 18, 12, 8, 10, 4, 2))[0])
        spans = taken.setdefault((hotel_id, room[1]), [])
        clash = any(start < other_end and other_start < end for other_start, other_end in spans)
        if clash and rng.random() < 0.8:
            continue
        guest_id = rng.choice(regulars) if rng.random() < 0.45 else rng.choice(guests[: -len(guests) // 8])
        stay = _stay(rng, len(found) + 1, room, guest_id, (start, end))
        if stay[5] in {"done", "in_house", "booked"}:
            spans.append((start, end))
        found.append(stay)
    return found


def _stay(rng: random.Random, stay_id: int, room: Row, guest_id: int, span: tuple[date, date]) -> Row:
    """One stay: its status follows from its dates, its price from room, hotel and season."""
    start, end = span
    channel = rng.choices(("web", "phone", "agency", "walk_in"), (55, 15, 24, 6))[0]
    lead = 0 if channel == "walk_in" else int(rng.expovariate(1 / 25))
    booked_day = min(start - timedelta(days=lead), TODAY - timedelta(days=1 + lead % 9))
    if start <= TODAY and channel == "walk_in":
        booked_day = start
    booked_at = datetime.combine(booked_day, time(rng.randrange(6, 23), rng.randrange(60)), UTC)
    live = "done" if end <= TODAY else "in_house" if start <= TODAY else "booked"
    status = live
    if channel != "walk_in":
        odds = (84, 12, 4) if start < TODAY else (92, 8, 0)
        status = rng.choices((live, "cancelled", "no_show"), odds)[0]
    room_no = room[1] if status in {"done", "in_house"} or rng.random() < 0.4 else None
    percent = 140 if start.month in {7, 8, 9} else 80 if start.month < 4 else 100
    rate = Decimal(BASE_RATE[room[2]] * percent * (70 + 10 * HOTELS[room[0] - 1][3]) // 10_000)
    rate += Decimal(rng.choice((0, 0, 0, -10, 5, 12)))
    return (stay_id, room[0], room_no, guest_id, channel, status, min(booked_at, NOW), start, end, rate)


def _bills(rng: random.Random, stays: list[Row]) -> tuple[list[Row], list[Row]]:
    """A folio for most stays that took place, with its lines; recent ones may still be open."""
    folios: list[Row] = []
    lines: list[Row] = []
    for stay in stays:
        stay_id, status, start, end, rate = stay[0], stay[5], stay[7], stay[8], stay[9]
        if status not in {"done", "in_house"} or rng.random() < 0.06:
            continue
        folio_id = 1000 + len(folios) + 1
        issued = min(end, TODAY)
        company = rng.choices(COMPANIES, (9, 6, 4, 3, 2))[0] if rng.random() < 0.28 else None
        wait = int(rng.expovariate(1 / 20)) if company else rng.choice((0, 0, 0, 0, 1))
        settled: date | None = issued + timedelta(days=wait)
        if status == "in_house" or issued + timedelta(days=wait) > TODAY or rng.random() < 0.05:
            settled = None
        method = None if settled is None else "transfer" if company else rng.choices(("card", "cash"), (80, 20))[0]
        folios.append((folio_id, stay_id, issued, settled, method, company))
        charges = [("room", issued, (end - start).days * rate)] if status == "done" else []
        charges += _extras(rng, start, issued)
        lines += [(folio_id, n, day, item, amount) for n, (item, day, amount) in enumerate(charges, start=1)]
    return folios, lines


def _extras(rng: random.Random, start: date, end: date) -> list[tuple[str, date, Decimal]]:
    """Nought to three charges beside the room, within the stay."""
    found: list[tuple[str, date, Decimal]] = []
    for _ in range(rng.choices((0, 1, 2, 3), (40, 35, 18, 7))[0]):
        item = rng.choices(("food", "bar", "spa", "parking", "refund"), (40, 27, 12, 16, 5))[0]
        day = start + timedelta(days=rng.randrange((end - start).days + 1))
        cents = {"food": 1400, "bar": 600, "spa": 4500, "parking": 1500, "refund": 2000}[item]
        amount = Decimal(rng.randrange(cents, cents * 5)) / 100
        found.append((item, day, -amount if item == "refund" else amount))
    return found


def _reviews(rng: random.Random, stays: list[Row]) -> list[Row]:
    """Reviews of about two finished stays in five; better hotels score better, comments are rare."""
    found: list[Row] = []
    for stay in stays:
        if stay[5] != "done" or rng.random() > 0.42:
            continue
        bonus = HOTELS[stay[1] - 1][3] - 3
        score = max(1, min(10, round(rng.gauss(7 + bonus / 2, 1.8))))
        posted = min(stay[8] + timedelta(days=rng.randrange(12)), TODAY)
        comment = rng.choice(COMMENTS) if rng.random() < 0.55 else None
        found.append((len(found) + 1, stay[0], posted, score, comment))
    return found


def _staff(rng: random.Random, each: int) -> list[Row]:
    """A manager and a team at every hotel but the newest."""
    faker = Faker(["pt_PT", "es_ES", "fr_FR", "de_AT"])
    faker.seed_instance("hotel_group:staff")
    found: list[Row] = []
    for hotel_id in range(1, len(HOTELS)):
        boss: int | None = None
        for number in range(each + (1 if HOTELS[hotel_id - 1][6] > 6 else 0)):
            job = ("manager", "desk", "cleaning", "kitchen", "cleaning", "desk", "kitchen", "cleaning")[number % 8]
            pay = {"manager": 52, "desk": 29, "cleaning": 24, "kitchen": 31}[job] * 1000 + rng.randrange(0, 6) * 500
            opened = HOTELS[hotel_id - 1][4]
            first = max(opened, date(2008, 1, 1))
            hired = first + timedelta(days=rng.randrange((TODAY - first).days))
            name = f"{faker.first_name()} {faker.last_name()}"
            found.append((len(found) + 1, hotel_id, name, job, Decimal(pay), hired, boss))
            boss = boss or len(found)
    return found


def _directed(tables: dict[str, list[Row]], instance: int) -> None:
    """Add rows on which near-miss queries differ; the two small instances differ in what is absent."""
    absent = "phone" if instance == 2 else "walk_in"
    tables["stay"][:] = [(*row[:4], "web" if row[4] == absent else row[4], *row[5:]) for row in tables["stay"]]
    hotel_id = len(tables["hotel"]) + 1
    tables["hotel"] += [  # no rooms, no staff, no stays; then a name that differs by case only
        (hotel_id, "Empty House", "Lisbon", "Portugal", 4, TODAY, False),
        (hotel_id + 1, "harbour view annex", "Nice", "France", 5, date(2024, 12, 31), True),
    ]
    tables["room"] += [  # the first hotel gets the only family room, and with it every type
        (1, "301", "fam", 3, None),
        (hotel_id + 1, "101", "ste", 1, None),
        (hotel_id + 1, "102", "dbl", 3, Decimal("50.0")),
    ]
    tables["season_rate"] += [
        (hotel_id + 1, "ste", date(2025, 1, 1), TODAY, "low", Decimal(100)),
        (hotel_id + 1, "ste", TODAY + timedelta(days=1), date(2025, 12, 31), "high", Decimal(200)),
    ]
    guest_id = 9000
    first = tables["guest"][0]
    tables["guest"] += [  # a namesake, one without anything, and round birthdays
        (guest_id, first[1], "namesake@gmail.com", "Sweden", date(1980, 3, 14), "gold"),
        (guest_id + 1, first[1], None, first[3], None, None),
        (guest_id + 2, "Ana O'Neill", "ana@web.example", "Ireland", date(2000, 2, 29), "platinum"),
        (guest_id + 3, "Zoe Alone", None, "Japan", date(2007, 3, 14), None),
        (guest_id + 4, "Uta Doppel", None, "Germany", date(1970, 1, 1), "gold"),
        (guest_id + 5, "Uta Doppel", None, "Germany", date(2000, 1, 1), "gold"),
        (guest_id + 6, "Luc Pareil", None, "France", None, None),
        (guest_id + 7, "Luc Pareil", None, "France", None, None),
    ]
    stays = _directed_stays(hotel_id, guest_id)
    tables["stay"] += stays
    _directed_bills(tables, stays)
    _directed_staff(tables, hotel_id + 1)
    _twins(tables)


def _utc(text: str) -> datetime:
    """The instant that an ISO text names in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _day(text: str) -> date:
    """The day that an ISO text names."""
    return date.fromisoformat(text)


def _directed_staff(tables: dict[str, list[Row]], lone: int) -> None:
    """A hotel with one employee, namesakes with equal pay and boss, a desk clerk without a boss."""
    tables["staff"] += [
        (900, lone, "Solo Manager", "manager", Decimal(50000), date(2024, 12, 31), None),
        (901, 1, tables["staff"][0][2], "desk", Decimal(30000), TODAY - timedelta(days=30), None),
        (902, 1, "Rita Tie", "desk", Decimal(60000), _day("2015-03-14"), 901),
        (903, 1, "Rita Tie", "desk", Decimal(60000), _day("2015-03-14"), 901),
        (904, 2, "Rita Tie", "kitchen", Decimal(30000), TODAY, None),
    ]


def _directed_stays(hotel_id: int, guest_id: int) -> list[Row]:
    """Stays that touch month and year ends, today and 30 days ago; equal prices; overlaps by exactly one night."""
    last = hotel_id + 1
    spans: list[tuple[int, str | None, str, str, datetime, date, date, int]] = [
        (1, "101", "web", "done", _utc("2023-12-31 23:59:59"), _day("2023-12-31"), _day("2024-01-01"), 100),
        (1, "101", "agency", "done", _utc("2024-01-01"), _day("2024-01-01"), _day("2024-01-04"), 100),
        (1, "101", "agency", "done", _utc("2024-02-29"), _day("2024-02-29"), _day("2024-03-01"), 100),
        (2, "101", "web", "done", _utc("2024-03-31 23:59:59"), _day("2024-03-31"), _day("2024-04-07"), 50),
        (3, "101", "web", "done", _utc("2024-07-01"), _day("2024-07-01"), _day("2024-07-08"), 200),
        (3, "101", "agency", "done", _utc("2024-07-06"), _day("2024-07-07"), _day("2024-07-09"), 200),
        (3, "102", "web", "done", _utc("2024-08-31 12:00:00"), _day("2024-08-31"), _day("2024-09-01"), 200),
        (4, "101", "web", "no_show", _utc("2024-12-31 23:59:59"), _day("2024-12-31"), _day("2025-01-02"), 150),
        (4, None, "web", "no_show", _utc("2024-06-30"), _day("2024-06-30"), _day("2024-07-01"), 150),
        (4, None, "web", "no_show", _utc("2024-07-01"), _day("2024-07-01"), _day("2024-07-03"), 150),
        (5, None, "agency", "cancelled", _utc("2025-01-01"), _day("2025-01-31"), _day("2025-02-01"), 150),
        (5, "101", "web", "done", _utc("2025-02-12 09:30:00"), _day("2025-02-12"), _day("2025-02-28"), 100),
        (6, "101", "web", "done", _utc("2025-02-28"), _day("2025-03-01"), TODAY, 100),
        (6, "102", "web", "in_house", _utc("2025-03-14"), TODAY, _day("2025-03-15"), 100),
        (7, None, "web", "booked", NOW, _day("2025-03-15"), _day("2025-03-22"), 120),
        (7, None, "web", "booked", NOW - timedelta(days=30), _day("2025-04-13"), _day("2025-04-16"), 120),
        (8, "101", "agency", "booked", NOW - timedelta(days=1), _day("2025-03-31"), _day("2025-04-01"), 120),
        (last, "101", "web", "in_house", NOW - timedelta(days=2), _day("2025-03-10"), _day("2025-03-17"), 50),
    ]  # fmt: skip
    return [
        (9000 + n, house, room, guest_id if n % 5 == 0 else n, channel, status, booked, start, end, Decimal(rate))
        for n, (house, room, channel, status, booked, start, end, rate) in enumerate(spans, start=1)
    ]


def _directed_bills(tables: dict[str, list[Row]], stays: list[Row]) -> None:
    """Two folios for one stay, one without lines, equal and round amounts, a lone refund, tied scores."""
    yesterday = TODAY - timedelta(days=1)
    tables["folio"] += [
        (9001, stays[0][0], date(2024, 1, 1), date(2024, 1, 1), "cash", None),
        (9002, stays[0][0], date(2024, 1, 1), date(2024, 1, 31), "transfer", COMPANIES[0]),
        (9003, stays[1][0], date(2024, 1, 4), None, None, COMPANIES[1]),
        (9004, stays[4][0], date(2024, 7, 8), date(2024, 7, 8), "card", None),
        (9005, stays[11][0], TODAY - timedelta(days=30), TODAY, "card", None),
        (9006, stays[12][0], TODAY, None, None, COMPANIES[0]),
        (9007, stays[13][0], yesterday, None, None, None),
        (9008, stays[11][0], TODAY - timedelta(days=30), None, None, "Zeta Neu"),
    ]
    hundred, fifty = Decimal(100), Decimal(50)
    tables["folio_line"] += [
        (9001, 1, date(2023, 12, 31), "room", hundred),
        (9001, 2, date(2023, 12, 31), "bar", fifty),
        (9002, 1, date(2024, 1, 1), "spa", hundred),
        (9002, 2, date(2024, 1, 1), "refund", -hundred),
        (9003, 1, date(2024, 1, 31), "room", Decimal(300)),
        (9004, 1, date(2024, 7, 1), "room", Decimal(1400)),
        (9004, 2, date(2024, 7, 2), "food", fifty),
        (9004, 3, date(2024, 7, 2), "food", fifty),
        (9005, 1, TODAY - timedelta(days=30), "parking", Decimal(3)),
        (9006, 1, TODAY, "refund", -fifty),
        (9006, 2, _day("2025-03-01"), "food", Decimal(20)),
    ]
    tables["review"] += [
        (9001, stays[0][0], date(2024, 1, 1), 10, None),
        (9002, stays[0][0], date(2024, 1, 31), 1, "Noisy street at night"),
        (9003, stays[4][0], date(2024, 7, 31), 5, "NOISY lift, great view"),
        (9004, stays[12][0], TODAY, 5, None),
        (9005, stays[12][0], TODAY, 7, "Wifi kept dropping"),
        (9006, stays[12][0], TODAY, 7, "Wifi kept dropping"),
    ]


def _twins(tables: dict[str, list[Row]]) -> None:
    """Two guests of one name with equal stays, bills and reviews; stays on the first day of a month; dead overlaps."""
    tables["guest"] += [(9100 + n, "Max Zwilling", None, "Austria", _day("1990-06-01"), "platinum") for n in (1, 2)]
    for n in (1, 2):
        nights = 20 * n
        lisbon = (_day("2023-04-01") + timedelta(days=nights), _day("2023-04-04") + timedelta(days=nights))
        vienna = (_day("2023-06-01") + timedelta(days=nights), _day("2023-06-21") + timedelta(days=nights))
        booked = _utc("2023-03-01")
        tables["stay"] += [
            (9100 + n, 1, "201", 9100 + n, "web", "done", booked, *lisbon, Decimal(100)),
            (9200 + n, 8, "103", 9100 + n, "web", "done", booked, *vienna, Decimal(150)),
        ]
        tables["folio"].append((9100 + n, 9200 + n, vienna[1], vienna[1], "card", None))
        tables["folio_line"].append((9100 + n, 1, vienna[1], "room", Decimal(3000)))
        tables["review"] += [
            (9100 + n, 9100 + n, lisbon[1], 8, None),
            (9200 + n, 9200 + n, vienna[1], 8, "Perfect location, will come back"),
        ]
    eve = (_day("2024-12-31"), _day("2025-01-01"))
    tables["stay"] += [
        (9301, 2, "102", 9101, "web", "done", _utc("2024-10-01"), *eve, Decimal(100)),
        (9302, 1, "102", 9101, "web", "done", _utc("2025-01-01"), *eve, Decimal(100)),
        (9303, 1, "102", 1, "web", "done", _utc("2024-02-01"), _day("2024-03-01"), _day("2024-03-02"), Decimal(100)),
        (
            9304,
            1,
            "102",
            2,
            "web",
            "cancelled",
            _utc("2024-02-01"),
            _day("2024-03-01"),
            _day("2024-03-05"),
            Decimal(99),
        ),
        (9305, 1, "101", 3, "web", "no_show", _utc("2024-06-01"), _day("2024-06-15"), _day("2024-06-17"), Decimal(99)),
    ]
