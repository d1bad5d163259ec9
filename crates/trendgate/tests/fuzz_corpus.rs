//! Replays the corpus of the fuzzer.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test reads its own files, and panics where it fails"
)]

mod decode_law;

use std::fs;
use std::path::Path;

#[test]
fn every_input_of_the_decoders_corpus_keeps_its_law() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/decode");
    let mut inputs = 0;
    for entry in fs::read_dir(folder).unwrap() {
        decode_law::hold(&fs::read(entry.unwrap().path()).unwrap());
        inputs += 1;
    }
    assert!(inputs >= 14, "{inputs}");
}
