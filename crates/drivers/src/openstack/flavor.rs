//! 规格类型: a private flavor for each shape, made when it is first needed. Its name is the shape.

use domain::provisioning::Shape;
use serde::Deserialize;
use serde_json::json;

use super::session::Service;
use super::{Openstack, dedicated, project};
use crate::DriverError;

#[derive(Deserialize)]
struct Flavor {
    id: String,
    name: String,
    vcpus: u16,
    ram: u32,
}

/// `liyun-2c4g`; `liyun-1c192m` where the memory is no whole number of GiB. Disks are volumes, so it names none.
pub(super) fn name_of(shape: Shape) -> String {
    let Shape { vcpu, memory_mib } = shape;
    if memory_mib.is_multiple_of(1024) {
        format!("liyun-{vcpu}c{}g", memory_mib / 1024)
    } else {
        format!("liyun-{vcpu}c{memory_mib}m")
    }
}

/// That of servers on dedicated hosts ends with the mark of those.
fn name_on(shape: Shape, hosts: Option<&str>) -> String {
    name_of(shape) + &hosts.map(|mark| format!("-{mark}")).unwrap_or_default()
}

/// The flavor's id, with leave for the project to use it. Nova takes a name once, so two that make it end with one.
pub(super) async fn ensure(
    cloud: &Openstack,
    shape: Shape,
    hosts: Option<&str>,
    project: &str,
) -> Result<String, DriverError> {
    let name = name_on(shape, hosts);
    let flavor = match find(cloud, &name).await? {
        Some(flavor) => flavor,
        None => create(cloud, &name, shape).await?,
    };
    if (flavor.vcpus, flavor.ram) != (shape.vcpu, shape.memory_mib) {
        let zh = format!("云平台上的规格类型“{name}”与其名称不符,请在云平台上改正");
        return Err(DriverError::refused(zh, format!("flavor {name} has {} vCPU, {} MiB", flavor.vcpus, flavor.ram)));
    }
    if let Some(mark) = hosts {
        // Said each time: a killed process may have made the flavor and not come to this.
        let path = format!("/flavors/{}/os-extra_specs", flavor.id);
        let body = json!({ "extra_specs": dedicated::extra_spec(mark) });
        cloud.session().home().act(Service::Compute, &path, &body).await?;
    }
    project::let_use(cloud, &flavor.id, project).await?;
    Ok(flavor.id)
}

/// Removes the flavors of servers on dedicated hosts. Servers that had one keep its figures.
pub(super) async fn remove_of(cloud: &Openstack, mark: &str) -> Result<(), DriverError> {
    let ending = format!("-{mark}");
    for flavor in all(cloud).await?.iter().filter(|flavor| flavor.name.ends_with(&ending)) {
        cloud.session().home().delete(Service::Compute, &format!("/flavors/{}", flavor.id)).await?;
    }
    Ok(())
}

async fn find(cloud: &Openstack, name: &str) -> Result<Option<Flavor>, DriverError> {
    Ok(all(cloud).await?.into_iter().find(|flavor| flavor.name == name))
}

async fn all(cloud: &Openstack) -> Result<Vec<Flavor>, DriverError> {
    Ok(cloud.session().home().list(Service::Compute, "/flavors/detail", "is_public=None", "flavors").await?)
}

async fn create(cloud: &Openstack, name: &str, shape: Shape) -> Result<Flavor, DriverError> {
    let spec = json!({
        "name": name, "vcpus": shape.vcpu, "ram": shape.memory_mib, "disk": 0, "os-flavor-access:is_public": false,
    });
    let home = cloud.session().home();
    match home.post(Service::Compute, "/flavors", &json!({ "flavor": spec }), Some("flavor")).await {
        Ok(flavor) => Ok(flavor),
        Err(error) => find(cloud, name).await?.ok_or_else(|| error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flavor_is_named_by_its_shape() {
        assert_eq!(name_of(Shape { vcpu: 2, memory_mib: 4096 }), "liyun-2c4g");
        assert_eq!(name_of(Shape { vcpu: 1, memory_mib: 192 }), "liyun-1c192m");
    }
}
