//! 变更与终止的各步, and what the supplier's engineer does by hand where no interface exists.

use domain::application::form::{Form, ServerRole};
use domain::application::material::MaterialKind;
use domain::ids::{ChangeId, SubscriptionId, TerminationId};
use domain::opinion::Opinion;
use domain::org::Role;
use domain::{change, termination};
use jiff::ToSpan;
use uuid::Uuid;

use super::play::Play;
use super::route::Request;
use super::tables::{Afterwards, What};
use crate::actor::Actor;
use crate::{AppError, change as changes, outbox, termination as terminations};

impl Play<'_> {
    pub(super) async fn play_after(&mut self, index: usize, which: usize, step: Request) -> Result<(), AppError> {
        let request = self.city.cases[index].then[which].clone();
        if step == Request::Draft {
            self.after[index][which] = Some(self.ask(index, &request).await?);
            return Ok(());
        }
        let id = self.after[index][which].ok_or_else(|| AppError::fault("it was not asked for"))?;
        match request.what {
            What::End => self.end(index, id, step).await?,
            What::Up | What::Down => self.change(index, id, step).await?,
        }
        if step == Request::Work {
            if matches!(request.until.as_str(), "implementing" | "reclaiming") {
                self.at_work.insert(index);
            }
            outbox::drain(self.app).await?;
            self.fulfil(index).await?;
            self.report_services(index).await?;
        }
        Ok(())
    }

    async fn ask(&self, index: usize, request: &Afterwards) -> Result<Uuid, AppError> {
        let (app, case) = (self.app, self.case(index)?);
        let handler = self.handler(index)?;
        let service = store::case::subscription(&app.store.pool, case).await?;
        let service = SubscriptionId(service.ok_or_else(|| AppError::fault("the service was not opened"))?.id);
        let answer = if request.what == What::End {
            let request = self.ending(index)?;
            terminations::create(app, &handler, &self.meta, service, request).await?
        } else {
            let row = store::case::one(&app.store.pool, case).await?;
            let form: Form = serde_json::from_value(row.granted.unwrap_or(row.form)).map_err(AppError::fault)?;
            let request = self.changing(index, request, &form)?;
            changes::create(app, &handler, &self.meta, service, request).await?
        };
        Ok(answer.id)
    }

    /// Twice or half of the application servers.
    fn changing(&self, index: usize, request: &Afterwards, form: &Form) -> Result<change::Request, AppError> {
        let at = form.servers.iter().position(|line| line.role == Some(ServerRole::App)).unwrap_or(0);
        let line = form.servers.get(at).ok_or_else(|| AppError::fault("nothing was granted"))?;
        let up = request.what == What::Up;
        let sized = |size: Option<u16>| size.map(|size| if up { size * 2 } else { size / 2 });
        let server = change::ServerChange {
            index: u16::try_from(at).map_err(AppError::fault)?,
            vcpu: sized(line.vcpu),
            memory_gib: sized(line.memory_gib),
            data_disks_gib: vec![],
        };
        Ok(change::Request {
            servers: vec![server],
            services: if up { more_objects(form) } else { vec![] },
            accounts: vec![],
            new_accounts: vec![],
            reason: self.words(if up { "change_reason_up" } else { "change_reason_down" }, index)?,
            fallback: self.words("fallback", index)?,
            fund_source: if up { "本单位公用经费调剂解决".to_owned() } else { String::new() },
            estimate: None,
        })
    }

    fn ending(&self, index: usize) -> Result<termination::Request, AppError> {
        use termination::Reason;
        Ok(termination::Request {
            reason: [Reason::Merged, Reason::Offline][index % 2],
            offline_on: self.app.clock.today().saturating_sub(3.days()),
            system_offline: true,
            data_backed_up: true,
            backup_place: self.words("backup_place", index)?,
            accounts_listed: true,
            disposal: termination::DataDisposal::HandToAgency,
            remark: String::new(),
        })
    }

    async fn change(&mut self, index: usize, id: Uuid, step: Request) -> Result<(), AppError> {
        use change::Command as C;
        let words = |what: &str| self.words(what, index);
        let (actor, command) = match step {
            Request::Submit => (self.handler(index)?, C::Submit),
            Request::UnitApprove => (self.leader(index)?, C::UnitApprove { opinion: words("unit_approve")? }),
            Request::Approve => (self.reviewer(index)?, C::Approve { opinion: words("change_approve")? }),
            Request::Decline => (self.reviewer(index)?, C::Decline { opinion: words("change_decline")? }),
            Request::Work => (self.holder(Role::SupplierEngineer, None, index)?, C::Implement),
            Request::Withdraw => (self.handler(index)?, C::Withdraw { opinion: words("withdraw")? }),
            other => return Err(AppError::fault(format!("{other:?} is no step of a change"))),
        };
        let rows = store::case::changes(&self.app.store.pool, self.case(index)?).await?;
        let version = version_of(&rows, id)?;
        changes::execute(self.app, &actor, &self.meta, ChangeId(id), version, command).await.map(drop)
    }

    async fn end(&mut self, index: usize, id: Uuid, step: Request) -> Result<(), AppError> {
        use termination::Command as C;
        let words = |what: &str| self.words(what, index);
        let (actor, command) = match step {
            Request::Submit => {
                let handler = self.handler(index)?;
                self.attach(index, &handler, MaterialKind::BackupProof).await?;
                (handler, C::Submit)
            }
            Request::UnitApprove => (self.leader(index)?, C::UnitApprove { opinion: words("unit_approve")? }),
            Request::Approve => (self.reviewer(index)?, C::Approve { opinion: words("termination_approve")? }),
            Request::Decline => (self.reviewer(index)?, C::Decline { opinion: words("termination_decline")? }),
            Request::Work => (self.holder(Role::SupplierEngineer, None, index)?, C::Reclaim),
            Request::Certify => {
                let witness = Opinion::new(self.handler(index)?.name).map_err(AppError::fault)?;
                let certify = C::Certify { witness, handed_over: words("handed_over")? };
                (self.holder(Role::SupplierManager, None, index)?, certify)
            }
            Request::Withdraw => (self.handler(index)?, C::Withdraw { opinion: words("withdraw")? }),
            Request::Draft => return Err(AppError::fault("it was asked for before")),
        };
        let rows = store::case::terminations(&self.app.store.pool, self.case(index)?).await?;
        let version = version_of(&rows, id)?;
        terminations::execute(self.app, &actor, &self.meta, TerminationId(id), version, command).await.map(drop)
    }

    fn handler(&self, index: usize) -> Result<Actor, AppError> {
        self.holder(Role::AgencyHandler, Some(self.seat(index)?.id), 0)
    }

    fn leader(&self, index: usize) -> Result<Actor, AppError> {
        self.holder(Role::AgencyLeader, Some(self.seat(index)?.id), 0)
    }

    fn reviewer(&self, index: usize) -> Result<Actor, AppError> {
        self.holder(Role::CenterReviewer, None, index)
    }
}

/// Half as much again of the object storage, where there is any.
fn more_objects(form: &Form) -> Vec<change::ServiceChange> {
    let lines = form.services.iter().enumerate().filter(|(_, line)| line.sku == "OBS-STD");
    let more = lines.filter_map(|(at, line)| {
        let quantity = line.quantity?;
        Some(change::ServiceChange { index: u16::try_from(at).ok()?, quantity: quantity + quantity / 2 })
    });
    more.collect()
}

fn version_of(rows: &[store::case::ChildRow], id: Uuid) -> Result<i32, AppError> {
    let row = rows.iter().find(|row| row.id == id);
    row.map(|row| row.version).ok_or_else(|| AppError::fault("a request of the demonstration is gone"))
}
