//! 作业 (operation): one order's work on a cloud, from its plan to its end.
//!
//! ```text
//! Queued → Running ⇄ Retrying ─(too often)→ Failed ─Retry→ Queued
//!              ├→ Waiting ─Fulfil→ Running         a person does the steps
//!              └→ Done            any → Superseded  a later order of the case took its place
//! ```

use crate::clause;

crate::terms! {
    /// 作业种类.
    pub enum OperationKind {
        OpenTrial = "open_trial", "开通测试资源", "open the trial";
        Promote = "promote", "转为正式环境", "turn into production";
        Stop = "stop", "停机保留", "stop and keep";
        Resize = "resize", "实施变更", "carry out the change";
        Reclaim = "reclaim", "回收并清除", "reclaim and erase";
        Start = "start", "启动云主机", "start the server";
        Suspend = "suspend", "挂起云主机", "suspend the server";
        Resume = "resume", "恢复云主机", "resume the server";
        ScaleOut = "scale_out", "弹性扩展", "scale out";
        ScaleIn = "scale_in", "弹性收缩", "scale in";
        Restore = "restore", "恢复到核定", "restore to what was approved";
        Copy = "copy", "快照与备份", "snapshots and backups";
    }
}
crate::terms! {
    /// 作业状态.
    pub enum OperationState {
        Queued = "queued", "排队中", "queued";
        Running = "running", "执行中", "running";
        Retrying = "retrying", "等待自动重试", "waiting to try again";
        Waiting = "waiting", "等待人工完成", "waiting for an engineer";
        Failed = "failed", "失败待处理", "failed";
        Done = "done", "已完成", "done";
        Superseded = "superseded", "已被后续作业取代", "superseded";
    }
}
crate::terms! {
    /// 步骤状态.
    pub enum StepState {
        Planned = "planned", "待执行", "planned";
        Doing = "doing", "执行中", "being done";
        Waiting = "waiting", "待人工完成", "waiting for an engineer";
        Done = "done", "已完成", "done";
        Failed = "failed", "失败", "failed";
        Undone = "undone", "已恢复原状", "undone";
    }
}
crate::terms! {
    /// 作业命令.
    pub enum OperationCommand {
        Retry = "retry", "重试", "Try again";
        Fulfil = "fulfil", "完成工单", "Report as done";
    }
}

crate::refusals! {
    /// Why a command on an operation changes nothing.
    pub enum OperationRefusal {
        NotFailed { state: &'static str } = "operation.not_failed", Some(clause::A10_4), "作业当前为「{state}」,无需重试", "an operation that is {state} needs no retry";
        NotWaiting { state: &'static str } = "operation.not_waiting", Some(clause::A10_4), "作业当前为「{state}」,不等待人工完成", "an operation that is {state} waits for nobody";
        EvidenceMissing = "operation.evidence_missing", Some(clause::A10_4), "完工报告须写明凭据", "a report needs evidence";
        StepNotWaiting = "operation.step_not_waiting", Some(clause::A10_4), "该步骤不在等待人工完成,请刷新后查看最新进度", "this step waits for nobody; look again";
        Unfinished = "operation.unfinished", Some(clause::A10_4), "云上作业尚未完成,系统将在作业完成后自动办理此步骤", "the engine has not finished; this step follows by itself";
        AnotherOpen = "operation.another_open", Some(clause::A9_4), "该系统有尚未完成的开通作业,请待其完成后再操作", "an operation of this case is not over";
        MethodMissing = "operation.method_missing", Some(clause::A28), "回收工单须写明数据清除方法", "the method of erasure is missing";
    }
}

/// May this command follow this state? Steps of one operation may wait while others of it are being done.
pub fn permits(state: OperationState, command: OperationCommand) -> Result<(), OperationRefusal> {
    use {OperationCommand as C, OperationState as S};
    match (state, command) {
        (S::Failed | S::Retrying, C::Retry) | (S::Waiting | S::Running, C::Fulfil) => Ok(()),
        (state, C::Retry) => Err(OperationRefusal::NotFailed { state: state.zh() }),
        (state, C::Fulfil) => Err(OperationRefusal::NotWaiting { state: state.zh() }),
    }
}

impl OperationKind {
    /// True where the plan may take nothing away, whatever the cloud shows by then: it only mends, stops or starts.
    pub fn takes_nothing_away(self) -> bool {
        matches!(self, Self::Restore | Self::Suspend | Self::Resume | Self::ScaleOut | Self::ScaleIn)
    }

    /// True where work that was given up half-way is undone, because it stops what is in service.
    pub fn is_undone(self) -> bool {
        matches!(self, Self::Resize | Self::Restore)
    }
}

impl OperationState {
    /// True where nothing will happen any more by itself or by a command.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Superseded)
    }
}

/// 重试次数: after so many attempts that may have passed by themselves a person must look (ours, no clause).
pub const ATTEMPTS_MAX_DEFAULT: i32 = 8;

/// Seconds before attempt `attempts + 1`: 2, 4, 8 … at most five minutes.
pub fn back_off_seconds(attempts: i32) -> i32 {
    2_i32.saturating_pow(attempts.clamp(1, 16).unsigned_abs()).min(300)
}

/// Seconds before a cloud that has not answered for `away` seconds is asked again: as many as that, between two seconds
/// and five minutes.
pub fn seconds_to_next_look(away: i64) -> i32 {
    i32::try_from(away.clamp(2, 300)).unwrap_or(300)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;
    use crate::refusal::Refuse;

    /// 作业的状态 × 命令. What the executor does by itself stands in the diagram above, not here.
    fn proof() -> String {
        let heads: Vec<String> =
            OperationCommand::ALL.iter().map(|command| format!("{}<br>`{}`", command.zh(), command.code())).collect();
        let mut text = String::from("# 作业:状态 × 命令\n\n人对云上作业能做的两件事。其余状态由执行器自行推进。\n\n");
        text += "由 `cargo test -p domain proof` 逐格执行代码后生成并比对;`make proofs` 更新。\n\n";
        let _ = writeln!(text, "| 状态 | {} | 是否终态 |\n|---|{}---|", heads.join(" | "), "---|".repeat(heads.len()));
        for state in OperationState::ALL {
            let cells: Vec<String> = OperationCommand::ALL
                .iter()
                .map(|command| match permits(*state, *command) {
                    Ok(()) => "可办理".to_owned(),
                    Err(refusal) => format!("`{}`", refusal.code()),
                })
                .collect();
            let over = if state.is_over() { "是" } else { "否" };
            let _ = writeln!(text, "| {} `{}` | {} | {over} |", state.zh(), state.code(), cells.join(" | "));
        }
        text
    }

    #[test]
    fn proof_of_the_operation_lifecycle() {
        crate::proof::compare("operation.md", &proof());
    }

    #[test]
    fn what_is_over_takes_no_command() {
        for state in OperationState::ALL.iter().filter(|state| state.is_over()) {
            for command in OperationCommand::ALL {
                assert!(permits(*state, *command).is_err(), "{state} takes {command}");
            }
        }
    }

    #[test]
    fn attempts_wait_longer_each_time_and_at_most_five_minutes() {
        for (attempts, seconds) in [(0, 2), (1, 2), (2, 4), (3, 8), (8, 256), (9, 300), (100, 300)] {
            assert_eq!(back_off_seconds(attempts), seconds, "after {attempts}");
        }
    }

    #[test]
    fn a_cloud_that_is_away_is_asked_after_as_long_as_it_has_been_away() {
        for (away, seconds) in [(-1, 2), (0, 2), (2, 2), (3, 3), (299, 299), (300, 300), (3600, 300), (i64::MAX, 300)] {
            assert_eq!(seconds_to_next_look(away), seconds, "after {away} s");
        }
    }
}
