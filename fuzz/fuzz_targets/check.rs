//! Any bytes as a Parquet file through `check` and the reading of its rows.
//!
//! `cargo fuzz run check` (with a nightly compiler, or `RUSTC_BOOTSTRAP=1` and `-s none`).

#![no_main]
#![allow(dead_code, reason = "the laws of all targets stand in one file")]

#[path = "../../crates/trendgate/tests/hostile_law/mod.rs"]
mod hostile_law;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let path = std::env::temp_dir().join(format!("trendgate-fuzz-{}.parquet", std::process::id()));
    hostile_law::check(bytes, &path);
});
