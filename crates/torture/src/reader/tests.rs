use super::dataset::Row;
use super::*;
use arrow::array::{
    ArrayRef, Float64Array, ListBuilder, RecordBatch, StringArray, StringBuilder,
    TimestampNanosecondArray,
};
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;

const QUARTER: i64 = 900_000_000_000;

struct Made {
    dir: tempfile::TempDir,
    files: Vec<Value>,
    evidence: Vec<Value>,
    inputs: Vec<Value>,
}

impl Made {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            files: Vec::new(),
            evidence: Vec::new(),
            inputs: Vec::new(),
        }
    }

    fn path(&self, below: &str) -> PathBuf {
        let path = self.dir.path().join(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }

    fn parquet(&self, below: &str, columns: Vec<(&str, ArrayRef)>) -> Value {
        let path = self.path(below);
        let batch = RecordBatch::try_from_iter_with_nullable(
            columns
                .into_iter()
                .map(|(name, column)| (name, column, true)),
        )
        .unwrap();
        let file = fs::File::create(&path).unwrap();
        let mut writer = parquet::arrow::ArrowWriter::try_new(file, batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        let bytes = fs::read(&path).unwrap();
        let name = below.split_once('/').unwrap().1;
        json!({ "path": name, "bytes": bytes.len(), "rows": batch.num_rows(), "sha256": log::digest(&bytes) })
    }

    /// A part of quarters of an hour from the `first`; the first row is flagged.
    fn part(&mut self, name: &str, first: i64, values: &[Option<f64>]) {
        let times: Vec<i64> = (first..).take(values.len()).map(|t| t * QUARTER).collect();
        let mut flags = ListBuilder::new(StringBuilder::new());
        for place in 0..values.len() {
            if place == 0 {
                flags.values().append_value("FROZEN");
            }
            flags.append(true);
        }
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("timestamp", Arc::new(TimestampNanosecondArray::from(times))),
            ("quality_flags", Arc::new(flags.finish())),
            ("chst", Arc::new(Float64Array::from(values.to_vec()))),
        ];
        let entry = self.parquet(&format!("processed/{name}"), columns);
        self.files.push(entry);
    }

    /// A piece of evidence; `known` is absent where an earlier program wrote it.
    fn evidence(&mut self, name: &str, time: i64, known: Option<i64>) {
        let text = |text: &str| -> ArrayRef { Arc::new(StringArray::from(vec![text])) };
        let at = |time: i64| -> ArrayRef { Arc::new(TimestampNanosecondArray::from(vec![time])) };
        let mut columns: Vec<(&str, ArrayRef)> = vec![
            ("timestamp", at(time)),
            ("column", text("chst")),
            ("flag", text("FROZEN")),
            ("rule", text("frozen")),
        ];
        columns.extend(known.map(|known| ("known_at", at(known))));
        let entry = self.parquet(&format!("evidence/{name}"), columns);
        self.evidence.push(entry);
    }

    /// A report of this text, and what is kept of it.
    fn report(&mut self, text: &str) -> PathBuf {
        let hex = blake3::hash(text.as_bytes()).to_hex();
        let packed = zstd::encode_all(text.as_bytes(), 1).unwrap();
        let path = self.path(&format!("sources/T/{hex}.zst"));
        fs::write(&path, &packed).unwrap();
        let digest = format!("blake3:{hex}");
        self.inputs.push(json!({
            "path": "in/a.csv", "status": "accepted", "digest": digest, "bytes": text.len(),
            "kept": { "digest": digest, "bytes": packed.len() },
        }));
        path
    }

    /// Commits what was made since the last time.
    fn commit(&mut self, version: u64, replaces: &[&str]) {
        let zeros = "0".repeat(64);
        let manifest = json!({
            "batch_id": format!("b{version}"), "site_id": "T", "version": version, "checksum": format!("sha256:{zeros}"),
            "resample_interval": "15m", "gaps": [], "replaces": replaces,
            "files": std::mem::take(&mut self.files), "evidence_files": std::mem::take(&mut self.evidence),
            "inputs": std::mem::take(&mut self.inputs),
        });
        let text = serde_json::to_string_pretty(&manifest).unwrap();
        let sum = log::digest(text.as_bytes());
        let text = text.replace(&format!("sha256:{zeros}"), &sum);
        let record = self.path(&format!("manifests/.log/T/{version:020}.json"));
        fs::write(&record, text).unwrap();
        let public = self.path(&format!(
            "manifests/manifest-b{version}-20250101T000000000Z.json"
        ));
        fs::hard_link(record, public).unwrap();
    }

    fn read(&self) -> Result<Site> {
        read(self.dir.path(), "T")
    }
}

fn two_versions() -> Made {
    let mut made = Made::new();
    made.part("T/a.parquet", 0, &[Some(1.0), None]);
    made.part("T/b.parquet", 2, &[Some(3.0)]);
    made.evidence("T/e.parquet", 0, Some(QUARTER));
    made.commit(1, &[]);
    made.part("T/c.parquet", 2, &[Some(4.0), Some(5.0)]);
    made.commit(2, &["T/b.parquet"]);
    made
}

#[test]
fn the_fold_of_two_versions_has_the_rows_of_the_live_parts() {
    let made = two_versions();
    fs::remove_file(made.path("processed/T/b.parquet")).unwrap();
    let site = made.read().unwrap();
    assert_eq!((site.version, site.named.len()), (2, 6));
    assert_eq!(site.nameless, Vec::<String>::new());
    let row = |flags: &[&str], value: Option<f64>| Row {
        flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
        cells: value
            .map(|value| ("chst".to_owned(), value.to_bits()))
            .into_iter()
            .collect(),
    };
    let rows: Vec<Row> = site.dataset.rows.values().cloned().collect();
    assert_eq!(
        rows,
        [
            row(&["FROZEN"], Some(1.0)),
            row(&[], None),
            row(&["FROZEN"], Some(4.0)),
            row(&[], Some(5.0))
        ]
    );
    assert_eq!(site.dataset.evidence.len(), 1);
}

#[test]
fn nothing_committed_is_version_0_and_files_without_a_record_are_not_seen() {
    let mut made = Made::new();
    made.part("T/a.parquet", 0, &[Some(1.0)]);
    let site = made.read().unwrap();
    assert_eq!((site.version, site.dataset.rows()), (0, 0));
}

#[test]
fn any_changed_byte_of_a_record_part_or_evidence_is_an_error_that_names_the_file() {
    for name in [
        "manifests/.log/T/00000000000000000001.json",
        "manifests/manifest-b1-20250101T000000000Z.json",
        "processed/T/a.parquet",
        "evidence/T/e.parquet",
    ] {
        let made = two_versions();
        let path = made.path(name);
        let mut bytes = fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::remove_file(&path).unwrap();
        fs::write(&path, bytes).unwrap();
        let message = made.read().unwrap_err();
        assert!(message.contains(name), "{name}: {message}");
    }
}

#[test]
fn what_is_kept_of_a_file_unpacks_to_it_or_is_an_error_that_names_it() {
    let made = |keep: &dyn Fn(&mut Made)| {
        let mut made = Made::new();
        made.part("T/a.parquet", 0, &[Some(1.0)]);
        keep(&mut made);
        made.commit(1, &[]);
        made
    };
    let whole = made(&|made| drop(made.report("a,b\n1,2\n")));
    assert!(
        whole
            .read()
            .unwrap()
            .named
            .iter()
            .any(|path| path.starts_with("sources/T/"))
    );
    // Of another report, cut short, with something behind it.
    let other = zstd::encode_all(&b"a,b\n1,3\n"[..], 1).unwrap();
    let packed = zstd::encode_all(&b"a,b\n1,2\n"[..], 1).unwrap();
    for bytes in [
        &other[..],
        &packed[..packed.len() - 1],
        &[&packed[..], b"x"].concat(),
    ] {
        let bad = made(&|made| {
            let path = made.report("a,b\n1,2\n");
            fs::write(path, bytes).unwrap();
        });
        let message = bad.read().unwrap_err();
        assert!(message.contains(".zst: "), "{message}");
    }
    // It is gone: without a word, or by a collection.
    let gone = made(&|made| fs::remove_file(made.report("a,b\n1,2\n")).unwrap());
    assert!(gone.read().unwrap_err().contains(".zst"));
    fs::write(
        gone.path("manifests/.log/T/00000000000000000001.unkept"),
        "",
    )
    .unwrap();
    gone.read().unwrap();
    // Nothing was kept of a report that has rows.
    let none = made(&|made| {
        made.report("a,b\n1,2\n");
        made.inputs[0].as_object_mut().unwrap().remove("kept");
    });
    assert!(
        none.read()
            .unwrap_err()
            .contains("nothing is kept of blake3:")
    );
}

#[test]
fn a_missing_version_part_or_public_name_is_noticed() {
    let made = two_versions();
    fs::remove_file(made.path("manifests/manifest-b2-20250101T000000000Z.json")).unwrap();
    assert_eq!(made.read().unwrap().nameless, ["manifest-b2-"]);
    fs::remove_file(made.path("processed/T/a.parquet")).unwrap();
    assert!(made.read().unwrap_err().contains("a.parquet"));
    let made = two_versions();
    fs::remove_file(made.path("manifests/.log/T/00000000000000000001.json")).unwrap();
    assert!(made.read().unwrap_err().contains("missing before 2"));
}

#[test]
fn from_when_on_evidence_is_known_may_be_absent_and_is_never_before_its_bin() {
    for (known, expected) in [(None, None), (Some(QUARTER), Some(QUARTER))] {
        let mut made = Made::new();
        made.part("T/a.parquet", 0, &[Some(1.0)]);
        made.evidence("T/e.parquet", 0, known);
        made.commit(1, &[]);
        let evidence = made.read().unwrap().dataset.evidence;
        assert_eq!(evidence.first().unwrap().4, expected);
    }
    let mut made = Made::new();
    made.part("T/a.parquet", 0, &[Some(1.0)]);
    made.evidence("T/e.parquet", 0, Some(0));
    made.commit(1, &[]);
    assert!(
        made.read()
            .unwrap_err()
            .contains("e.parquet: evidence of 0 that was known at 0")
    );
}

#[test]
fn parts_that_overlap_and_holes_that_no_manifest_lists_are_errors() {
    let mut made = Made::new();
    made.part("T/a.parquet", 0, &[Some(1.0), Some(2.0)]);
    made.part("T/b.parquet", 1, &[Some(3.0)]);
    made.commit(1, &[]);
    assert!(made.read().unwrap_err().contains("two rows at"));
    let mut made = Made::new();
    made.part("T/a.parquet", 0, &[Some(1.0)]);
    made.part("T/b.parquet", 2, &[Some(3.0)]);
    made.commit(1, &[]);
    assert!(made.read().unwrap_err().contains("no row between"));
}

#[test]
fn a_difference_says_where() {
    let one = two_versions().read().unwrap().dataset;
    assert_eq!(one.difference(&one.clone()), None);
    let mut other = one.clone();
    other.rows.remove(&0);
    assert_eq!(one.difference(&other).unwrap(), "3 rows instead of 4");
    let mut other = one.clone();
    other
        .rows
        .get_mut(&QUARTER)
        .unwrap()
        .flags
        .push("OUTLIER".to_owned());
    assert!(one.difference(&other).unwrap().contains("OUTLIER"));
}

#[test]
fn a_version_has_files_of_one_attempt_and_a_month_of_one_execution() {
    let read = |names: [&str; 2]| {
        let mut made = Made::new();
        for (first, name) in (0..).zip(names) {
            made.part(&format!("T/{name}-0.parquet"), first, &[Some(1.0)]);
        }
        made.commit(1, &[]);
        made.read().map(|site| site.version)
    };
    let (one, other) = ("a".repeat(24), "b".repeat(24));
    let part = |month: &str, name: &str| format!("{month}/part-{name}");
    let [first, second] = ["1", "2"].map(|execution| format!("{one}{execution}"));
    let same = [part("m=1", &first), part("m=2", &second)];
    assert_eq!(read([&same[0], &same[1]]), Ok(1));
    let twice = [part("m=1", &first), part("m=1", &second)];
    assert!(
        read([&twice[0], &twice[1]])
            .unwrap_err()
            .contains("another execution")
    );
    let mixed = [part("m=1", &one), part("m=2", &other)];
    assert!(
        read([&mixed[0], &mixed[1]])
            .unwrap_err()
            .contains("several attempts")
    );
}
