//! What a text is known by.

use crate::digest::{self, Digest, from_hex, hex};
use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// The identity of a text: of what reports are read from. Duplicates, precedence, superseding and retraction go by it.
///
/// Two texts are equal if their bytes are, the names that a description takes from their paths, and what reads them. No description takes
/// names from a path yet: so today it is the BLAKE3 digest of the bytes of the text (of a compressed file, of what it unpacks to; of a frame,
/// of what it says), and, where a person states how they are read, a digest of that. It is written as `blake3:` and 64 hex digits, and the
/// other digest as `+` and 16. Versions of earlier programs have the SHA-256 there, written as `sha256:` and 64 hex digits.
///
/// Sorted by the bytes first: what reads a text decides no precedence.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, JsonSchema)]
#[schemars(with = "String", extend("pattern" = r"^(blake3:[0-9a-f]{64}(\+[0-9a-f]{16})?|sha256:[0-9a-f]{64})$"))]
pub struct TextId {
    bytes: BytesId,
    reading: Option<ReadingId>,
}

/// What the bytes of a text are known by.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum BytesId {
    /// The BLAKE3 digest: what this program knows texts by.
    Blake3([u8; 32]),
    /// The SHA-256 digest, by which earlier programs knew them.
    Sha256(Digest),
}

/// What a stated way to read texts is known by: the beginning of a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct ReadingId([u8; 8]);

impl fmt::Display for ReadingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl ReadingId {
    /// That of the reading that `canonical` is the one way to write down.
    pub(crate) fn of(canonical: &[u8]) -> Self {
        let [a, b, c, d, e, f, g, h, ..] = *blake3::hash(canonical).as_bytes();
        Self([a, b, c, d, e, f, g, h])
    }
}

/// ```
/// use trendgate::TextId;
///
/// assert_eq!(TextId::of(b"Date,Time"), TextId::of(b"Date,Time"));
/// assert_ne!(TextId::of(b"Date,Time"), TextId::of(b"Date;Time"));
/// ```
impl TextId {
    /// That of the text of these bytes, which is read as its bytes prove.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self::blake3(blake3::hash(bytes).into())
    }

    pub(crate) fn blake3(digest: [u8; 32]) -> Self {
        BytesId::Blake3(digest).into()
    }

    /// Whether it is one of an earlier program.
    #[must_use]
    pub(crate) fn is_earlier(self) -> bool {
        matches!(self.bytes, BytesId::Sha256(_))
    }

    /// That of the same bytes, read as stated.
    #[must_use]
    pub(crate) fn read_as(self, reading: Option<ReadingId>) -> Self {
        Self { reading, ..self }
    }

    /// The identities of the same bytes, however they are read.
    #[must_use]
    pub(crate) fn readings(self) -> RangeInclusive<Self> {
        let last = ReadingId([u8::MAX; 8]);
        self.read_as(None)..=self.read_as(Some(last))
    }
}

impl From<BytesId> for TextId {
    fn from(bytes: BytesId) -> Self {
        Self {
            bytes,
            reading: None,
        }
    }
}

/// That by which an earlier program knew the text whose bytes have this digest.
impl From<Digest> for TextId {
    fn from(bytes: Digest) -> Self {
        BytesId::Sha256(bytes).into()
    }
}

impl fmt::Display for TextId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.bytes {
            BytesId::Blake3(bytes) => write!(f, "blake3:{}", hex(bytes))?,
            BytesId::Sha256(digest) => digest.fmt(f)?,
        }
        match &self.reading {
            Some(reading) => write!(f, "+{reading}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for TextId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// An identity as bytes.
#[derive(Serialize, Deserialize)]
enum Packed {
    Blake3([u8; 32]),
    Sha256([u8; 32]),
    ReadAs([u8; 32], ReadingId),
}

/// Its text where people read the format, else which digests it has, and their bytes.
impl Serialize for TextId {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if to.is_human_readable() {
            return to.collect_str(self);
        }
        let packed = match (self.bytes, self.reading) {
            (BytesId::Blake3(bytes), None) => Packed::Blake3(bytes),
            (BytesId::Blake3(bytes), Some(reading)) => Packed::ReadAs(bytes, reading),
            // Earlier programs knew no other reading.
            (BytesId::Sha256(digest), _) => Packed::Sha256(digest.0),
        };
        packed.serialize(to)
    }
}

impl<'de> Deserialize<'de> for TextId {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        if from.is_human_readable() {
            let text = Cow::<str>::deserialize(from)?;
            return text.parse().map_err(D::Error::custom);
        }
        Ok(match Packed::deserialize(from)? {
            Packed::Blake3(bytes) => Self::blake3(bytes),
            Packed::Sha256(bytes) => Digest(bytes).into(),
            Packed::ReadAs(bytes, reading) => Self::blake3(bytes).read_as(Some(reading)),
        })
    }
}

impl FromStr for TextId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let blake3 = |text: &str| {
            let digests = text.strip_prefix("blake3:")?;
            let (bytes, reading) = match digests.split_once('+') {
                Some((bytes, reading)) => (bytes, Some(ReadingId(from_hex(reading)?))),
                None => (digests, None),
            };
            Some(Self::blake3(from_hex(bytes)?).read_as(reading))
        };
        let found = blake3(text).or_else(|| text.parse::<Digest>().ok().map(Self::from));
        found.ok_or_else(|| {
            format!("expected \"blake3:\" or \"sha256:\" and 64 hex digits, found {text:?}")
        })
    }
}

/// Which digests are taken of a text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Digests {
    /// The digest by which this program knows texts.
    #[default]
    Today,
    /// Those, too, by which datasets of earlier programs may know it.
    AndEarlier,
}

/// Digests a text as its bytes pass.
#[derive(Debug, Clone)]
pub(crate) struct TextHasher {
    today: blake3::Hasher,
    earlier: Option<digest::Hasher>,
}

impl TextHasher {
    pub(crate) fn new(digests: Digests) -> Self {
        let earlier = digests == Digests::AndEarlier;
        Self {
            today: blake3::Hasher::new(),
            earlier: earlier.then(digest::Hasher::default),
        }
    }

    /// Takes the next bytes.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.today.update(bytes);
        if let Some(earlier) = &mut self.earlier {
            earlier.update(bytes);
        }
    }

    /// What the text of all bytes taken is known by; and by what in datasets of earlier programs, where that was asked for.
    pub(crate) fn finish(self) -> (TextId, Option<TextId>) {
        let earlier = self.earlier.map(|earlier| earlier.finish().into());
        (TextId::blake3(self.today.finalize().into()), earlier)
    }
}

/// What the text of a file is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileId {
    /// The identity of its text.
    pub text: TextId,
    /// The size of its text, where it is compressed.
    pub text_bytes: Option<u64>,
    /// By what datasets of earlier programs may know its text, where that was asked for.
    #[serde(default)]
    pub earlier: Option<EarlierIds>,
}

/// By what datasets of earlier programs may know the text of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EarlierIds {
    /// The SHA-256 of its bytes.
    pub text: TextId,
    /// Of a compressed file, the SHA-256 of its own bytes.
    pub packed: Option<TextId>,
}

impl FileId {
    /// Each identity by which its text may be known, the one of today first.
    pub(crate) fn each(self) -> impl Iterator<Item = TextId> {
        let earlier = self.earlier.into_iter();
        let earlier = earlier.flat_map(|ids| std::iter::once(ids.text).chain(ids.packed));
        std::iter::once(self.text).chain(earlier)
    }

    /// Those of the same file, whose text is read as stated. Earlier programs read it in no stated way.
    #[must_use]
    pub(crate) fn read_as(self, reading: Option<ReadingId>) -> Self {
        Self {
            text: self.text.read_as(reading),
            earlier: self.earlier.filter(|_| reading.is_none()),
            ..self
        }
    }

    /// Whether its text is the one that is known by `id`.
    #[must_use]
    pub(crate) fn is(self, id: TextId) -> bool {
        self.each().any(|own| own == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_survives_its_text_and_its_bytes_and_is_told_by_its_algorithm() {
        let (today, digest) = (TextId::of(b"abc"), Digest::of(b"abc"));
        let earlier = TextId::from(digest);
        // From the test vectors of BLAKE3.
        assert_eq!(
            today.to_string(),
            "blake3:6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85"
        );
        assert_eq!(earlier.to_string(), digest.to_string());
        let stated = today.read_as(Some(ReadingId::of(b"stated")));
        assert!(stated.to_string().starts_with(&format!("{today}+")));
        for id in [today, earlier, stated] {
            assert_eq!(id.to_string().parse(), Ok(id));
            let json = serde_json::to_string(&id).unwrap();
            assert_eq!(json, format!("\"{id}\""));
            assert_eq!(serde_json::from_str::<TextId>(&json).unwrap(), id);
            let map = std::collections::BTreeMap::from([(id, 1)]);
            let json = serde_json::to_string(&map).unwrap();
            assert_eq!(json, format!("{{\"{id}\":1}}"));
            assert_eq!(serde_json::from_str(&json).ok(), Some(map));
            let bytes = postcard::to_allocvec(&id).unwrap();
            assert_eq!(bytes.len(), if id == stated { 41 } else { 33 });
            assert_eq!(postcard::from_bytes::<TextId>(&bytes).unwrap(), id);
            assert!(id.to_string()[..70].parse::<TextId>().is_err());
            assert!(id.to_string()[7..].parse::<TextId>().is_err());
        }
        // By algorithm, then by bytes.
        assert!(TextId::blake3([255; 32]) < TextId::from(Digest([0; 32])));
        assert!(TextId::blake3([0; 32]) < TextId::blake3([1; 32]));
        // By how they are read last of all.
        assert!(stated.readings().contains(&today) && stated.readings().contains(&stated));
        assert!(!stated.readings().contains(&TextId::of(b"abd")));
        let next = TextId::blake3([1; 32]);
        assert!(TextId::blake3([0; 32]).read_as(Some(ReadingId([255; 8]))) < next);
    }
}
