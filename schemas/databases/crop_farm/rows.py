"""Rows of the arable farm: a dense first instance, and small ones that tell near-miss queries apart.

Everything is drawn from one `random.Random` seeded by (seed, instance). Instance 1 is what a working farm looks like;
the others draw from the same pools of fields, crops and products and add the directed rows of `_directed`: ties,
duplicates, NULLs, empty arrays, empty groups and boundary dates. Arrays are written as Postgres spells them ('{a,b}').
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from faker import Faker

Row = tuple[Any, ...]

TODAY = date(2025, 11, 21)
WEATHER_FROM = date(2024, 1, 1)

FIELD_NAMES = [
    "Long Acre", "Mill Field", "Church Piece", "Oak Bottom", "Ten Acres", "River Meadow", "Hanging Field", "Brick Kiln",
    "Lower Marsh", "Upper Marsh", "Parsons Close", "Windmill Hill", "Stony Ground", "Kings Field", "Back Paddock",
    "Dry Hill", "Cow Leaze", "Fox Cover", "Barn Field", "Willow Bed", "Chalk Pit", "Elm Tree", "Station Field",
    "Heron Reach", "Sandy Lane", "Old Orchard", "Drove End", "Gravel Pit", "Far Down", "Water Lane",
]  # fmt: skip
TAGS = ["organic", "wet", "stony", "sloped", "fenced", "irrigated", "near_river"]
# name, family, price_t, pests, season, t/ha, kg of seed/ha, weight, days from sowing to the first cut
CROPS: list[tuple[str, str, str | None, str, str, float, int, int, int]] = [
    ("Winter wheat", "cereal", "212.00", "{aphids,rust,blackgrass,slugs}", "winter", 8.1, 170, 26, 295),
    ("Winter barley", "cereal", "188.50", "{rust,mildew,blackgrass}", "winter", 7.0, 160, 12, 280),
    ("Oats", "cereal", "195.00", "{mildew,aphids}", "spring", 5.8, 140, 7, 140),
    ("Rapeseed", "oilseed", "452.00", "{flea_beetle,slugs,mildew}", "winter", 3.6, 4, 14, 325),
    ("Sunflower", "oilseed", "438.00", "{slugs}", "spring", 2.7, 6, 4, 145),
    ("Potato", "root", "265.00", "{blight,aphids,nematodes}", "spring", 41.0, 2300, 12, 130),
    ("Sugar beet", "root", "43.50", "{aphids,nematodes,weevil}", "spring", 74.0, 3, 9, 175),
    ("Field pea", "legume", "260.00", "{weevil,aphids}", "spring", 3.9, 230, 7, 125),
    ("Faba bean", "legume", "248.00", "{weevil,rust}", "spring", 4.3, 220, 6, 150),
    ("Clover", "forage", None, "{}", "spring", 9.5, 25, 5, 80),
    ("Maize", "forage", None, "{blackgrass}", "spring", 44.0, 30, 6, 150),
    ("Lupin", "legume", "300.00", "{slugs,weevil}", "spring", 2.8, 180, 0, 150),
]
# name, kind, unit, unit_cost, targets, dose a hectare, weight
PRODUCTS: list[tuple[str, str, str, str, str, float, int]] = [
    ("Nitra 27", "fert", "kg", "0.38", "{}", 180, 26),
    ("Triple Phos", "fert", "kg", "0.62", "{}", 110, 10),
    ("Potash Gold", "fert", "kg", "0.54", "{}", 120, 7),
    ("Weedol", "herb", "l", "14.20", "{blackgrass,thistle}", 2.5, 14),
    ("Clearfield", "herb", "l", "31.50", "{thistle,charlock,blackgrass}", 1.2, 9),
    ("Rustex", "fung", "l", "42.00", "{rust,mildew}", 0.8, 12),
    ("Blightstop", "fung", "l", "36.90", "{blight}", 1.0, 6),
    ("Sulfan", "fung", "kg", "5.00", "{mildew}", 4.0, 4),
    ("Aphicide", "insect", "l", "58.00", "{aphids,flea_beetle}", 0.3, 8),
    ("Slugbait", "insect", "kg", "4.75", "{slugs}", 5.0, 5),
    ("Lime Pellets", "fert", "kg", "0.21", "{}", 900, 0),
]
VARIETIES = ["Aurora", "Borealis", "Corona", "Delphi", "Elara"]
STORES = ["Barn 1", "Barn 2", "Silo East", "Silo West"]
SKILLS = ["tractor", "sprayer", "combine", "agronomy", "welding"]


def rows(seed: int, instance: int) -> dict[str, list[Row]]:
    """Rows of every table, parents first; deterministic in (seed, instance)."""
    rng = random.Random(f"crop_farm:{seed}:{instance}")
    big = instance == 1
    tables: dict[str, list[Row]] = {
        "fields": _fields(rng, len(FIELD_NAMES) if big else 14),
        "crops": [
            (n, name, family, None if price is None else Decimal(price), pests)
            for n, (name, family, price, pests, *_) in enumerate(CROPS, start=1)
        ],
        "workers": _workers(rng, 22 if big else 9),
        "products": [
            (n, name, kind, unit, Decimal(cost), targets)
            for n, (name, kind, unit, cost, targets, *_) in enumerate(PRODUCTS, start=1)
        ],
        "weather": _weather(rng, WEATHER_FROM if big else date(2025, 8, 1)),
        "plantings": [],
        "harvests": [],
        "treatments": [],
        "soil_tests": [],
    }
    for year in (2023, 2024, 2025, 2026) if big else (2024, 2025, 2026):
        _sow(rng, tables, year)
    for planting in tables["plantings"]:
        _harvest(rng, tables, planting)
        _treat(rng, tables, planting, 2 if not big else 11)
    _test_soil(rng, tables, 3 if big else 1)
    if not big:
        _directed(tables, instance)
    return tables


def _number(value: float, places: int = 2) -> Decimal:
    """A decimal of so many places."""
    return Decimal(f"{value:.{places}f}")


def _fields(rng: random.Random, count: int) -> list[Row]:
    """Fields in three blocks; one in four is leased, most carry one or two tags."""
    found: list[Row] = []
    for number, name in enumerate(FIELD_NAMES[:count]):
        code = f"{'ABC'[number % 3]}{number // 3 + 1:02d}"
        size = _number(rng.choice((rng.uniform(2, 9), rng.uniform(6, 22), rng.uniform(14, 41))))
        soil = rng.choices(("clay", "loam", "sand", "peat"), (32, 40, 20, 8))[0]
        tags = sorted(rng.sample(TAGS, rng.choices((0, 1, 2, 3, 4), (12, 28, 30, 20, 10))[0]))
        lease = TODAY + timedelta(days=rng.randrange(-300, 2500)) if rng.random() < 0.4 else None
        found.append((code, name, size, soil, "{" + ",".join(tags) + "}", lease))
    return found


def _workers(rng: random.Random, count: int) -> list[Row]:
    """Workers whose names come from one pool; a fifth have left, seasonal hands have no skills."""
    faker = Faker(["en_GB", "pl_PL", "ro_RO"])
    faker.seed_instance("crop_farm:names")
    found: list[Row] = []
    for number in range(1, count + 1):
        name = f"{faker.first_name()} {faker.last_name()}"
        skills = rng.sample(SKILLS, rng.choices((0, 1, 2, 3), (15, 35, 30, 20))[0])
        wage = Decimal(1250 + 150 * len(skills) + 50 * rng.randrange(6)) / 100
        left = TODAY - timedelta(days=rng.randrange(10, 600)) if rng.random() < 0.22 else None
        found.append((number, name, "{" + ",".join(skills) + "}", wage, left))
    return found


def _weather(rng: random.Random, first: date) -> list[Row]:
    """Rain in spells and a seasonal minimum; the sensor fails now and then."""
    found: list[Row] = []
    wet = False
    for offset in range((TODAY - first).days + 1):
        day = first + timedelta(days=offset)
        wet = rng.random() < (0.68 if wet else 0.24)
        rain = _number(rng.expovariate(1 / 5.5) + 0.1, 1) if wet else Decimal(0)
        season = (7, 6, 4, 1, -3, -6, -8, -8, -5, -1, 3, 6)[day.month - 1]
        low = _number(rng.gauss(6 - season, 3.2), 1) if rng.random() < 0.97 else None
        found.append((day, rain, low))
    return found


def _sow(rng: random.Random, tables: dict[str, list[Row]], year: int) -> None:
    """The plantings of one harvest year: some fields lie fallow, some are split between two crops."""
    for field in tables["fields"][:-2]:
        if rng.random() < (0.14 if year < 2026 else 0.62):
            continue
        parts = 2 if field[2] > 15 and rng.random() < 0.3 else 1
        for part in range(parts):
            number = rng.choices(range(1, len(CROPS) + 1), [crop[7] for crop in CROPS])[0]
            number = (4 if number % 2 else 1) if year == 2026 else number
            _, _, _, _, season, _, seed, _, _ = CROPS[number - 1]
            start = date(year - 1, 9, 5) if season == "winter" else date(year, 3, 8)
            sown = start + timedelta(days=rng.randrange(42 if season == "winter" else 55))
            size = _number(float(field[2]) * (0.6, 0.4)[part]) if parts == 2 else field[2]
            used = _number(float(size) * seed * rng.uniform(0.9, 1.12), 1) if rng.random() < 0.86 else None
            failed = rng.random() < 0.05 and sown < TODAY - timedelta(days=90)
            pl_id = len(tables["plantings"]) + 1
            variety = rng.choice(VARIETIES) if rng.random() < 0.82 else None
            tables["plantings"].append((pl_id, field[0], number, year, variety, season, sown, size, used, failed))


def _harvest(rng: random.Random, tables: dict[str, list[Row]], planting: Row) -> None:
    """One to three cuts of a planting, none if it failed or is not ripe."""
    pl_id, _, number, year, _, _, sown, size, _, failed = planting
    crop = CROPS[number - 1]
    first = sown + timedelta(days=crop[8] + rng.randrange(-9, 14))
    if failed or rng.random() < 0.03:
        return
    yield_ha = crop[5] * (0.93, 1.06, 0.98, 1.0)[year - 2023] * rng.gauss(1, 0.13)
    cuts = rng.choices((1, 2, 3, 4), (35, 32, 20, 13))[0]
    for cut in range(cuts):
        day = first + timedelta(days=cut * rng.choice((1, 2, 3, 6)))
        if day > TODAY:
            return
        tonnes = max(Decimal("0.05"), _number(float(size) * yield_ha / cuts * rng.uniform(0.85, 1.15)))
        base = {"root": 76.0, "forage": 64.0}.get(crop[1], 15.2)
        moist = _number(rng.gauss(base, 1.6), 1) if rng.random() < 0.88 else None
        grade = rng.choices(("a", "b", "c"), (46, 38, 16))[0] if crop[1] != "forage" and rng.random() < 0.9 else None
        store = rng.choices((None, *STORES), (18, 14, 22, 26, 20))[0]
        tables["harvests"].append((len(tables["harvests"]) + 1, pl_id, day, tonnes, moist, grade, store))


def _treat(rng: random.Random, tables: dict[str, list[Row]], planting: Row, most: int) -> None:
    """Applications between sowing and the first cut; a contractor does one in ten."""
    pl_id, sown, size = planting[0], planting[6], planting[7]
    span = CROPS[planting[2] - 1][8] - 15
    crew = tables["workers"][: -(len(tables["workers"]) // 7)]
    for _ in range(rng.randrange(most + 1)):
        prod_id = rng.choices(range(1, len(PRODUCTS) + 1), [item[6] for item in PRODUCTS])[0]
        day = sown + timedelta(days=2 + rng.randrange(span))
        worker = rng.choices(crew, [2 + len(item[2]) // 4 for item in crew])[0]
        if day > TODAY:
            continue
        gone = worker[4] is not None and worker[4] < day
        treated = size if rng.random() < 0.8 else _number(float(size) * rng.uniform(0.3, 0.95))
        dose = _number(PRODUCTS[prod_id - 1][5] * rng.choice((0.8, 0.9, 1.0, 1.0, 1.1, 1.25)))
        hours = max(Decimal("0.3"), _number(float(treated) * rng.uniform(0.2, 0.5), 1)) if rng.random() < 0.87 else None
        who = None if gone or rng.random() < 0.1 else worker[0]
        tables["treatments"].append((len(tables["treatments"]) + 1, pl_id, prod_id, day, treated, dose, hours, who))


def _test_soil(rng: random.Random, tables: dict[str, list[Row]], most: int) -> None:
    """Soil tests at one to three depths; the last field was never tested."""
    for field in tables["fields"][:-1]:
        base = {"clay": 6.9, "loam": 6.4, "sand": 5.8, "peat": 5.0}[field[3]]
        for _ in range(rng.randrange(1, most + 1)):
            day = TODAY - timedelta(days=int(1100 * rng.random() ** 1.3))
            for depth in rng.choice(((30,), (30, 60), (30, 60, 90))):
                ph = _number(rng.gauss(base, 0.35), 1)
                phosphorus = _number(rng.lognormvariate(3.0, 0.5), 1) if rng.random() < 0.85 else None
                pool = ["low_p", "acid", "compacted", "low_organic", "retest"]
                flags = "{" + ",".join(rng.sample(pool, rng.randrange(1, 4))) + "}" if rng.random() < 0.4 else None
                if all(row[:3] != (field[0], day, depth) for row in tables["soil_tests"]):
                    tables["soil_tests"].append((field[0], day, depth, ph, phosphorus, flags))


def _day(text: str) -> date:
    """The day that an ISO text names."""
    return date.fromisoformat(text)


def _directed(tables: dict[str, list[Row]], instance: int) -> None:
    """Add rows on which near-miss queries differ; the two small instances differ in what is absent."""
    absent, other = ("{irrigated}", "{fenced}") if instance == 2 else ("{fenced}", "{irrigated}")
    tables["fields"][:] = [(*row[:4], other if row[4] == absent else row[4], row[5]) for row in tables["fields"]]
    ten = Decimal(10)
    tables["fields"] += [  # names that differ by case or not at all, empty arrays, leases that end on boundary days
        ("D01", "long acre", Decimal(20), "loam", "{}", TODAY),
        ("D02", "Mill Field", ten, "sand", "{wet}", TODAY + timedelta(days=365)),
        ("D03", "Empty Plot", Decimal("10.01"), "peat", "{organic,wet,stony}", TODAY - timedelta(days=1)),
        ("D04", "Twin North", Decimal(5), "clay", "{Wet,stony}", TODAY + timedelta(days=366)),
        ("D05", "Twin South", Decimal(5), "clay", "{stony,wet}", date(2027, 11, 21)),
        ("E01", "Twin South", ten, "sand", "{wet,sloped}", date(2027, 11, 20)),
        ("E02", "Split", ten, "loam", "{organic}", None),
    ]
    tables["crops"] += [
        (20, "Rye", "cereal", Decimal("188.50"), "{rust,mites}"),
        (21, "winter wheat", "forage", None, "{Aphids}"),
        (22, "Hemp", "oilseed", Decimal(100), "{mites,weevil}"),
    ]
    tables["workers"] += [  # namesakes, one who left today, one without skills or jobs
        (901, tables["workers"][0][1], "{sprayer}", ten, None),
        (902, "Jan Dwa", "{tractor,sprayer}", Decimal(12), TODAY),
        (903, "Jan Dwa", "{tractor,sprayer}", Decimal(12), None),
        (904, "Idle Hand", "{}", Decimal("12.50"), None),
        (905, "Tom Twelve", "{combine}", Decimal("20.05"), None),
    ]
    tables["products"] += [
        (90, "Old Stock", "herb", "l", Decimal("58.00"), "{thistle}"),
        (91, "Zero Cost", "insect", "kg", Decimal(0), "{weevil,aphids}"),
        (92, "Rust Twin", "fung", "l", Decimal("42.00"), "{rust}"),
    ]
    _directed_weather(tables)
    _directed_crops(tables)
    _directed_treatments(tables)
    tables["soil_tests"] += [
        ("D01", date(2024, 12, 31), 30, Decimal("5.5"), ten, "{}"),
        ("D01", date(2025, 1, 1), 60, Decimal("5.4"), None, None),
        ("D02", date(2024, 12, 31), 30, Decimal("5.7"), None, "{acid}"),
        ("D02", date(2025, 1, 1), 30, Decimal("5.8"), ten, "{acid,acid}"),
        ("D04", TODAY, 30, Decimal("6.0"), ten, "{acid,low_p}"),
        ("D04", TODAY, 60, Decimal("7.0"), None, None),
        ("D05", TODAY, 90, Decimal("7.1"), ten, None),
        ("E01", date(2025, 2, 28), 30, Decimal("5.9"), None, None),
        ("E01", date(2025, 3, 31), 30, Decimal("5.4"), ten, "{retest}"),
        ("E01", date(2025, 6, 30), 60, Decimal("5.0"), ten, "{retest}"),
    ]


def _directed_weather(tables: dict[str, list[Row]]) -> None:
    """Days of 2024 and early 2025, with rain and cold exactly at the thresholds; two dry spells of equal length."""
    for year in (2024, 2025):
        for month in range(1, 8 if year == 2025 else 10):
            for day in (1, 2, 28) if year == 2025 else (1, 15):
                rain = Decimal(5) if day == 1 else Decimal(month + day) / 4
                low = Decimal(0) if day == 1 else Decimal(-1) if month < 4 else None
                tables["weather"].append((date(year, month, day), rain.quantize(Decimal("0.1")), low))
    tables["weather"].append((date(2024, 2, 29), Decimal("99.9"), Decimal("-9.9")))
    tables["weather"].append((date(2024, 12, 31), Decimal(3), Decimal("-9.9")))
    tables["weather"] += [(date(2024, 10, 1) + timedelta(days=n), Decimal(0), None) for n in range(31)]
    for month in (4, 6):
        tables["weather"] += [(date(2025, month, 3 + n), Decimal(0), Decimal(4)) for n in range(24)]


def _directed_crops(tables: dict[str, list[Row]]) -> None:
    """Plantings sown and cut on boundary days, with equal yields, split fields, the same crop again, and no harvest."""
    sown = [  # pl_id, field, crop, year, season, sown, hectares, seed, failed
        (901, "D01", 1, 2025, "winter", "2024-08-31", 10, 1700, False),
        (902, "D01", 1, 2025, "winter", "2024-09-30", 10, None, False),
        (903, "D01", 4, 2026, "winter", "2025-09-01", 20, 80, False),
        (904, "D02", 6, 2025, "spring", "2025-03-31", 10, 23000, False),
        (905, "D02", 6, 2024, "spring", "2024-04-01", 10, 23000, False),
        (906, "D02", 4, 2023, "winter", "2022-10-01", 10, 40, False),
        (907, "D04", 8, 2025, "spring", "2025-04-01", 5, 1150, False),
        (908, "D05", 8, 2025, "spring", "2025-04-30", 5, 1150, False),
        (909, "E01", 9, 2025, "spring", "2025-05-01", 10, None, True),
        (910, "E01", 9, 2024, "spring", "2024-02-29", 10, 2200, True),
        (911, "E02", 1, 2025, "winter", "2024-10-01", 4, 680, False),
        (912, "E02", 22, 2025, "spring", "2025-04-15", 6, 30, False),
        (913, "E02", 1, 2024, "winter", "2023-10-31", 10, 1700, False),
        (914, "E02", 22, 2023, "spring", "2023-04-15", 10, None, False),
        (915, "D04", 21, 2025, "winter", "2025-08-31", 1, 0, False),
        (916, "D05", 10, 2024, "spring", "2024-04-30", 5, None, False),
        (917, "D04", 1, 2025, "winter", "2024-10-10", 5, 850, False),
        (918, "E01", 4, 2026, "winter", "2025-08-31", 10, None, False),
        (919, "D04", 8, 2024, "spring", "2024-04-01", 5, 1150, False),
        (921, "D01", 8, 2024, "spring", "2024-03-20", 10, 2300, False),
        (922, "D01", 8, 2024, "spring", "2024-03-20", 10, 2300, False),
        (923, "D04", 6, 2023, "spring", "2023-04-10", 5, 11000, False),
    ]  # fmt: skip
    tables["plantings"] += [
        (*r[:4], (None, "aurora", "Corona")[n % 3], r[4], _day(r[5]), Decimal(r[6]), r[7] and Decimal(r[7]), r[8])
        for n, r in enumerate(sown)
    ]
    cuts = [  # planting, day, tonnes, moisture, grade
        (901, "2025-07-31", "60", "15.0", "a"), (901, "2025-08-01", "60", "15.1", "b"),
        (902, "2025-08-31", "120", "15", None), (904, "2025-09-30", "500", "76", "c"),
        (905, "2024-10-01", "500", "76", "c"), (904, "2025-10-01", "5", None, "c"),
        (906, "2023-07-31", "100", "9", "a"), (907, "2025-08-20", "50", "15", "a"),
        (908, "2025-08-20", "50", "15", "b"), (911, "2025-08-01", "48", None, None),
        (912, "2025-08-31", "18", "15", "b"), (913, "2024-12-31", "10", "15", "c"),
        (914, "2023-08-31", "452", "15", "a"), (916, "2025-01-01", "45", "64", None),
        (916, "2024-07-01", "45", "64", None), (915, "2025-11-21", "20", None, None),
        (919, "2024-08-01", "25", "14", "a"), (917, "2025-08-02", "60", "15.1", "c"),
    ]  # fmt: skip
    tables["harvests"] += [
        (9001 + n, pl_id, _day(day), Decimal(tonnes), moist and Decimal(moist), grade, None)
        for n, (pl_id, day, tonnes, moist, grade) in enumerate(cuts)
    ]


def _directed_treatments(tables: dict[str, list[Row]]) -> None:
    """Applications on boundary days, wet days and today, twice a day, at round costs; two workers with 15 and 16."""
    jobs: list[tuple[Any, ...]] = [  # planting, product, day, hectares, dose, hours, worker
        (901, 1, "2024-12-31", 10, 100, "2.0", 901), (901, 1, "2025-01-01", 10, 100, "2.0", 901),
        (901, 6, "2025-04-01", 10, 1, None, 902), (902, 4, "2025-04-01", 10, 1, "1.0", 902),
        (902, 6, "2025-04-02", 10, 1, "1.0", 903), (904, 7, "2025-05-01", 10, 1, "3.0", None),
        (904, 7, "2025-06-01", 10, 1, "3.0", None), (904, 9, "2025-08-02", 10, 1, "3.0", 901),
        (905, 7, "2024-05-01", 10, 1, "3.0", 905), (905, 7, "2024-05-31", 10, 1, "3.0", 905),
        (907, 8, "2025-05-01", 5, 50, "0.5", 902), (907, 8, "2025-05-31", 5, "0.01", "0.5", 902),
        (908, 8, "2025-05-01", 5, 50, None, 905), (903, 4, "2025-10-01", 20, 2, "4.0", 903),
        (903, 10, "2025-10-31", 20, 2, "4.0", 903), (903, 10, "2025-09-22", 20, 2, "4.0", None),
        (903, 4, "2025-09-21", 20, 2, "4.0", 903), (918, 91, "2025-11-21", 10, 5, "0.3", 903),
        (911, 1, "2025-01-01", 4, 100, None, 902), (911, 5, "2025-03-01", 4, 1, None, 902),
        (912, 9, "2025-05-02", 6, "0.3", None, None), (912, 92, "2025-05-02", 6, 1, None, None),
        (913, 6, "2024-05-01", 10, 1, "2.5", 902), (909, 8, "2025-06-01", 10, "0.5", "1.0", None),
    ]  # fmt: skip
    jobs += [(923, 7, "2023-06-01", 5, 1, "1.0", None), (923, 7, "2023-06-01", 5, 2, "1.5", None)]
    sown = [planting[0] for planting in tables["plantings"]]
    jobs += [(sown[n % 15], 11, "2025-02-15", 2, 900, "1.0", 905) for n in range(16)]
    jobs += [(sown[n % 14], 90, "2025-02-16", 2, 1, None, 904) for n in range(15)]
    treated = sum((row[4] for row in tables["treatments"] if row[2] in {9, 10}), Decimal(0))
    treated += sum(Decimal(job[3]) for job in jobs if job[1] in {9, 10, 91})
    jobs.append((sown[0], 91, "2025-02-17", 400 - treated, 1, "9.0", None))
    jobs += [(917, 2, "2025-02-01", 5, 1, "0.5", 902), (917, 2, "2025-02-01", 5, 1, "0.5", 902)]
    jobs += [(917, 3, "2025-03-01", 5, 1, None, 904)]
    tables["treatments"] += [
        (9001 + n, *j[:2], _day(j[2]), Decimal(j[3]), Decimal(j[4]), j[5] and Decimal(j[5]), j[6])
        for n, j in enumerate(jobs)
    ]
