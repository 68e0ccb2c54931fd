-- A general insurer: products and policies with their coverages and insured objects, claims, reserves, payments, recoveries.

CREATE TABLE prod (
    prod_cd text PRIMARY KEY,
    nm text NOT NULL,
    lob text NOT NULL CHECK (lob IN ('motor', 'home', 'travel', 'liab'))
);

CREATE TABLE cov (
    cov_cd text PRIMARY KEY,
    nm text NOT NULL
);

CREATE TABLE brk (
    brk_cd text PRIMARY KEY,
    nm text NOT NULL,
    comm_pct numeric(4, 1) NOT NULL
);

CREATE TABLE cust (
    cust_no text PRIMARY KEY,
    nm text NOT NULL,
    city text NOT NULL,
    born_on date,
    email text
);

CREATE TABLE pol (
    pol_no text PRIMARY KEY,
    cust_no text NOT NULL REFERENCES cust,
    prod_cd text NOT NULL REFERENCES prod,
    brk_cd text REFERENCES brk,
    prev_no text REFERENCES pol (pol_no),
    start_on date NOT NULL,
    end_on date NOT NULL,
    canc_on date,
    CHECK (end_on >= start_on)
);

CREATE TABLE obj (
    pol_no text NOT NULL REFERENCES pol,
    obj_no integer NOT NULL,
    descr text NOT NULL,
    val numeric(10, 2),
    PRIMARY KEY (pol_no, obj_no)
);

CREATE TABLE pol_cov (
    pol_no text NOT NULL REFERENCES pol,
    cov_cd text NOT NULL REFERENCES cov,
    lim numeric(10, 2),
    ded numeric(8, 2) NOT NULL,
    prem numeric(8, 2) NOT NULL,
    PRIMARY KEY (pol_no, cov_cd)
);

CREATE TABLE adj (
    adj_cd text PRIMARY KEY,
    nm text NOT NULL,
    lvl text NOT NULL CHECK (lvl IN ('junior', 'senior', 'lead')),
    boss_cd text REFERENCES adj (adj_cd),
    left_on date
);

CREATE TABLE clm (
    clm_no text PRIMARY KEY,
    pol_no text NOT NULL,
    cov_cd text NOT NULL,
    obj_no integer,
    adj_cd text REFERENCES adj,
    loss_on date NOT NULL,
    rep_on date NOT NULL,
    close_on date,
    st text NOT NULL CHECK (st IN ('open', 'closed', 'denied', 'reopened')),
    fraud boolean NOT NULL,
    FOREIGN KEY (pol_no, cov_cd) REFERENCES pol_cov (pol_no, cov_cd),
    FOREIGN KEY (pol_no, obj_no) REFERENCES obj (pol_no, obj_no),
    CHECK (rep_on >= loss_on)
);

CREATE TABLE rsv (
    clm_no text NOT NULL REFERENCES clm,
    set_on date NOT NULL,
    amt numeric(10, 2) NOT NULL,
    PRIMARY KEY (clm_no, set_on)
);

CREATE TABLE pay (
    pay_no text PRIMARY KEY,
    clm_no text NOT NULL REFERENCES clm,
    paid_on date NOT NULL,
    kind text NOT NULL CHECK (kind IN ('indem', 'exp')),
    amt numeric(10, 2) NOT NULL
);

CREATE TABLE rec (
    rec_no text PRIMARY KEY,
    clm_no text NOT NULL REFERENCES clm,
    src text NOT NULL CHECK (src IN ('subro', 'salvage', 'reins')),
    asked_on date NOT NULL,
    got_on date,
    amt numeric(10, 2) NOT NULL
);

CREATE TABLE clm_evt (
    clm_no text NOT NULL REFERENCES clm,
    seq integer NOT NULL,
    evt_at timestamptz NOT NULL,
    act text NOT NULL CHECK (act IN ('call', 'visit', 'letter', 'report')),
    adj_cd text REFERENCES adj,
    mins integer,
    PRIMARY KEY (clm_no, seq)
);

COMMENT ON TABLE prod IS 'Products; lob is the line of business, liab means liability';
COMMENT ON TABLE cov IS 'Kinds of coverage';
COMMENT ON TABLE brk IS 'Brokers who sell our policies';
COMMENT ON TABLE pol IS 'Policies';
COMMENT ON TABLE obj IS 'Insured objects of a policy, numbered within it';
COMMENT ON TABLE pol_cov IS 'Coverages of a policy';
COMMENT ON TABLE adj IS 'Claims adjusters, also those who have left';
COMMENT ON TABLE clm IS 'Claims, each under one coverage of one policy';
COMMENT ON TABLE rsv IS 'Reserve of a claim as set on a day; the latest one is current';
COMMENT ON TABLE pay IS 'Payments on claims';
COMMENT ON TABLE rec IS 'Money claimed back from others for a claim';
COMMENT ON TABLE clm_evt IS 'What was done on a claim';
COMMENT ON COLUMN brk.comm_pct IS 'Commission in percent of the premium';
COMMENT ON COLUMN pol.brk_cd IS 'NULL if sold directly';
COMMENT ON COLUMN pol.prev_no IS 'Policy that this one renews';
COMMENT ON COLUMN pol.end_on IS 'Last day of cover, included';
COMMENT ON COLUMN pol.canc_on IS 'Day it was cancelled before its end; NULL if it was not';
COMMENT ON COLUMN obj.val IS 'Insured value in euros; NULL if not appraised';
COMMENT ON COLUMN pol_cov.lim IS 'Most we pay, in euros; NULL if unlimited';
COMMENT ON COLUMN pol_cov.ded IS 'Deductible in euros';
COMMENT ON COLUMN pol_cov.prem IS 'Euros a year for this coverage';
COMMENT ON COLUMN adj.boss_cd IS 'NULL for the head of claims';
COMMENT ON COLUMN clm.obj_no IS 'Object concerned, if any';
COMMENT ON COLUMN clm.adj_cd IS 'NULL until assigned';
COMMENT ON COLUMN clm.rep_on IS 'Day it was reported to us';
COMMENT ON COLUMN clm.close_on IS 'NULL unless closed or denied';
COMMENT ON COLUMN clm.fraud IS 'Fraud is suspected';
COMMENT ON COLUMN pay.kind IS 'indem indemnity to the insured, exp expenses';
COMMENT ON COLUMN pay.amt IS 'Euros; corrections are negative';
COMMENT ON COLUMN rec.src IS 'subro subrogation, salvage, reins reinsurance';
COMMENT ON COLUMN rec.got_on IS 'Day the money came in; NULL while awaited';
COMMENT ON COLUMN clm_evt.adj_cd IS 'NULL if done automatically';
COMMENT ON COLUMN clm_evt.mins IS 'Minutes spent; NULL if not logged';
