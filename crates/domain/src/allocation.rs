//! 调配 (allocation): what an unfinished year left, given to another agency's system, and what that saves it.
//!
//! 《办法》第十条(七): 使用未满1年的云服务终止时,由市信息中心统筹调配给其他有需求的单位. The money is our decision (D10):
//! whom it is given to pays nothing for it up to the item's last day, and who paid first stays the payer. The servers of
//! the recipient are opened by its own case, as always; the first agency's data were erased and certified before.
//!
//! ```text
//! Reserved ─take_effect→ Effective ─shrink→ Effective ─end→ Ended
//!    └─release, let_go→ Released
//! ```
//! Only `release` is somebody's step. The others follow: from the opening or the change that is carried out, from a case
//! that comes to nothing, and from the day after the item's last one.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::application::pricing::OrderLine;
use crate::calendar::Date;
use crate::clause::{self, Clause};
use crate::duty::Duty;
use crate::ids::OrgId;
use crate::money::{Fen, MoneyError};
use crate::opinion::Opinion;
use crate::subscription::Year;
use crate::term::Term;
use crate::{application, change, trial};

/// 调配状态. Quantities are in the product's unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// 已预留: promised to a case until it opens, or its change is carried out.
    Reserved { quantity: u64 },
    /// 已生效: `quantity` costs the recipient nothing.
    Effective { quantity: u64, since: Date },
    /// 已结束, final. `on` is the last day it covered.
    Ended { quantity: u64, since: Date, on: Date, why: EndReason },
    /// 已撤销, final: it never took effect.
    Released { quantity: u64, on: Date, why: ReleaseReason },
}

crate::terms! {
    /// 结束原因.
    pub enum EndReason {
        ItemOver = "item_over", "余量到期", "the remainder is over";
        ServiceEnded = "service_ended", "受配系统终止", "the recipient's service has ended";
        GivenUp = "given_up", "受配系统减配", "a change gave it up";
    }
}

crate::terms! {
    /// 撤销原因.
    pub enum ReleaseReason {
        ByCentre = "by_centre", "信息中心撤销", "by the information centre";
        CaseOver = "case_over", "受配办件未办成", "the recipient's case came to nothing";
        ItemOver = "item_over", "余量先行到期", "the remainder was over first";
        NotNeeded = "not_needed", "受配办件不再需要", "the case needs it no more";
    }
}

/// What someone asks to happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = AllocationCommand)]
pub enum Command {
    /// 撤销预留.
    Release { opinion: Opinion },
    /// 生效, with the opening or the change: how much of it the line has really come to.
    TakeEffect { quantity: u64 },
    /// 减少, with a change that gives part of it up: what is left, at least 1.
    Shrink { quantity: u64 },
    /// 结束.
    End { why: EndReason },
    /// 失效, before it took effect.
    LetGo { why: ReleaseReason },
}

crate::terms! {
    /// The commands by name.
    pub enum CommandKind {
        Release = "release", "撤销预留", "Release the reservation";
        TakeEffect = "take_effect", "调配生效", "Take effect";
        Shrink = "shrink", "调配减少", "Shrink with a change";
        End = "end", "调配结束", "End";
        LetGo = "let_go", "预留失效", "Let the reservation go";
    }
}

crate::refusals! {
    /// Why nothing is given, or a command changes nothing.
    pub enum Refusal {
        OutOfOrder { state: &'static str } = "allocation.out_of_order", Some(clause::A10_7), "调配当前为「{state}」,不能办理此步骤", "not possible while the allocation is {state}";
        SameAgency = "allocation.same_agency", Some(clause::A10_7), "该余量来自该单位自己终止的服务,应统筹调配给其他有需求的单位", "a remainder goes to another agency than it came from";
        NotErased = "allocation.not_erased", Some(clause::A28), "原使用单位的数据清除尚未完成(终止未办结,未出具数据清除证明),暂不能调配", "the first agency's data are not certified as erased yet";
        ItemOver { until: Date } = "allocation.item_over", Some(clause::A10_7), "该余量可用至 {until},已过期,不能调配", "the remainder was to be used until {until}";
        NotUnderWay = "allocation.not_under_way", Some(clause::A10_7), "该办件不在受理之后、开通之前,也没有在办的增加费用的变更,不能接受调配", "the case is neither between acceptance and opening nor has it a dearer change under way";
        NoSuchLine { line: String } = "allocation.no_such_line", Some(clause::A10_7), "该办件的 {line} 行不需要这一产品", "line {line} of the case does not ask for this product";
        NoQuantity = "allocation.no_quantity", Some(clause::A10_7), "调配数量至少为 1", "at least 1 is given";
        NothingLeft = "allocation.nothing_left", Some(clause::A10_7), "该余量已全部预留或调配", "nothing is left of it";
        BeyondLeft { asked: u64, left: u64 } = "allocation.beyond_left", Some(clause::A10_7), "调配数量 {asked} 超过余量尚余的 {left}", "{asked} is more than the {left} that is left";
        BeyondNeed { asked: u64, needed: u64 } = "allocation.beyond_need", Some(clause::A10_7), "调配数量 {asked} 超过该行尚未抵充的 {needed}", "{asked} is more than the {needed} the line needs and nothing covers";
        BeyondReserved { quantity: u64, reserved: u64 } = "allocation.beyond_reserved", Some(clause::A10_7), "生效数量 {quantity} 须大于 0 且不超过预留的 {reserved}", "{quantity} is not between 1 and the {reserved} reserved";
        NotOver { until: Date } = "allocation.not_over", Some(clause::A10_7), "余量可用至 {until},尚未到期", "the remainder runs until {until}";
        FundsUnstated = "allocation.funds_unstated", Some(clause::A10_6), "该变更因由调配池抵充而未填资金来源;请先由使用单位撤回变更,再撤销预留", "the change states no funds because the pool covers it; it is withdrawn first";
    }
}

/// 余量 as far as it decides what may be given of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// 原使用单位.
    pub agency: OrgId,
    pub until: Date,
    /// Neither promised nor given.
    pub left: u64,
    /// 数据清除证明 was issued.
    pub erased: bool,
}

/// 需求: one line of the recipient's case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    pub agency: OrgId,
    pub line: String,
    /// See [`application_under_way`], [`change_under_way`].
    pub under_way: bool,
    /// How much of the item's product the line asks for; 0 where it asks for another.
    pub wanted: u64,
    /// How much of that other allocations cover already.
    pub covered: u64,
}

/// 抵充测算 of a quantity that takes effect on a day: what it would cost, and what is left to pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AllocationQuote)]
pub struct Quote {
    /// First day it is paid for.
    #[schema(value_type = String, format = "date")]
    pub on: Date,
    /// Last day of the service year.
    #[schema(value_type = String, format = "date")]
    pub year_to: Date,
    /// Last day the remainder covers, within the year.
    #[schema(value_type = String, format = "date")]
    pub covered_to: Date,
    /// First day the price applies again; absent where the whole rest of the year is covered.
    #[schema(value_type = Option<String>, format = "date")]
    pub price_from: Option<Date>,
    /// Days from `on` to the last day of the year, days of them covered, days of the year (N).
    pub days: i32,
    pub covered_days: i32,
    pub year_days: i32,
    /// What it would cost to the end of the year.
    pub full_fen: Fen,
    /// 调配受益.
    pub benefit_fen: Fen,
    /// What is left to pay.
    pub to_pay_fen: Fen,
}

impl Command {
    /// Which command it is.
    pub fn kind(&self) -> CommandKind {
        match self {
            Self::Release { .. } => CommandKind::Release,
            Self::TakeEffect { .. } => CommandKind::TakeEffect,
            Self::Shrink { .. } => CommandKind::Shrink,
            Self::End { .. } => CommandKind::End,
            Self::LetGo { .. } => CommandKind::LetGo,
        }
    }
}

impl CommandKind {
    /// 依据.
    pub fn clause(self) -> Clause {
        clause::A10_7
    }
}

crate::terms! {
    /// 调配状态 as stored, filtered and shown.
    pub enum StateKind {
        Reserved = "reserved", "已预留", "reserved";
        Effective = "effective", "已生效", "effective";
        Ended = "ended", "已结束", "ended";
        Released = "released", "已撤销", "released";
    }
}

impl State {
    /// 状态的代码、中文与英文.
    pub fn term(&self) -> Term {
        self.kind().term()
    }

    /// The state without its data.
    pub fn kind(&self) -> StateKind {
        match self {
            Self::Reserved { .. } => StateKind::Reserved,
            Self::Effective { .. } => StateKind::Effective,
            Self::Ended { .. } => StateKind::Ended,
            Self::Released { .. } => StateKind::Released,
        }
    }

    /// How much was reserved, covers, or covered last.
    pub fn quantity(&self) -> u64 {
        match self {
            Self::Reserved { quantity }
            | Self::Effective { quantity, .. }
            | Self::Ended { quantity, .. }
            | Self::Released { quantity, .. } => *quantity,
        }
    }

    /// How much counts against the item. What a change gave up, and what never took effect, is the pool's again; with a
    /// service that ended its own remainder goes to the pool, and this is part of it.
    pub fn held(&self) -> u64 {
        match self {
            Self::Released { .. } | Self::Ended { why: EndReason::GivenUp, .. } => 0,
            other => other.quantity(),
        }
    }

    /// Why it is over, in Chinese; `None` while it is not.
    pub fn why(&self) -> Option<Term> {
        match self {
            Self::Ended { why, .. } => Some(why.term()),
            Self::Released { why, .. } => Some(why.term()),
            Self::Reserved { .. } | Self::Effective { .. } => None,
        }
    }

    /// Nobody is waited for: it follows from the case and from the day.
    pub fn duties(&self) -> Vec<Duty> {
        Vec::new()
    }
}

/// True between acceptance and opening.
pub fn application_under_way(state: &application::State, trial: Option<&trial::State>) -> bool {
    use application::State as S;
    let accepted = matches!(
        state,
        S::UnderReview { .. }
            | S::AwaitingSignature { .. }
            | S::Approved { .. }
            | S::Listed { .. }
            | S::Ratified
            | S::Funded { .. }
            | S::Contracted { .. }
    );
    accepted && !matches!(trial, Some(trial::State::Activated { .. } | trial::State::Exited { .. }))
}

/// True for a dearer change that is not over. From its draft on, so that its 资金来源 can be asked for what is left to pay.
pub fn change_under_way(state: &change::State, dearer_by: Fen) -> bool {
    state.open() && dearer_by > Fen::ZERO
}

/// How much of `sku` a change adds to one line; another product than before is added whole (D9).
pub fn added(before: &[OrderLine], after: &OrderLine) -> u64 {
    let same = before.iter().find(|line| line.line == after.line && line.sku == after.sku);
    after.quantity.saturating_sub(same.map_or(0, |line| line.quantity))
}

/// 抵充测算: the same arithmetic as the entries that will be posted (D7, D10). `on` lies within the year.
pub fn quote(each: Fen, quantity: u64, on: Date, year: Year, until: Date) -> Result<Quote, MoneyError> {
    let covered_to = until.min(year.to);
    let (days, year_days) = (year.remaining_days(on), year.days());
    let covered_days = Year { from: on, to: covered_to }.days().max(0);
    let worth = each.times(quantity)?;
    let share = |days: i32| worth.share(days.unsigned_abs().into(), year_days.unsigned_abs().into());
    let (full_fen, benefit_fen) = (share(days)?, share(covered_days)?);
    Ok(Quote {
        on,
        year_to: year.to,
        covered_to,
        price_from: if covered_to < year.to { covered_to.tomorrow().ok() } else { None },
        days,
        covered_days,
        year_days,
        full_fen,
        benefit_fen,
        to_pay_fen: full_fen.minus(benefit_fen)?,
    })
}

/// 预留: so much of an item is promised to one line of a case.
pub fn reserve(asked: u64, offer: &Offer, need: &Need, today: Date) -> Result<State, Refusal> {
    if offer.agency == need.agency {
        return Err(Refusal::SameAgency);
    }
    if !offer.erased {
        return Err(Refusal::NotErased);
    }
    if today > offer.until {
        return Err(Refusal::ItemOver { until: offer.until });
    }
    if !need.under_way {
        return Err(Refusal::NotUnderWay);
    }
    if need.wanted == 0 {
        return Err(Refusal::NoSuchLine { line: need.line.clone() });
    }
    if asked == 0 {
        return Err(Refusal::NoQuantity);
    }
    if offer.left == 0 {
        return Err(Refusal::NothingLeft);
    }
    if asked > offer.left {
        return Err(Refusal::BeyondLeft { asked, left: offer.left });
    }
    let needed = need.wanted.saturating_sub(need.covered);
    if asked > needed {
        return Err(Refusal::BeyondNeed { asked, needed });
    }
    Ok(State::Reserved { quantity: asked })
}

/// May this command follow this state at all?
pub fn permits(state: &State, kind: CommandKind) -> Result<(), Refusal> {
    use {CommandKind as K, State as S};
    let in_order = match state {
        S::Reserved { .. } => matches!(kind, K::Release | K::TakeEffect | K::LetGo),
        S::Effective { .. } => matches!(kind, K::Shrink | K::End),
        S::Ended { .. } | S::Released { .. } => false,
    };
    if in_order { Ok(()) } else { Err(Refusal::OutOfOrder { state: state.term().zh }) }
}

/// The only way an allocation changes state. `until`: the item's last day, included.
pub fn transition(from: State, command: Command, until: Date, today: Date) -> Result<State, Refusal> {
    use {Command as C, State as S};
    permits(&from, command.kind())?;
    Ok(match (from, command) {
        (S::Reserved { quantity }, C::Release { .. }) => {
            S::Released { quantity, on: today, why: ReleaseReason::ByCentre }
        }
        (S::Reserved { .. }, C::TakeEffect { .. }) if today > until => return Err(Refusal::ItemOver { until }),
        (S::Reserved { quantity: reserved }, C::TakeEffect { quantity }) => {
            if quantity == 0 || quantity > reserved {
                return Err(Refusal::BeyondReserved { quantity, reserved });
            }
            S::Effective { quantity, since: today }
        }
        (S::Reserved { .. }, C::LetGo { why: ReleaseReason::ItemOver }) if today <= until => {
            return Err(Refusal::NotOver { until });
        }
        (S::Reserved { quantity }, C::LetGo { why }) => S::Released { quantity, on: today, why },
        (S::Effective { quantity: before, since }, C::Shrink { quantity }) => {
            if quantity == 0 || quantity >= before {
                return Err(Refusal::BeyondReserved { quantity, reserved: before - 1 });
            }
            S::Effective { quantity, since }
        }
        (S::Effective { .. }, C::End { why: EndReason::ItemOver }) if today <= until => {
            return Err(Refusal::NotOver { until });
        }
        (S::Effective { quantity, since }, C::End { why }) => S::Ended { quantity, since, on: today.min(until), why },
        (other, _) => return Err(Refusal::OutOfOrder { state: other.term().zh }),
    })
}

#[cfg(test)]
mod tests;
