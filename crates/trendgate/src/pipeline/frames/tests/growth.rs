//! Batches on top of what is committed.

use super::*;

#[test]
fn frames_may_count_microseconds_where_the_dataset_does_and_an_old_one_is_written_once_more() {
    let root = crate::store::test_folder();
    let [first, second] = [0..6, 6..12].map(|bins| clean("a", bins, 7.5));
    commit_all(root.path(), std::slice::from_ref(&first));
    let in_micros = |frame: &RecordBatch| {
        let times = arrow::compute::cast(
            frame.column(0),
            &DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        );
        let mut columns = frame.columns().to_vec();
        columns[0] = times.unwrap();
        let schema = frame.schema();
        let names = schema.fields().iter().map(|field| field.name().clone());
        RecordBatch::try_from_iter(names.zip(columns)).unwrap()
    };
    let found = refuse(&mut begin(root.path()), &in_micros(&second));
    assert_eq!(found, [(ViolationKind::TypeMismatch, "timestamp".into())]);
    let micros = settings(root.path(), "batch: {timestamp_unit: us}\n");
    let mut batch = Batch::begin(micros, Watch::unwatched()).unwrap();
    let known = add(&mut batch, "0.csv", &in_micros(&first));
    assert_eq!(
        known.status,
        Status::Known,
        "what it is does not hang on what it counts"
    );
    add(&mut batch, "1.csv", &in_micros(&second));
    let manifest = commit(batch);
    assert_eq!(
        manifest.version, 3,
        "the second one is the first in microseconds"
    );
    let all = dataset(root.path());
    assert_eq!(all.len(), 12);
    for part in Snapshot::of_site(&settings(root.path(), "").dirs, "S")
        .unwrap()
        .parts
    {
        let file = crate::partition::open(&part.file).unwrap();
        let micros = crate::model::TimestampUnit::Us.data_type();
        assert_eq!(*file.schema().field(0).data_type(), micros);
    }
}

#[test]
fn a_later_batch_completes_what_is_committed_and_changes_none_of_it() {
    let root = crate::store::test_folder();
    let insufficient = vec![Flag::InsufficientData];
    let first = frame(
        &["a"],
        &[(0, insufficient.clone(), vec![NAN]), (3, vec![], vec![1.0])],
    );
    commit_all(root.path(), &[first]);
    let second = frame(
        &["a", "b"],
        &[
            (0, vec![], vec![5.0, 6.0]),
            (2, vec![], vec![7.0, NAN]),
            (3, vec![Flag::Frozen], vec![9.0, 1.0]),
        ],
    );
    let manifest = commit_all(root.path(), &[second]);
    assert_eq!(manifest.version, 2);
    assert_eq!(
        (manifest.replaces.len(), manifest.replaces_evidence.len()),
        (1, 1)
    );
    assert_eq!(manifest.conflicts.cells, 1);
    let rows = dataset(root.path());
    // The caller's own flag stays; that of an inserted row goes.
    assert_eq!(
        rows[&0],
        (
            insufficient.clone(),
            [("a".into(), 5.0), ("b".into(), 6.0)].into()
        )
    );
    assert_eq!(rows[&1], (insufficient, BTreeMap::new()));
    assert_eq!(rows[&2], (vec![], [("a".into(), 7.0)].into()));
    assert_eq!(
        rows[&3],
        (
            vec![Flag::Frozen],
            [("a".into(), 1.0), ("b".into(), 1.0)].into()
        )
    );
}

#[test]
fn a_gap_between_two_batches_is_filled_across_the_end_of_a_month() {
    let root = crate::store::test_folder();
    commit_all(root.path(), &[clean("a", 0..8, 1.0)]);
    let manifest = commit_all(root.path(), &[clean("a", 15..16, 2.0)]);
    assert_eq!(
        manifest.replaces.len(),
        1,
        "the last hour of January was made again"
    );
    assert_eq!(
        dataset(root.path()).into_keys().collect::<Vec<_>>(),
        (0..16).collect::<Vec<_>>()
    );
    assert_eq!(
        inserted(root.path()),
        (8..15).map(|bin| (bin, 15)).collect()
    );
}

#[test]
fn by_which_row_an_inserted_one_is_known_may_be_in_a_month_that_is_not_made_again() {
    let root = crate::store::test_folder();
    commit_all(
        root.path(),
        &[clean("a", -40..8, 1.0), clean("a", 15..16, 2.0)],
    );
    let manifest = commit_all(root.path(), &[clean("b", -40..-39, 2.0)]);
    assert_eq!(
        manifest.output_files.len(),
        1,
        "February was not made again"
    );
    assert_eq!(
        inserted(root.path()),
        (8..15).map(|bin| (bin, 15)).collect()
    );
    // A row between makes it known earlier, in January too.
    let manifest = commit_all(root.path(), &[clean("a", 13..14, 3.0)]);
    assert_eq!(manifest.output_files.len(), 2);
    let expected = (8..13).map(|bin| (bin, 13)).chain([(14, 15)]);
    assert_eq!(inserted(root.path()), expected.collect());
}

#[test]
fn a_month_that_does_not_change_keeps_its_files() {
    let root = crate::store::test_folder();
    let first = commit_all(root.path(), &[clean("a", 0..12, 1.0)]);
    let second = commit_all(root.path(), &[clean("a", 12..13, 2.0)]);
    assert_eq!(
        (first.files.len(), second.files.len(), second.replaces.len()),
        (1, 1, 0)
    );
}

#[test]
fn rows_far_apart_in_one_month_keep_each_other() {
    let frames = [
        clean("a", 2000..2003, 1.0),
        clean("a", 20..23, 2.0),
        clean("b", 5000..5003, 3.0),
    ];
    for order in [[0, 1, 2], [1, 0, 2], [2, 1, 0]] {
        let root = crate::store::test_folder();
        for place in order {
            commit_all(root.path(), &frames[place..=place]);
        }
        let bins: Vec<i64> = dataset(root.path()).into_keys().collect();
        let expected: Vec<i64> = (20..23).chain(2000..2003).chain(5000..5003).collect();
        assert_eq!(bins, expected, "{order:?}");
    }
}

#[test]
fn a_correction_of_what_is_committed_is_counted_and_warned_of_and_changes_nothing() {
    let folder = crate::store::test_folder();
    // Over the end of a month, so that two parts have rows of it.
    commit_all(folder.path(), &[clean("a", 0..30, 1.0)]);
    let before = dataset(folder.path());
    for spilled in [false, true] {
        let heard = Heard::default();
        let mut batch = begin(folder.path());
        if spilled {
            batch.pieces.hold_nothing_for_test();
        }
        let rows: Vec<Row> = (-2..40)
            .map(|bin| match bin {
                3 => (bin, vec![], vec![7.5, 2.0]),
                5 => (bin, vec![], vec![NAN, 2.0]),
                20 => (bin, vec![], vec![8.5, 2.0]),
                _ => (bin, vec![], vec![1.0, 2.0]),
            })
            .collect();
        let frame = frame(&["a", "b"], &rows);
        let added = batch.add("b.csv", &frame.schema(), [Ok(frame.clone())], heard.watch());
        assert_eq!(added.unwrap().conflicts, 2);
        let said = heard.warnings();
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(
            said[0].message().starts_with(
                "b.csv: 2 of its numbers differ from committed ones and change nothing (the first is 7.5 in \"a\" at 2026-01-31T23:15:00Z, where 1 is committed)"
            ),
            "{said:?}"
        );
        drop(batch);
    }
    assert_eq!(dataset(folder.path()), before);
}

#[test]
fn numbers_that_lose_to_an_earlier_frame_of_the_batch_are_warned_of_at_the_commit() {
    let folder = crate::store::test_folder();
    let heard = Heard::default();
    let mut batch = begin(folder.path());
    add(&mut batch, "a.csv", &clean("a", 0..30, 1.0));
    assert_eq!(
        add(&mut batch, "b.csv", &clean("a", 10..20, 2.0)).conflicts,
        0
    );
    add(&mut batch, "c.csv", &clean("a", 20..25, 1.0));
    let Run::Committed(done) = batch.commit(heard.watch()).unwrap() else {
        panic!("nothing new")
    };
    let kinds = done.committed.manifest.warnings.iter();
    assert!(kinds.map(|warning| &*warning.kind).eq(["frame_conflicts"]));
    let said = heard.warnings();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(
        said[0]
            .message()
            .starts_with("b.csv: 10 of its numbers differ from those of frames")
    );
}
