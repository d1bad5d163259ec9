//! Any bytes through the decoder.
//!
//! `cargo fuzz run decode` (with a nightly compiler, or `RUSTC_BOOTSTRAP=1` and `-s none`).

#![no_main]

#[path = "../../crates/trendgate/tests/decode_law/mod.rs"]
mod decode_law;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| decode_law::hold(bytes));
