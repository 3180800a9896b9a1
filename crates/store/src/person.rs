//! 人员与授权: people, the roles they hold where, and what `authz` needs of an actor.

use crate::visible::Visible;
use crate::{StoreError, Tx};
use jiff_sqlx::Timestamp;
use sqlx::PgPool;
use uuid::Uuid;

/// One person as listed; the numbers only as masks.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct PersonRow {
    pub id: Uuid,
    pub org_id: Uuid,
    pub org_name: String,
    pub org_office: String,
    pub county: Option<String>,
    pub username: String,
    pub name: String,
    pub mobile_mask: String,
    pub id_number_mask: String,
    pub email: String,
    pub state: String,
    pub version: i32,
    pub created_by: Option<Uuid>,
    pub last_login_at: Option<Timestamp>,
    pub locked_until: Option<Timestamp>,
    pub second_factor: bool,
    /// Whether a password was ever handed out.
    pub has_password: bool,
    /// Codes of the roles held.
    pub roles: Vec<String>,
}

macro_rules! columns {
    () => {
        "SELECT p.id, p.org_id, o.name AS org_name, o.office AS org_office, o.county, p.username, p.name, p.mobile_mask,
        p.id_number_mask, p.email, p.state, p.version, p.created_by, p.last_login_at, c.locked_until,
        coalesce(f.confirmed_at IS NOT NULL, false) AS second_factor, c.person_id IS NOT NULL AS has_password,
        coalesce((SELECT array_agg(DISTINCT r.role ORDER BY r.role) FROM person_role r
                  WHERE r.person_id = p.id AND r.revoked_at IS NULL), '{}') AS roles
     FROM person p JOIN org o ON o.id = p.org_id
     LEFT JOIN credential c ON c.person_id = p.id LEFT JOIN second_factor f ON f.person_id = p.id"
    };
}

/// Reads one person.
pub async fn one(pool: &PgPool, id: Uuid) -> Result<PersonRow, StoreError> {
    const SQL: &str = concat!(columns!(), " WHERE p.id = $1");
    Ok(sqlx::query_as(SQL).bind(id).fetch_one(pool).await?)
}

/// Reads one person inside the change and locks the row.
pub async fn lock(tx: &mut Tx, id: Uuid) -> Result<PersonRow, StoreError> {
    const SQL: &str = concat!(columns!(), " WHERE p.id = $1");
    sqlx::query("SELECT 1 FROM person WHERE id = $1 FOR UPDATE").bind(id).fetch_one(&mut **tx).await?;
    Ok(sqlx::query_as(SQL).bind(id).fetch_one(&mut **tx).await?)
}

/// Filters of the list; absent ones do not filter.
#[derive(Clone, Debug, Default)]
pub struct PersonFilter {
    /// Beginning of the user name, or part of the name.
    pub text: Option<String>,
    pub org: Option<Uuid>,
    pub role: Option<String>,
    pub state: Option<String>,
    /// User name of the last row of the page before.
    pub after: Option<String>,
    pub limit: i64,
}

macro_rules! filtered {
    () => {
        " WHERE ($1 OR p.org_id = ANY($2)
           OR p.org_id IN (SELECT id FROM org WHERE path && $3))
           AND ($4::text IS NULL OR starts_with(p.username, $4) OR strpos(p.name, $4) > 0)
           AND ($5::uuid IS NULL OR p.org_id = $5)
           AND ($6::text IS NULL OR EXISTS (SELECT 1 FROM person_role r WHERE r.person_id = p.id AND r.role = $6 AND r.revoked_at IS NULL))
           AND ($7::text IS NULL OR p.state = $7)"
    };
}

/// One page of what is visible, by user name.
pub async fn list(pool: &PgPool, seen: &Visible, filter: &PersonFilter) -> Result<Vec<PersonRow>, StoreError> {
    const SQL: &str =
        concat!(columns!(), filtered!(), " AND ($8::text IS NULL OR p.username > $8) ORDER BY p.username LIMIT $9");
    Ok(sqlx::query_as(SQL)
        .bind(seen.all)
        .bind(&seen.agencies)
        .bind(&seen.trees)
        .bind(&filter.text)
        .bind(filter.org)
        .bind(&filter.role)
        .bind(&filter.state)
        .bind(&filter.after)
        .bind(filter.limit)
        .fetch_all(pool)
        .await?)
}

/// How many the filter finds, counting no further than `bound`.
pub async fn count(pool: &PgPool, seen: &Visible, filter: &PersonFilter, bound: i64) -> Result<i64, StoreError> {
    const SQL: &str = concat!("SELECT count(*) FROM (SELECT 1 FROM person p", filtered!(), " LIMIT $8) bounded");
    Ok(sqlx::query_scalar(SQL)
        .bind(seen.all)
        .bind(&seen.agencies)
        .bind(&seen.trees)
        .bind(&filter.text)
        .bind(filter.org)
        .bind(&filter.role)
        .bind(&filter.state)
        .bind(bound)
        .fetch_one(pool)
        .await?)
}

/// A person to be inserted.
#[derive(Clone, Debug)]
pub struct NewPerson<'a> {
    pub id: Uuid,
    pub org_id: Uuid,
    pub username: &'a str,
    pub name: &'a str,
    pub mobile: Sealed<'a>,
    pub id_number: Sealed<'a>,
    pub email: &'a str,
    pub state: &'a str,
    pub created_by: Option<Uuid>,
    pub activated_by: Option<Uuid>,
}

/// A number as it is kept: the sealed bytes and the mask. Both empty where there is none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sealed<'a> {
    pub bytes: Option<&'a [u8]>,
    pub mask: &'a str,
}

/// Inserts a person.
pub async fn insert(tx: &mut Tx, new: &NewPerson<'_>, at: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO person (id, org_id, username, name, mobile_sealed, mobile_mask, id_number_sealed, id_number_mask, email,
             state, created_at, created_by, activated_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(new.id)
    .bind(new.org_id)
    .bind(new.username)
    .bind(new.name)
    .bind(new.mobile.bytes)
    .bind(new.mobile.mask)
    .bind(new.id_number.bytes)
    .bind(new.id_number.mask)
    .bind(new.email)
    .bind(new.state)
    .bind(at)
    .bind(new.created_by)
    .bind(new.activated_by)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Saves name, organisation, address and numbers under a version. `None` leaves a number as it is.
pub async fn update(
    tx: &mut Tx,
    (id, version): (Uuid, i32),
    (org_id, name, email): (Uuid, &str, &str),
    mobile: Option<Sealed<'_>>,
    id_number: Option<Sealed<'_>>,
) -> Result<bool, StoreError> {
    let saved = sqlx::query(
        "UPDATE person SET org_id = $3, name = $4, email = $5,
                mobile_sealed = CASE WHEN $6 THEN $7 ELSE mobile_sealed END,
                mobile_mask = CASE WHEN $6 THEN $8 ELSE mobile_mask END,
                id_number_sealed = CASE WHEN $9 THEN $10 ELSE id_number_sealed END,
                id_number_mask = CASE WHEN $9 THEN $11 ELSE id_number_mask END,
                version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(id)
    .bind(version)
    .bind(org_id)
    .bind(name)
    .bind(email)
    .bind(mobile.is_some())
    .bind(mobile.and_then(|number| number.bytes))
    .bind(mobile.unwrap_or_default().mask)
    .bind(id_number.is_some())
    .bind(id_number.and_then(|number| number.bytes))
    .bind(id_number.unwrap_or_default().mask)
    .execute(&mut **tx)
    .await?;
    Ok(saved.rows_affected() == 1)
}

/// Sets the state of an account; `activated_by` where it is an activation.
pub async fn set_state(
    tx: &mut Tx,
    id: Uuid,
    state: &str,
    activated_by: Option<Uuid>,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE person SET state = $2, activated_by = coalesce($3, activated_by),
                activated_at = CASE WHEN $2 = 'active' THEN $4 ELSE activated_at END, version = version + 1
         WHERE id = $1",
    )
    .bind(id)
    .bind(state)
    .bind(activated_by)
    .bind(at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The sealed numbers of one person: mobile, ID number.
pub async fn sealed_numbers(pool: &PgPool, id: Uuid) -> Result<(Option<Vec<u8>>, Option<Vec<u8>>), StoreError> {
    Ok(sqlx::query_as("SELECT mobile_sealed, id_number_sealed FROM person WHERE id = $1")
        .bind(id)
        .fetch_one(pool)
        .await?)
}

/// A role held, with the organisation it is held at.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct GrantRow {
    pub id: Uuid,
    pub role: String,
    pub org_id: Uuid,
    pub org_name: String,
    pub granted_at: Timestamp,
    pub granted_by_name: Option<String>,
}

const GRANTS: &str = "SELECT r.id, r.role, r.org_id, o.name AS org_name, r.granted_at, g.name AS granted_by_name
     FROM person_role r JOIN org o ON o.id = r.org_id LEFT JOIN person g ON g.id = r.granted_by
     WHERE r.person_id = $1 AND r.revoked_at IS NULL ORDER BY r.role, o.name";

/// Roles held now.
pub async fn grants<'e>(executor: impl sqlx::PgExecutor<'e>, person: Uuid) -> Result<Vec<GrantRow>, StoreError> {
    Ok(sqlx::query_as(GRANTS).bind(person).fetch_all(executor).await?)
}

/// Codes of the roles a locked person holds.
pub async fn role_codes(tx: &mut Tx, person: Uuid) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar("SELECT role FROM person_role WHERE person_id = $1 AND revoked_at IS NULL")
        .bind(person)
        .fetch_all(&mut **tx)
        .await?)
}

/// Grants a role.
pub async fn grant(
    tx: &mut Tx,
    (person, role, org): (Uuid, &str, Uuid),
    granted_by: Option<Uuid>,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO person_role (id, person_id, role, org_id, granted_by, granted_at) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(Uuid::now_v7())
    .bind(person)
    .bind(role)
    .bind(org)
    .bind(granted_by)
    .bind(at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Takes a role back; false where it was not held.
pub async fn revoke(
    tx: &mut Tx,
    (person, role, org): (Uuid, &str, Uuid),
    revoked_by: Option<Uuid>,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let taken = sqlx::query(
        "UPDATE person_role SET revoked_by = $4, revoked_at = $5
         WHERE person_id = $1 AND role = $2 AND org_id = $3 AND revoked_at IS NULL",
    )
    .bind(person)
    .bind(role)
    .bind(org)
    .bind(revoked_by)
    .bind(at)
    .execute(&mut **tx)
    .await?;
    Ok(taken.rows_affected() == 1)
}

/// Makes this transaction the only one that changes who the officers are: two that each take away the last but one
/// must not both succeed.
pub async fn lock_officers(tx: &mut Tx) -> Result<(), StoreError> {
    sqlx::query("SELECT pg_advisory_xact_lock(7230002)").execute(&mut **tx).await?;
    Ok(())
}

/// Whether any account exists yet: the first start asks for the three officers.
pub async fn any(pool: &PgPool) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM person)").fetch_one(pool).await?)
}

/// How many active holders a role has, one person left out: the last officer is not taken away.
pub async fn other_holders<'e>(
    executor: impl sqlx::PgExecutor<'e>,
    role: &str,
    except: Uuid,
) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT count(DISTINCT r.person_id) FROM person_role r JOIN person p ON p.id = r.person_id
         WHERE r.role = $1 AND r.revoked_at IS NULL AND p.state = 'active' AND r.person_id <> $2",
    )
    .bind(role)
    .bind(except)
    .fetch_one(executor)
    .await?)
}

/// Someone the demonstration offers to log in as.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct DemoPersonRow {
    pub id: Uuid,
    pub username: String,
    pub name: String,
    pub org_name: String,
    pub office: String,
    pub roles: Vec<String>,
}

/// Everyone active with a role, for the demonstration's list.
pub async fn for_demo(pool: &PgPool) -> Result<Vec<DemoPersonRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT p.id, p.username, p.name, o.name AS org_name, o.office,
                array_agg(DISTINCT r.role ORDER BY r.role) AS roles
         FROM person p JOIN org o ON o.id = p.org_id JOIN person_role r ON r.person_id = p.id AND r.revoked_at IS NULL
         WHERE p.state = 'active' GROUP BY p.id, o.id ORDER BY o.name, p.username LIMIT 1000",
    )
    .fetch_all(pool)
    .await?)
}
