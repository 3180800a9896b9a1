//! 网络开放: what of a server may be reached from outside its own network, as granted in 附件2-1.
//!
//! Nothing is open that was not granted: what a line does not name stays shut, whatever the cloud shows.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::application::form::ServerLine;
use crate::identifiers::is_cidr;

crate::terms! {
    /// 传输协议.
    pub enum Transport {
        Tcp = "tcp", "TCP", "TCP";
        Udp = "udp", "UDP", "UDP";
        /// Seen in a cloud where somebody else opened it; never granted.
        Other = "other", "其他协议", "other";
    }
}

/// Every port: seen in a cloud where somebody else opened it; never granted.
pub const ANY_PORT: u16 = 0;

/// 来源网络 in CIDR, host bits zero, e.g. `10.8.0.0/16`; a single address has /32 or /128. Written one way only, so
/// that it can be compared with what a cloud shows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String)]
pub struct SourceNetwork(String);

impl SourceNetwork {
    /// The network as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True of IPv6.
    pub fn is_v6(&self) -> bool {
        self.0.contains(':')
    }
}

impl TryFrom<String> for SourceNetwork {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let trimmed = text.trim();
        let (address, prefix) = trimmed.split_once('/').map_or((trimmed, None), |(at, prefix)| (at, Some(prefix)));
        match address.parse::<IpAddr>() {
            Ok(address) if is_cidr(trimmed) => {
                let whole = if address.is_ipv6() { "128" } else { "32" };
                Ok(Self(format!("{address}/{}", prefix.unwrap_or(whole))))
            }
            _ => Err(format!("no network: {text:?}")),
        }
    }
}

impl std::str::FromStr for SourceNetwork {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::try_from(text.to_owned())
    }
}

impl From<SourceNetwork> for String {
    fn from(network: SourceNetwork) -> String {
        network.0
    }
}

/// 开放端口 one rule: who may reach which port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
pub struct PortRule {
    pub protocol: Transport,
    /// 1–65535, or [`ANY_PORT`].
    pub port: u16,
    pub source: SourceNetwork,
}

/// 网络开放 of one server. Rules are in order and none stands twice, so that two can be compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Access {
    pub ports: Vec<PortRule>,
    /// 公网地址: the server has one.
    pub public_address: bool,
}

impl Access {
    /// In order, each rule once.
    pub fn new(ports: impl IntoIterator<Item = PortRule>, public_address: bool) -> Self {
        let ordered: std::collections::BTreeSet<PortRule> = ports.into_iter().collect();
        Self { ports: ordered.into_iter().collect(), public_address }
    }

    /// What a line of 附件2-1 grants each of its servers. `None` where a rule of it lacks a figure or names no network.
    pub fn granted(line: &ServerLine) -> Option<Self> {
        let rules = line.ports.iter().map(|open| {
            Some(PortRule {
                protocol: open.protocol.parse().ok().filter(|protocol| *protocol != Transport::Other)?,
                port: open.port.filter(|port| *port != ANY_PORT)?,
                source: open.source.parse().ok()?,
            })
        });
        Some(Self::new(rules.collect::<Option<Vec<_>>>()?, line.public_address))
    }

    /// Nothing is open.
    pub fn is_shut(&self) -> bool {
        *self == Self::default()
    }

    /// 中文, e.g. `TCP 443(0.0.0.0/0)、公网地址`.
    pub fn zh(&self) -> String {
        let rule = |rule: &PortRule| {
            let port = if rule.port == ANY_PORT { "全部端口".to_owned() } else { rule.port.to_string() };
            format!("{} {port}({})", rule.protocol.zh(), rule.source.as_str())
        };
        let public = self.public_address.then(|| "公网地址".to_owned());
        let all: Vec<String> = self.ports.iter().map(rule).chain(public).collect();
        if all.is_empty() { "不对外开放".to_owned() } else { all.join("、") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::form::OpenPort;

    fn open(protocol: &str, port: Option<u16>, source: &str) -> OpenPort {
        OpenPort { port, protocol: protocol.into(), source: source.into(), purpose: "业务访问".into() }
    }

    #[test]
    fn a_line_grants_its_ports_in_order_and_once() {
        let ports = vec![
            open("tcp", Some(443), "0.0.0.0/0"),
            open("tcp", Some(80), "10.8.0.0/16"),
            open("tcp", Some(443), "0.0.0.0/0"),
            open("udp", Some(53), "10.1.2.3"),
        ];
        let line = ServerLine { ports, public_address: true, ..ServerLine::default() };
        let access = Access::granted(&line).unwrap();
        assert_eq!(access.zh(), "TCP 80(10.8.0.0/16)、TCP 443(0.0.0.0/0)、UDP 53(10.1.2.3/32)、公网地址");
        assert!(!access.is_shut());
        let nothing = Access::granted(&ServerLine::default()).unwrap();
        assert!(nothing.is_shut());
        assert_eq!(nothing.zh(), "不对外开放");
    }

    #[test]
    fn a_rule_that_lacks_something_grants_nothing_at_all() {
        for bad in [
            open("tcp", None, "10.0.0.0/8"),
            open("tcp", Some(0), "10.0.0.0/8"),
            open("icmp", Some(80), "10.0.0.0/8"),
            open("other", Some(80), "10.0.0.0/8"),
            open("tcp", Some(80), ""),
            open("tcp", Some(80), "10.0.0.1/8"),
        ] {
            let line = ServerLine { ports: vec![bad.clone()], ..ServerLine::default() };
            assert_eq!(Access::granted(&line), None, "{bad:?}");
        }
    }

    #[test]
    fn a_network_is_written_one_way_only() {
        for (text, written) in [
            ("10.8.0.0/16", "10.8.0.0/16"),
            (" 10.1.2.3 ", "10.1.2.3/32"),
            ("FD00::/8", "fd00::/8"),
            ("::1", "::1/128"),
            ("0.0.0.0/0", "0.0.0.0/0"),
        ] {
            assert_eq!(text.parse::<SourceNetwork>().unwrap().as_str(), written);
        }
        for text in ["", "10.1.2.3/8", "10.0.0.0/33", "somewhere", "10.0.0.0/8/8"] {
            assert!(text.parse::<SourceNetwork>().is_err(), "{text}");
        }
    }
}
