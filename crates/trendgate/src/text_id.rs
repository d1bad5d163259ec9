//! What a text is known by.

use crate::digest::Digest;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The identity of a text: of what reports are read from. Duplicates, precedence, superseding and retraction go by it.
///
/// Two texts are equal if their bytes are, the names that a description takes from their paths, and what reads them. No description takes
/// names from a path yet, and all texts are read in one way: so today it is the SHA-256 of the bytes of the text (of a compressed file,
/// of what it unpacks to; of a frame, of what it says) and is written as such, `sha256:` and 64 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct TextId(Digest);

impl TextId {
    /// That of the text of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Digest::of(bytes))
    }
}

/// That of the text whose bytes have this digest.
impl From<Digest> for TextId {
    fn from(bytes: Digest) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for TextId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for TextId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for TextId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse().map(Self)
    }
}

/// What the text of a file is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileId {
    /// The identity of its text.
    pub text: TextId,
    /// Of a compressed file, the digest of its own bytes: versions of earlier programs know its text by that.
    pub packed: Option<TextId>,
    /// The size of its text.
    pub text_bytes: u64,
}

impl FileId {
    /// Each identity by which its text may be known, the one of today first.
    pub fn each(self) -> impl Iterator<Item = TextId> {
        std::iter::once(self.text).chain(self.packed)
    }

    /// Whether its text is the one that is known by `id`.
    #[must_use]
    pub fn is(self, id: TextId) -> bool {
        self.each().any(|own| own == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_written_as_the_digest_of_the_bytes() {
        let (id, digest) = (TextId::of(b"abc"), Digest::of(b"abc"));
        assert_eq!(id.to_string(), digest.to_string());
        assert_eq!(digest.to_string().parse(), Ok(id));
        assert_eq!(
            serde_json::to_string(&id).unwrap(),
            serde_json::to_string(&digest).unwrap()
        );
        assert_eq!(id, TextId::from(digest));
    }
}
