-- 挂起与停用: why a server in service or on trial does not run. It takes the place of the wanted power: what was switched
-- off by hand until now is suspended.
ALTER TABLE resource
    ADD COLUMN rest text CHECK (rest IN ('suspended', 'scaled')),
    ADD COLUMN rest_reason text,
    ADD COLUMN rested_at timestamptz,
    ADD CHECK ((rest IS NULL) = (rested_at IS NULL));
UPDATE resource SET rest = 'suspended', rest_reason = '单位关机', rested_at = coalesce(observed_at, created_at)
 WHERE power = 'stopped' AND phase IN ('trial', 'production');
ALTER TABLE resource DROP COLUMN power;
UPDATE operation SET kind = CASE kind WHEN 'start' THEN 'resume' ELSE 'suspend' END
 WHERE kind IN ('start', 'shutdown') AND resource_id IS NOT NULL;

-- An operation about some servers of its case and no others.
ALTER TABLE operation ADD COLUMN resources uuid[];

-- 伸缩策略: how many servers of one row of 附件2-1 run.
CREATE TABLE scaling_policy (
    id         uuid PRIMARY KEY,
    case_id    uuid NOT NULL REFERENCES application (id),
    agency_id  uuid NOT NULL REFERENCES org (id),
    engine_id  uuid NOT NULL REFERENCES engine (id),
    number     text NOT NULL UNIQUE,
    line       integer NOT NULL CHECK (line >= 0),   -- row of 附件2-1, from 0
    state_code text NOT NULL CHECK (state_code IN ('draft', 'active', 'paused', 'ended')),
    state      jsonb NOT NULL,
    version    integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    acted_at   timestamptz,                          -- the last action: the cool-down counts from here
    looked_at  timestamptz,                          -- the last decision, and what it was
    decision   jsonb,
    CHECK (state ->> 'state' = state_code)
);
CREATE UNIQUE INDEX scaling_policy_once ON scaling_policy (case_id, line) WHERE state_code <> 'ended';
CREATE INDEX scaling_policy_engine ON scaling_policy (engine_id) WHERE state_code = 'active'; -- whom the minute asks
CREATE INDEX scaling_policy_agency ON scaling_policy (agency_id, id DESC);
CREATE INDEX scaling_policy_state ON scaling_policy (state_code, id DESC);

-- 采样: a measurement and no record; what is older than the limit is removed.
CREATE TABLE scaling_sample (
    policy_id uuid NOT NULL REFERENCES scaling_policy (id),
    at        timestamptz NOT NULL,
    percent   smallint NOT NULL CHECK (percent BETWEEN 0 AND 100),
    running   integer NOT NULL,
    PRIMARY KEY (policy_id, at)
);
CREATE INDEX scaling_sample_old ON scaling_sample (at);

-- 伸缩动作 with the figures that caused it; never rewritten.
CREATE TABLE scaling_action (
    id           uuid PRIMARY KEY,
    policy_id    uuid NOT NULL REFERENCES scaling_policy (id),
    case_id      uuid NOT NULL REFERENCES application (id),
    at           timestamptz NOT NULL,
    decision     jsonb NOT NULL,
    from_running integer NOT NULL,
    to_running   integer NOT NULL,
    available    integer NOT NULL,
    servers      text[] NOT NULL,
    operation_id uuid NOT NULL REFERENCES operation (id),
    -- 不得超出核定.
    CHECK (to_running BETWEEN 0 AND available)
);
CREATE INDEX scaling_action_policy ON scaling_action (policy_id, id DESC);
CREATE TRIGGER scaling_action_append_only BEFORE UPDATE OR DELETE ON scaling_action
    FOR EACH ROW EXECUTE FUNCTION refuse_rewrite();
CREATE TRIGGER scaling_action_no_truncate BEFORE TRUNCATE ON scaling_action
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite();

-- Whose turn of a minute it is: of several instances that reach an engine one takes it.
ALTER TABLE engine ADD COLUMN scaled_at timestamptz;

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'liyun') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON scaling_action FROM liyun;
        REVOKE DELETE, TRUNCATE ON scaling_policy FROM liyun;
    END IF;
END $$;
