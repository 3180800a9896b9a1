//! 文件传输记录: what was done with files, read out of the words of OpenSSH's `sftp-server` (`-e -l VERBOSE`), to which the
//! jump host puts the time.
//!
//! A request and what became of it are lines of their own: `open` and `close` with the bytes that went either way, `sent
//! status` where something was refused or failed. Which way a file went is said by how it was opened. A name may hold
//! anything, so a line that is not understood says nothing; the record itself stays beside what is read out of it.

crate::terms! {
    /// 文件操作.
    pub enum FileOperation {
        Upload = "upload", "上传", "uploaded";
        Download = "download", "下载", "downloaded";
        List = "list", "查看目录", "listed";
        Remove = "remove", "删除", "removed";
        Rename = "rename", "改名", "renamed";
        MakeFolder = "make_folder", "新建目录", "made a folder";
        RemoveFolder = "remove_folder", "删除目录", "removed a folder";
        Link = "link", "建链接", "linked";
        Change = "change", "改属性", "changed its attributes";
    }
}

crate::terms! {
    /// 操作结果.
    pub enum FileOutcome {
        Done = "done", "完成", "done";
        Refused = "refused", "无权限", "not allowed";
        Failed = "failed", "失败", "failed";
        /// The session ended before the file was closed.
        Broken = "broken", "未完成", "broken off";
    }
}

/// One thing done with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileAct {
    /// Time of the jump host, `2026-03-06 10:00:00`, in the city's zone.
    pub at: String,
    pub operation: FileOperation,
    /// Empty where it was refused before it was named.
    pub path: String,
    /// The new name, where it was renamed or linked.
    pub to: Option<String>,
    /// Bytes that went; absent of what carries none, and where nobody said.
    pub bytes: Option<u64>,
    pub outcome: FileOutcome,
}

/// Characters of the time before each line, and the space behind it.
const TIME_CHARS: usize = 20;

/// Reads every act out of a record.
pub fn read(record: &str) -> Vec<FileAct> {
    let mut acts: Vec<FileAct> = Vec::new();
    // What a status in the next line speaks of: an act, or one that was refused before its file was named.
    let (mut last, mut unnamed): (Option<usize>, Option<FileOperation>) = (None, None);
    for (at, line) in record.lines().filter_map(|line| line.split_at_checked(TIME_CHARS)) {
        let at = at.trim_end();
        if let Some(status) = line.strip_prefix("sent status ") {
            let outcome = if status == "Permission denied" { FileOutcome::Refused } else { FileOutcome::Failed };
            if let Some(act) = last.take().and_then(|index| acts.get_mut(index)) {
                act.outcome = outcome;
            } else if let Some(operation) = unnamed {
                acts.push(FileAct { outcome, ..begin(at, operation, "", None) });
            }
            unnamed = None;
        } else if let Some(verb) = refusing(line) {
            last = last.or_else(|| matches!(verb, "read" | "write").then(|| acts.iter().rposition(is_open)).flatten());
            unnamed = operation_of(verb);
        } else {
            last = begun(at, line).map(|act| {
                acts.push(act);
                acts.len() - 1
            });
            unnamed = None;
            if let Some((path, bytes, whole)) = closed(line) {
                close(&mut acts, &path, bytes, whole);
            }
        }
    }
    // Of a file that was never closed nobody says how much of it went.
    acts.iter_mut().filter(|act| is_open(act) && act.bytes == Some(0)).for_each(|act| act.bytes = None);
    acts
}

/// `Refusing remove request in read-only mode`, `Refusing denylisted read request`: the request.
fn refusing(line: &str) -> Option<&str> {
    line.strip_prefix("Refusing ")?.split_once(" request")?.0.rsplit(' ').next()
}

fn operation_of(verb: &str) -> Option<FileOperation> {
    use FileOperation as O;
    Some(match verb {
        "remove" => O::Remove,
        "rename" | "posix-rename" => O::Rename,
        "mkdir" => O::MakeFolder,
        "rmdir" => O::RemoveFolder,
        "symlink" | "hardlink" => O::Link,
        "setstat" | "fsetstat" | "lsetstat" => O::Change,
        _ => return None,
    })
}

fn is_open(act: &FileAct) -> bool {
    act.bytes.is_some() && act.outcome == FileOutcome::Broken
}

fn close(acts: &mut [FileAct], path: &str, bytes: u64, whole: bool) {
    let is_it = |act: &&mut FileAct| act.path == path && act.bytes == Some(0) && act.outcome != FileOutcome::Done;
    if let Some(act) = acts.iter_mut().rev().find(is_it) {
        act.bytes = Some(bytes);
        if act.outcome == FileOutcome::Broken && whole {
            act.outcome = FileOutcome::Done;
        }
    }
}

/// `close "PATH" bytes read 6 written 0`; `forced close …` where the session ended before. Path, bytes, whether whole.
fn closed(line: &str) -> Option<(String, u64, bool)> {
    let (line, whole) = line.strip_prefix("forced ").map_or((line, true), |line| (line, false));
    let (path, rest) = line.strip_prefix("close \"")?.rsplit_once("\" bytes read ")?;
    let (read, written) = rest.split_once(" written ")?;
    Some((decoded(path), read.parse::<u64>().ok()?.max(written.parse().ok()?), whole))
}

/// An act as its request tells of it: a file is open until it is closed, all else is done unless a status says otherwise.
fn begin(at: &str, operation: FileOperation, path: &str, to: Option<&str>) -> FileAct {
    let file = matches!(operation, FileOperation::Upload | FileOperation::Download);
    FileAct {
        at: at.to_owned(),
        operation,
        path: decoded(path),
        to: to.map(decoded),
        bytes: file.then_some(0),
        outcome: if file { FileOutcome::Broken } else { FileOutcome::Done },
    }
}

/// The request a line tells of.
fn begun(at: &str, line: &str) -> Option<FileAct> {
    use FileOperation as O;
    let (words, rest) = line.split_once('"')?;
    let of = |operation, path| Some(begin(at, operation, path, None));
    match words {
        "open " => {
            let (path, flags) = rest.rsplit_once("\" flags ")?;
            of(if flags.contains("WRITE") { O::Upload } else { O::Download }, path)
        }
        "mkdir name " => of(O::MakeFolder, rest.rsplit_once("\" mode ")?.0),
        "opendir " => of(O::List, rest.strip_suffix('"')?),
        "remove name " => of(O::Remove, rest.strip_suffix('"')?),
        "rmdir name " => of(O::RemoveFolder, rest.strip_suffix('"')?),
        "set " => of(O::Change, rest.rsplit_once("\" ")?.0),
        _ => {
            let operation = operation_of(words.strip_suffix(" old ")?)?;
            let (old, new) = rest.split_once("\" new \"")?;
            Some(begin(at, operation, old, Some(new.strip_suffix('"')?)))
        }
    }
}

/// What a name was before it was written down: `\345\255\246` are bytes, `\\` is one stroke.
fn decoded(name: &str) -> String {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        match (first, after) {
            (b'\\', [b'\\', after @ ..]) => {
                bytes.push(b'\\');
                rest = after;
            }
            (b'\\', [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', after @ ..]) => {
                bytes.push((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'));
                rest = after;
            }
            _ => bytes.push(*first),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{FileOperation as O, FileOutcome as End, *};

    fn told(lines: &str) -> Vec<(O, String, Option<u64>, End)> {
        let record: String = lines.lines().map(|line| format!("2026-03-06 10:00:00 {line}\n")).collect();
        let acts = read(&record);
        assert!(acts.iter().all(|act| act.at == "2026-03-06 10:00:00"));
        acts.into_iter().map(|act| (act.operation, act.path, act.bytes, act.outcome)).collect()
    }

    /// As OpenSSH 9.2 writes it.
    #[test]
    fn annex_2_2_what_went_which_way_is_read_out_of_the_record() {
        let lines = r#"session opened for local user ops from [UNKNOWN]
received client version 3
realpath "."
lstat name "/srv/\345\255\246\347\261\215.txt"
open "/srv/\345\255\246\347\261\215.txt" flags READ mode 0666
close "/srv/\345\255\246\347\261\215.txt" bytes read 6 written 0
stat name "/srv/a \\b.txt"
sent status No such file
open "/srv/a \\b.txt" flags WRITE,CREATE,TRUNCATE mode 0644
close "/srv/a \\b.txt" bytes read 0 written 7
remove name "/srv/nothing"
sent status No such file
posix-rename old "/srv/a \\b.txt" new "/srv/b"
mkdir name "/srv/d" mode 0777
rmdir name "/srv/d"
opendir "/srv/"
closedir "/srv/"
set "/srv/b" mode 0600
session closed for local user ops from [UNKNOWN]"#;
        let path = |text: &str| text.to_owned();
        assert_eq!(
            told(lines),
            [
                (O::Download, path("/srv/学籍.txt"), Some(6), End::Done),
                (O::Upload, path(r"/srv/a \b.txt"), Some(7), End::Done),
                (O::Remove, path("/srv/nothing"), None, End::Failed),
                (O::Rename, path(r"/srv/a \b.txt"), None, End::Done),
                (O::MakeFolder, path("/srv/d"), None, End::Done),
                (O::RemoveFolder, path("/srv/d"), None, End::Done),
                (O::List, path("/srv/"), None, End::Done),
                (O::Change, path("/srv/b"), None, End::Done),
            ]
        );
        let renamed = read("2026-03-06 10:00:00 posix-rename old \"/a\" new \"/b\"\n");
        assert_eq!(renamed[0].to.as_deref(), Some("/b"));
    }

    #[test]
    fn annex_2_2_what_was_not_allowed_or_not_finished_is_said() {
        let upload = "open \"/x\" flags WRITE,CREATE mode 0644\nRefusing open request in read-only mode\nsent status Permission denied";
        assert_eq!(told(upload), [(O::Upload, "/x".to_owned(), Some(0), End::Refused)]);
        let download = "open \"/x\" flags READ mode 0666\nRefusing denylisted read request\nsent status Permission denied\n\
            close \"/x\" bytes read 0 written 0";
        assert_eq!(told(download), [(O::Download, "/x".to_owned(), Some(0), End::Refused)]);
        let broken = "open \"/x\" flags WRITE,CREATE mode 0644\nforced close \"/x\" bytes read 0 written 32768";
        assert_eq!(told(broken), [(O::Upload, "/x".to_owned(), Some(32_768), End::Broken)]);
        assert_eq!(told("open \"/x\" flags WRITE mode 0644"), [(O::Upload, "/x".to_owned(), None, End::Broken)]);
        let empty = "open \"/x\" flags WRITE mode 0644\nclose \"/x\" bytes read 0 written 0";
        assert_eq!(told(empty), [(O::Upload, "/x".to_owned(), Some(0), End::Done)], "an empty file");
    }

    #[test]
    fn annex_2_2_what_was_refused_before_it_was_named_is_told_without_a_name() {
        let lines = "received client version 3\nRefusing posix-rename request in read-only mode\n\
            Refusing lsetstat request in read-only mode\nrealpath \".\"\nlstat name \"/x\"\n\
            Refusing remove request in read-only mode\nsent status Permission denied";
        assert_eq!(told(lines), [(O::Remove, String::new(), None, End::Refused)], "what is not offered is no act");
    }

    #[test]
    fn annex_2_2_the_same_file_twice_is_two_acts() {
        let twice = "open \"/x\" flags READ mode 0666\nclose \"/x\" bytes read 5 written 0\n\
            open \"/x\" flags WRITE mode 0644\nclose \"/x\" bytes read 0 written 9";
        let bytes: Vec<_> = told(twice).into_iter().map(|(operation, _, bytes, _)| (operation, bytes)).collect();
        assert_eq!(bytes, [(O::Download, Some(5)), (O::Upload, Some(9))]);
    }

    #[test]
    fn annex_2_2_names_that_imitate_the_log_are_not_believed() {
        for odd in [
            "",
            "open",
            "open \"/x",
            "close \"/x\" bytes read many written 0",
            "open \"/x\" flags",
            "rename old \"/a\"",
        ] {
            assert_eq!(told(odd), [], "{odd}");
        }
        let quoted = "open \"/x\" flags READ mode 0666\" flags WRITE mode 0644";
        assert_eq!(told(quoted)[0].1, "/x\" flags READ mode 0666", "the last words of a line are the server's");
        assert_eq!(decoded(r"\9\4a\777\"), r"\9\4a\777\");
        assert_eq!(read("短\n"), []);
    }
}
