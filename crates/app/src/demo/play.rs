//! 演示办件的办理: each step of the history as the command its person would give.

use std::collections::{BTreeMap, BTreeSet};

use domain::application::form::Mode;
use domain::ids::{EngineId, OrgId, UsagePlanId};
use domain::org::Role;
use domain::usage_plan;
use uuid::Uuid;

use super::history::{Event, PlanStep};
use super::route::Step;
use super::tables::City;
use super::timetable::Timetable;
use crate::actor::{Actor, Meta};
use crate::{App, AppError, usage_plan as plans};

/// 单位 as entered.
#[derive(Clone, Debug)]
pub(super) struct Seat {
    pub id: OrgId,
    pub name: String,
    pub county: Option<String>,
    pub credit_code: String,
}

/// The city as it stands while its history is told.
pub(super) struct Play<'a> {
    pub app: &'a App,
    pub city: &'a City,
    pub seed: u64,
    /// By key.
    pub seats: BTreeMap<String, Seat>,
    /// Everyone, in the order of the table.
    pub people: Vec<Actor>,
    pub timetables: Vec<Timetable>,
    /// 申请, in the order of the table.
    pub cases: Vec<Option<Uuid>>,
    /// 变更 and 终止 of each case.
    pub after: Vec<Vec<Option<Uuid>>>,
    pub plans: Vec<Option<Uuid>>,
    pub engines: Engines,
    /// Cases that are to be found while the engineer is at work.
    pub at_work: BTreeSet<usize>,
    pub meta: Meta,
}

/// 云引擎 of the demonstration.
#[derive(Clone, Copy, Debug)]
pub(super) struct Engines {
    pub simulated: EngineId,
    pub work_order: EngineId,
}

impl Play<'_> {
    /// Lets it happen.
    pub async fn play(&mut self, event: Event) -> Result<(), AppError> {
        match event {
            Event::Plan(index, step) => self.play_plan(index, step).await,
            Event::Case(_, Step::Listed | Step::Ratified | Step::Activated | Step::Expired) => Ok(()),
            Event::Case(index, Step::After(which, step)) => self.play_after(index, which, step).await,
            Event::Case(index, step) => self.play_step(index, step).await,
        }
    }

    async fn play_plan(&mut self, index: usize, step: PlanStep) -> Result<(), AppError> {
        let (app, plan) = (self.app, &self.city.plans[index]);
        let reviewer = self.holder(Role::CenterReviewer, None, index)?;
        let lead = self.holder(Role::CenterLead, None, 0)?;
        if step == PlanStep::Draw {
            return self.draw_plan(index, &reviewer).await;
        }
        let Some(id) = self.plans[index] else { return Ok(()) };
        let row = store::usage_plan::one(&app.store.pool, id).await?;
        let (actor, command) = match step {
            PlanStep::Report => (lead, usage_plan::Command::Report { opinion: self.words("sign", index)? }),
            PlanStep::Enter => {
                let document_number = plan.document.clone();
                let ratification = usage_plan::Ratification { document_number, ratified_on: app.clock.today() };
                (reviewer, usage_plan::Command::RecordRatification { ratification })
            }
            // Now by the head of the centre, now by the government itself.
            _ if plan.mode == Mode::Consolidated => {
                (self.holder(Role::Government, None, 0)?, usage_plan::Command::VerifyRatification)
            }
            _ => (lead, usage_plan::Command::VerifyRatification),
        };
        plans::execute(app, &actor, &self.meta, UsagePlanId(id), row.version, command).await.map(drop)
    }

    /// A plan of what was approved for it; none where nothing was.
    async fn draw_plan(&mut self, index: usize, reviewer: &Actor) -> Result<(), AppError> {
        let app = self.app;
        let of_plan = |(case, days): (usize, &Timetable)| (days.plan == Some(index)).then_some(case);
        let listed: Vec<usize> = self.timetables.iter().enumerate().filter_map(of_plan).collect();
        if listed.is_empty() {
            return Ok(());
        }
        let answer = plans::create(app, reviewer, &self.meta, self.city.plans[index].year).await?;
        let mut version = answer.version;
        for case in listed {
            let application = domain::ids::ApplicationId(self.case(case)?);
            let add = usage_plan::Command::Add { application };
            version = plans::execute(app, reviewer, &self.meta, UsagePlanId(answer.id), version, add).await?.version;
        }
        self.plans[index] = Some(answer.id);
        Ok(())
    }

    /// Someone who holds the role: at `org` where one is named, else anywhere; the `turn`-th of them.
    pub fn holder(&self, role: Role, org: Option<OrgId>, turn: usize) -> Result<Actor, AppError> {
        let fits = |actor: &&Actor| {
            actor.grants.iter().any(|grant| grant.role == role && org.is_none_or(|at| grant.org == at))
        };
        let holders: Vec<&Actor> = self.people.iter().filter(fits).collect();
        match holders.len() {
            0 => Err(AppError::fault(format!("nobody in the demonstration city is {}", role.code()))),
            count => Ok(holders[turn % count].clone()),
        }
    }

    /// Someone who holds the role at one of these organisations, or in this county.
    pub fn county_holder(&self, role: Role, county: &str) -> Result<Actor, AppError> {
        let fits = |actor: &&Actor| actor.holds(role) && actor.county.as_deref() == Some(county);
        let found = self.people.iter().find(fits).cloned();
        found.ok_or_else(|| AppError::fault(format!("nobody in {county} is {}", role.code())))
    }

    /// Words as an opinion.
    pub fn words(&self, what: &str, turn: usize) -> Result<domain::opinion::Opinion, AppError> {
        domain::opinion::Opinion::new(self.city.words.say(what, turn)?).map_err(AppError::fault)
    }

    /// The application of a line that has begun.
    pub fn case(&self, index: usize) -> Result<Uuid, AppError> {
        self.cases[index].ok_or_else(|| AppError::fault(format!("{} has not begun", self.city.cases[index].key)))
    }

    /// The agency of a line.
    pub fn seat(&self, index: usize) -> Result<&Seat, AppError> {
        let key = &self.city.cases[index].agency;
        self.seats.get(key).ok_or_else(|| AppError::fault(format!("no organisation {key}")))
    }
}
