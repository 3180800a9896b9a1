//! 申请 (application): one agency's request, from the blank form until its funds and contract stand.
//!
//! 《办法》第十条(一)至(三)、第十三条. Pure: day, calendar and limits are arguments. Who may act is
//! settled before, in `app::authz`. What follows is `trial`.
//!
//! ```text
//! Draft ─submit→ UnitReview ─unit_approve→ Submitted (集中: AwaitingConsolidation ─consolidate→ Submitted)
//! Submitted ─accept→ UnderReview ─conclude→ AwaitingSignature ─sign→ Approved ─list→ Listed ─ratify→ Ratified
//!    │ ├─request_supplement→ Supplementing ─supplement→ Submitted      └→ Rejected
//!    │ └─decline→ Declined                 Ratified ─record_funding→ Funded ─record_contract→ Contracted
//! ```

use serde::{Deserialize, Serialize};

use crate::calendar::{Calendar, CalendarError, Date};
use crate::clause::{self, Clause};
use crate::duty::{Duty, Timer};
use crate::ids::UsagePlanId;
use crate::limits::Limits;
use crate::money::Fen;
use crate::opinion::Opinion;
use crate::org::Role;
use crate::refusal::Refuse;

pub mod check;
pub mod cut;
pub mod dedicated;
pub mod form;
pub mod material;
pub mod pricing;
pub mod review;
pub mod size;

use cut::Cut;
use form::{Mode, Urgency};
use review::DepartmentOpinion;

/// 申请状态. Data stands in the state that owns it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// 草稿.
    Draft,
    /// 单位审核.
    UnitReview { mode: Mode },
    /// 待汇总 (A10_1_1): the superior office or the county gathers and reports.
    AwaitingConsolidation { due: Date },
    /// 待受理: the centre owes its answer by the end of `answer_due` (A10_2).
    Submitted { answer_due: Date, supplemented: bool },
    /// 补正中: the clock stands still; asked for once.
    Supplementing { missing: Opinion },
    /// 不予受理, final.
    Declined { reason: DeclineReason, opinion: Opinion },
    /// 审核中: opinions come in.
    UnderReview { opinions_due: Date, review_due: Date, opinions: Vec<DepartmentOpinion> },
    /// 待签发: the reviewer has concluded, the head of the centre signs.
    AwaitingSignature { review_due: Date, conclusion: Conclusion, opinions: Vec<DepartmentOpinion> },
    /// 审核通过.
    Approved { conclusion: Conclusion },
    /// 审核不通过, final.
    Rejected { conclusion: Conclusion },
    /// 列入计划.
    Listed { plan: UsagePlanId },
    /// 已审定 by the city government.
    Ratified,
    /// 资金已落实.
    Funded { fund: Fund },
    /// 合同已登记: ready for the supplier's notice.
    Contracted { fund: Fund, contract: Contract },
    /// 已撤回, final.
    Withdrawn,
}

crate::terms! {
    /// 不予受理理由码.
    pub enum DeclineReason {
        MaterialsMissing = "materials_missing", "材料不齐逾期未补", "materials missing";
        OutOfScope = "out_of_scope", "不属适用范围", "out of scope";
        Classified = "classified", "涉密", "classified";
        Duplicate = "duplicate", "重复申请", "duplicate";
        RestrictedConstruction = "restricted", "违反限制建设规定", "restricted construction";
        NoFunds = "no_funds", "无资金来源", "no funds";
        Other = "other", "其他", "other";
    }
}

/// 审核结论: what the centre concluded after all opinions were in (A10_3).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Conclusion {
    pub approved: bool,
    pub opinion: Opinion,
    pub urgency: Urgency,
    /// 核减 line by line; empty where everything is granted as asked.
    pub cuts: Vec<Cut>,
}

/// 资金落实 (A10_3, A13).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Fund {
    /// 预算项目或指标文号.
    pub item: Opinion,
    pub amount_fen: Fen,
}

/// 合同登记.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// 合同号.
    pub number: Opinion,
    pub signed_on: Date,
    pub amount_fen: Fen,
}

/// 受理核对 one row of the acceptance check-list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChecklistRow {
    pub item: Opinion,
    pub present: bool,
}

/// What someone asks to happen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// 提交单位审核. The form was checked before; its mode decides the way.
    Submit { mode: Mode },
    /// 单位领导同意, with the commitment.
    UnitApprove { opinion: Opinion },
    /// 单位领导退回修改.
    UnitReturn { opinion: Opinion },
    /// 汇总上报.
    Consolidate { opinion: Opinion },
    /// 汇总退回.
    ConsolidateReturn { opinion: Opinion },
    /// 受理.
    Accept { checklist: Vec<ChecklistRow>, opinion: Opinion },
    /// 一次性补正通知.
    RequestSupplement { missing: Opinion },
    /// 补正后再报.
    Supplement,
    /// 不予受理.
    Decline { reason: DeclineReason, opinion: Opinion },
    /// 部门意见 or 专家意见.
    GiveOpinion { opinion: DepartmentOpinion },
    /// 审核结论.
    Conclude { conclusion: Conclusion },
    /// 签发审核意见书.
    Sign { opinion: Opinion },
    /// 退回审核岗重议.
    SignReturn { opinion: Opinion },
    /// 列入使用计划 (by the plan).
    List { plan: UsagePlanId },
    /// 市政府审定 (by the plan).
    Ratify,
    /// 资金落实登记.
    RecordFunding { fund: Fund },
    /// 合同登记.
    RecordContract { contract: Contract },
    /// 撤回, before the centre has begun.
    Withdraw { opinion: Opinion },
}

crate::terms! {
    /// The commands by name, for the state × command table, actions and the authorization table.
    pub enum CommandKind {
        Submit = "submit", "提交单位审核", "Submit";
        UnitApprove = "unit_approve", "单位领导同意", "Approve within the agency";
        UnitReturn = "unit_return", "单位退回修改", "Return to the handler";
        Consolidate = "consolidate", "汇总上报", "Report upwards";
        ConsolidateReturn = "consolidate_return", "汇总退回修改", "Return to the agency";
        Accept = "accept", "受理", "Accept";
        RequestSupplement = "request_supplement", "通知补正", "Ask for a supplement";
        Supplement = "supplement", "补正再报", "Resubmit";
        Decline = "decline", "不予受理", "Decline";
        GiveOpinion = "give_opinion", "出具意见", "Give an opinion";
        Conclude = "conclude", "拟定审核结论", "Conclude the review";
        Sign = "sign", "签发审核意见书", "Sign the review opinion";
        SignReturn = "sign_return", "退回重议", "Return for review";
        List = "list", "列入使用计划", "List in the usage plan";
        Ratify = "ratify", "市政府审定", "Ratify";
        RecordFunding = "record_funding", "登记资金落实", "Record funding";
        RecordContract = "record_contract", "登记合同", "Record the contract";
        Withdraw = "withdraw", "撤回", "Withdraw";
    }
}

impl Command {
    /// Which command it is.
    pub fn kind(&self) -> CommandKind {
        use {Command as C, CommandKind as K};
        match self {
            C::Submit { .. } => K::Submit,
            C::UnitApprove { .. } => K::UnitApprove,
            C::UnitReturn { .. } => K::UnitReturn,
            C::Consolidate { .. } => K::Consolidate,
            C::ConsolidateReturn { .. } => K::ConsolidateReturn,
            C::Accept { .. } => K::Accept,
            C::RequestSupplement { .. } => K::RequestSupplement,
            C::Supplement => K::Supplement,
            C::Decline { .. } => K::Decline,
            C::GiveOpinion { .. } => K::GiveOpinion,
            C::Conclude { .. } => K::Conclude,
            C::Sign { .. } => K::Sign,
            C::SignReturn { .. } => K::SignReturn,
            C::List { .. } => K::List,
            C::Ratify => K::Ratify,
            C::RecordFunding { .. } => K::RecordFunding,
            C::RecordContract { .. } => K::RecordContract,
            C::Withdraw { .. } => K::Withdraw,
        }
    }
}

impl CommandKind {
    /// The legal basis: written to the audit log, shown beside a refusal.
    pub fn clause(self) -> Clause {
        use CommandKind as K;
        match self {
            K::Submit | K::UnitApprove | K::UnitReturn | K::Withdraw | K::Supplement => clause::A10_1,
            K::Consolidate | K::ConsolidateReturn => clause::A10_1_1,
            K::Accept | K::RequestSupplement | K::Decline => clause::A10_2,
            K::GiveOpinion | K::Conclude | K::Sign | K::SignReturn | K::List | K::Ratify => clause::A10_3,
            K::RecordFunding | K::RecordContract => clause::A13_1,
        }
    }
}

/// Why a command changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("this step cannot follow the present state")]
    OutOfOrder { state: &'static str },
    #[error("materials on the check-list are missing; ask for a supplement or decline")]
    ChecklistIncomplete,
    #[error("a supplement is asked for once only")]
    SupplementAsked,
    #[error("an opinion of this department was given before")]
    OpinionGiven,
    #[error("opinions still missing: {0}")]
    OpinionsMissing(String),
    #[error("the calendar does not reach far enough: {0}")]
    Calendar(CalendarError),
}

impl Refuse for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::OutOfOrder { .. } => "application.out_of_order",
            Self::ChecklistIncomplete => "application.checklist_incomplete",
            Self::SupplementAsked => "application.supplement_asked",
            Self::OpinionGiven => "application.opinion_given",
            Self::OpinionsMissing(_) => "application.opinions_missing",
            Self::Calendar(_) => "calendar.year_missing",
        }
    }

    fn clause(&self) -> Option<Clause> {
        Some(match self {
            Self::OutOfOrder { .. } => clause::A10,
            Self::ChecklistIncomplete | Self::SupplementAsked => clause::A10_2,
            Self::OpinionGiven | Self::OpinionsMissing(_) => clause::A10_3,
            Self::Calendar(_) => return None,
        })
    }

    fn zh(&self) -> String {
        match self {
            Self::OutOfOrder { state } => format!("当前状态为「{state}」,不能办理此步骤"),
            Self::ChecklistIncomplete => "核对清单中尚有材料缺失,请通知补正或不予受理".into(),
            Self::SupplementAsked => "补正通知只能发出一次,请受理或不予受理".into(),
            Self::OpinionGiven => "该部门已出具意见".into(),
            Self::OpinionsMissing(who) => format!("尚缺意见:{who}"),
            Self::Calendar(_) => "工作日历缺少相应年度,无法计算时限,请先导入工作日历".into(),
        }
    }
}

impl From<CalendarError> for Refusal {
    fn from(error: CalendarError) -> Self {
        Self::Calendar(error)
    }
}

crate::terms! {
    /// 状态名称, for filters.
    pub enum StateName {
        Draft = "draft", "草稿", "draft";
        UnitReview = "unit_review", "单位审核", "agency review";
        AwaitingConsolidation = "awaiting_consolidation", "待汇总", "awaiting consolidation";
        Submitted = "submitted", "待受理", "awaiting acceptance";
        Supplementing = "supplementing", "补正中", "supplementing";
        Declined = "declined", "不予受理", "declined";
        UnderReview = "under_review", "审核中", "under review";
        AwaitingSignature = "awaiting_signature", "待签发", "awaiting signature";
        Approved = "approved", "审核通过", "approved";
        Rejected = "rejected", "审核不通过", "rejected";
        Listed = "listed", "列入计划", "listed in plan";
        Ratified = "ratified", "已审定", "ratified";
        Funded = "funded", "资金已落实", "funded";
        Contracted = "contracted", "合同已登记", "contracted";
        Withdrawn = "withdrawn", "已撤回", "withdrawn";
    }
}

impl State {
    /// 状态的代码、中文与英文.
    pub fn term(&self) -> crate::term::Term {
        self.name().term()
    }

    fn name(&self) -> StateName {
        match self {
            Self::Draft => StateName::Draft,
            Self::UnitReview { .. } => StateName::UnitReview,
            Self::AwaitingConsolidation { .. } => StateName::AwaitingConsolidation,
            Self::Submitted { .. } => StateName::Submitted,
            Self::Supplementing { .. } => StateName::Supplementing,
            Self::Declined { .. } => StateName::Declined,
            Self::UnderReview { .. } => StateName::UnderReview,
            Self::AwaitingSignature { .. } => StateName::AwaitingSignature,
            Self::Approved { .. } => StateName::Approved,
            Self::Rejected { .. } => StateName::Rejected,
            Self::Listed { .. } => StateName::Listed,
            Self::Ratified => StateName::Ratified,
            Self::Funded { .. } => StateName::Funded,
            Self::Contracted { .. } => StateName::Contracted,
            Self::Withdrawn => StateName::Withdrawn,
        }
    }

    /// True where the agency may still edit the form.
    pub fn editable(&self) -> bool {
        matches!(self, Self::Draft | Self::Supplementing { .. })
    }

    /// What this state waits for: who must do what, and by when.
    pub fn duties(&self) -> Vec<Duty> {
        use crate::duty::Holder::{Agency, Office, Superior, Treasury};
        match self {
            Self::Draft => vec![Duty::new("finish_draft", Agency(Role::AgencyHandler))],
            Self::UnitReview { .. } => vec![Duty::new("unit_review", Agency(Role::AgencyLeader))],
            Self::AwaitingConsolidation { due } => {
                vec![Duty::new("consolidate", Superior).due(*due, Timer::T15)]
            }
            Self::Submitted { answer_due, .. } => {
                vec![Duty::new("accept", Office(Role::CenterAcceptor)).due(*answer_due, Timer::T1)]
            }
            Self::Supplementing { .. } => vec![Duty::new("supplement", Agency(Role::AgencyHandler))],
            Self::UnderReview { opinions_due, review_due, opinions } => {
                let mut duties: Vec<Duty> = review::missing(opinions)
                    .into_iter()
                    .map(|department| {
                        Duty::new("give_opinion", Office(department.role())).due(*opinions_due, Timer::T9)
                    })
                    .collect();
                if duties.is_empty() {
                    duties.push(Duty::new("conclude", Office(Role::CenterReviewer)).due(*review_due, Timer::T8));
                }
                duties
            }
            Self::AwaitingSignature { review_due, .. } => {
                vec![Duty::new("sign", Office(Role::CenterLead)).due(*review_due, Timer::T8)]
            }
            Self::Approved { .. } => vec![Duty::new("list", Office(Role::CenterReviewer))],
            Self::Ratified => vec![Duty::new("record_funding", Treasury)],
            Self::Funded { .. } => vec![Duty::new("record_contract", Office(Role::AuthorityOfficer))],
            Self::Contracted { .. } => vec![Duty::new("notify_trial", Office(Role::CenterResources))],
            Self::Listed { .. } | Self::Declined { .. } | Self::Rejected { .. } | Self::Withdrawn => vec![],
        }
    }
}

/// May this command follow this state at all? `transition` asks the same first.
pub fn permits(state: &State, kind: CommandKind) -> Result<(), Refusal> {
    use {CommandKind as K, State as S};
    let in_order = match state {
        S::Draft => matches!(kind, K::Submit | K::Withdraw),
        S::UnitReview { .. } => matches!(kind, K::UnitApprove | K::UnitReturn | K::Withdraw),
        S::AwaitingConsolidation { .. } => matches!(kind, K::Consolidate | K::ConsolidateReturn | K::Withdraw),
        S::Submitted { supplemented: true, .. } if kind == K::RequestSupplement => {
            return Err(Refusal::SupplementAsked);
        }
        S::Submitted { .. } => matches!(kind, K::Accept | K::RequestSupplement | K::Decline | K::Withdraw),
        S::Supplementing { .. } => matches!(kind, K::Supplement | K::Decline | K::Withdraw),
        S::UnderReview { opinions, .. } => match kind {
            K::GiveOpinion => !review::missing(opinions).is_empty(),
            K::Conclude => {
                let missing = review::missing(opinions);
                if !missing.is_empty() {
                    return Err(Refusal::OpinionsMissing(
                        missing.iter().map(|d| d.zh()).collect::<Vec<_>>().join("、"),
                    ));
                }
                true
            }
            _ => false,
        },
        S::AwaitingSignature { .. } => matches!(kind, K::Sign | K::SignReturn),
        S::Approved { .. } => matches!(kind, K::List),
        S::Listed { .. } => matches!(kind, K::Ratify),
        S::Ratified => matches!(kind, K::RecordFunding),
        S::Funded { .. } => matches!(kind, K::RecordContract),
        S::Contracted { .. } | S::Declined { .. } | S::Rejected { .. } | S::Withdrawn => false,
    };
    if in_order { Ok(()) } else { Err(Refusal::OutOfOrder { state: state.term().zh }) }
}

/// The only way an application changes state.
///
/// A limit binds the office, not the agency: a late answer is still an answer, so lateness is
/// shown and counted and never refuses a step.
pub fn transition(
    from: State,
    command: Command,
    today: Date,
    calendar: &Calendar,
    limits: &Limits,
) -> Result<State, Refusal> {
    use {Command as C, State as S};
    permits(&from, command.kind())?;
    let answer_due = |supplemented| -> Result<S, Refusal> {
        Ok(S::Submitted { answer_due: calendar.add(today, limits.acceptance.value)?, supplemented })
    };
    Ok(match (from, command) {
        (S::Draft, C::Submit { mode }) => S::UnitReview { mode },
        (S::UnitReview { mode: Mode::Special }, C::UnitApprove { .. }) => answer_due(false)?,
        (S::UnitReview { mode: Mode::Consolidated }, C::UnitApprove { .. }) => {
            S::AwaitingConsolidation { due: calendar.add(today, limits.consolidation.value)? }
        }
        (S::UnitReview { .. }, C::UnitReturn { .. }) => S::Draft,
        (S::AwaitingConsolidation { .. }, C::Consolidate { .. }) => answer_due(false)?,
        (S::AwaitingConsolidation { .. }, C::ConsolidateReturn { .. }) => S::Draft,
        (S::Submitted { .. }, C::Accept { checklist, .. }) => {
            if checklist.is_empty() || checklist.iter().any(|row| !row.present) {
                return Err(Refusal::ChecklistIncomplete);
            }
            S::UnderReview {
                opinions_due: calendar.add(today, limits.opinion.value)?,
                review_due: calendar.add(today, limits.review.value)?,
                opinions: vec![],
            }
        }
        (S::Submitted { .. }, C::RequestSupplement { missing }) => S::Supplementing { missing },
        // 补正后再报: T1 counts anew in full from the next day; our own decision, since 第十条(二) knows no 补正.
        (S::Supplementing { .. }, C::Supplement) => answer_due(true)?,
        (S::Submitted { .. } | S::Supplementing { .. }, C::Decline { reason, opinion }) => {
            S::Declined { reason, opinion }
        }
        (S::UnderReview { opinions_due, review_due, mut opinions }, C::GiveOpinion { opinion }) => {
            if opinions.iter().any(|given| given.department == opinion.department) {
                return Err(Refusal::OpinionGiven);
            }
            opinions.push(opinion);
            S::UnderReview { opinions_due, review_due, opinions }
        }
        (S::UnderReview { review_due, opinions, .. }, C::Conclude { conclusion }) => {
            S::AwaitingSignature { review_due, conclusion, opinions }
        }
        (S::AwaitingSignature { conclusion, .. }, C::Sign { .. }) if conclusion.approved => S::Approved { conclusion },
        (S::AwaitingSignature { conclusion, .. }, C::Sign { .. }) => S::Rejected { conclusion },
        (S::AwaitingSignature { review_due, opinions, .. }, C::SignReturn { .. }) => {
            S::UnderReview { opinions_due: review_due, review_due, opinions }
        }
        (S::Approved { .. }, C::List { plan }) => S::Listed { plan },
        (S::Listed { .. }, C::Ratify) => S::Ratified,
        (S::Ratified, C::RecordFunding { fund }) => S::Funded { fund },
        (S::Funded { fund }, C::RecordContract { contract }) => S::Contracted { fund, contract },
        (_, C::Withdraw { .. }) => S::Withdrawn,
        (other, _) => return Err(Refusal::OutOfOrder { state: other.term().zh }),
    })
}

#[cfg(test)]
mod tests;
