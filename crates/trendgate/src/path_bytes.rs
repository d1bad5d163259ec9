//! Paths in JSON: as text for people, and byte for byte where they are no text.
//!
//! A file system takes any bytes for a name, and JSON takes UTF-8 alone: a name in Big5 is none. A path stands in JSON as text, in
//! which what is no UTF-8 is replaced, and where anything was replaced its bytes stand beside it, in base64. It is compared by bytes.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// The bytes of a path that is not UTF-8, written in base64.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("contentEncoding" = "base64"))]
pub struct PathBytes(Vec<u8>);

impl TryFrom<String> for PathBytes {
    type Error = base64::DecodeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        BASE64_STANDARD.decode(text).map(Self)
    }
}

impl From<PathBytes> for String {
    fn from(bytes: PathBytes) -> Self {
        BASE64_STANDARD.encode(bytes.0)
    }
}

impl PathBytes {
    /// A path as text, and its bytes where the text is not all of it.
    #[must_use]
    pub(crate) fn split(path: &Path) -> (String, Option<Self>) {
        let bytes = path.as_os_str().as_bytes();
        match std::str::from_utf8(bytes) {
            Ok(text) => (text.to_owned(), None),
            Err(_) => (
                String::from_utf8_lossy(bytes).into_owned(),
                Some(Self(bytes.to_vec())),
            ),
        }
    }

    /// The path that was split.
    #[must_use]
    pub(crate) fn join(text: &str, bytes: Option<&Self>) -> PathBuf {
        match bytes {
            Some(Self(bytes)) => OsStr::from_bytes(bytes).into(),
            None => text.into(),
        }
    }
}

/// A path as its bytes, where the format is not for people.
pub(crate) mod exact {
    use super::{Deserialize, Deserializer, OsStrExt, OsStringExt, PathBuf, Serialize, Serializer};
    use std::ffi::OsString;

    #[allow(clippy::ptr_arg, reason = "serde hands over what the field is")]
    pub(crate) fn serialize<S: Serializer>(path: &PathBuf, to: S) -> Result<S::Ok, S::Error> {
        path.as_os_str().as_bytes().serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<PathBuf, D::Error> {
        Vec::<u8>::deserialize(from).map(|bytes| OsString::from_vec(bytes).into())
    }

    /// Several of them.
    pub(crate) mod list {
        use super::{
            Deserialize, Deserializer, OsStrExt, OsString, OsStringExt, PathBuf, Serializer,
        };

        pub(crate) fn serialize<S: Serializer>(
            paths: &[PathBuf],
            to: S,
        ) -> Result<S::Ok, S::Error> {
            to.collect_seq(paths.iter().map(|path| path.as_os_str().as_bytes()))
        }

        pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
            from: D,
        ) -> Result<Vec<PathBuf>, D::Error> {
            let paths = Vec::<Vec<u8>>::deserialize(from)?.into_iter();
            Ok(paths
                .map(|bytes| OsString::from_vec(bytes).into())
                .collect())
        }
    }
}

/// A path as an object of its own, where JSON is the program's own notes: a text, or else its bytes.
pub(crate) mod as_json {
    use super::{
        Deserialize, Deserializer, OsStringExt, PathBuf, PathBytes, Serialize, Serializer,
    };
    use std::ffi::OsString;
    use std::path::Path;

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum PathForm {
        Text(String),
        Bytes { path_bytes: PathBytes },
    }

    #[allow(clippy::ptr_arg, reason = "serde hands over what the field is")]
    pub(crate) fn serialize<S: Serializer>(path: &PathBuf, to: S) -> Result<S::Ok, S::Error> {
        let form = match PathBytes::split(path) {
            (text, None) => PathForm::Text(text),
            (_, Some(path_bytes)) => PathForm::Bytes { path_bytes },
        };
        form.serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<PathBuf, D::Error> {
        Ok(match PathForm::deserialize(from)? {
            PathForm::Text(text) => Path::new(&text).to_owned(),
            PathForm::Bytes {
                path_bytes: PathBytes(bytes),
            } => OsString::from_vec(bytes).into(),
        })
    }
}

/// A path as text for people, lossy if need be.
#[allow(clippy::ptr_arg, reason = "serde hands over what the field is")]
pub(crate) fn as_text<S: Serializer>(path: &PathBuf, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&path.to_string_lossy())
}

/// As [`as_text`], of many paths.
#[allow(clippy::ptr_arg, reason = "serde hands over what the field is")]
pub(crate) fn as_texts<S: Serializer>(paths: &Vec<PathBuf>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(paths.iter().map(|path| path.to_string_lossy()))
}

/// As [`as_text`], of a path that may be missing.
#[allow(clippy::ref_option, reason = "serde hands over what the field is")]
pub(crate) fn as_text_if_any<S: Serializer>(
    path: &Option<PathBuf>,
    to: S,
) -> Result<S::Ok, S::Error> {
    path.as_ref()
        .map(|path| path.to_string_lossy())
        .serialize(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn big5() -> PathBuf {
        OsStr::from_bytes(b"/r/\xa4\xa4\xa4\xe5.csv").into()
    }

    #[test]
    fn a_path_comes_back_byte_for_byte_and_is_shown_as_far_as_it_is_text() {
        let (text, bytes) = PathBytes::split(&big5());
        assert!(text.starts_with("/r/\u{fffd}") && text.ends_with(".csv"));
        let json = serde_json::to_string(&bytes).unwrap();
        assert_eq!(json, "\"L3IvpKSk5S5jc3Y=\"");
        let read: Option<PathBytes> = serde_json::from_str(&json).unwrap();
        assert_eq!(PathBytes::join(&text, read.as_ref()), big5());
        let (text, none) = PathBytes::split(Path::new("/r/中文.csv"));
        assert_eq!((text.as_str(), &none), ("/r/中文.csv", &None));
        assert_eq!(PathBytes::join(&text, None), Path::new("/r/中文.csv"));
    }

    #[test]
    fn a_path_in_a_note_is_read_as_it_was_written() {
        #[derive(Serialize, Deserialize)]
        struct Note(#[serde(with = "as_json")] PathBuf);
        for path in [big5(), "a.csv".into()] {
            let json = serde_json::to_string(&Note(path.clone())).unwrap();
            assert_eq!(serde_json::from_str::<Note>(&json).unwrap().0, path);
        }
        assert_eq!(serde_json::to_string(&Note("a".into())).unwrap(), "\"a\"");
    }
}
