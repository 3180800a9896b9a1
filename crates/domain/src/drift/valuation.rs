//! 计价 of a difference: the three columns as products of the price list, and what does not agree in fen a year.
//!
//! Charged figures carry their locked prices (D7); what is in the cloud beyond them is valued at the price in force on
//! the day of the look. Bandwidth cannot be seen in a cloud and is taken as approved.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::DriftKind;
use crate::application::form::{DataDisk, DiskKind, Form, ServerLine};
use crate::application::pricing::order_lines;
use crate::calendar::Date;
use crate::charge::Account;
use crate::money::{Fen, MoneyError};
use crate::price::PriceList;
use crate::provisioning::{Desired, Difference, DiskId, Found, Observed, Phase, Shape, differences};

/// 计价项: one product of one server, how much of it, and its fee for a year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Item {
    pub sku: String,
    pub quantity: u64,
    pub fen_per_year: Fen,
}

/// 计费 of one server, as its case's account stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Charging {
    /// 测试: nothing is charged yet.
    NotYet,
    /// Its part of the account.
    Runs(Vec<Item>),
    /// 已终止: the account is closed, and the server waits to be taken back.
    Over,
}

/// What is known of one server.
pub struct Books<'a> {
    pub desired: &'a Desired,
    pub observed: &'a Observed,
    /// Its row of the granted 附件2-1; absent where a change has given the row up.
    pub line: Option<&'a ServerLine>,
    pub charging: Charging,
}

/// 核对结果 of one server whose columns do not agree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Assessment {
    pub kind: DriftKind,
    pub differences: Vec<Difference>,
    /// 核定, at today's prices.
    pub approved: Vec<Item>,
    /// 计费, at its locked prices; absent while nothing is charged.
    pub charged: Option<Vec<Item>>,
    /// 实际, at today's prices.
    pub real: Vec<Item>,
    /// Charged for a year and not in the cloud.
    pub paid_fen: Fen,
    /// In the cloud for a year and not charged.
    pub unpaid_fen: Fen,
}

/// Compares the columns; `None` where they agree.
pub fn assess(books: Books<'_>, prices: &PriceList, day: Date) -> Result<Option<Assessment>, MoneyError> {
    let gone = matches!(books.desired.phase, Phase::Erased { .. });
    let approved = if gone { Vec::new() } else { priced(books.line.cloned(), prices, day)? };
    let real = priced(as_seen(&books), prices, day)?;
    let differences = differences(books.desired, books.observed);
    let Some(kind) = kind_of(&books, &differences, (&approved, &real)) else { return Ok(None) };
    let charged = if let Charging::Runs(items) = &books.charging { Some(items.clone()) } else { None };
    // A trial is not charged, nor is what waits to be taken back: what was approved for it is there by right, and only
    // what is beyond it is not. Of an order that has ended nothing is.
    let base = charged.as_deref().unwrap_or(&approved);
    let paid_fen = if charged.is_some() && !gone { excess(base, &real)? } else { Fen::ZERO };
    let unpaid_fen = excess(&real, if gone { &[] } else { base })?;
    Ok(Some(Assessment { kind, differences, approved, charged, real, paid_fen, unpaid_fen }))
}

/// What a GB of a snapshot and of a backup is valued as.
const COPIES: [(&str, &str); 2] = [("snapshot", "EVS-SNAP"), ("backup", "BAK-EVS")];

/// What an object that is on no paper would cost a year: as a server of the common kind with ordinary disks, a copy as
/// one of a disk. A public address comes with its bandwidth and costs nothing of its own.
pub fn worth_of_found(found: &Found, prices: &PriceList, day: Date) -> Result<Vec<Item>, MoneyError> {
    if let Some((_, sku)) = COPIES.iter().find(|(kind, _)| *kind == found.kind) {
        let quantity = found.disks_gib.iter().copied().map(u64::from).sum();
        let each = prices.on(sku, day).map_or(Fen::ZERO, |line| line.fen_per_year);
        return Ok(vec![Item { sku: (*sku).to_owned(), quantity, fen_per_year: each.times(quantity)? }]);
    }
    let mut sizes = found.disks_gib.iter().copied();
    let system = if found.kind == "server" { sizes.next().unwrap_or(0) } else { 0 };
    let shape = found.shape.unwrap_or(Shape { vcpu: 0, memory_mib: 0 });
    let disks = sizes.map(|size| (size, DiskKind::Ordinary)).collect();
    priced(Some(line_of(ServerLine::default(), shape, system, disks)), prices, day)
}

/// A server's part of an account: the lines of row `number` (from 1), shared among its `count` servers.
pub fn charged_items(account: &Account, number: usize, count: u64) -> Result<Vec<Item>, MoneyError> {
    let prefix = format!("s{number}.");
    let mut items = BTreeMap::new();
    for line in account.charged()?.into_iter().filter(|line| line.line.starts_with(&prefix)) {
        let part: &mut (u64, Fen) = items.entry(line.sku).or_default();
        *part = (part.0 + line.quantity / count.max(1), part.1.plus(line.fen_per_year.share(1, count.max(1))?)?);
    }
    Ok(list(items))
}

fn kind_of(books: &Books<'_>, found: &[Difference], (approved, real): (&[Item], &[Item])) -> Option<DriftKind> {
    if let Phase::Erased { .. } = books.desired.phase {
        return (!found.is_empty()).then_some(DriftKind::Leftover);
    }
    if books.observed.server.is_none() {
        return Some(DriftKind::Missing);
    }
    let differs = |other: &[Item]| approved.iter().chain(other).any(|item| of(approved, item) != of(other, item));
    if real.iter().any(|item| of(real, item) > of(approved, item)) && !found.is_empty() {
        return Some(DriftKind::Beyond);
    }
    if approved.iter().any(|item| of(real, item) < of(approved, item)) && !found.is_empty() {
        return Some(DriftKind::Short);
    }
    let otherwise = match &books.charging {
        Charging::NotYet => books.desired.phase == Phase::Production,
        Charging::Runs(items) => differs(items),
        Charging::Over => false,
    };
    if books.line.is_some() && otherwise {
        return Some(DriftKind::Charged);
    }
    // A lost copy: on paper, and not in the cloud.
    if found.iter().any(|difference| difference.field.starts_with("copy.")) {
        return Some(DriftKind::Missing);
    }
    (!found.is_empty()).then_some(DriftKind::Standing)
}

/// The quantity of the same product in another column.
fn of(column: &[Item], item: &Item) -> u64 {
    column.iter().find(|other| other.sku == item.sku).map_or(0, |other| other.quantity)
}

/// What `more` has beyond `less`, at the prices of `more`.
fn excess(more: &[Item], less: &[Item]) -> Result<Fen, MoneyError> {
    let parts = more.iter().filter(|item| item.quantity > 0).map(|item| {
        let beyond = item.quantity.saturating_sub(of(less, item));
        item.fen_per_year.share(beyond, item.quantity)
    });
    Fen::sum(parts.collect::<Result<Vec<_>, _>>()?)
}

/// One server of a row as products, at the prices of a day. A product without a price that day counts nothing.
fn priced(line: Option<ServerLine>, prices: &PriceList, day: Date) -> Result<Vec<Item>, MoneyError> {
    let Some(line) = line else { return Ok(Vec::new()) };
    let form = Form { servers: vec![ServerLine { quantity: Some(1), ..line }], ..Form::default() };
    let mut items = BTreeMap::new();
    for order in order_lines(&form) {
        let each = prices.on(&order.sku, day).map_or(Fen::ZERO, |line| line.fen_per_year);
        let part: &mut (u64, Fen) = items.entry(order.sku).or_default();
        *part = (part.0 + order.quantity, part.1.plus(each.times(order.quantity)?)?);
    }
    Ok(list(items))
}

fn list(items: BTreeMap<String, (u64, Fen)>) -> Vec<Item> {
    items.into_iter().map(|(sku, (quantity, fen_per_year))| Item { sku, quantity, fen_per_year }).collect()
}

/// The row as the cloud shows it. A disk whose kind the cloud does not tell keeps the one it was approved with; one that
/// is on no paper is ordinary.
fn as_seen(books: &Books<'_>) -> Option<ServerLine> {
    let Books { desired, observed, line, .. } = books;
    let kinds: Vec<DiskKind> = line.iter().flat_map(|line| line.data_disks.iter()).flat_map(kinds_of).collect();
    let system = DiskId::system_of(desired.resource);
    let kind_of = |id: DiskId| {
        let place = desired.kept_disks().position(|disk| disk.id == id);
        place.and_then(|at| kinds.get(at).copied()).unwrap_or(DiskKind::Ordinary)
    };
    if observed.server.is_none() && observed.disks.is_empty() {
        return None;
    }
    let shape = observed.server.as_ref().map_or(Shape { vcpu: 0, memory_mib: 0 }, |server| server.shape);
    let data = observed.disks.iter().filter(|disk| disk.id != system);
    let data = data.map(|disk| (disk.size_gib, disk.kind.unwrap_or_else(|| kind_of(disk.id)))).collect();
    let mut seen = (*line).cloned().unwrap_or_default();
    if observed.server.is_none() {
        seen.bandwidth_mbps = None;
    }
    if let Some(kind) = observed.disk(system).and_then(|disk| disk.kind) {
        seen.system_disk_kind = Some(kind);
    }
    Some(line_of(seen, shape, observed.disk(system).map_or(0, |disk| disk.size_gib), data))
}

fn kinds_of(disk: &DataDisk) -> impl Iterator<Item = DiskKind> {
    std::iter::repeat_n(disk.kind.unwrap_or(DiskKind::Ordinary), usize::from(disk.quantity.unwrap_or(1)))
}

/// The row with other figures. What a form cannot write down counts as the most it can.
fn line_of(line: ServerLine, shape: Shape, system_gib: u32, data: Vec<(u32, DiskKind)>) -> ServerLine {
    let figure = |value: u32| Some(u16::try_from(value).unwrap_or(u16::MAX));
    let disk = |(size, kind): (u32, DiskKind)| DataDisk { size_gib: figure(size), kind: Some(kind), quantity: Some(1) };
    ServerLine {
        vcpu: Some(shape.vcpu),
        memory_gib: figure(shape.memory_mib.div_ceil(1024)),
        system_disk_gib: figure(system_gib),
        data_disks: data.into_iter().map(disk).collect(),
        ..line
    }
}
