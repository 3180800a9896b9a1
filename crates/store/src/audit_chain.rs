//! 日志链: the list of audit entries, their seals and anchors.

use crate::audit::AuditRow;
use crate::{StoreError, Tx};
use jiff_sqlx::Timestamp;
use sqlx::PgPool;
use uuid::Uuid;

macro_rules! entry {
    () => {
        "e.id, e.at, e.actor_id, e.actor_name, e.roles, e.org_id, e.ip, e.terminal, e.request_id, e.action, e.object_kind,
         e.object_id, e.case_id, e.clause, e.outcome, e.summary, e.before, e.after"
    };
}

/// Filters of the audit page; absent ones do not filter.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    pub from: Option<Timestamp>,
    /// Exclusive.
    pub to: Option<Timestamp>,
    pub actor: Option<Uuid>,
    /// Whole code, or its room followed by a dot.
    pub action: Option<String>,
    pub object_kind: Option<String>,
    pub object_id: Option<String>,
    pub case: Option<Uuid>,
    pub outcome: Option<String>,
    /// Part of the actor's name or of the summary, or a whole object id.
    pub text: Option<String>,
    /// Entries by this person are left out: nobody audits oneself.
    pub not_by: Option<Uuid>,
    /// Only entries of people of these organisations; empty is all.
    pub orgs: Vec<Uuid>,
    /// Time and id of the last row of the page before.
    pub after: Option<(Timestamp, Uuid)>,
    pub limit: i64,
}

/// An entry in the list, with its place in the chain.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ListedRow {
    #[sqlx(flatten)]
    pub entry: AuditRow,
    pub org_name: Option<String>,
    pub position: Option<i64>,
    pub hash: Option<Vec<u8>>,
}

macro_rules! filtered {
    () => {
        " WHERE ($1::timestamptz IS NULL OR e.at >= $1) AND ($2::timestamptz IS NULL OR e.at < $2)
           AND ($3::uuid IS NULL OR e.actor_id = $3)
           AND ($4::text IS NULL OR e.action = $4 OR (right($4, 1) = '.' AND starts_with(e.action, $4)))
           AND ($5::text IS NULL OR e.object_kind = $5) AND ($6::text IS NULL OR e.object_id = $6)
           AND ($7::uuid IS NULL OR e.case_id = $7) AND ($8::text IS NULL OR e.outcome = $8)
           AND ($9::text IS NULL OR strpos(e.actor_name, $9) > 0 OR strpos(e.summary, $9) > 0 OR e.object_id = $9)
           AND ($10::uuid IS NULL OR e.actor_id IS DISTINCT FROM $10)
           AND (cardinality($11::uuid[]) = 0 OR e.org_id = ANY($11))"
    };
}

macro_rules! bound {
    ($query:expr, $filter:expr) => {
        $query
            .bind($filter.from)
            .bind($filter.to)
            .bind($filter.actor)
            .bind(&$filter.action)
            .bind(&$filter.object_kind)
            .bind(&$filter.object_id)
            .bind($filter.case)
            .bind(&$filter.outcome)
            .bind(&$filter.text)
            .bind($filter.not_by)
            .bind(&$filter.orgs)
    };
}

/// One page, newest first.
pub async fn list(pool: &PgPool, filter: &AuditFilter) -> Result<Vec<ListedRow>, StoreError> {
    const SQL: &str = concat!(
        "SELECT ",
        entry!(),
        ", o.name AS org_name, s.position, s.hash
         FROM audit_entry e LEFT JOIN audit_seal s ON s.entry_id = e.id LEFT JOIN org o ON o.id = e.org_id",
        filtered!(),
        " AND ($12::timestamptz IS NULL OR (e.at, e.id) < ($12, $13)) ORDER BY e.at DESC, e.id DESC LIMIT $14"
    );
    let (after_at, after_id) = filter.after.unzip();
    Ok(bound!(sqlx::query_as(SQL), filter).bind(after_at).bind(after_id).bind(filter.limit).fetch_all(pool).await?)
}

/// The newest entry about one object.
pub async fn latest_of_object(pool: &PgPool, kind: &str, id: &str) -> Result<Option<AuditRow>, StoreError> {
    const SQL: &str = concat!(
        "SELECT ",
        entry!(),
        " FROM audit_entry e WHERE e.object_kind = $1 AND e.object_id = $2 ORDER BY e.at DESC, e.id DESC LIMIT 1"
    );
    Ok(sqlx::query_as(SQL).bind(kind).bind(id).fetch_optional(pool).await?)
}

/// How far the chain has come.
#[derive(Clone, Debug)]
pub struct Status {
    pub head: Option<(i64, Vec<u8>)>,
    pub pending: i64,
    pub last_anchor: Option<AnchorRow>,
}

/// The status, without counting the whole log.
pub async fn status(pool: &PgPool) -> Result<Status, StoreError> {
    Ok(Status {
        head: sqlx::query_as(HEAD).fetch_optional(pool).await?,
        pending: sqlx::query_scalar("SELECT count(*) FROM audit_pending").fetch_one(pool).await?,
        last_anchor: sqlx::query_as(LAST_ANCHOR).fetch_optional(pool).await?,
    })
}

const HEAD: &str = "SELECT position, hash FROM audit_seal ORDER BY position DESC LIMIT 1";
const LAST_ANCHOR: &str =
    "SELECT position, hash, anchored_at, key_version, signature FROM audit_anchor ORDER BY position DESC LIMIT 1";

/// Makes this transaction the only one that seals.
pub async fn lock_chain(tx: &mut Tx) -> Result<(), StoreError> {
    sqlx::query("SELECT pg_advisory_xact_lock(7230001)").execute(&mut **tx).await?;
    Ok(())
}

/// The head of the chain: position and hash; `None` before the first seal.
pub async fn head(tx: &mut Tx) -> Result<Option<(i64, Vec<u8>)>, StoreError> {
    Ok(sqlx::query_as(HEAD).fetch_optional(&mut **tx).await?)
}

/// Entries waiting for their seal, oldest first.
pub async fn pending(tx: &mut Tx, limit: i64) -> Result<Vec<AuditRow>, StoreError> {
    const SQL: &str = concat!(
        "SELECT ",
        entry!(),
        " FROM audit_pending w JOIN audit_entry e ON e.id = w.entry_id ORDER BY e.at, e.id LIMIT $1"
    );
    Ok(sqlx::query_as(SQL).bind(limit).fetch_all(&mut **tx).await?)
}

/// A seal to be written.
#[derive(Clone, Debug)]
pub struct Seal {
    pub position: i64,
    pub entry_id: Uuid,
    pub prev_hash: Vec<u8>,
    pub hash: Vec<u8>,
}

/// Writes seals and takes their entries off the waiting list.
pub async fn seal(tx: &mut Tx, seals: &[Seal]) -> Result<(), StoreError> {
    let positions: Vec<i64> = seals.iter().map(|seal| seal.position).collect();
    let entries: Vec<Uuid> = seals.iter().map(|seal| seal.entry_id).collect();
    let prevs: Vec<&[u8]> = seals.iter().map(|seal| seal.prev_hash.as_slice()).collect();
    let hashes: Vec<&[u8]> = seals.iter().map(|seal| seal.hash.as_slice()).collect();
    sqlx::query(
        "INSERT INTO audit_seal (position, entry_id, prev_hash, hash)
         SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::bytea[], $4::bytea[])",
    )
    .bind(&positions)
    .bind(&entries)
    .bind(&prevs)
    .bind(&hashes)
    .execute(&mut **tx)
    .await?;
    sqlx::query("DELETE FROM audit_pending WHERE entry_id = ANY($1)").bind(&entries).execute(&mut **tx).await?;
    Ok(())
}

/// An anchor as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AnchorRow {
    pub position: i64,
    pub hash: Vec<u8>,
    pub anchored_at: Timestamp,
    pub key_version: i32,
    pub signature: Vec<u8>,
}

/// The newest anchor.
pub async fn last_anchor(tx: &mut Tx) -> Result<Option<AnchorRow>, StoreError> {
    Ok(sqlx::query_as(LAST_ANCHOR).fetch_optional(&mut **tx).await?)
}

/// Writes an anchor.
pub async fn anchor(tx: &mut Tx, anchor: &AnchorRow) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO audit_anchor (position, hash, anchored_at, key_version, signature) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(anchor.position)
    .bind(&anchor.hash)
    .bind(anchor.anchored_at)
    .bind(anchor.key_version)
    .bind(&anchor.signature)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Anchors of a range of positions, in order.
pub async fn anchors(pool: &PgPool, from: i64, to: i64) -> Result<Vec<AnchorRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT position, hash, anchored_at, key_version, signature FROM audit_anchor
         WHERE position BETWEEN $1 AND $2 ORDER BY position",
    )
    .bind(from)
    .bind(to)
    .fetch_all(pool)
    .await?)
}

/// Where the chain and its anchors end; by these a cut tail shows.
#[derive(Clone, Copy, Debug, Default, sqlx::FromRow)]
pub struct Ends {
    /// 0 before the first seal.
    pub last_position: i64,
    pub last_anchor: i64,
}

/// Both ends, of one moment.
pub async fn ends(pool: &PgPool) -> Result<Ends, StoreError> {
    Ok(sqlx::query_as(
        "SELECT (SELECT coalesce(max(position), 0) FROM audit_seal) AS last_position,
                (SELECT coalesce(max(position), 0) FROM audit_anchor) AS last_anchor",
    )
    .fetch_one(pool)
    .await?)
}

/// First and last position of the entries of a time span (`to` exclusive); `None` where there is none.
pub async fn span(
    pool: &PgPool,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
) -> Result<Option<(i64, i64)>, StoreError> {
    let (first, last): (Option<i64>, Option<i64>) = sqlx::query_as(
        "SELECT min(s.position), max(s.position) FROM audit_seal s LEFT JOIN audit_entry e ON e.id = s.entry_id
         WHERE ($1::timestamptz IS NULL OR e.at >= $1) AND ($2::timestamptz IS NULL OR e.at < $2)",
    )
    .bind(from)
    .bind(to)
    .fetch_one(pool)
    .await?;
    Ok(first.zip(last))
}

/// A link of the chain as found; without its entry where that is gone.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct LinkRow {
    pub position: i64,
    pub entry_id: Uuid,
    pub prev_hash: Vec<u8>,
    pub hash: Vec<u8>,
}

/// Links after a position, in order.
pub async fn links(pool: &PgPool, after: i64, to: i64, limit: i64) -> Result<Vec<LinkRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT position, entry_id, prev_hash, hash FROM audit_seal WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3",
    )
    .bind(after)
    .bind(to)
    .bind(limit)
    .fetch_all(pool)
    .await?)
}

/// The entries of some links; those that are gone are missing.
pub async fn entries(pool: &PgPool, ids: &[Uuid]) -> Result<Vec<AuditRow>, StoreError> {
    const SQL: &str = concat!("SELECT ", entry!(), " FROM audit_entry e WHERE e.id = ANY($1)");
    Ok(sqlx::query_as(SQL).bind(ids).fetch_all(pool).await?)
}

/// An entry that stands neither in the chain nor on the waiting list: taken off by hand.
pub async fn stray_entry(pool: &PgPool) -> Result<Option<Uuid>, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT e.id FROM audit_entry e LEFT JOIN audit_seal s ON s.entry_id = e.id LEFT JOIN audit_pending w ON w.entry_id = e.id
         WHERE s.entry_id IS NULL AND w.entry_id IS NULL ORDER BY e.at, e.id LIMIT 1",
    )
    .fetch_optional(pool)
    .await?)
}
