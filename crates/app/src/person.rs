//! 人员: accounts and the numbers they carry, sealed under the person's own id (A29, E25).

use uuid::Uuid;

/// What a person's mobile number is sealed for: a number copied to another person does not open.
pub fn mobile_context(person: Uuid) -> String {
    format!("person/{person}/mobile")
}
