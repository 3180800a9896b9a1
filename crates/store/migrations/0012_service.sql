-- 服务实例: one approved line of 其他服务 of a case, from the notice to its end. Like a server it keeps what was
-- approved beside what runs, so that the database itself refuses what goes beyond.
CREATE TABLE service_instance (
    id                uuid PRIMARY KEY,
    case_id           uuid NOT NULL REFERENCES application (id),
    agency_id         uuid NOT NULL REFERENCES org (id),
    engine_id         uuid REFERENCES engine (id),              -- the case's, once it is chosen
    number            text NOT NULL UNIQUE,
    line              integer NOT NULL CHECK (line >= 0),       -- row of 其他服务, from 0
    sku               text NOT NULL,
    state_code        text NOT NULL,
    state             jsonb NOT NULL,
    version           integer NOT NULL DEFAULT 1,
    quantity          bigint NOT NULL DEFAULT 0 CHECK (quantity >= 0),
    approved_quantity bigint NOT NULL CHECK (approved_quantity >= 0),
    created_at        timestamptz NOT NULL,
    -- 不得超出核定.
    CHECK (quantity <= approved_quantity),
    CHECK (state ->> 'state' = state_code)
);
CREATE UNIQUE INDEX service_instance_once ON service_instance (case_id, line) WHERE state_code <> 'ended';
CREATE INDEX service_instance_case ON service_instance (case_id, line);
CREATE INDEX service_instance_agency ON service_instance (agency_id, id DESC);
CREATE INDEX service_instance_state ON service_instance (state_code, id DESC);
CREATE INDEX service_instance_engine ON service_instance (engine_id, id DESC);

-- 凭证 of an opening, a change or a reclaim; never rewritten.
CREATE TABLE service_evidence (
    id           uuid PRIMARY KEY,
    instance_id  uuid NOT NULL REFERENCES service_instance (id),
    case_id      uuid NOT NULL REFERENCES application (id),
    act          text NOT NULL CHECK (act IN ('open', 'change', 'reclaim')),
    operation_id uuid REFERENCES operation (id),                -- where the engine did it with the servers
    evidence     jsonb NOT NULL,
    reported_by  text NOT NULL,
    reported_at  timestamptz NOT NULL
);
CREATE INDEX service_evidence_case ON service_evidence (case_id, reported_at);
CREATE INDEX service_evidence_instance ON service_evidence (instance_id, reported_at);
CREATE TRIGGER service_evidence_append_only BEFORE UPDATE OR DELETE ON service_evidence
    FOR EACH ROW EXECUTE FUNCTION refuse_rewrite();
CREATE TRIGGER service_evidence_no_truncate BEFORE TRUNCATE ON service_evidence
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite();

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'liyun') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON service_evidence FROM liyun;
    END IF;
END $$;
