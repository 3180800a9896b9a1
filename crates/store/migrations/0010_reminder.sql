-- 续用提醒 sent, each once: so many days before the last day of the service year (D12).
CREATE TABLE subscription_reminder (
    subscription_id uuid NOT NULL REFERENCES subscription (id),
    days_before     integer NOT NULL CHECK (days_before > 0),
    reminded_on     date NOT NULL,
    PRIMARY KEY (subscription_id, days_before)
);
