//! 云资源: desired, approved and observed of every server; its disks; the evidence of what was erased.

use crate::visible::{ToVisible, Visible, visible_to_experts};
use crate::{StoreError, Tx};
use jiff_sqlx::Timestamp;
use serde_json::Value;
use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

/// One server as stored, with its case and engine.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ResourceRow {
    pub id: Uuid,
    pub case_id: Uuid,
    pub case_number: String,
    pub system_name: String,
    pub agency_id: Uuid,
    pub agency_name: String,
    pub engine_id: Uuid,
    pub engine_name: String,
    pub engine_kind: String,
    pub line: i32,
    pub ordinal: i32,
    pub name: String,
    pub agency_code: String,
    pub segment: String,
    pub phase: String,
    pub ending: Option<Value>,
    /// 停用原因: it is kept and does not run.
    pub rest: Option<String>,
    pub rest_reason: Option<String>,
    pub rested_at: Option<Timestamp>,
    pub vcpu: i32,
    pub memory_mib: i32,
    pub system_disk_gib: i32,
    pub approved_vcpu: i32,
    pub approved_memory_mib: i32,
    pub approved_system_disk_gib: i32,
    pub approved_disks_gib: Vec<i32>,
    pub access: Value,
    pub opened: bool,
    pub external_name: Option<String>,
    pub address: Option<String>,
    pub observed: Option<Value>,
    pub observed_at: Option<Timestamp>,
    pub erased_at: Option<Timestamp>,
    /// 纳管: the server in the cloud that becomes this one.
    pub adopts: Option<String>,
    /// 操作系统, CPU 架构 and 磁盘类型 of the system disk; absent of servers opened before they were recorded.
    pub operating_system: Option<String>,
    pub architecture: Option<String>,
    pub system_disk_kind: Option<String>,
    /// 专享宿主机 that the case pays for; absent of a server that shares its host.
    pub dedicated_hosts: Option<i32>,
}

/// One data disk as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct DiskRow {
    pub id: Uuid,
    pub resource_id: Uuid,
    pub position: i32,
    pub size_gib: i32,
    /// 磁盘类型.
    pub kind: Option<String>,
    pub opened: bool,
    pub ended: Option<Value>,
}

macro_rules! select {
    ($($rest:tt)*) => {
        concat!(
            "SELECT r.id, r.case_id, a.number AS case_number, a.system_name, r.agency_id, o.name AS agency_name,
                r.engine_id, e.name AS engine_name, e.kind AS engine_kind, r.line, r.ordinal, r.name, r.agency_code,
                r.segment, r.phase, r.ending, r.rest, r.rest_reason, r.rested_at, r.vcpu, r.memory_mib, r.system_disk_gib, r.approved_vcpu,
                r.approved_memory_mib, r.approved_system_disk_gib, r.approved_disks_gib, r.access, r.opened, r.external_name,
                r.address, r.observed, r.observed_at, r.erased_at, r.adopts,
                r.operating_system, r.architecture, r.system_disk_kind, r.dedicated_hosts
             FROM resource r JOIN application a ON a.id = r.case_id JOIN org o ON o.id = r.agency_id
                JOIN engine e ON e.id = r.engine_id ",
            $($rest)*
        )
    };
}

/// One server.
pub async fn one(db: impl PgExecutor<'_>, id: Uuid) -> Result<ResourceRow, StoreError> {
    Ok(sqlx::query_as(select!("WHERE r.id = $1")).bind(id).fetch_one(db).await?)
}

/// Several servers.
pub async fn some(pool: &PgPool, ids: &[Uuid]) -> Result<Vec<ResourceRow>, StoreError> {
    Ok(sqlx::query_as(select!("WHERE r.id = ANY($1)")).bind(ids).fetch_all(pool).await?)
}

/// Servers of a case, in the order of its form.
pub async fn of_case(db: impl PgExecutor<'_>, case_id: Uuid) -> Result<Vec<ResourceRow>, StoreError> {
    let sql = select!("WHERE r.case_id = $1 ORDER BY r.line, r.ordinal, r.id");
    Ok(sqlx::query_as(sql).bind(case_id).fetch_all(db).await?)
}

/// Servers of a case inside a change, locked.
pub async fn lock_of_case(tx: &mut Tx, case_id: Uuid) -> Result<Vec<ResourceRow>, StoreError> {
    let sql = select!("WHERE r.case_id = $1 ORDER BY r.line, r.ordinal, r.id FOR UPDATE OF r");
    Ok(sqlx::query_as(sql).bind(case_id).fetch_all(&mut **tx).await?)
}

/// Data disks of several servers, in the order of the form.
pub async fn disks_of(db: impl PgExecutor<'_>, resources: &[Uuid]) -> Result<Vec<DiskRow>, StoreError> {
    Ok(sqlx::query_as(DISKS).bind(resources).fetch_all(db).await?)
}

const DISKS: &str = "SELECT id, resource_id, position, size_gib, kind, opened, ended FROM resource_disk
     WHERE resource_id = ANY($1) ORDER BY resource_id, position, id";

/// Filters of the list.
#[derive(Clone, Debug, Default)]
pub struct ResourceFilter {
    /// Part of a name, an address, a case's number, a system's or an agency's name.
    pub text: Option<String>,
    pub agency_id: Option<Uuid>,
    pub engine_id: Option<Uuid>,
    pub phase: Option<String>,
    /// Id of the last row of the page before; ids grow with time.
    pub after: Option<Uuid>,
    pub limit: i64,
}

/// One page of what may be seen, newest first.
pub async fn page(pool: &PgPool, seen: &Visible, filter: &ResourceFilter) -> Result<Vec<ResourceRow>, StoreError> {
    let sql = select!(
        "WHERE ",
        visible_to_experts!("r"),
        " AND ($7::text IS NULL OR strpos(r.name, $7) > 0 OR strpos(coalesce(r.address, ''), $7) > 0
                OR strpos(a.number, $7) > 0 OR strpos(a.system_name, $7) > 0 OR strpos(o.name, $7) > 0)
           AND ($8::uuid IS NULL OR r.agency_id = $8) AND ($9::uuid IS NULL OR r.engine_id = $9)
           AND ($10::text IS NULL OR r.phase = $10) AND ($11::uuid IS NULL OR r.id < $11)
         ORDER BY r.id DESC LIMIT $12"
    );
    Ok(sqlx::query_as(sql)
        .to_visible_to_experts(seen)
        .bind(&filter.text)
        .bind(filter.agency_id)
        .bind(filter.engine_id)
        .bind(&filter.phase)
        .bind(filter.after)
        .bind(filter.limit)
        .fetch_all(pool)
        .await?)
}

/// How many the filter matches, counted no further than `most`.
pub async fn count(pool: &PgPool, seen: &Visible, filter: &ResourceFilter, most: i64) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar(concat!(
        "SELECT count(*) FROM (SELECT 1
         FROM resource r JOIN application a ON a.id = r.case_id JOIN org o ON o.id = r.agency_id
         WHERE ",
        visible_to_experts!("r"),
        " AND ($7::text IS NULL OR strpos(r.name, $7) > 0 OR strpos(coalesce(r.address, ''), $7) > 0
                OR strpos(a.number, $7) > 0 OR strpos(a.system_name, $7) > 0 OR strpos(o.name, $7) > 0)
           AND ($8::uuid IS NULL OR r.agency_id = $8) AND ($9::uuid IS NULL OR r.engine_id = $9)
           AND ($10::text IS NULL OR r.phase = $10) LIMIT $11) counted"
    ))
    .to_visible_to_experts(seen)
    .bind(&filter.text)
    .bind(filter.agency_id)
    .bind(filter.engine_id)
    .bind(&filter.phase)
    .bind(most)
    .fetch_one(pool)
    .await?)
}

/// Servers of an engine whose observation is oldest, older than `before`, and on which nobody works.
pub async fn stalest(
    pool: &PgPool,
    engine: Uuid,
    before: Timestamp,
    most: i64,
) -> Result<Vec<ResourceRow>, StoreError> {
    let sql = select!(
        "WHERE r.engine_id = $1 AND r.erased_at IS NULL AND (r.observed_at IS NULL OR r.observed_at < $2)
           AND NOT EXISTS (SELECT 1 FROM operation p WHERE p.case_id = r.case_id AND p.state IN ('queued', 'running', 'retrying', 'waiting'))
         ORDER BY r.observed_at NULLS FIRST LIMIT $3"
    );
    Ok(sqlx::query_as(sql).bind(engine).bind(before).bind(most).fetch_all(pool).await?)
}

/// What stands on an engine.
pub struct Standing {
    /// Servers that are not erased.
    pub servers: Vec<Uuid>,
    /// Their data disks, each with its server.
    pub disks: Vec<(Uuid, Uuid)>,
    /// Copies of their disks that are neither deleted nor noted as lost.
    pub copies: Vec<Uuid>,
    /// Their networks, as `agency/segment`.
    pub networks: Vec<String>,
}

/// What stands on an engine, in three statements.
pub async fn standing(pool: &PgPool, engine: Uuid) -> Result<Standing, StoreError> {
    let rows: Vec<(Uuid, String)> = sqlx::query_as(
        "SELECT id, agency_id || '/' || segment FROM resource WHERE engine_id = $1 AND erased_at IS NULL",
    )
    .bind(engine)
    .fetch_all(pool)
    .await?;
    let (servers, networks): (Vec<Uuid>, Vec<String>) = rows.into_iter().unzip();
    let disks = sqlx::query_as("SELECT id, resource_id FROM resource_disk WHERE resource_id = ANY($1)")
        .bind(&servers)
        .fetch_all(pool)
        .await?;
    let copies = sqlx::query_scalar(
        "SELECT id FROM disk_copy WHERE resource_id = ANY($1) AND state_code NOT IN ('dropped', 'lost')",
    )
    .bind(&servers)
    .fetch_all(pool)
    .await?;
    Ok(Standing { servers, disks, copies, networks })
}

/// A server that an order desires.
pub struct NewResource<'a> {
    pub id: Uuid,
    pub case_id: Uuid,
    pub agency_id: Uuid,
    pub engine_id: Uuid,
    pub line: i32,
    pub ordinal: i32,
    pub name: &'a str,
    pub agency_code: &'a str,
    pub segment: &'a str,
    pub phase: &'a str,
    pub vcpu: i32,
    pub memory_mib: i32,
    pub operating_system: Option<&'a str>,
    pub architecture: Option<&'a str>,
    pub system_disk_gib: i32,
    /// 磁盘类型.
    pub system_disk_kind: Option<&'a str>,
    /// 专享宿主机(台).
    pub dedicated_hosts: Option<i32>,
    pub disks_gib: &'a [i32],
    /// 网络开放 as granted.
    pub access: &'a Value,
    pub adopts: Option<&'a str>,
    pub created_at: Timestamp,
}

/// Inserts a server whose recorded figures are the approved ones.
pub async fn insert(tx: &mut Tx, new: &NewResource<'_>) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO resource (id, case_id, agency_id, engine_id, line, ordinal, name, agency_code, segment, phase, vcpu,
             memory_mib, system_disk_gib, approved_vcpu, approved_memory_mib, approved_system_disk_gib, approved_disks_gib, access,
             created_at, adopts, operating_system, architecture, system_disk_kind, dedicated_hosts)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)",
    )
    .bind(new.id)
    .bind(new.case_id)
    .bind(new.agency_id)
    .bind(new.engine_id)
    .bind(new.line)
    .bind(new.ordinal)
    .bind(new.name)
    .bind(new.agency_code)
    .bind(new.segment)
    .bind(new.phase)
    .bind(new.vcpu)
    .bind(new.memory_mib)
    .bind(new.system_disk_gib)
    .bind(new.disks_gib)
    .bind(new.access)
    .bind(new.created_at)
    .bind(new.adopts)
    .bind(new.operating_system)
    .bind(new.architecture)
    .bind(new.system_disk_kind)
    .bind(new.dedicated_hosts)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// A data disk of a server, at its place in the form.
pub struct NewDisk<'a> {
    pub position: i32,
    pub size_gib: i32,
    /// 磁盘类型.
    pub kind: Option<&'a str>,
}

/// Inserts a data disk.
pub async fn insert_disk(tx: &mut Tx, id: Uuid, resource: Uuid, new: &NewDisk<'_>) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO resource_disk (id, resource_id, position, size_gib, kind) VALUES ($1, $2, $3, $4, $5)")
        .bind(id)
        .bind(resource)
        .bind(new.position)
        .bind(new.size_gib)
        .bind(new.kind)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// New figures of a server, approved and recorded alike, as an approved change gives them.
pub async fn reshape(
    tx: &mut Tx,
    id: Uuid,
    (vcpu, memory_mib, system_disk_gib): (i32, i32, i32),
    (disks_gib, access, dedicated_hosts): (&[i32], &Value, Option<i32>),
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE resource SET vcpu = $2, memory_mib = $3, system_disk_gib = $4, approved_vcpu = $2, approved_memory_mib = $3,
             approved_system_disk_gib = $4, approved_disks_gib = $5, access = $6, dedicated_hosts = $7 WHERE id = $1",
    )
    .bind(id)
    .bind(vcpu)
    .bind(memory_mib)
    .bind(system_disk_gib)
    .bind(disks_gib)
    .bind(access)
    .bind(dedicated_hosts)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// A new size of a data disk.
pub async fn resize_disk(tx: &mut Tx, id: Uuid, size_gib: i32) -> Result<(), StoreError> {
    sqlx::query("UPDATE resource_disk SET size_gib = $2 WHERE id = $1")
        .bind(id)
        .bind(size_gib)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Gives a data disk up under an order.
pub async fn end_disk(tx: &mut Tx, id: Uuid, ending: &Value) -> Result<(), StoreError> {
    sqlx::query("UPDATE resource_disk SET ended = $2 WHERE id = $1 AND ended IS NULL")
        .bind(id)
        .bind(ending)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Another phase for the given servers; `ending` goes with `erased` and with nothing else.
pub async fn set_phase(tx: &mut Tx, ids: &[Uuid], phase: &str, ending: Option<&Value>) -> Result<(), StoreError> {
    sqlx::query("UPDATE resource SET phase = $2, ending = $3 WHERE id = ANY($1)")
        .bind(ids)
        .bind(phase)
        .bind(ending)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Lets servers rest, since when and for which reason, or lets them run again.
pub async fn set_rest(
    tx: &mut Tx,
    ids: &[Uuid],
    rest: Option<(&str, &str)>,
    at: Option<Timestamp>,
) -> Result<(), StoreError> {
    let (rest, reason) = rest.unzip();
    sqlx::query("UPDATE resource SET rest = $2, rest_reason = $3, rested_at = $4 WHERE id = ANY($1)")
        .bind(ids)
        .bind(rest)
        .bind(reason)
        .bind(at)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Marks servers and their kept disks as handed over.
pub async fn mark_opened(tx: &mut Tx, ids: &[Uuid]) -> Result<(), StoreError> {
    sqlx::query("UPDATE resource SET opened = true WHERE id = ANY($1) AND NOT opened")
        .bind(ids)
        .execute(&mut **tx)
        .await?;
    sqlx::query("UPDATE resource_disk SET opened = true WHERE resource_id = ANY($1) AND ended IS NULL AND NOT opened")
        .bind(ids)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Marks servers of which nothing is left.
pub async fn mark_erased(tx: &mut Tx, ids: &[Uuid], at: Timestamp) -> Result<(), StoreError> {
    sqlx::query("UPDATE resource SET erased_at = $2 WHERE id = ANY($1) AND erased_at IS NULL")
        .bind(ids)
        .bind(at)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// What a look at the cloud showed of one server.
pub struct Look {
    pub id: Uuid,
    pub observed: Value,
    pub external_name: Option<String>,
    pub address: Option<String>,
}

/// Keeps looks unless a later one is kept already, in one statement. No decision of anybody: outside any change.
pub async fn keep_looks(pool: &PgPool, looks: &[Look], at: Timestamp) -> Result<(), StoreError> {
    let observed: Vec<&Value> = looks.iter().map(|look| &look.observed).collect();
    sqlx::query(
        "UPDATE resource r SET observed = n.observed, external_name = coalesce(n.external_name, r.external_name),
             address = coalesce(n.address, r.address), observed_at = $5
         FROM unnest($1::uuid[], $2::jsonb[], $3::text[], $4::text[]) AS n (id, observed, external_name, address)
         WHERE r.id = n.id AND (r.observed_at IS NULL OR r.observed_at <= $5)",
    )
    .bind(looks.iter().map(|look| look.id).collect::<Vec<_>>())
    .bind(observed)
    .bind(looks.iter().map(|look| look.external_name.as_deref()).collect::<Vec<_>>())
    .bind(looks.iter().map(|look| look.address.as_deref()).collect::<Vec<_>>())
    .bind(at)
    .execute(pool)
    .await?;
    Ok(())
}

/// Evidence of one erased disk, or of one copy of it.
pub struct NewErasure<'a> {
    pub disk_id: Uuid,
    pub copy_id: Option<Uuid>,
    pub resource_id: Uuid,
    pub case_id: Uuid,
    pub operation_id: Uuid,
    pub evidence: &'a Value,
    pub at: Timestamp,
}

/// Keeps the evidence; what is kept already stays as it is, and false says so.
pub async fn insert_erasure(tx: &mut Tx, new: &NewErasure<'_>) -> Result<bool, StoreError> {
    let kept = sqlx::query(
        "INSERT INTO erasure (disk_id, copy_id, resource_id, case_id, operation_id, evidence, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (disk_id, copy_id) DO NOTHING",
    )
    .bind(new.disk_id)
    .bind(new.copy_id)
    .bind(new.resource_id)
    .bind(new.case_id)
    .bind(new.operation_id)
    .bind(new.evidence)
    .bind(new.at)
    .execute(&mut **tx)
    .await?;
    Ok(kept.rows_affected() == 1)
}

/// Evidence of a case, in order: server, name of the server, evidence.
pub async fn erasures_of_case(tx: &mut Tx, case_id: Uuid) -> Result<Vec<(Uuid, String, Value)>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT e.resource_id, r.name, e.evidence FROM erasure e JOIN resource r ON r.id = e.resource_id
         WHERE e.case_id = $1 ORDER BY r.line, r.ordinal, e.recorded_at, e.disk_id",
    )
    .bind(case_id)
    .fetch_all(&mut **tx)
    .await?)
}

/// Evidence of one server.
pub async fn erasures_of(pool: &PgPool, resource: Uuid) -> Result<Vec<Value>, StoreError> {
    Ok(sqlx::query_scalar("SELECT evidence FROM erasure WHERE resource_id = $1 ORDER BY recorded_at, disk_id")
        .bind(resource)
        .fetch_all(pool)
        .await?)
}

/// What runs in the city: servers, vCPU, MiB of memory, GiB of disks.
pub async fn capacity(pool: &PgPool) -> Result<(i64, i64, i64, i64), StoreError> {
    Ok(sqlx::query_as(
        "SELECT count(*), coalesce(sum(vcpu), 0)::bigint, coalesce(sum(memory_mib), 0)::bigint,
                coalesce(sum(system_disk_gib + coalesce((SELECT sum(d.size_gib) FROM resource_disk d
                    WHERE d.resource_id = r.id AND d.ended IS NULL), 0)), 0)::bigint
         FROM resource r WHERE opened AND phase <> 'erased'",
    )
    .fetch_one(pool)
    .await?)
}
