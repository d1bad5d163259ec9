//! Nights whose tasks are done apart leave what a run leaves, whoever does them, how often, in which order, and whoever else is at work.

use super::*;
use trendgate::tasks;
use trendgate::tasks::SiteEnd;
use trendgate::{Config, Overrides};

impl Inbox {
    /// The tasks of a night.
    fn tasks(&self) -> Vec<Vec<u8>> {
        let overrides = Overrides {
            data_dir: Some(self.base.path().join("data")),
            threads: Some(3),
            ..Overrides::default()
        };
        let (config, options) = (Config::parse(config()).unwrap(), RunOptions::default());
        let paths = [self.folder()];
        tasks::plan(
            &config,
            &overrides,
            None,
            &paths,
            options,
            Watch::unwatched(),
        )
        .unwrap()
    }

    /// A night apart, planned again for as long as that is asked for; how its last commit ended.
    fn night_apart(&self) -> SiteEnd {
        for _ in 0..9 {
            let end = committed(self.tasks().iter().rev().map(|task| done(task)));
            if !end.again {
                return end;
            }
        }
        panic!("planned again without an end")
    }

    fn staged(&self) -> Vec<String> {
        let staged = fs::read_dir(&self.settings.dirs().staging).unwrap();
        let names = staged.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.collect()
    }
}

fn done(task: &[u8]) -> Vec<u8> {
    tasks::execute(task, Watch::unwatched()).unwrap()
}

fn committed(outcomes: impl IntoIterator<Item = Vec<u8>>) -> SiteEnd {
    let mut ends = tasks::commit(outcomes, Watch::unwatched()).unwrap();
    assert_eq!(ends.len(), 1, "one answer a site");
    ends.remove(0)
}

/// The digests of all parts and evidence files, sorted.
fn digests(settings: &Settings) -> Vec<String> {
    let history = Site::of(settings).history().unwrap();
    let parts = history
        .live_parts()
        .into_iter()
        .map(|part| part.entry.sha256);
    let evidence = history
        .live_evidence()
        .into_iter()
        .map(|file| file.entry.sha256);
    let mut digests: Vec<String> = parts
        .chain(evidence)
        .map(|digest| digest.to_string())
        .collect();
    digests.sort();
    digests
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

    #[test]
    fn nights_apart_in_any_order_and_done_twice_leave_the_bytes_of_nights_of_runs(
        plant in Plant::any(),
        nights in prop::collection::vec(0..3_usize, 14),
        seed in any::<u64>(),
    ) {
        let (apart, by_runs) = (Inbox::new(), Inbox::new());
        for night in 0..3 {
            let mut any = false;
            for (index, file) in plant.files.iter().enumerate() {
                if nights[index] == night {
                    any = true;
                    apart.put(&format!("{index}.csv"), file);
                    by_runs.put(&format!("{index}.csv"), file);
                }
            }
            if !any {
                continue;
            }
            let mut tasks = apart.tasks();
            let places = tasks.len();
            tasks.rotate_left(usize::try_from(seed % 97).unwrap() % places);
            let twice = tasks.iter().chain(tasks.iter().rev()).map(|task| done(task));
            let mut end = committed(twice.collect::<Vec<_>>());
            if end.again {
                end = apart.night_apart();
            }
            let run = by_runs.run_with(RunOptions::default()).unwrap();
            let expected = match run {
                Run::Committed(_) => "committed",
                _ => "nothing_new",
            };
            prop_assert_eq!(end.status(), expected, "{}", end.answer);
        }
        prop_assert_eq!(digests(&apart.settings), digests(&by_runs.settings));
        prop_assert_eq!(read(&apart.settings), read(&by_runs.settings));
        prop_assert_eq!(apart.staged(), Vec::<String>::new());
    }
}

#[test]
fn of_two_drivers_with_the_same_reports_one_commits_and_the_other_is_told_so() {
    let inbox = Inbox::new();
    let file = File::plain(1, 0, 20);
    inbox.put("a.csv", &file);
    let (first, second) = (inbox.tasks(), inbox.tasks());
    let outcomes: Vec<_> = first.iter().map(|task| done(task)).collect();
    let others: Vec<_> = second.iter().map(|task| done(task)).collect();
    assert_eq!(committed(outcomes.clone()).status(), "committed");
    let told = committed(others);
    assert_eq!((told.status(), told.again), ("already_committed", false));
    assert_eq!(told.answer["version"], 1);
    // A driver that died after its commit, and commits again.
    let again = committed(outcomes);
    assert_eq!(
        (again.status(), &again.answer["version"]),
        ("already_committed", &1.into())
    );
    inbox.is_that_of(&[&file]);
    nothing_loose(&inbox);
}

#[test]
fn of_two_drivers_with_different_reports_one_is_overtaken_and_does_its_months_again() {
    let inbox = Inbox::new();
    let (one, other) = (File::plain(1, 0, 20), File::plain(3, 10, 40));
    inbox.put("one.csv", &one);
    let first: Vec<_> = inbox.tasks().iter().map(|task| done(task)).collect();
    inbox.put("other.csv", &other);
    let second: Vec<_> = inbox.tasks().iter().map(|task| done(task)).collect();
    assert_eq!(committed(second).status(), "committed");
    let told = committed(first);
    assert_eq!((told.status(), told.again), ("overtaken", true));
    assert_eq!(inbox.night_apart().status(), "nothing_new");
    inbox.is_that_of(&[&one, &other]);
    nothing_loose(&inbox);
}

#[test]
fn a_report_that_gives_trouble_is_known_to_the_next_plan() {
    let inbox = Inbox::new();
    let mut unsorted = File::plain(1, 0, 30);
    unsorted.rows[700..1900].reverse();
    inbox.put("unsorted.csv", &unsorted);
    let tasks = inbox.tasks();
    let end = committed(tasks.iter().map(|task| done(task)));
    assert_eq!(
        (end.status(), end.again),
        ("failed", true),
        "{}",
        end.answer
    );
    assert!(
        end.answer["file"]
            .as_str()
            .unwrap()
            .ends_with("unsorted.csv")
    );
    let staged = inbox.staged();
    assert_eq!(
        staged,
        ["S.lessons.json"],
        "the attempt is gone, what was learnt is kept"
    );
    assert_eq!(inbox.night_apart().status(), "committed");
    assert_eq!(inbox.staged(), Vec::<String>::new());
    inbox.is_that_of(&[&unsorted]);
}

#[test]
fn a_report_that_cannot_be_used_is_left_out_by_the_next_plan_and_the_others_are_committed() {
    let inbox = Inbox::new();
    let good = File::plain(3, 0, 30);
    inbox.put("good.csv", &good);
    let bad = File::plain(1, 0, 30).text();
    let broken = bad.replacen("2016/12/03", "2999/12/03", 1);
    overwrite(&inbox.folder().join("bad.csv"), &broken);
    let end = inbox.night_apart();
    let by_run = Inbox::new();
    by_run.put("good.csv", &good);
    overwrite(&by_run.folder().join("bad.csv"), &broken);
    let run = by_run.night();
    assert_eq!(end.status(), "committed");
    let failed = end.answer["failed_files"].as_array().unwrap();
    assert_eq!(failed.len(), run.failed_files.len());
    for (apart, by_run) in failed.iter().zip(&run.failed_files) {
        assert_eq!(apart["error"], by_run.error.as_str());
    }
    assert_eq!(digests(&inbox.settings), digests(&by_run.settings));
}

#[test]
fn what_has_no_outcome_is_what_is_left_to_do_and_the_others_are_found_beside_the_attempt() {
    let inbox = Inbox::new();
    let file = File::plain(1, 0, 80);
    inbox.put("a.csv", &file);
    let tasks = inbox.tasks();
    assert!(tasks.len() > 1, "{} tasks", tasks.len());
    let first = done(&tasks[0]);
    let refused = committed([first]);
    assert_eq!((refused.status(), refused.again), ("failed", false));
    let error = refused.answer["error"].as_str().unwrap().to_owned();
    assert_eq!(
        error,
        format!("expected the outcomes of {} tasks, found 1", tasks.len())
    );
    let pending = tasks::pending(tasks.clone()).unwrap();
    assert_eq!(pending, &tasks[1..]);
    let rest: Vec<_> = pending.iter().map(|task| done(task)).collect();
    assert_eq!(committed(rest).status(), "committed");
    inbox.is_that_of(&[&file]);
}

#[test]
fn an_attempt_that_waits_is_spared_by_runs_until_a_version_takes_its_place() {
    let inbox = Inbox::new();
    inbox.put("a.csv", &File::plain(1, 0, 9));
    let tasks = inbox.tasks();
    // A run with nothing to take passes by.
    let elsewhere = inbox.base.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    run(&inbox.settings, std::slice::from_ref(&elsewhere)).unwrap_err();
    let folder = inbox.staged();
    assert_eq!(folder.len(), 1);
    fs::write(elsewhere.join("b.csv"), File::plain(3, 0, 9).text()).unwrap();
    run(&inbox.settings, std::slice::from_ref(&elsewhere)).unwrap();
    run(&inbox.settings, &[elsewhere]).unwrap();
    assert_eq!(inbox.staged(), Vec::<String>::new(), "its version is taken");
    let late = committed(tasks.iter().map(|task| done(task)));
    assert_eq!((late.status(), late.again), ("overtaken", true));
    assert_eq!(late.answer["version"], 1);
    assert_eq!(inbox.night_apart().status(), "committed");
}

#[test]
fn a_task_of_another_version_and_bytes_that_are_none_are_refused() {
    let inbox = Inbox::new();
    inbox.put("a.csv", &File::plain(1, 0, 9));
    let task = inbox.tasks().remove(0);
    let version = env!("CARGO_PKG_VERSION");
    let place = task
        .windows(version.len())
        .position(|bytes| bytes == version.as_bytes());
    let mut other = task.clone();
    other[place.unwrap()] = b'9';
    let error = tasks::execute(&other, Watch::unwatched()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    let rules = trendgate::RULES_VERSION;
    let expected = format!(
        "a task is of trendgate 9{} (rules {rules}), and this is {version} (rules {rules})",
        &version[1..]
    );
    assert_eq!(error.message(), expected);
    for bytes in [
        &b""[..],
        b"trendgate task 2\n",
        &task[..task.len() - 1],
        b"{}",
    ] {
        let error = tasks::execute(bytes, Watch::unwatched()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage, "{bytes:?}");
        assert!(tasks::commit([bytes.to_vec()], Watch::unwatched()).is_err());
    }
}

#[test]
fn a_part_that_was_changed_after_its_task_is_not_committed() {
    let inbox = Inbox::new();
    let file = File::plain(1, 0, 9);
    inbox.put("a.csv", &file);
    let outcomes: Vec<_> = inbox.tasks().iter().map(|task| done(task)).collect();
    let attempt = inbox.settings.dirs().staging.join(&inbox.staged()[0]);
    let part = fs::read_dir(attempt)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let part = { part }
        .find(|path| path.to_string_lossy().contains("/part-"))
        .unwrap();
    let mut bytes = fs::read(&part).unwrap();
    bytes[100] ^= 1;
    fs::write(&part, bytes).unwrap();
    let end = committed(outcomes);
    assert_eq!((end.status(), end.again), ("failed", true));
    assert_eq!(end.answer["kind"], "Damaged");
    assert_eq!(end.answer["file"], part.to_str().unwrap());
    assert_eq!(inbox.night_apart().status(), "committed");
    inbox.is_that_of(&[&file]);
}

#[test]
fn a_version_without_a_new_part_that_is_committed_again_is_known_to_be_there() {
    let inbox = Inbox::new();
    let file = File::plain(1, 0, 9);
    inbox.put("a.csv", &file);
    inbox.night();
    let mut same = file.clone();
    same.rows.truncate(400);
    inbox.put("same.csv", &same);
    let outcomes: Vec<_> = inbox.tasks().iter().map(|task| done(task)).collect();
    assert_eq!(committed(outcomes.clone()).status(), "committed");
    let again = committed(outcomes);
    assert_eq!(
        (again.status(), &again.answer["version"]),
        ("already_committed", &2.into())
    );
}

#[test]
fn what_keeps_a_task_from_being_done_is_no_outcome_and_the_task_is_done_again() {
    let inbox = Inbox::new();
    inbox.put("a.csv", &File::plain(1, 0, 9));
    inbox.night();
    inbox.put("b.csv", &File::plain(3, 0, 9));
    let tasks = inbox.tasks();
    let (dirs, away) = (inbox.settings.dirs(), inbox.base.path().join("away"));
    fs::rename(&dirs.processed, &away).unwrap();
    let error = tasks::execute(&tasks[0], Watch::unwatched()).unwrap_err();
    assert_eq!(
        error.message(),
        "expected the committed parts of the dataset, found none"
    );
    fs::rename(&away, &dirs.processed).unwrap();
    assert_eq!(tasks::pending(tasks.clone()).unwrap(), tasks);
    assert_eq!(
        committed(tasks.iter().map(|task| done(task))).status(),
        "committed"
    );
}

#[test]
fn a_task_is_small_however_many_reports_it_reads() {
    let inbox = Inbox::new();
    for day in 0..300 {
        inbox.put(&format!("{day:03}.csv"), &File::plain(1, day, day + 1));
    }
    for task in inbox.tasks() {
        assert!(task.len() < 4096, "{} bytes", task.len());
    }
}
#[test]
fn a_commit_that_is_stopped_leaves_the_attempt_waiting_and_the_next_one_commits_the_same_outcomes()
{
    struct StoppedAt(Stage, Cancel);
    impl Progress for StoppedAt {
        fn event(&self, event: &Event<'_>) {
            if matches!(event, Event::Began(stage) if *stage == self.0) {
                self.1.cancel();
            }
        }
    }
    let inbox = Inbox::new();
    let file = File::plain(1, 0, 20);
    inbox.put("a.csv", &file);
    let outcomes: Vec<_> = inbox.tasks().iter().map(|task| done(task)).collect();
    for _ in 0..2 {
        let stopped = StoppedAt(Stage::Checking, Cancel::default());
        let watch = Watch::new(&stopped, &stopped.1);
        let error = tasks::commit(outcomes.clone(), watch).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Stopped);
        assert_eq!(inbox.staged().len(), 1, "it waits");
    }
    assert_eq!(committed(outcomes).status(), "committed");
    assert_eq!(inbox.staged(), Vec::<String>::new());
    inbox.is_that_of(&[&file]);
}

/// The folder of the one attempt in staging.
fn attempt(inbox: &Inbox) -> PathBuf {
    let staged = inbox.staged();
    assert_eq!(staged.len(), 1);
    inbox.settings.dirs().staging.join(&staged[0])
}

/// Makes the attempt one whose driver went on with it, and died.
fn claimed_by_the_dead(attempt: &Path) {
    let path = attempt.join("attempt.json");
    let mut record: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    record.as_object_mut().unwrap().remove("waits");
    record["process_start"] = 1.into();
    fs::write(&path, record.to_string()).unwrap();
    fs::create_dir(attempt.join("claimed")).unwrap();
}

#[test]
fn an_attempt_whose_driver_died_is_over_though_outcomes_of_it_are_missing() {
    let inbox = Inbox::new();
    inbox.put("a.csv", &File::plain(1, 0, 20));
    let first = done(&inbox.tasks()[0]);
    claimed_by_the_dead(&attempt(&inbox));
    let told = committed([first]);
    assert_eq!((told.status(), told.again), ("overtaken", true));
    assert_eq!(inbox.staged(), Vec::<String>::new());
    assert_eq!(inbox.night_apart().status(), "committed");
}

#[test]
fn a_driver_that_died_behind_its_commit_is_followed_by_one_that_ends_it() {
    let inbox = Inbox::new();
    inbox.put("a.csv", &File::plain(1, 0, 20));
    let tasks = inbox.tasks();
    let outcomes: Vec<_> = tasks.iter().map(|task| done(task)).collect();
    let attempt = attempt(&inbox);
    let (record, plan) = (attempt.join("attempt.json"), attempt.join("planned.json"));
    let left = [record, plan].map(|path| (path.clone(), fs::read(path).unwrap()));
    assert_eq!(committed(outcomes.clone()).status(), "committed");
    // As it was when the record was linked, and nothing after that done.
    fs::create_dir(&attempt).unwrap();
    for (path, bytes) in left {
        fs::write(path, bytes).unwrap();
    }
    claimed_by_the_dead(&attempt);
    let history = Site::of(&inbox.settings).history().unwrap();
    let part = history.live_parts()[0].entry.path.to_string();
    let targets = serde_json::json!({
        "copy": "write",
        "targets": [{"folder": "processed", "path": part}],
    });
    fs::write(attempt.join("targets.json"), targets.to_string()).unwrap();
    let manifests = fs::read_dir(&inbox.settings.dirs().manifests).unwrap();
    let is_public = |path: &PathBuf| path.extension().is_some_and(|end| end == "json");
    let public: Vec<PathBuf> = manifests
        .map(|entry| entry.unwrap().path())
        .filter(is_public)
        .collect();
    assert_eq!(public.len(), 1);
    fs::remove_file(&public[0]).unwrap();
    let told = committed(outcomes);
    assert_eq!((told.status(), told.again), ("already_committed", false));
    assert!(public[0].exists());
    assert_eq!(inbox.staged(), Vec::<String>::new());
}
