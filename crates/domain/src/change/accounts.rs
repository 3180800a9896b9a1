//! 变更内容 of 附件2-2: accounts with other servers, ways or days, accounts given up, accounts added.
//!
//! A row keeps its place for good, since the account it became is known by it; given up, it has no servers left.

use serde::{Deserialize, Serialize};

use super::{Refusal, Request};
use crate::application::check::{ChangedRow, changed_accounts};
use crate::application::form::{BastionHours, BastionLine, BastionProtocol, FileTransfer, Form};
use crate::calendar::Date;
use crate::finding::Finding;
use crate::limits::Limits;

/// A bastion account as it shall stand; its person stays who it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountChange {
    /// Row of 附件2-2, from 0.
    pub index: u16,
    pub protocols: Vec<BastionProtocol>,
    #[serde(default)]
    pub transfers: Vec<FileTransfer>,
    /// Host names of 附件2-1; none gives the account up.
    pub hosts: Vec<String>,
    /// CIDR of the place of work.
    pub source: String,
    pub hours: BastionHours,
    pub valid_from: Date,
    /// At most one year after `valid_from`.
    pub valid_to: Date,
}

/// The form's accounts after the change. What was given up does not come back: another row is added instead.
pub(super) fn apply(after: &mut Form, request: &Request) -> Result<(), Refusal> {
    for change in &request.accounts {
        let index = change.index.saturating_add(1);
        let line = after.bastion_accounts.get_mut(usize::from(change.index)).ok_or(Refusal::NoSuchAccount { index })?;
        if line.hosts.is_empty() {
            return Err(Refusal::AccountGivenUp { index });
        }
        line.protocols.clone_from(&change.protocols);
        line.transfers.clone_from(&change.transfers);
        line.hosts.clone_from(&change.hosts);
        line.source.clone_from(&change.source);
        // Absent in the form means office hours; where that stays it does not differ.
        if line.hours.unwrap_or(BastionHours::Office) != change.hours {
            line.hours = Some(change.hours);
        }
        (line.valid_from, line.valid_to) = (Some(change.valid_from), Some(change.valid_to));
    }
    after.bastion_accounts.extend(request.new_accounts.iter().cloned());
    Ok(())
}

/// 填报校验 of what the change says of accounts, field by field. `after`: the form it leaves.
pub fn findings(after: &Form, request: &Request, day: (Date, &Limits)) -> Vec<Finding> {
    let kept = request.accounts.iter().enumerate().filter(|(_, change)| !change.hosts.is_empty());
    let altered = kept.map(|(at, change)| ChangedRow {
        at: usize::from(change.index),
        name: format!("accounts[{at}]"),
        new: false,
    });
    let first = after.bastion_accounts.len().saturating_sub(request.new_accounts.len());
    let name = |at| format!("new_accounts[{at}]");
    let added = (0..request.new_accounts.len()).map(|at| ChangedRow { at: first + at, name: name(at), new: true });
    let rows: Vec<ChangedRow> = altered.chain(added).collect();
    changed_accounts(after, &rows, day)
}

/// Rows as they were and as they will be; `None` before is an account that is added.
pub fn differing<'a>(
    before: &'a Form,
    after: &'a Form,
) -> impl Iterator<Item = (Option<&'a BastionLine>, &'a BastionLine)> {
    let was = |at: usize| before.bastion_accounts.get(at);
    after
        .bastion_accounts
        .iter()
        .enumerate()
        .map(move |(at, line)| (was(at), line))
        .filter(|(was, is)| *was != Some(*is))
}
