CREATE FUNCTION public.audit_note_pending() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO audit_pending (entry_id) VALUES (NEW.id);
    RETURN NULL;
END $$;

CREATE FUNCTION public.refuse_price_overlap() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM price_line l
        JOIN price_version other ON other.code = l.version
        JOIN price_version mine ON mine.code = NEW.version
        WHERE l.sku = NEW.sku AND l.version <> NEW.version
          AND other.valid_from <= mine.valid_to AND mine.valid_from <= other.valid_to
    ) THEN
        RAISE EXCEPTION 'price of % overlaps another version', NEW.sku
            USING ERRCODE = 'check_violation', CONSTRAINT = 'price_line_no_overlap';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION public.refuse_reissue() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.pdf IS NULL
        AND to_jsonb(NEW) - 'pdf' = to_jsonb(OLD) - 'pdf' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'an issued document does not change' USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION public.refuse_rewrite() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION public.refuse_unbalanced() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF (SELECT coalesce(sum(fen), 0) <> 0 OR count(*) < 2 FROM ledger_leg WHERE movement_id = NEW.movement_id) THEN
        RAISE EXCEPTION 'ledger movement % does not balance', NEW.movement_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_leg_balanced';
    END IF;
    RETURN NULL;
END $$;

CREATE TABLE public._sqlx_migrations (
    version bigint NOT NULL,
    description text NOT NULL,
    installed_on timestamp with time zone DEFAULT now() NOT NULL,
    success boolean NOT NULL,
    checksum bytea NOT NULL,
    execution_time bigint NOT NULL
);

CREATE TABLE public.access_alarm (
    id uuid NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    number text NOT NULL,
    case_id uuid,
    agency_id uuid,
    person_name text NOT NULL,
    source text NOT NULL,
    host text NOT NULL,
    detail text NOT NULL,
    session_id uuid,
    occurrences integer DEFAULT 1 NOT NULL,
    first_at timestamp with time zone NOT NULL,
    last_at timestamp with time zone NOT NULL,
    state_code text NOT NULL,
    state jsonb NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT access_alarm_check CHECK (((state ->> 'state'::text) = state_code)),
    CONSTRAINT access_alarm_occurrences_check CHECK ((occurrences > 0))
);

CREATE TABLE public.access_grant (
    id uuid NOT NULL,
    case_id uuid NOT NULL,
    agency_id uuid NOT NULL,
    number text NOT NULL,
    person_id uuid NOT NULL,
    person_name text NOT NULL,
    org_name text NOT NULL,
    hosts text[] NOT NULL,
    source text NOT NULL,
    from_at timestamp with time zone NOT NULL,
    until_at timestamp with time zone NOT NULL,
    purpose text NOT NULL,
    decided_by text,
    state_code text NOT NULL,
    state jsonb NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    requested_at timestamp with time zone NOT NULL,
    transfers text[] DEFAULT '{}'::text[] NOT NULL,
    CONSTRAINT access_grant_check CHECK ((until_at > from_at)),
    CONSTRAINT access_grant_check1 CHECK (((state ->> 'state'::text) = state_code))
);

CREATE TABLE public.allocation (
    id uuid NOT NULL,
    number text NOT NULL,
    pool_item_id uuid NOT NULL,
    case_id uuid NOT NULL,
    change_id uuid,
    line text NOT NULL,
    sku text NOT NULL,
    reserved bigint NOT NULL,
    held bigint NOT NULL,
    until date NOT NULL,
    state_code text NOT NULL,
    state jsonb NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_by uuid NOT NULL,
    created_on date NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT allocation_check CHECK (((held >= 0) AND (held <= reserved))),
    CONSTRAINT allocation_check1 CHECK (((state ->> 'state'::text) = state_code)),
    CONSTRAINT allocation_reserved_check CHECK ((reserved > 0))
);

CREATE TABLE public.application (
    id uuid NOT NULL,
    number text NOT NULL,
    agency_id uuid NOT NULL,
    county text,
    system_name text DEFAULT ''::text NOT NULL,
    mode text,
    stage text NOT NULL,
    state_code text NOT NULL,
    state_zh text NOT NULL,
    state jsonb NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    form jsonb NOT NULL,
    granted jsonb,
    fee_fen bigint DEFAULT 0 NOT NULL,
    supplier_id uuid,
    created_by uuid NOT NULL,
    created_on date NOT NULL,
    created_at timestamp with time zone NOT NULL,
    review jsonb,
    CONSTRAINT application_fee_fen_check CHECK ((fee_fen >= 0)),
    CONSTRAINT application_state_check CHECK (((state ->> 'state'::text) IS NOT NULL))
);

CREATE TABLE public.application_expert (
    application_id uuid NOT NULL,
    person_id uuid NOT NULL
);

CREATE TABLE public.attachment (
    id uuid NOT NULL,
    case_id uuid NOT NULL,
    kind text NOT NULL,
    file_name text NOT NULL,
    format text NOT NULL,
    size_bytes bigint NOT NULL,
    sm3 text NOT NULL,
    uploaded_by uuid NOT NULL,
    uploaded_by_name text NOT NULL,
    uploaded_at timestamp with time zone NOT NULL,
    removed_at timestamp with time zone,
    removed_by uuid,
    CONSTRAINT attachment_check CHECK (((removed_at IS NULL) = (removed_by IS NULL))),
    CONSTRAINT attachment_file_name_check CHECK (((length(file_name) >= 1) AND (length(file_name) <= 120))),
    CONSTRAINT attachment_format_check CHECK ((format = ANY (ARRAY['pdf'::text, 'ofd'::text, 'docx'::text, 'xlsx'::text, 'jpg'::text, 'png'::text, 'zip'::text]))),
    CONSTRAINT attachment_size_bytes_check CHECK (((size_bytes >= 1) AND (size_bytes <= 52428800))),
    CONSTRAINT attachment_sm3_check CHECK ((sm3 ~ '^[0-9a-f]{64}$'::text))
);

CREATE TABLE public.attachment_piece (
    attachment_id uuid NOT NULL,
    "position" integer NOT NULL,
    bytes bytea NOT NULL,
    CONSTRAINT attachment_piece_bytes_check CHECK (((length(bytes) >= 1) AND (length(bytes) <= 1048576))),
    CONSTRAINT attachment_piece_position_check CHECK (("position" >= 0))
);

CREATE TABLE public.audit_anchor (
    "position" bigint NOT NULL,
    hash bytea NOT NULL,
    anchored_at timestamp with time zone NOT NULL,
    key_version integer NOT NULL,
    signature bytea NOT NULL,
    CONSTRAINT audit_anchor_hash_check CHECK ((length(hash) = 32))
);

CREATE TABLE public.audit_entry (
    id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    actor_id uuid,
    actor_name text NOT NULL,
    roles text[] NOT NULL,
    org_id uuid,
    ip text,
    terminal text,
    request_id text,
    action text NOT NULL,
    object_kind text NOT NULL,
    object_id text NOT NULL,
    case_id uuid,
    clause text,
    outcome text NOT NULL,
    summary text NOT NULL,
    before jsonb,
    after jsonb,
    CONSTRAINT audit_entry_outcome_check CHECK ((outcome = ANY (ARRAY['done'::text, 'refused'::text, 'failed'::text])))
);

CREATE TABLE public.audit_pending (
    entry_id uuid NOT NULL
);

CREATE TABLE public.audit_seal (
    "position" bigint NOT NULL,
    entry_id uuid NOT NULL,
    prev_hash bytea NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT audit_seal_hash_check CHECK ((length(hash) = 32)),
    CONSTRAINT audit_seal_position_check CHECK (("position" > 0)),
    CONSTRAINT audit_seal_prev_hash_check CHECK ((length(prev_hash) = 32))
);

CREATE TABLE public.backup_schedule (
    resource_id uuid NOT NULL,
    every_days smallint NOT NULL,
    hour smallint NOT NULL,
    keep smallint NOT NULL,
    due_at timestamp with time zone NOT NULL,
    trouble text,
    version integer DEFAULT 1 NOT NULL,
    set_by text NOT NULL,
    set_at timestamp with time zone NOT NULL
);

CREATE TABLE public.bastion_account (
    id uuid NOT NULL,
    case_id uuid NOT NULL,
    agency_id uuid NOT NULL,
    number text NOT NULL,
    line integer NOT NULL,
    user_name text NOT NULL,
    user_kind text NOT NULL,
    organisation text NOT NULL,
    mobile text NOT NULL,
    protocols text[] NOT NULL,
    hosts text[] NOT NULL,
    source text NOT NULL,
    hours text NOT NULL,
    valid_from date NOT NULL,
    valid_to date NOT NULL,
    state_code text NOT NULL,
    state jsonb NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    transfers text[] DEFAULT '{}'::text[] NOT NULL,
    CONSTRAINT bastion_account_check CHECK ((valid_to >= valid_from)),
    CONSTRAINT bastion_account_check1 CHECK (((state ->> 'state'::text) = state_code)),
    CONSTRAINT bastion_account_hours_check CHECK ((hours = ANY (ARRAY['office'::text, 'always'::text]))),
    CONSTRAINT bastion_account_line_check CHECK ((line >= 0))
);

CREATE TABLE public.bastion_ca (
    version integer NOT NULL,
    public_key text NOT NULL,
    sealed bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by text NOT NULL,
    CONSTRAINT bastion_ca_version_check CHECK ((version > 0))
);

CREATE TABLE public.bastion_certificate (
    serial bigint NOT NULL,
    ca_version integer NOT NULL,
    account_id uuid,
    grant_id uuid,
    case_id uuid NOT NULL,
    key_id text NOT NULL,
    principals text[] NOT NULL,
    source text NOT NULL,
    fingerprint text NOT NULL,
    certificate text NOT NULL,
    valid_after timestamp with time zone NOT NULL,
    valid_before timestamp with time zone NOT NULL,
    issued_by text NOT NULL,
    issued_at timestamp with time zone NOT NULL,
    CONSTRAINT bastion_certificate_check CHECK ((valid_before > valid_after)),
    CONSTRAINT bastion_certificate_check1 CHECK (((account_id IS NULL) <> (grant_id IS NULL))),
    CONSTRAINT bastion_certificate_serial_check CHECK ((serial > 0))
);

CREATE TABLE public.bastion_refusal (
    jump_host_id uuid NOT NULL,
    log_file text NOT NULL,
    "position" bigint NOT NULL,
    serial bigint,
    key_id text,
    source text NOT NULL,
    login text NOT NULL,
    barred text NOT NULL,
    line text NOT NULL,
    reported_at timestamp with time zone NOT NULL
);

CREATE TABLE public.bastion_revocation (
    serial bigint NOT NULL,
    reason text NOT NULL,
    revoked_at timestamp with time zone NOT NULL
);

CREATE TABLE public.bastion_session (
    id uuid NOT NULL,
    seq bigint NOT NULL,
    jump_host_id uuid NOT NULL,
    serial bigint NOT NULL,
    key_id text NOT NULL,
    account_id uuid,
    grant_id uuid,
    case_id uuid,
    agency_id uuid,
    person_name text NOT NULL,
    source text NOT NULL,
    host text NOT NULL,
    command bytea,
    barred text,
    started_at timestamp with time zone NOT NULL,
    protocol text DEFAULT 'ssh'::text NOT NULL
);

CREATE TABLE public.bastion_session_end (
    session_id uuid NOT NULL,
    exit_code integer NOT NULL,
    record bytea NOT NULL,
    record_bytes integer NOT NULL,
    truncated boolean NOT NULL,
    ended_at timestamp with time zone NOT NULL,
    cut text
);

ALTER TABLE public.bastion_session ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.bastion_session_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.calendar_day (
    version integer NOT NULL,
    date date NOT NULL,
    source text NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    CONSTRAINT calendar_day_kind_check CHECK ((kind = ANY (ARRAY['holiday'::text, 'workday'::text]))),
    CONSTRAINT calendar_day_source_check CHECK ((source = ANY (ARRAY['national'::text, 'local'::text, 'exception'::text])))
);

CREATE TABLE public.calendar_version (
    number integer NOT NULL,
    source text NOT NULL,
    years integer[] NOT NULL,
    file_name text NOT NULL,
    imported_at timestamp with time zone NOT NULL,
    imported_by_name text NOT NULL,
    CONSTRAINT calendar_version_number_check CHECK ((number > 0)),
    CONSTRAINT calendar_version_source_check CHECK ((source = ANY (ARRAY['shipped'::text, 'national'::text, 'local'::text, 'exception'::text])))
);

CREATE TABLE public.change (
    id uuid NOT NULL,
    application_id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    number text NOT NULL,
    state_code text NOT NULL,
    state jsonb NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    request jsonb NOT NULL,
    dearer_by_fen bigint NOT NULL,
    created_by uuid NOT NULL,
    created_on date NOT NULL,
    fee_after_fen bigint NOT NULL,
    CONSTRAINT change_fee_after_fen_check CHECK ((fee_after_fen >= 0))
);

CREATE TABLE public.charge_account (
    subscription_id uuid NOT NULL,
    application_id uuid NOT NULL,
    opened_on date NOT NULL,
    ends_on date NOT NULL,
    input jsonb NOT NULL,
    answer jsonb NOT NULL,
    payable_fen bigint NOT NULL,
    saved_fen bigint NOT NULL,
    benefit_fen bigint DEFAULT 0 NOT NULL,
    CONSTRAINT charge_account_benefit_fen_check CHECK ((benefit_fen >= 0)),
    CONSTRAINT charge_account_check CHECK ((ends_on >= opened_on)),
    CONSTRAINT charge_account_saved_fen_check CHECK ((saved_fen >= 0))
);

CREATE TABLE public.charge_entry (
    id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    application_id uuid NOT NULL,
    "position" integer NOT NULL,
    act text NOT NULL,
    act_id uuid,
    effective_on date NOT NULL,
    line text NOT NULL,
    kind text NOT NULL,
    fen bigint NOT NULL,
    days integer NOT NULL,
    clause text NOT NULL,
    formula text NOT NULL,
    sku text NOT NULL,
    quantity bigint NOT NULL,
    versions text[] NOT NULL,
    covers_from date NOT NULL,
    covers_to date NOT NULL,
    posted_at timestamp with time zone NOT NULL,
    allocation text,
    CONSTRAINT charge_entry_act_check CHECK ((act = ANY (ARRAY['opening'::text, 'change'::text, 'termination'::text]))),
    CONSTRAINT charge_entry_allocation CHECK (((allocation IS NOT NULL) = (kind = ANY (ARRAY['benefit'::text, 'benefit_end'::text])))),
    CONSTRAINT charge_entry_check CHECK ((covers_to >= covers_from)),
    CONSTRAINT charge_entry_days_check CHECK ((days >= 0)),
    CONSTRAINT charge_entry_kind_check CHECK ((kind = ANY (ARRAY['annual'::text, 'increase'::text, 'decrease'::text, 'refund'::text, 'one_off'::text, 'benefit'::text, 'benefit_end'::text]))),
    CONSTRAINT charge_entry_position_check CHECK (("position" > 0)),
    CONSTRAINT charge_entry_quantity_check CHECK ((quantity >= 0)),
    CONSTRAINT charge_entry_sign CHECK (
CASE
    WHEN (kind = ANY (ARRAY['decrease'::text, 'refund'::text, 'benefit'::text])) THEN (fen <= 0)
    ELSE (fen >= 0)
END)
);

CREATE TABLE public.copy (
    id uuid NOT NULL,
    case_id uuid NOT NULL,
    role text NOT NULL,
    county text,
    agency_id uuid,
    subject text NOT NULL,
    clause text NOT NULL,
    sent_at timestamp with time zone NOT NULL,
    read_at timestamp with time zone,
    read_by uuid
);

CREATE TABLE public.credential (
    person_id uuid NOT NULL,
    hash_sealed bytea NOT NULL,
    changed_on date NOT NULL,
    must_change boolean NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    locked_until timestamp with time zone,
    failures_shown integer DEFAULT 0 NOT NULL
);

CREATE TABLE public.credential_history (
    person_id uuid NOT NULL,
    hash_sealed bytea NOT NULL,
    set_at timestamp with time zone NOT NULL
);

CREATE TABLE public.demo_clock (
    only_row boolean DEFAULT true NOT NULL,
    today date NOT NULL,
    ready boolean DEFAULT false NOT NULL,
    CONSTRAINT demo_clock_only_row_check CHECK (only_row)
);

CREATE TABLE public.disk_copy (
    id uuid NOT NULL,
    case_id uuid NOT NULL,
    resource_id uuid NOT NULL,
    disk_id uuid NOT NULL,
    kind text NOT NULL,
    number text NOT NULL,
    state_code text NOT NULL,
    state jsonb NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    ordered_by text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    scheduled boolean DEFAULT false NOT NULL,
    CONSTRAINT disk_copy_check CHECK (((state ->> 'state'::text) = state_code)),
    CONSTRAINT disk_copy_kind_check CHECK ((kind = ANY (ARRAY['snapshot'::text, 'backup'::text])))
);

CREATE TABLE public.disk_copy_proof (
    restore_id uuid NOT NULL,
    copy_id uuid NOT NULL,
    disk_id uuid NOT NULL,
    operation_id uuid NOT NULL,
    evidence jsonb NOT NULL,
    recorded_at timestamp with time zone NOT NULL
);

CREATE TABLE public.document (
    id uuid NOT NULL,
    case_id uuid NOT NULL,
    room text NOT NULL,
    subject text NOT NULL,
    kind text NOT NULL,
    number text NOT NULL,
    verification_code text NOT NULL,
    issued_on date NOT NULL,
    issued_at timestamp with time zone NOT NULL,
    issued_by uuid,
    data jsonb NOT NULL,
    sm3 text NOT NULL,
    pdf bytea,
    CONSTRAINT document_sm3_check CHECK ((sm3 ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT document_verification_code_check CHECK ((verification_code ~ '^[2-9A-HJ-NP-Z]{16}$'::text))
);

CREATE TABLE public.drift (
    id uuid NOT NULL,
    engine_id uuid NOT NULL,
    subject text NOT NULL,
    resource_id uuid,
    case_id uuid,
    agency_id uuid,
    name text NOT NULL,
    kind text NOT NULL,
    found jsonb NOT NULL,
    paid_fen bigint NOT NULL,
    unpaid_fen bigint NOT NULL,
    yearly_fen bigint GENERATED ALWAYS AS ((paid_fen + unpaid_fen)) STORED NOT NULL,
    state_code text NOT NULL,
    state jsonb NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    first_seen_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    CONSTRAINT drift_check CHECK (((state ->> 'state'::text) = state_code)),
    CONSTRAINT drift_paid_fen_check CHECK ((paid_fen >= 0)),
    CONSTRAINT drift_state_code_check CHECK ((state_code = ANY (ARRAY['open'::text, 'noted'::text, 'adopting'::text, 'closed'::text]))),
    CONSTRAINT drift_unpaid_fen_check CHECK ((unpaid_fen >= 0))
);

CREATE TABLE public.engine (
    id uuid NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    zone text,
    place uuid,
    enabled boolean DEFAULT true NOT NULL,
    health jsonb,
    checked_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    settings jsonb,
    sealed_password bytea,
    scaled_at timestamp with time zone,
    CONSTRAINT engine_check CHECK (((kind = 'libvirt'::text) = (place IS NOT NULL))),
    CONSTRAINT engine_kind_check CHECK ((kind = ANY (ARRAY['libvirt'::text, 'openstack'::text, 'work_order'::text, 'simulated'::text]))),
    CONSTRAINT engine_name_check CHECK (((length(name) >= 2) AND (length(name) <= 50))),
    CONSTRAINT engine_sealed_password_check CHECK (((settings IS NULL) = (sealed_password IS NULL))),
    CONSTRAINT engine_settings_check CHECK (((kind = 'openstack'::text) = (settings IS NOT NULL))),
    CONSTRAINT engine_zone_check CHECK ((zone = ANY (ARRAY['private'::text, 'public'::text])))
);

CREATE TABLE public.engine_shelf (
    engine_id uuid NOT NULL,
    key text NOT NULL COLLATE pg_catalog."C",
    value jsonb NOT NULL
);

CREATE TABLE public.erasure (
    disk_id uuid NOT NULL,
    resource_id uuid NOT NULL,
    case_id uuid NOT NULL,
    operation_id uuid NOT NULL,
    evidence jsonb NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    copy_id uuid
);

CREATE TABLE public.idempotency (
    actor_id uuid NOT NULL,
    key text NOT NULL,
    fingerprint text NOT NULL,
    response jsonb,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT idempotency_key_check CHECK (((length(key) >= 8) AND (length(key) <= 200)))
);

CREATE TABLE public.job (
    id uuid NOT NULL,
    kind text NOT NULL,
    payload jsonb NOT NULL,
    dedup_key text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    run_at timestamp with time zone DEFAULT now() NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    locked_until timestamp with time zone,
    last_error text,
    done_at timestamp with time zone
);

CREATE TABLE public.jump_host (
    id uuid NOT NULL,
    name text NOT NULL,
    address text NOT NULL,
    port integer NOT NULL,
    login text NOT NULL,
    token_mac text NOT NULL,
    active boolean DEFAULT true NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone,
    CONSTRAINT jump_host_port_check CHECK (((port >= 1) AND (port <= 65535)))
);

CREATE TABLE public.ledger_leg (
    movement_id uuid NOT NULL,
    account text NOT NULL,
    fen bigint NOT NULL,
    CONSTRAINT ledger_leg_fen_check CHECK ((fen <> 0))
);

CREATE TABLE public.ledger_movement (
    id uuid NOT NULL,
    kind text NOT NULL,
    effective_on date NOT NULL,
    application_id uuid NOT NULL,
    subscription_id uuid,
    charge_id uuid,
    reference text DEFAULT ''::text NOT NULL,
    posted_at timestamp with time zone NOT NULL,
    CONSTRAINT ledger_movement_kind_check CHECK ((kind = ANY (ARRAY['budgeted'::text, 'transferred'::text, 'contracted'::text, 'charged'::text, 'saved'::text, 'settled'::text, 'advanced'::text, 'benefited'::text, 'benefit_returned'::text])))
);

CREATE TABLE public.login_failure (
    ip text NOT NULL,
    at timestamp with time zone NOT NULL
);

CREATE TABLE public.number_sequence (
    kind text NOT NULL,
    year integer NOT NULL,
    last integer NOT NULL,
    CONSTRAINT number_sequence_last_check CHECK ((last > 0))
);

CREATE TABLE public.operation (
    id uuid NOT NULL,
    case_id uuid NOT NULL,
    engine_id uuid NOT NULL,
    resource_id uuid,
    kind text NOT NULL,
    state text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    undoing boolean DEFAULT false NOT NULL,
    worker uuid,
    error_zh text,
    error_en text,
    ordered_by text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    resources uuid[],
    away_since timestamp with time zone,
    CONSTRAINT operation_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'running'::text, 'retrying'::text, 'waiting'::text, 'failed'::text, 'done'::text, 'superseded'::text])))
);

CREATE TABLE public.operation_step (
    operation_id uuid NOT NULL,
    "position" integer NOT NULL,
    resource_id uuid NOT NULL,
    step jsonb NOT NULL,
    state text NOT NULL,
    report jsonb,
    error_zh text,
    error_en text,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    CONSTRAINT operation_step_state_check CHECK ((state = ANY (ARRAY['planned'::text, 'doing'::text, 'waiting'::text, 'done'::text, 'failed'::text, 'undone'::text])))
);

CREATE TABLE public.org (
    id uuid NOT NULL,
    name text NOT NULL,
    short_name text DEFAULT ''::text NOT NULL,
    kind text NOT NULL,
    level text NOT NULL,
    office text NOT NULL,
    credit_code text NOT NULL,
    county text,
    parent_id uuid,
    path uuid[] NOT NULL,
    budget_code text DEFAULT ''::text NOT NULL,
    address text DEFAULT ''::text NOT NULL,
    active boolean DEFAULT true NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT org_check CHECK (((level = 'county'::text) = (county IS NOT NULL))),
    CONSTRAINT org_check1 CHECK ((id = path[array_upper(path, 1)])),
    CONSTRAINT org_check2 CHECK ((parent_id IS DISTINCT FROM id)),
    CONSTRAINT org_level_check CHECK ((level = ANY (ARRAY['national'::text, 'regional'::text, 'city'::text, 'county'::text]))),
    CONSTRAINT org_name_check CHECK (((length(name) >= 2) AND (length(name) <= 100)))
);

CREATE TABLE public.person (
    id uuid NOT NULL,
    org_id uuid NOT NULL,
    username text NOT NULL,
    name text NOT NULL,
    mobile_sealed bytea,
    mobile_mask text DEFAULT ''::text NOT NULL,
    id_number_sealed bytea,
    id_number_mask text DEFAULT ''::text NOT NULL,
    email text DEFAULT ''::text NOT NULL,
    state text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by uuid,
    activated_by uuid,
    activated_at timestamp with time zone,
    last_login_at timestamp with time zone,
    last_login_ip text,
    CONSTRAINT person_name_check CHECK (((length(name) >= 1) AND (length(name) <= 50))),
    CONSTRAINT person_state_check CHECK ((state = ANY (ARRAY['recorded'::text, 'active'::text, 'disabled'::text]))),
    CONSTRAINT person_two_officers CHECK (((activated_by IS NULL) OR (created_by IS NULL) OR (activated_by <> created_by))),
    CONSTRAINT person_username_check CHECK ((username ~ '^[a-z][a-z0-9_.-]{2,31}$'::text))
);

CREATE TABLE public.person_role (
    id uuid NOT NULL,
    person_id uuid NOT NULL,
    role text NOT NULL,
    org_id uuid NOT NULL,
    granted_by uuid,
    granted_at timestamp with time zone NOT NULL,
    revoked_by uuid,
    revoked_at timestamp with time zone
);

CREATE TABLE public.pool_item (
    id uuid NOT NULL,
    application_id uuid NOT NULL,
    line text NOT NULL,
    sku text NOT NULL,
    quantity bigint NOT NULL,
    until date NOT NULL,
    created_on date NOT NULL,
    allocated bigint DEFAULT 0 NOT NULL,
    CONSTRAINT pool_item_allocated CHECK (((allocated >= 0) AND (allocated <= quantity))),
    CONSTRAINT pool_item_quantity_check CHECK ((quantity > 0))
);

CREATE TABLE public.price_line (
    version text NOT NULL,
    "position" integer NOT NULL,
    sku text NOT NULL,
    category text NOT NULL,
    category_zh text NOT NULL,
    class text,
    zh text NOT NULL,
    en text NOT NULL,
    unit_zh text NOT NULL,
    basis text NOT NULL,
    source text NOT NULL,
    note text NOT NULL,
    spec jsonb NOT NULL,
    price_fen bigint NOT NULL,
    CONSTRAINT price_line_basis_check CHECK ((basis = ANY (ARRAY['unit_year'::text, 'pack_year'::text, 'included'::text, 'one_off'::text]))),
    CONSTRAINT price_line_price_fen_check CHECK ((price_fen >= 0)),
    CONSTRAINT price_line_sku_check CHECK ((sku ~ '^[0-9A-Z-]{1,40}$'::text)),
    CONSTRAINT price_line_source_check CHECK ((source = ANY (ARRAY['official'::text, 'list'::text, 'derived'::text, 'estimate'::text])))
);

CREATE TABLE public.price_version (
    code text NOT NULL,
    valid_from date NOT NULL,
    valid_to date NOT NULL,
    official boolean NOT NULL,
    ratified_number text,
    note text NOT NULL,
    file_name text NOT NULL,
    imported_at timestamp with time zone NOT NULL,
    imported_by_name text NOT NULL,
    CONSTRAINT price_version_check CHECK ((valid_to >= valid_from)),
    CONSTRAINT price_version_check1 CHECK (((NOT official) OR (ratified_number IS NOT NULL))),
    CONSTRAINT price_version_code_check CHECK ((code ~ '^[0-9A-Z-]{1,20}$'::text))
);

CREATE TABLE public.resource (
    id uuid NOT NULL,
    case_id uuid NOT NULL,
    agency_id uuid NOT NULL,
    engine_id uuid NOT NULL,
    line integer NOT NULL,
    ordinal integer NOT NULL,
    name text NOT NULL,
    agency_code text NOT NULL,
    segment text NOT NULL,
    phase text NOT NULL,
    ending jsonb,
    vcpu integer NOT NULL,
    memory_mib integer NOT NULL,
    system_disk_gib integer NOT NULL,
    approved_vcpu integer NOT NULL,
    approved_memory_mib integer NOT NULL,
    approved_system_disk_gib integer NOT NULL,
    approved_disks_gib integer[] NOT NULL,
    opened boolean DEFAULT false NOT NULL,
    external_name text,
    address text,
    observed jsonb,
    observed_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    erased_at timestamp with time zone,
    adopts text,
    access jsonb DEFAULT '{"ports": [], "public_address": false}'::jsonb NOT NULL,
    rest text,
    rest_reason text,
    rested_at timestamp with time zone,
    operating_system text,
    architecture text,
    system_disk_kind text,
    dedicated_hosts integer,
    CONSTRAINT resource_adopts_check CHECK ((adopts <> ''::text)),
    CONSTRAINT resource_check CHECK (((phase = 'erased'::text) = (ending IS NOT NULL))),
    CONSTRAINT resource_check1 CHECK (((vcpu <= approved_vcpu) AND (memory_mib <= approved_memory_mib) AND (system_disk_gib <= approved_system_disk_gib))),
    CONSTRAINT resource_check2 CHECK (((rest IS NULL) = (rested_at IS NULL))),
    CONSTRAINT resource_dedicated_hosts_check CHECK ((dedicated_hosts > 0)),
    CONSTRAINT resource_line_check CHECK ((line >= 0)),
    CONSTRAINT resource_memory_mib_check CHECK ((memory_mib > 0)),
    CONSTRAINT resource_ordinal_check CHECK ((ordinal > 0)),
    CONSTRAINT resource_phase_check CHECK ((phase = ANY (ARRAY['trial'::text, 'production'::text, 'stopped'::text, 'erased'::text]))),
    CONSTRAINT resource_rest_check CHECK ((rest = ANY (ARRAY['suspended'::text, 'scaled'::text]))),
    CONSTRAINT resource_system_disk_gib_check CHECK ((system_disk_gib > 0)),
    CONSTRAINT resource_vcpu_check CHECK ((vcpu > 0))
);

CREATE TABLE public.resource_disk (
    id uuid NOT NULL,
    resource_id uuid NOT NULL,
    "position" integer NOT NULL,
    size_gib integer NOT NULL,
    opened boolean DEFAULT false NOT NULL,
    ended jsonb,
    kind text,
    CONSTRAINT resource_disk_size_gib_check CHECK ((size_gib > 0))
);

CREATE TABLE public.scaling_action (
    id uuid NOT NULL,
    policy_id uuid NOT NULL,
    case_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    decision jsonb NOT NULL,
    from_running integer NOT NULL,
    to_running integer NOT NULL,
    available integer NOT NULL,
    servers text[] NOT NULL,
    operation_id uuid NOT NULL,
    CONSTRAINT scaling_action_check CHECK (((to_running >= 0) AND (to_running <= available)))
);

CREATE TABLE public.scaling_policy (
    id uuid NOT NULL,
    case_id uuid NOT NULL,
    agency_id uuid NOT NULL,
    engine_id uuid NOT NULL,
    number text NOT NULL,
    line integer NOT NULL,
    state_code text NOT NULL,
    state jsonb NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    acted_at timestamp with time zone,
    looked_at timestamp with time zone,
    decision jsonb,
    CONSTRAINT scaling_policy_check CHECK (((state ->> 'state'::text) = state_code)),
    CONSTRAINT scaling_policy_line_check CHECK ((line >= 0)),
    CONSTRAINT scaling_policy_state_code_check CHECK ((state_code = ANY (ARRAY['draft'::text, 'active'::text, 'paused'::text, 'ended'::text])))
);

CREATE TABLE public.scaling_sample (
    policy_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    percent smallint NOT NULL,
    running integer NOT NULL,
    CONSTRAINT scaling_sample_percent_check CHECK (((percent >= 0) AND (percent <= 100)))
);

CREATE TABLE public.second_factor (
    person_id uuid NOT NULL,
    secret_sealed bytea NOT NULL,
    confirmed_at timestamp with time zone,
    last_step bigint DEFAULT 0 NOT NULL
);

CREATE TABLE public.service_evidence (
    id uuid NOT NULL,
    instance_id uuid NOT NULL,
    case_id uuid NOT NULL,
    act text NOT NULL,
    operation_id uuid,
    evidence jsonb NOT NULL,
    reported_by text NOT NULL,
    reported_at timestamp with time zone NOT NULL,
    CONSTRAINT service_evidence_act_check CHECK ((act = ANY (ARRAY['open'::text, 'change'::text, 'reclaim'::text])))
);

CREATE TABLE public.service_instance (
    id uuid NOT NULL,
    case_id uuid NOT NULL,
    agency_id uuid NOT NULL,
    engine_id uuid,
    number text NOT NULL,
    line integer NOT NULL,
    sku text NOT NULL,
    state_code text NOT NULL,
    state jsonb NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    quantity bigint DEFAULT 0 NOT NULL,
    approved_quantity bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT service_instance_approved_quantity_check CHECK ((approved_quantity >= 0)),
    CONSTRAINT service_instance_check CHECK ((quantity <= approved_quantity)),
    CONSTRAINT service_instance_check1 CHECK (((state ->> 'state'::text) = state_code)),
    CONSTRAINT service_instance_line_check CHECK ((line >= 0)),
    CONSTRAINT service_instance_quantity_check CHECK ((quantity >= 0))
);

CREATE TABLE public.session (
    id uuid NOT NULL,
    token_hash bytea NOT NULL,
    person_id uuid NOT NULL,
    stage text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    ip text,
    terminal text,
    demo boolean DEFAULT false NOT NULL,
    notice jsonb,
    ended_at timestamp with time zone,
    ended_why text,
    CONSTRAINT session_stage_check CHECK ((stage = ANY (ARRAY['change_password'::text, 'enrol'::text, 'verify'::text, 'full'::text])))
);

CREATE TABLE public.setup_link (
    only_row boolean DEFAULT true NOT NULL,
    token_hash bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT setup_link_only_row_check CHECK (only_row)
);

CREATE TABLE public.subscription (
    id uuid NOT NULL,
    application_id uuid NOT NULL,
    number text NOT NULL,
    state_code text NOT NULL,
    state jsonb NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    opened_on date NOT NULL,
    ends_on date NOT NULL,
    CONSTRAINT subscription_check CHECK ((ends_on >= opened_on))
);

CREATE TABLE public.subscription_reminder (
    subscription_id uuid NOT NULL,
    days_before integer NOT NULL,
    reminded_on date NOT NULL,
    CONSTRAINT subscription_reminder_days_before_check CHECK ((days_before > 0))
);

CREATE TABLE public.task (
    id uuid NOT NULL,
    case_id uuid NOT NULL,
    room text NOT NULL,
    subject_id uuid NOT NULL,
    kind text NOT NULL,
    role text NOT NULL,
    agency_id uuid,
    county text,
    person_id uuid,
    opened_on date NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    due_on date,
    timer text,
    statutory boolean DEFAULT false NOT NULL,
    calendar_version text,
    done_at timestamp with time zone,
    done_on date,
    done_by uuid
);

CREATE TABLE public.termination (
    id uuid NOT NULL,
    application_id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    number text NOT NULL,
    state_code text NOT NULL,
    state jsonb NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    request jsonb NOT NULL,
    created_by uuid NOT NULL,
    created_on date NOT NULL
);

CREATE TABLE public.trial (
    id uuid NOT NULL,
    application_id uuid NOT NULL,
    number text NOT NULL,
    state_code text NOT NULL,
    state jsonb NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    engine_id uuid,
    notified_on date NOT NULL,
    until date
);

CREATE TABLE public.usage_plan (
    id uuid NOT NULL,
    number text NOT NULL,
    year integer NOT NULL,
    state_code text NOT NULL,
    state jsonb NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_on date NOT NULL
);

CREATE TABLE public.usage_plan_row (
    plan_id uuid NOT NULL,
    application_id uuid NOT NULL,
    urgency text NOT NULL,
    fee_fen bigint NOT NULL,
    CONSTRAINT usage_plan_row_fee_fen_check CHECK ((fee_fen >= 0))
);

ALTER TABLE ONLY public._sqlx_migrations
    ADD CONSTRAINT _sqlx_migrations_pkey PRIMARY KEY (version);

ALTER TABLE ONLY public.access_alarm
    ADD CONSTRAINT access_alarm_number_key UNIQUE (number);

ALTER TABLE ONLY public.access_alarm
    ADD CONSTRAINT access_alarm_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.access_grant
    ADD CONSTRAINT access_grant_number_key UNIQUE (number);

ALTER TABLE ONLY public.access_grant
    ADD CONSTRAINT access_grant_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.allocation
    ADD CONSTRAINT allocation_number_key UNIQUE (number);

ALTER TABLE ONLY public.allocation
    ADD CONSTRAINT allocation_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.application_expert
    ADD CONSTRAINT application_expert_pkey PRIMARY KEY (application_id, person_id);

ALTER TABLE ONLY public.application
    ADD CONSTRAINT application_number_key UNIQUE (number);

ALTER TABLE ONLY public.application
    ADD CONSTRAINT application_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.attachment_piece
    ADD CONSTRAINT attachment_piece_pkey PRIMARY KEY (attachment_id, "position");

ALTER TABLE ONLY public.attachment
    ADD CONSTRAINT attachment_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.audit_anchor
    ADD CONSTRAINT audit_anchor_pkey PRIMARY KEY ("position");

ALTER TABLE ONLY public.audit_entry
    ADD CONSTRAINT audit_entry_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.audit_pending
    ADD CONSTRAINT audit_pending_pkey PRIMARY KEY (entry_id);

ALTER TABLE ONLY public.audit_seal
    ADD CONSTRAINT audit_seal_entry_id_key UNIQUE (entry_id);

ALTER TABLE ONLY public.audit_seal
    ADD CONSTRAINT audit_seal_hash_key UNIQUE (hash);

ALTER TABLE ONLY public.audit_seal
    ADD CONSTRAINT audit_seal_pkey PRIMARY KEY ("position");

ALTER TABLE ONLY public.backup_schedule
    ADD CONSTRAINT backup_schedule_pkey PRIMARY KEY (resource_id);

ALTER TABLE ONLY public.bastion_account
    ADD CONSTRAINT bastion_account_number_key UNIQUE (number);

ALTER TABLE ONLY public.bastion_account
    ADD CONSTRAINT bastion_account_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.bastion_ca
    ADD CONSTRAINT bastion_ca_pkey PRIMARY KEY (version);

ALTER TABLE ONLY public.bastion_certificate
    ADD CONSTRAINT bastion_certificate_key_id_key UNIQUE (key_id);

ALTER TABLE ONLY public.bastion_certificate
    ADD CONSTRAINT bastion_certificate_pkey PRIMARY KEY (serial);

ALTER TABLE ONLY public.bastion_refusal
    ADD CONSTRAINT bastion_refusal_pkey PRIMARY KEY (jump_host_id, log_file, "position");

ALTER TABLE ONLY public.bastion_revocation
    ADD CONSTRAINT bastion_revocation_pkey PRIMARY KEY (serial);

ALTER TABLE ONLY public.bastion_session_end
    ADD CONSTRAINT bastion_session_end_pkey PRIMARY KEY (session_id);

ALTER TABLE ONLY public.bastion_session
    ADD CONSTRAINT bastion_session_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.bastion_session
    ADD CONSTRAINT bastion_session_seq_key UNIQUE (seq);

ALTER TABLE ONLY public.calendar_day
    ADD CONSTRAINT calendar_day_pkey PRIMARY KEY (version, date, source);

ALTER TABLE ONLY public.calendar_version
    ADD CONSTRAINT calendar_version_pkey PRIMARY KEY (number);

ALTER TABLE ONLY public.change
    ADD CONSTRAINT change_number_key UNIQUE (number);

ALTER TABLE ONLY public.change
    ADD CONSTRAINT change_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.charge_account
    ADD CONSTRAINT charge_account_pkey PRIMARY KEY (subscription_id);

ALTER TABLE ONLY public.charge_entry
    ADD CONSTRAINT charge_entry_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.charge_entry
    ADD CONSTRAINT charge_entry_subscription_id_position_key UNIQUE (subscription_id, "position");

ALTER TABLE ONLY public.copy
    ADD CONSTRAINT copy_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.credential_history
    ADD CONSTRAINT credential_history_pkey PRIMARY KEY (person_id, set_at);

ALTER TABLE ONLY public.credential
    ADD CONSTRAINT credential_pkey PRIMARY KEY (person_id);

ALTER TABLE ONLY public.demo_clock
    ADD CONSTRAINT demo_clock_pkey PRIMARY KEY (only_row);

ALTER TABLE ONLY public.disk_copy
    ADD CONSTRAINT disk_copy_number_key UNIQUE (number);

ALTER TABLE ONLY public.disk_copy
    ADD CONSTRAINT disk_copy_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.disk_copy_proof
    ADD CONSTRAINT disk_copy_proof_pkey PRIMARY KEY (restore_id);

ALTER TABLE ONLY public.document
    ADD CONSTRAINT document_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.document
    ADD CONSTRAINT document_verification_code_key UNIQUE (verification_code);

ALTER TABLE ONLY public.drift
    ADD CONSTRAINT drift_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.engine
    ADD CONSTRAINT engine_name_key UNIQUE (name);

ALTER TABLE ONLY public.engine
    ADD CONSTRAINT engine_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.engine_shelf
    ADD CONSTRAINT engine_shelf_pkey PRIMARY KEY (engine_id, key);

ALTER TABLE ONLY public.idempotency
    ADD CONSTRAINT idempotency_pkey PRIMARY KEY (actor_id, key);

ALTER TABLE ONLY public.job
    ADD CONSTRAINT job_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.jump_host
    ADD CONSTRAINT jump_host_name_key UNIQUE (name);

ALTER TABLE ONLY public.jump_host
    ADD CONSTRAINT jump_host_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.jump_host
    ADD CONSTRAINT jump_host_token_mac_key UNIQUE (token_mac);

ALTER TABLE ONLY public.ledger_leg
    ADD CONSTRAINT ledger_leg_pkey PRIMARY KEY (movement_id, account);

ALTER TABLE ONLY public.ledger_movement
    ADD CONSTRAINT ledger_movement_charge_id_key UNIQUE (charge_id);

ALTER TABLE ONLY public.ledger_movement
    ADD CONSTRAINT ledger_movement_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.number_sequence
    ADD CONSTRAINT number_sequence_pkey PRIMARY KEY (kind, year);

ALTER TABLE ONLY public.operation
    ADD CONSTRAINT operation_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.operation_step
    ADD CONSTRAINT operation_step_pkey PRIMARY KEY (operation_id, "position");

ALTER TABLE ONLY public.org
    ADD CONSTRAINT org_name_key UNIQUE (name);

ALTER TABLE ONLY public.org
    ADD CONSTRAINT org_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.person
    ADD CONSTRAINT person_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.person_role
    ADD CONSTRAINT person_role_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.person
    ADD CONSTRAINT person_username_key UNIQUE (username);

ALTER TABLE ONLY public.pool_item
    ADD CONSTRAINT pool_item_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.price_line
    ADD CONSTRAINT price_line_pkey PRIMARY KEY (version, sku);

ALTER TABLE ONLY public.price_version
    ADD CONSTRAINT price_version_pkey PRIMARY KEY (code);

ALTER TABLE ONLY public.resource_disk
    ADD CONSTRAINT resource_disk_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.resource
    ADD CONSTRAINT resource_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.scaling_action
    ADD CONSTRAINT scaling_action_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.scaling_policy
    ADD CONSTRAINT scaling_policy_number_key UNIQUE (number);

ALTER TABLE ONLY public.scaling_policy
    ADD CONSTRAINT scaling_policy_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.scaling_sample
    ADD CONSTRAINT scaling_sample_pkey PRIMARY KEY (policy_id, at);

ALTER TABLE ONLY public.second_factor
    ADD CONSTRAINT second_factor_pkey PRIMARY KEY (person_id);

ALTER TABLE ONLY public.service_evidence
    ADD CONSTRAINT service_evidence_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.service_instance
    ADD CONSTRAINT service_instance_number_key UNIQUE (number);

ALTER TABLE ONLY public.service_instance
    ADD CONSTRAINT service_instance_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_token_hash_key UNIQUE (token_hash);

ALTER TABLE ONLY public.setup_link
    ADD CONSTRAINT setup_link_pkey PRIMARY KEY (only_row);

ALTER TABLE ONLY public.subscription
    ADD CONSTRAINT subscription_application_id_key UNIQUE (application_id);

ALTER TABLE ONLY public.subscription
    ADD CONSTRAINT subscription_number_key UNIQUE (number);

ALTER TABLE ONLY public.subscription
    ADD CONSTRAINT subscription_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.subscription_reminder
    ADD CONSTRAINT subscription_reminder_pkey PRIMARY KEY (subscription_id, days_before);

ALTER TABLE ONLY public.task
    ADD CONSTRAINT task_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.termination
    ADD CONSTRAINT termination_number_key UNIQUE (number);

ALTER TABLE ONLY public.termination
    ADD CONSTRAINT termination_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.trial
    ADD CONSTRAINT trial_application_id_key UNIQUE (application_id);

ALTER TABLE ONLY public.trial
    ADD CONSTRAINT trial_number_key UNIQUE (number);

ALTER TABLE ONLY public.trial
    ADD CONSTRAINT trial_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.usage_plan
    ADD CONSTRAINT usage_plan_number_key UNIQUE (number);

ALTER TABLE ONLY public.usage_plan
    ADD CONSTRAINT usage_plan_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.usage_plan_row
    ADD CONSTRAINT usage_plan_row_application_id_key UNIQUE (application_id);

ALTER TABLE ONLY public.usage_plan_row
    ADD CONSTRAINT usage_plan_row_pkey PRIMARY KEY (plan_id, application_id);

CREATE INDEX access_alarm_agency ON public.access_alarm USING btree (agency_id, id DESC);

CREATE INDEX access_alarm_case ON public.access_alarm USING btree (case_id, id DESC);

CREATE UNIQUE INDEX access_alarm_open ON public.access_alarm USING btree (kind, subject) WHERE (state_code = 'open'::text);

CREATE INDEX access_alarm_state ON public.access_alarm USING btree (state_code, id DESC);

CREATE INDEX access_grant_agency ON public.access_grant USING btree (agency_id, id DESC);

CREATE INDEX access_grant_case ON public.access_grant USING btree (case_id, id DESC);

CREATE INDEX access_grant_ending ON public.access_grant USING btree (until_at) WHERE (state_code = ANY (ARRAY['requested'::text, 'granted'::text]));

CREATE INDEX access_grant_state ON public.access_grant USING btree (state_code, id DESC);

CREATE INDEX allocation_case ON public.allocation USING btree (case_id, id);

CREATE INDEX allocation_item ON public.allocation USING btree (pool_item_id, id DESC);

CREATE INDEX allocation_running ON public.allocation USING btree (until, id) WHERE (state_code = ANY (ARRAY['reserved'::text, 'effective'::text]));

CREATE INDEX allocation_state ON public.allocation USING btree (state_code, id DESC);

CREATE INDEX application_agency ON public.application USING btree (agency_id, created_at DESC, id DESC);

CREATE INDEX application_county ON public.application USING btree (county, created_at DESC, id DESC);

CREATE INDEX application_creator ON public.application USING btree (created_by, created_at DESC, id DESC);

CREATE INDEX application_expert_person ON public.application_expert USING btree (person_id);

CREATE INDEX application_recent ON public.application USING btree (created_at DESC, id DESC);

CREATE INDEX application_stage ON public.application USING btree (stage, created_at DESC, id DESC);

CREATE INDEX application_supplier ON public.application USING btree (supplier_id, created_at DESC, id DESC) WHERE (supplier_id IS NOT NULL);

CREATE INDEX application_under_way ON public.application USING btree (id) WHERE ((stage = ANY (ARRAY['review'::text, 'trial'::text])) AND (state_code <> ALL (ARRAY['rejected'::text, 'exited'::text])));

CREATE INDEX attachment_case ON public.attachment USING btree (case_id, uploaded_at, id) WHERE (removed_at IS NULL);

CREATE INDEX audit_entry_actor ON public.audit_entry USING btree (actor_id, at DESC, id DESC);

CREATE INDEX audit_entry_case ON public.audit_entry USING btree (case_id, at, id) WHERE (case_id IS NOT NULL);

CREATE INDEX audit_entry_object ON public.audit_entry USING btree (object_kind, object_id, at);

CREATE INDEX audit_entry_recent ON public.audit_entry USING btree (at DESC, id DESC);

CREATE INDEX backup_schedule_due ON public.backup_schedule USING btree (due_at);

CREATE INDEX bastion_account_agency ON public.bastion_account USING btree (agency_id, id DESC);

CREATE INDEX bastion_account_case ON public.bastion_account USING btree (case_id, line, id);

CREATE INDEX bastion_account_ending ON public.bastion_account USING btree (valid_to) WHERE (state_code <> 'closed'::text);

CREATE UNIQUE INDEX bastion_account_once ON public.bastion_account USING btree (case_id, line) WHERE (state_code <> 'closed'::text);

CREATE INDEX bastion_certificate_account ON public.bastion_certificate USING btree (account_id, serial DESC);

CREATE INDEX bastion_certificate_end ON public.bastion_certificate USING btree (valid_before);

CREATE INDEX bastion_certificate_grant ON public.bastion_certificate USING btree (grant_id, serial DESC);

CREATE INDEX bastion_session_agency ON public.bastion_session USING btree (agency_id, seq DESC);

CREATE INDEX bastion_session_barred ON public.bastion_session USING btree (seq DESC) WHERE (barred IS NOT NULL);

CREATE INDEX bastion_session_case ON public.bastion_session USING btree (case_id, seq DESC);

CREATE INDEX change_case ON public.change USING btree (application_id, created_on);

CREATE INDEX change_dearer ON public.change USING btree (application_id) WHERE ((state_code <> ALL (ARRAY['declined'::text, 'done'::text, 'withdrawn'::text])) AND (dearer_by_fen > 0));

CREATE UNIQUE INDEX change_one_open ON public.change USING btree (subscription_id) WHERE (state_code <> ALL (ARRAY['declined'::text, 'done'::text, 'withdrawn'::text]));

CREATE INDEX charge_account_case ON public.charge_account USING btree (application_id);

CREATE INDEX charge_entry_allocation ON public.charge_entry USING btree (allocation) WHERE (allocation IS NOT NULL);

CREATE INDEX charge_entry_case ON public.charge_entry USING btree (application_id, posted_at, "position");

CREATE INDEX charge_entry_recent ON public.charge_entry USING btree (posted_at DESC, id DESC);

CREATE INDEX copy_inbox ON public.copy USING btree (role, sent_at DESC, id);

CREATE INDEX disk_copy_case ON public.disk_copy USING btree (case_id) WHERE (state_code <> 'dropped'::text);

CREATE INDEX disk_copy_newest ON public.disk_copy USING btree (disk_id, id DESC) WHERE (kind = 'backup'::text);

CREATE INDEX disk_copy_proof_copy ON public.disk_copy_proof USING btree (copy_id, recorded_at DESC);

CREATE INDEX disk_copy_proof_disk ON public.disk_copy_proof USING btree (disk_id, recorded_at DESC);

CREATE INDEX disk_copy_resource ON public.disk_copy USING btree (resource_id, id DESC);

CREATE INDEX disk_copy_scheduled ON public.disk_copy USING btree (resource_id, disk_id, id DESC) WHERE (scheduled AND (state_code = 'ready'::text));

CREATE INDEX document_case ON public.document USING btree (case_id, issued_at, id);

CREATE INDEX document_number ON public.document USING btree (number);

CREATE INDEX drift_list ON public.drift USING btree (yearly_fen DESC, id DESC) WHERE (state_code <> 'closed'::text);

CREATE UNIQUE INDEX drift_once ON public.drift USING btree (engine_id, subject) WHERE (state_code <> 'closed'::text);

CREATE INDEX drift_resource ON public.drift USING btree (resource_id);

CREATE UNIQUE INDEX engine_one_libvirt ON public.engine USING btree (place);

CREATE INDEX erasure_case ON public.erasure USING btree (case_id, recorded_at);

CREATE UNIQUE INDEX erasure_once ON public.erasure USING btree (disk_id, copy_id) NULLS NOT DISTINCT;

CREATE INDEX erasure_resource ON public.erasure USING btree (resource_id);

CREATE INDEX idempotency_age ON public.idempotency USING btree (created_at);

CREATE UNIQUE INDEX job_once ON public.job USING btree (dedup_key) WHERE ((done_at IS NULL) AND (dedup_key IS NOT NULL));

CREATE INDEX job_waiting ON public.job USING btree (run_at, id) WHERE (done_at IS NULL);

CREATE INDEX ledger_leg_account ON public.ledger_leg USING btree (account);

CREATE INDEX ledger_movement_case ON public.ledger_movement USING btree (application_id, posted_at);

CREATE INDEX login_failure_recent ON public.login_failure USING btree (ip, at);

CREATE INDEX operation_case ON public.operation USING btree (case_id, id DESC);

CREATE INDEX operation_engine ON public.operation USING btree (engine_id) WHERE (state <> ALL (ARRAY['done'::text, 'superseded'::text]));

CREATE UNIQUE INDEX operation_one_open ON public.operation USING btree (case_id) WHERE (state <> ALL (ARRAY['done'::text, 'superseded'::text]));

CREATE INDEX operation_state ON public.operation USING btree (state, id DESC);

CREATE INDEX org_county ON public.org USING btree (county, name) WHERE (county IS NOT NULL);

CREATE INDEX org_list ON public.org USING btree (name, id);

CREATE UNIQUE INDEX org_one_city_office ON public.org USING btree (office) WHERE (active AND (office = ANY (ARRAY['authority'::text, 'info_center'::text, 'city_government'::text, 'city_finance'::text, 'cyberspace'::text, 'secrecy'::text, 'police'::text])));

CREATE UNIQUE INDEX org_one_county_office ON public.org USING btree (office, county) WHERE (active AND (office = ANY (ARRAY['county_government'::text, 'county_data'::text, 'county_finance'::text])));

CREATE INDEX org_path ON public.org USING gin (path);

CREATE INDEX person_name ON public.person USING btree (name text_pattern_ops);

CREATE INDEX person_org ON public.person USING btree (org_id, username);

CREATE INDEX person_role_holders ON public.person_role USING btree (role, org_id) WHERE (revoked_at IS NULL);

CREATE UNIQUE INDEX person_role_once ON public.person_role USING btree (person_id, role, org_id) WHERE (revoked_at IS NULL);

CREATE INDEX pool_item_until ON public.pool_item USING btree (until, id);

CREATE INDEX price_line_sku ON public.price_line USING btree (sku);

CREATE UNIQUE INDEX resource_adopts_once ON public.resource USING btree (engine_id, adopts) WHERE ((adopts IS NOT NULL) AND (erased_at IS NULL));

CREATE INDEX resource_agency ON public.resource USING btree (agency_id, id DESC);

CREATE INDEX resource_case ON public.resource USING btree (case_id, line, ordinal);

CREATE INDEX resource_disk_of ON public.resource_disk USING btree (resource_id, "position");

CREATE INDEX resource_engine ON public.resource USING btree (engine_id, id DESC);

CREATE UNIQUE INDEX resource_once ON public.resource USING btree (case_id, line, ordinal) WHERE (phase <> 'erased'::text);

CREATE INDEX resource_phase ON public.resource USING btree (phase, id DESC);

CREATE INDEX resource_stale ON public.resource USING btree (engine_id, observed_at NULLS FIRST) WHERE (erased_at IS NULL);

CREATE INDEX scaling_action_policy ON public.scaling_action USING btree (policy_id, id DESC);

CREATE INDEX scaling_policy_agency ON public.scaling_policy USING btree (agency_id, id DESC);

CREATE INDEX scaling_policy_engine ON public.scaling_policy USING btree (engine_id) WHERE (state_code = 'active'::text);

CREATE UNIQUE INDEX scaling_policy_once ON public.scaling_policy USING btree (case_id, line) WHERE (state_code <> 'ended'::text);

CREATE INDEX scaling_policy_state ON public.scaling_policy USING btree (state_code, id DESC);

CREATE INDEX scaling_sample_old ON public.scaling_sample USING btree (at);

CREATE INDEX service_evidence_case ON public.service_evidence USING btree (case_id, reported_at);

CREATE INDEX service_evidence_instance ON public.service_evidence USING btree (instance_id, reported_at);

CREATE INDEX service_instance_agency ON public.service_instance USING btree (agency_id, id DESC);

CREATE INDEX service_instance_case ON public.service_instance USING btree (case_id, line);

CREATE INDEX service_instance_engine ON public.service_instance USING btree (engine_id, id DESC);

CREATE UNIQUE INDEX service_instance_once ON public.service_instance USING btree (case_id, line) WHERE (state_code <> 'ended'::text);

CREATE INDEX service_instance_state ON public.service_instance USING btree (state_code, id DESC);

CREATE INDEX session_age ON public.session USING btree (created_at);

CREATE INDEX session_open ON public.session USING btree (person_id) WHERE (ended_at IS NULL);

CREATE INDEX subscription_ending ON public.subscription USING btree (ends_on) WHERE (state_code <> 'ended'::text);

CREATE INDEX task_case ON public.task USING btree (case_id, opened_at);

CREATE INDEX task_done_by ON public.task USING btree (done_by, done_at DESC, id) WHERE (done_at IS NOT NULL);

CREATE UNIQUE INDEX task_once ON public.task USING btree (subject_id, kind, role, COALESCE(person_id, '00000000-0000-0000-0000-000000000000'::uuid)) WHERE (done_at IS NULL);

CREATE INDEX task_open_by_agency ON public.task USING btree (agency_id, role) WHERE (done_at IS NULL);

CREATE INDEX task_open_by_role ON public.task USING btree (role, due_on, id) WHERE (done_at IS NULL);

CREATE INDEX termination_case ON public.termination USING btree (application_id, created_on);

CREATE UNIQUE INDEX termination_one_open ON public.termination USING btree (subscription_id) WHERE (state_code <> ALL (ARRAY['declined'::text, 'closed'::text, 'withdrawn'::text]));

CREATE INDEX trial_timer ON public.trial USING btree (until) WHERE (state_code = ANY (ARRAY['running'::text, 'extension_asked'::text, 'reported'::text, 'passed'::text, 'failed'::text]));

CREATE TRIGGER audit_anchor_append_only BEFORE DELETE OR UPDATE ON public.audit_anchor FOR EACH ROW EXECUTE FUNCTION public.refuse_rewrite();

CREATE TRIGGER audit_anchor_no_truncate BEFORE TRUNCATE ON public.audit_anchor FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_rewrite();

CREATE TRIGGER audit_entry_append_only BEFORE DELETE OR UPDATE ON public.audit_entry FOR EACH ROW EXECUTE FUNCTION public.refuse_rewrite();

CREATE TRIGGER audit_entry_no_truncate BEFORE TRUNCATE ON public.audit_entry FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_rewrite();

CREATE TRIGGER audit_entry_pending AFTER INSERT ON public.audit_entry FOR EACH ROW EXECUTE FUNCTION public.audit_note_pending();

CREATE TRIGGER audit_seal_append_only BEFORE DELETE OR UPDATE ON public.audit_seal FOR EACH ROW EXECUTE FUNCTION public.refuse_rewrite();

CREATE TRIGGER audit_seal_no_truncate BEFORE TRUNCATE ON public.audit_seal FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_rewrite();

CREATE TRIGGER bastion_ca_append_only BEFORE DELETE OR UPDATE ON public.bastion_ca FOR EACH ROW EXECUTE FUNCTION public.refuse_rewrite();

CREATE TRIGGER bastion_ca_no_truncate BEFORE TRUNCATE ON public.bastion_ca FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_rewrite();

CREATE TRIGGER bastion_certificate_append_only BEFORE DELETE OR UPDATE ON public.bastion_certificate FOR EACH ROW EXECUTE FUNCTION public.refuse_rewrite();

CREATE TRIGGER bastion_certificate_no_truncate BEFORE TRUNCATE ON public.bastion_certificate FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_rewrite();

CREATE TRIGGER bastion_refusal_append_only BEFORE DELETE OR UPDATE ON public.bastion_refusal FOR EACH ROW EXECUTE FUNCTION public.refuse_rewrite();

CREATE TRIGGER bastion_refusal_no_truncate BEFORE TRUNCATE ON public.bastion_refusal FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_rewrite();

CREATE TRIGGER bastion_revocation_append_only BEFORE DELETE OR UPDATE ON public.bastion_revocation FOR EACH ROW EXECUTE FUNCTION public.refuse_rewrite();

CREATE TRIGGER bastion_revocation_no_truncate BEFORE TRUNCATE ON public.bastion_revocation FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_rewrite();

CREATE TRIGGER bastion_session_append_only BEFORE DELETE OR UPDATE ON public.bastion_session FOR EACH ROW EXECUTE FUNCTION public.refuse_rewrite();

CREATE TRIGGER bastion_session_end_append_only BEFORE DELETE OR UPDATE ON public.bastion_session_end FOR EACH ROW EXECUTE FUNCTION public.refuse_rewrite();

CREATE TRIGGER bastion_session_end_no_truncate BEFORE TRUNCATE ON public.bastion_session_end FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_rewrite();

CREATE TRIGGER bastion_session_no_truncate BEFORE TRUNCATE ON public.bastion_session FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_rewrite();

CREATE TRIGGER calendar_day_append_only BEFORE DELETE OR UPDATE ON public.calendar_day FOR EACH ROW EXECUTE FUNCTION public.refuse_rewrite();

CREATE TRIGGER calendar_version_append_only BEFORE DELETE OR UPDATE ON public.calendar_version FOR EACH ROW EXECUTE FUNCTION public.refuse_rewrite();

CREATE TRIGGER charge_account_no_delete BEFORE DELETE ON public.charge_account FOR EACH ROW EXECUTE FUNCTION public.refuse_rewrite();

CREATE TRIGGER charge_entry_append_only BEFORE DELETE OR UPDATE ON public.charge_entry FOR EACH ROW EXECUTE FUNCTION public.refuse_rewrite();

CREATE TRIGGER disk_copy_proof_append_only BEFORE DELETE OR UPDATE ON public.disk_copy_proof FOR EACH ROW EXECUTE FUNCTION public.refuse_rewrite();

CREATE TRIGGER disk_copy_proof_no_truncate BEFORE TRUNCATE ON public.disk_copy_proof FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_rewrite();

CREATE TRIGGER document_as_issued BEFORE DELETE OR UPDATE ON public.document FOR EACH ROW EXECUTE FUNCTION public.refuse_reissue();

CREATE TRIGGER erasure_append_only BEFORE DELETE OR UPDATE ON public.erasure FOR EACH ROW EXECUTE FUNCTION public.refuse_rewrite();

CREATE TRIGGER erasure_no_truncate BEFORE TRUNCATE ON public.erasure FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_rewrite();

CREATE TRIGGER ledger_leg_append_only BEFORE DELETE OR UPDATE ON public.ledger_leg FOR EACH ROW EXECUTE FUNCTION public.refuse_rewrite();

CREATE CONSTRAINT TRIGGER ledger_leg_balanced AFTER INSERT ON public.ledger_leg DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.refuse_unbalanced();

CREATE TRIGGER ledger_movement_append_only BEFORE DELETE OR UPDATE ON public.ledger_movement FOR EACH ROW EXECUTE FUNCTION public.refuse_rewrite();

CREATE TRIGGER price_line_append_only BEFORE DELETE OR UPDATE ON public.price_line FOR EACH ROW EXECUTE FUNCTION public.refuse_rewrite();

CREATE TRIGGER price_line_no_overlap BEFORE INSERT ON public.price_line FOR EACH ROW EXECUTE FUNCTION public.refuse_price_overlap();

CREATE TRIGGER price_version_append_only BEFORE DELETE OR UPDATE ON public.price_version FOR EACH ROW EXECUTE FUNCTION public.refuse_rewrite();

CREATE TRIGGER scaling_action_append_only BEFORE DELETE OR UPDATE ON public.scaling_action FOR EACH ROW EXECUTE FUNCTION public.refuse_rewrite();

CREATE TRIGGER scaling_action_no_truncate BEFORE TRUNCATE ON public.scaling_action FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_rewrite();

CREATE TRIGGER service_evidence_append_only BEFORE DELETE OR UPDATE ON public.service_evidence FOR EACH ROW EXECUTE FUNCTION public.refuse_rewrite();

CREATE TRIGGER service_evidence_no_truncate BEFORE TRUNCATE ON public.service_evidence FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_rewrite();

ALTER TABLE ONLY public.access_alarm
    ADD CONSTRAINT access_alarm_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES public.org(id);

ALTER TABLE ONLY public.access_alarm
    ADD CONSTRAINT access_alarm_case_id_fkey FOREIGN KEY (case_id) REFERENCES public.application(id);

ALTER TABLE ONLY public.access_alarm
    ADD CONSTRAINT access_alarm_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.bastion_session(id);

ALTER TABLE ONLY public.access_grant
    ADD CONSTRAINT access_grant_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES public.org(id);

ALTER TABLE ONLY public.access_grant
    ADD CONSTRAINT access_grant_case_id_fkey FOREIGN KEY (case_id) REFERENCES public.application(id);

ALTER TABLE ONLY public.access_grant
    ADD CONSTRAINT access_grant_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.person(id);

ALTER TABLE ONLY public.allocation
    ADD CONSTRAINT allocation_case_id_fkey FOREIGN KEY (case_id) REFERENCES public.application(id);

ALTER TABLE ONLY public.allocation
    ADD CONSTRAINT allocation_change_id_fkey FOREIGN KEY (change_id) REFERENCES public.change(id);

ALTER TABLE ONLY public.allocation
    ADD CONSTRAINT allocation_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.person(id);

ALTER TABLE ONLY public.allocation
    ADD CONSTRAINT allocation_pool_item_id_fkey FOREIGN KEY (pool_item_id) REFERENCES public.pool_item(id);

ALTER TABLE ONLY public.application
    ADD CONSTRAINT application_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES public.org(id);

ALTER TABLE ONLY public.application
    ADD CONSTRAINT application_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.person(id);

ALTER TABLE ONLY public.application_expert
    ADD CONSTRAINT application_expert_application_id_fkey FOREIGN KEY (application_id) REFERENCES public.application(id);

ALTER TABLE ONLY public.application_expert
    ADD CONSTRAINT application_expert_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.person(id);

ALTER TABLE ONLY public.application
    ADD CONSTRAINT application_supplier_id_fkey FOREIGN KEY (supplier_id) REFERENCES public.org(id);

ALTER TABLE ONLY public.attachment
    ADD CONSTRAINT attachment_case_id_fkey FOREIGN KEY (case_id) REFERENCES public.application(id);

ALTER TABLE ONLY public.attachment_piece
    ADD CONSTRAINT attachment_piece_attachment_id_fkey FOREIGN KEY (attachment_id) REFERENCES public.attachment(id);

ALTER TABLE ONLY public.attachment
    ADD CONSTRAINT attachment_removed_by_fkey FOREIGN KEY (removed_by) REFERENCES public.person(id);

ALTER TABLE ONLY public.attachment
    ADD CONSTRAINT attachment_uploaded_by_fkey FOREIGN KEY (uploaded_by) REFERENCES public.person(id);

ALTER TABLE ONLY public.audit_pending
    ADD CONSTRAINT audit_pending_entry_id_fkey FOREIGN KEY (entry_id) REFERENCES public.audit_entry(id);

ALTER TABLE ONLY public.audit_seal
    ADD CONSTRAINT audit_seal_entry_id_fkey FOREIGN KEY (entry_id) REFERENCES public.audit_entry(id);

ALTER TABLE ONLY public.backup_schedule
    ADD CONSTRAINT backup_schedule_resource_id_fkey FOREIGN KEY (resource_id) REFERENCES public.resource(id);

ALTER TABLE ONLY public.bastion_account
    ADD CONSTRAINT bastion_account_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES public.org(id);

ALTER TABLE ONLY public.bastion_account
    ADD CONSTRAINT bastion_account_case_id_fkey FOREIGN KEY (case_id) REFERENCES public.application(id);

ALTER TABLE ONLY public.bastion_certificate
    ADD CONSTRAINT bastion_certificate_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.bastion_account(id);

ALTER TABLE ONLY public.bastion_certificate
    ADD CONSTRAINT bastion_certificate_ca_version_fkey FOREIGN KEY (ca_version) REFERENCES public.bastion_ca(version);

ALTER TABLE ONLY public.bastion_certificate
    ADD CONSTRAINT bastion_certificate_case_id_fkey FOREIGN KEY (case_id) REFERENCES public.application(id);

ALTER TABLE ONLY public.bastion_certificate
    ADD CONSTRAINT bastion_certificate_grant_id_fkey FOREIGN KEY (grant_id) REFERENCES public.access_grant(id);

ALTER TABLE ONLY public.bastion_refusal
    ADD CONSTRAINT bastion_refusal_jump_host_id_fkey FOREIGN KEY (jump_host_id) REFERENCES public.jump_host(id);

ALTER TABLE ONLY public.bastion_revocation
    ADD CONSTRAINT bastion_revocation_serial_fkey FOREIGN KEY (serial) REFERENCES public.bastion_certificate(serial);

ALTER TABLE ONLY public.bastion_session
    ADD CONSTRAINT bastion_session_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.bastion_account(id);

ALTER TABLE ONLY public.bastion_session
    ADD CONSTRAINT bastion_session_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES public.org(id);

ALTER TABLE ONLY public.bastion_session
    ADD CONSTRAINT bastion_session_case_id_fkey FOREIGN KEY (case_id) REFERENCES public.application(id);

ALTER TABLE ONLY public.bastion_session_end
    ADD CONSTRAINT bastion_session_end_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.bastion_session(id);

ALTER TABLE ONLY public.bastion_session
    ADD CONSTRAINT bastion_session_grant_id_fkey FOREIGN KEY (grant_id) REFERENCES public.access_grant(id);

ALTER TABLE ONLY public.bastion_session
    ADD CONSTRAINT bastion_session_jump_host_id_fkey FOREIGN KEY (jump_host_id) REFERENCES public.jump_host(id);

ALTER TABLE ONLY public.calendar_day
    ADD CONSTRAINT calendar_day_version_fkey FOREIGN KEY (version) REFERENCES public.calendar_version(number);

ALTER TABLE ONLY public.change
    ADD CONSTRAINT change_application_id_fkey FOREIGN KEY (application_id) REFERENCES public.application(id);

ALTER TABLE ONLY public.change
    ADD CONSTRAINT change_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.person(id);

ALTER TABLE ONLY public.change
    ADD CONSTRAINT change_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES public.subscription(id);

ALTER TABLE ONLY public.charge_entry
    ADD CONSTRAINT charge_entry_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES public.charge_account(subscription_id);

ALTER TABLE ONLY public.credential_history
    ADD CONSTRAINT credential_history_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.person(id);

ALTER TABLE ONLY public.credential
    ADD CONSTRAINT credential_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.person(id);

ALTER TABLE ONLY public.disk_copy
    ADD CONSTRAINT disk_copy_case_id_fkey FOREIGN KEY (case_id) REFERENCES public.application(id);

ALTER TABLE ONLY public.disk_copy_proof
    ADD CONSTRAINT disk_copy_proof_copy_id_fkey FOREIGN KEY (copy_id) REFERENCES public.disk_copy(id);

ALTER TABLE ONLY public.disk_copy_proof
    ADD CONSTRAINT disk_copy_proof_operation_id_fkey FOREIGN KEY (operation_id) REFERENCES public.operation(id);

ALTER TABLE ONLY public.disk_copy
    ADD CONSTRAINT disk_copy_resource_id_fkey FOREIGN KEY (resource_id) REFERENCES public.resource(id);

ALTER TABLE ONLY public.document
    ADD CONSTRAINT document_case_id_fkey FOREIGN KEY (case_id) REFERENCES public.application(id);

ALTER TABLE ONLY public.drift
    ADD CONSTRAINT drift_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES public.org(id);

ALTER TABLE ONLY public.drift
    ADD CONSTRAINT drift_case_id_fkey FOREIGN KEY (case_id) REFERENCES public.application(id);

ALTER TABLE ONLY public.drift
    ADD CONSTRAINT drift_engine_id_fkey FOREIGN KEY (engine_id) REFERENCES public.engine(id);

ALTER TABLE ONLY public.drift
    ADD CONSTRAINT drift_resource_id_fkey FOREIGN KEY (resource_id) REFERENCES public.resource(id);

ALTER TABLE ONLY public.engine_shelf
    ADD CONSTRAINT engine_shelf_engine_id_fkey FOREIGN KEY (engine_id) REFERENCES public.engine(id);

ALTER TABLE ONLY public.erasure
    ADD CONSTRAINT erasure_case_id_fkey FOREIGN KEY (case_id) REFERENCES public.application(id);

ALTER TABLE ONLY public.erasure
    ADD CONSTRAINT erasure_operation_id_fkey FOREIGN KEY (operation_id) REFERENCES public.operation(id);

ALTER TABLE ONLY public.erasure
    ADD CONSTRAINT erasure_resource_id_fkey FOREIGN KEY (resource_id) REFERENCES public.resource(id);

ALTER TABLE ONLY public.ledger_leg
    ADD CONSTRAINT ledger_leg_movement_id_fkey FOREIGN KEY (movement_id) REFERENCES public.ledger_movement(id);

ALTER TABLE ONLY public.ledger_movement
    ADD CONSTRAINT ledger_movement_charge_id_fkey FOREIGN KEY (charge_id) REFERENCES public.charge_entry(id);

ALTER TABLE ONLY public.operation
    ADD CONSTRAINT operation_case_id_fkey FOREIGN KEY (case_id) REFERENCES public.application(id);

ALTER TABLE ONLY public.operation
    ADD CONSTRAINT operation_engine_id_fkey FOREIGN KEY (engine_id) REFERENCES public.engine(id);

ALTER TABLE ONLY public.operation
    ADD CONSTRAINT operation_resource_id_fkey FOREIGN KEY (resource_id) REFERENCES public.resource(id);

ALTER TABLE ONLY public.operation_step
    ADD CONSTRAINT operation_step_operation_id_fkey FOREIGN KEY (operation_id) REFERENCES public.operation(id);

ALTER TABLE ONLY public.operation_step
    ADD CONSTRAINT operation_step_resource_id_fkey FOREIGN KEY (resource_id) REFERENCES public.resource(id);

ALTER TABLE ONLY public.org
    ADD CONSTRAINT org_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES public.org(id);

ALTER TABLE ONLY public.person
    ADD CONSTRAINT person_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.org(id);

ALTER TABLE ONLY public.person_role
    ADD CONSTRAINT person_role_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.org(id);

ALTER TABLE ONLY public.person_role
    ADD CONSTRAINT person_role_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.person(id);

ALTER TABLE ONLY public.pool_item
    ADD CONSTRAINT pool_item_application_id_fkey FOREIGN KEY (application_id) REFERENCES public.application(id);

ALTER TABLE ONLY public.price_line
    ADD CONSTRAINT price_line_version_fkey FOREIGN KEY (version) REFERENCES public.price_version(code);

ALTER TABLE ONLY public.resource
    ADD CONSTRAINT resource_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES public.org(id);

ALTER TABLE ONLY public.resource
    ADD CONSTRAINT resource_case_id_fkey FOREIGN KEY (case_id) REFERENCES public.application(id);

ALTER TABLE ONLY public.resource_disk
    ADD CONSTRAINT resource_disk_resource_id_fkey FOREIGN KEY (resource_id) REFERENCES public.resource(id);

ALTER TABLE ONLY public.resource
    ADD CONSTRAINT resource_engine_id_fkey FOREIGN KEY (engine_id) REFERENCES public.engine(id);

ALTER TABLE ONLY public.scaling_action
    ADD CONSTRAINT scaling_action_case_id_fkey FOREIGN KEY (case_id) REFERENCES public.application(id);

ALTER TABLE ONLY public.scaling_action
    ADD CONSTRAINT scaling_action_operation_id_fkey FOREIGN KEY (operation_id) REFERENCES public.operation(id);

ALTER TABLE ONLY public.scaling_action
    ADD CONSTRAINT scaling_action_policy_id_fkey FOREIGN KEY (policy_id) REFERENCES public.scaling_policy(id);

ALTER TABLE ONLY public.scaling_policy
    ADD CONSTRAINT scaling_policy_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES public.org(id);

ALTER TABLE ONLY public.scaling_policy
    ADD CONSTRAINT scaling_policy_case_id_fkey FOREIGN KEY (case_id) REFERENCES public.application(id);

ALTER TABLE ONLY public.scaling_policy
    ADD CONSTRAINT scaling_policy_engine_id_fkey FOREIGN KEY (engine_id) REFERENCES public.engine(id);

ALTER TABLE ONLY public.scaling_sample
    ADD CONSTRAINT scaling_sample_policy_id_fkey FOREIGN KEY (policy_id) REFERENCES public.scaling_policy(id);

ALTER TABLE ONLY public.second_factor
    ADD CONSTRAINT second_factor_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.person(id);

ALTER TABLE ONLY public.service_evidence
    ADD CONSTRAINT service_evidence_case_id_fkey FOREIGN KEY (case_id) REFERENCES public.application(id);

ALTER TABLE ONLY public.service_evidence
    ADD CONSTRAINT service_evidence_instance_id_fkey FOREIGN KEY (instance_id) REFERENCES public.service_instance(id);

ALTER TABLE ONLY public.service_evidence
    ADD CONSTRAINT service_evidence_operation_id_fkey FOREIGN KEY (operation_id) REFERENCES public.operation(id);

ALTER TABLE ONLY public.service_instance
    ADD CONSTRAINT service_instance_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES public.org(id);

ALTER TABLE ONLY public.service_instance
    ADD CONSTRAINT service_instance_case_id_fkey FOREIGN KEY (case_id) REFERENCES public.application(id);

ALTER TABLE ONLY public.service_instance
    ADD CONSTRAINT service_instance_engine_id_fkey FOREIGN KEY (engine_id) REFERENCES public.engine(id);

ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.person(id);

ALTER TABLE ONLY public.subscription
    ADD CONSTRAINT subscription_application_id_fkey FOREIGN KEY (application_id) REFERENCES public.application(id);

ALTER TABLE ONLY public.subscription_reminder
    ADD CONSTRAINT subscription_reminder_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES public.subscription(id);

ALTER TABLE ONLY public.termination
    ADD CONSTRAINT termination_application_id_fkey FOREIGN KEY (application_id) REFERENCES public.application(id);

ALTER TABLE ONLY public.termination
    ADD CONSTRAINT termination_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.person(id);

ALTER TABLE ONLY public.termination
    ADD CONSTRAINT termination_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES public.subscription(id);

ALTER TABLE ONLY public.trial
    ADD CONSTRAINT trial_application_id_fkey FOREIGN KEY (application_id) REFERENCES public.application(id);

ALTER TABLE ONLY public.trial
    ADD CONSTRAINT trial_engine_id_fkey FOREIGN KEY (engine_id) REFERENCES public.engine(id);

ALTER TABLE ONLY public.usage_plan_row
    ADD CONSTRAINT usage_plan_row_application_id_fkey FOREIGN KEY (application_id) REFERENCES public.application(id);

ALTER TABLE ONLY public.usage_plan_row
    ADD CONSTRAINT usage_plan_row_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES public.usage_plan(id);

GRANT USAGE ON SCHEMA public TO liyun;

GRANT SELECT ON TABLE public._sqlx_migrations TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.access_alarm TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.access_grant TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.allocation TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.application TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.application_expert TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.attachment TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.attachment_piece TO liyun;

GRANT SELECT,INSERT ON TABLE public.audit_anchor TO liyun;

GRANT SELECT,INSERT ON TABLE public.audit_entry TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.audit_pending TO liyun;

GRANT SELECT,INSERT ON TABLE public.audit_seal TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.backup_schedule TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.bastion_account TO liyun;

GRANT SELECT,INSERT ON TABLE public.bastion_ca TO liyun;

GRANT SELECT,INSERT ON TABLE public.bastion_certificate TO liyun;

GRANT SELECT,INSERT ON TABLE public.bastion_refusal TO liyun;

GRANT SELECT,INSERT ON TABLE public.bastion_revocation TO liyun;

GRANT SELECT,INSERT ON TABLE public.bastion_session TO liyun;

GRANT SELECT,INSERT ON TABLE public.bastion_session_end TO liyun;

GRANT SELECT,USAGE ON SEQUENCE public.bastion_session_seq_seq TO liyun;

GRANT SELECT,INSERT ON TABLE public.calendar_day TO liyun;

GRANT SELECT,INSERT ON TABLE public.calendar_version TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.change TO liyun;

GRANT SELECT,INSERT,UPDATE ON TABLE public.charge_account TO liyun;

GRANT SELECT,INSERT ON TABLE public.charge_entry TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.copy TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.credential TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.credential_history TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.demo_clock TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.disk_copy TO liyun;

GRANT SELECT,INSERT ON TABLE public.disk_copy_proof TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.document TO liyun;

GRANT SELECT,INSERT,UPDATE ON TABLE public.drift TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.engine TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.engine_shelf TO liyun;

GRANT SELECT,INSERT ON TABLE public.erasure TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.idempotency TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.job TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.jump_host TO liyun;

GRANT SELECT,INSERT ON TABLE public.ledger_leg TO liyun;

GRANT SELECT,INSERT ON TABLE public.ledger_movement TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.login_failure TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.number_sequence TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.operation TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.operation_step TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.org TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.person TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.person_role TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.pool_item TO liyun;

GRANT SELECT,INSERT ON TABLE public.price_line TO liyun;

GRANT SELECT,INSERT ON TABLE public.price_version TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.resource TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.resource_disk TO liyun;

GRANT SELECT,INSERT ON TABLE public.scaling_action TO liyun;

GRANT SELECT,INSERT,UPDATE ON TABLE public.scaling_policy TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.scaling_sample TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.second_factor TO liyun;

GRANT SELECT,INSERT ON TABLE public.service_evidence TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.service_instance TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.session TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.setup_link TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.subscription TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.subscription_reminder TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.task TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.termination TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.trial TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.usage_plan TO liyun;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.usage_plan_row TO liyun;

ALTER DEFAULT PRIVILEGES FOR ROLE liyun_owner IN SCHEMA public GRANT SELECT,USAGE ON SEQUENCES  TO liyun;

ALTER DEFAULT PRIVILEGES FOR ROLE liyun_owner IN SCHEMA public GRANT SELECT,INSERT,DELETE,UPDATE ON TABLES  TO liyun;
