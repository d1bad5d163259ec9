//! What the versions of a site know of files → the bytes that are kept of them, unpacked and held against their digests.
//!
//! Enters: the manifests. Leaves: the names of what is kept. Refuses: a kept source that is missing without the mark of a collection, that is not
//! one frame, or that unpacks to other bytes than its name, its size or the text of its report says; and a report with rows in the
//! dataset of whose file nothing is kept, where the version that read it keeps sources.

use super::{list, text};
use crate::{Result, at};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::io::{ErrorKind, Read as _};
use std::path::Path;

/// Proves what is kept of the inputs of all versions; the paths of what there is below the data folder.
///
/// # Errors
/// As the module says.
pub(super) fn prove(data: &Path, site: &str, manifests: &[Value]) -> Result<BTreeSet<String>> {
    let mut named = BTreeSet::new();
    let mut unkept = BTreeSet::new();
    for manifest in manifests {
        for kept in list(&manifest["kept"]) {
            named.extend(kept_source(data, site, manifest, kept)?.map(|(name, _)| name));
        }
        let beside = Beside::of(data, manifest)?;
        for gone in ["superseded", "retracted"] {
            for report in list(&beside.lists[gone]) {
                unkept.remove(text(&report["digest"])?);
            }
        }
        for input in &beside.inputs {
            if input["kept"].is_object() {
                named.extend(kept(data, site, manifest, input)?);
                unkept.remove(text(&input["digest"])?);
            } else if input["status"] == "accepted" && manifest["keep_sources"] != "none" {
                unkept.insert(text(&input["digest"])?.to_owned());
            }
        }
    }
    match unkept.first() {
        None => Ok(named),
        Some(digest) => Err(format!(
            "nothing is kept of {digest}, whose rows are in the dataset"
        )),
    }
}

/// What a version knows of reports: in the file beside its record, or in the record.
struct Beside {
    /// The object that has the lists of what is superseded and retracted.
    lists: Value,
    inputs: Vec<Value>,
}

impl Beside {
    fn of(data: &Path, manifest: &Value) -> Result<Self> {
        let Some(name) = manifest["inputs_file"]["path"].as_str() else {
            return Ok(Self {
                lists: manifest.clone(),
                inputs: list(&manifest["inputs"]).to_vec(),
            });
        };
        let path = data.join("manifests").join(name);
        let named = |error: String| format!("{}: {error}", path.display());
        let lines = unpacked(&fs::read(&path).map_err(at(&path))?).map_err(named)?;
        let lines = String::from_utf8(lines).map_err(|error| named(error.to_string()))?;
        let values = lines.lines().map(serde_json::from_str);
        let mut values = values
            .collect::<std::result::Result<Vec<Value>, _>>()
            .map_err(|error| named(error.to_string()))?;
        if values.is_empty() {
            return Err(named("no line".to_owned()));
        }
        Ok(Self {
            lists: values.remove(0),
            inputs: values,
        })
    }
}

/// Proves what is kept of the file of an input; its path below the data folder, unless a collection took it.
fn kept(data: &Path, site: &str, manifest: &Value, input: &Value) -> Result<Option<String>> {
    let Some((name, bytes)) = kept_source(data, site, manifest, &input["kept"])? else {
        return Ok(None);
    };
    // A file that is one text, as it is, is known by the digest of its bytes.
    let is_text = input["texts"].is_null() && input["text_bytes"].is_null();
    let known_by = match is_text {
        true => &input["digest"],
        false => &input["kept"]["digest"],
    };
    let expected = (text(known_by)?, input["bytes"].as_u64());
    let there = (text(&input["kept"]["digest"])?, Some(bytes));
    if expected == there {
        return Ok(Some(name));
    }
    let path = data.join(&name);
    Err(format!(
        "{}: expected {expected:?}, found {there:?}",
        path.display()
    ))
}

/// Proves a kept source; its path below the data folder, and the bytes that it unpacks to, unless a collection took it.
fn kept_source(
    data: &Path,
    site: &str,
    manifest: &Value,
    kept: &Value,
) -> Result<Option<(String, u64)>> {
    let digest = text(&kept["digest"])?;
    let hex = digest.strip_prefix("blake3:").unwrap_or_default();
    let name = format!("sources/{site}/{hex}.zst");
    let path = data.join(&name);
    let packed = match fs::read(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound && is_collected(data, site, manifest) => {
            return Ok(None);
        }
        read => read.map_err(at(&path))?,
    };
    let named = |error: String| format!("{}: {error}", path.display());
    let bytes = unpacked(&packed).map_err(named)?;
    let found = format!("blake3:{}", blake3::hash(&bytes).to_hex());
    let expected = (digest, kept["bytes"].as_u64());
    let there = (found.as_str(), Some(packed.len() as u64));
    if expected == there {
        Ok(Some((name, bytes.len() as u64)))
    } else {
        Err(named(format!("expected {expected:?}, found {there:?}")))
    }
}

/// Whether a collection has said that kept sources of this version may go.
fn is_collected(data: &Path, site: &str, manifest: &Value) -> bool {
    let version = manifest["version"].as_u64().unwrap_or_default();
    let mark = format!("manifests/.log/{site}/{version:020}.unkept");
    data.join(mark).exists()
}

/// The bytes of the one frame that a file has.
pub(super) fn unpacked(packed: &[u8]) -> Result<Vec<u8>> {
    let said = |error: std::io::Error| error.to_string();
    let decoder = zstd::Decoder::with_buffer(packed).map_err(said)?;
    let mut decoder = decoder.single_frame();
    let mut bytes = Vec::new();
    decoder.read_to_end(&mut bytes).map_err(said)?;
    match decoder.finish() {
        [] => Ok(bytes),
        more => Err(format!("{} bytes behind its frame", more.len())),
    }
}
