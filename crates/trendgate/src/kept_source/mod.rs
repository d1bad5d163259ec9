//! The bytes of a file that reports were read from, as the dataset keeps them: `sources/{site}/{digest}.zst`.
//!
//! Enters: a file (`Packer`). Leaves: its bytes compressed with Zstandard, under the BLAKE3 digest of them; and from that the bytes again,
//! at any place (`UnpackedFile`), or the proof that they are those (`prove`). Neither takes memory in proportion to the file. Refuses: what
//! does not unpack to the bytes that its name says.

mod pack;
mod unpack;

pub(crate) use pack::{Durable, PackedFile, Packer, identify};
pub(crate) use unpack::{UnpackedFile, prove};

use crate::digest::{from_hex, hex, written_as};
use crate::text_id::TextId;
use schemars::JsonSchema;

/// The compressor looks back so many bytes, as a power of two: that much a reader holds, and little more.
const WINDOW_LOG: u32 = 17;

/// What the name of a kept source ends in.
const END: &str = ".zst";

/// What a file is known by, whatever it holds: the BLAKE3 digest of its bytes, written as `blake3:` and 64 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, JsonSchema)]
#[schemars(with = "String", extend("pattern" = "^blake3:[0-9a-f]{64}$"))]
pub struct SourceId([u8; 32]);

impl SourceId {
    /// That of the file of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(blake3::hash(bytes).into())
    }

    /// The name under which the bytes are kept: 64 hex digits and `.zst`.
    #[must_use]
    pub fn file_name(&self) -> String {
        format!("{}{END}", hex(&self.0))
    }

    /// The one whose bytes are kept under this name; `None` where it is no such name.
    pub(crate) fn of_file_name(name: &str) -> Option<Self> {
        from_hex(name.strip_suffix(END)?).map(Self)
    }

    /// What the text of the file is known by, if the file is one, however it is read.
    pub(crate) fn text(self) -> TextId {
        TextId::blake3(self.0)
    }
}

written_as!(SourceId, "blake3:");

#[cfg(test)]
mod tests;
