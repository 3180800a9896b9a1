-- 演示城市: `ready` is set when its history is complete. A city without it was interrupted and is laid out anew.
ALTER TABLE demo_clock ADD COLUMN ready boolean NOT NULL DEFAULT false;
