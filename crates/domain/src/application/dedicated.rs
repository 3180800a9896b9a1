//! 专享云主机: servers on hosts of their own. The hosts are ordered as 专享宿主机 among the other services and paid as
//! whole machines ("整机专享,可自行切分云主机", S20 of the catalogue), so such servers owe neither vCPU nor memory.

use super::form::{Architecture, Form, ServerLine, Tenancy};

/// 专享宿主机 of an architecture, as the catalogue names it.
pub fn host_sku(architecture: Architecture) -> &'static str {
    match architecture {
        Architecture::X86 => "DEH-X86",
        Architecture::Arm => "DEH-ARM",
    }
}

/// 整机规格 of one host, from the catalogue. Nothing on it is given out twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostSize {
    pub vcpu: u64,
    pub memory_gib: u64,
}

/// What a form asks for on dedicated hosts of one architecture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demand {
    pub architecture: Architecture,
    /// 专享宿主机(台).
    pub hosts: u64,
    /// 专享云主机(台).
    pub servers: u64,
    pub vcpu: u64,
    pub memory_gib: u64,
}

/// 不相称: hosts and servers that do not go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// Servers and no host for them.
    NoHost,
    /// Hosts and nothing on them.
    NoServer,
    /// More on the hosts than they have.
    TooFew { size: HostSize },
}

impl Mismatch {
    /// Stable code of the finding.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoHost => "form.no_dedicated_host",
            Self::NoServer => "form.dedicated_host_unused",
            Self::TooFew { .. } => "form.dedicated_hosts_too_few",
        }
    }

    /// In English.
    pub fn en(self) -> &'static str {
        match self {
            Self::NoHost => "dedicated servers need a dedicated host",
            Self::NoServer => "nothing runs on the dedicated host",
            Self::TooFew { .. } => "the dedicated servers do not fit on their hosts",
        }
    }
}

impl Demand {
    /// What is wrong; `None` where the servers fit on the hosts. Without a size their number alone is looked at.
    pub fn mismatch(&self, size: Option<HostSize>) -> Option<Mismatch> {
        match (self.hosts, self.servers) {
            (0, 0) => None,
            (0, _) => Some(Mismatch::NoHost),
            (_, 0) => Some(Mismatch::NoServer),
            (hosts, _) => size
                .filter(|size| self.vcpu > hosts * size.vcpu || self.memory_gib > hosts * size.memory_gib)
                .map(|size| Mismatch::TooFew { size }),
        }
    }

    /// In words, for whoever filled in the form.
    pub fn zh(&self, mismatch: Mismatch) -> String {
        let (kind, sku) = (self.architecture.zh(), host_sku(self.architecture));
        match mismatch {
            Mismatch::NoHost => format!("{kind} 专享云主机须在“其他服务”中同时申请专享宿主机({sku})"),
            Mismatch::NoServer => format!("申请了 {kind} 专享宿主机,但没有类型为“专享云主机”的服务器"),
            Mismatch::TooFew { size } => format!(
                "{kind} 专享云主机共 {} 核、{} GB,超出 {} 台专享宿主机的 {} 核、{} GB(不超分)",
                self.vcpu,
                self.memory_gib,
                self.hosts,
                self.hosts * size.vcpu,
                self.hosts * size.memory_gib,
            ),
        }
    }
}

/// True of a row of 附件2-1 that asks for 专享云主机.
pub fn is_dedicated(line: &ServerLine) -> bool {
    line.tenancy == Some(Tenancy::Dedicated)
}

/// 专享宿主机 a form orders of an architecture.
pub fn hosts(form: &Form, architecture: Architecture) -> u64 {
    let sku = host_sku(architecture);
    form.services.iter().filter(|line| line.sku == sku).map(|line| u64::from(line.quantity.unwrap_or(0))).sum()
}

/// What the form asks for of each architecture.
pub fn demands(form: &Form) -> Vec<Demand> {
    let of = |architecture| {
        let rows =
            || form.servers.iter().filter(move |line| is_dedicated(line) && line.architecture == Some(architecture));
        let sum = |figure: fn(&ServerLine) -> u16| {
            rows().map(|line| u64::from(line.quantity.unwrap_or(0)) * u64::from(figure(line))).sum()
        };
        Demand {
            architecture,
            hosts: hosts(form, architecture),
            servers: sum(|_| 1),
            vcpu: sum(|line| line.vcpu.unwrap_or(0)),
            memory_gib: sum(|line| line.memory_gib.unwrap_or(0)),
        }
    };
    Architecture::ALL.iter().copied().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::form::ServiceLine;

    const SIZE: HostSize = HostSize { vcpu: 64, memory_gib: 512 };

    fn form(vcpu: u16, memory_gib: u16, servers: u16, hosts: u32) -> Form {
        let server = ServerLine {
            tenancy: Some(Tenancy::Dedicated),
            architecture: Some(Architecture::X86),
            vcpu: Some(vcpu),
            memory_gib: Some(memory_gib),
            quantity: Some(servers),
            ..ServerLine::default()
        };
        let host = ServiceLine { sku: "DEH-X86".into(), quantity: Some(hosts), ..ServiceLine::default() };
        Form { servers: vec![server], services: vec![host], ..Form::default() }
    }

    fn mismatch(form: &Form) -> Option<Mismatch> {
        let found: Vec<Mismatch> = demands(form).iter().filter_map(|demand| demand.mismatch(Some(SIZE))).collect();
        assert!(found.len() <= 1, "of one architecture: {found:?}");
        found.first().copied()
    }

    #[test]
    fn s20_nothing_of_a_dedicated_host_is_given_out_twice() {
        for (form, wanted) in [
            (form(16, 64, 4, 1), None),
            (form(16, 64, 5, 1), Some(Mismatch::TooFew { size: SIZE })),
            (form(16, 64, 5, 2), None),
            (form(4, 32, 16, 1), None),
            (form(2, 64, 9, 1), Some(Mismatch::TooFew { size: SIZE })),
            (form(1, 1, 1, 0), Some(Mismatch::NoHost)),
            (form(1, 1, 0, 1), Some(Mismatch::NoServer)),
        ] {
            assert_eq!(mismatch(&form), wanted, "{form:?}");
        }
    }

    #[test]
    fn s20_a_shared_server_needs_no_host_and_takes_nothing_of_one() {
        let mut shared = form(16, 64, 5, 0);
        for tenancy in [None, Some(Tenancy::Shared)] {
            shared.servers[0].tenancy = tenancy;
            assert_eq!(mismatch(&shared), None, "{tenancy:?}");
        }
        shared.services[0].quantity = Some(1);
        assert_eq!(mismatch(&shared), Some(Mismatch::NoServer));
    }

    #[test]
    fn s20_hosts_of_one_architecture_carry_no_servers_of_the_other() {
        let mut other = form(1, 1, 1, 1);
        other.servers[0].architecture = Some(Architecture::Arm);
        let found: Vec<Option<Mismatch>> = demands(&other).iter().map(|demand| demand.mismatch(Some(SIZE))).collect();
        assert_eq!(found, [Some(Mismatch::NoServer), Some(Mismatch::NoHost)]);
    }
}
