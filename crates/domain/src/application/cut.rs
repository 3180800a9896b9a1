//! 核减: what the review grants of what was asked, line by line. Only downwards (A10_3).

use serde::{Deserialize, Serialize};

use super::form::Form;
use super::size;
use crate::finding::Finding;
use crate::opinion::Opinion;

/// 核减一行. Absent figures stay as asked; a quantity of 0 grants nothing of the line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Cut {
    pub target: CutTarget,
    /// Row of the table, from 0.
    pub index: u16,
    #[serde(default)]
    pub quantity: Option<u32>,
    /// Servers only.
    #[serde(default)]
    pub vcpu: Option<u16>,
    /// Servers only.
    #[serde(default)]
    pub memory_gib: Option<u16>,
    /// 核减理由.
    pub reason: Opinion,
}

crate::terms! {
    /// Which table the cut line stands in.
    pub enum CutTarget {
        Server = "server", "服务器", "server";
        Service = "service", "其他服务", "service";
    }
}

/// The form as granted. Refuses a line that is not there, a figure above what was asked, a line cut twice,
/// a size that is not on offer, and a grant of nothing at all.
pub fn granted(form: &Form, cuts: &[Cut]) -> Result<Form, Vec<Finding>> {
    let mut granted = form.clone();
    let mut findings = Vec::new();
    for (at, cut) in cuts.iter().enumerate() {
        let field = format!("conclusion.cuts[{at}]");
        if cuts[..at].iter().any(|before| (before.target, before.index) == (cut.target, cut.index)) {
            findings.push(Finding::error(&field, "cut.twice", "同一行只能核减一次", "a line is cut once"));
        } else if !apply(&mut granted, cut) {
            findings.push(Finding::error(
                &field,
                "cut.not_below",
                "核减行不存在,或核定值大于申请值",
                "no such line, or a figure above what was asked",
            ));
        }
    }
    for (row, line) in granted.servers.iter().enumerate().filter(|(_, line)| line.quantity != Some(0)) {
        // A row nobody cut is as the form's check left it.
        let cut = cuts.iter().position(|cut| cut.target == CutTarget::Server && usize::from(cut.index) == row);
        let fits = size::on_offer(line.vcpu.unwrap_or(0), line.memory_gib.unwrap_or(0));
        if let (Some(at), false) = (cut, fits) {
            findings.push(Finding::error(
                format!("conclusion.cuts[{at}]"),
                "cut.size",
                "核定后的规格不在档位内(vCPU 1–64,内存 1:1–1:8)",
                "the size granted is not on offer",
            ));
        }
    }
    granted.servers.retain(|line| line.quantity != Some(0));
    granted.services.retain(|line| line.quantity != Some(0));
    if granted.servers.is_empty() && granted.services.is_empty() {
        findings.push(Finding::error(
            "conclusion.cuts",
            "cut.everything",
            "不能全部核减;不同意的,请拟定为不通过",
            "nothing is left; conclude with a refusal instead",
        ));
    }
    only_granted_hosts(&mut granted);
    if findings.is_empty() { Ok(granted) } else { Err(findings) }
}

/// An account for a server that was not granted reaches nothing, so it is not granted either.
fn only_granted_hosts(form: &mut Form) {
    let hosts: Vec<&str> = form.servers.iter().map(|line| line.host_name.as_str()).collect();
    for account in &mut form.bastion_accounts {
        account.hosts.retain(|host| hosts.contains(&host.as_str()));
    }
    form.bastion_accounts.retain(|account| !account.hosts.is_empty());
}

fn apply(form: &mut Form, cut: &Cut) -> bool {
    let index = usize::from(cut.index);
    match cut.target {
        CutTarget::Server => {
            let Some(line) = form.servers.get_mut(index) else { return false };
            let quantity = match cut.quantity.map(u16::try_from).transpose() {
                Ok(quantity) => quantity,
                Err(_) => return false,
            };
            lower(&mut line.quantity, quantity)
                && lower(&mut line.vcpu, cut.vcpu)
                && lower(&mut line.memory_gib, cut.memory_gib)
        }
        CutTarget::Service => {
            let Some(line) = form.services.get_mut(index) else { return false };
            cut.vcpu.is_none() && cut.memory_gib.is_none() && lower(&mut line.quantity, cut.quantity)
        }
    }
}

/// Lowers `asked` to `granted`; false where that would raise it.
fn lower<T: PartialOrd + Copy>(asked: &mut Option<T>, granted: Option<T>) -> bool {
    match (*asked, granted) {
        (_, None) => true,
        (Some(before), Some(after)) if after <= before => {
            *asked = Some(after);
            true
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
