//! 申请、测试、开通的各步: from the blank form to the confirmed service.

use domain::application::cut::{Cut, CutTarget};
use domain::application::form::Urgency;
use domain::application::material;
use domain::application::review::{Department, DepartmentOpinion, Verdict};
use domain::application::{self, ChecklistRow, Conclusion, Contract, DeclineReason, Fund};
use domain::ids::{ApplicationId, SubscriptionId, TrialId};
use domain::money::Fen;
use domain::opinion::Opinion;
use domain::org::Role;
use domain::{subscription, trial};

use super::form::{Clerk, form};
use super::play::Play;
use super::route::Step;
use super::services;
use super::timetable::luck;
use crate::actor::Actor;
use crate::{AppError, application as applications, outbox, subscription as subscriptions, trial as trials};

impl Play<'_> {
    pub(super) async fn play_step(&mut self, index: usize, step: Step) -> Result<(), AppError> {
        match step {
            Step::Create => self.fill_in(index).await,
            Step::Notify => {
                let actor = self.holder(Role::CenterResources, None, index)?;
                trials::notify(self.app, &actor, &self.meta, ApplicationId(self.case(index)?)).await.map(drop)
            }
            Step::Acknowledge
            | Step::Open
            | Step::Deliver
            | Step::RequestExtension
            | Step::GrantExtension
            | Step::ReportFailure
            | Step::Report
            | Step::ApproveReport
            | Step::Exit => self.try_out(index, step).await,
            Step::Confirm | Step::Dispute | Step::Resolve => self.serve(index, step).await,
            _ => self.apply(index, step).await,
        }
    }

    /// 填报: the form and its materials.
    async fn fill_in(&mut self, index: usize) -> Result<(), AppError> {
        let (app, case) = (self.app, &self.city.cases[index]);
        let seat = self.seat(index)?.clone();
        let handler = self.holder(Role::AgencyHandler, Some(seat.id), 0)?;
        let clerk = Clerk {
            name: &handler.name,
            agency: &seat.name,
            credit_code: &seat.credit_code,
            county: seat.county.is_some(),
            today: app.clock.today(),
        };
        let mut filled = form(case, &clerk, &self.city.words, &mut luck(self.seed, &format!("{}/form", case.key)))?;
        filled.services = services::ordered(case, &mut luck(self.seed, &format!("{}/services", case.key)));
        let answer = applications::create(app, &handler, &self.meta).await?;
        self.cases[index] = Some(answer.id);
        let id = ApplicationId(answer.id);
        applications::save_form(app, &handler, &self.meta, id, answer.version, filled.clone()).await?;
        for kind in material::required(&filled) {
            self.attach(index, &handler, kind).await?;
        }
        Ok(())
    }

    async fn apply(&mut self, index: usize, step: Step) -> Result<(), AppError> {
        let (actor, command) = self.application_command(index, step).await?;
        let id = self.case(index)?;
        let row = store::case::one(&self.app.store.pool, id).await?;
        applications::execute(self.app, &actor, &self.meta, ApplicationId(id), row.version, command).await.map(drop)
    }

    async fn application_command(&self, index: usize, step: Step) -> Result<(Actor, application::Command), AppError> {
        use application::Command as C;
        let at = Some(self.seat(index)?.id);
        let handler = || self.holder(Role::AgencyHandler, at, 0);
        let leader = || self.holder(Role::AgencyLeader, at, 0);
        let acceptor = || self.holder(Role::CenterAcceptor, None, index);
        let words = |what: &str| self.words(what, index);
        Ok(match step {
            Step::Submit => (handler()?, C::Submit { mode: self.city.cases[index].mode }),
            Step::UnitReturn => (leader()?, C::UnitReturn { opinion: words("unit_return")? }),
            Step::UnitApprove => (leader()?, C::UnitApprove { opinion: words("unit_approve")? }),
            Step::Consolidate => (self.superior(index).await?, C::Consolidate { opinion: words("consolidate")? }),
            Step::ConsolidateReturn => {
                (self.superior(index).await?, C::ConsolidateReturn { opinion: words("consolidate_return")? })
            }
            Step::RequestSupplement => (acceptor()?, C::RequestSupplement { missing: words("supplement")? }),
            Step::Supplement => (handler()?, C::Supplement),
            Step::Accept => (acceptor()?, C::Accept { checklist: checklist()?, opinion: words("accept")? }),
            Step::Decline => (acceptor()?, self.decline(index)?),
            Step::Opinion(department) => self.opinion(index, department).await?,
            Step::Conclude => (self.holder(Role::CenterReviewer, None, index)?, self.conclude(index)?),
            Step::Sign => (self.holder(Role::CenterLead, None, 0)?, C::Sign { opinion: words("sign")? }),
            Step::SignReturn => {
                (self.holder(Role::CenterLead, None, 0)?, C::SignReturn { opinion: words("sign_return")? })
            }
            Step::Fund => self.fund(index).await?,
            Step::Contract => self.contract(index).await?,
            Step::Withdraw => (handler()?, C::Withdraw { opinion: words("withdraw")? }),
            other => return Err(AppError::fault(format!("{other:?} is no step of an application"))),
        })
    }

    /// Whoever consolidates for the agency: the county, the superior, or the agency's own consolidator.
    async fn superior(&self, index: usize) -> Result<Actor, AppError> {
        let seat = self.seat(index)?;
        if let Some(county) = &seat.county {
            return self.county_holder(Role::CountyGovernment, county);
        }
        let path = store::org::path(&self.app.store.pool, seat.id.0).await?;
        let found =
            path.iter().rev().find_map(|org| self.holder(Role::Consolidator, Some(domain::ids::OrgId(*org)), 0).ok());
        found.ok_or_else(|| AppError::fault(format!("{} has no consolidator", seat.name)))
    }

    fn decline(&self, index: usize) -> Result<application::Command, AppError> {
        let case = &self.city.cases[index];
        let (reason, text) = if case.has("decline_duplicate") {
            (DeclineReason::Duplicate, "本单位已有功能相同的系统在政务云运行,请在既有系统上扩展")
        } else if case.has("decline_after_supplement") {
            (DeclineReason::MaterialsMissing, "通知补正后逾期未补齐部署架构图,请备齐材料后重新申请")
        } else {
            (DeclineReason::NoFunds, "未落实资金来源,请商县财政部门后重新申请")
        };
        Ok(application::Command::Decline { reason, opinion: Opinion::new(text).map_err(AppError::fault)? })
    }

    async fn opinion(&self, index: usize, department: Department) -> Result<(Actor, application::Command), AppError> {
        let case = &self.city.cases[index];
        let actor = if department == Department::Expert {
            let assigned = store::case::one(&self.app.store.pool, self.case(index)?).await?.experts;
            let person = assigned.first().copied().map(domain::ids::PersonId);
            let found = self.people.iter().find(|actor| actor.person == person).cloned();
            found.ok_or_else(|| AppError::fault("no expert was assigned"))?
        } else {
            self.holder(department.role(), None, index)?
        };
        let judged = matches!(department, Department::Expert | Department::Finance);
        let (verdict, words) = match department {
            _ if judged && case.has("reject") => (Verdict::Disagree, "opinion_disagree"),
            Department::Expert if case.has("cut") => (Verdict::AgreeWithCuts, "opinion_cut"),
            Department::Police => (Verdict::Agree, "opinion_police"),
            Department::Finance => (Verdict::Agree, "opinion_finance"),
            Department::Secrecy => (Verdict::Agree, "opinion_secrecy"),
            Department::Expert => (Verdict::Agree, "opinion_expert"),
        };
        let score = match (department, verdict) {
            (Department::Expert, Verdict::Disagree) => Some(52),
            (Department::Expert, Verdict::AgreeWithCuts) => Some(81),
            (Department::Expert, _) => Some(88),
            _ => None,
        };
        let opinion = DepartmentOpinion {
            department,
            verdict,
            opinion: self.words(words, index)?,
            score,
            by: String::new(),
            on: None,
        };
        Ok((actor, application::Command::GiveOpinion { opinion }))
    }

    fn conclude(&self, index: usize) -> Result<application::Command, AppError> {
        let case = &self.city.cases[index];
        let approved = !case.has("reject");
        let words = match (approved, case.has("cut")) {
            (false, _) => "conclude_reject",
            (true, true) => "conclude_cut",
            (true, false) => "conclude",
        };
        // The second row, the application servers, is asked for too large.
        let at = u16::from(case.servers.len() > 1);
        let cut = Cut {
            target: CutTarget::Server,
            index: at,
            quantity: None,
            vcpu: Some(4),
            memory_gib: Some(8),
            reason: self.words("opinion_cut", index)?,
        };
        let urgency =
            if case.has("emergency") { Urgency::Critical } else { [Urgency::Urgent, Urgency::Normal][index % 2] };
        let cuts = if approved && case.has("cut") { vec![cut] } else { vec![] };
        let conclusion = Conclusion { approved, opinion: self.words(words, index)?, urgency, cuts };
        Ok(application::Command::Conclude { conclusion })
    }

    async fn fund(&self, index: usize) -> Result<(Actor, application::Command), AppError> {
        let seat = self.seat(index)?;
        let actor = match &seat.county {
            Some(county) => self.county_holder(Role::CountyFinance, county)?,
            None => self.holder(Role::Finance, None, index)?,
        };
        let fee = store::case::one(&self.app.store.pool, self.case(index)?).await?.fee_fen;
        let (office, year) = (if seat.county.is_some() { "县财预" } else { "市财预" }, self.app.clock.today().year());
        let item = Opinion::new(format!("{office}〔{year}〕{}号 政务云服务", 20 + index)).map_err(AppError::fault)?;
        Ok((actor, application::Command::RecordFunding { fund: Fund { item, amount_fen: Fen(fee) } }))
    }

    /// The contract comes a little below the caps.
    async fn contract(&self, index: usize) -> Result<(Actor, application::Command), AppError> {
        let fee = store::case::one(&self.app.store.pool, self.case(index)?).await?.fee_fen;
        let today = self.app.clock.today();
        let number = format!("{}-HT-{}-{:03}", self.app.regulation.numbers.case_prefix, today.year(), index + 1);
        let contract = Contract {
            number: Opinion::new(number).map_err(AppError::fault)?,
            signed_on: today,
            amount_fen: Fen(fee / 100 * 97),
        };
        Ok((self.holder(Role::AuthorityOfficer, None, index)?, application::Command::RecordContract { contract }))
    }

    async fn try_out(&mut self, index: usize, step: Step) -> Result<(), AppError> {
        let case = self.case(index)?;
        let child = store::case::trial(&self.app.store.pool, case).await?;
        let child = child.ok_or_else(|| AppError::fault("the trial was not notified"))?;
        let (actor, command) = self.trial_command(index, step)?;
        trials::execute(self.app, &actor, &self.meta, TrialId(child.id), child.version, command).await?;
        if step == Step::Open {
            outbox::drain(self.app).await?;
            self.fulfil(index).await?;
        }
        if matches!(step, Step::Open | Step::Exit) {
            self.report_services(index).await?;
        }
        Ok(())
    }

    fn trial_command(&self, index: usize, step: Step) -> Result<(Actor, trial::Command), AppError> {
        use trial::Command as C;
        let at = Some(self.seat(index)?.id);
        let handler = || self.holder(Role::AgencyHandler, at, 0);
        let manager = || self.holder(Role::SupplierManager, None, index);
        let words = |what: &str| self.words(what, index);
        let manual = self.city.cases[index].has("manual");
        Ok(match step {
            Step::Acknowledge => (manager()?, C::Acknowledge),
            Step::Open => {
                let engine = if manual { self.engines.work_order } else { self.engines.simulated };
                (self.holder(Role::SupplierEngineer, None, index)?, C::Open { engine })
            }
            Step::Deliver => {
                let days = self.timetables[index].trial_days;
                (
                    manager()?,
                    C::Deliver { minutes: words("minutes")?, deployment_plan: words("deployment_plan")?, days },
                )
            }
            Step::RequestExtension => (handler()?, C::RequestExtension { days: 10, reason: words("extension")? }),
            Step::GrantExtension => {
                (self.holder(Role::AuthorityLead, None, 0)?, C::GrantExtension { opinion: words("grant_extension")? })
            }
            Step::ReportFailure => (handler()?, C::Report { report: self.report(index, false)? }),
            Step::Report => (handler()?, C::Report { report: self.report(index, true)? }),
            Step::ApproveReport => {
                (self.holder(Role::AgencyLeader, at, 0)?, C::ApproveReport { opinion: words("approve_report")? })
            }
            Step::Exit => (handler()?, C::Exit { reason: words("exit")? }),
            other => return Err(AppError::fault(format!("{other:?} is no step of a trial"))),
        })
    }

    fn report(&self, index: usize, passed: bool) -> Result<trial::Report, AppError> {
        let cases = 40 + u32::try_from(index % 60).unwrap_or(0);
        let word = |good: &str, bad: &str| self.words(if passed { good } else { bad }, index);
        Ok(trial::Report {
            function_cases: cases,
            function_passed: if passed { cases - 1 } else { cases - 6 },
            performance_passed: passed,
            performance: word("performance", "performance_bad")?,
            high_risks: 0,
            medium_risks: u32::from(!passed) + 1,
            low_risks: 3,
            security: self.words("security", index)?,
            backup_verified: true,
            passed,
            opinion: word("report", "report_bad")?,
        })
    }

    async fn serve(&mut self, index: usize, step: Step) -> Result<(), AppError> {
        let at = Some(self.seat(index)?.id);
        let child = store::case::subscription(&self.app.store.pool, self.case(index)?).await?;
        let child = child.ok_or_else(|| AppError::fault("the service was not opened"))?;
        let (actor, command) = match step {
            Step::Dispute => (
                self.holder(Role::AgencyHandler, at, 0)?,
                subscription::Command::Dispute { differences: self.words("dispute", index)? },
            ),
            Step::Resolve => (
                self.holder(Role::CenterResources, None, index)?,
                subscription::Command::Resolve { opinion: self.words("resolve", index)? },
            ),
            _ => (
                self.holder(Role::AgencyHandler, at, 0)?,
                subscription::Command::Confirm { opinion: self.words("confirm", index)? },
            ),
        };
        subscriptions::execute(self.app, &actor, &self.meta, SubscriptionId(child.id), child.version, command)
            .await
            .map(drop)
    }
}

fn checklist() -> Result<Vec<ChecklistRow>, AppError> {
    ["申请表填写完整", "附件材料齐全", "属于政务云适用范围", "非涉密确认"]
        .into_iter()
        .map(|item| Ok(ChecklistRow { item: Opinion::new(item).map_err(AppError::fault)?, present: true }))
        .collect()
}
