//! 专享宿主机: hosts that the servers of one case run on, and nobody else's, as host aggregates.
//!
//! The engine names the hosts that may be given. All of them lie in one aggregate that lets no project of an agency in,
//! so that no ordinary server is put there; those given to a case lie in a second one that lets its agency's project in.
//! The flavors of the case's servers ask for that second one, so that they are put nowhere else. Nova must have the
//! filters `AggregateMultiTenancyIsolation` and `AggregateInstanceExtraSpecsFilter` for it; where it has not, the first
//! server is seen to run elsewhere, is deleted again, and the step says so.

use std::collections::HashMap;

use domain::application::form::Architecture;
use domain::provisioning::{Dedicated, Desired, Observed};
use serde::Deserialize;
use serde_json::{Value, json};

use super::calls::encoded;
use super::fault::{CloudError, found, there};
use super::session::Service;
use super::{Openstack, flavor, nova};
use crate::DriverError;

/// The aggregate of all hosts that may be given.
const RESERVE: &str = "ly-dedicated";
/// Metadata by which Nova lets only these projects in.
const TENANT: &str = "filter_tenant_id";
/// Metadata that the flavors of a case's servers ask for.
const CASE: &str = "liyun_case";

/// 主机聚合 as Nova shows it.
#[derive(Clone, Debug, Deserialize)]
struct Aggregate {
    id: u64,
    name: String,
    #[serde(default)]
    hosts: Vec<String>,
    #[serde(default)]
    metadata: HashMap<String, String>,
}

/// A server on a host.
#[derive(Deserialize)]
struct Placed {
    name: String,
}

fn name_of(mark: &str) -> String {
    format!("ly-{mark}")
}

/// What a flavor of the case's servers asks Nova for.
pub(super) fn extra_spec(mark: &str) -> Value {
    json!({ format!("aggregate_instance_extra_specs:{CASE}"): mark })
}

/// 专享宿主机 of the cases of some servers, read once for all of them.
#[derive(Default)]
pub(super) struct Given {
    /// By their mark: what is on each host.
    hosts: HashMap<String, Vec<Vec<Placed>>>,
}

impl Given {
    /// Asks nothing where no server is dedicated.
    pub(super) async fn to(cloud: &Openstack, desired: &[&Desired]) -> Result<Self, DriverError> {
        let marks = desired.iter().filter_map(|one| one.dedicated).map(|hosts| hosts.mark());
        let wanted: HashMap<String, String> = marks.map(|mark| (name_of(&mark), mark)).collect();
        let mut given = Self::default();
        if wanted.is_empty() {
            return Ok(given);
        }
        for aggregate in all(cloud).await? {
            let Some(mark) = wanted.get(&aggregate.name) else { continue };
            let mut hosts = Vec::with_capacity(aggregate.hosts.len());
            for host in &aggregate.hosts {
                hosts.push(on(cloud, host).await?);
            }
            given.hosts.insert(mark.clone(), hosts);
        }
        Ok(given)
    }

    /// Adds how many the case of a server has, and how many servers of others are on them.
    pub(super) fn add_to(&self, desired: &Desired, seen: &mut Observed) {
        let Some(hosts) = desired.dedicated.and_then(|dedicated| self.hosts.get(&dedicated.mark())) else { return };
        let own = nova::name_of(desired.resource);
        let others = hosts.iter().flatten().filter(|server| server.name != own).count();
        seen.hosts = u32::try_from(hosts.len()).unwrap_or(u32::MAX);
        seen.hosts_others = u32::try_from(others).unwrap_or(u32::MAX);
    }
}

/// Keeps ordinary servers off the hosts that may be given. Once for each configuration of the engine.
pub(super) async fn reserve(cloud: &Openstack) -> Result<(), DriverError> {
    let hosts = &cloud.session().settings.dedicated_hosts;
    if hosts.is_empty() {
        return Ok(());
    }
    let keep = cloud.reserved.get_or_try_init(|| async {
        let _turn = cloud.hosts.lock().await;
        let home = cloud.session().home().token().await?.project_id.clone();
        let reserve = ensure_aggregate(cloud, RESERVE, &[(TENANT, &home)]).await?;
        for choice in hosts.iter().filter(|choice| !reserve.hosts.contains(&choice.host)) {
            add(cloud, &reserve, &choice.host).await?;
        }
        Ok(())
    });
    keep.await.copied()
}

/// Gives the case as many hosts as `hosts` says, in the project of its agency; with 0 it takes them all back. Refused
/// where too few are free, and where a server is on one that is to be taken.
pub(super) async fn set(cloud: &Openstack, project: &str, hosts: Dedicated) -> Result<(), DriverError> {
    reserve(cloud).await?;
    let _turn = cloud.hosts.lock().await;
    let (mark, wanted) = (hosts.mark(), usize::try_from(hosts.hosts).map_err(DriverError::bug)?);
    if wanted == 0 {
        return take_back(cloud, &mark).await;
    }
    let has = named(cloud, &name_of(&mark)).await?.map_or(0, |own| own.hosts.len());
    let more = free(cloud, hosts.architecture, wanted.saturating_sub(has)).await?;
    let mut own = ensure_aggregate(cloud, &name_of(&mark), &[(TENANT, project), (CASE, &mark)]).await?;
    for host in more {
        add(cloud, &own, &host).await?;
        step_back_from(cloud, &own, &host).await?;
        own.hosts.push(host);
    }
    shrink(cloud, &own, wanted).await
}

/// Takes hosts that nothing is on until `wanted` are left.
async fn shrink(cloud: &Openstack, own: &Aggregate, wanted: usize) -> Result<(), DriverError> {
    let mut left = own.hosts.len();
    for host in own.hosts.iter().rev() {
        if left > wanted && on(cloud, host).await?.is_empty() {
            remove(cloud, own, host).await?;
            left -= 1;
        }
    }
    if left == wanted {
        return Ok(());
    }
    let zh = "多出的专享宿主机上仍有云主机,不能收回;请先在云平台上迁移到其余专享宿主机";
    Err(DriverError::refused(zh, format!("{}: {left} hosts hold servers, {wanted} are paid for", own.name)))
}

async fn take_back(cloud: &Openstack, mark: &str) -> Result<(), DriverError> {
    let Some(own) = named(cloud, &name_of(mark)).await? else { return Ok(()) };
    shrink(cloud, &own, 0).await?;
    flavor::remove_of(cloud, mark).await?;
    Ok(cloud.session().home().delete(Service::Compute, &format!("/os-aggregates/{}", own.id)).await?)
}

/// Refuses a server that Nova has put on another host than those marked so.
pub(super) async fn verify(cloud: &Openstack, mark: &str, server: &str) -> Result<(), DriverError> {
    #[derive(Deserialize)]
    struct Shown {
        #[serde(rename = "OS-EXT-SRV-ATTR:host")]
        host: Option<String>,
    }
    let home = cloud.session().home();
    let placed: Shown = home.get(Service::Compute, &format!("/servers/{server}"), Some("server")).await?;
    let own = named(cloud, &name_of(mark)).await?;
    if own.zip(placed.host.as_ref()).is_some_and(|(own, host)| own.hosts.contains(host)) {
        return Ok(());
    }
    let zh = "云主机没有落在该申请的专享宿主机上;请在 Nova 调度器中启用 AggregateMultiTenancyIsolation 和 \
              AggregateInstanceExtraSpecsFilter 过滤器";
    Err(DriverError::refused(zh, format!("server {server} was put on {:?}, not on a host of its case", placed.host)))
}

/// Names of hosts that the engine may give and the cloud does not have.
pub(super) async fn unknown_hosts(cloud: &Openstack) -> Result<Vec<&str>, DriverError> {
    #[derive(Deserialize)]
    struct Computing {
        host: String,
    }
    let wanted = &cloud.session().settings.dedicated_hosts;
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let home = cloud.session().home();
    let there: Vec<Computing> =
        home.get(Service::Compute, "/os-services?binary=nova-compute", Some("services")).await?;
    let missing = wanted.iter().filter(|choice| !there.iter().any(|service| service.host == choice.host));
    Ok(missing.map(|choice| choice.host.as_str()).collect())
}

/// So many hosts of the architecture that no case has and nothing runs on.
async fn free(cloud: &Openstack, architecture: Architecture, wanted: usize) -> Result<Vec<String>, DriverError> {
    let given: Vec<Aggregate> =
        all(cloud).await?.into_iter().filter(|aggregate| aggregate.metadata.contains_key(CASE)).collect();
    let is_given = |host: &String| given.iter().any(|aggregate| aggregate.hosts.contains(host));
    let mut found = Vec::new();
    for choice in cloud.session().settings.dedicated_hosts.iter().filter(|one| one.architecture == architecture) {
        if found.len() < wanted && !is_given(&choice.host) && on(cloud, &choice.host).await?.is_empty() {
            found.push(choice.host.clone());
        }
    }
    if found.len() == wanted {
        return Ok(found);
    }
    let (kind, has) = (architecture.zh(), found.len());
    let zh = format!("云平台空闲的 {kind} 专享宿主机只有 {has} 台,还需 {wanted} 台;请在“云引擎”中补充,或先腾空");
    Err(DriverError::refused(zh, format!("{has} free dedicated hosts of {}, {wanted} needed", architecture.code())))
}

/// Another process may have given the same host at the same time: then the younger aggregate gives it up.
async fn step_back_from(cloud: &Openstack, own: &Aggregate, host: &str) -> Result<(), DriverError> {
    let rival = all(cloud).await?.into_iter().any(|other| {
        other.id < own.id && other.metadata.contains_key(CASE) && other.hosts.iter().any(|one| one == host)
    });
    if !rival {
        return Ok(());
    }
    remove(cloud, own, host).await?;
    Err(DriverError::retry("专享宿主机刚被另一申请取用,稍后继续", format!("{host} was given twice at once")))
}

/// The servers on a host, whosever they are.
async fn on(cloud: &Openstack, host: &str) -> Result<Vec<Placed>, DriverError> {
    let query = format!("all_tenants=1&host={}", encoded(host));
    Ok(cloud.session().home().list(Service::Compute, "/servers", &query, "servers").await?)
}

async fn all(cloud: &Openstack) -> Result<Vec<Aggregate>, DriverError> {
    Ok(cloud.session().home().get(Service::Compute, "/os-aggregates", Some("aggregates")).await?)
}

async fn named(cloud: &Openstack, name: &str) -> Result<Option<Aggregate>, DriverError> {
    Ok(all(cloud).await?.into_iter().find(|aggregate| aggregate.name == name))
}

/// The aggregate with these notes, made where there is none. Nova takes a name once.
async fn ensure_aggregate(cloud: &Openstack, name: &str, notes: &[(&str, &str)]) -> Result<Aggregate, DriverError> {
    let home = cloud.session().home();
    if named(cloud, name).await?.is_none() {
        let body = json!({ "aggregate": { "name": name, "availability_zone": null } });
        there(home.act(Service::Compute, "/os-aggregates", &body).await)?;
    }
    let made = named(cloud, name).await?;
    let made = made.ok_or_else(|| DriverError::retry("主机聚合未能建立,稍后继续", format!("no aggregate {name}")))?;
    if notes.iter().any(|(key, value)| made.metadata.get(*key).is_none_or(|noted| noted != value)) {
        let notes: HashMap<&str, &str> = notes.iter().copied().collect();
        act(cloud, &made, &json!({ "set_metadata": { "metadata": notes } })).await?;
    }
    Ok(made)
}

async fn add(cloud: &Openstack, aggregate: &Aggregate, host: &str) -> Result<(), DriverError> {
    // 409: it is in it already.
    Ok(there(act(cloud, aggregate, &json!({ "add_host": { "host": host } })).await)?)
}

async fn remove(cloud: &Openstack, aggregate: &Aggregate, host: &str) -> Result<(), DriverError> {
    found(act(cloud, aggregate, &json!({ "remove_host": { "host": host } })).await)?;
    Ok(())
}

async fn act(cloud: &Openstack, aggregate: &Aggregate, action: &Value) -> Result<(), CloudError> {
    let path = format!("/os-aggregates/{}/action", aggregate.id);
    cloud.session().home().act(Service::Compute, &path, action).await
}
