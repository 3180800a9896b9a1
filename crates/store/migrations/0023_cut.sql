-- 断开原因: why a jump host ended a session that its holder did not end (revoked, expired, lost).
ALTER TABLE bastion_session_end ADD COLUMN cut text;
