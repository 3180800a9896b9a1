//! 备份计划: the agency sets how often all disks of a server are backed up and how many of each stay; the timer orders and
//! removes (A31). What cannot be ordered is said where the schedule stands and tried again.

use domain::disk_copy::schedule::Schedule;
use domain::disk_copy::{self, Command};
use domain::ids::{DiskCopyId, ResourceId};
use domain::provisioning::{CopyKind, OperationRefusal};
use domain::refusal::Refuse;
use jiff::SignedDuration;
use jiff_sqlx::ToSqlx;
use serde_json::json;
use store::backup_schedule::ScheduleRow;
use store::resource::ResourceRow;
use uuid::Uuid;

use super::{Disk, Wish, capacity, disks_of, hold, order_copy};
use crate::actor::{Actor, Meta};
use crate::authz::Action;
use crate::case::Case;
use crate::error::Reason;
use crate::mechanism::Unit;
use crate::provisioning::is_in_use;
use crate::{App, AppError, provisioning};

/// Before backups that could not be ordered are tried again (ours).
const PUT_OFF: SignedDuration = SignedDuration::from_hours(1);
const TIMER: &str = "备份计划";

/// 备份计划 as it stands.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
#[schema(as = BackupScheduleView)]
pub struct ScheduleView {
    #[serde(flatten)]
    pub schedule: Schedule,
    #[schema(value_type = String, format = "date-time")]
    pub due_at: jiff::Timestamp,
    /// Why the backups that were due last could not be ordered.
    pub trouble_zh: Option<String>,
    pub set_by: String,
    #[schema(value_type = String, format = "date-time")]
    pub set_at: jiff::Timestamp,
    pub version: i32,
}

pub(super) fn view(row: &ScheduleRow) -> Result<ScheduleView, AppError> {
    Ok(ScheduleView {
        schedule: schedule_of(row)?,
        due_at: row.due_at.to_jiff(),
        trouble_zh: row.trouble.clone(),
        set_by: row.set_by.clone(),
        set_at: row.set_at.to_jiff(),
        version: row.version,
    })
}

fn schedule_of(row: &ScheduleRow) -> Result<Schedule, AppError> {
    let figure = |value: i16| u8::try_from(value).map_err(AppError::fault);
    Ok(Schedule { every_days: figure(row.every_days)?, hour: figure(row.hour)?, keep: figure(row.keep)? })
}

/// The server with its case held, and the schedule it has; refused where that is not of `version` (0: none).
async fn lock(
    unit: &mut Unit<'_>,
    resource: ResourceId,
    version: i32,
) -> Result<(Case, ResourceRow, Option<ScheduleRow>), AppError> {
    let case_id = store::resource::one(&mut *unit.tx, resource.0).await?.case_id;
    let case = unit.case_for(case_id, Action::BackupScheduleSet).await?;
    store::case::hold(&mut unit.tx, case_id).await?;
    let row = store::resource::one(&mut *unit.tx, resource.0).await?;
    let present = store::backup_schedule::of_resource(&mut *unit.tx, resource.0).await?;
    let current = present.as_ref().map_or(0, |row| row.version);
    if current == version { Ok((case, row, present)) } else { Err(AppError::Stale { current }) }
}

/// May this schedule be set on this server?
pub(super) fn settable(
    schedule: Schedule,
    (row, disks): (&ResourceRow, &[Disk]),
    able: bool,
    approved_gib: u64,
) -> Result<(), Reason> {
    use disk_copy::Refusal;
    let kind = CopyKind::Backup.zh();
    let refused = match (is_in_use(row), able, approved_gib) {
        (false, ..) => Some(Refusal::NotOpen),
        (_, false, _) => Some(Refusal::CannotCopy { kind }),
        (.., 0) => Some(Refusal::NothingApproved { kind }),
        _ => None,
    };
    if let Some(refusal) = refused {
        return Err(Reason::of(&refusal));
    }
    let gib = disks.iter().filter(|disk| disk.open).map(|disk| u64::from(disk.size_gib)).sum();
    schedule.check(gib, approved_gib).map_err(|refusal| Reason::of(&refusal))
}

/// 设置备份计划.
pub async fn set(
    app: &App,
    actor: &Actor,
    meta: &Meta,
    resource: ResourceId,
    (version, schedule): (i32, Schedule),
) -> Result<ScheduleView, AppError> {
    let mut unit = app.begin(actor, meta).await?;
    let (case, row, present) = lock(&mut unit, resource, version).await?;
    let able = app.capabilities(&mut *unit.tx, row.engine_id).await?;
    let disks = disks_of(&mut unit, &row).await?;
    let approved = capacity(app, &mut unit.tx, row.case_id, CopyKind::Backup).await?.approved_gib;
    settable(schedule, (&row, &disks), able.backups, approved).map_err(AppError::Refused)?;
    let due = app.clock.instant_of(schedule.first_due(app.clock.civil_of(unit.now())));
    let mut new = ScheduleRow {
        resource_id: row.id,
        every_days: schedule.every_days.into(),
        hour: schedule.hour.into(),
        keep: schedule.keep.into(),
        due_at: due.to_sqlx(),
        trouble: None,
        version,
        set_by: unit.actor().name.clone(),
        set_at: unit.now().to_sqlx(),
    };
    new.version = store::backup_schedule::set(&mut unit.tx, &new).await?;
    let before = present.as_ref().map(schedule_of).transpose()?;
    let summary = format!("设置云主机 {} 的备份计划:{}", row.name, schedule.zh());
    record(&mut unit, &case, &row, summary, (json!(before), json!(schedule))).await?;
    unit.commit(view(&new)?).await
}

/// 停用备份计划. The backups it has ordered stay.
pub async fn remove(app: &App, actor: &Actor, meta: &Meta, resource: ResourceId, version: i32) -> Result<(), AppError> {
    let mut unit = app.begin(actor, meta).await?;
    let (case, row, present) = lock(&mut unit, resource, version).await?;
    let present = present.ok_or(AppError::NotFound)?;
    store::backup_schedule::remove(&mut unit.tx, row.id).await?;
    let before = json!(schedule_of(&present)?);
    record(&mut unit, &case, &row, format!("停用云主机 {} 的备份计划", row.name), (before, json!(null))).await?;
    unit.commit(()).await
}

async fn record(
    unit: &mut Unit<'_>,
    case: &Case,
    row: &ResourceRow,
    summary: String,
    change: (serde_json::Value, serde_json::Value),
) -> Result<(), AppError> {
    let step = (Action::BackupScheduleSet.code(), domain::clause::A31);
    unit.audit_step(case, step, ("resource", row.id), summary, change).await
}

/// The timer: orders what is due and removes what is more than stays. Idempotent: what was ordered is not due, what is
/// being removed is not whole.
pub async fn run_timer(app: &App) -> Result<Vec<String>, AppError> {
    let mut done = Vec::new();
    for (resource, case_id) in store::backup_schedule::due(&app.store.pool, app.clock.now().to_sqlx()).await? {
        if back_up(app, ResourceId(resource), case_id).await? {
            done.push("按计划备份".to_owned());
        }
    }
    let mut surplus = store::backup_schedule::surplus(&app.store.pool).await?.into_iter().peekable();
    while let Some((resource, first)) = surplus.next() {
        let mut copies = vec![first];
        while let Some((_, copy)) = surplus.next_if(|(other, _)| *other == resource) {
            copies.push(copy);
        }
        if thin_out(app, &copies).await? {
            done.push("按计划删除过期备份".to_owned());
        }
    }
    Ok(done)
}

/// Orders a backup of every disk, or of none; why not is noted. False where nothing was ordered.
async fn back_up(app: &App, resource: ResourceId, case_id: Uuid) -> Result<bool, AppError> {
    let (actor, meta) = (Actor::system(TIMER), Meta::default());
    let mut unit = app.begin(&actor, &meta).await?;
    let ordered = order_all(&mut unit.by_rule(), resource, case_id).await;
    match ordered {
        Ok(()) => unit.commit(true).await,
        Err(AppError::Refused(reason)) if reason.code == OperationRefusal::AnotherOpen.code() => Ok(false),
        Err(AppError::Refused(reason)) => {
            drop(unit);
            let again = app.clock.now() + PUT_OFF;
            store::backup_schedule::put_off(&app.store.pool, resource.0, &reason.zh, again.to_sqlx()).await?;
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

async fn order_all(unit: &mut Unit<'_>, resource: ResourceId, case_id: Uuid) -> Result<(), AppError> {
    let case = unit.case_for(case_id, Action::DiskCopyOrder).await?;
    let row = hold(unit, case_id, resource.0).await?;
    let Some(present) = store::backup_schedule::of_resource(&mut *unit.tx, resource.0).await? else { return Ok(()) };
    let schedule = schedule_of(&present)?;
    for disk in disks_of(unit, &row).await?.iter().filter(|disk| disk.open) {
        order_copy(unit, (&case, &row), disk, Wish { kind: CopyKind::Backup, scheduled: true }).await?;
    }
    let due = unit.app().clock.instant_of(schedule.next_due(unit.today()));
    store::backup_schedule::ordered(&mut unit.tx, resource.0, due.to_sqlx()).await?;
    provisioning::copy(unit, &row).await.map(drop)
}

/// Removes backups of one server. False where another came first.
async fn thin_out(app: &App, copies: &[Uuid]) -> Result<bool, AppError> {
    let (actor, meta) = (Actor::system(TIMER), Meta::default());
    let mut unit = app.begin(&actor, &meta).await?;
    let dropped = drop_all(&mut unit.by_rule(), copies).await;
    match dropped {
        Ok(()) => unit.commit(true).await,
        Err(AppError::Refused(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

async fn drop_all(unit: &mut Unit<'_>, copies: &[Uuid]) -> Result<(), AppError> {
    let mut server = None;
    for copy in copies {
        server = super::advance(unit, DiskCopyId(*copy), None, Command::Drop).await?.1.or(server);
    }
    match server {
        Some(row) => provisioning::copy(unit, &row).await.map(drop),
        None => Ok(()),
    }
}
