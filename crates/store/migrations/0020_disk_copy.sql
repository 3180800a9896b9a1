-- 快照与备份 (A4, A28, A31): copies of disks, the restore tests of backups, and the evidence of their deletion.

CREATE TABLE disk_copy (
    id          uuid PRIMARY KEY,
    case_id     uuid NOT NULL REFERENCES application (id),
    resource_id uuid NOT NULL REFERENCES resource (id),
    disk_id     uuid NOT NULL,                -- a data disk, or the server's own id for its system disk
    kind        text NOT NULL CHECK (kind IN ('snapshot', 'backup')),
    number      text NOT NULL UNIQUE,
    state_code  text NOT NULL,
    state       jsonb NOT NULL,
    version     integer NOT NULL DEFAULT 1,
    ordered_by  text NOT NULL,
    created_at  timestamptz NOT NULL,
    CHECK (state ->> 'state' = state_code)
);
CREATE INDEX disk_copy_resource ON disk_copy (resource_id, id DESC);
CREATE INDEX disk_copy_case ON disk_copy (case_id) WHERE state_code <> 'dropped';
CREATE INDEX disk_copy_newest ON disk_copy (disk_id, id DESC) WHERE kind = 'backup';

-- 恢复演练: what each compared and found; never rewritten.
CREATE TABLE disk_copy_proof (
    restore_id   uuid PRIMARY KEY,
    copy_id      uuid NOT NULL REFERENCES disk_copy (id),
    disk_id      uuid NOT NULL,
    operation_id uuid NOT NULL REFERENCES operation (id),
    evidence     jsonb NOT NULL,
    recorded_at  timestamptz NOT NULL
);
CREATE INDEX disk_copy_proof_copy ON disk_copy_proof (copy_id, recorded_at DESC);
CREATE INDEX disk_copy_proof_disk ON disk_copy_proof (disk_id, recorded_at DESC);
CREATE TRIGGER disk_copy_proof_append_only BEFORE UPDATE OR DELETE ON disk_copy_proof
    FOR EACH ROW EXECUTE FUNCTION refuse_rewrite();
CREATE TRIGGER disk_copy_proof_no_truncate BEFORE TRUNCATE ON disk_copy_proof
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite();

-- 清除证据 is of a disk, or of one copy of it.
ALTER TABLE erasure ADD COLUMN copy_id uuid;
ALTER TABLE erasure DROP CONSTRAINT erasure_pkey;
CREATE UNIQUE INDEX erasure_once ON erasure (disk_id, copy_id) NULLS NOT DISTINCT;

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'liyun') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON disk_copy_proof FROM liyun;
    END IF;
END $$;
