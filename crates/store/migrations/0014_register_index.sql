-- 费用台账 reads the newest entries of the whole city, page by page.
CREATE INDEX charge_entry_recent ON charge_entry (posted_at DESC, id DESC);
