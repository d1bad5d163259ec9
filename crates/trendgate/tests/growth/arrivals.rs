//! Reports in any order and grouping, and what a new row changes around it.

use super::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn reports_that_arrive_in_any_order_grouping_and_edition_leave_the_dataset_of_all_at_once(
        plant in Plant::any(),
        order in prop::collection::vec(any::<u32>(), 64),
        nights in 1..7_usize,
        threads in 1..3_usize,
    ) {
        let base = tempfile::tempdir().unwrap();
        let (inbox, archive) = (base.path().join("in"), base.path().join("old"));
        fs::create_dir(&inbox).unwrap();
        fs::create_dir(&archive).unwrap();
        let mut grown = settings(&base.path().join("data"), config());
        grown.set_threads(threads);
        let mut files: Vec<&File> = plant.files.iter().collect();
        let mut keys = order.iter().cycle();
        files.sort_by_cached_key(|_| *keys.next().unwrap());
        // Whatever is in the dataset to be.
        let mut there: Vec<&File> = Vec::new();
        let per_night = files.len().div_ceil(nights);
        for (night, files) in files.chunks(per_night).enumerate() {
            let mut names = BTreeSet::new();
            for file in files {
                // Some reports take the place of another one's file, as a nightly export does.
                let name = if names.insert(file.slot) { file.slot } else { 1000 + there.len() };
                let path = inbox.join(format!("{name}.csv"));
                if path.exists() {
                    let old = fs::read_to_string(&path).unwrap();
                    let place = there.iter().position(|other| other.text() == old).unwrap();
                    if file.covers(there[place]) {
                        there.remove(place);
                    } else {
                        fs::write(archive.join(format!("{night}-{name}.csv")), old).unwrap();
                    }
                }
                overwrite(&path, &file.text());
                there.push(file);
            }
            run(&grown, &[inbox.clone(), archive.clone()]).unwrap();
        }
        let reading = read(&grown);
        let (expected, once) = at_once(base.path(), &there);
        prop_assert_eq!(&reading.gaps, &expected.gaps);
        prop_assert_eq!(&reading.rows, &expected.rows);
        prop_assert_eq!(&reading.evidence, &expected.evidence);
        prop_assert_eq!(&reading.columns, &expected.columns);
        // As many parts as one run makes: months are never split among nights.
        let parts = |settings: &Settings| Site::of(settings).snapshot(AsOf::Latest).unwrap().parts.len();
        prop_assert_eq!(parts(&grown), parts(&once));
    }
}

/// The real hospital's reports, where they are.
fn hospital() -> Option<Vec<PathBuf>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/kmuh");
    let Ok(entries) = fs::read_dir(&folder) else {
        println!("SKIPPED: the real reports are not at {}", folder.display());
        return None;
    };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| {
        file.extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("csv"))
    });
    files.sort();
    Some(files)
}

#[test]
fn the_real_hospitals_reports_one_by_one_in_three_orders_are_all_at_once() {
    let Some(mut files) = hospital() else { return };
    let base = tempfile::tempdir().unwrap();
    let text = "cleaner:\n  site_id: S\n  timezone: Asia/Taipei\n  resample_interval: 15m\n  points:\n    \"*.KWH\": {physical_type: energy_counter}\n    \
        \"*.KW\": {physical_type: power}\n    \"*CH?.CH?T\": {physical_type: chilled_water_temperature, required: true}\n";
    let once = settings(&base.path().join("once"), text);
    run(&once, &files).unwrap();
    let expected = read(&once);
    assert!(expected.evidence.iter().any(|why| why.2 == Rule::Frozen));
    let half = files.len() / 2;
    for order in 0..3 {
        match order {
            1 => files.reverse(),
            2 => files.rotate_left(half),
            _ => {}
        }
        let grown = settings(&base.path().join(format!("grown{order}")), text);
        for file in &files {
            run(&grown, std::slice::from_ref(file)).unwrap();
        }
        let reading = read(&grown);
        assert!(reading.rows == expected.rows, "rows, order {order}");
        assert!(
            reading.evidence == expected.evidence,
            "evidence, order {order}"
        );
        assert_eq!(reading.gaps, expected.gaps);
    }
}

#[test]
fn a_month_that_no_new_row_reaches_keeps_its_files_and_is_not_read() {
    let base = tempfile::tempdir().unwrap();
    let (first, second) = (File::plain(0, 0, 8), File::plain(0, 70, 75));
    let grown = settings(&base.path().join("data"), config());
    let inbox = base.path().join("in");
    fs::create_dir(&inbox).unwrap();
    let old = inbox.join("first.csv");
    fs::write(&old, first.text()).unwrap();
    run(&grown, std::slice::from_ref(&inbox)).unwrap();
    let before = Site::of(&grown).history().unwrap();
    fs::remove_file(&old).unwrap();
    fs::write(inbox.join("second.csv"), second.text()).unwrap();
    let Run::Committed(summary) = run(&grown, &[inbox]).unwrap() else {
        panic!("nothing new")
    };
    let manifest = &summary.committed.manifest;
    assert_eq!(
        (manifest.replaces.len(), manifest.rebuilt_from.len()),
        (0, 0)
    );
    assert_eq!(manifest.approximate_bins, 0);
    assert_eq!(
        summary.committed.inputs, 1,
        "the manifest lists the night's own reports"
    );
    let after = Site::of(&grown).history().unwrap();
    let names = |history: &History| -> Vec<String> {
        history
            .live_parts()
            .iter()
            .map(|part| part.entry.path.to_string())
            .collect()
    };
    assert_eq!(names(&after)[..1], names(&before)[..]);
    assert_eq!(
        manifest.changed_range.unwrap().first,
        manifest.statistics.time_range.unwrap().first
    );
}

#[test]
fn rows_of_the_next_month_change_the_end_of_the_one_before_it_whichever_comes_first() {
    // November ends, in UTC, before row 1088. A point that stands still over the end, and an outage of 20 hours over it.
    let still = |rows: std::ops::Range<i64>| File {
        rows: rows
            .map(|row| (row * 15, "7.1".to_owned(), "1".to_owned()))
            .collect(),
        ..File::plain(2, 0, 1)
    };
    let pairs = [
        [still(1080..1086), still(1086..1100)],
        [still(1000..1020), still(1100..1110)],
    ];
    for files in pairs {
        for order in [[0, 1], [1, 0]] {
            let inbox = Inbox::new();
            inbox.put("first.csv", &files[order[0]]);
            let before = inbox.night();
            inbox.put("second.csv", &files[order[1]]);
            let after = inbox.night();
            if order == [0, 1] {
                assert_eq!((before.files.len(), after.replaces.len()), (1, 1));
                assert_eq!(after.files.len(), 2);
            }
            inbox.is_that_of(&[&files[0], &files[1]]);
        }
    }
}

#[test]
fn where_repeated_cells_are_errors_the_newcomer_is_the_one_that_errs() {
    let mut inbox = Inbox::new();
    let data = inbox.base.path().join("data");
    inbox.settings = settings(
        &data,
        &format!("{}batch:\n  deduplicate_timestamps: false\n", config()),
    );
    inbox.put("a.csv", &File::plain(1, 2, 5));
    inbox.night();
    let before = read(&inbox.settings);
    // It begins earlier, so it would go before the other.
    inbox.put("b.csv", &File::plain(1, 0, 3));
    let Run::NothingNew(ended) = inbox.run_with(RunOptions::default()).unwrap() else {
        panic!("it was taken");
    };
    let error = &ended.failed[0].error;
    assert_eq!(error.kind(), ErrorKind::Input);
    assert!(error.path().unwrap().ends_with("b.csv"), "{error}");
    assert_eq!(read(&inbox.settings), before);
}
