-- 堡垒机 (附件2-2, A28): accounts, the supplier's grants, the certificates that rest on them, jump hosts and what they
-- report, alarms. Certificates, revocations, sessions and refused log-ins are a record (A19) and never rewritten.

-- 签发密钥: the key that signs certificates. The newest signs; older ones are trusted while what they signed is valid.
CREATE TABLE bastion_ca (
    version    integer PRIMARY KEY CHECK (version > 0),
    public_key text NOT NULL,                -- one line, as OpenSSH writes it
    sealed     bytea NOT NULL,               -- the seed, in an envelope (E25)
    created_at timestamptz NOT NULL,
    created_by text NOT NULL
);

CREATE TABLE bastion_account (
    id           uuid PRIMARY KEY,
    case_id      uuid NOT NULL REFERENCES application (id),
    agency_id    uuid NOT NULL REFERENCES org (id),
    number       text NOT NULL UNIQUE,
    line         integer NOT NULL CHECK (line >= 0),       -- row of 附件2-2, from 0
    user_name    text NOT NULL,
    user_kind    text NOT NULL,
    organisation text NOT NULL,
    mobile       text NOT NULL,                            -- masked
    protocols    text[] NOT NULL,
    hosts        text[] NOT NULL,                          -- lines of 附件2-1, by host name
    source       text NOT NULL,
    hours        text NOT NULL CHECK (hours IN ('office', 'always')),
    valid_from   date NOT NULL,
    valid_to     date NOT NULL CHECK (valid_to >= valid_from),
    state_code   text NOT NULL,
    state        jsonb NOT NULL,
    version      integer NOT NULL DEFAULT 1,
    created_at   timestamptz NOT NULL,
    CHECK (state ->> 'state' = state_code)
);
CREATE UNIQUE INDEX bastion_account_once ON bastion_account (case_id, line) WHERE state_code <> 'closed';
CREATE INDEX bastion_account_case ON bastion_account (case_id, line, id);
CREATE INDEX bastion_account_agency ON bastion_account (agency_id, id DESC);
CREATE INDEX bastion_account_ending ON bastion_account (valid_to) WHERE state_code <> 'closed';

-- 供应商运维访问授权.
CREATE TABLE access_grant (
    id           uuid PRIMARY KEY,
    case_id      uuid NOT NULL REFERENCES application (id),
    agency_id    uuid NOT NULL REFERENCES org (id),
    number       text NOT NULL UNIQUE,
    person_id    uuid NOT NULL REFERENCES person (id),
    person_name  text NOT NULL,
    org_name     text NOT NULL,
    hosts        text[] NOT NULL,                          -- servers by name
    source       text NOT NULL,
    from_at      timestamptz NOT NULL,
    until_at     timestamptz NOT NULL CHECK (until_at > from_at),
    purpose      text NOT NULL,
    decided_by   text,
    state_code   text NOT NULL,
    state        jsonb NOT NULL,
    version      integer NOT NULL DEFAULT 1,
    requested_at timestamptz NOT NULL,
    CHECK (state ->> 'state' = state_code)
);
CREATE INDEX access_grant_case ON access_grant (case_id, id DESC);
CREATE INDEX access_grant_agency ON access_grant (agency_id, id DESC);
CREATE INDEX access_grant_state ON access_grant (state_code, id DESC);
CREATE INDEX access_grant_ending ON access_grant (until_at) WHERE state_code IN ('requested', 'granted');

-- 登录证书, by serial without gaps.
CREATE TABLE bastion_certificate (
    serial       bigint PRIMARY KEY CHECK (serial > 0),
    ca_version   integer NOT NULL REFERENCES bastion_ca (version),
    account_id   uuid REFERENCES bastion_account (id),
    grant_id     uuid REFERENCES access_grant (id),
    case_id      uuid NOT NULL REFERENCES application (id),
    key_id       text NOT NULL UNIQUE,
    principals   text[] NOT NULL,
    source       text NOT NULL,
    fingerprint  text NOT NULL,
    certificate  text NOT NULL,
    valid_after  timestamptz NOT NULL,
    valid_before timestamptz NOT NULL CHECK (valid_before > valid_after),
    issued_by    text NOT NULL,
    issued_at    timestamptz NOT NULL,
    CHECK ((account_id IS NULL) <> (grant_id IS NULL))
);
CREATE INDEX bastion_certificate_account ON bastion_certificate (account_id, serial DESC);
CREATE INDEX bastion_certificate_grant ON bastion_certificate (grant_id, serial DESC);
CREATE INDEX bastion_certificate_end ON bastion_certificate (valid_before);

CREATE TABLE bastion_revocation (
    serial     bigint PRIMARY KEY REFERENCES bastion_certificate (serial),
    reason     text NOT NULL,
    revoked_at timestamptz NOT NULL
);

-- 跳板机.
CREATE TABLE jump_host (
    id         uuid PRIMARY KEY,
    name       text NOT NULL UNIQUE,
    address    text NOT NULL,                -- as people type it
    port       integer NOT NULL CHECK (port BETWEEN 1 AND 65535),
    login      text NOT NULL,                -- the one account everybody logs in to
    token_mac  text NOT NULL UNIQUE,         -- of the machine's credential; the credential itself is not kept
    active     boolean NOT NULL DEFAULT true,
    version    integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    seen_at    timestamptz                   -- last time it fetched or reported
);

-- 运维会话, let through or not; its end apart, since neither is rewritten.
CREATE TABLE bastion_session (
    id           uuid PRIMARY KEY,           -- given by the jump host: a repeated report is the same session
    seq          bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    jump_host_id uuid NOT NULL REFERENCES jump_host (id),
    serial       bigint NOT NULL,
    key_id       text NOT NULL,
    account_id   uuid REFERENCES bastion_account (id),
    grant_id     uuid REFERENCES access_grant (id),
    case_id      uuid REFERENCES application (id),
    agency_id    uuid REFERENCES org (id),
    person_name  text NOT NULL,
    source       text NOT NULL,
    host         text NOT NULL,
    command      bytea,                      -- sealed; absent where a terminal was asked for
    barred       text,                       -- why not; absent where it was let through
    started_at   timestamptz NOT NULL
);
CREATE INDEX bastion_session_agency ON bastion_session (agency_id, seq DESC);
CREATE INDEX bastion_session_case ON bastion_session (case_id, seq DESC);
CREATE INDEX bastion_session_barred ON bastion_session (seq DESC) WHERE barred IS NOT NULL;

CREATE TABLE bastion_session_end (
    session_id uuid PRIMARY KEY REFERENCES bastion_session (id),
    exit_code  integer NOT NULL,
    record     bytea NOT NULL,               -- what the terminal showed, sealed
    record_bytes integer NOT NULL,
    truncated  boolean NOT NULL,
    ended_at   timestamptz NOT NULL
);

-- 登录被拒, line by line of the jump host's log.
CREATE TABLE bastion_refusal (
    jump_host_id uuid NOT NULL REFERENCES jump_host (id),
    log_file     text NOT NULL,
    position     bigint NOT NULL,            -- byte offset in that file: a repeated report is the same line
    serial       bigint,
    key_id       text,
    source       text NOT NULL,
    login        text NOT NULL,
    barred       text NOT NULL,
    line         text NOT NULL,
    reported_at  timestamptz NOT NULL,
    PRIMARY KEY (jump_host_id, log_file, position)
);

-- 访问告警. `subject`: what alike attempts have in common, one open alarm each.
CREATE TABLE access_alarm (
    id          uuid PRIMARY KEY,
    kind        text NOT NULL,
    subject     text NOT NULL,
    number      text NOT NULL UNIQUE,
    case_id     uuid REFERENCES application (id),   -- absent where the attempt names none of ours
    agency_id   uuid REFERENCES org (id),
    person_name text NOT NULL,
    source      text NOT NULL,
    host        text NOT NULL,
    detail      text NOT NULL,
    session_id  uuid REFERENCES bastion_session (id),
    occurrences integer NOT NULL DEFAULT 1 CHECK (occurrences > 0),
    first_at    timestamptz NOT NULL,
    last_at     timestamptz NOT NULL,
    state_code  text NOT NULL,
    state       jsonb NOT NULL,
    version     integer NOT NULL DEFAULT 1,
    CHECK (state ->> 'state' = state_code)
);
CREATE UNIQUE INDEX access_alarm_open ON access_alarm (kind, subject) WHERE state_code = 'open';
CREATE INDEX access_alarm_agency ON access_alarm (agency_id, id DESC);
CREATE INDEX access_alarm_state ON access_alarm (state_code, id DESC);
CREATE INDEX access_alarm_case ON access_alarm (case_id, id DESC);

DO $$
DECLARE kept text;
BEGIN
    FOREACH kept IN ARRAY ARRAY['bastion_ca', 'bastion_certificate', 'bastion_revocation', 'bastion_session', 'bastion_session_end', 'bastion_refusal'] LOOP
        EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_rewrite()', kept || '_append_only', kept);
        EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite()', kept || '_no_truncate', kept);
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'liyun') THEN
            EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %I FROM liyun', kept);
        END IF;
    END LOOP;
END $$;
