-- 备份计划 of a server: all its disks every so many days at an hour, so many of each stay.
CREATE TABLE backup_schedule (
    resource_id uuid PRIMARY KEY REFERENCES resource (id),
    every_days smallint NOT NULL,
    hour smallint NOT NULL,
    keep smallint NOT NULL,
    due_at timestamptz NOT NULL,
    -- Why the backups that were due last could not be ordered.
    trouble text,
    version integer NOT NULL DEFAULT 1,
    set_by text NOT NULL,
    set_at timestamptz NOT NULL
);
-- For backup_schedule::due.
CREATE INDEX backup_schedule_due ON backup_schedule (due_at);

-- Ordered by a schedule, which removes it in its turn.
ALTER TABLE disk_copy ADD COLUMN scheduled boolean NOT NULL DEFAULT false;
-- For backup_schedule::surplus.
CREATE INDEX disk_copy_scheduled ON disk_copy (resource_id, disk_id, id DESC) WHERE scheduled AND state_code = 'ready';
