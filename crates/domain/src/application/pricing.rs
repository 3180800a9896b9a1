//! What a form asks for, as lines of the price list: the same lines are priced, approved, opened and charged.

use super::dedicated::is_dedicated;
use super::form::{Architecture, DiskKind, Form, ServerLine};

/// 计价行 one product and how much of it. `line` is stable through changes: `s1.vcpu`, `s1.d2`, `v3`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct OrderLine {
    pub line: String,
    pub sku: String,
    pub quantity: u64,
}

/// Mbps charged at the lower step of the bandwidth price; the catalogue's note has the example of 20 Mbps.
const BANDWIDTH_FIRST_STEP_MBPS: u16 = 5;

/// The priced lines of a form. Half-filled rows count as far as they are filled.
///
/// Disks are charged by GiB apart from the server, so packages that include none are not used:
/// a server is its vCPUs and its memory, which comes to the same sum.
pub fn order_lines(form: &Form) -> Vec<OrderLine> {
    let servers = form.servers.iter().enumerate().flat_map(|(at, line)| server_lines(at + 1, line));
    let services = form.services.iter().enumerate().filter(|&(_at, line)| !line.sku.is_empty()).map(|(at, line)| {
        OrderLine { line: format!("v{}", at + 1), sku: line.sku.clone(), quantity: line.quantity.unwrap_or(0).into() }
    });
    servers.chain(services).filter(|line| line.quantity > 0).collect()
}

fn server_lines(number: usize, server: &ServerLine) -> Vec<OrderLine> {
    let count = u64::from(server.quantity.unwrap_or(0));
    let (vcpu_sku, memory_sku) = match server.architecture {
        Some(Architecture::Arm) => ("ECS-K-VCPU", "ECS-K-MEM"),
        _ => ("ECS-U-VCPU", "ECS-U-MEM"),
    };
    let row = |part: &str, sku: &str, each: u64| OrderLine {
        line: format!("s{number}.{part}"),
        sku: sku.to_owned(),
        quantity: each * count,
    };
    // What runs on a dedicated host is paid with the host.
    let computing = |figure: Option<u16>| if is_dedicated(server) { 0 } else { figure.unwrap_or(0).into() };
    let mut lines = vec![
        row("vcpu", vcpu_sku, computing(server.vcpu)),
        row("memory", memory_sku, computing(server.memory_gib)),
        row("system", disk_sku(server.system_disk_kind), server.system_disk_gib.unwrap_or(0).into()),
    ];
    for (at, disk) in server.data_disks.iter().enumerate() {
        let each = u64::from(disk.size_gib.unwrap_or(0)) * u64::from(disk.quantity.unwrap_or(1));
        lines.push(row(&format!("d{}", at + 1), disk_sku(disk.kind), each));
    }
    let mbps = server.bandwidth_mbps.unwrap_or(0);
    let first = mbps.min(BANDWIDTH_FIRST_STEP_MBPS);
    lines.push(row("bandwidth_first", "NET-BW-A", first.into()));
    lines.push(row("bandwidth_above", "NET-BW-B", (mbps - first).into()));
    lines
}

fn disk_sku(kind: Option<DiskKind>) -> &'static str {
    match kind {
        None | Some(DiskKind::Ordinary) => "EVS-SATA",
        Some(DiskKind::GeneralSsd) => "EVS-SSD",
        Some(DiskKind::HighIo) => "EVS-UHIO",
        Some(DiskKind::FastSsd) => "EVS-XSSD",
    }
}

#[cfg(test)]
mod tests;
