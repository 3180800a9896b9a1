-- 文件传输 through the bastion: which way files may go, and of what kind a session was.
ALTER TABLE bastion_account ADD COLUMN transfers text[] NOT NULL DEFAULT '{}';
ALTER TABLE access_grant ADD COLUMN transfers text[] NOT NULL DEFAULT '{}';
ALTER TABLE bastion_session ADD COLUMN protocol text NOT NULL DEFAULT 'ssh';
