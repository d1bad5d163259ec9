//! What a collection removes, and what it never touches.

#![allow(clippy::disallowed_methods, reason = "a test looks at its own files")]

use super::super::fixture::*;
use super::super::*;
use super::*;
use crate::ErrorKind;
use crate::dataset_path::DatasetPath;
use crate::progress::Watch;
use crate::store::Put;
use crate::time::{DAY, HOUR, Instant, Span, now};
use crate::verify::{Snapshot, manifest_parts, verify_manifest};

fn at(now: Instant) -> Collection {
    Collection {
        now,
        grace: 3 * DAY,
        retention: 7 * DAY,
        records: Records::Keep,
    }
}

/// Runs a collection after a dry one, and then a second time, which must find nothing more.
fn collect(site: &SiteFixture, collection: Collection) -> Collected {
    let lock = SiteLock::hold(&site.dirs, SITE).unwrap();
    let before = site.files();
    let planned = collection.look(&site.dirs, SITE).unwrap();
    assert_eq!(site.files(), before, "a dry run writes nothing");
    let done = collection.run(&site.dirs, &lock).unwrap();
    assert_eq!(done, planned);
    let again = collection.run(&site.dirs, &lock).unwrap();
    assert_eq!((again.removed, again.expired), (vec![], vec![]));
    assert!(again.pruned.is_empty());
    done
}

/// Commits batch `nth` in place of the parts of version `of`, at a time.
fn replace(site: &SiteFixture, nth: u8, of: u64, created: Instant) -> Manifest {
    let replaces = site.history().versions()[usize::try_from(of).unwrap() - 1]
        .manifest
        .output_files
        .clone();
    let attempt = site.begin();
    let parts = parts(&attempt, nth);
    let mut manifest = manifest(nth, &parts);
    (manifest.replaces, manifest.created_at) = (replaces, created);
    match attempt
        .commit(manifest, &parts, &[], PublicCopy::Write)
        .unwrap()
    {
        Outcome::Committed(done) => done.manifest,
        other => panic!("expected a commit, found {other:?}"),
    }
}

fn stray(site: &SiteFixture, path: &str) -> PathBuf {
    let path = site.dirs.root.join(path);
    store::create_dir_all(path.parent().unwrap()).unwrap();
    store::write_all_synced(&path, b"stray").unwrap();
    path
}

#[test]
fn what_no_version_refers_to_goes_after_the_grace_period_and_only_that() {
    let site = SiteFixture::new();
    site.commit(1);
    let before = site.files();
    let batch = manifest(1, &[]).batch_id;
    let attempt = "0123456789abcdef01234567";
    let mine = [
        "processed/S-1/year=2031/month=01/part-x.parquet".to_owned(),
        "evidence/S-1/year=2031/month=01/evidence-x.parquet".to_owned(),
        format!("manifests/inputs-S-1-{batch}-{attempt}.jsonl"),
    ];
    let others = [
        "processed/S-1/README".to_owned(),
        "processed/S-2/year=2031/month=01/part-x.parquet".to_owned(),
        format!("manifests/inputs-S-1-a-{batch}-{attempt}.jsonl"),
        "manifests/notes.jsonl".to_owned(),
    ];
    for path in mine.iter().chain(&others) {
        stray(&site, path);
    }
    let young = collect(&site, at(now() + 2 * DAY));
    assert_eq!((young.removed.len(), young.spared), (0, 3));
    let done = collect(&site, at(now() + 4 * DAY));
    assert_eq!((done.removed.len(), done.bytes(), done.spared), (3, 15, 0));
    let mut expected = before;
    expected.extend(others);
    expected.sort();
    assert_eq!(site.files(), expected);
    let emptied = site.dirs.processed.join("S-1/year=2031");
    assert_eq!(store::what_is(&emptied).unwrap(), None);
}

#[test]
fn replaced_parts_go_after_the_retention_and_their_versions_say_that_they_have_expired() {
    let site = SiteFixture::new();
    let start = now();
    let first = site.commit(1);
    site.commit(2);
    let third = replace(&site, 1, 1, start);
    // The second version follows the first one more than a week before.
    let early = collect(&site, at(start + 6 * DAY));
    assert_eq!((early.expired, early.pruned), (vec![], vec![1]));
    assert_eq!(
        Snapshot::of_version(&site.dirs, SITE, 1).unwrap().rows(),
        ROWS
    );
    let done = collect(&site, at(start + 7 * DAY));
    assert_eq!((done.removed.len(), &done.expired[..]), (3, &[1, 2][..]));
    assert_eq!(done.pruned, [2], "its details are the third file");
    for removal in &done.removed {
        let by = Reason::Replaced { by: 3, at: start };
        let details = Reason::Followed { by: 3, at: start };
        assert!(
            removal.reason == by || removal.reason == details,
            "{removal}"
        );
    }
    for part in &first.manifest.output_files {
        assert_eq!(
            store::what_is(&site.dirs.processed.join(part)).unwrap(),
            None
        );
    }
    for version in [1, 2] {
        let error = Snapshot::of_version(&site.dirs, SITE, version).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        let expected = format!("version {version} of S-1 has expired");
        assert!(error.message().starts_with(&expected), "{error}");
        let since = expired_since(&site.dirs, SITE, version).unwrap().unwrap();
        assert!((start..=now()).contains(&since), "{since}");
        let gone = format!("and removed at {since}");
        assert!(error.message().ends_with(&gone), "{error}");
        let hint = error.hint_text().unwrap();
        assert!(
            hint.starts_with("read version 3, the first after it"),
            "{hint}"
        );
    }
    let verified = verify_manifest(&first.record, Watch::unwatched()).unwrap();
    assert_eq!((verified.parts, verified.findings), (0, vec![]));
    // By its manifest, too; the second version's own parts are all live.
    assert!(manifest_parts(&first.record).is_err());
    let first = Snapshot::of_manifest(&first.record).unwrap_err();
    assert!(
        first.message().starts_with("version 1 of S-1 has expired"),
        "{first}"
    );
    let second = record_path(&site.dirs, SITE, 2);
    assert_eq!(Snapshot::of_manifest(&second).unwrap().rows(), ROWS);
    let last = Snapshot::of_version(&site.dirs, SITE, 3).unwrap();
    assert_eq!((last.rows(), last.parts.len()), (2 * ROWS, 4));
    for part in &last.parts {
        assert_eq!(
            store::digest(&part.file).unwrap(),
            (part.entry.bytes, part.entry.sha256)
        );
    }
    assert_eq!(third.version, 3);
}

#[test]
fn details_go_after_the_retention_behind_a_mark_and_without_one_they_are_missed() {
    let site = SiteFixture::new();
    let [first, second] = [1, 2].map(|nth| site.commit(nth));
    let details = |done: &Committed| {
        let file = done.manifest.details_file.as_ref().unwrap();
        site.dirs.manifests.join(&file.path)
    };
    let verified = |done: &Committed| verify_manifest(&done.record, Watch::unwatched()).unwrap();
    let stated = first.manifest.created_at;
    let early = collect(&site, at(stated + 6 * DAY));
    assert_eq!(early, Collected::default());
    let done = collect(&site, at(stated + 7 * DAY));
    assert_eq!((done.pruned, done.expired), (vec![1], vec![]));
    let removed = done.removed.into_iter().map(|removal| removal.path);
    assert_eq!(removed.collect::<Vec<_>>(), [details(&first)]);
    // All else of it is there.
    let read = read_manifest(&first.record).unwrap();
    assert_eq!(read.inputs, first.manifest.inputs);
    assert!(read.statistics.points.is_empty() && read.conflicts.examples.is_empty());
    assert!(verified(&first).findings.is_empty());
    assert_eq!(read_manifest(&second.record).unwrap(), second.manifest);
    // Nobody said that those of the second would go.
    store::remove_file(&details(&second)).unwrap();
    assert!(read_manifest(&second.record).is_err());
    let [finding] = &verified(&second).findings[..] else {
        panic!("expected one finding")
    };
    assert_eq!(finding.file, details(&second));
}

#[test]
fn evidence_is_replaced_by_the_version_that_says_so() {
    let site = SiteFixture::new();
    let dirs = &site.dirs;
    let done = site.commit(1);
    let mut history = site.history().versions().to_vec();
    let [january, february] = [0, 1].map(|nth| done.manifest.output_files[nth].clone());
    let evidence = format!("{}/evidence-x.parquet", january.folder());
    let evidence = DatasetPath::new(evidence).unwrap();
    history[0].manifest.evidence_files = vec![FileEntry {
        path: evidence.clone(),
        sha256: crate::Digest::of(b""),
        bytes: 0,
        rows: 0,
    }];
    let mut second = history[0].clone();
    second.number = 2;
    second.manifest.replaces = vec![february];
    second.manifest.files.clear();
    second.manifest.evidence_files.clear();
    let mut third = second.clone();
    third.number = 3;
    third.manifest.replaces = vec![january];
    third.manifest.replaces_evidence = vec![evidence.clone()];
    let replaced = |versions: &[Version]| {
        References::of(dirs, None, versions).files[&dirs.evidence.join(&evidence)]
            .replaced
            .map(|(by, _)| by)
    };
    history.push(second);
    assert_eq!(replaced(&history), None);
    history.push(third);
    assert_eq!(replaced(&history), Some(3));
}

#[test]
fn a_collection_that_was_killed_between_mark_and_removal_is_gone_on_with() {
    let site = SiteFixture::new();
    let start = now();
    site.commit(1);
    replace(&site, 1, 1, start);
    let marks = ToMark {
        expired: &[1],
        pruned: &[1],
        unkept: &[],
    };
    expire(&site.dirs, SITE, marks).unwrap();
    let done = collect(&site, at(start + 8 * DAY));
    // Two parts, and the details of the version before.
    assert_eq!((done.expired.len(), done.removed.len()), (0, 3));
}

#[test]
fn a_clock_that_went_back_makes_nothing_old() {
    let site = SiteFixture::new();
    let start = now();
    site.commit(1);
    replace(&site, 2, 1, start);
    // Written by a machine that had lost the time.
    replace(&site, 3, 2, Instant::EPOCH);
    let done = collect(&site, at(start + HOUR));
    assert_eq!(done, Collected::default());
}

#[test]
fn links_are_not_followed_and_files_of_an_attempt_in_staging_are_recovery_s() {
    let site = SiteFixture::new();
    site.commit(1);
    let elsewhere = stray(&site, "elsewhere/part-x.parquet");
    let link = site.dirs.processed.join("S-1/year=2031");
    std::os::unix::fs::symlink(elsewhere.parent().unwrap(), &link).unwrap();
    let attempt = site.begin();
    let part = stray(
        &site,
        &format!("processed/S-1/year=2032/part-{}-x.parquet", attempt.id()),
    );
    let done = collect(&site, at(now() + 30 * DAY));
    assert_eq!((done.removed.len(), done.spared), (0, 1));
    assert_eq!(store::what_is(&elsewhere).unwrap(), Some(store::What::File));
    assert_eq!(store::what_is(&part).unwrap(), Some(store::What::File));
}

#[test]
fn a_damaged_log_refuses_the_collection() {
    let site = SiteFixture::new();
    let done = site.commit(1);
    stray(&site, "processed/S-1/year=2031/part-x.parquet");
    overwrite(&done.record, b"");
    let lock = SiteLock::hold(&site.dirs, SITE).unwrap();
    let before = site.files();
    let error = at(now() + 30 * DAY).run(&site.dirs, &lock).unwrap_err();
    assert_eq!(
        (error.kind(), error.path()),
        (ErrorKind::Damaged, Some(&*done.record))
    );
    assert_eq!(site.files(), before);
}

/// A file beside the dataset, which no collection may touch.
fn victim(site: &SiteFixture) -> PathBuf {
    stray(site, "../victim.csv")
}

#[test]
fn a_manifest_whose_paths_lead_out_of_the_dataset_is_damage_and_nothing_is_touched() {
    for absolute in [false, true] {
        let site = SiteFixture::new();
        let first = site.commit(1);
        let victim = victim(&site);
        let path = match absolute {
            true => victim.to_str().unwrap().to_owned(),
            false => "../../victim.csv".to_owned(),
        };
        let mut second: serde_json::Value =
            serde_json::from_slice(&bytes_of(&first.record)).unwrap();
        second["version"] = 2.into();
        second["files"][0]["path"] = path.as_str().into();
        second["output_files"][0] = path.as_str().into();
        let mut third = second.clone();
        third["version"] = 3.into();
        for list in ["files", "output_files"] {
            third[list] = serde_json::json!([]);
        }
        third["replaces"] = serde_json::json!([path]);
        for (number, record) in [(2, second), (3, third)] {
            let record_path = record_path(&site.dirs, SITE, number);
            store::write_all_synced(&record_path, &sealed(record)).unwrap();
        }
        let before = site.files();
        let lock = SiteLock::hold(&site.dirs, SITE).unwrap();
        let error = at(now() + 100 * DAY).run(&site.dirs, &lock).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Damaged);
        assert_eq!(
            error.path(),
            Some(record_path(&site.dirs, SITE, 2).as_path())
        );
        assert!(error.message().contains(&path), "{error}");
        assert_eq!(site.files(), before);
        assert_eq!(bytes_of(&victim), b"stray");
        for reader in [
            crate::verify::explain(&site.dirs, SITE, now()).map(drop),
            Snapshot::of_site(&site.dirs, SITE).map(drop),
        ] {
            assert_eq!(reader.unwrap_err().kind(), ErrorKind::Damaged);
        }
    }
}

#[test]
fn what_stands_behind_a_symbolic_link_is_not_collected() {
    let site = SiteFixture::new();
    let first = site.commit(1);
    replace(&site, 2, 1, first.manifest.created_at + Span::from_nanos(1));
    let loose = stray(&site, "processed/S-1/year=2026/month=03/part-loose.parquet");
    let outside = site.dirs.root.parent().unwrap().join("outside");
    let inside = site.dirs.processed.join(SITE);
    assert_eq!(store::rename_new(&inside, &outside).unwrap(), Put::Done);
    std::os::unix::fs::symlink(&outside, &inside).unwrap();
    let collected = collect(&site, at(now() + 100 * DAY));
    let removed = collected.removed.iter();
    let inside = removed.filter(|removal| removal.path.starts_with(&site.dirs.processed));
    assert_eq!(inside.count(), 0);
    for part in &first.manifest.output_files {
        assert!(site.dirs.processed.join(part).exists(), "{part}");
    }
    assert!(loose.exists());
}
