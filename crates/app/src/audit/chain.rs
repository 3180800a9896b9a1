//! 封存: each entry gets a position and a hash over its predecessor's hash and its own content; now and then the head
//! of the chain is signed with SM2 under a key outside the database (E15).

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;
use serde_json::Value;
use store::audit::AuditRow;
use store::audit_chain::{AnchorRow, Seal};

use super::verify::{LastCheck, last_check};
use crate::actor::Actor;
use crate::authz::{self, Action, Target};
use crate::secrecy::{sm3, sm3_chain};
use crate::{App, AppError};

/// Before the first entry.
pub(super) const GENESIS: [u8; 32] = [0; 32];
/// Entries sealed in one transaction.
const BATCH: i64 = 500;
/// How often a running server seals.
const EVERY: Duration = Duration::from_secs(5);
/// An anchor is set at the latest after so many entries …
const ANCHOR_ENTRIES: i64 = 1000;
/// … or so long after the one before.
const ANCHOR_AGE: SignedDuration = SignedDuration::from_hours(1);

/// When to anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sealing {
    /// Where the last anchor is old or far behind.
    Running,
    /// At once: the server stops, or somebody is about to look.
    Closing,
}

/// 锚点 as shown.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct LastAnchor {
    pub position: i64,
    #[schema(value_type = String, format = "date-time")]
    pub at: Timestamp,
    pub key_version: i32,
}

/// 日志链的状态.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ChainState {
    pub sealed: i64,
    /// Waiting to be sealed.
    pub pending: i64,
    pub last_position: i64,
    pub last_hash: Option<String>,
    pub last_anchor: Option<LastAnchor>,
    /// The last check made from the page.
    pub verified: Option<LastCheck>,
}

/// How far the log is sealed.
pub async fn chain(app: &App, actor: &Actor) -> Result<ChainState, AppError> {
    authz::check(actor, Action::AuditVerify, &Target::city())?;
    let status = store::audit_chain::status(&app.store.pool).await?;
    let anchor = |anchor: AnchorRow| LastAnchor {
        position: anchor.position,
        at: anchor.anchored_at.to_jiff(),
        key_version: anchor.key_version,
    };
    let (position, hash) = status.head.unzip();
    Ok(ChainState {
        // Positions have no gap, so the last one is the count.
        sealed: position.unwrap_or(0),
        pending: status.pending,
        last_position: position.unwrap_or(0),
        last_hash: hash.map(hex::encode),
        last_anchor: status.last_anchor.map(anchor),
        verified: last_check(app).await?,
    })
}

/// Seals everything that waits; answers how many entries.
pub async fn seal(app: &App, sealing: Sealing) -> Result<usize, AppError> {
    let mut sealed = 0;
    loop {
        let batch = seal_batch(app, sealing).await?;
        sealed += batch;
        if batch == 0 {
            return Ok(sealed);
        }
    }
}

/// Seals every few seconds; ends with the runtime. A failure is logged and tried again: entries wait, none is lost.
pub async fn work(app: App) {
    loop {
        tokio::time::sleep(EVERY).await;
        if let Err(error) = seal(&app, Sealing::Running).await {
            tracing::warn!(%error, "audit entries could not be sealed, to be tried again");
        }
    }
}

async fn seal_batch(app: &App, sealing: Sealing) -> Result<usize, AppError> {
    let mut tx = app.store.begin().await?;
    store::audit_chain::lock_chain(&mut tx).await?;
    let (mut position, mut previous) =
        store::audit_chain::head(&mut tx).await?.unwrap_or_else(|| (0, GENESIS.to_vec()));
    let pending = store::audit_chain::pending(&mut tx, BATCH).await?;
    let mut seals = Vec::with_capacity(pending.len());
    for entry in &pending {
        let hash = sm3_chain(&previous, &content(entry)).to_vec();
        position += 1;
        seals.push(Seal { position, entry_id: entry.id, prev_hash: previous, hash: hash.clone() });
        previous = hash;
    }
    if !seals.is_empty() {
        store::audit_chain::seal(&mut tx, &seals).await?;
    }
    anchor(app, &mut tx, (position, &previous), sealing).await?;
    tx.commit().await.map_err(store::StoreError::from)?;
    Ok(seals.len())
}

async fn anchor(
    app: &App,
    tx: &mut store::Tx,
    (position, hash): (i64, &[u8]),
    sealing: Sealing,
) -> Result<(), AppError> {
    let last = store::audit_chain::last_anchor(tx).await?;
    let now = app.clock.instant();
    let behind = position - last.as_ref().map_or(0, |anchor| anchor.position);
    let old = last.is_none_or(|anchor| now.duration_since(anchor.anchored_at.to_jiff()) >= ANCHOR_AGE);
    if behind == 0 || !(sealing == Sealing::Closing || behind >= ANCHOR_ENTRIES || old) {
        return Ok(());
    }
    let signer = app.keys()?.signer();
    // To the microsecond, as the database keeps it.
    let at = Timestamp::from_microsecond(now.as_microsecond()).map_err(AppError::fault)?;
    let row = AnchorRow {
        position,
        hash: hash.to_vec(),
        anchored_at: at.to_sqlx(),
        key_version: i32::try_from(signer.version()).map_err(AppError::fault)?,
        signature: signer.sign(&anchor_message(position, hash, at))?,
    };
    Ok(store::audit_chain::anchor(tx, &row).await?)
}

/// What an anchor signs.
pub(super) fn anchor_message(position: i64, hash: &[u8], at: Timestamp) -> Vec<u8> {
    format!("liyun-audit-anchor\n{position}\n{}\n{}", hex::encode(hash), at.as_microsecond()).into_bytes()
}

/// The content of an entry as it enters its hash: every field, each preceded by its length, in a fixed order; JSON with
/// its keys in order. Any change of this function breaks every chain there is.
pub(super) fn content(entry: &AuditRow) -> [u8; 32] {
    let mut bytes = Vec::with_capacity(512);
    let mut put = |field: Option<&[u8]>| {
        let length = field.map_or(u64::MAX, |field| field.len() as u64);
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(field.unwrap_or_default());
    };
    let text = |text: &Option<String>| text.as_ref().map(|text| text.as_bytes().to_vec());
    put(Some(entry.id.as_bytes()));
    put(Some(&entry.at.to_jiff().as_microsecond().to_be_bytes()));
    put(entry.actor_id.as_ref().map(|id| id.as_bytes().as_slice()));
    put(Some(entry.actor_name.as_bytes()));
    put(Some(entry.roles.join(",").as_bytes()));
    put(entry.org_id.as_ref().map(|id| id.as_bytes().as_slice()));
    put(text(&entry.ip).as_deref());
    put(text(&entry.terminal).as_deref());
    put(text(&entry.request_id).as_deref());
    put(Some(entry.action.as_bytes()));
    put(Some(entry.object_kind.as_bytes()));
    put(Some(entry.object_id.as_bytes()));
    put(entry.case_id.as_ref().map(|id| id.as_bytes().as_slice()));
    put(text(&entry.clause).as_deref());
    put(Some(entry.outcome.as_bytes()));
    put(Some(entry.summary.as_bytes()));
    put(entry.before.as_ref().map(|value| canonical(value).into_bytes()).as_deref());
    put(entry.after.as_ref().map(|value| canonical(value).into_bytes()).as_deref());
    sm3(&bytes)
}

/// JSON with the keys of every object in order, whatever order the parser keeps.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let sorted: BTreeMap<&String, &Value> = map.iter().collect();
            let fields: Vec<String> = sorted
                .into_iter()
                .map(|(key, value)| format!("{}:{}", Value::String(key.clone()), canonical(value)))
                .collect();
            format!("{{{}}}", fields.join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use uuid::Uuid;

    fn entry() -> AuditRow {
        AuditRow {
            id: Uuid::from_u128(1),
            at: Timestamp::from_microsecond(1_700_000_000_000_000).expect("an instant").to_sqlx(),
            actor_id: None,
            actor_name: "张三".into(),
            roles: vec!["center_acceptor".into()],
            org_id: None,
            ip: Some("10.0.0.1".into()),
            terminal: None,
            request_id: None,
            action: "application.accept".into(),
            object_kind: "application".into(),
            object_id: "1".into(),
            case_id: None,
            clause: Some("A10_2".into()),
            outcome: "done".into(),
            summary: "受理".into(),
            before: Some(json!({ "b": 1, "a": [1, { "d": null, "c": "x" }] })),
            after: None,
        }
    }

    #[test]
    fn e15_every_field_enters_the_hash() {
        let of = |change: fn(&mut AuditRow)| {
            let mut changed = entry();
            change(&mut changed);
            content(&changed)
        };
        let changed = [
            of(|_| {}),
            of(|e| e.id = Uuid::from_u128(2)),
            of(|e| e.at = Timestamp::from_microsecond(1_700_000_000_000_001).expect("an instant").to_sqlx()),
            of(|e| e.actor_id = Some(Uuid::from_u128(0))),
            of(|e| e.actor_name = "李四".into()),
            of(|e| e.roles.clear()),
            of(|e| e.org_id = Some(Uuid::from_u128(0))),
            of(|e| e.ip = None),
            of(|e| e.terminal = Some(String::new())),
            of(|e| e.request_id = Some(String::new())),
            of(|e| e.action = "application.decline".into()),
            of(|e| e.object_kind = "trial".into()),
            of(|e| e.object_id = "2".into()),
            of(|e| e.case_id = Some(Uuid::from_u128(0))),
            of(|e| e.clause = None),
            of(|e| e.outcome = "refused".into()),
            of(|e| e.summary = "受理。".into()),
            of(|e| e.before = Some(json!({ "a": 1 }))),
            of(|e| e.after = Some(Value::Null)),
        ];
        let distinct: std::collections::BTreeSet<[u8; 32]> = changed.into_iter().collect();
        assert_eq!(distinct.len(), changed.len());
    }

    #[test]
    fn the_order_of_keys_does_not_matter_and_that_of_a_list_does() {
        assert_eq!(canonical(&json!({ "b": 1, "a": { "d": 1, "c": 2 } })), r#"{"a":{"c":2,"d":1},"b":1}"#);
        assert_ne!(canonical(&json!([1, 2])), canonical(&json!([2, 1])));
    }
}
