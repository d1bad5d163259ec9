//! Files that hold texts: which they are, by their bytes, and what is refused.

use super::zip::{ZipEntry, zip, zip_of};
use super::*;
use flate2::write::GzEncoder;
use std::io::Write;

const ROWS: &str =
    "\"2016/10/10\",\"00:00:00\",\"51.4\",\"1\"\n\"2016/10/10\",\"00:15:00\",\"No Data\",\"7\"\n";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

fn read_file(bytes: &[u8], name: &str) -> Result<Vec<(Report, Vec<Chunk>, ReadOutcome)>> {
    let options = ReadOptions::default();
    super::super::read_bytes(bytes, Path::new(name), &rule("Asia/Taipei"), &options)
}

fn refusal(entries: &[ZipEntry]) -> String {
    let error = read_file(&zip_of(entries), "week.zip").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Input);
    format!("{error}\nhelp: {}", error.hint_text().unwrap_or_default())
}

#[test]
fn a_container_is_told_by_its_bytes_whatever_it_is_called() {
    let text = report(ROWS);
    let expected = show(&read(&text).unwrap().1);
    let zipped = zip(&[("a.csv", &text, true)]);
    for (bytes, container) in [
        (text.clone().into_bytes(), "plain"),
        (gzip(text.as_bytes()), "gzip"),
        (zipped, "zip"),
    ] {
        for name in ["a.csv", "a.csv.gz", "a.zip", "a.xlsx", "a"] {
            let (report, chunks, outcome) = only(read_file(&bytes, name).unwrap());
            assert_eq!(report.text.container.as_str(), container, "{name}");
            assert_eq!(show(&chunks), expected, "{name}");
            assert_eq!(outcome.id.text, crate::text_id::TextId::of(text.as_bytes()));
            account(&outcome.tally);
        }
    }
}

#[test]
fn each_member_is_a_text_and_what_cannot_be_one_is_passed_over_by_name() {
    let (one, other) = (report(ROWS), report(&ROWS.replace("51.4", "9")));
    let bytes = zip(&[
        ("week/", "", false),
        ("week/north.csv", &one, true),
        ("week/.DS_Store", "noise", false),
        ("__MACOSX/week/._north.csv", "noise", true),
        ("week/readme.txt", "not a report", true),
        ("week/plan.pdf", "%PDF-1.7", false),
        ("week/south.txt", &other, false),
    ]);
    let read = read_file(&bytes, "week.zip").unwrap();
    let shown: Vec<_> = read
        .iter()
        .map(|(report, chunks, _)| {
            (
                report.shown().display().to_string(),
                show(chunks)[0].clone(),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            (
                "week.zip!week/north.csv".to_owned(),
                "2016-10-09T16:00:00Z 51.4 1".to_owned()
            ),
            (
                "week.zip!week/south.txt".to_owned(),
                "2016-10-09T16:00:00Z 9 1".to_owned()
            ),
        ]
    );
    let file = FileBytes::in_memory(&bytes, Path::new("week.zip"));
    let texts = FileTexts::of(&mut *file.open().unwrap(), file.path()).unwrap();
    assert_eq!(
        texts.passed_over,
        ["week/.DS_Store", "__MACOSX/week/._north.csv"]
    );
    let names: Vec<_> = texts
        .texts
        .iter()
        .map(|place| place.member_name().unwrap())
        .collect();
    assert_eq!(names[1..3], ["week/readme.txt", "week/plan.pdf"]);
}

#[test]
fn names_that_are_not_said_to_be_utf_8_are_read_all_the_same_and_two_never_become_one() {
    let (one, other) = (report(ROWS), report(&ROWS.replace("51.4", "9")));
    let bytes = zip(&[("Kühler 1.csv", &one, true), ("Kühler 2.csv", &other, true)]);
    let names = |bytes: &[u8]| -> Vec<String> {
        let read = read_file(bytes, "week.zip").unwrap();
        let names = read.iter().map(|(report, ..)| report.text.member_name());
        names.map(|name| name.unwrap().to_owned()).collect()
    };
    assert_eq!(names(&bytes), ["Kühler 1.csv", "Kühler 2.csv"]);
    // As a PC writes the second, in its header and in the directory.
    let mut of_pc = zip(&[("Kühler.csv", &one, true), ("K hler.csv", &other, true)]);
    while let Some(at) = memchr::memmem::find(&of_pc, b"K hler") {
        of_pc[at + 1] = 0x81;
    }
    assert_eq!(names(&of_pc), ["Kühler.csv", "K%81hler.csv"]);
}

#[test]
fn a_member_with_the_name_of_an_export_that_is_none_is_refused_by_its_name() {
    let good = ZipEntry::of("a.csv", &report(ROWS));
    let said = refusal(&[good.clone(), ZipEntry::of("b.csv", "x,y\n1,2\n")]);
    assert!(
        said.starts_with("week.zip!b.csv: not a trend report: looked for"),
        "{said}"
    );
    let cut = ZipEntry::of(
        "b.csv",
        &report("\"10th of May\",\"00:00:00\",\"1\",\"2\"\n"),
    );
    let said = refusal(&[good.clone(), cut]);
    assert!(
        said.starts_with("week.zip!b.csv:7: no row under the header"),
        "{said}"
    );
    let mut inner = ZipEntry::of("inner.zip", "");
    inner.text = zip(&[("a.csv", &report(ROWS), true)]);
    let said = refusal(&[good, inner]);
    assert!(
        said.starts_with(
            "week.zip!inner.zip: not a trend report: the file is a zip archive within"
        ),
        "{said}"
    );
    assert!(
        said.ends_with("unpack it, and give what is in it"),
        "{said}"
    );
    let said = refusal(&[ZipEntry::of("readme.txt", "nothing")]);
    assert!(
        said.starts_with("week.zip!readme.txt: not a trend report: looked for"),
        "{said}"
    );
    assert!(refusal(&[]).starts_with("week.zip: nothing in the file"));
}

#[test]
fn what_an_archive_should_not_say_is_refused_before_anything_is_unpacked() {
    let good = ZipEntry::of("a.csv", &report(ROWS));
    let named = |name| ZipEntry {
        name,
        ..good.clone()
    };
    for name in [
        "../a.csv",
        "/etc/a.csv",
        "a/../../b.csv",
        "..\\a.csv",
        "C:\\a.csv",
        "\\\\host\\a.csv",
    ] {
        let said = refusal(&[good.clone(), named(name)]);
        assert!(
            said.contains("the member's name leads out of the archive"),
            "{said}"
        );
        assert!(
            said.starts_with(&format!("week.zip!{}: ", crate::escape::escaped(name))),
            "{said}"
        );
    }
    insta::assert_snapshot!(refusal(&[good.clone(), good.clone()]), @"
    week.zip!a.csv: two members of the archive have this name
    help: pack the exports anew, each once
    ");
    insta::assert_snapshot!(refusal(&[ZipEntry { flags: 1, ..good.clone() }]), @"
    week.zip!a.csv: the member is encrypted with a password
    help: unpack the archive with its password, and give what is in it
    ");
    let other = ZipEntry {
        method: Some(12),
        ..good.clone()
    };
    let said = refusal(&[other]);
    assert!(
        said.starts_with("week.zip!a.csv: the member is compressed with "),
        "{said}"
    );
    assert!(
        said.contains("which is not read\nhelp: unpack the archive"),
        "{said}"
    );
    let bomb = ZipEntry {
        says: Some(u32::MAX - 1),
        ..good
    };
    let said = refusal(&[bomb]);
    assert!(
        said.starts_with("week.zip!a.csv: the member says that it unpacks from "),
        "{said}"
    );
}

#[test]
fn a_member_that_cannot_be_unpacked_is_refused_alone_and_one_that_is_no_export_is_passed_over() {
    let good = ZipEntry::of("a.csv", &report(ROWS));
    let locked = |name: &'static str| ZipEntry {
        flags: 1,
        ..ZipEntry::of(name, "x")
    };
    let bytes = zip_of(&[
        good,
        locked("b.csv"),
        locked("photo.jpg"),
        locked("./.hidden"),
    ]);
    let file = FileBytes::in_memory(&bytes, Path::new("week.zip"));
    let found = FileTexts::of(&mut *file.open().unwrap(), file.path()).unwrap();
    let names: Vec<_> = found.texts.iter().map(TextPlace::member_name).collect();
    assert_eq!(names, [Some("a.csv")]);
    let refused: Vec<_> = found
        .refused
        .iter()
        .map(|member| member.name.as_str())
        .collect();
    assert_eq!(refused, ["b.csv"]);
    assert_eq!(found.passed_over, ["photo.jpg", "./.hidden"]);
}

#[test]
fn archives_that_were_joined_are_refused_and_a_member_may_be_called_from_here() {
    let [one, other] = ["./a.csv", "b.csv"].map(|name| zip(&[(name, &report(ROWS), true)]));
    assert_eq!(read_file(&one, "a.zip").unwrap().len(), 1);
    let error = read_file(&[one, other].concat(), "a.zip").unwrap_err();
    assert!(
        error
            .to_string()
            .contains("says nothing of what stands at its beginning"),
        "{error}"
    );
}

#[test]
fn a_member_that_is_not_what_the_directory_says_is_damaged() {
    let text = report(ROWS);
    let good = ZipEntry::of("a.csv", &text);
    let long = u32::try_from(text.len()).unwrap();
    for (says, what) in [
        (long - 1, "more bytes than"),
        (long + 1, "ends before its last byte"),
    ] {
        let said = refusal(&[ZipEntry {
            says: Some(says),
            ..good.clone()
        }]);
        assert!(
            said.starts_with("week.zip!a.csv: the member of the zip archive is damaged: "),
            "{said}"
        );
        assert!(said.contains(what), "{said}");
    }
    let stored = zip(&[("a.csv", &text, false)]);
    let mut changed = stored.clone();
    let place = memchr::memmem::find(&changed, b"51.4").unwrap();
    changed[place] = b'6';
    let error = read_file(&changed, "week.zip").unwrap_err();
    assert!(
        error.to_string().ends_with("its checksum is another"),
        "{error}"
    );
    // Whatever is missing of an archive, what is read of it is what it was.
    for end in (0..stored.len()).step_by(7) {
        let cut = read_file(&stored[..end], "week.zip");
        assert!(cut.is_err(), "{end}");
    }
    let without_end = [&stored[..stored.len() - 22], &[0; 22][..]].concat();
    let said = read_file(&without_end, "week.zip").unwrap_err().to_string();
    assert!(
        said.starts_with("week.zip: the zip archive is damaged: its directory"),
        "{said}"
    );
}
