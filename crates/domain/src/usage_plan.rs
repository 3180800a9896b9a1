//! 云服务使用计划 (usage plan): approved applications of a year, reported to the city government and ratified.
//!
//! 《办法》第十条(三). The government does not log in: its decision is entered by one person and
//! checked by another (A10_3-f; 录入 ≠ 复核).
//!
//! ```text
//! Drafting ─add…→ Drafting ─report→ Reported ─record_ratification→ RatificationEntered ─verify→ Ratified
//!                                                     └─reject_entry→ Reported
//! ```

use serde::{Deserialize, Serialize};

use crate::calendar::Date;
use crate::clause::{self, Clause};
use crate::duty::{Duty, Holder};
use crate::ids::{ApplicationId, PersonId};
use crate::opinion::Opinion;
use crate::org::Role;
use crate::term::Term;

/// 计划状态.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// 编制中.
    Drafting,
    /// 已上报, awaiting the government.
    Reported { on: Date },
    /// 审定已录入, awaiting the second person.
    RatificationEntered { reported_on: Date, ratification: Ratification, entered_by: Option<PersonId> },
    /// 已审定.
    Ratified { ratification: Ratification },
}

/// 市政府审定批文.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Ratification {
    /// 文号, e.g. 市政函〔2026〕12号.
    pub document_number: String,
    pub ratified_on: Date,
}

/// What someone asks to happen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// 列入一份审核通过的申请.
    Add { application: ApplicationId },
    /// 签发上报市政府.
    Report { opinion: Opinion },
    /// 录入审定.
    RecordRatification { ratification: Ratification },
    /// 复核审定.
    VerifyRatification,
    /// 复核不符,退回重录.
    RejectEntry { opinion: Opinion },
}

crate::terms! {
    /// The commands by name.
    pub enum CommandKind {
        Add = "add", "列入申请", "Add an application";
        Report = "report", "签发上报", "Report to the government";
        RecordRatification = "record_ratification", "录入市政府审定", "Enter the ratification";
        VerifyRatification = "verify_ratification", "复核市政府审定", "Check the ratification";
        RejectEntry = "reject_entry", "复核不符退回", "Reject the entry";
    }
}

crate::refusals! {
    /// Why a command changes nothing.
    pub enum Refusal {
        OutOfOrder { state: &'static str } = "usage_plan.out_of_order", Some(clause::A10_3), "计划当前为「{state}」,不能办理此步骤", "not possible while the plan is {state}";
        Empty = "usage_plan.empty", Some(clause::A10_3), "计划中还没有申请", "the plan is empty";
        SamePerson = "usage_plan.same_person", None, "录入人与复核人不能是同一人", "whoever entered it may not check it";
        BadNumber = "usage_plan.bad_number", None, "文号格式应如 市政函〔2026〕12号", "the document number is malformed";
        FutureDate = "usage_plan.future_date", None, "审定日期不能晚于今天或早于上报日", "the day of ratification must lie between the report and today";
    }
}

impl Command {
    /// Which command it is.
    pub fn kind(&self) -> CommandKind {
        match self {
            Self::Add { .. } => CommandKind::Add,
            Self::Report { .. } => CommandKind::Report,
            Self::RecordRatification { .. } => CommandKind::RecordRatification,
            Self::VerifyRatification => CommandKind::VerifyRatification,
            Self::RejectEntry { .. } => CommandKind::RejectEntry,
        }
    }
}

impl CommandKind {
    /// 依据.
    pub fn clause(self) -> Clause {
        clause::A10_3
    }
}

impl State {
    /// 状态的代码、中文与英文.
    pub fn term(&self) -> Term {
        let (code, zh, en) = match self {
            Self::Drafting => ("drafting", "编制中", "drafting"),
            Self::Reported { .. } => ("reported", "已上报", "reported"),
            Self::RatificationEntered { .. } => ("ratification_entered", "审定待复核", "ratification entered"),
            Self::Ratified { .. } => ("ratified", "已审定", "ratified"),
        };
        Term { code, zh, en }
    }

    /// What it waits for.
    pub fn duties(&self) -> Vec<Duty> {
        match self {
            Self::Drafting => vec![Duty::new("sign_plan", Holder::Office(Role::CenterLead))],
            Self::Reported { .. } => vec![Duty::new("record_ratification", Holder::Office(Role::CenterReviewer))],
            Self::RatificationEntered { .. } => {
                vec![Duty::new("verify_ratification", Holder::Office(Role::CenterLead))]
            }
            Self::Ratified { .. } => vec![],
        }
    }
}

/// May this command follow this state at all?
pub fn permits(state: &State, kind: CommandKind) -> Result<(), Refusal> {
    use {CommandKind as K, State as S};
    let in_order = match state {
        S::Drafting => matches!(kind, K::Add | K::Report),
        S::Reported { .. } => matches!(kind, K::RecordRatification),
        S::RatificationEntered { .. } => matches!(kind, K::VerifyRatification | K::RejectEntry),
        S::Ratified { .. } => false,
    };
    if in_order { Ok(()) } else { Err(Refusal::OutOfOrder { state: state.term().zh }) }
}

/// The only way a plan changes state. `rows` is how many applications it holds, `actor` who acts.
pub fn transition(
    from: State,
    command: Command,
    rows: usize,
    actor: Option<PersonId>,
    today: Date,
) -> Result<State, Refusal> {
    use {Command as C, State as S};
    permits(&from, command.kind())?;
    Ok(match (from, command) {
        (S::Drafting, C::Add { .. }) => S::Drafting,
        (S::Drafting, C::Report { .. }) if rows == 0 => return Err(Refusal::Empty),
        (S::Drafting, C::Report { .. }) => S::Reported { on: today },
        (S::Reported { on }, C::RecordRatification { ratification }) => {
            if !crate::identifiers::is_document_number(&ratification.document_number) {
                return Err(Refusal::BadNumber);
            }
            if ratification.ratified_on > today || ratification.ratified_on < on {
                return Err(Refusal::FutureDate);
            }
            S::RatificationEntered { reported_on: on, ratification, entered_by: actor }
        }
        (S::RatificationEntered { entered_by, ratification, .. }, C::VerifyRatification) => {
            if entered_by == actor {
                return Err(Refusal::SamePerson);
            }
            S::Ratified { ratification }
        }
        (S::RatificationEntered { reported_on, .. }, C::RejectEntry { .. }) => S::Reported { on: reported_on },
        (other, _) => return Err(Refusal::OutOfOrder { state: other.term().zh }),
    })
}

#[cfg(test)]
mod tests;
