//! A dataset against a model of it: files that come, change, vanish, are retracted and taken again, with collections, recoveries and
//! rebuilds among them, in any order, some of them in a process that is killed in the middle. The model is the list of the reports
//! that are in; the dataset has to be the one that a run over just those makes, after every step. After a kill the log says whether
//! the step was done; there is no third possibility.

use super::killed::{self, Death, Deed};
use super::plants::File;
use super::{Inbox, REBUILD, TAKE_RETRACTED, collect, compact, nothing_loose};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use trendgate::details::Others;
use trendgate::internals::publish::HistoryQueries as _;
use trendgate::{History, Retraction, RunOptions, Site, Watch, WhenLocked};

/// One thing that happens.
#[derive(Debug, Clone)]
enum Step {
    /// A new report comes, of a kind, from one day to another.
    Arrive(usize, i64, i64),
    /// The file of an earlier report is exported again with one cell changed and one row more.
    Export(usize),
    /// A nightly run.
    Run,
    /// A report is retracted.
    Retract(usize),
    /// All that was retracted is taken again.
    TakeAgain,
    /// Everything is made again.
    Rebuild,
    /// What is replaced or loose goes.
    Collect,
    /// One base record takes the place of all records but the last one.
    Compact,
    /// What a crash left is looked for.
    Recover,
    /// A new report comes, as above; then a process that does something is killed.
    Killed(Deed, Death, (usize, i64, i64)),
}

fn step() -> impl Strategy<Value = Step> {
    let days = || {
        let any = (0..3_usize, 0..40_i64, 1..4_i64);
        any.prop_map(|(kind, first, long)| (kind, first, first + long))
    };
    prop_oneof![
        4 => days().prop_map(|(kind, first, last)| Step::Arrive(kind, first, last)),
        2 => any::<usize>().prop_map(Step::Export),
        4 => Just(Step::Run),
        2 => any::<usize>().prop_map(Step::Retract),
        1 => Just(Step::TakeAgain),
        1 => Just(Step::Rebuild),
        1 => Just(Step::Collect),
        2 => Just(Step::Compact),
        1 => Just(Step::Recover),
        4 => (Deed::any(), Death::any(), days()).prop_map(|(deed, death, days)| Step::Killed(deed, death, days)),
    ]
}

/// What should be there.
#[derive(Debug, Default)]
struct Model {
    /// The files of the folder, by name, as they are now.
    folder: BTreeMap<String, File>,
    /// The reports that are in the dataset, by the name of their file.
    inside: BTreeMap<String, File>,
    /// Those that were taken out.
    retracted: BTreeMap<String, File>,
    /// Whether a kill may have left something that nobody has looked for since.
    littered: bool,
}

impl Model {
    /// What a run takes: every file but those that were retracted as they are.
    fn run(&mut self, again: bool) {
        for (name, file) in &self.folder {
            if again || self.retracted.get(name) != Some(file) {
                self.inside.insert(name.clone(), file.clone());
                self.retracted.remove(name);
            }
        }
    }

    fn nth(of: &BTreeMap<String, File>, nth: usize) -> Option<(String, File)> {
        let place = nth.checked_rem(of.len())?;
        of.iter()
            .nth(place)
            .map(|(name, file)| (name.clone(), file.clone()))
    }
}

fn take(inbox: &Inbox, model: &mut Model, step: &Step, nth: usize) {
    match step {
        Step::Arrive(kind, first, last) => {
            let mut file = File::plain(*kind, *first, *last);
            // No two reports are the same.
            file.rows[0].1 = format!("{}.25", nth + 1);
            let name = format!("{nth:03}.csv");
            inbox.put(&name, &file);
            model.folder.insert(name, file);
        }
        Step::Export(which) => {
            let Some((name, mut file)) = Model::nth(&model.folder, *which) else {
                return;
            };
            let last = file.rows.last().map_or(0, |row| row.0);
            file.rows[0].1 = format!("{}.75", nth + 1);
            file.rows
                .push((last + 15, "6.6".to_owned(), "5000".to_owned()));
            inbox.put(&name, &file);
            model.folder.insert(name, file);
        }
        Step::Run | Step::TakeAgain => {
            let again = matches!(step, Step::TakeAgain);
            let options = if again {
                TAKE_RETRACTED
            } else {
                RunOptions::default()
            };
            if model.folder.is_empty() {
                return;
            }
            model.run(again);
            model.littered = false;
            match inbox.run_with(options) {
                Ok(_) => {}
                Err(error) => panic!("{error}"),
            }
        }
        Step::Retract(which) => {
            let Some((name, file)) = Model::nth(&model.inside, *which) else {
                return;
            };
            // Between an export and the next run what a month was made of is gone, and nothing leaves it.
            if model
                .inside
                .iter()
                .any(|(name, file)| model.folder.get(name) != Some(file))
            {
                return;
            }
            let path = inbox.folder().join(&name);
            let what = Retraction::named(path);
            inbox.retract(&what, RunOptions::default()).unwrap();
            model.littered = false;
            model.inside.remove(&name);
            model.retracted.insert(name, file);
        }
        Step::Rebuild => {
            if model.inside.is_empty() {
                return;
            }
            model.run(false);
            model.littered = false;
            inbox.run_with(REBUILD).unwrap();
        }
        Step::Collect => {
            collect(&inbox.settings);
            if !model.littered {
                nothing_loose(inbox);
            }
        }
        Step::Compact => {
            let site = Site::of(&inbox.settings);
            let known = |history: &History| {
                let sources = history.sources();
                let sources: Vec<_> = sources.map(|(id, source)| (id, source.clone())).collect();
                let snapshot = site.snapshot_of(history);
                (snapshot, sources, history.kinds().to_vec())
            };
            let before = site.history().unwrap();
            compact(&inbox.settings);
            let after = site.history().unwrap();
            assert_eq!(known(&before), known(&after));
            assert_eq!(after.compacted(), after.version().saturating_sub(1));
            assert_eq!(known(&site.recent_history().unwrap()), known(&after));
            let verified = site.verify(Watch::unwatched()).unwrap();
            assert_eq!(verified.findings, []);
            if !model.littered {
                nothing_loose(inbox);
            }
        }
        Step::Recover => {
            let site = Site::of(&inbox.settings);
            let recover = || {
                let recovered = site.recover(Others::Spare, WhenLocked::Fail, Watch::unwatched());
                recovered.unwrap()
            };
            let deeds = recover();
            assert!(model.littered || deeds.is_empty(), "{deeds:?}");
            assert_eq!(recover(), []);
            model.littered = false;
        }
        Step::Killed(deed, death, (kind, first, last)) => {
            take(inbox, model, &Step::Arrive(*kind, *first, *last), nth);
            let version = || Site::of(&inbox.settings).history().unwrap().version();
            let before = version();
            let killed = killed::go(inbox, *deed, *death);
            let after = version();
            let left = fs::read_dir(&inbox.settings.dirs().staging).map_or(0, Iterator::count);
            println!(
                "{deed:?}, {death:?}: killed {killed}, version {before} → {after}, {left} in staging"
            );
            model.littered = true;
            if after > before {
                model.run(false);
            }
        }
    }
}

/// More by hand: `PROPTEST_CASES=200 cargo test -p trendgate --test growth model -- --nocapture`.
fn cases() -> u32 {
    let wanted = std::env::var("PROPTEST_CASES").ok();
    wanted.and_then(|text| text.parse().ok()).unwrap_or(8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn after_every_step_the_dataset_is_that_of_the_reports_that_are_in(steps in prop::collection::vec(step(), 1..14)) {
        let inbox = Inbox::new();
        let mut model = Model::default();
        for (nth, step) in steps.iter().enumerate() {
            take(&inbox, &mut model, step, nth);
            let files: Vec<&File> = model.inside.values().collect();
            match (files.is_empty(), model.littered) {
                (true, _) => {}
                (false, true) => inbox.reads_as(&files),
                (false, false) => inbox.is_that_of(&files),
            }
        }
    }
}
