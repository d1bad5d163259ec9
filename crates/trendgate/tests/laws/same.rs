//! Equal rows make an equal dataset, whatever files they come in.

use super::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn files_order_names_and_threads_do_not_change_the_dataset(
        kinds in prop::collection::vec(rows(), 1..5),
        files in prop_oneof![Just(7_usize), Just(97), 2..20_usize],
        dealt: bool,
        names: u64,
        resample in prop_oneof![Just("15m"), Just("1h")],
    ) {
        let base = tempfile::tempdir().unwrap();
        let make = |name: &str, files: usize, dealt: bool, names: u64, threads: usize| {
            let folder = base.path().join(name);
            fs::create_dir(&folder).unwrap();
            write(&folder, &kinds, files, dealt, names);
            let settings = settings(&base.path().join(format!("{name}-data")), resample, threads, "");
            let summary = commit(&folder, &settings);
            let dataset = read(&settings, &summary);
            let evidence = evidence(&settings, &summary, &dataset);
            let points = &summary.committed.manifest.statistics.points;
            for (column, point) in points {
                for (rule, counts) in &point.rules {
                    let flagged = evidence.iter().filter(|why| why.1.as_ref() == Some(column) && why.2 == *rule);
                    assert_eq!(counts.flagged, flagged.count() as u64, "{column} {rule:?}");
                    assert_eq!(counts.bins(), summary.committed.manifest.statistics.total_rows);
                }
            }
            ((dataset, evidence), summary)
        };
        let (one, first) = make("one", 1, false, 0, 1);
        let (many, second) = make("many", files, dealt, names, 2);
        prop_assert_eq!(&one, &many);
        let cells = |summary: &Summary| summary.committed.manifest.cells;
        prop_assert_eq!(cells(&first), cells(&second));
        let total: usize = kinds.iter().map(|rows| rows.len() * 2).sum();
        prop_assert_eq!(cells(&first).input, total as u64);
        prop_assert_eq!(&first.committed.manifest.statistics.points, &second.committed.manifest.statistics.points);
        prop_assert_eq!(&first.committed.manifest.gaps, &second.committed.manifest.gaps);
        // The same bytes, whatever the batch.
        prop_assert_eq!(digests(&first.committed.manifest), digests(&second.committed.manifest));
    }

    #[test]
    fn a_number_alone_in_its_bin_arrives_unchanged(rows in rows()) {
        let base = tempfile::tempdir().unwrap();
        let folder = base.path().join("in");
        fs::create_dir(&folder).unwrap();
        write(&folder, std::slice::from_ref(&rows), 3, true, 1);
        let settings = settings(&base.path().join("data"), "5m", 2, "  allow_upsample: true\n");
        let dataset = read(&settings, &commit(&folder, &settings));
        // 2016-11-27T00:00 in Taipei.
        let start = Instant::from_nanos(1_480_176_000_000_000_000);
        let mut expected: BTreeMap<(Instant, &str), f64> = BTreeMap::new();
        for (minutes, a, b) in &rows {
            let bin = start + minutes / 5 * (5 * MINUTE);
            for (column, cell) in [("k0_a", a), ("k0_kwh", b)] {
                if let Some(value) = cell.parse::<f64>().ok().filter(|value| value.abs() < 1e20) {
                    expected.insert((bin, column), value);
                }
            }
        }
        let found: BTreeMap<(Instant, &str), f64> = dataset
            .iter()
            .flat_map(|(time, (values, _))| values.iter().map(|(column, bits)| ((*time, column.as_str()), f64::from_bits(*bits))))
            .collect();
        prop_assert_eq!(found, expected);
    }
}

#[test]
fn the_same_files_again_are_nothing_new_whatever_their_names() {
    let base = tempfile::tempdir().unwrap();
    let folder = one_report(base.path(), &plain_rows(10));
    let settings = settings(&base.path().join("data"), "15m", 1, "");
    commit(&folder, &settings);
    fs::rename(folder.join("a.csv"), folder.join("b.csv")).unwrap();
    let run = || {
        pipeline::run(
            &settings,
            std::slice::from_ref(&folder),
            &pipeline::own_cleaner(&settings),
            Watch::unwatched(),
        )
    };
    assert!(
        matches!(run().unwrap(), Run::NothingNew(nothing) if nothing.known == 1 && nothing.version == 1)
    );
    fs::write(folder.join("c.csv"), report(0, &plain_rows(11))).unwrap();
    assert!(
        matches!(run().unwrap(), Run::Committed(grown) if grown.committed.version == 2 && grown.known == 1)
    );
}

#[test]
fn equal_rows_make_equal_parts_whether_they_come_at_once_or_night_by_night() {
    let base = tempfile::tempdir().unwrap();
    let rows = plain_rows(800);
    let dataset = |name: &str, nights: &[&[Row]], threads: usize| {
        let folder = base.path().join(name);
        fs::create_dir(&folder).unwrap();
        let settings = settings(
            &base.path().join(format!("{name}-data")),
            "15m",
            threads,
            "",
        );
        for (night, rows) in nights.iter().enumerate() {
            fs::write(folder.join(format!("{night}.csv")), report(0, rows)).unwrap();
            commit(&folder, &settings);
        }
        let parts = Site::of(&settings).snapshot(AsOf::Latest).unwrap().parts;
        let digest = |part: &SnapshotPart| part.entry.sha256;
        parts.iter().map(digest).collect::<Vec<_>>()
    };
    let once = dataset("once", &[&rows], 1);
    assert_eq!(once.len(), 2, "two months");
    assert_eq!(dataset("grown", &[&rows[..300], &rows[300..]], 2), once);
    assert_eq!(dataset("late", &[&rows[300..], &rows[..300]], 1), once);
}
