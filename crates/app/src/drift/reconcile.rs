//! 核对: goes round what an engine holds, keeps what it shows, and finds, changes and closes the rows of the report.
//!
//! A look is a measurement. What it finds is decided by `domain::drift` and written batch by batch: memory holds one
//! batch of servers, and no statement is about a single one. A steady city leaves no entry in the log.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use domain::calendar::Date;
use domain::drift::{self, Assessment, Books, Command, DriftKind, State, Subject};
use domain::ids::ResourceId;
use domain::money::Fen;
use domain::provisioning::{DiskId, Found};
use drivers::Driver;
use jiff::ToSpan;
use jiff_sqlx::ToSqlx;
use serde_json::{Value, json};
use store::drift::{DriftRow, SeenRow, StandingRow};
use store::resource::ResourceRow;
use uuid::Uuid;

use super::papers::Papers;
use crate::actor::{Actor, Meta};
use crate::authz::Action;
use crate::mechanism::Entry;
use crate::provisioning::{self, Extent};
use crate::{App, AppError};

/// Servers looked at and written in one go.
const BATCH: usize = 500;
/// How long one turn of an engine takes at most; the next goes on with what was not looked at for longest.
const TURN: Duration = Duration::from_secs(45);
/// What was looked at so recently is not looked at again.
const FRESH_MINUTES: i64 = 10;

/// One thing that does not agree, as a look finds it.
struct Seen {
    subject: String,
    resource: Option<ResourceRow>,
    name: String,
    kind: DriftKind,
    found: Value,
    paid_fen: Fen,
    unpaid_fen: Fen,
}

/// 巡查 of one engine: the servers not looked at lately, those not seen for longest first, and, where the extent says
/// so, what the cloud holds that no paper knows. Answers how many servers were looked at.
pub(crate) async fn patrol(app: &App, engine: Uuid, driver: &dyn Driver, extent: Extent) -> Result<usize, AppError> {
    let pool = &app.store.pool;
    let fresh = if extent == Extent::Now { 0 } else { FRESH_MINUTES };
    let before = app.clock.now().checked_sub(fresh.minutes()).map_err(AppError::fault)?;
    let (begun, mut looked) = (Instant::now(), 0);
    while begun.elapsed() < TURN {
        let rows =
            store::resource::stalest(pool, engine, before.to_sqlx(), i64::try_from(BATCH).unwrap_or(500)).await?;
        if rows.is_empty() {
            break;
        }
        if !batch(app, engine, driver, &rows).await? {
            return Ok(looked);
        }
        looked += rows.len();
    }
    if extent != Extent::Stale {
        list(app, engine, driver).await?;
    }
    Ok(looked)
}

/// Looks at one row's server again, or for what is on no paper at the whole list.
pub(super) async fn again(app: &App, row: &DriftRow) -> Result<(), AppError> {
    let elsewhere = || AppError::Unavailable(anyhow::anyhow!("the engine is another instance's"));
    let driver = app.driver(row.engine_id).await?.here.ok_or_else(elsewhere)?;
    match row.resource_id.filter(|_| row.subject.starts_with("resource/")) {
        Some(id) => servers(app, row.engine_id, driver.as_ref(), &[id]).await,
        None => list(app, row.engine_id, driver.as_ref()).await,
    }
}

/// Looks at these servers and brings their rows up to date: after an operation has ended, or when asked.
pub(crate) async fn servers(app: &App, engine: Uuid, driver: &dyn Driver, ids: &[Uuid]) -> Result<(), AppError> {
    let rows = store::resource::some(&app.store.pool, ids).await?;
    batch(app, engine, driver, &rows).await.map(drop)
}

/// One batch; false where the engine could not be asked.
async fn batch(app: &App, engine: Uuid, driver: &dyn Driver, rows: &[ResourceRow]) -> Result<bool, AppError> {
    let (desired, observed) = match provisioning::observe_all(app, driver, rows).await? {
        Ok(seen) => seen,
        Err(error) => {
            tracing::warn!(%engine, %error, "servers could not be looked at");
            return Ok(false);
        }
    };
    let papers = Papers::of(app, rows).await?;
    let (prices, today) = (app.prices(), app.clock.today());
    let (mut subjects, mut found) = (Vec::with_capacity(rows.len()), Vec::new());
    for ((row, desired), observed) in rows.iter().zip(&desired).zip(&observed) {
        subjects.push(subject_of(row.id));
        let books = Books { desired, observed, line: papers.line(row), charging: papers.charging(row)? };
        if let Some(assessment) = drift::assess(books, &prices, today).map_err(AppError::fault)? {
            found.push(of_server(row, assessment)?);
        }
    }
    keep(app, engine, &subjects, found).await?;
    Ok(true)
}

fn subject_of(resource: Uuid) -> String {
    format!("resource/{resource}")
}

fn of_server(row: &ResourceRow, assessment: Assessment) -> Result<Seen, AppError> {
    Ok(Seen {
        subject: subject_of(row.id),
        resource: Some(row.clone()),
        name: row.name.clone(),
        kind: assessment.kind,
        paid_fen: assessment.paid_fen,
        unpaid_fen: assessment.unpaid_fen,
        found: serde_json::to_value(assessment).map_err(AppError::fault)?,
    })
}

/// What the cloud holds and no standing server, disk or network of ours accounts for.
async fn list(app: &App, engine: Uuid, driver: &dyn Driver) -> Result<(), AppError> {
    let all = match driver.inventory().await {
        Ok(all) => all,
        Err(error) => {
            tracing::warn!(%engine, %error, "the engine could not be listed");
            return Ok(());
        }
    };
    let recorded = Recorded::of(app, engine).await?;
    let orphans: Vec<Found> = all.into_iter().filter(|thing| !recorded.accounts_for(thing)).collect();
    let ids: Vec<Uuid> = orphans.iter().filter_map(|thing| recorded.server_of(thing)).collect();
    let known: HashMap<Uuid, ResourceRow> =
        store::resource::some(&app.store.pool, &ids).await?.into_iter().map(|row| (row.id, row)).collect();
    let mut gone: HashSet<String> = store::drift::listed_subjects(&app.store.pool, engine).await?.into_iter().collect();
    for part in orphans.chunks(BATCH) {
        let of = |thing: &Found| of_object(app, thing, recorded.server_of(thing).and_then(|id| known.get(&id)));
        let seen = part.iter().map(of).collect::<Result<Vec<_>, AppError>>()?;
        let subjects: Vec<String> = seen.iter().map(|one| one.subject.clone()).collect();
        for subject in &subjects {
            gone.remove(subject);
        }
        keep(app, engine, &subjects, seen).await?;
    }
    let gone: Vec<String> = gone.into_iter().collect();
    for part in gone.chunks(BATCH) {
        keep(app, engine, part, Vec::new()).await?;
    }
    Ok(())
}

/// An object on no paper; one that carries the id of a server whose order has ended is left of that.
fn of_object(app: &App, thing: &Found, server: Option<&ResourceRow>) -> Result<Seen, AppError> {
    let worth = drift::worth_of_found(thing, &app.prices(), app.clock.today()).map_err(AppError::fault)?;
    Ok(Seen {
        subject: format!("{}/{}", thing.kind, thing.external_name),
        name: thing.external_name.clone(),
        kind: if thing.resource.is_some() && server.is_some() { DriftKind::Leftover } else { DriftKind::Unowned },
        paid_fen: Fen::ZERO,
        unpaid_fen: Fen::sum(worth.iter().map(|item| item.fen_per_year)).map_err(AppError::fault)?,
        found: json!({ "object": thing, "real": worth }),
        resource: server.cloned(),
    })
}

/// 登记 of one engine, as far as objects are compared with it.
struct Recorded {
    servers: HashSet<Uuid>,
    /// Data disks with their servers.
    disks: HashMap<Uuid, Uuid>,
    copies: HashSet<Uuid>,
    networks: Vec<String>,
}

impl Recorded {
    async fn of(app: &App, engine: Uuid) -> Result<Self, AppError> {
        let standing = store::resource::standing(&app.store.pool, engine).await?;
        Ok(Self {
            servers: standing.servers.into_iter().collect(),
            disks: standing.disks.into_iter().collect(),
            copies: standing.copies.into_iter().collect(),
            networks: standing.networks.into_iter().map(|name| name.replace('/', "-")).collect(),
        })
    }

    fn accounts_for(&self, thing: &Found) -> bool {
        match (thing.resource, thing.disk, thing.copy) {
            (_, _, Some(copy)) => self.copies.contains(&copy.0),
            (_, Some(disk), None) => self.server_of_disk(disk).is_some(),
            (Some(server), None, None) => self.servers.contains(&server.0),
            // `ly-<agency>-<segment>` in libvirt, `network/<agency>/<segment>` on paper.
            (None, None, None) if thing.kind == "network" => {
                self.networks.iter().any(|name| thing.external_name.replace('/', "-").ends_with(name.as_str()))
            }
            (None, None, None) => false,
        }
    }

    /// The server an object carries the id of; of a copy the one whose disk it is of.
    fn server_of(&self, thing: &Found) -> Option<Uuid> {
        thing.resource.map(|ResourceId(id)| id).or_else(|| thing.copy_of.and_then(|disk| self.server_of_disk(disk)))
    }

    /// The standing server a disk belongs to. A system disk carries its server's id.
    fn server_of_disk(&self, DiskId(disk): DiskId) -> Option<Uuid> {
        self.disks.get(&disk).copied().or_else(|| self.servers.get(&disk).copied())
    }
}

/// Brings the rows of these subjects up to date: what was found is new or differs, what was not found is over.
async fn keep(app: &App, engine: Uuid, subjects: &[String], found: Vec<Seen>) -> Result<(), AppError> {
    let pool = &app.store.pool;
    let standing = store::drift::standing(pool, engine, subjects).await?;
    let mut standing: HashMap<String, StandingRow> =
        standing.into_iter().map(|row| (row.subject.clone(), row)).collect();
    let (mut new, mut changed, mut same) = (Vec::new(), Vec::new(), Vec::new());
    for seen in found {
        match standing.remove(&seen.subject) {
            None => new.push(seen),
            Some(row) if is_known(&row, &seen) => same.push(row.id),
            Some(row) => changed.push((seen, row)),
        }
    }
    store::drift::touch(pool, &same, app.clock.now().to_sqlx()).await?;
    let over: Vec<StandingRow> = standing.into_values().collect();
    if new.is_empty() && changed.is_empty() && over.is_empty() {
        return Ok(());
    }
    write(app, engine, (&new, &changed, &over)).await
}

/// True where the row says already what is seen now.
fn is_known(row: &StandingRow, seen: &Seen) -> bool {
    let money = (row.paid_fen, row.unpaid_fen) == (seen.paid_fen.0, seen.unpaid_fen.0);
    row.kind == seen.kind.code() && money && row.found == seen.found
}

/// All of a batch in one change with one entry.
async fn write(
    app: &App,
    engine: Uuid,
    (new, changed, over): (&[Seen], &[(Seen, StandingRow)], &[StandingRow]),
) -> Result<(), AppError> {
    let (actor, meta) = (Actor::system("偏差核对"), Meta::default());
    let mut unit = app.begin(&actor, &meta).await?;
    let (today, at) = (unit.today(), unit.now().to_sqlx());
    let open = json!(State::Open);
    let inserts: Vec<SeenRow<'_>> = new.iter().map(|seen| row_of(seen, (Uuid::now_v7(), 0), open.clone())).collect();
    let mut renewals = Vec::with_capacity(changed.len());
    for (seen, row) in changed {
        renewals.push(row_of(seen, (row.id, row.version), state_after(row, Command::Change, today)?));
    }
    let mut closed = Vec::with_capacity(over.len());
    for row in over {
        closed.push((row.id, row.version, state_after(row, Command::Settle, today)?));
    }
    let inserted = store::drift::insert(&mut unit.tx, engine, &inserts, at).await?;
    let renewed = store::drift::renew(&mut unit.tx, &renewals, at).await?;
    let closed = store::drift::save_states(&mut unit.tx, &closed).await?;
    unit.audit(Entry {
        action: Action::DriftReconcile.code(),
        object: ("engine", engine.to_string()),
        case: None,
        clause: Action::DriftReconcile.clause(),
        summary: format!("核对云上实况:新发现差异 {inserted} 项,变化 {renewed} 项,消除 {closed} 项"),
        before: None,
        after: Some(json!({ "found": inserted, "changed": renewed, "settled": closed })),
    })
    .await?;
    unit.commit(()).await
}

fn state_after(row: &StandingRow, command: Command, today: Date) -> Result<Value, AppError> {
    let from: State = serde_json::from_value(row.state.clone()).map_err(AppError::fault)?;
    let kind: DriftKind = row.kind.parse().map_err(AppError::fault)?;
    let subject = Subject { kind, is_server: true, is_told: true };
    let next = drift::transition(from, command, subject, today).map_err(|refusal| AppError::refused(&refusal))?;
    serde_json::to_value(next).map_err(AppError::fault)
}

fn row_of<'a>(seen: &'a Seen, (id, version): (Uuid, i32), state: Value) -> SeenRow<'a> {
    SeenRow {
        id,
        subject: &seen.subject,
        resource_id: seen.resource.as_ref().map(|row| row.id),
        case_id: seen.resource.as_ref().map(|row| row.case_id),
        agency_id: seen.resource.as_ref().map(|row| row.agency_id),
        name: &seen.name,
        kind: seen.kind.code(),
        found: seen.found.clone(),
        paid_fen: seen.paid_fen.0,
        unpaid_fen: seen.unpaid_fen.0,
        state,
        version,
    }
}
