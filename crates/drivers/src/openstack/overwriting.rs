//! 覆写脚本: what an erasing server executes, and what it says of that on its console.
//!
//! A line is believed only with the nonce of this very server, whole, and with as many bytes as the volume has at least:
//! consoles cut lines, keep those of before, and carry what others write.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

const SCRIPT: &str = include_str!("overwrite.sh");
const MARK: &str = "LIYUN-ERASE";
/// Console lines that are asked for: the script repeats itself, so what it has to say is among the last.
pub(super) const LINES_MAX: u32 = 200;

/// A volume that is to be overwritten.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Target {
    pub volume: String,
    pub size_gib: u32,
}

/// A volume that was overwritten to its end and read back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Overwritten {
    pub volume: String,
    pub bytes: u64,
}

/// What the console tells.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Not of every volume yet.
    Nothing,
    Done(Vec<Overwritten>),
    /// Of which volume, and why.
    Failed(String),
}

/// The user data of the server.
pub(super) fn script(nonce: &str, targets: &[Target]) -> String {
    let volumes: Vec<&str> = targets.iter().map(|target| target.volume.as_str()).collect();
    SCRIPT.replace("@NONCE@", nonce).replace("@VOLUMES@", &volumes.join(" "))
}

/// Reads the console of the server that was given this nonce.
pub(super) fn told(console: &str, nonce: &str, targets: &[Target]) -> Told {
    let said: HashMap<&str, (u64, &str)> = console.lines().filter_map(|line| result(line, nonce)).collect();
    let mut done = Vec::with_capacity(targets.len());
    for Target { volume, size_gib } in targets {
        match said.get(volume.as_str()) {
            None => {}
            Some((bytes, "zeros")) if *bytes >= u64::from(*size_gib) << 30 => {
                done.push(Overwritten { volume: volume.clone(), bytes: *bytes });
            }
            Some((bytes, result)) => return Told::Failed(format!("volume {volume}: {result}, {bytes} bytes")),
        }
    }
    if done.len() == targets.len() { Told::Done(done) } else { Told::Nothing }
}

/// `… LIYUN-ERASE <nonce> <volume> <bytes> <result> .`; anything else says nothing.
fn result<'a>(line: &'a str, nonce: &str) -> Option<(&'a str, (u64, &'a str))> {
    let (_, words) = line.split_once(MARK)?;
    let words: Vec<&str> = words.split_whitespace().collect();
    match words[..] {
        [own, volume, bytes, result, "."] if own == nonce => Some((volume, (bytes.parse().ok()?, result))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONCE: &str = "5f0c";

    fn targets() -> Vec<Target> {
        let of = |volume: &str, size_gib| Target { volume: volume.into(), size_gib };
        vec![of("0192a5b4-1234-7abc-8000-000000000001", 1), of("0192a5b4-9999-7abc-8000-000000000002", 2)]
    }

    fn line(nonce: &str, which: usize, rest: &str) -> String {
        format!("\r\n[   12.3] cloud-init[1]: {MARK} {nonce} {} {rest}\r\n", targets()[which].volume)
    }

    #[test]
    fn the_console_is_believed_of_each_volume_whole_and_with_its_own_nonce() {
        let (one, two) = (line(NONCE, 0, "1073741824 zeros ."), line(NONCE, 1, "2147483648 zeros ."));
        let done = |text: &str| match told(text, NONCE, &targets()) {
            Told::Done(done) => done.iter().map(|one| one.bytes).collect(),
            Told::Nothing => Vec::new(),
            Told::Failed(why) => panic!("{why}"),
        };
        assert_eq!(done(&format!("GUEST-UP\n{one}GUEST-TICK{two}{one}")), [1 << 30, 2 << 30]);
        for text in [
            String::new(),
            one.clone(),
            two.clone(),
            format!("{one}{}", line("0bad", 1, "2147483648 zeros .")),
            format!("{one}{}", line(NONCE, 1, "2147483648 zeros")),
            format!("{one}{}", line(NONCE, 1, "2147483648 ze[  9.1] random: crng init done")),
            format!("{one}{}", line(NONCE, 1, "zeros .")),
            format!("{one}\u{fffd}\0 {MARK} {NONCE}"),
            format!("{one}{}", line(NONCE, 1, "99999999999999999999999999 zeros .")),
        ] {
            assert_eq!(done(&text), [0_u64; 0], "{text:?}");
        }
    }

    #[test]
    fn a_failure_is_named_and_less_than_the_whole_disk_is_one() {
        for (which, rest) in
            [(0, "0 no-such-disk ."), (1, "2147483648 not-zeros ."), (1, "1073741824 zeros ."), (0, "5 else .")]
        {
            let text = format!("{}{}", line(NONCE, 1 - which, "9999999999 zeros ."), line(NONCE, which, rest));
            let Told::Failed(why) = told(&text, NONCE, &targets()) else { panic!("{rest} is a failure") };
            assert!(why.contains(&targets()[which].volume), "{why}");
        }
    }

    /// The script itself, on files in the place of disks.
    struct Played {
        root: tempfile::TempDir,
        targets: Vec<Target>,
    }

    impl Played {
        fn of(content: &[&[u8]]) -> Self {
            let (root, targets) = (tempfile::tempdir().unwrap(), targets());
            let file = |path: String, bytes: &[u8]| {
                let path = root.path().join(path);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, bytes).unwrap();
            };
            for (path, bytes) in
                [("dev/ttyS0", ""), ("proc/mounts", "/dev/vda / ext4 rw\n"), ("proc/sys/vm/drop_caches", "")]
            {
                file(path.into(), bytes.as_bytes());
            }
            for (at, bytes) in content.iter().enumerate() {
                file(format!("dev/vd{at}"), bytes);
                file(format!("sys/block/vd{at}/serial"), &targets[at].volume.as_bytes()[..20]);
                file(format!("sys/block/vd{at}/size"), (bytes.len() / 512).to_string().as_bytes());
            }
            Self { root, targets }
        }

        fn told(&self) -> String {
            self.told_by(|text| text)
        }

        /// Executes it, changed, until it has said once of each volume what came of it.
        fn told_by(&self, change: impl FnOnce(String) -> String) -> String {
            let root = self.root.path().to_str().unwrap();
            let mut text = script(NONCE, &self.targets);
            for place in ["/dev/", "/sys/block", "/proc/"] {
                text = text.replace(place, &format!("{root}{place}"));
            }
            // What stays is named by the system itself.
            text = text
                .replace(&format!("{root}/dev/zero"), "/dev/zero")
                .replace(&format!("2>{root}/dev/null"), "2>/dev/null");
            text = change(text.replace("tries=30", "tries=1").replace("sleep 5", "exit"));
            let path = self.root.path().join("user_data");
            std::fs::write(&path, text).unwrap();
            assert!(std::process::Command::new("sh").arg(&path).output().unwrap().status.success());
            std::fs::read_to_string(self.root.path().join("dev/ttyS0")).unwrap()
        }
    }

    #[test]
    fn the_script_overwrites_to_the_very_end_and_says_so() {
        // No whole number of MiB, so that the end is written apart.
        let content = vec![0xa5_u8; (3 << 20) + 512 * 3];
        let played = Played::of(&[&content, &content[..2 << 20]]);
        let console = played.told();
        for (at, length) in [content.len(), 2 << 20].into_iter().enumerate() {
            let after = std::fs::read(played.root.path().join(format!("dev/vd{at}"))).unwrap();
            assert!(after.len() == length && after.iter().all(|byte| *byte == 0), "disk {at}");
            assert!(console.contains(&format!("{} {length} zeros .", played.targets[at].volume)), "{console}");
        }
    }

    #[test]
    fn the_script_reads_back_what_is_there_and_not_what_it_meant_to_write() {
        let mut content = vec![0_u8; 2 << 20];
        content[(2 << 20) - 1] = 1;
        let played = Played::of(&[&content, &vec![7; 1 << 20]]);
        let console = played.told_by(|text| text.replace("dd if=", "true if="));
        for (target, length) in played.targets.iter().zip([2 << 20, 1 << 20]) {
            assert!(console.contains(&format!("{} {length} not-zeros .", target.volume)), "{console}");
        }
    }

    #[test]
    fn the_script_says_which_disk_it_does_not_find() {
        let played = Played::of(&[&[1; 1 << 20]]);
        let console = played.told();
        assert!(console.contains(&format!("{} 0 no-such-disk .", played.targets[1].volume)), "{console}");
        assert!(console.contains(&format!("{} 1048576 zeros .", played.targets[0].volume)), "{console}");
    }
}
