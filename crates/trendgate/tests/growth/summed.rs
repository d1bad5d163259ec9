//! Points whose numbers are sums, night by night, from several reports, and with reports that are gone.

use super::*;
use crate::plants::Row;

const CONFIG: &str = "cleaner:\n  site_id: S\n  timezone: Asia/Taipei\n  resample_interval: 1h\n  max_gap: 1d\n  points:\n    \
    \"*.A\": {physical_type: energy, unit: kWh}\n    \"*.KWH\": {physical_type: energy_counter}\n";

/// A site of sums that grows in a folder.
fn site() -> Inbox {
    let inbox = Inbox::new();
    let settings = settings(&inbox.base.path().join("data"), CONFIG);
    Inbox { settings, ..inbox }
}

/// The reading of one run over these files.
fn of_one_run(files: &[File]) -> Reading {
    let inbox = site();
    for (place, file) in files.iter().enumerate() {
        inbox.put(&format!("{place}.csv"), file);
    }
    inbox.night();
    read(&inbox.settings)
}

/// A report of K1.A that has 0.25 kWh a quarter of an hour, from one quarter of the 20th of November to another.
fn quarters(from: i64, to: i64) -> File {
    let rows = (from..to).map(|quarter| (quarter * 15, "0.25".to_owned(), "No Data".to_owned()));
    File {
        rows: rows.collect(),
        ..File::plain(1, 0, 0)
    }
}

/// The sums of K1.A, hour by hour.
fn sums(reading: &Reading) -> Vec<Option<f64>> {
    let sum = |(values, _): &Row| values.get("k1_a").copied().map(f64::from_bits);
    reading.rows.values().map(sum).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]

    #[test]
    fn sums_are_those_of_one_run_over_all_reports_in_whatever_order_they_come(
        plant in Plant::any(),
        order in any::<u64>(),
        nights in 1..4_usize,
    ) {
        // Every point of them has one interval, and the grid of its reports.
        let mut files: Vec<File> = Vec::new();
        for file in plant.files.into_iter().filter(|file| file.kind < 4) {
            let file = File { trend: "5 minutes", ..file };
            if files.iter().all(|other| other.text() != file.text()) {
                files.push(file);
            }
        }
        prop_assume!(!files.is_empty());
        let expected = of_one_run(&files);
        let inbox = site();
        let mut places: Vec<usize> = (0..files.len()).collect();
        places.sort_by_key(|place| order.rotate_left(u32::try_from(*place * 7 % 64).unwrap()));
        for (night, places) in places.chunks(nights).enumerate() {
            for place in places {
                inbox.put(&format!("{night}-{place}.csv"), &files[*place]);
            }
            inbox.night();
        }
        let reading = read(&inbox.settings);
        prop_assert_eq!(reading.rows, expected.rows);
        prop_assert_eq!(reading.evidence, expected.evidence);
    }
}

#[test]
fn a_sum_over_several_reports_adds_up_and_one_that_lacks_a_quarter_is_null_and_counted() {
    let inbox = site();
    // The second hour is in both; the fourth lacks its last quarter, and the fifth its first.
    inbox.put("a.csv", &quarters(0, 6));
    inbox.night();
    assert_eq!(sums(&read(&inbox.settings)), [Some(1.0), None]);
    inbox.put("b.csv", &quarters(6, 15));
    inbox.put("c.csv", &quarters(17, 24));
    let manifest = inbox.night();
    let reading = read(&inbox.settings);
    let whole = Some(1.0);
    assert_eq!(sums(&reading), [whole, whole, whole, None, None, whole]);
    let partial: Vec<_> = (reading.evidence.iter())
        .filter(|why| why.2 == Rule::PartialSum)
        .collect();
    assert_eq!(partial.len(), 2);
    for why in partial {
        assert_eq!(why.1.as_deref(), Some("k1_a"));
        assert_eq!(why.3[0], Some(0.75_f64.to_bits()));
        assert_eq!(why.4, Some(why.0 + 60 * MINUTE));
    }
    let rules = &manifest.statistics.points["k1_a"].rules;
    let counts = &rules[&Rule::PartialSum];
    assert_eq!((counts.flagged, counts.good, counts.bins()), (2, 4, 6));
    assert_eq!(manifest.cells.used, 15 - 6 + 7 + 6);
}

#[test]
fn committed_sums_stand_in_for_a_report_that_is_gone() {
    let mut inbox = site();
    inbox.settings.keep_sources = KeepSources::None;
    let gone = inbox.put("a.csv", &quarters(0, 96));
    inbox.put("b.csv", &File::plain(3, 0, 3));
    inbox.night();
    let before = sums(&read(&inbox.settings));
    assert_eq!(before[..25], [vec![Some(1.0); 24], vec![None]].concat());
    fs::remove_file(gone).unwrap();
    // Of the same quarters and more.
    inbox.put("c.csv", &quarters(80, 100));
    let manifest = inbox.night();
    let after = sums(&read(&inbox.settings));
    assert_eq!(after[..26], [vec![Some(1.0); 25], vec![None]].concat());
    assert_eq!(manifest.approximate_bins, 24);
}
