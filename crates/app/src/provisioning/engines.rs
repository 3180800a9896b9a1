//! 云引擎: the registry. A row says which cloud, its driver is built from the row, and what a look at it showed is
//! kept beside it, so that no page waits for a cloud.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use domain::application::form::Zone;
use domain::ids::EngineId;
use domain::provisioning::{Capabilities, EngineKind, Health, OpenstackSettings, Reason};
use domain::term::Term;
use drivers::libvirt::Libvirt;
use drivers::openstack::Openstack;
use drivers::simulated::Simulated;
use drivers::work_order::WorkOrder;
use drivers::{Driver, Now};
use jiff_sqlx::ToSqlx;
use serde_json::{Value, json};
use store::engine::{EngineRow, NewEngine};
use uuid::Uuid;

use super::account::{self, EnginePassword};
use super::look::Extent;
use super::shelf::DatabaseShelf;
use crate::actor::{Actor, Meta};
use crate::authz::{self, Action, Target};
use crate::mechanism::Entry;
use crate::{App, AppError, error};

/// Drivers built so far, by engine. A libvirt driver remembers its guest image, an OpenStack driver its tokens; nothing
/// else is lost with them.
#[derive(Clone, Default)]
pub struct Drivers(Arc<Mutex<HashMap<Uuid, Built>>>);

/// A driver, and the account it was built from: another instance may have changed that since.
struct Built {
    driver: Arc<dyn Driver>,
    account: (Option<Value>, Option<Vec<u8>>),
}

/// A driver, and whether this instance reaches its cloud.
pub struct Reach {
    pub driver: Arc<dyn Driver>,
    /// The driver again, where the cloud is in reach.
    pub here: Option<Arc<dyn Driver>>,
}

/// 云引擎 as its page shows it.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct EngineView {
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    pub name: String,
    pub kind: Term,
    pub zone: Option<Term>,
    pub enabled: bool,
    /// 云平台配置, for who may change them; without the password.
    pub settings: Option<OpenstackSettings>,
    /// False for the simulated engine.
    pub real: bool,
    /// As last looked at; without a look it is not known to work.
    pub health: Health,
    pub capabilities: Capabilities,
    pub resources: i64,
    pub open_operations: i64,
    #[schema(value_type = Option<String>, format = "date-time")]
    pub checked_at: Option<jiff::Timestamp>,
}

/// Every engine.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct EnginePage {
    pub items: Vec<EngineView>,
}

/// 新增云引擎.
#[derive(Clone, Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EngineForm {
    /// 2–50 characters, unique.
    pub name: String,
    pub kind: EngineKind,
    /// 云平台配置: for `openstack`, and for no other kind.
    #[serde(default)]
    pub settings: Option<OpenstackSettings>,
    /// 口令 of the account, likewise. Sealed at once and never shown again.
    #[serde(default)]
    pub password: Option<EnginePassword>,
}

/// 修改云引擎.
#[derive(Clone, Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EngineEdit {
    pub name: String,
    /// A switched-off engine opens nothing new; what stands on it goes on.
    pub enabled: bool,
    /// 云平台配置; absent: they stay.
    #[serde(default)]
    pub settings: Option<OpenstackSettings>,
    /// 口令; absent: it stays.
    #[serde(default)]
    pub password: Option<EnginePassword>,
}

impl App {
    /// The driver of an engine.
    pub async fn driver(&self, engine: Uuid) -> Result<Reach, AppError> {
        self.reach(&store::engine::one(&self.store.pool, engine).await?)
    }

    /// What an engine can do, asked over a connection at hand: whoever holds one takes no second.
    pub(crate) async fn capabilities(
        &self,
        db: impl store::PgExecutor<'_>,
        engine: Uuid,
    ) -> Result<Capabilities, AppError> {
        capabilities_of(self, &store::engine::one(db, engine).await?)
    }

    pub(super) fn reach(&self, row: &EngineRow) -> Result<Reach, AppError> {
        let mut built = self.drivers.0.lock().map_err(AppError::fault)?;
        let account = (row.settings.clone(), row.sealed_password.clone());
        let driver = match built.get(&row.id).filter(|known| known.account == account) {
            Some(known) => known.driver.clone(),
            None => {
                let driver = build(self, row)?;
                built.insert(row.id, Built { driver: driver.clone(), account });
                driver
            }
        };
        let near = row.place.is_none() || row.place == self.place();
        Ok(Reach { here: near.then(|| driver.clone()), driver })
    }

    /// What tells this data directory from others: a number in a file of its own, made at the first start. A copied or
    /// restored directory brings it along or not, and so finds its guests or knows that they are elsewhere.
    fn place(&self) -> Option<Uuid> {
        let path = self.options.data_dir.join("engine-place");
        std::fs::read_to_string(path).ok()?.trim().parse().ok()
    }

    fn make_place(&self) -> std::io::Result<Uuid> {
        use std::io::Write;
        if let Some(place) = self.place() {
            return Ok(place);
        }
        std::fs::create_dir_all(&self.options.data_dir)?;
        let mut beside = tempfile::NamedTempFile::new_in(&self.options.data_dir)?;
        writeln!(beside, "{}", Uuid::new_v4())?;
        // Whoever is first gives the number; the other one reads it.
        let _ = beside.persist_noclobber(self.options.data_dir.join("engine-place"));
        self.place().ok_or_else(|| std::io::Error::other("the data directory keeps no files"))
    }
}

fn build(app: &App, row: &EngineRow) -> Result<Arc<dyn Driver>, AppError> {
    let clock = app.clock.clone();
    let now: Now = Arc::new(move || clock.now().to_string());
    let shelf = Arc::new(DatabaseShelf { store: app.store.clone(), engine: row.id });
    let kind: EngineKind = row.kind.parse().map_err(AppError::fault)?;
    Ok(match kind {
        EngineKind::Libvirt => Arc::new(Libvirt::new(&app.options.data_dir, None, now)),
        EngineKind::Openstack => {
            let (settings, password) = account::opened(app, row)?;
            Arc::new(Openstack::new(settings, password, shelf, now))
        }
        EngineKind::WorkOrder => Arc::new(WorkOrder::new(shelf)),
        EngineKind::Simulated => Arc::new(Simulated::new(shelf, now)),
    })
}

/// Makes the engines every installation has: this machine's, the work order, and where asked for the simulated one.
/// Those that are there stay as they are.
pub async fn establish(app: &App, simulated: bool) -> Result<(), AppError> {
    let rows = store::engine::all(&app.store.pool).await?;
    let place = app.make_place().map_err(AppError::fault)?;
    let have = |kind: EngineKind| rows.iter().any(|row| row.kind == kind.code());
    if !rows.iter().any(|row| row.place == Some(place)) {
        let elsewhere = have(EngineKind::Libvirt);
        let suffix = if elsewhere { format!("({})", &place.simple().to_string()[..6]) } else { String::new() };
        insert(app, (&format!("本机虚拟化{suffix}"), EngineKind::Libvirt, Some(place))).await?;
    }
    if !have(EngineKind::WorkOrder) {
        insert(app, ("供应商人工工单", EngineKind::WorkOrder, None)).await?;
    }
    if simulated && !have(EngineKind::Simulated) {
        insert(app, ("模拟引擎", EngineKind::Simulated, None)).await?;
    }
    Ok(())
}

async fn insert(app: &App, (name, kind, place): (&str, EngineKind, Option<Uuid>)) -> Result<(), AppError> {
    let (actor, meta) = (Actor::system("启动"), Meta::default());
    let mut unit = app.begin(&actor, &meta).await?;
    let created_at = unit.now().to_sqlx();
    let new = NewEngine { id: Uuid::now_v7(), name, kind: kind.code(), place, account: None, created_at };
    if store::engine::insert(&mut unit.tx, &new).await? {
        unit.audit(entry(Action::EngineEdit, new.id, format!("新增云引擎 {name}"))).await?;
        unit.commit(()).await?;
    }
    Ok(())
}

fn entry(action: Action, id: Uuid, summary: String) -> Entry<'static> {
    Entry {
        action: action.code(),
        object: ("engine", id.to_string()),
        case: None,
        clause: action.clause(),
        summary,
        before: None,
        after: None,
    }
}

/// Every engine, for who may see them.
pub async fn list(app: &App, actor: &Actor) -> Result<EnginePage, AppError> {
    authz::check(actor, Action::EngineView, &Target::city())?;
    let rows = store::engine::all(&app.store.pool).await?;
    Ok(EnginePage { items: rows.iter().map(|row| view(app, actor, row)).collect::<Result<_, _>>()? })
}

/// Adds an engine.
pub async fn create(app: &App, actor: &Actor, meta: &Meta, form: &EngineForm) -> Result<EngineView, AppError> {
    authz::check(actor, Action::EngineEdit, &Target::city())?;
    let name = checked(&form.name)?;
    if form.kind == EngineKind::Simulated && !app.options.demo {
        let zh = "模拟引擎只用于演示环境";
        return Err(refused("engine.demo_only", zh, "the simulated engine is for the demonstration only"));
    }
    let place = (form.kind == EngineKind::Libvirt).then(|| app.make_place()).transpose().map_err(AppError::fault)?;
    let id = Uuid::now_v7();
    let account = account::entered(app, id, form.kind, form.settings.as_ref(), form.password.as_ref())?;
    let mut unit = app.begin(actor, meta).await?;
    let created_at = unit.now().to_sqlx();
    let account = account.as_ref().map(|account| (&account.settings, &*account.sealed));
    let new = NewEngine { id, name, kind: form.kind.code(), place, account, created_at };
    if !store::engine::insert(&mut unit.tx, &new).await? {
        return Err(taken());
    }
    unit.audit(entry(Action::EngineEdit, new.id, format!("新增云引擎 {name}"))).await?;
    let row = store::engine::one(&mut *unit.tx, new.id).await?;
    let view = view(app, actor, &row)?;
    unit.commit(view).await
}

/// Renames, enables or disables.
pub async fn edit(
    app: &App,
    actor: &Actor,
    meta: &Meta,
    id: EngineId,
    form: &EngineEdit,
) -> Result<EngineView, AppError> {
    authz::check(actor, Action::EngineEdit, &Target::city())?;
    let name = checked(&form.name)?;
    let mut unit = app.begin(actor, meta).await?;
    let before = store::engine::one(&mut *unit.tx, id.0).await?;
    if store::engine::all(&mut *unit.tx).await?.iter().any(|row| row.id != id.0 && row.name == name) {
        return Err(taken());
    }
    let account = account::changed(app, &before, form.settings.as_ref(), form.password.as_ref())?;
    let account = account.as_ref().map(|account| (&account.settings, &*account.sealed));
    store::engine::save(&mut unit.tx, id.0, (name, form.enabled), account).await?;
    let switched = if form.enabled { "启用" } else { "停用" };
    let mut entry = entry(Action::EngineEdit, id.0, format!("修改云引擎 {name}({switched})"));
    entry.before = Some(json!({ "name": before.name, "enabled": before.enabled, "settings": before.settings }));
    entry.after = Some(json!({
        "name": name, "enabled": form.enabled, "settings": account.map(|(settings, _)| settings),
        "password_changed": form.password.is_some(),
    }));
    unit.audit(entry).await?;
    let view = view(app, actor, &store::engine::one(&mut *unit.tx, id.0).await?)?;
    unit.commit(view).await
}

fn checked(name: &str) -> Result<&str, AppError> {
    let name = name.trim();
    if (2..=50).contains(&name.chars().count()) {
        return Ok(name);
    }
    let finding = domain::finding::Finding::error(
        "name",
        "engine.name_length",
        "引擎名称须为 2–50 个字",
        "a name has 2 to 50 characters",
    );
    Err(AppError::Invalid(vec![finding]))
}

fn taken() -> AppError {
    refused("engine.taken", "已有同名的云引擎,或本机虚拟化引擎已登记", "the name, or this machine, is taken")
}

fn refused(code: &str, zh: &str, en: &str) -> AppError {
    AppError::Refused(error::Reason::new(code, zh, en))
}

/// 检测: looks at the engine now, and at what stands on it.
pub async fn probe(app: &App, actor: &Actor, meta: &Meta, id: EngineId) -> Result<EngineView, AppError> {
    authz::check(actor, Action::EngineProbe, &Target::city())?;
    let health = examine(app, &store::engine::one(&app.store.pool, id.0).await?, Extent::Now).await?;
    let mut unit = app.begin(actor, meta).await?;
    let row = store::engine::one(&mut *unit.tx, id.0).await?;
    let found = if health.ok { "正常".to_owned() } else { format!("不可用:{}", reasons_zh(&health)) };
    unit.audit(entry(Action::EngineProbe, id.0, format!("检测云引擎 {}:{found}", row.name))).await?;
    let view = view(app, actor, &row)?;
    unit.commit(view).await
}

/// Looks at every engine within reach. Run at start and by the ticker.
pub async fn examine_all(app: &App, extent: Extent) -> Result<(), AppError> {
    for row in store::engine::all(&app.store.pool).await? {
        if row.enabled && app.reach(&row)?.here.is_some() {
            examine(app, &row, extent).await?;
        }
    }
    Ok(())
}

/// Asks the driver, keeps the answer, and goes round what stands there when it works.
async fn examine(app: &App, row: &EngineRow, extent: Extent) -> Result<Health, AppError> {
    let health = match app.reach(row)?.here {
        None => Health::of(vec![elsewhere()], vec![]),
        Some(driver) => {
            let health = driver.health().await;
            if health.ok {
                crate::drift::reconcile::patrol(app, row.id, driver.as_ref(), extent).await?;
            }
            health
        }
    };
    store::engine::keep_health(&app.store.pool, row.id, &json!(health), app.clock.now().to_sqlx()).await?;
    Ok(health)
}

/// Ends this machine's virtualisation daemons at an orderly stop, unless guests run: those outlive the server, and
/// their console is written down by the daemon.
pub async fn rest(app: &App) -> Result<(), AppError> {
    let place = app.place();
    if store::engine::all(&app.store.pool).await?.iter().any(|row| row.place.is_some() && row.place == place) {
        drivers::libvirt::rest(&app.options.data_dir).await;
    }
    Ok(())
}

fn elsewhere() -> Reason {
    Reason::new(
        "该引擎属于另一个数据目录的服务,本服务不能访问",
        "this engine belongs to another server's data directory",
        None,
    )
}

/// What a page says of an engine nobody has looked at yet.
fn unknown() -> Reason {
    Reason::new("尚未检测", "not looked at yet", None)
}

pub(super) fn reasons_zh(health: &Health) -> String {
    health.reasons.iter().map(|reason| reason.zh.as_str()).collect::<Vec<_>>().join(";")
}

/// The health as last looked at.
pub(super) fn health_of(row: &EngineRow) -> Result<Health, AppError> {
    match &row.health {
        Some(json) => serde_json::from_value(json.clone()).map_err(AppError::fault),
        None => Ok(Health::of(vec![unknown()], vec![])),
    }
}

/// What the driver of an engine can do.
pub(crate) fn capabilities_of(app: &App, row: &EngineRow) -> Result<Capabilities, AppError> {
    Ok(app.reach(row)?.driver.capabilities())
}

fn view(app: &App, actor: &Actor, row: &EngineRow) -> Result<EngineView, AppError> {
    let capabilities = capabilities_of(app, row)?;
    let kind: EngineKind = row.kind.parse().map_err(AppError::fault)?;
    Ok(EngineView {
        id: row.id,
        name: row.name.clone(),
        kind: kind.term(),
        zone: row.zone.as_deref().and_then(|code| code.parse().ok()).map(Zone::term),
        enabled: row.enabled,
        settings: settings_for(actor, row)?,
        real: capabilities.real,
        health: health_of(row)?,
        capabilities,
        resources: row.resources,
        open_operations: row.open_operations,
        checked_at: row.checked_at.map(|at| at.to_jiff()),
    })
}

/// Where the cloud is and as whom we go there is for those alone who set it up.
fn settings_for(actor: &Actor, row: &EngineRow) -> Result<Option<OpenstackSettings>, AppError> {
    if authz::may(actor, Action::EngineEdit) { account::settings_of(row) } else { Ok(None) }
}
