//! 引擎配置: what an engine must be told about the cloud behind it. The password is not among it: it is sealed apart.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::resource::Platform;
use crate::application::form::{Architecture, DiskKind, OperatingSystem};
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

/// 镜像 of one operating system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImageChoice {
    pub operating_system: OperatingSystem,
    /// CPU 架构; absent: whichever.
    #[serde(default)]
    pub architecture: Option<Architecture>,
    /// By name.
    pub image: String,
}

/// 云硬盘类型 of one kind of disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VolumeTypeChoice {
    pub kind: DiskKind,
    /// By name.
    pub volume_type: String,
}

/// 专享宿主机 that may be given to a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HostChoice {
    /// By the name that `openstack compute service list` shows.
    pub host: String,
    pub architecture: Architecture,
}

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
    /// 镜像 of systems that `images` does not name. Absent: those are not opened.
    #[serde(default)]
    pub image: Option<String>,
    /// 镜像 by operating system; the one that names the architecture goes before the one that does not.
    #[serde(default)]
    pub images: Vec<ImageChoice>,
    /// 外部网络, by name. Networks that face the internet get it as their gateway; absent: none gets one.
    #[serde(default)]
    pub external_network: Option<String>,
    /// 云硬盘类型 of kinds of disk that `volume_types` does not name; absent: the cloud's default.
    #[serde(default)]
    pub volume_type: Option<String>,
    /// 云硬盘类型 by kind of disk.
    #[serde(default)]
    pub volume_types: Vec<VolumeTypeChoice>,
    /// 抹除机镜像, by name: what the server boots that overwrites a disk before it is deleted. It must execute user data
    /// as cloud-init does. Absent: disks that are not encrypted are deleted without being overwritten.
    #[serde(default)]
    pub eraser_image: Option<String>,
    /// 登录公钥 that every new server lets in, one line of OpenSSH: as a rule the jump host's own.
    #[serde(default)]
    pub login_key: Option<String>,
    /// 专享宿主机 that may be given to cases, each to one at a time. Ordinary servers are kept off all of them.
    #[serde(default)]
    pub dedicated_hosts: Vec<HostChoice>,
    /// CA 证书 to trust beside the system's, PEM.
    #[serde(default)]
    pub ca_pem: Option<String>,
}

/// What most clouds have. Where it is, as whom we go there, and what servers boot is still to be said.
impl Default for OpenstackSettings {
    fn default() -> Self {
        Self {
            auth_url: String::new(),
            region: "RegionOne".into(),
            interface: Interface::Public,
            user: String::new(),
            user_domain: "Default".into(),
            project: String::new(),
            project_domain: "Default".into(),
            image: None,
            images: Vec::new(),
            external_network: None,
            volume_type: None,
            volume_types: Vec::new(),
            eraser_image: None,
            login_key: None,
            dedicated_hosts: Vec::new(),
            ca_pem: None,
        }
    }
}

impl OpenstackSettings {
    /// The image a server boots; `None` where there is none of its operating system. A server whose platform was never
    /// recorded boots the image of systems not named.
    pub fn image_for(&self, platform: Option<Platform>) -> Option<&str> {
        let named = platform.and_then(|platform| {
            let own = |architecture| {
                self.images.iter().find(move |choice| {
                    choice.operating_system == platform.operating_system && choice.architecture == architecture
                })
            };
            own(Some(platform.architecture)).or_else(|| own(None))
        });
        named.map(|choice| &choice.image).or(self.image.as_ref()).map(String::as_str)
    }

    /// The volume type of a disk; `None`: the cloud's default.
    pub fn volume_type_for(&self, kind: Option<DiskKind>) -> Option<&str> {
        let named = self.volume_types.iter().find(|choice| Some(choice.kind) == kind);
        named.map(|choice| &choice.volume_type).or(self.volume_type.as_ref()).map(String::as_str)
    }

    /// 磁盘类型 of a volume of this type that was ordered as some kind: that kind where the type is its, else the kind that
    /// `volume_types` names with it. `None` of any other type, and where it was never recorded what was ordered.
    pub fn disk_kind_of(&self, volume_type: Option<&str>, ordered: Option<DiskKind>) -> Option<DiskKind> {
        let (own, ordered) = (volume_type?, ordered?);
        if self.volume_type_for(Some(ordered)) == Some(own) {
            return Some(ordered);
        }
        self.volume_types.iter().find(|choice| choice.volume_type == own).map(|choice| choice.kind)
    }

    /// Every image it names, each once.
    pub fn image_names(&self) -> Vec<&str> {
        once(self.images.iter().map(|choice| &choice.image).chain(&self.image).chain(&self.eraser_image))
    }

    /// Every volume type it names, each once.
    pub fn volume_type_names(&self) -> Vec<&str> {
        once(self.volume_types.iter().map(|choice| &choice.volume_type).chain(&self.volume_type))
    }

    /// What is wrong with them, each with the field's name below `settings`.
    pub fn findings(&self) -> Vec<Finding> {
        let texts = [
            ("region", "区域", Some(&self.region)),
            ("user", "用户", Some(&self.user)),
            ("user_domain", "用户所属域", Some(&self.user_domain)),
            ("project", "项目", Some(&self.project)),
            ("project_domain", "项目所属域", Some(&self.project_domain)),
            ("image", "镜像", self.image.as_ref()),
            ("external_network", "外部网络", self.external_network.as_ref()),
            ("volume_type", "云硬盘类型", self.volume_type.as_ref()),
            ("eraser_image", "抹除机镜像", self.eraser_image.as_ref()),
        ];
        let mut found: Vec<Finding> = texts
            .into_iter()
            .filter(|(_, _, text)| text.is_some_and(|text| !is_plain(text)))
            .map(|(field, zh, _)| not_plain(field, zh))
            .collect();
        self.images_findings(&mut found);
        let (kinds, label) = (&self.volume_types, ("volume_types", "volume_type", "云硬盘类型"));
        let kind = |choice: &VolumeTypeChoice| (choice.kind, choice.kind.zh().to_owned());
        found.extend(row_findings(label, kinds, |choice| &choice.volume_type, kind));
        let (hosts, label) = (&self.dedicated_hosts, ("dedicated_hosts", "host", "专享宿主机"));
        let host = |choice: &HostChoice| (choice.host.clone(), choice.host.clone());
        found.extend(row_findings(label, hosts, |choice| &choice.host, host));
        if self.login_key.as_ref().is_some_and(|key| ssh_key::PublicKey::from_openssh(key).is_err()) {
            let zh = "登录公钥须为一行 OpenSSH 公钥,如 ssh-ed25519 AAAA…";
            let en = "login_key is one line of an OpenSSH public key";
            found.push(Finding::error("settings.login_key", "engine.login_key", zh, en));
        }
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

    fn images_findings(&self, found: &mut Vec<Finding>) {
        if self.images.is_empty() && self.image.is_none() {
            let zh = "请填写至少一个镜像:云主机由镜像启动";
            found.push(Finding::error("settings.image", "engine.image", zh, "a server boots an image; name one"));
        }
        let about = |choice: &ImageChoice| {
            ((choice.operating_system, choice.architecture), choice.operating_system.zh().to_owned())
        };
        found.extend(row_findings(("images", "image", "镜像"), &self.images, |choice| &choice.image, about));
    }
}

/// Each row names something, and no two are about the same. `about`: what, and how it is called.
fn row_findings<T, K: PartialEq>(
    (list, field, zh): (&str, &str, &str),
    rows: &[T],
    name: impl Fn(&T) -> &str,
    about: impl Fn(&T) -> (K, String),
) -> Vec<Finding> {
    let mut found = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let field = format!("{list}[{at}].{field}");
        if !is_plain(name(row)) {
            found.push(not_plain(&field, zh));
        }
        let (same, called) = about(row);
        if rows[..at].iter().any(|other| about(other).0 == same) {
            found.push(twice(&field, &called));
        }
    }
    found
}

fn once<'a>(names: impl Iterator<Item = &'a String>) -> Vec<&'a str> {
    let mut all: Vec<&str> = names.map(String::as_str).collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn not_plain(field: &str, zh: &str) -> Finding {
    let zh = format!("{zh}须为 1–{TEXT_CHARS_MAX} 个字,不含首尾空格");
    let en = format!("{field} has 1 to {TEXT_CHARS_MAX} characters, none of them space at its ends");
    Finding::error(format!("settings.{field}"), "engine.setting", zh, en)
}

fn twice(field: &str, zh: &str) -> Finding {
    let (zh, en) = (format!("“{zh}”填写了两次"), format!("{field}: the same is named twice"));
    Finding::error(format!("settings.{field}"), "engine.setting_twice", zh, en)
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
mod tests;
