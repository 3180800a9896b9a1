//! 时限与限额: every number the regulation sets, and every number we had to set ourselves.
//!
//! The figures are data (`regulations/<city>/limits.toml`), each with value, unit, clause and first
//! day. Code names them (`limits.acceptance`), so this list is the whole list: an entry missing from
//! the file, or one the code does not know, is refused when the file is read.
//!
//! 法定(`statutory`) numbers are the regulation's; 内部(`internal`) ones are ours, carry the decision
//! in words, and are shown apart on screen. An amended number keeps its old value with its dates.

use crate::calendar::{CalendarDays, Date, WorkingDays};
use crate::clause::Clause;
use crate::money::Fen;

mod reading;
pub use reading::LimitsError;

crate::terms! {
    /// 时限性质: whose number it is.
    pub enum LimitKind {
        Statutory = "statutory", "法定时限", "statutory";
        Internal = "internal", "内部时限", "internal";
    }
}

crate::terms! {
    /// 计量单位 of a limit.
    pub enum Unit {
        WorkingDay = "working_day", "个工作日", "working days";
        CalendarDay = "calendar_day", "天", "calendar days";
        Year = "year", "年", "years";
        Fen = "fen", "分", "fen";
        Minute = "minute", "分钟", "minutes";
        Hour = "hour", "小时", "hours";
        Count = "count", "次", "times";
        Character = "character", "个字符", "characters";
        Mebibyte = "mebibyte", "MiB", "MiB";
        Percent = "percent", "%", "percent";
    }
}

/// 年数.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[serde(transparent)]
#[schema(value_type = u16)]
pub struct Years(pub u16);

/// 分钟数.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[serde(transparent)]
#[schema(value_type = u32)]
pub struct Minutes(pub u32);

/// 小时数.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[serde(transparent)]
#[schema(value_type = u32)]
pub struct Hours(pub u32);

/// 次数 or a number of things.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[serde(transparent)]
#[schema(value_type = u32)]
pub struct Count(pub u32);

/// 字符数.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[serde(transparent)]
#[schema(value_type = u32)]
pub struct Characters(pub u32);

/// 容量 in MiB.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[serde(transparent)]
#[schema(value_type = u32)]
pub struct Mebibytes(pub u32);

impl Mebibytes {
    /// The same in bytes.
    pub const fn bytes(self) -> u64 {
        (self.0 as u64) * 1024 * 1024
    }
}

/// 百分数, whole.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[serde(transparent)]
#[schema(value_type = u32)]
pub struct Percent(pub u32);

/// 一项限额 in force: the number, its unit, where it comes from, since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit<T> {
    pub value: T,
    pub unit: Unit,
    /// 量词 as shown beside the number: the unit's, or the entry's own.
    pub measure: String,
    /// The clause that sets the number, or that the number of ours serves.
    pub clause: Clause,
    /// Set for every internal limit: who decided, and what, in words.
    pub decision: Option<String>,
    /// First day this value holds.
    pub from: Date,
    pub kind: LimitKind,
    /// 计时器编号 `T1`…`T17` where the limit runs a clock.
    pub timer: Option<String>,
    /// 名称 for the lists and the deadline light.
    pub zh: String,
}

/// 限额表的一行, for the limits page and the proof file.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct LimitRow {
    /// Name used in code and file, e.g. `acceptance`.
    pub name: &'static str,
    /// Whole number in `unit`.
    pub value: i64,
    pub unit: Unit,
    pub unit_zh: String,
    pub clause: Clause,
    pub decision: Option<String>,
    #[schema(value_type = String, format = "date")]
    pub from: Date,
    pub kind: LimitKind,
    pub kind_zh: &'static str,
    pub timer: Option<String>,
    pub zh: String,
}

/// A number a limit can hold: which unit it is written in, and its range.
pub trait LimitValue: Sized + Copy {
    /// The only unit a file may write for it.
    const UNIT: Unit;
    /// `None` where the number is negative or too large for the type.
    fn from_number(number: i64) -> Option<Self>;
    /// The number as written.
    fn number(self) -> i64;
}

macro_rules! limit_values {
    ($($type:ident($raw:ty) in $unit:ident;)*) => {$(
        impl LimitValue for $type {
            const UNIT: Unit = Unit::$unit;
            fn from_number(number: i64) -> Option<Self> { <$raw>::try_from(number).ok().filter(|n| *n >= 0).map($type) }
            fn number(self) -> i64 { i64::from(self.0) }
        }
    )*};
}

#[allow(unused_comparisons, clippy::absurd_extreme_comparisons, reason = "one range check for signed and unsigned")]
mod values {
    use super::*;
    limit_values! {
        WorkingDays(u16) in WorkingDay;
        CalendarDays(u16) in CalendarDay;
        Years(u16) in Year;
        Fen(i64) in Fen;
        Minutes(u32) in Minute;
        Hours(u32) in Hour;
        Count(u32) in Count;
        Characters(u32) in Character;
        Mebibytes(u32) in Mebibyte;
        Percent(u32) in Percent;
    }
}

/// Declares `Limits`: one field per entry of the file.
macro_rules! limits {
    ($($(#[$doc:meta])* $name:ident: $type:ty,)*) => {
        /// 限额表 of one city on one day. See the file for the figures and their clauses.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Limits { $($(#[$doc])* pub $name: Limit<$type>,)* }

        impl Limits {
            /// Reads a limits file as it stands on `day`: of each entry the value last begun.
            /// Refuses missing and unknown entries, wrong units, unknown clauses, undecided numbers.
            pub fn parse_on(text: &str, day: Date) -> Result<Self, LimitsError> {
                let mut file = reading::File::read(text)?;
                let limits = Self { $($name: file.take(stringify!($name), day)?,)* };
                file.finish()?;
                Ok(limits)
            }

            /// Every limit, in the order of the regulation.
            pub fn rows(&self) -> Vec<LimitRow> {
                vec![$(self.$name.row(stringify!($name)),)*]
            }
        }
    };
}

impl<T: LimitValue> Limit<T> {
    fn row(&self, name: &'static str) -> LimitRow {
        LimitRow {
            name,
            value: self.value.number(),
            unit: self.unit,
            unit_zh: self.measure.clone(),
            clause: self.clause,
            decision: self.decision.clone(),
            from: self.from,
            kind: self.kind,
            kind_zh: self.kind.zh(),
            timer: self.timer.clone(),
            zh: self.zh.clone(),
        }
    }
}

impl Limits {
    /// Reads a limits file at its latest values.
    pub fn parse(text: &str) -> Result<Self, LimitsError> {
        Self::parse_on(text, Date::MAX)
    }

    /// 桂林, as shipped with the program.
    pub fn guilin() -> Self {
        crate::regulation::Regulation::guilin().limits.clone()
    }
}

limits! {
    /// T1 受理: answer to an application, from its receipt (第十条(二)).
    acceptance: WorkingDays,
    /// T2 测试资源: meeting, deployment plan and trial resources, from the notice (第十条(四)).
    trial_delivery: WorkingDays,
    /// T3 测试期 at least (第十条(四)).
    trial_min_days: CalendarDays,
    /// T3 测试期 at most, before an extension (第十条(四)).
    trial_max_days: CalendarDays,
    /// T4 变更审核 (第十条(六)).
    change_review: WorkingDays,
    /// T5 变更实施 by the supplier, from the notice of approval (第十条(六)).
    change_implementation: WorkingDays,
    /// T6 终止审核 (第十条(七)).
    termination_review: WorkingDays,
    /// T7 回收 by the supplier, from approval (第十条(七)).
    reclaim: WorkingDays,
    /// 测算方案 is required from this yearly fee of one business system, the sum itself included (第十条(一)).
    estimate_from: Fen,
    /// 使用周期 (第十条(五)).
    subscription_years: Years,
    /// 申请所依据的未来用量期 (第十条(一)).
    request_horizon_years: Years,
    /// 集中申请 rounds a year (第十条(一)1).
    consolidated_rounds_per_year: Count,
    /// 限价调整周期 (第十二条).
    price_adjustment_years: Years,
    /// 日志保存期 at least (第十九条).
    log_retention_days: CalendarDays,
    /// 月报 per month at least (第二十四条).
    monthly_reports: Count,
    /// 安全公告 per month at least (第三十一条).
    monthly_bulletins: Count,
    /// 应急演练 per year at least (第三十一条).
    yearly_drills: Count,

    /// T8 审核.
    review: WorkingDays,
    /// T9 会审部门意见.
    opinion: WorkingDays,
    /// T10 开通确认; a reminder, never a tacit confirmation.
    confirmation: WorkingDays,
    /// T11 月报, working day of the following month.
    monthly_report: WorkingDays,
    /// T14 续用提醒, first.
    renewal_first_reminder: CalendarDays,
    /// T14 续用提醒, second.
    renewal_second_reminder: CalendarDays,
    /// T14 续用提醒, last.
    renewal_last_reminder: CalendarDays,
    /// T15 汇总, before the round closes.
    consolidation: WorkingDays,
    /// 到期宽限: still charged, red light, data never erased by itself (D12).
    renewal_grace: CalendarDays,
    /// 试用延长, days each at most.
    trial_extension_max_days: CalendarDays,
    /// 试用延长, times at most.
    trial_extensions: Count,
    /// 测试期满未转正: stopped, kept this long, then reclaimed (D2).
    trial_stop_grace: WorkingDays,
    /// 统筹调整的反馈期, outside the statutory time (D11).
    adjustment_feedback: WorkingDays,
    /// 备案确认 (D17).
    filing_confirmation: WorkingDays,
    /// 黄灯: yellow from this many working days left.
    yellow_light: WorkingDays,

    /// E2 口令最短长度.
    password_min_chars: Characters,
    /// E2 口令最长长度; Argon2id costs time, so the input is bounded.
    password_max_chars: Characters,
    /// E2 四类字符至少几类.
    password_classes: Count,
    /// E2 口令更换周期.
    password_max_age: CalendarDays,
    /// E2 不重复最近几次口令.
    password_history: Count,
    /// E4 连续失败几次锁定.
    lockout_attempts: Count,
    /// E4 锁定时长.
    lockout: Minutes,
    /// E5 空闲退出.
    session_idle: Minutes,
    /// E5 绝对时长.
    session_absolute: Hours,
    /// E12 多久未登录停用账号.
    dormant_account: CalendarDays,
    /// E35 导出超过多少行须再次鉴别.
    export_rows_without_reauthentication: Count,
    /// 附件大小 at most.
    attachment_max: Mebibytes,
    /// 一份申请的附件数 at most.
    attachments_per_case: Count,
    /// 堡垒机账号有效期 at most.
    bastion_account_days: CalendarDays,
    /// 登录证书 holds at most so long.
    bastion_certificate_hours: Hours,
    /// 工作时间 of accounts that are bound to it: the hour it begins.
    office_opens: Hours,
    /// The hour it ends.
    office_closes: Hours,
    /// T16 访问授权: the agency's decision, from the request.
    access_decision: WorkingDays,
    /// One 供应商运维访问授权 at most.
    access_grant_days: CalendarDays,
    /// T17 告警处置.
    alarm_handling: WorkingDays,
    /// 会话记录 kept of one session at most.
    session_record_max: Mebibytes,
    /// 伸缩阈值: the two must lie this far apart.
    scaling_gap: Percent,
    /// 持续时间 of a threshold at least.
    scaling_hold_min: Minutes,
    /// 持续时间 at most.
    scaling_hold_max: Minutes,
    /// 冷却时间 at least.
    scaling_cooldown_min: Minutes,
    /// 冷却时间 at most.
    scaling_cooldown_max: Minutes,
    /// 步长 at most.
    scaling_step_max: Count,
    /// 采样间隔: a wider gap interrupts what is counted as lasting.
    scaling_sample_gap: Minutes,
    /// 采样 are kept so long.
    scaling_samples_kept: Hours,
    /// 恢复演练: the newest backup of a disk is tested by itself this long after its last test.
    restore_test_days: CalendarDays,
}

#[cfg(test)]
mod tests;
