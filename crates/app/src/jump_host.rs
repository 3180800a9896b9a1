//! 跳板机: registered by the 系统管理员, known by a credential of its own, fed with what its sshd reads (A28).

use domain::clause;
use domain::finding::Finding;
use domain::identifiers;
use domain::ids::JumpHostId;
use jiff_sqlx::ToSqlx;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::jump_host::JumpHostRow;
use uuid::Uuid;

use crate::actor::{Actor, Meta};
use crate::authz::{self, Action, Target};
use crate::error::Reason;
use crate::mechanism::Entry;
use crate::secrecy::random_token;
use crate::{App, AppError};

/// 跳板机 as shown.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct JumpHostView {
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    pub name: String,
    pub address: String,
    pub port: u16,
    pub login: String,
    pub active: bool,
    pub version: i32,
    #[schema(value_type = String, format = "date-time")]
    pub created_at: jiff::Timestamp,
    /// Last time it fetched its lists or reported.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub seen_at: Option<jiff::Timestamp>,
    /// 机器凭据: given once, when it is made.
    pub token: Option<String>,
}

/// 登记跳板机.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JumpHostForm {
    /// 2–50 characters, unique.
    pub name: String,
    /// As people reach it: a name or an address.
    pub address: String,
    /// 1–65535.
    pub port: u16,
    /// The one account everybody logs in to: `[a-z][a-z0-9-]*`, at most 32.
    pub login: String,
}

/// 停用、启用跳板机, or give it a new credential.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JumpHostChange {
    /// One that is switched off is answered nothing any more.
    pub active: bool,
    /// The former credential holds no more.
    #[serde(default)]
    pub new_token: bool,
}

/// Every jump host, by name.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<JumpHostView>, AppError> {
    authz::check(actor, Action::JumpHostView, &Target::city())?;
    store::jump_host::all(&app.store.pool).await?.iter().map(|row| view(row, None)).collect()
}

/// Registers one; its credential is in the answer and nowhere else.
pub async fn create(app: &App, actor: &Actor, meta: &Meta, form: &JumpHostForm) -> Result<JumpHostView, AppError> {
    authz::check(actor, Action::JumpHostEdit, &Target::city())?;
    AppError::if_blocking(check(form))?;
    // The answer holds the credential and is not kept for a repetition.
    let meta = Meta { idempotency: None, ..meta.clone() };
    let (mut unit, token) = (app.begin(actor, &meta).await?, random_token()?);
    let row = JumpHostRow {
        id: Uuid::now_v7(),
        name: form.name.trim().to_owned(),
        address: form.address.trim().to_owned(),
        port: form.port.into(),
        login: form.login.clone(),
        active: true,
        version: 1,
        created_at: unit.now().to_sqlx(),
        seen_at: None,
    };
    if !store::jump_host::insert(&mut unit.tx, &row, &mac(app, &token)?).await? {
        return Err(AppError::Refused(Reason::new("jump_host.taken", "已有同名的跳板机", "the name is taken")));
    }
    unit.audit(entry(row.id, format!("登记跳板机 {}({}:{})", row.name, row.address, row.port))).await?;
    let view = view(&row, Some(token))?;
    unit.commit(view).await
}

/// Switches one off or on, and gives it a new credential where asked.
pub async fn edit(
    app: &App,
    actor: &Actor,
    meta: &Meta,
    (id, version): (JumpHostId, i32),
    change: &JumpHostChange,
) -> Result<JumpHostView, AppError> {
    authz::check(actor, Action::JumpHostEdit, &Target::city())?;
    let row = store::jump_host::one(&app.store.pool, id.0).await?;
    let meta = Meta { idempotency: None, ..meta.clone() };
    let mut unit = app.begin(actor, &meta).await?;
    let token = if change.new_token { Some(random_token()?) } else { None };
    let code = token.as_deref().map(|token| mac(app, token)).transpose()?;
    if !store::jump_host::update(&mut unit.tx, (id.0, version), change.active, code.as_deref()).await? {
        return Err(AppError::Stale { current: row.version });
    }
    let switched = if change.active { "启用" } else { "停用" };
    let renewed = if change.new_token { ",更换机器凭据" } else { "" };
    unit.audit(entry(id.0, format!("修改跳板机 {}({switched}{renewed})", row.name))).await?;
    let row = JumpHostRow { active: change.active, version: version + 1, ..row };
    let view = view(&row, token)?;
    unit.commit(view).await
}

/// 机器: the jump host that asks, known by its credential.
#[derive(Debug, Clone)]
pub struct Machine {
    pub(crate) row: JumpHostRow,
    /// As which it stands in the log.
    pub(crate) actor: Actor,
}

/// The jump host a credential belongs to. Refuses any other. `ip`: where it asks from.
pub async fn authenticate(app: &App, token: &str, ip: Option<String>) -> Result<Machine, AppError> {
    let found = store::jump_host::by_token(&app.store.pool, &mac(app, token)?).await?;
    let row = found.ok_or_else(|| {
        let (zh, en) = ("机器凭据无效或跳板机已停用", "no active jump host has this credential");
        AppError::Unauthenticated(Reason::new("jump_host.credential", zh, en))
    })?;
    store::jump_host::seen(&app.store.pool, row.id, app.clock.now().to_sqlx()).await?;
    let actor = Actor { ip, ..Actor::system(&format!("跳板机 {}", row.name)) };
    Ok(Machine { row, actor })
}

/// What is kept of a credential: it cannot be made from it, nor without the keys.
fn mac(app: &App, token: &str) -> Result<String, AppError> {
    Ok(app.keys()?.mac(&format!("jump_host/{token}")))
}

fn entry(id: Uuid, summary: String) -> Entry<'static> {
    Entry {
        action: Action::JumpHostEdit.code(),
        object: ("jump_host", id.to_string()),
        case: None,
        clause: Some(clause::A28),
        summary,
        before: None,
        after: Some(json!({ "id": id })),
    }
}

fn view(row: &JumpHostRow, token: Option<String>) -> Result<JumpHostView, AppError> {
    Ok(JumpHostView {
        id: row.id,
        name: row.name.clone(),
        address: row.address.clone(),
        port: u16::try_from(row.port).map_err(AppError::fault)?,
        login: row.login.clone(),
        active: row.active,
        version: row.version,
        created_at: row.created_at.to_jiff(),
        seen_at: row.seen_at.map(|at| at.to_jiff()),
        token,
    })
}

/// Each of these stands in configuration files and commands, so nothing but plain names is taken.
fn check(form: &JumpHostForm) -> Vec<Finding> {
    let login = |text: &str| {
        text.len() <= 32
            && text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    let address = form.address.trim();
    let named = identifiers::is_domain_name(address) || address.parse::<std::net::IpAddr>().is_ok();
    let faults = [
        (
            !(2..=50).contains(&form.name.trim().chars().count()),
            "name",
            "jump_host.name",
            "名称须为 2–50 个字",
            "a name has 2 to 50 characters",
        ),
        (!named, "address", "jump_host.address", "地址须为域名或 IP", "a name or an address"),
        (form.port == 0, "port", "jump_host.port", "端口须为 1–65535", "a port"),
        (
            !login(&form.login),
            "login",
            "jump_host.login",
            "登录账号须为小写字母、数字和连字符,字母开头",
            "a plain account name",
        ),
    ];
    let found = faults.into_iter().filter(|(wrong, ..)| *wrong);
    found.map(|(_, field, code, zh, en)| Finding::error(field, code, zh, en)).collect()
}
