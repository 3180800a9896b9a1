//! 快照与备份: the agency orders, restores and deletes copies of its disks, the supplier tests that backups restore
//! (A4, A28, A31).
//!
//! A command changes the copy's state and queues an operation of its server; what the operation leaves in the cloud
//! comes back as commands by rule ([`settle`]). As many as were approved: the open lines of 云硬盘快照 and 云备份 bound
//! them ([`capacity`]).

use domain::disk_copy::{self, Command, CommandKind, Facts, Place, State};
use domain::fulfilment::Ability;
use domain::ids::{DiskCopyId, OperationId, ResourceId, RestoreId};
use domain::provisioning::{CopyKind, Desired, DiskId, Observed, OperationKind, OperationRefusal, OperationState};
use domain::service_instance;
use jiff_sqlx::ToSqlx;
use serde_json::json;
use store::disk_copy::{CopyRow, NewCopy, NewProof};
use store::lifecycle::{Locked, Table};
use store::resource::{DiskRow, ResourceRow};
use uuid::Uuid;

use crate::actor::{Actor, Meta};
use crate::authz::Action;
use crate::case::{Answer, Case, action_of};
use crate::mechanism::Unit;
use crate::provisioning::is_in_use;
use crate::{App, AppError, provisioning};

pub mod schedule;
pub mod view;

/// 制作 as asked for.
#[derive(Clone, Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DiskCopyOrder)]
pub struct Order {
    /// Which disk: the server's own id for its system disk.
    pub disk_id: DiskId,
    pub kind: CopyKind,
}

/// 制作快照、备份.
pub async fn order(
    app: &App,
    actor: &Actor,
    meta: &Meta,
    resource: ResourceId,
    order: &Order,
) -> Result<Answer, AppError> {
    let mut unit = app.begin(actor, meta).await?;
    let case_id = store::resource::one(&mut *unit.tx, resource.0).await?.case_id;
    let case = unit.case_for(case_id, Action::DiskCopyOrder).await?;
    let row = hold(&mut unit, case_id, resource.0).await?;
    let disk = disks_of(&mut unit, &row).await?.into_iter().find(|disk| disk.id == order.disk_id);
    let disk = disk.ok_or_else(|| AppError::refused(&disk_copy::Refusal::NoDisk))?;
    let wish = Wish { kind: order.kind, scheduled: false };
    let answer = order_copy(&mut unit, (&case, &row), &disk, wish).await?;
    provisioning::copy(&mut unit, &row).await?;
    unit.commit(answer).await
}

/// Which kind of copy, and whether a schedule orders it.
#[derive(Clone, Copy)]
struct Wish {
    kind: CopyKind,
    scheduled: bool,
}

/// One copy of a disk of a held server, ordered within what was approved; the operation is the caller's to queue.
async fn order_copy(
    unit: &mut Unit<'_>,
    (case, row): (&Case, &ResourceRow),
    disk: &Disk,
    Wish { kind, scheduled }: Wish,
) -> Result<Answer, AppError> {
    let app = unit.app();
    let place = Place {
        kind,
        size_gib: disk.size_gib,
        open: disk.open && is_in_use(row),
        able: app.capabilities(&mut *unit.tx, row.engine_id).await?.copies(kind),
        capacity: capacity(app, &mut unit.tx, row.case_id, kind).await?,
    };
    let state = disk_copy::order(&place).map_err(|refusal| AppError::refused(&refusal))?;
    let (id, number, ordered_by) = (Uuid::now_v7(), unit.next_number("BF").await?, unit.actor().name.clone());
    let new = NewCopy {
        id,
        case_id: row.case_id,
        resource_id: row.id,
        disk_id: disk.id.0,
        kind: kind.code(),
        number: &number,
        state: &serde_json::to_value(&state).map_err(AppError::fault)?,
        ordered_by: &ordered_by,
        scheduled,
        created_at: unit.now().to_sqlx(),
    };
    store::disk_copy::insert(&mut unit.tx, &new).await?;
    let summary = format!("制作{} {number}:云主机 {} {} {} GB", kind.zh(), row.name, disk.zh, disk.size_gib);
    let step = (Action::DiskCopyOrder.code(), domain::clause::A4);
    unit.audit_step(case, step, ("disk_copy", id), summary, (json!(null), json!(state.term().code))).await?;
    Ok(Answer { id, version: 1, state: state.term() })
}

/// Carries out one command of a copy's lifecycle.
pub async fn execute(
    app: &App,
    actor: &Actor,
    meta: &Meta,
    id: DiskCopyId,
    version: i32,
    command: Command,
) -> Result<Answer, AppError> {
    let mut unit = app.begin(actor, meta).await?;
    let answer = carry_out(&mut unit, id, Some(version), command).await?;
    unit.commit(answer).await
}

/// A command somebody asks for, and the operation it needs.
async fn carry_out(
    unit: &mut Unit<'_>,
    id: DiskCopyId,
    version: Option<i32>,
    command: Command,
) -> Result<Answer, AppError> {
    let (answer, server) = advance(unit, id, version, command).await?;
    if let Some(row) = server {
        provisioning::copy(unit, &row).await?;
    }
    Ok(answer)
}

/// The command alone, and the server whose operation is to be queued for it.
async fn advance(
    unit: &mut Unit<'_>,
    id: DiskCopyId,
    version: Option<i32>,
    command: Command,
) -> Result<(Answer, Option<ResourceRow>), AppError> {
    let kind = command.kind();
    store::disk_copy::hold_case_of(&mut unit.tx, id.0).await?;
    let (locked, case): (Locked<State>, Case) =
        unit.lock_case(Table::DiskCopy, id.0, version, action_of("disk_copy", kind.code())?).await?;
    let copy = store::disk_copy::one_in(&mut unit.tx, id.0).await?;
    let row = hold(unit, copy.case_id, copy.resource_id).await?;
    let queues = kind != CommandKind::WriteOff || matches!(locked.state, State::Dropping { .. });
    let answer = step(unit, &case, (&copy, &row), locked.state, command).await?;
    Ok((answer, queues.then_some(row)))
}

/// The case held and the server locked, with nobody at work on the case. Work on copies that has failed may be
/// replaced by other work on them; any other is its own order's to bring to an end.
async fn hold(unit: &mut Unit<'_>, case_id: Uuid, resource: Uuid) -> Result<ResourceRow, AppError> {
    store::case::hold(&mut unit.tx, case_id).await?;
    let rows = store::resource::lock_of_case(&mut unit.tx, case_id).await?;
    if let Some((kind, state)) = store::operation::open_one(&mut unit.tx, case_id).await?
        && !(kind == OperationKind::Copy.code() && state == OperationState::Failed.code())
    {
        return Err(AppError::refused(&OperationRefusal::AnotherOpen));
    }
    rows.into_iter().find(|row| row.id == resource).ok_or(AppError::NotFound)
}

/// The disk as it may be copied.
struct Disk {
    id: DiskId,
    /// 系统盘, 数据盘 1 …
    zh: String,
    size_gib: u32,
    open: bool,
}

/// The system disk first. Disks that a change has given up are no more to be copied.
fn disks(row: &ResourceRow, data: &[DiskRow]) -> Result<Vec<Disk>, AppError> {
    let system = Disk {
        id: DiskId(row.id),
        zh: "系统盘".to_owned(),
        size_gib: provisioning::figure(row.system_disk_gib)?,
        open: row.opened,
    };
    let kept = data.iter().filter(|disk| disk.resource_id == row.id && disk.ended.is_none());
    let data = (1..).zip(kept).map(|(n, disk)| {
        let size_gib = provisioning::figure(disk.size_gib)?;
        Ok(Disk { id: DiskId(disk.id), zh: format!("数据盘 {n}"), size_gib, open: disk.opened })
    });
    std::iter::once(Ok(system)).chain(data).collect()
}

async fn disks_of(unit: &mut Unit<'_>, row: &ResourceRow) -> Result<Vec<Disk>, AppError> {
    disks(row, &store::resource::disks_of(&mut *unit.tx, &[row.id]).await?)
}

fn state_of(row: &CopyRow) -> Result<State, AppError> {
    serde_json::from_value(row.state.clone()).map_err(AppError::fault)
}

fn kind_of(row: &CopyRow) -> Result<CopyKind, AppError> {
    row.kind.parse().map_err(AppError::fault)
}

fn facts<'r>(copy: &CopyRow, row: &'r ResourceRow, today: domain::calendar::Date) -> Result<Facts<'r>, AppError> {
    let observed: Option<Observed> =
        row.observed.clone().map(serde_json::from_value).transpose().map_err(AppError::fault)?;
    Ok(Facts {
        kind: kind_of(copy)?,
        server: &row.name,
        open: is_in_use(row),
        seen: observed.is_some_and(|seen| seen.copies.copy(DiskCopyId(copy.id)).is_some()),
        restore: RestoreId(Uuid::now_v7()),
        today,
    })
}

/// One step of one locked copy: rule, state, entry.
async fn step(
    unit: &mut Unit<'_>,
    case: &Case,
    (copy, row): (&CopyRow, &ResourceRow),
    from: State,
    command: Command,
) -> Result<Answer, AppError> {
    let (kind, before) = (command.kind(), from.term());
    let told = match &command {
        Command::WriteOff { reason } => format!(":{}", reason.as_str()),
        Command::Proven { passed } => if *passed { ",通过" } else { ",未通过" }.to_owned(),
        _ => String::new(),
    };
    let facts = facts(copy, row, unit.today())?;
    let state = disk_copy::transition(from, command, &facts).map_err(|refusal| AppError::refused(&refusal))?;
    let place = (case, copy.id, copy.version);
    let answer = unit.settle(Table::DiskCopy, place, &state, &state.term(), &state.duties()).await?;
    let summary = format!("{}:{} {}(云主机 {}){told}", kind.zh(), facts.kind.zh(), copy.number, row.name);
    let codes = (json!(before.code), json!(answer.state.code));
    let action = action_of("disk_copy", kind.code())?;
    unit.audit_step(case, (action.code(), kind.clause()), ("disk_copy", copy.id), summary, codes).await?;
    Ok(answer)
}

/// An operation has ended: what the cloud shows now settles the copies of its servers, each as its own step.
pub(crate) async fn settle(
    unit: &mut Unit<'_>,
    (operation, case_id): (OperationId, Uuid),
    seen: &[(Desired, Observed)],
) -> Result<(), AppError> {
    let copies = store::disk_copy::lock_of_case(&mut unit.tx, case_id).await?;
    if copies.is_empty() {
        return Ok(());
    }
    let case = unit.case_for(case_id, Action::DiskCopyTaken).await?;
    let rows = store::resource::lock_of_case(&mut unit.tx, case_id).await?;
    for copy in &copies {
        let at = |(desired, _): &&(Desired, Observed)| desired.resource.0 == copy.resource_id;
        let (Some((desired, observed)), Some(row)) =
            (seen.iter().find(at), rows.iter().find(|row| row.id == copy.resource_id))
        else {
            continue;
        };
        let state = state_of(copy)?;
        let Some(command) = disk_copy::settled(DiskCopyId(copy.id), &state, desired, observed) else { continue };
        if let State::Proving { restore, .. } = &state {
            keep_proof(unit, copy, (operation, *restore), observed).await?;
        }
        step(unit, &case, (copy, row), state, command).await?;
    }
    Ok(())
}

async fn keep_proof(
    unit: &mut Unit<'_>,
    copy: &CopyRow,
    (operation, restore): (OperationId, RestoreId),
    observed: &Observed,
) -> Result<(), AppError> {
    let Some(proof) = observed.copies.proof(restore) else { return Ok(()) };
    let new = NewProof {
        restore_id: restore.0,
        copy_id: copy.id,
        disk_id: copy.disk_id,
        operation_id: operation.0,
        evidence: &json!(proof),
        at: unit.now().to_sqlx(),
    };
    Ok(store::disk_copy::insert_proof(&mut unit.tx, &new).await?)
}

/// 容量 of a kind in a case: approved by its open lines, used by its copies.
async fn capacity(
    app: &App,
    tx: &mut store::Tx,
    case_id: Uuid,
    kind: CopyKind,
) -> Result<disk_copy::Capacity, AppError> {
    let mut lines = Vec::new();
    for row in store::service_instance::of_case(&mut **tx, case_id).await? {
        let state: service_instance::State = serde_json::from_value(row.state).map_err(AppError::fault)?;
        lines.extend(app.regulation.fulfilment_of(&row.sku).map(|fulfilment| (fulfilment, state)));
    }
    let approved_gib = disk_copy::approved_gib(kind, lines.iter().map(|(row, state)| (*row, state)));
    let mut used_gib = 0;
    for copy in store::disk_copy::of_case(&mut **tx, case_id).await? {
        if kind_of(&copy)? == kind {
            used_gib += u64::from(state_of(&copy)?.holds_gib());
        }
    }
    Ok(disk_copy::Capacity { approved_gib, used_gib })
}

/// Capacities in which more is kept than will stay approved: their lines are not given back yet.
pub(crate) async fn crowded(unit: &mut Unit<'_>, case_id: Uuid) -> Result<Vec<Ability>, AppError> {
    let mut crowded = Vec::new();
    for kind in CopyKind::ALL {
        let capacity = capacity(unit.app(), &mut unit.tx, case_id, *kind).await?;
        if capacity.used_gib > capacity.approved_gib {
            crowded.push(disk_copy::ability(*kind));
        }
    }
    Ok(crowded)
}

/// The timer: the newest backup of each disk is tested when its time has come (ours, A31). Idempotent: what is being
/// tested is not due.
pub async fn run_timer(app: &App) -> Result<Vec<String>, AppError> {
    let (actor, meta) = (Actor::system("定时任务"), Meta::default());
    let hours = i64::from(app.regulation.limits.restore_test_days.value.0) * 24;
    let before = app.clock.now() - jiff::SignedDuration::from_hours(hours);
    let mut done = Vec::new();
    for id in store::disk_copy::untested(&app.store.pool, before.to_sqlx()).await? {
        let mut unit = app.begin(&actor, &meta).await?;
        let answer = carry_out(&mut unit.by_rule(), DiskCopyId(id), None, Command::Prove).await;
        match answer {
            Ok(answer) => {
                unit.commit(answer).await?;
                done.push("备份恢复演练".to_owned());
            }
            // Another disk of the case came first, or somebody is at work on it: another turn.
            Err(AppError::Refused(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}
