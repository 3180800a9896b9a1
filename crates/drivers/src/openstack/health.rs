//! 健康: what stands in the way of opening servers in this cloud, in the order in which one would look for it.

use std::time::Duration;

use domain::provisioning::{Health, Reason};
use serde::Deserialize;
use serde_json::Value;

use super::calls::encoded;
use super::fault::CloudError;
use super::server::minor;
use super::session::Service;
use super::{Openstack, dedicated, image};
use crate::DriverError;

/// Longest time for the whole look.
const LIMIT: Duration = Duration::from_secs(15);

/// Looks at everything that opening a server needs. Never fails, and ends in time.
pub(super) async fn examine(cloud: &Openstack) -> Health {
    let reasons = match tokio::time::timeout(LIMIT, reasons(cloud)).await {
        Ok(reasons) => reasons,
        Err(_) => {
            let seconds = LIMIT.as_secs();
            let zh = format!("云平台在 {seconds} 秒内没有答完检测所问");
            vec![Reason::new(zh, format!("the cloud did not answer within {seconds} s"), None)]
        }
    };
    Health::of(reasons, Vec::new())
}

async fn reasons(cloud: &Openstack) -> Vec<Reason> {
    let settings = &cloud.session().settings;
    if let Err(error) = cloud.session().home().token().await {
        return vec![of_sign_in(&error, &settings.auth_url)];
    }
    let mut found = Vec::new();
    for service in [Service::Compute, Service::Network, Service::Volume, Service::Image] {
        found.extend(of_service(cloud, service).await);
    }
    if !found.is_empty() {
        return found;
    }
    found.extend(of_rights(cloud).await);
    found.extend(of_images(cloud).await);
    found.extend(of_volume_types(cloud).await);
    found.extend(of_outside(cloud).await);
    found.extend(of_dedicated_hosts(cloud).await);
    found
}

fn of_sign_in(error: &CloudError, auth_url: &str) -> Reason {
    let probe = format!("curl -sv {auth_url}");
    match error {
        CloudError::Credentials { .. } => Reason::new(
            "云平台不接受所配置的账号口令;请在“云引擎”中更新",
            format!("{error}; enter the right ones on the engine's page"),
            Some("openstack token issue"),
        ),
        CloudError::Unreachable { .. } => Reason::new(
            format!("无法连接认证服务 {auth_url};请检查地址、网络和证书"),
            format!("cannot reach {auth_url}: {error}"),
            Some(&probe),
        ),
        other => Reason::new(
            format!("认证服务 {auth_url} 未能正常应答"),
            format!("{auth_url} does not answer as Keystone v3: {other}"),
            Some(&probe),
        ),
    }
}

/// The service is in the catalogue, answers, and knows the microversion we speak.
async fn of_service(cloud: &Openstack, service: Service) -> Option<Reason> {
    let home = cloud.session().home();
    let path = match service {
        Service::Identity => "/projects",
        Service::Compute => "/flavors?limit=1",
        Service::Network => "/networks?limit=1",
        Service::Volume => "/volumes?limit=1",
        Service::Image => "/images?limit=1",
    };
    let error = home.get::<Value>(service, path, None).await.err()?;
    let settings = &cloud.session().settings;
    let name = service.name();
    Some(match &error {
        CloudError::NoService { .. } => Reason::new(
            format!("服务目录中没有 {name} 服务(区域 {},{}接口)", settings.region, settings.interface.zh()),
            error.to_string(),
            Some(&format!("openstack endpoint list --region {} --service {name}", settings.region)),
        ),
        _ if error.status() == Some(406) => Reason::new(
            format!("{name} 服务的版本过旧,不支持 {}", service.version().unwrap_or("所需版本")),
            error.to_string(),
            None,
        ),
        _ => Reason::new(format!("{name} 服务未能正常应答"), error.to_string(), None),
    })
}

/// Making projects and quotas is for administrators.
async fn of_rights(cloud: &Openstack) -> Option<Reason> {
    let home = cloud.session().home();
    let roles: Result<Vec<Value>, CloudError> = home.list(Service::Identity, "/roles", "name=member", "roles").await;
    match roles {
        Ok(roles) if roles.is_empty() => Some(Reason::new(
            "云平台缺少 member 角色",
            "Keystone has no role named member",
            Some("openstack role create member"),
        )),
        Ok(_) => None,
        Err(error) => {
            let settings = &cloud.session().settings;
            let mend = format!("openstack role add --user {} --project {} admin", settings.user, settings.project);
            let zh = "所配置的账号不是云平台管理员,不能为使用单位建立项目";
            Some(Reason::new(zh, format!("the account is no administrator: {error}"), Some(&mend)))
        }
    }
}

async fn of_images(cloud: &Openstack) -> Vec<Reason> {
    let mut found = Vec::new();
    for name in cloud.session().settings.image_names() {
        let Err(error) = image::named(cloud, name).await else { continue };
        let mend = format!("openstack image create --public --disk-format qcow2 --file DISK.qcow2 {name}");
        let mend = matches!(error, DriverError::Refused { .. }).then_some(mend);
        found.push(Reason::new(error.zh(), error.to_string(), mend.as_deref()));
    }
    found
}

async fn of_volume_types(cloud: &Openstack) -> Vec<Reason> {
    #[derive(Deserialize)]
    struct VolumeType {
        name: String,
    }
    let wanted = cloud.session().settings.volume_type_names();
    if wanted.is_empty() {
        return Vec::new();
    }
    let listed: Result<Vec<VolumeType>, _> =
        cloud.session().home().list(Service::Volume, "/types", "is_public=None", "volume_types").await;
    let there = match listed {
        Ok(there) => there,
        Err(error) => return vec![Reason::new("无法查询云硬盘类型", error.to_string(), None)],
    };
    let missing = wanted.into_iter().filter(|name| !there.iter().any(|kind| kind.name == *name));
    let reason = |name| {
        let mend = format!("openstack volume type create {name}");
        Reason::new(format!("云平台没有云硬盘类型“{name}”"), format!("no volume type named {name:?}"), Some(&mend))
    };
    missing.map(reason).collect()
}

async fn of_outside(cloud: &Openstack) -> Option<Reason> {
    #[derive(Deserialize)]
    struct Outside {}
    let name = cloud.session().settings.external_network.as_deref()?;
    let query = format!("name={}&router:external=true", encoded(name));
    let found: Result<Vec<Outside>, _> =
        cloud.session().home().list(Service::Network, "/networks", &query, "networks").await;
    match found {
        Ok(networks) if networks.is_empty() => Some(Reason::new(
            format!("云平台没有外部网络“{name}”"),
            format!("no external network named {name:?}"),
            Some(&format!("openstack network create --external {name}")),
        )),
        Ok(_) => None,
        Err(error) => Some(Reason::new("无法查询外部网络", error.to_string(), None)),
    }
}

async fn of_dedicated_hosts(cloud: &Openstack) -> Vec<Reason> {
    let unknown = match dedicated::unknown_hosts(cloud).await {
        Ok(unknown) => unknown,
        Err(error) => return vec![Reason::new("无法查询云平台的宿主机", error.to_string(), None)],
    };
    let reason = |host: &str| {
        let mend = Some("openstack compute service list --service nova-compute");
        Reason::new(format!("云平台没有宿主机“{host}”"), format!("no compute service on a host named {host:?}"), mend)
    };
    unknown.into_iter().map(reason).collect()
}

impl Openstack {
    /// The newest microversion of compute, its minor number; asked once.
    pub(super) async fn newest_compute(&self, at: &super::calls::At<'_>) -> Result<u32, DriverError> {
        #[derive(Deserialize)]
        struct Version {
            #[serde(default)]
            version: String,
        }
        let ask = async { Ok(at.get::<Version>(Service::Compute, "/", Some("version")).await?) };
        let newest = self.newest_compute.get_or_try_init(|| async {
            let version: Result<Version, DriverError> = ask.await;
            version.map(|version| minor(&version.version))
        });
        newest.await.copied()
    }
}
