-- 专享云主机: servers that run on 专享宿主机 of their case alone (S20). How many hosts the case pays for of the server's
-- architecture; none of a server that shares its host.

ALTER TABLE resource ADD COLUMN dedicated_hosts integer CHECK (dedicated_hosts > 0);
