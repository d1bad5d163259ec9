//! The law of growth: reports that arrive one by one, in any order and grouping, with edits among them, leave the dataset that one
//! run over all of them makes: rows, cells, flags, evidence, gaps.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test makes its own files, and panics where it fails"
)]

mod clocks;
mod earlier;
mod evidence;
mod killed;
mod model;
mod nights;
mod packed;
mod plants;
mod units;

use plants::{File, Plant, Reading, config, overwrite, read, run, settings};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use trendgate::ErrorKind;
use trendgate::config::Settings;
use trendgate::model::Rule;
use trendgate::pipeline::{
    Options, Retraction, Run, error_log_path, own_cleaner, retract, run_with,
};
use trendgate::progress::{Cancel, Event, Progress, Stage, Watch};
use trendgate::publish::{Collection, History, Manifest, PublicCopy, SiteLock, read_manifest};
use trendgate::time::{Instant, MINUTE, Span};
use trendgate::verify::{Snapshot, same_as_stated, verify_site};

/// The dataset of one run over `files`.
fn at_once(base: &Path, files: &[&File]) -> (Reading, Settings) {
    let folder = base.join("at-once");
    fs::create_dir(&folder).unwrap();
    for (index, file) in files.iter().enumerate() {
        fs::write(folder.join(format!("{index}.csv")), file.text()).unwrap();
    }
    let settings = settings(&base.join("at-once-data"), config());
    run(&settings, &[folder]).unwrap();
    (read(&settings), settings)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn reports_that_arrive_in_any_order_grouping_and_edition_leave_the_dataset_of_all_at_once(
        plant in Plant::any(),
        order in prop::collection::vec(any::<u32>(), 64),
        nights in 1..7_usize,
        threads in 1..3_usize,
    ) {
        let base = tempfile::tempdir().unwrap();
        let (inbox, archive) = (base.path().join("in"), base.path().join("old"));
        fs::create_dir(&inbox).unwrap();
        fs::create_dir(&archive).unwrap();
        let mut grown = settings(&base.path().join("data"), config());
        grown.threads = threads;
        let mut files: Vec<&File> = plant.files.iter().collect();
        let mut keys = order.iter().cycle();
        files.sort_by_cached_key(|_| *keys.next().unwrap());
        // Whatever is in the dataset to be.
        let mut there: Vec<&File> = Vec::new();
        let per_night = files.len().div_ceil(nights);
        for (night, files) in files.chunks(per_night).enumerate() {
            let mut names = BTreeSet::new();
            for file in files {
                // Some reports take the place of another one's file, as a nightly export does.
                let name = if names.insert(file.slot) { file.slot } else { 1000 + there.len() };
                let path = inbox.join(format!("{name}.csv"));
                if path.exists() {
                    let old = fs::read_to_string(&path).unwrap();
                    let place = there.iter().position(|other| other.text() == old).unwrap();
                    if file.covers(there[place]) {
                        there.remove(place);
                    } else {
                        fs::write(archive.join(format!("{night}-{name}.csv")), old).unwrap();
                    }
                }
                overwrite(&path, &file.text());
                there.push(file);
            }
            run(&grown, &[inbox.clone(), archive.clone()]).unwrap();
        }
        let reading = read(&grown);
        let (expected, once) = at_once(base.path(), &there);
        prop_assert_eq!(&reading.gaps, &expected.gaps);
        prop_assert_eq!(&reading.rows, &expected.rows);
        prop_assert_eq!(&reading.evidence, &expected.evidence);
        prop_assert_eq!(&reading.columns, &expected.columns);
        // As many parts as one run makes: months are never split among nights.
        let parts = |settings: &Settings| Snapshot::of_site(&settings.dirs, "S").unwrap().parts.len();
        prop_assert_eq!(parts(&grown), parts(&once));
    }
}

/// The real hospital's reports, where they are.
fn hospital() -> Option<Vec<PathBuf>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/kmuh");
    let Ok(entries) = fs::read_dir(&folder) else {
        println!("SKIPPED: the real reports are not at {}", folder.display());
        return None;
    };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| {
        file.extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("csv"))
    });
    files.sort();
    Some(files)
}

#[test]
fn the_real_hospitals_reports_one_by_one_in_three_orders_are_all_at_once() {
    let Some(mut files) = hospital() else { return };
    let base = tempfile::tempdir().unwrap();
    let text = "cleaner:\n  site_id: S\n  timezone: Asia/Taipei\n  resample_interval: 15m\n  points:\n    \"*.KWH\": {physical_type: energy_counter}\n    \
        \"*.KW\": {physical_type: power}\n    \"*CH?.CH?T\": {physical_type: chilled_water_temperature, required: true}\n";
    let once = settings(&base.path().join("once"), text);
    run(&once, &files).unwrap();
    let expected = read(&once);
    assert!(expected.evidence.iter().any(|why| why.2 == Rule::Frozen));
    let half = files.len() / 2;
    for order in 0..3 {
        match order {
            1 => files.reverse(),
            2 => files.rotate_left(half),
            _ => {}
        }
        let grown = settings(&base.path().join(format!("grown{order}")), text);
        for file in &files {
            run(&grown, std::slice::from_ref(file)).unwrap();
        }
        let reading = read(&grown);
        assert!(reading.rows == expected.rows, "rows, order {order}");
        assert!(
            reading.evidence == expected.evidence,
            "evidence, order {order}"
        );
        assert_eq!(reading.gaps, expected.gaps);
    }
}

#[test]
fn a_month_that_no_new_row_reaches_keeps_its_files_and_is_not_read() {
    let base = tempfile::tempdir().unwrap();
    let (first, second) = (File::plain(0, 0, 8), File::plain(0, 70, 75));
    let grown = settings(&base.path().join("data"), config());
    let inbox = base.path().join("in");
    fs::create_dir(&inbox).unwrap();
    let old = inbox.join("first.csv");
    fs::write(&old, first.text()).unwrap();
    run(&grown, std::slice::from_ref(&inbox)).unwrap();
    let before = History::read(&grown.dirs, "S").unwrap();
    fs::remove_file(&old).unwrap();
    fs::write(inbox.join("second.csv"), second.text()).unwrap();
    let Run::Committed(summary) = run(&grown, &[inbox]).unwrap() else {
        panic!("nothing new")
    };
    let manifest = &summary.committed.manifest;
    assert_eq!(
        (manifest.replaces.len(), manifest.rebuilt_from.len()),
        (0, 0)
    );
    assert_eq!(manifest.approximate_bins, 0);
    assert_eq!(
        summary.committed.inputs, 1,
        "the manifest lists the night's own reports"
    );
    let after = History::read(&grown.dirs, "S").unwrap();
    let names = |history: &History| -> Vec<String> {
        history
            .live_parts()
            .iter()
            .map(|part| part.entry.path.to_string())
            .collect()
    };
    assert_eq!(names(&after)[..1], names(&before)[..]);
    assert_eq!(
        manifest.changed_range.unwrap().first,
        manifest.statistics.time_range.unwrap().first
    );
}

/// A site that grows in an inbox.
struct Inbox {
    base: tempfile::TempDir,
    settings: Settings,
}

impl Inbox {
    fn new() -> Self {
        let base = tempfile::tempdir().unwrap();
        let settings = settings(&base.path().join("data"), config());
        fs::create_dir(base.path().join("in")).unwrap();
        Self { base, settings }
    }

    fn folder(&self) -> PathBuf {
        self.base.path().join("in")
    }

    fn put(&self, name: &str, file: &File) -> PathBuf {
        let path = self.folder().join(name);
        overwrite(&path, &file.text());
        path
    }

    fn run_with(&self, options: Options) -> trendgate::Result<Run> {
        let cleaner = own_cleaner(&self.settings);
        run_with(
            &self.settings,
            &[self.folder()],
            options,
            &cleaner,
            Watch::unwatched(),
        )
    }

    /// A run that commits.
    fn night(&self) -> Manifest {
        let Run::Committed(summary) = self.run_with(Options::default()).unwrap() else {
            panic!("nothing new")
        };
        summary.committed.manifest
    }

    fn retract(&self, what: &Retraction, options: Options) -> trendgate::Result<Manifest> {
        let cleaner = own_cleaner(&self.settings);
        match retract(&self.settings, what, options, &cleaner, Watch::unwatched())? {
            Run::Committed(summary) => read_manifest(&summary.committed.record),
            Run::NothingNew(_) => panic!("nothing was retracted"),
        }
    }

    /// The dataset of one run over `files` is this one, and all that verification looks at is in order.
    fn is_that_of(&self, files: &[&File]) {
        self.reads_as(files);
        let verified = verify_site(&self.settings.dirs, "S", PublicCopy::Write, &same_as_stated);
        assert_eq!(verified.unwrap().findings, []);
    }

    /// Readers find the dataset of one run over `files`.
    fn reads_as(&self, files: &[&File]) {
        let base = tempfile::tempdir().unwrap();
        let (expected, _) = at_once(base.path(), files);
        let reading = read(&self.settings);
        assert_eq!(reading.rows, expected.rows);
        assert_eq!(reading.evidence, expected.evidence);
        assert_eq!(reading.gaps, expected.gaps);
        assert_eq!(reading.columns, expected.columns);
    }
}

const FORCE: Options = Options {
    rebuild: false,
    force: true,
    paranoid: false,
};

const REBUILD: Options = Options {
    rebuild: true,
    force: false,
    paranoid: false,
};

#[test]
fn a_latest_file_that_is_replaced_every_night_does_not_delete_yesterday() {
    let inbox = Inbox::new();
    let [first, second] = [File::plain(1, 0, 2), File::plain(1, 2, 4)];
    inbox.put("latest.csv", &first);
    inbox.night();
    inbox.put("latest.csv", &second);
    let manifest = inbox.night();
    assert_eq!(manifest.superseded, []);
    // Yesterday's file is gone, so its bins are what they were: here, as a mean of one, exactly.
    assert!(
        manifest.approximate_bins >= 2 * 96,
        "{}",
        manifest.approximate_bins
    );
    let base = tempfile::tempdir().unwrap();
    let (expected, _) = at_once(base.path(), &[&first, &second]);
    assert_eq!(read(&inbox.settings).rows, expected.rows);
    assert_eq!(
        History::read(&inbox.settings.dirs, "S")
            .unwrap()
            .sources()
            .count(),
        2
    );
}

#[test]
fn a_file_that_is_exported_again_with_more_rows_takes_the_place_of_what_it_was() {
    let inbox = Inbox::new();
    let (first, mut second) = (File::plain(1, 0, 2), File::plain(1, 0, 4));
    second.rows[10].1 = "9.9".to_owned();
    let path = inbox.put("november.csv", &first);
    inbox.night();
    inbox.put("november.csv", &second);
    let manifest = inbox.night();
    assert_eq!(manifest.superseded.len(), 1);
    assert_eq!(
        manifest.superseded[0].path,
        path.canonicalize().unwrap().display().to_string()
    );
    assert_eq!((manifest.approximate_bins, manifest.replaces.len()), (0, 1));
    // The first row that differs, not the first of the month.
    let start = manifest.statistics.time_range.unwrap().first;
    assert_eq!(manifest.changed_range.unwrap().first, start + 150 * MINUTE);
    inbox.is_that_of(&[&second]);
    // A copy of what it was is not news, but the file that goes back to it is.
    inbox.put("copy.csv", &first);
    assert!(
        matches!(inbox.run_with(Options::default()).unwrap(), Run::NothingNew(nothing) if nothing.withdrawn == 1)
    );
    fs::remove_file(inbox.folder().join("copy.csv")).unwrap();
    inbox.put("november.csv", &first);
    inbox.put("backup.csv", &second);
    inbox.night();
    inbox.is_that_of(&[&first, &second]);
}

#[test]
fn a_source_that_moved_is_found_by_its_content_and_one_that_vanished_keeps_its_bins() {
    let inbox = Inbox::new();
    let [first, second, third] =
        [(0, 3), (2, 5), (4, 6)].map(|(from, to)| File::plain(1, from, to));
    let old = inbox.put("a.csv", &first);
    inbox.night();
    let new = inbox.folder().join("moved.csv");
    fs::rename(&old, &new).unwrap();
    inbox.put("b.csv", &second);
    let manifest = inbox.night();
    assert_eq!(
        manifest.rebuilt_from[0].path,
        new.canonicalize().unwrap().display().to_string()
    );
    assert_eq!(manifest.approximate_bins, 0);
    inbox.is_that_of(&[&first, &second]);
    fs::remove_file(&new).unwrap();
    inbox.put("c.csv", &third);
    let before = read(&inbox.settings);
    let manifest = inbox.night();
    let after = read(&inbox.settings);
    assert_eq!(manifest.approximate_bins, 3 * 96);
    assert_eq!(manifest.cells.input, manifest.cells.accounted());
    assert!(
        manifest.cells.gave_way > 0,
        "the second report has cells of the same time"
    );
    assert!(
        before
            .rows
            .iter()
            .all(|(time, row)| after.rows[time].0 == row.0),
        "what was committed stays"
    );
    assert_eq!(after.rows.len(), 6 * 96);
}

#[test]
fn rows_of_missing_tokens_stay_on_the_axis_when_their_report_is_gone() {
    let inbox = Inbox::new();
    let mut first = File::plain(1, 0, 1);
    for (_, a, b) in &mut first.rows[40..] {
        (*a, *b) = ("No Data".to_owned(), "No Data".to_owned());
    }
    let second = File::plain(2, 0, 1);
    let second = File {
        rows: second.rows[..1].to_vec(),
        ..second
    };
    let old = inbox.put("a.csv", &first);
    inbox.night();
    let before = read(&inbox.settings);
    assert_eq!(before.rows.len(), 96);
    fs::remove_file(old).unwrap();
    inbox.put("b.csv", &second);
    let manifest = inbox.night();
    assert_eq!(manifest.approximate_bins, 40);
    assert_eq!(manifest.cells.input, manifest.cells.accounted());
    let base = tempfile::tempdir().unwrap();
    let (expected, _) = at_once(base.path(), &[&first, &second]);
    assert_eq!(read(&inbox.settings).rows, expected.rows);
}

#[test]
fn a_rebuild_mends_bins_whose_reports_are_back_and_a_file_that_cannot_be_read_is_not_gone() {
    let inbox = Inbox::new();
    let files = [(0, 3), (2, 5), (4, 6)].map(|(from, to)| File::plain(2, from, to));
    // A search passes over a file of that name, so that only its being read again can stumble over it.
    let path = inbox.put(".a.csv", &files[0]);
    run(&inbox.settings, std::slice::from_ref(&path)).unwrap();
    fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink(&path, &path).unwrap();
    inbox.put("b.csv", &files[1]);
    assert_eq!(
        inbox.run_with(Options::default()).unwrap_err().kind(),
        ErrorKind::Storage
    );
    fs::remove_file(&path).unwrap();
    assert!(inbox.night().approximate_bins > 0);
    inbox.put("a.csv", &files[0]);
    inbox.put("c.csv", &files[2]);
    assert!(
        matches!(inbox.run_with(REBUILD).unwrap(), Run::Committed(done) if done.committed.manifest.approximate_bins == 0)
    );
    inbox.is_that_of(&files.iter().collect::<Vec<_>>());
}

#[test]
fn rows_of_the_next_month_change_the_end_of_the_one_before_it_whichever_comes_first() {
    // November ends, in UTC, before row 1088. A point that stands still over the end, and an outage of 20 hours over it.
    let still = |rows: std::ops::Range<i64>| File {
        rows: rows
            .map(|row| (row * 15, "7.1".to_owned(), "1".to_owned()))
            .collect(),
        ..File::plain(2, 0, 1)
    };
    let pairs = [
        [still(1080..1086), still(1086..1100)],
        [still(1000..1020), still(1100..1110)],
    ];
    for files in pairs {
        for order in [[0, 1], [1, 0]] {
            let inbox = Inbox::new();
            inbox.put("first.csv", &files[order[0]]);
            let before = inbox.night();
            inbox.put("second.csv", &files[order[1]]);
            let after = inbox.night();
            if order == [0, 1] {
                assert_eq!((before.files.len(), after.replaces.len()), (1, 1));
                assert_eq!(after.files.len(), 2);
            }
            inbox.is_that_of(&[&files[0], &files[1]]);
        }
    }
}

/// Another run, that commits just before ours does: on a file system without locks, which a lock that lost its name stands for.
struct Rival {
    settings: Settings,
    report: PathBuf,
    commits: AtomicU32,
}

impl Progress for Rival {
    fn event(&self, event: &Event<'_>) {
        if matches!(event, Event::Began(Stage::Committing))
            && self.commits.fetch_add(1, Ordering::Relaxed) < 2
        {
            let lock = self.settings.dirs.manifests.join(".log/S/lock");
            fs::remove_file(lock).unwrap();
            run(&self.settings, std::slice::from_ref(&self.report)).unwrap();
            overwrite(&self.report, &File::plain(2, 1, 9).text());
        }
    }
}

#[test]
fn whoever_loses_a_version_does_its_merge_again_on_top_of_the_winner() {
    let inbox = Inbox::new();
    let ours = File::plain(1, 0, 4);
    inbox.put("ours.csv", &ours);
    let report = inbox.base.path().join("rival.csv");
    fs::write(&report, File::plain(2, 2, 5).text()).unwrap();
    let rival = Rival {
        settings: inbox.settings.clone(),
        report,
        commits: AtomicU32::new(0),
    };
    let cleaner = own_cleaner(&inbox.settings);
    let run = run_with(
        &inbox.settings,
        &[inbox.folder()],
        Options::default(),
        &cleaner,
        Watch::new(&rival, &Cancel::default()),
    );
    let Run::Committed(summary) = run.unwrap() else {
        panic!("nothing new")
    };
    assert_eq!(summary.committed.version, 3, "the rival won twice");
    assert_eq!(rival.commits.load(Ordering::Relaxed), 3);
    inbox.is_that_of(&[&ours, &File::plain(2, 1, 9)]);
    let staging = fs::read_dir(&inbox.settings.dirs.staging).unwrap();
    assert_eq!(staging.count(), 0, "what lost is gone");
}

#[test]
fn a_run_that_is_stopped_wherever_it_asks_leaves_the_dataset_and_the_disk_as_they_were() {
    stop_wherever_it_asks(1);
}

#[test]
fn nor_does_one_of_several_threads_that_is_stopped_leave_anything() {
    stop_wherever_it_asks(3);
}

fn stop_wherever_it_asks(threads: usize) {
    let mut inbox = Inbox::new();
    inbox.settings.threads = threads;
    let mut files = vec![File::plain(1, 0, 3), File::plain(2, 2, 4)];
    for (index, file) in files.iter().enumerate() {
        inbox.put(&format!("{index}.csv"), file);
    }
    inbox.night();
    // What comes: a new report, one over the same time as it, one out of order, one that is none; known ones are read again.
    files.extend([
        File::plain(1, 3, 6),
        File::plain(0, 3, 6),
        File::plain(2, 4, 8),
    ]);
    files[4].rows.reverse();
    for (index, file) in files.iter().enumerate().skip(2) {
        inbox.put(&format!("{index}.csv"), file);
    }
    fs::write(inbox.folder().join("5.csv"), "no report").unwrap();
    let dirs = &inbox.settings.dirs;
    let sizes = || [&dirs.processed, &dirs.evidence].map(|folder| bytes_below(folder));
    let before = (read(&inbox.settings), sizes());
    let cleaner = own_cleaner(&inbox.settings);
    let mut whens = BTreeSet::new();
    for after in 0.. {
        let cancel = Cancel::after(after);
        // Without the list of stamps, so that a file that has settled in the meantime is asked about as often as before.
        let options = Options {
            paranoid: true,
            ..Options::default()
        };
        let run = run_with(
            &inbox.settings,
            &[inbox.folder()],
            options,
            &cleaner,
            Watch::new(Watch::unwatched().progress, &cancel),
        );
        let Err(error) = run else {
            assert!(after > 20, "{after}");
            break;
        };
        assert_eq!(error.kind(), ErrorKind::Stopped, "{after}: {error}");
        whens.insert(error.message().to_owned());
        let staging = fs::read_dir(&dirs.staging).unwrap();
        assert_eq!(staging.count(), 0, "{after}");
        let now = (read(&inbox.settings), sizes());
        assert!(now == before, "{after}: {error}");
    }
    let expected = [
        "before the commit",
        "while comparing with what is committed",
        "while looking at the files",
        "while reading",
    ];
    assert_eq!(whens, expected.map(|when| format!("stopped {when}")).into());
    inbox.is_that_of(&files.iter().collect::<Vec<_>>());
}

/// Says that the run is to stop once its commit has begun.
#[derive(Default)]
struct TooLate(Cancel);

impl Progress for TooLate {
    fn event(&self, event: &Event<'_>) {
        if matches!(event, Event::Began(Stage::Committing)) {
            self.0.cancel();
        }
    }
}

#[test]
fn a_word_to_stop_that_comes_once_the_commit_has_begun_is_too_late() {
    let inbox = Inbox::new();
    let file = File::plain(1, 0, 3);
    inbox.put("a.csv", &file);
    let cleaner = own_cleaner(&inbox.settings);
    let folder = inbox.folder();
    let late = TooLate::default();
    let run = run_with(
        &inbox.settings,
        &[folder],
        Options::default(),
        &cleaner,
        Watch::new(&late, &late.0),
    );
    assert!(matches!(run, Ok(Run::Committed(_))), "{run:?}");
    inbox.is_that_of(&[&file]);
}

#[test]
fn a_report_does_not_leave_months_in_which_another_is_gone_unless_forced() {
    let inbox = Inbox::new();
    let gone = inbox.put("a.csv", &File::plain(1, 0, 3));
    inbox.put("b.csv", &File::plain(1, 2, 5));
    inbox.night();
    fs::remove_file(&gone).unwrap();
    let version = History::read(&inbox.settings.dirs, "S").unwrap().version();
    let leaving = Retraction::File(inbox.folder().join("b.csv"));
    let error = inbox.retract(&leaving, Options::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert_eq!(error.path(), Some(gone.as_path()));
    assert!(error.hint_text().unwrap().contains("--force"));
    assert_eq!(
        History::read(&inbox.settings.dirs, "S").unwrap().version(),
        version
    );
    let manifest = inbox.retract(&leaving, FORCE).unwrap();
    assert_eq!(manifest.approximate_bins, 3 * 96);
    assert_eq!(
        read(&inbox.settings).rows.len(),
        3 * 96,
        "the rest of b is gone"
    );
}

#[test]
fn a_retracted_report_is_as_if_it_had_never_come_and_does_not_come_back_by_itself() {
    let inbox = Inbox::new();
    let files = [
        File::plain(1, 0, 3),
        File::plain(2, 2, 5),
        File::plain(0, 40, 41),
    ];
    for (index, file) in files.iter().enumerate() {
        inbox.put(&format!("{index}.csv"), file);
        inbox.night();
    }
    let before = read(&inbox.settings);
    let manifest = inbox
        .retract(&Retraction::named("2"), Options::default())
        .unwrap();
    assert_eq!(
        (
            manifest.version,
            manifest.retracted.len(),
            manifest.inputs.len()
        ),
        (4, 1, 0)
    );
    inbox.is_that_of(&[&files[0], &files[2]]);
    let Run::NothingNew(nothing) = inbox.run_with(Options::default()).unwrap() else {
        panic!("it came back")
    };
    assert_eq!((nothing.known, nothing.withdrawn), (2, 1));
    let nobody = inbox
        .retract(&Retraction::named("2"), Options::default())
        .unwrap_err();
    assert_eq!(nobody.message(), "S has no report that version 2 took");
    assert!(matches!(inbox.run_with(FORCE).unwrap(), Run::Committed(_)));
    inbox.is_that_of(&[&files[0], &files[1], &files[2]]);
    // The dataset as it was is still there to be read.
    let third = Snapshot::of_version(&inbox.settings.dirs, "S", 3).unwrap();
    assert_eq!(plants::read_snapshot(&third), before);
    let created = History::read(&inbox.settings.dirs, "S").unwrap().versions()[2]
        .manifest
        .created_at;
    assert_eq!(
        Snapshot::as_of(&inbox.settings.dirs, "S", created).unwrap(),
        third
    );
    let error = Snapshot::as_of(&inbox.settings.dirs, "S", Instant::EPOCH).unwrap_err();
    assert!(error.message().contains("no version yet"), "{error}");
}

#[test]
fn a_retraction_that_fails_is_in_the_error_log_and_a_wrong_name_is_not() {
    let inbox = Inbox::new();
    for (index, days) in [(0, 0..3), (1, 2..5)] {
        inbox.put(
            &format!("{index}.csv"),
            &File::plain(1, days.start, days.end),
        );
        inbox.night();
    }
    let log = error_log_path(&inbox.settings.dirs, "S");
    let unknown = inbox.retract(&Retraction::named("7"), Options::default());
    assert_eq!(unknown.unwrap_err().kind(), ErrorKind::Usage);
    assert!(!log.exists(), "a wrong command is answered on the spot");
    // A file has the place of staging: nothing can be committed.
    let staging = &inbox.settings.dirs.staging;
    fs::remove_dir(staging).unwrap();
    fs::write(staging, "in the way").unwrap();
    let failed = inbox.retract(&Retraction::named("1"), Options::default());
    let failed = failed.unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::Storage, "{failed}");
    let text = fs::read_to_string(&log).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.contains("\"kind\":\"Storage\""), "{text}");
    assert!(text.contains("\"site_id\":\"S\""), "{text}");
    assert!(text.contains(failed.message()), "{text}");
}

#[test]
fn a_dataset_without_its_last_report_is_empty_and_can_grow_again() {
    let inbox = Inbox::new();
    let file = File::plain(1, 0, 3);
    let path = inbox.put("a.csv", &file);
    inbox.night();
    inbox
        .retract(&Retraction::File(path), Options::default())
        .unwrap();
    let empty = read(&inbox.settings);
    assert_eq!(
        (empty.rows.len(), empty.evidence.len(), empty.gaps.len()),
        (0, 0, 0)
    );
    let next = File::plain(1, 1, 4);
    inbox.put("b.csv", &next);
    inbox.night();
    inbox.is_that_of(&[&next]);
}

#[test]
fn a_new_configuration_needs_a_rebuild_which_makes_the_dataset_that_it_would_have_made_at_once() {
    let mut inbox = Inbox::new();
    let files = [
        File::plain(1, 0, 3),
        File::plain(2, 20, 25),
        File::plain(0, 70, 72),
    ];
    for (index, file) in files.iter().enumerate() {
        inbox.put(&format!("{index}.csv"), file);
        inbox.night();
    }
    // Other zone, other bins, another required point, another name of a column.
    let text = config()
        .replace("Asia/Taipei", "America/New_York")
        .replace("resample_interval: 15m", "resample_interval: 1h")
        .replace("    K1.A: {", "    K1.A: {required: true, name: supply, ");
    inbox.settings = settings(&inbox.base.path().join("data"), &text);
    let error = inbox.run_with(Options::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.hint_text().unwrap().contains("--rebuild"));
    let Run::Committed(summary) = inbox.run_with(REBUILD).unwrap() else {
        panic!("nothing was rebuilt")
    };
    let inputs = summary.committed.inputs;
    let manifest = summary.committed.manifest;
    assert_eq!(
        (manifest.version, inputs, manifest.rebuilt_from.len()),
        (4, 3, 3)
    );
    let once = tempfile::tempdir().unwrap();
    let expected = settings(&once.path().join("data"), &text);
    run(&expected, &[inbox.folder()]).unwrap();
    assert_eq!(read(&inbox.settings), read(&expected));
    // And it grows on by the new configuration.
    inbox.put("3.csv", &File::plain(2, 24, 30));
    inbox.night();
    let expected = settings(&once.path().join("again"), &text);
    run(&expected, &[inbox.folder()]).unwrap();
    assert_eq!(read(&inbox.settings), read(&expected));
}

#[test]
fn what_one_configuration_rejected_is_tried_again_by_the_rebuild_of_another_and_only_then() {
    let mut inbox = Inbox::new();
    inbox.put("a.csv", &File::plain(1, 0, 3));
    let twice = File::plain(2, 1, 2).text().repeat(2);
    fs::write(inbox.folder().join("joined.csv"), twice).unwrap();
    let failed = |ended: trendgate::Result<Run>| {
        let Run::Committed(summary) = ended.unwrap() else {
            panic!("nothing was made")
        };
        (summary.failed.len(), summary.known_rejects)
    };
    assert_eq!(failed(inbox.run_with(Options::default())), (1, 0));
    assert_eq!(failed(inbox.run_with(REBUILD)), (0, 1));
    let hourly = config().replace("resample_interval: 15m", "resample_interval: 1h");
    inbox.settings = settings(&inbox.base.path().join("data"), &hourly);
    assert_eq!(failed(inbox.run_with(REBUILD)), (1, 0));
    assert_eq!(failed(inbox.run_with(REBUILD)), (0, 1));
}

#[test]
fn a_rebuild_leaves_the_months_of_reports_that_are_gone_and_refuses_to_mix_intervals() {
    let mut inbox = Inbox::new();
    inbox.put("a.csv", &File::plain(1, 0, 3));
    inbox.put("b.csv", &File::plain(1, 70, 73));
    inbox.night();
    fs::remove_file(inbox.folder().join("a.csv")).unwrap();
    let before = read(&inbox.settings);
    let data = inbox.base.path().join("data");
    inbox.settings = settings(
        &data,
        &config().replace("    K1.A: {", "    K1.A: {plausible: {min: 50, max: 90}, "),
    );
    let Run::Committed(summary) = inbox.run_with(REBUILD).unwrap() else {
        panic!("nothing was rebuilt")
    };
    assert_eq!(summary.committed.manifest.replaces.len(), 1);
    let after = read(&inbox.settings);
    let same = |day: i64| {
        before
            .rows
            .iter()
            .zip(&after.rows)
            .skip(usize::try_from(day * 96).unwrap())
            .take(96)
            .all(|(a, b)| a == b)
    };
    assert!(same(0) && !same(3));
    inbox.settings = settings(
        &data,
        &config().replace("resample_interval: 15m", "resample_interval: 1h"),
    );
    let error = inbox.run_with(REBUILD).unwrap_err();
    assert!(error.message().contains("1 reports are gone"), "{error}");
}

#[test]
fn a_rebuild_takes_no_new_report_by_half_and_says_where_no_month_can_be_made() {
    let inbox = Inbox::new();
    let old = inbox.put("a.csv", &File::plain(1, 0, 3));
    inbox.put("b.csv", &File::plain(2, 1, 2));
    inbox.night();
    fs::remove_file(old).unwrap();
    let error = inbox.run_with(REBUILD).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert!(error.message().contains("no month can be made"), "{error}");
    // November cannot be made again, December can.
    inbox.put("c.csv", &File::plain(2, 60, 62));
    inbox.night();
    let half = inbox.put("d.csv", &File::plain(1, 2, 61));
    let error = inbox.run_with(REBUILD).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert_eq!(error.path(), Some(half.as_path()));
    fs::remove_file(half).unwrap();
    let before = read(&inbox.settings);
    inbox.run_with(REBUILD).unwrap();
    assert_eq!(read(&inbox.settings), before);
}

#[test]
fn another_interval_tells_every_gap_anew() {
    let mut inbox = Inbox::new();
    let far = File::plain(1, 20, 21);
    let near = File::plain(1, 0, 1);
    let two = |rows: &[(i64, String, String)]| rows[..2].to_vec();
    let rows = [two(&near.rows), two(&far.rows)].concat();
    let file = File { rows, ..near };
    inbox.put("a.csv", &file);
    inbox.night();
    let finer = config().replace("resample_interval: 15m", "resample_interval: 5m");
    inbox.settings = settings(&inbox.base.path().join("data"), &finer);
    inbox.run_with(REBUILD).unwrap();
    let fresh = settings(&inbox.base.path().join("fresh"), &finer);
    run(&fresh, &[inbox.folder()]).unwrap();
    let gaps = read(&inbox.settings).gaps;
    assert_eq!(gaps.len(), 1);
    assert_eq!(gaps, read(&fresh).gaps);
}

#[test]
fn a_required_point_that_comes_alive_judges_the_months_before_it_too() {
    let inbox = Inbox::new();
    let mut dead = File::plain(2, 0, 2);
    dead.rows
        .iter_mut()
        .for_each(|row| row.1 = "No Data".to_owned());
    let others = File::plain(1, 0, 60);
    inbox.put("dead.csv", &dead);
    inbox.put("others.csv", &others);
    inbox.night();
    let flagged = || {
        let reading = read(&inbox.settings);
        reading
            .evidence
            .iter()
            .filter(|why| why.2 == Rule::Required)
            .count()
    };
    assert_eq!(flagged(), 0);
    let mut again = dead.clone();
    again
        .rows
        .push((2 * 24 * 60, "No Data".to_owned(), "7".to_owned()));
    inbox.put("again.csv", &again);
    let manifest = inbox.night();
    assert_eq!(
        manifest.replaces.len(),
        1,
        "as dead as before: only its own month"
    );
    let alive = File::plain(2, 50, 51);
    inbox.put("alive.csv", &alive);
    inbox.night();
    assert_eq!(flagged(), 59 * 96);
}

#[test]
fn where_repeated_cells_are_errors_the_newcomer_is_the_one_that_errs() {
    let mut inbox = Inbox::new();
    let data = inbox.base.path().join("data");
    inbox.settings = settings(
        &data,
        &format!("{}batch:\n  deduplicate_timestamps: false\n", config()),
    );
    inbox.put("a.csv", &File::plain(1, 2, 5));
    inbox.night();
    let before = read(&inbox.settings);
    // It begins earlier, so it would go before the other.
    inbox.put("b.csv", &File::plain(1, 0, 3));
    let Run::NothingNew(ended) = inbox.run_with(Options::default()).unwrap() else {
        panic!("it was taken");
    };
    let error = &ended.failed[0].error;
    assert_eq!(error.kind(), ErrorKind::Input);
    assert!(error.path().unwrap().ends_with("b.csv"), "{error}");
    assert_eq!(read(&inbox.settings), before);
}

/// Collects all that may go.
fn collect(settings: &Settings) {
    let dirs = &settings.dirs;
    let lock = SiteLock::hold(dirs, "S").unwrap();
    let collection = Collection {
        now: trendgate::time::now() + Span::from_nanos(1),
        grace: Span::ZERO,
        retention: Span::ZERO,
    };
    collection.run(dirs, &lock).unwrap();
}

/// Nothing but the dataset is left on disk.
fn nothing_loose(inbox: &Inbox) {
    let dirs = &inbox.settings.dirs;
    let history = History::read(dirs, "S").unwrap();
    let parts = history.live_parts();
    let evidence = history.live_evidence();
    let parts: u64 = parts.iter().map(|part| part.entry.bytes).sum();
    let evidence: u64 = evidence.iter().map(|file| file.entry.bytes).sum();
    assert_eq!(bytes_below(&dirs.processed), parts);
    assert_eq!(bytes_below(&dirs.evidence), evidence);
    assert_eq!(bytes_below(&dirs.staging), 0);
}

/// The bytes of all files below a folder.
fn bytes_below(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    let sizes = entries.map(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            bytes_below(&path)
        } else {
            fs::metadata(&path).unwrap().len()
        }
    });
    sizes.sum()
}
