//! 附件: the files of a case.

use domain::term::Term;
use uuid::Uuid;

use crate::{App, AppError};

/// One file of a case.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct AttachmentView {
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    pub kind: Term,
    pub file_name: String,
    pub size_bytes: i64,
    pub uploaded_by: String,
    #[schema(value_type = String, format = "date-time")]
    pub uploaded_at: jiff::Timestamp,
    pub removable: bool,
}

/// Files of a case, in order of arrival.
pub async fn of_case(app: &App, case_id: Uuid) -> Result<Vec<AttachmentView>, AppError> {
    let _ = (app, case_id);
    Ok(vec![])
}
