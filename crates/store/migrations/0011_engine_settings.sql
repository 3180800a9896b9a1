-- What an engine must be told about the cloud behind it, and the sealed password of our account there.
ALTER TABLE engine
    DROP CONSTRAINT engine_kind_check,
    ADD CONSTRAINT engine_kind_check CHECK (kind IN ('libvirt', 'openstack', 'work_order', 'simulated')),
    ADD COLUMN settings jsonb,
    ADD COLUMN sealed_password bytea,
    ADD CONSTRAINT engine_settings_check CHECK ((kind = 'openstack') = (settings IS NOT NULL)),
    ADD CONSTRAINT engine_sealed_password_check CHECK ((settings IS NULL) = (sealed_password IS NULL));
