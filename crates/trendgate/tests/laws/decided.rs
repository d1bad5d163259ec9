//! What the configuration and the definitions decide of cells, rows and months.

use super::*;

#[test]
fn another_configuration_for_the_same_dataset_is_refused() {
    let base = tempfile::tempdir().unwrap();
    let folder = one_report(base.path(), &plain_rows(10));
    let data = base.path().join("data");
    commit(&folder, &settings(&data, "15m", 1, ""));
    let other = settings(&data, "1h", 1, "");
    let error = pipeline::run(
        &other,
        &[folder],
        &pipeline::own_cleaner(&other),
        Watch::unwatched(),
    )
    .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
}

#[test]
fn a_required_point_flags_rows_without_it_unless_it_is_dead_throughout() {
    let flagged = |cells: &[&str]| {
        let base = tempfile::tempdir().unwrap();
        let rows: Vec<Row> = cells
            .iter()
            .zip(0..)
            .map(|(cell, row)| (row * 15, (*cell).to_owned(), "1".to_owned()))
            .collect();
        let folder = one_report(base.path(), &rows);
        let text = "cleaner:\n  site_id: S\n  timezone: UTC\n  resample_interval: 15m\n  points: {K0.A: {required: true}}\n";
        let overrides = Overrides {
            data_dir: Some(base.path().join("data")),
            ..Overrides::default()
        };
        let settings = Settings::new(&Config::parse(text).unwrap(), &overrides).unwrap();
        let summary = commit(&folder, &settings);
        read(&settings, &summary)
            .values()
            .map(|(_, flags)| flags.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        flagged(&["1", "No Data", "2"]),
        ["", "INSUFFICIENT_DATA", ""]
    );
    assert_eq!(flagged(&["No Data", "No Data", "No Data"]), ["", "", ""]);
}

#[test]
fn a_repeated_cell_is_an_error_of_the_later_report_where_the_configuration_says_so() {
    let base = tempfile::tempdir().unwrap();
    let folder = one_report(base.path(), &plain_rows(10));
    fs::write(folder.join("b.csv"), report(0, &plain_rows(12)[5..])).unwrap();
    let strict = settings(
        &base.path().join("strict"),
        "15m",
        1,
        "batch:\n  deduplicate_timestamps: false\n",
    );
    let summary = commit(&folder, &strict);
    assert_eq!(summary.failed.len(), 1);
    assert!(
        summary.failed[0].path.ends_with("b.csv"),
        "{:?}",
        summary.failed
    );
    assert_eq!(summary.committed.manifest.cells.used, 20);
    let merged = commit(
        &folder,
        &settings(&base.path().join("merged"), "15m", 1, ""),
    );
    let cells = merged.committed.manifest.cells;
    assert_eq!(
        (cells.used, cells.equal_duplicates, cells.conflict_losers),
        (24, 10, 0)
    );
}

#[test]
fn conflicts_are_decided_by_the_first_timestamp_and_counted() {
    let base = tempfile::tempdir().unwrap();
    let folder = one_report(base.path(), &plain_rows(10));
    let mut other = plain_rows(12)[5..].to_vec();
    other[0].1 = "77.7".into();
    // A name before that of the other report: it must not matter.
    fs::write(folder.join("0.csv"), report(0, &other)).unwrap();
    let settings = settings(&base.path().join("data"), "15m", 2, "");
    let summary = commit(&folder, &settings);
    let manifest = &summary.committed.manifest;
    assert_eq!(
        (
            manifest.cells.conflict_losers,
            manifest.cells.equal_duplicates
        ),
        (1, 9)
    );
    let example = &manifest.conflicts.examples[0];
    assert_eq!(
        (example.column.as_str(), example.kept, example.lost),
        ("k0_a", 5.5, 77.7)
    );
}

#[test]
fn a_gap_longer_than_allowed_is_left_out_and_listed_once_even_across_tasks() {
    let base = tempfile::tempdir().unwrap();
    let mut rows = plain_rows(4);
    // From November to January, over two month ends.
    rows.extend(
        plain_rows(4)
            .into_iter()
            .map(|(minutes, a, b)| (minutes + 60 * 24 * 40, a, b)),
    );
    let folder = one_report(base.path(), &rows);
    for threads in [1, 4] {
        let settings = settings(
            &base.path().join(format!("data{threads}")),
            "15m",
            threads,
            "",
        );
        let summary = commit(&folder, &settings);
        let manifest = &summary.committed.manifest;
        assert_eq!(manifest.statistics.total_rows, 8);
        let gaps: Vec<(String, String, u64)> = manifest
            .gaps
            .iter()
            .map(|gap| (gap.from.to_string(), gap.to.to_string(), gap.bins))
            .collect();
        assert_eq!(
            gaps,
            [(
                "2016-11-26T17:00:00Z".to_owned(),
                "2017-01-05T16:00:00Z".to_owned(),
                40 * 96 - 4
            )]
        );
    }
}

#[test]
fn a_rule_that_flags_too_much_of_a_month_trips_the_circuit_breaker() {
    let base = tempfile::tempdir().unwrap();
    // Four hours in November that do not move, then four in December that do.
    let rows: Vec<Row> = (0..16)
        .map(|row| (row * 15, "7.1".to_owned(), "1".to_owned()))
        .chain((0..16).map(|row| {
            (
                60 * 24 * 6 + row * 15,
                format!("{}.5", row % 5 + 5),
                "1".to_owned(),
            )
        }))
        .collect();
    let folder = one_report(base.path(), &rows);
    let run = |name: &str, more: &str| {
        let text = format!(
            "cleaner:\n  site_id: S\n  timezone: Asia/Taipei\n  resample_interval: 15m\n  points: {{K0.A: {{physical_type: power}}}}\n{more}"
        );
        let overrides = Overrides {
            data_dir: Some(base.path().join(name)),
            ..Overrides::default()
        };
        let settings = Settings::new(&Config::parse(&text).unwrap(), &overrides).unwrap();
        let cleaner = pipeline::own_cleaner(&settings);
        let run = pipeline::run(
            &settings,
            std::slice::from_ref(&folder),
            &cleaner,
            Watch::unwatched(),
        );
        (run, settings)
    };
    let Run::Committed(marked) = run("marked", "").0.unwrap() else {
        panic!("nothing new")
    };
    let trips: Vec<(Rule, &str, u64, u64)> = marked
        .committed
        .manifest
        .trips
        .iter()
        .map(|trip| (trip.rule, trip.month.as_str(), trip.flagged, trip.judged))
        .collect();
    // Cells are counted, not rows; December and the other rule are not concerned.
    assert_eq!(trips, [(Rule::Frozen, "2016-11", 16, 16)]);
    let Run::Committed(accepted) = run("accepted", "  trip_share: 1.0\n").0.unwrap() else {
        panic!("nothing new")
    };
    assert_eq!(accepted.committed.manifest.trips, []);
    let (failed, settings) = run("failed", "  on_trip: fail\n");
    let error = failed.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Contract);
    assert!(
        error
            .message()
            .contains("frozen flags 16 of the 16 cells that it judged in 2016-11"),
        "{error}"
    );
    only_the_error_log_is_left(&settings);
}

#[test]
fn a_number_that_its_conversion_makes_too_large_is_removed_and_has_evidence() {
    let base = tempfile::tempdir().unwrap();
    // With empty bins before it and after it.
    let mut rows = plain_rows(8);
    rows.retain(|(minute, ..)| ![30, 45, 75].contains(minute));
    rows[2].1 = "9e19".to_owned();
    let folder = one_report(base.path(), &rows);
    let points = "  points: {K0.A: {unit: psi}}\n";
    let text =
        format!("cleaner:\n  site_id: S\n  timezone: UTC\n  resample_interval: 15m\n{points}");
    let overrides = Overrides {
        data_dir: Some(base.path().join("data")),
        ..Overrides::default()
    };
    let settings = Settings::new(&Config::parse(&text).unwrap(), &overrides).unwrap();
    let summary = commit(&folder, &settings);
    let dataset = read(&settings, &summary);
    let mut why = evidence(&settings, &summary, &dataset);
    why.retain(|(_, column, ..)| column.is_some());
    let [(time, Some(column), Rule::NotFinite, [Some(value), ..], _)] = why.as_slice() else {
        panic!("{why:?}")
    };
    let bins: Vec<Instant> = dataset.keys().copied().collect();
    assert_eq!((bins.len(), bins[4]), (8, *time));
    let kilopascals = |bits: &u64| (f64::from_bits(*bits) * 1e3).round() / 1e3;
    let a: Vec<Option<f64>> = (dataset.values())
        .map(|(cells, _)| cells.get("k0_a").map(kilopascals))
        .collect();
    let (first, second) = (Some(3.447), Some(10.342));
    let (seventh, eighth) = (Some(44.816), Some(51.711));
    assert_eq!(a, [first, second, None, None, None, None, seventh, eighth]);
    assert_eq!((column.as_str(), f64::from_bits(*value)), ("k0_a", 9e19));
    assert_eq!(
        summary.committed.manifest.statistics.points["k0_a"].values,
        4
    );
}
