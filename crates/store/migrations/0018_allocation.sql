-- 调配 (第十条(七), D10): so much of a remainder is promised or given to a line of another agency's case.

-- How much of an item is promised or given: its row is locked for each change of it, so that two people at once cannot
-- give the same remainder twice, and the database itself refuses what goes beyond.
ALTER TABLE pool_item
    ADD COLUMN allocated bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT pool_item_allocated CHECK (allocated BETWEEN 0 AND quantity);
-- The list shows what runs out first, first.
CREATE INDEX pool_item_until ON pool_item (until, id);
DROP INDEX pool_item_recent;

CREATE TABLE allocation (
    id           uuid PRIMARY KEY,
    number       text NOT NULL UNIQUE,
    pool_item_id uuid NOT NULL REFERENCES pool_item (id),
    case_id      uuid NOT NULL REFERENCES application (id),     -- 受配办件
    change_id    uuid REFERENCES change (id),                   -- 受配变更; null where it is for the opening
    line         text NOT NULL,                                 -- charged line: s1.vcpu, v3
    sku          text NOT NULL,
    reserved     bigint NOT NULL CHECK (reserved > 0),          -- as promised
    held         bigint NOT NULL CHECK (held BETWEEN 0 AND reserved), -- counts against the item
    until        date NOT NULL,                                 -- the item's last day
    state_code   text NOT NULL,
    state        jsonb NOT NULL,
    version      integer NOT NULL DEFAULT 1,
    created_by   uuid NOT NULL REFERENCES person (id),
    created_on   date NOT NULL,
    created_at   timestamptz NOT NULL,
    CHECK (state ->> 'state' = state_code)
);
CREATE INDEX allocation_item ON allocation (pool_item_id, id DESC);
CREATE INDEX allocation_case ON allocation (case_id, id);
CREATE INDEX allocation_state ON allocation (state_code, id DESC);
CREATE INDEX allocation_running ON allocation (until, id) WHERE state_code IN ('reserved', 'effective');

-- Cases that may receive, oldest first: between acceptance and opening, or with a change under way that makes them dearer.
CREATE INDEX application_under_way ON application (id)
    WHERE stage IN ('review', 'trial') AND state_code NOT IN ('rejected', 'exited');
CREATE INDEX change_dearer ON change (application_id)
    WHERE state_code NOT IN ('declined', 'done', 'withdrawn') AND dearer_by_fen > 0;

-- 调配受益 in the account, its entries and the ledger.
ALTER TABLE charge_account ADD COLUMN benefit_fen bigint NOT NULL DEFAULT 0 CHECK (benefit_fen >= 0);
ALTER TABLE charge_entry
    ADD COLUMN allocation text,                                 -- 调配单号, of a benefit
    DROP CONSTRAINT charge_entry_kind_check,
    DROP CONSTRAINT charge_entry_check1,
    ADD CONSTRAINT charge_entry_kind_check CHECK
        (kind IN ('annual', 'increase', 'decrease', 'refund', 'one_off', 'benefit', 'benefit_end')),
    ADD CONSTRAINT charge_entry_sign CHECK
        (CASE WHEN kind IN ('decrease', 'refund', 'benefit') THEN fen <= 0 ELSE fen >= 0 END),
    ADD CONSTRAINT charge_entry_allocation CHECK ((allocation IS NOT NULL) = (kind IN ('benefit', 'benefit_end')));
CREATE INDEX charge_entry_allocation ON charge_entry (allocation) WHERE allocation IS NOT NULL;
ALTER TABLE ledger_movement
    DROP CONSTRAINT ledger_movement_kind_check,
    ADD CONSTRAINT ledger_movement_kind_check CHECK (kind IN ('budgeted', 'transferred', 'contracted', 'charged', 'saved',
        'settled', 'advanced', 'benefited', 'benefit_returned'));
