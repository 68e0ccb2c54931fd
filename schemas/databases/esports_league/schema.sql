-- Esports league office: games, teams, players and their contracts, tournaments, matches, maps and prize money.

CREATE TABLE t_game (
    gm_cd text PRIMARY KEY,
    gm_nm text NOT NULL UNIQUE,
    gm_genre text NOT NULL CHECK (gm_genre IN ('fps', 'moba', 'sport', 'fight')),
    gm_side smallint NOT NULL
);

CREATE TABLE t_team (
    tm_id integer PRIMARY KEY,
    tm_nm text NOT NULL UNIQUE,
    tm_tag text NOT NULL,
    tm_reg text NOT NULL CHECK (tm_reg IN ('EU', 'NA', 'KR', 'BR')),
    tm_city text,
    tm_est smallint,
    tm_off_on date
);

CREATE TABLE t_player (
    pl_id integer PRIMARY KEY,
    pl_nick text NOT NULL,
    pl_nm text,
    pl_ctry text,
    pl_born_on date
);

CREATE TABLE t_roster (
    rs_id integer PRIMARY KEY,
    rs_pl integer NOT NULL REFERENCES t_player (pl_id),
    rs_tm integer NOT NULL REFERENCES t_team (tm_id),
    rs_role text NOT NULL CHECK (rs_role IN ('player', 'sub', 'coach')),
    rs_from date NOT NULL,
    rs_to date,
    rs_pay numeric(8, 2),
    CHECK (rs_to >= rs_from)
);

CREATE TABLE t_venue (
    vn_cd text PRIMARY KEY,
    vn_nm text NOT NULL UNIQUE,
    vn_city text NOT NULL,
    vn_seats integer
);

CREATE TABLE t_tourn (
    tn_cd text PRIMARY KEY,
    tn_nm text NOT NULL UNIQUE,
    tn_gm text NOT NULL REFERENCES t_game (gm_cd),
    tn_tier text NOT NULL CHECK (tn_tier IN ('S', 'A', 'B')),
    tn_from date NOT NULL,
    tn_to date NOT NULL,
    tn_pool numeric(10, 2),
    tn_next text REFERENCES t_tourn (tn_cd),
    CHECK (tn_to >= tn_from)
);

CREATE TABLE t_match (
    mt_id integer PRIMARY KEY,
    mt_tn text REFERENCES t_tourn (tn_cd),
    mt_home_tm integer NOT NULL REFERENCES t_team (tm_id),
    mt_away_tm integer NOT NULL REFERENCES t_team (tm_id),
    mt_vn text REFERENCES t_venue (vn_cd),
    mt_at timestamptz NOT NULL,
    mt_bo smallint NOT NULL,
    mt_st text NOT NULL CHECK (mt_st IN ('sched', 'live', 'done', 'off')),
    mt_home_sc smallint,
    mt_away_sc smallint,
    mt_peak integer,
    CHECK (mt_home_tm <> mt_away_tm),
    CHECK (mt_st <> 'done' OR (mt_home_sc IS NOT NULL AND mt_away_sc IS NOT NULL))
);

CREATE TABLE t_map (
    mp_mt integer NOT NULL REFERENCES t_match (mt_id),
    mp_no smallint NOT NULL,
    mp_nm text NOT NULL,
    mp_pick text CHECK (mp_pick IN ('home', 'away')),
    mp_home_pt smallint NOT NULL,
    mp_away_pt smallint NOT NULL,
    mp_min smallint,
    PRIMARY KEY (mp_mt, mp_no)
);

CREATE TABLE t_prize (
    pz_id integer PRIMARY KEY,
    pz_tn text NOT NULL REFERENCES t_tourn (tn_cd),
    pz_place smallint NOT NULL,
    pz_tm integer REFERENCES t_team (tm_id),
    pz_amt numeric(10, 2) NOT NULL,
    pz_paid_on date
);

COMMENT ON TABLE t_game IS 'Game titles';
COMMENT ON TABLE t_team IS 'Teams (organisations)';
COMMENT ON TABLE t_player IS 'Players and coaches';
COMMENT ON TABLE t_roster IS 'Contracts: who belonged to which team, in which role, from when to when';
COMMENT ON TABLE t_venue IS 'Arenas and studios';
COMMENT ON TABLE t_tourn IS 'Tournaments, leagues and qualifiers';
COMMENT ON TABLE t_match IS 'Matches; a match is won by the side with more maps';
COMMENT ON TABLE t_map IS 'Maps played within a match; a map is won by the side with more points';
COMMENT ON TABLE t_prize IS 'Prize money, one row for each place and share';
COMMENT ON COLUMN t_game.gm_side IS 'Players on each side';
COMMENT ON COLUMN t_team.tm_tag IS 'Short tag on the scoreboard';
COMMENT ON COLUMN t_team.tm_reg IS 'EU Europe, NA North America, KR Korea, BR Brazil';
COMMENT ON COLUMN t_team.tm_city IS 'Home city; NULL if it has no fixed base';
COMMENT ON COLUMN t_team.tm_est IS 'Year founded; NULL if not known';
COMMENT ON COLUMN t_team.tm_off_on IS 'Day the team was disbanded; NULL while active';
COMMENT ON COLUMN t_player.pl_nick IS 'Handle; not unique';
COMMENT ON COLUMN t_player.pl_nm IS 'Real name; NULL if withheld';
COMMENT ON COLUMN t_player.pl_ctry IS 'Two-letter country code';
COMMENT ON COLUMN t_roster.rs_from IS 'First day under contract';
COMMENT ON COLUMN t_roster.rs_to IS 'Last day under contract, included; NULL if open-ended';
COMMENT ON COLUMN t_roster.rs_pay IS 'Euros a month; NULL if unpaid or not disclosed';
COMMENT ON COLUMN t_venue.vn_seats IS 'NULL if not known';
COMMENT ON COLUMN t_tourn.tn_tier IS 'S worlds, A league, B open qualifier';
COMMENT ON COLUMN t_tourn.tn_pool IS 'Prize pool in euros; NULL if there is none';
COMMENT ON COLUMN t_tourn.tn_next IS 'Tournament that this one qualifies for';
COMMENT ON COLUMN t_match.mt_tn IS 'NULL for a show match';
COMMENT ON COLUMN t_match.mt_vn IS 'NULL if played online';
COMMENT ON COLUMN t_match.mt_at IS 'Scheduled start';
COMMENT ON COLUMN t_match.mt_bo IS 'Best of so many maps; a best of two can end in a draw';
COMMENT ON COLUMN t_match.mt_st IS 'sched to come, live, done completed, off called off or abandoned';
COMMENT ON COLUMN t_match.mt_home_sc IS 'Maps won by the home team (so far, if not done)';
COMMENT ON COLUMN t_match.mt_away_sc IS 'Maps won by the away team (so far, if not done)';
COMMENT ON COLUMN t_match.mt_peak IS 'Peak viewers of the broadcast; NULL if not measured';
COMMENT ON COLUMN t_map.mp_no IS 'Number of the map within the match';
COMMENT ON COLUMN t_map.mp_pick IS 'Side that picked the map; NULL for a decider';
COMMENT ON COLUMN t_map.mp_min IS 'Length in minutes; NULL if not recorded';
COMMENT ON COLUMN t_prize.pz_place IS 'Final place; shared places repeat';
COMMENT ON COLUMN t_prize.pz_tm IS 'NULL until the place is decided';
COMMENT ON COLUMN t_prize.pz_paid_on IS 'NULL while unpaid';
