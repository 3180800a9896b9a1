//! 演示城市的弹性伸缩: one policy in force on simulated servers, through a quiet hour and a busy one, as its agency set it; and
//! a server that its agency has suspended.

use domain::ids::{ApplicationId, EngineId, ResourceId, ScalingPolicyId};
use domain::opinion::Opinion;
use domain::org::Role;
use domain::provisioning::rest::RestCommand;
use domain::provisioning::{Metric, PhaseKind};
use domain::scaling::{Command, Policy};
use drivers::simulated::{Load, load_key};
use jiff::ToSpan;
use serde_json::json;
use store::resource::ResourceRow;

use super::play::Play;
use crate::actor::Actor;
use crate::provisioning::{rest, rest_of};
use crate::scaling::view::GroupView;
use crate::scaling::{Request, create, execute, turn, view};
use crate::{AppError, outbox};

/// Minutes that are played: the last ones before the city is shown.
const MINUTES: i64 = 100;
/// Servers a group must have to be worth showing.
const SERVERS_MIN: i64 = 3;

impl Play<'_> {
    /// What happened in the last hour and a half.
    pub(super) async fn play_scaling(&self) -> Result<(), AppError> {
        let Some((sysadmin, group)) = self.scaled_group().await? else { return Ok(()) };
        let upper = u16::try_from(group.servers).map_err(AppError::fault)?;
        let policy = Policy {
            metric: Metric::Cpu,
            out_percent: 70,
            out_minutes: 5,
            in_percent: 30,
            in_minutes: 5,
            lower: 1,
            upper,
            step: 1,
            cooldown_minutes: 10,
        };
        let line = u16::try_from(group.line).map_err(AppError::fault)?;
        let app = self.app;
        let shown = app.clock.now();
        self.let_pass(shown, MINUTES)?;
        let request = Request { case_id: ApplicationId(group.case_id), line, policy };
        let made = create(app, &sysadmin, &self.meta, request).await?;
        execute(app, &sysadmin, &self.meta, ScalingPolicyId(made.id), 1, Command::Activate).await?;
        for minute in (0..MINUTES).rev() {
            self.let_pass(shown, minute)?;
            self.busy(&group, MINUTES - minute).await?;
            turn(app).await?;
            outbox::drain(app).await?;
        }
        app.clock.set(app.clock.day_of(shown));
        self.suspend_one(&group).await
    }

    /// The clock so many minutes before the moment the city is shown at.
    fn let_pass(&self, shown: jiff::Timestamp, before: i64) -> Result<(), AppError> {
        let at = shown.checked_sub(before.minutes()).map_err(AppError::fault)?;
        let civil = self.app.clock.civil_of(at);
        self.app.clock.stand_at(civil.date(), civil.time());
        Ok(())
    }

    /// The first group of enough servers, and who may set its policy.
    async fn scaled_group(&self) -> Result<Option<(Actor, GroupView)>, AppError> {
        for seat in self.seats.values() {
            let Ok(sysadmin) = self.holder(Role::AgencySysadmin, Some(seat.id), 0) else { continue };
            let groups = view::groups(self.app, &sysadmin).await?.items;
            if let Some(group) = groups.into_iter().find(|group| group.simulated && group.servers >= SERVERS_MIN) {
                return Ok(Some((sysadmin, group)));
            }
        }
        Ok(None)
    }

    /// Quiet for forty minutes, then ever busier, then steady. What is asked of the group is shared by those that run.
    async fn busy(&self, group: &GroupView, minute: i64) -> Result<(), AppError> {
        let asked = match minute {
            ..40 => 45,
            40..60 => 45 + (minute - 40) * 6,
            _ => 165,
        } + (minute * 7) % 9;
        let rows = self.servers_of(group).await?;
        let mut running: Vec<&ResourceRow> = Vec::new();
        for row in &rows {
            if rest_of(row)?.is_none() {
                running.push(row);
            }
        }
        let share = asked / i64::try_from(running.len().max(1)).map_err(AppError::fault)?;
        let load = Load { cpu_percent: u8::try_from(share.min(97)).unwrap_or(97), memory_percent: 40 };
        for row in running {
            let key = load_key(ResourceId(row.id));
            store::engine::shelf_put(&self.app.store.pool, row.engine_id, &key, &json!(load)).await?;
        }
        Ok(())
    }

    async fn servers_of(&self, group: &GroupView) -> Result<Vec<ResourceRow>, AppError> {
        let rows = store::resource::of_case(&self.app.store.pool, group.case_id).await?;
        Ok(rows.into_iter().filter(|row| row.line == group.line).collect())
    }

    /// Another agency has let a server rest by hand.
    async fn suspend_one(&self, group: &GroupView) -> Result<(), AppError> {
        let EngineId(engine) = self.engines.simulated;
        for index in 0..self.city.cases.len() {
            let Some(case) = self.cases[index].filter(|case| *case != group.case_id) else { continue };
            let Ok(sysadmin) = self.holder(Role::AgencySysadmin, Some(self.seat(index)?.id), 0) else { continue };
            let busy = store::operation::of_case(&self.app.store.pool, case, 1).await?;
            let rows = store::resource::of_case(&self.app.store.pool, case).await?;
            // One of several that do the same: the system goes on.
            let serves = |row: &&ResourceRow| {
                let spare = row.ordinal > 1 && row.name.contains("-app");
                spare && row.phase == PhaseKind::Production.code() && row.engine_id == engine
            };
            let Some(row) = rows.iter().rev().find(serves).filter(|_| busy.iter().all(|one| one.state == "done"))
            else {
                continue;
            };
            let reason = Opinion::new("业务低谷期,数据已同步,暂不需要").map_err(AppError::fault)?;
            let command = RestCommand::Suspend { reason };
            rest::execute(self.app, &sysadmin, &self.meta, ResourceId(row.id), &command).await?;
            outbox::drain(self.app).await?;
            return Ok(());
        }
        Ok(())
    }
}
