//! Corrections: refused, kept out, or put in; what is withdrawn; and what is stated beside the rows.

use super::*;
use crate::kept_source;

fn add_as(batch: &mut Batch, source: &str, frame: &RecordBatch, how: OnConflict) -> Added {
    let options = FrameOptions {
        on_conflict: Some(how),
        ..FrameOptions::default()
    };
    let rows = [Ok(frame.clone())];
    batch
        .add_with(source, &frame.schema(), rows, &options, Watch::unwatched())
        .unwrap()
}

fn replace(root: &Path, source: &str, frame: &RecordBatch) -> (Added, Run) {
    let mut batch = begin(root);
    let added = add_as(&mut batch, source, frame, OnConflict::Replace);
    (added, batch.commit(Watch::unwatched()).unwrap())
}

fn retract_source(root: &Path, source: &str) -> crate::error::Result<Run> {
    let what = pipeline::Retraction::named(source);
    let settings = settings(root, "");
    let cleaner = pipeline::own_cleaner(&settings);
    let options = pipeline::RunOptions::default();
    pipeline::retract(&settings, &what, options, &cleaner, Watch::unwatched())
}

fn values(root: &Path, column: &str) -> Vec<Option<f64>> {
    let rows = dataset(root).into_values();
    rows.map(|(_, cells)| cells.get(column).copied()).collect()
}

#[test]
fn a_correction_in_a_second_batch_raises_and_nothing_is_written() {
    let root = crate::store::test_folder();
    commit_all(root.path(), &[clean("chwst", 0..3, 70.0)]);
    let before = files(root.path());
    let new = Batch::begin(settings(root.path(), ""), Watch::unwatched());
    let mut batch = new.unwrap();
    add(&mut batch, "other.csv", &clean("kw", 0..3, 1.0));
    let corrected = frame(
        &["chwst"],
        &[
            (0, vec![], vec![70.0]),
            (1, vec![], vec![7.0]),
            (3, vec![], vec![7.0]),
        ],
    );
    assert_eq!(add(&mut batch, "b.csv", &corrected).conflicts, 1);
    let Err(Refusal::Conflicts(found)) = batch.commit(Watch::unwatched()) else {
        panic!("committed")
    };
    let conflict = FrameConflict {
        source: "b.csv".to_owned(),
        timestamp: Instant::from_nanos(START + BIN),
        column: "chwst".to_owned(),
        committed: 70.0,
        found: 7.0,
    };
    assert_eq!((found.total, found.conflicts.clone()), (1, vec![conflict]));
    insta::assert_snapshot!(crate::Error::from(found), @r#"numbers contradict those that stand: b.csv: 7 in "chwst" at 2026-01-31T23:05:00Z, where 70 stands"#);
    let is_data = |path: &std::path::PathBuf| !path.ends_with("errors-S.jsonl");
    let after: Vec<_> = files(root.path()).into_iter().filter(is_data).collect();
    assert_eq!(after, before);
}

#[test]
fn numbers_that_differ_in_the_last_place_or_by_rounding_contradict_and_equal_ones_do_not() {
    for (committed, given, contradicts) in [
        (7.48, 7.5, 1),
        (7.5, 7.48, 1),
        (0.0, -0.0, 0),
        (7.0, 7.0, 0),
    ] {
        let root = crate::store::test_folder();
        commit_all(root.path(), &[clean("a", 0..1, committed)]);
        let mut batch = begin(root.path()).on_conflict(OnConflict::Raise);
        let both = frame(&["a", "b"], &[(0, vec![], vec![given, 1.0])]);
        assert_eq!(add(&mut batch, "b.csv", &both).conflicts, contradicts);
        let total = match batch.commit(Watch::unwatched()) {
            Err(Refusal::Conflicts(found)) => found.total,
            ended => ended.map(|_| 0).unwrap(),
        };
        assert_eq!(total, contradicts, "{committed} and {given}");
    }
}

#[test]
fn a_replacement_has_the_last_word_on_its_cells_and_the_flags_of_its_rows() {
    let root = crate::store::test_folder();
    let first = frame(
        &["a", "b"],
        &[
            (0, vec![Flag::Outlier], vec![70.0, 1.0]),
            (1, vec![Flag::Frozen], vec![2.0, 2.0]),
            (2, vec![Flag::Outlier], vec![3.0, 3.0]),
        ],
    );
    commit_all(root.path(), &[first]);
    let correction = frame(
        &["a"],
        &[(0, vec![], vec![7.0]), (1, vec![Flag::Outlier], vec![NAN])],
    );
    let (added, run) = replace(root.path(), "fix.csv", &correction);
    let Run::Committed(done) = run else { panic!() };
    assert_eq!((added.status, added.conflicts), (Status::Accepted, 1));
    let input = &done.committed.manifest.inputs[0];
    assert_eq!((input.ordinal, input.replaces), (Some(2), true));
    assert!(input.kept.is_some());
    assert_eq!(done.committed.manifest.warnings, []);
    let rows = dataset(root.path());
    let cells = |pairs: &[(&str, f64)]| -> BTreeMap<String, f64> {
        pairs
            .iter()
            .map(|(name, cell)| ((*name).to_owned(), *cell))
            .collect()
    };
    assert_eq!(rows[&0], (vec![], cells(&[("a", 7.0), ("b", 1.0)])));
    assert_eq!(rows[&1], (vec![Flag::Outlier], cells(&[("b", 2.0)])));
    assert_eq!(
        rows[&2],
        (vec![Flag::Outlier], cells(&[("a", 3.0), ("b", 3.0)]))
    );
    // What comes later completes, and is no conflict where the replacement has no number.
    let mut batch = begin(root.path()).on_conflict(OnConflict::Raise);
    add(&mut batch, "late.csv", &clean("a", 1..2, 5.0));
    commit(batch);
    assert_eq!(values(root.path(), "a"), [Some(7.0), Some(5.0), Some(3.0)]);
}

#[test]
fn a_replacement_is_known_until_another_one_takes_its_place() {
    let root = crate::store::test_folder();
    commit_all(root.path(), &[clean("a", 0..2, 1.0)]);
    let [second, third] = [2.0, 3.0].map(|value| clean("a", 0..2, value));
    assert_eq!(
        replace(root.path(), "2.csv", &second).0.status,
        Status::Accepted
    );
    assert_eq!(
        replace(root.path(), "2.csv", &second).0.status,
        Status::Known
    );
    // As a frame that completes it is known, too.
    let mut batch = begin(root.path()).on_conflict(OnConflict::Raise);
    assert_eq!(add(&mut batch, "2.csv", &second).status, Status::Known);
    drop(batch);
    assert_eq!(
        replace(root.path(), "3.csv", &third).0.status,
        Status::Accepted
    );
    let mut batch = begin(root.path());
    let again = add_as(&mut batch, "2.csv", &second, OnConflict::Replace);
    let twice = add_as(&mut batch, "2.csv", &second, OnConflict::Replace);
    assert_eq!(
        (again.status, twice.status),
        (Status::Accepted, Status::Duplicate)
    );
    add_as(&mut batch, "3.csv", &third, OnConflict::Replace);
    let last = add_as(&mut batch, "2.csv", &second, OnConflict::Replace);
    assert_eq!(last.status, Status::Accepted);
    let manifest = commit(batch);
    let ordinals = manifest.inputs.iter().map(|input| input.ordinal);
    assert_eq!(
        ordinals.collect::<Vec<_>>(),
        [Some(4), Some(5), Some(6), None]
    );
    assert_eq!(values(root.path(), "a"), [Some(2.0); 2]);
    // One elsewhere leaves it known.
    replace(root.path(), "4.csv", &clean("a", 5..6, 4.0));
    assert_eq!(
        replace(root.path(), "2.csv", &second).0.status,
        Status::Known
    );
}

#[test]
fn a_frame_that_is_withdrawn_leaves_what_the_others_make_and_is_passed_over_from_then_on() {
    let root = crate::store::test_folder();
    let frames = [
        clean("a", 0..20, 1.0),
        clean("a", 10..30, 2.0),
        clean("b", 0..3, 3.0),
    ];
    commit_all(root.path(), &frames[..1]);
    commit_all(root.path(), &frames[1..2]);
    let mut batch = begin(root.path());
    add(&mut batch, "b.csv", &frames[2]);
    commit(batch);
    // `commit_all` calls the first two alike.
    let Run::Committed(done) = retract_source(root.path(), "0.csv").unwrap() else {
        panic!()
    };
    let manifest = done.committed.manifest;
    assert_eq!((manifest.version, manifest.retracted.len()), (4, 2));
    assert_eq!(manifest.rebuilt_from.len(), 1);
    assert_eq!(manifest.cells.input, 3);
    let rows = dataset(root.path());
    assert_eq!(rows.keys().copied().collect::<Vec<_>>(), [0, 1, 2]);
    assert!(rows.values().all(|(_, cells)| cells.keys().eq(["b"])));
    let mut batch = begin(root.path());
    assert_eq!(
        add(&mut batch, "0.csv", &frames[0]).status,
        Status::Withdrawn
    );
    let back = add_as(&mut batch, "0.csv", &frames[0], OnConflict::Replace);
    assert_eq!(back.status, Status::Accepted);
    let manifest = commit(batch);
    assert_eq!(manifest.inputs[0].ordinal, Some(4));
    assert_eq!(dataset(root.path()).len(), 20);
    let gone = retract_source(root.path(), "nobody.csv").unwrap_err();
    insta::assert_snapshot!(gone, @"S has no frame that was read from nobody.csv");
}

#[test]
fn a_gap_that_a_withdrawal_leaves_is_filled_across_the_end_of_a_month_or_is_too_long() {
    for (bins, left) in [(8..15, true), (2..15, false)] {
        let root = crate::store::test_folder();
        let mut batch = begin(root.path());
        add(&mut batch, "left.csv", &clean("a", 0..bins.start, 1.0));
        add(&mut batch, "right.csv", &clean("a", 15..16, 1.0));
        add(&mut batch, "between.csv", &clean("a", bins.clone(), 1.0));
        commit(batch);
        retract_source(root.path(), "between.csv").unwrap();
        let filled = if left {
            bins.map(|bin| (bin, 15)).collect()
        } else {
            BTreeMap::new()
        };
        assert_eq!(inserted(root.path()), filled);
        // And away again, with the row that ended it.
        retract_source(root.path(), "right.csv").unwrap();
        assert_eq!(inserted(root.path()), BTreeMap::new());
    }
}

#[test]
fn months_are_not_made_again_without_a_frame_that_was_not_kept() {
    let root = crate::store::test_folder();
    let mut none = settings(root.path(), "");
    none.keep_sources = crate::publish::KeepSources::None;
    let mut batch = Batch::begin(none, Watch::unwatched()).unwrap();
    add(&mut batch, "a.csv", &clean("a", 0..3, 1.0));
    let manifest = commit(batch);
    assert_eq!(manifest.inputs[0].kept, None);
    let mut batch = begin(root.path());
    add(&mut batch, "b.csv", &clean("b", 0..3, 1.0));
    commit(batch);
    let error = retract_source(root.path(), "b.csv").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    insta::assert_snapshot!(error, @"nothing is kept of the frame a.csv of version 1 (keep_sources is, or was, none), and its months cannot be made again without it");
    let error = rebuild(&settings(root.path(), ""), Watch::unwatched()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    // That one itself can go.
    retract_source(root.path(), "a.csv").unwrap();
    assert_eq!(values(root.path(), "a"), [None; 3]);
}

#[test]
fn what_is_kept_of_a_frame_is_proven_before_it_is_read() {
    let root = crate::store::test_folder();
    let manifest = commit_all(root.path(), &[clean("a", 0..3, 1.0)]);
    let kept = manifest.inputs[0].kept.unwrap();
    let path = settings(root.path(), "").dirs.source("S", kept.digest);
    assert!(kept_source::prove(&path, kept.digest).unwrap() > 0);
    crate::publish::fixture::overwrite(&path, b"\0");
    let error = rebuild(&settings(root.path(), ""), Watch::unwatched()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Damaged);
    assert_eq!(error.path(), Some(&*path));
}

#[test]
fn a_dataset_is_made_again_by_another_configuration() {
    let root = crate::store::test_folder();
    commit_all(root.path(), &[clean("a", 0..3, 1.0), clean("a", 6..9, 1.0)]);
    assert_eq!(inserted(root.path()).len(), 3);
    let folder = root.path().join("data");
    let other = |text: &str| {
        let overrides = Overrides {
            data_dir: Some(folder.clone()),
            ..Overrides::default()
        };
        Settings::new(&Config::parse(text).unwrap(), &overrides).unwrap()
    };
    let narrow = other("cleaner: {site_id: S, timezone: UTC, resample_interval: 5m, max_gap: 5m}");
    let refused = Batch::begin(narrow.clone(), Watch::unwatched()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Config);
    rebuild(&narrow, Watch::unwatched()).unwrap();
    assert_eq!(inserted(root.path()).len(), 0);
    drop(Batch::begin(narrow, Watch::unwatched()).unwrap());
    let coarse = other("cleaner: {site_id: S, timezone: UTC, resample_interval: 10m}");
    let error = rebuild(&coarse, Watch::unwatched()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
}

#[test]
fn the_configuration_may_describe_points_that_the_dataset_does_not_have_yet() {
    let root = crate::store::test_folder();
    commit_all(root.path(), &[clean("a", 0..3, 1.0)]);
    let with = |points: &str| {
        let text = format!(
            "cleaner:\n  site_id: S\n  timezone: UTC\n  resample_interval: 5m\n  max_gap: 1h\n  points:\n    CH1.CHST: {{physical_type: chilled_water_temperature}}\n{points}"
        );
        let overrides = Overrides {
            data_dir: Some(root.path().join("data")),
            ..Overrides::default()
        };
        Settings::new(&Config::parse(&text).unwrap(), &overrides).unwrap()
    };
    let changed = Batch::begin(with("    A: {unit: kW}\n"), Watch::unwatched());
    assert_eq!(changed.unwrap_err().kind(), ErrorKind::Config);
    let new = with("    CH1.KW: {unit: kW}\n");
    let mut batch = Batch::begin(new.clone(), Watch::unwatched()).unwrap();
    add(&mut batch, "b.csv", &clean("ch1_kw", 0..3, 1.0));
    let manifest = commit(batch);
    let column = manifest
        .schema
        .iter()
        .find(|column| column.name == "ch1_kw");
    let unit = column
        .and_then(|column| column.unit.as_ref())
        .map(Term::name);
    assert_eq!(unit, Some("kW"));
    // What it said before is not said any more.
    let fewer = Batch::begin(settings(root.path(), ""), Watch::unwatched());
    assert_eq!(fewer.unwrap_err().kind(), ErrorKind::Config);
}

#[test]
fn names_that_differ_in_their_case_alone_are_refused_or_joined_by_the_configuration() {
    let root = crate::store::test_folder();
    commit_all(root.path(), &[clean("kw", 0..3, 1.0)]);
    let mut batch = begin(root.path());
    let found = refuse(&mut batch, &clean("KW", 3..4, 2.0));
    assert_eq!(found, [(ViolationKind::SimilarColumn, "KW".to_owned())]);
    let both = frame(&["b", "B"], &[(3, vec![], vec![1.0, 2.0])]);
    let found = refuse(&mut batch, &both);
    assert_eq!(found, [(ViolationKind::SimilarColumn, "B".to_owned())]);
    drop(batch);
    let root = crate::store::test_folder();
    let text =
        "cleaner: {site_id: S, timezone: UTC, resample_interval: 5m, points: {KW: {name: kw}}}";
    let overrides = Overrides {
        data_dir: Some(root.path().join("data")),
        ..Overrides::default()
    };
    let settings = Settings::new(&Config::parse(text).unwrap(), &overrides).unwrap();
    let mut batch = Batch::begin(settings, Watch::unwatched()).unwrap();
    add(&mut batch, "a.csv", &clean("kw", 0..3, 1.0));
    let rows = clean("KW", 3..4, 2.0);
    let options = FrameOptions {
        evidence: vec![evidence(&[(3, Some("KW"), "SPIKE", None)])],
        ..FrameOptions::default()
    };
    let schema = rows.schema();
    let added = batch.add_with("b.csv", &schema, [Ok(rows)], &options, Watch::unwatched());
    assert_eq!(added.unwrap().reasons, 1);
    let manifest = commit(batch);
    let names: Vec<_> = manifest.schema.iter().map(|column| &*column.name).collect();
    assert_eq!(names, ["kw", "quality_flags", "timestamp"]);
}

#[test]
fn evidence_that_does_not_fit_its_frame_is_refused() {
    let root = crate::store::test_folder();
    let mut batch = begin(root.path());
    let rows = frame(
        &["a"],
        &[(0, vec![Flag::Frozen], vec![1.0]), (1, vec![], vec![1.0])],
    );
    let wrong: [(&[Stated], ViolationKind); 5] = [
        (&[(2, Some("a"), "SPIKE", None)], ViolationKind::NoSuchRow),
        (
            &[(0, Some("b"), "SPIKE", None)],
            ViolationKind::UnexpectedColumn,
        ),
        (&[(0, Some("a"), "spike", None)], ViolationKind::RuleName),
        (
            &[(1, Some("a"), "SPIKE", Some(Flag::Outlier))],
            ViolationKind::MissingFlag,
        ),
        (&[(0, None, "no_sample", None)], ViolationKind::RuleName),
    ];
    let mut give = |evidence: RecordBatch| {
        let options = FrameOptions {
            evidence: vec![evidence],
            ..FrameOptions::default()
        };
        let schema = rows.schema();
        let watch = Watch::unwatched();
        batch.add_with("a.csv", &schema, [Ok(rows.clone())], &options, watch)
    };
    for (stated, kind) in wrong {
        let Err(Refusal::Contract(found)) = give(evidence(stated)) else {
            panic!("{stated:?}")
        };
        assert_eq!(found.examples()[0].kind, kind, "{stated:?}");
    }
    let right = evidence(&[(0, Some("a"), "STUCK", Some(Flag::Frozen))]);
    let without = right.project(&[0, 1]).unwrap();
    let Err(Refusal::Contract(found)) = give(without) else {
        panic!()
    };
    assert_eq!(found.examples()[0].kind, ViolationKind::MissingColumn);
    let mut early = right.columns().to_vec();
    early.push(Arc::clone(&early[0]));
    let names = ["timestamp", "column", "rule", "flag", "known_at"];
    let early = RecordBatch::try_from_iter(names.into_iter().zip(early)).unwrap();
    let Err(Refusal::Contract(found)) = give(early) else {
        panic!()
    };
    assert_eq!(found.examples()[0].kind, ViolationKind::KnownTooEarly);
    assert_eq!(give(right).unwrap().reasons, 1);
    commit(batch);
    let all = stated(root.path());
    let expected = (
        0,
        Some("a".to_owned()),
        "STUCK".to_owned(),
        Some(Flag::Frozen),
        2,
    );
    assert_eq!(all, [expected]);
    let site = crate::Site::of(&settings(root.path(), ""));
    let row = site.explain(Instant::from_nanos(START)).unwrap();
    let words: Vec<String> = row.stated.iter().map(|stated| stated.words("°C")).collect();
    assert_eq!(words, ["FROZEN: STUCK"]);
    assert_eq!(row.stated[0].column.as_deref(), Some("a"));
    let next = site.explain(Instant::from_nanos(START + BIN)).unwrap();
    assert_eq!(next.stated, []);
}

#[test]
fn what_is_kept_of_a_frame_stays_as_long_as_the_frame_is_in_the_dataset() {
    let root = crate::store::test_folder();
    let a = commit_all(root.path(), &[clean("a", 0..3, 1.0), clean("b", 0..3, 1.0)]);
    let kept = |manifest: &Manifest, place: usize| manifest.inputs[place].kept.unwrap().digest;
    let dirs = settings(root.path(), "").dirs;
    let much_later = crate::time::now() + crate::time::DAY.times(365);
    let collection = crate::details::Collection {
        now: much_later,
        ..crate::details::Collection::default()
    };
    let gone = |collection: &crate::details::Collection| -> Vec<std::path::PathBuf> {
        let removed = collection.look(&dirs, "S").unwrap().removed.into_iter();
        let removed = removed.map(|removal| removal.path);
        removed
            .filter(|path| path.starts_with(&dirs.sources))
            .collect()
    };
    assert_eq!(gone(&collection), Vec::<std::path::PathBuf>::new());
    retract_source(root.path(), "1.csv").unwrap();
    assert_eq!(gone(&collection), [dirs.source("S", kept(&a, 1))]);
    let soon = crate::details::Collection {
        now: crate::time::now(),
        ..crate::details::Collection::default()
    };
    assert_eq!(gone(&soon), Vec::<std::path::PathBuf>::new());
}
