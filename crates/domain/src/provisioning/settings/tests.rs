//! What an engine's settings must be, field by field.

use super::*;

fn settings() -> OpenstackSettings {
    OpenstackSettings {
        auth_url: "https://cloud.example:5000/v3".into(),
        user: "liyun".into(),
        project: "liyun".into(),
        image: Some("debian-12".into()),
        ..OpenstackSettings::default()
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
        image: Some("x".repeat(201)),
        external_network: Some(String::new()),
        eraser_image: Some("eraser ".into()),
        login_key: Some("ssh-ed25519 AAAA nothing".into()),
        ca_pem: Some("no certificate".into()),
        ..settings()
    };
    let wanted = ["region", "image", "external_network", "eraser_image", "login_key", "auth_url", "ca_pem"];
    let wanted = wanted.map(|field| format!("settings.{field}"));
    assert_eq!(fields(&bad), wanted);
}

fn choice(operating_system: OperatingSystem, architecture: Option<Architecture>, image: &str) -> ImageChoice {
    ImageChoice { operating_system, architecture, image: image.into() }
}

#[test]
fn a10_4_a_server_boots_the_image_of_its_operating_system_and_architecture() {
    use {Architecture::*, OperatingSystem::*};
    let images =
        vec![choice(Kylin, None, "kylin"), choice(Kylin, Some(Arm), "kylin-arm"), choice(Uos, Some(X86), "uos-x86")];
    let named = OpenstackSettings { images, ..settings() };
    let alone = OpenstackSettings { image: None, ..named.clone() };
    for (operating_system, architecture, image, without) in [
        (Kylin, X86, "kylin", Some("kylin")),
        (Kylin, Arm, "kylin-arm", Some("kylin-arm")),
        (Uos, X86, "uos-x86", Some("uos-x86")),
        (Uos, Arm, "debian-12", None),
        (Windows2022, X86, "debian-12", None),
    ] {
        let platform = Some(Platform { operating_system, architecture });
        assert_eq!(named.image_for(platform), Some(image), "{platform:?}");
        assert_eq!(alone.image_for(platform), without, "never another system than was approved: {platform:?}");
    }
    assert_eq!((named.image_for(None), alone.image_for(None)), (Some("debian-12"), None));
    assert_eq!(named.image_names(), ["debian-12", "kylin", "kylin-arm", "uos-x86"]);
    let with_eraser = OpenstackSettings { eraser_image: Some("eraser".into()), ..alone };
    assert_eq!(with_eraser.image_names(), ["eraser", "kylin", "kylin-arm", "uos-x86"], "looked for like the others");
    assert_eq!(with_eraser.image_for(Some(Platform { operating_system: Uos, architecture: Arm })), None);
}

#[test]
fn a_disk_is_of_the_type_of_its_kind() {
    let of = |kind, name: &str| VolumeTypeChoice { kind, volume_type: name.into() };
    let volume_types = vec![of(DiskKind::HighIo, "nvme"), of(DiskKind::Ordinary, "sata")];
    let named = OpenstackSettings { volume_types, ..settings() };
    assert_eq!(named.volume_type_for(Some(DiskKind::HighIo)), Some("nvme"));
    assert_eq!(named.volume_type_for(Some(DiskKind::FastSsd)), None, "the cloud's default");
    let with_default = OpenstackSettings { volume_type: Some("ssd".into()), ..named };
    assert_eq!(with_default.volume_type_for(Some(DiskKind::FastSsd)), Some("ssd"));
    assert_eq!(with_default.volume_type_for(None), Some("ssd"));
    let kind = |name: &str, ordered: DiskKind| with_default.disk_kind_of(Some(name), Some(ordered));
    assert_eq!(kind("nvme", DiskKind::HighIo), Some(DiskKind::HighIo));
    assert_eq!(kind("sata", DiskKind::HighIo), Some(DiskKind::Ordinary), "slower than was ordered");
    assert_eq!(kind("ssd", DiskKind::FastSsd), Some(DiskKind::FastSsd), "one type may be that of several kinds");
    assert_eq!(kind("ssd", DiskKind::HighIo), None, "which of them it is, it does not say");
    assert_eq!(with_default.disk_kind_of(Some("sata"), None), None);
}

#[test]
fn choices_are_checked_each_under_its_own_row() {
    use OperatingSystem::Kylin;
    let images =
        vec![choice(Kylin, None, "kylin"), choice(Kylin, None, "other"), choice(Kylin, Some(Architecture::Arm), " ")];
    let kinds = ["sata", "nvme"].map(|name| VolumeTypeChoice { kind: DiskKind::Ordinary, volume_type: name.into() });
    let hosts = ["node-1", "node-1", ""].map(|host| HostChoice { host: host.into(), architecture: Architecture::X86 });
    let bad = OpenstackSettings { images, volume_types: kinds.to_vec(), dedicated_hosts: hosts.to_vec(), ..settings() };
    let wanted = [
        "images[1].image",
        "images[2].image",
        "volume_types[1].volume_type",
        "dedicated_hosts[1].host",
        "dedicated_hosts[2].host",
    ];
    assert_eq!(fields(&bad), wanted.map(|field| format!("settings.{field}")));
    assert_eq!(fields(&OpenstackSettings { image: None, ..settings() }), ["settings.image"], "one at least");
}

#[test]
fn a_login_key_is_one_line_of_openssh() {
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti jump@host";
    for (text, good) in [(key, true), ("", false), ("PRIVATE KEY", false), (&key[..30], false)] {
        let settings = OpenstackSettings { login_key: Some(text.into()), ..settings() };
        assert_eq!(fields(&settings).is_empty(), good, "{text}");
    }
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
