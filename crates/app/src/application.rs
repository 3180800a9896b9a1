//! 申请、受理、审核、资金: the use cases of 第十条(一)–(三).

use domain::application::check::{self, Context};
use domain::application::form::{BastionLine, Contact, Form};
use domain::application::material::MaterialKind;
use domain::application::review::DepartmentOpinion;
use domain::application::{self, Command, CommandKind, Conclusion, State, cut};
use domain::calendar::Date;
use domain::clause;
use domain::finding::Finding;
use domain::ids::{ApplicationId, OrgId, PersonId};
use domain::money::Fen;
use domain::org::Role;
use domain::refusal::Refuse;
use jiff_sqlx::ToSqlx;
use serde_json::{Value, json};
use store::lifecycle::{Locked, Table};
use uuid::Uuid;

use crate::actor::{Actor, Meta};
use crate::authz::{self, Action, Target};
use crate::case::{Answer, Case, Stage, action_of, refuse};
use crate::mechanism::{Entry, Unit};
use crate::pricing::{self, Quote};
use crate::{App, AppError, case_events, provisioning};

/// What saving a draft answers: the new version, the live price, the live findings.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Saved {
    pub version: i32,
    #[serde(flatten)]
    pub quote: Quote,
    pub findings: Vec<Finding>,
}

/// 新建申请: an empty draft of the actor's agency.
pub async fn create(app: &App, actor: &Actor, meta: &Meta) -> Result<Answer, AppError> {
    let mut unit = app.begin(actor, meta).await?;
    let Some(org) = actor.org else { return Err(AppError::NotFound) };
    authz::check(actor, Action::ApplicationDraft, &Target::agency(org, vec![org], actor.county.clone()))?;
    let drafted = draft(&mut unit, (org, actor.county.as_deref()), Form::default()).await?;
    unit.commit(drafted).await
}

/// A draft of an agency with what is known so far: its own, or one the centre has prepared for it.
pub(crate) async fn draft(
    unit: &mut Unit<'_>,
    (org, county): (OrgId, Option<&str>),
    form: Form,
) -> Result<Answer, AppError> {
    let Some(person) = unit.actor().person else { return Err(AppError::NotFound) };
    let id = Uuid::now_v7();
    let number = unit.next_number("SQ").await?;
    let form = Form { contact: contact_defaults(unit, org).await?, ..form };
    let state = serde_json::to_value(State::Draft).map_err(AppError::fault)?;
    let (today, now) = (unit.today().to_sqlx(), unit.now().to_sqlx());
    store::case::insert(
        &mut unit.tx,
        &store::case::NewApplication {
            id,
            number: &number,
            agency_id: org.0,
            county,
            state: &state,
            form: &serde_json::to_value(&form).map_err(AppError::fault)?,
            created_by: person.0,
            created_on: today,
            created_at: now,
        },
    )
    .await?;
    let row = store::case::one(&mut *unit.tx, id).await?;
    let case = Case { target: crate::case::target_of(&row), row };
    unit.synchronise_tasks((id, "application", id), &crate::case::wanted(&case, &State::Draft.duties())).await?;
    unit.audit(Entry {
        action: Action::ApplicationDraft.code(),
        object: ("application", id.to_string()),
        case: Some(id),
        clause: Some(clause::A10_1),
        summary: format!("新建申请 {number}"),
        before: None,
        after: Some(json!({ "number": number })),
    })
    .await?;
    Ok(Answer { id, version: 1, state: State::Draft.term() })
}

/// Saves the form of a draft as typed; answers price and findings.
pub async fn save_form(
    app: &App,
    actor: &Actor,
    meta: &Meta,
    id: ApplicationId,
    version: i32,
    form: Form,
) -> Result<Saved, AppError> {
    let mut unit = app.begin(actor, meta).await?;
    let (locked, case): (Locked<State>, Case) =
        unit.lock_case(Table::Application, id.0, Some(version), Action::ApplicationEdit).await?;
    if !locked.state.editable() {
        return Err(refuse(
            "application.not_editable",
            "申请已提交,不能再修改",
            "the application was submitted",
            clause::A10_1,
        ));
    }
    let quote = pricing::quote(&form, unit.today(), &app.prices(), &app.regulation)?;
    let findings = findings(&mut unit, &case, &form, &quote).await?;
    let sealed = seal_form(app, &form)?;
    let mode = form.request.mode.map(|mode| mode.code());
    let version = store::case::save_form(
        &mut unit.tx,
        id.0,
        version,
        &sealed,
        (form.system.name.trim(), mode, quote.fee_fen_per_year),
    )
    .await?;
    unit.audit(Entry {
        action: Action::ApplicationEdit.code(),
        object: ("application", id.to_string()),
        case: None, // typing is logged, but is no step of the case
        clause: Some(clause::A10_1),
        summary: format!("填报申请 {}", case.row.number),
        before: None,
        after: Some(json!({ "version": version, "fee_fen": quote.fee_fen_per_year })),
    })
    .await?;
    unit.commit(Saved { version, quote, findings }).await
}

/// Everything wrong with the form as it stands.
pub(crate) async fn findings(
    unit: &mut Unit<'_>,
    case: &Case,
    form: &Form,
    quote: &Quote,
) -> Result<Vec<Finding>, AppError> {
    let attached = store::attachment::kinds(&mut unit.tx, case.row.id).await?;
    let attached: Vec<MaterialKind> = domain::term::known(&attached);
    let mut findings = form_findings(unit.app(), unit.today(), form, quote, &attached);
    let name = form.system.name.trim();
    if !name.is_empty() && store::case::system_name_taken(&mut unit.tx, case.row.agency_id, name, case.row.id).await? {
        findings.push(
            Finding::error(
                "system.name",
                "form.system_name_taken",
                "本单位已有同名系统的申请",
                "this agency has a case of that name",
            )
            .under(clause::ANNEX_2),
        );
    }
    Ok(findings)
}

/// What the form alone shows to be wrong, given the kinds of files that came with it.
pub(crate) fn form_findings(
    app: &App,
    today: Date,
    form: &Form,
    quote: &Quote,
    attached: &[MaterialKind],
) -> Vec<Finding> {
    let prices = app.prices();
    let context = Context {
        today,
        limits: &app.regulation.limits,
        fee_per_year: Fen(quote.fee_fen_per_year),
        attached,
        known_sku: &|sku| prices.knows(sku),
        opened_with_servers: &|sku| app.regulation.fulfilment_of(sku).is_some_and(|row| row.only_by_driver()),
        host_size: &|sku| app.regulation.host_size(sku),
    };
    let mut findings = check::check(form, &context);
    findings.extend(pricing::unpriced(quote));
    findings
}

/// Carries out one command of the application's lifecycle.
pub async fn execute(
    app: &App,
    actor: &Actor,
    meta: &Meta,
    id: ApplicationId,
    version: i32,
    command: Command,
) -> Result<Answer, AppError> {
    let mut unit = app.begin(actor, meta).await?;
    let kind = command.kind();
    if matches!(kind, CommandKind::List | CommandKind::Ratify) {
        return Err(refuse(
            "application.by_plan",
            "须在使用计划中办理",
            "this is done in the usage plan",
            clause::A10_3,
        ));
    }
    let answer = carry_out(&mut unit, id, Some(version), command).await?;
    unit.commit(answer).await
}

/// The step itself, within a unit: also used by the usage plan.
pub(crate) async fn carry_out(
    unit: &mut Unit<'_>,
    id: ApplicationId,
    version: Option<i32>,
    command: Command,
) -> Result<Answer, AppError> {
    let kind = command.kind();
    let (locked, mut case): (Locked<State>, Case) =
        unit.lock_case(Table::Application, id.0, version, action_of("application", kind.code())?).await?;
    application::permits(&locked.state, kind).map_err(|refusal| AppError::refused(&refusal))?;
    let command = prepare(unit, &case, command).await?;
    let calendar = unit.app().calendar();
    let limits = &unit.app().regulation.limits;
    let before = locked.state.term();
    let (opinion, told) = (opinion_of(&command), command.clone());
    if let Some(review) = SignedReview::of(&locked.state, kind) {
        store::case::save_review(&mut unit.tx, id.0, &serde_json::to_value(review).map_err(AppError::fault)?).await?;
    }
    let state = application::transition(locked.state, command, unit.today(), &calendar, limits)
        .map_err(|refusal| AppError::refused(&refusal))?;
    follow(unit, &mut case, &state).await?;
    let term = state.term();
    let answer = unit.settle(Table::Application, (&case, id.0, locked.version), &state, &term, &state.duties()).await?;
    unit.place(&case, stage_of(&state), &term).await?;
    let summary = format!("{}{}", kind.zh(), opinion.map(|text| format!(":{text}")).unwrap_or_default());
    unit.audit_step(
        &case,
        (&format!("application.{}", kind.code()), kind.clause()),
        ("application", id.0),
        summary,
        (json!(before.code), json!(term.code)),
    )
    .await?;
    case_events::application_moved(unit, &case, &told, &state).await?;
    Ok(answer)
}

/// 审核 as it is signed: kept beside the application, whose later states need it no more and whose auditors do.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct SignedReview {
    pub conclusion: Conclusion,
    pub opinions: Vec<DepartmentOpinion>,
}

impl SignedReview {
    fn of(state: &State, kind: CommandKind) -> Option<Self> {
        match state {
            State::AwaitingSignature { conclusion, opinions, .. } if kind == CommandKind::Sign => {
                Some(Self { conclusion: conclusion.clone(), opinions: opinions.clone() })
            }
            _ => None,
        }
    }
}

/// Checks what the pure transition cannot see, and fills in what the server knows better.
async fn prepare(unit: &mut Unit<'_>, case: &Case, command: Command) -> Result<Command, AppError> {
    match command {
        Command::Submit { .. } | Command::Supplement => {
            let form: Form = open_form(unit.app(), &case.row.form)?;
            let quote = pricing::quote(&form, unit.today(), &unit.app().prices(), &unit.app().regulation)?;
            AppError::if_blocking(findings(unit, case, &form, &quote).await?)?;
            let mode = form.request.mode.ok_or_else(|| AppError::fault("a checked form has its mode"))?;
            Ok(if matches!(command, Command::Supplement) { command } else { Command::Submit { mode } })
        }
        Command::UnitApprove { .. } => unit.refuse_same_person(case, Action::ApplicationSubmit).await.map(|()| command),
        Command::Conclude { ref conclusion } => {
            unit.refuse_same_person(case, Action::ApplicationAccept).await?;
            let form: Form = serde_json::from_value(case.row.form.clone()).map_err(AppError::fault)?;
            let granted = cut::granted(&form, &conclusion.cuts).map_err(AppError::Invalid)?;
            provisioning::dedicated::suffice(unit.app(), &granted)?;
            Ok(command)
        }
        Command::Sign { .. } => unit.refuse_same_person(case, Action::ApplicationConclude).await.map(|()| command),
        Command::GiveOpinion { mut opinion } => {
            if !unit.actor().holds(opinion.department.role()) {
                return Err(refuse(
                    "opinion.other_department",
                    "只能以本部门的名义出具意见",
                    "an opinion is given for one's own department",
                    clause::A10_3,
                ));
            }
            if opinion.score.is_some_and(|score| score > 100) {
                return Err(AppError::Invalid(vec![Finding::error(
                    "opinion.score",
                    "form.out_of_range",
                    "评分为 0–100",
                    "0 to 100",
                )]));
            }
            opinion.by = format!("{}({})", unit.actor().name, unit.actor().org_name);
            opinion.on = Some(unit.today());
            Ok(Command::GiveOpinion { opinion })
        }
        Command::RecordContract { ref contract } => {
            if contract.amount_fen > Fen(case.row.fee_fen) {
                return Err(refuse(
                    "contract.above_cap",
                    "合同金额不得高于按最高限价核定的年费",
                    "the contract may not exceed the fee at the price caps",
                    clause::A11,
                ));
            }
            Ok(command)
        }
        other => Ok(other),
    }
}

/// What follows from the new state within the same transaction.
async fn follow(unit: &mut Unit<'_>, case: &mut Case, state: &State) -> Result<(), AppError> {
    match state {
        State::UnderReview { opinions, .. } if opinions.is_empty() && case.row.experts.is_empty() => {
            // 专家按在办最少轮派,回避本单位 (our own decision).
            if let Some(expert) = store::case::least_busy_expert(&mut unit.tx, case.row.agency_id).await? {
                store::case::assign_expert(&mut unit.tx, case.row.id, expert).await?;
                case.row.experts.push(expert);
                case.target.assigned.push(PersonId(expert));
            }
        }
        State::Approved { conclusion } => {
            let form: Form = serde_json::from_value(case.row.form.clone()).map_err(AppError::fault)?;
            let granted = cut::granted(&form, &conclusion.cuts).map_err(AppError::Invalid)?;
            let quote = pricing::quote(&granted, unit.today(), &unit.app().prices(), &unit.app().regulation)?;
            let json = serde_json::to_value(&granted).map_err(AppError::fault)?;
            store::case::save_granted(&mut unit.tx, case.row.id, &json, quote.fee_fen_per_year).await?;
            case.row.granted = Some(json);
            case.row.fee_fen = quote.fee_fen_per_year;
        }
        _ => {}
    }
    Ok(())
}

fn opinion_of(command: &Command) -> Option<String> {
    use Command as C;
    match command {
        C::UnitApprove { opinion }
        | C::UnitReturn { opinion }
        | C::Consolidate { opinion }
        | C::ConsolidateReturn { opinion }
        | C::Accept { opinion, .. }
        | C::Sign { opinion }
        | C::SignReturn { opinion }
        | C::Withdraw { opinion } => Some(opinion.as_str().to_owned()),
        C::RequestSupplement { missing } => Some(missing.as_str().to_owned()),
        C::Decline { reason, opinion } => Some(format!("{}。{}", reason.zh(), opinion.as_str())),
        // Opinions of a department are shown to those entitled only, never in the time line.
        C::GiveOpinion { opinion } => Some(opinion.department.zh().to_owned()),
        C::Conclude { conclusion } => {
            Some(if conclusion.approved { "拟通过".to_owned() } else { "拟不通过".to_owned() })
        }
        C::RecordFunding { fund } => Some(fund.item.as_str().to_owned()),
        C::RecordContract { contract } => Some(contract.number.as_str().to_owned()),
        _ => None,
    }
}

/// 环节 a state of the application stands in.
pub fn stage_of(state: &State) -> Stage {
    match state {
        State::Draft | State::UnitReview { .. } | State::AwaitingConsolidation { .. } | State::Withdrawn => {
            Stage::Application
        }
        State::Submitted { .. } | State::Supplementing { .. } | State::Declined { .. } => Stage::Acceptance,
        State::Contracted { .. } => Stage::Trial,
        _ => Stage::Review,
    }
}

/// What is known of the agency and the handler already.
async fn contact_defaults(unit: &mut Unit<'_>, org: OrgId) -> Result<Contact, AppError> {
    let agency = store::org::lock(&mut unit.tx, org.0).await?;
    let own = unit.actor().org == Some(org);
    let handler = if own { unit.actor().name.clone() } else { String::new() };
    Ok(Contact { credit_code: agency.credit_code, handler, ..Contact::default() })
}

/// Marks a sealed number inside the stored form.
const SEALED: &str = "sealed:";
const SEALED_FOR: &str = "application.id_number";

fn sealed_number(app: &App, number: &str) -> Result<String, AppError> {
    if number.is_empty() {
        return Ok(String::new());
    }
    let sealed = app.keys()?.seal_text(SEALED_FOR, number).map_err(AppError::fault)?;
    Ok(format!("{SEALED}{}", hex::encode(sealed)))
}

fn opened_number(app: &App, stored: &str) -> Result<String, AppError> {
    let Some(text) = stored.strip_prefix(SEALED) else { return Ok(stored.to_owned()) };
    let sealed = hex::decode(text).map_err(AppError::fault)?;
    app.keys()?.open_text(SEALED_FOR, &sealed).map_err(AppError::fault)
}

/// The stored form: personal numbers encrypted (E25).
pub fn seal_form(app: &App, form: &Form) -> Result<Value, AppError> {
    let mut sealed = form.clone();
    seal_accounts(app, &mut sealed.bastion_accounts)?;
    serde_json::to_value(sealed).map_err(AppError::fault)
}

/// The form with personal numbers readable: for its own agency only.
pub fn open_form(app: &App, stored: &Value) -> Result<Form, AppError> {
    let mut form: Form = serde_json::from_value(stored.clone()).map_err(AppError::fault)?;
    open_accounts(app, &mut form.bastion_accounts)?;
    Ok(form)
}

/// Encrypts the personal numbers of rows of 附件2-2 (E25).
pub(crate) fn seal_accounts(app: &App, lines: &mut [BastionLine]) -> Result<(), AppError> {
    for line in lines {
        line.id_number = sealed_number(app, &line.id_number)?;
    }
    Ok(())
}

/// Makes them readable.
pub(crate) fn open_accounts(app: &App, lines: &mut [BastionLine]) -> Result<(), AppError> {
    for line in lines {
        line.id_number = opened_number(app, &line.id_number)?;
    }
    Ok(())
}

/// The draft as its own agency edits it.
pub async fn own_form(app: &App, actor: &Actor, id: ApplicationId) -> Result<Form, AppError> {
    let row = store::case::one(&app.store.pool, id.0).await?;
    let target = crate::case::target_of(&row);
    authz::check_visible(actor, Action::CaseView, &target)?;
    authz::check(actor, Action::ApplicationViewPrivate, &target)?;
    open_form(app, &row.form)
}

/// Whether the command could follow now, for the case page's buttons.
pub fn refusal(state: &State, kind: CommandKind) -> Option<impl Refuse + use<>> {
    application::permits(state, kind).err()
}

/// Roles that give an opinion: used where buttons are computed.
pub fn speaks_for(actor: &Actor, state: &State) -> bool {
    let State::UnderReview { opinions, .. } = state else { return true };
    application::review::missing(opinions).iter().any(|department| actor.holds(department.role())) || !is_speaker(actor)
}

fn is_speaker(actor: &Actor) -> bool {
    [Role::Police, Role::Finance, Role::SecrecyOffice, Role::Expert].iter().any(|role| actor.holds(*role))
}
