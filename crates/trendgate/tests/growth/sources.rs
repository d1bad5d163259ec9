//! Files that are kept: months are made again from them when the files are gone or have other contents, for as long as they are kept.

use super::packed::packed;
use super::*;
use std::io::Write as _;
use trendgate::time::DAY;
use zip::write::SimpleFileOptions;

/// An inbox whose bins have rows of two neighbouring nights: a committed bin cannot be told from what each has in it.
fn hourly() -> Inbox {
    let mut inbox = Inbox::new();
    inbox.settings = settings(&inbox.base.path().join("data"), &hours());
    inbox
}

fn hours() -> String {
    config().replace("resample_interval: 15m", "resample_interval: 1h")
}

/// Reports of nights that end and begin within an hour.
fn uneven(kind: usize, nights: i64) -> Vec<File> {
    let cut = |night: i64| usize::try_from(night * 96 + 2).unwrap();
    let all = File::plain(kind, 0, nights + 1);
    let night = |night: i64| File {
        rows: all.rows[cut(night)..cut(night + 1)].to_vec(),
        ..all.clone()
    };
    (0..nights).map(night).collect()
}

/// The dataset of one run over `files` is that of the inbox, made by the same configuration, and all in it is in order.
fn is_that_of(inbox: &Inbox, text: &str, files: &[String]) {
    let base = tempfile::tempdir().unwrap();
    let folder = base.path().join("in");
    fs::create_dir(&folder).unwrap();
    for (index, file) in files.iter().enumerate() {
        fs::write(folder.join(format!("{index}.csv")), file).unwrap();
    }
    let once = settings(&base.path().join("data"), text);
    run(&once, &[folder]).unwrap();
    assert_eq!(read(&inbox.settings), read(&once));
    assert_eq!(findings(inbox), Vec::<PathBuf>::new());
}

fn findings(inbox: &Inbox) -> Vec<PathBuf> {
    let verified = Site::of(&inbox.settings).verify(Watch::unwatched());
    let findings = verified.unwrap().findings.into_iter();
    findings.map(|finding| finding.file).collect()
}

fn texts(files: &[File]) -> Vec<String> {
    files.iter().map(File::text).collect()
}

/// What is kept.
fn kept(inbox: &Inbox) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(inbox.settings.dirs().sources.join("S")) else {
        return Vec::new();
    };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn rebuild(inbox: &Inbox) -> Manifest {
    match inbox.run_with(REBUILD).unwrap() {
        Run::Committed(summary) => summary.committed.manifest,
        other => panic!("nothing was rebuilt: {other:?}"),
    }
}

/// A collection so long after now, with the usual retention.
fn collect_after(inbox: &Inbox, later: Span) -> trendgate::details::Collected {
    let collection = Collection {
        now: trendgate::time::now() + later,
        ..Collection::default()
    };
    collected(&inbox.settings, &collection).collected
}

#[test]
fn a_file_that_is_overwritten_every_night_costs_no_bin_and_all_can_be_made_again() {
    let inbox = hourly();
    let files = uneven(1, 4);
    for file in &files {
        inbox.put("latest.csv", file);
        assert_eq!(inbox.night().approximate_bins, 0);
    }
    assert_eq!(kept(&inbox).len(), 4);
    is_that_of(&inbox, &hours(), &texts(&files));
    assert_eq!(rebuild(&inbox).rebuilt_from.len(), 4);
    is_that_of(&inbox, &hours(), &texts(&files));
    // A collection leaves them, whenever it comes.
    collect_after(&inbox, 1000 * DAY);
    collect(&inbox.settings);
    assert_eq!(kept(&inbox).len(), 3, "that of the last night is there");
    // So it does where a base record has what the log knew of them.
    compact(&inbox.settings);
    collect_after(&inbox, 2000 * DAY);
    assert_eq!(kept(&inbox).len(), 3);
    assert_eq!(findings(&inbox), Vec::<PathBuf>::new());
    assert_eq!(rebuild(&inbox).approximate_bins, 0);
    is_that_of(&inbox, &hours(), &texts(&files));
}

#[test]
fn a_rebuild_takes_all_rows_although_no_file_is_left() {
    let mut inbox = hourly();
    let files = uneven(1, 3);
    for (night, file) in files.iter().enumerate() {
        inbox.put(&format!("{night}.csv"), file);
        inbox.night();
    }
    fs::remove_dir_all(inbox.folder()).unwrap();
    fs::create_dir(inbox.folder()).unwrap();
    for minutes in ["30m", "1h", "15m"] {
        let text = config().replace(
            "resample_interval: 15m",
            &format!("resample_interval: {minutes}"),
        );
        inbox.settings = settings(&inbox.base.path().join("data"), &text);
        let manifest = rebuild(&inbox);
        assert_eq!(
            (manifest.approximate_bins, manifest.rebuilt_from.len()),
            (0, 3)
        );
        is_that_of(&inbox, &text, &texts(&files));
    }
}

#[test]
fn a_file_that_is_gone_is_read_from_what_is_kept_when_another_one_reaches_its_months() {
    let inbox = hourly();
    let files = uneven(1, 2);
    let gone = inbox.put("a.csv", &files[0]);
    inbox.night();
    let place = gone.canonicalize().unwrap().display().to_string();
    fs::remove_file(gone).unwrap();
    inbox.put("b.csv", &files[1]);
    let manifest = inbox.night();
    assert_eq!(manifest.approximate_bins, 0);
    assert_eq!(manifest.rebuilt_from[0].path, place);
    let history = Site::of(&inbox.settings).history().unwrap();
    assert!(
        history
            .sources()
            .any(|(_, source)| source.path.display().to_string() == place)
    );
    is_that_of(&inbox, &hours(), &texts(&files));
    // It can be taken out, too.
    inbox
        .retract(&Retraction::named(place), RunOptions::default())
        .unwrap();
    is_that_of(&inbox, &hours(), &texts(&files[1..]));
}

#[test]
fn packed_files_and_members_of_archives_are_read_from_what_is_kept() {
    let inbox = hourly();
    let [gzip, first, second] = [1, 0, 3].map(|kind| uneven(kind, 2));
    fs::write(
        inbox.folder().join("a.csv.gz"),
        packed(gzip[0].text().as_bytes()),
    )
    .unwrap();
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, file) in [("x/first.csv", &first[0]), ("second.csv", &second[0])] {
        archive
            .start_file(name, SimpleFileOptions::default())
            .unwrap();
        archive.write_all(file.text().as_bytes()).unwrap();
    }
    let archive = archive.finish().unwrap().into_inner();
    fs::write(inbox.folder().join("b.zip"), archive).unwrap();
    inbox.night();
    assert_eq!(kept(&inbox).len(), 2);
    for name in ["a.csv.gz", "b.zip"] {
        fs::remove_file(inbox.folder().join(name)).unwrap();
    }
    let all = [gzip, first, second];
    for (index, files) in all.iter().enumerate() {
        inbox.put(&format!("{index}.csv"), &files[1]);
    }
    let manifest = inbox.night();
    assert_eq!(
        (manifest.approximate_bins, manifest.rebuilt_from.len()),
        (0, 3)
    );
    is_that_of(&inbox, &hours(), &texts(&all.concat()));
}

#[test]
fn a_file_of_several_reports_that_is_overwritten_is_known_by_each_of_its_contents_after_a_rebuild()
{
    let inbox = hourly();
    let [first, second] = [1, 0].map(|kind| uneven(kind, 3));
    let path = inbox.folder().join("latest.csv");
    for night in 0..3 {
        overwrite(&path, &(first[night].text() + &second[night].text()));
        assert_eq!(inbox.night().approximate_bins, 0);
    }
    let known = || {
        let history = Site::of(&inbox.settings).history().unwrap();
        let sources = history.sources();
        let facts = sources.map(|(id, source)| (id, source.clone()));
        facts.collect::<Vec<_>>()
    };
    let before = known();
    rebuild(&inbox);
    assert_eq!(known(), before);
    fs::remove_file(path).unwrap();
    rebuild(&inbox);
    is_that_of(&inbox, &hours(), &texts(&[first, second].concat()));
}

/// A history of Niagara: rows of a point from one quarter of an hour to another.
fn niagara(quarters: std::ops::Range<i64>) -> String {
    let start = jiff::civil::date(2024, 3, 1).at(0, 0, 0, 0);
    let rows = quarters.map(|quarter| {
        let at = start + jiff::SignedDuration::from_mins(quarter * 15);
        format!(
            "{},{{ }},{{ok}},{}.{}\r\n",
            at.strftime("%d-%b-%y %I:%M:%S %p"),
            20 + quarter % 5,
            quarter % 10
        )
    });
    let head = "history:/PLANT/AHU1_SAT\r\n\r\nTimestamp,Trend Flags,Status,Value (°C)\r\n";
    head.to_owned() + &rows.collect::<String>()
}

#[test]
fn a_history_that_forgets_its_oldest_rows_and_one_that_is_appended_to_lose_none() {
    let text = "cleaner:\n  site_id: S\n  timezone: Asia/Singapore\n  resample_interval: 1h\n  max_gap: 1d\n";
    let mut inbox = Inbox::new();
    inbox.settings = settings(&inbox.base.path().join("data"), text);
    let path = inbox.folder().join("history.csv");
    let nights = [niagara(0..98), niagara(50..150), niagara(151..260)];
    for night in &nights {
        overwrite(&path, night);
        let manifest = inbox.night();
        assert_eq!(
            (manifest.approximate_bins, manifest.superseded.len()),
            (0, 0)
        );
    }
    is_that_of(&inbox, text, &nights);
    // One that has all rows of the night before takes its place.
    let longer = niagara(151..300);
    overwrite(&path, &longer);
    let manifest = inbox.night();
    assert_eq!(
        (manifest.approximate_bins, manifest.superseded.len()),
        (0, 1)
    );
    let all = [&nights[0], &nights[1], &longer].map(Clone::clone);
    is_that_of(&inbox, text, &all);
    rebuild(&inbox);
    is_that_of(&inbox, text, &all);
    // What is kept of a text that left is kept no longer than the retention.
    assert_eq!(kept(&inbox).len(), 4);
    assert_eq!(collect_after(&inbox, 6 * DAY).removed.len(), 0);
    collect_after(&inbox, 8 * DAY);
    assert_eq!(kept(&inbox).len(), 2);
    is_that_of(&inbox, text, &all);
}

#[test]
fn what_is_kept_goes_after_the_retention_if_its_file_is_as_it_was_or_gone() {
    let inbox = hourly();
    let files = uneven(1, 3);
    inbox.put("same.csv", &files[0]);
    let gone = inbox.put("gone.csv", &files[1]);
    let other = inbox.put("other.csv", &files[2]);
    inbox.night();
    fs::remove_file(gone).unwrap();
    // No run has seen yet that this one has another content, of the same size.
    let mut altered = files[2].clone();
    altered.rows[9].1 = "9.9".to_owned();
    overwrite(&other, &altered.text());
    assert_eq!(
        fs::metadata(&other).unwrap().len(),
        files[2].text().len() as u64
    );
    let early = collect_after(&inbox, 6 * DAY);
    assert_eq!((early.removed.len(), early.kept.files), (0, 3));
    let late = collect_after(&inbox, 8 * DAY);
    assert_eq!(
        (late.removed.len(), late.kept.files, late.unkept),
        (2, 1, vec![1])
    );
    assert_eq!(findings(&inbox), Vec::<PathBuf>::new());
    assert_eq!(collect_after(&inbox, 9 * DAY).removed, []);
    // Of one that is gone the committed bins are left.
    overwrite(&other, &files[2].text());
    inbox.put("next.csv", &File::plain(2, 0, 3));
    assert!(inbox.night().approximate_bins > 0);
}

#[test]
fn all_are_kept_for_good_and_of_none_nothing_is_kept_and_what_was_goes() {
    let mut inbox = hourly();
    inbox.settings.set_keep_sources(KeepSources::All);
    let files = uneven(1, 4);
    for file in &files[..2] {
        inbox.put("latest.csv", file);
        assert_eq!(inbox.night().keep_sources, KeepSources::All);
    }
    assert_eq!(collect_after(&inbox, 1000 * DAY).kept.files, 2);
    compact(&inbox.settings);
    assert_eq!(collect_after(&inbox, 1000 * DAY).kept.files, 2);
    inbox.settings.set_keep_sources(KeepSources::None);
    for file in &files[2..] {
        inbox.put("latest.csv", file);
        inbox.night();
    }
    assert_eq!(kept(&inbox).len(), 2);
    assert_eq!(collect_after(&inbox, 6 * DAY).kept.files, 2);
    let collected = collect_after(&inbox, 8 * DAY);
    assert_eq!((collected.kept.files, collected.unkept), (0, vec![1, 2]));
    assert_eq!(kept(&inbox), Vec::<PathBuf>::new());
    assert_eq!(findings(&inbox), Vec::<PathBuf>::new());
    let error = inbox.run_with(REBUILD).unwrap_err();
    assert!(error.message().contains("no month can be made"), "{error}");
}

#[test]
fn verification_finds_what_is_kept_and_altered_or_not_there_and_a_run_that_needs_it_says_so() {
    let inbox = hourly();
    let files = uneven(1, 3);
    inbox.put("latest.csv", &files[0]);
    inbox.night();
    inbox.put("latest.csv", &files[1]);
    inbox.night();
    let version = Site::of(&inbox.settings).history().unwrap().version();
    for path in kept(&inbox) {
        let whole = fs::read(&path).unwrap();
        let mut wrong = whole.clone();
        let middle = wrong.len() / 2;
        wrong[middle] ^= 1;
        fs::write(&path, &wrong).unwrap();
        assert_eq!(findings(&inbox), std::slice::from_ref(&path));
        fs::write(&path, &whole).unwrap();
        assert_eq!(findings(&inbox), Vec::<PathBuf>::new());
        fs::remove_file(&path).unwrap();
        assert_eq!(findings(&inbox), std::slice::from_ref(&path));
        fs::write(&path, &whole).unwrap();
    }
    // Other bytes under its name, as good as they are.
    let first = inbox.settings.dirs().source(
        "S",
        trendgate::internals::kept_source::SourceId::of(files[0].text().as_bytes()),
    );
    let second = inbox.settings.dirs().source(
        "S",
        trendgate::internals::kept_source::SourceId::of(files[1].text().as_bytes()),
    );
    let whole = fs::read(&first).unwrap();
    let mut torn = whole.clone();
    torn.truncate(whole.len() - 9);
    for wrong in [fs::read(&second).unwrap(), torn] {
        fs::write(&first, &wrong).unwrap();
        assert_eq!(findings(&inbox), std::slice::from_ref(&first));
        inbox.put("latest.csv", &files[2]);
        let error = inbox.run_with(RunOptions::default()).unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Damaged | ErrorKind::Storage),
            "{error}"
        );
        let said = format!("{error} {}", error.hint_text().unwrap_or_default());
        assert!(said.contains("remove it"), "{said}");
    }
    assert_eq!(
        Site::of(&inbox.settings).history().unwrap().version(),
        version
    );
    fs::write(&first, &whole).unwrap();
    assert_eq!(inbox.night().approximate_bins, 0);
    is_that_of(&inbox, &hours(), &texts(&files));
    fs::remove_file(&first).unwrap();
    inbox.put("other.csv", &File::plain(2, 0, 1));
    assert!(inbox.night().approximate_bins > 0);
}

/// Overwrites a known file once the run has planned to read it.
struct Overwriter {
    path: PathBuf,
    text: String,
}

impl Progress for Overwriter {
    fn event(&self, event: &Event<'_>) {
        if matches!(event, Event::Planned { .. }) {
            overwrite(&self.path, &self.text);
        }
    }
}

#[test]
fn a_known_file_that_changes_while_it_is_read_again_is_read_from_what_is_kept() {
    let inbox = hourly();
    let files = uneven(1, 2);
    let path = inbox.put("a.csv", &files[0]);
    inbox.night();
    inbox.put("b.csv", &files[1]);
    let mut altered = files[0].clone();
    altered.rows[9].1 = "9.9".to_owned();
    let text = altered.text();
    let overwriter = Overwriter { path, text };
    let cleaner = own_cleaner(&inbox.settings);
    let cancel = Cancel::default();
    let watch = Watch::new(&overwriter, &cancel);
    let run = run_with(
        &inbox.settings,
        &[inbox.folder()],
        RunOptions::default(),
        &cleaner,
        watch,
    );
    let Run::Committed(summary) = run.unwrap() else {
        panic!("nothing new")
    };
    assert_eq!(summary.committed.manifest.approximate_bins, 0);
    is_that_of(&inbox, &hours(), &texts(&files));
}

#[test]
fn a_known_file_that_changed_where_it_was_found_is_read_from_what_is_kept() {
    let inbox = hourly();
    let files = uneven(1, 2);
    let path = inbox.put("a.csv", &files[0]);
    inbox.night();
    // Of the same size, and not among what the next run is given.
    let mut altered = files[0].clone();
    altered.rows[9].1 = "9.9".to_owned();
    overwrite(&path, &altered.text());
    let next = inbox.base.path().join("next.csv");
    fs::write(&next, files[1].text()).unwrap();
    let Run::Committed(summary) = run(&inbox.settings, &[next]).unwrap() else {
        panic!("nothing new")
    };
    assert_eq!(summary.committed.manifest.approximate_bins, 0);
    assert_eq!(summary.kept.files, 1);
    is_that_of(&inbox, &hours(), &texts(&files));
}

#[test]
fn many_small_files_are_kept_and_a_file_whose_bytes_are_kept_already_is_kept_once() {
    let inbox = hourly();
    let all = File::plain(1, 0, 3);
    let files: Vec<File> = (all.rows.chunks(2))
        .map(|rows| File {
            rows: rows.to_vec(),
            ..all.clone()
        })
        .collect();
    for (index, file) in files.iter().enumerate() {
        inbox.put(&format!("{index}.csv"), file);
    }
    inbox.night();
    assert_eq!(kept(&inbox).len(), files.len());
    is_that_of(&inbox, &hours(), &texts(&files));
    // Retracted, and taken again.
    let what = Retraction::named(inbox.folder().join("7.csv"));
    inbox.retract(&what, RunOptions::default()).unwrap();
    assert!(matches!(
        inbox.run_with(TAKE_RETRACTED),
        Ok(Run::Committed(_))
    ));
    assert_eq!(kept(&inbox).len(), files.len());
    fs::remove_dir_all(inbox.folder()).unwrap();
    fs::create_dir(inbox.folder()).unwrap();
    assert_eq!(rebuild(&inbox).rebuilt_from.len(), files.len());
    is_that_of(&inbox, &hours(), &texts(&files));
}

#[test]
fn what_no_version_names_goes_after_the_grace_period() {
    let inbox = hourly();
    inbox.put("a.csv", &uneven(1, 1)[0]);
    inbox.night();
    let folder = inbox.settings.dirs().sources.join("S");
    let stray = folder.join(trendgate::internals::kept_source::SourceId::of(b"stray").file_name());
    fs::write(&stray, "stray").unwrap();
    let other = folder.join("notes.txt");
    fs::write(&other, "mine").unwrap();
    assert_eq!(collect_after(&inbox, 2 * DAY).spared, 1);
    let collected = collect_after(&inbox, 4 * DAY);
    assert_eq!((collected.removed.len(), collected.kept.files), (1, 1));
    assert!(!stray.exists() && other.exists());
}
