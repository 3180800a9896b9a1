-- 开通的与核定的一致: which operating system, architecture and kinds of disk were approved for a server (附件2-1, A10_4).
-- Servers opened before have none recorded and stay as they were made.

ALTER TABLE resource ADD COLUMN operating_system text;
ALTER TABLE resource ADD COLUMN architecture text;
ALTER TABLE resource ADD COLUMN system_disk_kind text;
ALTER TABLE resource_disk ADD COLUMN kind text;
