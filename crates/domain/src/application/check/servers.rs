//! 六 资源: the rows of 附件2-1, what they open to the outside, and the other services.

use super::{Context, Findings, LONG_TEXT, MAX_ROWS, SHORT_TEXT};
use crate::application::dedicated::{self, Mismatch};
use crate::application::form::{Construction, Form, Network, OpenPort, ServerLine, ServerRole};
use crate::application::size::{self, VCPU_SIZES};
use crate::clause;
use crate::identifiers;

/// Ports that may never be open to the internet.
pub const FORBIDDEN_INTERNET_PORTS: [u16; 5] = [22, 3389, 3306, 1521, 6379];
/// Servers of one system that need no argument in the 测算方案.
const SERVERS_WITHOUT_ARGUMENT: u32 = 10;
/// vCPU and memory above which a row needs an argument of its own.
const LARGE: (u16, u16) = (16, 64);
/// A server that is adopted is as it is: of any size that the price list can count.
const AS_FOUND_VCPU: (u32, u32) = (1, 256);
const AS_FOUND_GIB: (u32, u32) = (1, 32_768);

pub(super) fn check(form: &Form, context: &Context<'_>, found: &mut Findings) {
    tables(form, found);
    for (at, line) in form.servers.iter().take(MAX_ROWS).enumerate() {
        server(form, at, line, found);
    }
    if form.request.construction == Some(Construction::Adoption) && form.servers.is_empty() {
        let (zh, en) = ("纳管申请须至少填写一台云上已有的云主机", "an adoption names at least one server");
        found.error("servers", "form.nothing_adopted", zh, en, clause::A10_1);
    }
    let total: u32 = form.servers.iter().map(|line| u32::from(line.quantity.unwrap_or(0))).sum();
    if total > SERVERS_WITHOUT_ARGUMENT && form.estimate.performance.trim().is_empty() {
        found.error(
            "estimate.performance",
            "form.argue_size",
            "单系统超过 10 台服务器,须在测算方案中论证",
            "more than ten servers must be argued for",
            clause::A10_1,
        );
    }
    services(form, context, found);
    dedicated_hosts(form, context, found);
}

fn tables(form: &Form, found: &mut Findings) {
    if form.servers.is_empty() && form.services.is_empty() {
        found.error(
            "servers",
            "form.nothing_asked",
            "请至少填写一行服务器或其他服务",
            "ask for at least one server or service",
            clause::ANNEX_2_1,
        );
    }
    for (field, rows) in [
        ("servers", form.servers.len()),
        ("services", form.services.len()),
        ("bastion_accounts", form.bastion_accounts.len()),
    ] {
        found.fits(field, rows, clause::ANNEX_2_1);
    }
}

fn server(form: &Form, at: usize, line: &ServerLine, found: &mut Findings) {
    let field = |name: &str| format!("servers[{at}].{name}");
    for (name, given, label) in [
        ("role", line.role.is_some(), "用途"),
        ("zone", line.zone.is_some(), "云区"),
        ("network", line.network.is_some(), "网络区"),
        ("architecture", line.architecture.is_some(), "CPU 架构"),
        ("operating_system", line.operating_system.is_some(), "操作系统"),
    ] {
        found.require(field(name), given, label);
    }
    host_name(form, at, line, found);
    if form.request.construction == Some(Construction::Adoption) {
        adopted(form, at, line, found);
    } else {
        computing(line, &field, found);
        disks(line, &field, found);
        if !line.external_name.trim().is_empty() {
            found.error(
                field("external_name"),
                "form.adopts_nothing",
                "只有建设性质为「纳管」的申请填写云上名称",
                "only an adoption names a server in the cloud",
                clause::A10_1,
            );
        }
    }
    found.within(field("quantity"), line.quantity.map(u32::from), (1, 200), "数量");
    found.text(field("basis"), &line.basis, 1000, "测算依据");
    found.short_enough(field("remark"), &line.remark, LONG_TEXT, "备注");
    exposure(at, line, found);
}

/// 专享云主机 and 专享宿主机 go together, and the first fit on the second.
fn dedicated_hosts(form: &Form, context: &Context<'_>, found: &mut Findings) {
    for demand in dedicated::demands(form) {
        let sku = dedicated::host_sku(demand.architecture);
        let Some(mismatch) = demand.mismatch((context.host_size)(sku)) else { continue };
        let of_server =
            |line: &ServerLine| dedicated::is_dedicated(line) && line.architecture == Some(demand.architecture);
        let server = || form.servers.iter().position(of_server).map(|at| format!("servers[{at}].tenancy"));
        let host =
            |name| form.services.iter().position(|line| line.sku == sku).map(|at| format!("services[{at}].{name}"));
        let field = match mismatch {
            Mismatch::NoHost => server(),
            Mismatch::NoServer => host("sku"),
            Mismatch::TooFew { .. } => host("quantity"),
        };
        let field = field.unwrap_or_else(|| "servers".into());
        found.error(field, mismatch.code(), &demand.zh(mismatch), mismatch.en(), clause::ANNEX_2_1);
    }
}

fn host_name(form: &Form, at: usize, line: &ServerLine, found: &mut Findings) {
    let field = format!("servers[{at}].host_name");
    if !identifiers::is_host_name(&line.host_name) {
        found.error(
            field,
            "form.host_name",
            "主机名为 2–63 位小写字母、数字或连字符",
            "2–63 lower-case letters, digits or hyphens",
            clause::ANNEX_2_1,
        );
    } else if form.servers[..at].iter().any(|other| other.host_name == line.host_name) {
        found.error(field, "form.host_name_twice", "主机名重复", "host name used twice", clause::ANNEX_2_1);
    }
}

/// 纳管: each row is one server that runs already, named once, with the figures it has.
fn adopted(form: &Form, at: usize, line: &ServerLine, found: &mut Findings) {
    let field = |name: &str| format!("servers[{at}].{name}");
    found.text(field("external_name"), &line.external_name, SHORT_TEXT, "云上名称");
    let named = line.external_name.trim();
    if form.servers[..at].iter().any(|other| !named.is_empty() && other.external_name.trim() == named) {
        let (zh, en) = ("云上名称重复", "the server is named twice");
        found.error(field("external_name"), "form.external_name_twice", zh, en, clause::A10_1);
    }
    if dedicated::is_dedicated(line) {
        let (zh, en) = ("纳管的云主机留在原宿主机上,类型只能为弹性云主机", "what is adopted stays on its host");
        found.error(field("tenancy"), "form.adopted_dedicated", zh, en, clause::A10_1);
    }
    if line.quantity.is_some_and(|quantity| quantity > 1) {
        let (zh, en) = ("纳管逐台填报,数量为 1", "an adoption has one server a row");
        found.error(field("quantity"), "form.adopts_one", zh, en, clause::A10_1);
    }
    found.within(field("vcpu"), line.vcpu.map(u32::from), AS_FOUND_VCPU, "vCPU(核)");
    found.within(field("memory_gib"), line.memory_gib.map(u32::from), AS_FOUND_GIB, "内存(GB)");
    found.within(field("system_disk_gib"), line.system_disk_gib.map(u32::from), AS_FOUND_GIB, "系统盘(GB)");
    found.require(field("system_disk_kind"), line.system_disk_kind.is_some(), "系统盘类型");
    for (at, disk) in line.data_disks.iter().enumerate() {
        let part = |name: &str| field(&format!("data_disks[{at}].{name}"));
        found.within(part("size_gib"), disk.size_gib.map(u32::from), AS_FOUND_GIB, "数据盘(GB)");
        found.require(part("kind"), disk.kind.is_some(), "数据盘类型");
        found.within(part("quantity"), disk.quantity.map(u32::from), (1, 16), "数据盘块数");
    }
}

fn computing(line: &ServerLine, field: &dyn Fn(&str) -> String, found: &mut Findings) {
    if !line.vcpu.is_some_and(|n| VCPU_SIZES.contains(&n)) {
        found.error(
            field("vcpu"),
            "form.vcpu",
            "vCPU 须为 1、2、4、8、16、32 或 64",
            "vCPU must be 1, 2, 4, 8, 16, 32 or 64",
            clause::ANNEX_2_1,
        );
    }
    found.within(field("memory_gib"), line.memory_gib.map(u32::from), wide(size::MEMORY_GIB), "内存(GB)");
    let (Some(vcpu), Some(memory)) = (line.vcpu, line.memory_gib) else { return };
    if !size::ratio_fits(vcpu, memory) {
        found.error(
            field("memory_gib"),
            "form.ratio",
            "vCPU 与内存之比须在 1:1 至 1:8 之间",
            "memory must be 1 to 8 GB for each vCPU",
            clause::ANNEX_2_1,
        );
    }
    if vcpu > LARGE.0 || memory > LARGE.1 {
        found.require(field("basis"), line.basis.trim().chars().count() >= 20, "大规格服务器的论证(不少于 20 字)");
    }
}

fn disks(line: &ServerLine, field: &dyn Fn(&str) -> String, found: &mut Findings) {
    let system = line.system_disk_gib.map(u32::from);
    found.within(field("system_disk_gib"), system, wide(size::SYSTEM_DISK_GIB), "系统盘(GB)");
    found.require(field("system_disk_kind"), line.system_disk_kind.is_some(), "系统盘类型");
    for (at, disk) in line.data_disks.iter().enumerate() {
        let part = |name: &str| field(&format!("data_disks[{at}].{name}"));
        found.within(part("size_gib"), disk.size_gib.map(u32::from), wide(size::DATA_DISK_GIB), "数据盘(GB)");
        found.require(part("kind"), disk.kind.is_some(), "数据盘类型");
        found.within(part("quantity"), disk.quantity.map(u32::from), (1, 16), "数据盘块数");
    }
}

fn exposure(at: usize, line: &ServerLine, found: &mut Findings) {
    let field = |name: &str| format!("servers[{at}].{name}");
    let online = line.network == Some(Network::Internet);
    if line.bandwidth_mbps.unwrap_or(0) > 0 && !online {
        found.error(
            field("bandwidth_mbps"),
            "form.bandwidth_zone",
            "仅互联网区可申请公网带宽",
            "bandwidth only in the internet zone",
            clause::ANNEX_2_1,
        );
    }
    if line.bandwidth_mbps.is_some() {
        found.within(field("bandwidth_mbps"), line.bandwidth_mbps.map(u32::from), (0, 1000), "公网带宽(Mbps)");
    }
    if online && line.role == Some(ServerRole::Database) {
        found.warn(
            field("network"),
            "form.database_exposed",
            "互联网区不得部署数据库",
            "databases do not belong in the internet zone",
            clause::A29,
        );
    }
    for (port_at, port) in line.ports.iter().enumerate() {
        open_port(&field(&format!("ports[{port_at}]")), port, found);
    }
}

fn open_port(field: &str, port: &OpenPort, found: &mut Findings) {
    found.short_enough(format!("{field}.purpose"), &port.purpose, SHORT_TEXT, "端口用途");
    let well_formed = port.port.is_some_and(|n| n > 0)
        && matches!(port.protocol.as_str(), "tcp" | "udp")
        && identifiers::is_cidr(&port.source);
    if !well_formed {
        found.error(
            field,
            "form.port",
            "端口、协议(tcp/udp)或来源网段不正确",
            "bad port, protocol or source",
            clause::ANNEX_2_1,
        );
    } else if identifiers::is_open_network(&port.source)
        && port.port.is_some_and(|n| FORBIDDEN_INTERNET_PORTS.contains(&n))
    {
        found.error(
            field,
            "form.forbidden_port",
            "22、3389、3306、1521、6379 端口不得对互联网开放",
            "this port may not be open to the internet",
            clause::A29,
        );
    }
}

fn services(form: &Form, context: &Context<'_>, found: &mut Findings) {
    for (at, line) in form.services.iter().take(MAX_ROWS).enumerate() {
        if !(context.known_sku)(&line.sku) {
            found.error(
                format!("services[{at}].sku"),
                "form.unknown_sku",
                "目录中没有此产品",
                "no such product in the catalogue",
                clause::ANNEX_3,
            );
        }
        if (context.opened_with_servers)(&line.sku) {
            found.error(
                format!("services[{at}].sku"),
                "form.opened_with_servers",
                "此产品随服务器开通,请在服务器资源需求表(附件2-1)中填报",
                "opened with the servers: fill in annex 2-1",
                clause::ANNEX_2_1,
            );
        }
        found.within(format!("services[{at}].quantity"), line.quantity, (1, 100_000), "数量");
        found.short_enough(format!("services[{at}].basis"), &line.basis, 1000, "测算依据");
    }
}

fn wide((least, most): (u16, u16)) -> (u32, u32) {
    (least.into(), most.into())
}
