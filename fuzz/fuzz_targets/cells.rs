//! Any bytes as the rows of a wide table, behind their times.
//!
//! How it is run: `fuzz/README.md`.

#![no_main]

#[allow(dead_code, reason = "the laws of all targets stand in one file")]
#[path = "../../crates/trendgate/tests/decode_law/mod.rs"]
mod decode_law;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    decode_law::hold_rows(bytes);
});
