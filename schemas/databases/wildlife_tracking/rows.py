"""Rows of the wildlife project: a dense first instance, and small ones that tell near-miss queries apart.

Everything is drawn from one `random.Random` seeded by (seed, instance). Instance 1 is what a working project looks
like; the others draw from the same taxa, species, parks and names and add the directed rows of `_directed`: ties,
namesakes, NULLs, taxa without species, animals without fixes, and fixes on boundary instants.
"""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from faker import Faker

Row = tuple[Any, ...]

TODAY = date(2023, 8, 17)
NOW = datetime(2023, 8, 17, 21, 10, tzinfo=UTC)
FIRST = date(2021, 2, 1)

TAXA: list[Row] = [
    (1, None, "class", "Mammalia"), (2, None, "class", "Aves"), (3, None, "class", "Reptilia"),
    (4, 1, "order", "Carnivora"), (5, 1, "order", "Artiodactyla"), (6, 1, "order", "Rodentia"),
    (7, 2, "order", "Accipitriformes"), (8, 2, "order", "Strigiformes"), (9, 2, "order", "Ciconiiformes"),
    (10, 3, "order", "Testudines"), (11, 3, "order", "Squamata"),
    (12, 4, "family", "Felidae"), (13, 4, "family", "Canidae"), (14, 4, "family", "Ursidae"),
    (15, 4, "family", "Mustelidae"), (16, 5, "family", "Cervidae"), (17, 5, "family", "Bovidae"),
    (18, 6, "family", "Castoridae"), (19, 7, "family", "Accipitridae"), (20, 8, "family", "Strigidae"),
    (21, 9, "family", "Ciconiidae"), (22, 10, "family", "Testudinidae"),
    (23, 12, "genus", "Lynx"), (24, 12, "genus", "Felis"), (25, 13, "genus", "Canis"), (26, 14, "genus", "Ursus"),
    (27, 15, "genus", "Lutra"), (28, 16, "genus", "Cervus"), (29, 16, "genus", "Capreolus"),
    (30, 17, "genus", "Rupicapra"), (31, 17, "genus", "Bison"), (32, 18, "genus", "Castor"),
    (33, 19, "genus", "Aquila"), (34, 19, "genus", "Gyps"), (35, 20, "genus", "Bubo"), (36, 21, "genus", "Ciconia"),
    (37, 22, "genus", "Testudo"), (38, 15, "genus", "Meles"), (39, 1, "order", "Chiroptera"),
]  # fmt: skip
# code, taxon, common name, red list, nocturnal, prefix and number of animals, weight in kg, weight of its sightings
SPECIES: list[tuple[str, int, str, str | None, bool | None, str, int, float, int]] = [
    ("LYNLYN", 23, "Eurasian lynx", "VU", True, "LY", 12, 21, 4),
    ("FELSIL", 24, "Wildcat", "LC", True, "WC", 4, 5, 3),
    ("CANLUP", 25, "Grey wolf", "NT", None, "WO", 18, 38, 10),
    ("CANAUR", 25, "Golden jackal", "LC", True, "JA", 5, 11, 8),
    ("URSARC", 26, "Brown bear", "NT", False, "BE", 15, 160, 9),
    ("LUTLUT", 27, "Otter", "NT", None, "OT", 4, 8, 6),
    ("MELMEL", 15, "Badger", None, True, "BA", 0, 11, 5),
    ("CERELA", 28, "Red deer", "LC", False, "RD", 10, 140, 16),
    ("CAPCAP", 29, "Roe deer", "LC", None, "RO", 4, 24, 14),
    ("RUPRUP", 30, "Chamois", "LC", False, "CH", 6, 36, 9),
    ("BISBON", 31, "European bison", "VU", False, "BI", 9, 520, 7),
    ("CASFIB", 32, "Beaver", "LC", True, "BV", 3, 19, 6),
    ("AQUCHR", 33, "Golden eagle", "LC", False, "GE", 7, 4, 8),
    ("AQUHEL", 33, "Imperial eagle", "EN", False, "IE", 4, 3, 3),
    ("GYPFUL", 34, "Griffon vulture", "VU", False, "GV", 5, 8, 6),
    ("BUBBUB", 35, "Eagle owl", "LC", True, "EO", 3, 3, 3),
    ("CICCIC", 36, "White stork", "LC", False, "WS", 6, 4, 11),
    ("CICNIG", 36, "Black stork", None, False, "BS", 2, 3, 4),
    ("TESHER", 37, "Hermann's tortoise", "NT", False, "HT", 5, 2, 4),
    ("VIPURS", 11, "Meadow viper", "EN", None, "MV", 0, 1, 0),
]
PARKS: list[Row] = [
    ("STR", "Stara Ridge", "north", Decimal("381.5"), 1935),
    ("BLK", "Black Lake", "north", Decimal("142.0"), 1970),
    ("DLT", "Delta Reeds", "east", Decimal("612.8"), 1990),
    ("KRS", "High Karst", "west", Decimal("96.4"), 1981),
    ("OLD", "Old Forest", "south", Decimal("274.9"), None),
    ("IRN", "Iron Gorge", "south", Decimal("58.7"), 2001),
    ("SUN", "Sun Steppe", "east", Decimal("203.3"), 1968),
    ("MST", "Mist Peaks", "west", Decimal("45.0"), 2019),
]
NICKS = ["Mara", "Bran", "Iva", "Luna", "Rex", "Dara", "Zorn", "Alba", "Kiro", "Nyx", "Vuk", "Sava", "Toma", "Ela"]
MODELS = [("Vertex Lite", "gps", 24, 1850), ("Vertex Plus", "gps", 36, 2650), ("SkyLink", "sat", 30, 3900),
          ("FeatherSat", "sat", 18, 3200), ("BeepBox", "vhf", 12, 240)]  # fmt: skip


def rows(seed: int, instance: int) -> dict[str, list[Row]]:
    """Rows of every table, parents first; deterministic in (seed, instance)."""
    rng = random.Random(f"wildlife_tracking:{seed}:{instance}")
    big = instance == 1
    tables: dict[str, list[Row]] = {
        "taxa": list(TAXA),
        "sp": [item[:5] for item in SPECIES],
        "park": list(PARKS),
        "anim": _animals(rng, 1.0 if big else 0.34),
    }
    tables["tag"] = _tags(rng, 95 if big else 26)
    tables["depl"] = _deployments(rng, tables)
    tables["fix"] = _fixes(rng, tables, 1420 if big else 170)
    tables["sight"] = _sightings(rng, tables["anim"], 380 if big else 60)
    if not big:
        _directed(tables, instance)
    return tables


def _animals(rng: random.Random, part: float) -> list[Row]:
    """Animals of each species; from the third on some have a mother among the females before them."""
    found: list[Row] = []
    for code, _, _, _, _, prefix, most, _, _ in SPECIES:
        mothers: list[tuple[str, int]] = []
        homes = rng.sample([park[0] for park in PARKS[:-1]], 3)
        for number in range(1, round(most * part) + (most > 0) + 1):
            anim_id = f"{prefix}-{number:02d}"
            sex = "f" if number == 1 else rng.choices(("f", "m", None), (44, 42, 14))[0]
            mom, since = rng.choice(mothers) if mothers and rng.random() < 0.55 else (None, 2006)
            born = min(2022, since + 2 + rng.randrange(6))
            died = TODAY - timedelta(days=rng.randrange(5, 500)) if rng.random() < 0.14 else None
            home = rng.choices((*homes, None), (50, 25, 15, 10))[0]
            nick = rng.choice(NICKS) if rng.random() < 0.45 else None
            known = born if mom or rng.random() < 0.6 else None
            found.append((anim_id, code, home, nick, sex, known, mom, died))
            if sex == "f":
                mothers.append((anim_id, born))
    return found


def _tags(rng: random.Random, count: int) -> list[Row]:
    """Tags of five models; donated ones have no cost."""
    found: list[Row] = []
    for tag_id in range(101, 101 + count):
        model, kind, months, price = MODELS[rng.choices(range(5), (32, 24, 16, 10, 18))[0]]
        cost = Decimal(price + 50 * rng.randrange(-3, 4)) if rng.random() < 0.8 else None
        found.append((tag_id, model, kind, months, cost))
    return found


def _deployments(rng: random.Random, tables: dict[str, list[Row]]) -> list[Row]:
    """Up to three deployments an animal, one after the other; the last few tags are still in the drawer."""
    free = {tag[0]: FIRST for tag in tables["tag"][: -max(2, len(tables["tag"]) // 9)]}
    weights = {item[0]: item[7] for item in SPECIES}
    found: list[Row] = []
    for anim_id, code, _, _, _, _, _, died in tables["anim"]:
        last = died or TODAY
        fitted = FIRST + timedelta(days=int(780 * rng.random() ** 0.8))
        while fitted < last - timedelta(days=12) and rng.random() < 0.72:
            ready = [tag_id for tag_id, since in free.items() if since <= fitted]
            if not ready:
                break
            tag_id = rng.choice(ready)
            del free[tag_id]
            off: date | None = fitted + timedelta(days=20 + int(rng.expovariate(1 / 330)))
            why = rng.choices(("dropped", "battery", "removed"), (44, 33, 23))[0]
            if off and off >= last:
                off, why = died, "death"
            weight = Decimal(int(weights[code] * rng.gauss(10, 1.3))) / 10 if rng.random() < 0.7 else None
            found.append((anim_id, fitted, tag_id, off, why if off else None, weight))
            if off is None:
                break
            if why == "removed" or rng.random() < 0.3:
                free[tag_id] = off + timedelta(days=5)
            fitted = off + timedelta(days=rng.randrange(3, 90))
    return found


def _fixes(rng: random.Random, tables: dict[str, list[Row]], count: int) -> list[Row]:
    """Positions in runs of days with silences between; mountain animals are high up, some values are missing."""
    kinds = {tag[0]: tag[2] for tag in tables["tag"]}
    species = {row[0]: row[1] for row in tables["anim"]}
    senders = [row for row in tables["depl"] if kinds[row[2]] != "vhf" and rng.random() < 0.93]
    shares = [0.4 + rng.paretovariate(1.8) for _ in senders]
    found: list[Row] = []
    for sender, share in zip(senders, shares, strict=True):
        left = max(2, round(count * share / sum(shares)))
        silent = 0 if rng.random() < 0.7 else rng.randrange(1, 150)
        day = (sender[3] or TODAY) - timedelta(days=silent)
        lat, lon = 44.5 + 2.5 * rng.random(), 21.0 + 4 * rng.random()
        mountain = species[sender[0]] in {"RUPRUP", "AQUCHR", "GYPFUL"}
        high = rng.randrange(900, 2100) if mountain else rng.randrange(40, 950)
        while day >= sender[1] and left > 0:
            for hour in sorted(rng.sample(range(0, 24, 3), rng.choices((1, 2, 3), (70, 20, 10))[0])):
                at = datetime(day.year, day.month, day.day, hour, rng.randrange(9), rng.randrange(60), tzinfo=UTC)
                lat, lon = lat + rng.gauss(0, 0.02), lon + rng.gauss(0, 0.03)
                height = high + rng.randrange(-120, 240) if rng.random() < 0.8 else None
                dilution = Decimal(int(10 + rng.expovariate(1 / 18))) / 10 if rng.random() < 0.9 else None
                if at <= NOW:
                    found.append((sender[0], at, Decimal(f"{lat:.4f}"), Decimal(f"{lon:.4f}"), height, dilution))
                    left -= 1
            day -= timedelta(days=rng.choices((1, 2, 3, 7, 18, 40), (62, 14, 10, 7, 5, 2))[0])
    found.sort(key=lambda row: (row[1], row[0]))
    return [(number, *row) for number, row in enumerate(found, start=1)]


def _sightings(rng: random.Random, animals: list[Row], count: int) -> list[Row]:
    """What people have seen: more in summer, herds of some species, now and then an animal they recognise."""
    faker = Faker(["ro_RO", "hr_HR", "hu_HU"])
    faker.seed_instance("wildlife_tracking:observers")
    people = [f"{faker.first_name()} {faker.last_name()}" for _ in range(22)]
    trust = [1 / (1 + n) for n in range(len(people))]
    found: list[Row] = []
    while len(found) < count:
        seen = TODAY - timedelta(days=int(700 * rng.random() ** 1.3))
        if seen.month in {11, 12, 1, 2} and rng.random() < 0.5:
            continue
        item = rng.choices(SPECIES, [entry[8] for entry in SPECIES])[0]
        park = rng.choices([*(row[0] for row in PARKS[:-1]), None], (22, 12, 18, 8, 15, 6, 10, 9))[0]
        herd = item[0] in {"CERELA", "RUPRUP", "BISBON", "CICCIC", "GYPFUL"}
        count_seen = 1 + int(rng.expovariate(1 / (9 if herd else 0.8)))
        alive = [row[0] for row in animals if row[1] == item[0] and (row[7] is None or row[7] > seen)]
        known = rng.choice(alive) if alive and rng.random() < 0.22 else None
        who = rng.choices(people, trust)[0] if rng.random() < 0.86 else None
        found.append((len(found) + 1, seen, item[0], park, known, count_seen, who))
    return found


def _utc(text: str) -> datetime:
    """The instant that an ISO text names in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _day(text: str | None) -> date | None:
    """The day that an ISO text names, if any."""
    return date.fromisoformat(text) if text else None


def _directed(tables: dict[str, list[Row]], instance: int) -> None:
    """Add rows on which near-miss queries differ; the two small instances differ in what is absent."""
    absent = "AQUHEL" if instance == 2 else "CASFIB"
    tables["sight"][:] = [(*row[:2], "CICNIG", *row[3:]) if row[2] == absent else row for row in tables["sight"]]
    tables["sp"] += [("NYCNOC", 39, "Noctule bat", None, None), ("MEXTRA", 15, "badger", "EN", False)]
    tables["park"] += [
        ("EMP", "Empty Park", "south", Decimal(50), 1969),
        ("DUP", "delta reeds", "east", Decimal(100), 1970),
        ("ODD", "Odd Corner", "west", Decimal(100), None),
    ]
    tables["anim"] += [  # lines of mothers, namesakes, deaths on boundary days, animals without anything
        ("WO-90", "CANLUP", "OLD", "Mara", "f", 2010, None, None),
        ("WO-91", "CANLUP", "OLD", "mara", "f", 2013, "WO-90", None),
        ("WO-92", "CANLUP", None, "Mara", "f", 2016, "WO-91", None),
        ("WO-93", "CANLUP", None, "Mara", "m", 2019, "WO-92", date(2022, 12, 31)),
        ("WO-94", "CANLUP", "DUP", None, "f", 2018, "WO-01", None),
        ("WO-95", "CANLUP", "DUP", None, "m", 2021, "WO-94", TODAY),
        ("WO-96", "CANLUP", "DUP", "Vuk", "m", 2021, "WO-90", TODAY),
        ("WO-97", "CANLUP", "DUP", "Vuk", "f", 2020, "WO-90", None),
        ("BE-90", "URSARC", "STR", "Bran", "m", 2000, None, date(2022, 12, 31)),
        ("BE-91", "URSARC", "STR", "Bran", None, 2023, None, None),
        ("BE-92", "URSARC", "KRS", "Mara", "f", None, None, date(2023, 8, 16)),
        ("RD-90", "CERELA", "SUN", None, "f", 2018, None, None),
        ("BI-90", "BISBON", "SUN", None, "f", None, None, None),
        ("BI-91", "BISBON", "ODD", None, "f", None, None, date(2023, 8, 16)),
        ("MV-90", "VIPURS", None, None, None, None, None, TODAY),
        ("LY-90", "LYNLYN", None, "Luna", "f", 2015, None, None),
        ("LY-91", "LYNLYN", None, None, "f", 2018, "LY-90", None),
    ]
    tables["tag"] += [
        (901, "Vertex Lite", "gps", 30, Decimal(2000)), (902, "BeepBox", "vhf", 12, None),
        (903, "vertex lite", "gps", 29, None), (904, "SkyLink", "sat", 31, Decimal(4000)),
        (905, "SkyLink", "sat", 30, Decimal(4000)), (906, "Vertex Lite", "gps", 30, Decimal(2000)),
        (907, "SkyLink", "sat", 30, Decimal(0)), (908, "SkyLink", "sat", 30, Decimal(240)),
        (909, "Drawer", "vhf", 12, Decimal(240)), (910, "Drawer", "gps", 36, None),
    ]  # fmt: skip
    fitted = [
        ("WO-90", "2022-10-01", 901, "2022-11-30", "dropped", "100.0"),
        ("WO-90", "2022-12-31", 901, "2023-03-02", "removed", "99.9"),
        ("WO-91", "2022-09-30", 902, "2022-10-10", "battery", "10.0"),
        ("WO-91", "2023-01-01", 902, "2023-01-01", "dropped", "10.0"),
        ("WO-91", "2023-02-01", 903, "2023-04-02", "dropped", "10.0"),
        ("WO-92", "2023-01-01", 906, None, None, "10.1"),
        ("WO-94", "2022-12-31", 902, "2023-01-02", "battery", None),
        ("BE-90", "2022-06-01", 904, "2022-12-31", "death", "10.0"),
        ("BE-91", "2023-05-19", 905, None, None, "10.0"),
        ("RD-90", "2023-05-18", 904, None, None, "900.0"),
        ("BI-90", "2021-02-17", 907, None, None, "900.0"),
        ("BI-91", "2021-02-16", 908, None, None, "900.0"),
        ("LY-91", "2022-10-01", 903, "2022-11-29", "removed", "21.0"),
        ("LY-91", "2022-12-31", 910, "2023-02-28", "removed", "21.0"),
    ]  # fmt: skip
    tables["depl"] += [
        (anim_id, _day(on), tag_id, _day(off), why, kilos and Decimal(kilos))
        for anim_id, on, tag_id, off, why, kilos in fitted
    ]
    _directed_fixes(tables)
    _directed_sightings(tables)


def _directed_fixes(tables: dict[str, list[Row]]) -> None:
    """Fixes at the ends of months, years and nights, 30 days ago, after gaps of exactly 7 and 20 days, and tied."""
    sent = [  # animal, time, altitude, precision
        ("WO-90", "2022-12-31 23:59:59", 0, "2.0"), ("WO-90", "2023-01-01 00:00:00", 2500, "2.1"),
        ("WO-90", "2023-01-21 00:00:00", 2500, "8.0"), ("WO-90", "2023-02-11 23:59:59", 2500, "8.1"),
        ("WO-92", "2023-07-18 00:00:00", -3, "2.1"), ("WO-92", "2023-07-01 06:00:00", 100, "1.0"),
        ("BE-91", "2023-07-17 23:59:59", 100, None), ("BE-91", "2023-07-31 20:00:00", None, "9.9"),
        ("BE-91", "2023-08-01 19:59:59", None, "1.5"), ("RD-90", "2023-06-01 05:59:59", 10, "1.5"),
        ("RD-90", "2023-06-08 06:00:00", 10, "1.5"), ("RD-90", "2023-06-16 00:00:00", 10, "1.5"),
        ("RD-90", "2023-06-16 12:00:00", 10, "1.5"), ("RD-90", "2023-08-16 12:00:00", 20, "1.5"),
        ("BI-90", "2023-08-17 12:00:00", 500, "3.0"), ("BI-90", "2023-08-17 12:00:00", 510, "2.0"),
        ("BI-90", "2022-01-01 00:00:00", 500, "3.0"), ("BI-91", "2022-06-30 23:59:59", None, "3.0"),
        ("LY-91", "2022-12-31 20:00:00", 700, "3.0"), ("LY-91", "2023-01-31 23:59:59", 800, "3.0"),
        ("LY-91", "2023-02-20 00:00:00", 800, "3.0"), ("LY-90", "2023-08-03 21:00:00", 800, "3.0"),
        ("LY-90", "2023-08-04 03:00:00", 900, "12.0"), ("BE-91", "2023-08-17 21:10:00", 5, "2.0"),
        ("WO-91", "2023-07-31 23:59:59", 60, None), ("WO-94", "2023-08-01 00:00:00", 60, None),
        ("WO-94", "2023-03-31 23:59:59", 60, None), ("WO-94", "2023-04-01 00:00:00", 60, None),
    ]  # fmt: skip
    tables["fix"] += [
        (9001 + n, anim_id, _utc(at), Decimal("45.5") + n // 2, Decimal("22.5"), high, hdop and Decimal(hdop))
        for n, (anim_id, at, high, hdop) in enumerate(sent)
    ]


def _directed_sightings(tables: dict[str, list[Row]]) -> None:
    """Sightings at the ends of months, seasons and years, of 20 and 21 animals, on days with a fix; busy observers."""
    seen = [  # day, species, park, animal, individuals, observer
        ("2021-12-31", "CANLUP", "DLT", None, 20, None), ("2022-01-01", "URSARC", "DLT", None, 21, None),
        ("2022-02-28", "CANLUP", "ODD", None, 1, "Ann Only"), ("2022-03-01", "CANLUP", "ODD", None, 1, "Ann Only"),
        ("2022-05-31", "URSARC", "ODD", None, 1, "Bob Bear"), ("2022-06-01", "NYCNOC", None, None, 300, "Ann Only"),
        ("2022-08-31", "NYCNOC", None, None, 300, "bob bear"), ("2022-09-01", "CANLUP", "OLD", "WO-90", 2, "Ann Only"),
        ("2022-11-30", "URSARC", "OLD", "BE-90", 1, "Bob Bear"), ("2022-12-01", "MEXTRA", "DLT", None, 5, None),
        ("2022-12-31", "LYNLYN", None, "LY-91", 1, None), ("2023-01-01", "MEXTRA", None, None, 1, "Ann Only"),
        ("2023-01-01", "CANAUR", "IRN", None, 1, "Ann Only"), ("2022-12-31", "MEXTRA", "IRN", None, 1, "Bob Bear"),
        ("2023-05-01", "CERELA", "IRN", None, 7, None), ("2023-05-31", "CERELA", "SUN", "RD-90", 21, None),
        ("2023-04-30", "CERELA", "SUN", None, 20, None), ("2023-06-01", "CERELA", "SUN", "RD-90", 1, None),
        ("2023-08-01", "LYNLYN", "STR", "LY-91", 1, None), ("2023-07-31", "LYNLYN", "STR", "WO-97", 1, None),
        ("2023-08-17", "URSARC", "STR", "BE-91", 1, "Bob Bear"), ("2023-08-03", "CANLUP", None, "WO-96", 1, None),
        ("2022-12-31", "CANAUR", None, None, 1, None), ("2023-02-01", "CANAUR", None, None, 1, None),
        ("2022-12-31", "TESHER", "IRN", None, 1, None), ("2023-02-01", "TESHER", None, None, 1, None),
        ("2022-10-01", "CANLUP", "DUP", None, 1, None),
    ]  # fmt: skip
    seen += [
        (f"2022-04-{n % 30 + 1:02d}", "CAPCAP", "BLK", None, 1, ("Max Many", "Len Less")[n % 2]) for n in range(39)
    ]
    tables["sight"] += [(9001 + n, _day(day), *rest) for n, (day, *rest) in enumerate(seen)]
