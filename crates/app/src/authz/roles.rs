//! 角色与权限表 as a person reads it: each role, its duties, what it excludes, what it may do.

use domain::clause::Clause;
use domain::org::{Role, exclusive};
use domain::term::Term;

use super::{Action, Scope, scope, visible};
use crate::actor::Actor;
use crate::{App, AppError};

/// 角色可办的一个动作.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct RoleAction {
    pub code: &'static str,
    pub zh: &'static str,
    pub clause: Option<Clause>,
    pub scope: Term,
}

/// 一个角色.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct RoleRow {
    pub role: Term,
    /// What the city's table of posts says.
    pub duties_zh: String,
    pub excludes: Vec<Term>,
    pub actions: Vec<RoleAction>,
}

/// The whole table, by role.
pub fn roles(app: &App, actor: &Actor) -> Result<Vec<RoleRow>, AppError> {
    visible(actor, Action::RoleView)?;
    Ok(Role::ALL.iter().map(|role| row(app, *role)).collect())
}

fn row(app: &App, role: Role) -> RoleRow {
    let duties = app.regulation.duties.iter().find(|line| line.role == role.code());
    let duties_zh = duties.map_or_else(String::new, |line| match line.must_not.as_str() {
        "" | "—" => line.may.clone(),
        must_not => format!("{};不得:{must_not}", line.may),
    });
    let reach = |action: &Action| Some((*action, scope(*action, role))).filter(|(_, scope)| *scope != Scope::Nothing);
    let shown = |(action, scope): (Action, Scope)| RoleAction {
        code: action.code(),
        zh: action.zh(),
        clause: action.clause(),
        scope: scope.term(),
    };
    RoleRow {
        role: role.term(),
        duties_zh,
        excludes: Role::ALL
            .iter()
            .filter(|other| exclusive(role, **other).is_some())
            .map(|other| other.term())
            .collect(),
        actions: Action::ALL.iter().filter_map(reach).map(shown).collect(),
    }
}
