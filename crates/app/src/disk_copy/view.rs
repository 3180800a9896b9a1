//! What pages show of the copies of a server: how much is approved and used, the copies, their tests and buttons.

use domain::disk_copy::schedule::Schedule;
use domain::disk_copy::{Capacity, CommandKind, Place, StateKind, offered, orderable};
use domain::ids::ResourceId;
use domain::provisioning::{CopyKind, CopyProof};
use domain::term::Term;
use store::disk_copy::CopyRow;
use store::resource::ResourceRow;
use uuid::Uuid;

use super::schedule::{self, ScheduleView};
use super::{Disk, capacity, disks, facts, kind_of, state_of};
use crate::actor::Actor;
use crate::authz::{self, Action, Target};
use crate::error::Reason;
use crate::provisioning::is_in_use;
use crate::view::ActionView;
use crate::{App, AppError, case};

/// Copies a page shows at most, those deleted among them.
const SHOWN: i64 = 200;

/// 快照与备份 of one server.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct CopiesView {
    pub snapshot: CopyKindView,
    pub backup: CopyKindView,
    pub disks: Vec<CopyDiskView>,
    /// The newest first.
    pub items: Vec<DiskCopyView>,
    /// The actor may order copies here.
    pub may_order: bool,
    /// 备份计划, where one is set and the server is in use.
    pub schedule: Option<ScheduleView>,
    /// The actor may set one here.
    pub may_schedule: bool,
    /// Why none can be set now.
    pub schedule_refusal: Option<Reason>,
    /// 演练间隔, in days.
    pub restore_test_days: u16,
}

/// 容量 of one kind, and why no copy of it can be taken now.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct CopyKindView {
    pub kind: Term,
    #[serde(flatten)]
    pub capacity: Capacity,
    pub refusal: Option<Reason>,
}

/// A disk that may be copied.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct CopyDiskView {
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    pub zh: String,
    pub size_gib: u32,
}

/// 快照或备份.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct DiskCopyView {
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    pub number: String,
    pub version: i32,
    pub kind: Term,
    pub disk_zh: String,
    pub size_gib: u32,
    pub state: Term,
    #[schema(value_type = Option<String>, format = "date-time")]
    pub taken_at: Option<jiff::Timestamp>,
    pub ordered_by: String,
    /// By a schedule, which removes it in its turn.
    pub scheduled: bool,
    #[schema(value_type = String, format = "date-time")]
    pub created_at: jiff::Timestamp,
    /// Its last restore test.
    pub proof: Option<CopyProof>,
    /// 恢复, 演练, 删除, 放弃, 登记丢失, for whom they are meant.
    pub actions: Vec<ActionView>,
}

/// Copies of a server as `actor` may see them.
pub async fn of_resource(app: &App, actor: &Actor, id: ResourceId) -> Result<CopiesView, AppError> {
    let mut snapshot = app.store.snapshot().await?;
    let row = store::resource::one(&mut *snapshot, id.0).await?;
    let target = case::target_of(&store::case::one(&mut *snapshot, row.case_id).await?);
    authz::check_visible(actor, Action::ResourceView, &target)?;
    let able = app.capabilities(&mut *snapshot, row.engine_id).await?;
    let disks = disks(&row, &store::resource::disks_of(&mut *snapshot, &[row.id]).await?)?;
    let rows = store::disk_copy::newest_of(&mut *snapshot, row.id, SHOWN).await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let proofs = store::disk_copy::last_proofs(&mut *snapshot, &ids).await?;
    let item = |copy: &CopyRow| {
        let proof = proofs.iter().find(|(of, _)| *of == copy.id).map(|(_, proof)| proof.clone());
        let proof = proof.map(serde_json::from_value).transpose().map_err(AppError::fault)?;
        view(app, (actor, &target), (copy, &row), &disks, proof)
    };
    let items = rows.iter().map(item).collect::<Result<_, AppError>>()?;
    let mut kinds = Vec::new();
    for kind in [CopyKind::Snapshot, CopyKind::Backup] {
        let capacity = capacity(app, &mut snapshot, row.case_id, kind).await?;
        kinds.push(kind_view(&row, &disks, (kind, able.copies(kind)), capacity));
    }
    let schedule = store::backup_schedule::of_resource(&mut *snapshot, row.id).await?;
    let schedule = schedule.as_ref().filter(|_| is_in_use(&row)).map(schedule::view).transpose()?;
    let approved = kinds.last().map_or(0, |backup| backup.capacity.approved_gib);
    let settable = schedule::settable(Schedule::LEAST, (&row, &disks), able.backups, approved);
    let [snapshot, backup] = kinds.try_into().map_err(|_| AppError::fault("two kinds are two"))?;
    Ok(CopiesView {
        snapshot,
        backup,
        items,
        schedule,
        schedule_refusal: settable.err(),
        may_schedule: is_in_use(&row) && authz::check(actor, Action::BackupScheduleSet, &target).is_ok(),
        may_order: is_in_use(&row) && authz::check(actor, Action::DiskCopyOrder, &target).is_ok(),
        restore_test_days: app.regulation.limits.restore_test_days.value.0,
        disks: disks
            .into_iter()
            .filter(|disk| disk.open)
            .map(|Disk { id, zh, size_gib, .. }| CopyDiskView { id: id.0, zh, size_gib })
            .collect(),
    })
}

/// A copy of the smallest disk is asked for: where that is refused, all are.
fn kind_view(row: &ResourceRow, disks: &[Disk], (kind, able): (CopyKind, bool), capacity: Capacity) -> CopyKindView {
    let place = Place {
        kind,
        size_gib: disks.iter().filter(|disk| disk.open).map(|disk| disk.size_gib).min().unwrap_or(0),
        open: is_in_use(row),
        able,
        capacity,
    };
    CopyKindView { kind: kind.term(), capacity, refusal: orderable(&place).err().map(|refusal| Reason::of(&refusal)) }
}

fn view(
    app: &App,
    (actor, target): (&Actor, &Target),
    (copy, row): (&CopyRow, &ResourceRow),
    disks: &[Disk],
    proof: Option<CopyProof>,
) -> Result<DiskCopyView, AppError> {
    let (state, facts) = (state_of(copy)?, facts(copy, row, app.clock.today())?);
    let over = matches!(state.kind(), StateKind::Dropped | StateKind::Lost);
    let button = |kind: &CommandKind| {
        let refusal = offered(&state, *kind, &facts).err();
        // What the state never leads to is no button; what only the ground forbids is one that says so.
        if over
            || refusal.as_ref().is_some_and(|refusal| domain::refusal::Refuse::code(refusal).ends_with("out_of_order"))
        {
            return None;
        }
        let subject = ("disk_copy", copy.id, copy.version);
        ActionView::of(
            actor,
            subject,
            (kind.term(), kind.clause()),
            target,
            refusal.map(|refusal| Reason::of(&refusal)),
        )
    };
    let known = disks.iter().find(|disk| disk.id.0 == copy.disk_id);
    Ok(DiskCopyView {
        id: copy.id,
        number: copy.number.clone(),
        version: copy.version,
        kind: kind_of(copy)?.term(),
        disk_zh: known.map_or_else(|| "已退还的数据盘".to_owned(), |disk| disk.zh.clone()),
        size_gib: state.taken().map_or(state.holds_gib(), |taken| taken.size_gib),
        state: state.term(),
        taken_at: state.taken().map(|taken| taken.at),
        ordered_by: copy.ordered_by.clone(),
        scheduled: copy.scheduled,
        created_at: copy.created_at.to_jiff(),
        proof,
        actions: CommandKind::ALL.iter().filter(|kind| !kind.follows()).filter_map(button).collect(),
    })
}
