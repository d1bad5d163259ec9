//! What is stated where a report proves nothing: the order of its dates, and a clock that never changes.

use super::*;

/// A report as it is read where this is stated; why it is refused.
fn read_as(
    text: &str,
    stated: StatedReading,
    zone: &str,
) -> std::result::Result<Vec<String>, String> {
    let rule = rule(zone);
    let cancel = Cancel::default();
    let looking = Looking {
        rule: &rule,
        stated: &stated,
        cancel: &cancel,
        sorting: None,
    };
    let file = FileBytes::in_memory(text.as_bytes(), Path::new("a.csv"));
    let mut opened = file.open().unwrap();
    let read = sniff::reports_in(&file, &mut *opened, looking).and_then(|reports| {
        super::super::read_in_memory::read_all(&file, reports, looking, &ReadOptions::default())
    });
    read.map(only)
        .map(|(report, chunks, outcome)| {
            account(&outcome.tally);
            assert_eq!(outcome.tally.time_range, Some(report.range));
            assert_eq!(outcome.tally.clock, ClockTally::default());
            show(&chunks)
        })
        .map_err(|error| format!("{error}\nhelp: {}", error.hint_text().unwrap_or("-")))
}

fn order(order: StatedOrder) -> StatedReading {
    StatedReading {
        date_order: Some(order),
        ..StatedReading::default()
    }
}

fn days(rows: &[&str]) -> String {
    let rows = rows
        .iter()
        .map(|date| format!("{date},00:00:00,1,2\n{date},12:00:00,1,2\n"));
    report(&rows.collect::<String>())
}

#[test]
fn a_stated_order_decides_what_the_dates_leave_open() {
    use StatedOrder::{DayMonthYear, MonthDayYear, YearMonthDay};
    let read = |text: &str, stated| {
        let rows = read_as(text, order(stated), "UTC")?;
        Ok::<_, String>(rows[0][..10].to_owned())
    };
    let open = days(&["5/6/2026"]);
    insta::assert_snapshot!(read_as(&open, StatedReading::default(), "UTC").unwrap_err(), @"
    a.csv:7: the dates can be read as month/day/year and as day/month/year: \"5/6/2026\" and all others fit either
    help: state `date_order` (mdy, dmy or ymd) under cleaner, or in an entry of cleaner.sources; or export the report with dates as year/month/day, or over a month's end
    ");
    assert_eq!(read(&open, MonthDayYear).unwrap(), "2026-05-06");
    assert_eq!(read(&open, DayMonthYear).unwrap(), "2026-06-05");
    let short = days(&["10/11/12"]);
    for (stated, day) in [
        (YearMonthDay, "2010-11-12"),
        (MonthDayYear, "2012-10-11"),
        (DayMonthYear, "2012-11-10"),
    ] {
        assert_eq!(read(&short, stated).unwrap(), day);
    }
    // What is proved as it is stated, and dates that begin with their year, which it does not concern.
    assert_eq!(
        read(&days(&["2026/5/6"]), MonthDayYear).unwrap(),
        "2026-05-06"
    );
    assert_eq!(
        read(&days(&["5/6/2026", "5/13/2026"]), MonthDayYear).unwrap(),
        "2026-05-06"
    );
    assert_eq!(
        read(&days(&["2026/5/6"]), YearMonthDay).unwrap(),
        "2026-05-06"
    );
}

#[test]
fn an_order_that_is_stated_against_proof_refuses_the_report() {
    use StatedOrder::{DayMonthYear, YearMonthDay};
    let refused = |text: &str, stated| read_as(text, order(stated), "UTC").unwrap_err();
    insta::assert_snapshot!(refused(&days(&["5/6/2026", "5/13/2026"]), DayMonthYear), @"
    a.csv:9: the dates are month/day/year, as \"5/13/2026\" proves, and `date_order: dmy` is stated
    help: state the order of this report's dates in an entry of cleaner.sources, or nothing where reports prove it
    ");
    assert!(
        refused(&days(&["5/6/2026"]), YearMonthDay)
            .contains("the dates are month/day/year or day/month/year")
    );
    let night = report("5/6/2026,23:45:00,1,2\n5/7/2026,00:00:00,1,2\n");
    assert!(
        refused(&night, DayMonthYear)
            .contains("as the rows around midnight, or the Date Range, prove")
    );
    // In the middle of a report of which head and tail leave it open.
    let mut dates = vec!["5/6/2026"; 100];
    dates[50] = "5/13/2026";
    let middle = days(&dates);
    let head = PREAMBLE.lines().count();
    assert!(refused(&middle, DayMonthYear).starts_with(&format!("a.csv:{}: ", head + 101)));
}

#[test]
fn a_stated_clock_has_neither_hours_that_never_happen_nor_such_that_happen_twice() {
    for (zone, clock, day, first) in [
        (
            "America/Chicago",
            "-06:00",
            "2026/3/8",
            "2026-03-08T06:00:00Z",
        ),
        (
            "America/Chicago",
            "-06:00",
            "2025/11/2",
            "2025-11-02T06:00:00Z",
        ),
        (
            "Europe/Zurich",
            "+01:00",
            "2023/3/26",
            "2023-03-25T23:00:00Z",
        ),
        (
            "Europe/Zurich",
            "+02:00",
            "2023/10/29",
            "2023-10-28T22:00:00Z",
        ),
    ] {
        let rows = (0..24).map(|hour| format!("{day},{hour:02}:00:00,{hour},1\n"));
        let text = report(&rows.collect::<String>());
        let stated = StatedReading {
            clock: clock.parse().ok(),
            ..StatedReading::default()
        };
        let first: Instant = first.parse().unwrap();
        let expected: Vec<String> = (0..24)
            .map(|hour| format!("{} {hour} 1", first + hour * HOUR))
            .collect();
        assert_eq!(read_as(&text, stated, zone).unwrap(), expected);
    }
}

#[test]
fn the_name_of_a_source_is_kept_with_a_report_and_is_no_part_of_how_it_is_read() {
    let plain = order(StatedOrder::MonthDayYear);
    let named = StatedReading {
        source: Some("chillers".into()),
        ..plain.clone()
    };
    assert_eq!(named.id(), plain.id());
    assert_eq!(named.recorded(), Some(named.clone()));
    // What an earlier program wrote says nothing of it.
    let earlier = r#"{"date_order":"mdy","clock":null,"decimal":null,"encoding":null,"table":null,"added":null}"#;
    assert_eq!(
        serde_json::from_str::<StatedReading>(earlier).unwrap(),
        plain
    );
    let alone = StatedReading {
        source: Some("chillers".into()),
        ..StatedReading::default()
    };
    assert_eq!((alone.id(), alone.recorded()), (None, Some(alone.clone())));
    assert_eq!(StatedReading::default().recorded(), None);
}
