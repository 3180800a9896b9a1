//! What the pages of a case show: buttons, lights, the page itself. Computed from the same transition and
//! authorization code that carries the commands out, so the web holds no rule.

use domain::calendar::{Calendar, Date};
use domain::clause::Clause;
use domain::duty::Timer;
use domain::limits::Limits;
use domain::term::Term;
use uuid::Uuid;

use crate::actor::Actor;
use crate::authz::{self, Target};
use crate::error::Reason;

pub mod case_list;
pub mod case_page;
pub mod dashboard;
pub mod parts;
pub mod work_list;

/// A filter as it was typed; blank is none.
pub(crate) fn filled_in(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// 动作: a button, and why it is disabled.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ActionView {
    pub room: String,
    #[schema(value_type = String, format = "uuid")]
    pub subject_id: Uuid,
    pub version: i32,
    pub name: &'static str,
    pub zh: &'static str,
    pub en: &'static str,
    pub allowed: bool,
    pub refusal: Option<Reason>,
    pub clause: Clause,
}

impl ActionView {
    /// The button of one command: absent where the actor's roles never give it, disabled where the state forbids it.
    pub fn of(
        actor: &Actor,
        (room, subject_id, version): (&str, Uuid, i32),
        (term, clause): (Term, Clause),
        target: &Target,
        refusal: Option<Reason>,
    ) -> Option<Self> {
        let action = crate::case::action_of(room, term.code).ok()?;
        authz::check(actor, action, target).ok()?;
        let allowed = refusal.is_none();
        Some(Self {
            room: room.to_owned(),
            subject_id,
            version,
            name: term.code,
            zh: term.zh,
            en: term.en,
            allowed,
            refusal,
            clause,
        })
    }
}

domain::terms! {
    /// 时限灯 of the work list and the case page. Always shown with its words.
    pub enum Colour {
        Green = "green", "绿", "green";
        Yellow = "yellow", "黄", "yellow";
        Red = "red", "红", "red";
        Grey = "grey", "灰", "grey";
    }
}

/// 时限灯 with its words.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Light {
    pub colour: Colour,
    /// 剩余 2 个工作日 / 超期 1 个工作日 / 今天到期.
    pub zh: String,
    pub en: String,
    #[schema(value_type = String, format = "date")]
    pub due_on: Date,
    pub timer: Option<&'static str>,
    pub timer_zh: Option<&'static str>,
    /// 法定时限 as against 内部时限.
    pub statutory: bool,
}

impl Light {
    /// The light of something due at the end of `due`, seen on `today`. The trial period (T3) counts calendar days.
    pub fn of(due: Date, timer: Option<Timer>, today: Date, calendar: &Calendar, limits: &Limits) -> Self {
        let calendar_days = timer == Some(Timer::T3);
        let left = if calendar_days {
            today.until(due).map_or(0, |span| span.get_days())
        } else {
            calendar.working_days_between(today, due)
        };
        let unit = if calendar_days { "天" } else { "个工作日" };
        // Over is over by the calendar even where no working day has passed since.
        let (colour, zh, en) = if today > due {
            let late = left.unsigned_abs().max(1);
            (Colour::Red, format!("超期 {late} {unit}"), format!("{late} day(s) late"))
        } else if left == 0 {
            (Colour::Yellow, "今天到期".to_owned(), "due today".to_owned())
        } else {
            let near = left <= i32::from(limits.yellow_light.value.0);
            (
                if near { Colour::Yellow } else { Colour::Green },
                format!("剩余 {left} {unit}"),
                format!("{left} day(s) left"),
            )
        };
        Self {
            colour,
            zh,
            en,
            due_on: due,
            timer: timer.map(Timer::code),
            timer_zh: timer.map(Timer::zh),
            statutory: timer.is_some_and(Timer::statutory),
        }
    }
}
