//! Points whose numbers are sums, night by night, from several reports, and with reports that are gone.

use super::*;
use crate::plants::Row;

const CONFIG: &str = "cleaner:\n  site_id: S\n  timezone: Asia/Taipei\n  resample_interval: 1h\n  max_gap: 1d\n  points:\n    \
    \"*.A\": {physical_type: energy, unit: kWh}\n    \"*.KWH\": {physical_type: energy_counter}\n";

/// A site of sums that grows in a folder.
fn site() -> Inbox {
    site_of(CONFIG)
}

/// A site of this configuration that grows in a folder.
fn site_of(config: &str) -> Inbox {
    let inbox = Inbox::new();
    let settings = settings(&inbox.base.path().join("data"), config);
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
    inbox.settings.set_keep_sources(KeepSources::None);
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

/// A table of a logger with a total every five minutes.
fn logger() -> String {
    let head = "\"TOA5\",\"Roof\",\"CR1\",\"9\",\"s\",\"p\",\"5\",\"FiveMin\"\n\"TIMESTAMP\",\"RECORD\",\"AirT_Avg\",\"Rain_Tot\"\n\
                \"TS\",\"RN\",\"Deg C\",\"mm\"\n\"\",\"\",\"Avg\",\"Tot\"\n";
    // The first is of the five minutes before midnight UTC; one is lost.
    let rows = (0..13).filter(|place| *place != 8).map(|place| {
        let minutes = 8 * 60 + 5 * place;
        format!(
            "\"2026-01-10 {:02}:{:02}:00\",{place},21.5,0.2\n",
            minutes / 60,
            minutes % 60
        )
    });
    head.to_owned() + &rows.collect::<String>()
}

#[test]
fn totals_of_a_logger_are_added_up_where_their_interval_is_stated_and_said_where_not() {
    let config = |points: &str| {
        format!(
            "cleaner:\n  site_id: S\n  timezone: Asia/Taipei\n  resample_interval: 15m\n  points: {{{points}}}\n"
        )
    };
    let run = |points: &str| {
        let inbox = site_of(&config(points));
        fs::write(inbox.folder().join("a.dat"), logger()).unwrap();
        let manifest = inbox.night();
        let reading = read(&inbox.settings);
        let rain = |(values, _): &Row| values.get("rain_tot").copied().map(f64::from_bits);
        (
            reading.rows.values().map(rain).collect::<Vec<_>>(),
            manifest,
        )
    };
    let sum = Some(0.2 + 0.2 + 0.2);
    let (rain, manifest) = run("Rain_Tot: {interval: 5m}");
    assert_eq!(rain, [None, sum, sum, None, sum]);
    let point = &manifest.statistics.points["rain_tot"];
    assert_eq!(point.rules[&Rule::PartialSum].flagged, 2);
    assert!(
        manifest
            .warnings
            .iter()
            .all(|said| said.kind != "columns_left_out")
    );
    let (rain, manifest) = run("");
    assert_eq!(rain, [None; 5]);
    let point = &manifest.statistics.points["rain_tot"];
    assert!(point.dead && point.rules.is_empty());
    assert_eq!(point.missing, [("(total)".to_owned(), 12)].into());
    let said = manifest
        .warnings
        .iter()
        .find(|said| said.kind == "columns_left_out");
    let said = said.unwrap();
    assert!(said.message.contains("a.dat: Rain_Tot"), "{}", said.message);
    assert!(said.remedy.as_ref().unwrap().contains("interval: 5m"));
    // As it stands, where that is what is wanted.
    let (rain, manifest) = run("Rain_Tot: {agg: last}");
    assert_eq!(rain, [Some(0.2); 5]);
    assert!(
        manifest
            .warnings
            .iter()
            .all(|said| said.kind != "columns_left_out")
    );
}

#[test]
fn sums_that_cannot_be_are_refused_before_anything_is_written() {
    for (points, expected) in [
        (
            "\"*.A\": {physical_type: energy, interval: 2h}",
            "sums over 2h each, which bins of 1h",
        ),
        (
            "\"*.A\": {agg: sum, interval: cov}",
            "a sum of what is logged by its changes",
        ),
        (
            "\"*.A\": {physical_type: air_temperature, agg: sum}",
            "numbers in °C do not add up",
        ),
    ] {
        let config = CONFIG.split("  points:").next().unwrap();
        let text = format!("{config}  points: {{{points}}}\n");
        let overrides = trendgate::Overrides::default();
        let parsed = trendgate::Config::parse(&text).unwrap();
        let error = match Settings::new(&parsed, &overrides) {
            Err(error) => error,
            Ok(_) => {
                let inbox = site_of(&text);
                inbox.put("a.csv", &quarters(0, 96));
                let refused = inbox.run_with(RunOptions::default()).unwrap_err();
                assert!(!inbox.settings.dirs().processed.exists());
                refused
            }
        };
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains(expected), "{error}");
    }
}
