//! Points that log their changes, night by night and with reports that are gone.

use super::stated::{committed, made_at_once, stating};
use super::*;

/// A report without a grid in which a point logs its changes: at these hours, these values.
fn changes(rows: &[(i64, &str)]) -> File {
    File {
        trend: "COV",
        rows: (rows.iter())
            .map(|(hour, value)| (hour * 60, (*value).to_owned(), "No Data".to_owned()))
            .collect(),
        ..File::plain(4, 0, 0)
    }
}

/// The values of the point by hours from the first row of the dataset on.
fn by_hours(reading: &Reading, hours: std::ops::Range<usize>) -> Vec<Option<f64>> {
    let rows: Vec<_> = reading.rows.values().collect();
    let value = |hour: usize| rows[hour * 4].0.get("k4_a").copied().map(f64::from_bits);
    hours.map(value).collect()
}

#[test]
fn a_value_holds_from_one_nights_report_into_the_next_and_into_the_next_month() {
    let inbox = Inbox::new();
    // From the 20th of November on.
    let files = [
        changes(&[(0, "1.5"), (250, "2.5")]),
        changes(&[(270, "No Data"), (280, "3.5")]),
        File::plain(1, 0, 13),
    ];
    for (night, file) in files.iter().enumerate() {
        inbox.put(&format!("{night}.csv"), file);
        inbox.night();
    }
    inbox.is_that_of(&files.each_ref());
    let reading = read(&inbox.settings);
    let some = |value: f64, count| vec![Some(value); count];
    // For a day, which is the longest gap.
    assert_eq!(by_hours(&reading, 0..24), some(1.5, 24));
    assert_eq!(by_hours(&reading, 24..250), [None; 226]);
    assert_eq!(by_hours(&reading, 250..270), some(2.5, 20));
    assert_eq!(by_hours(&reading, 270..280), [None; 10]);
    assert_eq!(by_hours(&reading, 280..304), some(3.5, 24));
    assert_eq!(by_hours(&reading, 304..310), [None; 6]);
}

#[test]
fn nothing_holds_from_a_report_that_is_gone_and_the_bins_that_lack_it_are_counted() {
    let inbox = Inbox::without_sources();
    let gone = inbox.put("a.csv", &changes(&[(0, "1.5"), (12, "2.5")]));
    inbox.put("b.csv", &File::plain(1, 0, 3));
    inbox.night();
    let before = read(&inbox.settings);
    assert_eq!(by_hours(&before, 35..37), [Some(2.5), None]);
    fs::remove_file(gone).unwrap();
    inbox.put("c.csv", &File::plain(2, 0, 1));
    let manifest = inbox.night();
    let after = read(&inbox.settings);
    assert_eq!(by_hours(&after, 0..12), by_hours(&before, 0..12));
    assert_eq!(
        by_hours(&after, 12..36),
        [&[Some(2.5)][..], &[None; 23]].concat()
    );
    // Its own bins, and those behind it in which its last value held.
    assert_eq!(manifest.approximate_bins, 49 + 95);
}

#[test]
fn that_logging_began_anew_is_the_same_whichever_file_says_it_and_whenever_it_comes() {
    const ENTRY: &str = "  sources:\n    - {match: '*.csv', interval: cov}\n";
    let history = |rows: &[&str]| {
        let rows: String = rows
            .iter()
            .map(|row| format!("{row},{{ok}},7.5\n"))
            .collect();
        format!("history:/station/T1\nTimestamp,Trend Flags,Status,Value\n{rows}")
    };
    // From the last evening of a month (UTC) into the next one.
    let before = history(&["01-Dec-16 02:05 AM,{ }", "01-Dec-16 06:05 AM,{ }"]);
    let after = history(&["01-Dec-16 12:20 PM,{start}", "01-Dec-16 01:20 PM,{ }"]);
    for files in [[&before, &after], [&after, &before]] {
        let base = tempfile::tempdir().unwrap();
        let folder = base.path().join("in");
        fs::create_dir(&folder).unwrap();
        let settings = stating(base.path(), ENTRY);
        for (night, text) in files.into_iter().enumerate() {
            fs::write(folder.join(format!("{night}.csv")), text).unwrap();
            committed(&settings, &folder);
        }
        let reading = read(&settings);
        assert_eq!(reading, made_at_once(base.path(), ENTRY, &folder));
        let bins: Vec<bool> = (reading.rows.values())
            .map(|(cells, _)| cells.contains_key("t1"))
            .collect();
        // To the end of the bin of the second row, and from the third on.
        let held = [vec![true; 17], vec![false; 24], vec![true; bins.len() - 41]];
        assert_eq!(bins, held.concat());
    }
}
