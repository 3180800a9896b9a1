//! Parts of the case page that show a lifecycle: trial, service, changes, terminations, stages, holders.

use domain::application::form::{BastionLine, Form};
use domain::calendar::Date;
use domain::duty::{self, Timer};
use domain::money::Fen;
use domain::org::Role;
use domain::subscription::Year;
use domain::term::Term;
use domain::{change, termination, trial};
use store::Tx;
use store::case::ChildRow;
use store::case_list::HolderRow;
use uuid::Uuid;

use super::Light;
use crate::case::Stage;
use crate::{App, AppError};

/// 环节 of the strip.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct StageStep {
    #[serde(flatten)]
    pub stage: Term,
    /// `done`, `current`, `late` or `todo`.
    pub status: &'static str,
}

/// Who holds the case now.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct HolderView {
    pub role_zh: String,
    pub person_name: Option<String>,
    pub kind: String,
    pub kind_zh: &'static str,
    pub light: Option<Light>,
}

/// 测试.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct TrialView {
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    pub number: String,
    pub version: i32,
    pub state: Term,
    #[schema(value_type = String, format = "date")]
    pub notified_on: Date,
    pub period: Option<trial::Period>,
    pub report: Option<trial::Report>,
    /// Days asked for and why, while an extension is undecided.
    pub extension: Option<ExtensionView>,
}

/// 延长申请.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ExtensionView {
    pub days: u16,
    pub reason: String,
}

/// 服务年.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct SubscriptionView {
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    pub number: String,
    pub version: i32,
    pub state: Term,
    #[schema(value_type = String, format = "date")]
    pub from: Date,
    #[schema(value_type = String, format = "date")]
    pub to: Date,
    pub days: i32,
    pub remaining_days: i32,
}

/// 变更.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ChangeView {
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    pub number: String,
    pub version: i32,
    pub state: Term,
    pub request: change::Request,
    pub dearer_by_fen: i64,
    /// What it comes to for the rest of the year if it took effect today (D7, D8).
    pub this_year_fen: i64,
    #[schema(value_type = String, format = "date")]
    pub created_on: Date,
}

/// 终止.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct TerminationView {
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    pub number: String,
    pub version: i32,
    pub state: Term,
    pub request: termination::Request,
    #[schema(value_type = String, format = "date")]
    pub created_on: Date,
}

/// The children of a case with their states.
pub struct Children {
    pub trial: Option<(ChildRow, trial::State)>,
    pub subscription: Option<(ChildRow, domain::subscription::State)>,
    pub changes: Vec<(ChildRow, change::State)>,
    pub terminations: Vec<(ChildRow, termination::State)>,
}

/// Reads what hangs from a case: four queries, whatever the case holds.
pub async fn children(snapshot: &mut Tx, case_id: Uuid) -> Result<Children, AppError> {
    Ok(Children {
        trial: store::case::trial(&mut **snapshot, case_id).await?.map(with_state).transpose()?,
        subscription: store::case::subscription(&mut **snapshot, case_id).await?.map(with_state).transpose()?,
        changes: store::case::changes(&mut **snapshot, case_id)
            .await?
            .into_iter()
            .map(with_state)
            .collect::<Result<_, _>>()?,
        terminations: store::case::terminations(&mut **snapshot, case_id)
            .await?
            .into_iter()
            .map(with_state)
            .collect::<Result<_, _>>()?,
    })
}

fn with_state<S: serde::de::DeserializeOwned>(row: ChildRow) -> Result<(ChildRow, S), AppError> {
    let state = serde_json::from_value(row.state.clone()).map_err(AppError::fault)?;
    Ok((row, state))
}

/// 测试 as shown.
pub fn trial_view((row, state): &(ChildRow, trial::State)) -> TrialView {
    let report = match state {
        trial::State::Reported { report, .. }
        | trial::State::Passed { report, .. }
        | trial::State::Failed { report, .. }
        | trial::State::Stopped { report: Some(report), .. } => Some(report.clone()),
        _ => None,
    };
    let extension = match state {
        trial::State::ExtensionAsked { days, reason, .. } => {
            Some(ExtensionView { days: *days, reason: reason.as_str().to_owned() })
        }
        _ => None,
    };
    TrialView {
        id: row.id,
        number: row.number.clone(),
        version: row.version,
        state: state.term(),
        notified_on: row.on.to_jiff(),
        period: state.period().copied(),
        report,
        extension,
    }
}

/// 服务年 as shown on `today`.
pub fn subscription_view((row, state): &(ChildRow, domain::subscription::State), today: Date) -> SubscriptionView {
    let from = row.on.to_jiff();
    let year = Year { from, to: row.until.map_or(from, |day| day.to_jiff()) };
    SubscriptionView {
        id: row.id,
        number: row.number.clone(),
        version: row.version,
        state: state.term(),
        from: year.from,
        to: year.to,
        days: year.days(),
        remaining_days: year.remaining_days(today.max(year.from)),
    }
}

/// 变更 as shown; `year` is the service year it falls into, `own`: its own agency's clerk looks, who reads personal numbers.
pub fn change_view(
    app: &App,
    (row, state): &(ChildRow, change::State),
    (year, own): (Option<Year>, bool),
) -> Result<ChangeView, AppError> {
    let today = app.clock.today();
    let mut request: change::Request =
        serde_json::from_value(row.request.clone().unwrap_or_default()).map_err(AppError::fault)?;
    crate::application::open_accounts(app, &mut request.new_accounts)?;
    if !own {
        mask_accounts(&mut request.new_accounts);
    }
    let dearer_by = Fen(row.dearer_by_fen.unwrap_or(0));
    let this_year = year.map(|year| share(dearer_by, year, today)).transpose()?.unwrap_or(Fen(0));
    Ok(ChangeView {
        id: row.id,
        number: row.number.clone(),
        version: row.version,
        state: state.term(),
        request,
        dearer_by_fen: dearer_by.0,
        this_year_fen: this_year.0,
        created_on: row.on.to_jiff(),
    })
}

/// An estimate for the eye; the charge itself is posted line by line by the charging engine.
fn share(dearer_by: Fen, year: Year, today: Date) -> Result<Fen, AppError> {
    let (left, days) = (year.remaining_days(today.max(year.from)), year.days().max(1));
    dearer_by.share(left.unsigned_abs().into(), days.unsigned_abs().into()).map_err(AppError::fault)
}

/// 终止 as shown.
pub fn termination_view((row, state): &(ChildRow, termination::State)) -> Result<TerminationView, AppError> {
    Ok(TerminationView {
        id: row.id,
        number: row.number.clone(),
        version: row.version,
        state: state.term(),
        request: serde_json::from_value(row.request.clone().unwrap_or_default()).map_err(AppError::fault)?,
        created_on: row.on.to_jiff(),
    })
}

/// The strip: stages before the current are done; 变更 is passed over by cases that never changed.
pub fn stages(current: Stage, ended: bool, changed: bool, late: bool) -> Vec<StageStep> {
    Stage::ALL
        .iter()
        .map(|stage| {
            let status = match stage.cmp(&current) {
                _ if *stage == Stage::Change && current != Stage::Change => {
                    if changed {
                        "done"
                    } else {
                        "todo"
                    }
                }
                std::cmp::Ordering::Less => "done",
                std::cmp::Ordering::Equal if ended => "done",
                std::cmp::Ordering::Equal if late => "late",
                std::cmp::Ordering::Equal => "current",
                std::cmp::Ordering::Greater => "todo",
            };
            StageStep { stage: stage.term(), status }
        })
        .collect()
}

/// Holders as shown: who is waited for several times for the same, as for many service instances, stands once.
pub fn holders(app: &App, rows: &[HolderRow]) -> Vec<HolderView> {
    let mut shown: Vec<HolderView> = Vec::new();
    for row in rows {
        let view = holder_view(app, row);
        let same = |one: &HolderView| {
            (&one.kind, &one.role_zh, &one.person_name) == (&view.kind, &view.role_zh, &view.person_name)
        };
        if !shown.iter().any(same) {
            shown.push(view);
        }
    }
    shown
}

fn holder_view(app: &App, row: &HolderRow) -> HolderView {
    let timer: Option<Timer> = row.timer.as_deref().and_then(|code| code.parse().ok());
    HolderView {
        role_zh: row.role.parse::<Role>().map_or_else(|_| row.role.clone(), |role| role.zh().to_owned()),
        person_name: row.person_name.clone(),
        kind: row.kind.clone(),
        kind_zh: duty::kind_zh(&row.kind),
        light: row
            .due_on
            .map(|due| Light::of(due.to_jiff(), timer, app.clock.today(), &app.calendar(), &app.regulation.limits)),
    }
}

/// A form for eyes other than its agency's: personal numbers masked (E32).
pub fn masked(mut form: Form) -> Form {
    mask_accounts(&mut form.bastion_accounts);
    form
}

fn mask_accounts(lines: &mut [BastionLine]) {
    for line in lines {
        line.id_number = domain::identifiers::mask_id_number(&line.id_number);
        line.mobile = domain::identifiers::mask_mobile(&line.mobile);
    }
}
