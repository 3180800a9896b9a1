//! 引擎配置: what an engine must be told about the cloud behind it. The password is not among it: it is sealed apart.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::finding::Finding;

crate::terms! {
    /// 接口 of the catalogue through which the cloud is reached.
    pub enum Interface {
        Public = "public", "公共", "public";
        Internal = "internal", "内部", "internal";
        Admin = "admin", "管理", "admin";
    }
}

/// Longest text of a setting, the CA apart, in characters.
const TEXT_CHARS_MAX: usize = 200;
/// Longest CA text, in bytes.
const CA_BYTES_MAX: usize = 64 << 10;

/// OpenStack 配置. The account must be an administrator: it makes a project for every agency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenstackSettings {
    /// 认证地址 of Keystone v3, e.g. `https://cloud.example:5000/v3`.
    pub auth_url: String,
    /// 区域.
    pub region: String,
    /// 接口.
    pub interface: Interface,
    /// 用户.
    pub user: String,
    /// 用户所属域, by name.
    pub user_domain: String,
    /// 项目 of the account, by name. Agencies get their own, in the same domain.
    pub project: String,
    /// 项目所属域, by name.
    pub project_domain: String,
    /// 镜像 that servers boot, by name.
    pub image: String,
    /// 外部网络, by name. Networks that face the internet get it as their gateway; absent: none gets one.
    #[serde(default)]
    pub external_network: Option<String>,
    /// 云硬盘类型, by name; absent: the cloud's default.
    #[serde(default)]
    pub volume_type: Option<String>,
    /// CA 证书 to trust beside the system's, PEM.
    #[serde(default)]
    pub ca_pem: Option<String>,
}

impl OpenstackSettings {
    /// What is wrong with them, each with the field's name below `settings`.
    pub fn findings(&self) -> Vec<Finding> {
        let texts = [
            ("region", "区域", Some(&self.region)),
            ("user", "用户", Some(&self.user)),
            ("user_domain", "用户所属域", Some(&self.user_domain)),
            ("project", "项目", Some(&self.project)),
            ("project_domain", "项目所属域", Some(&self.project_domain)),
            ("image", "镜像", Some(&self.image)),
            ("external_network", "外部网络", self.external_network.as_ref()),
            ("volume_type", "云硬盘类型", self.volume_type.as_ref()),
        ];
        let mut found: Vec<Finding> = texts
            .into_iter()
            .filter(|(_, _, text)| text.is_some_and(|text| !is_plain(text)))
            .map(|(field, zh, _)| {
                Finding::error(
                    format!("settings.{field}"),
                    "engine.setting",
                    format!("{zh}须为 1–{TEXT_CHARS_MAX} 个字,不含首尾空格"),
                    format!("{field} has 1 to {TEXT_CHARS_MAX} characters, none of them space at its ends"),
                )
            })
            .collect();
        if !is_http(&self.auth_url) {
            let zh = "认证地址须以 http:// 或 https:// 开头,不含账号、参数";
            let en = "auth_url begins with http:// or https:// and carries no account and no query";
            found.push(Finding::error("settings.auth_url", "engine.auth_url", zh, en));
        }
        if self
            .ca_pem
            .as_ref()
            .is_some_and(|pem| pem.len() > CA_BYTES_MAX || !pem.contains("-----BEGIN CERTIFICATE-----"))
        {
            let zh = "CA 证书须为 PEM 文本,不超过 64 KiB";
            let en = "ca_pem is PEM of at most 64 KiB";
            found.push(Finding::error("settings.ca_pem", "engine.ca_pem", zh, en));
        }
        found
    }
}

fn is_plain(text: &str) -> bool {
    text == text.trim() && (1..=TEXT_CHARS_MAX).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

/// A password in the address would be shown on the engine's page.
fn is_http(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| is_plain(rest) && !rest.starts_with('/') && !rest.contains(['@', '?', '#', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> OpenstackSettings {
        OpenstackSettings {
            auth_url: "https://cloud.example:5000/v3".into(),
            region: "RegionOne".into(),
            interface: Interface::Public,
            user: "liyun".into(),
            user_domain: "Default".into(),
            project: "liyun".into(),
            project_domain: "Default".into(),
            image: "debian-12".into(),
            external_network: None,
            volume_type: None,
            ca_pem: None,
        }
    }

    fn fields(settings: &OpenstackSettings) -> Vec<String> {
        settings.findings().into_iter().map(|finding| finding.field).collect()
    }

    #[test]
    fn every_setting_is_checked_under_its_own_name() {
        assert_eq!(fields(&settings()), [""; 0]);
        let bad = OpenstackSettings {
            auth_url: "https://admin:secret@cloud".into(),
            region: " ".into(),
            image: "x".repeat(201),
            external_network: Some(String::new()),
            ca_pem: Some("no certificate".into()),
            ..settings()
        };
        let wanted = ["region", "image", "external_network", "auth_url", "ca_pem"].map(|f| format!("settings.{f}"));
        assert_eq!(fields(&bad), wanted);
    }

    #[test]
    fn the_address_is_one_of_http() {
        for (url, good) in [
            ("http://10.0.0.1:5000", true),
            ("https://云.example/identity/v3", true),
            ("ftp://cloud", false),
            ("https://", false),
            ("https:///v3", false),
            ("https://cloud/v3?x=1", false),
        ] {
            assert_eq!(fields(&OpenstackSettings { auth_url: url.into(), ..settings() }).is_empty(), good, "{url}");
        }
    }
}
