//! A manifest ⇄ its bytes, under a checksum of their own.
//!
//! The checksum stands in the file that it is of. It is taken with its own 64 hex digits set to `0`, so that nothing has to
//! be left out, and any changed byte is noticed: also a blank, also one in a field that this version does not know.

use super::Manifest;
use super::listing::{Listed, Listing, ListingLine};
use crate::digest::{Digest, Hasher};
use crate::error::{Error, Result};
use serde::Deserialize;

/// The version of the format that this program writes.
pub const MANIFEST_VERSION: &str = "1.0";

/// What stands before the digits. It occurs once: inside a JSON string its quotes would be escaped.
const BEFORE: &[u8] = b"\"checksum\": \"sha256:";
pub(in crate::publish) const DIGITS: usize = 64;
const BLANK: Digest = Digest([0; 32]);

/// What an empty list of inputs looks like. It occurs once: a line break inside a JSON string would be escaped, and no list that
/// lies deeper is indented as little.
const NO_INPUTS: &[u8] = b"\n  \"inputs\": []";

/// A manifest as it is written: all but its inputs, which go in while it is.
pub(in crate::publish) struct Sheet {
    /// Its text with a blank checksum and without inputs.
    text: Vec<u8>,
    /// Where the digits of the checksum begin.
    digits: usize,
    /// Where the list of inputs ends.
    inputs: usize,
}

/// What is known of a manifest when its text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::publish) struct Seal {
    pub(in crate::publish) checksum: Digest,
    /// Where the digits of the checksum belong, in place of the zeros that were written.
    pub(in crate::publish) digits: usize,
    pub(in crate::publish) listed: Listed,
}

impl Sheet {
    /// The manifest as text; its own list of inputs has to be empty.
    pub(in crate::publish) fn of(manifest: &Manifest) -> Result<Self> {
        let blank = Manifest {
            checksum: BLANK,
            ..manifest.clone()
        };
        let mut text = serde_json::to_vec_pretty(&blank).map_err(|e| unwritable(&e))?;
        text.push(b'\n');
        let digits = digits(&text)
            .ok_or_else(|| Error::bug("a manifest without a place for its checksum"))?;
        let inputs = memchr::memmem::find(&text, NO_INPUTS)
            .ok_or_else(|| Error::bug("a manifest without a place for its inputs"))?;
        Ok(Self {
            text,
            digits,
            inputs: inputs + NO_INPUTS.len() - 1,
        })
    }

    /// The manifest as its readers will have it, but for its checksum and its inputs.
    pub(in crate::publish) fn read(&self) -> Result<Manifest> {
        // A number that JSON cannot hold would show here.
        serde_json::from_slice(&self.text)
            .map_err(|e| Error::bug(format!("a manifest cannot be read again: {e}")))
    }

    /// Hands the whole text to `put`, with `inputs` in it and zeros in the place of the checksum.
    pub(in crate::publish) fn write(
        &self,
        inputs: Listing<'_>,
        mut put: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<Seal> {
        let mut hasher = Hasher::default();
        let mut put = |bytes: &[u8]| {
            hasher.update(bytes);
            put(bytes)
        };
        let (before, after) = self.text.split_at(self.inputs);
        put(before)?;
        let listed = inputs.write(ListingLine::Items, &mut put)?;
        if listed.inputs > 0 {
            put(b"\n  ")?;
        }
        put(after)?;
        Ok(Seal {
            checksum: hasher.finish(),
            digits: self.digits,
            listed,
        })
    }
}

impl Manifest {
    /// The manifest as JSON, `checksum` filled in.
    ///
    /// # Errors
    /// None in practice; [`Bug`](crate::ErrorKind::Bug) where JSON cannot be written.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let sheet = Sheet::of(&Self {
            inputs: Vec::new(),
            ..self.clone()
        })?;
        let mut bytes = Vec::new();
        let seal = sheet.write(Listing::of(&self.inputs), |more| {
            bytes.extend_from_slice(more);
            Ok(())
        })?;
        bytes[seal.digits..seal.digits + DIGITS].copy_from_slice(seal.checksum.hex().as_bytes());
        Ok(bytes)
    }

    /// The manifest that `bytes` are.
    ///
    /// # Errors
    /// [`Damaged`](crate::ErrorKind::Damaged) where they are empty, cut short, altered, or of a format that this program
    /// does not know, and where they name a file that is none of the site's.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        whole(bytes)?;
        known_version(bytes)?;
        sealed(bytes)?;
        let manifest: Self = serde_json::from_slice(bytes).map_err(|e| {
            Error::damaged(format!("expected the fields of a manifest: {e}")).hint(NOT_OURS)
        })?;
        manifest.within_its_site().map_err(|e| e.hint(NOT_OURS))?;
        Ok(manifest)
    }
}

const RESTORE: &str = "restore the file from a copy; do not mend it by hand";
const NOT_OURS: &str = "the file is whole, but this program cannot have written it";

pub(super) fn unwritable(error: &serde_json::Error) -> Error {
    Error::bug(format!("cannot write a manifest as JSON: {error}"))
}

fn whole(bytes: &[u8]) -> Result<()> {
    if bytes.is_empty() {
        return Err(Error::damaged("expected a manifest, found an empty file").hint(RESTORE));
    }
    match serde_json::from_slice::<serde::de::IgnoredAny>(bytes) {
        Ok(_) => Ok(()),
        Err(e) if e.is_eof() => {
            let message = format!(
                "expected a manifest, found its first {} bytes: it is cut short",
                bytes.len()
            );
            Err(Error::damaged(message).hint(RESTORE))
        }
        Err(e) => Err(Error::damaged(format!("expected JSON: {e}")).hint(RESTORE)),
    }
}

fn known_version(bytes: &[u8]) -> Result<()> {
    #[derive(Deserialize)]
    struct StatedVersion {
        manifest_version: String,
    }
    let found = serde_json::from_slice::<StatedVersion>(bytes)
        .map_err(|e| Error::damaged(format!("expected a manifest: {e}")).hint(RESTORE))?
        .manifest_version;
    if found.starts_with("1.") {
        return Ok(());
    }
    let message = format!("expected manifest_version 1.x, found {found:?}");
    Err(Error::damaged(message).hint("a newer Trendgate may have written it"))
}

fn sealed(bytes: &[u8]) -> Result<()> {
    let missing =
        || Error::damaged("expected one field \"checksum\" with a sha256 digest").hint(RESTORE);
    let at = digits(bytes).ok_or_else(missing)?;
    let stated: Digest = std::str::from_utf8(&bytes[at..at + DIGITS])
        .ok()
        .and_then(|hex| format!("sha256:{hex}").parse().ok())
        .ok_or_else(missing)?;
    let mut hasher = Hasher::default();
    hasher.update(&bytes[..at]);
    hasher.update(&[b'0'; DIGITS]);
    hasher.update(&bytes[at + DIGITS..]);
    let found = hasher.finish();
    if found == stated || crate::store::skipped("digest:manifest") {
        return Ok(());
    }
    Err(Error::damaged(format!(
        "expected checksum {stated}, found {found}: the file was altered"
    ))
    .hint(RESTORE))
}

/// Where the digits of the checksum begin.
fn digits(bytes: &[u8]) -> Option<usize> {
    let mut found = memchr::memmem::find_iter(bytes, BEFORE);
    let at = found.next()? + BEFORE.len();
    (found.next().is_none() && at + DIGITS <= bytes.len()).then_some(at)
}
