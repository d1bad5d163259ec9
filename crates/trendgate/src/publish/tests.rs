//! The commit as readers and writers see it.

use super::manifest::*;
use super::*;
use crate::contract::{Column, Contract, ContractRules, DatasetSchema, flag_lists};
use crate::digest::Digest;
use crate::error::ErrorKind;
use crate::flags::FlagSet;
use crate::partition::{Part, PartRules, Partitioner};
use crate::store;
use crate::verify::verify_site;
use arrow::array::{ArrayRef, Float64Array, RecordBatch, TimestampNanosecondArray};
use std::sync::Arc;

const SITE: &str = "S1";
const INTERVAL: i64 = 15 * crate::clock::MINUTE;
/// 2016-11-30T22:00:00Z
const START: i64 = 1_480_543_200 * crate::clock::SECOND;

fn schema() -> DatasetSchema {
    DatasetSchema::new(vec![Column::gauge("a", "A")]).unwrap()
}

fn rules() -> ContractRules {
    ContractRules {
        interval: Some(INTERVAL),
        max_gap: crate::clock::DAY,
        not_after: i64::MAX,
    }
}

/// Sixteen rows over a month's end: two parts.
fn parts(attempt: &Attempt, start: i64) -> Vec<Part> {
    let times: Vec<i64> = (0..16).map(|bin| start + bin * INTERVAL).collect();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(TimestampNanosecondArray::from(times.clone()).with_timezone("UTC")),
        flag_lists(&vec![FlagSet::CLEAN; times.len()]),
        Arc::new(Float64Array::from_iter_values((0..16).map(f64::from))),
    ];
    let batch = RecordBatch::try_new(schema().arrow(), columns).unwrap();
    let mut contract = Contract::new(schema(), rules()).unwrap();
    let mut partitioner = Partitioner::new(
        attempt.dir().to_owned(),
        SITE,
        attempt.id(),
        &schema(),
        PartRules::default(),
    )
    .unwrap();
    for rows in contract.admit(&batch).unwrap() {
        partitioner.push(rows).unwrap();
    }
    let seal = |part: crate::partition::OpenPart| part.seal(&[]).unwrap();
    partitioner
        .finish()
        .unwrap()
        .into_iter()
        .map(seal)
        .collect()
}

fn manifest(version: u64, parts: &[Part]) -> Manifest {
    let input = Digest::of(&version.to_le_bytes());
    let config = Digest::of(b"config");
    Manifest {
        manifest_version: MANIFEST_VERSION.into(),
        batch_id: batch_id(SITE, config, [input].into_iter()).to_string(),
        site_id: SITE.into(),
        version,
        created_at: "2026-11-24T00:00:00Z".into(),
        time_baseline: "2026-11-24T00:00:00Z".into(),
        trendgate_version: "0.1.0".into(),
        config_digest: config,
        timezone: "UTC".into(),
        resample_interval: "15m".into(),
        max_gap: "1d".into(),
        input_files_count: 0,
        output_files: parts.iter().map(|part| part.relative.clone()).collect(),
        statistics: Statistics::default(),
        cells: Cells::default(),
        schema_hash: schema().hash().unwrap(),
        schema: Vec::new(),
        files: parts.iter().map(PartEntry::from).collect(),
        inputs: Vec::new(),
        failed_files: Vec::new(),
        evidence_files: Vec::new(),
        gaps: Vec::new(),
        conflicts: Conflicts::default(),
        replaces: Vec::new(),
        changed_range: None,
        rebuilt_from: Vec::new(),
        checksum: Digest([0; 32]),
    }
}

struct Site {
    _folder: tempfile::TempDir,
    dirs: Dirs,
}

fn site() -> Site {
    let folder = tempfile::tempdir().unwrap();
    let dirs = Dirs::under(&folder.path().join("data"));
    Site {
        dirs,
        _folder: folder,
    }
}

fn commit(dirs: &Dirs, version: u64) -> Outcome {
    let _lock = SiteLock::take(dirs, SITE).unwrap();
    let attempt = Attempt::begin(dirs, SITE, version).unwrap();
    let start = START + i64::try_from(version - 1).unwrap() * 100 * crate::clock::DAY;
    let parts = parts(&attempt, start);
    attempt
        .commit(manifest(version, &parts), &parts, Publicity::Public)
        .unwrap()
}

/// Every file below a folder.
fn files(folder: &std::path::Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        if store::what_is(&folder).unwrap() != Some(store::What::Folder) {
            continue;
        }
        for path in store::list_dir(&folder).unwrap() {
            match store::what_is(&path).unwrap() {
                Some(store::What::Folder) => folders.push(path),
                _ => files.push(path),
            }
        }
    }
    files.sort();
    files
}

#[test]
fn versions_are_committed_one_after_the_other_and_read_back() {
    let Site { dirs, _folder } = site();
    let Outcome::Committed(first) = commit(&dirs, 1) else {
        panic!("not committed")
    };
    assert!(matches!(commit(&dirs, 2), Outcome::Committed(_)));
    let history = History::read(&dirs, SITE).unwrap();
    assert!(history.damage().is_none());
    assert_eq!(history.versions().len(), 2);
    assert_eq!(history.live_parts().len(), 3);
    assert_eq!(history.next_version(), 3);
    let public = first.public.unwrap();
    assert_eq!(
        store::read(&public).unwrap(),
        store::read(&first.record).unwrap()
    );
    let name = public.file_name().unwrap().to_string_lossy().into_owned();
    assert!(name.ends_with("-20261124T000000Z.json"), "{name}");
    assert_eq!(
        store::list_dir(&dirs.staging).unwrap(),
        Vec::<PathBuf>::new()
    );
    assert_eq!(sites(&dirs).unwrap(), [SITE]);
    let verification = verify_site(&dirs, SITE).unwrap();
    assert_eq!(
        (verification.versions, verification.parts, verification.rows),
        (2, 3, 32)
    );
    assert_eq!(verification.findings, []);
}

#[test]
fn the_same_version_twice_is_already_committed_and_another_batch_is_overtaken() {
    let Site { dirs, _folder } = site();
    assert!(matches!(commit(&dirs, 1), Outcome::Committed(_)));
    let before = files(&dirs.root);
    let attempt = Attempt::begin(&dirs, SITE, 1).unwrap();
    let made = parts(&attempt, START);
    let same = attempt
        .commit(manifest(1, &made), &made, Publicity::Public)
        .unwrap();
    assert!(matches!(same, Outcome::AlreadyCommitted(1)));
    let attempt = Attempt::begin(&dirs, SITE, 1).unwrap();
    let made = parts(&attempt, START);
    let mut other = manifest(1, &made);
    other.batch_id = "another".into();
    let other = attempt.commit(other, &made, Publicity::Public).unwrap();
    assert!(matches!(other, Outcome::Overtaken(1)));
    assert_eq!(files(&dirs.root), before);
}

#[test]
fn a_commit_that_fails_half_way_leaves_nothing() {
    let Site { dirs, _folder } = site();
    let attempt = Attempt::begin(&dirs, SITE, 1);
    // Without the lock there is no folder for the log yet, which the probe needs.
    assert!(attempt.is_err());
    let lock = SiteLock::take(&dirs, SITE).unwrap();
    let attempt = Attempt::begin(&dirs, SITE, 1).unwrap();
    let parts = parts(&attempt, START);
    assert_eq!(parts.len(), 2);
    let taken = dirs.processed.join(&parts[1].relative);
    store::create_dirs(taken.parent().unwrap()).unwrap();
    store::write_new(&taken, b"someone else's").unwrap();
    let error = attempt
        .commit(manifest(1, &parts), &parts, Publicity::Public)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Storage);
    assert_eq!(files(&dirs.root), [taken]);
    assert!(History::read(&dirs, SITE).unwrap().versions().is_empty());
    drop(lock);
}

#[test]
fn an_attempt_that_is_dropped_leaves_no_file_and_no_folder() {
    let Site { dirs, _folder } = site();
    let lock = SiteLock::take(&dirs, SITE).unwrap();
    let attempt = Attempt::begin(&dirs, SITE, 1).unwrap();
    parts(&attempt, START);
    drop(attempt);
    assert_eq!(files(&dirs.root), Vec::<PathBuf>::new());
    assert_eq!(store::what_is(&dirs.staging).unwrap(), None);
    drop(lock);
}

#[test]
fn a_site_is_held_by_one_run_and_another_site_is_free() {
    let Site { dirs, _folder } = site();
    let lock = SiteLock::take(&dirs, SITE).unwrap();
    assert_eq!(
        SiteLock::take(&dirs, SITE).unwrap_err().kind(),
        ErrorKind::Locked
    );
    let _other = SiteLock::take(&dirs, "S2").unwrap();
    drop(lock);
    let _again = SiteLock::take(&dirs, SITE).unwrap();
}

#[test]
fn any_changed_byte_of_a_manifest_is_noticed() {
    let mut manifest = manifest(1, &[]);
    let bytes = manifest.seal().unwrap();
    assert_eq!(Manifest::from_bytes(&bytes).unwrap(), manifest);
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        assert!(
            Manifest::from_bytes(&damaged).is_err(),
            "byte {at} ({:?})",
            char::from(bytes[at])
        );
        // The line end is the only byte that a cut may take unseen by JSON, and the checksum sees it.
        assert!(Manifest::from_bytes(&bytes[..at]).is_err(), "cut at {at}");
    }
}

#[test]
fn a_damaged_record_is_named_and_hides_nothing_before_it() {
    let Site { dirs, _folder } = site();
    commit(&dirs, 1);
    commit(&dirs, 2);
    let record = dirs.record(SITE, 2);
    let whole = store::read(&record).unwrap();
    for damage in [&b""[..], &whole[..whole.len() / 2]] {
        store::remove_file(&record).unwrap();
        store::write_new(&record, damage).unwrap();
        let history = History::read(&dirs, SITE).unwrap();
        assert_eq!(history.versions().len(), 1);
        let error = history.whole().unwrap_err();
        assert_eq!(
            (error.kind(), error.path()),
            (ErrorKind::Damaged, Some(record.as_path()))
        );
        assert!(!verify_site(&dirs, SITE).unwrap().findings.is_empty());
    }
    store::remove_file(&dirs.record(SITE, 1)).unwrap();
    let error = History::read(&dirs, SITE).unwrap().whole().unwrap_err();
    assert!(error.message().contains("version 1 is missing"), "{error}");
}

#[test]
fn a_changed_byte_of_a_part_and_a_missing_part_are_found() {
    let Site { dirs, _folder } = site();
    commit(&dirs, 1);
    let part = dirs
        .processed
        .join(&History::read(&dirs, SITE).unwrap().versions()[0].output_files[0]);
    let whole = store::read(&part).unwrap();
    for at in (0..whole.len()).step_by(97) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        store::remove_file(&part).unwrap();
        store::write_new(&part, &damaged).unwrap();
        let findings = verify_site(&dirs, SITE).unwrap().findings;
        assert_eq!(findings.len(), 1, "byte {at}");
        assert_eq!(findings[0].file, part);
    }
    store::remove_file(&part).unwrap();
    assert_eq!(
        verify_site(&dirs, SITE).unwrap().findings[0].found,
        "no file"
    );
}

#[test]
fn the_identity_of_a_batch_is_that_of_its_inputs_and_configuration() {
    let [a, b, c] = [b"a", b"b", b"c"].map(|text| Digest::of(text));
    let id = batch_id(SITE, c, [a, b].into_iter());
    assert_eq!(id, batch_id(SITE, c, [b, a].into_iter()));
    assert_ne!(id, batch_id(SITE, c, [a].into_iter()));
    assert_ne!(id, batch_id(SITE, a, [a, b].into_iter()));
    assert_ne!(id, batch_id("S2", c, [a, b].into_iter()));
}
