//! 办件页: everything about one case, and what this actor may do with it.

use domain::application::form::Form;
use domain::application::review::DepartmentOpinion;
use domain::application::{self, Conclusion, State};
use domain::calendar::Date;
use domain::clause::Clause;
use domain::finding::Finding;
use domain::ids::ApplicationId;
use domain::service_instance::StateKind;
use domain::subscription::{State as SubscriptionState, Year};
use domain::term::Term;
use domain::{change, subscription, termination, trial};
use store::Tx;
use store::case::ApplicationRow;
use uuid::Uuid;

use super::parts::{self, Children};
use super::work_list::{StateView, stored_term};
use super::{ActionView, Colour};
use crate::actor::Actor;
use crate::application::SignedReview;
use crate::authz::{self, Action, Target};
use crate::case::Stage;
use crate::error::Reason;
use crate::pricing::{self, Quote};
use crate::{App, AppError, allocation, attachment, charge, document, provisioning, service_instance};

/// 使用单位 of the case.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct AgencyView {
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    pub name: String,
    pub county: Option<String>,
    pub credit_code: Option<String>,
}

/// One step of the 流转记录.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct TimelineEntry {
    #[schema(value_type = String, format = "date-time")]
    pub at: jiff::Timestamp,
    pub actor_name: String,
    pub action: String,
    pub summary: String,
    pub clause: Option<Clause>,
}

/// 材料 the form owes.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct RequiredMaterial {
    #[serde(flatten)]
    pub kind: Term,
    pub present: bool,
}

/// 办件页.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct CaseView {
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    pub number: String,
    pub version: i32,
    pub system_name: String,
    pub agency: AgencyView,
    pub created_by_name: String,
    #[schema(value_type = String, format = "date")]
    pub created_on: Date,
    pub stage: Term,
    pub stages: Vec<parts::StageStep>,
    pub state: StateView,
    pub holders: Vec<parts::HolderView>,
    pub form: Form,
    pub granted: Option<Form>,
    pub conclusion: Option<Conclusion>,
    /// Empty for whom the opinions are not meant.
    pub opinions: Vec<DepartmentOpinion>,
    #[serde(flatten)]
    pub quote: Quote,
    /// While the form may be edited, and to its own agency only.
    pub findings: Vec<Finding>,
    pub editable: bool,
    pub required_materials: Vec<RequiredMaterial>,
    pub attachments: Vec<attachment::AttachmentView>,
    pub trial: Option<parts::TrialView>,
    pub subscription: Option<parts::SubscriptionView>,
    pub changes: Vec<parts::ChangeView>,
    pub terminations: Vec<parts::TerminationView>,
    pub resources: Vec<provisioning::ResourceView>,
    pub operations: Vec<provisioning::OperationView>,
    /// 其他服务 as ordered from the supplier, with evidence and buttons.
    pub service_instances: Vec<service_instance::view::CaseInstance>,
    /// 调配: what the case was promised and given of the pool.
    pub allocations: Vec<allocation::AllocationView>,
    pub charges: Option<charge::CaseCharges>,
    pub documents: Vec<document::DocumentView>,
    pub timeline: Vec<TimelineEntry>,
    pub actions: Vec<ActionView>,
    /// Where the trial may be opened; empty unless that is offered.
    pub engines: Vec<provisioning::EngineChoice>,
}

/// The page of one case as `actor` may see it.
pub async fn show(app: &App, actor: &Actor, id: ApplicationId) -> Result<CaseView, AppError> {
    let snapshot = &mut app.store.snapshot().await?;
    let (row, target, state) = crate::case::visible(&mut **snapshot, actor, id).await?;
    let may = |action| authz::check(actor, action, &target).is_ok();
    let own = may(Action::ApplicationEdit);
    let form: Form = crate::application::open_form(app, &row.form)?;
    let attachments = attachment::of_case(snapshot, (row.id, &state), may(Action::AttachmentRemove)).await?;
    let children = parts::children(snapshot, row.id).await?;
    let today = app.clock.today();
    let year = service_year(&children);
    let editable = own && state.editable();
    let granted = row.granted.as_ref().map(|json| crate::application::open_form(app, json)).transpose()?;
    // D5: once opened, the prices of the opening day stand.
    let quote = quote(app, &form, granted.as_ref(), year.map_or(today, |year| year.from))?;
    let holders = store::case_list::holders(&mut **snapshot, row.id).await?;
    let holders = parts::holders(app, &holders);
    let stage: Stage = row.stage.parse().unwrap_or(Stage::Application);
    let (conclusion, opinions) = if may(Action::CaseViewOpinions) { review(&row, &state)? } else { (None, vec![]) };
    let service_instances = service_instance::view::of_case(app, snapshot, (actor, &target), row.id).await?;
    let mut actions = actions(actor, &row, &state, &children, &target);
    refuse_early_delivery(&mut actions, &service_instances);
    let opening = actions.iter().any(|action| action.room == "trial" && action.name == "open" && action.allowed);
    Ok(CaseView {
        stages: parts::stages(stage, holders.is_empty(), !children.changes.is_empty(), late(&holders)),
        stage: stage.term(),
        state: stored_term(&row.state_code, &row.state_zh),
        holders,
        conclusion,
        opinions,
        required_materials: required(&form, &attachments),
        findings: if editable { page_findings(app, &form, &quote, &attachments) } else { vec![] },
        editable,
        trial: children.trial.as_ref().map(parts::trial_view),
        subscription: children.subscription.as_ref().map(|child| parts::subscription_view(child, today)),
        changes: each(&children.changes, |child| parts::change_view(app, child, (year, own)))?,
        terminations: each(&children.terminations, parts::termination_view)?,
        resources: provisioning::resources_of(snapshot, row.id).await?,
        operations: provisioning::operations_of(snapshot, actor, row.id).await?,
        service_instances,
        allocations: allocation::of_case(app, snapshot, (actor, &target), row.id).await?,
        charges: if may(Action::ChargeView) { Some(charge::of_case(app, snapshot, id).await?) } else { None },
        documents: document::of_case(snapshot, row.id).await?,
        timeline: if may(Action::CaseViewTimeline) { timeline(snapshot, row.id).await? } else { vec![] },
        engines: if opening { provisioning::engines_offered(snapshot).await? } else { vec![] },
        actions,
        quote,
        attachments: if may(Action::AttachmentView) { attachments } else { vec![] },
        form: if own { form } else { parts::masked(form) },
        granted: granted.map(parts::masked),
        id: row.id,
        number: row.number,
        version: row.version,
        system_name: row.system_name,
        agency: AgencyView {
            id: row.agency_id,
            name: row.agency_name,
            county: row.county,
            credit_code: row.agency_credit_code,
        },
        created_by_name: row.created_by_name,
        created_on: row.created_on.to_jiff(),
    })
}

fn service_year(children: &Children) -> Option<Year> {
    let (row, _) = children.subscription.as_ref()?;
    Some(Year { from: row.on.to_jiff(), to: row.until.unwrap_or(row.on).to_jiff() })
}

fn late(holders: &[parts::HolderView]) -> bool {
    holders.iter().any(|holder| holder.light.as_ref().is_some_and(|light| light.colour == Colour::Red))
}

fn each<T, V>(children: &[T], view: impl Fn(&T) -> Result<V, AppError>) -> Result<Vec<V>, AppError> {
    children.iter().map(view).collect()
}

/// The price of what stands; where the review has granted, both quantities side by side.
fn quote(app: &App, form: &Form, granted: Option<&Form>, day: Date) -> Result<Quote, AppError> {
    let prices = app.prices();
    let asked = pricing::quote(form, day, &prices, &app.regulation)?;
    let Some(granted) = granted else { return Ok(asked) };
    let mut standing = pricing::quote(granted, day, &prices, &app.regulation)?;
    for line in &mut standing.lines {
        line.granted_quantity = Some(line.quantity);
        if let Some(before) = asked.lines.iter().find(|other| other.line == line.line) {
            line.quantity = before.quantity;
        }
    }
    Ok(standing)
}

/// 审核结论 and opinions: of the review under way, or as it was signed.
fn review(row: &ApplicationRow, state: &State) -> Result<(Option<Conclusion>, Vec<DepartmentOpinion>), AppError> {
    Ok(match (state, &row.review) {
        (State::UnderReview { opinions, .. }, _) => (None, opinions.clone()),
        (State::AwaitingSignature { conclusion, opinions, .. }, _) => (Some(conclusion.clone()), opinions.clone()),
        (_, Some(signed)) => {
            let signed: SignedReview = serde_json::from_value(signed.clone()).map_err(AppError::fault)?;
            (Some(signed.conclusion), signed.opinions)
        }
        _ => (None, vec![]),
    })
}

fn required(form: &Form, attachments: &[attachment::AttachmentView]) -> Vec<RequiredMaterial> {
    application::material::required(form)
        .into_iter()
        .map(|kind| RequiredMaterial {
            kind: kind.term(),
            present: attachments.iter().any(|file| file.kind.code == kind.code()),
        })
        .collect()
}

/// The findings without the look-up of a name already taken, which saving and submitting make.
fn page_findings(app: &App, form: &Form, quote: &Quote, attachments: &[attachment::AttachmentView]) -> Vec<Finding> {
    let attached: Vec<_> = attachments.iter().filter_map(|file| file.kind.code.parse().ok()).collect();
    crate::application::form_findings(app, app.clock.today(), form, quote, &attached)
}

async fn timeline(snapshot: &mut Tx, case_id: Uuid) -> Result<Vec<TimelineEntry>, AppError> {
    let rows = store::audit::of_case(&mut **snapshot, case_id).await?;
    Ok(rows
        .into_iter()
        .map(|row| TimelineEntry {
            at: row.at.to_jiff(),
            actor_name: row.actor_name,
            action: row.action,
            summary: row.summary,
            clause: row.clause.as_deref().and_then(Clause::find),
        })
        .collect())
}

/// The buttons: every command of every room of the case, tried on the present state.
fn actions(
    actor: &Actor,
    row: &ApplicationRow,
    state: &State,
    children: &Children,
    target: &Target,
) -> Vec<ActionView> {
    let mut buttons = Vec::new();
    for kind in application::CommandKind::ALL {
        use application::CommandKind as K;
        let refusal = application::permits(state, *kind).err().map(|refusal| Reason::of(&refusal));
        let by_plan = matches!(kind, K::List | K::Ratify);
        if !by_plan && (*kind != K::GiveOpinion || crate::application::speaks_for(actor, state)) {
            buttons.extend(ActionView::of(
                actor,
                ("application", row.id, row.version),
                (kind.term(), kind.clause()),
                target,
                refusal,
            ));
        }
    }
    match &children.trial {
        None => buttons.extend(notify_button(actor, row, state, target)),
        Some((child, state)) => {
            for kind in trial::CommandKind::ALL {
                let refusal = trial::permits(state, *kind).err().map(|refusal| Reason::of(&refusal));
                buttons.extend(ActionView::of(
                    actor,
                    ("trial", child.id, child.version),
                    (kind.term(), kind.clause()),
                    target,
                    refusal,
                ));
            }
        }
    }
    service_buttons(actor, children, target, &mut buttons);
    // Buttons of past stages would bury the present ones: what can never follow again is left out.
    buttons.retain(|button| button.allowed || is_near(row, button));
    buttons
}

/// 交付 waits for the reports of other services, which the trial's state alone does not show.
fn refuse_early_delivery(actions: &mut [ActionView], instances: &[service_instance::view::CaseInstance]) {
    if !instances.iter().any(|one| one.instance.state.code == StateKind::Ordered.code()) {
        return;
    }
    for button in actions.iter_mut().filter(|one| one.room == "trial" && one.name == "deliver" && one.allowed) {
        button.allowed = false;
        button.refusal = Some(Reason::of(&trial::Refusal::ServicesNotOpen));
    }
}

/// A disabled button is worth its place while the case stands in its room.
fn is_near(row: &ApplicationRow, button: &ActionView) -> bool {
    match row.stage.as_str() {
        "application" | "acceptance" | "review" => button.room == "application",
        "trial" => button.room == "trial",
        "service" => button.room == "subscription",
        stage => button.room == stage,
    }
}

fn notify_button(actor: &Actor, row: &ApplicationRow, state: &State, target: &Target) -> Option<ActionView> {
    let term = Term { code: "notify", zh: "下达测试通知", en: "Notify the supplier" };
    let refusal = (!matches!(state, State::Contracted { .. })).then(|| {
        Reason::new("trial.not_contracted", "资金与合同未落实,不能下达测试通知", "funds and contract are missing")
            .under(domain::clause::A10_4)
    });
    ActionView::of(actor, ("trial", row.id, row.version), (term, domain::clause::A10_4), target, refusal)
}

fn service_buttons(actor: &Actor, children: &Children, target: &Target, buttons: &mut Vec<ActionView>) {
    let Some((service, state)) = &children.subscription else { return };
    for kind in subscription::CommandKind::ALL {
        let refusal = subscription::permits(state, *kind).err().map(|refusal| Reason::of(&refusal));
        buttons.extend(ActionView::of(
            actor,
            ("subscription", service.id, service.version),
            (kind.term(), kind.clause()),
            target,
            refusal,
        ));
    }
    for (child, state) in &children.changes {
        for kind in change::CommandKind::ALL {
            let refusal = change::permits(state, *kind).err().map(|refusal| Reason::of(&refusal));
            if state.open() {
                buttons.extend(ActionView::of(
                    actor,
                    ("change", child.id, child.version),
                    (kind.term(), kind.clause()),
                    target,
                    refusal,
                ));
            }
        }
    }
    for (child, state) in &children.terminations {
        for kind in termination::CommandKind::ALL {
            let refusal = termination::permits(state, *kind).err().map(|refusal| Reason::of(&refusal));
            if state.open() {
                buttons.extend(ActionView::of(
                    actor,
                    ("termination", child.id, child.version),
                    (kind.term(), kind.clause()),
                    target,
                    refusal,
                ));
            }
        }
    }
    let busy = children.changes.iter().any(|(_, state)| state.open())
        || children.terminations.iter().any(|(_, state)| state.open());
    let subject = (service.id, service.version);
    let running = matches!(state, SubscriptionState::Running);
    let ended = matches!(state, SubscriptionState::Ended { .. });
    let blocked_change = if busy {
        Some(Reason::of(&change::Refusal::AnotherOpen))
    } else if running {
        None
    } else {
        Some(Reason::of(&change::Refusal::NotRunning))
    };
    let blocked_end = if busy {
        Some(Reason::of(&termination::Refusal::AnotherOpen))
    } else if ended {
        Some(Reason::of(&termination::Refusal::NotRunning))
    } else {
        None
    };
    buttons.extend(start_button(actor, "start_change", subject, target, blocked_change));
    buttons.extend(start_button(actor, "start_termination", subject, target, blocked_end));
}

fn start_button(
    actor: &Actor,
    name: &'static str,
    (id, version): (Uuid, i32),
    target: &Target,
    refusal: Option<Reason>,
) -> Option<ActionView> {
    let (action, zh, en, clause) = match name {
        "start_change" => (Action::ChangeDraft, "申请变更", "Ask for a change", domain::clause::A10_6),
        _ => (Action::TerminationDraft, "申请终止", "Ask for termination", domain::clause::A10_7),
    };
    authz::check(actor, action, target).ok()?;
    Some(ActionView {
        room: "subscription".to_owned(),
        subject_id: id,
        version,
        name,
        zh,
        en,
        allowed: refusal.is_none(),
        refusal,
        clause,
    })
}
