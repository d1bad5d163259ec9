//! What verification notices.

mod bytes;

use super::super::Snapshot;
use super::*;
use crate::error::ErrorKind;
use crate::progress::Cancel;
use crate::publish::fixture::{ROWS, SITE, SiteFixture, bytes_of, overwrite};

fn verify(site: &SiteFixture) -> Verified {
    verify_site(
        &site.dirs,
        SITE,
        PublicCopy::Write,
        &same_as_stated,
        Watch::unwatched(),
    )
    .unwrap()
}

#[test]
fn a_sound_dataset_has_no_findings_and_everything_is_counted() {
    let site = SiteFixture::new();
    let done = site.commit(1);
    site.commit(2);
    let verified = verify(&site);
    assert_eq!(verified.findings, []);
    assert_eq!(
        (verified.manifests, verified.parts, verified.rows),
        (4, 4, 2 * ROWS)
    );
    let one = verify_manifest(&done.public.unwrap(), Watch::unwatched()).unwrap();
    assert_eq!(
        (one.manifests, one.parts, one.rows, one.findings),
        (1, 2, ROWS, vec![])
    );
    let record = verify_manifest(&done.record, Watch::unwatched()).unwrap();
    assert_eq!((record.parts, record.findings), (2, vec![]));
}

#[test]
fn it_stops_before_any_file_and_says_what_it_was_doing() {
    let site = SiteFixture::new();
    let done = site.commit(1);
    let verified = |cancel: &Cancel| {
        let watch = Watch {
            cancel,
            ..Watch::unwatched()
        };
        let copy = PublicCopy::Write;
        verify_site(&site.dirs, SITE, copy, &same_as_stated, watch)
    };
    // It has two parts.
    for looks in 0..2 {
        let error = verified(&Cancel::after(looks)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Stopped);
        assert!(error.message().contains("while verifying"), "{error}");
    }
    assert_eq!(verified(&Cancel::after(2)).unwrap().parts, 2);
    let cancel = Cancel::default();
    cancel.cancel();
    let watch = Watch {
        cancel: &cancel,
        ..Watch::unwatched()
    };
    let error = verify_manifest(&done.record, watch).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Stopped);
}

#[test]
fn any_changed_byte_of_a_part_is_noticed_and_the_part_is_named() {
    let site = SiteFixture::new();
    let done = site.commit(1);
    let part = site.dirs.processed.join(&done.manifest.output_files[0]);
    let whole = bytes_of(&part);
    for at in (0..whole.len()).step_by(97).chain([whole.len() - 1]) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        overwrite(&part, &damaged);
        let findings = verify(&site).findings;
        assert_eq!(findings.len(), 1, "byte {at}");
        assert_eq!(findings[0].file, part);
        assert_eq!(
            findings[0].expected,
            format!("{} bytes, {}", whole.len(), done.manifest.files[0].sha256)
        );
    }
}

#[test]
fn a_missing_part_a_missing_public_name_and_an_altered_one_are_named() {
    let site = SiteFixture::new();
    let [first, second] = [1, 2].map(|nth| site.commit(nth));
    let part = site.dirs.processed.join(&first.manifest.output_files[1]);
    store::remove_file(&part).unwrap();
    let [lost, altered] = [first.public.unwrap(), second.public.unwrap()];
    store::remove_file(&lost).unwrap();
    let mut bytes = bytes_of(&altered);
    bytes[200] ^= 1;
    overwrite(&altered, &bytes);
    let mut files: Vec<PathBuf> = verify(&site)
        .findings
        .into_iter()
        .map(|finding| finding.file)
        .collect();
    files.sort();
    let mut expected = vec![altered.clone(), lost, part];
    expected.sort();
    assert_eq!(files, expected);
    let one = verify_manifest(&altered, Watch::unwatched()).unwrap();
    assert_eq!(one.findings[0].file, store::canonical(&altered).unwrap());
    let quiet = verify_site(
        &site.dirs,
        SITE,
        PublicCopy::Suppress,
        &same_as_stated,
        Watch::unwatched(),
    )
    .unwrap();
    assert_eq!(
        quiet.findings.len(),
        2,
        "a name that is not to be there is not missed"
    );
}

#[test]
fn a_torn_record_is_named_and_the_versions_before_it_are_verified() {
    let site = SiteFixture::new();
    let [_, second] = [1, 2].map(|nth| site.commit(nth));
    overwrite(&second.record, &bytes_of(&second.record)[..50]);
    let verified = verify(&site);
    assert_eq!((verified.parts, verified.rows), (2, ROWS));
    assert_eq!(verified.findings[0].file, second.record);
    assert!(verified.findings[0].got.contains("cut short"));
}

#[test]
fn a_log_that_lost_its_last_record_is_betrayed_by_the_public_name() {
    let site = SiteFixture::new();
    let [_, second] = [1, 2].map(|nth| site.commit(nth));
    store::remove_file(&second.record).unwrap();
    let findings = verify(&site).findings;
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].file, second.public.unwrap());
    assert_eq!(
        findings[0].expected,
        "a log that goes to version 2 at least"
    );
    assert_eq!(findings[0].got, "a log that can be read to version 1");
}

#[test]
fn parts_that_overlap_in_time_are_noticed() {
    let site = SiteFixture::new();
    let first = site.commit(1);
    // The same rows once more, as another batch that does not replace them.
    let attempt = site.begin();
    let parts = crate::publish::fixture::parts(&attempt, 1);
    let mut manifest = crate::publish::fixture::manifest(1, &parts);
    manifest.created_at += crate::time::SECOND;
    attempt
        .commit(manifest, &parts, &[], PublicCopy::Write)
        .unwrap();
    let findings = verify(&site).findings;
    assert_eq!(findings.len(), 2);
    let ends = first.manifest.files[0].time_range.last;
    assert!(
        findings[0]
            .expected
            .starts_with(&format!("rows after {ends}, where ")),
        "{findings:?}"
    );
}

#[test]
fn a_part_whose_manifest_states_other_rows_is_noticed_though_its_bytes_are_right() {
    let site = SiteFixture::new();
    let done = site.commit(1);
    let part = &done.manifest.files[0];
    let path = site.dirs.processed.join(&part.path);
    same_as_stated(&path, part).unwrap();
    let mut wrong = part.clone();
    wrong.rows += 1;
    let error = same_as_stated(&path, &wrong).unwrap_err();
    assert_eq!(error.message(), "rows: expected 9, found 8");
    wrong = part.clone();
    wrong.quality_flags.clear();
    let error = same_as_stated(&path, &wrong).unwrap_err();
    assert_eq!(
        error.message(),
        "rows per flag: expected {}, found {InsufficientData: 1}"
    );
}

#[test]
fn a_snapshot_lists_what_was_committed_at_its_version_and_never_what_lies_around() {
    let site = SiteFixture::new();
    let first = site.commit(1);
    site.commit(2);
    let stray = site
        .dirs
        .processed
        .join(SITE)
        .join("year=2026/month=03/stray.parquet");
    store::write_all_synced(&stray, b"PAR1").unwrap();
    let dataset = Snapshot::of_site(&site.dirs, SITE).unwrap();
    assert_eq!(
        (dataset.version, dataset.parts.len(), dataset.rows()),
        (2, 4, 2 * ROWS)
    );
    assert!(dataset.parts.iter().all(|part| part.file != stray));
    let earlier = Snapshot::of_version(&site.dirs, SITE, 1).unwrap();
    let batch = Snapshot::of_manifest(&first.public.unwrap()).unwrap();
    assert_eq!(
        (earlier.parts.len(), earlier.time_range()),
        (2, batch.time_range())
    );
    assert_eq!(
        batch
            .columns
            .iter()
            .map(|column| column.name.as_str())
            .collect::<Vec<_>>(),
        ["chst", "quality_flags", "timestamp"]
    );
    for part in &batch.parts {
        assert_eq!(store::digest(&part.file).unwrap().1, part.entry.sha256);
    }
    let empty = Snapshot::of_site(&site.dirs, "S-9").unwrap();
    assert_eq!(
        (empty.version, empty.rows(), empty.time_range()),
        (0, 0, None)
    );
}
