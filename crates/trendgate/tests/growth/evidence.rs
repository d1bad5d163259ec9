//! Evidence of earlier programs, which did not say from when on it is certain.

use crate::earlier::{is_nothing_new, sealed};
use crate::plants::{File, Reading, Why, read};
use crate::{Inbox, REBUILD, at_once};
use parquet::arrow::ArrowWriter;
use std::fs;
use trendgate::internals::partition::read_part;
use trendgate::internals::publish::record_path;
use trendgate::time::{Instant, Month};
use trendgate::{Digest, Run, Site};

/// Turns all evidence into that of an earlier program.
fn forget_known_at(inbox: &Inbox) {
    let dirs = inbox.settings.dirs();
    let last = Site::of(&inbox.settings).history().unwrap().version();
    for version in 1..=last {
        let record = record_path(dirs, "S", version);
        let text = fs::read_to_string(&record).unwrap();
        let mut manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
        for entry in manifest["evidence_files"].as_array_mut().unwrap() {
            let path = dirs.evidence.join(entry["path"].as_str().unwrap());
            let rows: Vec<_> = read_part(&path).unwrap().map(Result::unwrap).collect();
            let first = rows[0].project(&[0, 1, 2, 3, 4, 5, 6]).unwrap();
            let mut writer = ArrowWriter::try_new(Vec::new(), first.schema(), None).unwrap();
            for batch in rows {
                let earlier = batch.project(&[0, 1, 2, 3, 4, 5, 6]).unwrap();
                writer.write(&earlier).unwrap();
            }
            let bytes = writer.into_inner().unwrap();
            fs::write(&path, &bytes).unwrap();
            entry["bytes"] = bytes.len().into();
            entry["sha256"] = Digest::of(&bytes).to_string().into();
        }
        let text = serde_json::to_string_pretty(&manifest).unwrap();
        fs::write(&record, sealed(&text)).unwrap();
    }
}

/// The evidence but for from when on it is certain.
fn without_known_at(reading: &Reading) -> Vec<Why> {
    let mut evidence = reading.evidence.clone();
    evidence.iter_mut().for_each(|why| why.4 = None);
    evidence
}

/// A dataset over the end of November, with evidence in both months, that an earlier program made.
fn aged() -> (Inbox, Vec<File>) {
    let inbox = Inbox::new();
    let mut files = vec![File::plain(0, 2, 20), File::plain(1, 0, 22)];
    let hole = |row: &(i64, String, String)| (row.0 / 15) % 96 < 90;
    files.iter_mut().for_each(|file| file.rows.retain(hole));
    for (name, file) in files.iter().enumerate() {
        inbox.put(&format!("{name}.csv"), file);
    }
    inbox.night();
    forget_known_at(&inbox);
    (inbox, files)
}

/// For each row of evidence its month, and whether it says from when on it is certain.
fn months(reading: &Reading) -> Vec<(i8, bool)> {
    let rows = reading.evidence.iter();
    let of = |time: Instant| Month::of(time).month();
    let mut months: Vec<_> = rows.map(|why| (of(why.0), why.4.is_some())).collect();
    months.sort_unstable();
    months.dedup();
    months
}

#[test]
fn a_month_keeps_evidence_without_known_at_until_it_is_written_for_something_else() {
    let (inbox, mut files) = aged();
    let all = |files: &[File]| {
        let base = tempfile::tempdir().unwrap();
        at_once(base.path(), &files.iter().collect::<Vec<_>>()).0
    };
    let reading = read(&inbox.settings);
    assert_eq!(months(&reading), [(11, false), (12, false)]);
    assert_eq!(without_known_at(&reading), without_known_at(&all(&files)));
    assert_eq!(is_nothing_new(&inbox), (2, 0));
    // A day of December: November is looked at again, and comes out as it was.
    files.push(File::plain(3, 12, 13));
    inbox.put("next.csv", &files[2]);
    let manifest = inbox.night();
    assert!(
        manifest.cells.input > 2 * 96 * 18,
        "November was read again"
    );
    let written = |paths: &[String]| paths.iter().all(|path| path.contains("month=12"));
    let new: Vec<String> = (manifest.evidence_files.iter())
        .map(|file| file.path.to_string())
        .collect();
    let gone: Vec<String> = (manifest.replaces_evidence.iter())
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        (new.len(), written(&new), gone.len(), written(&gone)),
        (1, true, 1, true)
    );
    let reading = read(&inbox.settings);
    assert_eq!(months(&reading), [(11, false), (12, true)]);
    assert_eq!(reading.rows, all(&files).rows);
    assert_eq!(without_known_at(&reading), without_known_at(&all(&files)));
}

#[test]
fn a_rebuild_writes_known_at_everywhere() {
    let (inbox, files) = aged();
    assert!(matches!(inbox.run_with(REBUILD), Ok(Run::Committed(_))));
    assert_eq!(months(&read(&inbox.settings)), [(11, true), (12, true)]);
    inbox.is_that_of(&files.iter().collect::<Vec<_>>());
    // The next one finds nothing to write.
    let Ok(Run::Committed(again)) = inbox.run_with(REBUILD) else {
        panic!("a rebuild makes a version")
    };
    assert_eq!(again.committed.manifest.evidence_files, []);
}
