-- 单位、人员、会话, and the sealed chain of audit entries.

-- 机构. `path` holds the organisation and its superiors, root first: a subtree is one index look-up.
CREATE TABLE org (
    id          uuid PRIMARY KEY,
    name        text NOT NULL UNIQUE CHECK (length(name) BETWEEN 2 AND 100),
    short_name  text NOT NULL DEFAULT '',
    kind        text NOT NULL,
    level       text NOT NULL CHECK (level IN ('national', 'regional', 'city', 'county')),
    office      text NOT NULL,
    credit_code text NOT NULL,
    county      text,
    parent_id   uuid REFERENCES org (id),
    path        uuid[] NOT NULL,
    budget_code text NOT NULL DEFAULT '',
    address     text NOT NULL DEFAULT '',
    active      boolean NOT NULL DEFAULT true,
    version     integer NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL,
    CHECK ((level = 'county') = (county IS NOT NULL)),
    CHECK (id = path[array_upper(path, 1)]),
    CHECK (parent_id IS DISTINCT FROM id)
);
CREATE INDEX org_path ON org USING gin (path);
CREATE INDEX org_list ON org (name, id);
CREATE INDEX org_county ON org (county, name) WHERE county IS NOT NULL;
-- 市级职能机构 exist once; county offices once a county.
CREATE UNIQUE INDEX org_one_city_office ON org (office)
    WHERE active AND office IN ('authority', 'info_center', 'city_government', 'city_finance', 'cyberspace', 'secrecy', 'police');
CREATE UNIQUE INDEX org_one_county_office ON org (office, county)
    WHERE active AND office IN ('county_government', 'county_data', 'county_finance');

-- 人员. A user name is given once and never again (E1); numbers are sealed, the mask is what lists show (E25, E32).
CREATE TABLE person (
    id               uuid PRIMARY KEY,
    org_id           uuid NOT NULL REFERENCES org (id),
    username         text NOT NULL UNIQUE CHECK (username ~ '^[a-z][a-z0-9_.-]{2,31}$'),
    name             text NOT NULL CHECK (length(name) BETWEEN 1 AND 50),
    mobile_sealed    bytea,
    mobile_mask      text NOT NULL DEFAULT '',
    id_number_sealed bytea,
    id_number_mask   text NOT NULL DEFAULT '',
    email            text NOT NULL DEFAULT '',
    state            text NOT NULL CHECK (state IN ('recorded', 'active', 'disabled')),
    version          integer NOT NULL DEFAULT 1,
    created_at       timestamptz NOT NULL,
    created_by       uuid,
    activated_by     uuid,
    activated_at     timestamptz,
    last_login_at    timestamptz,
    last_login_ip    text,
    -- 录入 ≠ 激活: who makes an account does not activate it (E9).
    CONSTRAINT person_two_officers CHECK (activated_by IS NULL OR created_by IS NULL OR activated_by <> created_by)
);
CREATE INDEX person_org ON person (org_id, username);
CREATE INDEX person_name ON person (name text_pattern_ops);

-- 授权. Revoked ones stay, for the history.
CREATE TABLE person_role (
    id         uuid PRIMARY KEY,
    person_id  uuid NOT NULL REFERENCES person (id),
    role       text NOT NULL,
    org_id     uuid NOT NULL REFERENCES org (id),
    granted_by uuid,
    granted_at timestamptz NOT NULL,
    revoked_by uuid,
    revoked_at timestamptz
);
CREATE UNIQUE INDEX person_role_once ON person_role (person_id, role, org_id) WHERE revoked_at IS NULL;
CREATE INDEX person_role_holders ON person_role (role, org_id) WHERE revoked_at IS NULL;

-- 鉴别数据: Argon2id, sealed once more with SM4 under a key outside the database (E25).
CREATE TABLE credential (
    person_id    uuid PRIMARY KEY REFERENCES person (id),
    hash_sealed  bytea NOT NULL,
    changed_on   date NOT NULL,
    must_change  boolean NOT NULL,
    failures     integer NOT NULL DEFAULT 0,
    locked_until timestamptz,
    -- failures since the last successful log-in, for its notice (E6)
    failures_shown integer NOT NULL DEFAULT 0
);
CREATE TABLE credential_history (
    person_id   uuid NOT NULL REFERENCES person (id),
    hash_sealed bytea NOT NULL,
    set_at      timestamptz NOT NULL,
    PRIMARY KEY (person_id, set_at)
);
CREATE TABLE second_factor (
    person_id     uuid PRIMARY KEY REFERENCES person (id),
    secret_sealed bytea NOT NULL,
    confirmed_at  timestamptz,
    last_step     bigint NOT NULL DEFAULT 0   -- a code is good once (E3)
);

-- 会话. Only the hash of the cookie is kept.
CREATE TABLE session (
    id            uuid PRIMARY KEY,
    token_hash    bytea NOT NULL UNIQUE,
    person_id     uuid NOT NULL REFERENCES person (id),
    stage         text NOT NULL CHECK (stage IN ('change_password', 'enrol', 'verify', 'full')),
    created_at    timestamptz NOT NULL,
    last_seen_at  timestamptz NOT NULL,
    ip            text,
    terminal      text,
    demo          boolean NOT NULL DEFAULT false,
    notice        jsonb,                       -- last log-in, shown once signed in (E6)
    ended_at      timestamptz,
    ended_why     text
);
CREATE INDEX session_open ON session (person_id) WHERE ended_at IS NULL;
CREATE INDEX session_age ON session (created_at);

-- 登录尝试 that failed, for the limit per address (E4).
CREATE TABLE login_failure (
    ip text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX login_failure_recent ON login_failure (ip, at);

-- 初次设置: the one-time link; one row, used once (E8).
CREATE TABLE setup_link (
    only_row   boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    token_hash bytea NOT NULL,
    created_at timestamptz NOT NULL,
    used_at    timestamptz
);

-- 封存: each audit entry gets a position and the hash over its predecessor's hash and its own content (E15).
CREATE TABLE audit_pending (
    entry_id uuid PRIMARY KEY REFERENCES audit_entry (id)
);
CREATE FUNCTION audit_note_pending() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit_pending (entry_id) VALUES (NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER audit_entry_pending AFTER INSERT ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_note_pending();
INSERT INTO audit_pending (entry_id) SELECT id FROM audit_entry;

CREATE TABLE audit_seal (
    position  bigint PRIMARY KEY CHECK (position > 0),
    entry_id  uuid NOT NULL UNIQUE REFERENCES audit_entry (id),
    prev_hash bytea NOT NULL CHECK (length(prev_hash) = 32),
    hash      bytea NOT NULL UNIQUE CHECK (length(hash) = 32)
);
-- 锚点: the head of the chain, signed with SM2 under a key outside the database.
CREATE TABLE audit_anchor (
    position    bigint PRIMARY KEY,
    hash        bytea NOT NULL CHECK (length(hash) = 32),
    anchored_at timestamptz NOT NULL,
    key_version integer NOT NULL,
    signature   bytea NOT NULL
);
CREATE TRIGGER audit_seal_append_only BEFORE UPDATE OR DELETE ON audit_seal
    FOR EACH ROW EXECUTE FUNCTION refuse_rewrite();
CREATE TRIGGER audit_seal_no_truncate BEFORE TRUNCATE ON audit_seal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite();
CREATE TRIGGER audit_anchor_append_only BEFORE UPDATE OR DELETE ON audit_anchor
    FOR EACH ROW EXECUTE FUNCTION refuse_rewrite();
CREATE TRIGGER audit_anchor_no_truncate BEFORE TRUNCATE ON audit_anchor
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite();

-- The serving role appends and reads, nothing else. Where one role owns all, the triggers above still refuse.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'liyun') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON audit_entry, audit_seal, audit_anchor FROM liyun;
    END IF;
END $$;
