//! A manifest ⇄ its bytes, under a checksum of their own.
//!
//! The checksum stands in the file that it is of. It is taken with its own 64 hex digits set to `0`, so that nothing has to
//! be left out, and any changed byte is noticed: also a blank, also one in a field that this version does not know.

use super::Manifest;
use crate::digest::{Digest, Hasher};
use crate::error::{Error, Result};
use serde::Deserialize;

/// The version of the format that this program writes.
pub(crate) const MANIFEST_VERSION: &str = "1.0";

/// What stands before the digits. It occurs once: inside a JSON string its quotes would be escaped.
const BEFORE: &[u8] = b"\"checksum\": \"sha256:";
const DIGITS: usize = 64;
const BLANK: Digest = Digest([0; 32]);

/// ```
/// use trendgate::{ErrorKind, Manifest, RunOptions, Site, Watch};
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let (settings, reports) = trendgate::internals::example(folder.path());
/// let site = Site::of(&settings);
/// site.run(&settings, &[reports], RunOptions::default(), Watch::unwatched())?;
/// let bytes = site.history()?.versions()[0].manifest.to_bytes()?;
/// let manifest = Manifest::from_bytes(&bytes)?;
/// assert_eq!(manifest.side_files().count(), 2);
///
/// let cut = Manifest::from_bytes(&bytes[..bytes.len() / 2]);
/// assert_eq!(cut.unwrap_err().kind(), ErrorKind::Damaged);
/// # Ok::<(), trendgate::Error>(())
/// ```
impl Manifest {
    /// The manifest as JSON, `checksum` filled in.
    ///
    /// # Errors
    /// None in practice; [`Bug`](crate::ErrorKind::Bug) where JSON cannot be written.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let blank = Self {
            checksum: BLANK,
            ..self.clone()
        };
        let mut text = serde_json::to_vec_pretty(&blank).map_err(|e| unwritable(&e))?;
        text.push(b'\n');
        let digits = digits(&text)
            .ok_or_else(|| Error::bug("a manifest without a place for its checksum"))?;
        let checksum = Digest::of(&text);
        text[digits..digits + DIGITS].copy_from_slice(checksum.hex().as_bytes());
        Ok(text)
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

pub(in crate::publish) fn unwritable(error: &serde_json::Error) -> Error {
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
