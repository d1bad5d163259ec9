//! The rows of a version of frames, against the definitions.

use super::*;

/// Some rows of some of three points, whose numbers say who gave them.
fn any_frame() -> impl Strategy<Value = Vec<(i64, u8, [bool; 3])>> {
    let row = (1..20_i64, 0..32_u8, any::<[bool; 3]>());
    let start = prop_oneof![0..40_i64, 0..400_i64];
    (start, prop::collection::vec(row, 1..12)).prop_map(|(start, rows)| {
        let mut bin = start;
        let step = |(step, flags, cells)| {
            bin += step;
            (bin, flags, cells)
        };
        rows.into_iter().map(step).collect()
    })
}

fn as_frame(place: usize, rows: &[(i64, u8, [bool; 3])]) -> RecordBatch {
    #[allow(clippy::cast_precision_loss, reason = "a handful")]
    let number = place as f64;
    let rows: Vec<Row> = rows
        .iter()
        .map(|(bin, flags, there)| {
            let flags = FlagSet::from_bits(*flags).iter().collect();
            (
                *bin,
                flags,
                there.map(|there| if there { number } else { NAN }).to_vec(),
            )
        })
        .collect();
    frame(&["a", "b", "c"], &rows)
}

/// What the definitions say, read naively.
fn expected(
    frames: &[Vec<(i64, u8, [bool; 3])>],
) -> BTreeMap<i64, (Vec<Flag>, BTreeMap<String, f64>)> {
    let mut rows: BTreeMap<i64, (u8, BTreeMap<String, f64>)> = BTreeMap::new();
    for (place, frame) in frames.iter().enumerate() {
        for (bin, flags, there) in frame {
            let row = rows.entry(*bin).or_default();
            row.0 |= flags;
            for (name, _) in ["a", "b", "c"]
                .iter()
                .zip(there)
                .filter(|(_, there)| **there)
            {
                #[allow(clippy::cast_precision_loss, reason = "a handful")]
                row.1.entry((*name).to_owned()).or_insert(place as f64);
            }
        }
    }
    let bins: Vec<i64> = rows.keys().copied().collect();
    for pair in bins.windows(2).filter(|pair| pair[1] - pair[0] <= 13) {
        for bin in pair[0] + 1..pair[1] {
            rows.insert(bin, (16, BTreeMap::new()));
        }
    }
    rows.into_iter()
        .map(|(bin, (flags, cells))| (bin, (FlagSet::from_bits(flags).iter().collect(), cells)))
        .collect()
}

/// The rows that no frame has, with the next one that some frame has.
fn next_rows(
    frames: &[Vec<(i64, u8, [bool; 3])>],
    bins: impl Iterator<Item = i64>,
) -> BTreeMap<i64, i64> {
    let given: BTreeSet<i64> = frames.iter().flatten().map(|row| row.0).collect();
    let inserted = bins.filter(|bin| !given.contains(bin));
    let next = |bin| (bin, *given.range(bin..).next().unwrap());
    inserted.map(next).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever the frames, the batches they come in and the memory there is: the dataset is what the definitions say.
    #[test]
    fn the_dataset_is_that_of_the_definitions(
        frames in prop::collection::vec(any_frame(), 1..6),
        cut in 0_usize..6,
        memory in prop::sample::select(vec![8_u64, 1 << 30]),
    ) {
        let root = crate::store::test_folder();
        let cut = cut.min(frames.len());
        for (from, lot) in [(0, &frames[..cut]), (cut, &frames[cut..])] {
            if lot.is_empty() {
                continue;
            }
            let mut batch = begin(root.path());
            batch.pieces = Pieces::new(batch.attempt.dir(), memory);
            for (place, rows) in lot.iter().enumerate() {
                add(&mut batch, &format!("{place}"), &as_frame(from + place, rows));
            }
            batch.commit(Watch::unwatched()).unwrap();
        }
        let expected = expected(&frames);
        prop_assert_eq!(inserted(root.path()), next_rows(&frames, expected.keys().copied()));
        prop_assert_eq!(dataset(root.path()), expected);
    }
}

#[test]
fn the_parts_are_the_same_whether_rows_were_spilled_or_not() {
    let frames: Vec<RecordBatch> = (0..4)
        .map(|place| clean(["a", "b"][place % 2], 0..9000, place as f64))
        .collect();
    let roots = [crate::store::test_folder(), crate::store::test_folder()];
    let parts = [8, 1 << 40].map(|memory| {
        let root = roots[usize::from(memory > 8)].path();
        let mut batch = begin(root);
        batch.pieces = Pieces::new(batch.attempt.dir(), memory);
        for (place, frame) in frames.iter().enumerate() {
            add(&mut batch, &place.to_string(), frame);
        }
        let manifest = commit(batch);
        let files = manifest.output_files.iter();
        files
            .map(|file| root.join("data/processed").join(file))
            .collect::<Vec<_>>()
    });
    assert_eq!(changed_rows(&parts[0], &parts[1]).unwrap(), None);
    let bytes = |parts: &[PathBuf]| -> Vec<u64> {
        parts
            .iter()
            .map(|p| crate::store::digest(p).unwrap().0)
            .collect()
    };
    assert_eq!(bytes(&parts[0]), bytes(&parts[1]));
}

#[test]
fn impossible_numbers_become_null_and_outlier_nan_becomes_null_and_all_are_counted() {
    let root = crate::store::test_folder();
    let times = [START, START + BIN, START + 2 * BIN];
    let times = TimestampNanosecondArray::from(times.to_vec()).with_timezone("UTC");
    let bad = RecordBatch::try_from_iter([
        ("timestamp", Arc::new(times) as ArrayRef),
        ("quality_flags", flag_lists(&[FlagSet::CLEAN; 3])),
        ("a", Arc::new(Float64Array::from(vec![1e20, NAN, 1.0]))),
    ])
    .unwrap();
    let manifest = commit_all(root.path(), &[bad]);
    assert_eq!(
        (
            manifest.cells.not_finite,
            manifest.statistics.points["a"].not_finite
        ),
        (1, 1)
    );
    let rows = dataset(root.path());
    assert_eq!(manifest.inputs[0].missing["NaN"], 1);
    assert_eq!(rows[&0], (vec![Flag::Outlier], BTreeMap::new()));
    assert_eq!(rows[&1], (vec![], BTreeMap::new()));
    assert_eq!(rows[&2].1["a"], 1.0);
    let why = found(root.path());
    assert_eq!(why, [(0, "a".to_owned(), Rule::NotFinite, Some(1e20), 1)]);
}

#[test]
fn why_numbers_are_not_finite_is_kept_with_the_frame_and_part_of_what_it_says() {
    let root = crate::store::test_folder();
    let of = |cells: [f64; 2]| {
        let flags = [FlagSet::CLEAN, FlagSet::from_iter([Flag::Outlier])];
        let times = [START, START + BIN].to_vec();
        let times = TimestampNanosecondArray::from(times).with_timezone("UTC");
        RecordBatch::try_from_iter([
            ("timestamp", Arc::new(times) as ArrayRef),
            ("quality_flags", flag_lists(&flags)),
            ("a", Arc::new(Float64Array::from(cells.to_vec()))),
        ])
        .unwrap()
    };
    let mut batch = begin(root.path());
    let added = add(&mut batch, "a", &of([1.0, f64::INFINITY]));
    assert_eq!(added.reasons, 1);
    let same = add(&mut batch, "b", &of([1.0, f64::INFINITY]));
    assert_eq!(
        (same.status, same.digest),
        (Status::Duplicate, added.digest)
    );
    let other = add(&mut batch, "c", &of([1.0, f64::NEG_INFINITY]));
    assert_eq!(other.status, Status::Accepted);
    commit(batch);
    let expected = [(1, "a".to_owned(), Rule::NotFinite, Some(f64::INFINITY), 2)];
    assert_eq!(found(root.path()), expected);
    rebuild(&settings(root.path(), ""), Watch::unwatched()).unwrap();
    assert_eq!(found(root.path()), expected);
}

#[test]
fn missing_bins_are_inserted_up_to_max_gap_and_longer_ones_listed() {
    let root = crate::store::test_folder();
    // One bin is missing, then twelve (an hour, max_gap), then thirteen.
    let rows = [0, 2, 15, 29].map(|bin| (bin, vec![], vec![1.0]));
    let manifest = commit_all(root.path(), &[frame(&["a"], &rows)]);
    let rows = dataset(root.path());
    let bins: Vec<i64> = rows.keys().copied().collect();
    assert_eq!(bins, (0..16).chain([29]).collect::<Vec<_>>());
    assert_eq!(rows[&1], (vec![Flag::InsufficientData], BTreeMap::new()));
    let gaps: Vec<_> = manifest
        .gaps
        .iter()
        .map(|gap| (gap.from, gap.bins))
        .collect();
    assert_eq!(gaps, [(Instant::from_nanos(START + 16 * BIN), 13)]);
    assert_eq!(
        manifest
            .evidence_files
            .iter()
            .map(|file| file.rows)
            .sum::<u64>(),
        13
    );
}

#[test]
fn frames_become_a_version_that_says_where_its_rows_come_from() {
    let root = crate::store::test_folder();
    let mut batch = begin(root.path());
    let first = frame(
        &["ch1_chst", "b"],
        &[
            (0, vec![Flag::Frozen], vec![7.0, NAN]),
            (1, vec![], vec![7.5, 1.0]),
        ],
    );
    let added = add(&mut batch, "a.csv", &first);
    assert_eq!((added.rows, added.status), (2, Status::Accepted));
    let same = add(&mut batch, "copy of a.csv", &first);
    assert_eq!(
        (same.digest, same.status),
        (added.digest, Status::Duplicate)
    );
    add(&mut batch, "b.csv", &clean("b", 1..15, 2.0));
    let manifest = commit(batch);

    assert_eq!((manifest.version, manifest.origin), (1, Origin::Frames));
    assert_eq!(manifest.input_files_count, 2);
    let inputs: Vec<_> = manifest
        .inputs
        .iter()
        .map(|i| (i.path.as_str(), i.status, i.rows))
        .collect();
    assert_eq!(
        inputs,
        [
            ("a.csv", InputStatus::Accepted, 2),
            ("b.csv", InputStatus::Accepted, 14),
            ("copy of a.csv", InputStatus::Duplicate, 2)
        ]
    );
    assert_eq!(manifest.inputs[0].digest, added.digest);
    // Two months: the first has its last hour, twelve bins.
    let rows: Vec<u64> = manifest.files.iter().map(|file| file.rows).collect();
    assert_eq!(rows, [12, 3]);
    let cells = manifest.cells;
    assert_eq!(
        (
            cells.input,
            cells.used,
            cells.missing,
            cells.conflict_losers
        ),
        (18, 16, 1, 1)
    );
    assert_eq!(
        (
            manifest.conflicts.examples[0].kept,
            manifest.conflicts.examples[0].lost
        ),
        (1.0, 2.0)
    );
    let chst = &manifest.statistics.points["ch1_chst"];
    assert_eq!(
        (chst.point.as_str(), chst.values, chst.mean),
        ("CH1.CHST", 2, Some(7.25))
    );
    let column = manifest
        .schema
        .iter()
        .find(|column| column.name == "ch1_chst")
        .unwrap();
    assert_eq!(column.unit.as_ref().map(Term::name), Some("°C"));

    let rows = dataset(root.path());
    assert_eq!(rows.len(), 15);
    assert_eq!(
        rows[&0],
        (vec![Flag::Frozen], [("ch1_chst".into(), 7.0)].into())
    );
    assert_eq!(
        rows[&1],
        (vec![], [("b".into(), 1.0), ("ch1_chst".into(), 7.5)].into())
    );
}
