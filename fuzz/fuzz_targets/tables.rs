//! Any bytes as a file for which `init` writes a description, and as a table that is read by it.
//!
//! How it is run: `fuzz/README.md`.

#![no_main]

#[allow(dead_code, reason = "what is read as stated is held to it, not what is not")]
#[path = "../../crates/trendgate/tests/decode_law/mod.rs"]
mod decode_law;
#[path = "../../crates/trendgate/tests/tables_law/mod.rs"]
mod tables_law;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    tables_law::hold(bytes, &std::env::temp_dir());
});
