//! 文书: issued in the transaction of the step they tell of.

use domain::calendar::Date;
use domain::term::Term;
use uuid::Uuid;

use crate::{App, AppError};

/// One document of a case.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct DocumentView {
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    pub kind: Term,
    pub number: String,
    pub verification_code: String,
    #[schema(value_type = String, format = "date")]
    pub issued_on: Date,
}

/// Documents of a case, in order of issue.
pub async fn of_case(app: &App, case_id: Uuid) -> Result<Vec<DocumentView>, AppError> {
    let _ = (app, case_id);
    Ok(vec![])
}
