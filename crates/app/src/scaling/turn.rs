//! 判定: once a minute each engine with policies in force is asked how busy their servers are, in one call; what was
//! measured and what follows is written in one go. What is to be done is a change of its own ([`super::act`]).
//!
//! A measurement is no decision of anybody and stands outside any change, like a look. Of several instances that reach
//! an engine one takes the minute.

use std::collections::HashMap;

use domain::ids::{EngineId, ResourceId, ScalingPolicyId};
use domain::provisioning::Usage;
use domain::scaling::{Decision, Group, Hold, Member, Policy, Sample, State, decide};
use drivers::Driver;
use jiff::{Timestamp, ToSpan};
use jiff_sqlx::ToSqlx;
use serde_json::json;
use store::scaling::{MemberRow, NewSample};
use uuid::Uuid;

use super::act;
use crate::{App, AppError};

/// A minute's turn is taken once. Tickers are a minute apart and a little more.
const TURN_SECONDS: i64 = 45;

/// 伸缩组 of a policy in force.
struct Watched {
    id: ScalingPolicyId,
    policy: Policy,
    acted_at: Option<Timestamp>,
    busy: bool,
    members: Vec<Member>,
}

/// One turn over all engines within reach; answers how many actions were ordered.
pub async fn turn(app: &App) -> Result<usize, AppError> {
    let mut acted = 0;
    for row in store::engine::all(&app.store.pool).await?.iter().filter(|row| row.enabled) {
        let Some(driver) = app.driver(row.id).await?.here else { continue };
        if driver.capabilities().measures.is_empty() {
            continue;
        }
        acted += of_engine(app, EngineId(row.id), driver.as_ref()).await?;
    }
    Ok(acted)
}

async fn of_engine(app: &App, engine: EngineId, driver: &dyn Driver) -> Result<usize, AppError> {
    let (pool, now) = (&app.store.pool, app.clock.now());
    let before = now.checked_sub(TURN_SECONDS.seconds()).map_err(AppError::fault)?;
    if !store::scaling::take_turn(pool, engine.0, now.to_sqlx(), before.to_sqlx()).await? {
        return Ok(0);
    }
    let watched = watched(store::scaling::members(pool, engine.0).await?)?;
    let measured = measure(app, engine, driver, &watched, now).await?;
    let mut decided = Vec::with_capacity(watched.len());
    for one in &watched {
        let samples = measured.get(&one.id.0).map_or(&[][..], Vec::as_slice);
        decided.push((one, decision(app, one, samples, now)));
    }
    let kept: Vec<_> = decided.iter().map(|(one, decision)| (one.id.0, json!(decision))).collect();
    store::scaling::keep_decisions(pool, &kept, now.to_sqlx()).await?;
    let mut acted = 0;
    for (one, decision) in decided {
        if !matches!(decision, Decision::Hold { .. }) && act::act(app, one.id, one.acted_at, &decision).await? {
            acted += 1;
        }
    }
    Ok(acted)
}

fn decision(app: &App, one: &Watched, samples: &[Sample], now: Timestamp) -> Decision {
    if one.busy {
        return Decision::Hold { reason: Hold::Busy };
    }
    decide(&one.policy, Group::of(&one.members), samples, one.acted_at, now, &app.regulation.limits)
}

/// Rows that come policy by policy, as policies with their members.
fn watched(rows: Vec<MemberRow>) -> Result<Vec<Watched>, AppError> {
    let mut all: Vec<Watched> = Vec::new();
    for row in rows {
        if all.last().is_none_or(|last| last.id.0 != row.policy_id) {
            let state: State = serde_json::from_value(row.state).map_err(AppError::fault)?;
            all.push(Watched {
                id: ScalingPolicyId(row.policy_id),
                policy: state.policy().clone(),
                acted_at: row.acted_at.map(|at| at.to_jiff()),
                busy: row.busy,
                members: Vec::new(),
            });
        }
        if let (Some(one), Some(id), Some(ordinal)) = (all.last_mut(), row.resource_id, row.ordinal) {
            let rest = row.rest.as_deref().map(str::parse).transpose().map_err(AppError::fault)?;
            let ordinal = u16::try_from(ordinal).map_err(AppError::fault)?;
            one.members.push(Member { resource: ResourceId(id), ordinal, rest });
        }
    }
    Ok(all)
}

/// Measures all running servers of all groups, keeps a sample of each group, and answers the samples that count, newest
/// first.
async fn measure(
    app: &App,
    engine: EngineId,
    driver: &dyn Driver,
    watched: &[Watched],
    now: Timestamp,
) -> Result<HashMap<Uuid, Vec<Sample>>, AppError> {
    let pool = &app.store.pool;
    let idle = watched.iter().filter(|one| !one.busy);
    let running: Vec<ResourceId> = idle.flat_map(running).collect();
    let told = match driver.usage(&running).await {
        Ok(told) => told,
        // Without figures the policies hold; the next minute asks again.
        Err(error) => {
            tracing::warn!(%engine, %error, "the load of servers could not be measured");
            Vec::new()
        }
    };
    let told: HashMap<ResourceId, Usage> = told.into_iter().map(|usage| (usage.resource, usage)).collect();
    let samples: Vec<NewSample> = watched.iter().filter_map(|one| sample(one, &told)).collect();
    let kept = i64::from(app.regulation.limits.scaling_samples_kept.value.0);
    let too_old = now.checked_sub(kept.hours()).map_err(AppError::fault)?;
    store::scaling::keep_samples(pool, &samples, now.to_sqlx(), too_old.to_sqlx()).await?;
    let window = i64::from(app.regulation.limits.scaling_hold_max.value.0)
        + i64::from(app.regulation.limits.scaling_sample_gap.value.0);
    let since = now.checked_sub(window.minutes()).map_err(AppError::fault)?;
    let mut all: HashMap<Uuid, Vec<Sample>> = HashMap::new();
    for (policy, at, percent) in store::scaling::samples(pool, engine.0, since.to_sqlx()).await? {
        let percent = u8::try_from(percent).map_err(AppError::fault)?;
        all.entry(policy).or_default().push(Sample { at: at.to_jiff(), percent });
    }
    Ok(all)
}

fn running(one: &Watched) -> impl Iterator<Item = ResourceId> {
    one.members.iter().filter(|member| member.rest.is_none()).map(|member| member.resource)
}

/// The average of a group; none where one of its running servers has no figure: half a measurement misleads.
fn sample(one: &Watched, told: &HashMap<ResourceId, Usage>) -> Option<NewSample> {
    let figures: Vec<u32> = running(one)
        .map(|resource| told.get(&resource).and_then(|usage| usage.of(one.policy.metric)).map(u32::from))
        .collect::<Option<_>>()?;
    let count = u32::try_from(figures.len()).ok().filter(|count| *count > 0 && !one.busy)?;
    let mean = (figures.iter().sum::<u32>() + count / 2) / count;
    Some(NewSample { policy_id: one.id.0, percent: i16::try_from(mean).ok()?, running: i32::try_from(count).ok()? })
}
