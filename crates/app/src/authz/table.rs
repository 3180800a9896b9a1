//! Looking up the table, and printing it for the auditor.

use domain::org::Role;
use std::fmt::Write;

use super::{Action, Scope};

/// How far `role` reaches with `action`; `Nothing` where the table is silent.
pub fn scope(action: Action, role: Role) -> Scope {
    let lines = action.grants().iter().flat_map(|part| part.iter());
    lines.filter(|(held, _)| *held == role).map(|(_, scope)| *scope).max().unwrap_or(Scope::Nothing)
}

/// The whole table as Markdown: once by action, once by role. Checked in as `docs/proofs/authz.md`.
pub fn proof() -> String {
    let mut text = String::from(
        "# 权限表 (role × action × scope)\n\n\
         由 `cargo test -p app authz` 与代码中的唯一权限表比对;改动权限须同时改动本文件。\n\
         未列出的一律禁止;“系统”指只由计时器或后台作业执行。\n\n\
         ## 按动作\n\n| 动作 | 代码 | 依据 | 谁(数据域) |\n|---|---|---|---|\n",
    );
    for action in Action::ALL.iter().copied() {
        let cite = action.clause().map_or("—", |clause| clause.cite);
        writeln!(text, "| {} | `{}` | {cite} | {} |", action.zh(), action.code(), holders(action))
            .expect("writing to a string");
    }
    text.push_str("\n## 按角色\n\n| 角色 | 代码 | 可办动作数 | 全局动作 |\n|---|---|---|---|\n");
    for role in Role::ALL.iter().copied() {
        let reach = |wanted: fn(Scope) -> bool| Action::ALL.iter().filter(move |action| wanted(scope(**action, role)));
        let any = reach(|scope| scope != Scope::Nothing).count();
        let all = reach(|scope| scope == Scope::All).count();
        writeln!(text, "| {} | `{}` | {any} | {all} |", role.zh(), role.code()).expect("writing to a string");
    }
    text
}

fn holders(action: Action) -> String {
    let all: Vec<(Role, Scope)> = Role::ALL.iter().map(|role| (*role, scope(action, *role))).collect();
    if all.iter().all(|(_, scope)| *scope == Scope::All) {
        return "全部登录用户".to_owned();
    }
    let held: Vec<String> = all
        .into_iter()
        .filter(|(_, scope)| *scope != Scope::Nothing)
        .map(|(role, scope)| format!("{}〔{}〕", role.zh(), scope.zh()))
        .collect();
    if held.is_empty() { "系统".to_owned() } else { held.join("、") }
}
