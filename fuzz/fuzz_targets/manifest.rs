//! Any bytes as a manifest: no path of it leads out of the dataset.
//!
//! How it is run: `fuzz/README.md`.

#![no_main]
#![allow(dead_code, reason = "the laws of all targets stand in one file")]

#[path = "../../crates/trendgate/tests/hostile_law/mod.rs"]
mod hostile_law;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    hostile_law::manifest(bytes);
});
