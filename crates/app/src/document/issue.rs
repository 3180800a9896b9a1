//! 签发: head, number, verification code and digest, fixed in the transaction of the step.

use documents::model::{Body, Head, Snapshot, Verification};
use domain::clause::Clause;
use domain::org::Office;
use jiff_sqlx::ToSqlx;
use rand::RngCore;
use store::document::NewDocument;
use uuid::Uuid;

use crate::case::Case;
use crate::mechanism::Unit;
use crate::{App, AppError};

/// No 0, 1, I, O: what is read from paper is typed without doubt. 32 signs, so a random byte is cut evenly.
const ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
/// 80 bits: nobody finds a document by trying.
const CODE_LENGTH: usize = 16;
/// What a document says besides what every document of the case says.
pub(super) struct Paper {
    pub number: String,
    /// 出具单位.
    pub issuer: String,
    /// 主送; blank where the document is a form.
    pub addressee: String,
    pub clause: Clause,
    pub body: Body,
}

/// Issues `paper` about a lifecycle of the case: `(room, 单号)`.
pub(super) async fn issue(
    unit: &mut Unit<'_>,
    case: &Case,
    (room, subject): (&str, &str),
    paper: Paper,
) -> Result<(), AppError> {
    let code = new_code();
    let verification =
        Verification { url: format!("{}/verify/{code}", unit.app().options.public_url), code: grouped(&code) };
    let (number, clause) = (paper.number.clone(), paper.clause);
    let head = head(unit.app(), case, (&unit.actor().name, verification), paper.clause);
    let snapshot = Snapshot {
        head: Head {
            number: paper.number,
            issuer: paper.issuer,
            addressee: paper.addressee,
            issued_on: unit.today(),
            clauses: vec![clause.cite.to_owned()],
            ..head
        },
        body: paper.body,
    };
    let id = Uuid::now_v7();
    let new = NewDocument {
        id,
        case_id: case.row.id,
        room,
        subject,
        kind: snapshot.kind().code(),
        number: &number,
        verification_code: &code,
        issued_on: unit.today().to_sqlx(),
        issued_at: unit.now().to_sqlx(),
        issued_by: unit.actor().person.map(Into::into),
        sm3: &documents::digest(&snapshot).map_err(AppError::fault)?,
        data: &serde_json::to_value(&snapshot).map_err(AppError::fault)?,
    };
    Ok(store::document::insert(&mut unit.tx, &new).await?)
}

/// What every document of a case carries in its head.
pub(super) fn head(app: &App, case: &Case, (by, verification): (&str, Verification), clause: Clause) -> Head {
    Head {
        number: case.row.number.clone(),
        issuer: case.row.agency_name.clone(),
        addressee: String::new(),
        case_number: case.row.number.clone(),
        agency: case.row.agency_name.clone(),
        system: if case.row.system_name.is_empty() {
            "（未命名）".to_owned()
        } else {
            case.row.system_name.clone()
        },
        issued_on: app.clock.today(),
        issued_by: by.to_owned(),
        regulation: app.regulation.numbers.regulation.clone(),
        clauses: vec![clause.cite.to_owned()],
        verification,
    }
}

/// Name of a city office, as it signs.
pub(super) async fn office(unit: &mut Unit<'_>, office: Office) -> Result<String, AppError> {
    let name = store::org::name_of_office(&mut unit.tx, office.code()).await?;
    Ok(name.unwrap_or_else(|| office.zh().to_owned()))
}

fn new_code() -> String {
    let mut bytes = [0; CODE_LENGTH];
    rand::rng().fill_bytes(&mut bytes);
    bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect()
}

/// `7K3MQ9TX2HVAP4NE` → `7K3M-Q9TX-2HVA-P4NE`.
pub(super) fn grouped(code: &str) -> String {
    let signs: Vec<char> = code.chars().collect();
    signs.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// The code out of what somebody typed; `None` where it cannot be one.
pub(super) fn bare(typed: &str) -> Option<String> {
    if typed.len() > 64 {
        return None;
    }
    let code: String =
        typed.chars().filter(|c| *c != '-' && !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect();
    let fits = code.len() == CODE_LENGTH && code.bytes().all(|byte| ALPHABET.contains(&byte));
    fits.then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_reads_back_as_it_is_typed_and_nothing_else_does() {
        let code = new_code();
        assert_eq!(bare(&grouped(&code)), Some(code.clone()));
        assert_eq!(bare(&format!(" {} ", code.to_lowercase())), Some(code.clone()));
        assert_ne!(new_code(), code);
        for wrong in ["", "7K3M", "7K3M-Q9TX-2HVA-P4N0", "7K3M-Q9TX-2HVA-P4NE-2", "码码码码码码码码码码码码码码码码"]
        {
            assert_eq!(bare(wrong), None, "{wrong}");
        }
    }
}
