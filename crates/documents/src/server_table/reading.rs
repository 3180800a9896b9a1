//! Reading a filled-in table back: cell by cell, so that a workbook of any size costs what 200 rows cost.

use std::io::Cursor;

use calamine::{DataRef, Reader, Xlsx, XlsxError};
use domain::application::form::{DataDisk, OpenPort, ServerLine};

use super::template::required;
use super::{Column, EXAMPLE, ROWS, SHEET};
use crate::inspection::{Budget, Rejection, refuse_bomb};

/// What an honest table unpacks to at most; a hundred times what 200 rows take.
const UNPACKED_BYTES: u64 = 16 * 1024 * 1024;
const ENTRIES: usize = 200;
/// The head stands within these rows.
const HEAD_WITHIN: u32 = 10;
/// Looked at after the head, blank rows included.
const ROWS_LOOKED_AT: u32 = 2_000;
const ERRORS: usize = 100;
/// Of one cell.
const CHARACTERS: usize = 2_000;

/// Why nothing could be read at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    #[error("not an XLSX workbook")]
    NotAWorkbook,
    #[error("the workbook is far larger than 200 rows need")]
    TooLarge,
    #[error("there is no sheet of servers in the workbook")]
    NoSheet,
    #[error("the head of the table is missing")]
    NoHead,
}

impl ReadError {
    /// 中文, for the person who filled it in.
    pub fn zh(self) -> &'static str {
        match self {
            Self::NotAWorkbook => "不是有效的 xlsx 表格,请用模板填写后上传",
            Self::TooLarge => "表格过大:最多200行,请删除多余的行和工作表后上传",
            Self::NoSheet => "没有找到工作表「服务器资源需求表」,请用模板填写",
            Self::NoHead => "没有找到表头,请不要改动模板的表头",
        }
    }
}

/// One fault, where it stands in the workbook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellError {
    /// As Excel counts.
    pub row: u32,
    pub column: Column,
    pub zh: String,
    pub en: String,
}

/// What was read.
#[derive(Clone, Debug, Default)]
pub struct Read {
    /// With the row of the workbook each came from.
    pub servers: Vec<(u32, ServerLine)>,
    pub errors: Vec<CellError>,
}

impl Read {
    fn fault(&mut self, row: u32, column: Column, zh: impl Into<String>, en: impl Into<String>) {
        if self.errors.len() < ERRORS {
            self.errors.push(CellError { row: row + 1, column, zh: zh.into(), en: en.into() });
        }
    }
}

/// Reads the table out of a workbook's bytes.
pub fn read(bytes: &[u8]) -> Result<Read, ReadError> {
    refuse_bomb(&mut Cursor::new(bytes), &mut Budget::of(ENTRIES, UNPACKED_BYTES)).map_err(
        |rejection| match rejection {
            Rejection::Bomb => ReadError::TooLarge,
            _ => ReadError::NotAWorkbook,
        },
    )?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| ReadError::NotAWorkbook)?;
    let names = book.sheet_names();
    let name = names.iter().find(|name| name.trim() == SHEET).or(if names.len() == 1 { names.first() } else { None });
    let name = name.cloned().ok_or(ReadError::NoSheet)?;
    let mut cells = book.worksheet_cells_reader(&name).map_err(|_| ReadError::NotAWorkbook)?;
    let mut table = Table::default();
    loop {
        match cells.next_cell_with_formula_metadata() {
            Ok(None) => break,
            Ok(Some(cell)) => {
                if !table.take(cell.pos, &cell.value, cell.formula.is_some()) {
                    break;
                }
            }
            Err(XlsxError::Xml(_)) => return Err(ReadError::NotAWorkbook),
            Err(_) => return Err(ReadError::NotAWorkbook),
        }
    }
    table.finish()
}

/// The table as it comes in, row by row.
#[derive(Default)]
struct Table {
    /// Column of the form by column of the sheet, once the head was met.
    head: Option<(u32, Vec<(u32, Column)>)>,
    /// Cells of the row being read.
    row: u32,
    cells: Vec<(u32, String, bool)>,
    read: Read,
    full: bool,
}

impl Table {
    /// Takes one cell; false where no more need be read.
    fn take(&mut self, (row, column): (u32, u32), value: &DataRef<'_>, formula: bool) -> bool {
        if row != self.row {
            self.end_row();
            self.row = row;
        }
        if self.full || self.is_past(row) {
            return false;
        }
        let text = text_of(value);
        if (!text.is_empty() || formula) && self.cells.len() < 256 {
            self.cells.push((column, text, formula));
        }
        true
    }

    fn is_past(&self, row: u32) -> bool {
        match &self.head {
            None => row > HEAD_WITHIN,
            Some((head, _)) => row > head + ROWS_LOOKED_AT,
        }
    }

    fn end_row(&mut self) {
        let cells = std::mem::take(&mut self.cells);
        if cells.is_empty() {
            return;
        }
        let Some((_, columns)) = &self.head else {
            self.head = head(&cells).map(|columns| (self.row, columns));
            return;
        };
        let filled = Filled { columns, cells: &cells };
        if filled.is_example_or_blank() {
            return;
        }
        if self.read.servers.len() == ROWS {
            self.full = true;
            self.read.fault(
                self.row,
                Column::Serial,
                "最多200行,其后的行未读入",
                "at most 200 rows; the rest was not read",
            );
            return;
        }
        let line = filled.line(self.row, &mut self.read);
        self.read.servers.push((self.row + 1, line));
    }

    fn finish(mut self) -> Result<Read, ReadError> {
        self.end_row();
        if self.head.is_none() { Err(ReadError::NoHead) } else { Ok(self.read) }
    }
}

/// The columns of a head: it names at least the required ones.
fn head(cells: &[(u32, String, bool)]) -> Option<Vec<(u32, Column)>> {
    // Full-width brackets and blanks are how one types them in Chinese.
    let bare =
        |text: &str| text.replace(['*', ' ', '\n', '\u{3000}'], "").replace('\u{ff08}', "(").replace('\u{ff09}', ")");
    let columns: Vec<(u32, Column)> = cells
        .iter()
        .filter_map(|(at, text, _)| {
            let column = Column::ALL.iter().copied().find(|column| bare(column.zh()) == bare(text))?;
            Some((*at, column))
        })
        .collect();
    let complete = Column::ALL
        .iter()
        .filter(|column| required(**column))
        .all(|wanted| columns.iter().any(|(_, there)| there == wanted));
    complete.then_some(columns)
}

/// One row under the head.
struct Filled<'a> {
    columns: &'a [(u32, Column)],
    cells: &'a [(u32, String, bool)],
}

impl Filled<'_> {
    fn cell(&self, wanted: Column) -> Option<(&str, bool)> {
        let (at, _) = self.columns.iter().find(|(_, column)| *column == wanted)?;
        self.cells.iter().find(|(column, _, _)| column == at).map(|(_, text, formula)| (text.as_str(), *formula))
    }

    /// A row with nothing but its number counts as blank.
    fn is_example_or_blank(&self) -> bool {
        if self.cell(Column::Serial).is_some_and(|(text, _)| text == EXAMPLE) {
            return true;
        }
        Column::ALL.iter().filter(|column| **column != Column::Serial).all(|column| self.cell(*column).is_none())
    }

    fn line(&self, row: u32, read: &mut Read) -> ServerLine {
        use Column as C;
        ServerLine {
            role: self.choice(row, C::Role, read),
            host_name: self.text(row, C::HostName, read),
            // The table asks for servers that are to be made; one that is adopted is named in the form.
            external_name: String::new(),
            tenancy: self.choice(row, C::Tenancy, read),
            zone: self.choice(row, C::Zone, read),
            network: self.choice(row, C::Network, read),
            architecture: self.choice(row, C::Architecture, read),
            vcpu: self.number(row, C::Vcpu, read),
            memory_gib: self.number(row, C::Memory, read),
            operating_system: self.choice(row, C::OperatingSystem, read),
            system_disk_gib: self.number(row, C::SystemDisk, read),
            system_disk_kind: self.choice(row, C::SystemDiskKind, read),
            data_disks: [
                (C::DataDiskA, C::DataDiskAKind, C::DataDiskACount),
                (C::DataDiskB, C::DataDiskBKind, C::DataDiskBCount),
            ]
            .into_iter()
            .filter_map(|columns| self.disk(row, columns, read))
            .collect(),
            quantity: self.number(row, C::Quantity, read),
            public_address: self.flag(row, C::PublicAddress, read),
            bandwidth_mbps: self.number(row, C::Bandwidth, read),
            ports: self.ports(row, read),
            basis: self.text(row, C::Basis, read),
            remark: self.text(row, C::Remark, read),
        }
    }

    /// The text of a cell; a formula is told and not taken, since its shown value may be anything.
    fn text(&self, row: u32, column: Column, read: &mut Read) -> String {
        match self.cell(column) {
            Some((_, true)) => {
                read.fault(row, column, "不能是公式,请粘贴为数值", "a formula; paste it as a value");
                String::new()
            }
            Some((text, false)) => text.to_owned(),
            None => {
                if required(column) {
                    read.fault(row, column, "必填", "required");
                }
                String::new()
            }
        }
    }

    fn number(&self, row: u32, column: Column, read: &mut Read) -> Option<u16> {
        let text = self.text(row, column, read);
        if text.is_empty() {
            return None;
        }
        let number = text.parse().ok();
        if number.is_none() {
            read.fault(
                row,
                column,
                format!("「{}」应为 0–65535 的整数", short(&text)),
                "a whole number from 0 to 65535",
            );
        }
        number
    }

    fn flag(&self, row: u32, column: Column, read: &mut Read) -> bool {
        let text = self.text(row, column, read);
        match text.as_str() {
            "是" | "有" | "Y" | "y" | "TRUE" => true,
            "" | "否" | "无" | "N" | "n" | "FALSE" => false,
            other => {
                read.fault(row, column, format!("「{}」应为「是」或「否」", short(other)), "yes or no");
                false
            }
        }
    }

    fn choice<T: Choice>(&self, row: u32, column: Column, read: &mut Read) -> Option<T> {
        let text = self.text(row, column, read);
        if text.is_empty() {
            return None;
        }
        let found = T::find(&text);
        if found.is_none() {
            let offered = T::offered().join("、");
            read.fault(row, column, format!("「{}」不在可选范围:{offered}", short(&text)), "not one of the choices");
        }
        found
    }

    fn disk(&self, row: u32, (size, kind, count): (Column, Column, Column), read: &mut Read) -> Option<DataDisk> {
        if [size, kind, count].iter().all(|column| self.cell(*column).is_none()) {
            return None;
        }
        let disk = DataDisk {
            size_gib: self.number(row, size, read),
            kind: self.choice(row, kind, read),
            quantity: self.number(row, count, read).or(Some(1)),
        };
        if disk.size_gib.is_none() {
            read.fault(row, size, "填了数据盘的类型或块数,须填容量", "a data disk needs its size");
        }
        Some(disk)
    }

    /// `443/tcp 0.0.0.0/0 门户; 8443/tcp 10.0.0.0/8`.
    fn ports(&self, row: u32, read: &mut Read) -> Vec<OpenPort> {
        let text = self.text(row, Column::Ports, read);
        let mut ports = Vec::new();
        for part in text.split([';', '\u{ff1b}', '\n']).map(str::trim).filter(|part| !part.is_empty()) {
            let mut words = part.split_whitespace();
            let (number, protocol) = words.next().and_then(|word| word.split_once('/')).unwrap_or((part, ""));
            match (number.trim().parse().ok(), protocol.to_ascii_lowercase()) {
                (Some(port), protocol) if protocol == "tcp" || protocol == "udp" => ports.push(OpenPort {
                    port: Some(port),
                    protocol,
                    source: words.next().unwrap_or_default().to_owned(),
                    purpose: words.collect::<Vec<_>>().join(" "),
                }),
                _ => read.fault(
                    row,
                    Column::Ports,
                    format!("「{}」应写作「443/tcp 来源 用途」", short(part)),
                    "write port/protocol, source, purpose",
                ),
            }
        }
        ports
    }
}

/// A closed list of words.
trait Choice: Copy + 'static {
    fn find(text: &str) -> Option<Self>;
    fn offered() -> Vec<&'static str>;
}

macro_rules! choices {
    ($($name:ident),*) => {
        $(impl Choice for domain::application::form::$name {
            fn find(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.zh().eq_ignore_ascii_case(text) || value.code() == text)
            }
            fn offered() -> Vec<&'static str> {
                Self::ALL.iter().map(|value| value.zh()).collect()
            }
        })*
    };
}
choices!(ServerRole, Tenancy, Zone, Network, Architecture, OperatingSystem, DiskKind);

fn text_of(value: &DataRef<'_>) -> String {
    let text = match value {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(value) => if *value { "是" } else { "否" }.to_owned(),
        DataRef::DateTime(_) | DataRef::Error(_) => "#".to_owned(),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Empty => String::new(),
    };
    text.trim().trim_start_matches('\'').chars().filter(|c| !c.is_control() || *c == '\n').take(CHARACTERS).collect()
}

/// For showing in a message.
fn short(text: &str) -> String {
    text.chars().take(20).collect()
}
