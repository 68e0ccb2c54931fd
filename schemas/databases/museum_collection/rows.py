"""Rows of the museum: a dense first instance, and small ones that tell near-miss queries apart.

Everything is drawn from one `random.Random` seeded by (seed, instance). The small instances draw from the same
departments, names and titles and add the directed rows of `_directed`: ties, NULLs, empty groups, boundary dates.
"""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from faker import Faker

Row = tuple[Any, ...]

TODAY = date(2026, 2, 5)

# name, floor, weight of its size, first and last year of its objects
DEPARTMENTS: list[tuple[str, int | None, int, tuple[int, int]]] = [
    ("Paintings", 1, 30, (1480, 1965)),
    ("Sculpture", 0, 16, (1350, 1980)),
    ("Antiquities", 0, 20, (-900, 420)),
    ("Decorative Arts", 2, 16, (1600, 1970)),
    ("Prints and Drawings", 2, 14, (1490, 1990)),
    ("Arms and Armour", None, 8, (1200, 1890)),
    ("Photography", 3, 0, (1850, 2000)),
]
TITLES = {
    "Paintings": ["Portrait of a Lady", "Portrait of a Merchant", "Still Life with Lemons", "Harbour at Dusk", "Mill"],
    "Sculpture": ["Head of a Youth", "Kneeling Saint", "Dancer", "Torso", "Portrait Bust"],
    "Antiquities": ["Amphora", "Oil Lamp", "Votive Figure", "Grave Stele", "Bronze Mirror"],
    "Decorative Arts": ["Writing Desk", "Tea Service", "Wall Clock", "Vase with Irises", "Silver Ewer"],
    "Prints and Drawings": ["Study of Hands", "View of the Bridge", "Portrait of a Boy", "Fair", "Map of the Delta"],
    "Arms and Armour": ["Parade Helmet", "Hunting Sword", "Crossbow", "Breastplate", "Powder Flask"],
}
MATERIALS = {
    "Paintings": ["oil on canvas", "oil on panel", "tempera"],
    "Sculpture": ["marble", "bronze", "limewood"],
    "Antiquities": ["clay", "marble", "bronze"],
    "Decorative Arts": ["porcelain", "silver", "walnut"],
    "Prints and Drawings": ["paper", "parchment"],
    "Arms and Armour": ["steel", "leather"],
}
TAGS = ["portrait", "landscape", "religious", "animal", "myth", "daily life", "war"]
SHOWS = ["Light and Stone", "Faces", "The Quiet Table", "Harbours", "Gods and Heroes", "Paper Worlds"]
SHOWS += ["Steel and Ceremony", "A Century of Gifts", "Hidden Hands", "Blue and White"]
BORROWERS = [
    ("Musée des Quais", "Lyon", "France"),
    ("Galerie Orangère", "Nantes", "France"),
    ("Kunsthaus am Wall", "Bremen", "Germany"),
    ("Stadtmuseum Elbe", "Dresden", "Germany"),
    ("Lakeside Gallery", "Zurich", "Switzerland"),
    ("Museo della Darsena", "Genoa", "Italy"),
    ("Northern Arts Centre", "Leeds", "United Kingdom"),
    ("Museum De Sluis", "Utrecht", "Netherlands"),
    ("Museo del Faro", "Vigo", "Spain"),
    ("Kunsthalle Inn", "Innsbruck", "Austria"),
]
CONSERVATORS = ["Ines Falk", "Tom Ardens", "Mira Soto", "Paul Verne", "Hana Kuhn"]


def rows(seed: int, instance: int) -> dict[str, list[Row]]:
    """Rows of every table, parents first; deterministic in (seed, instance)."""
    rng = random.Random(f"museum_collection:{seed}:{instance}")
    big = instance == 1
    tables: dict[str, list[Row]] = {
        "departments": [(n, name, floor) for n, (name, floor, _, _) in enumerate(DEPARTMENTS, start=1)],
        "makers": _makers(rng, 80 if big else 24),
    }
    artefacts = tables["artefacts"] = _artefacts(rng, 280 if big else 50)
    tables["artefact_makers"] = _links(rng, artefacts, tables["makers"])
    tables["provenance"] = _provenance(rng, artefacts)
    tables["exhibitions"] = _exhibitions(rng, 40 if big else 9)
    tables["exhibition_items"] = _items(rng, tables["exhibitions"], artefacts, 16 if big else 8)
    tables["borrowers"] = [(n, *borrower) for n, borrower in enumerate(BORROWERS, start=1)]
    tables["loans"] = _loans(rng, artefacts, 230 if big else 40)
    tables["treatments"] = _treatments(rng, artefacts, 340 if big else 50)
    if not big:
        _directed(tables, instance)
    return tables


def _makers(rng: random.Random, count: int) -> list[Row]:
    """Makers whose names come from one pool; one in eight is a workshop without dates of life."""
    locales = {"fr_FR": "France", "it_IT": "Italy", "de_DE": "Germany", "nl_NL": "Netherlands", "es_ES": "Spain"}
    faker = Faker(list(locales))
    faker.seed_instance("museum_collection:names")
    found: list[Row] = []
    for maker_id in range(1, count + 1):
        locale = list(locales)[maker_id % 5]
        name = f"{faker[locale].first_name()} {faker[locale].last_name()}"
        country = locales[locale] if rng.random() < 0.86 else None
        born: int | None = rng.randrange(1450, 1950)
        died: int | None = (born or 0) + rng.randrange(28, 92)
        if maker_id % 8 == 0:
            name, born, died = f"Workshop of {name.split()[-1]}", None, None
        born = born if rng.random() < 0.9 else None
        died = None if died is None or died > 2015 or rng.random() < 0.08 else died
        found.append((maker_id, name, country, born, died))
    return found


def _artefacts(rng: random.Random, count: int) -> list[Row]:
    """Artefacts numbered by year of acquisition; dates of making are often partial, attributes often missing."""
    serial: dict[int, int] = {}
    found: list[Row] = []
    for _ in range(count):
        number = rng.choices(range(6), [department[2] for department in DEPARTMENTS[:6]])[0]
        name, _, _, (first, last) = DEPARTMENTS[number]
        back = rng.randrange(560) if rng.random() < 0.2 else int(44000 * rng.random() ** 1.5)
        acquired = TODAY - timedelta(days=back)
        serial[acquired.year] = serial.get(acquired.year, 0) + rng.randrange(1, 4)
        made: int | None = rng.randrange(first, min(last, acquired.year))
        made = None if rng.random() < 0.12 else made
        month = rng.randrange(1, 13) if made and made > 1750 and rng.random() < 0.5 else None
        means = rng.choices(("purchase", "gift", "bequest", "find"), (45, 30, 17, 8 if number == 2 else 0))[0]
        value = Decimal(round(rng.lognormvariate(10, 1.4), -2)) if rng.random() < 0.84 else None
        attributes = json.dumps(_attributes(rng, name), sort_keys=True)
        inventory_no = f"{acquired.year}.{serial[acquired.year]:02d}"
        found.append(
            (inventory_no, rng.choice(TITLES[name]), number + 1, made, month, acquired, means, value, attributes)
        )
    return sorted(found, key=lambda row: (row[5], row[0]))


def _attributes(rng: random.Random, department: str) -> dict[str, Any]:
    """What is known of an artefact beyond its columns; each key may be missing."""
    found: dict[str, Any] = {}
    if rng.random() < 0.92:
        found["material"] = rng.choice(MATERIALS[department])
    if rng.random() < 0.85:
        found["height_cm"] = round(rng.lognormvariate(3.8, 0.7), 1)
    if rng.random() < 0.55:
        found["weight_kg"] = round(rng.lognormvariate(1.2, 1.2), 2)
    if department != "Antiquities" and rng.random() < 0.7:
        found["signed"] = rng.random() < 0.55
    if rng.random() < 0.75:
        found["tags"] = rng.sample(TAGS, rng.choice((1, 1, 2, 3)))
    return found


def _links(rng: random.Random, artefacts: list[Row], makers: list[Row]) -> list[Row]:
    """Who made what: none for antiquities and a few others, at times two or three; the last makers made nothing."""
    known = makers[: -(len(makers) // 12)]
    weights = {maker: rng.paretovariate(1.1) for maker in known}
    found: list[Row] = []
    for artefact in artefacts:
        if artefact[2] == 3 or rng.random() < 0.08:
            continue
        made = artefact[3]
        living = [m for m in known if not made or not m[3] or m[3] + 16 <= made <= (m[4] or m[3] + 75)]
        count = rng.choices((1, 2, 3), (78, 17, 5))[0]
        chosen = dict.fromkeys(rng.choices(living, [weights[maker] for maker in living], k=count))
        for maker in chosen:
            roles = ("workshop",) if maker[1].startswith("Workshop") else ("artist", "artist", "designer", "attributed")
            found.append((artefact[0], maker[0], rng.choice(roles)))
    return found


def _provenance(rng: random.Random, artefacts: list[Row]) -> list[Row]:
    """One to five owners before the museum; years are at times unknown, and there are gaps between owners."""
    faker = Faker("fr_FR")
    faker.seed_instance("museum_collection:owners")
    pool = [f"{faker.first_name()} {faker.last_name()}" for _ in range(60)] + ["Galerie Lenoir", "Auction House Brandt"]
    found: list[Row] = []
    for artefact in artefacts:
        if artefact[6] == "find" or rng.random() < 0.1:
            continue
        end = artefact[5].year
        chain: list[tuple[str | None, int | None, int | None, Decimal | None]] = []
        for _ in range(rng.choices((1, 2, 3, 4, 5), (22, 32, 26, 14, 6))[0]):
            start = end - int(rng.expovariate(1 / 22)) - 1
            price = Decimal(round(rng.lognormvariate(8, 1.5), -1)) if rng.random() < 0.55 else None
            owner = rng.choice(pool) if rng.random() < 0.86 else None
            known_start = start if rng.random() < 0.88 else None
            chain.append((owner, known_start, end if rng.random() < 0.92 else None, price))
            end = start - (rng.randrange(1, 30) if rng.random() < 0.25 else 0)
        found += [(artefact[0], seq, *owner) for seq, owner in enumerate(reversed(chain), start=1)]
    return found


def _exhibitions(rng: random.Random, count: int) -> list[Row]:
    """Two permanent displays, then exhibitions of two to seven months up to one that is still to open."""
    found: list[Row] = [
        (1, "Treasures of the House", date(2011, 5, 14), None, None),
        (2, "Ancient Worlds", date(2016, 9, 30), None, None),
    ]
    opened = TODAY - timedelta(days=75 * (count - 2) - 130)
    for number in range(3, count + 1):
        closed = opened + timedelta(days=rng.randrange(55, 210))
        counted = closed < TODAY and (number == 4 or rng.random() < 0.88)
        title = SHOWS[(number - 3) % len(SHOWS)] + (f" {'II' if number < 23 else 'III'}" if number > 12 else "")
        found.append((number, title, opened, closed, rng.randrange(40, 900) * 100 if counted else None))
        opened += timedelta(days=rng.randrange(50, 101))
    return found


def _items(rng: random.Random, exhibitions: list[Row], artefacts: list[Row], most: int) -> list[Row]:
    """What was shown where; a third of the artefacts never leaves the store, the last exhibition is still empty."""
    shown = [artefact for artefact in artefacts if rng.random() < 0.66]
    found: list[Row] = []
    for exhibition in exhibitions[:-1]:
        owned = [artefact for artefact in shown if artefact[5] < exhibition[2]]
        for artefact in rng.sample(owned, min(len(owned), rng.randrange(most // 2, most + 8))):
            room = f"{rng.choice('ABC')}{rng.randrange(1, 5)}" if rng.random() < 0.9 else None
            found.append((exhibition[0], artefact[0], room))
    return found


def _loans(rng: random.Random, artefacts: list[Row], count: int) -> list[Row]:
    """Loans one after another; some come back late, some are still away, one in four is free of charge."""
    away: dict[str, date] = {}
    found: list[Row] = []
    starts = sorted(rng.randrange(1, 560) if rng.random() < 0.6 else rng.randrange(560, 4000) for _ in range(count))
    for back in reversed(starts):
        lent = TODAY - timedelta(days=back)
        free = [row for row in artefacts if row[5] < lent and away.get(row[0], date(1900, 1, 1)) < lent]
        artefact = rng.choice(free[: len(free) * 3 // 4])
        due = lent + timedelta(days=rng.choice((90, 120, 180, 180, 270, 365)))
        back_on: date | None = due + timedelta(days=rng.choice((-30, -7, -3, -1, 0, 0, 4, 15, 60)))
        if due > TODAY - timedelta(days=200) and (rng.random() < 0.25 or (back_on and back_on > TODAY)):
            back_on = None
        fee = Decimal(rng.randrange(4, 80) * 100) if rng.random() < 0.74 else None
        borrower = rng.choices(range(1, 10), (22, 9, 18, 12, 10, 9, 8, 7, 5))[0]
        away[artefact[0]] = back_on or TODAY
        found.append((len(found) + 1, artefact[0], borrower, lent, due, back_on, fee))
    return found


def _treatments(rng: random.Random, artefacts: list[Row], count: int) -> list[Row]:
    """Conservators' work, denser of late; some of it is under way and some hours are not booked."""
    weights = [rng.paretovariate(1.4) for _ in artefacts]
    found: list[Row] = []
    for _ in range(count):
        artefact = rng.choices(artefacts, weights)[0]
        first = max(artefact[5], date(2017, 1, 1))
        back = rng.randrange(min((TODAY - first).days, 560 if rng.random() < 0.6 else 9999) + 1)
        started = TODAY - timedelta(days=back)
        kind = rng.choices(("cleaning", "repair", "varnish", "analysis"), (42, 28, 12, 18))[0]
        finished: date | None = started + timedelta(days=int(rng.expovariate(1 / 30)))
        if (finished and finished > TODAY) or rng.random() < 0.03:
            finished = None
        hours = Decimal(round(rng.lognormvariate(2.3, 0.8) * 2)) / 2 if rng.random() < 0.9 else None
        who = rng.choices(CONSERVATORS, (30, 26, 20, 15, 9))[0]
        found.append((0, artefact[0], kind, who, started, finished, hours))
    found.sort(key=lambda row: (row[4], row[1], row[2], row[3]))
    return [(number, *row[1:]) for number, row in enumerate(found, start=1)]


def _day(text: str) -> date:
    """The day that an ISO text names."""
    return date.fromisoformat(text)


def _directed(tables: dict[str, list[Row]], instance: int) -> None:
    """Add rows on which near-miss queries differ; the two small instances differ in what is absent."""
    absent = "varnish" if instance == 2 else "analysis"
    kept = [(*row[:2], "cleaning" if row[2] == absent else row[2], *row[3:]) for row in tables["treatments"]]
    tables["treatments"][:] = kept
    tables["departments"] += [(8, "paintings", 4), (9, "Lace Room", None)]
    tables["makers"] += [  # namesakes, single names, one without a country, no works at all
        (901, "Twin Maker", "Spain", 1600, 1660),
        (902, "Twin Maker", "Spain", 1600, 1660),
        (903, "Solo", "Spain", None, None),
        (904, "Anna de la Cruz", None, 1700, 1750),
        (905, "Nemo Nullus", "Belgium", 1800, 1859),
        (906, "Nemo Nullus", "Belgium", None, 1920),
    ]
    _directed_artefacts(tables)
    _directed_shows(tables)
    _directed_loans(tables)
    _directed_work(tables)


def _directed_artefacts(tables: dict[str, list[Row]]) -> None:
    """Partial dates at the ends of periods, round values, heights of exactly a metre, ties, empty attributes."""
    tall: dict[str, Any] = {"height_cm": 999, "signed": True, "tags": ["portrait", "war"], "material": "amber"}
    plain: dict[str, Any] = {"height_cm": 100, "signed": True, "weight_kg": 0.5}
    spots: list[tuple[str, str, int, int | None, int | None, str, str, int | None, dict[str, Any]]] = [
        ("X.01", "Portrait", 1, 1600, 12, "2015-01-01", "bequest", 9000000, tall),
        ("X.02", "portrait of a lady", 1, 1650, None, "2014-12-31", "purchase", 9000000, tall),
        ("X.03", "Twin Vase", 5, 499, None, "2025-02-05", "purchase", 100000, plain),
        ("X.04", "Twin Vase", 5, 499, 1, "2025-02-04", "purchase", 100001, {**plain, "height_cm": 100.1}),
        ("X.05", "Twin Vase", 5, 500, 10, "2026-02-05", "gift", 100001, {"signed": False, "tags": ["portrait"]}),
        ("X.06", "Self-Portrait", 2, 1499, None, "1990-01-01", "gift", None, {"signed": False, "tags": ["animal"]}),
        ("X.07", "Anon", 2, 1500, None, "1989-12-31", "bequest", 500, {"tags": ["portrait"], "height_cm": 9}),
        ("X.08", "Anon", 2, 1799, None, "2019-12-31", "bequest", 500, {}),
        ("X.09", "Anon", 4, 1800, None, "2020-01-01", "purchase", 500, {"height_cm": 999, "signed": True}),
        ("X.10", "Anon", 4, 1651, None, "2020-01-01", "purchase", 100001, {"height_cm": 999}),
        ("X.11", "Anon", 8, 1599, None, "2020-01-01", "find", 50000, {"tags": []}),
        ("X.12", "Anon", 3, None, None, "2020-01-01", "find", 250001, {"tags": ["portrait", "myth"]}),
        ("X.13", "Anon", 3, None, None, "2020-01-01", "purchase", 50001, {"material": "IVORY", "weight_kg": 9}),
        ("X.14", "Anon", 5, 1799, None, "2014-12-31", "bequest", 100000, {}),
        ("X.15", "Anon", 5, 1700, None, "2019-01-01", "bequest", 100001, {}),
        ("X.16", "Anon", 1, 1700, None, "2019-01-01", "purchase", 50000, {}),
        ("X.17", "Anon", 1, 1700, None, "2019-01-01", "purchase", 50001, {}),
    ]
    spots += [
        (f"Y.{n:02d}", "Chess Piece", 4, 1200, n, "2001-01-01", "purchase", 2000, {"material": "ivory", "weight_kg": n})
        for n in range(1, 11)
    ]
    for number, title, department, year, month, acquired, means, value, attributes in spots:
        worth = None if value is None else Decimal(value)
        row = (number, title, department, year, month, _day(acquired), means, worth, json.dumps(attributes))
        tables["artefacts"].append(row)
    links = [("X.01", 901), ("X.01", 902), ("X.02", 901), ("X.03", 901), ("X.04", 901), ("X.05", 901), ("X.03", 902)]
    links += [("X.06", 903), ("X.09", 904), ("X.06", 904), ("X.10", 904), ("X.02", 906), ("X.04", 906)]
    tables["artefact_makers"] += [(item, maker, "designer" if maker == 904 else "artist") for item, maker in links]
    owners: list[tuple[str, int, str | None, int | None, int | None, int | None]] = [
        ("X.01", 1, None, 1900, 1933, 100),
        ("X.01", 2, "Vera Holm", 1943, 1950, 100),
        ("X.01", 3, None, 1961, 1970, 9),
        ("X.01", 4, "vera holm", 1970, 2015, None),
        ("X.02", 1, None, 1945, 1960, 450000),
        ("X.02", 2, None, 1960, None, 450001),
        ("X.03", 1, "Vera Holm", 1946, 1970, 5000),
        ("X.03", 2, "Ole Berg", 1970, 1990, 500),
        ("X.03", 3, "Ada Klint", 1990, 2025, 49),
        ("X.04", 1, "Vera Holm", 1900, 1932, 0),
        ("X.04", 2, "Ole Berg", 1932, 1932, None),
        ("X.04", 3, "Ada Klint", 1932, 2025, 5000),
        ("X.14", 1, "Ada Klint", 1932, 2014, 5000),
        ("X.16", 1, None, 1900, 1932, None),
        ("X.16", 2, "Ada Klint", 1932, 2019, 5000),
        ("X.17", 1, None, 1946, 1950, None),
        ("X.17", 2, "Ada Klint", 1950, 2019, 5000),
        ("X.13", 1, "Ada Klint", None, 2000, 9000),
        ("X.13", 2, None, 2000, 2020, 10),
        ("X.10", 1, "Ada Klint", 2000, 2020, 5001),
        ("X.09", 1, "Ole Berg", 1990, 2020, None),
    ]
    tables["provenance"] += [(*owner[:5], None if owner[5] is None else Decimal(owner[5])) for owner in owners]


def _directed_shows(tables: dict[str, list[Row]]) -> None:
    """Exhibitions that open or close today, tomorrow or at the ends of years; items in exactly three and seven."""
    spots: list[tuple[str, str, str, int | None]] = [
        ("Last Day", "2025-12-01", "2026-02-05", None),
        ("First Day", "2026-02-05", "2026-06-30", None),
        ("Tomorrow", "2026-02-06", "2026-07-01", None),
        ("Year End", "2022-12-31", "2024-01-01", 50000),
        ("Year Start", "2023-01-01", "2023-12-31", 50001),
        ("Short", "2024-12-31", "2024-12-31", 50001),
        ("Faces again", "2025-01-01", "2025-03-31", 900),
        ("Yesterday", "2025-12-02", "2026-02-04", 50000),
        ("light and stone", "2022-01-01", "2022-06-30", 60000),
        ("Tomorrow", "2025-03-01", "2025-12-01", 12345),
        ("No End", "2025-02-01", "", None),
        ("Late", "2025-06-01", "2025-07-01", None),
        ("Over New Year", "2024-12-31", "2025-02-28", None),
        ("New Year", "2024-01-01", "2024-01-10", 1000),
        ("Eve", "2023-12-31", "2025-01-01", 1000),
    ]
    tables["exhibitions"] += [
        (900 + number, title, _day(opened), _day(closed) if closed else None, visitors)
        for number, (title, opened, closed, visitors) in enumerate(spots)
    ]
    items = [(show, "X.01") for show in range(900, 907)] + [(show, "X.03") for show in (900, 903, 909)]
    items += [(900, "X.04"), (901, "X.04"), (907, "X.04"), (905, "X.06"), (906, "X.06"), (3, "X.02")]
    items += [(show, "X.13") for show in (902, 903)] + [(show, "X.02") for show in range(900, 906)]
    items += [(3, "X.01"), (908, "X.09"), *((show, "X.03") for show in (906, 910, 911, 912))]
    tables["exhibition_items"] += [(show, number, None if show == 905 else "Z1") for show, number in items]


def _directed_loans(tables: dict[str, list[Row]]) -> None:
    """Loans due and returned on the day, over turns of months and years, free and for nothing, ten of one country."""
    tables["borrowers"] += [
        (901, "Twin Museum", "Gozo", "Malta"),
        (902, "Twin Museum", "Gozo", "Malta"),
        (903, "Never House", "Riga", "Latvia"),
        (904, "Museum Eleven", "Lyon", "Portugal"),
    ]
    spots = [
        ("X.03", 904, "2025-02-05", "2026-02-05", "", "5000"),
        ("X.04", 904, "2025-02-05", "2026-02-04", "", ""),
        ("X.05", 902, "2026-02-05", "2026-08-05", "", ""),
        ("X.06", 904, "2024-12-31", "2025-03-01", "2025-03-01", "4999"),
        ("X.07", 904, "2025-01-01", "2025-02-01", "2025-02-02", "5000"),
        ("X.08", 904, "2025-12-31", "2026-01-31", "2026-02-01", "0"),
        ("X.09", 904, "2026-01-01", "2026-01-31", "2026-01-15", "12000"),
        ("X.11", 904, "2025-07-31", "2025-09-30", "2025-09-01", "300"),
        ("X.12", 904, "2025-08-01", "2025-09-30", "2025-08-31", "300"),
        ("X.12", 904, "2025-12-31", "2026-01-05", "2026-01-31", "9000"),
        ("X.01", 904, "2026-01-01", "2026-03-01", "", ""),
    ]
    spots += [(f"Y.{n:02d}", 901, f"2021-0{1 + n // 4}-10", "2021-12-31", "2021-12-31", "10000") for n in range(1, 11)]
    tables["loans"] += [
        (900 + n, number, who, _day(lent), _day(due), _day(back) if back else None, Decimal(fee) if fee else None)
        for n, (number, who, lent, due, back, fee) in enumerate(spots)
    ]


def _directed_work(tables: dict[str, list[Row]]) -> None:
    """Treatments at the ends of years, of exactly 60 days so far, twice a day, with equal or no hours."""
    sixty = (TODAY - timedelta(days=60)).isoformat()
    spots = [
        ("X.01", "varnish", "Ines Falk", "2025-01-01", "2025-01-01", "500"),
        ("X.02", "varnish", "Tom Ardens", "2024-12-31", "2025-01-02", "400"),
        ("X.03", "varnish", "Mira Soto", "2025-12-31", "2025-12-31", "400"),
        ("X.03", "varnish", "Paul Verne", "2024-01-01", "2024-01-31", ""),
        ("X.02", "repair", "Paul Verne", sixty, "", "3"),
        ("X.02", "analysis", "ines falk", (TODAY - timedelta(days=59)).isoformat(), "", "3"),
        ("X.04", "repair", "Ines Falk", "2025-06-01", "2025-06-01", ""),
        ("X.04", "cleaning", "Ines Falk", "2025-06-01", "2025-06-02", "8"),
        ("X.05", "analysis", "Hana Kuhn", "2026-02-05", "", ""),
        ("X.06", "repair", "Hana Kuhn", "2023-12-31", "2024-02-29", "500"),
        ("X.06", "cleaning", "ines falk", "2025-09-30", "2025-10-01", "8"),
        ("X.07", "cleaning", "ines falk", "2025-10-01", "2025-10-02", "8"),
        ("X.07", "repair", "Tom Ardens", "2026-01-01", "2026-01-01", "0"),
        ("X.09", "repair", "Tom Ardens", "2026-01-01", "2026-01-01", "0"),
        ("X.09", "cleaning", "Tom Ardens", "2026-01-01", "2026-01-02", "1"),
    ]
    tables["treatments"] += [
        (900 + n, number, kind, who, _day(start), _day(end) if end else None, Decimal(hours) if hours else None)
        for n, (number, kind, who, start, end, hours) in enumerate(spots)
    ]
