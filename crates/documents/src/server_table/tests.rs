use domain::application::form::{Architecture, OperatingSystem, ServerRole, Tenancy};
use rust_xlsxwriter::{Formula, Workbook};

use super::*;

/// A workbook with the template's head and these rows; a text that begins with `=` is written as a formula.
fn filled(sheet: &str, rows: impl IntoIterator<Item = Vec<&'static str>>) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let page = workbook.add_worksheet();
    page.set_name(sheet).expect("a name");
    for (at, column) in (0_u16..).zip(Column::ALL) {
        page.write_string(2, at, column.zh()).expect("written");
    }
    for (line, row) in (3_u32..).zip(rows) {
        for (at, text) in (0_u16..).zip(row) {
            let written = match (text.parse::<f64>(), text.starts_with('=')) {
                (Ok(number), _) => page.write_number(line, at, number),
                (_, true) => page.write_formula(line, at, Formula::new(text).set_result("4")),
                _ => page.write_string(line, at, text),
            };
            written.expect("written");
        }
    }
    workbook.save_to_buffer().expect("written")
}

fn good() -> Vec<&'static str> {
    vec![
        "1",
        "应用",
        "app-01",
        "专享云主机",
        "专有云",
        "政务外网区",
        "ARM(信创)",
        "4",
        "8",
        "麒麟V10",
        "100",
        "通用型SSD",
        "200",
        "超高IO",
        "2",
        "",
        "",
        "",
        "3",
        "否",
        "0",
        "443/tcp 10.0.0.0/8 门户；8443/tcp 10.1.0.0/16",
        "按峰值测算",
        "",
    ]
}

#[test]
fn annex_2_1_the_template_comes_back_empty_and_its_example_is_not_read() {
    let bytes = template().expect("written");
    let read = read(&bytes).expect("the template reads");
    assert!(read.servers.is_empty() && read.errors.is_empty(), "{:?}", read.errors);
    // The drop-downs are there, for every row a form may have.
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("an archive");
    let mut sheet = String::new();
    let mut entry = archive.by_name("xl/worksheets/sheet1.xml").expect("the sheet");
    std::io::Read::read_to_string(&mut entry, &mut sheet).expect("text");
    assert!(sheet.contains("<dataValidations count=\"") && sheet.contains("H5:H204"), "vCPU has its sizes");
    assert!(sheet.contains("麒麟V10,统信UOS 20"));
}

#[test]
fn annex_2_1_a_filled_row_becomes_a_line_of_the_form() {
    let read = read(&filled(SHEET, [good()])).expect("reads");
    assert_eq!(read.errors, []);
    let [(row, line)] = read.servers.as_slice() else { panic!("one row: {:?}", read.servers) };
    assert_eq!(*row, 4);
    assert_eq!((line.role, line.host_name.as_str()), (Some(ServerRole::App), "app-01"));
    assert_eq!(line.tenancy, Some(Tenancy::Dedicated));
    assert_eq!((line.architecture, line.vcpu, line.memory_gib), (Some(Architecture::Arm), Some(4), Some(8)));
    assert_eq!((line.operating_system, line.quantity), (Some(OperatingSystem::Kylin), Some(3)));
    assert_eq!((line.data_disks.len(), line.data_disks[0].quantity), (1, Some(2)));
    assert_eq!((line.ports.len(), line.ports[1].port, line.ports[0].purpose.as_str()), (2, Some(8443), "门户"));
}

#[test]
fn annex_2_1_faults_are_told_by_row_and_column() {
    let mut wrong = good();
    (wrong[1], wrong[7], wrong[8], wrong[18], wrong[21]) = ("网关", "四", "=A1+4", "2.5", "ssh 0.0.0.0/0");
    let mut lacking = good();
    lacking[2] = "";
    let read = read(&filled(SHEET, [good(), wrong, vec![], lacking])).expect("reads");
    let told: Vec<(u32, Column)> = read.errors.iter().map(|error| (error.row, error.column)).collect();
    use Column as C;
    assert_eq!(told, [(5, C::Role), (5, C::Vcpu), (5, C::Memory), (5, C::Quantity), (5, C::Ports), (7, C::HostName)]);
    assert!(read.errors[0].zh.contains("网关") && read.errors[0].zh.contains("应用"), "{:?}", read.errors[0]);
    assert!(read.errors[2].zh.contains("公式"));
    assert_eq!(read.servers.len(), 3, "what can be read is there to be mended on the page");
}

#[test]
fn annex_2_1_two_hundred_rows_are_read_and_the_next_is_told() {
    let read = read(&filled(SHEET, (0..201).map(|_| good()))).expect("reads");
    assert_eq!(read.servers.len(), 200);
    assert_eq!((read.errors.len(), read.errors[0].row), (1, 204));
}

#[test]
fn annex_2_1_rubbish_is_answered_fast_and_clearly() {
    let begun = std::time::Instant::now();
    assert_eq!(read(b"not a workbook").err(), Some(ReadError::NotAWorkbook));
    assert_eq!(read(&filled("Sheet1", [vec![], vec!["x"]])).map(|read| read.servers.len()), Ok(0), "the only sheet");
    let mut two = Workbook::new();
    two.add_worksheet();
    two.add_worksheet();
    assert_eq!(read(&two.save_to_buffer().expect("written")).err(), Some(ReadError::NoSheet));
    let mut other = Workbook::new();
    other.add_worksheet().write_string(0, 0, "别的表").expect("written");
    assert_eq!(read(&other.save_to_buffer().expect("written")).err(), Some(ReadError::NoHead));
    assert!(begun.elapsed().as_secs() < 5);
}

#[test]
fn annex_2_1_a_hundred_thousand_rows_and_a_bomb_are_refused_before_they_are_read() {
    let mut rubbish = Workbook::new();
    let page = rubbish.add_worksheet();
    for row in 0..100_000 {
        for column in 0..4 {
            page.write_number(row, column, f64::from(row)).expect("written");
        }
    }
    let bytes = rubbish.save_to_buffer().expect("written");
    let begun = std::time::Instant::now();
    let answer = read(&bytes).err();
    assert!(matches!(answer, Some(ReadError::TooLarge | ReadError::NoHead)), "{answer:?}");
    assert!(begun.elapsed().as_secs() < 10, "{:?}", begun.elapsed());

    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer.start_file("xl/workbook.xml", zip::write::SimpleFileOptions::default()).expect("an entry");
    std::io::Write::write_all(&mut writer, &vec![b' '; 30 * 1024 * 1024]).expect("in memory");
    let bomb = writer.finish().expect("in memory").into_inner();
    assert_eq!(read(&bomb).err(), Some(ReadError::TooLarge));
}
