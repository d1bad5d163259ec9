use super::*;
use crate::time::{DAY, HOUR, MINUTE, SECOND};
use proptest::prelude::*;

fn format(text: &str) -> StampFormat {
    text.parse().unwrap()
}

/// What a text says in a format: date, time of day in seconds, zone.
fn read(as_format: &str, text: &str) -> Option<String> {
    format(as_format)
        .read(text.as_bytes())
        .map(|stamp| match stamp {
            WrittenTime::Instant(instant) => instant.to_string(),
            WrittenTime::Clock { date, time, zone } => {
                let zone = match zone {
                    StampZone::Unsaid => String::new(),
                    StampZone::Offset(offset) => format!(" {:+}", offset.nanos() / MINUTE.nanos()),
                    StampZone::Word(word) => format!(" {word}"),
                    StampZone::Again => " again".to_owned(),
                };
                format!("{date} {time}{zone}")
            }
        })
}

#[test]
fn times_are_read_as_their_format_says_and_in_no_other_way() {
    let time = |hour: i64, minute: i64| (hour * HOUR + minute * MINUTE).to_string();
    let at = |date: &str, hour, minute| Some(format!("{date} {}", time(hour, minute)));
    for (as_format, text, expected) in [
        ("%d.%m.%Y %H:%M", "1.2.2024 7:05", at("2024-02-01", 7, 5)),
        ("%d.%m.%y %H:%M", "01.02.24 07:05", at("2024-02-01", 7, 5)),
        ("%m/%d/%Y %H:%M", "4/3/2019 23:50", at("2019-04-03", 23, 50)),
        ("%m/%d/%Y %H:%M", "13/3/2019 23:50", None),
        ("%m/%d/%Y %H:%M", "4/3/19 23:50", None),
        ("%m/%d/%Y %H:%M", "4/3/2019 23:50:00", None),
        ("%m/%d/%Y %H:%M", "4/3/2019", None),
        (
            "%m/%d/%Y %I:%M:%S %p",
            "01/15/2026 11:10:00 PM",
            at("2026-01-15", 23, 10),
        ),
        (
            "%m/%d/%Y %I:%M:%S %p",
            "01/16/2026 12:10:00 AM",
            at("2026-01-16", 0, 10),
        ),
        ("%m/%d/%Y %I:%M:%S %p", "01/16/2026 13:10:00 AM", None),
        (
            "%Y/%m/%d %p %I:%M",
            "2026/1/16 下午 3:05",
            at("2026-01-16", 15, 5),
        ),
        (
            "%Y/%m/%d %p%I:%M",
            "2026/1/16 上午12:05",
            at("2026-01-16", 0, 5),
        ),
        ("%EY/%m/%d %H:%M", "115/1/16 15:05", at("2026-01-16", 15, 5)),
        (
            "民國%EY年%m月%d日 %H:%M",
            "民國115年1月16日 15:05",
            at("2026-01-16", 15, 5),
        ),
        ("%d-%b-%y %H:%M", "16-Jan-26 15:05", at("2026-01-16", 15, 5)),
        (
            "%d. %B %Y %H:%M",
            "16. März 2026 15:05",
            at("2026-03-16", 15, 5),
        ),
        (
            "%a %d %b %Y %R",
            "Fri 16 Jan 2026 15:05",
            at("2026-01-16", 15, 5),
        ),
        ("%Y%m%d%H%M", "202601161505", at("2026-01-16", 15, 5)),
        ("%Y-%m-%d", "2026-01-16", at("2026-01-16", 0, 0)),
        ("%F %T", "2026-01-16  15:05:00", at("2026-01-16", 15, 5)),
        (
            "%F %R",
            "２０２６-０１-１６　１５：０５",
            at("2026-01-16", 15, 5),
        ),
        ("%F %R", "2026-01-16 24:00", at("2026-01-16", 24, 0)),
        ("%F %R", "2026-01-16 24:15", None),
        ("%F %R", "2026-02-30 00:15", None),
        ("%F %R", "1926-01-16 00:15", None),
        ("%F %R", "2026-01-16 00:60", None),
        ("iso", "2021-12-02T23:30", at("2021-12-02", 23, 30)),
        ("iso", "2021-12-02 23:30:00.000", at("2021-12-02", 23, 30)),
        ("iso", "2021-12-02", at("2021-12-02", 0, 0)),
        ("iso", "2021-12-2 23:30", None),
        ("iso", "02.12.2021 23:30", None),
        ("excel", "45964.91666666666", at("2025-11-03", 22, 0)),
        ("excel", "45964,5", at("2025-11-03", 12, 0)),
        ("excel", "45432.010417", at("2024-05-20", 0, 15)),
        ("excel", "45432.02083", at("2024-05-20", 0, 30)),
        ("excel", "12", None),
        ("%Y%m%d %H%M", "20240520 0", at("2024-05-20", 0, 0)),
        ("%Y%m%d %H%M", "20240520 45", at("2024-05-20", 0, 45)),
        ("%Y%m%d %H%M", "20240520 100", at("2024-05-20", 1, 0)),
        ("%Y%m%d %H%M", "20240520 2345", at("2024-05-20", 23, 45)),
        ("%Y%m%d %H%M", "20240520 2400", at("2024-05-20", 24, 0)),
        ("%Y%m%d %H%M", "20240520 60", None),
        (
            "%Y%m%d %H",
            "20240520 02X",
            at("2024-05-20", 2, 0).map(|at| at + " again"),
        ),
        ("%Y%m%d %H", "20240520 02Y", None),
        ("%Y%m%d %H:%M", "20240520 02:00X", None),
    ] {
        assert_eq!(read(as_format, text), expected, "{as_format}: {text}");
    }
    let with = |zone: &str| Some(format!("2021-12-02 {}{zone}", time(23, 30)));
    for (as_format, text, expected) in [
        ("iso", "2021-12-02T23:30:00Z", with(" +0")),
        ("iso", "2021-12-02T23:30+01:00", with(" +60")),
        ("iso", "2021-12-02T23:30 -0545", with(" -345")),
        ("iso", "2021-12-02T23:30+01:00:00", None),
        ("%F %R %z", "2021-12-02 23:30 +01", with(" +60")),
        ("%F %R %Z", "2021-12-02 23:30 CEST", with(" CEST")),
        ("%F %R %Z", "2021-12-02 23:30", None),
    ] {
        assert_eq!(read(as_format, text), expected, "{as_format}: {text}");
    }
    for (as_format, text, expected) in [
        ("epoch_s", "1735689600", Some("2025-01-01T00:00:00Z")),
        ("epoch_s", "1735689600.5", Some("2025-01-01T00:00:00.5Z")),
        ("epoch_ms", "1704096000000.0", Some("2024-01-01T08:00:00Z")),
        ("epoch_s", "1704096000000", None),
        ("epoch_ms", "1.7040960E+12", None),
        ("epoch_s", "-5", None),
    ] {
        assert_eq!(
            read(as_format, text).as_deref(),
            expected,
            "{as_format}: {text}"
        );
    }
}

#[test]
fn dates_of_a_sheet_are_read_with_a_time_of_day_in_one_cell_or_two() {
    let at = |time: crate::time::Span| Some(format!("2025-11-03 {time}"));
    for (text, expected) in [
        ("2025-11-03 22:00:00", at(22 * HOUR)),
        (
            "2025-11-03 22:00:00.250",
            at(22 * HOUR + 250 * crate::time::MILLISECOND),
        ),
        ("2025-11-03 00:00:00 22:00:00", at(22 * HOUR)),
        ("2025-11-03 00:00:00 22:15", at(22 * HOUR + 15 * MINUTE)),
        ("2025-11-03 01:00:00 22:00:00", None),
        ("2025-11-03", None),
        ("2025-11-03T22:00:00", None),
        ("2025-11-03 22:00:00 +01:00", None),
        ("45964.9166", None),
    ] {
        assert_eq!(read("sheet", text), expected, "{text}");
    }
}

#[test]
fn a_format_that_leaves_something_open_is_refused() {
    for (text, expected) in [
        ("%d.%m. %H:%M", "has no word for a year"),
        ("%Y %H:%M", "has no word for a month"),
        ("%F %I:%M", "has %I, the hour of half a day"),
        ("%F %q", "has the word %q, which is none"),
        ("%F %M", "none for the part before it"),
        ("%F %R %H", "more than one word for an hour"),
        ("%F %R:%f", "has %f"),
        ("%F %", "ends in a %"),
        ("", "has no word for a year"),
    ] {
        let error = text.parse::<StampFormat>().unwrap_err();
        assert!(error.contains(expected), "{text}: {error}");
    }
    assert_eq!(format("%-d/%-m/%Y"), format("%d/%m/%Y"));
}

#[test]
fn day_and_month_in_each_others_place_are_known_where_only_that_makes_a_date() {
    let american = format("%m/%d/%Y %H:%M");
    for (text, expected) in [
        ("25/12/2024 00:00", true),
        ("12/25/2024 00:00", false),
        ("25/25/2024 00:00", false),
        ("31/02/2024 00:00", false),
        ("25/12/2024", false),
        ("no", false),
    ] {
        assert_eq!(american.is_exchanged(text.as_bytes()), expected, "{text}");
    }
    assert!(!format("iso").is_exchanged(b"2024-25-12"));
}

#[test]
fn the_order_of_a_date_is_that_of_its_words() {
    for (text, expected) in [
        ("%Y-%m-%d", DateOrder::YearMonthDay),
        ("%y-%m-%d", DateOrder::ShortYearMonthDay),
        ("%d.%m.%Y", DateOrder::DayMonthYear),
        ("%b %d, %Y", DateOrder::MonthDayYear),
        ("iso", DateOrder::YearMonthDay),
    ] {
        assert_eq!(format(text).date_order(), expected, "{text}");
    }
}

/// A format of words that jiff knows too, made of a date, a time and what stands between them.
fn any_format() -> impl Strategy<Value = String> {
    let sign = prop::sample::select(vec!["/", "-", ".", " "]);
    let year = prop::sample::select(vec!["%Y", "%y"]);
    let month = prop::sample::select(vec!["%m", "%b", "%B", "%-m"]);
    let day = prop::sample::select(vec!["%d", "%-d", "%e"]);
    let time = prop::sample::select(vec![
        "",
        " %H:%M",
        " %H:%M:%S",
        "T%H:%M:%S",
        " %I:%M %p",
        " %I:%M:%S%p",
        " %T",
        " %R",
        ", %H.%M",
    ]);
    (sign, year, month, day, 0..3_u8, time).prop_map(|(sign, year, month, day, order, time)| {
        let date = match order {
            0 => [year, month, day],
            1 => [day, month, year],
            _ => [month, day, year],
        };
        format!("{}{time}", date.join(sign))
    })
}

proptest! {
    #[test]
    fn texts_are_read_as_jiff_reads_them(as_format in any_format(), second in 0..2_000_000_000_i64) {
        let at = jiff::tz::TimeZone::UTC.to_datetime(jiff::Timestamp::from_second(second).unwrap());
        let text = at.strftime(&as_format).to_string();
        let (theirs, time) = match jiff::civil::DateTime::strptime(&as_format, &text) {
            Ok(theirs) => (theirs.date(), theirs.time()),
            Err(_) => (jiff::civil::Date::strptime(&as_format, &text).unwrap(), jiff::civil::Time::midnight()),
        };
        let Some(WrittenTime::Clock { date, time: since, zone: StampZone::Unsaid }) = format(&as_format).read(text.as_bytes()) else {
            return Err(TestCaseError::fail(format!("{as_format} does not read {text}")));
        };
        prop_assert_eq!(date, theirs);
        let seconds = i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second());
        prop_assert_eq!(since, seconds * SECOND);
        prop_assert!(since < DAY);
    }

    #[test]
    fn no_text_and_no_format_is_too_odd(as_format in "[%YymdHIMSpfzZEFT:/. -]{0,12}", text in "[0-9:/. APMZ+年上午-]{0,20}") {
        if let Ok(odd) = as_format.parse::<StampFormat>() {
            odd.read(text.as_bytes());
            odd.is_exchanged(text.as_bytes());
        }
        for word in ["iso", "epoch_s", "epoch_ms", "excel"] {
            format(word).read(text.as_bytes());
        }
    }
}

proptest! {
    #[test]
    fn a_text_with_all_its_digits_is_read_as_part_by_part(
        (as_format, written) in prop::sample::select(vec![
            ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S"),
            ("%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M"),
            ("%Y%m%d%H", "%Y%m%d%H"),
            ("%m/%d/%Y", "%m/%d/%Y"),
            ("iso", "%Y-%m-%d %H:%M:%S"),
            ("iso", "%Y-%m-%dT%H:%M"),
            ("sheet", "%Y-%m-%d %H:%M:%S"),
        ]),
        second in 0..7_000_000_000_i64,
        at in 0..30_usize,
        other in "[0-9:. -]?",
    ) {
        let time = jiff::Timestamp::from_second(second).unwrap();
        let mut text = jiff::tz::TimeZone::UTC.to_datetime(time).strftime(written).to_string();
        let is_changed = at < text.len();
        if is_changed {
            text.replace_range(at..=at, &other);
        }
        let format = format(as_format);
        if let Some((date, time)) = format.at_a_glance(text.as_bytes()) {
            let zone = StampZone::Unsaid;
            prop_assert_eq!(format.read(text.as_bytes()), Some(WrittenTime::Clock { date, time, zone }));
        } else {
            prop_assert!(is_changed, "{}", text);
        }
    }
}
