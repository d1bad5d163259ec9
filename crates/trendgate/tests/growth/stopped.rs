//! A run that another overtakes, or that is stopped wherever it asks.

use super::*;

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
            let lock = self.settings.dirs().manifests.join(".log/S/lock");
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
        RunOptions::default(),
        &cleaner,
        Watch::new(&rival, &Cancel::default()),
    );
    let Run::Committed(summary) = run.unwrap() else {
        panic!("nothing new")
    };
    assert_eq!(summary.committed.version, 3, "the rival won twice");
    assert_eq!(rival.commits.load(Ordering::Relaxed), 3);
    inbox.is_that_of(&[&ours, &File::plain(2, 1, 9)]);
    let staging = fs::read_dir(&inbox.settings.dirs().staging).unwrap();
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
    inbox.settings.set_threads(threads);
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
    let dirs = inbox.settings.dirs();
    let sizes = || [&dirs.processed, &dirs.evidence].map(|folder| bytes_below(folder));
    let before = (read(&inbox.settings), sizes());
    let cleaner = own_cleaner(&inbox.settings);
    let mut whens = BTreeSet::new();
    for after in 0.. {
        let cancel = Cancel::after(after);
        // Without the list of stamps, so that a file that has settled in the meantime is asked about as often as before.
        let options = RunOptions {
            trust: Trust::Nothing,
            ..RunOptions::default()
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
        "while keeping what was read",
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
        RunOptions::default(),
        &cleaner,
        Watch::new(&late, &late.0),
    );
    assert!(matches!(run, Ok(Run::Committed(_))), "{run:?}");
    inbox.is_that_of(&[&file]);
}
