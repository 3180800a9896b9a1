-- 云平台失联: since when the cloud of an operation does not answer; NULL while it does.
ALTER TABLE operation ADD COLUMN away_since timestamptz;
