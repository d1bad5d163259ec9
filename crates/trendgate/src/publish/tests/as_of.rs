//! What a reader opens, from checkpoints of the files and from the whole log.

use super::*;
use crate::publish::log::FileFold;
use crate::publish::log::checkpoint::checkpoints;
use crate::time::{MICROSECOND, SECOND};

/// A site of so many versions: the first four add parts, the others nothing. `made` says when each was made.
fn site_of(versions: u8, made: impl Fn(u8) -> Instant) -> SiteFixture {
    let site = SiteFixture::new();
    for nth in 0..versions {
        let attempt = site.begin();
        let parts = match nth {
            0..4 => parts(&attempt, nth),
            _ => Vec::new(),
        };
        let manifest = Manifest {
            batch_id: batch_id(SITE, Digest::of(b"config"), [TextId::of(&[nth])]),
            created_at: made(nth + 1),
            ..manifest(nth, &parts)
        };
        attempt
            .commit(manifest, &parts, &[], PublicCopy::Suppress)
            .unwrap();
    }
    site
}

/// One version a second, each a few nanoseconds into a microsecond as earlier programs have it.
fn each_second(version: u8) -> Instant {
    Instant::EPOCH + i64::from(version) * SECOND + Span::from_nanos(456)
}

/// Its files and what it says, as far as both ways of reading know it.
fn facts(found: &FilesAsOf) -> (u64, Option<Digest>, FileFold) {
    let checksum = found.manifest().map(|manifest| manifest.checksum);
    (found.version(), checksum, found.files().clone())
}

/// The records that `read` opens: those whose damage it notices.
fn opened(site: &SiteFixture, read: &dyn Fn() -> crate::error::Result<FilesAsOf>) -> Vec<u64> {
    let last = records(&site.dirs, SITE).unwrap().len() as u64;
    let noticed = |version: &u64| {
        let record = record_path(&site.dirs, SITE, *version);
        let whole = bytes_of(&record);
        overwrite(&record, b"{}");
        let failed = read().is_err();
        overwrite(&record, &whole);
        failed
    };
    (1..=last).filter(noticed).collect()
}

fn remove_checkpoints(site: &SiteFixture) {
    for (_, path) in checkpoints(&site.dirs, SITE).unwrap() {
        store::remove_file(&path).unwrap();
    }
}

#[test]
fn every_version_and_time_reads_the_same_by_checkpoints_as_from_the_whole_log() {
    // Of one site a clock went back for the versions from the tenth on.
    let back = |version: u8| match version {
        10.. => each_second(version) - 5 * SECOND,
        _ => each_second(version),
    };
    let sites = [site_of(20, each_second), site_of(20, back)];
    for (site, is_in_order) in sites.iter().zip([true, false]) {
        let (dirs, history) = (&site.dirs, site.history());
        let by_log = |version: u64| facts(&FilesAsOf::of(&history.until(version).unwrap()));
        let same = || {
            let latest = FilesAsOf::latest(dirs, SITE).unwrap();
            assert_eq!(latest.files().is_in_order(), is_in_order);
            assert_eq!(facts(&latest), by_log(20));
            for version in 1..=20 {
                let found = FilesAsOf::of_version(dirs, SITE, version).unwrap();
                assert_eq!(facts(&found), by_log(version), "version {version}");
                let made = history.versions()[usize::try_from(version).unwrap() - 1]
                    .manifest
                    .created_at;
                for time in [made, made.floor(MICROSECOND), made - SECOND] {
                    let found = FilesAsOf::of_time(dirs, SITE, time).map(|found| facts(&found));
                    let by_log = history.as_of(time).map(|then| by_log(then.version()));
                    assert_eq!(found.ok(), by_log.ok(), "at {time}");
                }
                let later = FilesAsOf::since(dirs, SITE, version).unwrap();
                let numbers: Vec<u64> = later.manifests.iter().map(|it| it.version).collect();
                assert_eq!(facts(&later.before), by_log(version));
                assert_eq!(facts(&later.now), by_log(20));
                assert_eq!(numbers, (version + 1..=20).collect::<Vec<_>>());
            }
            for missing in [0, 21] {
                let error = FilesAsOf::of_version(dirs, SITE, missing).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Usage);
            }
            let error = FilesAsOf::since(dirs, SITE, 21).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Usage);
        };
        same();
        // Neither a torn checkpoint is believed, nor one under the name of another version.
        let [(_, eighth), (_, last)] = &checkpoints(dirs, SITE).unwrap()[..] else {
            panic!("expected the checkpoints of versions 8 and 16");
        };
        let whole = bytes_of(last);
        overwrite(last, &whole[..whole.len() / 2]);
        same();
        overwrite(last, &bytes_of(eighth));
        same();
        remove_checkpoints(site);
        same();
    }
}

#[test]
fn a_forged_checkpoint_is_not_believed_against_the_record_that_it_covers() {
    let site = site_of(9, each_second);
    let [(8, path)] = &checkpoints(&site.dirs, SITE).unwrap()[..] else {
        panic!("expected the checkpoint of version 8");
    };
    let text = String::from_utf8(bytes_of(path)).unwrap();
    let (_, json) = text.split_once('\n').unwrap();
    // Without its parts, under a right digest.
    let mut value: serde_json::Value = serde_json::from_str(json).unwrap();
    value["fold"]["parts"] = serde_json::json!({});
    value["record"] = Digest::of(b"another").to_string().into();
    let forged = value.to_string();
    let forged = format!("{}\n{forged}", Digest::of(forged.as_bytes()));
    overwrite(path, forged.as_bytes());
    let found = FilesAsOf::latest(&site.dirs, SITE).unwrap();
    assert_eq!(found.files().live_parts().len(), 8);
}

#[test]
fn a_reader_opens_the_records_from_the_last_checkpoint_on_and_no_list_of_inputs() {
    let site = site_of(40, each_second);
    let dirs = &site.dirs;
    for path in list(&dirs.manifests).unwrap() {
        if path.extension().is_some_and(|end| end == "zst") {
            store::remove_file(&path).unwrap();
        }
    }
    // Of the version that a checkpoint covers the record is opened, too.
    assert_eq!(opened(&site, &|| FilesAsOf::latest(dirs, SITE)), [40]);
    let version = |version| move || FilesAsOf::of_version(dirs, SITE, version);
    assert_eq!(opened(&site, &version(19)), [16, 17, 18, 19]);
    assert_eq!(opened(&site, &version(7)), [1, 2, 3, 4, 5, 6, 7]);
    // By a time, a search by halves comes before that.
    let time = each_second(19);
    let found = opened(&site, &|| FilesAsOf::of_time(dirs, SITE, time));
    assert_eq!(found, [10, 15, 16, 17, 18, 19, 20, 40]);
    let nothing_new = || FilesAsOf::since(dirs, SITE, 40).map(|later| later.now);
    assert_eq!(opened(&site, &nothing_new), [40]);
    let three_new = || FilesAsOf::since(dirs, SITE, 37).map(|later| later.now);
    let found = opened(&site, &three_new);
    assert_eq!(found, [32, 33, 34, 35, 36, 37, 38, 39, 40]);
}
