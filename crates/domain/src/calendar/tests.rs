use super::*;
use crate::regulation::Regulation;

fn day(text: &str) -> Date {
    text.parse().expect("a date")
}

fn national_only() -> Calendar {
    let rows = parse_csv(crate::regulation::GUILIN_NATIONAL_DAYS, DaySource::National).expect("well-formed");
    Calendar::new("national", rows).expect("no duplicates")
}

#[test]
fn a10_2_due_days_follow_the_guangxi_calendar() {
    let guilin = &Regulation::guilin().calendar;
    let national = national_only();
    for (from, length, in_guangxi, elsewhere) in [
        ("2024-04-10", 5, "2024-04-19", "2024-04-17"),
        ("2024-02-08", 5, "2024-02-21", "2024-02-21"),
        ("2024-09-30", 5, "2024-10-12", "2024-10-12"),
        ("2023-04-20", 5, "2023-04-28", "2023-04-26"),
        ("2022-04-01", 3, "2022-04-11", "2022-04-07"),
        ("2021-04-13", 5, "2021-04-22", "2021-04-20"),
        ("2026-04-16", 5, "2026-04-27", "2026-04-23"),
        ("2025-01-24", 5, "2025-02-07", "2025-02-07"),
        ("2025-09-30", 3, "2025-10-11", "2025-10-11"),
        ("2026-02-13", 5, "2026-02-27", "2026-02-27"),
        ("2026-01-03", 5, "2026-01-08", "2026-01-08"),
        ("2024-05-11", 3, "2024-05-15", "2024-05-15"),
        ("2024-12-31", 5, "2025-01-08", "2025-01-08"),
    ] {
        assert_eq!(guilin.add(day(from), WorkingDays(length)), Ok(day(in_guangxi)), "{from} + {length} in Guangxi");
        assert_eq!(national.add(day(from), WorkingDays(length)), Ok(day(elsewhere)), "{from} + {length} nationally");
    }
}

#[test]
fn guangxi_has_two_working_days_fewer_than_the_nation_every_year() {
    let guilin = &Regulation::guilin().calendar;
    let national = national_only();
    let count = |calendar: &Calendar, year: i16| {
        calendar.working_days_between(day(&format!("{}-12-31", year - 1)), day(&format!("{year}-12-31")))
    };
    for (year, expected) in (2020..).zip([247, 248, 247, 247, 249, 246, 246]) {
        assert_eq!(count(guilin, year), expected, "{year}");
        assert_eq!(count(&national, year), expected + 2, "{year}");
    }
}

#[test]
fn a_year_that_has_not_been_published_is_refused_and_never_guessed() {
    let guilin = &Regulation::guilin().calendar;
    assert_eq!(guilin.add(day("2026-12-30"), WorkingDays(1)), Ok(day("2026-12-31")));
    assert_eq!(guilin.add(day("2026-12-30"), WorkingDays(2)), Err(CalendarError::YearMissing { year: 2027 }));
    assert_eq!(guilin.add(day("2019-12-30"), WorkingDays(1)), Err(CalendarError::YearMissing { year: 2019 }));
    assert_eq!(guilin.first_working_day_on_or_after(day("2027-01-04")), Err(CalendarError::YearMissing { year: 2027 }));
}

#[test]
fn the_day_of_the_act_is_not_counted_and_zero_days_is_that_day() {
    let guilin = &Regulation::guilin().calendar;
    assert_eq!(guilin.add(day("2024-05-11"), WorkingDays(0)), Ok(day("2024-05-11")));
    assert_eq!(guilin.add(day("2024-05-10"), WorkingDays(1)), Ok(day("2024-05-11")), "a worked Saturday is day 1");
    assert_eq!(guilin.first_working_day_on_or_after(day("2024-05-11")), Ok(day("2024-05-11")));
    assert_eq!(guilin.first_working_day_on_or_after(day("2024-05-12")), Ok(day("2024-05-13")));
}

#[test]
fn a_stronger_source_wins_whatever_the_order_of_the_rows() {
    let row = |source, kind| DayRow { date: day("2026-04-18"), source, kind, name: "例".to_owned() };
    let national = row(DaySource::National, DayKind::Workday);
    let local = row(DaySource::Local, DayKind::Holiday);
    let exception = row(DaySource::Exception, DayKind::Workday);
    for rows in [vec![national.clone(), local.clone()], vec![local.clone(), national.clone()]] {
        assert!(!Calendar::new("t", rows).expect("built").is_working_day(day("2026-04-18")), "地方 over 国务院");
    }
    let all = Calendar::new("t", [exception, national.clone(), local]).expect("built");
    assert!(all.is_working_day(day("2026-04-18")), "手工例外 over 地方");
    assert!(matches!(Calendar::new("t", [national.clone(), national]), Err(CalendarError::Duplicate { .. })));
}

#[test]
fn days_left_are_negative_when_late_and_agree_with_adding() {
    let guilin = &Regulation::guilin().calendar;
    let due = guilin.add(day("2024-04-10"), WorkingDays(5)).expect("published");
    assert_eq!(guilin.working_days_between(day("2024-04-10"), due), 5);
    assert_eq!(guilin.working_days_between(due, due), 0);
    assert_eq!(guilin.working_days_between(day("2024-04-22"), due), -1);
    assert_eq!(
        guilin.working_days_between(day("2024-04-21"), due),
        0,
        "a Sunday after the due day is not yet a working day late"
    );
}

#[test]
fn a_faulty_file_is_refused_with_every_row_at_fault() {
    let errors = parse_csv(
        "date,kind,name\n2027-01-01,holiday,元旦\n2027-01-01,holiday,元旦\n2027-02-30,holiday,x\n2027-01-02,feast,\n2027-1-3,holiday,y\n",
        DaySource::National,
    )
    .expect_err("refused");
    let places: Vec<_> = errors.iter().map(|e| (e.row, e.column)).collect();
    assert_eq!(places, [(3, "date"), (4, "date"), (5, "kind"), (5, "name"), (6, "date")]);
    assert!(parse_csv("day,kind,name\n2027-01-01,holiday,元旦\n", DaySource::National).is_err());
    assert!(parse_csv("date,kind,name\n", DaySource::National).is_err());
    let read = parse_csv("\u{feff}date,kind,name\r\n2027-01-01,holiday,元旦\r\n", DaySource::National)
        .expect("a spreadsheet's file");
    assert_eq!(read.len(), 1);
}

#[test]
fn a_year_without_one_of_its_festivals_is_refused() {
    let rows = parse_csv(crate::regulation::GUILIN_NATIONAL_DAYS, DaySource::National).expect("well-formed");
    let years = complete_years(&rows, DaySource::National).expect("complete");
    assert_eq!(years, (2020..=2026).collect());
    let without: Vec<_> =
        rows.into_iter().filter(|row| row.date.year() != 2025 || !row.name.contains("端午")).collect();
    let errors = complete_years(&without, DaySource::National).expect_err("refused");
    assert_eq!(errors.len(), 1);
    assert!(errors[0].zh.contains("2025") && errors[0].zh.contains("端午"));
    let local = parse_csv(crate::regulation::GUILIN_LOCAL_DAYS, DaySource::Local).expect("well-formed");
    assert_eq!(complete_years(&local, DaySource::Local).map(|years| years.len()), Ok(7));
}
