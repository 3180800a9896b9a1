//! The one mechanism by which anything changes.
//!
//! ```text
//! begin → lock the row → authz → domain transition → save → tasks → audit entry → jobs → commit
//! ```
//! There is no second way in: `store`'s writing functions want a [`store::Tx`], which only a [`Unit`]
//! hands out, and a unit that commits without an audit entry is refused (E16). Dropping a unit undoes all.

use crate::{App, AppError, actor::Actor, actor::Meta};
use domain::calendar::Date;
use domain::clause::Clause;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde::Serialize;
use store::audit::AuditRow;
use store::task::{TaskMoment, WantedTask};
use uuid::Uuid;

/// 一次变更 one change in progress: a transaction with the actor, the day and the duty to leave an entry.
pub struct Unit<'a> {
    /// The open transaction, for the room's own store functions.
    pub tx: store::Tx,
    app: &'a App,
    actor: &'a Actor,
    meta: &'a Meta,
    now: Timestamp,
    today: Date,
    entries: usize,
    by_rule: bool,
}

/// A span in which steps follow by rule; ends when dropped.
pub struct ByRule<'u, 'a> {
    unit: &'u mut Unit<'a>,
    before: bool,
}

impl<'a> std::ops::Deref for ByRule<'_, 'a> {
    type Target = Unit<'a>;
    fn deref(&self) -> &Unit<'a> {
        self.unit
    }
}

impl std::ops::DerefMut for ByRule<'_, '_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.unit
    }
}

impl Drop for ByRule<'_, '_> {
    fn drop(&mut self) {
        self.unit.by_rule = self.before;
    }
}

/// What an audit entry says, besides who and when.
pub struct Entry<'a> {
    /// Stable action code, e.g. `application.accept`.
    pub action: &'a str,
    /// Kind and id of the thing changed.
    pub object: (&'a str, String),
    /// The case it belongs to, if any: the entry then shows in its 流转记录.
    pub case: Option<Uuid>,
    pub clause: Option<Clause>,
    /// 中文 one line, as the time line shows it.
    pub summary: String,
    pub before: Option<serde_json::Value>,
    pub after: Option<serde_json::Value>,
}

impl App {
    /// Begins a change by `actor`. A repeated `Idempotency-Key` answers `Repeated` with the first answer.
    pub async fn begin<'a>(&'a self, actor: &'a Actor, meta: &'a Meta) -> Result<Unit<'a>, AppError> {
        let mut tx = self.store.begin().await?;
        let now = self.clock.now();
        if let (Some((key, fingerprint)), Some(person)) = (&meta.idempotency, actor.person) {
            use store::idempotency::Claim;
            match store::idempotency::claim(&mut tx, person.0, key, fingerprint, now.to_sqlx()).await? {
                Claim::First => {}
                Claim::Repeated { response } => return Err(AppError::Repeated(response)),
                Claim::Foreign => {
                    return Err(AppError::BadRequest(crate::error::Reason::new(
                        "idempotency.key_reused",
                        "该幂等键已用于另一个请求",
                        "this Idempotency-Key was used for a different request",
                    )));
                }
            }
        }
        Ok(Unit { tx, app: self, actor, meta, now, today: self.clock.today(), entries: 0, by_rule: false })
    }
}

impl<'a> Unit<'a> {
    /// The instant of this change; one for the whole transaction.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The city's day of this change.
    pub fn today(&self) -> Date {
        self.today
    }

    /// Who changes.
    pub fn actor(&self) -> &'a Actor {
        self.actor
    }

    /// The running system: regulation, drivers, keys.
    pub fn app(&self) -> &'a App {
        self.app
    }

    /// What follows by rule from the actor's step (a ratified plan ratifies its applications) is done under
    /// the rules, not under the actor's role: for the span of the borrow, roles are not asked for.
    /// Entries still name the actor.
    pub fn by_rule(&mut self) -> ByRule<'_, 'a> {
        let before = std::mem::replace(&mut self.by_rule, true);
        ByRule { unit: self, before }
    }

    /// True while a step follows by rule.
    pub fn follows_by_rule(&self) -> bool {
        self.by_rule
    }

    /// Appends the audit entry. At least one is owed before `commit`.
    pub async fn audit(&mut self, entry: Entry<'_>) -> Result<(), AppError> {
        self.append(entry, "done").await
    }

    /// Appends the entry of an attempt that was turned away and still leaves its mark: a wrong password (E13).
    pub async fn audit_refused(&mut self, entry: Entry<'_>) -> Result<(), AppError> {
        self.append(entry, "refused").await
    }

    async fn append(&mut self, entry: Entry<'_>, outcome: &str) -> Result<(), AppError> {
        let row = AuditRow {
            id: Uuid::now_v7(),
            at: self.now.to_sqlx(),
            actor_id: self.actor.person.map(Into::into),
            actor_name: self.actor.name.clone(),
            roles: self.actor.role_codes(),
            org_id: self.actor.org.map(Into::into),
            ip: self.actor.ip.clone(),
            terminal: self.actor.terminal.clone(),
            request_id: self.meta.request_id.clone(),
            action: entry.action.to_owned(),
            object_kind: entry.object.0.to_owned(),
            object_id: entry.object.1,
            case_id: entry.case,
            clause: entry.clause.map(|clause| clause.code.to_owned()),
            outcome: outcome.to_owned(),
            summary: entry.summary,
            before: entry.before,
            after: entry.after,
        };
        store::audit::append(&mut self.tx, &row).await?;
        self.entries += 1;
        Ok(())
    }

    /// Adds a job to the outbox of this change. `dedup_key` keeps one waiting job per key.
    pub async fn enqueue(
        &mut self,
        kind: &str,
        payload: &impl Serialize,
        dedup_key: Option<&str>,
    ) -> Result<(), AppError> {
        let payload = serde_json::to_value(payload).map_err(AppError::fault)?;
        Ok(store::job::enqueue(&mut self.tx, Uuid::now_v7(), kind, &payload, dedup_key).await?)
    }

    /// The next 单号 of `kind` (e.g. `SQ`) this year, like `GLZWY-SQ-2026-00012`.
    pub async fn next_number(&mut self, kind: &str) -> Result<String, AppError> {
        let year = self.today.year();
        let serial = store::number::next(&mut self.tx, kind, year).await?;
        let prefix = &self.app.regulation.numbers.case_prefix;
        Ok(format!("{prefix}-{kind}-{year}-{serial:05}"))
    }

    /// Makes the open tasks of one subject equal to what its state waits for.
    pub async fn synchronise_tasks(
        &mut self,
        subject: (Uuid, &str, Uuid),
        wanted: &[WantedTask],
    ) -> Result<(), AppError> {
        let version = self.app.calendar().version().to_owned();
        let at = TaskMoment {
            now: self.now.to_sqlx(),
            today: self.today.to_sqlx(),
            actor: self.actor.person.map(Into::into),
            calendar_version: &version,
        };
        Ok(store::task::synchronise(&mut self.tx, subject, wanted, &at).await?)
    }

    /// Commits and hands `answer` back; it is kept for a repetition of the same request.
    pub async fn commit<T: Serialize>(mut self, answer: T) -> Result<T, AppError> {
        if self.entries == 0 {
            return Err(AppError::fault("a change without an audit entry may not be committed"));
        }
        if let (Some((key, _)), Some(person)) = (&self.meta.idempotency, self.actor.person) {
            let kept = serde_json::to_value(&answer).map_err(AppError::fault)?;
            store::idempotency::keep(&mut self.tx, person.0, key, &kept).await?;
        }
        self.tx.commit().await.map_err(store::StoreError::from)?;
        Ok(answer)
    }
}
