//! 判定: what a policy says now. Pure: the same samples, the same group and the same minute give the same decision.
//!
//! In this order: nothing to decide about; cooling down; bounds; then the load. Bounds need no sample. Of the load only
//! what was measured after the last action counts, without a gap, for as long as the policy says.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Policy;
use crate::ids::ResourceId;
use crate::limits::Limits;
use crate::provisioning::{Metric, Rest};

/// 采样: the average of the running servers of a group at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    pub at: Timestamp,
    pub percent: u8,
}

/// 组员: one open server of the row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    pub resource: ResourceId,
    /// Which server of the row, from 1.
    pub ordinal: u16,
    pub rest: Option<Rest>,
}

/// 伸缩组 in figures. What the agency has suspended is not counted: it is not the policy's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// Running and resting by policy; never more than were approved.
    pub available: u16,
    pub running: u16,
}

impl Group {
    /// Counts the members.
    pub fn of(members: &[Member]) -> Self {
        let count = |wanted: fn(&Member) -> bool| {
            u16::try_from(members.iter().filter(|member| wanted(member)).count()).unwrap_or(u16::MAX)
        };
        Self {
            available: count(|member| member.rest != Some(Rest::Suspended)),
            running: count(|member| member.rest.is_none()),
        }
    }
}

/// 判定结果.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "decision", rename_all = "snake_case")]
pub enum Decision {
    /// 维持.
    Hold { reason: Hold },
    /// 扩展: so many more run.
    Out { servers: u16, cause: Cause },
    /// 收缩: so many fewer run.
    In { servers: u16, cause: Cause },
}

/// 动作依据: the figures that caused it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "cause", rename_all = "snake_case")]
pub enum Cause {
    /// The load was at or past the threshold for so many minutes; the lowest and the highest sample of that time.
    Load { threshold: u8, minutes: u16, lowest: u8, highest: u8 },
    /// Fewer than the lower or more than the upper bound ran.
    Bounds { lower: u16, upper: u16 },
}

/// 维持原因.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "hold", rename_all = "snake_case")]
pub enum Hold {
    /// No server of the row is open, or all are suspended.
    NoServers,
    /// An operation of the case is not over.
    Busy,
    /// Within the cool-down, until then.
    Cooling { until: Timestamp },
    /// No sample is recent enough to go by.
    Unmeasured,
    /// The load is between the thresholds, or has not been past one for long enough.
    Between { percent: u8 },
    /// It would scale out and all that may run do.
    AtUpper { percent: u8 },
    /// It would scale in and no fewer may run.
    AtLower { percent: u8 },
    /// With one server fewer the rest would be at the upper threshold again.
    WouldReturn { percent: u8, then: u8 },
}

fn minutes(count: impl Into<i64>) -> SignedDuration {
    SignedDuration::from_mins(count.into())
}

/// What is to happen now. `samples`: newest first; `last_action`: when the policy last acted.
pub fn decide(
    policy: &Policy,
    group: Group,
    samples: &[Sample],
    last_action: Option<Timestamp>,
    now: Timestamp,
    limits: &Limits,
) -> Decision {
    let hold = |reason| Decision::Hold { reason };
    let Group { available, running } = group;
    if available == 0 {
        return hold(Hold::NoServers);
    }
    let cool = last_action.and_then(|at| at.checked_add(minutes(policy.cooldown_minutes)).ok());
    if let Some(until) = cool.filter(|until| now < *until) {
        return hold(Hold::Cooling { until });
    }
    // A change may have left fewer servers than the policy was set for.
    let upper = policy.upper.min(available);
    let lower = policy.lower.min(upper);
    let cause = Cause::Bounds { lower, upper };
    if running < lower {
        return Decision::Out { servers: policy.step.min(lower - running), cause };
    }
    if running > upper {
        return Decision::In { servers: policy.step.min(running - upper), cause };
    }
    let counted = samples.iter().filter(|sample| sample.at <= now && last_action.is_none_or(|at| sample.at > at));
    let counted: Vec<Sample> = counted.copied().collect();
    let gap = minutes(limits.scaling_sample_gap.value.0);
    let Some(percent) = counted.first().filter(|last| now.duration_since(last.at) <= gap).map(|last| last.percent)
    else {
        return hold(Hold::Unmeasured);
    };
    let lasting = |span: u16, reached: &dyn Fn(u8) -> bool| lasting(&counted, (now, minutes(span), gap), reached);
    if let Some((lowest, highest)) = lasting(policy.out_minutes, &|percent| percent >= policy.out_percent) {
        let cause = Cause::Load { threshold: policy.out_percent, minutes: policy.out_minutes, lowest, highest };
        return match upper - running {
            0 => hold(Hold::AtUpper { percent }),
            left => Decision::Out { servers: policy.step.min(left), cause },
        };
    }
    match lasting(policy.in_minutes, &|percent| percent <= policy.in_percent) {
        Some(seen) => shrink(policy, (running, running - lower), seen, percent),
        None => hold(Hold::Between { percent }),
    }
}

/// The lowest and highest sample of the last `span`, where all of them reached the threshold, none of them is further
/// from the next than `gap`, and the oldest is `span` old.
fn lasting(
    samples: &[Sample],
    (now, span, gap): (Timestamp, SignedDuration, SignedDuration),
    reached: &dyn Fn(u8) -> bool,
) -> Option<(u8, u8)> {
    let (mut later, mut lowest, mut highest) = (now, u8::MAX, u8::MIN);
    for sample in samples {
        if later.duration_since(sample.at) > gap || !reached(sample.percent) {
            return None;
        }
        (later, lowest, highest) = (sample.at, lowest.min(sample.percent), highest.max(sample.percent));
        if now.duration_since(sample.at) >= span {
            return Some((lowest, highest));
        }
    }
    None
}

/// As many as may rest without bringing the others to the upper threshold.
fn shrink(policy: &Policy, (running, spare): (u16, u16), (lowest, highest): (u8, u8), percent: u8) -> Decision {
    let hold = |reason| Decision::Hold { reason };
    if spare == 0 {
        return hold(Hold::AtLower { percent });
    }
    let after = |fewer: u16| (u32::from(highest) * u32::from(running)).div_ceil(u32::from(running - fewer).max(1));
    let fits = (1..=policy.step.min(spare)).rev().find(|fewer| after(*fewer) < u32::from(policy.out_percent));
    match fits {
        Some(servers) => {
            let cause = Cause::Load { threshold: policy.in_percent, minutes: policy.in_minutes, lowest, highest };
            Decision::In { servers, cause }
        }
        None => hold(Hold::WouldReturn { percent, then: u8::try_from(after(1)).unwrap_or(u8::MAX) }),
    }
}

/// Which servers it is about: the lowest resting one wakes first, the highest running one rests first.
pub fn chosen(members: &[Member], decision: &Decision) -> Vec<ResourceId> {
    let (wanted, count) = match decision {
        Decision::Hold { .. } => return Vec::new(),
        Decision::Out { servers, .. } => (Some(Rest::Scaled), *servers),
        Decision::In { servers, .. } => (None, *servers),
    };
    let mut fitting: Vec<&Member> = members.iter().filter(|member| member.rest == wanted).collect();
    fitting.sort_by_key(|member| member.ordinal);
    if wanted.is_none() {
        fitting.reverse();
    }
    fitting.into_iter().take(usize::from(count)).map(|member| member.resource).collect()
}

impl Decision {
    /// 中文, with the figures, as the page and the log say it.
    pub fn zh(&self, metric: Metric) -> String {
        match self {
            Self::Hold { reason } => reason.zh(metric),
            Self::Out { servers, cause } => format!("{},启用 {servers} 台", cause.zh(metric, "不低于")),
            Self::In { servers, cause } => format!("{},停用 {servers} 台", cause.zh(metric, "不高于")),
        }
    }
}

impl Cause {
    fn zh(&self, metric: Metric, side: &str) -> String {
        match self {
            Self::Load { threshold, minutes, lowest, highest } => {
                let seen = if lowest == highest { format!("{lowest}%") } else { format!("{lowest}%–{highest}%") };
                format!("{}连续 {minutes} 分钟{side} {threshold}%(实测 {seen})", metric.zh())
            }
            Self::Bounds { lower, upper } => format!("运行台数不在 {lower}–{upper} 台之间"),
        }
    }
}

impl Hold {
    fn zh(&self, metric: Metric) -> String {
        let metric = metric.zh();
        match self {
            Self::NoServers => "没有可由策略启停的云主机".to_owned(),
            Self::Busy => "本系统有尚未完成的云上作业,待其完成后再判定".to_owned(),
            Self::Cooling { .. } => "刚启停过,冷却时间未满,维持现状".to_owned(),
            Self::Unmeasured => "暂无近期测量数据,不作判定,维持现状".to_owned(),
            Self::Between { percent } => format!("{metric} {percent}%,未持续达到阈值,维持现状"),
            Self::AtUpper { percent } => format!("{metric} {percent}%,已达扩展阈值,但运行台数已到上限,维持现状"),
            Self::AtLower { percent } => format!("{metric} {percent}%,已达收缩阈值,但运行台数已到下限,维持现状"),
            Self::WouldReturn { percent, then } => {
                format!("{metric} {percent}%,但停用 1 台后预计升至 {then}%,将再次扩展,维持现状")
            }
        }
    }
}
