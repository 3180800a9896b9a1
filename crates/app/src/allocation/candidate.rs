//! 可受配办件: which lines of which cases need an item's product, and what it would save them.

use std::collections::HashMap;

use domain::allocation::{self, Quote};
use domain::ids::{ApplicationId, ChangeId, PoolItemId};
use store::allocation::ItemRow;

use super::recipient::Recipient;
use super::{offer, permit, view};
use crate::actor::Actor;
use crate::{App, AppError, cursor};

/// Cases looked at for one page. Forms are read, so a page is bounded by what is read and not by what is found.
const CASES_READ: u16 = 200;

/// 可受配的一行.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Candidate {
    pub case_id: ApplicationId,
    pub number: String,
    pub system_name: String,
    pub agency_name: String,
    /// State of the case, in Chinese.
    pub state_zh: String,
    /// Set where a change under way would be covered.
    pub change_id: Option<ChangeId>,
    pub line: String,
    /// Where the line stands: 附件2-1 第 1 行.
    pub row_zh: String,
    /// What the line asks for, and how much of that the pool covers already.
    pub wanted: u64,
    pub covered: u64,
    /// The most that may be given to it of this item.
    pub most: u64,
    /// What giving that most would come to if it took effect today.
    pub quote: Quote,
}

/// One page of candidates, oldest case first. A page may hold none and still not be the last.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct CandidatePage {
    pub items: Vec<Candidate>,
    pub next_cursor: Option<String>,
}

/// A quantity for one line, as asked about.
#[derive(Clone, Debug)]
pub struct Asked {
    pub case: ApplicationId,
    pub change: Option<ChangeId>,
    pub line: String,
    pub quantity: u64,
}

/// The lines an item could go to.
pub async fn candidates(
    app: &App,
    actor: &Actor,
    item: PoolItemId,
    after: Option<&str>,
) -> Result<CandidatePage, AppError> {
    permit(actor)?;
    let item = store::allocation::item(&app.store.pool, item.0).await?;
    let limit = i64::from(CASES_READ) + 1;
    let pool = &app.store.pool;
    let mut rows = store::allocation::recipients(pool, item.agency_id, cursor::id(after)?, limit).await?;
    let next_cursor = cursor::cut(&mut rows, CASES_READ, |row| row.id.to_string());
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let reserved = store::allocation::reserved(pool, &ids).await?;
    let mut by_case: HashMap<_, Vec<_>> = HashMap::new();
    for one in reserved {
        by_case.entry(one.case_id).or_default().push(one);
    }
    let mut items = Vec::new();
    for row in rows {
        let reserved = by_case.remove(&row.id).unwrap_or_default();
        items.extend(lines_of(app, &Recipient::new(row, &reserved)?, &item)?);
    }
    Ok(CandidatePage { items, next_cursor })
}

/// 抵充测算 of one quantity, or why it may not be given.
pub async fn quote(app: &App, actor: &Actor, item: PoolItemId, asked: &Asked) -> Result<Quote, AppError> {
    permit(actor)?;
    let snapshot = &mut app.store.snapshot().await?;
    let item = store::allocation::item(&mut **snapshot, item.0).await?;
    let recipient = Recipient::of_case(snapshot, asked.case.0).await?;
    let need = recipient.need(asked.change, (&asked.line, &item.sku))?;
    let today = app.clock.today();
    allocation::reserve(asked.quantity, &offer(&item), &need, today).map_err(|refusal| AppError::refused(&refusal))?;
    recipient.quote(app, (&item.sku, asked.quantity), item.until.to_jiff(), today)
}

fn lines_of(app: &App, recipient: &Recipient, item: &ItemRow) -> Result<Vec<Candidate>, AppError> {
    let (offer, today) = (offer(item), app.clock.today());
    let mut found = Vec::new();
    for order in recipient.wanted.iter().filter(|order| order.sku == item.sku) {
        let need = recipient.need_of(&order.line, &order.sku);
        let most = need.wanted.saturating_sub(need.covered).min(offer.left);
        if allocation::reserve(most, &offer, &need, today).is_err() {
            continue;
        }
        let change_id = recipient.change_id();
        found.push(Candidate {
            case_id: ApplicationId(recipient.row.id),
            number: recipient.row.number.clone(),
            system_name: recipient.row.system_name.clone(),
            agency_name: recipient.row.agency_name.clone(),
            state_zh: recipient.row.state_zh.clone(),
            change_id,
            row_zh: view::row_zh(&order.line),
            line: order.line.clone(),
            wanted: need.wanted,
            covered: need.covered,
            most,
            quote: recipient.quote(app, (&item.sku, most), offer.until, today)?,
        });
    }
    Ok(found)
}
