//! Whatever byte of a dataset is changed, the very file is named.

#![allow(clippy::disallowed_methods, reason = "a test looks at its own files")]

use super::super::super::repair_site;
use super::*;
use crate::Digest;
use crate::partition::EvidenceFile;
use crate::publish::fixture::{ROWS, SITE, SiteFixture, bytes_of, manifest, overwrite, parts};
use crate::publish::{Committed, Outcome, SiteLock};

/// A site with one version that has every kind of file: record, public name, lists of inputs and of details, two parts, evidence.
fn every_kind(site: &SiteFixture) -> Committed {
    let attempt = site.begin();
    let parts = parts(&attempt, 1);
    let name = format!("evidence-{}-202603.parquet", attempt.id());
    let staged = attempt.dir().join(&name);
    // Only its bytes count here.
    let bytes: Vec<u8> = (0..2000_u32).map(|at| (at % 251) as u8).collect();
    store::write_all_synced(&staged, &bytes).unwrap();
    let evidence = EvidenceFile {
        staged,
        relative: crate::DatasetPath::new(format!("{SITE}/year=2026/month=03/{name}")).unwrap(),
        sha256: Digest::of(&bytes),
        bytes: bytes.len() as u64,
        rows: 1,
    };
    match attempt
        .commit(manifest(1, &parts), &parts, &[evidence], PublicCopy::Write)
        .unwrap()
    {
        Outcome::Committed(done) => *done,
        other => panic!("expected a commit, found {other:?}"),
    }
}

fn named(site: &SiteFixture) -> Vec<PathBuf> {
    let bytes_alone: PartCheck<'_> = &|_, _| Ok(());
    let verified = verify_site(
        &site.dirs,
        SITE,
        PublicCopy::Write,
        bytes_alone,
        Watch::unwatched(),
    )
    .unwrap();
    verified
        .findings
        .into_iter()
        .map(|finding| finding.file)
        .collect()
}

fn each_change_is_named(site: &SiteFixture, file: &Path, places: impl IntoIterator<Item = usize>) {
    let whole = bytes_of(file);
    for at in places {
        for bit in [0x01, 0x20] {
            let mut changed = whole.clone();
            changed[at] ^= bit;
            overwrite(file, &changed);
            let named = named(site);
            assert!(
                named.contains(&file.to_owned()),
                "byte {at} of {}: {named:?}",
                file.display()
            );
        }
    }
    overwrite(file, &whole);
    assert_eq!(named(site), Vec::<PathBuf>::new());
}

/// The first, the last, those of the footer, and some in between.
fn sampled(length: usize) -> impl Iterator<Item = usize> {
    (0..length)
        .step_by(89)
        .chain(0..4)
        .chain(length - 12..length)
}

#[test]
fn any_byte_of_a_record_a_public_manifest_and_what_stands_beside_them_is_noticed_and_the_file_named()
 {
    let site = SiteFixture::new();
    let done = every_kind(&site);
    assert_eq!(named(&site), Vec::<PathBuf>::new());
    let inputs = done.manifest.inputs_file.as_ref().unwrap();
    let details = done.manifest.details_file.as_ref().unwrap();
    for file in [
        done.record.clone(),
        done.public.clone().unwrap(),
        site.dirs.manifests.join(&inputs.path),
        site.dirs.manifests.join(&details.path),
    ] {
        each_change_is_named(&site, &file, 0..bytes_of(&file).len());
    }
}

#[test]
fn bytes_of_parts_and_evidence_are_noticed_and_the_file_named() {
    let site = SiteFixture::new();
    let done = every_kind(&site).manifest;
    let parts = done
        .files
        .iter()
        .map(|part| site.dirs.processed.join(&part.path));
    let evidence = done.evidence_files.iter();
    let evidence = evidence.map(|file| site.dirs.evidence.join(&file.path));
    for file in parts.chain(evidence) {
        each_change_is_named(&site, &file, sampled(bytes_of(&file).len()));
    }
}

#[test]
fn a_record_that_was_written_into_in_place_is_named_with_its_public_name() {
    use std::io::{Seek, SeekFrom, Write};
    let site = SiteFixture::new();
    let done = site.commit(1);
    let mut file = std::fs::File::options()
        .write(true)
        .open(&done.record)
        .unwrap();
    file.seek(SeekFrom::Start(20)).unwrap();
    file.write_all(b"#").unwrap();
    assert_eq!(named(&site), [done.record, done.public.unwrap()]);
}

#[test]
fn a_damaged_record_hides_neither_what_is_before_it_nor_what_is_after_it() {
    let site = SiteFixture::new();
    let [first, second, third] = [1, 2, 3].map(|nth| site.commit(nth));
    overwrite(&second.record, b"");
    let part = |done: &Committed| site.dirs.processed.join(&done.manifest.output_files[0]);
    for broken in [&first, &third] {
        overwrite(&part(broken), b"PAR1");
    }
    let named = named(&site);
    for file in [second.record, part(&first), part(&third)] {
        assert!(named.contains(&file), "{}: {named:?}", file.display());
    }
}

#[test]
fn a_repair_makes_public_names_from_the_log_moves_what_is_in_the_way_aside_and_does_nothing_else() {
    let site = SiteFixture::new();
    let [first, second, third] = [1, 2, 3].map(|nth| site.commit(nth));
    store::remove_file(first.public.as_ref().unwrap()).unwrap();
    let replaced = second.public.unwrap();
    overwrite(&replaced, b"someone else's");
    let part = site.dirs.processed.join(&third.manifest.output_files[0]);
    store::remove_file(&part).unwrap();
    let lock = SiteLock::hold(&site.dirs, SITE).unwrap();
    let made = repair_site(&site.dirs, &lock).unwrap();
    let aside = made[1].moved_aside.clone().unwrap();
    assert_eq!(made.len(), 2);
    assert_eq!((made[0].version, &made[0].moved_aside), (1, &None));
    assert_eq!(bytes_of(&aside), b"someone else's");
    assert_eq!(bytes_of(&replaced), bytes_of(&second.record));
    assert_eq!(named(&site), [part], "a part that is gone is not made up");
    assert_eq!(repair_site(&site.dirs, &lock).unwrap(), []);
    assert_eq!(
        site.history()
            .live_parts()
            .iter()
            .map(|part| part.entry.rows)
            .sum::<u64>(),
        3 * ROWS
    );
}
