-- 云引擎、云资源、开通作业. 核定 (approved) stands beside 登记 (recorded) beside 实况 (observed) in one row, so that
-- the report of differences is one look, and the database itself refuses what goes beyond the approved.

CREATE TABLE engine (
    id         uuid PRIMARY KEY,
    name       text NOT NULL UNIQUE CHECK (length(name) BETWEEN 2 AND 50),
    kind       text NOT NULL CHECK (kind IN ('libvirt', 'work_order', 'simulated')),
    zone       text CHECK (zone IN ('private', 'public')),
    place      uuid,                        -- the data directory whose server alone reaches it
    enabled    boolean NOT NULL DEFAULT true,
    health     jsonb,                       -- as last looked at
    checked_at timestamptz,
    orphans    jsonb NOT NULL DEFAULT '[]', -- found in the cloud under our name, and on no paper
    created_at timestamptz NOT NULL,
    CHECK ((kind = 'libvirt') = (place IS NOT NULL))
);
CREATE UNIQUE INDEX engine_one_libvirt ON engine (place);

-- What drivers without a cloud of their own know.
CREATE TABLE engine_shelf (
    engine_id uuid NOT NULL REFERENCES engine (id),
    key       text COLLATE "C" NOT NULL,
    value     jsonb NOT NULL,
    PRIMARY KEY (engine_id, key)
);

-- 云资源: one server of a case.
CREATE TABLE resource (
    id                       uuid PRIMARY KEY,
    case_id                  uuid NOT NULL REFERENCES application (id),
    agency_id                uuid NOT NULL REFERENCES org (id),
    engine_id                uuid NOT NULL REFERENCES engine (id),
    line                     integer NOT NULL CHECK (line >= 0),   -- row of 附件2-1, from 0
    ordinal                  integer NOT NULL CHECK (ordinal > 0), -- which server of the row, from 1
    name                     text NOT NULL,
    agency_code              text NOT NULL,
    segment                  text NOT NULL,
    phase                    text NOT NULL CHECK (phase IN ('trial', 'production', 'stopped', 'erased')),
    ending                   jsonb,                                -- the order that ended it
    power                    text NOT NULL DEFAULT 'running' CHECK (power IN ('running', 'stopped')),
    vcpu                     integer NOT NULL CHECK (vcpu > 0),
    memory_mib               integer NOT NULL CHECK (memory_mib > 0),
    system_disk_gib          integer NOT NULL CHECK (system_disk_gib > 0),
    approved_vcpu            integer NOT NULL,
    approved_memory_mib      integer NOT NULL,
    approved_system_disk_gib integer NOT NULL,
    approved_disks_gib       integer[] NOT NULL,
    opened                   boolean NOT NULL DEFAULT false,       -- handed over once
    external_name            text,
    address                  text,
    observed                 jsonb,
    observed_at              timestamptz,
    drifting                 boolean NOT NULL DEFAULT false,       -- as of the observation
    created_at               timestamptz NOT NULL,
    erased_at                timestamptz,
    CHECK ((phase = 'erased') = (ending IS NOT NULL)),
    -- 不得超出核定.
    CHECK (vcpu <= approved_vcpu AND memory_mib <= approved_memory_mib AND system_disk_gib <= approved_system_disk_gib)
);
CREATE UNIQUE INDEX resource_once ON resource (case_id, line, ordinal) WHERE phase <> 'erased';
CREATE INDEX resource_case ON resource (case_id, line, ordinal);
CREATE INDEX resource_agency ON resource (agency_id, id DESC);
CREATE INDEX resource_engine ON resource (engine_id, id DESC);
CREATE INDEX resource_phase ON resource (phase, id DESC);
CREATE INDEX resource_stale ON resource (engine_id, observed_at NULLS FIRST) WHERE erased_at IS NULL; -- who is looked at next
CREATE INDEX resource_drifting ON resource (id) WHERE drifting;

CREATE TABLE resource_disk (
    id          uuid PRIMARY KEY,
    resource_id uuid NOT NULL REFERENCES resource (id),
    position    integer NOT NULL,             -- place among the data disks of the row
    size_gib    integer NOT NULL CHECK (size_gib > 0),
    opened      boolean NOT NULL DEFAULT false,
    ended       jsonb                         -- the change that gave it up
);
CREATE INDEX resource_disk_of ON resource_disk (resource_id, position);

-- 开通作业: one order's work on an engine.
CREATE TABLE operation (
    id          uuid PRIMARY KEY,
    case_id     uuid NOT NULL REFERENCES application (id),
    engine_id   uuid NOT NULL REFERENCES engine (id),
    resource_id uuid REFERENCES resource (id), -- of one server only
    kind        text NOT NULL,
    state       text NOT NULL CHECK (state IN ('queued', 'running', 'retrying', 'waiting', 'failed', 'done', 'superseded')),
    attempts    integer NOT NULL DEFAULT 0,
    undoing     boolean NOT NULL DEFAULT false, -- given up; what was running is still to be brought back
    worker      uuid,                           -- the job that works on it, or last did
    error_zh    text,
    error_en    text,
    ordered_by  text NOT NULL,
    created_at  timestamptz NOT NULL,
    started_at  timestamptz,
    finished_at timestamptz
);
CREATE UNIQUE INDEX operation_one_open ON operation (case_id) WHERE state NOT IN ('done', 'superseded');
CREATE INDEX operation_case ON operation (case_id, id DESC);
CREATE INDEX operation_state ON operation (state, id DESC);
CREATE INDEX operation_engine ON operation (engine_id) WHERE state NOT IN ('done', 'superseded');

-- Each step is recorded before it is begun and after it ended.
CREATE TABLE operation_step (
    operation_id uuid NOT NULL REFERENCES operation (id),
    position     integer NOT NULL,
    resource_id  uuid NOT NULL REFERENCES resource (id),
    step         jsonb NOT NULL,
    state        text NOT NULL CHECK (state IN ('planned', 'doing', 'waiting', 'done', 'failed', 'undone')),
    report       jsonb,                        -- by the engineer who did it by hand
    error_zh     text,
    error_en     text,
    started_at   timestamptz,
    finished_at  timestamptz,
    PRIMARY KEY (operation_id, position)
);

-- 清除证据 of one disk, kept for the certificate (A28); never rewritten.
CREATE TABLE erasure (
    disk_id      uuid PRIMARY KEY,
    resource_id  uuid NOT NULL REFERENCES resource (id),
    case_id      uuid NOT NULL REFERENCES application (id),
    operation_id uuid NOT NULL REFERENCES operation (id),
    evidence     jsonb NOT NULL,
    recorded_at  timestamptz NOT NULL
);
CREATE INDEX erasure_case ON erasure (case_id, recorded_at);
CREATE INDEX erasure_resource ON erasure (resource_id);
CREATE TRIGGER erasure_append_only BEFORE UPDATE OR DELETE ON erasure
    FOR EACH ROW EXECUTE FUNCTION refuse_rewrite();
CREATE TRIGGER erasure_no_truncate BEFORE TRUNCATE ON erasure
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite();

ALTER TABLE trial ADD FOREIGN KEY (engine_id) REFERENCES engine (id);

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'liyun') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON erasure FROM liyun;
    END IF;
END $$;
