//! 供应商运维访问授权: the engineer asks, the agency decides, and only within it is a certificate issued (A28).

use domain::access_grant::{self, Command, Request, State};
use domain::ids::{AccessGrantId, ApplicationId};
use jiff_sqlx::ToSqlx;
use serde_json::json;
use store::access_grant::{GrantFilter, GrantRow, NewGrant};
use store::lifecycle::{Locked, Table};
use uuid::Uuid;

use crate::actor::{Actor, Meta};
use crate::authz::{self, Action};
use crate::case::{Answer, Case, action_of};
use crate::error::Reason;
use crate::mechanism::Unit;
use crate::view::filled_in;
use crate::{App, AppError, cursor};

pub mod view;

use view::{GrantItem, GrantPage};

/// 申请访问授权: the agency's 安全保密员 is asked (T16).
pub async fn create(
    app: &App,
    actor: &Actor,
    meta: &Meta,
    case: ApplicationId,
    request: Request,
) -> Result<Answer, AppError> {
    let mut unit = app.begin(actor, meta).await?;
    let case = unit.case_for(case.0, Action::AccessGrantRequest).await?;
    let open = store::bastion::open_of_case(&mut *unit.tx, case.row.id).await?;
    let open: Vec<String> = open.into_iter().map(|(_, name)| name).collect();
    let now = app.clock.civil_of(unit.now());
    let state = access_grant::request(&request, &open, now, (&app.calendar(), &app.regulation.limits))?
        .map_err(|refusal| AppError::refused(&refusal))?;
    let (id, number) = (Uuid::now_v7(), unit.next_number("YW").await?);
    let person = (actor.person.ok_or(AppError::NotFound)?.0, actor.name.as_str());
    let new = NewGrant {
        id,
        case_id: case.row.id,
        agency_id: case.row.agency_id,
        number: &number,
        person,
        org_name: &actor.org_name,
        hosts: &request.hosts,
        transfers: &request.transfers.iter().map(|one| one.code().to_owned()).collect::<Vec<_>>(),
        source: &request.source,
        from_at: app.clock.instant_of(request.from).to_sqlx(),
        until_at: app.clock.instant_of(request.until).to_sqlx(),
        purpose: request.purpose.as_str(),
        state: &serde_json::to_value(&state).map_err(AppError::fault)?,
        requested_at: unit.now().to_sqlx(),
    };
    store::access_grant::insert(&mut unit.tx, &new).await?;
    let wanted = crate::case::wanted(&case, &state.duties());
    unit.synchronise_tasks((case.row.id, "access_grant", id), &wanted).await?;
    let summary = format!("申请访问授权 {number}:登录 {},事由 {}", request.hosts.join("、"), request.purpose.as_str());
    let action = Action::AccessGrantRequest;
    let step = (action.code(), domain::clause::A28);
    unit.audit_step(&case, step, ("access_grant", id), summary, (json!(null), json!(request))).await?;
    unit.commit(Answer { id, version: 1, state: state.term() }).await
}

/// Carries out one command of a grant's lifecycle.
pub async fn execute(
    app: &App,
    actor: &Actor,
    meta: &Meta,
    id: AccessGrantId,
    version: i32,
    command: Command,
) -> Result<Answer, AppError> {
    let mut unit = app.begin(actor, meta).await?;
    let answer = carry_out(&mut unit, id, Some(version), command).await?;
    unit.commit(answer).await
}

async fn carry_out(
    unit: &mut Unit<'_>,
    id: AccessGrantId,
    version: Option<i32>,
    command: Command,
) -> Result<Answer, AppError> {
    let kind = command.kind();
    let action = action_of("access_grant", kind.code())?;
    let (locked, case): (Locked<State>, Case) = unit.lock_case(Table::AccessGrant, id.0, version, action).await?;
    access_grant::permits(&locked.state, kind).map_err(|refusal| AppError::refused(&refusal))?;
    let row = store::access_grant::one_in(&mut unit.tx, id.0).await?;
    refuse_other_persons(unit.actor(), &row, &command)?;
    let words = command.words().map(|words| format!(":{words}")).unwrap_or_default();
    let decides = matches!(command, Command::Grant { .. } | Command::Refuse { .. });
    let (before, app) = (locked.state.term(), unit.app());
    let (until, now) = (app.clock.civil_of(row.until_at.to_jiff()), app.clock.civil_of(unit.now()));
    let state =
        access_grant::transition(locked.state, command, until, now).map_err(|refusal| AppError::refused(&refusal))?;
    let place = (&case, id.0, locked.version);
    let answer = unit.settle(Table::AccessGrant, place, &state, &state.term(), &state.duties()).await?;
    if decides {
        let name = unit.actor().name.clone();
        store::access_grant::set_decided_by(&mut unit.tx, id.0, &name).await?;
    }
    if matches!(state, State::Ended { .. }) {
        let at = unit.now().to_sqlx();
        store::bastion::revoke(&mut unit.tx, id.0, kind.zh(), at).await?;
    }
    let summary = format!("{} {}({}){words}", kind.zh(), row.number, row.person_name);
    let codes = (json!(before.code), json!(answer.state.code));
    unit.audit_step(&case, (action.code(), kind.clause()), ("access_grant", id.0), summary, codes).await?;
    Ok(answer)
}

/// A request is withdrawn by whoever made it.
fn refuse_other_persons(actor: &Actor, row: &GrantRow, command: &Command) -> Result<(), AppError> {
    if !matches!(command, Command::Withdraw) || actor.person.is_none_or(|person| person.0 == row.person_id) {
        return Ok(());
    }
    let (zh, en) = ("只能由申请人本人撤回", "only whoever asked may withdraw it");
    Err(AppError::Forbidden(Reason::new("access_grant.not_own", zh, en).under(domain::clause::A28)))
}

/// The service has ended: no grant on it goes on. Answers whether there was one.
pub(crate) async fn end_all(unit: &mut Unit<'_>, case: &Case) -> Result<bool, AppError> {
    let open = store::access_grant::open_of_case(&mut unit.tx, case.row.id).await?;
    for id in &open {
        carry_out(unit, AccessGrantId(*id), None, Command::End).await?;
    }
    Ok(!open.is_empty())
}

/// The timer: what is past its time ends. Idempotent.
pub async fn run_timer(app: &App) -> Result<Vec<String>, AppError> {
    let (actor, meta) = (Actor::system("定时任务"), Meta::default());
    let mut done = Vec::new();
    for id in store::access_grant::over(&app.store.pool, app.clock.now().to_sqlx()).await? {
        let mut unit = app.begin(&actor, &meta).await?;
        match carry_out(&mut unit, AccessGrantId(id), None, Command::Expire).await {
            Ok(answer) => {
                unit.commit(answer).await?;
                done.push("供应商访问授权期满".to_owned());
            }
            // Ended by somebody else at the same moment.
            Err(AppError::Refused(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

/// What the list may be filtered by.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub text: Option<String>,
    pub state: Option<String>,
}

/// One page of what the actor may see, newest first.
pub async fn page(
    app: &App,
    actor: &Actor,
    filter: Filter,
    after: Option<&str>,
    limit: u16,
) -> Result<GrantPage, AppError> {
    let visible = authz::visible(actor, Action::BastionView)?.to_store();
    let filter = GrantFilter {
        text: filled_in(filter.text),
        state: filter.state,
        after: cursor::id(after)?,
        limit: i64::from(limit) + 1,
    };
    let mut rows = store::access_grant::page(&app.store.pool, &visible, &filter).await?;
    let next_cursor = cursor::cut(&mut rows, limit, |row| row.id.to_string());
    let items = rows.iter().map(|row| GrantItem::of(app, actor, row)).collect::<Result<_, _>>()?;
    Ok(GrantPage { items, next_cursor })
}
