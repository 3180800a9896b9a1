//! 受配办件: what a case asks for, line by line, and how much of that is promised already.

use std::collections::BTreeMap;

use domain::allocation::{self, Need, Quote};
use domain::application::form::Form;
use domain::application::pricing::{OrderLine, order_lines};
use domain::calendar::Date;
use domain::change::{self, Request};
use domain::ids::{ChangeId, OrgId};
use domain::money::Fen;
use domain::subscription::Year;
use store::Tx;
use store::allocation::{RecipientRow, ReservedRow};
use uuid::Uuid;

use crate::case::refuse;
use crate::{App, AppError};

/// A case as a recipient.
pub(super) struct Recipient {
    pub row: RecipientRow,
    /// Before the opening: what it will open with. In production: what a change under way adds.
    pub wanted: Vec<OrderLine>,
    pub under_way: bool,
    change: Option<(change::State, Request)>,
    /// By line.
    reserved: BTreeMap<String, u64>,
}

impl Recipient {
    /// One case inside a change.
    pub async fn of_case(tx: &mut Tx, case_id: Uuid) -> Result<Self, AppError> {
        let row = store::allocation::recipient(&mut **tx, case_id).await?;
        let reserved = store::allocation::reserved(&mut **tx, &[case_id]).await?;
        Self::new(row, &reserved)
    }

    pub fn new(row: RecipientRow, reserved: &[ReservedRow]) -> Result<Self, AppError> {
        let form: Form = read(&row.form)?;
        let lines = order_lines(&form);
        let change = match (&row.change, &row.request) {
            (Some(state), Some(request)) => Some((read::<change::State>(state)?, read::<Request>(request)?)),
            _ => None,
        };
        let (wanted, under_way) = match &change {
            Some((state, request)) => {
                // A draft may ask for what cannot be; then it adds nothing.
                let after = change::changed(&form, request).map(|after| order_lines(&after)).unwrap_or_default();
                let dearer_by = Fen(row.dearer_by_fen.unwrap_or(0));
                (added(&lines, after), allocation::change_under_way(state, dearer_by))
            }
            None => {
                let trial = row.trial.as_ref().map(read).transpose()?;
                let opened = row.opened_on.is_some();
                (lines, !opened && allocation::application_under_way(&read(&row.state)?, trial.as_ref()))
            }
        };
        let own = reserved.iter().filter(|one| one.case_id == row.id && one.change_id == row.change_id);
        let reserved = own.map(|one| (one.line.clone(), u64::try_from(one.quantity).unwrap_or(0))).collect();
        Ok(Self { row, wanted, under_way, change, reserved })
    }

    /// The open change, where it is that which would be covered.
    pub fn change_id(&self) -> Option<ChangeId> {
        self.row.change_id.map(ChangeId)
    }

    /// How much of a product one line needs. Refuses where the caller means another change than the open one.
    pub fn need(&self, change: Option<ChangeId>, (line, sku): (&str, &str)) -> Result<Need, AppError> {
        if change != self.change_id() {
            return Err(AppError::refused(&allocation::Refusal::NotUnderWay));
        }
        Ok(self.need_of(line, sku))
    }

    pub fn need_of(&self, line: &str, sku: &str) -> Need {
        let wanted = self.wanted.iter().find(|order| order.line == line && order.sku == sku);
        Need {
            agency: OrgId(self.row.agency_id),
            line: line.to_owned(),
            under_way: self.under_way,
            wanted: wanted.map_or(0, |order| order.quantity),
            covered: self.reserved.get(line).copied().unwrap_or(0),
        }
    }

    /// 抵充测算 where it took effect today: the day and the year of the service, or of one opened today.
    pub fn quote(&self, app: &App, (sku, quantity): (&str, u64), until: Date, today: Date) -> Result<Quote, AppError> {
        let year = match (self.row.opened_on, self.row.ends_on) {
            (Some(from), Some(to)) => Year { from: from.to_jiff(), to: to.to_jiff() },
            _ => Year::opened_on(today),
        };
        let on = today.clamp(year.from, year.to);
        let price = app.prices().on(sku, on).map(|line| line.fen_per_year);
        let price = price.ok_or_else(|| {
            let zh = format!("{sku} 在 {on} 没有有效限价,不能测算");
            refuse("price.none", &zh, "no price in force that day", domain::clause::A11)
        })?;
        allocation::quote(price, quantity, on, year, until).map_err(AppError::fault)
    }

    /// True where the change is past its draft and named no funds, because the pool covers it.
    pub fn relies_on_the_pool(&self, change: Option<ChangeId>) -> bool {
        let Some((state, request)) = self.change.as_ref().filter(|_| change.is_some() && change == self.change_id())
        else {
            return false;
        };
        *state != change::State::Draft && request.fund_source.trim().is_empty()
    }
}

/// What a change adds, line by line; lines it adds nothing to are left out.
pub(super) fn added(before: &[OrderLine], after: Vec<OrderLine>) -> Vec<OrderLine> {
    let more = |order: OrderLine| OrderLine { quantity: allocation::added(before, &order), ..order };
    after.into_iter().map(more).filter(|order| order.quantity > 0).collect()
}

fn read<T: serde::de::DeserializeOwned>(json: &serde_json::Value) -> Result<T, AppError> {
    serde_json::from_value(json.clone()).map_err(AppError::fault)
}
