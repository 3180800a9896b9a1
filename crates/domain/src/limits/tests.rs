use super::*;
use crate::clause::{A10_1, A10_2, A10_4, A10_7, A19};
use crate::regulation::GUILIN_LIMITS;

#[test]
fn a10_2_the_answer_is_due_in_five_working_days() {
    let limits = Limits::guilin();
    assert_eq!(limits.acceptance.value, WorkingDays(5));
    assert_eq!(limits.acceptance.clause, A10_2);
    assert_eq!(limits.acceptance.kind, LimitKind::Statutory);
    assert_eq!(limits.acceptance.timer.as_deref(), Some("T1"));
}

#[test]
fn the_statutory_figures_stand_in_the_words_of_their_clauses() {
    let limits = Limits::guilin();
    for (row, words) in [
        (limits.acceptance.row("acceptance"), "5个工作日"),
        (limits.trial_delivery.row("trial_delivery"), "5个工作日"),
        (limits.trial_min_days.row("trial_min_days"), "10-15天"),
        (limits.trial_max_days.row("trial_max_days"), "10-15天"),
        (limits.change_review.row("change_review"), "5个工作日内完成变更审核"),
        (limits.change_implementation.row("change_implementation"), "5个工作日内完成变更"),
        (limits.termination_review.row("termination_review"), "5个工作日内完成终止审核"),
        (limits.reclaim.row("reclaim"), "3个工作日内回收"),
        (limits.estimate_from.row("estimate_from"), "10万元/年及以上"),
        (limits.subscription_years.row("subscription_years"), "使用周期为1年"),
        (limits.price_adjustment_years.row("price_adjustment_years"), "每两年"),
        (limits.log_retention_days.row("log_retention_days"), "至少完整保存1年"),
    ] {
        assert!(row.clause.text.contains(words), "{} is not in {}", words, row.clause.cite);
        assert_eq!(row.kind, LimitKind::Statutory, "{}", row.name);
    }
    assert_eq!((limits.trial_min_days.value, limits.trial_max_days.value), (CalendarDays(10), CalendarDays(15)));
    assert_eq!(limits.trial_max_days.clause, A10_4);
    assert_eq!((limits.reclaim.value, limits.reclaim.clause), (WorkingDays(3), A10_7));
    assert_eq!((limits.estimate_from.value, limits.estimate_from.clause), (Fen(10_000_000), A10_1));
    assert_eq!((limits.log_retention_days.value, limits.log_retention_days.clause), (CalendarDays(365), A19));
}

#[test]
fn every_number_of_ours_says_who_decided() {
    for row in Limits::guilin().rows() {
        assert_eq!(row.decision.is_some(), row.kind == LimitKind::Internal, "{}", row.name);
    }
}

#[test]
fn an_amended_limit_keeps_its_old_value_until_the_day_before() {
    let amended = GUILIN_LIMITS.replacen(
        "values = [{ from = \"2020-07-01\", value = 5 }]",
        "values = [{ from = \"2020-07-01\", value = 5 }, { from = \"2027-01-01\", value = 3 }]",
        1,
    );
    let on = |day: &str| Limits::parse_on(&amended, day.parse().expect("a date")).map(|limits| limits.acceptance.value);
    assert_eq!(on("2026-12-31"), Ok(WorkingDays(5)));
    assert_eq!(on("2027-01-01"), Ok(WorkingDays(3)));
    assert!(on("2020-06-30").is_err(), "before the first day there is no limit");
}

#[test]
fn a_faulty_file_is_refused_and_the_entry_is_named() {
    let broken = |from: &str, to: &str| {
        let text = GUILIN_LIMITS.replacen(from, to, 1);
        assert_ne!(text, GUILIN_LIMITS, "the case changes nothing: {from}");
        Limits::parse(&text).expect_err("must be refused")
    };
    assert_eq!(broken("[acceptance]", "[acceptanse]"), LimitsError::Missing("acceptance"));
    let extra = format!("{GUILIN_LIMITS}\n[reveiw]\nzh = \"x\"\n");
    assert_eq!(Limits::parse(&extra), Err(LimitsError::Unknown("reveiw".to_owned())));
    for (from, to) in [
        ("unit = \"working_day\"", "unit = \"calendar_day\""),
        ("clause = \"A10_2\"", "clause = \"A41\""),
        ("value = 5 }", "value = -5 }"),
        ("value = 5 }", "value = 70000 }"),
        ("kind = \"statutory\"", "kind = \"internal\""),
        ("from = \"2020-07-01\"", "from = \"2020-02-30\""),
    ] {
        assert!(matches!(broken(from, to), LimitsError::Entry { name: "acceptance", .. }), "{from} → {to}");
    }
}

/// 时限与限额一览: what a jurist reads instead of the file.
fn proof() -> String {
    use std::fmt::Write;
    let mut text = String::from("# 时限与限额一览(桂林市)\n\n");
    text += "由 `cargo test -p domain proof` 从 `regulations/guilin/limits.toml` 生成并比对;`make proofs` 更新。\n";
    text += "法定的数字出自《桂林市政务云管理暂行办法》;内部的数字为本系统的决定,依据栏为其所服务的条款。\n";
    for kind in LimitKind::ALL {
        let heading = if *kind == LimitKind::Statutory { "法定" } else { "内部决定" };
        let _ = writeln!(text, "\n## {heading}\n\n| 项目 | 代码 | 数值 | 依据 | 计时器 | 起始日 | 说明 |");
        text += "|---|---|---|---|---|---|---|\n";
        for row in Limits::guilin().rows().into_iter().filter(|row| row.kind == *kind) {
            let value = match row.unit {
                Unit::Fen => format!("{} 元", Fen(row.value)),
                _ => format!("{} {}", row.value, row.unit_zh),
            };
            let (timer, why) = (row.timer.as_deref().unwrap_or("—"), row.decision.as_deref().unwrap_or("—"));
            let _ = writeln!(
                text,
                "| {} | `{}` | {value} | {} | {timer} | {} | {why} |",
                row.zh, row.name, row.clause.cite, row.from
            );
        }
    }
    text
}

#[test]
fn proof_of_every_limit_in_chinese() {
    crate::proof::compare("limits.md", &proof());
}
