//! Texts in files that are compressed: what they are known by, today and in datasets of earlier programs.

use crate::earlier::{age, is_nothing_new, sha256};
use crate::plants::{File, read};
use crate::{Inbox, REBUILD};
use std::fs;
use trendgate::internals::publish::HistoryQueries as _;
use trendgate::{Retraction, Run, RunOptions, Site, TextId};

/// The bytes of a text, packed with gzip.
pub(crate) fn packed(text: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut packer, text).unwrap();
    packer.finish().unwrap()
}

#[test]
fn a_text_is_known_packed_or_not_and_is_read_from_whichever_file_has_it() {
    let file = File::plain(1, 0, 3);
    let (plain, gzip) = (file.text(), packed(file.text().as_bytes()));
    for first_is_packed in [false, true] {
        let inbox = Inbox::new();
        let names = ["a.csv", "b.csv.gz"];
        let put = |is_packed: bool| {
            let bytes = if is_packed { &gzip } else { plain.as_bytes() };
            fs::write(inbox.folder().join(names[usize::from(is_packed)]), bytes).unwrap();
        };
        put(first_is_packed);
        inbox.night();
        let history = Site::of(&inbox.settings).history().unwrap();
        assert!(history.is_accepted(&TextId::of(plain.as_bytes())));
        put(!first_is_packed);
        let again = inbox.run_with(RunOptions::default()).unwrap();
        assert!(matches!(again, Run::NothingNew(_)), "{again:?}");
        // The other file alone: what was read is not gone.
        fs::remove_file(inbox.folder().join(names[usize::from(first_is_packed)])).unwrap();
        let next = File::plain(2, 1, 4);
        inbox.put("c.csv", &next);
        assert_eq!(inbox.night().approximate_bins, 0);
        inbox.is_that_of(&[&file, &next]);
    }
    // At once, it is one of them twice.
    let inbox = Inbox::new();
    fs::write(inbox.folder().join("a.csv"), &plain).unwrap();
    fs::write(inbox.folder().join("b.csv.gz"), &gzip).unwrap();
    let Run::Committed(summary) = inbox.run_with(RunOptions::default()).unwrap() else {
        panic!("nothing new")
    };
    let manifest = &summary.committed.manifest;
    let files = (manifest.input_files_count, summary.committed.inputs);
    assert_eq!((files, manifest.cells.equal_duplicates), ((1, 2), 0));
}

#[test]
fn of_reports_that_begin_together_the_one_whose_text_has_the_lower_digest_wins_packed_or_not() {
    let mut texts: Vec<Vec<u8>> = (0..2)
        .map(|part| {
            let mut file = File::plain(1, 0, 3);
            file.rows
                .iter_mut()
                .for_each(|row| row.1 = (20 + part).to_string());
            file.text().into_bytes()
        })
        .collect();
    texts.sort_by_key(|text| TextId::of(text));
    let values = |packs: [bool; 2]| {
        let inbox = Inbox::new();
        for (place, is_packed) in packs.into_iter().enumerate() {
            let text = &texts[place];
            let (end, bytes) = if is_packed {
                (".gz", packed(text))
            } else {
                ("", text.clone())
            };
            fs::write(inbox.folder().join(format!("{place}.csv{end}")), bytes).unwrap();
        }
        inbox.night();
        read(&inbox.settings).rows
    };
    let expected = values([false, false]);
    for packs in [[true, false], [false, true], [true, true]] {
        assert_eq!(values(packs), expected, "{packs:?}");
    }
}

/// A dataset of an earlier program over one compressed report.
fn aged(file: &File) -> Inbox {
    let inbox = Inbox::new();
    let text = file.text();
    fs::write(inbox.folder().join("a.csv.gz"), packed(text.as_bytes())).unwrap();
    inbox.night();
    let then = sha256(&packed(text.as_bytes()));
    age(&inbox, &[(TextId::of(text.as_bytes()), then)]);
    inbox
}

#[test]
fn a_dataset_that_knows_a_text_by_its_packed_bytes_goes_on_knowing_it() {
    let file = File::plain(1, 0, 3);
    let inbox = aged(&file);
    assert_eq!(is_nothing_new(&inbox), (1, 0));
    inbox.put("plain.csv", &file);
    assert_eq!(is_nothing_new(&inbox), (2, 0));
    // It is made anew from the file that was packed, and grows on.
    assert!(matches!(inbox.run_with(REBUILD), Ok(Run::Committed(_))));
    assert_eq!(is_nothing_new(&inbox), (2, 0));
    let next = File::plain(2, 1, 4);
    inbox.put("next.csv", &next);
    assert_eq!(inbox.night().approximate_bins, 0);
    inbox.is_that_of(&[&file, &next]);
}

#[test]
fn what_was_retracted_by_its_packed_bytes_does_not_come_back_unpacked() {
    let (file, other) = (File::plain(1, 0, 3), File::plain(2, 0, 3));
    let inbox = aged(&file);
    inbox.put("other.csv", &other);
    inbox.night();
    let gz = inbox.folder().join("a.csv.gz");
    inbox
        .retract(&Retraction::File(gz), RunOptions::default())
        .unwrap();
    inbox.put("plain.csv", &file);
    assert_eq!(is_nothing_new(&inbox), (1, 2));
    inbox.is_that_of(&[&other]);
}

#[test]
fn a_packed_report_that_was_moved_is_not_gone() {
    let (file, next) = (File::plain(1, 0, 3), File::plain(2, 1, 4));
    let inbox = aged(&file);
    let moved = inbox.folder().join("moved");
    fs::create_dir(&moved).unwrap();
    fs::rename(inbox.folder().join("a.csv.gz"), moved.join("a.csv.gz")).unwrap();
    inbox.put("next.csv", &next);
    assert_eq!(inbox.night().approximate_bins, 0);
    inbox.is_that_of(&[&file, &next]);
}

#[test]
fn a_rejected_text_is_no_news_in_whatever_file_it_comes() {
    let inbox = Inbox::new();
    inbox.put("good.csv", &File::plain(1, 0, 3));
    let joined = File::plain(2, 1, 2).with_row_behind().into_bytes();
    fs::write(inbox.folder().join("joined.csv.gz"), packed(&joined)).unwrap();
    inbox.night();
    fs::write(inbox.folder().join("joined.csv"), &joined).unwrap();
    let Run::NothingNew(nothing) = inbox.run_with(RunOptions::default()).unwrap() else {
        panic!("there is something new")
    };
    assert_eq!((nothing.failed.len(), nothing.known_rejects), (0, 2));
}
