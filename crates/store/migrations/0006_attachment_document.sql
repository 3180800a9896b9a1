-- 附件与文书: what people hand in and what the offices issue.

-- 附件. A removed file keeps its row and its SM3 as a trace; its content goes (E31).
CREATE TABLE attachment (
    id               uuid PRIMARY KEY,
    case_id          uuid NOT NULL REFERENCES application (id),
    kind             text NOT NULL,
    file_name        text NOT NULL CHECK (length(file_name) BETWEEN 1 AND 120),
    format           text NOT NULL CHECK (format IN ('pdf', 'ofd', 'docx', 'xlsx', 'jpg', 'png', 'zip')),
    size_bytes       bigint NOT NULL CHECK (size_bytes BETWEEN 1 AND 52428800),
    sm3              text NOT NULL CHECK (sm3 ~ '^[0-9a-f]{64}$'),
    uploaded_by      uuid NOT NULL REFERENCES person (id),
    uploaded_by_name text NOT NULL,
    uploaded_at      timestamptz NOT NULL,
    removed_at       timestamptz,
    removed_by       uuid REFERENCES person (id),
    CHECK ((removed_at IS NULL) = (removed_by IS NULL))
);
CREATE INDEX attachment_case ON attachment (case_id, uploaded_at, id) WHERE removed_at IS NULL;

-- Content in pieces, so that neither upload nor download holds a whole file in memory.
CREATE TABLE attachment_piece (
    attachment_id uuid NOT NULL REFERENCES attachment (id),
    position      integer NOT NULL CHECK (position >= 0),
    bytes         bytea NOT NULL CHECK (length(bytes) BETWEEN 1 AND 1048576),
    PRIMARY KEY (attachment_id, position)
);

-- 文书, as issued: number, code and data never change; the PDF is set once, from the data, and then stays.
CREATE TABLE document (
    id                uuid PRIMARY KEY,
    case_id           uuid NOT NULL REFERENCES application (id),
    room              text NOT NULL,
    subject           text NOT NULL,              -- 单号 of the application, trial, change … it tells of
    kind              text NOT NULL,
    number            text NOT NULL,
    verification_code text NOT NULL UNIQUE CHECK (verification_code ~ '^[2-9A-HJ-NP-Z]{16}$'),
    issued_on         date NOT NULL,
    issued_at         timestamptz NOT NULL,
    issued_by         uuid,
    data              jsonb NOT NULL,
    sm3               text NOT NULL CHECK (sm3 ~ '^[0-9a-f]{64}$'),
    pdf               bytea
);
CREATE INDEX document_case ON document (case_id, issued_at, id);
CREATE INDEX document_number ON document (number);

CREATE FUNCTION refuse_reissue() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.pdf IS NULL
        AND to_jsonb(NEW) - 'pdf' = to_jsonb(OLD) - 'pdf' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'an issued document does not change' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER document_as_issued BEFORE UPDATE OR DELETE ON document
    FOR EACH ROW EXECUTE FUNCTION refuse_reissue();
