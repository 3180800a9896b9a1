-- 网络开放 (附件2-1): ports and public address of each server, as granted. Servers opened before stay shut until
-- their next change says otherwise.
ALTER TABLE resource ADD COLUMN access jsonb NOT NULL DEFAULT '{"ports": [], "public_address": false}';
