//! 伸缩策略: the figures the agency sets, and what is wrong with them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Ground;
use crate::clause::{A4, A10_3};
use crate::finding::Finding;
use crate::limits::Limits;
use crate::provisioning::Metric;

/// 伸缩策略. Percent are of what the running servers have, on average.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ScalingFigures)]
pub struct Policy {
    /// 指标.
    pub metric: Metric,
    /// 扩展阈值: at or above it, for so many minutes, more servers run.
    pub out_percent: u8,
    pub out_minutes: u16,
    /// 收缩阈值: at or below it, for so many minutes, fewer do.
    pub in_percent: u8,
    pub in_minutes: u16,
    /// 运行下限: at least so many run.
    pub lower: u16,
    /// 运行上限: at most so many run; never more than were approved.
    pub upper: u16,
    /// 步长: servers at one time.
    pub step: u16,
    /// 冷却时间 after an action.
    pub cooldown_minutes: u16,
}

/// Every fault of the figures, by field.
pub fn check(policy: &Policy, ground: &Ground, limits: &Limits) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut fault = |field: &str, code: &'static str, zh: String, en: &str| {
        let clause = if code == "scaling.beyond_approved" { A10_3 } else { A4 };
        found.push(Finding::error(format!("policy.{field}"), code, zh, en).under(clause));
    };
    let p = policy;
    if !ground.by_hand && !ground.measures.contains(&p.metric) {
        let able: Vec<&str> = ground.measures.iter().map(|metric| metric.zh()).collect();
        let able = if able.is_empty() { "无".to_owned() } else { able.join("、") };
        let zh = format!("所在云引擎不能测量{},可测指标:{able}", p.metric.zh());
        fault("metric", "scaling.not_measured", zh, "the engine does not measure this");
    }
    for (field, zh, percent) in [("out_percent", "扩展阈值", p.out_percent), ("in_percent", "收缩阈值", p.in_percent)]
    {
        if !(1..=100).contains(&percent) {
            fault(field, "scaling.percent", format!("{zh}须为 1–100"), "a threshold is 1 to 100");
        }
    }
    let gap = limits.scaling_gap.value.0;
    if u32::from(p.out_percent) < u32::from(p.in_percent) + gap {
        let zh = format!("扩展阈值须比收缩阈值高 {gap} 个百分点以上,以免反复启停");
        fault("out_percent", "scaling.gap", zh, "the thresholds are too near to each other");
    }
    let (least, most) = (limits.scaling_hold_min.value.0, limits.scaling_hold_max.value.0);
    for (field, minutes) in [("out_minutes", p.out_minutes), ("in_minutes", p.in_minutes)] {
        if !(least..=most).contains(&u32::from(minutes)) {
            let zh = format!("持续时间须为 {least}–{most} 分钟");
            fault(field, "scaling.hold", zh, "the time a threshold must hold is out of bounds");
        }
    }
    let (least, most) = (limits.scaling_cooldown_min.value.0, limits.scaling_cooldown_max.value.0);
    if !(least..=most).contains(&u32::from(p.cooldown_minutes)) {
        fault("cooldown_minutes", "scaling.cooldown", format!("冷却时间须为 {least}–{most} 分钟"), "out of bounds");
    }
    if p.lower == 0 {
        fault("lower", "scaling.lower", "运行下限至少 1 台,业务不得停止".to_owned(), "at least one server runs");
    }
    if p.upper < p.lower {
        fault("upper", "scaling.upper", "运行上限不得低于下限".to_owned(), "the upper bound is below the lower");
    }
    if p.upper > ground.servers {
        let zh = format!("运行上限 {} 台超出核定的 {} 台;如需更多,请先办理变更", p.upper, ground.servers);
        fault("upper", "scaling.beyond_approved", zh, "more than were approved");
    }
    let most = limits.scaling_step_max.value.0;
    if !(1..=most).contains(&u32::from(p.step)) {
        fault("step", "scaling.step", format!("步长须为 1–{most} 台"), "the step is out of bounds");
    }
    found
}
