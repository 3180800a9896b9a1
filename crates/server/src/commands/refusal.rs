//! What a command says where the input or a rule stands against it: on stderr, exit code 1.

use std::process::ExitCode;

use app::AppError;
use serde_json::json;

/// Tells every fault by its place in the file, or the one reason. A fault of ours is passed on.
pub fn tell(as_json: bool, error: AppError) -> anyhow::Result<ExitCode> {
    let (value, lines) = match error {
        AppError::Invalid(findings) => {
            let line = |one: &domain::finding::Finding| format!("{}: {} ({})", one.field, one.zh, one.en);
            (json!({ "findings": findings }), findings.iter().map(line).collect())
        }
        AppError::BadRequest(reason) | AppError::Refused(reason) | AppError::Forbidden(reason) => (
            json!({ "code": reason.code, "zh": reason.zh, "en": reason.en }),
            vec![format!("{} ({})", reason.zh, reason.en)],
        ),
        AppError::NotFound => {
            let (zh, en) = ("没有这个内容", "not found");
            (json!({ "code": "not_found", "zh": zh, "en": en }), vec![format!("{zh} ({en})")])
        }
        other => return Err(other.into()),
    };
    if as_json {
        eprintln!("{}", serde_json::to_string_pretty(&value)?);
    } else {
        let lines: Vec<String> = lines;
        lines.iter().for_each(|line| eprintln!("{line}"));
    }
    Ok(ExitCode::FAILURE)
}
