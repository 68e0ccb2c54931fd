-- A company's build farm: repositories and commits, pipelines of dependent jobs, runners, artefacts, tests and releases.

CREATE TABLE repos (
    repo_id bigint PRIMARY KEY,
    name text NOT NULL UNIQUE,
    lang text NOT NULL,
    topics text[] NOT NULL,
    archived_on date
);

CREATE TABLE devs (
    dev_id bigint PRIMARY KEY,
    name text NOT NULL,
    team text NOT NULL,
    left_on date
);

CREATE TABLE commits (
    sha text PRIMARY KEY,
    repo_id bigint NOT NULL REFERENCES repos,
    dev_id bigint REFERENCES devs,
    parent_sha text REFERENCES commits (sha),
    branch text NOT NULL,
    committed_at timestamptz NOT NULL,
    added integer NOT NULL,
    removed integer NOT NULL
);

CREATE TABLE pipelines (
    pipeline_id bigint PRIMARY KEY,
    sha text NOT NULL REFERENCES commits,
    source text NOT NULL CHECK (source IN ('push', 'merge', 'schedule', 'manual')),
    status text NOT NULL CHECK (status IN ('running', 'passed', 'failed', 'cancelled')),
    created_at timestamptz NOT NULL,
    ended_at timestamptz
);

CREATE TABLE runners (
    runner_id bigint PRIMARY KEY,
    name text NOT NULL UNIQUE,
    os text NOT NULL CHECK (os IN ('linux', 'windows', 'macos')),
    cores integer NOT NULL,
    labels text[] NOT NULL,
    paused boolean NOT NULL
);

CREATE TABLE jobs (
    job_id bigint PRIMARY KEY,
    pipeline_id bigint NOT NULL REFERENCES pipelines,
    runner_id bigint REFERENCES runners,
    name text NOT NULL,
    status text NOT NULL CHECK (status IN ('waiting', 'running', 'passed', 'failed', 'cancelled', 'skipped')),
    queued_at timestamptz,
    started_at timestamptz,
    ended_at timestamptz,
    settings jsonb NOT NULL
);

CREATE TABLE job_deps (
    job_id bigint NOT NULL REFERENCES jobs,
    needs_id bigint NOT NULL REFERENCES jobs (job_id),
    PRIMARY KEY (job_id, needs_id)
);

CREATE TABLE artefacts (
    artefact_id bigint PRIMARY KEY,
    job_id bigint NOT NULL REFERENCES jobs,
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('binary', 'image', 'report', 'log')),
    size_mb numeric(8, 1) NOT NULL,
    expires_on date
);

CREATE TABLE tests (
    test_id bigint PRIMARY KEY,
    repo_id bigint NOT NULL REFERENCES repos,
    name text NOT NULL,
    suite text NOT NULL CHECK (suite IN ('unit', 'integration', 'e2e')),
    muted boolean NOT NULL
);

CREATE TABLE test_results (
    job_id bigint NOT NULL REFERENCES jobs,
    test_id bigint NOT NULL REFERENCES tests,
    attempt integer NOT NULL CHECK (attempt >= 1),
    outcome text NOT NULL CHECK (outcome IN ('pass', 'fail', 'skip')),
    ms integer,
    PRIMARY KEY (job_id, test_id, attempt)
);

CREATE TABLE releases (
    repo_id bigint NOT NULL REFERENCES repos,
    tag text NOT NULL,
    sha text NOT NULL REFERENCES commits,
    released_at timestamptz NOT NULL,
    yanked_on date,
    PRIMARY KEY (repo_id, tag)
);

CREATE TABLE outages (
    runner_id bigint NOT NULL REFERENCES runners,
    down_at timestamptz NOT NULL,
    up_at timestamptz,
    cause text NOT NULL CHECK (cause IN ('disk', 'network', 'update', 'crash')),
    PRIMARY KEY (runner_id, down_at)
);

COMMENT ON TABLE repos IS 'Source repositories';
COMMENT ON TABLE devs IS 'Developers, also those who have left';
COMMENT ON TABLE pipelines IS 'One run of the build for one commit';
COMMENT ON TABLE runners IS 'Machines that execute jobs';
COMMENT ON TABLE jobs IS 'Steps of a pipeline';
COMMENT ON TABLE job_deps IS 'Job job_id starts only after job needs_id; both belong to one pipeline';
COMMENT ON TABLE artefacts IS 'Files that a job produced';
COMMENT ON TABLE test_results IS 'Outcome of one test in one job; a failed test may be tried again in the same job';
COMMENT ON TABLE outages IS 'Times during which a runner was down';
COMMENT ON COLUMN repos.topics IS 'Keywords; may be empty';
COMMENT ON COLUMN repos.archived_on IS 'NULL while in use';
COMMENT ON COLUMN devs.left_on IS 'NULL while employed';
COMMENT ON COLUMN commits.dev_id IS 'NULL for commits made by a bot';
COMMENT ON COLUMN commits.parent_sha IS 'Commit before this one; NULL for the first of a repository';
COMMENT ON COLUMN commits.added IS 'Lines added';
COMMENT ON COLUMN commits.removed IS 'Lines removed';
COMMENT ON COLUMN pipelines.source IS 'What started it';
COMMENT ON COLUMN pipelines.ended_at IS 'NULL while running';
COMMENT ON COLUMN runners.paused IS 'Takes no new jobs';
COMMENT ON COLUMN jobs.runner_id IS 'NULL until a runner takes the job';
COMMENT ON COLUMN jobs.queued_at IS 'When it became ready to run; NULL if it never did, or has yet to';
COMMENT ON COLUMN jobs.settings IS 'Keys: image, timeout_min, and sometimes retries, cache, services (list), env (object)';
COMMENT ON COLUMN artefacts.expires_on IS 'NULL if kept for good';
COMMENT ON COLUMN tests.muted IS 'Failures do not fail the job';
COMMENT ON COLUMN test_results.attempt IS '1 for the first try';
COMMENT ON COLUMN test_results.ms IS 'Milliseconds; NULL if skipped';
COMMENT ON COLUMN releases.yanked_on IS 'Day it was withdrawn; NULL if it stands';
COMMENT ON COLUMN outages.up_at IS 'NULL while down';
