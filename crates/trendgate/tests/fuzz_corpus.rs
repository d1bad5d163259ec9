//! Replays the corpora of the fuzzer.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test reads its own files, and panics where it fails"
)]

mod decode_law;
mod hostile_law;
mod tables_law;

use hostile_law::Read;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The inputs of a target.
fn corpus(target: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    let entries = fs::read_dir(folder.join(target)).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn every_input_of_the_decoders_corpus_keeps_its_law() {
    let inputs = corpus("decode");
    assert!(inputs.len() >= 20, "{inputs:?}");
    for input in inputs {
        decode_law::hold(&fs::read(input).unwrap());
    }
}

#[test]
fn every_input_of_the_corpus_of_cells_is_read_alike_many_at_a_time_and_one_by_one() {
    let inputs = corpus("cells");
    let rows: u64 = inputs
        .iter()
        .map(|input| decode_law::hold_rows(&fs::read(input).unwrap()))
        .sum();
    assert_eq!((inputs.len(), rows), (5, 20));
}

#[test]
fn every_input_of_the_containers_corpus_keeps_the_decoders_law() {
    let inputs = corpus("containers");
    assert!(inputs.len() >= 8, "{inputs:?}");
    for input in inputs {
        decode_law::hold(&fs::read(input).unwrap());
    }
}

#[test]
fn every_table_of_its_corpus_is_read_as_init_describes_it_and_so_is_what_it_was_changed_into() {
    let folder = tempfile::tempdir().unwrap();
    let inputs = corpus("tables");
    let found = inputs.iter().map(|input| {
        let bytes = fs::read(input).unwrap();
        // Cut short, without a line, and with another byte in the midst.
        let mid = bytes.len() / 2;
        tables_law::hold(&bytes[..mid], folder.path());
        let lines = bytes.split_inclusive(|byte| *byte == b'\n').skip(1);
        tables_law::hold(&lines.collect::<Vec<_>>().concat(), folder.path());
        let mut changed = bytes.clone();
        changed[mid] ^= 0x15;
        tables_law::hold(&changed, folder.path());
        usize::from(tables_law::hold(&bytes, folder.path()))
    });
    assert_eq!((found.sum::<usize>(), inputs.len()), (13, 13));
}

#[test]
fn every_input_of_the_other_corpora_keeps_its_law() {
    let folder = tempfile::tempdir().unwrap();
    let written = folder.path().join("input.parquet");
    let (mut whole, mut manifests) = (0, 0);
    let since = Instant::now();
    for input in corpus("check") {
        let read = hostile_law::check(&fs::read(input).unwrap(), &written);
        whole += usize::from(read == Read::Whole);
    }
    // Of a list of two thousand million items that are not there, the reader of Parquet skipped each.
    assert!(since.elapsed() < Duration::from_secs(20), "too slow");
    for input in corpus("manifest") {
        manifests += usize::from(hostile_law::manifest(&fs::read(input).unwrap()));
    }
    for input in corpus("printed") {
        hostile_law::printed(&fs::read(input).unwrap());
    }
    assert_eq!((whole, manifests), (3, 1), "they are what a run wrote");
}
