-- 办件: an application and what grows from it. `state` is the domain's State as JSON; `state_code` is its
-- code, for filters and for the checks below. `version` grows by one with every change (If-Match).

CREATE TABLE application (
    id          uuid PRIMARY KEY,
    number      text NOT NULL UNIQUE,
    agency_id   uuid NOT NULL REFERENCES org (id),
    county      text,                       -- NULL for a city-level agency
    system_name text NOT NULL DEFAULT '',
    mode        text,
    stage       text NOT NULL,              -- 七环节 the whole case stands in
    state_code  text NOT NULL,              -- state shown for the whole case
    state_zh    text NOT NULL,
    state       jsonb NOT NULL,             -- state of the application itself
    version     integer NOT NULL DEFAULT 1,
    form        jsonb NOT NULL,             -- personal numbers encrypted
    granted     jsonb,                      -- form as granted by the review
    fee_fen     bigint NOT NULL DEFAULT 0 CHECK (fee_fen >= 0),
    supplier_id uuid REFERENCES org (id),   -- from the notice on
    created_by  uuid NOT NULL REFERENCES person (id),
    created_on  date NOT NULL,
    created_at  timestamptz NOT NULL,
    CHECK (state ->> 'state' IS NOT NULL)
);
CREATE INDEX application_recent ON application (created_at DESC, id DESC);              -- 办件列表
CREATE INDEX application_agency ON application (agency_id, created_at DESC, id DESC);
CREATE INDEX application_county ON application (county, created_at DESC, id DESC);
CREATE INDEX application_stage ON application (stage, created_at DESC, id DESC);
CREATE INDEX application_creator ON application (created_by, created_at DESC, id DESC); -- 我发起

CREATE INDEX application_supplier ON application (supplier_id, created_at DESC, id DESC) WHERE supplier_id IS NOT NULL;

-- 被派专家.
CREATE TABLE application_expert (
    application_id uuid NOT NULL REFERENCES application (id),
    person_id      uuid NOT NULL REFERENCES person (id),
    PRIMARY KEY (application_id, person_id)
);
CREATE INDEX application_expert_person ON application_expert (person_id);

CREATE TABLE trial (
    id             uuid PRIMARY KEY,
    application_id uuid NOT NULL UNIQUE REFERENCES application (id),
    number         text NOT NULL UNIQUE,
    state_code     text NOT NULL,
    state          jsonb NOT NULL,
    version        integer NOT NULL DEFAULT 1,
    engine_id      uuid,
    notified_on    date NOT NULL,
    until          date                      -- last day of the period, for the timer
);
CREATE INDEX trial_timer ON trial (until) WHERE state_code IN ('running', 'extension_asked', 'reported', 'passed', 'failed');

CREATE TABLE subscription (
    id             uuid PRIMARY KEY,
    application_id uuid NOT NULL UNIQUE REFERENCES application (id),
    number         text NOT NULL UNIQUE,
    state_code     text NOT NULL,
    state          jsonb NOT NULL,
    version        integer NOT NULL DEFAULT 1,
    opened_on      date NOT NULL,
    ends_on        date NOT NULL CHECK (ends_on >= opened_on)
);
CREATE INDEX subscription_ending ON subscription (ends_on) WHERE state_code <> 'ended';

CREATE TABLE change (
    id              uuid PRIMARY KEY,
    application_id  uuid NOT NULL REFERENCES application (id),
    subscription_id uuid NOT NULL REFERENCES subscription (id),
    number          text NOT NULL UNIQUE,
    state_code      text NOT NULL,
    state           jsonb NOT NULL,
    version         integer NOT NULL DEFAULT 1,
    request         jsonb NOT NULL,
    dearer_by_fen   bigint NOT NULL,
    created_by      uuid NOT NULL REFERENCES person (id),
    created_on      date NOT NULL
);
-- 同一系统同时只允许一个在途变更.
CREATE UNIQUE INDEX change_one_open ON change (subscription_id)
    WHERE state_code NOT IN ('declined', 'done', 'withdrawn');
CREATE INDEX change_case ON change (application_id, created_on);

CREATE TABLE termination (
    id              uuid PRIMARY KEY,
    application_id  uuid NOT NULL REFERENCES application (id),
    subscription_id uuid NOT NULL REFERENCES subscription (id),
    number          text NOT NULL UNIQUE,
    state_code      text NOT NULL,
    state           jsonb NOT NULL,
    version         integer NOT NULL DEFAULT 1,
    request         jsonb NOT NULL,
    created_by      uuid NOT NULL REFERENCES person (id),
    created_on      date NOT NULL
);
CREATE UNIQUE INDEX termination_one_open ON termination (subscription_id)
    WHERE state_code NOT IN ('declined', 'closed', 'withdrawn');
CREATE INDEX termination_case ON termination (application_id, created_on);

CREATE TABLE usage_plan (
    id         uuid PRIMARY KEY,
    number     text NOT NULL UNIQUE,
    year       integer NOT NULL,
    state_code text NOT NULL,
    state      jsonb NOT NULL,
    version    integer NOT NULL DEFAULT 1,
    created_on date NOT NULL
);
CREATE TABLE usage_plan_row (
    plan_id        uuid NOT NULL REFERENCES usage_plan (id),
    application_id uuid NOT NULL UNIQUE REFERENCES application (id),
    urgency        text NOT NULL,
    fee_fen        bigint NOT NULL CHECK (fee_fen >= 0),
    PRIMARY KEY (plan_id, application_id)
);

-- 调配池 (D10): what is left of a year that ended early.
CREATE TABLE pool_item (
    id             uuid PRIMARY KEY,
    application_id uuid NOT NULL REFERENCES application (id),
    line           text NOT NULL,
    sku            text NOT NULL,
    quantity       bigint NOT NULL CHECK (quantity > 0),
    until          date NOT NULL,
    created_on     date NOT NULL
);
CREATE INDEX pool_item_recent ON pool_item (created_on DESC, id DESC);
