//! Datasets of earlier programs, which knew texts by SHA-256.

use crate::packed::packed;
use crate::plants::{File, overwrite, read, run};
use crate::{Inbox, REBUILD, TAKE_RETRACTED};
use std::fs;
use std::path::{Path, PathBuf};
use trendgate::files::read_manifest;
use trendgate::internals::Digests;
use trendgate::internals::publish::{ContentVerdict, Dirs, HistoryQueries as _, record_path};
use trendgate::{Digest, History, Retraction, Run, RunOptions, Site, TextId};

/// What earlier programs knew a text of these bytes by.
pub(crate) fn sha256(bytes: &[u8]) -> TextId {
    Digest::of(bytes).into()
}

/// Turns the log into one of an earlier program, which knew these texts by other digests.
pub(crate) fn age(inbox: &Inbox, known: &[(TextId, TextId)]) {
    let last = Site::of(&inbox.settings).history().unwrap().version();
    for version in 1..=last {
        let record = record_path(inbox.settings.dirs(), "S", version);
        let mut text = with_all_in_it(&record);
        for (today, then) in known {
            let of = |name: &str, id: &TextId| format!("\"{name}\": \"{id}\"");
            text = text.replace(&of("digest", today), &of("sha256", then));
            // The earliest of them did not know the text of a compressed file, nor its size.
            if is_packed(inbox, *then) {
                let lines = text.lines().filter(|line| !line.contains("\"text_bytes\""));
                text = lines.map(|line| format!("{line}\n")).collect();
            }
        }
        fs::write(&record, sealed(&text)).unwrap();
    }
    let history = Site::of(&inbox.settings).history().unwrap();
    assert_eq!(history.digests(), Digests::AndEarlier);
    for (today, then) in known {
        assert!(history.known(then).is_some() && history.known(today).is_none());
    }
}

/// A record as earlier programs wrote it, with all in it that stands beside it today; what stands beside it goes.
fn with_all_in_it(record: &Path) -> String {
    let mut manifest = read_manifest(record).unwrap();
    for file in manifest.side_files() {
        let manifests = Dirs::of_manifest(record).unwrap().manifests;
        fs::remove_file(manifests.join(&file.path)).unwrap();
    }
    (manifest.inputs_file, manifest.details_file) = (None, None);
    // They kept no bytes of files.
    manifest
        .inputs
        .iter_mut()
        .for_each(|input| input.kept = None);
    String::from_utf8(manifest.to_bytes().unwrap()).unwrap()
}

/// Whether this is the digest of some file of the inbox as it is packed.
fn is_packed(inbox: &Inbox, then: TextId) -> bool {
    let files = fs::read_dir(inbox.folder()).unwrap();
    let mut paths = files.map(|file| file.unwrap().path());
    paths.any(|path| {
        path.extension().is_some_and(|end| end == "gz") && sha256(&fs::read(&path).unwrap()) == then
    })
}

/// A manifest with the checksum of its own bytes.
pub(crate) fn sealed(text: &str) -> String {
    let field = "\"checksum\": \"sha256:";
    let at = text.find(field).unwrap() + field.len();
    let blank = format!("{}{}{}", &text[..at], "0".repeat(64), &text[at + 64..]);
    let digits = Digest::of(blank.as_bytes()).hex();
    format!("{}{digits}{}", &blank[..at], &blank[at + 64..])
}

/// What a run without news counts: known files, withdrawn ones.
pub(crate) fn is_nothing_new(inbox: &Inbox) -> (usize, usize) {
    match inbox.run_with(RunOptions::default()).unwrap() {
        Run::NothingNew(nothing) => (nothing.known, nothing.withdrawn),
        other => panic!("{other:?}"),
    }
}

/// A report, its text and what it is known by.
struct Known {
    file: File,
    text: Vec<u8>,
    today: TextId,
    then: TextId,
}

impl Known {
    fn of(file: File) -> Self {
        let text = file.text().into_bytes();
        let (today, then) = (TextId::of(&text), sha256(&text));
        Self {
            file,
            text,
            today,
            then,
        }
    }

    fn put(&self, inbox: &Inbox, name: &str) -> PathBuf {
        let path = inbox.folder().join(name);
        let bytes = match name.ends_with(".gz") {
            true => packed(&self.text),
            false => self.text.clone(),
        };
        fs::write(&path, bytes).unwrap();
        path
    }
}

fn age_all(inbox: &Inbox, known: &[&Known]) {
    let known: Vec<_> = known
        .iter()
        .map(|known| (known.today, known.then))
        .collect();
    age(inbox, &known);
}

/// A dataset of an earlier program over a plain report and a compressed one.
fn aged() -> (Inbox, [Known; 2]) {
    let inbox = Inbox::new();
    let [plain, gzip] = [File::plain(1, 0, 3), File::plain(0, 1, 4)].map(Known::of);
    plain.put(&inbox, "plain.csv");
    gzip.put(&inbox, "gzip.csv.gz");
    inbox.night();
    age_all(&inbox, &[&plain, &gzip]);
    (inbox, [plain, gzip])
}

fn history(inbox: &Inbox) -> History {
    Site::of(&inbox.settings).history().unwrap()
}

#[test]
fn a_dataset_that_knows_texts_by_sha256_knows_them_grows_and_then_knows_them_by_blake3() {
    let (inbox, [plain, gzip]) = aged();
    assert_eq!(is_nothing_new(&inbox), (2, 0));
    // In whatever file they come.
    plain.put(&inbox, "packed.csv.gz");
    gzip.put(&inbox, "unpacked.csv");
    assert_eq!(is_nothing_new(&inbox), (4, 0));
    assert_eq!(history(&inbox).version(), 1);
    let next = File::plain(2, 2, 5);
    inbox.put("next.csv", &next);
    let manifest = inbox.night();
    let gained = manifest.redigested.iter();
    let mut gained: Vec<_> = gained.map(|it| (it.digest, it.earlier)).collect();
    gained.sort_unstable();
    let mut expected = [&plain, &gzip].map(|it| (it.today, it.then));
    expected.sort_unstable();
    assert_eq!(gained, expected);
    assert!(
        manifest
            .rebuilt_from
            .iter()
            .all(|it| it.digest.to_string().starts_with("blake3:"))
    );
    inbox.is_that_of(&[&plain.file, &gzip.file, &next]);
    let grown = history(&inbox);
    assert_eq!(grown.digests(), Digests::Today);
    assert_eq!(grown.sources().count(), 3);
    for known in [&plain, &gzip] {
        assert!(grown.is_accepted(&known.today) && grown.is_accepted(&known.then));
        assert_eq!(grown.known(&known.today).unwrap().version, 1);
    }
    assert_eq!(is_nothing_new(&inbox), (5, 0));
    let last = File::plain(3, 0, 2);
    inbox.put("last.csv", &last);
    assert_eq!(inbox.night().redigested, []);
    inbox.is_that_of(&[&plain.file, &gzip.file, &next, &last]);
}

#[test]
fn an_earlier_dataset_that_is_made_anew_has_each_report_once() {
    let (inbox, [plain, gzip]) = aged();
    plain.put(&inbox, "packed.csv.gz");
    assert!(matches!(inbox.run_with(REBUILD), Ok(Run::Committed(_))));
    let rebuilt = history(&inbox);
    let sources: Vec<_> = rebuilt.sources().map(|(id, it)| (id, it.version)).collect();
    let mut expected = [(plain.today, 1), (gzip.today, 1)];
    expected.sort_unstable();
    assert_eq!(sources, expected);
    assert_eq!(is_nothing_new(&inbox), (3, 0));
    let next = File::plain(2, 2, 5);
    inbox.put("next.csv", &next);
    inbox.night();
    inbox.is_that_of(&[&plain.file, &gzip.file, &next]);
}

#[test]
fn what_an_earlier_dataset_retracts_stays_away_in_whatever_file_and_by_whatever_name_it_was_told() {
    for grows_first in [false, true] {
        for how in 0..3 {
            let (inbox, [plain, gzip]) = aged();
            let next = File::plain(2, 2, 5);
            if grows_first {
                inbox.put("next.csv", &next);
                inbox.night();
            }
            let what = match how {
                0 => Retraction::File(inbox.folder().join("gzip.csv.gz")),
                1 => Retraction::named(gzip.then.to_string()),
                _ => {
                    let copy = gzip.put(&inbox, "copy.csv");
                    Retraction::File(copy)
                }
            };
            let manifest = inbox.retract(&what, RunOptions::default()).unwrap();
            assert_eq!(manifest.retracted.len(), 1);
            gzip.put(&inbox, "unpacked.csv");
            let (known, withdrawn) = is_nothing_new(&inbox);
            assert_eq!(known, 1 + usize::from(grows_first));
            assert_eq!(withdrawn, 2 + usize::from(how == 2));
            // Retracted ones gain their digest of today, too.
            inbox.put("next.csv", &next);
            inbox.put("more.csv", &File::plain(3, 0, 2));
            inbox.night();
            assert_eq!(history(&inbox).digests(), Digests::Today);
            assert_eq!(
                history(&inbox).known(&gzip.today).unwrap().verdict,
                ContentVerdict::Retracted
            );
            inbox.is_that_of(&[&plain.file, &next, &File::plain(3, 0, 2)]);
            // Unless it is wanted again.
            assert!(matches!(
                inbox.run_with(TAKE_RETRACTED),
                Ok(Run::Committed(_))
            ));
            inbox.is_that_of(&[&plain.file, &gzip.file, &next, &File::plain(3, 0, 2)]);
        }
    }
}

#[test]
fn a_report_of_an_earlier_dataset_that_was_moved_is_not_gone_and_one_that_is_elsewhere_is_read_there()
 {
    let (inbox, [plain, gzip]) = aged();
    let moved = inbox.folder().join("moved");
    fs::create_dir(&moved).unwrap();
    for name in ["plain.csv", "gzip.csv.gz"] {
        fs::rename(inbox.folder().join(name), moved.join(name)).unwrap();
    }
    let next = File::plain(2, 1, 4);
    inbox.put("next.csv", &next);
    assert_eq!(inbox.night().approximate_bins, 0);
    inbox.is_that_of(&[&plain.file, &gzip.file, &next]);

    // A run over the new file alone.
    let (inbox, [plain, gzip]) = aged();
    let next = File::plain(2, 1, 4);
    let path = inbox.put("next.csv", &next);
    let Run::Committed(summary) = run(&inbox.settings, &[path]).unwrap() else {
        panic!("nothing new")
    };
    assert_eq!(summary.committed.manifest.approximate_bins, 0);
    assert_eq!(summary.committed.manifest.redigested.len(), 2);
    inbox.is_that_of(&[&plain.file, &gzip.file, &next]);
    assert_eq!(history(&inbox).digests(), Digests::Today);
    assert_eq!(is_nothing_new(&inbox), (3, 0));
    // One that was altered there is not the one that was committed.
    let (inbox, [plain, _]) = aged();
    let mut altered = plain.file.clone();
    altered.rows[7].1 = "9.9".to_owned();
    overwrite(&inbox.folder().join("plain.csv"), &altered.text());
    let path = inbox.put("next.csv", &next);
    let Run::Committed(summary) = run(&inbox.settings, &[path]).unwrap() else {
        panic!("nothing new")
    };
    assert!(summary.committed.manifest.approximate_bins > 0);
    assert!(history(&inbox).is_accepted(&plain.then) && !history(&inbox).is_accepted(&plain.today));
}

#[test]
fn of_reports_that_begin_together_the_same_wins_where_an_earlier_dataset_has_some() {
    let texts: Vec<Known> = (0..3)
        .map(|part| {
            let mut file = File::plain(1, 0, 3);
            let cells = file.rows.iter_mut();
            cells.for_each(|row| row.1 = (20 + part).to_string());
            Known::of(file)
        })
        .collect();
    let all: Vec<&File> = texts.iter().map(|known| &known.file).collect();
    let order: Vec<usize> = (0..3).collect();
    for late in order {
        for everywhere in [true, false] {
            let inbox = Inbox::new();
            let early: Vec<&Known> = (0..3).filter(|n| *n != late).map(|n| &texts[n]).collect();
            for (n, known) in early.iter().enumerate() {
                known.put(&inbox, &format!("{n}.csv"));
            }
            inbox.night();
            age_all(&inbox, &early);
            let path = texts[late].put(&inbox, "late.csv");
            let paths = if everywhere { inbox.folder() } else { path };
            assert!(matches!(
                run(&inbox.settings, &[paths]).unwrap(),
                Run::Committed(_)
            ));
            inbox.is_that_of(&all);
        }
    }
}

#[test]
fn what_an_earlier_dataset_rejected_is_no_news_in_whatever_file_it_comes() {
    let inbox = Inbox::new();
    inbox.put("good.csv", &File::plain(1, 0, 3));
    // Rows behind the end of a report, and what is none.
    let joined = Known {
        text: File::plain(2, 1, 2).with_row_behind().into_bytes(),
        ..Known::of(File::plain(2, 1, 2))
    };
    let noise = Known {
        text: b"noise".to_vec(),
        ..Known::of(File::plain(2, 1, 2))
    };
    let [joined, noise] = [joined, noise].map(|known| Known {
        today: TextId::of(&known.text),
        then: sha256(&known.text),
        ..known
    });
    joined.put(&inbox, "joined.csv.gz");
    noise.put(&inbox, "noise.csv");
    let rejects = |inbox: &Inbox| match inbox.run_with(RunOptions::default()).unwrap() {
        Run::NothingNew(nothing) => (nothing.failed.len(), nothing.known_rejects),
        other => panic!("{other:?}"),
    };
    inbox.night();
    age_all(&inbox, &[&joined, &noise]);
    assert_eq!(rejects(&inbox), (0, 2));
    joined.put(&inbox, "joined.csv");
    noise.put(&inbox, "noise.csv.gz");
    assert_eq!(rejects(&inbox), (0, 4));
    // They gain their digest, too.
    inbox.put("next.csv", &File::plain(2, 1, 4));
    assert_eq!(inbox.night().redigested.len(), 2);
    let grown = history(&inbox);
    assert_eq!(grown.digests(), Digests::Today);
    assert!(grown.is_rejected(&joined.today) && grown.is_rejected(&noise.then));
    assert_eq!(rejects(&inbox), (0, 4));
}

#[test]
fn rejects_beside_the_log_are_known_by_sha256() {
    let inbox = Inbox::new();
    inbox.put("good.csv", &File::plain(1, 0, 3));
    inbox.night();
    fs::write(inbox.folder().join("noise.csv"), "noise").unwrap();
    fs::write(inbox.folder().join("other.csv.gz"), packed(b"other")).unwrap();
    let rejects = || match inbox.run_with(RunOptions::default()).unwrap() {
        Run::NothingNew(nothing) => (nothing.failed.len(), nothing.known_rejects),
        other => panic!("{other:?}"),
    };
    assert_eq!(rejects(), (2, 0));
    let list = inbox.settings.dirs().manifests.join("rejects-S.jsonl");
    let mut lines = fs::read_to_string(&list).unwrap();
    for text in [b"noise", b"other"] {
        let today = format!("\"digest\":\"{}\"", TextId::of(text));
        assert!(lines.contains(&today), "{lines}");
        lines = lines.replace(&today, &format!("\"sha256\":\"{}\"", sha256(text)));
    }
    fs::write(&list, lines).unwrap();
    assert_eq!(rejects(), (0, 2));
    fs::write(inbox.folder().join("noise.csv.gz"), packed(b"noise")).unwrap();
    assert_eq!(rejects(), (0, 3));
}

#[test]
fn what_takes_the_place_of_a_report_of_an_earlier_dataset_supersedes_it() {
    let inbox = Inbox::new();
    let (first, second) = (Known::of(File::plain(1, 0, 3)), File::plain(1, 0, 4));
    first.put(&inbox, "report.csv");
    inbox.night();
    age_all(&inbox, &[&first]);
    overwrite(&inbox.folder().join("report.csv"), &second.text());
    let manifest = inbox.night();
    assert_eq!(manifest.superseded[0].digest, first.then);
    inbox.is_that_of(&[&second]);
    // A copy of it somewhere else is no news; the file that goes back to it is.
    first.put(&inbox, "copy.csv.gz");
    assert_eq!(is_nothing_new(&inbox), (1, 1));
    fs::remove_file(inbox.folder().join("copy.csv.gz")).unwrap();
    overwrite(&inbox.folder().join("report.csv"), &first.file.text());
    inbox.put("backup.csv", &second);
    inbox.night();
    inbox.is_that_of(&[&first.file, &second]);
    assert_eq!(read(&inbox.settings).gaps, []);
    assert_eq!(history(&inbox).digests(), Digests::Today);
}
