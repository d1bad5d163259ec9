//! Files that are replaced, exported again, moved, or gone.

use super::*;

#[test]
fn a_latest_file_that_is_replaced_every_night_does_not_delete_yesterday() {
    let inbox = Inbox::new();
    let [first, second] = [File::plain(1, 0, 2), File::plain(1, 2, 4)];
    inbox.put("latest.csv", &first);
    inbox.night();
    inbox.put("latest.csv", &second);
    let manifest = inbox.night();
    assert_eq!(manifest.superseded, []);
    // Yesterday's file is gone, and its bytes are kept.
    assert_eq!(manifest.approximate_bins, 0);
    inbox.is_that_of(&[&first, &second]);
    assert_eq!(
        Site::of(&inbox.settings)
            .history()
            .unwrap()
            .sources()
            .count(),
        2
    );
}

#[test]
fn of_a_file_that_is_replaced_and_not_kept_the_committed_bins_stand_in() {
    let inbox = Inbox::without_sources();
    let [first, second] = [File::plain(1, 0, 2), File::plain(1, 2, 4)];
    inbox.put("latest.csv", &first);
    inbox.night();
    inbox.put("latest.csv", &second);
    let manifest = inbox.night();
    // They are what they were: here, as a mean of one, exactly.
    assert!(
        manifest.approximate_bins >= 2 * 96,
        "{}",
        manifest.approximate_bins
    );
    let base = tempfile::tempdir().unwrap();
    let (expected, _) = at_once(base.path(), &[&first, &second]);
    assert_eq!(read(&inbox.settings).rows, expected.rows);
}

#[test]
fn a_file_that_is_exported_again_with_more_rows_takes_the_place_of_what_it_was() {
    let inbox = Inbox::new();
    let (first, mut second) = (File::plain(1, 0, 2), File::plain(1, 0, 4));
    second.rows[10].1 = "9.9".to_owned();
    let path = inbox.put("november.csv", &first);
    inbox.night();
    inbox.put("november.csv", &second);
    let manifest = inbox.night();
    assert_eq!(manifest.superseded.len(), 1);
    assert_eq!(
        manifest.superseded[0].path,
        path.canonicalize().unwrap().display().to_string()
    );
    assert_eq!((manifest.approximate_bins, manifest.replaces.len()), (0, 1));
    // The first row that differs, not the first of the month.
    let start = manifest.statistics.time_range.unwrap().first;
    assert_eq!(manifest.changed_range.unwrap().first, start + 150 * MINUTE);
    inbox.is_that_of(&[&second]);
    // A copy of what it was is not news, but the file that goes back to it is.
    inbox.put("copy.csv", &first);
    assert!(
        matches!(inbox.run_with(RunOptions::default()).unwrap(), Run::NothingNew(nothing) if nothing.withdrawn == 1)
    );
    fs::remove_file(inbox.folder().join("copy.csv")).unwrap();
    inbox.put("november.csv", &first);
    inbox.put("backup.csv", &second);
    inbox.night();
    inbox.is_that_of(&[&first, &second]);
}

#[test]
fn a_source_that_moved_is_found_by_its_content_and_one_that_vanished_keeps_its_bins() {
    let inbox = Inbox::without_sources();
    let [first, second, third] =
        [(0, 3), (2, 5), (4, 6)].map(|(from, to)| File::plain(1, from, to));
    let old = inbox.put("a.csv", &first);
    inbox.night();
    let new = inbox.folder().join("moved.csv");
    fs::rename(&old, &new).unwrap();
    inbox.put("b.csv", &second);
    let manifest = inbox.night();
    assert_eq!(
        manifest.rebuilt_from[0].path,
        new.canonicalize().unwrap().display().to_string()
    );
    assert_eq!(manifest.approximate_bins, 0);
    inbox.is_that_of(&[&first, &second]);
    fs::remove_file(&new).unwrap();
    inbox.put("c.csv", &third);
    let before = read(&inbox.settings);
    let manifest = inbox.night();
    let after = read(&inbox.settings);
    assert_eq!(manifest.approximate_bins, 3 * 96);
    assert_eq!(manifest.cells.input, manifest.cells.accounted());
    assert!(
        manifest.cells.gave_way > 0,
        "the second report has cells of the same time"
    );
    assert!(
        before
            .rows
            .iter()
            .all(|(time, row)| after.rows[time].0 == row.0),
        "what was committed stays"
    );
    assert_eq!(after.rows.len(), 6 * 96);
}

#[test]
fn rows_of_missing_tokens_stay_on_the_axis_when_their_report_is_gone() {
    let inbox = Inbox::without_sources();
    let mut first = File::plain(1, 0, 1);
    for (_, a, b) in &mut first.rows[40..] {
        (*a, *b) = ("No Data".to_owned(), "No Data".to_owned());
    }
    let second = File::plain(2, 0, 1);
    let second = File {
        rows: second.rows[..1].to_vec(),
        ..second
    };
    let old = inbox.put("a.csv", &first);
    inbox.night();
    let before = read(&inbox.settings);
    assert_eq!(before.rows.len(), 96);
    fs::remove_file(old).unwrap();
    inbox.put("b.csv", &second);
    let manifest = inbox.night();
    assert_eq!(manifest.approximate_bins, 40);
    assert_eq!(manifest.cells.input, manifest.cells.accounted());
    let base = tempfile::tempdir().unwrap();
    let (expected, _) = at_once(base.path(), &[&first, &second]);
    assert_eq!(read(&inbox.settings).rows, expected.rows);
}

#[test]
fn a_report_does_not_leave_months_in_which_another_is_gone_unless_forced() {
    let inbox = Inbox::without_sources();
    let gone = inbox.put("a.csv", &File::plain(1, 0, 3));
    inbox.put("b.csv", &File::plain(1, 2, 5));
    inbox.night();
    fs::remove_file(&gone).unwrap();
    let version = Site::of(&inbox.settings).history().unwrap().version();
    let leaving = Retraction::File(inbox.folder().join("b.csv"));
    let error = inbox.retract(&leaving, RunOptions::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert_eq!(error.path(), Some(gone.as_path()));
    assert!(error.hint_text().unwrap().contains("--force"));
    assert_eq!(
        Site::of(&inbox.settings).history().unwrap().version(),
        version
    );
    let manifest = inbox.retract(&leaving, FORCE).unwrap();
    assert_eq!(manifest.approximate_bins, 3 * 96);
    assert_eq!(
        read(&inbox.settings).rows.len(),
        3 * 96,
        "the rest of b is gone"
    );
}
