"""Rows of the esports league: a dense first instance, and small ones that tell near-miss queries apart.

Everything is drawn from one `random.Random` seeded by (seed, instance). Instance 1 holds three seasons of four games;
the others draw from the same teams, venues, tournaments and handles, leave out the first season and most contracts,
and add the directed rows of `_directed`. No team ever starts two matches at the same instant.
"""

from __future__ import annotations

import math
import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

Row = tuple[Any, ...]

NOW = datetime(2024, 10, 17, 18, 40, tzinfo=UTC)
TODAY = NOW.date()

GAMES: list[Row] = [
    ("SZ", "Strike Zero", "fps", 5), ("RA", "Rift of Ages", "moba", 5), ("TB", "Turbo Ball", "sport", 3),
    ("IF", "Iron Fist", "fight", 1), ("HX", "Hex Royale", "fps", 3),
]  # fmt: skip
# Maps of each game's pool, points that win one, its usual length in minutes.
POOLS: dict[str, tuple[list[str], int, int]] = {
    "SZ": (["Harbor", "Citadel", "Dunes", "Foundry", "Metro", "Glacier", "Temple"], 13, 42),
    "RA": (["Elder Rift", "Frost Rift"], 24, 34),
    "TB": (["Sky Dome", "Beach Bowl", "Neon Park", "Harbor"], 5, 8),
    "IF": (["Dojo", "Rooftop", "The Pit"], 3, 4),
}
# id, name, tag, region, city, founded, disbanded, strength
TEAMS: list[tuple[int, str, str, str, str | None, int | None, date | None, float]] = [
    (1, "Nordvind", "NVD", "EU", "Oslo", 2014, None, 0.9), (2, "Iron Lynx", "ILX", "EU", "Berlin", 2012, None, 0.6),
    (3, "Crimson Foxes", "CFX", "NA", "Austin", 2015, None, 0.3),
    (4, "Seoul Comets", "SCM", "KR", "Seoul", 2010, None, 1.2),
    (5, "Busan Tides", "BTD", "KR", "Busan", 2016, None, 0.4),
    (6, "Pixel Pirates", "PXP", "EU", None, 2018, None, -0.2),
    (7, "Paulista Jaguars", "PJG", "BR", "Sao Paulo", 2013, None, 0.1),
    (8, "Rio Rockets", "RIO", "BR", "Rio de Janeiro", 2017, None, -0.3),
    (9, "Atlas Gaming", "ATL", "NA", "Chicago", 2011, None, 0.5),
    (10, "Old Guard", "OGD", "EU", "Berlin", 2009, date(2024, 3, 31), -0.5),
    (11, "Vertigo", "VTG", "EU", "Paris", 2016, None, 0.0), (12, "Lone Stars", "LST", "NA", "Austin", None, None, -0.1),
    (13, "Han River", "HRV", "KR", "Seoul", 2019, None, 0.2),
    (14, "Tropic Thunder", "TTH", "BR", "Sao Paulo", None, date(2023, 12, 31), -0.9),
    (15, "Polar Bears", "PBR", "NA", "Toronto", 2018, None, -0.4),
    (16, "Silent Order", "SIL", "EU", None, 2020, None, -0.1),
    (17, "Warsaw Hussars", "WHU", "EU", "Warsaw", 2012, None, 0.4),
    (18, "Lagoon Esports", "LGN", "NA", None, 2021, None, -1.0),
    (19, "Daejeon Owls", "DJO", "KR", "Daejeon", 2015, date(2022, 11, 30), -0.3),
    (20, "Pixel Poets", "PXP", "EU", "Paris", 2022, None, -0.7),
    (21, "Recife Sharks", "RCS", "BR", "Recife", 2020, None, -0.2),
    (22, "Ghost Ship", "GST", "NA", "Boston", None, None, -0.6),
    (23, "Fjord Wolves", "FJW", "EU", "Oslo", 2011, None, 0.2),
    (24, "Bench Mob", "BMB", "NA", "Chicago", 2023, None, -1.2), (25, "Wild Card", "WLD", "KR", None, 2024, None, 6.0),
]  # fmt: skip
VENUES: list[Row] = [
    ("ROY", "Royal Arena", "London", 12500), ("HAL", "Hall of Champions", "Berlin", 8000),
    ("SKD", "Skydome", "Seoul", 18000), ("DOK", "Dock 9 Studio", "Oslo", 300), ("LUX", "Lux Studio", "Warsaw", None),
    ("COL", "Colosseum", "Sao Paulo", 10000), ("PAR", "Parc Expo", "Paris", 6000),
    ("TEX", "Lone Star Center", "Austin", 10000), ("AUR", "Aurora Hall", "Toronto", 9500),
]  # fmt: skip
HANDLES = [
    "xeno", "Xan", "blitz", "Frost", "kairo", "m0nk", "Vex", "tilt", "nova", "Ember", "rookie", "zed", "Kite",
    "orbit", "sn1pe", "Lumen", "drift", "Axiom", "pixl", "Ruin", "halo", "Moth", "jinx", "ozone", "Quill", "rapid",
    "Slate", "tempo", "Uno", "wisp", "yeti", "Zephyr", "bolt", "Cipher", "dash", "Echo", "fable", "Gale", "hexa",
    "Ion", "jolt", "Kodo", "lynx", "mirage", "Nyx", "onyx", "pulse", "Rift", "sable", "Torch", "umbra", "vivid",
    "Wraith", "xylo", "yarn", "Zest",
]  # fmt: skip
FIRST_NAMES = [
    "Anna", "Bruno", "Carla", "Dae", "Emil", "Fabio", "Grace", "Hugo", "Ines", "Jun", "Karl", "Luca", "Mina", "Nils",
    "Olga", "Pedro", "Rosa", "Sang", "Tom", "Yuna",
]  # fmt: skip
LAST_NAMES = [
    "Alves", "Berg", "Costa", "Dahl", "Evans", "Frey", "Gomes", "Hansen", "Kim", "Lee", "Moreau", "Nowak", "Park",
    "Ruiz", "Silva", "Wolf",
]  # fmt: skip
GUESTS = (24, 25)
"""Teams of instance 1 that only come by now and then: one hosts show matches, one visits the opens of 2024."""
COUNTRIES = ("DE", "KR", "US", "BR", "FR", "NO", "PL", "SE", "CA", None)
# kind, name, tier, first day in the year, days, matches if big and if small
KINDS = [("W", "Worlds", "S", 272, 40, 26, 5), ("L", "League", "A", 68, 165, 44, 6), ("O", "Open", "B", 14, 45, 13, 3)]
SHARES = [(1, 40), (2, 20), (3, 12), (4, 8), (5, 6), (5, 6), (7, 4), (7, 4)]


def rows(seed: int, instance: int) -> dict[str, list[Row]]:
    """Rows of every table, parents first; deterministic in (seed, instance)."""
    rng = random.Random(f"esports_league:{seed}:{instance}")
    big = instance == 1
    teams = TEAMS if big else TEAMS[:15]
    tourns = _tournaments(big)
    players = _players(rng, 150 if big else 34)
    matches, maps = _matches(rng, tourns, [team[0] for team in teams if team[0] not in GUESTS], big)
    tables: dict[str, list[Row]] = {
        "t_game": list(GAMES),
        "t_team": [team[:7] for team in teams],
        "t_player": players,
        "t_roster": _contracts(rng, players, [team for team in teams if team[0] not in GUESTS]),
        "t_venue": list(VENUES),
        "t_tourn": tourns,
        "t_match": matches,
        "t_map": maps,
        "t_prize": _prizes(rng, tourns, matches, 8 if big else 4),
    }
    if not big:
        _directed(tables)
    return tables


def _tournaments(big: bool) -> list[Row]:
    """Worlds, league and open of each game and year, the goal before what leads to it; some have no prize pool."""
    found: list[Row] = []
    for year in (2022, 2023, 2024) if big else (2023, 2024):
        for place, (code, name, _, _) in enumerate(GAMES[:4]):
            above: str | None = None
            for kind, title, tier, first, days, _, _ in KINDS:
                start = date(year, 1, 1) + timedelta(days=first + 3 * place)
                pool = {"W": 800 - 200 * (place // 2), "L": 240 - 60 * place, "O": 20 * (place % 2)}[kind]
                money = Decimal(pool * 1000 + (year - 2022) * 10000 * (kind != "O")) if pool else None
                own, label = f"{code}{kind}{year % 100}", f"{name} {title} {year}"
                found.append((own, label, code, tier, start, start + timedelta(days=days), money, above))
                above = own
    for code, name, _, _ in GAMES[:2]:
        label = f"{name} Open 2025"
        found.append((f"{code}O25", label, code, "B", date(2025, 1, 15), date(2025, 3, 1), None, None))
    return found


def _players(rng: random.Random, count: int) -> list[Row]:
    """People with handles that repeat now and then; real name, country and birthday may be withheld."""
    found: list[Row] = []
    for pl_id in range(1, count + 1):
        nick = rng.choice(HANDLES)
        name = f"{rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)}" if rng.random() < 0.85 else None
        country = rng.choices(COUNTRIES, (14, 20, 16, 13, 9, 7, 7, 5, 4, 5))[0]
        age = 16.6 + rng.gammavariate(3, 2.2)
        born = TODAY - timedelta(days=int(age * 365.25)) if rng.random() < 0.88 else None
        found.append((pl_id, nick, name, country, born))
    return found


def _contracts(rng: random.Random, players: list[Row], teams: list[Any]) -> list[Row]:
    """Up to four contracts a player, one after the other, often with a gap; a few players never had any."""
    found: list[Row] = []
    for pl_id, *_ in players:
        role = rng.choices(("player", "sub", "coach"), (74, 16, 10))[0]
        pay = 1500 + int(rng.paretovariate(1.7) * 1100)
        day = date(2021, 9, 1) + timedelta(days=int(900 * rng.random() ** 1.6))
        while day < TODAY + timedelta(days=20) and rng.random() < 0.86:
            open_ = [item for item in teams if item[6] is None or item[6] > day + timedelta(days=30)]
            team = rng.choices(open_, [math.exp(0.5 * item[7]) for item in open_])[0]
            end: date | None = day + timedelta(days=rng.choice((91, 182, 364, 364, 540, 729)) + rng.randrange(-4, 5))
            if end and end > TODAY and rng.random() < 0.45:
                end = None
            if team[6] and team[6] < (end or TODAY):
                end = team[6]
            wage = Decimal(pay // 50 * 50) if rng.random() < 0.85 else None
            found.append((pl_id, team[0], role, day, end, wage))
            if end is None or len(found) > 900:
                break
            day = end + timedelta(days=rng.choices((1, 8, 40, 91, 200, -12), (38, 19, 18, 12, 9, 4))[0])
            pay = int(pay * rng.uniform(0.85, 1.5))
            role = role if rng.random() < 0.85 else rng.choice(("player", "sub", "coach"))
    found.sort(key=lambda row: (row[3], row[0]))
    return [(number, *row) for number, row in enumerate(found, start=1)]


def _matches(rng: random.Random, tourns: list[Row], teams: list[int], big: bool) -> tuple[list[Row], list[Row]]:
    """Matches of all tournaments and some show matches by start time, with the maps played in them."""
    sizes = {tier: (many, few) for _, _, tier, _, _, many, few in KINDS}
    taken: set[tuple[int, datetime]] = set()
    plans: list[Row] = []
    for tourn in [*tourns, *[None] * (16 if big else 3)]:
        start, end = (tourn[4], tourn[5]) if tourn else (date(2023, 1, 10), TODAY + timedelta(days=20))
        field = rng.sample(teams, min(len(teams), 8 + rng.randrange(5)))
        for _ in range(sizes[tourn[3]][0 if big else 1] if tourn else 1):
            day = start + timedelta(days=rng.randrange((end - start).days + 1))
            at = datetime(day.year, day.month, day.day, rng.choices((12, 15, 18, 20), (2, 3, 5, 4))[0], tzinfo=UTC)
            at += timedelta(minutes=30 * rng.randrange(2))
            pair = rng.sample(field, 2)
            if big and tourn is None and day.year == 2024:
                pair[0] = GUESTS[0]
            if big and tourn and tourn[0].endswith("O24") and rng.random() < 0.25:
                pair[1] = GUESTS[1]
            off = {team[0] for team in TEAMS if team[6] and team[6] < day}
            if off & set(pair) or {(pair[0], at), (pair[1], at)} & taken:
                continue
            taken |= {(pair[0], at), (pair[1], at)}
            plans.append((at, tourn, *pair))
    plans.sort(key=lambda plan: (plan[0], plan[2]))
    matches: list[Row] = []
    maps: list[Row] = []
    for number, plan in enumerate(plans, start=1001):
        match, played = _play(rng, number, *plan)
        matches.append(match)
        maps += played
    return matches, maps


def _play(
    rng: random.Random, number: int, at: datetime, tourn: Row | None, home: int, away: int
) -> tuple[Row, list[Row]]:
    """One match and its maps: the stronger side and the home side win more often; what is to come has no score."""
    tier, game = (tourn[3], str(tourn[2])) if tourn else ("A", "SZ")
    best = rng.choice({"S": (3, 5, 5), "A": (2, 3, 3) if game == "RA" else (3, 3, 1), "B": (1, 1, 3)}[tier])
    state = "done" if at <= NOW - timedelta(hours=3) else "live" if at <= NOW else "sched"
    if state != "live" and rng.random() < 0.05:
        state = "off"
    strength = {team[0]: team[7] for team in TEAMS}
    chance = 1 / (1 + math.exp(-(strength[home] - strength[away] + 0.2)))
    wins = [0, 0]
    maps: list[Row] = []
    limit = 0 if state == "sched" or at > NOW or (state == "off" and rng.random() < 0.6) else 9
    limit = 1 if limit and state != "done" else limit
    pool, points, usual = POOLS[game]
    names = rng.sample(pool, len(pool)) * 3
    while len(maps) < min(limit, best) and 2 * max(wins) <= best - (best % 2 == 1):
        side = 0 if rng.random() < chance else 1
        wins[side] += 1
        least = rng.randrange(points)
        score = (points, least) if side == 0 else (least, points)
        pick = None if len(maps) + 1 == best and best != 2 else ("home", "away")[len(maps) % 2]
        length = max(2, int(rng.gauss(usual, usual / 5))) if rng.random() < 0.92 else None
        maps.append((number, len(maps) + 1, names[len(maps)], pick, *score, length))
    scores = wins if limit else [None, None]
    peak = int({"S": 60000, "A": 18000, "B": 2500}[tier] * rng.lognormvariate(0, 0.6))
    shown = peak // 10 * 10 if state in {"done", "live"} and rng.random() < 0.87 else None
    on_site = rng.random() < {"S": 0.92, "A": 0.4, "B": 0.05}[tier]
    venue = rng.choices([item[0] for item in VENUES[:-1]], (20, 14, 16, 12, 9, 8, 11, 10))[0] if on_site else None
    kept = rng.choices((len(maps), 0, max(1, len(maps) - 1)), (93, 5, 2))[0]
    row = (number, tourn and tourn[0], home, away, venue, at, best, state, *scores, shown)
    return row, maps[:kept]


def _prizes(rng: random.Random, tourns: list[Row], matches: list[Row], places: int) -> list[Row]:
    """Shares of each pool; teams once the tournament is over, payment some weeks later."""
    found: list[Row] = []
    for code, _, _, _, _, end, pool, _ in tourns:
        if pool is None:
            continue
        field = sorted({team for row in matches if row[1] == code for team in row[2:4]})
        rng.shuffle(field)
        for number, (place, share) in enumerate(SHARES[:places]):
            team = field[number] if end < TODAY and number < len(field) else None
            paid: date | None = end + timedelta(days=rng.randrange(14, 130))
            if team is None or (paid and paid > TODAY) or rng.random() < 0.08:
                paid = None
            found.append((len(found) + 1, code, place, team, pool * share / 100, paid))
    return found


def _at(text: str) -> datetime:
    """The instant that an ISO text names in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _day(text: str | None) -> date | None:
    """The day that an ISO text names, if any."""
    return date.fromisoformat(text) if text else None


SIGNED: list[Row] = [  # player, team, role, first day, last day, pay
    (901, 1, "player", "2024-01-01", "2024-10-17", 4000), (901, 2, "player", "2023-01-01", "2023-12-31", 6000),
    (902, 1, "sub", "2024-10-18", None, 5000), (903, 2, "coach", "2024-07-01", "2024-12-16", None),
    (903, 1, "player", "2024-03-01", "2024-03-31", 4000), (904, 1, "player", "2024-09-30", None, 6001),
    (904, 2, "player", "2024-03-31", "2024-09-30", 3999), (906, 97, "player", "2024-01-01", None, 9000),
    (906, 98, "player", "2023-06-01", "2023-12-31", 2000), (907, 98, "player", "2024-02-01", None, 3000),
    (907, 97, "sub", "2024-02-02", "2024-02-28", 3000), (908, 98, "sub", "2024-10-17", "2024-10-17", None),
    (909, 97, "coach", "2022-10-17", None, 9000), (909, 97, "player", "2022-01-01", "2022-10-16", 1000),
    (910, 2, "player", "2023-01-01", "2023-03-31", 5000), (910, 2, "player", "2023-06-29", "2024-06-29", 5000),
    (910, 1, "player", "2024-09-27", "2024-12-17", 5000), (911, 95, "player", "2024-10-16", "2025-10-16", 99000),
    (911, 93, "sub", "2024-06-30", "2024-10-15", 100), (908, 94, "player", "2023-07-01", "2023-12-28", 4000),
    (908, 93, "coach", "2022-07-01", "2023-06-30", 4000), (908, 2, "player", "2024-04-01", "2024-09-28", None),
    (902, 11, "player", "2023-01-01", "2023-12-31", 100), (910, 11, "coach", "2024-10-01", "2024-10-01", 100),
    (912, 1, "sub", "2024-04-01", "2024-05-01", 3999), (912, 2, "sub", "2024-06-01", "2024-10-17", None),
    (912, 91, "player", "2023-11-01", "2024-10-17", 8000), (913, 91, "player", "2023-11-02", "2024-10-16", 9000),
    (913, 92, "player", "2024-10-17", None, 7000), (914, 92, "player", "2024-08-01", None, 6999),
    (914, 2, "sub", "2023-02-01", "2024-10-16", 4000), (914, 1, "sub", "2024-10-17", None, 4500),
    (915, 95, "coach", "2023-05-05", "2024-10-16", 2500), (915, 96, "coach", "2023-05-06", "2024-10-17", 2500),
    (915, 98, "coach", "2024-10-17", None, 2500), (911, 91, "sub", "2024-10-18", None, 9500),
    (913, 93, "player", "2022-01-01", "2022-06-30", 3000), (913, 93, "player", "2022-07-01", "2023-07-01", 3000),
    (915, 91, "coach", "2024-10-18", "2025-04-17", 3000), (914, 93, "player", "2022-01-01", "2022-12-31", None),
    (915, 1, "coach", "2024-09-02", None, None), (915, 2, "coach", "2023-03-03", "2024-10-17", 2500),
    (915, 10, "coach", "2023-08-01", "2024-03-31", 2500), (902, 10, "sub", "2024-02-01", "2024-02-01", None),
    (909, 97, "sub", "2024-05-01", "2024-06-01", None),
]  # fmt: skip
PLAYED: list[Row] = [  # tournament, home, away, venue, start, best of, state, score, peak
    ("SZL24", 97, 98, "TIE", "2024-03-01 12:00", 3, "done", 2, 0, 10000),
    ("SZL24", 98, 97, "TIE", "2024-03-02 12:00", 3, "done", 0, 2, 10000),
    ("SZL24", 97, 98, "TIE", "2024-03-03 12:00", 3, "done", 2, 1, None),
    ("RAL24", 97, 98, "TIE", "2024-03-04 12:00", 2, "done", 1, 1, 10000),
    ("SZL24", 98, 97, "TIE", "2024-03-05 12:00", 3, "done", 1, 2, 0),
    ("SZL24", 97, 98, "TIE", "2024-03-06 12:00", 3, "done", 2, 0, 10000),
    (None, 98, 97, None, "2024-03-07 12:00", 3, "done", 2, 1, 250000),
    ("X7", 98, 93, "ZER", "2024-05-01 00:00", 1, "done", 0, 1, 30000),
    ("X7", 93, 98, "ZER", "2024-05-31 23:59:59", 1, "done", 1, 0, 50000),
    ("X2", 98, 93, "ZER", "2024-06-02 20:00", 1, "done", 0, 1, 40001),
    ("X2", 93, 98, "ZER", "2024-06-08 20:00", 5, "off", 1, 0, None),
    ("X2", 98, 97, "ZER", "2024-06-09 20:00", 5, "done", 1, 3, None),
    ("X8", 96, 95, "ZER", "2024-02-01 15:00", 3, "done", 1, 2, 40000),
    ("X8", 96, 95, "ZER", "2024-02-03 15:00", 2, "done", 1, 1, 40000),
    ("X8", 96, 95, None, "2024-02-10 15:00", 3, "off", 2, 0, None),
    (None, 96, 95, "MID", "2024-02-11 15:00", 3, "done", 2, 0, 40000),
    (None, 96, 95, "MIE", "2024-02-12 15:00", 3, "done", 2, 1, None),
    ("X5", 93, 94, None, "2023-10-01 18:00", 3, "off", None, None, None),
    ("SZL23", 93, 94, None, "2023-12-28 23:59:59", 3, "done", 2, 0, 7000),
    ("SZL23", 93, 94, None, "2023-12-29 00:00", 3, "done", 0, 2, 7000),
    ("X5", 94, 93, "TIE", "2023-07-02 00:00", 3, "off", None, None, None),
    ("SZL23", 93, 94, None, "2023-07-01 00:00", 2, "done", 0, 0, 7000),
    (None, 1, 2, "MIE", "2023-12-31 23:59:59", 1, "done", 0, 1, 9000),
    (None, 97, 2, None, "2023-01-01 00:00", 1, "done", 1, 0, 500000),
    (None, 97, 2, None, "2022-12-31 23:59:59", 1, "done", 0, 1, 90000),
    (None, 92, 2, "SML", "2024-09-30 23:59:59", 1, "done", 1, 0, 9000),
    (None, 92, 2, "SML", "2024-10-17 18:00", 1, "live", 1, 0, 60000),
    ("SZL24", 1, 3, None, "2024-01-01 00:00", 2, "done", 1, 1, 9000),
    ("SZL24", 1, 92, "ROY", "2024-03-31 23:59:59", 3, "done", 2, 0, 9001),
    ("SZL24", 92, 1, "SML", "2024-04-01 00:00", 3, "done", 1, 2, 8999),
    ("SZL24", 2, 1, "ROY", "2024-09-30 00:00", 3, "off", 0, 1, None),
    ("SZL24", 2, 1, "LUX", "2024-09-27 00:00", 3, "done", 2, 0, 9000),
    ("SZL24", 97, 98, "ROY", "2024-09-01 00:00", 3, "off", 1, 0, None),
    ("SZW24", 91, 92, "ROY", "2024-09-16 23:59:59", 5, "done", 3, 0, 40000),
    ("SZW24", 91, 92, "PAR", "2024-09-17 00:00", 5, "done", 3, 2, 40000),
    ("SZW24", 1, 91, "COL", "2024-10-09 23:59:59", 5, "done", 3, 2, 40000),
    ("SZW24", 91, 2, "HAL", "2024-10-10 00:00", 5, "done", 0, 3, 40000),
    ("SZW24", 1, 2, "ROY", "2024-10-11 23:59:59", 3, "done", 2, 1, 40000),
    ("SZW24", 2, 1, "HAL", "2024-10-12 00:00", 3, "done", 1, 2, 44000),
    ("SZW24", 1, 97, "ROY", "2024-10-13 00:00", 3, "done", 2, 1, 46000),
    ("SZW24", 4, 3, "SKD", "2024-10-12 23:59:59", 3, "off", None, None, None),
    ("SZW24", 2, 97, "TEX", "2024-10-16 23:59:59", 3, "done", 2, 1, 40000),
    ("SZW24", 1, 2, "ROY", "2024-10-17 00:00", 3, "done", 2, 0, 40000),
    ("SZW24", 3, 97, "ROY", "2024-10-17 18:00", 5, "live", 1, 2, 61000),
    ("SZW24", 97, 98, "ROY", "2024-10-17 18:40", 5, "sched", None, None, None),
    ("SZW24", 98, 97, None, "2025-01-01 00:00", 5, "sched", None, None, None),
    ("X1", 3, 4, "SKD", "2024-10-30 18:40", 3, "sched", None, None, None),
    (None, 100, 1, None, "2024-10-12 12:00", 3, "done", 1, 2, 5000),
    (None, 101, 91, None, "2024-10-12 12:00", 3, "done", 1, 2, 5000),
    ("SZL24", 96, 100, "DOK", "2024-06-20 03:00", 3, "off", 0, 2, None),
    ("SZL24", 96, 101, None, "2024-06-21 03:00", 3, "done", 0, 2, None),
    (None, 96, 99, "DOK", "2024-06-22 21:00", 3, "done", 0, 2, 800),
    (None, 96, 1, "DOK", "2024-10-17 17:30", 3, "live", 0, 2, 55000),
    ("X9", 98, 96, None, "2023-08-01 20:00", 1, "done", 0, 1, 30000),
    ("X9", 98, 96, None, "2023-08-02 20:00", 1, "done", 0, 1, 30000),
    ("X9", 93, 96, None, "2023-08-03 20:00", 1, "done", 1, 0, 60000),
    ("X3", 93, 96, None, "2024-01-01 20:00", 1, "done", 1, 0, 6000),
    (None, 102, 96, None, "2024-06-23 03:00", 3, "off", None, None, None),
    (None, 102, 93, None, "2024-06-24 12:00", 1, "done", 1, 0, 5500),
    ("SZL24", 104, 93, None, "2024-06-26 12:00", 1, "done", 1, 0, 5500),
    ("SZL24", 104, 96, None, "2024-06-26 15:00", 1, "done", 0, 1, 5500),
    ("SZL24", 93, 105, None, "2024-06-27 12:00", 1, "done", 1, 0, 5600),
    ("SZL24", 96, 105, None, "2024-06-27 15:00", 1, "done", 1, 0, 5600),
    ("SZL24", 1, 105, None, "2024-06-28 12:00", 3, "off", 1, 0, None),
]  # fmt: skip
MAPS: list[Row] = [  # lengths at and above one and a half averages, level maps, counts that miss the score
    (9001, 1, "Edge", "home", 13, 9, 1), (9001, 2, "Edge", "away", 13, 9, 3), (9002, 1, "Stretch", "home", 3, 13, 10),
    (9002, 2, "Stretch", "away", 13, 3, 50), (9003, 1, "Stretch", "home", 7, 7, 10),
    (9003, 2, "Edge", None, 0, 1, None), (9012, 1, "Edge", None, 1, 2, 2),
    (9004, 1, "Citadel", "home", 13, 1, 90), (9005, 1, "citadel", "away", 13, 1, 2),
    (9006, 1, "Dojo", "away", 4, 4, 15), (9006, 2, "Dojo", "home", 9, 3, 15), (9005, 2, "Dojo", "home", 2, 2, 15),
    (9011, 1, "Citadel", "home", 9, 0, 1), (9034, 1, "Metro", "home", 13, 0, 20), (9034, 2, "Metro", "away", 13, 0, 20),
    (9044, 1, "Metro", "away", 0, 13, 20), (9007, 1, "Harbor", "home", 13, 0, 300), (9025, 1, "Once", None, 1, 0, None),
    (9057, 1, "Once", None, 5, 0, None),
]  # fmt: skip
PAID: list[Row] = [  # tournament, place, team, amount, payment date
    ("X8", 1, 91, 5000, "2024-02-29"), ("X8", 1, 92, 5000, "2024-03-01"), ("X8", 3, 93, 4000, None),
    ("X8", 3, 94, 4000, "2024-01-01"), ("X8", 5, 95, 3000, "2023-12-31"), ("X8", 6, None, 2000, None),
    ("X5", 1, 91, 100, "2024-10-17"), ("X5", 1, None, 100, "2024-10-16"), ("X5", 3, 94, 50, "2023-01-01"),
    ("X5", 3, 92, 50, "2022-12-31"), ("X1", 1, 92, 900000, None), ("X1", 2, 98, 1, "2023-06-30"),
    ("X2", 1, 98, 100, "2022-07-01"), ("X2", 1, 98, 100, "2022-07-01"), ("X2", 2, 3, 100, "2024-01-31"),
    ("SZW23", 1, 97, 5, None), ("SZW23", 1, 97, 5, "2024-05-05"), ("SZW23", 2, 96, 5, "2023-11-30"),
    ("X3", 1, 95, 0, "2024-01-01"), ("X7", 1, 93, 0, "2023-05-05"), ("X6", 1, None, 15000, None),
    ("X8", 5, 95, 3000, None), ("X8", 7, 96, 5500, None), ("X3", 1, 91, 50, None), ("X3", 1, 92, 50, None),
    ("X3", 3, 93, 40, None), ("X3", 4, 94, 30, None), ("X4", 1, None, 10, "2023-07-07"),
    ("X3", 5, 100, 20, None), ("X5", 4, 101, 10, "2022-03-03"),
]  # fmt: skip


def _directed(tables: dict[str, list[Row]]) -> None:
    """Add rows on which near-miss queries differ."""
    tables["t_game"] += [("ZZ", "strike zero", "sport", 2), ("YY", "Quiet Quest", "moba", 1)]
    tables["t_team"] += [
        (91, "Empty Bench", "NVD", "EU", "Oslo", 2012, None), (92, "nordvind", "EMP", "KR", None, 2011, TODAY),
        (93, "Twin A", "TWN", "BR", "Paris", 2009, None), (94, "Twin B", "TWN", "BR", "Paris", 2012, date(2024, 1, 1)),
        (95, "Road Only", "RDO", "NA", "Austin", 2008, None), (96, "House Only", "HSO", "NA", None, None, None),
        (97, "Streakers", "STK", "NA", "Boston", 2011, None), (98, "Punchbag", "PNC", "NA", "Boston", 2012, None),
        (99, "Fresh Faces", "FFC", "KR", None, None, None), (100, "Sidelined", "DUO", "KR", None, 2022, None),
        (101, "Couch Crew", "DUO", "KR", "Busan", 2022, None), (102, "Hosts", "HST", "BR", "Recife", 2020, None),
        (103, "Never Played", "NEV", "NA", "Boston", 2023, None), (104, "Double Home", "DBH", "BR", None, 2021, None),
        (105, "Double Away", "DBA", "EU", "Oslo", 2021, None),
    ]  # fmt: skip
    tables["t_venue"] += [
        ("ZER", "Zero Hall", "London", None), ("TIE", "Tie House", "Berlin", 10000),
        ("MID", "Middle Hall", "Paris", 1000), ("MIE", "Other Middle", "Paris", 999),
        ("SML", "royal arena", "Oslo", 300),
    ]  # fmt: skip
    _directed_tournaments(tables)
    _directed_people(tables)
    _directed_matches(tables)
    _directed_prizes(tables)


def _directed_tournaments(tables: dict[str, list[Row]]) -> None:
    """A longer way to the top, tournaments without matches, one-day tournaments, equal pools."""
    made = [
        ("X1", "Long Road Final", "SZ", "S", "2024-10-17", "2024-12-31", "820000", None),
        ("X2", "Long Road Semi", "SZ", "A", "2024-01-01", "2024-01-01", "100000", "X1"),
        ("X3", "Long Road Heat", "ZZ", "B", "2023-12-31", "2024-01-01", None, "X2"),
        ("X4", "Long Road Sign-up", "ZZ", "B", "2023-12-01", "2023-12-31", None, "X3"),
        ("X5", "Side Door", "RA", "A", "2023-09-30", "2024-10-16", "260000", "SZL24"),
        ("X6", "Dead End", "HX", "B", "2025-01-01", "2025-01-02", "260000", None),
        ("X7", "Back Door", "SZ", "B", "2024-05-01", "2024-05-31", "0", "SZW24"),
        ("X8", "Royale Rumble", "HX", "B", "2024-02-01", "2024-02-10", "21000", "X7"),
        ("X9", "Cellar Door", "RA", "B", "2023-08-01", "2023-08-31", "20000", "X5"),
    ]
    tables["t_tourn"] += [
        (*item[:4], _day(item[4]), _day(item[5]), item[6] and Decimal(item[6]), item[7]) for item in made
    ]


def _directed_people(tables: dict[str, list[Row]]) -> None:
    """Namesakes, birthdays today, contracts that overlap, touch, end or begin on boundary days."""
    tables["t_player"] += [
        (901, "Xan", "Anna Berg", "NO", date(2006, 10, 17)), (902, "Xan", "Anna Berg", None, date(2006, 10, 18)),
        (903, "xan", None, "NO", date(2006, 10, 16)), (904, "Maxx", "Nils Dahl", "NO", None),
        (905, "lonely", None, None, None), (906, "Turn", "Luca Frey", "DE", date(2000, 1, 1)),
        (907, "Coat", "Luca Frey", "DE", date(2000, 1, 1)), (908, "Bench", None, "FI", date(1999, 12, 31)),
        (909, "Loyal", "Tom Wolf", "FI", date(1994, 10, 17)), (910, "Return", "Tom Wolf", "FI", None),
        (911, "Rich", None, "AA", None), (912, "Maxx", None, "AA", None), (913, "Turn", "Mina Kim", "AA", None),
        (914, "Twice", "Mina Kim", "FI", None), (915, "Whistle", "Hugo Ruiz", None, None),
        (916, "Twin", None, "KR", date(2008, 1, 1)), (917, "Twin", None, "KR", date(2008, 1, 1)),
    ]  # fmt: skip
    tables["t_roster"] += [
        (9001 + n, pl, tm, role, _day(on), _day(off), Decimal(pay) if pay is not None else None)
        for n, (pl, tm, role, on, off, pay) in enumerate(SIGNED)
    ]


def _directed_matches(tables: dict[str, list[Row]]) -> None:
    """Matches on boundary instants, runs of wins cut by draws, both ways of a pair, ties in audience, odd scores."""
    tables["t_match"] += [
        (9001 + n, tn, home, away, venue, _at(at), best, state, ours, theirs, peak)
        for n, (tn, home, away, venue, at, best, state, ours, theirs, peak) in enumerate(PLAYED)
    ]
    tables["t_map"] += MAPS


def _directed_prizes(tables: dict[str, list[Row]]) -> None:
    """Shares paid on boundary days, tied, unassigned or unpaid."""
    tables["t_prize"] += [
        (9001 + n, tn, place, tm, Decimal(amount), _day(on)) for n, (tn, place, tm, amount, on) in enumerate(PAID)
    ]
