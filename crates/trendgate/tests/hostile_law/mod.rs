//! What holds of bytes that anyone may have written, for the fuzzer and for the tests: no panic, no path out of the dataset, nothing
//! printed that a terminal obeys.

use serde_json::Value;
use std::path::{Component, Path};
use trendgate::internals::partition;
use trendgate::manifest::FileEntry;
use trendgate::wording::{escaped, escaped_json, escaped_lines, is_obeyed};
use trendgate::{DatasetPath, Digest, Error, Manifest, files};

/// What became of bytes that were read as a Parquet file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Read {
    /// They were read to their end.
    Whole,
    /// They were refused.
    Refused,
    /// They were refused because the reader of Parquet panicked.
    GaveUp,
}

/// Checks and reads `bytes` as a Parquet file, at `path`.
#[allow(clippy::disallowed_methods, reason = "a test makes its own files")]
pub(crate) fn check(bytes: &[u8], path: &Path) -> Read {
    std::fs::write(path, bytes).unwrap();
    let checked = files::check_file(path);
    // One batch after the other: a few bytes can stand for millions of equal rows.
    let read =
        partition::read_part(path).and_then(|mut rows| rows.try_for_each(|batch| batch.map(drop)));
    let mut found = Read::Whole;
    for error in [checked.err(), read.err()].into_iter().flatten() {
        assert_eq!(error.path(), Some(path), "{error:?}");
        found = match error.message().ends_with("its reader gave up") {
            true => return Read::GaveUp,
            false => Read::Refused,
        };
    }
    found
}

/// Reads `bytes` as a manifest, under a right checksum where they are JSON: no path of it leads out of its site.
pub(crate) fn manifest(bytes: &[u8]) -> bool {
    let _ = Manifest::from_bytes(bytes);
    let Ok(mut value) = serde_json::from_slice::<Value>(bytes) else {
        return false;
    };
    let blank = "0".repeat(64);
    if let Some(fields) = value.as_object_mut() {
        fields.insert("checksum".into(), format!("sha256:{blank}").into());
    }
    let text = serde_json::to_string_pretty(&value).unwrap();
    let digest = Digest::of(text.as_bytes()).hex();
    let Ok(manifest) = Manifest::from_bytes(text.replacen(&blank, &digest, 1).as_bytes()) else {
        return false;
    };
    let site = manifest.site_id.as_str();
    let files = |list: &[FileEntry]| list.iter().map(|file| file.path.clone()).collect();
    let parts = manifest.files.iter().map(|part| part.path.clone());
    let mut paths: Vec<DatasetPath> = files(&manifest.evidence_files);
    paths.extend(parts);
    paths.extend(manifest.output_files.iter().cloned());
    paths.extend(manifest.replaces.iter().cloned());
    paths.extend(manifest.replaces_evidence.iter().cloned());
    for path in &paths {
        let names: Vec<Component<'_>> = Path::new(path.as_str()).components().collect();
        assert!(
            names
                .iter()
                .all(|name| matches!(name, Component::Normal(_)))
        );
        assert_eq!(
            (names.len(), names[0].as_os_str()),
            (4, site.as_ref()),
            "{path}"
        );
    }
    if let Some(file) = &manifest.inputs_file {
        assert_eq!(
            Path::new(file.path.as_str()).components().count(),
            1,
            "{}",
            file.path
        );
    }
    true
}

/// Prints `bytes` in every way in which text from outside is printed.
pub(crate) fn printed(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let safe = escaped(&text);
    assert!(!safe.chars().any(is_obeyed), "{safe}");
    assert_eq!(escaped(&safe), safe);
    assert!(
        !escaped_lines(&text)
            .chars()
            .any(|c| c != '\n' && is_obeyed(c))
    );
    let error = Error::input(text.to_string())
        .at(&*text)
        .line(1)
        .point(&*text);
    assert!(!error.to_string().chars().any(is_obeyed), "{error}");
    let json = serde_json::to_string(&*text).unwrap();
    let safe = escaped_json(&json);
    assert!(!safe.chars().any(is_obeyed), "{safe}");
    assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), text);
}
