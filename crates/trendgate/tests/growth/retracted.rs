//! Reports that a person withdraws.

use super::*;

#[test]
fn a_retracted_report_is_as_if_it_had_never_come_and_does_not_come_back_by_itself() {
    let inbox = Inbox::new();
    let files = [
        File::plain(1, 0, 3),
        File::plain(2, 2, 5),
        File::plain(0, 40, 41),
    ];
    for (index, file) in files.iter().enumerate() {
        inbox.put(&format!("{index}.csv"), file);
        inbox.night();
    }
    let before = read(&inbox.settings);
    let manifest = inbox
        .retract(&Retraction::named("2"), RunOptions::default())
        .unwrap();
    assert_eq!(
        (
            manifest.version,
            manifest.retracted.len(),
            manifest.inputs.len()
        ),
        (4, 1, 0)
    );
    inbox.is_that_of(&[&files[0], &files[2]]);
    let Run::NothingNew(nothing) = inbox.run_with(RunOptions::default()).unwrap() else {
        panic!("it came back")
    };
    assert_eq!((nothing.known, nothing.withdrawn), (2, 1));
    let nobody = inbox
        .retract(&Retraction::named("2"), RunOptions::default())
        .unwrap_err();
    assert_eq!(nobody.message(), "S has no report that version 2 took");
    assert!(matches!(
        inbox.run_with(TAKE_RETRACTED).unwrap(),
        Run::Committed(_)
    ));
    inbox.is_that_of(&[&files[0], &files[1], &files[2]]);
    // The dataset as it was is still there to be read.
    let third = Site::of(&inbox.settings)
        .snapshot(AsOf::Version(3))
        .unwrap();
    assert_eq!(plants::read_snapshot(&third), before);
    let created = Site::of(&inbox.settings).history().unwrap().versions()[2]
        .manifest
        .created_at;
    assert_eq!(
        Site::of(&inbox.settings)
            .snapshot(AsOf::Time(created))
            .unwrap(),
        third
    );
    let error = Site::of(&inbox.settings)
        .snapshot(AsOf::Time(Instant::EPOCH))
        .unwrap_err();
    assert!(error.message().contains("no version yet"), "{error}");
}

#[test]
fn a_retraction_that_fails_is_in_the_error_log_and_a_wrong_name_is_not() {
    let inbox = Inbox::new();
    for (index, days) in [(0, 0..3), (1, 2..5)] {
        inbox.put(
            &format!("{index}.csv"),
            &File::plain(1, days.start, days.end),
        );
        inbox.night();
    }
    let log = error_log_path(inbox.settings.dirs(), "S");
    let unknown = inbox.retract(&Retraction::named("7"), RunOptions::default());
    assert_eq!(unknown.unwrap_err().kind(), ErrorKind::Usage);
    assert!(!log.exists(), "a wrong command is answered on the spot");
    // A file has the place of staging: nothing can be committed.
    let staging = &inbox.settings.dirs().staging;
    fs::remove_dir(staging).unwrap();
    fs::write(staging, "in the way").unwrap();
    let failed = inbox.retract(&Retraction::named("1"), RunOptions::default());
    let failed = failed.unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::Storage, "{failed}");
    let text = fs::read_to_string(&log).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.contains("\"kind\":\"Storage\""), "{text}");
    assert!(text.contains("\"site_id\":\"S\""), "{text}");
    assert!(text.contains(failed.message()), "{text}");
}

#[test]
fn a_dataset_without_its_last_report_is_empty_and_can_grow_again() {
    let inbox = Inbox::new();
    let file = File::plain(1, 0, 3);
    let path = inbox.put("a.csv", &file);
    inbox.night();
    inbox
        .retract(&Retraction::File(path), RunOptions::default())
        .unwrap();
    let empty = read(&inbox.settings);
    assert_eq!(
        (empty.rows.len(), empty.evidence.len(), empty.gaps.len()),
        (0, 0, 0)
    );
    let next = File::plain(1, 1, 4);
    inbox.put("b.csv", &next);
    inbox.night();
    inbox.is_that_of(&[&next]);
}
