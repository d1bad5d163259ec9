//! The log of a site → its manifests, each proven by its checksum.

use crate::{Result, at};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

const FIELD: &[u8] = b"\"checksum\": \"sha256:";

/// The manifests of a site's log in order. Where versions were compacted, the first one is what their base record says.
///
/// # Errors
/// A record that is torn, altered, misplaced or missing.
pub(super) fn versions(folder: &Path, site: &str) -> Result<Vec<Value>> {
    let (mut numbers, mut bases) = (Vec::new(), Vec::new());
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(at(folder)(error)),
    };
    for entry in entries {
        let name = entry.map_err(at(folder))?.file_name();
        let name = name.to_string_lossy();
        let digits = name.strip_suffix(".json").filter(|stem| stem.len() == 20);
        numbers.extend(digits.and_then(|digits| digits.parse::<u64>().ok()));
        let base = name.strip_prefix("base-");
        let base = base.and_then(|name| name.strip_suffix(".sealed"));
        bases.extend(base.and_then(|digits| digits.parse::<u64>().ok()));
    }
    numbers.sort_unstable();
    let compacted = bases.into_iter().max().unwrap_or(0);
    numbers.retain(|number| *number > compacted);
    let base = match compacted {
        0 => None,
        number => Some(base(folder, site, number)?),
    };
    let pairs = (compacted + 1..).zip(numbers);
    let behind = pairs.map(|(expected, found)| version(folder, site, expected, found));
    base.map(Ok).into_iter().chain(behind).collect()
}

/// What a base record says, in the form of a manifest that adds all that there is as of its version and takes nothing.
fn base(folder: &Path, site: &str, version: u64) -> Result<Value> {
    let path = folder.join(format!("base-{version:020}.sealed"));
    let named = |error: String| format!("{}: {error}", path.display());
    let bytes = fs::read(&path).map_err(at(&path))?;
    let mut lines = bytes.splitn(2, |byte| *byte == b'\n');
    let (stated, frame) = (lines.next().unwrap_or_default(), lines.next());
    let frame = frame.ok_or_else(|| named("one line".to_owned()))?;
    if stated != digest(frame).as_bytes() {
        return Err(named("its digest is another".to_owned()));
    }
    let json = super::sources::unpacked(frame).map_err(named)?;
    let base: Value = serde_json::from_slice(&json).map_err(|error| named(error.to_string()))?;
    let says = (&base["version"], &base["site_id"]);
    if (says.0.as_u64(), says.1.as_str()) != (Some(version), Some(site)) {
        return Err(named(format!("it says {says:?}")));
    }
    let entries = |files: &Value| -> Vec<Value> {
        let files = files.as_object().into_iter().flatten();
        files.map(|(_, file)| file["entry"].clone()).collect()
    };
    let fold = &base["fold"];
    Ok(serde_json::json!({
        "base": true,
        "version": version,
        "site_id": site,
        "files": entries(&fold["parts"]),
        "evidence_files": entries(&fold["evidence"]),
        "gaps": fold["gaps"],
        "kept": base["kept"],
        "resample_interval": fold["interval"],
    }))
}

fn version(folder: &Path, site: &str, expected: u64, found: u64) -> Result<Value> {
    let path = folder.join(format!("{expected:020}.json"));
    if expected != found {
        return Err(format!("{}: missing before {found}", path.display()));
    }
    let manifest = manifest(&path)?;
    let says = (&manifest["version"], &manifest["site_id"]);
    if (says.0.as_u64(), says.1.as_str()) != (Some(expected), Some(site)) {
        return Err(format!("{}: it says {says:?}", path.display()));
    }
    Ok(manifest)
}

/// One manifest, proven by its own checksum.
///
/// # Errors
/// Where it cannot be read or is not what was written.
pub(super) fn manifest(path: &Path) -> Result<Value> {
    let mut bytes = fs::read(path).map_err(at(path))?;
    let value: Value =
        serde_json::from_slice(&bytes).map_err(|error| format!("{}: {error}", path.display()))?;
    let place = bytes
        .windows(FIELD.len())
        .position(|window| window == FIELD)
        .map(|place| place + FIELD.len());
    let digits = place.and_then(|place| bytes.get_mut(place..place + 64));
    digits
        .ok_or_else(|| format!("{}: no checksum", path.display()))?
        .fill(b'0');
    let found = digest(&bytes);
    match value["checksum"].as_str() {
        Some(expected) if expected == found => Ok(value),
        other => Err(format!(
            "{}: expected the checksum {other:?}, found {found}",
            path.display()
        )),
    }
}

/// `sha256:` and the digest in hexadecimal.
pub(super) fn digest(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().fold("sha256:".to_owned(), |mut text, byte| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
