//! A meter whose counter and power do not agree is found, whatever arrives when, and `init` describes it.

use super::{Judged, QUARTER, folder, hospital, initial, judged, report, start};
use std::path::PathBuf;
use trendgate::details::WarningEntry;
use trendgate::internals::model::NotJudged;
use trendgate::time::DAY;
use trendgate::vocabulary::Rule;

const POINTS: [(&str, &str); 2] = [("MDB.KW", "5 minutes"), ("MDB.KWH", "15 minutes")];

/// A power that follows the day, and a counter of units of `unit` kWh.
fn meter(unit: u64) -> impl Fn(usize, usize) -> String {
    let power = |row: usize| 400 + 40 * (row as u64 % 96 / 12) + row as u64 % 7;
    let mut watt_hours = vec![5_000_000];
    for row in 0..6000 {
        watt_hours.push(watt_hours[row] + 250 * power(row));
    }
    move |row, point| match point {
        0 => power(row).to_string(),
        _ => (watt_hours[row] / 1000 / unit).to_string(),
    }
}

fn warning(found: &Judged) -> Option<&WarningEntry> {
    let mut warnings = found.manifest.warnings.iter();
    warnings.find(|warning| warning.kind == "meter_disagrees")
}

#[test]
fn a_counter_of_tens_is_found_by_what_init_writes_and_one_that_counts_right_is_not() {
    for (unit, is_wrong) in [(10, true), (1, false)] {
        let reports = folder(&[("a.csv", &report(&POINTS, 1920, meter(unit)))]);
        let yaml = initial(reports.path(), "UTC");
        assert!(
            yaml.contains("meters:\n    \"MDB\": {power: \"MDB.KW\", energy: \"MDB.KWH\"}\n"),
            "{yaml}"
        );
        let data = tempfile::tempdir().unwrap();
        let found = judged(data.path(), &yaml, &[reports.path().to_owned()]);
        let counts = found.counts("mdb_kwh", Rule::Meter);
        assert_eq!(counts.bins(), 1920);
        // Nothing stands before the first day, and two days that are off are not enough.
        assert_eq!(counts.judged(), 19);
        assert_eq!(counts.flagged, if is_wrong { 17 } else { 0 });
        assert_eq!(
            found.stretches("mdb_kwh", Rule::Meter).len() as u64,
            counts.flagged
        );
        let flagged = &found.manifest.statistics.quality_flags_distribution;
        assert!(
            flagged.values().all(|rows| *rows == 0),
            "no flag of it: {flagged:?}"
        );
        assert_eq!(warning(&found).is_some(), is_wrong);
        if let Some(warning) = warning(&found) {
            assert_eq!(
                warning.message,
                "the meter \"MDB\" does not agree with itself on 17 days: MDB.KW says 10 times what MDB.KWH counts (median)"
            );
            assert_eq!(
                warning.remedy.as_deref(),
                Some(
                    "does the counter count in units of 10 kWh? if so, state `scale: 10` of \"MDB.KWH\" under cleaner.points"
                )
            );
        }
    }
}

#[test]
fn months_and_arrival_change_nothing_of_what_is_found() {
    // Forty-eight days from 2 March on, with a reset, an outage, and days in which the counter is right.
    let (right, wrong) = (meter(1), meter(10));
    let cell = |row: usize, point: usize| {
        let day = row / 96;
        match (row, point) {
            (1500..1530, 0) | (3000..3020, _) => "No Data".to_owned(),
            (4000.., 1) => (wrong(row, 1).parse::<u64>().unwrap() - 400).to_string(),
            _ if day % 5 == 4 && point == 1 => right(row, 1),
            _ => wrong(row, point),
        }
    };
    let whole = report(&POINTS, 4608, cell);
    let (head, rows) = whole.split_at(whole.find("\"2026/").unwrap());
    let rows: Vec<&str> = rows
        .split_inclusive("\r\n")
        .filter(|row| row.starts_with("\"2"))
        .collect();
    let piece = |from: usize, to: usize| {
        head.to_owned() + &rows[from..to].concat() + "\" **** End of Report ****\"\r\n"
    };
    let config = "cleaner:\n  site_id: S\n  timezone: UTC\n  resample_interval: 15m\n  max_gap: 1d\n  points: {\"*.KWH\": {physical_type: energy_counter}, \"*.KW\": {physical_type: power}}\n  meters: {MDB: {power: MDB.KW, energy: MDB.KWH}}\n";
    let reports = folder(&[
        ("all.csv", &whole),
        ("1.csv", &piece(0, 1333)),
        ("2.csv", &piece(1333, 2871)),
        ("3.csv", &piece(2871, 3333)),
        ("4.csv", &piece(3333, 4608)),
    ]);
    let file = |name: &str| vec![reports.path().join(name)];
    let data = tempfile::tempdir().unwrap();
    let expected = judged(data.path(), config, &file("all.csv"));
    let breaches = &expected.evidence[&("mdb_kwh".to_owned(), Rule::Meter)];
    assert!(breaches.len() > 10, "{breaches:?}");
    assert!(breaches.iter().any(|breach| breach.0 < start() + 30 * DAY));
    assert!(breaches.iter().any(|breach| breach.0 > start() + 31 * DAY));
    let counts = expected.counts("mdb_kwh", Rule::Meter);
    assert!(
        counts.good >= 2 && counts.not_judged[&NotJudged::CounterFell] > 0,
        "{counts:?}"
    );
    for order in [
        ["1.csv", "2.csv", "3.csv", "4.csv"],
        ["4.csv", "2.csv", "1.csv", "3.csv"],
    ] {
        let data = tempfile::tempdir().unwrap();
        let ran = order.map(|name| judged(data.path(), config, &file(name)));
        assert_eq!(&ran[3].evidence, &expected.evidence, "{order:?}");
    }
    let together: Vec<PathBuf> = ["3.csv", "1.csv", "4.csv", "2.csv"]
        .into_iter()
        .flat_map(file)
        .collect();
    let data = tempfile::tempdir().unwrap();
    assert_eq!(
        judged(data.path(), config, &together).evidence,
        expected.evidence
    );
}

#[test]
fn the_hospitals_main_meter_does_not_agree_with_itself_by_ten_and_a_half() {
    let Some(reports) = hospital() else { return };
    let yaml = initial(&reports, "Asia/Taipei");
    let data = tempfile::tempdir().unwrap();
    let found = judged(data.path(), &yaml, &[reports]);
    let warning = warning(&found).unwrap();
    assert!(
        warning
            .message
            .contains("MMCB.KW says 10.5 times what MMCB.KWH counts"),
        "{}",
        warning.message
    );
    assert!(warning.remedy.as_ref().unwrap().contains("scale: 10"));
    let counts = found.counts("mmcb_kwh", Rule::Meter);
    assert!(counts.flagged > 100 && counts.good <= 3, "{counts:?}");
    for (time, numbers) in &found.evidence[&("mmcb_kwh".to_owned(), Rule::Meter)] {
        assert!(
            (*time + QUARTER).floor(DAY) > time.floor(DAY),
            "the last bin of its day"
        );
        assert!(numbers[0] < numbers[1]);
    }
}
