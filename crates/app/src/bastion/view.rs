//! 堡垒机 on the case page: accounts, grants, and what may be done with them.

use domain::application::form::BastionHours;
use domain::bastion_account::{CommandKind, State, permits};
use domain::ids::ApplicationId;
use domain::term::Term;
use store::bastion::CertificateRow;
use store::bastion_account::AccountRow;
use uuid::Uuid;

use super::certificate::{may_issue, ways_of};
use crate::access_grant::view::GrantView;
use crate::actor::Actor;
use crate::authz::{self, Action, Target};
use crate::error::Reason;
use crate::view::ActionView;
use crate::{App, AppError};

/// 堡垒机账号.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct AccountView {
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    pub number: String,
    pub version: i32,
    pub state: Term,
    /// Why it ended, or was locked.
    pub reason: Option<String>,
    pub user_name: String,
    pub user_kind_zh: String,
    pub organisation: String,
    /// Masked.
    pub mobile: String,
    pub hosts: Vec<String>,
    /// 协议 of the form, and which way files may go.
    pub ways: Vec<Term>,
    pub source: String,
    pub hours: Term,
    #[schema(value_type = String, format = "date")]
    pub valid_from: domain::calendar::Date,
    #[schema(value_type = String, format = "date")]
    pub valid_to: domain::calendar::Date,
    /// The last certificate that is still valid.
    pub certificate: Option<StandingCertificate>,
    pub actions: Vec<ActionView>,
}

/// A certificate that is still valid.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct StandingCertificate {
    pub serial: i64,
    pub fingerprint: String,
    pub issued_by: String,
    #[schema(value_type = String, format = "date-time")]
    pub valid_before: jiff::Timestamp,
}

/// 堡垒机 panel of a case.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct CaseBastion {
    pub accounts: Vec<AccountView>,
    pub grants: Vec<GrantView>,
    /// Servers that can be reached now, by name.
    pub hosts: Vec<String>,
    /// The actor may ask for a 访问授权.
    pub may_request: bool,
    /// The actor may ask for a certificate as supplier.
    pub may_ask_certificate: bool,
}

/// The panel as `actor` sees it.
pub async fn of_case(app: &App, actor: &Actor, id: ApplicationId) -> Result<CaseBastion, AppError> {
    let snapshot = &mut app.store.snapshot().await?;
    let row = store::case::one(&mut **snapshot, id.0).await?;
    let target = crate::case::target_of(&row);
    authz::check_visible(actor, Action::BastionView, &target)?;
    let accounts = store::bastion_account::of_case(&mut **snapshot, id.0).await?;
    let grants = store::access_grant::of_case(&mut **snapshot, id.0).await?;
    let ids: Vec<Uuid> = accounts.iter().map(|row| row.id).collect();
    let standing = store::bastion::standing(&mut **snapshot, &ids, jiff_sqlx::ToSqlx::to_sqlx(app.clock.now())).await?;
    let open = store::bastion::open_of_case(&mut **snapshot, id.0).await?;
    let may = |action| authz::check(actor, action, &target).is_ok();
    Ok(CaseBastion {
        accounts: accounts.iter().map(|row| account(actor, &target, row, &standing)).collect::<Result<_, _>>()?,
        grants: grants.iter().map(|row| GrantView::of(app, actor, &target, row)).collect::<Result<_, _>>()?,
        may_request: !open.is_empty() && may(Action::AccessGrantRequest),
        may_ask_certificate: !open.is_empty() && may(Action::AccessGrantIssue),
        hosts: open.into_iter().map(|(_, name)| name).collect(),
    })
}

fn account(
    actor: &Actor,
    target: &Target,
    row: &AccountRow,
    standing: &[CertificateRow],
) -> Result<AccountView, AppError> {
    let state: State = serde_json::from_value(row.state.clone()).map_err(AppError::fault)?;
    let hours: BastionHours = row.hours.parse().map_err(AppError::fault)?;
    let kind = row.user_kind.parse::<domain::application::form::BastionUserKind>().map_err(AppError::fault)?;
    let last = standing.iter().find(|one| one.account_id == Some(row.id));
    let offered = CommandKind::ALL.iter().filter(|kind| **kind != CommandKind::Issue || may_issue(actor, target));
    let button = |kind: &CommandKind| {
        let refusal = permits(&state, *kind).err().map(|refusal| Reason::of(&refusal));
        let subject = ("bastion_account", row.id, row.version);
        ActionView::of(actor, subject, (kind.term(), kind.clause()), target, refusal).filter(|one| one.allowed)
    };
    Ok(AccountView {
        id: row.id,
        number: row.number.clone(),
        version: row.version,
        state: state.term(),
        reason: match &state {
            State::Active => None,
            State::Locked { reason, .. } => Some(reason.as_str().to_owned()),
            State::Closed { cause, .. } => Some(cause.zh().to_owned()),
        },
        user_name: row.user_name.clone(),
        user_kind_zh: kind.zh().to_owned(),
        organisation: row.organisation.clone(),
        mobile: row.mobile.clone(),
        hosts: row.hosts.clone(),
        ways: ways_of(row).terms(),
        source: row.source.clone(),
        hours: hours.term(),
        valid_from: row.valid_from.to_jiff(),
        valid_to: row.valid_to.to_jiff(),
        certificate: last.map(|one| StandingCertificate {
            serial: one.serial,
            fingerprint: one.fingerprint.clone(),
            issued_by: one.issued_by.clone(),
            valid_before: one.valid_before.to_jiff(),
        }),
        actions: offered.filter_map(button).collect(),
    })
}
