//! The template: drop-downs for what is chosen, bounds for what is counted, one row to copy.

use domain::application::form::{Architecture, DiskKind, Network, OperatingSystem, ServerRole, Tenancy, Zone};
use domain::application::size::VCPU_SIZES;
use rust_xlsxwriter::{
    Color, DataValidation, DataValidationErrorStyle, DataValidationRule, Format, FormatAlign, FormatBorder, Workbook,
    Worksheet, XlsxError,
};

use super::{Column, EXAMPLE, ROWS, SHEET};

/// Row of the head; above it the title and how to fill in.
const HEAD: u32 = 2;
const FIRST: u32 = HEAD + 2;

const NOTE: &str = "带*的列必填;有下拉的请选择,不要改动表头;每行是一组相同的服务器,最多200行;开放端口写作「443/tcp 0.0.0.0/0 门户」,多个用分号隔开;「示例」行不会被读入。";

/// The empty table.
pub fn template() -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let page = workbook.add_worksheet();
    page.set_name(SHEET)?;
    let base = || Format::new().set_font_name("宋体").set_font_size(11.0);
    page.write_string_with_format(0, 0, "服务器资源需求表(附件2-1)", &base().set_bold().set_font_size(14.0))?;
    page.write_string_with_format(1, 0, NOTE, &base().set_font_size(9.0).set_font_color(Color::RGB(0x0080_8080)))?;
    let head = base()
        .set_bold()
        .set_border(FormatBorder::Thin)
        .set_align(FormatAlign::Center)
        .set_align(FormatAlign::VerticalCenter)
        .set_text_wrap()
        .set_background_color(Color::RGB(0x00E6_F1F0));
    let grey = base().set_font_color(Color::RGB(0x0080_8080)).set_border(FormatBorder::Thin).set_text_wrap();
    for (at, column) in (0_u16..).zip(Column::ALL) {
        let star = if required(*column) { "*" } else { "" };
        page.set_column_width(at, width(*column))?;
        page.write_string_with_format(HEAD, at, format!("{}{star}", column.zh()), &head)?;
        page.write_string_with_format(HEAD + 1, at, example(*column), &grey)?;
        if let Some(rule) = rule(*column)? {
            let last = FIRST + u32::try_from(ROWS).unwrap_or(0) - 1;
            page.add_data_validation(FIRST, at, last, at, &rule)?;
        }
    }
    finish(page)?;
    workbook.save_to_buffer()
}

fn finish(page: &mut Worksheet) -> Result<(), XlsxError> {
    page.set_freeze_panes(HEAD + 1, 3)?;
    page.set_paper_size(9).set_landscape().set_print_fit_to_pages(1, 0);
    page.set_repeat_rows(HEAD, HEAD)?;
    Ok(())
}

pub(super) fn required(column: Column) -> bool {
    use Column as C;
    matches!(
        column,
        C::Role
            | C::HostName
            | C::Zone
            | C::Network
            | C::Architecture
            | C::Vcpu
            | C::Memory
            | C::OperatingSystem
            | C::SystemDisk
            | C::SystemDiskKind
            | C::Quantity
            | C::Basis
    )
}

fn width(column: Column) -> f64 {
    use Column as C;
    match column {
        C::Serial => 7.0,
        C::OperatingSystem | C::HostName => 18.0,
        C::Ports | C::Basis => 32.0,
        C::Remark => 20.0,
        _ => 12.0,
    }
}

fn example(column: Column) -> &'static str {
    use Column as C;
    match column {
        C::Serial => EXAMPLE,
        C::Role => ServerRole::App.zh(),
        C::HostName => "app-01",
        C::Tenancy => Tenancy::Shared.zh(),
        C::Zone => Zone::Private.zh(),
        C::Network => Network::Government.zh(),
        C::Architecture => Architecture::Arm.zh(),
        C::Vcpu => "4",
        C::Memory => "8",
        C::OperatingSystem => OperatingSystem::Kylin.zh(),
        C::SystemDisk => "100",
        C::SystemDiskKind | C::DataDiskAKind => DiskKind::GeneralSsd.zh(),
        C::DataDiskA => "200",
        C::DataDiskACount => "1",
        C::Quantity => "2",
        C::PublicAddress => "否",
        C::Bandwidth => "0",
        C::Basis => "按峰值200并发、单核60 TPS、目标利用率0.6测算",
        _ => "",
    }
}

/// What may be typed; the form's check says it again, with the clause.
fn rule(column: Column) -> Result<Option<DataValidation>, XlsxError> {
    use Column as C;
    let list = |words: Vec<String>| DataValidation::new().allow_list_strings(&words);
    let words = |all: Vec<&str>| all.into_iter().map(str::to_owned).collect::<Vec<String>>();
    let whole = |least, most| DataValidation::new().allow_whole_number(DataValidationRule::Between(least, most));
    let (rule, told) = match column {
        C::Role => (list(words(ServerRole::ALL.iter().map(|v| v.zh()).collect()))?, "请从下拉中选择用途"),
        C::Tenancy => (list(words(Tenancy::ALL.iter().map(|v| v.zh()).collect()))?, "请从下拉中选择类型"),
        C::Zone => (list(words(Zone::ALL.iter().map(|v| v.zh()).collect()))?, "请从下拉中选择云区"),
        C::Network => (list(words(Network::ALL.iter().map(|v| v.zh()).collect()))?, "请从下拉中选择网络区"),
        C::Architecture => (list(words(Architecture::ALL.iter().map(|v| v.zh()).collect()))?, "请从下拉中选择CPU架构"),
        C::OperatingSystem => {
            (list(words(OperatingSystem::ALL.iter().map(|v| v.zh()).collect()))?, "请从下拉中选择操作系统")
        }
        C::SystemDiskKind | C::DataDiskAKind | C::DataDiskBKind => {
            (list(words(DiskKind::ALL.iter().map(|v| v.zh()).collect()))?, "请从下拉中选择磁盘类型")
        }
        C::PublicAddress => (list(words(vec!["是", "否"]))?, "请填「是」或「否」"),
        C::Vcpu => (list(VCPU_SIZES.iter().map(u16::to_string).collect())?, "vCPU 按档位选择"),
        C::Memory => (whole(1, 512), "内存为 1–512 的整数"),
        C::SystemDisk => (whole(40, 500), "系统盘为 40–500 的整数"),
        C::DataDiskA | C::DataDiskB => (whole(10, 32_768), "数据盘为 10–32768 的整数"),
        C::DataDiskACount | C::DataDiskBCount => (whole(1, 16), "每台 1–16 块"),
        C::Quantity => (whole(1, 200), "数量为 1–200 的整数"),
        C::Bandwidth => (whole(0, 1000), "带宽为 0–1000 的整数"),
        C::Serial | C::HostName | C::Ports | C::Basis | C::Remark => return Ok(None),
    };
    let rule = rule.set_error_title("填写有误")?.set_error_message(told)?;
    Ok(Some(rule.set_error_style(DataValidationErrorStyle::Stop)))
}
