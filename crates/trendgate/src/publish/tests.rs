//! The way from an attempt to a version, and what is left of those that do not get there.

use super::fixture::*;
use super::*;
use crate::dataset_path::DatasetPath;
use crate::digest::Digest;
use crate::error::ErrorKind;
use crate::model::Term;
use crate::store::{self, What};
use crate::text_id::TextId;
use crate::time::{DAY, Extent, Instant, Span};
use proptest::prelude::*;
use std::path::PathBuf;

#[test]
fn a_committed_batch_is_read_back_as_it_was_written() {
    let site = SiteFixture::new();
    let done = site.commit(1);
    let history = site.history();
    assert_eq!((done.version, history.version()), (1, 1));
    assert_eq!(read_manifest(&done.record).unwrap(), done.manifest);
    assert_eq!(
        done.record,
        site.dirs
            .manifests
            .join(".log/S-1/00000000000000000001.json")
    );
    let public = done.public.unwrap();
    let name = public.file_name().unwrap().to_str().unwrap();
    assert_eq!(
        name,
        format!(
            "manifest-{}-20261124T060000123Z.json",
            done.manifest.batch_id
        )
    );
    assert_eq!(bytes_of(&public), bytes_of(&done.record));
    assert_eq!(
        done.manifest
            .files
            .iter()
            .map(|part| part.rows)
            .collect::<Vec<_>>(),
        [8, 8]
    );
    for part in &done.manifest.files {
        let file = site.dirs.manifests.join("../processed").join(&part.path);
        assert_eq!(store::digest(&file).unwrap(), (part.bytes, part.sha256));
    }
    assert_eq!(list(&site.dirs.staging).unwrap(), Vec::<PathBuf>::new());
    assert_eq!(sites(&site.dirs).unwrap(), [SITE]);
}

#[test]
fn in_a_fork_of_its_process_an_attempt_is_neither_undone_nor_committed() {
    let site = SiteFixture::new();
    site.commit(1);
    let mut attempt = site.begin();
    let staged = parts(&attempt, 2);
    let before = site.files();
    attempt.of_another_process_for_test();
    let error = attempt.require_own_process().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert!(error.message().ends_with("and this is a fork of it"));
    let manifest = manifest(2, &staged);
    let committed = attempt.commit(manifest, &staged, &[], PublicCopy::Write);
    assert_eq!(committed.unwrap_err().kind(), ErrorKind::Usage);
    assert_eq!(site.files(), before, "dropped, it leaves everything");
}

#[test]
fn a_version_counts_from_the_millisecond_in_which_it_was_made() {
    let site = SiteFixture::new();
    let made = site.commit(1).manifest.created_at;
    assert_eq!(
        made.nanos() % 1_000_000,
        456_789,
        "as earlier releases wrote it"
    );
    let history = site.history();
    let earlier = |nanos| made - Span::from_nanos(nanos);
    for by in [made, earlier(789), earlier(456_789)] {
        assert_eq!(history.as_of(by).unwrap().version(), 1);
    }
    let error = history.as_of(earlier(456_790)).unwrap_err();
    assert!(error.message().contains("no version yet"), "{error}");
}

#[test]
fn a_second_batch_adds_its_parts_and_what_it_knows_to_the_first() {
    let site = SiteFixture::new();
    let first = site.commit(1);
    site.commit(2);
    let history = site.history();
    let versions: Vec<u64> = history
        .live_parts()
        .iter()
        .map(|part| part.version)
        .collect();
    assert_eq!(versions, [1, 1, 2, 2]);
    let range = history.time_range().unwrap();
    assert_eq!(range.first, first.manifest.files[0].time_range.first);
    assert!(history.is_accepted(&TextId::of(&[1])) && history.is_accepted(&TextId::of(&[2])));
    assert!(
        history.is_rejected(&TextId::of(b"noise")) && !history.is_accepted(&TextId::of(b"noise"))
    );
    assert!(history.knows_size(701) && history.knows_size(5) && !history.knows_size(703));
    assert_eq!(history.config_digest(), Some(Digest::of(b"config")));
    assert_eq!(history.columns(), schema().listed());
    assert_eq!(history.until(1).unwrap().live_parts().len(), 2);
    assert_eq!(history.until(3).unwrap_err().kind(), ErrorKind::Usage);
}

#[test]
fn what_was_rejected_is_tried_again_by_another_program_and_under_another_configuration() {
    let site = SiteFixture::new();
    let commit = |change: fn(&mut Manifest)| {
        let attempt = site.begin();
        let nth = u8::try_from(site.history().version()).unwrap();
        let parts = parts(&attempt, nth);
        let mut manifest = manifest(nth, &parts);
        change(&mut manifest);
        attempt
            .commit(manifest, &parts, &[], PublicCopy::Suppress)
            .unwrap();
    };
    commit(|manifest| manifest.trendgate_version = "0.0.1".into());
    assert!(!site.history().is_rejected(&TextId::of(b"noise")));
    commit(|_| {});
    assert!(site.history().is_rejected(&TextId::of(b"noise")));
    commit(|manifest| {
        manifest.config_digest = Digest::of(b"another");
        manifest.failed_files.clear();
    });
    assert!(!site.history().is_rejected(&TextId::of(b"noise")));
}

#[test]
fn a_version_that_replaces_a_part_takes_it_out_and_one_that_fills_a_gap_ends_it() {
    let site = SiteFixture::new();
    let extent = |first: i64, last: i64| {
        let [first, last] = [first, last].map(Instant::from_nanos);
        Extent::new(first, last)
    };
    let gap = |from: i64, to: i64| {
        let [from, to] = [from, to].map(Instant::from_nanos);
        GapEntry { from, to, bins: 1 }
    };
    let commit = |replaces: Vec<DatasetPath>, gaps: Vec<GapEntry>, range: Extent| {
        let attempt = site.begin();
        let nth = u8::try_from(site.history().version()).unwrap();
        let parts = parts(&attempt, nth);
        let mut manifest = manifest(nth, &parts);
        (manifest.replaces, manifest.gaps, manifest.changed_range) = (replaces, gaps, Some(range));
        attempt
            .commit(manifest, &parts, &[], PublicCopy::Suppress)
            .unwrap();
    };
    commit(vec![], vec![gap(10, 20), gap(30, 40)], extent(0, 50));
    let first = site.history().live_parts()[0].entry.path.clone();
    commit(vec![first.clone()], vec![gap(35, 40)], extent(30, 34));
    let history = site.history();
    assert_eq!(history.gaps(), [gap(10, 20), gap(35, 40)]);
    assert_eq!(history.live_parts().len(), 3);
    assert!(
        history
            .live_parts()
            .iter()
            .all(|part| part.entry.path != first)
    );
}

#[test]
fn of_a_file_of_several_texts_those_that_were_accepted_are_known() {
    let site = SiteFixture::new();
    let attempt = site.begin();
    let parts = parts(&attempt, 1);
    let mut manifest = manifest(1, &parts);
    let [january, february, copy] = ["january", "february", "copy"].map(|text| text.as_bytes());
    let report = |day: i64| InputReport {
        rows: 8,
        time_range: Some(Extent::new(
            Instant::EPOCH + day * DAY,
            Instant::EPOCH + (day + 1) * DAY,
        )),
        kind: Some(0),
        ..InputReport::default()
    };
    let text = |member: &str, bytes: &[u8], status, reports| InputText {
        member: Some(member.into()),
        digest: TextId::of(bytes),
        bytes: bytes.len() as u64,
        status,
        reports,
    };
    manifest.kinds = vec![ReportKind {
        interval: Some("15m".into()),
        points: Vec::new(),
    }];
    manifest.inputs[0].texts = vec![
        text("1.csv", january, InputStatus::Accepted, vec![report(0)]),
        text(
            "2.csv",
            february,
            InputStatus::Accepted,
            vec![report(1), report(5)],
        ),
        text("3.csv", copy, InputStatus::Duplicate, Vec::new()),
    ];
    let file = manifest.inputs[0].digest;
    let committed = attempt.commit(manifest, &parts, &[], PublicCopy::Write);
    assert!(matches!(committed.unwrap(), Outcome::Committed(_)));
    let history = site.history();
    let known = |bytes: &[u8]| history.known(&TextId::of(bytes)).is_some();
    assert_eq!([january, february, copy].map(known), [true, true, false]);
    assert!(history.known(&file).is_none(), "a file is no text");
    let found: Vec<_> = history.sources().collect();
    let february = found.iter().find(|(id, _)| *id == TextId::of(february));
    let range = february.unwrap().1.time_range.unwrap();
    assert_eq!(range.first, Instant::EPOCH + DAY);
    assert_eq!(range.last, Instant::EPOCH + 6 * DAY);
    assert!(
        found
            .iter()
            .all(|(_, source)| source.path.ends_with("1.csv"))
    );
}

#[test]
fn the_loser_of_a_version_learns_who_won_and_leaves_nothing() {
    let site = SiteFixture::new();
    let _lock = SiteLock::take(&site.dirs, SITE).unwrap();
    let [winner, twin, other] = [site.begin(), site.begin(), site.begin()];
    let Outcome::Committed(won) = try_commit(winner, 1).unwrap() else {
        panic!("expected a commit")
    };
    assert_eq!(
        try_commit(other, 2).unwrap(),
        Outcome::Overtaken { version: 1 }
    );
    assert_eq!(
        try_commit(twin, 1).unwrap(),
        Outcome::AlreadyCommitted(won.clone())
    );
    assert_eq!(read_manifest(&won.record).unwrap(), won.manifest);
    // Two parts, the record, its public name and what stands beside it: all of the winner.
    assert_eq!(site.files().len(), 6);
    assert_eq!(list(&site.dirs.staging).unwrap(), Vec::<PathBuf>::new());
}

#[test]
fn a_name_that_is_taken_fails_the_commit_and_is_not_overwritten() {
    let site = SiteFixture::new();
    site.commit(1);
    let before = site.files();
    let attempt = site.begin();
    let parts = parts(&attempt, 2);
    let taken = site.dirs.processed.join(&parts[1].relative);
    store::create_dir_all(taken.parent().unwrap()).unwrap();
    store::write_all_synced(&taken, b"someone else's").unwrap();
    let error = attempt
        .commit(manifest(2, &parts), &parts, &[], PublicCopy::Write)
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.path()),
        (ErrorKind::Storage, Some(taken.as_path()))
    );
    assert_eq!(bytes_of(&taken), b"someone else's");
    store::remove_file(&taken).unwrap();
    assert_eq!(site.files(), before);
    assert_eq!(site.history().version(), 1);
}

#[test]
fn a_part_that_is_not_there_fails_the_commit_and_the_others_are_taken_back() {
    let site = SiteFixture::new();
    let attempt = site.begin();
    let parts = parts(&attempt, 1);
    store::remove_file(&parts[1].staged).unwrap();
    let error = attempt
        .commit(manifest(1, &parts), &parts, &[], PublicCopy::Write)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Storage);
    assert_eq!(site.files(), Vec::<String>::new());
    let year = site.dirs.processed.join(SITE);
    assert_eq!(
        store::what_is(&year).unwrap(),
        None,
        "folders that the attempt made are left"
    );
    assert_eq!(site.history().versions(), []);
}

#[test]
fn a_log_that_cannot_be_written_fails_the_commit_and_nothing_is_visible() {
    let site = SiteFixture::new();
    let log = site.dirs.manifests.join(".log");
    store::create_dir_all(&log).unwrap();
    store::write_all_synced(&log.join(SITE), b"in the way").unwrap();
    let error = try_commit(Attempt::begin(&site.dirs, SITE, 0).unwrap(), 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Storage);
    assert_eq!(site.files(), ["manifests/.log/S-1"]);
    assert_eq!(list(&site.dirs.staging).unwrap(), Vec::<PathBuf>::new());
}

#[test]
fn an_error_after_the_commit_point_is_unsettled_and_deletes_nothing() {
    let site = SiteFixture::new();
    let attempt = site.begin();
    let folder = attempt.dir().to_owned();
    let parts = parts(&attempt, 1);
    let manifest = manifest(1, &parts);
    let public = public_path(&site.dirs, &manifest);
    store::create_dir_all(&site.dirs.manifests).unwrap();
    store::write_all_synced(&public, b"someone else's").unwrap();
    let error = attempt
        .commit(manifest, &parts, &[], PublicCopy::Write)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsettled);
    assert_eq!(store::what_is(&folder).unwrap(), Some(What::Folder));
    assert_eq!(site.history().live_parts().len(), 2);
    store::remove_file(&public).unwrap();
    site.history()
        .acknowledge(&site.dirs, PublicCopy::Write)
        .unwrap();
    assert_eq!(
        bytes_of(&public),
        bytes_of(&site.history().head().unwrap().record)
    );
}

#[test]
fn a_manifest_that_contradicts_its_parts_is_never_committed() {
    let site = SiteFixture::new();
    let wrongs: [fn(&mut Manifest); 6] = [
        |manifest| manifest.statistics.total_rows += 1,
        |manifest| manifest.statistics.time_range = None,
        |manifest| manifest.cells.used -= 1,
        |manifest| manifest.input_files_count = 2,
        |manifest| manifest.schema[0].unit = Some(Term::of("K")),
        |manifest| manifest.site_id = "S-2".into(),
    ];
    for wrong in wrongs {
        let attempt = site.begin();
        let parts = parts(&attempt, 1);
        let mut manifest = manifest(1, &parts);
        wrong(&mut manifest);
        let error = attempt
            .commit(manifest, &parts, &[], PublicCopy::Write)
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Bug, "{error}");
    }
    let attempt = site.begin();
    let mut parts = parts(&attempt, 1);
    let elsewhere = format!("S-2/year=2026/month=03/part-{}.parquet", attempt.id());
    parts[0].relative = DatasetPath::new(elsewhere).unwrap();
    let error = attempt
        .commit(manifest(1, &parts), &parts, &[], PublicCopy::Write)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Bug);
    assert_eq!(site.files(), Vec::<String>::new());
}

#[test]
fn an_attempt_that_is_abandoned_or_dropped_leaves_nothing() {
    let site = SiteFixture::new();
    let attempt = site.begin();
    parts(&attempt, 1);
    let record: AttemptRecord =
        serde_json::from_slice(&bytes_of(&attempt.dir().join("attempt.json"))).unwrap();
    assert_eq!(
        (record.attempt.as_str(), record.base_version),
        (attempt.id(), 0)
    );
    assert_eq!(
        (record.owner.pid, record.site_id.as_str()),
        (std::process::id(), SITE)
    );
    let other = site.begin();
    assert_ne!(attempt.id(), other.id());
    attempt.abandon().unwrap();
    drop(other);
    assert_eq!(list(&site.dirs.staging).unwrap(), Vec::<PathBuf>::new());
}

#[test]
fn a_site_that_is_locked_names_the_holder_and_another_site_is_free() {
    let site = SiteFixture::new();
    let lock = SiteLock::take(&site.dirs, SITE).unwrap();
    let error = SiteLock::take(&site.dirs, SITE).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Locked);
    let process = format!(
        "the site S-1 is locked by process {} on ",
        std::process::id()
    );
    assert!(error.message().starts_with(&process), "{error}");
    SiteLock::take(&site.dirs, "S-2").unwrap();
    drop(lock);
    SiteLock::take(&site.dirs, SITE).unwrap();
}

#[test]
fn a_first_run_that_commits_nothing_leaves_no_folder_and_a_later_one_keeps_them() {
    let site = SiteFixture::new();
    let lock = SiteLock::take(&site.dirs, SITE).unwrap();
    drop(site.begin());
    drop(lock);
    assert_eq!(folders(&site), Vec::<PathBuf>::new());
    assert_eq!(sites(&site.dirs).unwrap(), Vec::<String>::new());
    let done = site.commit(1);
    drop(SiteLock::take(&site.dirs, SITE).unwrap());
    assert_eq!(store::what_is(&done.record).unwrap(), Some(What::File));
}

#[test]
fn a_run_with_nothing_new_makes_a_missing_public_name_and_notices_a_missing_part() {
    let site = SiteFixture::new();
    let done = site.commit(1);
    let public = done.public.unwrap();
    store::remove_file(&public).unwrap();
    site.history()
        .acknowledge(&site.dirs, PublicCopy::Suppress)
        .unwrap();
    assert_eq!(store::what_is(&public).unwrap(), None);
    site.history()
        .acknowledge(&site.dirs, PublicCopy::Write)
        .unwrap();
    assert_eq!(bytes_of(&public), bytes_of(&done.record));
    let part = site.dirs.processed.join(&done.manifest.output_files[1]);
    store::remove_file(&part).unwrap();
    let error = site
        .history()
        .acknowledge(&site.dirs, PublicCopy::Write)
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.path()),
        (ErrorKind::Damaged, Some(part.as_path()))
    );
}

#[test]
fn a_torn_an_empty_a_missing_and_a_foreign_record_are_named_and_hide_nothing_before_them() {
    let site = SiteFixture::new();
    let [first, second, _third] = [1, 2, 3].map(|nth| site.commit(nth));
    let whole = bytes_of(&second.record);
    let foreign = bytes_of(&first.record);
    for (bytes, expected) in [
        (&whole[..0], "expected a manifest, found an empty file"),
        (&whole[..whole.len() / 2], "it is cut short"),
        (
            &foreign[..],
            "expected version 2 of S-1, found version 1 of S-1",
        ),
    ] {
        overwrite(&second.record, bytes);
        let (history, damage) = History::salvage(&site.dirs, SITE).unwrap();
        assert_eq!((history.version(), history.live_parts().len()), (1, 2));
        let error = History::read(&site.dirs, SITE).unwrap_err();
        assert_eq!(
            (error.kind(), error.path()),
            (ErrorKind::Damaged, Some(second.record.as_path()))
        );
        assert!(error.message().contains(expected), "{error}");
        assert_eq!(damage.unwrap().message(), error.message());
    }
    store::remove_file(&second.record).unwrap();
    let error = History::read(&site.dirs, SITE).unwrap_err();
    assert_eq!(
        error.message(),
        "expected version 2 in the log, found none before version 3"
    );
}

#[test]
fn a_site_without_a_log_has_a_history_without_versions() {
    let site = SiteFixture::new();
    let history = site.history();
    assert_eq!(
        (history.version(), history.head(), history.time_range()),
        (0, None, None)
    );
    history.acknowledge(&site.dirs, PublicCopy::Write).unwrap();
    assert_eq!(site.files(), Vec::<String>::new());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever order three batches come in, the dataset is the union of their parts in the order of time.
    #[test]
    fn the_fold_does_not_depend_on_the_order_of_the_batches(order in Just([1u8, 2, 3]).prop_shuffle()) {
        let site = SiteFixture::new();
        for nth in order {
            site.commit(nth);
        }
        let history = site.history();
        let parts = history.live_parts();
        prop_assert_eq!(parts.iter().map(|part| part.entry.rows).sum::<u64>(), 3 * ROWS);
        prop_assert!(parts.windows(2).all(|pair| pair[0].entry.time_range.last < pair[1].entry.time_range.first));
        prop_assert!([1u8, 2, 3].iter().all(|nth| history.is_accepted(&TextId::of(&[*nth]))));
    }
}

#[test]
fn a_checkpoint_spares_reading_the_records_before_it_and_is_never_believed_against_the_log() {
    let site = SiteFixture::new();
    // Four batches, over and over; what they add up to does not matter, that it is the same does.
    for nth in 0..70_u8 {
        let attempt = site.begin();
        let parts = match nth {
            0..4 => parts(&attempt, nth),
            _ => Vec::new(),
        };
        let manifest = Manifest {
            batch_id: batch_id(SITE, Digest::of(b"config"), [TextId::of(&[nth])]),
            ..manifest(nth, &parts)
        };
        attempt
            .commit(manifest, &parts, &[], PublicCopy::Suppress)
            .unwrap();
        if nth == 66 {
            History::resume(&site.dirs, SITE)
                .unwrap()
                .keep_checkpoint(&site.dirs)
                .unwrap();
        }
    }
    let (read, resumed) = (site.history(), History::resume(&site.dirs, SITE).unwrap());
    let numbers = |history: &History| -> Vec<u64> {
        history
            .versions()
            .iter()
            .map(|version| version.number)
            .collect()
    };
    assert_eq!(numbers(&resumed), [67, 68, 69, 70]);
    let facts = |history: &History| {
        let parts: Vec<DatasetPath> = history
            .live_parts()
            .iter()
            .map(|part| part.entry.path.clone())
            .collect();
        let known: Vec<_> = (0..=70)
            .map(|nth| history.known(&TextId::of(&[nth])))
            .collect();
        let sources: Vec<_> = history
            .sources()
            .map(|(digest, source)| (digest, source.clone()))
            .collect();
        (
            parts,
            known,
            sources,
            history.gaps(),
            history.columns(),
            history.config_digest(),
        )
    };
    assert_eq!(facts(&resumed), facts(&read));
    assert!(resumed.knows_size(700) && resumed.knows_size(769) && !resumed.knows_size(770));
    // A checkpoint of few versions more is not worth it.
    resumed.keep_checkpoint(&site.dirs).unwrap();
    let path = site
        .dirs
        .manifests
        .join(".log/S-1/checkpoint-00000000000000000067.json");
    let whole = bytes_of(&path);
    assert_eq!(
        numbers(&History::resume(&site.dirs, SITE).unwrap()).len(),
        4
    );
    // Any changed byte makes it nothing, and so does another record than the one that it covers.
    for at in (0..whole.len())
        .step_by(997)
        .chain([0, 71, 72, whole.len() - 1])
    {
        let mut altered = whole.clone();
        altered[at] ^= 1;
        overwrite(&path, &altered);
        assert_eq!(
            numbers(&History::resume(&site.dirs, SITE).unwrap()).len(),
            70,
            "byte {at}"
        );
    }
    overwrite(&path, &whole[..100]);
    assert_eq!(
        numbers(&History::resume(&site.dirs, SITE).unwrap()).len(),
        70
    );
    overwrite(&path, &whole);
    let record = record_path(&site.dirs, SITE, 67);
    let mut bytes = bytes_of(&record);
    bytes.push(b'\n');
    overwrite(&record, &bytes);
    let error = History::resume(&site.dirs, SITE).unwrap_err();
    assert_eq!(
        (error.kind(), error.path()),
        (ErrorKind::Damaged, Some(record.as_path()))
    );
}
