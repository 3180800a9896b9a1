//! 状态表: what each lifecycle does, printed from the code itself into files a reviewer reads first.
//!
//! Only for tests. A room's `tests` gives one value of every state and one of every command; what comes
//! of each pair is asked of the room's own `transition`, so the file cannot say what the code does not do.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::clause::Clause;
use crate::duty::{self, Duty, Holder};
use crate::refusal::Refuse;
use crate::term::Term;

/// Compares `text` with docs/proofs/`name`; with `UPDATE_PROOFS` set it writes the file first.
pub fn compare(name: &str, text: &str) {
    let path = format!("{}/../../docs/proofs/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_PROOFS").is_some() {
        std::fs::write(&path, text).expect("docs/proofs exists");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == text, "docs/proofs/{name} differs; run `make proofs` and read the difference");
}

/// A lifecycle as the proof asks it.
pub struct Lifecycle<'a, S, C> {
    pub title: &'a str,
    /// Says in a sentence what the table is of.
    pub about: &'a str,
    pub term: fn(&S) -> Term,
    pub kind: fn(&C) -> (Term, Clause),
    pub duties: fn(&S) -> Vec<Duty>,
    pub step: &'a dyn Fn(S, C) -> Result<S, Box<dyn Refuse>>,
    /// Every state, with a remark where one state stands in two rows.
    pub states: Vec<(&'a str, S)>,
    /// One command of every kind, with which it succeeds where it may succeed at all.
    pub commands: Vec<C>,
    /// What else may come of it: the condition in words, the state, the command.
    pub otherwise: Vec<(&'a str, S, C)>,
}

impl<S: Clone, C: Clone> Lifecycle<'_, S, C> {
    /// The whole file.
    pub fn print(&self) -> String {
        let mut text = format!("# {}\n\n{}\n\n", self.title, self.about);
        text += "由 `cargo test -p domain proof` 逐格执行代码后生成并比对;`make proofs` 更新,改动须随代码一并审阅。\n";
        text += "“·”表示该状态下无此步骤(次序不符,`*.out_of_order`);反引号内为不予办理的理由代码。\n\n";
        self.matrix(&mut text);
        self.steps(&mut text);
        self.waiting(&mut text);
        text
    }

    fn matrix(&self, text: &mut String) {
        let heads: Vec<String> = self.commands.iter().map(|c| (self.kind)(c).0).map(head).collect();
        let _ = writeln!(text, "## 状态 × 步骤\n\n| 状态 | {} |", heads.join(" | "));
        let _ = writeln!(text, "|---|{}", "---|".repeat(heads.len()));
        for (remark, state) in &self.states {
            let cells: Vec<String> = self.commands.iter().map(|command| self.cell(state, command)).collect();
            let _ = writeln!(text, "| {} | {} |", self.row(remark, state), cells.join(" | "));
        }
    }

    fn cell(&self, state: &S, command: &C) -> String {
        match self.outcome(state, command) {
            Ok(next) => next.zh.to_owned(),
            Err(refusal) if refusal.code().ends_with(".out_of_order") => "·".to_owned(),
            Err(refusal) => format!("`{}`", refusal.code()),
        }
    }

    fn steps(&self, text: &mut String) {
        *text += "\n## 逐步说明\n\n| 状态 | 步骤 | 依据 | 情形 | 结果 |\n|---|---|---|---|---|\n";
        for (remark, state) in &self.states {
            for command in &self.commands {
                if let Ok(next) = self.outcome(state, command) {
                    let (step, clause) = (self.kind)(command);
                    let state = self.row(remark, state);
                    let _ = writeln!(text, "| {state} | {} | {} | | {} |", step.zh, clause.cite, next.zh);
                }
            }
        }
        for (condition, state, command) in &self.otherwise {
            let (step, clause) = (self.kind)(command);
            let result = match self.outcome(state, command) {
                Ok(next) => next.zh.to_owned(),
                Err(refusal) => format!("{}(`{}`)", refusal.zh(), refusal.code()),
            };
            let (state, cite) = (self.row("", state), clause.cite);
            let _ = writeln!(text, "| {state} | {} | {cite} | {condition} | {result} |", step.zh);
        }
    }

    fn waiting(&self, text: &mut String) {
        *text += "\n## 各状态的待办\n\n| 状态 | 待办 | 谁 | 时限 |\n|---|---|---|---|\n";
        for (remark, state) in &self.states {
            let duties = (self.duties)(state);
            let state = self.row(remark, state);
            if duties.is_empty() {
                let _ = writeln!(text, "| {state} | — | — | — |");
            }
            for duty in duties {
                let due = duty.due.map_or("—".to_owned(), |(_, timer)| {
                    let kind = if timer.statutory() { "法定" } else { "内部" };
                    format!("{} {}({kind})", timer.code(), timer.zh())
                });
                let _ = writeln!(text, "| {state} | {} | {} | {due} |", duty::kind_zh(duty.kind), holder(duty.holder));
            }
        }
    }

    fn row(&self, remark: &str, state: &S) -> String {
        let term = (self.term)(state);
        let remark = if remark.is_empty() { String::new() } else { format!("({remark})") };
        format!("{}{remark} `{}`", term.zh, term.code)
    }

    fn outcome(&self, state: &S, command: &C) -> Result<Term, Box<dyn Refuse>> {
        (self.step)(state.clone(), command.clone()).map(|next| (self.term)(&next))
    }

    /// The codes of the states given: a test compares them with what the enum has.
    pub fn state_codes(&self) -> BTreeSet<&'static str> {
        self.states.iter().map(|(_, state)| (self.term)(state).code).collect()
    }

    /// The codes of the commands given, in their order.
    pub fn command_codes(&self) -> Vec<&'static str> {
        self.commands.iter().map(|command| (self.kind)(command).0.code).collect()
    }
}

fn head(term: Term) -> String {
    format!("{}<br>`{}`", term.zh, term.code)
}

fn holder(holder: Holder) -> String {
    match holder {
        Holder::Agency(role) => format!("本单位{}", role.zh().trim_start_matches("使用单位")),
        Holder::Office(role) => role.zh().to_owned(),
        Holder::Treasury => "市财政局或县财政".to_owned(),
        Holder::Superior => "主管单位汇总员或县政府汇总员".to_owned(),
    }
}

/// An opinion for a sample.
pub fn opinion(text: &str) -> crate::opinion::Opinion {
    crate::opinion::Opinion::new(text).expect("not blank")
}

/// A day for a sample.
pub fn day(text: &str) -> crate::calendar::Date {
    text.parse().expect("a date")
}
