//! 附件检查: what an uploaded file really is, and whether it may be kept (A32, E21).
//!
//! The name says what a file claims to be, its first bytes what it is; both must agree. Archives are read to
//! the end under a budget, so that nothing in them is taken on trust: no bomb, no program, no secret mark.
//! Pictures and scans are not read: what stands in a picture remains its sender's word (承诺书).

use std::io::{Read, Seek, SeekFrom};

mod archive;
pub mod marking;
mod office;
mod pdf;

pub use archive::{Budget, refuse_bomb};

domain::terms! {
    /// 附件格式.
    pub enum Format {
        Pdf = "pdf", "PDF", "PDF";
        Ofd = "ofd", "OFD", "OFD";
        Docx = "docx", "Word 文档", "Word document";
        Xlsx = "xlsx", "Excel 表格", "Excel workbook";
        Jpg = "jpg", "JPG 图片", "JPEG picture";
        Png = "png", "PNG 图片", "PNG picture";
        Zip = "zip", "ZIP 压缩包", "ZIP archive";
    }
}

impl Format {
    /// The format a file name claims; `jpeg` counts as `jpg`.
    pub fn claimed(name: &str) -> Option<Self> {
        let (_, extension) = name.rsplit_once('.')?;
        match extension.to_ascii_lowercase().as_str() {
            "jpeg" => Some(Self::Jpg),
            other => other.parse().ok(),
        }
    }

    /// Content type of a download.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Ofd => "application/ofd",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Jpg => "image/jpeg",
            Self::Png => "image/png",
            Self::Zip => "application/zip",
        }
    }
}

/// Why a file is not kept.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    #[error("the file is empty")]
    Empty,
    #[error("the name is not usable")]
    Name,
    #[error("not a format that is taken, or not what its name says")]
    WrongType,
    #[error("the file is damaged")]
    Damaged,
    #[error("the archive unpacks to too much, too often or too deep")]
    Bomb,
    #[error("the content is encrypted")]
    Encrypted,
    #[error("contains a program: {0}")]
    Program(String),
    #[error("bears a mark of secrecy: {0}")]
    Marking(String),
    #[error("the file could not be read back")]
    Read(#[from] std::io::Error),
}

impl Rejection {
    /// Stable code, without its room.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "attachment.empty",
            Self::Name => "attachment.name",
            Self::WrongType => "attachment.wrong_type",
            Self::Damaged => "attachment.damaged",
            Self::Bomb => "attachment.bomb",
            Self::Encrypted => "attachment.encrypted",
            Self::Program(_) => "attachment.program",
            Self::Marking(_) => "attachment.marking",
            Self::Read(_) => "attachment.read",
        }
    }

    /// 中文, for the person who uploads.
    pub fn zh(&self) -> String {
        match self {
            Self::Empty => "文件是空的,请重新选择".into(),
            Self::Name => "文件名无法使用,请改为不超过120字的中英文名称".into(),
            Self::WrongType => "文件类型不符:只接收 pdf、ofd、docx、xlsx、jpg、png、zip,且内容须与扩展名一致".into(),
            Self::Damaged => "文件已损坏或压缩方式不支持,无法打开,请重新生成后上传".into(),
            Self::Bomb => "压缩内容过大、过多或嵌套过深,请拆分后上传".into(),
            Self::Encrypted => "文件已加密,无法检查,请取消密码后上传".into(),
            Self::Program(name) => format!("文件内含程序或宏({name}),不能上传"),
            Self::Marking(mark) => {
                format!("文件带有涉密标志「{mark}」,政务云不得存储、处理国家秘密和工作秘密,请立即核实并按保密规定处理")
            }
            Self::Read(_) => "文件未能读取,请重新上传".into(),
        }
    }
}

/// Whole name in characters, extension included.
const NAME_CHARACTERS: usize = 120;
/// Largest file that is read whole to look for text in it.
const READ_WHOLE_BYTES: u64 = 52_428_800;

/// A file name fit to be shown, stored and offered for download: its last part only, without control
/// characters, quotes, bidirectional marks and what Windows forbids; cut to 120 characters before the extension.
pub fn clean_name(name: &str) -> Result<String, Rejection> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last
        .chars()
        .filter(|c| !c.is_control() && !matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*' | '\u{feff}'))
        .filter(|c| !matches!(*c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        .collect();
    let kept = kept.trim().trim_start_matches('.');
    let (stem, extension) = kept.rsplit_once('.').ok_or(Rejection::WrongType)?;
    if stem.trim().is_empty() || extension.is_empty() || extension.len() > 8 {
        return Err(Rejection::Name);
    }
    let room = NAME_CHARACTERS - 1 - extension.chars().count();
    let stem: String = stem.trim_end().chars().take(room).collect();
    Ok(format!("{stem}.{extension}"))
}

/// Looks at the whole file. `name` as cleaned.
pub fn inspect(file: &mut (impl Read + Seek), name: &str) -> Result<Format, Rejection> {
    if let Some(mark) = marking::in_name(name) {
        return Err(Rejection::Marking(mark.to_owned()));
    }
    let claimed = Format::claimed(name).ok_or(Rejection::WrongType)?;
    let size = file.seek(SeekFrom::End(0))?;
    if size == 0 {
        return Err(Rejection::Empty);
    }
    let found = archive::first_bytes(file)?;
    match claimed {
        Format::Pdf if found.starts_with(b"%PDF-") => {
            let mut bytes = Vec::new();
            file.seek(SeekFrom::Start(0))?;
            file.take(READ_WHOLE_BYTES).read_to_end(&mut bytes)?;
            pdf::inspect(&bytes)?;
        }
        Format::Jpg if found.starts_with(&[0xff, 0xd8, 0xff]) => {}
        Format::Png if found.starts_with(b"\x89PNG\r\n\x1a\n") => {}
        Format::Docx | Format::Xlsx | Format::Ofd | Format::Zip if archive::is_zip(&found) => {
            let contents = archive::inspect(file, 1, &mut Budget::default())?;
            if claimed != Format::Zip && contents != Some(claimed) {
                return Err(Rejection::WrongType);
            }
        }
        _ => return Err(Rejection::WrongType),
    }
    Ok(claimed)
}

#[cfg(test)]
mod tests;
