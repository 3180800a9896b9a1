//! 挂起与停用 (rest): whether an approved server runs now, and if it does not, for whose reason.
//!
//! 《办法》第九条(四)、第十条(六). A resting server keeps all that was approved: figures, disks, address, ports, and its
//! charge, since services are charged by the year (包年). It only does not run. Phase `stopped` is another thing: a trial
//! that is over.
//!
//! ```text
//! Running ─suspend→ Suspended ─resume→ Running
//!    └─scale_in→ Scaled ─scale_out→ Running
//!                  ├─suspend→ Suspended     taken out of the policy's hands
//!                  └─resume→ Running        where no policy is in force
//! ```
//!
//! `scale_in` and `scale_out` are the policy's (`scaling`); nobody presses them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clause::{self, Clause};
use crate::opinion::Opinion;
use crate::term::Term;

crate::terms! {
    /// 停用原因.
    pub enum Rest {
        Suspended = "suspended", "已挂起", "suspended";
        Scaled = "scaled", "伸缩停用", "resting by policy";
    }
}

/// What someone asks to happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = ResourceCommand)]
pub enum RestCommand {
    /// 挂起.
    Suspend { reason: Opinion },
    /// 恢复.
    Resume { reason: Opinion },
    /// 弹性停用 (by policy).
    ScaleIn,
    /// 弹性启用 (by policy).
    ScaleOut,
}

crate::terms! {
    /// The commands by name.
    pub enum RestKind {
        Suspend = "suspend", "挂起", "Suspend";
        Resume = "resume", "恢复", "Resume";
        ScaleIn = "scale_in", "弹性停用", "Rest by policy";
        ScaleOut = "scale_out", "弹性启用", "Wake by policy";
    }
}

crate::refusals! {
    /// Why a command changes nothing.
    pub enum RestRefusal {
        OutOfOrder { state: &'static str } = "resource.out_of_order", Some(clause::A9_4), "云主机当前为「{state}」,不能办理此步骤", "not possible while the server is {state}";
        Governed = "resource.governed", Some(clause::A4), "该云主机由生效中的伸缩策略停用,请先暂停策略或调高策略的运行下限", "a policy in force lets it rest; pause the policy or raise its lower bound";
        NotOperable { phase: &'static str } = "resource.not_operable", Some(clause::A9_4), "云主机当前为「{phase}」,不能挂起或恢复", "not while it is {phase} or being opened";
    }
}

impl RestCommand {
    /// Which command it is.
    pub fn kind(&self) -> RestKind {
        match self {
            Self::Suspend { .. } => RestKind::Suspend,
            Self::Resume { .. } => RestKind::Resume,
            Self::ScaleIn => RestKind::ScaleIn,
            Self::ScaleOut => RestKind::ScaleOut,
        }
    }

    /// What was said, for the log.
    pub fn words(&self) -> Option<&str> {
        match self {
            Self::Suspend { reason } | Self::Resume { reason } => Some(reason.as_str()),
            Self::ScaleIn | Self::ScaleOut => None,
        }
    }
}

impl RestKind {
    /// What a person may press.
    pub const BUTTONS: [Self; 2] = [Self::Suspend, Self::Resume];

    /// 依据.
    pub fn clause(self) -> Clause {
        match self {
            Self::Suspend | Self::Resume => clause::A9_4,
            Self::ScaleIn | Self::ScaleOut => clause::A10_6,
        }
    }
}

/// 状态的代码、中文与英文 of a server in service or on trial.
pub fn term(rest: Option<Rest>) -> Term {
    rest.map_or(Term { code: "running", zh: "运行", en: "running" }, Rest::term)
}

/// May this command follow? `governed`: a policy in force says how many of its row run.
pub fn permits(rest: Option<Rest>, kind: RestKind, governed: bool) -> Result<(), RestRefusal> {
    use {Rest as R, RestKind as K};
    match (rest, kind) {
        (None, K::Suspend | K::ScaleIn) | (Some(R::Suspended), K::Resume) => Ok(()),
        (Some(R::Scaled), K::Suspend | K::ScaleOut) => Ok(()),
        // It would only be sent to rest again, and meanwhile more would run than the policy says.
        (Some(R::Scaled), K::Resume) if governed => Err(RestRefusal::Governed),
        (Some(R::Scaled), K::Resume) => Ok(()),
        (rest, _) => Err(RestRefusal::OutOfOrder { state: term(rest).zh }),
    }
}

/// The only way a server comes to rest or runs again.
pub fn transition(rest: Option<Rest>, command: &RestCommand, governed: bool) -> Result<Option<Rest>, RestRefusal> {
    permits(rest, command.kind(), governed)?;
    Ok(match command {
        RestCommand::Suspend { .. } => Some(Rest::Suspended),
        RestCommand::ScaleIn => Some(Rest::Scaled),
        RestCommand::Resume { .. } | RestCommand::ScaleOut => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proof::{self, Lifecycle, opinion};

    #[test]
    fn proof_of_rest() {
        let commands = vec![
            RestCommand::Suspend { reason: opinion("业务低谷") },
            RestCommand::Resume { reason: opinion("业务恢复") },
            RestCommand::ScaleIn,
            RestCommand::ScaleOut,
        ];
        let table = Lifecycle {
            title: "云主机挂起与停用 resource",
            about: "正式或测试中的云主机是否运行。停用期间核定规格、云盘、地址、端口与包年费用都不变(第九条(四)、第十条(六))。",
            term: |(rest, _): &(Option<Rest>, bool)| term(*rest),
            kind: |command: &RestCommand| (command.kind().term(), command.kind().clause()),
            duties: |_| vec![],
            step: &|(rest, governed), command| match transition(rest, &command, governed) {
                Ok(rest) => Ok((rest, governed)),
                Err(refusal) => Err(Box::new(refusal)),
            },
            states: vec![
                ("", (None, true)),
                ("", (Some(Rest::Suspended), true)),
                ("策略生效中", (Some(Rest::Scaled), true)),
                ("策略未生效", (Some(Rest::Scaled), false)),
            ],
            commands,
            otherwise: vec![],
        };
        assert_eq!(table.state_codes().len(), Rest::ALL.len() + 1);
        assert_eq!(table.command_codes(), RestKind::ALL.iter().map(|kind| kind.code()).collect::<Vec<_>>());
        proof::compare("resource.md", &table.print());
    }
}
