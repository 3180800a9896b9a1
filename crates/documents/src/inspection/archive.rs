//! 压缩包: read to the end under a budget. Sizes written in an archive are claims; what counts is what comes out.

use std::io::{Cursor, Read, Seek, SeekFrom};

use zip::ZipArchive;
use zip::read::ZipFile;

use super::{Format, Rejection, marking, office, pdf};

/// Entries of an archive and of all archives in it.
const ENTRIES: usize = 2_000;
/// Bytes that may come out of an archive and of all archives in it.
const UNPACKED_BYTES: u64 = 256 * 1024 * 1024;
/// An archive in an archive in an archive; a Word file counts as one.
const DEPTH: u8 = 3;
/// From this size on an entry must not unpack to more than [`RATIO`] times what it takes.
const RATIO_FROM_BYTES: u64 = 1024 * 1024;
const RATIO: u64 = 200;
/// What is kept in memory to be looked into.
const KEPT_BYTES: u64 = 52_428_800;
/// The record at the end of an archive and the longest comment behind it.
const END_BYTES: u64 = 22 + 65_535;

/// Endings of what Windows or a shell would run.
const PROGRAMS: [&str; 22] = [
    "exe", "dll", "scr", "com", "bat", "cmd", "ps1", "vbs", "vbe", "js", "jse", "wsf", "hta", "msi", "lnk", "jar",
    "apk", "sh", "docm", "xlsm", "pptm", "reg",
];

/// What may still come out of an archive.
pub struct Budget {
    entries: usize,
    bytes: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self { entries: ENTRIES, bytes: UNPACKED_BYTES }
    }
}

impl Budget {
    /// A smaller one, for files whose honest size is known.
    pub fn of(entries: usize, bytes: u64) -> Self {
        Self { entries, bytes }
    }

    fn spend(&mut self, bytes: u64) -> Result<(), Rejection> {
        self.bytes = self.bytes.checked_sub(bytes).ok_or(Rejection::Bomb)?;
        Ok(())
    }
}

/// The first bytes of a file, which say what it is.
pub(super) fn first_bytes(file: &mut (impl Read + Seek)) -> Result<[u8; 16], Rejection> {
    file.seek(SeekFrom::Start(0))?;
    let mut found = [0; 16];
    let mut at = 0;
    while at < found.len() {
        match file.read(&mut found[at..])? {
            0 => break,
            n => at += n,
        }
    }
    Ok(found)
}

pub(super) fn is_zip(found: &[u8]) -> bool {
    found.starts_with(b"PK\x03\x04")
}

/// Refuses an archive that would unpack to more than `budget`; looks at nothing else.
pub fn refuse_bomb(file: &mut (impl Read + Seek), budget: &mut Budget) -> Result<(), Rejection> {
    let mut archive = open(file, budget)?;
    for index in 0..archive.len() {
        refuse_encrypted(&mut archive, index)?;
        let mut entry = archive.by_index(index).map_err(|_| Rejection::Damaged)?;
        drain(&mut entry, budget, &mut Keep::Nothing)?;
    }
    Ok(())
}

/// Reads the archive to its end. Answers which office format it is, if any.
pub(super) fn inspect(
    file: &mut (impl Read + Seek),
    depth: u8,
    budget: &mut Budget,
) -> Result<Option<Format>, Rejection> {
    if depth > DEPTH {
        return Err(Rejection::Bomb);
    }
    let mut archive = open(file, budget)?;
    let format = format_of(&archive);
    for index in 0..archive.len() {
        refuse_encrypted(&mut archive, index)?;
        let mut entry = archive.by_index(index).map_err(|_| Rejection::Damaged)?;
        if entry.enclosed_name().is_none() {
            return Err(Rejection::Damaged);
        }
        let name = entry.name().to_owned();
        refuse_name(&name, entry.name_raw(), format)?;
        if !entry.is_dir() {
            inspect_entry(&mut entry, &name, (format, depth), budget)?;
        }
    }
    Ok(format)
}

fn refuse_encrypted<R: Read + Seek>(archive: &mut ZipArchive<R>, index: usize) -> Result<(), Rejection> {
    let entry = archive.by_index_raw(index).map_err(|_| Rejection::Damaged)?;
    if entry.encrypted() { Err(Rejection::Encrypted) } else { Ok(()) }
}

/// Opens the archive, after its own record says that it has not too many entries.
fn open<'f, R: Read + Seek>(file: &'f mut R, budget: &mut Budget) -> Result<ZipArchive<&'f mut R>, Rejection> {
    let count = declared_entries(file)?;
    budget.entries = budget.entries.checked_sub(count).ok_or(Rejection::Bomb)?;
    file.seek(SeekFrom::Start(0))?;
    let archive = ZipArchive::new(file).map_err(|_| Rejection::Damaged)?;
    // Names that stand twice are merged by the reader: then the record does not tell the truth.
    if archive.len() > count { Err(Rejection::Damaged) } else { Ok(archive) }
}

/// Number of entries by the end record; an archive that needs the 64-bit record has too many for us.
fn declared_entries(file: &mut (impl Read + Seek)) -> Result<usize, Rejection> {
    let size = file.seek(SeekFrom::End(0))?;
    let mut tail = Vec::new();
    file.seek(SeekFrom::Start(size.saturating_sub(END_BYTES)))?;
    file.by_ref().take(END_BYTES).read_to_end(&mut tail)?;
    let at = tail.windows(4).rposition(|four| four == b"PK\x05\x06").ok_or(Rejection::Damaged)?;
    match tail.get(at + 10..at + 12) {
        Some([low, high]) => match u16::from_le_bytes([*low, *high]) {
            u16::MAX => Err(Rejection::Bomb),
            count => Ok(count.into()),
        },
        _ => Err(Rejection::Damaged),
    }
}

fn format_of<R: Read + Seek>(archive: &ZipArchive<R>) -> Option<Format> {
    let has = |name: &str| archive.index_for_name(name).is_some();
    if has("OFD.xml") {
        Some(Format::Ofd)
    } else if has("[Content_Types].xml") && has("word/document.xml") {
        Some(Format::Docx)
    } else if has("[Content_Types].xml") && has("xl/workbook.xml") {
        Some(Format::Xlsx)
    } else {
        None
    }
}

/// Refuses programs and macros by their name, and names that bear a mark.
fn refuse_name(name: &str, raw: &[u8], format: Option<Format>) -> Result<(), Rejection> {
    let last = name.rsplit('/').next().unwrap_or(name);
    let extension = last.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default();
    if PROGRAMS.contains(&extension.as_str()) || last.eq_ignore_ascii_case("vbaProject.bin") {
        return Err(Rejection::Program(last.chars().take(60).collect()));
    }
    let mark = if format.is_some() { None } else { marking::in_name(last).or_else(|| marking::in_gbk_name(raw)) };
    mark.map_or(Ok(()), |mark| Err(Rejection::Marking(mark.to_owned())))
}

fn inspect_entry<R: Read>(
    entry: &mut ZipFile<'_, R>,
    name: &str,
    (format, depth): (Option<Format>, u8),
    budget: &mut Budget,
) -> Result<(), Rejection> {
    let mut keep = Keep::Undecided { text: office::holds_text(format, name), bytes: Vec::new() };
    drain(entry, budget, &mut keep)?;
    let Keep::Everything(bytes) = keep else { return Ok(()) };
    if is_zip(&bytes) {
        inspect(&mut Cursor::new(bytes), depth + 1, budget)?;
    } else if bytes.starts_with(b"%PDF-") {
        pdf::inspect(&bytes)?;
    } else if let Some(mark) = marking::in_text(&office::text_of(&bytes)) {
        return Err(Rejection::Marking(mark.to_owned()));
    }
    Ok(())
}

/// What of an entry is kept to be looked into.
enum Keep {
    Nothing,
    /// The first bytes will tell; `text` says that the name already does.
    Undecided {
        text: bool,
        bytes: Vec<u8>,
    },
    Everything(Vec<u8>),
}

impl Keep {
    fn take(&mut self, bytes: &[u8]) -> Result<(), Rejection> {
        match self {
            Self::Nothing => {}
            Self::Everything(kept) => {
                if kept.len() as u64 + bytes.len() as u64 > KEPT_BYTES {
                    return Err(Rejection::Bomb);
                }
                kept.extend_from_slice(bytes);
            }
            Self::Undecided { text, bytes: begun } => {
                begun.extend_from_slice(bytes);
                if begun.len() >= 16 {
                    refuse_program(begun)?;
                    let whole = *text || is_zip(begun) || begun.starts_with(b"%PDF-");
                    *self = if whole { Self::Everything(std::mem::take(begun)) } else { Self::Nothing };
                }
            }
        }
        Ok(())
    }

    /// An entry shorter than what tells.
    fn finish(&mut self) -> Result<(), Rejection> {
        if let Self::Undecided { text, bytes } = self {
            refuse_program(bytes)?;
            *self = if *text { Self::Everything(std::mem::take(bytes)) } else { Self::Nothing };
        }
        Ok(())
    }
}

/// Programs by their first bytes: Windows, Linux, macOS, Java; and the test mark of virus scanners.
fn refuse_program(begun: &[u8]) -> Result<(), Rejection> {
    let program = [
        (&b"MZ"[..], "Windows 程序"),
        (b"\x7fELF", "Linux 程序"),
        (b"\xcf\xfa\xed\xfe", "macOS 程序"),
        (b"\xca\xfe\xba\xbe", "Java 程序"),
        (b"#!/", "脚本"),
        (b"X5O!P%@AP", "病毒测试文件"),
    ];
    match program.iter().find(|(magic, _)| begun.starts_with(magic)) {
        Some((_, what)) => Err(Rejection::Program((*what).to_owned())),
        None => Ok(()),
    }
}

/// Reads one entry to its end, counting what comes out.
fn drain<R: Read>(entry: &mut ZipFile<'_, R>, budget: &mut Budget, keep: &mut Keep) -> Result<(), Rejection> {
    let packed = entry.compressed_size().max(1);
    let mut out = 0_u64;
    let mut buffer = [0; 64 * 1024];
    loop {
        let read = entry.read(&mut buffer).map_err(|_| Rejection::Damaged)?;
        if read == 0 {
            return keep.finish();
        }
        out += read as u64;
        budget.spend(read as u64)?;
        if out > RATIO_FROM_BYTES && out / packed > RATIO {
            return Err(Rejection::Bomb);
        }
        keep.take(&buffer[..read])?;
    }
}
