//! Frames that are known from before, whatever an earlier program called them.

use super::*;

/// What the documentation says of `["a"]` with 7 and null, the first row `FROZEN`; computed in Python.
const KNOWN: [&str; 2] = [
    "blake3:c8d25ab563a62e4f5a7d2926c664225b2e3d663f7d30b32efb44c900793270d8",
    "sha256:f7b14eae85233aa03f2530012f07c11c2bf363d3a14c8b89d9e33fe28c494119",
];

#[test]
fn a_frame_that_an_earlier_program_committed_is_known_by_its_sha256_and_then_by_its_blake3() {
    let root = crate::store::test_folder();
    let first = frame(
        &["a"],
        &[(0, vec![Flag::Frozen], vec![7.0]), (1, vec![], vec![NAN])],
    );
    commit_all(root.path(), std::slice::from_ref(&first));
    let dirs = settings(root.path(), "").dirs;
    let record = crate::publish::record_path(&dirs, "S", 1);
    // As earlier programs wrote it, with all in it.
    let mut manifest = crate::publish::read_manifest(&record).unwrap();
    (manifest.inputs_file, manifest.details_file) = (None, None);
    let text = String::from_utf8(manifest.to_bytes().unwrap()).unwrap();
    let today = format!("\"digest\": \"{}\"", KNOWN[0]);
    assert!(text.contains(&today), "{text}");
    let text = text.replace(&today, &format!("\"sha256\": \"{}\"", KNOWN[1]));
    let at = text.find("\"checksum\": \"sha256:").unwrap() + 20;
    let blank = format!("{}{}{}", &text[..at], "0".repeat(64), &text[at + 64..]);
    let text = blank.replacen(
        &"0".repeat(64),
        &crate::Digest::of(blank.as_bytes()).hex(),
        1,
    );
    std::fs::write(&record, &text).unwrap();

    let mut batch = begin(root.path());
    assert_eq!(add(&mut batch, "a.csv", &first).status, Status::Known);
    add(&mut batch, "b.csv", &clean("b", 2..4, 1.0));
    let manifest = commit(batch);
    let gained: Vec<_> = manifest.redigested.iter().collect();
    assert_eq!(gained.len(), 1);
    let ids = [gained[0].digest, gained[0].earlier];
    assert_eq!(ids.map(|id| id.to_string()), KNOWN);
    let batch = begin(root.path());
    assert_eq!(batch.history.digests(), crate::text_id::Digests::Today);
    assert_eq!(batch.history.sources().count(), 2);
    let mut batch = batch;
    assert_eq!(add(&mut batch, "a.csv", &first).status, Status::Known);
}

#[test]
fn a_known_frame_adds_nothing() {
    let root = crate::store::test_folder();
    let rows = clean("a", 0..12, 1.0);
    commit_all(root.path(), std::slice::from_ref(&rows));
    let before = files(root.path());
    let mut batch = begin(root.path());
    // Cut another way, and with its columns in another order.
    let rows = rows.project(&[2, 0, 1]).unwrap();
    let halves = [Ok(rows.slice(0, 5)), Ok(rows.slice(5, 7))];
    let added = batch
        .add("b.csv", &rows.schema(), halves, Watch::unwatched())
        .unwrap();
    assert_eq!(added.status, Status::Known);
    let Run::NothingNew(nothing) = batch.commit(Watch::unwatched()).unwrap() else {
        panic!("committed");
    };
    assert_eq!((nothing.version, nothing.known), (1, 1));
    assert_eq!(files(root.path()), before);
}
