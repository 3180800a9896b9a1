//! 账: what was granted to a case and what it is charged, read once for many servers.

use std::collections::HashMap;

use domain::application::form::ServerLine;
use domain::charge::{self, Account, Input};
use domain::drift::{Charging, charged_items};

use store::resource::ResourceRow;
use uuid::Uuid;

use crate::{App, AppError};

/// The papers of several cases.
pub(super) struct Papers(HashMap<Uuid, Paper>);

struct Paper {
    servers: Vec<ServerLine>,
    account: Option<Account>,
    /// The account was closed by a termination.
    over: bool,
}

impl Papers {
    /// Of the cases of these servers.
    pub(super) async fn of(app: &App, rows: &[ResourceRow]) -> Result<Self, AppError> {
        let mut cases: Vec<Uuid> = rows.iter().map(|row| row.case_id).collect();
        cases.sort_unstable();
        cases.dedup();
        let mut papers = HashMap::with_capacity(cases.len());
        for row in store::drift::papers(&app.store.pool, &cases).await? {
            let input: Option<Input> = row.account.map(serde_json::from_value).transpose().map_err(AppError::fault)?;
            let run = input.as_ref().map(charge::run).transpose().map_err(AppError::Invalid)?;
            let paper = Paper {
                servers: row
                    .servers
                    .map(serde_json::from_value)
                    .transpose()
                    .map_err(AppError::fault)?
                    .unwrap_or_default(),
                over: input.is_some_and(|input| input.terminated_on.is_some()),
                account: run.map(|run| run.account),
            };
            papers.insert(row.case_id, paper);
        }
        Ok(Self(papers))
    }

    /// The row of 附件2-1 a server stands for.
    pub(super) fn line(&self, row: &ResourceRow) -> Option<&ServerLine> {
        self.0.get(&row.case_id)?.servers.get(usize::try_from(row.line).ok()?)
    }

    /// What is charged for it.
    pub(super) fn charging(&self, row: &ResourceRow) -> Result<Charging, AppError> {
        let Some(paper) = self.0.get(&row.case_id) else { return Ok(Charging::NotYet) };
        let Some(account) = &paper.account else { return Ok(Charging::NotYet) };
        if paper.over {
            return Ok(Charging::Over);
        }
        let count = self.line(row).and_then(|line| line.quantity).unwrap_or(1);
        let number = usize::try_from(row.line).map_err(AppError::fault)? + 1;
        Ok(Charging::Runs(charged_items(account, number, count.into()).map_err(AppError::fault)?))
    }
}
