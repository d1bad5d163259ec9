//! A dataset whose `timestamp_unit` changes.

use crate::plants::{File, Reading, config, read, run, settings};
use crate::{Inbox, REBUILD};
use arrow::datatypes::{DataType, TimeUnit};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::fs;
use std::path::{Path, PathBuf};
use trendgate::files::{check_file, read_record};
use trendgate::internals::model::schema_hash;
use trendgate::internals::pipeline::{own_cleaner, prospect, retract, run_with};
use trendgate::internals::publish::{HistoryQueries as _, record_path};
use trendgate::vocabulary::{Aggregation, SchemaColumn, Term};
use trendgate::{AsOf, ErrorKind, Retraction, Run, RunOptions, Settings, Site, Watch};

/// The settings of the same site with timestamps in microseconds.
fn counting_micros(data: &Path) -> Settings {
    settings(
        data,
        &format!("{}batch: {{timestamp_unit: us}}\n", config()),
    )
}

fn data(settings: &Settings) -> PathBuf {
    settings.dirs().root.clone()
}

/// What the timestamps of every part and evidence file count; all the same.
fn unit(settings: &Settings) -> TimeUnit {
    let snapshot = Site::of(settings).snapshot(AsOf::Latest).unwrap();
    let parts = snapshot.parts.iter().map(|part| part.file.clone());
    let mut units: Vec<TimeUnit> = Vec::new();
    for file in parts.chain(snapshot.evidence.clone()) {
        let file = fs::File::open(file).unwrap();
        let schema = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        let schema = schema.schema().clone();
        for name in ["timestamp", "known_at"] {
            if let Ok(field) = schema.field_with_name(name) {
                let DataType::Timestamp(unit, Some(zone)) = field.data_type() else {
                    panic!("{field}")
                };
                assert_eq!(&**zone, "UTC");
                units.push(*unit);
            }
        }
    }
    units.dedup();
    assert_eq!(units.len(), 1);
    let listed = &snapshot.columns.iter().find(|c| c.name == "timestamp");
    let name = match units[0] {
        TimeUnit::Nanosecond => "timestamp[ns, UTC]",
        _ => "timestamp[us, UTC]",
    };
    assert_eq!(listed.unwrap().data_type, name);
    units[0]
}

/// The digests of all live parts.
fn digests(settings: &Settings) -> Vec<String> {
    let snapshot = Site::of(settings).snapshot(AsOf::Latest).unwrap();
    let parts = snapshot.parts.iter();
    parts.map(|part| part.entry.sha256.to_string()).collect()
}

fn is_in_order(settings: &Settings) {
    let verified = Site::of(settings).verify(Watch::unwatched());
    assert_eq!(verified.unwrap().findings, []);
    for part in Site::of(settings).snapshot(AsOf::Latest).unwrap().parts {
        assert!(check_file(&part.file).unwrap().violations.is_empty());
    }
}

/// A dataset with evidence, over two months.
fn plant() -> (Inbox, Vec<File>) {
    let inbox = Inbox::new();
    let mut files = vec![File::plain(0, 2, 40), File::plain(1, 0, 45)];
    let hole = |row: &(i64, String, String)| (row.0 / 15) % 96 < 90;
    files.iter_mut().for_each(|file| file.rows.retain(hole));
    for (name, file) in files.iter().enumerate() {
        inbox.put(&format!("{name}.csv"), file);
    }
    inbox.night();
    (inbox, files)
}

fn same(found: &Reading, expected: &Reading) {
    assert_eq!(found.rows, expected.rows);
    assert_eq!(found.evidence, expected.evidence);
    assert_eq!(found.gaps, expected.gaps);
    assert_eq!(found.columns, expected.columns);
}

#[test]
fn another_unit_writes_the_same_rows_once_more_in_a_version_of_its_own_and_back() {
    let (inbox, _) = plant();
    let nanos = &inbox.settings;
    let micros = counting_micros(&data(nanos));
    let (before, old) = (read(nanos), digests(nanos));
    assert_eq!(unit(nanos), TimeUnit::Nanosecond);
    let Run::Committed(done) = run(&micros, &[inbox.folder()]).unwrap() else {
        panic!("nothing new")
    };
    let manifest = &done.committed.manifest;
    assert_eq!((manifest.version, done.known), (2, 2));
    assert_eq!((manifest.changed_range, manifest.cells.input), (None, 0));
    assert_eq!(manifest.statistics.total_rows, before.rows.len() as u64);
    same(&read(&micros), &before);
    assert_eq!(unit(&micros), TimeUnit::Microsecond);
    is_in_order(&micros);
    // The files are those of a run that counted so from the start.
    let fresh = counting_micros(&data(nanos).with_file_name("fresh"));
    run(&fresh, &[inbox.folder()]).unwrap();
    assert_eq!(digests(&micros), digests(&fresh));
    assert!(matches!(
        run(&micros, &[inbox.folder()]),
        Ok(Run::NothingNew(_))
    ));
    // As of the version before it is as it was.
    let history = Site::of(nanos).history().unwrap();
    assert_eq!(history.until(1).unwrap().live_parts().len(), old.len());
    run(nanos, &[inbox.folder()]).unwrap();
    assert_eq!((unit(nanos), digests(nanos)), (TimeUnit::Nanosecond, old));
    same(&read(nanos), &before);
    is_in_order(nanos);
}

#[test]
fn new_reports_come_after_the_change_of_unit_and_so_does_a_retraction() {
    let (inbox, mut files) = plant();
    let micros = counting_micros(&data(&inbox.settings));
    files.push(File::plain(3, 30, 33));
    let path = inbox.put("next.csv", &files[2]);
    let Run::Committed(done) = run(&micros, &[inbox.folder()]).unwrap() else {
        panic!("nothing new")
    };
    let manifest = &done.committed.manifest;
    assert_eq!((manifest.version, done.committed.inputs), (3, 1));
    inbox.is_that_of(&files.iter().collect::<Vec<_>>());
    assert_eq!(unit(&micros), TimeUnit::Microsecond);
    inbox
        .retract(&Retraction::File(path), RunOptions::default())
        .unwrap();
    files.pop();
    inbox.is_that_of(&files.iter().collect::<Vec<_>>());
    assert_eq!(unit(&micros), TimeUnit::Nanosecond);
}

#[test]
fn a_change_of_unit_is_told_by_a_plan_and_by_the_run_and_makes_no_news_of_a_known_reject() {
    let (inbox, _) = plant();
    let noise = inbox.folder().join("noise.csv");
    fs::write(&noise, "no report\n").unwrap();
    let nanos = &inbox.settings;
    let Run::NothingNew(nothing) = run(nanos, &[inbox.folder()]).unwrap() else {
        panic!("a reject makes no version")
    };
    assert_eq!((nothing.failed.len(), nothing.known_rejects), (1, 0));
    // One in the log, too: it comes with a report.
    inbox.put("next.csv", &File::plain(3, 30, 33));
    fs::write(inbox.folder().join("more.csv"), "no report, either\n").unwrap();
    let Run::Committed(done) = run(nanos, &[inbox.folder()]).unwrap() else {
        panic!("nothing new")
    };
    assert_eq!((done.failed.len(), done.known_rejects), (1, 1));
    let micros = counting_micros(&data(nanos));
    let prospect = prospect(
        &micros,
        &[inbox.folder()],
        RunOptions::default(),
        Watch::unwatched(),
    );
    assert_eq!(prospect.unwrap().survey.known_rejects.len(), 2);
    let Run::Committed(done) = run(&micros, &[inbox.folder()]).unwrap() else {
        panic!("nothing new")
    };
    assert_eq!((done.failed.len(), done.known_rejects), (0, 2));
    let said: Vec<String> = done.warnings.iter().map(ToString::to_string).collect();
    let expected = "timestamps of the dataset change from ns to us: all files of version 2 are written once more, as a version of its own";
    assert_eq!(said, [expected]);
    assert!(matches!(
        run(&micros, &[inbox.folder()]),
        Ok(Run::NothingNew(_))
    ));
}

#[test]
fn a_change_of_unit_with_any_other_change_is_refused_and_changes_nothing() {
    let (inbox, _) = plant();
    let text = config().replace("max_gap: 1d", "max_gap: 2d");
    let text = format!("{text}batch: {{timestamp_unit: us}}\n");
    let both = settings(&data(&inbox.settings), &text);
    let error = run(&both, &[inbox.folder()]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(unit(&inbox.settings), TimeUnit::Nanosecond);
    let history = Site::of(&inbox.settings).history().unwrap();
    assert_eq!(history.version(), 1);
}

#[test]
fn a_rebuild_in_another_unit_leaves_no_file_in_the_old_one() {
    let (inbox, _) = plant();
    let micros = counting_micros(&data(&inbox.settings));
    let before = read(&inbox.settings);
    let rebuild = |settings: &Settings| {
        let (cleaner, folder) = (own_cleaner(settings), inbox.folder());
        run_with(settings, &[folder], REBUILD, &cleaner, Watch::unwatched())
    };
    assert!(matches!(rebuild(&micros), Ok(Run::Committed(_))));
    assert_eq!(unit(&micros), TimeUnit::Microsecond);
    same(&read(&micros), &before);
    is_in_order(&micros);
    // Not even that makes two changes at once.
    let text = config().replace("max_gap: 1d", "max_gap: 2d");
    let both = settings(&data(&inbox.settings), &text);
    let version = || Site::of(&both).history().unwrap().version();
    let committed = version();
    let error = rebuild(&both).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!((version(), unit(&both)), (committed, TimeUnit::Microsecond));
}

#[test]
fn what_is_refused_is_refused_before_anything_is_written() {
    let (inbox, _) = plant();
    let micros = counting_micros(&data(&inbox.settings));
    let cleaner = own_cleaner(&micros);
    let nothing = Retraction::Version(7);
    let options = RunOptions::default();
    let refused = retract(&micros, &nothing, options, &cleaner, Watch::unwatched());
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Usage);
    assert_eq!(unit(&inbox.settings), TimeUnit::Nanosecond);
}

#[test]
fn a_run_that_fails_after_the_change_of_unit_says_what_it_has_committed() {
    let (inbox, _) = plant();
    fs::write(inbox.folder().join("noise.csv"), "no report\n").unwrap();
    let text = format!(
        "{}batch: {{timestamp_unit: us, stop_on_error: true}}\n",
        config()
    );
    let strict = settings(&data(&inbox.settings), &text);
    let error = run(&strict, &[inbox.folder()]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Input);
    let hint = error.hint_text().unwrap();
    let expected =
        "version 2, with timestamps of another unit, was committed before that and stays";
    assert!(hint.starts_with(expected), "{hint}");
    assert_eq!(unit(&strict), TimeUnit::Microsecond);
    is_in_order(&strict);
}

#[test]
fn a_dataset_that_does_not_state_aggregations_has_them_from_its_parts() {
    let (inbox, _) = plant();
    let record = record_path(inbox.settings.dirs(), "S", 1);
    let mut manifest = read_record(&record).unwrap();
    let stated: Vec<_> = manifest.schema.clone();
    for column in &mut manifest.schema {
        column.aggregation = None;
    }
    manifest.schema_hash = schema_hash(&manifest.schema).unwrap();
    let text = String::from_utf8(manifest.to_bytes().unwrap()).unwrap();
    fs::write(&record, text).unwrap();
    let micros = counting_micros(&data(&inbox.settings));
    let Run::Committed(done) = run(&micros, &[inbox.folder()]).unwrap() else {
        panic!("nothing new")
    };
    let aggregations = |columns: &[SchemaColumn]| -> Vec<_> {
        let columns = columns.iter();
        columns
            .map(|column| (column.name.clone(), column.aggregation.clone()))
            .collect()
    };
    let found = aggregations(&done.committed.manifest.schema);
    assert_eq!(found, aggregations(&stated));
    let mean = Some(Term::Known(Aggregation::Mean));
    assert!(
        found.iter().any(|(_, how)| how.is_some() && *how != mean),
        "{found:?}"
    );
    let fresh = counting_micros(&data(&inbox.settings).with_file_name("fresh"));
    run(&fresh, &[inbox.folder()]).unwrap();
    assert_eq!(digests(&micros), digests(&fresh));
}
