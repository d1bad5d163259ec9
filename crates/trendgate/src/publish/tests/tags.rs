//! Names for versions: who gets one, what it keeps, and what is noticed of one that is not right.

use super::*;
use crate::progress::Watch;
use crate::publish::tags::{draft_prefix, faults};
use crate::publish::{Collection, Records, tag, tags, untag, version_of};
use crate::time::now;
use crate::verify::{Snapshot, same_as_stated, verify_site};

/// Four versions: each but the first takes the place of the one before; the last one is as old as the others.
fn replaced() -> SiteFixture {
    let site = SiteFixture::new();
    let mut replaces = Vec::new();
    for age in (10..14).rev() {
        let attempt = site.begin();
        let parts = parts(&attempt, 1);
        let manifest = Manifest {
            replaces,
            created_at: now() - age * DAY,
            batch_id: batch_id(
                SITE,
                Digest::of(b"config"),
                [TextId::of(&age.to_le_bytes())],
            ),
            ..manifest(1, &parts)
        };
        let outcome = attempt.commit(manifest, &parts, &[], PublicCopy::Write);
        let Outcome::Committed(done) = outcome.unwrap() else {
            panic!("expected a commit");
        };
        replaces = done.manifest.output_files;
    }
    site
}

fn hold(site: &SiteFixture) -> SiteLock {
    SiteLock::hold(&site.dirs, SITE).unwrap()
}

fn give(site: &SiteFixture, name: &str, version: Option<u64>) -> crate::error::Result<u64> {
    tag(&site.dirs, &hold(site), name, version).map(|tag| tag.version)
}

fn collect(site: &SiteFixture) -> Vec<u64> {
    let collection = Collection {
        records: Records::Compact,
        ..Collection::default()
    };
    let lock = hold(site);
    let planned = collection.look(&site.dirs, SITE).unwrap();
    let compacted = collection.look_compaction(&site.dirs, SITE).unwrap();
    assert_eq!(collection.run(&site.dirs, &lock).unwrap(), planned);
    let done = collection.compact(&site.dirs, &lock).unwrap();
    let up_to = |it: &crate::publish::Compacted| it.up_to;
    assert_eq!(done.as_ref().map(up_to), compacted.as_ref().map(up_to));
    planned.expired
}

fn rows(site: &SiteFixture, version: u64) -> crate::error::Result<u64> {
    Snapshot::of_version(&site.dirs, SITE, version).map(|snapshot| {
        for part in &snapshot.parts {
            let (bytes, digest) = store::digest(&part.file).unwrap();
            assert_eq!((bytes, digest), (part.entry.bytes, part.entry.sha256));
        }
        snapshot.rows()
    })
}

fn findings(site: &SiteFixture) -> Vec<String> {
    let verified = verify_site(
        &site.dirs,
        SITE,
        PublicCopy::Write,
        &same_as_stated,
        Watch::unwatched(),
    )
    .unwrap();
    let findings = verified.findings.into_iter();
    findings.map(|finding| finding.got).collect()
}

#[test]
fn a_tag_is_of_one_version_until_it_is_removed() {
    let site = replaced();
    let dirs = &site.dirs;
    assert_eq!(give(&site, "train-2026-11", None).unwrap(), 4);
    assert_eq!(give(&site, "train-2026-11", Some(4)).unwrap(), 4);
    assert_eq!(give(&site, "0.first_one", Some(1)).unwrap(), 1);
    let error = give(&site, "train-2026-11", Some(2)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert_eq!(
        error.message(),
        "tag train-2026-11 is of version 4 of S-1 already"
    );
    let all = tags(dirs, SITE).unwrap();
    let all: Vec<_> = all.iter().map(|tag| (&*tag.name, tag.version)).collect();
    assert_eq!(all, [("0.first_one", 1), ("train-2026-11", 4)]);
    assert_eq!(version_of(dirs, SITE, "0.first_one").unwrap(), 1);
    assert_eq!(version_of(dirs, SITE, "007").unwrap(), 7);
    untag(dirs, &hold(&site), "train-2026-11").unwrap();
    for gone in [
        version_of(dirs, SITE, "train-2026-11").unwrap_err(),
        untag(dirs, &hold(&site), "train-2026-11").unwrap_err(),
    ] {
        assert_eq!(gone.message(), "S-1 has no tag \"train-2026-11\"");
        assert_eq!(gone.hint_text(), Some("it has 0.first_one"));
    }
    assert_eq!(give(&site, "train-2026-11", Some(2)).unwrap(), 2);
    assert_eq!(list(&dirs.staging).unwrap(), Vec::<PathBuf>::new());
}

#[test]
fn what_no_tag_can_be_called_and_what_none_can_be_of_is_refused() {
    let site = replaced();
    let long = "a".repeat(101);
    for name in ["", "12", ".a", "-a", "a/b", "..", "a b", "ä", "a\n", &long] {
        let error = give(&site, name, None).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage, "{name:?}");
        assert_eq!(error.message(), format!("no tag can be called {name:?}"));
    }
    for version in [0, 5] {
        let error = give(&site, "a", Some(version)).unwrap_err();
        let expected = format!("expected a version of S-1 from 1 to 4, found {version}");
        assert_eq!(error.message(), expected);
    }
    assert_eq!(collect(&site), [1, 2, 3]);
    let error = give(&site, "a", Some(2)).unwrap_err();
    assert!(error.message().contains("compacted"), "{error}");
    let error = give(&site, "a", Some(3)).unwrap_err();
    assert!(error.message().contains("was compacted") || error.message().contains("expired"));
    assert!(tags(&site.dirs, SITE).unwrap().is_empty());
}

#[test]
fn a_collection_keeps_what_a_tagged_version_refers_to_and_its_record_until_the_tag_goes() {
    let site = replaced();
    give(&site, "train", Some(2)).unwrap();
    // The parts of the first and the third go.
    assert_eq!(collect(&site), [1, 3]);
    assert_eq!(rows(&site, 2).unwrap(), ROWS);
    assert_eq!(version_of(&site.dirs, SITE, "train").unwrap(), 2);
    let history = site.history();
    assert_eq!((history.compacted(), history.version()), (1, 4));
    let details = history.versions()[0].manifest.details_file.clone();
    let details = site.dirs.manifests.join(details.unwrap().path);
    assert!(store::named(&details).unwrap().is_some());
    assert_eq!(findings(&site), Vec::<String>::new());
    untag(&site.dirs, &hold(&site), "train").unwrap();
    assert_eq!(collect(&site), [2]);
    assert_eq!(rows(&site, 2).unwrap_err().kind(), ErrorKind::Usage);
    assert_eq!(
        (site.history().compacted(), rows(&site, 4).unwrap()),
        (3, ROWS)
    );
    assert_eq!(findings(&site), Vec::<String>::new());
}

#[test]
fn any_changed_byte_of_a_tag_is_noticed_and_nothing_is_collected_by_it() {
    let site = replaced();
    give(&site, "train", Some(2)).unwrap();
    let path = site.dirs.manifests.join(".log/S-1/tags/train");
    let whole = bytes_of(&path);
    for at in 0..whole.len() {
        let mut altered = whole.clone();
        altered[at] ^= 1;
        overwrite(&path, &altered);
        let error = version_of(&site.dirs, SITE, "train").unwrap_err();
        assert_eq!(
            (error.kind(), error.path()),
            (ErrorKind::Damaged, Some(&*path)),
            "byte {at}"
        );
    }
    for wrong in [&whole[..40], b"", b"\n"] {
        overwrite(&path, wrong);
        assert_eq!(findings(&site).len(), 1);
        let looked = Collection::default().look(&site.dirs, SITE);
        assert_eq!(looked.unwrap_err().kind(), ErrorKind::Damaged);
        assert!(give(&site, "train", Some(2)).is_err());
    }
    overwrite(&path, &whole);
    assert_eq!(findings(&site), Vec::<String>::new());
}

#[test]
fn a_tag_of_another_record_or_of_an_expired_version_is_a_finding() {
    let site = replaced();
    give(&site, "train", Some(2)).unwrap();
    // Under the name of another tag, a tag says who it is.
    let folder = site.dirs.manifests.join(".log/S-1/tags");
    let copy = folder.join("copy");
    store::write_all_synced(&copy, &bytes_of(&folder.join("train"))).unwrap();
    assert_eq!(findings(&site).len(), 1);
    store::remove_file(&copy).unwrap();
    // Of a log that was restored from elsewhere, the record is another one.
    let record = record_path(&site.dirs, SITE, 2);
    let whole = bytes_of(&record);
    let mut other = whole.clone();
    other.push(b'\n');
    overwrite(&record, &other);
    let error = version_of(&site.dirs, SITE, "train").unwrap_err();
    assert!(
        error.message().contains("with the record sha256:"),
        "{error}"
    );
    overwrite(&record, &whole);
    store::write_all_synced(
        &site
            .dirs
            .manifests
            .join(".log/S-1")
            .join(format!("{:020}.expired", 2)),
        b"",
    )
    .unwrap();
    let [(path, fault)] = &faults(&site.dirs, SITE).unwrap()[..] else {
        panic!("expected one fault");
    };
    assert!(path.ends_with("tags/train"));
    assert!(fault.message().contains("has expired"), "{fault}");
}

#[test]
fn a_draft_that_a_killed_command_left_is_removed_by_recovery_and_tags_stay() {
    let site = replaced();
    give(&site, "train", Some(2)).unwrap();
    let draft = draft_prefix(SITE) + &crate::publish::stage::new_id();
    store::write_all_synced(&site.dirs.staging.join(draft), b"half").unwrap();
    let recovery = Recovery {
        copy: PublicCopy::Write,
        names: AttemptNames::All,
        others: Others::Spare,
    };
    let deeds = recovery.run(&site.dirs, &hold(&site)).unwrap();
    assert_eq!(deeds.len(), 1);
    assert_eq!(deeds[0].why, "a command ended while it wrote a tag");
    assert_eq!(version_of(&site.dirs, SITE, "train").unwrap(), 2);
    assert_eq!(list(&site.dirs.staging).unwrap(), Vec::<PathBuf>::new());
}
