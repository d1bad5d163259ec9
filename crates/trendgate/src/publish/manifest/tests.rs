//! What a manifest's bytes say, and that no byte of them can change unseen.

use super::super::fixture;
use super::*;
use crate::error::ErrorKind;
use crate::model::Flag;
use crate::text_id::TextId;
use crate::time::{DAY, Extent, Instant};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn path(text: &str) -> DatasetPath {
    DatasetPath::new(text).unwrap()
}

/// A manifest in which every list has an entry and every option a value.
fn full() -> Manifest {
    let day = |days: i64| Instant::EPOCH + days * DAY;
    let mut manifest = fixture::manifest(1, &[]);
    let part = PartEntry {
        path: path("S-1/year=2026/month=02/part-a.parquet"),
        sha256: Digest::of(b"part"),
        bytes: 4,
        rows: 3,
        time_range: Extent {
            first: day(20_500),
            last: day(20_501),
        },
        quality_flags: BTreeMap::from([(Flag::Outlier, 1)]),
    };
    manifest.output_files = vec![part.path.clone()];
    manifest.statistics.total_rows = part.rows;
    manifest.statistics.time_range = Some(part.time_range);
    manifest.changed_range = Some(part.time_range);
    manifest.replaces = vec![path("S-1/year=2026/month=02/part-0.parquet")];
    manifest.redigested = vec![Redigested {
        earlier: Digest::of(b"old").into(),
        digest: TextId::of(b"old"),
        text_bytes: Some(1 << 10),
    }];
    manifest.rebuilt_from = vec![SourceRef::new("reports/0.csv".as_ref(), TextId::of(b"old"))];
    manifest.gaps = vec![GapEntry {
        from: day(20_502),
        to: day(20_512),
        bins: 960,
    }];
    let conflict = Conflict {
        timestamp: day(20_500),
        column: "chst".into(),
        kept: 6.5,
        lost: 7.25,
    };
    manifest.conflicts = Conflicts {
        cells: 1,
        equal_duplicates: 0,
        examples: vec![conflict],
    };
    manifest.evidence_files = vec![FileEntry {
        path: path("S-1/year=2026/month=02/evidence-a.parquet"),
        sha256: Digest::of(b"e"),
        bytes: 1,
        rows: 1,
    }];
    manifest.files = vec![part];
    manifest.version = 2;
    manifest
}

#[test]
fn a_manifest_reads_as_documented() {
    let text = String::from_utf8(full().to_bytes().unwrap()).unwrap();
    insta::with_settings!({ filters => vec![(env!("CARGO_PKG_VERSION"), "[version]")] }, {
        insta::assert_snapshot!(text);
    });
}

#[test]
fn a_manifest_survives_its_bytes_and_fields_of_a_later_minor_version_are_passed_over() {
    let manifest = full();
    let bytes = manifest.to_bytes().unwrap();
    let read = Manifest::from_bytes(&bytes).unwrap();
    assert_eq!(
        read,
        Manifest {
            checksum: read.checksum,
            ..manifest
        }
    );
    assert_ne!(read.checksum, Digest([0; 32]));
    assert_eq!(read.to_bytes().unwrap(), bytes);
    let later = resealed(
        &bytes,
        "\"manifest_version\": \"1.0\"",
        "\"manifest_version\": \"1.7\",\n  \"mood\": \"good\"",
    );
    assert_eq!(
        Manifest::from_bytes(&later).unwrap().manifest_version,
        "1.7"
    );
}

#[test]
fn manifests_of_earlier_programs_have_the_sha256_of_texts_and_call_it_so() {
    let manifest = full();
    let mut bytes = manifest.to_bytes().unwrap();
    let (input, failed) = (&manifest.inputs[0], &manifest.failed_files[0]);
    let ids = [input.digest, failed.digest.unwrap(), TextId::of(b"old")];
    let earlier = Digest::of(b"earlier");
    for id in ids {
        let today = format!("\"digest\": \"{id}\"");
        bytes = resealed(&bytes, &today, &format!("\"sha256\": \"{earlier}\""));
    }
    let read = Manifest::from_bytes(&bytes).unwrap();
    let earlier = TextId::from(earlier);
    assert_eq!(
        (read.inputs[0].digest, read.failed_files[0].digest),
        (earlier, Some(earlier))
    );
    assert_eq!(read.rebuilt_from[0].digest, earlier);
}

#[test]
fn another_major_version_is_refused_as_one_and_not_as_damage_of_its_fields() {
    let bytes = full().to_bytes().unwrap();
    let other = resealed(
        &bytes,
        "\"manifest_version\": \"1.0\"",
        "\"manifest_version\": \"2.0\"",
    );
    let error = Manifest::from_bytes(&other).unwrap_err();
    assert_eq!(
        error.message(),
        "expected manifest_version 1.x, found \"2.0\""
    );
}

/// The bytes with one text replaced and the checksum made right again, as a later program would write them.
fn resealed(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = std::str::from_utf8(bytes).unwrap().replacen(from, to, 1);
    let at = text.find("\"checksum\": \"sha256:").unwrap() + 20;
    let blank = format!("{}{}{}", &text[..at], "0".repeat(64), &text[at + 64..]);
    format!(
        "{}{}{}",
        &text[..at],
        Digest::of(blank.as_bytes()).hex(),
        &text[at + 64..]
    )
    .into_bytes()
}

#[test]
fn what_is_wrong_with_the_bytes_is_said_in_words() {
    let bytes = full().to_bytes().unwrap();
    let said = |bytes: &[u8]| {
        Manifest::from_bytes(bytes)
            .unwrap_err()
            .message()
            .to_owned()
    };
    assert_eq!(said(b""), "expected a manifest, found an empty file");
    assert_eq!(
        said(&bytes[..100]),
        "expected a manifest, found its first 100 bytes: it is cut short"
    );
    assert!(said(b"noise").starts_with("expected JSON: "));
    assert!(said(b"{}").starts_with("expected a manifest: missing field `manifest_version`"));
    assert!(said(&bytes[..bytes.len() - 1]).ends_with("the file was altered"));
    let twice = String::from_utf8(bytes)
        .unwrap()
        .replace("\"site_id\"", "\"checksum\": \"sha256:0\", \"site_id\"");
    assert_eq!(
        said(twice.as_bytes()),
        "expected one field \"checksum\" with a sha256 digest"
    );
}

#[test]
fn no_byte_can_change_unseen() {
    let bytes = full().to_bytes().unwrap();
    for at in 0..bytes.len() {
        for bit in [0, 5] {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << bit;
            let error = Manifest::from_bytes(&damaged).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Damaged, "byte {at}, bit {bit}");
        }
        assert!(Manifest::from_bytes(&bytes[..at]).is_err(), "cut at {at}");
    }
}

#[test]
fn the_identity_of_a_batch_is_that_of_its_contents_and_nothing_else() {
    let [a, b] = [b"a", b"b"].map(|text| TextId::of(text));
    let [config, other] = [b"c", b"d"].map(|text| Digest::of(text));
    let id = batch_id("S-1", config, [a, b]);
    assert_eq!(id, batch_id("S-1", config, [b, a, b]));
    assert_ne!(id, batch_id("S-1", config, [a]));
    assert_ne!(id, batch_id("S-1", other, [a, b]));
    assert_ne!(id, batch_id("S-2", config, [a, b]));
    assert_eq!(id.get_version_num(), 8);
}

#[test]
fn a_list_that_is_not_as_long_as_announced_is_refused() {
    let inputs = full().inputs;
    for count in [0, 2] {
        let listing = Listing::new(count, inputs.iter().cloned().map(Ok));
        let error = listing.write(|_| Ok(())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Bug);
    }
}

#[test]
fn inputs_in_a_file_of_an_earlier_program_come_back_unless_it_was_altered() {
    let mut manifest = full();
    let whole = manifest.clone();
    let mut lines = Vec::new();
    let listed = Listing::of(&whole.inputs).write(|text| {
        lines.extend_from_slice(text);
        Ok(())
    });
    assert_eq!(
        listed.unwrap(),
        Listed {
            inputs: 1,
            accepted: 1
        }
    );
    manifest.inputs.clear();
    manifest.inputs_file = Some(FileEntry {
        path: path("inputs-S-1-b-a.jsonl"),
        sha256: Digest::of(&lines),
        bytes: lines.len() as u64,
        rows: 1,
    });
    let mut read = Manifest::from_bytes(&manifest.to_bytes().unwrap()).unwrap();
    assert_eq!(
        read.join_inputs(b"{}").unwrap_err().kind(),
        ErrorKind::Damaged
    );
    read.join_inputs(&lines).unwrap();
    assert_eq!(read.inputs, whole.inputs);
}

/// Every object in a manifest has the fields that its schema requires, and no others than it describes.
#[test]
fn the_json_schema_describes_what_is_written() {
    let schema = Manifest::json_schema();
    let value: serde_json::Value = serde_json::from_slice(&full().to_bytes().unwrap()).unwrap();
    let mut seen = BTreeSet::new();
    matches_schema(&schema, &schema, &value, "manifest", &mut seen);
    for expected in [
        "PartEntry",
        "InputEntry",
        "FailedFile",
        "Gap",
        "Conflict",
        "SourceRef",
        "SchemaColumn",
        "FileEntry",
    ] {
        assert!(seen.contains(expected), "{expected} was not compared");
    }
}

fn matches_schema(
    root: &serde_json::Value,
    schema: &serde_json::Value,
    value: &serde_json::Value,
    place: &str,
    seen: &mut BTreeSet<String>,
) {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.trim_start_matches("#/$defs/");
        seen.insert(name.to_owned());
        return matches_schema(root, &root["$defs"][name], value, place, seen);
    }
    if let Some(any) = schema["anyOf"].as_array() {
        let some = any
            .iter()
            .find(|option| (option["type"] == "null") == value.is_null())
            .unwrap();
        return matches_schema(root, some, value, place, seen);
    }
    if let Some(items) = value.as_array() {
        for item in items.iter().filter(|_| schema["items"].is_object()) {
            matches_schema(root, &schema["items"], item, place, seen);
        }
    }
    let (Some(fields), Some(described)) = (value.as_object(), schema["properties"].as_object())
    else {
        return;
    };
    for required in schema["required"].as_array().into_iter().flatten() {
        assert!(
            fields.contains_key(required.as_str().unwrap()),
            "{place} lacks {required}"
        );
    }
    for (field, value) in fields {
        let schema = described
            .get(field)
            .unwrap_or_else(|| panic!("{place}.{field} is not described"));
        matches_schema(root, schema, value, &format!("{place}.{field}"), seen);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Times survive their text to the nanosecond, and in the same order.
    #[test]
    fn a_time_survives_its_text(a in any::<i64>(), b in any::<i64>()) {
        let [first, second] = [a, b].map(|nanos| Instant::from_nanos(nanos).to_string().parse::<Instant>().unwrap());
        prop_assert_eq!((first.nanos(), second.nanos()), (a, b));
    }
}

#[test]
fn a_path_that_leads_out_of_the_site_is_damage_that_names_it() {
    let whole: serde_json::Value = serde_json::from_slice(&full().to_bytes().unwrap()).unwrap();
    assert!(Manifest::from_bytes(&fixture::sealed(whole.clone())).is_ok());
    let entry = |path: &str| serde_json::json!({ "path": path, "sha256": Digest::of(b""), "bytes": 0, "rows": 0 });
    for path in [
        "../../victim.csv",
        "/elsewhere/victim.csv",
        "S-1/year=2026/month=02/../../../../victim.csv",
        "S-1/year=2026/month=02/victim.csv",
        "S-2/year=2026/month=02/part-a.parquet",
        "S-2/year=2026/month=02/evidence-a.parquet",
        "S-1\\year=2026\\month=02\\part-a.parquet",
        "S-1//year=2026/month=02/part-a.parquet",
        "",
    ] {
        let mut part = whole["files"][0].clone();
        part["path"] = path.into();
        for (field, value) in [
            ("files", serde_json::json!([part])),
            ("output_files", serde_json::json!([path])),
            ("replaces", serde_json::json!([path])),
            ("evidence_files", serde_json::json!([entry(path)])),
            ("replaces_evidence", serde_json::json!([path])),
            ("inputs_file", entry(path)),
        ] {
            let mut hostile = whole.clone();
            hostile[field] = value;
            let error = Manifest::from_bytes(&fixture::sealed(hostile)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Damaged, "{field} {path}");
            let said = error.message().replace("\\\\", "\\");
            assert!(said.contains(path), "{field} {path}: {error}");
        }
    }
    for site in ["../S-1", "/", "", "S-1/x"] {
        let mut hostile = whole.clone();
        hostile["site_id"] = site.into();
        let error = Manifest::from_bytes(&fixture::sealed(hostile)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Damaged, "{site}");
    }
}
