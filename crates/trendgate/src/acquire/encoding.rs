//! How a text is encoded.

use super::text::lossy;
use encoding_rs::{BIG5, Decoder, UTF_8, UTF_16BE, UTF_16LE};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// How a report's text is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(with = "String")]
pub enum Encoding {
    /// UTF-8, or plain ASCII.
    Utf8,
    /// UTF-8 with a byte order mark.
    Utf8Bom,
    /// UTF-16, little end first.
    Utf16Le,
    /// UTF-16, big end first.
    Utf16Be,
    /// What was written before Unicode, in one country or another.
    Legacy(LegacyEncoding),
}

/// An encoding of one script or a few, in which ASCII stands for itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct LegacyEncoding(&'static encoding_rs::Encoding);

/// Names that the Encoding Standard does not have: those of the code pages of Windows.
const CODE_PAGES: [(&str, &str); 5] = [
    ("cp950", "big5"),
    ("cp936", "gbk"),
    ("cp932", "shift_jis"),
    ("cp949", "euc-kr"),
    ("shift-jis", "shift_jis"),
];

impl Encoding {
    /// Big5, as Windows code page 950 has it.
    pub const CP950: Self = Self::legacy(BIG5);

    pub(super) const fn legacy(encoding: &'static encoding_rs::Encoding) -> Self {
        Self::Legacy(LegacyEncoding(encoding))
    }

    /// The encoding of a text that begins with `head`, where its first bytes tell: by a byte order mark, or by zeros in turn with
    /// the ASCII with which every head begins.
    pub(super) fn marked(head: &[u8]) -> Option<Self> {
        match head {
            [0xEF, 0xBB, 0xBF, ..] => Some(Self::Utf8Bom),
            [0xFF, 0xFE, ..] => Some(Self::Utf16Le),
            [0xFE, 0xFF, ..] => Some(Self::Utf16Be),
            [1..=0x7F, 0, 1..=0x7F, 0, ..] => Some(Self::Utf16Le),
            [0, 1..=0x7F, 0, 1..=0x7F, ..] => Some(Self::Utf16Be),
            _ => None,
        }
    }

    /// Whether a text of the one is a text of the other but for its mark.
    pub(super) fn is_like(self, other: Self) -> bool {
        let plain = |encoding| match encoding {
            Self::Utf8Bom => Self::Utf8,
            other => other,
        };
        plain(self) == plain(other)
    }

    pub(super) fn decoder(self) -> Option<Decoder> {
        match self {
            Self::Utf8 | Self::Utf8Bom => None,
            Self::Utf16Le => Some(UTF_16LE.new_decoder_with_bom_removal()),
            Self::Utf16Be => Some(UTF_16BE.new_decoder_with_bom_removal()),
            Self::Legacy(legacy) => Some(legacy.0.new_decoder_without_bom_handling()),
        }
    }

    /// `bytes` (a stretch of the file that begins with a whole character) as text.
    pub(super) fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        match self {
            Self::Utf8 | Self::Utf8Bom => {
                let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
                lossy(bytes)
            }
            Self::Utf16Le => UTF_16LE.decode_with_bom_removal(bytes).0,
            Self::Utf16Be => UTF_16BE.decode_with_bom_removal(bytes).0,
            Self::Legacy(legacy) => legacy.0.decode_without_bom_handling(bytes).0,
        }
    }

    /// What files say, and configurations: a name of the Encoding Standard, as a rule.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf8Bom => "UTF-8 with BOM",
            Self::Utf16Le => "UTF-16LE",
            Self::Utf16Be => "UTF-16BE",
            Self::Legacy(legacy) if legacy.0 == BIG5 => "CP950",
            Self::Legacy(legacy) => legacy.0.name(),
        }
    }
}

impl LegacyEncoding {
    /// `text` in letters; `None` where it is not in this encoding, or has control characters beyond ASCII or such of private use, which nobody
    /// writes.
    pub(super) fn letters(self, text: &[u8]) -> Option<Cow<'_, str>> {
        let letters = self
            .0
            .decode_without_bom_handling_and_without_replacement(text)?;
        let is_no_letter = |letter| matches!(letter, '\u{80}'..='\u{9F}' | '\u{E000}'..='\u{F8FF}');
        (!letters.contains(is_no_letter)).then_some(letters)
    }

    /// The bytes of `text`; `None` where it has a letter that this encoding has not.
    pub(super) fn bytes(self, text: &str) -> Option<Cow<'_, [u8]>> {
        let (bytes, _, lost) = self.0.encode(text);
        (!lost).then_some(bytes)
    }
}

impl fmt::Debug for LegacyEncoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

/// What people are told.
impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf8Bom => "UTF-8 with byte order mark",
            Self::Utf16Le => "UTF-16, little-endian",
            Self::Utf16Be => "UTF-16, big-endian",
            other if *other == Self::CP950 => "CP950 (Big5)",
            other => other.name(),
        })
    }
}

impl FromStr for Encoding {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == Self::Utf8Bom.name() {
            return Ok(Self::Utf8Bom);
        }
        let lower = text.trim().to_lowercase();
        let page = CODE_PAGES.iter().find(|(page, _)| *page == lower);
        let label = page.map_or(&*lower, |(_, label)| label);
        match encoding_rs::Encoding::for_label_no_replacement(label.as_bytes()) {
            Some(found) if found == UTF_8 => Ok(Self::Utf8),
            Some(found) if found == UTF_16LE => Ok(Self::Utf16Le),
            Some(found) if found == UTF_16BE => Ok(Self::Utf16Be),
            Some(found) if found.is_ascii_compatible() => Ok(Self::legacy(found)),
            _ => Err(format!(
                "expected an encoding such as utf-8, windows-1252, big5, gbk or shift_jis, found {text:?}"
            )),
        }
    }
}

impl Serialize for Encoding {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Encoding {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(from)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_is_read_back_by_its_name() {
        let labels = [
            ("utf-8", "UTF-8"),
            ("UTF-8 with BOM", "UTF-8 with BOM"),
            ("utf-16le", "UTF-16LE"),
            ("utf-16be", "UTF-16BE"),
            ("big5", "CP950"),
            ("CP950", "CP950"),
            ("gb2312", "GBK"),
            ("cp932", "Shift_JIS"),
            ("latin1", "windows-1252"),
            ("windows-1250", "windows-1250"),
            ("gb18030", "gb18030"),
        ];
        for (label, name) in labels {
            let encoding: Encoding = label.parse().unwrap();
            assert_eq!(encoding.name(), name);
            assert_eq!(name.parse(), Ok(encoding));
        }
        for label in ["", "ebcdic", "replacement", "iso-2022-jp"] {
            assert!(label.parse::<Encoding>().is_err(), "{label}");
        }
    }
}
