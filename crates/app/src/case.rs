//! 办件 what all rooms of a case share: loading it for a change, whose it is, its tasks and its stage.

use domain::clause::Clause;
use domain::duty::{Duty, Holder};
use domain::ids::{ApplicationId, OrgId, PersonId};
use domain::org::Role;
use domain::term::Term;
use jiff_sqlx::ToSqlx;
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::PgExecutor;
use store::case::ApplicationRow;
use store::lifecycle::{Locked, Table};
use store::task::WantedTask;
use uuid::Uuid;

use crate::actor::Actor;
use crate::authz::{self, Action, Target};
use crate::mechanism::{Entry, Unit};
use crate::{AppError, error::Reason};

/// What a command answers: enough to go on without reading again.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Answer {
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    pub version: i32,
    pub state: Term,
}

domain::terms! {
    /// 七环节 of 第十条, and the end.
    pub enum Stage {
        Application = "application", "申请", "application";
        Acceptance = "acceptance", "受理", "acceptance";
        Review = "review", "审核", "review";
        Trial = "trial", "测试", "trial";
        Service = "service", "开通", "in service";
        Change = "change", "变更", "change";
        Termination = "termination", "终止", "termination";
    }
}

/// A case under change: its row and whose it is.
pub struct Case {
    pub row: ApplicationRow,
    pub target: Target,
}

impl Case {
    /// The case of a row.
    pub fn of(row: ApplicationRow) -> Self {
        let target = target_of(&row);
        Self { row, target }
    }

    /// 申请 id.
    pub fn id(&self) -> ApplicationId {
        ApplicationId(self.row.id)
    }

    /// The form that stands: as granted where the review has granted, else as asked.
    pub fn standing_form(&self) -> Result<domain::application::form::Form, AppError> {
        let json = self.row.granted.as_ref().unwrap_or(&self.row.form);
        serde_json::from_value(json.clone()).map_err(AppError::fault)
    }
}

/// Whose record an application is.
pub fn target_of(row: &ApplicationRow) -> Target {
    let path = row.path.iter().copied().map(OrgId).collect();
    let target = Target::agency(OrgId(row.agency_id), path, row.county.clone())
        .assigned_to(row.experts.iter().copied().map(PersonId));
    match row.supplier_id {
        Some(supplier) => target.served_by(OrgId(supplier)),
        None => target,
    }
}

/// A case and its state as `actor` may look at them; what may not be seen is not found.
pub async fn visible(
    db: impl PgExecutor<'_>,
    actor: &Actor,
    id: ApplicationId,
) -> Result<(ApplicationRow, Target, domain::application::State), AppError> {
    let row = store::case::one(db, id.0).await?;
    let target = target_of(&row);
    authz::check_visible(actor, Action::CaseView, &target)?;
    let state = serde_json::from_value(row.state.clone()).map_err(AppError::fault)?;
    // A draft is its agency's own business, as in the list.
    if matches!(state, domain::application::State::Draft) && !authz::is_of_agency(actor, Action::CaseView, &target) {
        return Err(AppError::NotFound);
    }
    Ok((row, target, state))
}

impl Unit<'_> {
    /// Loads the case and asks whether the actor may see it and may do `action`.
    pub async fn case_for(&mut self, id: Uuid, action: Action) -> Result<Case, AppError> {
        let row = store::case::one(&mut *self.tx, id).await?;
        let target = target_of(&row);
        if !self.follows_by_rule() {
            authz::check_visible(self.actor(), Action::CaseView, &target)?;
            authz::check(self.actor(), action, &target)?;
        }
        Ok(Case { row, target })
    }

    /// Locks one row of a lifecycle for `action`. A stale caller is refused last: who may not see the case
    /// learns nothing of it, not even that it has moved on.
    pub async fn lock_case<S: DeserializeOwned>(
        &mut self,
        table: Table,
        id: Uuid,
        expected: Option<i32>,
        action: Action,
    ) -> Result<(Locked<S>, Case), AppError> {
        let locked: Locked<S> = store::lifecycle::lock(&mut self.tx, table, id).await?;
        let case = self.case_for(locked.case_id, action).await?;
        match expected {
            Some(version) if version != locked.version => Err(AppError::Stale { current: locked.version }),
            _ => Ok((locked, case)),
        }
    }

    /// Saves the new state of a lifecycle row and what it waits for.
    pub async fn settle<S: Serialize>(
        &mut self,
        table: Table,
        (case, locked_id, version): (&Case, Uuid, i32),
        state: &S,
        term: &Term,
        duties: &[Duty],
    ) -> Result<Answer, AppError> {
        let version = store::lifecycle::save(&mut self.tx, table, locked_id, version, state, term.code).await?;
        let wanted = wanted(case, duties);
        self.synchronise_tasks((case.row.id, room(table), locked_id), &wanted).await?;
        Ok(Answer { id: locked_id, version, state: term.clone() })
    }

    /// Shows the whole case in `stage` under the words of `term`.
    pub async fn place(&mut self, case: &Case, stage: Stage, term: &Term) -> Result<(), AppError> {
        Ok(store::case::place(&mut self.tx, case.row.id, stage.code(), term.code, term.zh).await?)
    }

    /// The audit entry of a step of a case.
    pub async fn audit_step(
        &mut self,
        case: &Case,
        (action, clause): (&str, Clause),
        object: (&str, Uuid),
        summary: String,
        (before, after): (serde_json::Value, serde_json::Value),
    ) -> Result<(), AppError> {
        self.audit(Entry {
            action,
            object: (object.0, object.1.to_string()),
            case: Some(case.row.id),
            clause: Some(clause),
            summary,
            before: Some(before),
            after: Some(after),
        })
        .await
    }

    /// Refuses who took the earlier step of this case (受理 ≠ 审核, 经办 ≠ 领导).
    pub async fn refuse_same_person(&mut self, case: &Case, earlier: Action) -> Result<(), AppError> {
        let before = store::case::last_actor(&mut self.tx, case.row.id, earlier.code()).await?;
        authz::distinct(self.actor(), before.map(PersonId), earlier.zh())
    }

    /// Sends a copy of a result to the holders of a role.
    pub async fn send_copy(
        &mut self,
        case: &Case,
        role: Role,
        county: Option<&str>,
        subject: &str,
        clause: Clause,
    ) -> Result<(), AppError> {
        let copy = store::task::NewCopy {
            case_id: case.row.id,
            role: role.code(),
            county,
            agency_id: None,
            subject,
            clause: clause.code,
            sent_at: self.now().to_sqlx(),
        };
        Ok(store::task::send_copy(&mut self.tx, &copy).await?)
    }

    /// Sends a copy to the holders of a role at the case's own agency.
    pub async fn tell_agency(
        &mut self,
        case: &Case,
        role: Role,
        subject: &str,
        clause: Clause,
    ) -> Result<(), AppError> {
        let copy = store::task::NewCopy {
            case_id: case.row.id,
            role: role.code(),
            county: None,
            agency_id: Some(case.row.agency_id),
            subject,
            clause: clause.code,
            sent_at: self.now().to_sqlx(),
        };
        Ok(store::task::send_copy(&mut self.tx, &copy).await?)
    }
}

/// The action a room's command is, by name; every command has a line in the authorization table.
pub fn action_of(room: &str, command: &str) -> Result<Action, AppError> {
    let code = format!("{room}.{command}");
    Action::ALL
        .iter()
        .copied()
        .find(|action| action.code() == code)
        .ok_or_else(|| AppError::fault(format!("no action {code}")))
}

/// The room's name of a table.
pub fn room(table: Table) -> &'static str {
    match table {
        Table::Application => "application",
        Table::Trial => "trial",
        Table::Subscription => "subscription",
        Table::Change => "change",
        Table::Termination => "termination",
        Table::ServiceInstance => "service_instance",
        Table::BastionAccount => "bastion_account",
        Table::AccessGrant => "access_grant",
        Table::Allocation => "allocation",
        Table::ScalingPolicy => "scaling",
        Table::DiskCopy => "disk_copy",
    }
}

/// Duties of a state as tasks of the people who hold them.
pub fn wanted(case: &Case, duties: &[Duty]) -> Vec<WantedTask> {
    duties.iter().flat_map(|duty| tasks(case, duty)).collect()
}

fn tasks(case: &Case, duty: &Duty) -> Vec<WantedTask> {
    let county = case.row.county.clone();
    let (role, agency_id, county) = match duty.holder {
        Holder::Agency(role) => (role, Some(case.row.agency_id), None),
        Holder::Office(role) => (role, None, None),
        Holder::Treasury if county.is_some() => (Role::CountyFinance, None, county),
        Holder::Treasury => (Role::Finance, None, None),
        Holder::Superior if county.is_some() => (Role::CountyGovernment, None, county),
        Holder::Superior => (Role::Consolidator, Some(case.row.agency_id), None),
    };
    let task = WantedTask {
        kind: duty.kind,
        role: role.code(),
        agency_id,
        county,
        person_id: None,
        due_on: duty.due.map(|(day, _)| day.to_sqlx()),
        timer: duty.due.map(|(_, timer)| timer.code()),
        statutory: duty.due.is_some_and(|(_, timer)| timer.statutory()),
    };
    if role == Role::Expert && !case.row.experts.is_empty() {
        return case.row.experts.iter().map(|person| WantedTask { person_id: Some(*person), ..task.clone() }).collect();
    }
    vec![task]
}

/// A rule of the case that no room's `Refusal` covers.
pub fn refuse(code: &str, zh: &str, en: &str, clause: Clause) -> AppError {
    AppError::Refused(Reason::new(code, zh, en).under(clause))
}
