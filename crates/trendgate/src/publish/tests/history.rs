//! What the versions of a site add up to, from its records or from a checkpoint.

use super::*;
use crate::acquire::DialectId;

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
        reading: None,
        bytes: bytes.len() as u64,
        status,
        reports,
    };
    manifest.kinds = vec![ReportKind {
        entry: None,
        dialect: DialectId::default(),
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
    let days: Vec<_> = (february.unwrap().1.reports.iter())
        .map(|report| report.time_range.unwrap().first.since(Instant::EPOCH) / DAY)
        .collect();
    assert_eq!(days, [1, 5]);
    assert!(
        found
            .iter()
            .all(|(_, source)| source.path.ends_with("1.csv"))
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
