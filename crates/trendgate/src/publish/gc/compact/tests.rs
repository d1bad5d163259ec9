//! Before and after a compaction, ended at every step, readers answer the same of what is kept, and refuse the rest.

#![allow(clippy::disallowed_methods, reason = "a test looks at its own files")]

use super::super::super::fixture::*;
use super::super::super::*;
use super::super::Collection;
use super::*;
use crate::dataset_path::DatasetPath;
use crate::error::ErrorKind;
use crate::model::SchemaColumn;
use crate::progress::Watch;
use crate::text_id::TextId;
use crate::time::{DAY, Span, now};
use crate::verify::{Snapshot, same_as_stated, verify_site};

/// What a reader learns of the dataset as of one version.
#[derive(Debug, PartialEq)]
struct Answers {
    snapshot: Snapshot,
    columns: Vec<SchemaColumn>,
    sources: Vec<(TextId, KnownSource)>,
    noise: Option<Known>,
    config: Option<crate::digest::Digest>,
}

fn answers(dirs: &Dirs, history: &History) -> Answers {
    Answers {
        snapshot: Snapshot::of_history(dirs, history),
        columns: history.columns(),
        sources: (history.sources())
            .map(|(id, source)| (id, source.clone()))
            .collect(),
        noise: history.known(&TextId::of(b"noise")),
        config: history.config_digest(),
    }
}

/// What a reader learns of every version from this one on, by its number, its time and as the last one.
fn all_answers(dirs: &Dirs, from: u64) -> Vec<Answers> {
    let history = History::read(dirs, SITE).unwrap();
    let mut all = Vec::new();
    for version in history.versions().iter().filter(|it| it.number >= from) {
        let then = history.until(version.number).unwrap();
        let by_time = history.as_of(version.manifest.created_at).unwrap();
        assert_eq!(by_time.version(), version.number);
        all.push(answers(dirs, &then));
    }
    let resumed = History::resume(dirs, SITE).unwrap();
    all.push(answers(dirs, &resumed));
    assert!(all.len() > 1);
    all
}

/// Commits batch `nth` in place of `replaces`, made so many days ago.
fn version(site: &SiteFixture, nth: u8, days: i64, replaces: &[DatasetPath]) -> Vec<DatasetPath> {
    let attempt = site.begin();
    let parts = parts(&attempt, nth);
    let mut manifest = manifest(nth, &parts);
    manifest.created_at = now() - days * DAY;
    manifest.replaces = replaces.to_vec();
    let outcome = attempt.commit(manifest, &parts, &[], PublicCopy::Write);
    match outcome.unwrap() {
        Outcome::Committed(done) => done.manifest.output_files,
        other => panic!("expected a commit, found {other:?}"),
    }
}

/// Five versions: the first and the third stay whole, the second is replaced by the fourth, which the fifth replaces; the last two are young.
fn five_versions() -> SiteFixture {
    let site = SiteFixture::new();
    let lock = SiteLock::take(&site.dirs, SITE).unwrap();
    version(&site, 0, 50, &[]);
    let second = version(&site, 1, 40, &[]);
    version(&site, 2, 30, &[]);
    let fourth = version(&site, 1, 20, &second);
    version(&site, 1, 2, &fourth);
    drop(lock);
    site
}

fn week(now: Instant) -> Collection {
    Collection {
        now,
        grace: Span::ZERO,
        retention: 7 * DAY,
        records: Records::Compact,
    }
}

fn collected(site: &SiteFixture) -> (Collection, SiteLock) {
    let lock = SiteLock::hold(&site.dirs, SITE).unwrap();
    let collection = week(now());
    collection.run(&site.dirs, &lock).unwrap();
    (collection, lock)
}

fn is_whole(dirs: &Dirs) {
    let verified = verify_site(
        dirs,
        SITE,
        PublicCopy::Write,
        &same_as_stated,
        Watch::unwatched(),
    )
    .unwrap();
    assert_eq!(verified.findings, []);
}

/// The log and what stands beside the public manifests.
fn records(site: &SiteFixture) -> Vec<String> {
    let mut files = site.files();
    files.retain(|file| file.starts_with("manifests/"));
    files
}

fn copied(from: &Path, to: &Path) {
    store::create_dir_all(to).unwrap();
    for path in list(from).unwrap() {
        let target = to.join(path.file_name().unwrap());
        match store::what_is(&path).unwrap() {
            Some(store::What::Folder) => copied(&path, &target),
            _ => drop(std::fs::copy(&path, &target).unwrap()),
        }
    }
}

#[test]
fn versions_that_are_past_the_retention_become_one_base_record_and_the_others_read_as_before() {
    let site = five_versions();
    let (collection, lock) = collected(&site);
    let before = all_answers(&site.dirs, 4);
    let files = site.files();
    let planned = collection.look_compaction(&site.dirs, SITE).unwrap();
    assert_eq!(site.files(), files, "a dry run writes nothing");
    let done = collection.compact(&site.dirs, &lock).unwrap();
    assert_eq!(done, planned);
    let done = done.unwrap();
    // The fourth was the last one until two days ago.
    assert_eq!((done.up_to, done.records), (3, 3));
    assert_eq!(all_answers(&site.dirs, 4), before);
    is_whole(&site.dirs);
    let history = site.history();
    let numbers: Vec<u64> = history.versions().iter().map(|it| it.number).collect();
    assert_eq!((numbers, history.compacted()), (vec![4, 5], 3));
    let left = records(&site);
    let of = |start: &str| left.iter().filter(|file| file.contains(start)).count();
    assert_eq!(of("manifests/manifest-"), 2);
    assert_eq!(of("manifests/inputs-"), 2);
    assert_eq!(of(".log/S-1/base-00000000000000000003.sealed"), 1);
    assert_eq!(
        [4, 5].map(|number| of(&format!("/{number:020}.json"))),
        [1, 1]
    );
    // What the base record has is not unreferenced.
    assert_eq!(collection.run(&site.dirs, &lock).unwrap().removed, []);
    assert_eq!(collection.compact(&site.dirs, &lock).unwrap(), None);
}

#[test]
fn versions_that_were_compacted_are_refused_by_number_and_by_time_with_what_to_ask_for() {
    let site = five_versions();
    let (collection, lock) = collected(&site);
    collection.compact(&site.dirs, &lock).unwrap();
    for version in 1..=3 {
        let error = Snapshot::of_version(&site.dirs, SITE, version).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        let said = format!(
            "version {version} of S-1 was compacted: the versions up to 3 are one base record, and what each of them was cannot be told any more"
        );
        assert_eq!(error.message(), said);
        let hint = "the first version that can be asked for is 4; `trendgate log` lists them";
        assert_eq!(error.hint_text(), Some(hint));
    }
    let error = Snapshot::as_of(&site.dirs, SITE, now() - 25 * DAY).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert!(error.message().contains("was compacted"), "{error}");
    let error = Snapshot::of_version(&site.dirs, SITE, 6).unwrap_err();
    assert!(error.message().starts_with("expected a version"), "{error}");
}

#[test]
fn a_compaction_that_ends_at_any_step_changes_no_answer_and_the_next_one_goes_on() {
    let site = five_versions();
    let (collection, lock) = collected(&site);
    let before = all_answers(&site.dirs, 4);
    let folder = crate::store::test_folder();
    base_of(&site.dirs, &site.history().until(3).unwrap())
        .unwrap()
        .put(&site.dirs)
        .unwrap();
    drop(lock);
    let left = Leftovers::find(&site.dirs, SITE, 3).unwrap();
    let steps: Vec<&PathBuf> = left.named.iter().chain(&left.logged).collect();
    assert!(steps.len() >= 9, "{steps:#?}");
    let mut rests = Vec::new();
    for done in 0..=steps.len() {
        let root = folder.path().join(format!("{done}"));
        copied(&site.dirs.root, &root);
        let dirs = Dirs::under(&root);
        for step in &steps[..done] {
            let below = step.strip_prefix(&site.dirs.root).unwrap();
            store::remove_file(&root.join(below)).unwrap();
        }
        let as_in = |dirs: &Dirs| {
            let mut all = all_answers(dirs, 4);
            for answers in &mut all {
                for part in &mut answers.snapshot.parts {
                    let below = part.file.strip_prefix(&dirs.root).unwrap();
                    part.file = site.dirs.root.join(below);
                }
            }
            all
        };
        assert_eq!(as_in(&dirs), before, "after {done} steps");
        is_whole(&dirs);
        assert!(Snapshot::of_version(&dirs, SITE, 3).is_err());
        let lock = SiteLock::hold(&dirs, SITE).unwrap();
        let deeds = Recovery {
            copy: PublicCopy::Write,
            names: AttemptNames::All,
            others: Others::Spare,
        };
        assert_eq!(deeds.run(&dirs, &lock).unwrap(), [], "after {done} steps");
        week(collection.now).run(&dirs, &lock).unwrap();
        week(collection.now).compact(&dirs, &lock).unwrap();
        assert_eq!(as_in(&dirs), before, "after {done} steps and the rest");
        drop(lock);
        let log = list(&log::folder(&dirs, SITE)).unwrap();
        let names = log.iter().map(|path| path.file_name().unwrap().to_owned());
        rests.push(names.collect::<Vec<_>>());
    }
    rests.dedup();
    assert_eq!(rests.len(), 1, "{rests:#?}");
}

#[test]
fn a_base_record_is_compacted_into_the_next_one_and_versions_go_on_behind_it() {
    let site = five_versions();
    let (collection, lock) = collected(&site);
    collection.compact(&site.dirs, &lock).unwrap();
    let history = site.history();
    let third = history.live_parts();
    let of_third: Vec<DatasetPath> = (third.iter())
        .filter(|part| part.version == 3)
        .map(|part| part.entry.path.clone())
        .collect();
    assert_eq!(of_third.len(), 2);
    version(&site, 2, 0, &of_third);
    let before = all_answers(&site.dirs, 6);
    let later = week(now() + 30 * DAY);
    let done = later.run(&site.dirs, &lock).unwrap();
    // The mark of the base record's version is that of all it stands for; it is there since the second version was collected.
    assert_eq!(done.expired, [4, 5]);
    assert!(expired_since(&site.dirs, SITE, 3).unwrap().is_some());
    // The parts of the third and the fourth, and the details of the fourth and the fifth.
    assert_eq!(done.removed.len(), 2 + 2 + 2, "{done:#?}");
    is_whole(&site.dirs);
    let done = later.compact(&site.dirs, &lock).unwrap().unwrap();
    assert_eq!((done.up_to, done.records), (5, 2));
    assert_eq!(all_answers(&site.dirs, 6), before);
    is_whole(&site.dirs);
    let log = log::folder(&site.dirs, SITE);
    assert_eq!(bases(&log).unwrap(), [5]);
    let next = version(&site, 3, 0, &[]);
    assert_eq!((next.len(), site.history().version()), (2, 7));
    is_whole(&site.dirs);
}

#[test]
fn a_damaged_base_record_is_damage_and_never_no_data() {
    let site = five_versions();
    let (collection, lock) = collected(&site);
    collection.compact(&site.dirs, &lock).unwrap();
    let path = path_of(&site.dirs, SITE, 3);
    let whole = bytes_of(&path);
    for place in 0..whole.len() {
        let mut other = whole.clone();
        other[place] ^= 0x10;
        overwrite(&path, &other);
        let error = History::read(&site.dirs, SITE).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Damaged, "byte {place}: {error}");
        assert_eq!(error.path(), Some(&*path));
    }
    let (history, _) = History::salvage(&site.dirs, SITE).unwrap();
    assert_eq!(history.version(), 0);
    let error = collection.compact(&site.dirs, &lock).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Damaged);
    let verified = verify_site(
        &site.dirs,
        SITE,
        PublicCopy::Write,
        &same_as_stated,
        Watch::unwatched(),
    )
    .unwrap();
    assert!(verified.findings.iter().any(|finding| finding.file == path));
    overwrite(&path, &whole[..whole.len() / 2]);
    assert!(History::read(&site.dirs, SITE).is_err());
    overwrite(&path, &whole);
    is_whole(&site.dirs);
    let record = record_path(&site.dirs, SITE, 4);
    store::remove_file(&record).unwrap();
    let error = History::read(&site.dirs, SITE).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Damaged);
}

#[test]
fn another_base_record_in_the_place_of_ours_keeps_every_record() {
    let site = five_versions();
    let (collection, lock) = collected(&site);
    let base = base_of(&site.dirs, &site.history().until(3).unwrap()).unwrap();
    base.put(&site.dirs).unwrap();
    base.put(&site.dirs).unwrap();
    let mut other = base.clone();
    assert_eq!(other.taken.len(), 3);
    other.taken.clear();
    let error = other.put(&site.dirs).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Damaged);
    assert_eq!(
        site.files()
            .iter()
            .filter(|file| file.contains(".staging/"))
            .count(),
        0
    );
    assert_eq!(numbers(&log::folder(&site.dirs, SITE)).unwrap().len(), 5);
    collection.compact(&site.dirs, &lock).unwrap();
    is_whole(&site.dirs);
}

#[test]
fn a_run_without_a_lock_whose_version_was_compacted_meanwhile_is_overtaken_and_leaves_nothing() {
    let site = five_versions();
    let late = Attempt::begin(&site.dirs, SITE, 2).unwrap();
    let (collection, lock) = collected(&site);
    collection.compact(&site.dirs, &lock).unwrap();
    let before = site.files();
    let outcome = try_commit(late, 3).unwrap();
    assert_eq!(outcome, Outcome::Overtaken { version: 3 });
    let mut rest = before;
    rest.retain(|file| !file.contains(".staging/"));
    assert_eq!(site.files(), rest);
}
