//! The server as libvirt's XML: written from the desired, read back for the observed.

use std::ops::Range;

use domain::ids::ResourceId;
use domain::provisioning::{DiskId, Mark, ServerSpec, Shape};
use roxmltree::{Document, Node};

use super::guest::Boot;
use super::layout::Layout;
use super::network::{mac_of, name_of};
use crate::DriverError;

/// Namespace of our metadata in every domain.
pub const METADATA_URI: &str = "urn:liyun:resource:1";

/// The domain's name, with our id. Its UUID *is* the resource's id: libvirt itself refuses a second one.
pub fn name_of_server(resource: ResourceId) -> String {
    format!("ly-{resource}")
}

/// Text as an XML attribute or element may hold it.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\'', "&apos;").replace('"', "&quot;")
}

/// Our metadata element.
pub fn metadata(spec: &ServerSpec) -> String {
    format!(
        "<liyun:resource xmlns:liyun='{METADATA_URI}' id='{}' name='{}' agency='{}' agency_code='{}' segment='{}' \
         mark='{}'/>",
        spec.resource,
        spec.name,
        spec.network.agency,
        escaped(&spec.agency_code),
        spec.network.segment,
        spec.mark.code()
    )
}

/// The whole domain. Data disks are attached later, one by one.
pub fn domain(spec: &ServerSpec, boot: &Boot) -> String {
    let id = spec.resource;
    let Shape { vcpu, memory_mib } = spec.shape;
    let system = disk(DiskId::system_of(id), "vda");
    let console = Layout::console_inside(id);
    let cpu = if boot.hardware { "<cpu mode='host-passthrough'/>" } else { "" };
    format!(
        "<domain type='{kind}'>\n<name>{name}</name>\n<uuid>{id}</uuid>\n<title>{title}</title>\n\
         <metadata>{metadata}</metadata>\n\
         <memory unit='MiB'>{memory_mib}</memory>\n<vcpu placement='static'>{vcpu}</vcpu>\n{cpu}\n\
         <os><type arch='x86_64' machine='pc'>hvm</type><kernel>{kernel}</kernel><initrd>{initrd}</initrd>\
         <cmdline>console=ttyS0 quiet panic=-1 liyun.name={host} liyun.id={id}</cmdline></os>\n\
         <features><acpi/></features>\n<clock offset='utc'/>\n\
         <on_poweroff>destroy</on_poweroff><on_reboot>restart</on_reboot><on_crash>destroy</on_crash>\n\
         <devices>\n{system}\n\
         <interface type='network'><mac address='{mac}'/><source network='{network}'/><model type='virtio'/></interface>\n\
         <serial type='pty'><log file='{console}' append='on'/><target port='0'/></serial>\n\
         <console type='pty'><target type='serial' port='0'/></console>\n\
         <memballoon model='none'/>\n</devices>\n</domain>\n",
        kind = if boot.hardware { "kvm" } else { "qemu" },
        name = name_of_server(id),
        title = escaped(&format!("{} {}", spec.agency_code, spec.name)),
        metadata = metadata(spec),
        kernel = boot.kernel_inside,
        initrd = boot.initrd_inside,
        host = spec.name,
        mac = mac_of(id),
        network = name_of(&spec.network),
    )
}

/// One disk of a domain. The guest sees the first 20 characters of our id as its serial number.
pub fn disk(id: DiskId, target: &str) -> String {
    let serial: String = id.0.simple().to_string().chars().take(20).collect();
    format!(
        "<disk type='file' device='disk'><driver name='qemu' type='qcow2' discard='unmap'/>\
         <source file='{}'/><target dev='{target}' bus='virtio'/><serial>{serial}</serial></disk>",
        Layout::disk_inside(id)
    )
}

/// What one domain XML says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub shape: Shape,
    pub mark: Option<Mark>,
    /// Our disks, with the device the guest sees each as.
    pub disks: Vec<(DiskId, String)>,
    /// Every device in use, also of disks that are not ours.
    pub targets: Vec<String>,
    /// Whose it is, by our metadata.
    pub owner: Option<ResourceId>,
    /// The files of all disks, as libvirtd sees them, in the domain's order.
    pub files: Vec<String>,
}

/// Reads a `dumpxml`.
pub fn read(xml: &str) -> Result<Seen, DriverError> {
    let document = Document::parse(xml).map_err(DriverError::bug)?;
    let ours = document.descendants().find(|node| node.has_tag_name((METADATA_URI, "resource")));
    let mark = ours.and_then(|node| node.attribute("mark")).and_then(|mark| mark.parse().ok());
    let mut seen = Seen {
        shape: Shape {
            vcpu: u16::try_from(number(&document, "vcpu")).unwrap_or(u16::MAX),
            // libvirt always prints KiB.
            memory_mib: u32::try_from(number(&document, "memory") / 1024).unwrap_or(u32::MAX),
        },
        mark,
        disks: Vec::new(),
        targets: Vec::new(),
        owner: ours.and_then(|node| node.attribute("id")).and_then(|id| id.parse().ok()),
        files: Vec::new(),
    };
    let adopted = adopted_files(ours);
    let hardware = document.descendants().filter(|node| node.has_tag_name("disk"));
    for node in hardware.filter(|node| node.attribute("device").unwrap_or("disk") == "disk") {
        let of = |tag: &str, name: &str| child(node, tag).and_then(|found| found.attribute(name)).unwrap_or_default();
        let target = of("target", "dev").to_owned();
        let file = of("source", "file");
        let named = || adopted.iter().find(|(known, _)| known == file).map(|(_, id)| *id);
        if let Some(id) = Layout::disk_of(file).or_else(named) {
            seen.disks.push((id, target.clone()));
        }
        seen.targets.push(target);
        seen.files.push(file.to_owned());
    }
    Ok(seen)
}

/// The files that were adopted under their old names, with the id each was given.
fn adopted_files(ours: Option<Node<'_, '_>>) -> Vec<(String, DiskId)> {
    let disks = ours.into_iter().flat_map(|node| node.children().filter(|child| child.tag_name().name() == "adopted"));
    disks
        .filter_map(|node| Some((node.attribute("file")?.to_owned(), DiskId(node.attribute("id")?.parse().ok()?))))
        .collect()
}

fn child<'a, 'input>(node: Node<'a, 'input>, tag: &str) -> Option<Node<'a, 'input>> {
    node.children().find(|child| child.has_tag_name(tag))
}

fn number(document: &Document<'_>, tag: &str) -> u64 {
    let text = child(document.root_element(), tag).and_then(|node| node.text());
    text.and_then(|text| text.trim().parse().ok()).unwrap_or(0)
}

/// The same domain with another shape. One definition replaces the other whole, so a killed process cannot
/// leave new vCPUs with old memory.
pub fn reshaped(xml: &str, shape: Shape) -> Result<String, DriverError> {
    let document = Document::parse(xml).map_err(DriverError::bug)?;
    let root = document.root_element();
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    for (tag, with) in [
        ("memory", format!("<memory unit='MiB'>{}</memory>", shape.memory_mib)),
        ("currentMemory", String::new()),
        ("vcpu", format!("<vcpu placement='static'>{}</vcpu>", shape.vcpu)),
    ] {
        if let Some(node) = child(root, tag) {
            edits.push((node.range(), with));
        }
    }
    edits.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    let mut text = xml.to_owned();
    for (range, with) in edits {
        text.replace_range(range, &with);
    }
    Ok(text)
}

/// Our metadata element of a domain, with another mark. Without a prefix, as libvirt wants it: it adds its own.
pub fn remarked(xml: &str, mark: Mark) -> Result<String, DriverError> {
    let document = Document::parse(xml).map_err(DriverError::bug)?;
    let node = document.descendants().find(|node| node.has_tag_name((METADATA_URI, "resource")));
    let node = node.ok_or_else(|| {
        DriverError::refused("云主机缺少系统标识", "the server does not carry our metadata; it may not be ours")
    })?;
    let kept = node.attributes().filter(|attribute| attribute.name() != "mark");
    let kept: String = kept.map(|a| format!(" {}='{}'", a.name(), escaped(a.value()))).collect();
    let adopted = adopted_files(Some(node));
    Ok(format!("<resource{kept} mark='{}'{}", mark.code(), closing(&adopted)))
}

/// Our metadata element for a server that is adopted: as [`metadata`], without a prefix, and with its disks' files.
pub fn adopting(spec: &ServerSpec, adopted: &[(String, DiskId)]) -> String {
    let text = metadata(spec);
    let text =
        text.replacen("<liyun:resource", "<resource", 1).replacen(&format!(" xmlns:liyun='{METADATA_URI}'"), "", 1);
    format!("{}{}", text.trim_end_matches("/>"), closing(adopted))
}

fn closing(adopted: &[(String, DiskId)]) -> String {
    if adopted.is_empty() {
        return "/>".to_owned();
    }
    let disk = |(file, id): &(String, DiskId)| format!("<adopted id='{id}' file='{}'/>", escaped(file));
    format!(">{}</resource>", adopted.iter().map(disk).collect::<String>())
}

/// The next free device name, `vdb` to `vdz`.
pub fn free_target(taken: &[String]) -> Result<String, DriverError> {
    ('b'..='z')
        .map(|letter| format!("vd{letter}"))
        .find(|name| !taken.contains(name))
        .ok_or_else(|| DriverError::refused("云主机的云盘数量已达上限", "no free disk device on the server"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> ServerSpec {
        serde_json::from_value(serde_json::json!({
            "resource": "00000000-0000-0000-0000-000000000001", "name": "web-01", "agency_code": "<'&>",
            "network": {"agency": "00000000-0000-0000-0000-000000000002", "segment": "private-government"},
            "shape": {"vcpu": 2, "memory_mib": 512}, "mark": "trial",
        }))
        .unwrap()
    }

    fn boot() -> Boot {
        Boot { kernel_inside: "/k".into(), initrd_inside: "/i".into(), hardware: false }
    }

    #[test]
    fn what_is_written_reads_back_and_a_hostile_agency_code_stays_text() {
        // libvirt prints KiB, we write MiB: the one difference between what goes in and what comes out.
        let xml = domain(&spec(), &boot()).replace("<memory unit='MiB'>512", "<memory unit='KiB'>524288");
        let seen = read(&xml).unwrap();
        assert_eq!(seen.shape, spec().shape);
        assert_eq!(seen.mark, Some(Mark::Trial));
        assert_eq!(seen.disks, [(DiskId::system_of(spec().resource), "vda".to_owned())]);
    }

    #[test]
    fn a_new_shape_replaces_memory_and_vcpu_and_nothing_else() {
        let xml = domain(&spec(), &boot());
        let changed = reshaped(&xml, Shape { vcpu: 4, memory_mib: 1024 }).unwrap();
        let expected =
            xml.replace(">512<", ">1024<").replace("<vcpu placement='static'>2<", "<vcpu placement='static'>4<");
        assert_eq!(changed, expected);
    }

    #[test]
    fn a_new_mark_keeps_every_other_attribute() {
        let text = remarked(&domain(&spec(), &boot()), Mark::Production).unwrap();
        let expected = format!(
            "<resource id='{0}1' name='web-01' agency='{0}2' agency_code='&lt;&apos;&amp;&gt;' \
             segment='private-government' mark='production'/>",
            "00000000-0000-0000-0000-00000000000"
        );
        assert_eq!(text, expected);
    }

    #[test]
    fn an_adopted_server_keeps_the_files_it_was_found_with() {
        let file = "/var/lib/libvirt/images/legacy.qcow2";
        let disk = DiskId::system_of(spec().resource);
        let ours = adopting(&spec(), &[(file.to_owned(), disk)]);
        let bare = domain(&spec(), &boot()).replace(&metadata(&spec()), "").replace(&Layout::disk_inside(disk), file);
        let unowned = read(&bare).unwrap();
        assert_eq!((unowned.owner, &unowned.disks, &unowned.files), (None, &vec![], &vec![file.to_owned()]));
        // libvirt gives the prefix back that it was told beside.
        let kept = ours.replacen("<resource", &format!("<resource xmlns='{METADATA_URI}'"), 1);
        let xml = bare.replace("<metadata></metadata>", &format!("<metadata>{kept}</metadata>"));
        let seen = read(&xml).unwrap();
        assert_eq!((seen.owner, seen.disks), (Some(spec().resource), vec![(disk, "vda".to_owned())]));
        assert!(remarked(&xml, Mark::Production).unwrap().contains(file), "a new mark forgets no file");
    }

    #[test]
    fn the_next_device_skips_those_in_use() {
        let taken = ["vda", "vdb", "vdd"].map(str::to_owned);
        assert_eq!(free_target(&taken).unwrap(), "vdc");
        let all: Vec<String> = ('a'..='z').map(|letter| format!("vd{letter}")).collect();
        assert!(matches!(free_target(&all), Err(DriverError::Refused { .. })));
    }
}
