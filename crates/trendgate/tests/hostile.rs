//! Bytes that were changed at random, by a seed: Parquet files, manifests and text, against the laws that the fuzzer holds them to.
//!
//! `TRENDGATE_MUTATED=100000` looks at more of them than the usual few hundred.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::cast_possible_truncation,
    reason = "a test makes its own files, and panics where it fails"
)]

mod hostile_law;

use hostile_law::Read;

use arrow::array::{
    ArrayRef, Decimal128Array, Float64Array, Int32Array, ListBuilder, RecordBatch, StringArray,
    StringBuilder, TimestampNanosecondArray,
};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use serde_json::json;
use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// So many are looked at in the suite.
const MUTATED: u64 = 400;
/// A test is to be done by then.
const LIMIT: Duration = Duration::from_secs(120);

/// Numbers that follow from a seed (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

/// `bytes` with some of them changed, moved, left out or doubled; of a Parquet file the footer is hit as often as all the rest.
fn mutated(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let tail = bytes.len() / 2;
    for _ in 0..=random.below(4) {
        let from = if random.below(2) == 0 { tail } else { 0 };
        let at = from + random.below(bytes.len().saturating_sub(from));
        let Some(byte) = bytes.get(at).copied() else {
            return bytes;
        };
        match random.below(6) {
            0 => bytes[at] ^= 1 << random.below(8),
            1 => bytes[at] = [0, 0xff, 0x7f, 0x80][random.below(4)],
            2 => bytes[at] = random.next() as u8,
            3 => {
                let end = (at + 1 + random.below(8)).min(bytes.len());
                bytes.drain(at..end);
            }
            4 => bytes.insert(at, byte),
            _ => {
                let end = (at + 1 + random.below(8)).min(bytes.len());
                bytes[at..end].fill(0xff);
            }
        }
    }
    bytes
}

fn each(law: impl Fn(u64, &mut Random)) {
    let many = std::env::var("TRENDGATE_MUTATED").ok();
    let many = many.and_then(|text| text.parse().ok()).unwrap_or(MUTATED);
    let since = Instant::now();
    for seed in 0..many {
        law(seed, &mut Random(seed));
        assert!(
            many > MUTATED || since.elapsed() < LIMIT,
            "too slow, by seed {seed}"
        );
    }
}

/// A part as ours are, and a file with columns of other kinds.
fn parquet_files() -> Vec<Vec<u8>> {
    const ROWS: usize = 300;
    let times = (0..ROWS as i64).map(|bin| 1_476_028_800_000_000_000 + bin * 900_000_000_000);
    let mut flags = ListBuilder::new(StringBuilder::new());
    for row in 0..ROWS {
        if row % 7 == 0 {
            flags.values().append_value("OUTLIER");
        }
        flags.append(true);
    }
    let values = (0..ROWS).map(|row| (row % 5 != 0).then_some(row as f64 / 8.0));
    let ours: Vec<(&str, ArrayRef)> = vec![
        (
            "timestamp",
            Arc::new(TimestampNanosecondArray::from_iter_values(times).with_timezone("UTC")),
        ),
        ("quality_flags", Arc::new(flags.finish())),
        ("chst", Arc::new(Float64Array::from_iter(values))),
    ];
    let texts = (0..ROWS).map(|row| (row % 3 != 0).then(|| format!("text {}", row % 9)));
    let decimals = Decimal128Array::from_iter_values((0..ROWS).map(|row| row as i128 * 1_000_003));
    let theirs: Vec<(&str, ArrayRef)> = vec![
        ("name", Arc::new(texts.collect::<StringArray>())),
        (
            "n",
            Arc::new(Int32Array::from_iter_values(
                (0..ROWS).map(|row| row as i32),
            )),
        ),
        (
            "price",
            Arc::new(decimals.with_precision_and_scale(30, 2).unwrap()),
        ),
    ];
    [
        (ours, Compression::SNAPPY),
        (theirs, Compression::UNCOMPRESSED),
    ]
    .into_iter()
    .map(|(columns, compression)| {
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let properties = WriterProperties::builder()
            .set_compression(compression)
            .set_max_row_group_row_count(Some(128))
            .build();
        let mut writer =
            ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.into_inner().unwrap()
    })
    .collect()
}

#[test]
fn a_mutated_parquet_file_is_checked_and_read_or_named_as_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mutated.parquet");
    let files = parquet_files();
    let whole = |file: &Vec<u8>| hostile_law::check(file, &path) == Read::Whole;
    assert!(files.iter().all(whole));
    let gave_up = Cell::new(0);
    each(|seed, random| {
        let whole = &files[(seed % 2) as usize];
        if hostile_law::check(&mutated(whole, random), &path) == Read::GaveUp {
            println!("the reader of Parquet gives up on seed {seed}");
            gave_up.set(gave_up.get() + 1);
        }
    });
    assert!(
        gave_up.get() > 0,
        "no file makes the reader of Parquet panic: nothing is tested"
    );
}

/// A manifest with a path in every field that has any.
fn a_manifest() -> String {
    let digest = format!("sha256:{}", "1".repeat(64));
    let range = ["2026-02-01T00:00:00Z", "2026-02-02T00:00:00Z"];
    let file = |path: &str| json!({ "path": path, "sha256": digest, "bytes": 1, "rows": 1 });
    let mut part = file("S-1/year=2026/month=02/part-a-202602-00000.parquet");
    part["time_range"] = json!(range);
    part["quality_flags"] = json!({});
    let cells = [
        "input",
        "used",
        "equal_duplicates",
        "conflict_losers",
        "missing",
        "unrecognised",
        "unit_mismatch",
        "not_finite",
        "rejected",
    ];
    let cells: serde_json::Map<String, serde_json::Value> = cells
        .iter()
        .map(|name| ((*name).to_owned(), json!(0)))
        .collect();
    json!({
        "manifest_version": "1.0", "batch_id": "6a1e5bd1-0000-8000-8000-000000000000", "site_id": "S-1",
        "created_at": range[0], "input_files_count": 0, "output_files": [part["path"]],
        "statistics": { "total_rows": 1, "time_range": range, "quality_flags_distribution": {}, "points": {} },
        "schema_hash": digest, "checksum": digest, "files": [part], "inputs": [],
        "inputs_file": file("inputs-S-1-b-a.jsonl"), "failed_files": [],
        "evidence_files": [file("S-1/year=2026/month=02/evidence-a-202602.parquet")], "gaps": [],
        "conflicts": { "cells": 0, "equal_duplicates": 0, "examples": [] }, "cells": cells,
        "config_digest": digest, "time_baseline": range[0], "trendgate_version": "0.1.0", "version": 1,
        "replaces": ["S-1/year=2026/month=02/part-0-202602-00000.parquet"],
        "replaces_evidence": ["S-1/year=2026/month=02/evidence-0-202602.parquet"],
        "rebuilt_from": [], "timezone": "UTC", "resample_interval": "15m", "schema": []
    })
    .to_string()
}

#[test]
fn a_mutated_manifest_never_names_a_file_outside_of_its_site() {
    let whole = a_manifest();
    assert!(hostile_law::manifest(whole.as_bytes()), "{whole}");
    let pieces = [
        "../",
        "/",
        "..",
        "\\u0000",
        "S-2",
        "./",
        "//",
        "\\\\",
        "/etc/passwd",
        "year=",
        "part-",
    ];
    each(|_, random| {
        let mut text = whole.clone();
        for _ in 0..=random.below(3) {
            // The paths begin with the site, or follow it.
            let places: Vec<usize> = text.match_indices("S-1").map(|(at, _)| at).collect();
            let at = places[random.below(places.len())] + random.below(40);
            if text.is_char_boundary(at) {
                text.insert_str(at, pieces[random.below(pieces.len())]);
            }
        }
        hostile_law::manifest(text.as_bytes());
        hostile_law::manifest(&mutated(whole.as_bytes(), random));
    });
}

#[test]
fn random_text_is_printed_without_anything_that_a_terminal_obeys() {
    each(|_, random| {
        let pieces: [&[u8]; 8] = [
            b"\x1b[31m",
            b"\x07",
            b"\r\n",
            "\u{9b}".as_bytes(),
            "\u{202e}".as_bytes(),
            "中文".as_bytes(),
            b"\xff\xfe",
            b"\\u{1b}",
        ];
        let mut bytes = Vec::new();
        for _ in 0..random.below(20) {
            bytes.extend_from_slice(pieces[random.below(pieces.len())]);
            bytes.extend(random.next().to_le_bytes());
        }
        hostile_law::printed(&bytes);
    });
}
