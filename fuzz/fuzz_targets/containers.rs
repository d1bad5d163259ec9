//! Any bytes as a file that holds texts: gzip, a zip archive, a workbook.
//!
//! The law is that of the decoder, and the corpus begins with such files. How it is run: `fuzz/README.md`.

#![no_main]

#[path = "../../crates/trendgate/tests/decode_law/mod.rs"]
mod decode_law;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| decode_law::hold(bytes));
