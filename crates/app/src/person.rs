//! 人员: accounts and the numbers they carry, sealed under the person's own id (A29, E25).
//!
//! Two officers for every account: 系统管理员 enters, 安全保密管理员 activates and grants. Lists show masks; reading a
//! whole number leaves its entry.

use domain::ids::{OrgId, PersonId};
use domain::org::{Account, AccountAct, Office, PersonState, Role};
use domain::term::Term;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use store::person::{GrantRow, PersonFilter, PersonRow};
use uuid::Uuid;

use crate::actor::{Actor, Meta};
use crate::authz::{self, Action, Target};
use crate::error::Reason;
use crate::mechanism::{Entry, Unit};
use crate::org::COUNT_BOUND;
use crate::view::{ActionView, filled_in};
use crate::{App, AppError};

mod account;
mod entry;
mod role;

pub use account::{OneTimePassword, activate, disable, end_sessions, reset_password, reset_second_factor, unlock};
pub use entry::{PersonChange, PersonForm, create, edit};
pub use role::{GrantForm, grant, revoke};

/// What a person's mobile number is sealed for: a number copied to another person does not open.
pub fn mobile_context(person: Uuid) -> String {
    format!("person/{person}/mobile")
}

/// What a person's ID number is sealed for.
pub fn id_number_context(person: Uuid) -> String {
    format!("person/{person}/id_number")
}

/// 人员 as listed; the numbers masked.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct PersonItem {
    pub id: PersonId,
    pub username: String,
    pub name: String,
    pub org_id: OrgId,
    pub org_name: String,
    pub mobile: String,
    pub id_number: String,
    pub email: String,
    pub state: Term,
    pub roles: Vec<Term>,
    #[schema(value_type = Option<String>, format = "date-time")]
    pub last_login_at: Option<Timestamp>,
    /// Set while locked after too many failures.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub locked_until: Option<Timestamp>,
    pub second_factor: bool,
    pub version: i32,
}

/// One page of people, by user name.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct PersonPage {
    pub items: Vec<PersonItem>,
    pub next_cursor: Option<String>,
    /// How many there are, counted up to 10,000.
    pub count: i64,
}

/// 授权 as shown.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct GrantView {
    pub role: Term,
    pub org_id: OrgId,
    pub org_name: String,
    #[schema(value_type = String, format = "date-time")]
    pub granted_at: Timestamp,
    pub granted_by_name: Option<String>,
}

/// 人员详情.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct PersonView {
    #[serde(flatten)]
    pub item: PersonItem,
    pub office: Option<Term>,
    pub county: Option<String>,
    /// Whether a password was ever handed out.
    pub has_password: bool,
    pub grants: Vec<GrantView>,
    pub actions: Vec<ActionView>,
}

/// 个人号码 in full.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Numbers {
    pub mobile: Option<String>,
    pub id_number: Option<String>,
}

/// Filters of the list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Beginning of the user name, or part of the name.
    pub text: Option<String>,
    pub org: Option<OrgId>,
    pub role: Option<Role>,
    pub state: Option<PersonState>,
}

/// One page of the people visible to `actor`, by user name.
pub async fn page(
    app: &App,
    actor: &Actor,
    filter: Filter,
    after: Option<&str>,
    limit: u16,
) -> Result<PersonPage, AppError> {
    let seen = authz::visible(actor, Action::PersonView)?.to_store();
    let filter = PersonFilter {
        text: filled_in(filter.text),
        org: filter.org.map(|org| org.0),
        role: filter.role.map(|role| role.code().to_owned()),
        state: filter.state.map(|state| state.code().to_owned()),
        after: after.map(str::to_owned).filter(|cursor| !cursor.is_empty()),
        limit: i64::from(limit) + 1,
    };
    let pool = &app.store.pool;
    let mut rows = store::person::list(pool, &seen, &filter).await?;
    let count = store::person::count(pool, &seen, &filter, COUNT_BOUND).await?;
    let next_cursor = crate::cursor::cut(&mut rows, limit, |last| last.username.clone());
    let items = rows.into_iter().map(|row| item(app, row)).collect::<Result<_, _>>()?;
    Ok(PersonPage { items, next_cursor, count })
}

/// One person, with what `actor` may do to the account.
pub async fn get(app: &App, actor: &Actor, id: PersonId) -> Result<PersonView, AppError> {
    let row = store::person::one(&app.store.pool, id.0).await?;
    let target = crate::org::target(app, OrgId(row.org_id)).await?;
    authz::check_visible(actor, Action::PersonView, &target)?;
    view(app, actor, row).await
}

/// The whole numbers of one person. Reading them leaves an entry (E13, E32).
pub async fn numbers(app: &App, actor: &Actor, meta: &Meta, id: PersonId) -> Result<Numbers, AppError> {
    authz::check(actor, Action::PersonViewPrivate, &Target::city())?;
    let row = store::person::one(&app.store.pool, id.0).await?;
    let (mobile, id_number) = store::person::sealed_numbers(&app.store.pool, id.0).await?;
    let keys = app.keys()?;
    let open = |context: String, sealed: Option<Vec<u8>>| sealed.map(|bytes| keys.open_text(&context, &bytes));
    let numbers = Numbers {
        mobile: open(mobile_context(id.0), mobile).transpose()?,
        id_number: open(id_number_context(id.0), id_number).transpose()?,
    };
    // Without the key: the answer holds the numbers and must not be kept.
    let meta = Meta { idempotency: None, ..meta.clone() };
    let mut unit = app.begin(actor, &meta).await?;
    unit.audit(note(Action::PersonViewPrivate, &row, format!("查看{}的个人号码", row.name))).await?;
    unit.commit(()).await?;
    Ok(numbers)
}

/// The account as the rules see it.
fn account_of(app: &App, row: &PersonRow, last_officer: Option<Role>) -> Result<Account, AppError> {
    Ok(Account {
        id: PersonId(row.id),
        state: row.state.parse().map_err(AppError::fault)?,
        locked: is_locked(app, row),
        second_factor: row.second_factor,
        created_by: row.created_by.map(PersonId),
        last_officer,
    })
}

fn is_locked(app: &App, row: &PersonRow) -> bool {
    row.locked_until.is_some_and(|until| app.clock.instant() < until.to_jiff())
}

/// 三员 role of an active person, of whom there are at most one.
fn officer_role(row: &PersonRow) -> Option<Role> {
    let held = row.roles.iter().filter_map(|code| code.parse::<Role>().ok());
    held.into_iter().find(|role| role.is_officer()).filter(|_| row.state == PersonState::Active.code())
}

/// Locks the person and answers them with the account, as the acts need both.
async fn lock(unit: &mut Unit<'_>, id: PersonId) -> Result<(PersonRow, Account), AppError> {
    store::person::lock_officers(&mut unit.tx).await?;
    let row = store::person::lock(&mut unit.tx, id.0).await?;
    let last = last_officer(unit, &row).await?;
    let account = account_of(unit.app(), &row, last)?;
    Ok((row, account))
}

/// The officer's role that would be left without a holder if this person lost it.
async fn last_officer(unit: &mut Unit<'_>, row: &PersonRow) -> Result<Option<Role>, AppError> {
    let Some(role) = officer_role(row) else { return Ok(None) };
    let others = store::person::other_holders(&mut *unit.tx, role.code(), row.id).await?;
    Ok((others == 0).then_some(role))
}

/// As committed.
async fn view(app: &App, actor: &Actor, row: PersonRow) -> Result<PersonView, AppError> {
    let pool = &app.store.pool;
    let last = match officer_role(&row) {
        Some(role) if store::person::other_holders(pool, role.code(), row.id).await? == 0 => Some(role),
        _ => None,
    };
    let grants = store::person::grants(pool, row.id).await?;
    shown(app, actor, (row, last), grants)
}

/// As the open change leaves it.
async fn view_in(unit: &mut Unit<'_>, id: PersonId) -> Result<PersonView, AppError> {
    let row = store::person::lock(&mut unit.tx, id.0).await?;
    let last = last_officer(unit, &row).await?;
    let grants = store::person::grants(&mut *unit.tx, row.id).await?;
    shown(unit.app(), unit.actor(), (row, last), grants)
}

fn shown(
    app: &App,
    actor: &Actor,
    (row, last): (PersonRow, Option<Role>),
    grants: Vec<GrantRow>,
) -> Result<PersonView, AppError> {
    let account = account_of(app, &row, last)?;
    Ok(PersonView {
        office: row.org_office.parse::<Office>().ok().map(Office::term),
        county: row.county.clone(),
        has_password: row.has_password,
        grants: grants.into_iter().filter_map(grant_view).collect(),
        actions: AccountAct::ALL.iter().filter_map(|act| action(actor, &account, &row, *act)).collect(),
        item: item(app, row)?,
    })
}

/// A role code that the program no longer knows gives nothing and is not shown.
fn grant_view(row: GrantRow) -> Option<GrantView> {
    Some(GrantView {
        role: row.role.parse::<Role>().ok()?.term(),
        org_id: OrgId(row.org_id),
        org_name: row.org_name,
        granted_at: row.granted_at.to_jiff(),
        granted_by_name: row.granted_by_name,
    })
}

fn action(actor: &Actor, account: &Account, row: &PersonRow, act: AccountAct) -> Option<ActionView> {
    let room = if matches!(act, AccountAct::Grant | AccountAct::Revoke) { "role" } else { "person" };
    let refusal = account.permits(act, actor.person).err().map(|refusal| Reason::of(&refusal));
    let subject = (room, row.id, row.version);
    ActionView::of(actor, subject, (act.term(), domain::clause::A29), &Target::city(), refusal)
}

fn item(app: &App, row: PersonRow) -> Result<PersonItem, AppError> {
    let state: PersonState = row.state.parse().map_err(AppError::fault)?;
    let locked = is_locked(app, &row);
    Ok(PersonItem {
        id: PersonId(row.id),
        username: row.username,
        name: row.name,
        org_id: OrgId(row.org_id),
        org_name: row.org_name,
        mobile: row.mobile_mask,
        id_number: row.id_number_mask,
        email: row.email,
        state: state.term(),
        roles: row.roles.iter().filter_map(|code| code.parse::<Role>().ok()).map(Role::term).collect(),
        last_login_at: row.last_login_at.map(|at| at.to_jiff()),
        locked_until: row.locked_until.filter(|_| locked).map(|until| until.to_jiff()),
        second_factor: row.second_factor,
        version: row.version,
    })
}

/// An entry about one person; before and after are added where there are any.
fn note(action: Action, row: &PersonRow, summary: String) -> Entry<'static> {
    Entry {
        action: action.code(),
        object: ("person", row.id.to_string()),
        case: None,
        clause: action.clause(),
        summary,
        before: None,
        after: None,
    }
}

/// Ends every session of a person, as `why`.
async fn end_all_sessions(unit: &mut Unit<'_>, person: Uuid, why: &str) -> Result<usize, AppError> {
    let at = unit.app().clock.instant().to_sqlx();
    Ok(store::session::end_others(&mut unit.tx, person, None, why, at).await?.len())
}
