-- 变更后的年费: what a change comes to a year, beside what it adds; from the bound of 第十条(一) on it needs its
-- 测算方案 (D14).
ALTER TABLE change ADD COLUMN fee_after_fen bigint NOT NULL DEFAULT 0 CHECK (fee_after_fen >= 0);
ALTER TABLE change ALTER COLUMN fee_after_fen DROP DEFAULT;
