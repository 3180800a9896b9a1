//! 云平台账号: the settings of an engine's cloud and the password of our account there. The password is sealed for its
//! engine, opened only when the driver is built, and never shown.

use domain::finding::Finding;
use domain::provisioning::{EngineKind, OpenstackSettings};
use drivers::openstack::Password;
use serde_json::{Value, json};
use store::engine::EngineRow;
use uuid::Uuid;

use crate::{App, AppError};

/// Longest password, in characters.
const PASSWORD_CHARS_MAX: usize = 512;

/// 口令 as it is entered. Not shown by `Debug`.
#[derive(Clone, serde::Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, max_length = 512)]
pub struct EnginePassword(String);

impl std::fmt::Debug for EnginePassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EnginePassword(…)")
    }
}

/// What was entered, checked, as it is stored.
pub(super) struct Account {
    pub settings: Value,
    pub sealed: Vec<u8>,
}

/// The bytes sealed for one engine open for no other.
fn context(engine: Uuid) -> String {
    format!("engine.password/{engine}")
}

/// The account of a new engine; `None` for kinds that have none. Refuses what is missing, wrong or too much.
pub(super) fn entered(
    app: &App,
    engine: Uuid,
    kind: EngineKind,
    settings: Option<&OpenstackSettings>,
    password: Option<&EnginePassword>,
) -> Result<Option<Account>, AppError> {
    if kind != EngineKind::Openstack {
        return if settings.is_none() && password.is_none() { Ok(None) } else { Err(superfluous()) };
    }
    let mut findings = settings.map_or_else(|| vec![missing("settings", "云平台配置")], OpenstackSettings::findings);
    findings.extend(password_findings(password));
    match (settings, password) {
        (Some(settings), Some(password)) if findings.is_empty() => Ok(Some(Account {
            settings: json!(settings),
            sealed: app.keys()?.seal_text(&context(engine), &password.0)?,
        })),
        _ => Err(AppError::Invalid(findings)),
    }
}

/// The account after a change. What is not entered stays; so the password need not be known to change the rest.
pub(super) fn changed(
    app: &App,
    row: &EngineRow,
    settings: Option<&OpenstackSettings>,
    password: Option<&EnginePassword>,
) -> Result<Option<Account>, AppError> {
    let (Some(stored), Some(sealed)) = (&row.settings, &row.sealed_password) else {
        return if settings.is_none() && password.is_none() { Ok(None) } else { Err(superfluous()) };
    };
    let mut findings = settings.map(OpenstackSettings::findings).unwrap_or_default();
    if password.is_some() {
        findings.extend(password_findings(password));
    }
    if !findings.is_empty() {
        return Err(AppError::Invalid(findings));
    }
    Ok(Some(Account {
        settings: settings.map_or_else(|| stored.clone(), |settings| json!(settings)),
        sealed: match password {
            Some(password) => app.keys()?.seal_text(&context(row.id), &password.0)?,
            None => sealed.clone(),
        },
    }))
}

/// 云平台配置 of an engine; `None` for kinds that have none.
pub(super) fn settings_of(row: &EngineRow) -> Result<Option<OpenstackSettings>, AppError> {
    row.settings.clone().map(serde_json::from_value).transpose().map_err(AppError::fault)
}

/// What the driver is built from.
pub(super) fn opened(app: &App, row: &EngineRow) -> Result<(OpenstackSettings, Password), AppError> {
    let (settings, sealed) = settings_of(row)?
        .zip(row.sealed_password.as_ref())
        .ok_or_else(|| AppError::fault(format!("engine {} has no account", row.id)))?;
    Ok((settings, Password(app.keys()?.open_text(&context(row.id), sealed)?)))
}

fn password_findings(password: Option<&EnginePassword>) -> Vec<Finding> {
    match password {
        None => vec![missing("password", "口令")],
        Some(EnginePassword(text)) if (1..=PASSWORD_CHARS_MAX).contains(&text.chars().count()) => Vec::new(),
        Some(_) => {
            let zh = format!("口令须为 1–{PASSWORD_CHARS_MAX} 个字符");
            let en = format!("a password has 1 to {PASSWORD_CHARS_MAX} characters");
            vec![Finding::error("password", "engine.password", zh, en)]
        }
    }
}

fn missing(field: &'static str, zh: &str) -> Finding {
    Finding::error(field, "engine.required", format!("请填写{zh}"), format!("{field} is required for this kind"))
}

fn superfluous() -> AppError {
    let (zh, en) = ("该种类的引擎不需要云平台配置和口令", "this kind of engine takes neither settings nor password");
    AppError::Invalid(vec![Finding::error("settings", "engine.no_settings", zh, en)])
}
