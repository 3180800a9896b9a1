//! 解释: any figure opens its formula, its inputs and its clause, and is computed again on the spot.

use domain::calendar::Date;
use domain::charge::{Input, PriceInput};
use domain::ids::{ApplicationId, ChargeId, SubscriptionId};

use super::list::{EntryView, entry_view};
use crate::actor::Actor;
use crate::authz::{self, Action};
use crate::{App, AppError, case};

/// 一笔费用的解释.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Explanation {
    #[serde(flatten)]
    pub entry: EntryView,
    pub case_id: ApplicationId,
    pub case_number: String,
    pub system_name: String,
    pub agency_name: String,
    pub subscription_id: SubscriptionId,
    #[schema(value_type = String, format = "date")]
    pub opened_on: Date,
    #[schema(value_type = String, format = "date")]
    pub ends_on: Date,
    /// Days of the year (N).
    pub year_days: i32,
    /// First and last day the amount is for.
    #[schema(value_type = String, format = "date")]
    pub covers_from: Date,
    #[schema(value_type = String, format = "date")]
    pub covers_to: Date,
    /// The words of the clause.
    pub clause_text: String,
    /// The price lines that entered the figure.
    pub prices: Vec<PriceInput>,
    /// 复算 just now from the stored file.
    pub recomputed_fen: i64,
    /// True where the recomputation gives what was posted.
    pub agrees: bool,
}

/// Explains one entry to whoever may see the money of its case.
pub async fn explain(app: &App, actor: &Actor, id: ChargeId) -> Result<Explanation, AppError> {
    let entry = store::charge::entry(&app.store.pool, id.0).await?;
    let row = store::case::one(&app.store.pool, entry.application_id).await?;
    authz::check_visible(actor, Action::ChargeExplain, &case::target_of(&row))?;
    explained(app, &entry, row).await
}

/// The same for the operator at the machine (`liyun charge explain`), who answers to the machine's own log.
pub async fn explain_as_operator(app: &App, id: ChargeId) -> Result<Explanation, AppError> {
    let entry = store::charge::entry(&app.store.pool, id.0).await?;
    let row = store::case::one(&app.store.pool, entry.application_id).await?;
    explained(app, &entry, row).await
}

async fn explained(
    app: &App,
    entry: &store::charge::EntryRow,
    row: store::case::ApplicationRow,
) -> Result<Explanation, AppError> {
    let account = store::charge::account(&app.store.pool, entry.subscription_id).await?;
    let input: Input = serde_json::from_value(account.input).map_err(AppError::fault)?;
    let run = domain::charge::run(&input).map_err(AppError::Invalid)?;
    let position = usize::try_from(entry.position).map_err(AppError::fault)?;
    let again =
        run.postings.get(position - 1).ok_or_else(|| AppError::fault("the file has fewer entries than were posted"))?;
    let skus = again.formula.clone();
    let prices = input.prices.iter().filter(|price| {
        entry.versions.contains(&price.version) && (price.sku == entry.sku || skus.contains(&format!("{} ", price.sku)))
    });
    let view = entry_view(app, entry)?;
    Ok(Explanation {
        clause_text: view.clause.text.to_owned(),
        case_id: ApplicationId(row.id),
        case_number: row.number,
        system_name: row.system_name,
        agency_name: row.agency_name,
        subscription_id: SubscriptionId(entry.subscription_id),
        opened_on: account.opened_on.to_jiff(),
        ends_on: account.ends_on.to_jiff(),
        year_days: run.account.year().days(),
        covers_from: entry.covers_from.to_jiff(),
        covers_to: entry.covers_to.to_jiff(),
        prices: prices.cloned().collect(),
        recomputed_fen: again.fen.0,
        agrees: again.fen.0 == entry.fen && again.formula == entry.formula,
        entry: view,
    })
}
