//! Dates in which day and month have changed places, and dates that only look so.

use super::*;
use crate::time::{Extent, Instant, TimeRange};

/// The rows of these dates, one every `step` minutes between two hours of the day.
fn days(dates: &[&str], hours: std::ops::Range<i64>, step: i64) -> String {
    let times = || (hours.start * 60..hours.end * 60).step_by(usize::try_from(step).unwrap());
    let rows = dates.iter().flat_map(|date| {
        times().map(move |minute| format!("{date},{:02}:{:02}:00,1,2\n", minute / 60, minute % 60))
    });
    rows.collect()
}

fn with_range(range: &str, rows: &str) -> String {
    let line = format!("\"Date Range:\",\"{range}\"\r\n\"\"\r\n\"<>Date\"");
    report(rows).replace("\"\"\r\n\"<>Date\"", &line)
}

/// Why a report is refused; how many rows it has, where it is not.
fn answer(text: &str) -> String {
    match read(text) {
        Ok((report, _, outcome)) => {
            let (rows, order) = (outcome.tally.rows, report.layout.date_order);
            format!("{rows} rows, {order}")
        }
        Err(error) => error.to_string(),
    }
}

/// The dates of 2025 with this day and the months, as a spreadsheet leaves the days of a month.
fn tenths(months: std::ops::RangeInclusive<i64>) -> Vec<String> {
    months.map(|month| format!("2025/{month}/10")).collect()
}

fn texts(dates: &[String]) -> Vec<&str> {
    dates.iter().map(String::as_str).collect()
}

const ALL_DAY: std::ops::Range<i64> = 0..24;
const OFFICE: std::ops::Range<i64> = 8..18;

#[test]
fn exchanged_dates_are_refused_by_the_steps_between_them() {
    // The days of October, 2 and 3, or 1 to 12.
    insta::assert_snapshot!(answer(&report(&days(&["2025/2/10", "2025/3/10"], ALL_DAY, 15))), @"a.csv:103: day and month have changed places: after 2025-02-10 comes 2025-03-10, which are next to each other only with day and month exchanged");
    let office = tenths(1..=12);
    insta::assert_snapshot!(answer(&report(&days(&texts(&office), OFFICE, 15))), @"a.csv:47: day and month have changed places: after 2025-01-10 comes 2025-02-10, which are next to each other only with day and month exchanged");
    let refused = |dates: &[&str], hours: std::ops::Range<i64>| {
        let answer = answer(&report(&days(dates, hours, 15)));
        assert!(
            answer.contains("day and month have changed places"),
            "{dates:?}: {answer}"
        );
    };
    refused(&["2025/3/10", "2025/2/10", "2025/1/10"], ALL_DAY.clone());
    // Friday and Monday, 3 and 6 October.
    refused(&["2025/3/10", "2025/6/10"], OFFICE);
    // Exchanged as far as day 12, and right from there on; at the end of a month and at its 12th day.
    refused(&["2025/9/29", "2025/9/30", "2025/1/10"], ALL_DAY);
    refused(
        &["2025/9/29", "2025/9/30", "2025/1/10", "2025/2/10"],
        OFFICE,
    );
    refused(&["2025/12/10", "2025/10/13", "2025/10/14"], ALL_DAY);
    refused(
        &["2025/11/10", "2025/12/10", "2025/10/13", "2025/10/14"],
        OFFICE,
    );
    // In the order of days and months, proved by one of them.
    refused(&["30/9/2025", "10/1/2025", "10/2/2025"], ALL_DAY);
}

#[test]
fn exchanged_dates_are_refused_by_the_stated_range() {
    let one_day = with_range(
        "2025/10/2 00:00:00 - 2025/10/2 23:59:59",
        &days(&["2025/2/10"], ALL_DAY, 15),
    );
    insta::assert_snapshot!(answer(&one_day), @"a.csv:8: day and month have changed places: 2025-02-10 is outside of the Date Range that the report states, 2025-10-02 to 2025-10-02, and inside with day and month exchanged");
    // A reading a day.
    let rare = with_range(
        "2025/10/1 00:00:00 - 2025/10/12 23:59:59",
        &days(&texts(&tenths(1..=12)), 9..10, 60),
    );
    insta::assert_snapshot!(answer(&rare), @"a.csv:8: day and month have changed places: 2025-01-10 is outside of the Date Range that the report states, 2025-10-01 to 2025-10-12, and inside with day and month exchanged");
    // The first of December, in the future as the tenth month's twelfth day: not the clock is wrong.
    let future = with_range(
        "2029/10/12 - 2029/10/14",
        &days(&["2029/12/10", "2029/10/13"], ALL_DAY, 15),
    );
    assert!(answer(&future).contains("changed places"));
    // A range of a year says nothing, and the steps do.
    let year = with_range(
        "2025/1/1 00:00:00 - 2025/12/31 23:59:59",
        &days(&texts(&tenths(1..=12)), OFFICE, 15),
    );
    assert!(answer(&year).contains("changed places"));
}

#[test]
fn one_exchanged_date_in_the_middle_of_a_long_report_is_seen_by_a_window_that_passes_over_it() {
    let dates = ["2025/9/29", "2025/9/30", "2025/1/10", "2025/10/13"];
    let text = report(&days(&dates, ALL_DAY, 15));
    let rule = rule("Asia/Taipei");
    let mut report = sniff_text(&text, &rule);
    report.order = RowOrder::Unordered;
    report.range = Extent::new(Instant::MIN, Instant::MAX);
    let moment = TimeRange::new(Instant::EPOCH, Instant::from_nanos(1));
    let window = Window {
        own: moment,
        read: moment,
    };
    let rules = vec![CellRule::default(); 2];
    let bytes = opened(&text);
    let reader =
        Reader::over(bytes, report, window, &rule, rules, &ReadOptions::default()).unwrap();
    let error = reader.finish().unwrap_err();
    assert!(error.to_string().contains("changed places"), "{error}");
}

#[test]
fn good_reports_are_not_taken_for_exchanged_ones() {
    let accepted = |text: &str, rows: &str| assert_eq!(answer(text), rows);
    let ymd = |rows: u64| format!("{rows} rows, year/month/day");
    // Readings once a month, one or two at a time, on the first or on another day.
    for day in [1, 5, 10] {
        let dates: Vec<String> = (1..=12)
            .map(|month| format!("2025/{month}/{day}"))
            .collect();
        accepted(&report(&days(&texts(&dates), 0..1, 60)), &ymd(12));
        accepted(&report(&days(&texts(&dates), 9..10, 30)), &ymd(24));
        // A reading a day at most, by the interval that is stated.
        let monthly = report(&days(&texts(&dates), 0..1, 60)).replace("15 Minutes", "30 Days");
        accepted(&monthly, &ymd(12));
    }
    // A day a month, as the range says.
    let firsts = with_range(
        "2025/1/1 00:00:00 - 2025/3/31 23:59:59",
        &days(&["2025/1/5", "2025/2/5", "2025/3/5"], ALL_DAY, 15),
    );
    accepted(&firsts, &ymd(288));
    // A month without rows from one midnight to the other, and then going on.
    accepted(
        &report(&days(
            &["2025/9/2", "2025/9/3", "2025/10/3", "2025/10/4"],
            ALL_DAY,
            15,
        )),
        &ymd(384),
    );
    accepted(
        &report(&days(&["2025/9/3", "2025/10/3", "2025/10/4"], ALL_DAY, 15)),
        &ymd(288),
    );
    accepted(
        &report(&days(&["2025/9/2", "2025/9/3", "2025/10/3"], OFFICE, 15)),
        &ymd(120),
    );
    // Weeks of working days, over the turn of months and years, from late to early, too.
    let week = [
        "2025/12/30",
        "2025/12/31",
        "2026/1/1",
        "2026/1/2",
        "2026/1/5",
        "2026/1/6",
    ];
    accepted(&report(&days(&week, OFFICE, 15)), &ymd(240));
    let mut back = week;
    back.reverse();
    accepted(&report(&days(&back, OFFICE, 15)), &ymd(240));
    // Files joined in the order of their names.
    let named = [
        "2025/10/1",
        "2025/10/10",
        "2025/10/11",
        "2025/10/12",
        "2025/10/2",
        "2025/10/3",
    ];
    accepted(&report(&days(&named, ALL_DAY, 15)), &ymd(576));
}

#[test]
fn rows_outside_of_the_stated_range_are_counted_and_named() {
    let text = with_range(
        "2025/12/01 00:00:00 - 2025/12/31 23:59:59",
        &days(&["2026/1/10"], 0..2, 15),
    );
    let (report, _, outcome) = read(&text).unwrap();
    let outside = outcome.tally.outside_range.unwrap();
    let stated = report.layout.stated_range.unwrap();
    assert_eq!(
        (outside.rows, outside.to_string(), stated.to_string()),
        (
            8,
            "2026-01-10 to 2026-01-10".to_owned(),
            "2025-12-01 to 2025-12-31".to_owned()
        )
    );
    // The midnight that ends a range is its own.
    let text = with_range(
        "2025/12/01 00:00:00 - 2025/12/31 23:59:59",
        &days(&["2025/12/31", "2026/1/1"], 0..1, 60),
    );
    assert_eq!(read(&text).unwrap().2.tally.outside_range, None);
}

#[test]
fn the_order_of_day_and_month_is_proved_by_the_whole_report() {
    let week: Vec<String> = (1..=7).map(|day| format!("5/{day}/2026")).collect();
    let range = |range: &str, rows: &str| {
        answer(&with_range(range, rows).replace("15 Minutes", "5 Minutes"))
    };
    let rows = days(&texts(&week), ALL_DAY, 5);
    // Head and tail show no midnight, and the range can be read in two ways.
    assert_eq!(
        range("5/1/2026 00:00:00 - 5/7/2026 23:59:59", &rows),
        "2016 rows, month/day/year"
    );
    let two = days(&["5/1/2026", "5/2/2026"], ALL_DAY, 15);
    assert_eq!(
        answer(&with_range("5/1/2026 00:00:00 - 5/2/2026 23:59:59", &two)),
        "192 rows, month/day/year"
    );
    assert_eq!(answer(&report(&two)), "192 rows, month/day/year");
    assert_eq!(
        answer(&report(&days(&["1/5/2026", "2/5/2026"], ALL_DAY, 15))),
        "192 rows, day/month/year"
    );
    // The range keeps its own order where a spreadsheet wrote the rows anew.
    let january = days(&["1/10/2026", "1/11/2026"], OFFICE, 15);
    assert_eq!(
        range("2026/1/10 00:00:00 - 2026/1/12 23:59:59", &january),
        "80 rows, month/day/year"
    );
    let october = days(&["1.10.2025", "2.10.2025"], OFFICE, 15);
    assert_eq!(
        range("10/1/2025 - 10/31/2025", &october),
        "80 rows, day/month/year"
    );
    assert_eq!(
        range(
            "5/1/2026 00:00:00 - 5/31/2026 23:59:59",
            &days(&["5/1/2026"], OFFICE, 15)
        ),
        "40 rows, month/day/year"
    );
    let october = days(&["1.10.2025", "2.10.2025"], ALL_DAY, 15);
    assert_eq!(
        answer(&with_range("10/1/2025 - 10/9/2025", &october)),
        "192 rows, day/month/year"
    );
    // Nothing proves these.
    let refused = |answer: String| {
        assert!(
            answer.contains("can be read as month/day/year and as day/month/year"),
            "{answer}"
        )
    };
    refused(range(
        "5/1/2026 00:00:00 - 5/2/2026 23:59:59",
        &days(&["5/1/2026", "5/2/2026"], OFFICE, 15),
    ));
    refused(answer(&report(&days(&["5/1/2026"], ALL_DAY, 15))));
    // Nor these, where one midnight proves the one order and another the other.
    let both = days(
        &["5/1/2026", "5/2/2026", "1/5/2026", "2/5/2026"],
        ALL_DAY,
        15,
    );
    refused(answer(&report(&both)));
}

/// Each day of 2025, and with day and month exchanged where a spreadsheet would do that.
fn year() -> (Vec<String>, Vec<String>) {
    let first = jiff::civil::date(2025, 1, 1);
    let days = first.series(jiff::Span::new().days(1)).take(365);
    days.map(|day| {
        let (year, month, day) = (day.year(), day.month(), day.day());
        let (one, other) = if day <= 12 {
            (day, month)
        } else {
            (month, day)
        };
        (
            format!("{year}/{month}/{day}"),
            format!("{year}/{one}/{other}"),
        )
    })
    .unzip()
}

#[test]
fn rows_in_no_order_are_not_taken_for_exchanged_ones() {
    let (dates, exchanged) = year();
    let rows = days(&texts(&dates), ALL_DAY, 60);
    let mut rows: Vec<&str> = rows.lines().collect();
    // Any order that is none.
    rows.sort_by_key(|row| {
        row.bytes()
            .fold(7_u64, |sum, byte| {
                (sum ^ u64::from(byte)).wrapping_mul(0x9E37_79B9_7F4A_7C15)
            })
            .rotate_left(32)
    });
    let shuffled = rows.join("\n") + "\n";
    assert_eq!(answer(&report(&shuffled)), "8760 rows, year/month/day");
    // Of a whole year the dates of twelve days a month are exchanged.
    let refused = answer(&report(&days(&texts(&exchanged), ALL_DAY, 240)));
    assert!(
        refused.contains("day and month have changed places"),
        "{refused}"
    );
}
