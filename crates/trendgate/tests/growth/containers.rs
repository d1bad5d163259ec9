//! Zip archives of reports: they are the reports in them.

use crate::plants::{File, run, settings};
use crate::{Inbox, REBUILD};
use std::fs;
use std::io::{Cursor, Write};
use trendgate::files::read_manifest;
use trendgate::internals::publish::HistoryQueries as _;
use trendgate::manifest::InputStatus;
use trendgate::{Manifest, Retraction, Run, RunOptions, Site};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// An archive of these texts, each with its name.
fn zipped(texts: &[(&str, &str)], method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in texts {
        let options = SimpleFileOptions::default().compression_method(method);
        writer.start_file(*name, options).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn put(inbox: &Inbox, name: &str, texts: &[(&str, &File)]) {
    let texts: Vec<(&str, String)> = texts
        .iter()
        .map(|(name, file)| (*name, file.text()))
        .collect();
    let texts: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (*name, &**text)).collect();
    let bytes = zipped(&texts, CompressionMethod::Deflated);
    fs::write(inbox.folder().join(name), bytes).unwrap();
}

/// The manifest of a run that commits, with its inputs.
fn night(inbox: &Inbox) -> Manifest {
    match inbox.run_with(RunOptions::default()).unwrap() {
        Run::Committed(summary) => read_manifest(&summary.committed.record).unwrap(),
        other => panic!("{other:?}"),
    }
}

fn is_nothing_new(inbox: &Inbox) -> usize {
    match inbox.run_with(RunOptions::default()).unwrap() {
        Run::NothingNew(nothing) => nothing.known,
        other => panic!("{other:?}"),
    }
}

fn plants() -> [File; 4] {
    [
        File::plain(0, 0, 3),
        File::plain(1, 0, 3),
        File::plain(2, 1, 4),
        File::plain(0, 3, 6),
    ]
}

#[test]
fn an_archive_makes_the_dataset_of_its_members_in_a_folder_and_the_same_parts() {
    let [a, b, c, _] = plants();
    let inbox = Inbox::new();
    put(
        &inbox,
        "week.zip",
        &[("a.csv", &a), ("deep/b.csv", &b), ("c.csv", &c)],
    );
    let manifest = night(&inbox);
    inbox.is_that_of(&[&a, &b, &c]);
    assert_eq!(manifest.input_files_count, 1);
    let [entry] = &manifest.inputs[..] else {
        panic!("one file has one entry");
    };
    let members: Vec<_> = entry
        .texts
        .iter()
        .map(|text| text.member.as_deref().unwrap())
        .collect();
    assert_eq!(members, ["a.csv", "deep/b.csv", "c.csv"]);
    let rows: u64 = entry
        .texts
        .iter()
        .flat_map(|text| &text.reports)
        .map(|report| report.rows)
        .sum();
    assert_eq!(entry.rows, rows);
    // The bytes of the parts, too.
    let base = tempfile::tempdir().unwrap();
    let folder = base.path().join("in");
    fs::create_dir(&folder).unwrap();
    for (name, file) in [("a.csv", &a), ("b.csv", &b), ("c.csv", &c)] {
        fs::write(folder.join(name), file.text()).unwrap();
    }
    let alone = settings(&base.path().join("data"), crate::config());
    run(&alone, &[folder]).unwrap();
    let digests = |settings: &trendgate::Settings| {
        let history = Site::of(settings).history().unwrap();
        let parts = history.live_parts().into_iter();
        parts.map(|part| part.entry.sha256).collect::<Vec<_>>()
    };
    assert_eq!(digests(&inbox.settings), digests(&alone));
}

#[test]
fn an_archive_packed_anew_is_nothing_new_and_members_are_known_wherever_they_are() {
    let [a, b, c, _] = plants();
    let inbox = Inbox::new();
    put(&inbox, "week.zip", &[("a.csv", &a), ("b.csv", &b)]);
    inbox.night();
    assert_eq!(is_nothing_new(&inbox), 1);
    let texts = [("other/b.csv", &*b.text()), ("a.csv", &*a.text())];
    let anew = zipped(&texts, CompressionMethod::Stored);
    fs::write(inbox.folder().join("week.zip"), anew).unwrap();
    assert_eq!(is_nothing_new(&inbox), 1);
    // Unpacked beside it, and then alone: what was read is not gone.
    inbox.put("a.csv", &a);
    assert_eq!(is_nothing_new(&inbox), 2);
    fs::remove_file(inbox.folder().join("week.zip")).unwrap();
    inbox.put("elsewhere.csv", &b);
    inbox.put("c.csv", &c);
    assert_eq!(inbox.night().approximate_bins, 0);
    inbox.is_that_of(&[&a, &b, &c]);
}

#[test]
fn an_archive_grows_by_a_member_and_a_member_that_covers_another_takes_its_place() {
    let [a, b, c, _] = plants();
    let inbox = Inbox::new();
    put(&inbox, "week.zip", &[("a.csv", &a), ("b.csv", &b)]);
    inbox.night();
    put(
        &inbox,
        "week.zip",
        &[("a.csv", &a), ("b.csv", &b), ("c.csv", &c)],
    );
    let grown = night(&inbox);
    assert_eq!((grown.superseded.len(), grown.approximate_bins), (0, 0));
    let [entry] = &grown.inputs[..] else {
        panic!("one file has one entry");
    };
    assert_eq!(entry.texts.len(), 1);
    inbox.is_that_of(&[&a, &b, &c]);
    let mut longer = File::plain(1, 0, 5);
    longer.rows[0].1 = "7.75".to_owned();
    put(
        &inbox,
        "week.zip",
        &[("a.csv", &a), ("b.csv", &longer), ("c.csv", &c)],
    );
    let replaced = night(&inbox);
    assert_eq!(
        (replaced.superseded.len(), replaced.approximate_bins),
        (1, 0)
    );
    assert_eq!(replaced.superseded[0].member.as_deref(), Some("b.csv"));
    inbox.is_that_of(&[&a, &longer, &c]);
    assert!(matches!(inbox.run_with(REBUILD), Ok(Run::Committed(_))));
    inbox.is_that_of(&[&a, &longer, &c]);
}

#[test]
fn a_member_whose_place_was_taken_does_not_come_back_from_elsewhere_in_its_archive() {
    let [a, b, ..] = plants();
    let mut longer = File::plain(1, 0, 5);
    longer.rows[0].1 = "7.75".to_owned();
    let inbox = Inbox::new();
    put(&inbox, "week.zip", &[("a.csv", &a), ("b.csv", &b)]);
    inbox.night();
    put(&inbox, "week.zip", &[("a.csv", &a), ("b.csv", &longer)]);
    assert_eq!(night(&inbox).superseded.len(), 1);
    let with_backup = [("a.csv", &a), ("b.csv", &longer), ("backup/b.csv", &b)];
    put(&inbox, "week.zip", &with_backup);
    is_nothing_new(&inbox);
    inbox.is_that_of(&[&a, &longer]);
}

#[test]
fn a_member_or_a_whole_archive_is_retracted_by_its_name() {
    let [a, b, c, d] = plants();
    let inbox = Inbox::new();
    put(&inbox, "week.zip", &[("a.csv", &a), ("deep/b.csv", &b)]);
    put(&inbox, "next.zip", &[("c.csv", &c), ("d.csv", &d)]);
    inbox.night();
    let member = inbox.folder().join("week.zip!deep/b.csv");
    inbox
        .retract(&Retraction::named(member), RunOptions::default())
        .unwrap();
    inbox.is_that_of(&[&a, &c, &d]);
    let archive = inbox.folder().join("next.zip");
    inbox
        .retract(&Retraction::named(archive), RunOptions::default())
        .unwrap();
    inbox.is_that_of(&[&a]);
    match inbox.run_with(RunOptions::default()).unwrap() {
        Run::NothingNew(nothing) => assert_eq!((nothing.known, nothing.withdrawn), (1, 2)),
        other => panic!("what was retracted comes back: {other:?}"),
    }
}

#[test]
fn a_member_that_is_no_report_is_rejected_alone_and_is_no_news_later() {
    let [a, b, ..] = plants();
    let inbox = Inbox::new();
    let texts = [
        ("a.csv", &*a.text()),
        ("bad.csv", "x,y\n1,2\n"),
        ("notes.txt", "x"),
    ];
    let bytes = zipped(&texts, CompressionMethod::Deflated);
    fs::write(inbox.folder().join("week.zip"), bytes).unwrap();
    let Run::Committed(summary) = inbox.run_with(RunOptions::default()).unwrap() else {
        panic!("nothing new");
    };
    let manifest = read_manifest(&summary.committed.record).unwrap();
    let [failed] = &manifest.failed_files[..] else {
        panic!("{:?}", summary.failed);
    };
    assert_eq!(failed.member.as_deref(), Some("bad.csv"));
    assert!(failed.file.ends_with("week.zip"), "{}", failed.file);
    let said: Vec<_> = summary.warnings.iter().map(ToString::to_string).collect();
    assert!(
        said.iter().any(|said| said.contains("week.zip!notes.txt")),
        "{said:?}"
    );
    inbox.is_that_of(&[&a]);
    match inbox.run_with(RunOptions::default()).unwrap() {
        Run::NothingNew(nothing) => {
            assert_eq!(
                (nothing.known, nothing.known_rejects, nothing.failed.len()),
                (1, 1, 0)
            );
        }
        other => panic!("there is something new: {other:?}"),
    }
    inbox.put("b.csv", &b);
    inbox.night();
    inbox.is_that_of(&[&a, &b]);
}

#[test]
fn of_a_text_that_is_in_an_archive_twice_one_is_read() {
    let [a, b, ..] = plants();
    let inbox = Inbox::new();
    put(
        &inbox,
        "week.zip",
        &[("a.csv", &a), ("copy.csv", &a), ("b.csv", &b)],
    );
    let manifest = night(&inbox);
    assert_eq!(manifest.input_files_count, 1);
    let [entry] = &manifest.inputs[..] else {
        panic!("one file has one entry");
    };
    let texts: Vec<_> = entry
        .texts
        .iter()
        .map(|text| (text.member.as_deref().unwrap(), text.status))
        .collect();
    assert_eq!(
        texts,
        [
            ("a.csv", InputStatus::Accepted),
            ("b.csv", InputStatus::Accepted),
            ("copy.csv", InputStatus::Duplicate),
        ]
    );
    inbox.is_that_of(&[&a, &b]);
}
