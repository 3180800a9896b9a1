//! 下单: what the lifecycles of a case want of its engine. Each order writes what is desired and queues an operation;
//! nothing is done to a cloud here.

use domain::application::form::{DiskKind, Form};
use domain::clause;
use domain::ids::{ChangeId, EngineId, OperationId, TerminationId, TrialId};
use domain::provisioning::{Ending, Found, Health, OperationKind, PhaseKind, Platform};
use jiff_sqlx::ToSqlx;
use serde_json::{Value, json};
use store::engine::EngineRow;
use store::resource::{DiskRow, NewDisk, NewResource, ResourceRow};
use uuid::Uuid;

use super::account::settings_of;
use super::dedicated;
use super::desired::{Wanted, WantedDisk, wanted};
use super::engines::capabilities_of;
use crate::case::{Case, refuse};
use crate::error::Reason;
use crate::mechanism::Unit;
use crate::{App, AppError};

/// Kind of the outbox jobs that carry operations out.
pub(super) const JOB_KIND: &str = "provisioning";

/// Opens every server of the case's standing form on `engine`, as trial.
pub async fn open_trial(unit: &mut Unit<'_>, case: &Case, engine: EngineId) -> Result<OperationId, AppError> {
    let row = usable(unit, engine.0).await?;
    let form = case.standing_form()?;
    let servers = wanted(&form)?;
    bootable(&row, &servers)?;
    dedicated::suffice(unit.app(), &form)?;
    dedicated::may_give(unit.app(), &row, &form)?;
    if servers.iter().any(|server| server.adopts.is_some()) {
        may_adopt(unit.app(), &row)?;
    }
    for server in servers {
        insert(unit, case, (engine.0, PhaseKind::Trial), &server).await?;
    }
    queue(unit, case.row.id, OperationKind::OpenTrial, (engine.0, None)).await
}

/// Refuses an engine that is switched off or was found not to work.
async fn usable(unit: &mut Unit<'_>, engine: Uuid) -> Result<EngineRow, AppError> {
    let unknown = || refuse("engine.unknown", "没有该云引擎", "there is no such engine", clause::A10_4);
    let row = store::engine::one(&mut *unit.tx, engine).await.map_err(|_| unknown())?;
    if !row.enabled {
        return Err(refuse("engine.disabled", "该云引擎已停用", "the engine is switched off", clause::A10_4));
    }
    let health: Option<Health> = row.health.clone().map(serde_json::from_value).transpose().map_err(AppError::fault)?;
    match health {
        Some(health) if !health.ok => {
            let why = health.reasons.first();
            let zh = format!("该云引擎不可用:{}", why.map_or("原因不明", |reason| &reason.zh));
            let en = why.map_or("the engine does not work".to_owned(), |reason| reason.en.clone());
            Err(AppError::Refused(Reason::new("engine.unhealthy", zh, en)))
        }
        _ => Ok(row),
    }
}

/// Refuses an engine that has no image of a server's operating system: it would boot another than was approved.
fn bootable(engine: &EngineRow, servers: &[Wanted]) -> Result<(), AppError> {
    let Some(settings) = settings_of(engine)? else { return Ok(()) };
    let made = servers.iter().filter(|server| server.adopts.is_none());
    match made.map(|server| server.platform).find(|platform| settings.image_for(*platform).is_none()) {
        None => Ok(()),
        Some(platform) => {
            let of = platform.map(Platform::zh).unwrap_or_default();
            let zh = format!("云引擎“{}”没有配置“{of}”的镜像,请先在“云引擎”中补充", engine.name);
            Err(refuse("engine.no_image", &zh, "the engine has no image of that operating system", clause::A10_4))
        }
    }
}

/// Refuses an engine that cannot give a running server our ids.
fn may_adopt(app: &App, engine: &EngineRow) -> Result<(), AppError> {
    if capabilities_of(app, engine)?.adopts { Ok(()) } else { Err(crate::drift::cannot_adopt()) }
}

/// 纳管: the id of the server in the cloud, which the resource takes over where the cloud has one. It must stand in the
/// report as nobody's, on this engine, and have been given to this very case. An engineer who opens by hand finds it
/// without us: there the review's word is enough.
async fn adopted_id(unit: &mut Unit<'_>, case: &Case, engine: Uuid, name: &str) -> Result<Option<Uuid>, AppError> {
    if unit.app().capabilities(&mut *unit.tx, engine).await?.by_hand {
        return Ok(None);
    }
    let found = store::drift::assigned(&mut unit.tx, engine, case.row.id, name).await?;
    let found = found.ok_or_else(|| {
        let zh = format!("云主机 {name} 不在所选云引擎的核对结果中,或未指认给本申请;请信息中心核对后办理");
        refuse("drift.not_assigned", &zh, "no such server was found and given to this case", clause::A9_1)
    })?;
    let object: Found = serde_json::from_value(found["object"].clone()).map_err(AppError::fault)?;
    Ok(object.native_id)
}

async fn insert(
    unit: &mut Unit<'_>,
    case: &Case,
    (engine_id, phase): (Uuid, PhaseKind),
    server: &Wanted,
) -> Result<(), AppError> {
    let access = serde_json::to_value(&server.access).map_err(AppError::fault)?;
    let id = match &server.adopts {
        Some(name) => adopted_id(unit, case, engine_id, name).await?,
        None => None,
    };
    let id = id.unwrap_or_else(Uuid::now_v7);
    let agency_code = case.row.agency_credit_code.clone().unwrap_or_default();
    let disks_gib = server.disks_gib();
    let new = NewResource {
        id,
        case_id: case.row.id,
        agency_id: case.row.agency_id,
        engine_id,
        line: server.line,
        ordinal: server.ordinal,
        name: server.name.as_str(),
        agency_code: &agency_code,
        segment: server.segment.as_str(),
        phase: phase.code(),
        vcpu: server.vcpu,
        memory_mib: server.memory_mib,
        operating_system: server.platform.map(|platform| platform.operating_system.code()),
        architecture: server.platform.map(|platform| platform.architecture.code()),
        system_disk_gib: server.system_disk_gib,
        system_disk_kind: server.system_disk_kind.map(DiskKind::code),
        dedicated_hosts: server.dedicated_hosts,
        disks_gib: &disks_gib,
        access: &access,
        adopts: server.adopts.as_deref(),
        created_at: unit.now().to_sqlx(),
    };
    store::resource::insert(&mut unit.tx, &new).await?;
    for (position, disk) in (0..).zip(&server.disks) {
        insert_disk(unit, id, position, disk).await?;
    }
    Ok(())
}

async fn insert_disk(unit: &mut Unit<'_>, server: Uuid, position: i32, disk: &WantedDisk) -> Result<(), AppError> {
    let new = NewDisk { position, size_gib: disk.size_gib, kind: disk.kind.map(DiskKind::code) };
    Ok(store::resource::insert_disk(&mut unit.tx, Uuid::now_v7(), server, &new).await?)
}

/// Turns the trial's resources into production, in place.
pub async fn promote(unit: &mut Unit<'_>, case: &Case) -> Result<(), AppError> {
    move_all(unit, case, PhaseKind::Production, OperationKind::Promote).await.map(drop)
}

/// Stops a trial's servers (D2). What was adopted ran before the trial and is not stopped by its end.
pub async fn stop(unit: &mut Unit<'_>, case: &Case) -> Result<OperationId, AppError> {
    let rows = standing(unit, case).await?;
    let ids: Vec<Uuid> = rows.iter().filter(|row| row.adopts.is_none()).map(|row| row.id).collect();
    store::resource::set_phase(&mut unit.tx, &ids, PhaseKind::Stopped.code(), None).await?;
    let engine = engine_of(unit, case).await?;
    queue(unit, case.row.id, OperationKind::Stop, (engine, None)).await
}

/// 恢复到核定 of one server: nothing is desired that was not desired before.
pub(crate) async fn restore(unit: &mut Unit<'_>, row: &ResourceRow) -> Result<(), AppError> {
    queue(unit, row.case_id, OperationKind::Restore, (row.engine_id, Some(row.id))).await.map(drop)
}

/// 快照与备份 of one server: takes, puts back, tests and deletes what its copies say by now.
pub(crate) async fn copy(unit: &mut Unit<'_>, row: &ResourceRow) -> Result<OperationId, AppError> {
    queue(unit, row.case_id, OperationKind::Copy, (row.engine_id, Some(row.id))).await
}

/// Starts the servers of a trial that was stopped and has been extended; nothing where none is stopped.
pub async fn resume(unit: &mut Unit<'_>, case: &Case) -> Result<(), AppError> {
    let stopped = standing(unit, case).await?.iter().any(|row| row.phase == PhaseKind::Stopped.code());
    if stopped { move_all(unit, case, PhaseKind::Trial, OperationKind::Start).await.map(drop) } else { Ok(()) }
}

async fn move_all(
    unit: &mut Unit<'_>,
    case: &Case,
    phase: PhaseKind,
    kind: OperationKind,
) -> Result<OperationId, AppError> {
    let ids: Vec<Uuid> = standing(unit, case).await?.iter().map(|row| row.id).collect();
    store::resource::set_phase(&mut unit.tx, &ids, phase.code(), None).await?;
    let engine = engine_of(unit, case).await?;
    queue(unit, case.row.id, kind, (engine, None)).await
}

/// Brings the case's servers to the figures of `after`, the form as the approved change leaves it.
pub async fn resize(unit: &mut Unit<'_>, case: &Case, after: &Form) -> Result<OperationId, AppError> {
    let engine = engine_of(unit, case).await?;
    let (change, _) = store::stage::working_requests(&mut unit.tx, case.row.id).await?;
    let change = change.ok_or_else(|| AppError::fault("a resize without a change that is being implemented"))?;
    let ending = json!(Ending::Change { change: ChangeId(change) });
    let mut left = standing(unit, case).await?;
    let ids: Vec<Uuid> = left.iter().map(|row| row.id).collect();
    let disks = store::resource::disks_of(&mut *unit.tx, &ids).await?;
    for server in wanted(after)? {
        match left.iter().position(|row| (row.line, row.ordinal) == (server.line, server.ordinal)) {
            Some(at) => {
                let row = left.swap_remove(at);
                let own: Vec<&DiskRow> =
                    disks.iter().filter(|disk| disk.resource_id == row.id && disk.ended.is_none()).collect();
                reshape(unit, (&row, &own), &server, &ending).await?;
            }
            None => insert(unit, case, (engine, PhaseKind::Production), &server).await?,
        }
    }
    let given_up: Vec<Uuid> = left.iter().map(|row| row.id).collect();
    store::resource::set_phase(&mut unit.tx, &given_up, PhaseKind::Erased.code(), Some(&ending)).await?;
    queue(unit, case.row.id, OperationKind::Resize, (engine, None)).await
}

/// Disks keep their place: the n-th disk of the line stays the n-th. What the line no longer has is given up.
async fn reshape(
    unit: &mut Unit<'_>,
    (row, disks): (&ResourceRow, &[&DiskRow]),
    server: &Wanted,
    ending: &Value,
) -> Result<(), AppError> {
    let figures = (server.vcpu, server.memory_mib, server.system_disk_gib);
    let access = serde_json::to_value(&server.access).map_err(AppError::fault)?;
    store::resource::reshape(&mut unit.tx, row.id, figures, (&server.disks_gib(), &access, server.dedicated_hosts))
        .await?;
    for (disk, wanted) in disks.iter().zip(&server.disks) {
        store::resource::resize_disk(&mut unit.tx, disk.id, wanted.size_gib).await?;
    }
    for disk in disks.iter().skip(server.disks.len()) {
        store::resource::end_disk(&mut unit.tx, disk.id, ending).await?;
    }
    let next = disks.last().map_or(0, |disk| disk.position + 1);
    for (position, disk) in (next..).zip(server.disks.iter().skip(disks.len())) {
        insert_disk(unit, row.id, position, disk).await?;
    }
    Ok(())
}

/// Erases everything of the case and keeps the evidence. The order behind it is the termination that reclaims, or
/// the trial that was left.
pub async fn reclaim(unit: &mut Unit<'_>, case: &Case) -> Result<OperationId, AppError> {
    let (_, termination) = store::stage::working_requests(&mut unit.tx, case.row.id).await?;
    let (trial, _) = store::stage::children_of(&mut unit.tx, case.row.id).await?;
    let ending = match (termination, trial) {
        (Some(id), _) => Ending::Termination { termination: TerminationId(id) },
        (None, Some(id)) => Ending::Trial { trial: TrialId(id) },
        (None, None) => return Err(AppError::fault("nothing is reclaimed without an order that ended")),
    };
    let ids: Vec<Uuid> = standing(unit, case).await?.iter().map(|row| row.id).collect();
    store::resource::set_phase(&mut unit.tx, &ids, PhaseKind::Erased.code(), Some(&json!(ending))).await?;
    let engine = engine_of(unit, case).await?;
    queue(unit, case.row.id, OperationKind::Reclaim, (engine, None)).await
}

/// The case's servers whose order has not ended, locked.
async fn standing(unit: &mut Unit<'_>, case: &Case) -> Result<Vec<ResourceRow>, AppError> {
    let mut rows = store::resource::lock_of_case(&mut unit.tx, case.row.id).await?;
    rows.retain(|row| row.phase != PhaseKind::Erased.code());
    Ok(rows)
}

/// The engine the case was opened on; a case stays on one.
async fn engine_of(unit: &mut Unit<'_>, case: &Case) -> Result<Uuid, AppError> {
    let engine = store::operation::engine_of_case(&mut unit.tx, case.row.id).await?;
    engine.ok_or_else(|| AppError::fault("the case was never opened on an engine"))
}

/// True while an operation of the case is not over.
pub(crate) async fn unfinished(unit: &mut Unit<'_>, case_id: Uuid) -> Result<bool, AppError> {
    Ok(store::operation::any_open(&mut unit.tx, case_id).await?)
}

/// Queues an operation; what was open of the case is superseded by it.
pub(super) async fn queue(
    unit: &mut Unit<'_>,
    case_id: Uuid,
    kind: OperationKind,
    (engine_id, resource_id): (Uuid, Option<Uuid>),
) -> Result<OperationId, AppError> {
    queue_of(unit, case_id, kind, (engine_id, resource_id, None)).await
}

/// The same about several servers and no others.
pub(crate) async fn queue_for(
    unit: &mut Unit<'_>,
    case_id: Uuid,
    kind: OperationKind,
    (engine_id, servers): (Uuid, &[Uuid]),
) -> Result<OperationId, AppError> {
    queue_of(unit, case_id, kind, (engine_id, None, Some(servers))).await
}

async fn queue_of(
    unit: &mut Unit<'_>,
    case_id: Uuid,
    kind: OperationKind,
    (engine_id, resource_id, resources): (Uuid, Option<Uuid>, Option<&[Uuid]>),
) -> Result<OperationId, AppError> {
    let id = Uuid::now_v7();
    let ordered_by = unit.actor().name.clone();
    let new = store::operation::NewOperation {
        id,
        case_id,
        engine_id,
        resource_id,
        resources,
        kind: kind.code(),
        ordered_by: &ordered_by,
        at: unit.now().to_sqlx(),
    };
    store::operation::insert(&mut unit.tx, &new).await?;
    enqueue(unit, id).await?;
    Ok(OperationId(id))
}

/// A job for the operation. Never folded into a waiting one: that one may be about to end.
pub(super) async fn enqueue(unit: &mut Unit<'_>, operation: Uuid) -> Result<(), AppError> {
    unit.enqueue(JOB_KIND, &json!({ "operation": operation }), None).await
}
