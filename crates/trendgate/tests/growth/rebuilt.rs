//! Rebuilds: another configuration, reports that are back, reports that are gone.

use super::*;

#[test]
fn a_rebuild_mends_bins_whose_reports_are_back_and_a_file_that_cannot_be_read_is_not_gone() {
    let inbox = Inbox::without_sources();
    let files = [(0, 3), (2, 5), (4, 6)].map(|(from, to)| File::plain(2, from, to));
    // A search passes over a file of that name, so that only its being read again can stumble over it.
    let path = inbox.put(".a.csv", &files[0]);
    run(&inbox.settings, std::slice::from_ref(&path)).unwrap();
    fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink(&path, &path).unwrap();
    inbox.put("b.csv", &files[1]);
    assert_eq!(
        inbox.run_with(RunOptions::default()).unwrap_err().kind(),
        ErrorKind::Storage
    );
    fs::remove_file(&path).unwrap();
    assert!(inbox.night().approximate_bins > 0);
    inbox.put("a.csv", &files[0]);
    inbox.put("c.csv", &files[2]);
    assert!(
        matches!(inbox.run_with(REBUILD).unwrap(), Run::Committed(done) if done.committed.manifest.approximate_bins == 0)
    );
    inbox.is_that_of(&files.iter().collect::<Vec<_>>());
}

#[test]
fn a_new_configuration_needs_a_rebuild_which_makes_the_dataset_that_it_would_have_made_at_once() {
    let mut inbox = Inbox::new();
    let files = [
        File::plain(1, 0, 3),
        File::plain(2, 20, 25),
        File::plain(0, 70, 72),
    ];
    for (index, file) in files.iter().enumerate() {
        inbox.put(&format!("{index}.csv"), file);
        inbox.night();
    }
    // Other zone, other bins, another required point, another name of a column.
    let text = config()
        .replace("Asia/Taipei", "America/New_York")
        .replace("resample_interval: 15m", "resample_interval: 1h")
        .replace("    K1.A: {", "    K1.A: {required: true, name: supply, ");
    inbox.settings = settings(&inbox.base.path().join("data"), &text);
    let error = inbox.run_with(RunOptions::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.hint_text().unwrap().contains("--rebuild"));
    let Run::Committed(summary) = inbox.run_with(REBUILD).unwrap() else {
        panic!("nothing was rebuilt")
    };
    let inputs = summary.committed.inputs;
    let manifest = summary.committed.manifest;
    assert_eq!(
        (manifest.version, inputs, manifest.rebuilt_from.len()),
        (4, 3, 3)
    );
    let once = tempfile::tempdir().unwrap();
    let expected = settings(&once.path().join("data"), &text);
    run(&expected, &[inbox.folder()]).unwrap();
    assert_eq!(read(&inbox.settings), read(&expected));
    // And it grows on by the new configuration.
    inbox.put("3.csv", &File::plain(2, 24, 30));
    inbox.night();
    let expected = settings(&once.path().join("again"), &text);
    run(&expected, &[inbox.folder()]).unwrap();
    assert_eq!(read(&inbox.settings), read(&expected));
}

#[test]
fn what_one_configuration_rejected_is_tried_again_by_the_rebuild_of_another_and_only_then() {
    let mut inbox = Inbox::new();
    inbox.put("a.csv", &File::plain(1, 0, 3));
    let joined = File::plain(2, 1, 2).with_row_behind();
    fs::write(inbox.folder().join("joined.csv"), joined).unwrap();
    let failed = |ended: trendgate::Result<Run>| {
        let Run::Committed(summary) = ended.unwrap() else {
            panic!("nothing was made")
        };
        (summary.failed.len(), summary.known_rejects)
    };
    assert_eq!(failed(inbox.run_with(RunOptions::default())), (1, 0));
    assert_eq!(failed(inbox.run_with(REBUILD)), (0, 1));
    let hourly = config().replace("resample_interval: 15m", "resample_interval: 1h");
    inbox.settings = settings(&inbox.base.path().join("data"), &hourly);
    assert_eq!(failed(inbox.run_with(REBUILD)), (1, 0));
    assert_eq!(failed(inbox.run_with(REBUILD)), (0, 1));
}

#[test]
fn a_rebuild_leaves_the_months_of_reports_that_are_gone_and_refuses_to_mix_intervals() {
    let mut inbox = Inbox::without_sources();
    inbox.put("a.csv", &File::plain(1, 0, 3));
    inbox.put("b.csv", &File::plain(1, 70, 73));
    inbox.night();
    fs::remove_file(inbox.folder().join("a.csv")).unwrap();
    let before = read(&inbox.settings);
    let data = inbox.base.path().join("data");
    inbox.settings = settings(
        &data,
        &config().replace("    K1.A: {", "    K1.A: {plausible: {min: 50, max: 90}, "),
    );
    let Run::Committed(summary) = inbox.run_with(REBUILD).unwrap() else {
        panic!("nothing was rebuilt")
    };
    assert_eq!(summary.committed.manifest.replaces.len(), 1);
    let after = read(&inbox.settings);
    let same = |day: i64| {
        before
            .rows
            .iter()
            .zip(&after.rows)
            .skip(usize::try_from(day * 96).unwrap())
            .take(96)
            .all(|(a, b)| a == b)
    };
    assert!(same(0) && !same(3));
    inbox.settings = settings(
        &data,
        &config().replace("resample_interval: 15m", "resample_interval: 1h"),
    );
    let error = inbox.run_with(REBUILD).unwrap_err();
    assert!(error.message().contains("1 report is gone"), "{error}");
}

#[test]
fn a_rebuild_takes_no_new_report_by_half_and_says_where_no_month_can_be_made() {
    let inbox = Inbox::without_sources();
    let old = inbox.put("a.csv", &File::plain(1, 0, 3));
    inbox.put("b.csv", &File::plain(2, 1, 2));
    inbox.night();
    fs::remove_file(old).unwrap();
    let error = inbox.run_with(REBUILD).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert!(error.message().contains("no month can be made"), "{error}");
    // November cannot be made again, December can.
    inbox.put("c.csv", &File::plain(2, 60, 62));
    inbox.night();
    let half = inbox.put("d.csv", &File::plain(1, 2, 61));
    let error = inbox.run_with(REBUILD).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert_eq!(error.path(), Some(half.as_path()));
    fs::remove_file(half).unwrap();
    let before = read(&inbox.settings);
    inbox.run_with(REBUILD).unwrap();
    assert_eq!(read(&inbox.settings), before);
}

#[test]
fn another_interval_tells_every_gap_anew() {
    let mut inbox = Inbox::new();
    let far = File::plain(1, 20, 21);
    let near = File::plain(1, 0, 1);
    let two = |rows: &[(i64, String, String)]| rows[..2].to_vec();
    let rows = [two(&near.rows), two(&far.rows)].concat();
    let file = File { rows, ..near };
    inbox.put("a.csv", &file);
    inbox.night();
    let finer = config().replace("resample_interval: 15m", "resample_interval: 5m");
    inbox.settings = settings(&inbox.base.path().join("data"), &finer);
    inbox.run_with(REBUILD).unwrap();
    let fresh = settings(&inbox.base.path().join("fresh"), &finer);
    run(&fresh, &[inbox.folder()]).unwrap();
    let gaps = read(&inbox.settings).gaps;
    assert_eq!(gaps.len(), 1);
    assert_eq!(gaps, read(&fresh).gaps);
}

#[test]
fn a_required_point_that_comes_alive_judges_the_months_before_it_too() {
    let inbox = Inbox::new();
    let mut dead = File::plain(2, 0, 2);
    dead.rows
        .iter_mut()
        .for_each(|row| row.1 = "No Data".to_owned());
    let others = File::plain(1, 0, 60);
    inbox.put("dead.csv", &dead);
    inbox.put("others.csv", &others);
    inbox.night();
    let flagged = || {
        let reading = read(&inbox.settings);
        reading
            .evidence
            .iter()
            .filter(|why| why.2 == Rule::Required)
            .count()
    };
    assert_eq!(flagged(), 0);
    let mut again = dead.clone();
    again
        .rows
        .push((2 * 24 * 60, "No Data".to_owned(), "7".to_owned()));
    inbox.put("again.csv", &again);
    let manifest = inbox.night();
    assert_eq!(
        manifest.replaces.len(),
        1,
        "as dead as before: only its own month"
    );
    let alive = File::plain(2, 50, 51);
    inbox.put("alive.csv", &alive);
    inbox.night();
    assert_eq!(flagged(), 59 * 96);
}
