//! The laws of the whole way, from files to a committed dataset read back: the dataset depends on the set of rows alone, no
//! cell is lost, no row is out of order, and the manifest counts what is on disk.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test makes its own files, and panics where it fails"
)]

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Float64Type, TimestampNanosecondType};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use trendgate::clean::{Cleaner, Cleaning, Kind, Look, MergedRows, Stretch};
use trendgate::config::{Config, Overrides, Settings};
use trendgate::model::{Equipment, Flag, PointSpec, Rule};
use trendgate::partition::evidence_rows;
use trendgate::partition::read_part;
use trendgate::pipeline::{self, Run, Summary};
use trendgate::progress::Watch;
use trendgate::publish::{Manifest, read_manifest};
use trendgate::time::{DAY, Instant, MINUTE, Span};
use trendgate::verify::{Snapshot, SnapshotPart};
use trendgate::{Digest, ErrorKind, Result};

/// A row: minutes after the start, and the texts of two cells.
type Row = (i64, String, String);

/// The dataset as read: for each time its values (as bits, so that null equals null) by column, and its flags.
type Dataset = BTreeMap<Instant, (BTreeMap<String, u64>, String)>;

fn report(kind: usize, rows: &[Row]) -> String {
    let mut text = format!(
        "\"Key  Name:Suffix\"\r\n\"Point_1:\",\"K{kind}.A\",\"\",\"5 minutes\"\r\n\"Point_2:\",\"K{kind}.KWH\",\"\",\"5 minutes\"\r\n\"Time Interval:\",\"15 Minutes\"\r\n\"\"\r\n\"<>Date\",\"Time\",\"Point_1\",\"Point_2\"\r\n"
    );
    let start = jiff::civil::date(2016, 11, 27).at(0, 0, 0, 0);
    for (minutes, a, b) in rows {
        let at = start + jiff::SignedDuration::from_mins(*minutes);
        text.push_str(&format!(
            "\"{}\",\"{}\",\"{a}\",\"{b}\"\r\n",
            at.strftime("%Y/%m/%d"),
            at.strftime("%H:%M:%S")
        ));
    }
    text + "\" **** End of Report ****\"\r\n"
}

fn settings(data: &Path, resample: &str, threads: usize, more: &str) -> Settings {
    let text = format!(
        "cleaner:\n  max_gap: 1d\n  points: {{\"*.KWH\": {{physical_type: energy_counter}}, \"K0.A\": {{physical_type: power, frozen: {{idle_below: 0.5}}, hampel: {{half_width: 2h}}}}, \
         \"K1.A\": {{physical_type: chilled_water_temperature, unit: °C, frozen: {{min_duration: 30m, tolerance: 0.2}}}}, \"K2.A\": {{physical_type: frequency}}}}\n  equipment:\n    \
         pumps: {{P1: {{frequency: K2.A, power: K0.A, rated_frequency: 400, rated_power_kw: 300, settle: 30m}}}}\n    \
         chillers: {{C1: {{running: K0.A, needs: {{pump: [P1]}}}}}}\n{more}"
    );
    let overrides = Overrides {
        site: Some("S".into()),
        timezone: Some("Asia/Taipei".into()),
        resample: Some(resample.into()),
        data_dir: Some(data.to_owned()),
        threads: Some(threads),
    };
    Settings::new(&Config::parse(&text).unwrap(), &overrides).unwrap()
}

fn commit(folder: &Path, settings: &Settings) -> Summary {
    let run = pipeline::run(
        settings,
        &[folder.to_owned()],
        &pipeline::own_cleaner(settings),
        Watch::unwatched(),
    )
    .unwrap();
    let Run::Committed(summary) = run else {
        panic!("nothing new")
    };
    *summary
}

/// Reads the parts that the manifest names, in its order, and checks what it says of them on the way.
fn read(settings: &Settings, summary: &Summary) -> Dataset {
    let manifest = &summary.committed.manifest;
    let mut dataset = Dataset::new();
    let mut last = Instant::MIN;
    for part in &manifest.files {
        let path = settings.dirs.processed.join(&part.path);
        let mut rows = 0;
        for batch in trendgate::partition::read_part(&path).unwrap() {
            rows += collect(&batch.unwrap(), &mut dataset, &mut last);
        }
        assert_eq!(rows, part.rows);
        assert_eq!(fs::metadata(&path).unwrap().len(), part.bytes);
        assert_eq!(trendgate::store::digest(&path).unwrap().1, part.sha256);
    }
    assert_eq!(dataset.len() as u64, manifest.statistics.total_rows);
    for (flag, rows) in &manifest.statistics.quality_flags_distribution {
        let found = dataset
            .values()
            .filter(|(_, flags)| flags.contains(flag.name()))
            .count();
        assert_eq!(found as u64, *rows, "{flag:?}");
    }
    dataset
}

fn collect(batch: &RecordBatch, dataset: &mut Dataset, last: &mut Instant) -> u64 {
    let times = batch.column(0).as_primitive::<TimestampNanosecondType>();
    let flags = batch.column(1).as_list::<i32>();
    let schema = batch.schema();
    for row in 0..batch.num_rows() {
        let time = Instant::from_nanos(times.value(row));
        assert!(time > *last, "rows in order");
        *last = time;
        let names: Vec<String> = flags
            .value(row)
            .as_string::<i32>()
            .iter()
            .map(|name| name.unwrap().to_owned())
            .collect();
        let values = schema.fields()[2..]
            .iter()
            .zip(&batch.columns()[2..])
            .filter_map(|(field, column)| {
                let column = column.as_primitive::<Float64Type>();
                // Absent and null are the same: a dataset is the union of its columns.
                column
                    .is_valid(row)
                    .then(|| (field.name().clone(), column.value(row).to_bits()))
            });
        dataset.insert(*last, (values.collect(), names.join(",")));
    }
    batch.num_rows() as u64
}

/// Why cells are flagged, as the evidence files say: time, column, rule, the bits of value and limits, and from when on it is certain.
type Why = (Instant, Option<String>, Rule, [Option<u64>; 3], Instant);

/// Reads the evidence files that the manifest names, and checks them against the rows: a row has a flag exactly where a rule
/// that raises it has evidence.
fn evidence(settings: &Settings, summary: &Summary, dataset: &Dataset) -> Vec<Why> {
    let mut evidence = Vec::new();
    for file in &summary.committed.manifest.evidence_files {
        let before = evidence.len();
        for batch in read_part(&settings.dirs.evidence.join(&file.path)).unwrap() {
            for row in evidence_rows(&batch.unwrap()).unwrap() {
                let bits = [row.value, row.low, row.high].map(|number| number.map(f64::to_bits));
                evidence.push((row.time, row.column, row.rule, bits, row.known_at.unwrap()));
            }
        }
        assert_eq!(file.rows, (evidence.len() - before) as u64);
    }
    assert!(evidence.is_sorted_by_key(|(time, column, rule, ..)| (*time, column.clone(), *rule)));
    let mut flags: BTreeMap<Instant, BTreeSet<Flag>> = BTreeMap::new();
    for (time, column, rule, [value, ..], _) in &evidence {
        flags.entry(*time).or_default().extend(rule.flag());
        if let (Some(column), Rule::Plausible | Rule::Hampel | Rule::Frozen) = (column, rule) {
            assert_eq!(
                dataset[time].0.get(column),
                value.as_ref(),
                "{column} at {time}"
            );
        }
    }
    for (time, (_, found)) in dataset {
        let expected: Vec<&str> = flags
            .get(time)
            .into_iter()
            .flatten()
            .map(|flag| flag.name())
            .collect();
        assert_eq!(*found, expected.join(","));
    }
    evidence
}

/// Writes the rows of each kind as `files` reports: contiguous stretches, or dealt out like cards.
fn write(folder: &Path, kinds: &[Vec<Row>], files: usize, dealt: bool, names: u64) {
    for (kind, rows) in kinds.iter().enumerate() {
        let mut shares: Vec<Vec<Row>> = vec![Vec::new(); files];
        for (index, row) in rows.iter().enumerate() {
            let share = if dealt {
                index % files
            } else {
                index * files / rows.len()
            };
            shares[share].push(row.clone());
        }
        for (index, share) in shares
            .iter()
            .enumerate()
            .filter(|(_, share)| !share.is_empty())
        {
            // Names in an order of their own: nothing may depend on them.
            let name = (index as u64 ^ names).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
            fs::write(
                folder.join(format!("{name:06x}-{kind}-{index}.csv")),
                report(kind, share),
            )
            .unwrap();
        }
    }
}

/// The digests of the parts and of the evidence that a version wrote.
fn digests(manifest: &Manifest) -> [Vec<Digest>; 2] {
    let parts = manifest.files.iter().map(|part| part.sha256);
    let evidence = manifest.evidence_files.iter().map(|file| file.sha256);
    [parts.collect(), evidence.collect()]
}

fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => (-999..9999_i32).prop_map(|tenths| format!("{:.1}", f64::from(tenths) / 10.0)),
        2 => Just("No Data".to_owned()),
        1 => Just("1e30".to_owned()),
        1 => Just("gibberish".to_owned()),
    ]
}

/// Rows of a kind over about a week that crosses a month, with holes, and with a point that sometimes stands still.
fn rows() -> impl Strategy<Value = Vec<Row>> {
    let step = prop_oneof![20 => Just(15_i64), 3 => 5..200_i64, 1 => 500..3000_i64];
    let still = prop_oneof![12 => Just(true), 1 => Just(false)];
    prop::collection::vec((step, still, cell(), cell()), 1..250).prop_map(|rows| {
        let (mut minutes, mut last) = (0, "7.1".to_owned());
        rows.into_iter()
            .map(|(step, still, a, b)| {
                minutes += step;
                if !still {
                    last.clone_from(&a);
                }
                (minutes, last.clone(), b)
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn files_order_names_and_threads_do_not_change_the_dataset(
        kinds in prop::collection::vec(rows(), 1..4),
        files in prop_oneof![Just(7_usize), Just(97), 2..20_usize],
        dealt: bool,
        names: u64,
        resample in prop_oneof![Just("15m"), Just("1h")],
    ) {
        let base = tempfile::tempdir().unwrap();
        let make = |name: &str, files: usize, dealt: bool, names: u64, threads: usize| {
            let folder = base.path().join(name);
            fs::create_dir(&folder).unwrap();
            write(&folder, &kinds, files, dealt, names);
            let settings = settings(&base.path().join(format!("{name}-data")), resample, threads, "");
            let summary = commit(&folder, &settings);
            let dataset = read(&settings, &summary);
            let evidence = evidence(&settings, &summary, &dataset);
            let points = &summary.committed.manifest.statistics.points;
            for (column, point) in points {
                for (rule, counts) in &point.rules {
                    let flagged = evidence.iter().filter(|why| why.1.as_ref() == Some(column) && why.2 == *rule);
                    assert_eq!(counts.flagged, flagged.count() as u64, "{column} {rule:?}");
                    assert_eq!(counts.bins(), summary.committed.manifest.statistics.total_rows);
                }
            }
            ((dataset, evidence), summary)
        };
        let (one, first) = make("one", 1, false, 0, 1);
        let (many, second) = make("many", files, dealt, names, 2);
        prop_assert_eq!(&one, &many);
        let cells = |summary: &Summary| summary.committed.manifest.cells;
        prop_assert_eq!(cells(&first), cells(&second));
        let total: usize = kinds.iter().map(|rows| rows.len() * 2).sum();
        prop_assert_eq!(cells(&first).input, total as u64);
        prop_assert_eq!(&first.committed.manifest.statistics.points, &second.committed.manifest.statistics.points);
        prop_assert_eq!(&first.committed.manifest.gaps, &second.committed.manifest.gaps);
        // The same bytes, whatever the batch.
        prop_assert_eq!(digests(&first.committed.manifest), digests(&second.committed.manifest));
    }

    #[test]
    fn a_number_alone_in_its_bin_arrives_unchanged(rows in rows()) {
        let base = tempfile::tempdir().unwrap();
        let folder = base.path().join("in");
        fs::create_dir(&folder).unwrap();
        write(&folder, std::slice::from_ref(&rows), 3, true, 1);
        let settings = settings(&base.path().join("data"), "5m", 2, "  allow_upsample: true\n");
        let dataset = read(&settings, &commit(&folder, &settings));
        // 2016-11-27T00:00 in Taipei.
        let start = Instant::from_nanos(1_480_176_000_000_000_000);
        let mut expected: BTreeMap<(Instant, &str), f64> = BTreeMap::new();
        for (minutes, a, b) in &rows {
            let bin = start + minutes / 5 * (5 * MINUTE);
            for (column, cell) in [("k0_a", a), ("k0_kwh", b)] {
                if let Some(value) = cell.parse::<f64>().ok().filter(|value| value.abs() < 1e20) {
                    expected.insert((bin, column), value);
                }
            }
        }
        let found: BTreeMap<(Instant, &str), f64> = dataset
            .iter()
            .flat_map(|(time, (values, _))| values.iter().map(|(column, bits)| ((*time, column.as_str()), f64::from_bits(*bits))))
            .collect();
        prop_assert_eq!(found, expected);
    }
}

/// A folder with the rows of one kind in one report.
fn one_report(base: &Path, rows: &[Row]) -> PathBuf {
    let folder = base.join("in");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("a.csv"), report(0, rows)).unwrap();
    folder
}

fn plain_rows(count: i64) -> Vec<Row> {
    (0..count)
        .map(|row| (row * 15, format!("{row}.5"), format!("{}", 1000 + row)))
        .collect()
}

#[test]
fn the_same_files_again_are_nothing_new_whatever_their_names() {
    let base = tempfile::tempdir().unwrap();
    let folder = one_report(base.path(), &plain_rows(10));
    let settings = settings(&base.path().join("data"), "15m", 1, "");
    commit(&folder, &settings);
    fs::rename(folder.join("a.csv"), folder.join("b.csv")).unwrap();
    let run = || {
        pipeline::run(
            &settings,
            std::slice::from_ref(&folder),
            &pipeline::own_cleaner(&settings),
            Watch::unwatched(),
        )
    };
    assert!(
        matches!(run().unwrap(), Run::NothingNew(nothing) if nothing.known == 1 && nothing.version == 1)
    );
    fs::write(folder.join("c.csv"), report(0, &plain_rows(11))).unwrap();
    assert!(
        matches!(run().unwrap(), Run::Committed(grown) if grown.committed.version == 2 && grown.known == 1)
    );
}

#[test]
fn equal_rows_make_equal_parts_whether_they_come_at_once_or_night_by_night() {
    let base = tempfile::tempdir().unwrap();
    let rows = plain_rows(800);
    let dataset = |name: &str, nights: &[&[Row]], threads: usize| {
        let folder = base.path().join(name);
        fs::create_dir(&folder).unwrap();
        let settings = settings(
            &base.path().join(format!("{name}-data")),
            "15m",
            threads,
            "",
        );
        for (night, rows) in nights.iter().enumerate() {
            fs::write(folder.join(format!("{night}.csv")), report(0, rows)).unwrap();
            commit(&folder, &settings);
        }
        let parts = Snapshot::of_site(&settings.dirs, "S").unwrap().parts;
        let digest = |part: &SnapshotPart| part.entry.sha256;
        parts.iter().map(digest).collect::<Vec<_>>()
    };
    let once = dataset("once", &[&rows], 1);
    assert_eq!(once.len(), 2, "two months");
    assert_eq!(dataset("grown", &[&rows[..300], &rows[300..]], 2), once);
    assert_eq!(dataset("late", &[&rows[300..], &rows[..300]], 1), once);
}

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

/// A cleaner of a caller's own that breaks the contract: it gives its rows twice.
struct Stutter;

struct Stuttering<'a>(Box<dyn Cleaning + 'a>);

impl Cleaner for Stutter {
    fn look(&self, _kinds: &[Kind], _points: &[PointSpec], _equipment: &Equipment) -> Look {
        Look {
            before: Span::ZERO,
            after: Span::ZERO,
        }
    }

    fn begin<'a>(&'a self, stretch: Stretch<'a>) -> Result<Box<dyn Cleaning + 'a>> {
        const OURS: trendgate::clean::EvenSeries =
            trendgate::clean::EvenSeries::new(trendgate::clean::EvenRules {
                interval: MINUTE.times(15),
                max_gap: DAY,
                min_coverage: 0.5,
            });
        Ok(Box::new(Stuttering(OURS.begin(stretch)?)))
    }
}

impl Cleaning for Stuttering<'_> {
    fn push(&mut self, rows: &MergedRows) -> Result<Option<RecordBatch>> {
        self.0.push(rows)
    }

    fn finish(&mut self) -> Result<Option<RecordBatch>> {
        let batch = self.0.finish()?.unwrap();
        Ok(Some(
            arrow::compute::concat_batches(&batch.schema(), [&batch, &batch]).unwrap(),
        ))
    }
}

/// Of a first run that fails.
fn only_the_error_log_is_left(settings: &Settings) {
    let names = |folder: &Path| -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name());
        names.map(|name| name.into_string().unwrap()).collect()
    };
    let dirs = &settings.dirs;
    assert_eq!(names(&dirs.root), ["manifests"]);
    assert_eq!(names(&dirs.manifests), ["errors-S.jsonl"]);
}

#[test]
fn a_cleaner_that_breaks_the_contract_commits_nothing_and_leaves_nothing() {
    let base = tempfile::tempdir().unwrap();
    let folder = one_report(base.path(), &plain_rows(10));
    let settings = settings(&base.path().join("data"), "15m", 1, "");
    let error = pipeline::run(&settings, &[folder], &Stutter, Watch::unwatched()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Contract);
    assert!(error.message().contains("timestamp"), "{error}");
    only_the_error_log_is_left(&settings);
}

#[test]
fn a_report_that_steps_back_and_then_into_the_future_is_rejected_and_the_others_are_not() {
    let base = tempfile::tempdir().unwrap();
    let folder = one_report(base.path(), &plain_rows(10));
    // Long enough that neither head nor tail shows what is in the middle.
    let mut bad = plain_rows(9000);
    bad.swap(4000, 4001);
    bad[5000].0 = 60 * 24 * 365 * 80;
    fs::write(folder.join("b.csv"), report(1, &bad)).unwrap();
    let settings = settings(&base.path().join("data"), "15m", 2, "");
    let summary = commit(&folder, &settings);
    assert_eq!(summary.failed.len(), 1);
    assert_eq!(summary.failed[0].error.kind(), ErrorKind::Future);
    assert_eq!(summary.failed[0].error.line_number(), Some(5007));
    assert_eq!(summary.committed.manifest.cells.used, 20);
}

#[test]
fn a_report_out_of_order_in_its_middle_is_sorted() {
    let base = tempfile::tempdir().unwrap();
    let mut rows = plain_rows(9000);
    let folder = one_report(base.path(), &rows);
    let settings = |name: &str| settings(&base.path().join(name), "15m", 2, "");
    let expected = read(&settings("ordered"), &commit(&folder, &settings("ordered")));
    rows.swap(4000, 4100);
    fs::write(folder.join("a.csv"), report(0, &rows)).unwrap();
    let summary = commit(&folder, &settings("shuffled"));
    assert_eq!(read(&settings("shuffled"), &summary), expected);
    let manifest = read_manifest(&summary.committed.record).unwrap();
    assert_eq!(
        manifest.inputs[0].problems,
        ["the rows are not in time order; they are sorted"]
    );
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
