//! Any bytes as a Parquet file through `check` and the reading of its rows.
//!
//! How it is run: `fuzz/README.md`.

#![no_main]
#![allow(dead_code, reason = "the laws of all targets stand in one file")]

#[path = "../../crates/trendgate/tests/hostile_law/mod.rs"]
mod hostile_law;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let path = std::env::temp_dir().join(format!("trendgate-fuzz-{}.parquet", std::process::id()));
    hostile_law::check(bytes, &path);
});
