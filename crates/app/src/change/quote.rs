//! 变更报价: what a change would come to, while it is being filled in. Nothing is stored.

use domain::application::form::Form;
use domain::application::pricing::order_lines;
use domain::change::{self, Impact, Request};
use domain::ids::SubscriptionId;
use domain::money::Fen;
use domain::subscription::{State as SubscriptionState, Year};
use store::lifecycle::{Locked, Table};

use crate::actor::{Actor, Meta};
use crate::authz::Action;
use crate::case::Case;
use crate::pricing::quote;
use crate::{App, AppError, charge};

/// 变更报价 as of today.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct ChangeQuote {
    /// Yearly fee after minus before, at today's prices.
    pub dearer_by_fen: i64,
    /// What would be posted for the rest of the service year if it took effect today (D7, D8).
    pub this_year_fen: i64,
    pub before_fen: i64,
    pub after_fen: i64,
    /// Days from today to the last day of the service year.
    pub remaining_days: i32,
    pub days: i32,
    /// 须编制测算方案 (D14).
    pub estimate_required: bool,
}

/// Prices a change of a service for whoever may draft one.
pub async fn preview(
    app: &App,
    actor: &Actor,
    subscription: SubscriptionId,
    request: Request,
) -> Result<ChangeQuote, AppError> {
    let meta = Meta::default();
    // The lock is let go with the unit: nothing is written.
    let mut unit = app.begin(actor, &meta).await?;
    let (_, case): (Locked<SubscriptionState>, Case) =
        unit.lock_case(Table::Subscription, subscription.0, None, Action::ChangeDraft).await?;
    let (from, to) = store::stage::subscription_year(&mut unit.tx, subscription.0).await?;
    let year = Year { from: from.to_jiff(), to: to.to_jiff() };
    let before: Form = case.standing_form()?;
    let after = change::changed(&before, &request).map_err(|refusal| AppError::refused(&refusal))?;
    let today = unit.today();
    drop(unit);
    let fee = |form: &Form| quote(form, today, &app.prices(), &app.regulation).map(|quote| Fen(quote.fee_fen_per_year));
    let (before_fen, after_fen) = (fee(&before)?, fee(&after)?);
    let on = today.clamp(year.from, year.to);
    let this_year = charge::preview_change(app, subscription, on, &order_lines(&after)).await?;
    let dearer_by = after_fen.minus(before_fen).map_err(AppError::fault)?;
    let impact = Impact { dearer_by, fee_after: after_fen };
    Ok(ChangeQuote {
        dearer_by_fen: dearer_by.0,
        estimate_required: impact.needs_estimate(&app.regulation.limits),
        this_year_fen: this_year.0,
        before_fen: before_fen.0,
        after_fen: after_fen.0,
        remaining_days: year.remaining_days(on),
        days: year.days(),
    })
}
