//! Frames and batches that are refused, and what is left of them.

use super::*;

#[test]
fn each_breach_is_refused_by_its_rule_and_the_batch_goes_on_without_the_frame() {
    use ViolationKind::{
        Disorder, Duplicate, Future, MissingColumn, NullFlags, OffGrid, TypeMismatch,
        UnexpectedColumn, UnknownFlag,
    };
    let root = crate::store::test_folder();
    let mut batch = begin(root.path());
    let good = clean("a", 0..3, 1.0);
    let column = |kind: ViolationKind, name: &str| vec![(kind, name.to_owned())];
    let with = |name: &str, array: ArrayRef| {
        let schema = good.schema();
        let columns = schema.fields().iter().zip(good.columns());
        let columns = columns.map(|(field, old)| {
            let new = if field.name() == name { &array } else { old };
            (field.name().clone(), Arc::clone(new))
        });
        RecordBatch::try_from_iter(columns.collect::<Vec<_>>()).unwrap()
    };
    let times = |bins: [i64; 3], zone: &str| -> ArrayRef {
        let times = bins.map(|bin| START + bin * BIN).to_vec();
        Arc::new(TimestampNanosecondArray::from(times).with_timezone(zone))
    };
    let numbers: ArrayRef = Arc::new(Float64Array::from(vec![0.0; 3]));
    let lists = |name: Option<&str>| -> ArrayRef {
        let mut lists = arrow::array::ListBuilder::new(arrow::array::StringBuilder::new());
        for row in [None, Some(name), None] {
            row.into_iter()
                .for_each(|item| lists.values().append_option(item));
            lists.append(true);
        }
        Arc::new(lists.finish())
    };
    let future = (time::now().nanos() - START) / BIN + 3;
    for (bad, expected) in [
        (
            with("quality_flags", numbers),
            column(TypeMismatch, "quality_flags"),
        ),
        (
            good.project(&[0, 2]).unwrap(),
            column(MissingColumn, "quality_flags"),
        ),
        (
            good.project(&[1, 2]).unwrap(),
            column(MissingColumn, "timestamp"),
        ),
        (
            with("timestamp", times([0, 0, 1], "UTC")),
            column(Duplicate, "timestamp"),
        ),
        (
            with("timestamp", times([1, 0, 2], "UTC")),
            column(Disorder, "timestamp"),
        ),
        (
            with("timestamp", times([0, 1, 2], "Asia/Taipei")),
            column(TypeMismatch, "timestamp"),
        ),
        (
            with("timestamp", times([0, 1, future], "UTC")),
            column(Future, "timestamp"),
        ),
        (
            with("quality_flags", lists(Some("STALE"))),
            column(UnknownFlag, "quality_flags"),
        ),
        (
            with("quality_flags", lists(None)),
            column(NullFlags, "quality_flags"),
        ),
        (clean("year", 0..1, 1.0), column(UnexpectedColumn, "year")),
    ] {
        assert_eq!(refuse(&mut batch, &bad), expected);
    }
    let off = Arc::new(TimestampNanosecondArray::from(vec![START + 1]).with_timezone("UTC"));
    let off = RecordBatch::try_from_iter([
        ("timestamp", off as ArrayRef),
        ("quality_flags", flag_lists(&[FlagSet::CLEAN])),
    ]);
    assert_eq!(
        refuse(&mut batch, &off.unwrap()),
        column(OffGrid, "timestamp")
    );
    add(&mut batch, "good", &good);
    let manifest = commit(batch);
    assert_eq!(manifest.failed_files.len(), 11);
    assert_eq!(manifest.failed_files[0].file, "bad");
    let expected = "TypeMismatch: column \"quality_flags\": expected list<string>, got float64";
    assert_eq!(manifest.failed_files[0].error, expected);
    assert_eq!(dataset(root.path()).len(), 3);
}

#[test]
fn a_frame_that_breaks_in_its_second_batch_leaves_nothing_and_all_its_breaches_are_told() {
    let root = crate::store::test_folder();
    let mut batch = begin(root.path());
    let good = clean("a", 0..3, 1.0);
    let rows = [
        Ok(good.clone()),
        Ok(good.clone()),
        Ok(clean("a", 1..2, 1.0)),
    ];
    let refused = batch.add("bad", &good.schema(), rows, Watch::unwatched());
    let Err(Refusal::Contract(found)) = refused else {
        panic!("{refused:?}");
    };
    let places: Vec<_> = found.examples().iter().map(|v| (v.kind, v.row)).collect();
    assert_eq!(
        places,
        [
            (ViolationKind::Disorder, Some(3)),
            (ViolationKind::Disorder, Some(6))
        ]
    );
    add(&mut batch, "good", &clean("b", 5..6, 1.0));
    let manifest = commit(batch);
    assert_eq!(
        manifest
            .schema
            .iter()
            .map(|c| c.name.as_str())
            .collect::<Vec<_>>(),
        ["b", "quality_flags", "timestamp"]
    );
    assert_eq!(dataset(root.path()).into_keys().collect::<Vec<_>>(), [5]);
}

#[test]
fn another_unit_than_the_datasets_is_refused() {
    let root = crate::store::test_folder();
    let mut batch = begin(root.path());
    let good = clean("ch1_chst", 0..3, 44.0);
    let metadata = [("unit".to_owned(), "°F".to_owned())].into();
    let mut fields: Vec<Field> = good
        .schema()
        .fields()
        .iter()
        .map(|f| f.as_ref().clone())
        .collect();
    fields[2] = fields[2].clone().with_metadata(metadata);
    let stated =
        RecordBatch::try_new(Arc::new(Schema::new(fields)), good.columns().to_vec()).unwrap();
    let refused = batch.add(
        "bad",
        &stated.schema(),
        [Ok(stated.clone())],
        Watch::unwatched(),
    );
    let Err(Refusal::Contract(found)) = refused else {
        panic!("{refused:?}");
    };
    let expected = "TypeMismatch: column \"ch1_chst\": expected float64 in °C, got float64 in °F";
    assert_eq!(found.to_string(), expected);
}

#[test]
fn a_batch_that_is_dropped_leaves_nothing_and_lets_go_of_the_site() {
    let root = crate::store::test_folder();
    let mut batch = begin(root.path());
    batch.pieces = Pieces::new(batch.attempt.dir(), 64);
    add(&mut batch, "a.csv", &clean("a", 0..5000, 1.0));
    assert!(batch.pieces.spilled_for_test() > 0);
    let second = Batch::begin(settings(root.path(), ""), Watch::unwatched());
    assert_eq!(second.err().unwrap().kind(), ErrorKind::Locked);
    drop(batch);
    assert_eq!(files(root.path()), Vec::<PathBuf>::new());
    assert!(!root.path().join("data").exists());
    commit_all(root.path(), &[clean("a", 0..1, 1.0)]);
}

#[test]
fn a_batch_whose_rows_could_not_be_spilled_commits_nothing_even_if_the_caller_goes_on() {
    let root = crate::store::test_folder();
    let mut batch = begin(root.path());
    add(&mut batch, "a.csv", &clean("a", 0..3, 1.0));
    batch.pieces.spill_to_for_test(Path::new("/dev/full"), 100);
    let more = clean("a", 3..5000, 1.0);
    for _ in 0..2 {
        let failed = batch.add(
            "b.csv",
            &more.schema(),
            [Ok(more.clone())],
            Watch::unwatched(),
        );
        assert!(
            matches!(failed, Err(Refusal::Failed(error)) if error.kind() == ErrorKind::Storage)
        );
    }
    let error = Error::from(batch.commit(Watch::unwatched()).unwrap_err());
    assert_eq!(error.kind(), ErrorKind::Storage);
    assert!(only_an_error_log(&root.path().join("data")));
}

#[test]
fn a_batch_without_a_row_is_an_error_where_nothing_is_committed() {
    let root = crate::store::test_folder();
    let mut batch = begin(root.path());
    add(&mut batch, "empty.csv", &clean("a", 0..0, 1.0));
    let error = Error::from(batch.commit(Watch::unwatched()).unwrap_err());
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert!(!root.path().join("data").exists());
}

#[test]
fn a_repeated_cell_is_refused_by_its_frame_where_the_configuration_says_so() {
    let root = crate::store::test_folder();
    let strict = settings(root.path(), "batch: {deduplicate_timestamps: false}\n");
    let mut batch = Batch::begin(strict, Watch::unwatched()).unwrap();
    add(&mut batch, "a.csv", &clean("a", 0..3, 1.0));
    add(&mut batch, "b.csv", &clean("b", 0..3, 1.0));
    add(&mut batch, "c.csv", &clean("a", 2..3, 1.0));
    let error = Error::from(batch.commit(Watch::unwatched()).unwrap_err());
    insta::assert_snapshot!(error, @r#"c.csv: point "a": the cell at 2026-01-31T23:10:00Z was given by an earlier frame already, and batch.deduplicate_timestamps is false"#);
    assert!(only_an_error_log(&root.path().join("data")));
}

#[test]
fn reports_and_frames_do_not_mix() {
    let root = crate::store::test_folder();
    commit_all(root.path(), &[clean("a", 0..3, 1.0)]);
    let settings = settings(root.path(), "");
    let cleaner = pipeline::own_cleaner(&settings);
    crate::store::write_all_synced(&root.path().join("a.csv"), b"no report").unwrap();
    let error = pipeline::run(
        &settings,
        &[root.path().into()],
        &cleaner,
        Watch::unwatched(),
    )
    .unwrap_err();
    insta::assert_snapshot!(error, @"the dataset of S is made of frames of a cleaner of its own");
}

#[test]
fn another_configuration_is_refused() {
    let root = crate::store::test_folder();
    commit_all(root.path(), &[clean("a", 0..3, 1.0)]);
    let mut other = settings(root.path(), "");
    other = Settings::new(
        &Config::parse("cleaner: {site_id: S, timezone: UTC, resample_interval: 15m}").unwrap(),
        &Overrides {
            data_dir: Some(other.dirs.root.clone()),
            ..Overrides::default()
        },
    )
    .unwrap();
    let error = Batch::begin(other, Watch::unwatched()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
}

#[test]
fn a_damaged_part_is_not_merged() {
    let root = crate::store::test_folder();
    let manifest = commit_all(root.path(), &[clean("a", 0..3, 1.0)]);
    let part = root
        .path()
        .join("data/processed")
        .join(&manifest.output_files[0]);
    crate::publish::fixture::overwrite(&part, b"PAR1");
    let mut batch = begin(root.path());
    add(&mut batch, "b.csv", &clean("a", 3..4, 1.0));
    let error = Error::from(batch.commit(Watch::unwatched()).unwrap_err());
    assert_eq!(
        (error.kind(), error.path()),
        (ErrorKind::Damaged, Some(part.as_path()))
    );
}
