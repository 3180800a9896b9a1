-- 价格、工作日历、费用。What stands here is never rewritten: prices and calendars come in versions,
-- charges are corrected by new entries, and every movement of money is a balanced double entry.

-- 价格版本 (第十二条) and its lines (附件3). Imported whole, never changed.
CREATE TABLE price_version (
    code             text PRIMARY KEY CHECK (code ~ '^[0-9A-Z-]{1,20}$'),
    valid_from       date NOT NULL,
    valid_to         date NOT NULL CHECK (valid_to >= valid_from),
    official         boolean NOT NULL,          -- true only for the annex 3 that 市人民政府 ratified
    ratified_number  text,                      -- 审定文号
    note             text NOT NULL,
    file_name        text NOT NULL,
    imported_at      timestamptz NOT NULL,
    imported_by_name text NOT NULL,
    CHECK (NOT official OR ratified_number IS NOT NULL)
);

CREATE TABLE price_line (
    version     text NOT NULL REFERENCES price_version (code),
    position    integer NOT NULL,               -- order of the file
    sku         text NOT NULL CHECK (sku ~ '^[0-9A-Z-]{1,40}$'),
    category    text NOT NULL,
    category_zh text NOT NULL,
    class       text,
    zh          text NOT NULL,
    en          text NOT NULL,
    unit_zh     text NOT NULL,
    basis       text NOT NULL CHECK (basis IN ('unit_year', 'pack_year', 'included', 'one_off')),
    source      text NOT NULL CHECK (source IN ('official', 'list', 'derived', 'estimate')),
    note        text NOT NULL,
    spec        jsonb NOT NULL,
    price_fen   bigint NOT NULL CHECK (price_fen >= 0),
    PRIMARY KEY (version, sku)
);
CREATE INDEX price_line_sku ON price_line (sku);

-- The same product never has two prices on one day, whatever the program believes.
CREATE FUNCTION refuse_price_overlap() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER price_line_no_overlap BEFORE INSERT ON price_line
    FOR EACH ROW EXECUTE FUNCTION refuse_price_overlap();

-- 工作日历. Each import is a new version with all its rows; a due date names the version it was computed by.
CREATE TABLE calendar_version (
    number           integer PRIMARY KEY CHECK (number > 0),
    source           text NOT NULL CHECK (source IN ('shipped', 'national', 'local', 'exception')),
    years            integer[] NOT NULL,
    file_name        text NOT NULL,
    imported_at      timestamptz NOT NULL,
    imported_by_name text NOT NULL
);
CREATE TABLE calendar_day (
    version integer NOT NULL REFERENCES calendar_version (number),
    date    date NOT NULL,
    source  text NOT NULL CHECK (source IN ('national', 'local', 'exception')),
    kind    text NOT NULL CHECK (kind IN ('holiday', 'workday')),
    name    text NOT NULL,
    PRIMARY KEY (version, date, source)
);

-- 费用账户: the auditor's file of one subscription, growing by each change. `liyun charge compute` reads it.
CREATE TABLE charge_account (
    subscription_id uuid PRIMARY KEY,
    application_id  uuid NOT NULL,
    opened_on       date NOT NULL,
    ends_on         date NOT NULL CHECK (ends_on >= opened_on),
    input           jsonb NOT NULL,
    answer          jsonb NOT NULL,
    payable_fen     bigint NOT NULL,
    saved_fen       bigint NOT NULL CHECK (saved_fen >= 0)
);
CREATE INDEX charge_account_case ON charge_account (application_id);

-- 费用明细: appended, never changed.
CREATE TABLE charge_entry (
    id              uuid PRIMARY KEY,
    subscription_id uuid NOT NULL REFERENCES charge_account (subscription_id),
    application_id  uuid NOT NULL,
    position        integer NOT NULL CHECK (position > 0),   -- order of posting within the subscription
    act             text NOT NULL CHECK (act IN ('opening', 'change', 'termination')),
    act_id          uuid,                                    -- the change or termination
    effective_on    date NOT NULL,
    line            text NOT NULL,
    kind            text NOT NULL CHECK (kind IN ('annual', 'increase', 'decrease', 'refund', 'one_off')),
    fen             bigint NOT NULL,
    days            integer NOT NULL CHECK (days >= 0),
    clause          text NOT NULL,
    formula         text NOT NULL,
    sku             text NOT NULL,
    quantity        bigint NOT NULL CHECK (quantity >= 0),
    versions        text[] NOT NULL,
    covers_from     date NOT NULL,
    covers_to       date NOT NULL CHECK (covers_to >= covers_from),
    posted_at       timestamptz NOT NULL,
    CHECK (CASE WHEN kind IN ('decrease', 'refund') THEN fen <= 0 ELSE fen >= 0 END),
    UNIQUE (subscription_id, position)
);
CREATE INDEX charge_entry_case ON charge_entry (application_id, posted_at, position);

-- 资金流水: one movement, with what it is for; its legs stand in ledger_leg and sum to zero.
CREATE TABLE ledger_movement (
    id              uuid PRIMARY KEY,
    kind            text NOT NULL CHECK (kind IN
        ('budgeted', 'transferred', 'contracted', 'charged', 'saved', 'settled', 'advanced')),
    effective_on    date NOT NULL,
    application_id  uuid NOT NULL,
    subscription_id uuid,
    charge_id       uuid UNIQUE REFERENCES charge_entry (id),
    reference       text NOT NULL DEFAULT '',               -- 文号、合同号
    posted_at       timestamptz NOT NULL
);
CREATE INDEX ledger_movement_case ON ledger_movement (application_id, posted_at);

CREATE TABLE ledger_leg (
    movement_id uuid NOT NULL REFERENCES ledger_movement (id),
    account     text NOT NULL,
    fen         bigint NOT NULL CHECK (fen <> 0),           -- debit positive, credit negative
    PRIMARY KEY (movement_id, account)
);
CREATE INDEX ledger_leg_account ON ledger_leg (account);

-- Checked when the transaction commits: a movement whose legs do not balance is never stored.
CREATE FUNCTION refuse_unbalanced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT coalesce(sum(fen), 0) <> 0 OR count(*) < 2 FROM ledger_leg WHERE movement_id = NEW.movement_id) THEN
        RAISE EXCEPTION 'ledger movement % does not balance', NEW.movement_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_leg_balanced';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_leg_balanced AFTER INSERT ON ledger_leg
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_unbalanced();

-- Append-only, for the serving role by rights and for anyone by trigger.
CREATE TRIGGER price_version_append_only BEFORE UPDATE OR DELETE ON price_version FOR EACH ROW EXECUTE FUNCTION refuse_rewrite();
CREATE TRIGGER price_line_append_only BEFORE UPDATE OR DELETE ON price_line FOR EACH ROW EXECUTE FUNCTION refuse_rewrite();
CREATE TRIGGER calendar_version_append_only BEFORE UPDATE OR DELETE ON calendar_version FOR EACH ROW EXECUTE FUNCTION refuse_rewrite();
CREATE TRIGGER calendar_day_append_only BEFORE UPDATE OR DELETE ON calendar_day FOR EACH ROW EXECUTE FUNCTION refuse_rewrite();
CREATE TRIGGER charge_entry_append_only BEFORE UPDATE OR DELETE ON charge_entry FOR EACH ROW EXECUTE FUNCTION refuse_rewrite();
CREATE TRIGGER ledger_movement_append_only BEFORE UPDATE OR DELETE ON ledger_movement FOR EACH ROW EXECUTE FUNCTION refuse_rewrite();
CREATE TRIGGER ledger_leg_append_only BEFORE UPDATE OR DELETE ON ledger_leg FOR EACH ROW EXECUTE FUNCTION refuse_rewrite();
CREATE TRIGGER charge_account_no_delete BEFORE DELETE ON charge_account FOR EACH ROW EXECUTE FUNCTION refuse_rewrite();
DO $$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'liyun') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON price_version, price_line, calendar_version, calendar_day,
            charge_entry, ledger_movement, ledger_leg FROM liyun;
        REVOKE DELETE, TRUNCATE ON charge_account FROM liyun;
    END IF;
END $$;
