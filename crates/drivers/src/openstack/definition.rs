//! 云主机定义, kept on the system disk while the cloud has no server for it.
//!
//! Nova starts what it creates, and will not let go of a system disk while its server is there. So a server is first
//! only *defined*: system disk, port, and these notes in the disk's metadata. Its first start creates it in Nova with
//! all its disks at once; growing its system disk takes it back to the defined state. To the plan a defined server is
//! a stopped one, which is what it is: its data, its address and its shape are there, and nothing runs.

use std::collections::HashMap;

use domain::provisioning::{HostName, Mark, NetworkKey, ServerSpec, Shape};
use serde_json::json;

use super::calls::At;
use super::disk::{self, Volume};
use crate::DriverError;

const DEFINED: &str = "liyun_defined";
const NAME: &str = "liyun_name";
const VCPU: &str = "liyun_vcpu";
const MEMORY_MIB: &str = "liyun_memory_mib";
const MARK: &str = "liyun_mark";
const AGENCY_CODE: &str = "liyun_agency_code";
const AGENCY: &str = "liyun_agency";
const SEGMENT: &str = "liyun_segment";
const HOSTS: &str = "liyun_hosts";
/// Longest value that Nova and Cinder take, in characters.
const VALUE_CHARS_MAX: usize = 255;

/// What is needed to create the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Definition {
    pub name: HostName,
    pub agency_code: String,
    pub network: NetworkKey,
    pub shape: Shape,
    pub mark: Mark,
    /// 专享宿主机 of its case, by their mark; `None` where others share its host.
    pub hosts: Option<String>,
}

impl Definition {
    /// Of a step's specification.
    pub(super) fn of(spec: &ServerSpec) -> Self {
        let ServerSpec { name, agency_code, network, shape, mark, dedicated, .. } = spec.clone();
        Self { name, agency_code, network, shape, mark, hosts: dedicated.map(|hosts| hosts.mark()) }
    }

    /// As the notes of a system disk say, where they say that its server is defined only.
    pub(super) fn on(volume: &Volume) -> Option<Self> {
        (volume.metadata.get(DEFINED)? == "yes").then(|| Self::read(&volume.metadata))?
    }

    /// From the notes of a disk or of a server.
    pub(super) fn read(notes: &HashMap<String, String>) -> Option<Self> {
        let agency = notes.get(AGENCY)?.parse().ok()?;
        Some(Self {
            name: notes.get(NAME)?.parse().ok()?,
            agency_code: notes.get(AGENCY_CODE)?.clone(),
            network: NetworkKey { agency, segment: notes.get(SEGMENT)?.parse().ok()? },
            shape: Shape { vcpu: notes.get(VCPU)?.parse().ok()?, memory_mib: notes.get(MEMORY_MIB)?.parse().ok()? },
            mark: notes.get(MARK)?.parse().ok()?,
            hosts: notes.get(HOSTS).cloned(),
        })
    }

    /// The notes: on the disk, and on the server as well, for the supplier's engineer and for the way back.
    pub(super) fn notes(&self) -> serde_json::Value {
        let code: String = self.agency_code.chars().take(VALUE_CHARS_MAX).collect();
        let mut notes = json!({
            NAME: self.name.as_str(),
            AGENCY_CODE: code,
            AGENCY: self.network.agency.to_string(),
            SEGMENT: self.network.segment.as_str(),
            VCPU: self.shape.vcpu.to_string(),
            MEMORY_MIB: self.shape.memory_mib.to_string(),
            MARK: self.mark.code(),
        });
        if let Some(hosts) = &self.hosts {
            notes[HOSTS] = json!(hosts);
        }
        notes
    }

    /// Puts the server into the defined state.
    pub(super) async fn write(&self, at: &At<'_>, system: &Volume) -> Result<(), DriverError> {
        let mut notes = self.notes();
        notes[DEFINED] = json!("yes");
        disk::note(at, &system.id, &notes).await
    }
}

/// Ends the defined state: the server is in Nova now, or is gone.
pub(super) async fn clear(at: &At<'_>, system: &Volume) -> Result<(), DriverError> {
    if system.metadata.get(DEFINED).is_some_and(|value| value == "yes") {
        disk::note(at, &system.id, &json!({ DEFINED: "no" })).await?;
    }
    Ok(())
}

/// The note of a server's or a definition's mark.
pub(super) fn mark_note(mark: Mark) -> serde_json::Value {
    json!({ MARK: mark.code() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_is_read_as_it_was_written() {
        let shared = Definition {
            name: "web-01".parse().unwrap(),
            agency_code: "450300-测试".into(),
            network: NetworkKey {
                agency: "0192f0c1-2d3e-7f00-8000-0123456789ab".parse().unwrap(),
                segment: "private-government".parse().unwrap(),
            },
            shape: Shape { vcpu: 2, memory_mib: 4096 },
            mark: Mark::Production,
            hosts: None,
        };
        for definition in [Definition { hosts: Some("arm-1".into()), ..shared.clone() }, shared] {
            let notes: HashMap<String, String> = serde_json::from_value(definition.notes()).unwrap();
            assert_eq!(Definition::read(&notes), Some(definition));
        }
        assert_eq!(Definition::read(&HashMap::new()), None);
    }
}
