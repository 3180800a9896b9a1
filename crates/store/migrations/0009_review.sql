-- 审核 as it was signed: opinions and conclusion, kept when the application moves on (A10_3, A34).
ALTER TABLE application ADD COLUMN review jsonb;
