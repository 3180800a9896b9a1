-- 机制 mechanism: what every change uses. Audit entries, gap-free numbers, jobs, idempotency, tasks.

-- 操作日志. Appended in the transaction of the change; never updated, never deleted (E15).
CREATE TABLE audit_entry (
    id          uuid PRIMARY KEY,
    at          timestamptz NOT NULL,
    actor_id    uuid,
    actor_name  text NOT NULL,
    roles       text[] NOT NULL,
    org_id      uuid,
    ip          text,
    terminal    text,
    request_id  text,
    action      text NOT NULL,
    object_kind text NOT NULL,
    object_id   text NOT NULL,
    case_id     uuid,
    clause      text,
    outcome     text NOT NULL CHECK (outcome IN ('done', 'refused', 'failed')),
    summary     text NOT NULL,
    before      jsonb,
    after       jsonb
);
CREATE INDEX audit_entry_recent ON audit_entry (at DESC, id DESC);       -- the audit page
CREATE INDEX audit_entry_case ON audit_entry (case_id, at, id) WHERE case_id IS NOT NULL; -- 流转记录 of a case
CREATE INDEX audit_entry_actor ON audit_entry (actor_id, at DESC, id DESC);
CREATE INDEX audit_entry_object ON audit_entry (object_kind, object_id, at);

CREATE FUNCTION refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION refuse_rewrite();
CREATE TRIGGER audit_entry_no_truncate BEFORE TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite();

-- 单号、文号: per kind and year, taken inside the transaction, so a rolled-back change leaves no gap.
CREATE TABLE number_sequence (
    kind text NOT NULL,
    year integer NOT NULL,
    last integer NOT NULL CHECK (last > 0),
    PRIMARY KEY (kind, year)
);

-- 幂等: a repeated request gets the first answer.
CREATE TABLE idempotency (
    actor_id    uuid NOT NULL,
    key         text NOT NULL CHECK (length(key) BETWEEN 8 AND 200),
    fingerprint text NOT NULL,
    response    jsonb,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (actor_id, key)
);
CREATE INDEX idempotency_age ON idempotency (created_at);

-- 后台作业 (outbox): enqueued in the transaction of the change, done at least once, idempotent.
CREATE TABLE job (
    id           uuid PRIMARY KEY,
    kind         text NOT NULL,
    payload      jsonb NOT NULL,
    dedup_key    text,
    created_at   timestamptz NOT NULL DEFAULT now(),
    run_at       timestamptz NOT NULL DEFAULT now(),
    attempts     integer NOT NULL DEFAULT 0,
    locked_until timestamptz,
    last_error   text,
    done_at      timestamptz
);
CREATE INDEX job_waiting ON job (run_at, id) WHERE done_at IS NULL;
CREATE UNIQUE INDEX job_once ON job (dedup_key) WHERE done_at IS NULL AND dedup_key IS NOT NULL;

-- 待办: what waits for whom, with its due date. Synchronised from the state by the mechanism.
CREATE TABLE task (
    id               uuid PRIMARY KEY,
    case_id          uuid NOT NULL,
    room             text NOT NULL,
    subject_id       uuid NOT NULL,
    kind             text NOT NULL,
    role             text NOT NULL,
    agency_id        uuid,           -- the agency whose people hold it, where the role is an agency's
    county           text,           -- the county whose people hold it, where the role is a county's
    person_id        uuid,           -- one person (an expert)
    opened_on        date NOT NULL,
    opened_at        timestamptz NOT NULL,
    due_on           date,
    timer            text,           -- T1 … T15
    statutory        boolean NOT NULL DEFAULT false,
    calendar_version text,
    done_at          timestamptz,
    done_on          date,
    done_by          uuid
);
CREATE INDEX task_open_by_role ON task (role, due_on, id) WHERE done_at IS NULL;
CREATE INDEX task_open_by_agency ON task (agency_id, role) WHERE done_at IS NULL;
CREATE INDEX task_done_by ON task (done_by, done_at DESC, id) WHERE done_at IS NOT NULL;
CREATE INDEX task_case ON task (case_id, opened_at);
CREATE UNIQUE INDEX task_once ON task (subject_id, kind, role, coalesce(person_id, '00000000-0000-0000-0000-000000000000'::uuid)) WHERE done_at IS NULL;

-- 待阅 (抄送): a copy of a result that an office must read.
CREATE TABLE copy (
    id         uuid PRIMARY KEY,
    case_id    uuid NOT NULL,
    role       text NOT NULL,
    county     text,
    agency_id  uuid,
    subject    text NOT NULL,
    clause     text NOT NULL,
    sent_at    timestamptz NOT NULL,
    read_at    timestamptz,
    read_by    uuid
);
CREATE INDEX copy_inbox ON copy (role, sent_at DESC, id);

-- 演示日期: only a server started with --demo writes here.
CREATE TABLE demo_clock (
    only_row  boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    today     date NOT NULL
);
