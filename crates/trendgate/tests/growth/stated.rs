//! What is stated of how reports are read, and then stated otherwise.

use crate::plants::{config, read, run, settings};
use std::fs;
use std::path::Path;
use trendgate::files::read_manifest;
use trendgate::internals::acquire::StatedReading;
use trendgate::internals::pipeline::{own_cleaner, retract, run_with};
use trendgate::{ErrorKind, Manifest, Retraction, Run, RunOptions, Settings, Site, Watch};

/// A report of a pump: its name in ASCII, its states in GBK.
fn pump(name: &[u8]) -> Vec<u8> {
    let rows = (0..8).map(|row| {
        let word: &[u8] = match row % 2 {
            0 => b"\xD4\xCB\xD0\xD0",
            _ => b"\xCD\xA3\xD6\xB9",
        };
        let time = format!("2026/1/10,0{}:{:02}:00,", row / 4, row % 4 * 15);
        [time.as_bytes(), word, b"\r\n"].concat()
    });
    let head = [
        b"Point_1:,",
        name,
        b",,COV\r\nTime Interval:,15 Minutes\r\nDate,Time,Point_1\r\n",
    ];
    let trailer = b"***** End of Report *****\r\n".to_vec();
    [head.concat(), rows.collect::<Vec<_>>().concat(), trailer].concat()
}

/// The settings of the site, with more lines under `cleaner`.
pub(super) fn stating(base: &Path, more: &str) -> Settings {
    settings(&base.join("data"), &format!("{}{more}", config()))
}

pub(super) fn committed(settings: &Settings, folder: &Path) -> Manifest {
    match run(settings, &[folder.to_owned()]) {
        Ok(_) => {}
        Err(error) => panic!("{error}"),
    }
    let log = Site::of(settings).history().unwrap();
    read_manifest(&trendgate::internals::publish::record_path(
        settings.dirs(),
        "S",
        log.version(),
    ))
    .unwrap()
}

/// The same dataset, made at once.
pub(super) fn made_at_once(base: &Path, more: &str, folder: &Path) -> crate::plants::Reading {
    let settings = settings(&base.join("at-once"), &format!("{}{more}", config()));
    run(&settings, &[folder.to_owned()]).unwrap();
    let reading = read(&settings);
    fs::remove_dir_all(base.join("at-once")).unwrap();
    reading
}

#[test]
fn after_a_change_exactly_the_reports_that_it_concerns_are_read_anew() {
    let base = tempfile::tempdir().unwrap();
    let folder = base.path().join("in");
    fs::create_dir_all(folder.join("cn")).unwrap();
    fs::write(folder.join("cn/pump.csv"), pump(b"P1.ST")).unwrap();
    fs::write(folder.join("other.csv"), pump(b"P2.ST")).unwrap();
    let entry = "  sources:\n    - {match: cn/*.csv, encoding: gbk}\n";
    let plain = stating(base.path(), "");
    let first = committed(&plain, &folder);
    assert_eq!(first.inputs.len(), 2);
    assert!(
        first
            .inputs
            .iter()
            .all(|input| input.reading.is_none() && input.unrecognised == 8)
    );

    let stated = stating(base.path(), entry);
    let second = committed(&stated, &folder);
    let [input] = second.inputs.as_slice() else {
        panic!("{:?}", second.inputs)
    };
    assert!(input.path.ends_with("cn/pump.csv"));
    assert_eq!((input.unrecognised, input.rows), (0, 8));
    let expected = serde_json::json!({"encoding": "gbk"});
    let expected: StatedReading = serde_json::from_value(expected).unwrap();
    assert_eq!(input.reading, Some(expected));
    assert_eq!(second.superseded.len(), 1);
    assert_eq!(read(&stated), made_at_once(base.path(), entry, &folder));
    Site::of(&stated).verify(Watch::unwatched()).unwrap();

    // Known as it is read now, and as it was read when the statement goes.
    assert_eq!(committed(&stated, &folder).version, second.version);
    let third = committed(&plain, &folder);
    assert_eq!((third.version, third.inputs.len()), (second.version + 1, 1));
    assert_eq!(read(&plain), made_at_once(base.path(), "", &folder));
}

#[test]
fn bytes_that_were_retracted_stay_so_however_they_are_read() {
    let base = tempfile::tempdir().unwrap();
    let folder = base.path().join("in");
    fs::create_dir(&folder).unwrap();
    let file = folder.join("pump.csv");
    fs::write(&file, pump(b"P1.ST")).unwrap();
    fs::write(folder.join("other.csv"), pump(b"P2.ST")).unwrap();
    let stated = stating(base.path(), "  encoding: gbk\n");
    committed(&stated, &folder);
    let what = Retraction::named(&file);
    let cleaner = own_cleaner(&stated);
    retract(
        &stated,
        &what,
        RunOptions::default(),
        &cleaner,
        Watch::unwatched(),
    )
    .unwrap();
    let plain = stating(base.path(), "");
    let done = run_with(
        &plain,
        std::slice::from_ref(&folder),
        RunOptions::default(),
        &cleaner,
        Watch::unwatched(),
    );
    let Ok(Run::Committed(summary)) = done else {
        panic!("{done:?}")
    };
    // The other is read anew.
    let manifest = read_manifest(&summary.committed.record).unwrap();
    assert_eq!((summary.withdrawn, manifest.inputs.len()), (1, 1));
}

#[test]
fn names_in_gbk_are_read_as_stated_and_never_against_proof() {
    let base = tempfile::tempdir().unwrap();
    let folder = base.path().join("in");
    fs::create_dir(&folder).unwrap();
    // 水泵
    fs::write(folder.join("pump.csv"), pump(b"\xCB\xAE\xB1\xC3")).unwrap();
    let refused = run(&stating(base.path(), ""), std::slice::from_ref(&folder)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Input);
    assert!(
        refused.hint_text().unwrap().contains("`encoding: "),
        "{refused}"
    );
    let stated = stating(base.path(), "  encoding: gbk\n");
    committed(&stated, &folder);
    assert_eq!(read(&stated).columns, ["水泵"]);
    fs::write(folder.join("utf8.csv"), pump("冷水泵".as_bytes())).unwrap();
    let done = run_with(
        &stated,
        &[folder],
        RunOptions::default(),
        &own_cleaner(&stated),
        Watch::unwatched(),
    );
    let Ok(Run::NothingNew(nothing)) = done else {
        panic!("{done:?}")
    };
    let message = nothing.failed[0].error.to_string();
    assert!(
        message.contains("the text is UTF-8, and `encoding` states that it is GBK"),
        "{message}"
    );
}

#[test]
fn whichever_folder_is_given_a_report_is_read_as_it_is_stated_and_so_it_is_where_it_was_moved_to() {
    let base = tempfile::tempdir().unwrap();
    let folder = base.path().join("in");
    fs::create_dir_all(folder.join("cn")).unwrap();
    fs::write(folder.join("cn/pump.csv"), pump(b"P1.ST")).unwrap();
    fs::write(folder.join("other.csv"), pump(b"P2.ST")).unwrap();
    let entry = "  sources:\n    - {match: cn/*.csv, encoding: gbk}\n";
    let stated = stating(base.path(), entry);
    let version = committed(&stated, &folder).version;
    for given in ["cn", "cn/pump.csv"] {
        assert_eq!(committed(&stated, &folder.join(given)).version, version);
    }
    // Of one that is not in the run it is said that it stays as it was read.
    let plain = stating(base.path(), "");
    fs::create_dir(base.path().join("new")).unwrap();
    fs::write(base.path().join("new/third.csv"), pump(b"P3.ST")).unwrap();
    let done = run(&plain, &[base.path().join("new")]).unwrap();
    let Run::Committed(summary) = done else {
        panic!("{done:?}")
    };
    let said = summary.warnings.iter().map(trendgate::Warning::kind);
    assert_eq!(said.filter(|kind| *kind == "read_as_before").count(), 1);
    // Moved, and read in another way: the old reading leaves.
    fs::rename(base.path().join("new/third.csv"), folder.join("third.csv")).unwrap();
    fs::rename(folder.join("cn"), folder.join("plain")).unwrap();
    committed(&plain, &folder);
    assert_eq!(read(&plain), made_at_once(base.path(), "", &folder));
}

#[test]
fn an_entry_of_sources_that_matches_nothing_is_said() {
    let base = tempfile::tempdir().unwrap();
    let folder = base.path().join("in");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("pump.csv"), pump(b"P1.ST")).unwrap();
    let entry = "  sources:\n    - {match: nosuch/*.csv, encoding: gbk}\n    - {match: '*.csv', member: 'Sheet*', encoding: gbk}\n";
    let done = run(&stating(base.path(), entry), &[folder]).unwrap();
    let Run::Committed(summary) = done else {
        panic!("{done:?}")
    };
    let said = summary.warnings.iter();
    let said = said.filter(|warning| warning.kind() == "unmatched_source");
    let said: Vec<String> = said.map(trendgate::Warning::message).collect();
    assert_eq!(
        said,
        [
            "cleaner.sources has an entry for \"nosuch/*.csv\", which matches no file",
            "cleaner.sources has an entry for \"Sheet*\" in \"*.csv\", and none of these files has a member or a sheet of such a name"
        ]
    );
}
