-- 偏差核对: what differs between the approved, the charged and the real, one row each, kept when it is over.
-- What was found in a cloud and is on no paper is a row here too, instead of a list beside its engine.
CREATE TABLE drift (
    id            uuid PRIMARY KEY,
    engine_id     uuid NOT NULL REFERENCES engine (id),
    subject       text NOT NULL,                    -- resource/<id>, or <kind>/<name in the cloud>
    resource_id   uuid REFERENCES resource (id),
    case_id       uuid REFERENCES application (id),
    agency_id     uuid REFERENCES org (id),
    name          text NOT NULL,
    kind          text NOT NULL,
    found         jsonb NOT NULL,                   -- the three columns, or what the cloud told of the object
    paid_fen      bigint NOT NULL CHECK (paid_fen >= 0),   -- charged for a year and not in the cloud
    unpaid_fen    bigint NOT NULL CHECK (unpaid_fen >= 0), -- in the cloud for a year and not charged
    yearly_fen    bigint NOT NULL GENERATED ALWAYS AS (paid_fen + unpaid_fen) STORED,
    state_code    text NOT NULL CHECK (state_code IN ('open', 'noted', 'adopting', 'closed')),
    state         jsonb NOT NULL,
    version       integer NOT NULL DEFAULT 1,
    first_seen_at timestamptz NOT NULL,
    seen_at       timestamptz NOT NULL,
    CHECK (state ->> 'state' = state_code)
);
CREATE UNIQUE INDEX drift_once ON drift (engine_id, subject) WHERE state_code <> 'closed';
CREATE INDEX drift_list ON drift (yearly_fen DESC, id DESC) WHERE state_code <> 'closed'; -- dearest first
CREATE INDEX drift_resource ON drift (resource_id);

-- 纳管: the server in the cloud that becomes this one. Two orders never adopt the same.
ALTER TABLE resource ADD COLUMN adopts text CHECK (adopts <> '');
CREATE UNIQUE INDEX resource_adopts_once ON resource (engine_id, adopts) WHERE adopts IS NOT NULL AND erased_at IS NULL;

-- Both are rows of their own now; the next look finds them again.
ALTER TABLE resource DROP COLUMN drifting;
ALTER TABLE engine DROP COLUMN orphans;

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'liyun') THEN
        REVOKE DELETE, TRUNCATE ON drift FROM liyun;
    END IF;
END $$;
